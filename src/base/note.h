/* note.h: a list of remarks in plain words, for the warnings that go with a result.
 *
 * Text may hold bytes from outside: it is escaped where it leaves (escape.h), never here. */
#ifndef POSTERN_BASE_NOTE_H
#define POSTERN_BASE_NOTE_H

#include "base/arena.h"

struct note {
    struct note *next;
    str text;
};

struct notes {
    struct note *first;
    struct note *last;
    unsigned count;
};

/* Appends a remark; one that is there already word for word is not repeated, and past LIMIT_NOTES the list
 * stays as it is. */
void note_add(struct notes *notes, struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
