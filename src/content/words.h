/* words.h: the words of a skeleton, each with a hash. */
#ifndef POSTERN_CONTENT_WORDS_H
#define POSTERN_CONTENT_WORDS_H

#include "base/str.h"

struct word {
    str text; /* letters and digits; bytes over 127 count as letters */
    uint64_t hash;
    bool digits, letters; /* has some */
};

/* Cuts the next word off *rest, which is a skeleton (content/skeleton.h). False at its end. The hash is the
 * same on all machines and in all versions: sketches are made of it and are kept. It is no defence against
 * words that are made to collide; nobody gains by them. Linear. */
bool words_next(str *rest, struct word *word);

/* The hash of a word that stands alone. */
uint64_t words_hash(str word);

/* Spreads what differs in any bit over all bits. */
static inline uint64_t words_mix(uint64_t h)
{
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93U;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93U;
    return h ^ h >> 32;
}

#endif
