/* file_name.h: the names that an attachment may be shown with, where programs read its header differently. */
#ifndef POSTERN_MAIL_FILE_NAME_H
#define POSTERN_MAIL_FILE_NAME_H

#include "base/arena.h"

enum { FILE_NAMES = 8, FILE_NAME_PIECES = 16 };

struct file_name_piece {
    str value;
    unsigned number;
    bool extended; /* percent-encoded */
};

/* Zeroed is empty. */
struct file_names {
    str items[FILE_NAMES]; /* different ones, in the order in which they were found */
    unsigned n;
    struct file_name_piece pieces[FILE_NAME_PIECES]; /* of RFC 2231, in the order of the fields */
    unsigned piece_count;
};

/* A name as it is; one that is empty or there already is left out, and so is what is over the limit. */
void file_names_add(struct file_names *names, str name);

/* All that follows "name=" or "filename=" in a field (Content-Type, Content-Disposition) in some way: quoted,
 * with comments, behind a second semicolon, numbered. */
void file_names_note(struct file_names *names, str field, struct arena *arena);

/* What the numbered pieces of all fields come to: in the order of their numbers and in that of the fields,
 * with gaps passed over. */
void file_names_end(struct file_names *names, struct arena *arena);

#endif
