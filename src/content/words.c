/* words.c: the words of a skeleton, each with a hash.
 *
 * Sixty-four bytes at a time are sorted into letters, digits and others, a bit each; words are then runs of
 * bits. */
#include "content/words.h"

#include <endian.h>

#define EACH(byte) (0x0101010101010101U * (byte))

enum { CHUNK = 8, BLOCK = 64 };

/* Up to eight bytes of s, the first one lowest, zeros behind its end. */
static inline uint64_t load(str s)
{
    uint64_t bytes = 0;

    if (s.n >= CHUNK)
        memcpy(&bytes, s.p, CHUNK);
    else if (s.n)
        memcpy(&bytes, s.p, s.n);
    return le64toh(bytes);
}

/* Bit 7 of each byte from `low` to `high`, which are ASCII; bytes over 127 count by their lower bits. */
static inline uint64_t between(uint64_t bytes, unsigned char low, unsigned char high)
{
    uint64_t seven = bytes & EACH(0x7f);

    return (seven + EACH(0x80U - low)) & ~(seven + EACH(0x7fU - high)) & EACH(0x80);
}

/* Bit 7 of each byte, one beside the other: each product lands in a bit of its own of the highest byte. */
static inline uint64_t gather(uint64_t bits)
{
    return (bits >> 7) * 0x0102040810204080U >> 56;
}

/* ---- hashes ---- */

static inline uint64_t add_chunk(uint64_t h, uint64_t bytes)
{
    h = (h ^ bytes) * 0x9e3779b97f4a7c15U;
    return h ^ h >> 29;
}

/* `behind`: the text from the word on, of which n bytes are the word. */
static inline uint64_t hash_of(str behind, size_t n)
{
    uint64_t h = 0;
    size_t i = 0;

    for (; i + CHUNK <= n; i += CHUNK)
        h = add_chunk(h, load(str_skip(behind, i)));
    if (i < n)
        h = add_chunk(h, load(str_skip(behind, i)) & (((uint64_t)1 << 8 * (n - i)) - 1));
    return words_mix(h + n);
}

uint64_t words_hash(str word)
{
    return hash_of(word, word.n);
}

/* ---- words ---- */

/* Sorts the next block; false at the end of the text. */
static bool sort_block(struct word_search *words)
{
    str s = str_skip(words->text, words->block);

    if (!s.n)
        return false;
    words->digit = words->letter = 0;
    for (unsigned i = 0; i < BLOCK && i < s.n; i += CHUNK) {
        uint64_t bytes = load(str_skip(s, i)), high = bytes & EACH(0x80);

        words->digit |= gather(between(bytes, '0', '9') & ~high) << i;
        words->letter |= gather(between(bytes, 'a', 'z') | high) << i;
    }
    words->block += BLOCK;
    words->rest = words->digit | words->letter;
    return true;
}

/* Bits from `from` up to before `to`, which is at most 64. */
static inline uint64_t bits(unsigned from, unsigned to)
{
    return (to == BLOCK ? ~(uint64_t)0 : ((uint64_t)1 << to) - 1) & (~(uint64_t)0 << from);
}

/* Takes the run of bits that begins at `from` off the block; true if it goes on in the next one. */
static inline bool take_run(struct word_search *words, unsigned from, struct word *word)
{
    uint64_t none = ~words->rest & (~(uint64_t)0 << from);
    unsigned to = none ? (unsigned)__builtin_ctzll(none) : BLOCK;
    uint64_t run = bits(from, to);

    word->digits |= (words->digit & run) != 0;
    word->letters |= (words->letter & run) != 0;
    word->text.n += to - from;
    words->rest &= ~run;
    return to == BLOCK;
}

bool words_next(struct word_search *words, struct word *word)
{
    unsigned from;
    size_t start;

    while (!words->rest)
        if (!sort_block(words))
            return false;
    from = (unsigned)__builtin_ctzll(words->rest);
    start = words->block - BLOCK + from;
    *word = (struct word){.text = {words->text.p + start, 0}};
    while (take_run(words, from, word) && sort_block(words) && words->rest & 1)
        from = 0;
    word->hash = hash_of(str_skip(words->text, start), word->text.n);
    return true;
}
