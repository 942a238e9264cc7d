/* test_date.c: dates of RFC 5322, obsolete, wild and impossible. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/iso.h"
#include "mail/date.h"

enum { FINE, OBSOLETE, IMPOSSIBLE, BOTH };

#define T 1795602163 /* 2026-11-25T10:22:43Z */

static const struct {
    str value;
    int64_t time;
    int zone, facts;
} rows[] = {
    {STR("Wed, 25 Nov 2026 10:22:43 +0000"), T, 0, FINE},
    {STR(" Wed, 25 Nov 2026 10:22:43 +0000 (UTC)\r\n"), T, 0, FINE},
    {STR("25 Nov 2026 10:22:43 -0000"), T, 0, FINE},
    {STR("Wed, 25 Nov 2026 11:52:43 +0130"), T, 90, FINE},
    {STR("Wed, 25 Nov 2026 02:22:43 -0800"), T, -480, FINE},
    {STR("Wed,25 Nov\r\n 2026 (x (y) \\) z) 10:22:43 +0000"), T, 0, FINE},
    {STR("wed, 25 NOV 2026 10:22 +0000"), T - 43, 0, FINE},
    {STR("Tue, 1 Jan 2019 00:00:00 +0000"), 1546300800, 0, FINE},
    {STR("Thu, 29 Feb 2024 00:00:00 +0000"), 1709164800, 0, FINE},
    {STR("Sat, 31 Dec 2016 23:59:60 +0000"), 1483228800, 0, FINE},
    /* RFC 5322 section 4.3 */
    {STR("Wed, 025 Nov 2026 10:22:43 +0000"), T, 0, FINE},
    {STR("Wed, 25 Nov 26 10:22:43 +0000"), T, 0, OBSOLETE},
    {STR("25 Nov 126 10:22:43 +0000"), T, 0, OBSOLETE},
    {STR("1 Jan 50 00:00:00 +0000"), -631152000, 0, OBSOLETE},
    {STR("Wed, 25 Nov 2026 10:22:43 GMT"), T, 0, OBSOLETE},
    {STR("Wed, 25 Nov 2026 02:22:43 PST"), T, -480, OBSOLETE},
    {STR("Wed, 25 Nov 2026 06:22:43 edt"), T, -240, OBSOLETE},
    {STR("Wed, 25 Nov 2026 10:22:43 A"), T, 0, OBSOLETE},
    {STR("Wed, 25 Nov 2026 10:22:43 MESZ"), T, 0, OBSOLETE},
    {STR("Wed, 25 Nov 2026 10:22:43"), T, 0, OBSOLETE},
    /* Wild */
    {STR("Wed Nov 25 10:22:43 2026"), T, 0, OBSOLETE},
    {STR("Wed Nov 25 02:22:43 PST 2026"), T, -480, OBSOLETE},
    {STR("Wed Nov 25 11:22:43 +0100 2026"), T, 60, OBSOLETE},
    {STR("Wednesday, November 25, 2026 10:22:43 AM"), T, 0, OBSOLETE},
    {STR("Nov 25, 2026 12:22:43 am +0000"), T - 36000, 0, OBSOLETE},
    {STR("25-Nov-2026 10:22:43 +0000"), T, 0, OBSOLETE},
    {STR("25-Nov-26 10.22.43 PM"), T + 43200, 0, OBSOLETE},
    {STR("2026-11-25 10:22:43 +0000"), T, 0, OBSOLETE},
    {STR("2026-11-25T11:22:43.125+01:00"), T, 60, OBSOLETE},
    {STR("2026-11-25T10:22:43Z"), T, 0, OBSOLETE},
    {STR("2026/11/25 10:22:43"), T, 0, OBSOLETE},
    {STR("11/25/2026 10:22:43"), T, 0, OBSOLETE},
    {STR("25/11/2026 10:22:43"), T, 0, OBSOLETE},
    {STR("25.11.2026 10:22:43"), T, 0, OBSOLETE},
    {STR("Wed, 25 Nov 2026 11:22:43 GMT+0100"), T, 60, OBSOLETE},
    {STR("Wed, 25 Nov 2026 11:22:43 UTC+1"), T, 60, OBSOLETE},
    {STR("Wed, 25 Sept 2026"), 1790294400, 0, OBSOLETE},
    {STR("Wed, 25 Nov 2026 10:22:43 +0000 (UTC"), T, 0, OBSOLETE},
    /* Impossible */
    {STR("31 Feb 2026 10:22:43 +0000"), 1772274163, 0, IMPOSSIBLE},
    {STR("0 Nov 2026 10:22:43 +0000"), T - 24 * 86400, 0, IMPOSSIBLE},
    {STR("25 Nov 2026 25:61:77 +0000"), 1795651200, 0, IMPOSSIBLE},
    {STR("25 Nov 2026 10:22:43 +9999"), T - 99 * 3600 - 59 * 60, 5999, IMPOSSIBLE},
    {STR("25 Nov 2026 10:22:43 -1600"), T + 16 * 3600, -960, IMPOSSIBLE},
    {STR("25 Nov 99999999999 10:22:43 +0000"), 253399141363, 0, IMPOSSIBLE},
    {STR("31 Dec 9999 23:59:59 -0100"), 253402300799, -60, IMPOSSIBLE},
    {STR("25 Nov 0026 10:22:43 +0000"), -61318301837, 0, IMPOSSIBLE},
    {STR("2026-13-40"), 1798675200, 0, BOTH},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct date date;
        bool valid = date_parse(rows[i].value, &date);
        int facts = date.obsolete + 2 * date.impossible;

        if (!valid || date.time != rows[i].time || date.zone != rows[i].zone || facts != rows[i].facts)
            fail_msg("row %zu, %s: %d %lld (off by %lld) %d %d", i, rows[i].value.p, valid,
                     (long long)date.time, (long long)(date.time - rows[i].time), date.zone, facts);
    }
}

