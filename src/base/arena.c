/* arena.c: memory that dies together. */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define POSTERN_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POSTERN_ASAN 1
#endif
#endif

#ifdef POSTERN_ASAN
#include <sanitizer/asan_interface.h>
#define poison(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
enum { GAP = 16 }; /* unused bytes behind each piece, so that an overrun is seen */
#else
#define poison(p, n) ((void)0)
#define unpoison(p, n) ((void)0)
enum { GAP = 0 };
#endif

enum {
    BLOCK_SIZE = 64 * 1024,
    KEEP_SIZE = 4 * 1024 * 1024, /* what arena_reset() keeps for the next message */
};

struct block {
    struct block *next; /* the block filled after this one; kept empty blocks follow the current one */
    size_t size;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *first;
    struct block *current;
    size_t used; /* of current */
    size_t size;
    size_t blocks_taken;
};

static struct block *block_new(struct arena *arena, size_t size)
{
    struct block *block = malloc(sizeof(struct block) + size);

    if (!block)
        abort();
    block->next = NULL;
    block->size = size;
    poison(block->bytes, size);
    arena->size += size;
    arena->blocks_taken++;
    return block;
}

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof(struct arena));

    if (!arena)
        abort();
    arena->first = arena->current = block_new(arena, BLOCK_SIZE);
    return arena;
}

static void free_blocks(struct arena *arena, struct block *block)
{
    while (block) {
        struct block *next = block->next;

        arena->size -= block->size;
        unpoison(block->bytes, block->size);
        free(block);
        block = next;
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    free_blocks(arena, arena->first);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    size_t kept = 0;
    struct block *block = arena->first;

    for (;;) {
        poison(block->bytes, block->size);
        kept += block->size;
        if (!block->next)
            break;
        if (kept + block->next->size > KEEP_SIZE) {
            free_blocks(arena, block->next);
            block->next = NULL;
            break;
        }
        block = block->next;
    }
    arena->current = arena->first;
    arena->used = 0;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->current, arena->used};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    struct block *block = mark.block;

    poison(block->bytes + mark.used, block->size - mark.used);
    for (struct block *later = block->next; later; later = later->next)
        poison(later->bytes, later->size);
    arena->current = block;
    arena->used = mark.used;
}

/* The next block with room for n bytes becomes the current one. Kept blocks that are too small are dropped.
 */
static void next_block(struct arena *arena, size_t n)
{
    struct block *next = arena->current->next;

    while (next && next->size < n) {
        struct block *after = next->next;

        next->next = NULL;
        free_blocks(arena, next);
        next = after;
    }
    if (!next)
        next = block_new(arena, n > BLOCK_SIZE ? n : BLOCK_SIZE);
    arena->current->next = next;
    arena->current = next;
    arena->used = 0;
}

static void *take(struct arena *arena, size_t n, size_t align)
{
    size_t at = (arena->used + (align - 1)) & ~(align - 1);
    size_t whole = n + GAP;
    char *p;

    if (n > SIZE_MAX / 4)
        abort();
    if (at > arena->current->size || whole > arena->current->size - at) {
        next_block(arena, whole);
        at = 0;
    }
    p = arena->current->bytes + at;
    arena->used = at + whole;
    unpoison(p, n);
    return p;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    void *p = take(arena, n, alignof(max_align_t));

    memset(p, 0, n);
    return p;
}

char *arena_bytes(struct arena *arena, size_t n)
{
    return take(arena, n, 1);
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        abort();
    return arena_alloc(arena, bytes);
}

str arena_str(struct arena *arena, str s)
{
    char *p = arena_bytes(arena, s.n);

    if (s.n)
        memcpy(p, s.p, s.n);
    return (str){p, s.n};
}

char *arena_c_str(struct arena *arena, str s)
{
    char *p = arena_bytes(arena, s.n + 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

str arena_lower(struct arena *arena, str s)
{
    char *p = arena_bytes(arena, s.n);

    for (size_t i = 0; i < s.n; i++)
        p[i] = ascii_lower(s.p[i]);
    return (str){p, s.n};
}

str arena_join(struct arena *arena, str a, str b, str c)
{
    const str parts[] = {a, b, c};
    char *p = arena_bytes(arena, a.n + b.n + c.n);
    char *end = p;

    for (size_t i = 0; i < 3; i++) {
        if (parts[i].n)
            memcpy(end, parts[i].p, parts[i].n);
        end += parts[i].n;
    }
    return str_span(p, end);
}

str arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    char small[256]; /* most text fits, and is then formatted only once */
    va_list again;
    int n;
    char *p;

    va_copy(again, arguments);
    n = vsnprintf(small, sizeof(small), format, again);
    va_end(again);
    assert(n >= 0);
    p = arena_bytes(arena, (size_t)n + 1);
    if ((size_t)n < sizeof(small))
        memcpy(p, small, (size_t)n + 1);
    else
        vsnprintf(p, (size_t)n + 1, format, arguments);
    return (str){p, (size_t)n};
}

str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    str s;

    va_start(arguments, format);
    s = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return s;
}

size_t arena_size(const struct arena *arena)
{
    return arena->size;
}

size_t arena_blocks_taken(const struct arena *arena)
{
    return arena->blocks_taken;
}

str arena_replace(struct arena *arena, str s, str what, str with)
{
    size_t count = 0, n = 0;
    char *p;

    assert(what.n > 0);
    for (size_t at = 0; at + what.n <= s.n; at += str_istarts(str_skip(s, at), what) ? what.n : 1)
        count += str_istarts(str_skip(s, at), what);
    if (count == 0)
        return s;
    p = arena_bytes(arena, s.n + count * with.n);
    for (size_t at = 0; at < s.n;) {
        bool found = str_istarts(str_skip(s, at), what);
        str piece = found ? with : str_sub(s, at, 1);

        if (piece.n)
            memcpy(p + n, piece.p, piece.n);
        n += piece.n;
        at += found ? what.n : 1;
    }
    return (str){p, n};
}
