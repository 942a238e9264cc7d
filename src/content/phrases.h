/* phrases.h: many phrases looked for in one pass over a text, word by word.
 *
 * A site's phrases are put together once and are then only read. */
#ifndef POSTERN_CONTENT_PHRASES_H
#define POSTERN_CONTENT_PHRASES_H

#include "base/arena.h"
#include "base/err.h"
#include "content/words.h"

struct phrases;

enum {
    PHRASE_WORDS = 9,      /* at most, of a phrase */
    PHRASE_VARIANTS = 300, /* at most, of a phrase with alternatives */
};

/* An empty set in the arena, whose memory it needs until the end. */
struct phrases *phrases_new(struct arena *arena);

/* Adds a phrase under a number of the caller's; several phrases may share one. Words are compared as
 * skeletons (content/skeleton.h), so case and accents say nothing, and what parts words (spaces, hyphens,
 * apostrophes) doesn't either: "Ihr PayPal-Konto" is three words. "a|b" in the place of a word stands for
 * either; "-" among these for none; "_" for any one word (not the first). False and words if it has no word,
 * or too many words or variants. */
bool phrases_add(struct phrases *phrases, str phrase, uint32_t id, struct err *err) MUST_USE;

/* Marks a word (the first one of the text) for the languages whose bits are set. */
void phrases_mark(struct phrases *phrases, str word, uint32_t languages);

struct phrase_match {
    uint32_t id;
    str text;       /* where in the text */
    bool disguised; /* read with digits as letters: "acc0unt" */
};

/* What one pass counts, and whom it tells of a match. */
struct phrases_pass {
    void (*found)(void *of, const struct phrase_match *match);
    void (*word)(void *of, const struct word *word); /* of each word; may be NULL */
    void *of;
    unsigned words;         /* all of them */
    unsigned languages[32]; /* words marked for the language of that bit */
};

/* Finds all phrases in a skeleton, also those that overlap or lie within each other; in order of their ends.
 * Adds to what is in the pass. Linear: at most a fixed number of steps a word. */
void phrases_find(const struct phrases *phrases, str skeleton, struct phrases_pass *pass);

#endif
