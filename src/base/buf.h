/* buf.h: text that grows, in an arena, up to a stated maximum.
 *
 * What does not fit is dropped and `full` stays set: the writer looks once, at the end. */
#ifndef POSTERN_BASE_BUF_H
#define POSTERN_BASE_BUF_H

#include "base/arena.h"

struct buf {
    struct arena *arena;
    char *p;
    size_t n;
    size_t room;
    size_t max; /* bytes, chosen by the owner */
    bool full;  /* something did not fit and is missing */
};

struct buf buf_new(struct arena *arena, size_t max);

/* Append. buf_add() appends all of s or, when over the maximum, what fits. */
void buf_add(struct buf *buf, str s);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was written so far; valid until the next append or the end of the arena. */
static inline str buf_str(const struct buf *buf)
{
    return (str){buf->p, buf->n};
}

#endif
