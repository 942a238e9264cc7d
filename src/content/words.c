/* words.c: the words of a skeleton, each with a hash. */
#include "content/words.h"

#include <endian.h>

#define EACH(byte) (0x0101010101010101U * (byte))

enum { CHUNK = 8 };

/* Up to eight bytes of s, the first one lowest, zeros behind its end. */
static uint64_t load(str s)
{
    uint64_t bytes = 0;

    if (s.n >= CHUNK)
        memcpy(&bytes, s.p, CHUNK);
    else if (s.n)
        memcpy(&bytes, s.p, s.n);
    return le64toh(bytes);
}

/* Bit 7 of each byte from `low` to `high`, which are ASCII; bytes over 127 count by their lower bits. */
static uint64_t between(uint64_t bytes, unsigned char low, unsigned char high)
{
    uint64_t seven = bytes & EACH(0x7f);

    return (seven + EACH(0x80U - low)) & ~(seven + EACH(0x7fU - high)) & EACH(0x80);
}

static uint64_t add_chunk(uint64_t h, uint64_t bytes)
{
    h = (h ^ bytes) * 0x9e3779b97f4a7c15U;
    return h ^ h >> 29;
}

/* Reads as much of a word as stands at the start of s. */
static void read_word(str s, struct word *word)
{
    uint64_t h = 0, digits = 0, letters = 0;
    size_t n = 0;

    for (;;) {
        uint64_t bytes = load(str_skip(s, n));
        uint64_t high = bytes & EACH(0x80);
        uint64_t digit = between(bytes, '0', '9') & ~high, letter = between(bytes, 'a', 'z') | high;
        uint64_t none = ~(digit | letter) & EACH(0x80);
        unsigned taken = none ? (unsigned)__builtin_ctzll(none) / 8 : CHUNK;
        uint64_t mask = taken == CHUNK ? ~(uint64_t)0 : ((uint64_t)1 << 8 * taken) - 1;

        digits |= digit & mask;
        letters |= letter & mask;
        n += taken;
        if (taken)
            h = add_chunk(h, bytes & mask);
        if (taken < CHUNK)
            break;
    }
    *word = (struct word){{s.p, n}, words_mix(h + n), digits != 0, letters != 0};
}

static bool is_part(char c)
{
    return (c >= 'a' && c <= 'z') || ascii_is_digit(c) || (unsigned char)c >= 0x80;
}

bool words_next(str *rest, struct word *word)
{
    size_t i = 0;

    while (i < rest->n && !is_part(rest->p[i]))
        i++;
    *rest = str_skip(*rest, i);
    if (!rest->n)
        return false;
    read_word(*rest, word);
    *rest = str_skip(*rest, word->text.n);
    return true;
}

uint64_t words_hash(str word)
{
    struct word read;

    read_word(word, &read);
    return read.hash;
}
