/* sketch.h: a number for a text, near to that of a text that is nearly the same. */
#ifndef POSTERN_CONTENT_SKETCH_H
#define POSTERN_CONTENT_SKETCH_H

#include "base/str.h"

enum {
    SKETCH_NEAR =
        10, /* up to so many bits apart, texts of fifty words and more are taken for variants of one */
};

/* The 64 bit sketch (simhash) of a skeleton (content/skeleton.h): of its pairs of words and its longer words,
 * numbers and what looks like a code or an id taken for the same. Only the first LIMIT_SKETCH_WORDS words
 * count. 0: no words. The same on all machines and in all versions, as it is kept. Linear. */
uint64_t sketch(str skeleton);

/* Bits that differ, 0 to 64. About 32 for texts that have nothing in common. */
static inline unsigned sketch_distance(uint64_t a, uint64_t b)
{
    return (unsigned)__builtin_popcountll(a ^ b);
}

#endif
