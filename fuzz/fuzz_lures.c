/* fuzz_lures.c: many phrases in one pass over any text: matches lie in the text, and each is found where it
 * is looked for alone. */
#include "content/phrases.h"
#include "content/skeleton.h"
#include "content/sketch.h"
#include "fuzz.h"

#include <assert.h>

static const char *const list[] = {
    "verify your account",
    "your account",
    "your _ wallet",
    "a|b|- c",
    "x",
    "a a a a",
    "verify",
    "24 hours",
    "é",
    "p4y",
};
enum { PHRASES = sizeof(list) / sizeof(list[0]) };

struct collected {
    str text;
    unsigned counts[PHRASES];
};

static void found(void *of, const struct phrase_match *match)
{
    struct collected *collected = of;

    assert(match->id < PHRASES && match->text.n > 0);
    assert(match->text.p >= collected->text.p);
    assert(match->text.p + match->text.n <= collected->text.p + collected->text.n);
    collected->counts[match->id]++;
}

static struct phrases *make(size_t from, size_t to, struct arena *arena)
{
    struct phrases *phrases = phrases_new(arena);

    for (size_t i = from; i < to; i++) {
        bool added = phrases_add(phrases, str_from(list[i]), (uint32_t)i, NULL);

        assert(added);
    }
    phrases_mark(phrases, S("x"), 2);
    return phrases;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct phrases *all, *one[PHRASES];
    static struct arena *site;
    struct arena *arena = arena_new();
    str text = skeleton((str){(const char *)data, size}, SIZE_MAX, arena, NULL);
    struct collected together = {.text = text};
    struct phrases_pass pass = {.found = found, .of = &together};

    if (!site) {
        site = arena_new();
        all = make(0, PHRASES, site);
        for (size_t i = 0; i < PHRASES; i++)
            one[i] = make(i, i + 1, site);
    }
    phrases_find(all, text, &pass);
    assert(pass.languages[1] <= pass.words && pass.words <= text.n);
    for (size_t i = 0; i < PHRASES; i++) {
        struct collected alone = {.text = text};
        struct phrases_pass again = {.found = found, .of = &alone};

        phrases_find(one[i], text, &again);
        assert(alone.counts[i] == together.counts[i] && again.words == pass.words);
    }
    assert((sketch(text) == 0) == (pass.words == 0));
    arena_free(arena);
    return 0;
}
