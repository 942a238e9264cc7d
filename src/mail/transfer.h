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

/* Where in quoted-printable the byte stands that comes out at `place`: behind the one before it. */
size_t transfer_quoted_offset(str text, size_t place);

/* What other decoders make of what is not as it should be: base64 of which each line stands for itself;
 * base64 in which "=" is passed over; quoted-printable in which a "=" that begins no escape is left out. */
str transfer_base64_lines(str text, struct arena *arena);
str transfer_base64_unpadded(str text, struct arena *arena);
str transfer_quoted_loose(str text, struct arena *arena);

struct transfer_file {
    str name, bytes;
    size_t at, length; /* where it stands in the text */
};

/* The first uuencoded file in a text behind `from`, from its "begin 644 name" line on; false if there is
 * none. */
bool transfer_uuencoded(str text, size_t from, struct arena *arena, struct transfer_file *file,
                        struct transfer_facts *facts);

/* Lines of a uuencoded file that has lost its "begin". */
str transfer_uuencoded_lines(str text, struct arena *arena, struct transfer_facts *facts);

#endif
