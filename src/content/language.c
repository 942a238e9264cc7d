/* language.c: which language a text is in. */
#include "content/language.h"

#include "base/utf8.h"

static const char *const codes[LANGUAGES] = {[LANGUAGE_UNKNOWN] = "",
#define LANGUAGE(id, code) [LANGUAGE_##id] = code,
                                             LANGUAGE_TABLE(LANGUAGE)
#undef LANGUAGE
};

const char *language_code(enum language language)
{
    return codes[language];
}

enum language language_of_code(str code)
{
    for (enum language i = LANGUAGE_UNKNOWN + 1; i < LANGUAGES; i++)
        if (str_eq(code, str_from(codes[i])))
            return i;
    return LANGUAGE_UNKNOWN;
}

/* Blocks of Unicode and the language that their letters speak for; in order. */
static const struct {
    uint32_t first, last;
    enum language language;
} scripts[] = {
    {0x370, 0x3ff, LANGUAGE_EL},   {0x400, 0x52f, LANGUAGE_RU},   {0x590, 0x5ff, LANGUAGE_HE},
    {0x600, 0x6ff, LANGUAGE_AR},   {0x750, 0x77f, LANGUAGE_AR},   {0x900, 0x97f, LANGUAGE_HI},
    {0xe00, 0xe7f, LANGUAGE_TH},   {0x1100, 0x11ff, LANGUAGE_KO}, {0x1f00, 0x1fff, LANGUAGE_EL},
    {0x3040, 0x30ff, LANGUAGE_JA}, {0x3130, 0x318f, LANGUAGE_KO}, {0x3400, 0x4dbf, LANGUAGE_ZH},
    {0x4e00, 0x9fff, LANGUAGE_ZH}, {0xac00, 0xd7af, LANGUAGE_KO}, {0xfb1d, 0xfb4f, LANGUAGE_HE},
    {0xfb50, 0xfdff, LANGUAGE_AR}, {0xfe70, 0xfefc, LANGUAGE_AR}, {0xff66, 0xff9f, LANGUAGE_JA},
};

static enum language script_of(uint32_t c)
{
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]) && c >= scripts[i].first; i++)
        if (c <= scripts[i].last)
            return scripts[i].language;
    return LANGUAGE_UNKNOWN;
}

static bool is_ukrainian(uint32_t c)
{
    return c == 0x404 || c == 0x406 || c == 0x407 || c == 0x454 || c == 0x456 || c == 0x457 || c == 0x490 ||
           c == 0x491;
}

static enum language most(const unsigned counts[LANGUAGES])
{
    enum language best = LANGUAGE_UNKNOWN;

    for (enum language i = LANGUAGE_UNKNOWN + 1; i < LANGUAGES; i++)
        if (counts[i] > counts[best])
            best = i;
    return best;
}

enum language language_of_script(str text)
{
    unsigned counts[LANGUAGES] = {0};
    unsigned ascii = 0;
    size_t n;

    for (size_t i = 0; i < text.n; i += n) {
        uint32_t c;

        if ((unsigned char)text.p[i] < 0x80) {
            ascii += ascii_is_alpha(text.p[i]);
            n = 1;
            continue;
        }
        c = utf8_step(str_skip(text, i), &n);
        counts[is_ukrainian(c) ? LANGUAGE_UK : script_of(c)]++;
    }
    counts[LANGUAGE_UNKNOWN] = ascii;
    /* The letters of one language add up where they are in several scripts. */
    if (counts[LANGUAGE_UK] * 40 > counts[LANGUAGE_RU]) {
        counts[LANGUAGE_UK] += counts[LANGUAGE_RU];
        counts[LANGUAGE_RU] = 0;
    }
    if (counts[LANGUAGE_JA] * 10 > counts[LANGUAGE_ZH]) {
        counts[LANGUAGE_JA] += counts[LANGUAGE_ZH];
        counts[LANGUAGE_ZH] = 0;
    }
    /* A sign of Chinese is a word, and ASCII beside it is often an address. */
    counts[LANGUAGE_JA] *= 3;
    counts[LANGUAGE_ZH] *= 3;
    return most(counts);
}

enum language language_of_words(const unsigned counts[LANGUAGES], unsigned words)
{
    enum language best = LANGUAGE_UNKNOWN;
    unsigned second = 0;

    for (enum language i = LANGUAGE_UNKNOWN + 1; i < LANGUAGES; i++) {
        if (best == LANGUAGE_UNKNOWN || counts[i] > counts[best]) {
            second = best == LANGUAGE_UNKNOWN ? 0 : counts[best];
            best = i;
        } else if (counts[i] > second) {
            second = counts[i];
        }
    }
    /* Of running text a third and more are frequent words; a list of products has few. */
    return counts[best] >= 2 && counts[best] * 16 >= words && counts[best] * 5 >= second * 6
               ? best
               : LANGUAGE_UNKNOWN;
}
