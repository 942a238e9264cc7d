/* fold.h: writing a header field on several lines (RFC 5322 section 2.2.3). */
#ifndef POSTERN_MAIL_FOLD_H
#define POSTERN_MAIL_FOLD_H

#include "base/buf.h"

enum { FOLD_COLUMNS = 78 };

struct fold {
    struct buf text;
    size_t column; /* of the current line, 0: it is empty */
};

/* Starts with `name` and a colon. What goes over `max` bytes is left out, fold->text.full tells. */
struct fold fold_new(str name, struct arena *arena, size_t max);

/* A piece that is not to be torn, behind a space; on a line of its own if this one would get too long. */
void fold_word(struct fold *fold, str word);

/* Text right behind what is there, torn where the line gets too long: for base64. */
void fold_long(struct fold *fold, str text);

/* The next word begins a line. */
void fold_line(struct fold *fold);

#endif
