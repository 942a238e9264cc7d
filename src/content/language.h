/* language.h: which language a text is in. */
#ifndef POSTERN_CONTENT_LANGUAGE_H
#define POSTERN_CONTENT_LANGUAGE_H

#include "base/str.h"

/* The code (ISO 639-1) of each language that is told from others, by frequent words (data/lures) or by its
 * script. */
#define LANGUAGE_TABLE(LANGUAGE)                                                                             \
    LANGUAGE(EN, "en")                                                                                       \
    LANGUAGE(DE, "de")                                                                                       \
    LANGUAGE(FR, "fr")                                                                                       \
    LANGUAGE(ES, "es")                                                                                       \
    LANGUAGE(IT, "it")                                                                                       \
    LANGUAGE(PT, "pt")                                                                                       \
    LANGUAGE(NL, "nl")                                                                                       \
    LANGUAGE(PL, "pl")                                                                                       \
    LANGUAGE(CS, "cs")                                                                                       \
    LANGUAGE(SV, "sv")                                                                                       \
    LANGUAGE(DA, "da")                                                                                       \
    LANGUAGE(TR, "tr")                                                                                       \
    LANGUAGE(RU, "ru")                                                                                       \
    LANGUAGE(UK, "uk")                                                                                       \
    LANGUAGE(EL, "el")                                                                                       \
    LANGUAGE(HE, "he")                                                                                       \
    LANGUAGE(AR, "ar")                                                                                       \
    LANGUAGE(HI, "hi")                                                                                       \
    LANGUAGE(TH, "th")                                                                                       \
    LANGUAGE(JA, "ja")                                                                                       \
    LANGUAGE(ZH, "zh")                                                                                       \
    LANGUAGE(KO, "ko")

enum language {
    LANGUAGE_UNKNOWN,
#define LANGUAGE(id, code) LANGUAGE_##id,
    LANGUAGE_TABLE(LANGUAGE)
#undef LANGUAGE
        LANGUAGES
};

/* "" for LANGUAGE_UNKNOWN. */
const char *language_code(enum language language);
/* LANGUAGE_UNKNOWN for anything else. */
enum language language_of_code(str code);

/* What the letters of a text (UTF-8 as it is, no skeleton) say: the language of the script that most of the
 * letters over U+0250 are in, if they are more than the ASCII letters; else LANGUAGE_UNKNOWN. Cyrillic is
 * Ukrainian where it has letters that Russian has not; kana make Japanese of Chinese characters. Linear. */
enum language language_of_script(str text);

/* The language with the most of its frequent words; `counts` by language, of `words` in all. Unknown where
 * there are too few of them, or another language has nearly as many. */
enum language language_of_words(const unsigned counts[LANGUAGES], unsigned words);

#endif
