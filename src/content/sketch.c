/* sketch.c: a number for a text, near to that of a text that is nearly the same. */
#include "content/sketch.h"

#include "base/limits.h"
#include "content/words.h"

enum {
    LONG_WORD = 20, /* longer ones are ids, or text without spaces */
    CODE_WORD = 6,  /* letters and digits mixed, from this length on, are codes and ids */
    OWN_WEIGHT = 5, /* letters that a word needs to count by itself: shorter ones stand in all texts */
    LANES = 8,
    LANE_MAX = 255, /* what a lane of eight bits can count */
    VARIANT_NUMBER = 1,
    VARIANT_CODE = 2,
    SEEN_BITS = 1 << 16,
};

/* Counts of ones by bit: the bits of each byte of a hash are added to eight lanes of a number at once, and
 * those to `ones` before they could overflow. */
struct counts {
    uint64_t lanes[LANES];
    unsigned in_lanes;
    unsigned ones[64];
    unsigned all;
    uint64_t seen[SEEN_BITS / 64]; /* what was counted: a phrase that a text repeats is one feature of it */
};

/* Bit i of the byte becomes byte i of the result: each copy of the byte keeps a bit of its own, and a carry
 * lifts it to bit 7. */
static uint64_t spread(uint64_t byte)
{
    uint64_t own = byte * 0x0101010101010101U & 0x8040201008040201U;

    return ((own + 0x00406070787c7e7fU) >> 7) & 0x0101010101010101U;
}

static void flush(struct counts *counts)
{
    for (unsigned bit = 0; bit < 64; bit++)
        counts->ones[bit] += (unsigned)(counts->lanes[bit / 8] >> 8 * (bit % 8) & 0xff);
    memset(counts->lanes, 0, sizeof(counts->lanes));
    counts->in_lanes = 0;
}

static void add_feature(struct counts *counts, uint64_t hash)
{
    uint64_t *seen = &counts->seen[(hash & (SEEN_BITS - 1)) / 64], bit = (uint64_t)1 << (hash & 63);

    if (*seen & bit)
        return;
    *seen |= bit;
    for (unsigned i = 0; i < LANES; i++)
        counts->lanes[i] += spread(hash >> 8 * i & 0xff);
    counts->all++;
    if (++counts->in_lanes == LANE_MAX)
        flush(counts);
}

/* The hash of what a word is taken for. */
static uint64_t variant(const struct word *word)
{
    if (word->digits && !word->letters)
        return VARIANT_NUMBER;
    if (word->text.n > LONG_WORD || (word->digits && word->text.n >= CODE_WORD))
        return VARIANT_CODE;
    return word->hash;
}

uint64_t sketch(str skeleton)
{
    struct counts counts = {0};
    struct word word;
    uint64_t before = 0, result = 0;

    for (size_t i = 0; i < LIMIT_SKETCH_WORDS && words_next(&skeleton, &word); i++) {
        uint64_t hash = variant(&word);

        if (i > 0)
            add_feature(&counts, words_mix(before * 3 + hash));
        if (hash == word.hash && word.text.n >= OWN_WEIGHT)
            add_feature(&counts, hash);
        before = hash;
    }
    if (counts.all == 0)
        return before ? words_mix(before) | 1 : 0; /* one short word, or none */
    flush(&counts);
    for (unsigned bit = 0; bit < 64; bit++)
        result |= (uint64_t)(2 * counts.ones[bit] > counts.all) << bit;
    return result ? result : 1;
}
