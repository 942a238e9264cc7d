/* test_pattern.c: pattern: every row by machine code and by the interpreter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/pattern.h"

static struct pattern_set *sets[2]; /* interpreted, machine code */
static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    for (int i = 0; i < 2; i++)
        sets[i] = pattern_set_new(i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        pattern_set_free(sets[i]);
    arena_free(arena);
    return 0;
}

static const struct pattern *compile(int set, const char *text, unsigned flags)
{
    struct err err;
    const struct pattern *pattern = pattern_compile(sets[set], str_from(text), flags, &err);

    if (!pattern)
        fail_msg("%s: %s", text, err.words);
    return pattern;
}

static void finds(void **state)
{
    enum { I = PATTERN_CASELESS, U = PATTERN_UTF };
    static const struct {
        const char *pattern;
        unsigned flags;
        str subject;
        size_t from;
        enum pattern_found wanted;
        str whole, first;
    } rows[] = {
        {"b+", 0, STR("abbbc"), 0, PATTERN_FOUND, STR("bbb")},
        {"b+", 0, STR("abbbc"), 2, PATTERN_FOUND, STR("bb")},
        {"b+", 0, STR("abbbc"), 4, PATTERN_NOT_FOUND},
        {"b+", 0, STR("abbbc"), 5, PATTERN_NOT_FOUND},
        {"b+", 0, STR("abbbc"), 6, PATTERN_NOT_FOUND},
        {"", 0, STR("abc"), 3, PATTERN_FOUND, STR("")},
        {"", 0, STR(""), 0, PATTERN_FOUND, STR("")},
        {"a", 0, STR(""), 0, PATTERN_NOT_FOUND},
        {"(?<=a)b", 0, STR("ab"), 1, PATTERN_FOUND, STR("b")},
        {"x\\0(.)", 0, STR("ax\0yb"), 0, PATTERN_FOUND, STR("x\0y"), STR("y")},
        {"k(ö)?", 0, STR("ak"), 0, PATTERN_FOUND, STR("k")},
        {"^https?://([^/]+)\\.example\\.com$", I, STR("HTTPS://A.Example.Com"), 0, PATTERN_FOUND,
         STR("HTTPS://A.Example.Com"), STR("A")},
        {"com$", 0, STR("example.com\n"), 0, PATTERN_NOT_FOUND},
        {"(?m)com$", 0, STR("example.com\r\nnet"), 0, PATTERN_FOUND, STR("com")},
        {"a.", 0, STR("a\ra\nab"), 0, PATTERN_FOUND, STR("ab")},
        {"ä", I, STR("\xc3\x84"), 0, PATTERN_NOT_FOUND},
        {"ä", I | U, STR("\xc3\x84"), 0, PATTERN_FOUND, STR("\xc3\x84")},
        {"(.)x", 0, STR("\xc3\xa4x"), 0, PATTERN_FOUND, STR("\xa4x"), STR("\xa4")},
        {"(.)x", U, STR("\xc3\xa4x"), 0, PATTERN_FOUND, STR("\xc3\xa4x"), STR("\xc3\xa4")},
        {"(.)x", U, STR("\xa4x bx"), 0, PATTERN_FOUND, STR("bx"), STR("b")},
        {"(.)x", U, STR("\xc3\xa4x"), 1, PATTERN_NOT_FOUND},
        {"a.*b", U, STR("a\xff b a b"), 0, PATTERN_FOUND, STR("a b")},
        {"(\\w+)\xe2\x82\xac", U, STR("\xd0\xb4\xd0\xb0\xe2\x82\xac"), 0, PATTERN_FOUND,
         STR("\xd0\xb4\xd0\xb0\xe2\x82\xac"), STR("\xd0\xb4\xd0\xb0")},
        {"(\\w+)", 0, STR("\xd0\xb4"), 0, PATTERN_NOT_FOUND},
        {"a\\Kb", 0, STR("ab"), 0, PATTERN_FOUND, STR("b")},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        const struct pattern *pattern = compile(i % 2, rows[i / 2].pattern, rows[i / 2].flags);
        struct pattern_match match = {0};
        enum pattern_found found = pattern_find(pattern, rows[i / 2].subject, rows[i / 2].from, &match);

        if (found != rows[i / 2].wanted || !str_eq(match.group[0], rows[i / 2].whole) ||
            !str_eq(match.group[1], rows[i / 2].first))
            fail_msg("row %zu, machine code %d, %s: %d \"%.*s\" \"%.*s\"", i / 2, (int)(i % 2),
                     rows[i / 2].pattern, found, PS(match.group[0]), PS(match.group[1]));
        assert_int_equal(found, pattern_find(pattern, rows[i / 2].subject, rows[i / 2].from, NULL));
    }
}

