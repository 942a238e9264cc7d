/* mime_read.h: what the files that read the parts of a message share; nobody else includes it. */
#ifndef POSTERN_MAIL_MIME_READ_H
#define POSTERN_MAIL_MIME_READ_H

#include "mail/mime.h"

enum { MIME_READINGS = 2 };

/* The fields of a part that say what it is; of each the first ones. */
struct mime_fields {
    str type[MIME_READINGS], encoding[MIME_READINGS], disposition[MIME_READINGS], id;
    unsigned types, encodings, dispositions;
};

/* Another reading of a part. */
struct mime_doubt {
    struct mime_doubt *next;
    struct part *part;
    str type;                    /* the other Content-Type, whole */
    str boundary;                /* or another boundary */
    const char *from;            /* or its content begins there */
    str between;                 /* or what stands before its first or behind its last part */
    str charset;                 /* or another charset */
    enum part_encoding encoding; /* or another encoding, */
    bool encoded;                /* if this is set */
};

struct mime_parser {
    struct mime *mime;
    struct arena *arena;
    struct mime_doubt *doubts, **last_doubt;
    size_t budget; /* bytes that may still be read again, in other readings */
};

/* A part below `parent`, the last one there; NULL when there are LIMIT_MIME_PARTS. */
struct part *mime_new_part(struct mime_parser *parser, struct part *parent);

/* Remembers that a part may be read otherwise. */
void mime_doubt(struct mime_parser *parser, struct mime_doubt doubt);

/* mime_fields.c: from the header of a part to what it says of it. */
void mime_note_field(struct mime_fields *fields, const struct header *field);
void mime_set_fields(struct mime_parser *parser, struct part *part, const struct mime_fields *fields);
void mime_set_type(struct mime_parser *parser, struct part *part, str field);

/* mime.c: reads a text into the tree below `root`, whose header is known. */
void mime_read_content(struct mime_parser *parser, struct part *root, str text);

/* Reads the header that stands at the beginning of `text`; returns where the content begins. */
size_t mime_read_header(struct mime_parser *parser, struct part *part, str text);

/* It is to hold a message: message/rfc822 and its like. */
bool mime_holds_message(const struct part *part);

/* mime_again.c: what has to be decoded first, and what programs read otherwise: the content of one part, and
 * all that there is doubt about. */
void mime_read_again(struct mime_parser *parser, struct part *part);
void mime_read_doubts(struct mime_parser *parser);

/* The message once more, where its header ends elsewhere for some: at a bare LF in a message with CRLF, or at
 * a line of white space. */
void mime_read_other_header(struct mime_parser *parser, struct part *root, const struct mail *mail);

/* A part below `from` that reads it otherwise: all but its content as there. NULL where no more may be read.
 */
struct part *mime_reading(struct mime_parser *parser, struct part *from);

/* mime_hidden.c: what stands in a text though no header speaks of it: parts between boundaries, below the
 * part of `root` in which they are; a header behind the header; encoded text. */
void mime_read_hidden(struct mime_parser *parser, struct part *root, str boundary);
void mime_look_for_hidden(struct mime_parser *parser, struct part *part);

#endif
