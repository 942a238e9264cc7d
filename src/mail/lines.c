/* lines.c: which odd bytes stand in a text.
 *
 * This runs over the whole body of each message, so it is written for the vector unit: each step compares 16
 * bytes, and the 16 bytes one further on, and ors the outcomes together. */
#include "mail/lines.h"

enum { WIDTH = 16 };

typedef unsigned char vector __attribute__((vector_size(WIDTH)));

/* A non-zero byte anywhere: it was seen. */
struct seen {
    vector nul, high, crlf, bare_cr, bare_lf;
};

static inline vector load(const char *p)
{
    vector v;

    memcpy(&v, p, WIDTH);
    return v;
}

/* Looks at p[0..WIDTH) as first bytes of a pair, p[1..WIDTH] as second ones. */
static inline void look(struct seen *seen, const char *p)
{
    vector here = load(p), next = load(p + 1);
    vector cr = (vector)(here == '\r'), lf = (vector)(next == '\n');

    seen->nul |= (vector)(here == 0);
    seen->high |= here;
    seen->crlf |= cr & lf;
    seen->bare_cr |= cr & ~lf;
    seen->bare_lf |= lf & ~cr;
}

static bool any(vector v, unsigned char mask)
{
    unsigned char all = 0;

    for (size_t i = 0; i < WIDTH; i++)
        all |= v[i];
    return all & mask;
}

struct lines lines_look(str s)
{
    struct seen seen = {0};
    char edge[WIDTH + 1];
    size_t i = 0;

    if (s.n == 0)
        return (struct lines){0};
    for (; i + WIDTH < s.n; i += WIDTH)
        look(&seen, s.p + i);
    /* The rest, at most WIDTH bytes; and the first byte, which was no second one yet. */
    memset(edge, ' ', sizeof(edge));
    memcpy(edge, s.p + i, s.n - i);
    look(&seen, edge);
    memset(edge, ' ', sizeof(edge));
    edge[WIDTH] = s.p[0];
    look(&seen, edge);
    return (struct lines){any(seen.nul, 0xff), any(seen.high, 0x80), any(seen.crlf, 0xff),
                          any(seen.bare_cr, 0xff), any(seen.bare_lf, 0xff)};
}
