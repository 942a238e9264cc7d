/* mail.h: a message as it was received, taken apart but not changed. */
#ifndef POSTERN_MAIL_MAIL_H
#define POSTERN_MAIL_MAIL_H

#include "mail/address.h"
#include "mail/header.h"

/* What was odd about a message. Each is a value for the judge and a sentence for the reader; none is an
 * error. */
#define MAIL_ODDITY_TABLE(ODDITY)                                                                            \
    ODDITY(LF_ONLY, "lines end in LF alone")                                                                 \
    ODDITY(BARE_LF, "a bare LF stands among CRLF line ends")                                                 \
    ODDITY(BARE_CR, "a bare CR stands in the message")                                                       \
    ODDITY(NUL, "a NUL byte stands in the message")                                                          \
    ODDITY(HEADER_8BIT, "bytes above 127 stand in the header")                                               \
    ODDITY(HEADER_MALFORMED, "a header line is no field")                                                    \
    ODDITY(HEADER_SPACE, "white space stands before a colon")                                                \
    ODDITY(HEADER_NAME, "a field name has characters that are not allowed")                                  \
    ODDITY(HEADER_FOLD_FIRST, "the first header line is a continuation")                                     \
    ODDITY(HEADER_FOLD_BLANK, "a folded line has nothing but white space")                                   \
    ODDITY(HEADER_LONG_LINE, "a header line is longer than 998 bytes")                                       \
    ODDITY(HEADER_MANY, "there are more header fields than are looked at")                                   \
    ODDITY(NO_BODY, "the message ends in the header")                                                        \
    ODDITY(NO_FINAL_NEWLINE, "the last line has no line end")                                                \
    ODDITY(MBOX_FROM, "an mbox \"From \" line stands before the header")                                     \
    ODDITY(FROM_MISSING, "there is no From")                                                                 \
    ODDITY(FROM_DUPLICATE, "there are several From fields")                                                  \
    ODDITY(FROM_SEVERAL, "From names several mailboxes")                                                     \
    ODDITY(FROM_SYNTAX, "From has syntax errors")                                                            \
    ODDITY(DUPLICATE, "a field that may stand once stands there again")                                      \
    ODDITY(EMPTY, "the message is empty")

enum mail_oddity {
#define ODDITY(id, words) MAIL_##id,
    MAIL_ODDITY_TABLE(ODDITY)
#undef ODDITY
        MAIL_ODDITIES
};

struct mail {
    str raw;      /* all of it, without an mbox "From " line before it */
    str head;     /* the header, up to and without the empty line */
    str body;     /* after the empty line; empty if there is none */
    bool lf_only; /* each LF is a line end: the file was stored with LF. Else only CRLF ends a line */
    bool odd[MAIL_ODDITIES];

    struct header *headers; /* from the top, at most LIMIT_HEADERS */
    size_t header_count;
    size_t header_seen;               /* including those over the limit */
    struct header *first[HEADER_IDS]; /* the topmost of each id; NULL if none. HEADER_OTHER is not used */
    struct header *last[HEADER_IDS];  /* the lowest */
    unsigned count[HEADER_IDS];

    struct address_list from; /* the mailboxes of all From fields together */
};

/* Takes `raw` apart; it is not copied and must outlive the message. Never fails: what is wrong is in
 * mail->odd. Linear in raw.n. Memory: the header table and the addresses, from the arena. */
void mail_parse(struct mail *mail, str raw, struct arena *arena);

/* The sentence of an oddity, and its name in lower case for JSON ("bare-lf"). */
const char *mail_oddity_words(enum mail_oddity oddity);
const char *mail_oddity_name(enum mail_oddity oddity);

#endif
