/* bytes.c: bytes that grow and shrink by themselves. */
#include "base/bytes.h"

#include <stdlib.h>

enum { FIRST_ROOM = 256 };

void bytes_reserve(struct bytes *bytes, size_t n)
{
    size_t room = bytes->room ? bytes->room : FIRST_ROOM;
    char *p;

    if (n <= bytes->room - bytes->n)
        return;
    if (n > SIZE_MAX / 4 - bytes->n)
        abort();
    while (room < bytes->n + n)
        room *= 2;
    p = realloc(bytes->p, room);
    if (!p)
        abort();
    bytes->p = p;
    bytes->room = room;
}

void bytes_add(struct bytes *bytes, str s)
{
    if (s.n == 0)
        return;
    bytes_reserve(bytes, s.n);
    memcpy(bytes->p + bytes->n, s.p, s.n);
    bytes->n += s.n;
}

void bytes_add_char(struct bytes *bytes, char c)
{
    bytes_add(bytes, (str){&c, 1});
}

void bytes_clear(struct bytes *bytes, size_t keep)
{
    bytes->n = 0;
    if (bytes->room <= keep)
        return;
    free(bytes->p);
    bytes->p = NULL;
    bytes->room = 0;
}
