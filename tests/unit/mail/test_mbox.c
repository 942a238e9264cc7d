/* test_mbox.c: files of many messages cut apart, and unquoted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/mbox.h"

#define SEP "From a@b.example Wed Nov 25 10:22:43 2026\n"

static const struct {
    str file;
    bool is;
    const char *wanted; /* the messages, each in brackets */
} rows[] = {
    {STR(SEP "A: b\n\nbody\n\n"), true, "[A: b\n\nbody\n]"},
    {STR(SEP "A: b\n\nbody\n\n" SEP "C: d\n\nmore\n\n"), true, "[A: b\n\nbody\n][C: d\n\nmore\n]"},
    {STR(SEP "A: b\n\nbody\n\n\n\n"), true, "[A: b\n\nbody\n\n\n]"},
    {STR(SEP "A: b\n\nbody\n"), true, "[A: b\n\nbody\n]"},
    {STR(SEP "A: b\n\nbody"), true, "[A: b\n\nbody]"},
    {STR(SEP "A: b\n\n" SEP "C: d\n\n"), true, "[A: b\n\n][C: d\n\n]"},
    {STR(SEP "A: b\n\n\n" SEP "C: d\n\n\n"), true, "[A: b\n\n][C: d\n\n]"},
    {STR(SEP SEP "A: b\n\n"), true, "[" SEP "A: b\n\n]"},
    {STR(SEP), true, "[]"},
    {STR("From x\r\nA: b\r\n\r\nbody\r\n\r\nFrom - Wed Nov 25 10:22:43 2026\r\nC: d\r\n\r\nmore\r\n\r\n"),
     true, "[A: b\r\n\r\nbody\r\n][C: d\r\n\r\nmore\r\n]"},
    {STR(SEP "A: b\n\nline\n" SEP "more\n\n"), true, "[A: b\n\nline\n" SEP "more\n]"}, /* no empty line */
    {STR(SEP "A: b\n\nx\n\nFrom then on it was 10:22 o'clock\n\n"), true,
     "[A: b\n\nx\n\nFrom then on it was 10:22 o'clock\n]"},
    {STR(SEP "A: b\n\nx\n\nFrom 25 Nov 2026 on\n\n"), true, "[A: b\n\nx\n\nFrom 25 Nov 2026 on\n]"},
    {STR(SEP "A: b\n\n>From x\n\n"), true, "[A: b\n\n>From x\n]"},
    {STR("A: b\n\nbody\n"), false, "[A: b\n\nbody\n]"},
    {STR("From : b\n\nbody\n"), false, "[From : b\n\nbody\n]"},
    {STR(""), false, ""},
};

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf got = buf_new(arena, 4096);
        str rest = rows[i].file, message;

        assert_int_equal(mbox_is(rows[i].file), rows[i].is);
        while (mbox_next(&rest, &message))
            buf_printf(&got, "[%.*s]", PS(message));
        if (!str_eq(buf_str(&got), str_from(rows[i].wanted)))
            fail_msg("row %zu: %.*s", i, PS(buf_str(&got)));
    }
    arena_free(arena);
}

static void test_unquote(void **state)
{
    static const struct {
        str message, wanted;
    } unquote_rows[] = {
        {STR(">From x\n>>From y\n >From z\na>From b\n>from c\n>From"),
         STR("From x\n>From y\n >From z\na>From b\n>from c\n>From")},
        {STR("a\r\n>>>From x\r\n"), STR("a\r\n>>From x\r\n")},
        {STR("plain"), STR("plain")},
        {STR(""), STR("")},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(unquote_rows) / sizeof(unquote_rows[0]); i++) {
        str got = mbox_unquote(unquote_rows[i].message, arena);

        if (!str_eq(got, unquote_rows[i].wanted))
            fail_msg("row %zu: %.*s", i, PS(got));
    }
    assert_ptr_equal(mbox_unquote(unquote_rows[2].message, arena).p, unquote_rows[2].message.p);
    arena_free(arena);
}

/* Four megabytes of each. */
static void test_hostile(void **state)
{
    static const str parts[] = {STR("\n\nFrom "), STR(">From "), STR(">"), STR("\n"),
                                STR("\n\nFrom a 25 Nov 2026 1:1\n")};
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct buf file = buf_new(arena, 1 << 22);
        size_t total = 0;
        str rest, message;

        buf_add(&file, S("From a\n"));
        while (!file.full)
            buf_add(&file, parts[i]);
        rest = buf_str(&file);
        while (mbox_next(&rest, &message)) {
            assert_true(mbox_unquote(message, arena).n <= message.n);
            total += message.n;
        }
        assert_true(total < file.n);
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_unquote),
                                       cmocka_unit_test(test_hostile)};

    return cmocka_run_group_tests_name("mbox", tests, NULL, NULL);
}
