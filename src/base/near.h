/* near.h: the word that was probably meant. */
#ifndef POSTERN_BASE_NEAR_H
#define POSTERN_BASE_NEAR_H

#include "base/str.h"

/* Single-letter insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal
 * string alignment distance); NEAR_FAR if they are more than a third of the longer word's letters (at least
 * one, at most three), or a word is over NEAR_MAX bytes: then nobody would call it near. */
enum { NEAR_FAR = 4, NEAR_MAX = 64 };
unsigned near_distance(str a, str b);

#endif
