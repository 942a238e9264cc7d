/* bytes.h: bytes that grow and shrink by themselves, for what outlives a message: buffers of connections.
 *
 * Zeroed is empty. Running out of memory aborts: whoever adds caps the size before (limits.h). */
#ifndef POSTERN_BASE_BYTES_H
#define POSTERN_BASE_BYTES_H

#include "base/str.h"

struct bytes {
    char *p; /* aligned for any type */
    size_t n;
    size_t room;
};

/* Room for n more; at least doubles when it grows. */
void bytes_reserve(struct bytes *bytes, size_t n);
void bytes_add(struct bytes *bytes, str s);
void bytes_add_char(struct bytes *bytes, char c);

/* Empty, and what is over `keep` bytes of room is given back. */
void bytes_clear(struct bytes *bytes, size_t keep);
static inline void bytes_free(struct bytes *bytes)
{
    bytes_clear(bytes, 0);
}

/* Valid until the next change. */
static inline str bytes_str(const struct bytes *bytes)
{
    return (str){bytes->p, bytes->n};
}

#endif
