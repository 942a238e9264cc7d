/* transfer.h: content transfer encodings (RFC 2045 section 6), read as mail programs do: what does not belong
 * is passed over and noted. */
#ifndef POSTERN_MAIL_TRANSFER_H
#define POSTERN_MAIL_TRANSFER_H

#include "base/arena.h"

struct transfer_facts {
    bool junk;     /* bytes stand there that the encoding does not have */
    bool unclosed; /* it ends in the middle of a group, an escape or a file */
    bool behind;   /* data goes on behind its end: base64 padding, uuencode's "end" */
};

/* The bytes that are meant; facts are added to. Linear. All data behind padding is decoded too. */
str transfer_base64(str text, struct arena *arena, struct transfer_facts *facts);
str transfer_quoted_printable(str text, struct arena *arena, struct transfer_facts *facts);

/* The first uuencoded file in a text, from its "begin 644 name" line on; false if there is none. *name and
 * *bytes are what it holds, *at and *length where it stands in the text. */
bool transfer_uuencoded(str text, struct arena *arena, str *name, str *bytes, size_t *at, size_t *length,
                        struct transfer_facts *facts);

#endif
