/* test_subject.c: tags in front of subjects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "act/subject.h"
#include "mail/word.h"

struct row {
    str value, tag;
    const char *wanted; /* NULL: not tagged */
};

#define LONG                                                                                                 \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define LONGER LONG LONG LONG LONG LONG LONG LONG LONG LONG

static const struct row rows[] = {
    {STR(" Hello"), STR("[X]"), " [X] Hello"},
    {STR("Hello"), STR("[X]"), " [X] Hello"},
    {STR("\tHello"), STR("[X]"), " [X]\tHello"},
    {STR("\r\n Hello\r\n\tyou"), STR("[X]"), " [X]\r\n Hello\r\n\tyou"},
    {STR(""), STR("[X]"), " [X]"},
    {STR(" \r\n \t"), STR("[X]"), " [X]"},
    {STR(" \xc3\xa4 raw"), STR("[X]"), " [X] \xc3\xa4 raw"},
    /* Encoded: the space that a reader is to see is in the word. */
    {STR(" =?utf-8?q?Hello?="), STR("[X]"), " =?UTF-8?Q?=5BX=5D_?= =?utf-8?q?Hello?="},
    {STR("\r\n =?utf-8?q?Hello?="), STR("[X]"), " =?UTF-8?Q?=5BX=5D_?=\r\n =?utf-8?q?Hello?="},
    {STR(" Re: =?utf-8?q?Hello?="), STR("[X]"), " [X] Re: =?utf-8?q?Hello?="},
    {STR(" Hello"), STR("\xe2\x9a\xa0"), " =?UTF-8?Q?=E2=9A=A0?= Hello"},
    {STR(" =?utf-8?b?SGVsbG8=?="), STR("\xe2\x9a\xa0"), " =?UTF-8?Q?=E2=9A=A0_?= =?utf-8?b?SGVsbG8=?="},
    /* Once. */
    {STR(" [X] Hello"), STR("[X]"), NULL},
    {STR(" Re: [X] Hello"), STR("[X]"), NULL},
    {STR(" Re: Fwd:  AW: [X] Hello"), STR("[X]"), NULL},
    {STR(" =?utf-8?q?=5BX=5D_?= =?utf-8?q?Hello?="), STR("[X]"), NULL},
    {STR("\r\n =?utf-8?b?UmU6IFtYXSBIZWxsbw==?="), STR("[X]"), NULL},
    {STR(" =?UTF-8?Q?=E2=9A=A0?= Hello"), STR("\xe2\x9a\xa0"), NULL},
    /* Not where a reader would not see it. */
    {STR(" Hello [X]"), STR("[X]"), " [X] Hello [X]"},
    {STR(" a: b: c: d: [X]"), STR("[X]"), " [X] a: b: c: d: [X]"},
    {STR(" invoice: [X] Hello"), STR("[X]"), " [X] invoice: [X] Hello"},
    {STR(" [x] Hello"), STR("[X]"), " [X] [x] Hello"},
    /* No line that is too long. */
    {STR(" " LONGER), STR("[X]"), " [X]\r\n " LONGER},
};

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str tagged, again;
        bool done = subject_tag(rows[i].value, rows[i].tag, arena, &tagged);

        assert_int_equal(done, rows[i].wanted != NULL);
        if (!done)
            continue;
        if (!str_eq(tagged, str_from(rows[i].wanted)))
            fail_msg("row %zu: \"%.*s\"", i, PS(tagged));
        assert_false(subject_tag(tagged, rows[i].tag, arena, &again));
    }
    arena_free(arena);
}

/* A reader sees the tag, a space, and what he would have seen without it. */
static void test_seen(void **state)
{
    static const str tags[] = {
        STR("[X]"), STR("\xe2\x9a\xa0 \xc3\xa4\xc3\xb6\xc3\xbc"),
        STR("a tag =?that? is much longer than any tag should ever be \xe2\x9a\xa0\xe2\x9a\xa0\xe2\x9a\xa0")};
    static const str values[] = {STR(" Hello"), STR(" =?utf-8?q?Hello?="),
                                 STR(" =?utf-8?q?Hel?=\r\n =?utf-8?q?lo?=")};
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        str tag = tags[i / 3], tagged, wanted = arena_printf(arena, "%.*s Hello", PS(tag)), rest, line;

        assert_true(subject_tag(values[i % 3], tag, arena, &tagged));
        assert_true(str_eq(word_decode(tagged, arena, NULL), wanted));
        assert_true(str_ends(tagged, values[i % 3]));
        for (rest = tagged; str_next(&rest, ' ', &line);)
            assert_true(line.n <= 75);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_seen)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