static void test_none(void **state)
{
    static const str none[] = {STR(""),
                               STR("(25 Nov 2026)"),
                               STR("Wed"),
                               STR("25 Nov"),
                               STR("hello"),
                               STR("Nov 2026"),
                               STR("10:22:43 GMT"),
                               STR("\0\xff"),
                               STR("25 Foo 2026 10:22:43 +0000")};

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        struct date date = {1, 1, true, true};

        if (date_parse(none[i], &date))
            fail_msg("row %zu", i);
        assert_true(date.time == 0 && date.zone == 0 && !date.obsolete && !date.impossible);
    }
}

static void test_format(void **state)
{
    static const struct {
        int64_t time;
        const char *mail, *iso;
    } format_rows[] = {
        {T, "Wed, 25 Nov 2026 10:22:43 +0000", "2026-11-25T10:22:43Z"},
        {0, "Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z"},
        {-1, "Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59Z"},
        {1709251199, "Thu, 29 Feb 2024 23:59:59 +0000", "2024-02-29T23:59:59Z"},
        {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 +0000", "9999-12-31T23:59:59Z"},
        {INT64_MIN, "Sat, 01 Jan 0000 00:00:00 +0000", "0000-01-01T00:00:00Z"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(format_rows) / sizeof(format_rows[0]); i++) {
        assert_string_equal(date_format(format_rows[i].time, arena).p, format_rows[i].mail);
        assert_string_equal(iso_format(format_rows[i].time, arena).p, format_rows[i].iso);
    }
    arena_free(arena);
}

/* Every day of four hundred years and more, there and back. */
static void test_every_day(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (int64_t day = -30000; day < 150000; day++) {
        int64_t time = day * 86400 + (day & 0xffff), back;

        if (!date_parse_iso(iso_format(time, arena), &back) || back != time)
            fail_msg("day %lld: %lld", (long long)day, (long long)back);
        arena_reset(arena);
    }
    arena_free(arena);
}

static void test_parse_iso(void **state)
{
    static const struct {
        str text;
        bool valid;
        int64_t time;
    } iso_rows[] = {
        {STR("2026-11-25T10:22:43Z"), true, T},
        {STR("2026-11-25t10:22:43z"), true, T},
        {STR("2026-11-25T11:52:43.999+01:30"), true, T},
        {STR("2026-11-25T02:22:43-08:00"), true, T},
        {STR("2026-11-25T10:22:43"), false, 0},
        {STR("2026-11-25 10:22:43Z"), false, 0},
        {STR("2026-11-25T10:22Z"), false, 0},
        {STR("2026-11-25T10:22:43Zx"), false, 0},
        {STR("2026-11-25T10:22:43.Z"), false, 0},
        {STR("2026-02-29T10:22:43Z"), false, 0},
        {STR("2026-11-25T24:22:43Z"), false, 0},
        {STR("2026-11-25T10:22:43+24:00"), false, 0},
        {STR("2026-1-25T10:22:43Z"), false, 0},
        {STR("99999-11-25T10:22:43Z"), false, 0},
        {STR(""), false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(iso_rows) / sizeof(iso_rows[0]); i++) {
        int64_t time = 1;

        if (date_parse_iso(iso_rows[i].text, &time) != iso_rows[i].valid || time != iso_rows[i].time)
            fail_msg("row %zu: %lld", i, (long long)time);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),      cmocka_unit_test(test_none),      cmocka_unit_test(test_format),
        cmocka_unit_test(test_every_day), cmocka_unit_test(test_parse_iso),
    };

    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
