/* sketch.h: a number for a text, near to that of a text that is nearly the same. */
#ifndef POSTERN_CONTENT_SKETCH_H
#define POSTERN_CONTENT_SKETCH_H

#include "content/words.h"

enum {
    SKETCH_NEAR =
        10, /* up to so many bits apart, texts of fifty words and more are taken for variants of one */
    SKETCH_LANES = 8,
    SKETCH_GROUP = 8,
    SKETCH_SEEN = 1 << 16,
};

/* The 64 bit sketch (simhash) of a skeleton (content/skeleton.h): of its pairs of words and its longer words,
 * numbers and what looks like a code or an id taken for the same. Only the first LIMIT_SKETCH_WORDS words
 * count. 0: no words. The same on all machines and in all versions, as it is kept. Linear. */
uint64_t sketch(str skeleton);

/* The same word by word, for who goes through them anyway. Starts zeroed; the members are own to sketch.c:
 * counts of ones by bit, of all 64 bits at once. */
struct sketching {
    uint64_t waiting[SKETCH_GROUP]; /* features that are to be added together */
    unsigned in_waiting;
    uint64_t ones, twos, fours;   /* the lowest binary digits of the 64 counts */
    uint64_t lanes[SKETCH_LANES]; /* what carried out of these, in eight lanes of eight numbers */
    unsigned in_lanes;
    unsigned eights[64]; /* the same, once a lane was full */
    unsigned all, words;
    uint64_t before;                 /* the word before */
    uint64_t seen[SKETCH_SEEN / 64]; /* what was counted: a phrase that a text repeats is one feature of it */
};
void sketch_word(struct sketching *sketching, const struct word *word);
uint64_t sketch_end(struct sketching *sketching);

/* Bits that differ, 0 to 64. About 32 for texts that have nothing in common. */
static inline unsigned sketch_distance(uint64_t a, uint64_t b)
{
    return (unsigned)__builtin_popcountll(a ^ b);
}

#endif
