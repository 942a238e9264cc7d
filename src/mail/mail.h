/* mail.h: a message as it was received, taken apart but not changed. */
#ifndef POSTERN_MAIL_MAIL_H
#define POSTERN_MAIL_MAIL_H

#include "mail/address.h"
#include "mail/header.h"

/* What was odd about a message. Each is a value for the judge and a sentence for the reader; none is an
 * error. The second column is the name in JSON. */
#define MAIL_ODDITY_TABLE(ODDITY)                                                                            \
    ODDITY(LF_ONLY, "lf-only", "lines end in LF alone")                                                      \
    ODDITY(LF_MIXED, "lf-mixed", "some lines end in CRLF, others in LF alone")                               \
    ODDITY(BARE_LF, "bare-lf", "a bare LF stands among CRLF line ends")                                      \
    ODDITY(BARE_CR, "bare-cr", "a bare CR stands in the message")                                            \
    ODDITY(NUL, "nul", "a NUL byte stands in the message")                                                   \
    ODDITY(HEADER_8BIT, "header-8bit", "bytes above 127 stand in the header")                                \
    ODDITY(HEADER_MALFORMED, "header-malformed", "a header line is no field")                                \
    ODDITY(HEADER_SPACE, "header-space", "white space stands before a colon")                                \
    ODDITY(HEADER_NAME, "header-name", "a field name has characters that are not allowed")                   \
    ODDITY(HEADER_FOLD_FIRST, "header-fold-first", "the first header line is a continuation")                \
    ODDITY(HEADER_FOLD_BLANK, "header-fold-blank", "a folded line has nothing but white space")              \
    ODDITY(HEADER_LONG_LINE, "header-long-line", "a header line is longer than 998 bytes")                   \
    ODDITY(HEADER_MANY, "header-many", "there are more header fields than are looked at")                    \
    ODDITY(NO_BODY, "no-body", "the message ends in the header")                                             \
    ODDITY(NO_FINAL_NEWLINE, "no-final-newline", "the last line has no line end")                            \
    ODDITY(MBOX_FROM, "mbox-from", "an mbox \"From \" line stands before the header")                        \
    ODDITY(FROM_MISSING, "from-missing", "there is no From")                                                 \
    ODDITY(FROM_DUPLICATE, "from-duplicate", "there are several From fields")                                \
    ODDITY(FROM_SEVERAL, "from-several", "From names several mailboxes")                                     \
    ODDITY(FROM_SYNTAX, "from-syntax", "From has syntax errors")                                             \
    ODDITY(DUPLICATE, "duplicate", "a field that may stand once stands there again")                         \
    ODDITY(EMPTY, "empty", "the message is empty")

enum mail_oddity {
#define ODDITY(id, name, words) MAIL_##id,
    MAIL_ODDITY_TABLE(ODDITY)
#undef ODDITY
        MAIL_ODDITIES
};

struct mail {
    str raw;      /* all of it, without an mbox "From " line before it */
    str head;     /* the header, up to and without the empty line */
    str body;     /* after the empty line; empty if there is none */
    bool lf_only; /* the file was stored with LF: each LF ends a line, and a CR before it belongs to the line
                   * end. Else only CRLF ends a line */
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
 * mail->odd. Linear in raw.n. Memory: the header table and the addresses, from the arena.
 *
 * What becomes of odd input (the raw slices of all fields, one behind the other, are always the header):
 * - The first line end of the message decides lf_only. In a CRLF message a bare LF, and in any message a bare
 *   CR or a NUL, is a byte like others: it stays in the value and ends nothing.
 * - The header ends at the first empty line. A line of white space alone is not empty but a fold (RFC 5322
 *   section 4.2).
 * - A line without a colon, or with nothing before it, is a field without a name (HEADER_OTHER, all of it the
 *   value), and the header goes on: what stands below must not escape notice. So are continuation lines
 *   before the first field.
 * - White space between name and colon is dropped (section 4.5). Other bytes that no name may have stay in
 *   it, so such a name is none that is looked for.
 * - "From " before the first field is an mbox separator and not part of the message.
 * - Fields past LIMIT_HEADERS are counted in header_seen and in nothing else.
 * - Without an empty line all is header.
 * - A bare LF at the very end of a CRLF message was put there by the program that stored it: it is in raw,
 * but not in body. */
void mail_parse(struct mail *mail, str raw, struct arena *arena);

/* The field that begins at offset *at of the header, which is moved behind it; also one past LIMIT_HEADERS.
 * False at the header's end. */
bool mail_next_field(const struct mail *mail, size_t *at, struct header *field);

/* The length, line end included, of the mbox "From " line that text begins with; 0 if there is none. A field
 * "From :" is none. */
size_t mail_mbox_from(str text);

/* The sentence of an oddity, and its name in lower case for JSON ("bare-lf"). */
const char *mail_oddity_words(enum mail_oddity oddity);
const char *mail_oddity_name(enum mail_oddity oddity);

/* How many fields have this name, in any case. */
size_t mail_count_fields(const struct mail *mail, str name);

#endif
