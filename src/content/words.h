/* words.h: the words of a skeleton, each with a hash. */
#ifndef POSTERN_CONTENT_WORDS_H
#define POSTERN_CONTENT_WORDS_H

#include "base/str.h"

struct word {
    str text; /* letters and digits; bytes over 127 count as letters */
    uint64_t hash;
    bool digits, letters; /* has some */
};

/* Where the search stands; `text` is set by the caller, the rest zero. A copy goes on by itself. */
struct word_search {
    str text;               /* a skeleton (content/skeleton.h) */
    size_t block;           /* offset behind the 64 bytes that the bits below are about */
    uint64_t digit, letter; /* bit i: what the byte i of these is */
    uint64_t rest;          /* bits of either kind that were not looked at */
};

/* The next word; false at the end. The hash is the same on all machines and in all versions: sketches are
 * made of it and are kept. It is no defence against words that are made to collide; nobody gains by them.
 * Linear. */
bool words_next(struct word_search *words, struct word *word);

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
