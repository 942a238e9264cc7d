/* test_phrases.c: many phrases in one pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "content/phrases.h"
#include "content/skeleton.h"

struct collected {
    struct buf out;
};

static void collect(void *of, const struct phrase_match *match)
{
    struct collected *collected = of;

    buf_printf(&collected->out, "%s%u:%.*s%s", collected->out.n ? "/" : "", match->id, PS(match->text),
               match->disguised ? "!" : "");
}

static const char *const phrases_list[] = {
    /* 0 */ "verify your account",
    /* 1 */ "your account",
    /* 2 */ "Vérifier votre|vos compte|comptes",
    /* 3 */ "log in to|-  your|the|- account",
    /* 4 */ "your _ wallet",
    /* 5 */ "e-mail",
    /* 6 */ "your",
    /* 7 */ "PayPal",
    /* 8 */ "a b c d e f g",
    /* 9 */ "it's",
};

static const struct {
    const char *text, *wanted;
} rows[] = {
    {"", ""},
    {"nothing here", ""},
    {"Please VERIFY  your\naccount.", "6:your/0:verify  your\naccount/1:your\naccount"},
    {"verify verify your account", "6:your/0:verify your account/1:your account"},
    {"veriﬁez, vérifier vos comptes!", "2:verifier vos comptes"},
    {"log in account; log in to the account; login", "3:log in account/3:log in to the account"},
    {"your wallet your hardware wallet, your new hardware wallet",
     "6:your/6:your/4:your hardware wallet/6:your"},
    {"E-Mail email e mail", "5:e-mail/5:e mail"},
    {"accounts yours", ""},
    {"verify your acc0unt, раураӏ, p4yp41",
     "6:your/0:verify your acc0unt!/1:your acc0unt!/7:paypal/7:p4yp41!"},
    {"a b c d e f g a b c d e f", "8:a b c d e f g"},
    {"it\xe2\x80\x99s its", "9:it's"},
    {"1 0", ""},
};

static struct phrases *make(struct arena *arena)
{
    struct phrases *phrases = phrases_new(arena);

    for (size_t i = 0; i < sizeof(phrases_list) / sizeof(phrases_list[0]); i++) {
        struct err err;

        if (!phrases_add(phrases, str_from(phrases_list[i]), i, &err))
            fail_msg("%s: %s", phrases_list[i], err.words);
    }
    return phrases;
}

static void test_rows(void **state)
{
    struct arena *arena = arena_new();
    struct phrases *phrases = make(arena);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct collected collected = {buf_new(arena, 1000)};
        struct phrases_pass pass = {.found = collect, .of = &collected};

        phrases_find(phrases, skeleton(str_from(rows[i].text), SIZE_MAX, arena, NULL), &pass);
        if (!str_eq(buf_str(&collected.out), str_from(rows[i].wanted)))
            fail_msg("row %zu: %.*s", i, PS(buf_str(&collected.out)));
    }
    arena_free(arena);
}

static void test_refused(void **state)
{
    static const struct {
        const char *phrase, *words;
    } refused[] = {
        {"", "the phrase has no word, or may have none"},
        {" . ", "the phrase has no word, or may have none"},
        {"-|a", "the phrase has no word, or may have none"},
        {"_", "the phrase has no word, or may have none"},
        {"a a a a a a a a a a", "the phrase has more than 9 words"},
        {"a|b a|b a|b a|b a|b a|b a|b a|b a|b", "the phrase has more than 300 variants"},
        {"x - - - - - - - - - - - -", "the phrase has more than 9 words"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct err err = {0};

        if (phrases_add(phrases_new(arena), str_from(refused[i].phrase), 0, &err) ||
            strcmp(err.words, refused[i].words))
            fail_msg("%s: %s", refused[i].phrase, err.words);
    }
    arena_free(arena);
}

static void test_languages(void **state)
{
    struct arena *arena = arena_new();
    struct phrases *phrases = make(arena);
    struct collected collected = {buf_new(arena, 1000)};
    struct phrases_pass pass = {.found = collect, .of = &collected};

    (void)state;
    phrases_mark(phrases, S("Für"), 4);
    phrases_mark(phrases, S("de"), 4 | 8);
    phrases_find(phrases, S("fur de fur f0r your"), &pass);
    assert_int_equal(pass.languages[2], 3);
    assert_int_equal(pass.languages[3], 1);
    assert_int_equal(pass.words, 5);
    arena_free(arena);
}

/* Ten thousand phrases, some of which share beginnings: each is found alone, as the tables grow. */
static void test_many(void **state)
{
    struct arena *arena = arena_new();
    struct phrases *phrases = phrases_new(arena);

    (void)state;
    for (uint32_t i = 0; i < 10000; i++)
        assert_true(phrases_add(phrases, arena_printf(arena, "w%u x%u y", i % 100, i / 100), i, NULL));
    for (uint32_t i = 0; i < 10000; i += 7) {
        struct collected collected = {buf_new(arena, 100)};
        struct phrases_pass pass = {.found = collect, .of = &collected};

        phrases_find(phrases, arena_printf(arena, "w%u x%u y", i % 100, i / 100), &pass);
        if (!str_starts(buf_str(&collected.out), arena_printf(arena, "%u:w", i)))
            fail_msg("%u: %.*s", i, PS(buf_str(&collected.out)));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_languages), cmocka_unit_test(test_many)};

    return cmocka_run_group_tests_name("phrases", tests, NULL, NULL);
}
