/* test_words.c: words of a skeleton, and their hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "content/words.h"

static const struct {
    str text;
    const char *wanted; /* words joined by "/", with d behind for digits and l for letters */
} rows[] = {
    {STR(""), ""},
    {STR(" .,-"), ""},
    {STR("one two"), "one:l/two:l"},
    {STR("l'impot e-mail 24h 2026"), "l:l/impot:l/e:l/mail:l/24h:dl/2026:d"},
    {STR("eightbyt sixteenbytesword exactlyninecharactersandmore1"),
     "eightbyt:l/sixteenbytesword:l/exactlyninecharactersandmore1:dl"},
    {STR("\xd0\xb6"
         "a \xe2\x82\xac"),
     "\xd0\xb6"
     "a:l/\xe2\x82\xac:l"},
    {STR("a\0b{c}d~"), "a:l/b:l/c:l/d:l"},
    {STR("UPPER is no letter here"), "is:l/no:l/letter:l/here:l"},
    {STR("`a{z/0:9"), "a:l/z:l/0:d/9:d"},
};

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf got = buf_new(arena, 1000);
        struct word_search rest = {.text = rows[i].text};
        struct word word;

        while (words_next(&rest, &word)) {
            buf_printf(&got, "%s%.*s:%s%s", got.n ? "/" : "", PS(word.text), word.digits ? "d" : "",
                       word.letters ? "l" : "");
            assert_int_equal(word.hash, words_hash(word.text));
        }
        if (!str_eq(buf_str(&got), str_from(rows[i].wanted)))
            fail_msg("row %zu: %.*s", i, PS(buf_str(&got)));
    }
    arena_free(arena);
}

/* The hash does not depend on where a word stands or what is behind it; and it is kept, so it may never
 * change. */
static void test_hash(void **state)
{
    char text[256];

    (void)state;
    for (size_t at = 0; at < 70; at++)
        for (size_t n = 1; n < 150; n++) {
            struct word_search rest = {.text = {text, at + n + 9}};
            struct word word;
            char alone[150];

            memset(text, '.', sizeof(text));
            memset(text + at, 'x', n);
            memset(alone, 'x', n);
            assert_true(words_next(&rest, &word));
            assert_int_equal(word.text.n, n);
            assert_true(word.hash == words_hash((str){alone, n}));
        }
    assert_true(words_hash(S("account")) == 0xa6e7ebc2c88dec59U);
    assert_true(words_hash(S("verification")) == 0xb2a5c365ffe9996cU);
    assert_true(words_hash(S("aaaaaaaa")) != words_hash(S("aaaaaaaaa")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_hash)};

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
