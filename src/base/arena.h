/* arena.h: memory that dies together.
 *
 * An arena hands out memory from blocks and frees all of it at once. Blocks are kept across arena_reset(), so
 * a process that handles message after message stops calling malloc. Running out of memory is not survivable
 * here and aborts: every input that decides a size is capped before (limits.h). Under AddressSanitizer memory
 * that was not handed out is poisoned. */
#ifndef POSTERN_BASE_ARENA_H
#define POSTERN_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

/* A new arena; never NULL. Owned by the caller, ended by arena_free(). */
struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Forgets all that was handed out; blocks up to a fixed total stay for the next user. */
void arena_reset(struct arena *arena);

/* A point to return to; what was handed out since is forgotten by arena_rewind(). */
struct arena_mark {
    void *block;
    size_t used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* n zeroed bytes aligned for any type; never NULL, for n = 0 too. */
void *arena_alloc(struct arena *arena, size_t n);

/* n bytes, not zeroed, aligned to 1: for text. */
char *arena_bytes(struct arena *arena, size_t n);

/* A zeroed array of n elements of `size` bytes; aborts if the product overflows. */
void *arena_array(struct arena *arena, size_t n, size_t size);

#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array_of(arena, n, type) ((type *)arena_array((arena), (n), sizeof(type)))

/* Copies that live in the arena. arena_c_str() adds the NUL that a library wants; bytes after an inner NUL
 * are there but such a library won't see them. */
str arena_str(struct arena *arena, str s);
char *arena_c_str(struct arena *arena, str s);
str arena_lower(struct arena *arena, str s);

/* s with every `what`, in any ASCII case, replaced by `with`; s itself where there is none. what.n > 0. */
str arena_replace(struct arena *arena, str s, str what, str with);

/* Three texts in one; for where formatting would cost too much. */
str arena_join(struct arena *arena, str a, str b, str c);

/* Formatted text in the arena, without a closing NUL in its length (one stands behind it all the same). */
str arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
str arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Bytes in blocks now, and how often a block was taken from malloc since arena_new(). */
size_t arena_size(const struct arena *arena);
size_t arena_blocks_taken(const struct arena *arena);

#endif
