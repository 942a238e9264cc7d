/* test_header.c: names and unfolding of header fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mail/header.h"

static void test_names(void **state)
{
    (void)state;
    for (enum header_id id = HEADER_OTHER + 1; id < HEADER_IDS; id++)
        assert_int_equal(header_id_of(str_from(header_name(id))), id);
    assert_int_equal(header_id_of(S("dkim-SIGNATURE")), HEADER_DKIM_SIGNATURE);
    assert_int_equal(header_id_of(S("From ")), HEADER_OTHER);
    assert_int_equal(header_id_of(S("X-Other")), HEADER_OTHER);
    assert_int_equal(header_id_of(S("")), HEADER_OTHER);
}

static void test_unfold(void **state)
{
    static const struct {
        str value, wanted;
    } rows[] = {
        {STR(" plain"), STR("plain")},    {STR(" a\r\n b\r\n\tc "), STR("a b\tc")},
        {STR(" a\n b"), STR("a b")},      {STR("a\rb"), STR("ab")},
        {STR("a\r\n\r\n b"), STR("a b")}, {STR("a\0\r\n b"), STR("a\0 b")},
        {STR("\r\n \r\n"), STR("")},      {STR(""), STR("")},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!str_eq(header_unfold(rows[i].value, arena), rows[i].wanted))
            fail_msg("row %zu", i);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_unfold)};

    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
