/* buf.c: text that grows, in an arena, up to a stated maximum. */
#include "base/buf.h"

#include <stdio.h>

enum { FIRST_ROOM = 256 };

struct buf buf_new(struct arena *arena, size_t max)
{
    return (struct buf){.arena = arena, .max = max};
}

/* Room for n more bytes, or for as many as the maximum leaves; returns how many. */
static size_t reserve(struct buf *buf, size_t n)
{
    size_t room = buf->room ? buf->room : FIRST_ROOM;
    char *p;

    if (n > buf->max - buf->n) {
        n = buf->max - buf->n;
        buf->full = true;
    }
    if (buf->n + n <= buf->room)
        return n;
    while (room < buf->n + n)
        room *= 2;
    if (room > buf->max)
        room = buf->max;
    p = arena_bytes(buf->arena, room);
    if (buf->n)
        memcpy(p, buf->p, buf->n);
    buf->p = p;
    buf->room = room;
    return n;
}

void buf_add(struct buf *buf, str s)
{
    size_t n = reserve(buf, s.n);

    if (n)
        memcpy(buf->p + buf->n, s.p, n);
    buf->n += n;
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, (str){&c, 1});
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    char small[256];
    int n;

    va_start(arguments, format);
    n = vsnprintf(small, sizeof(small), format, arguments);
    va_end(arguments);
    if (n < 0)
        return;
    if ((size_t)n < sizeof(small)) {
        buf_add(buf, (str){small, (size_t)n});
        return;
    }
    va_start(arguments, format);
    buf_add(buf, arena_vprintf(buf->arena, format, arguments));
    va_end(arguments);
}