static void gives_groups(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct pattern *pattern = compile(i, "(a)|(b)|(c)()", 0);
        str subject = S("xb");
        struct pattern_match match;

        assert_int_equal(pattern_find(pattern, subject, 0, &match), PATTERN_FOUND);
        assert_int_equal(match.count, 5);
        assert_ptr_equal(match.group[2].p, subject.p + 1);
        assert_int_equal(match.group[2].n, 1);
        assert_null(match.group[1].p);
        assert_null(match.group[3].p);
        assert_int_equal(pattern_find(pattern, S("c"), 0, &match), PATTERN_FOUND);
        assert_null(match.group[2].p);
        assert_non_null(match.group[4].p);
        assert_int_equal(match.group[4].n, 0);
    }
}

static void refuses(void **state)
{
    static const struct {
        const char *pattern, *wanted;
        unsigned flags;
    } rows[] = {
        {"a(b", "at byte 4 of the pattern: missing closing parenthesis"},
        {"[z-a]", "at byte 4 of the pattern: range out of order in character class"},
        {"a\\Cb", "at byte 4 of the pattern: using \\C is disabled by the application"},
        {"(*UTF)a", "at byte 7 of the pattern: using UTF is disabled by the application"},
        {"\xff", "at byte 1 of the pattern: UTF-8 error", PATTERN_UTF},
        {"()()()()()()()()()()()()()()()()", "the pattern has 16 groups, and at most 15 may be there"},
    };
    struct err err;
    char *text = malloc(LIMIT_PATTERN_TEXT + 1);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_null(pattern_compile(sets[1], str_from(rows[i].pattern), rows[i].flags, &err));
        if (!str_starts(str_from(err.words), str_from(rows[i].wanted)))
            fail_msg("%s: %s", rows[i].pattern, err.words);
    }
    assert_non_null(compile(1, "()()()()()()()()()()()()()()()", 0));
    memset(text, 'a', LIMIT_PATTERN_TEXT + 1);
    assert_non_null(pattern_compile(sets[1], (str){text, LIMIT_PATTERN_TEXT}, 0, &err));
    assert_null(pattern_compile(sets[1], (str){text, LIMIT_PATTERN_TEXT + 1}, 0, &err));
    assert_non_null(strstr(err.words, "longer than the limit"));
    free(text);
}

static str repeat(const char *what, size_t n, const char *end)
{
    struct buf buf = buf_new(arena, 1 << 20);

    while (n--)
        buf_add(&buf, str_from(what));
    buf_add(&buf, str_from(end));
    return buf_str(&buf);
}

static void gives_up(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pattern_find(compile(i, "^(a|aa)+$", 0), repeat("a", 200, "b"), 0, NULL),
                         PATTERN_LIMIT);
        assert_int_equal(pattern_find(compile(i, "^(a|aa)+$", 0), repeat("a", 200, ""), 0, NULL),
                         PATTERN_FOUND);
        /* More stack than machine code has: the interpreter then says it. */
        assert_int_equal(pattern_find(compile(i, "^(?:(a)|(b)|(c))*$", 0), repeat("abc", 20000, ""), 0, NULL),
                         PATTERN_LIMIT);
        assert_int_equal(pattern_find(compile(i, "^(?:(a)|(b)|(c))*$", 0), repeat("abc", 500, ""), 0, NULL),
                         PATTERN_FOUND);
        assert_int_equal(
            pattern_find(compile(i, "b", 0), repeat("a", LIMIT_PATTERN_SUBJECT - 1, "b"), 0, NULL),
            PATTERN_FOUND);
        assert_int_equal(pattern_find(compile(i, "b", 0), repeat("a", LIMIT_PATTERN_SUBJECT, "b"), 0, NULL),
                         PATTERN_NOT_FOUND);
    }
}

/* The last test: it can't be undone. */
static void closes(void **state)
{
    const struct pattern *before, *behind;
    struct pattern_match match;
    struct err err;

    (void)state;
    before = compile(0, "(b+)c", 0);
    assert_false(pattern_is_machine_code(before));
    assert_null(pattern_set_slow(sets[0]));
    assert_null(pattern_set_slow(sets[1]));
    assert_true(pattern_is_machine_code(compile(1, "(b+)c", 0)));
    pattern_set_free(sets[1]);
    pattern_close();
    sets[1] = pattern_set_new(true);
    behind = pattern_compile(sets[1], S("(b+)c"), 0, &err);
    assert_non_null(behind);
    assert_false(pattern_is_machine_code(behind));
    assert_non_null(strstr(pattern_set_slow(sets[1]), "no machine code"));
    assert_int_equal(pattern_find(behind, S("abbc"), 0, &match), PATTERN_FOUND);
    assert_true(str_eq(match.group[1], S("bb")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closes, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
