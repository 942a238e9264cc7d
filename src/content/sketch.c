/* sketch.c: a number for a text, near to that of a text that is nearly the same. */
#include "content/sketch.h"

#include "base/limits.h"
#include "content/words.h"

enum {
    LONG_WORD = 20, /* longer ones are ids, or text without spaces */
    CODE_WORD = 6,  /* letters and digits mixed, from this length on, are codes and ids */
    OWN_WEIGHT = 5, /* letters that a word needs to count by itself: shorter ones stand in all texts */
    LANE_MAX = 255, /* what a lane of eight bits can count */
    VARIANT_NUMBER = 1,
    VARIANT_CODE = 2,
};

/* Bit i of the byte becomes byte i of the result: each copy of the byte keeps a bit of its own, and a carry
 * lifts it to bit 7. */
static uint64_t spread(uint64_t byte)
{
    uint64_t own = byte * 0x0101010101010101U & 0x8040201008040201U;

    return ((own + 0x00406070787c7e7fU) >> 7) & 0x0101010101010101U;
}

static void flush(struct sketching *counts)
{
    for (unsigned bit = 0; bit < 64; bit++)
        counts->eights[bit] += (unsigned)(counts->lanes[bit / 8] >> 8 * (bit % 8) & 0xff);
    memset(counts->lanes, 0, sizeof(counts->lanes));
    counts->in_lanes = 0;
}

static void add_eights(struct sketching *counts, uint64_t eights)
{
    for (unsigned i = 0; i < SKETCH_LANES; i++)
        counts->lanes[i] += spread(eights >> 8 * i & 0xff);
    if (++counts->in_lanes == LANE_MAX)
        flush(counts);
}

/* Adds a and b to the counts whose lowest digits are *digits; returns what is carried. */
static uint64_t add_two(uint64_t *digits, uint64_t a, uint64_t b)
{
    uint64_t either = a ^ b, carry = (a & b) | (*digits & either);

    *digits ^= either;
    return carry;
}

/* Eight features are one carry out of the third digit. */
static void add_group(struct sketching *counts)
{
    const uint64_t *x = counts->waiting;
    uint64_t a = add_two(&counts->ones, x[0], x[1]), b = add_two(&counts->ones, x[2], x[3]), first;

    first = add_two(&counts->twos, a, b);
    a = add_two(&counts->ones, x[4], x[5]);
    b = add_two(&counts->ones, x[6], x[7]);
    add_eights(counts, add_two(&counts->fours, first, add_two(&counts->twos, a, b)));
    memset(counts->waiting, 0, sizeof(counts->waiting));
    counts->in_waiting = 0;
}

static void add_feature(struct sketching *counts, uint64_t hash)
{
    uint64_t *seen = &counts->seen[(hash & (SKETCH_SEEN - 1)) / 64], bit = (uint64_t)1 << (hash & 63);

    if (*seen & bit)
        return;
    *seen |= bit;
    counts->all++;
    counts->waiting[counts->in_waiting++] = hash;
    if (counts->in_waiting == SKETCH_GROUP)
        add_group(counts);
}

static unsigned count_of(const struct sketching *counts, unsigned bit)
{
    return 8 * counts->eights[bit] + 4 * (unsigned)(counts->fours >> bit & 1) +
           2 * (unsigned)(counts->twos >> bit & 1) + (unsigned)(counts->ones >> bit & 1);
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

void sketch_word(struct sketching *sketching, const struct word *word)
{
    uint64_t hash;

    if (sketching->words == LIMIT_SKETCH_WORDS)
        return;
    hash = variant(word);
    if (sketching->words++ > 0)
        add_feature(sketching, words_mix(sketching->before * 3 + hash));
    if (hash == word->hash && word->text.n >= OWN_WEIGHT)
        add_feature(sketching, hash);
    sketching->before = hash;
}

uint64_t sketch_end(struct sketching *sketching)
{
    uint64_t result = 0;

    if (sketching->words == 0)
        return 0;
    if (sketching->all == 0)
        return words_mix(sketching->before) | 1; /* one short word */
    add_group(sketching);                        /* what waits; zeros beside it count for nothing */
    flush(sketching);
    for (unsigned bit = 0; bit < 64; bit++)
        result |= (uint64_t)(2 * count_of(sketching, bit) > sketching->all) << bit;
    return result ? result : 1;
}

uint64_t sketch(str skeleton)
{
    struct sketching sketching = {0};
    struct word_search words = {.text = skeleton};
    struct word word;

    while (sketching.words < LIMIT_SKETCH_WORDS && words_next(&words, &word))
        sketch_word(&sketching, &word);
    return sketch_end(&sketching);
}
