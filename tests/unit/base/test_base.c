/* test_base.c: str, arena, buf, ip, base64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/note.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define assert_str(got, wanted)                                                                              \
    do {                                                                                                     \
        str g_ = (got);                                                                                      \
        if (!str_eq(g_, str_from(wanted)))                                                                   \
            fail_msg("got \"%.*s\", wanted \"%s\"", PS(g_), wanted);                                         \
    } while (0)

static void test_str_numbers(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"0", 10, true, 0},
        {"10", 10, true, 10},
        {"11", 10, false, 0},
        {"", 10, false, 0},
        {"1x", 99, false, 0},
        {"-1", 99, false, 0},
        {"007", 9, true, 7},
        {"9", 8, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 0;

        assert_int_equal(str_to_u64(str_from(rows[i].text), rows[i].max, &value), rows[i].ok);
        if (rows[i].ok)
            assert_true(value == rows[i].value);
    }
}

static void test_str_pieces(void **state)
{
    str rest = S("a,,b");
    str field;

    (void)state;
    assert_true(str_next(&rest, ',', &field));
    assert_str(field, "a");
    assert_true(str_next(&rest, ',', &field));
    assert_str(field, "");
    assert_true(str_next(&rest, ',', &field));
    assert_str(field, "b");
    assert_false(str_next(&rest, ',', &field));
    assert_str(str_trim(S(" \t x y\r\n")), "x y");
    assert_int_equal(str_find(S("abc"), 'z'), 3);
    assert_int_equal(str_rfind(S("abab"), 'a'), 2);
    assert_true(str_ieq(S("AbC"), S("aBc")));
    assert_true(str_cmp(S("ab"), S("abc")) < 0);
    assert_str(str_sub(S("abc"), 5, 9), "");
}

static void test_arena(void **state)
{
    struct arena_mark mark = arena_mark(arena);
    size_t taken;

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t n = 1; n < 200000; n = n * 3 + 1) {
            char *p = arena_alloc(arena, n);

            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xff, n);
        }
        if (round == 1)
            arena_rewind(arena, mark);
        else
            arena_reset(arena);
    }
    taken = arena_blocks_taken(arena);
    for (int i = 0; i < 100; i++) {
        arena_alloc(arena, 40000);
        arena_alloc(arena, 40000);
        arena_reset(arena);
    }
    assert_int_equal(arena_blocks_taken(arena), taken);
    assert_str(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
}

static void test_buf(void **state)
{
    struct buf buf = buf_new(arena, 10);

    (void)state;
    buf_add(&buf, S("12345"));
    buf_printf(&buf, "%d", 678);
    assert_false(buf.full);
    buf_add(&buf, S("abc"));
    assert_true(buf.full);
    assert_str(buf_str(&buf), "12345678ab");
}

static void test_ip(void **state)
{
    static const struct {
        const char *text, *wanted, *reverse;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", "1.2.0.192.in-addr.arpa"},
        {"::ffff:192.0.2.1", "192.0.2.1", "1.2.0.192.in-addr.arpa"},
        {"2001:DB8::1", "2001:db8::1",
         "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
        {"192.0.2", "unknown", ""},
        {"192.0.2.1 ", "unknown", ""},
        {"", "unknown", ""},
        {"fe80::1%eth0", "unknown", ""},
        {"0300.0.2.1", "unknown", ""},
    };
    struct ip a, b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ip_parse(str_from(rows[i].text), &a);
        assert_str(ip_format(a, arena), rows[i].wanted);
        assert_str(ip_reverse_name(a, arena), rows[i].reverse);
    }
    ip_parse(S("192.0.2.129"), &a);
    ip_parse(S("192.0.2.128"), &b);
    assert_true(ip_in_network(a, b, 25));
    assert_true(ip_in_network(a, b, 0));
    assert_false(ip_in_network(a, b, 32));
    assert_false(ip_in_network(a, b, 33));
}

static void test_base64(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        const char *wanted;
    } rows[] = {
        {"", true, ""},
        {"Zg==", true, "f"},
        {"Zm8=", true, "fo"},
        {"Zm9v", true, "foo"},
        {"Z m\r\n 9v", true, "foo"},
        {"Zg=", false, ""},
        {"Zg", false, ""},
        {"Z", false, ""},
        {"Zg==Zg==", false, ""},
        {"Zh==", false, ""},
        {"Zm9v!", false, ""},
        {"====", false, ""},
        {"Zg===", false, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str out;

        assert_int_equal(base64_decode(str_from(rows[i].text), arena, &out), rows[i].ok);
        if (rows[i].ok)
            assert_str(out, rows[i].wanted);
    }
    assert_str(base64_encode(S("foobar"), arena), "Zm9vYmFy");
    assert_str(base64_encode(S("fooba"), arena), "Zm9vYmE=");
    assert_str(base64_encode(S("f"), arena), "Zg==");
}

static void test_words(void **state)
{
    struct err err = {0};
    struct notes notes = {0};
    char longer[1000];

    (void)state;
    assert_false(err_errno(&err, 2, "opening %s", "x"));
    assert_false(err_context(&err, "starting"));
    assert_string_equal(err.words, "starting: opening x: No such file or directory");
    memset(longer, 'y', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    err_set(&err, "%s", longer);
    assert_string_equal(err.words + sizeof(err.words) - 4, "...");
    note_add(&notes, arena, "a %d", 1);
    note_add(&notes, arena, "a %d", 1);
    note_add(&notes, arena, "b");
    assert_int_equal(notes.count, 2);
    for (int i = 0; i < 100; i++)
        note_add(&notes, arena, "n %d", i);
    assert_int_equal(notes.count, 32);
}

static void test_replace(void **state)
{
    static const struct {
        const char *text, *what, *with, *wanted;
    } cases[] = {
        {"", "a", "b", ""},       {"xyz", "a", "b", "xyz"},
        {"a", "a", "", ""},       {"banana", "an", "", "ba"},
        {"aaa", "aa", "b", "ba"}, {"Joe joe JOE", "joe", "ann-1", "ann-1 ann-1 ann-1"},
        {"ab", "abc", "x", "ab"}, {"xaby", "ab", "ab", "xaby"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        str found =
            arena_replace(arena, str_from(cases[i].text), str_from(cases[i].what), str_from(cases[i].with));

        if (!str_eq(found, str_from(cases[i].wanted)))
            fail_msg("case %zu: %.*s", i, PS(found));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_str_numbers),
        cmocka_unit_test(test_str_pieces),
        cmocka_unit_test_setup_teardown(test_replace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_arena, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_buf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_base64, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
