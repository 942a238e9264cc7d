/* header.h: the header fields of a message, byte-exact.
 *
 * Nothing is unfolded, decoded or repaired here: a field is three slices of the raw message. DKIM needs
 * exactly that, and what a field means is for the parser of that field to say. */
#ifndef POSTERN_MAIL_HEADER_H
#define POSTERN_MAIL_HEADER_H

#include "base/arena.h"

/* Names that many steps look for have a number, so that a look-up is no search. */
#define HEADER_TABLE(HEADER)                                                                                 \
    HEADER(FROM, "From")                                                                                     \
    HEADER(SENDER, "Sender")                                                                                 \
    HEADER(REPLY_TO, "Reply-To")                                                                             \
    HEADER(TO, "To")                                                                                         \
    HEADER(CC, "Cc")                                                                                         \
    HEADER(BCC, "Bcc")                                                                                       \
    HEADER(SUBJECT, "Subject")                                                                               \
    HEADER(DATE, "Date")                                                                                     \
    HEADER(MESSAGE_ID, "Message-ID")                                                                         \
    HEADER(IN_REPLY_TO, "In-Reply-To")                                                                       \
    HEADER(REFERENCES, "References")                                                                         \
    HEADER(RETURN_PATH, "Return-Path")                                                                       \
    HEADER(RECEIVED, "Received")                                                                             \
    HEADER(CONTENT_TYPE, "Content-Type")                                                                     \
    HEADER(CONTENT_TRANSFER_ENCODING, "Content-Transfer-Encoding")                                           \
    HEADER(MIME_VERSION, "MIME-Version")                                                                     \
    HEADER(DKIM_SIGNATURE, "DKIM-Signature")                                                                 \
    HEADER(AUTHENTICATION_RESULTS, "Authentication-Results")                                                 \
    HEADER(ARC_SEAL, "ARC-Seal")                                                                             \
    HEADER(ARC_MESSAGE_SIGNATURE, "ARC-Message-Signature")                                                   \
    HEADER(ARC_AUTHENTICATION_RESULTS, "ARC-Authentication-Results")                                         \
    HEADER(RECEIVED_SPF, "Received-SPF")                                                                     \
    HEADER(LIST_ID, "List-Id")

enum header_id {
    HEADER_OTHER,
#define HEADER(id, name) HEADER_##id,
    HEADER_TABLE(HEADER)
#undef HEADER
        HEADER_IDS
};

struct header {
    enum header_id id;
    str name;  /* before the colon, without white space behind it; empty if the line is no field */
    str value; /* after the colon, inner folds kept, without the line end that closes the field */
    str raw;   /* the whole field, line end included (unless the message ends in it) */
    struct header *next_same; /* the next one further down with the same id; not for HEADER_OTHER */
};

/* The number of a field name in any case, HEADER_OTHER if it has none; and its usual spelling. */
enum header_id header_id_of(str name);
const char *header_name(enum header_id id);

/* A name that may stand in h= of DKIM and ARC: printable ASCII without ":" (RFC 5322 section 3.6.8) and ";".
 */
bool header_is_name(str name);

/* The value on one line: each line end is removed, the white space after it stays (RFC 5322 section 2.2.3),
 * outer white space is trimmed. No copy when there was nothing to unfold. */
str header_unfold(str value, struct arena *arena);

#endif
