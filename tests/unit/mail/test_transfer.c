/* test_transfer.c: base64, quoted-printable and uuencode, as mail has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mail/transfer.h"

enum { JUNK = 1, UNCLOSED = 2, BEHIND = 4 };

struct row {
    const char *text;
    str wanted;
    int facts;
};

static const struct row base64_rows[] = {
    {"", STR(""), 0},
    {"aGVsbG8gd29ybGQh", STR("hello world!"), 0},
    {"aGVs\r\nbG8g\r\nd29y bGQ=\r\n", STR("hello world"), 0},
    {"aA==", STR("h"), 0},
    {"aGU=", STR("he"), 0},
    {"aGU", STR("he"), UNCLOSED},
    {"a", STR(""), UNCLOSED},
    {"aGVs*bG8=", STR("hello"), JUNK},
    {"aGU=bG8=", STR("helo"), BEHIND},
    {"aGU=\r\nbG8gYW5k\r\n", STR("helo and"), BEHIND},
    {"aA==\r\n\r\n", STR("h"), 0},
    {"====", STR(""), 0},
    {"a===", STR(""), JUNK},
};

static const struct row quoted_rows[] = {
    {"", STR(""), 0},
    {"a=3Db=\r\nc", STR("a=bc"), 0},
    {"a= \t\r\nb=\nc", STR("abc"), 0},
    {"=c3=BC", STR("\xc3\xbc"), 0},
    {"a=", STR("a"), UNCLOSED},
    {"a=XYb", STR("a=XYb"), JUNK},
    {"a=4", STR("a=4"), JUNK},
    {"a==3Db", STR("a==b"), JUNK},
};

static void check(const struct row *row, str got, const struct transfer_facts *facts)
{
    if (!str_eq(got, row->wanted) ||
        row->facts !=
            ((facts->junk ? JUNK : 0) | (facts->unclosed ? UNCLOSED : 0) | (facts->behind ? BEHIND : 0)))
        fail_msg("%s: got %.*s, %d %d %d", row->text, PS(got), facts->junk, facts->unclosed, facts->behind);
}

static void test_base64(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(base64_rows) / sizeof(base64_rows[0]); i++) {
        struct transfer_facts facts = {false};

        check(&base64_rows[i], transfer_base64(str_from(base64_rows[i].text), arena, &facts), &facts);
    }
    arena_free(arena);
}

static void test_quoted_printable(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(quoted_rows) / sizeof(quoted_rows[0]); i++) {
        struct transfer_facts facts = {false};

        check(&quoted_rows[i], transfer_quoted_printable(str_from(quoted_rows[i].text), arena, &facts),
              &facts);
    }
    arena_free(arena);
}

static void test_uuencoded(void **state)
{
    static const struct {
        const char *text;
        const char *name, *bytes; /* NULL: there is no file */
        size_t at, length;
        bool unclosed;
    } files[] = {
        {"begin 644 a.txt\n#0V%T\n`\nend\n", "a.txt", "Cat", 0, 28, false},
        {"see:\r\nbegin 0755 a b.exe\r\n#0V%T\r\n`\r\nend\r\nbye", "a b.exe", "Cat", 6, 35, false},
        {"begin 644 a.txt\n#0V%T\n", "a.txt", "Cat", 0, 22, true},
        {"begin 644 a.txt\nM\nM\nM\nend\n", "a.txt", "", 0, 26, false},
        {"begin 644 a.txt\n#0\nend", "a.txt", "@", 0, 22, false}, /* checked below by length */
        {"we begin 644 times\n", NULL, NULL, 0, 0, false},
        {"begin 6 a\nbegin 999 b\nbegin 644\n", NULL, NULL, 0, 0, false},
        {"begin 644 a.txt\nthis is no line of a file, as it is far too long for what it says\n", "a.txt", "",
         0, 16, true},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct transfer_facts facts = {false};
        struct transfer_file file;
        bool found = transfer_uuencoded(str_from(files[i].text), 0, arena, &file, &facts);

        assert_int_equal(found, files[i].name != NULL);
        if (!found)
            continue;
        assert_true(str_eq(file.name, str_from(files[i].name)));
        if (files[i].bytes[0] != '@')
            assert_true(str_eq(file.bytes, str_from(files[i].bytes)));
        else
            assert_int_equal(file.bytes.n, 3);
        assert_int_equal(file.at, files[i].at);
        assert_int_equal(file.length, files[i].length);
        assert_int_equal(facts.unclosed, files[i].unclosed);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_base64), cmocka_unit_test(test_quoted_printable),
                                       cmocka_unit_test(test_uuencoded)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
