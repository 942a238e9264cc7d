/* mime.h: the parts of a message (RFC 2045, 2046, 2183), as slices of its raw bytes.
 *
 * Mail programs read broken MIME in different ways. What the most of them do is the tree; where another
 * reading would show something else, its parts stand in the tree too, marked `alternate`, and the difference
 * is an oddity. Nothing is repaired. */
#ifndef POSTERN_MAIL_MIME_H
#define POSTERN_MAIL_MIME_H

#include "mail/mail.h"

/* The second column is the name in JSON. */
#define PART_ODDITY_TABLE(ODDITY)                                                                            \
    ODDITY(TYPE_SYNTAX, "type-syntax", "Content-Type has syntax errors")                                     \
    ODDITY(TYPE_SEVERAL, "type-several", "several Content-Type fields contradict each other")                \
    ODDITY(PARAMETERS_DISAGREE, "parameters-disagree",                                                       \
           "a parameter stands there twice with different values")                                           \
    ODDITY(NAMES_DISAGREE, "names-disagree", "Content-Type and Content-Disposition name different files")    \
    ODDITY(ENCODING_UNKNOWN, "encoding-unknown", "the transfer encoding is not known")                       \
    ODDITY(ENCODING_SEVERAL, "encoding-several", "several transfer encodings contradict each other")         \
    ODDITY(ENCODING_MULTIPART, "encoding-multipart",                                                         \
           "a multipart has a transfer encoding, which none may have")                                       \
    ODDITY(ENCODING_JUNK, "encoding-junk", "bytes stand in the encoded text that don't belong there")        \
    ODDITY(ENCODING_CUT, "encoding-cut", "the encoded text ends too early")                                  \
    ODDITY(ENCODING_BEHIND, "encoding-behind", "encoded text goes on behind its end")                        \
    ODDITY(BOUNDARY_MISSING, "boundary-missing", "a multipart names no boundary")                            \
    ODDITY(BOUNDARY_UNSEEN, "boundary-unseen", "the boundary of a multipart stands nowhere")                 \
    ODDITY(BOUNDARY_UNCLOSED, "boundary-unclosed", "a multipart is not closed")                              \
    ODDITY(BOUNDARY_LONG, "boundary-long", "a boundary is longer than 70 characters")                        \
    ODDITY(BOUNDARY_PREFIX, "boundary-prefix", "a line begins with the boundary and goes on")                \
    ODDITY(BOUNDARY_SAME, "boundary-same", "a multipart has the boundary of one that it stands in")          \
    ODDITY(PREAMBLE, "preamble", "text stands before the first part of a multipart")                         \
    ODDITY(EPILOGUE, "epilogue", "text stands behind the last part of a multipart")                          \
    ODDITY(HEADER_MALFORMED, "header-malformed", "a line in the header of a part is no field")               \
    ODDITY(HEADER_UNCLOSED, "header-unclosed", "the header of a part does not end with an empty line")       \
    ODDITY(HEADER_ENDS, "header-ends",                                                                       \
           "some programs end the header elsewhere: at a bare LF or a line of white space")                  \
    ODDITY(CHARSET_UNKNOWN, "charset-unknown", "the charset is not known")                                   \
    ODDITY(CHARSET_BROKEN, "charset-broken", "bytes stand there that the charset does not have")             \
    ODDITY(DEPTH, "depth", "parts are nested too deep and were not taken apart")                             \
    ODDITY(UUENCODED, "uuencoded", "a file stands in the text, uuencoded")                                   \
    ODDITY(ENCODED_OTHERWISE, "encoded-otherwise",                                                           \
           "a file stands in the text as yEnc or BinHex, which is not read")                                 \
    ODDITY(HIDDEN_PARTS, "hidden-parts", "parts stand there whose boundary no header names")                 \
    ODDITY(HIDDEN_HEADER, "hidden-header", "a header stands behind the header of a part")                    \
    ODDITY(HIDDEN_ENCODING, "hidden-encoding", "the text is encoded though the header does not say so")      \
    ODDITY(CHARSET_UTF_7, "charset-utf-7",                                                                   \
           "the charset is UTF-7, which some programs read and others don't")                                \
    ODDITY(NAMES_SEVERAL, "names-several", "a file may be shown with different names")                       \
    ODDITY(PARTIAL, "partial", "a piece of a message that is put together from several")                     \
    ODDITY(EXTERNAL, "external", "the content lies elsewhere and has to be fetched")                         \
    ODDITY(TNEF, "tnef", "a mail of Outlook's own kind (winmail.dat), which is not read")                    \
    ODDITY(CUT, "cut", "only a part of the text was read")

enum part_oddity {
#define ODDITY(id, name, words) PART_##id,
    PART_ODDITY_TABLE(ODDITY)
#undef ODDITY
        PART_ODDITIES
};

enum part_encoding {
    PART_IDENTITY, /* 7bit, 8bit, binary, none */
    PART_QUOTED_PRINTABLE,
    PART_BASE64,
    PART_UUENCODE,
    PART_UNKNOWN, /* read as identity */
};

struct part {
    struct part *parent, *next; /* next: of the same parent */
    struct part *child, *last;  /* the first and the last one in it */
    unsigned index;             /* of mime->parts */
    unsigned depth;             /* 0: the message itself */
    str head;                   /* its header, as it stands there; empty if it has none */
    str raw; /* what is in it, still encoded, without the line end that belongs to the boundary behind it. It
                is a slice of the message, or of the decoded content of a part above it */
    str type, subtype; /* lower case; "text" "plain" where none is stated (RFC 2045 section 5.2) */
    str charset;       /* as stated, may be empty */
    str boundary;      /* of a multipart */
    str name;          /* of the file, decoded; empty if there is none */
    str *names;        /* all that it may be shown with where programs differ, that one among them */
    unsigned name_count;
    str elsewhere;  /* of message/external-body: the URL of its content */
    str content_id; /* without angle brackets */
    enum part_encoding encoding;
    bool attachment;         /* Content-Disposition says so, or it is in such a part */
    bool message;            /* the header and body of a message that is inside a message/rfc822 */
    bool alternate;          /* what some programs read where others don't */
    bool odd[PART_ODDITIES]; /* of decoding: once it was decoded */
    str content;             /* see part_content() */
    bool decoded;
};

struct mime {
    struct part **parts; /* the message first, each part before its children; at most LIMIT_MIME_PARTS */
    size_t n, seen;
};

/* Takes the body of a message apart. Never fails, linear: parts are slices, and only what is nested in an
 * encoded part is decoded. */
void mime_parse(struct mime *mime, const struct mail *mail, struct arena *arena);

/* What is in a part, its transfer encoding undone; a slice of the message where there is none. Kept in the
 * part. Of a multipart: its raw bytes. */
str part_content(struct part *part, struct arena *arena);

/* The same as UTF-8, at most LIMIT_MIME_TEXT bytes; without a byte order mark. Without a known charset it is
 * UTF-8 or windows-1252. */
str part_text(struct part *part, struct arena *arena);

static inline bool part_is(const struct part *part, str type, str subtype)
{
    return str_eq(part->type, type) && str_eq(part->subtype, subtype);
}

const char *part_oddity_words(enum part_oddity oddity);
const char *part_oddity_name(enum part_oddity oddity);
const char *part_encoding_name(enum part_encoding encoding);

#endif
