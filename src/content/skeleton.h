/* skeleton.h: text as it looks, so that what is disguised reads like what it pretends to be. */
#ifndef POSTERN_CONTENT_SKELETON_H
#define POSTERN_CONTENT_SKELETON_H

#include "base/arena.h"

struct skeleton_facts {
    unsigned invisible; /* characters that can't be seen (Default_Ignorable_Code_Point), dropped */
    unsigned
        inside; /* runs of them with an ASCII letter or digit right before and behind: they part a word */
    unsigned
        mixed; /* places where an ASCII letter stands beside a letter of another script that looks like one */
    unsigned foreign; /* letters of other scripts that look like ASCII letters, and became them */
    unsigned styled;  /* letters of the mathematical, circled, wide and other styled alphabets */
    bool cut;         /* there was more than `max` bytes */
};

/* The skeleton of UTF-8 text: what is invisible dropped, decomposed (NFD) without marks that combine, what
 * looks like an ASCII character turned into that (Unicode Technical Standard 39, and additions of
 * tools/skeleton-table), digits of all scripts as 0 to 9, spaces of all kinds as " ", in lower case. ASCII is
 * only put in lower case: "m" is not "rn" here, and "0" not "o". Bytes that are no UTF-8 become U+FFFD. Reads
 * at most max bytes. A skeleton's skeleton is itself. Text that is one already is returned without a copy.
 * Linear; the result has at most three times the bytes. facts may be NULL. */
str skeleton(str text, size_t max, struct arena *arena, struct skeleton_facts *facts);

/* A skeleton folded to what the eye mixes up even within ASCII, for comparing names (never for reading):
 * digits and signs as the letters they stand for (skeleton_letter()), i as l, q as g, rn as m, vv as w; only
 * letters (and bytes over 127) are kept: "rnicr0-s0ft" and "microsoft" both give "mlcrosoft". A fold's fold
 * is itself. */
str skeleton_fold(str skeleton, struct arena *arena);

/* The letter that a digit or sign stands for in a disguised word (0 o, 1 and | l, 3 e, 4 a, 5 s, 6 b, 7 t, 8
 * b, 9 g, 2 z, $ s, @ a); c itself if for none. */
char skeleton_letter(char c);

#endif
