/* Times in the form of RFC 3339: what is written is read back, and nothing else is read. */
#include "base/iso.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    int64_t time;
    const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00Z"},
    {1649160000, "2022-04-05T12:00:00Z"},
    {951782399, "2000-02-28T23:59:59Z"},
    {951782400, "2000-02-29T00:00:00Z"},
    {-62135596800, "0001-01-01T00:00:00Z"},
    {253402300799, "9999-12-31T23:59:59Z"},
};

static void test_both_ways(void **state)
{
    struct arena *arena = arena_new();
    int64_t time;

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        assert_true(str_eq(iso_format(times[i].time, arena), str_from(times[i].text)));
        assert_true(iso_parse(str_from(times[i].text), &time));
        assert_true(time == times[i].time);
    }
    assert_true(str_eq(iso_format(INT64_MAX, arena), S("9999-12-31T23:59:59Z")));
    assert_true(str_eq(iso_format(INT64_MIN, arena), S("0000-01-01T00:00:00Z")));
    arena_free(arena);
}

static void test_refused(void **state)
{
    static const char *const others[] = {
        "",
        "2022-04-05T12:00:00",
        "2022-04-05t12:00:00Z",
        "2022-04-05T12:00:00+00:00",
        "2022-02-29T12:00:00Z",
        "2022-13-01T12:00:00Z",
        "2022-04-31T12:00:00Z",
        "2022-04-05T24:00:00Z",
        "2022-04-05T12:60:00Z",
        "2022-04-05T12:00:60Z",
        "+022-04-05T12:00:00Z",
        "2022-04-05T12:00:00Z ",
    };
    int64_t time;

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (iso_parse(str_from(others[i]), &time))
            fail_msg("%s", others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_both_ways), cmocka_unit_test(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
