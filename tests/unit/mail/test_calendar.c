/* test_calendar.c: calendars: texts, addresses, who invites. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/calendar.h"

static void test_event(void **state)
{
    struct arena *arena = arena_new();
    struct calendar calendar;

    (void)state;
    calendar_read(&calendar,
                  S("BEGIN:VCALENDAR\r\nMETHOD:request\r\nBEGIN:VEVENT\r\n"
                    "ORGANIZER;CN=\"A: b; c\":MAILTO:a@example.com\r\n"
                    "ATTENDEE:mailto:b@example.com\r\nattendee:mailto:c@example.com\r\n"
                    "SUMMARY:Pay\\, now\r\n"
                    "DESCRIPTION;ALTREP=\"https://example.net/x\":see https://exam\r\n ple.com/a\\nb\r\n"
                    "URL:https://example.org/ab\r\n\tc\r\n"
                    "ATTACH;FMTTYPE=application/pdf:https://example.org/pdf\r\n"
                    "X-ALT-DESC;FMTTYPE=text/html:<a href=\"https://example.com/\">x\\;y</a>\r\n"
                    "END:VEVENT\r\nEND:VCALENDAR\r\n"),
                  arena);
    assert_true(calendar.is);
    assert_true(str_eq(calendar.method, S("REQUEST")));
    assert_true(str_eq(calendar.organizer, S("a@example.com")));
    assert_int_equal(calendar.attendees, 2);
    assert_true(str_eq(calendar.text, S("Pay, now\nsee https://example.com/a\nb\n")));
    assert_true(str_eq(calendar.html, S("<a href=\"https://example.com/\">x;y</a>")));
    assert_int_equal(calendar.link_count, 3);
    assert_true(str_eq(calendar.links[0].target, S("https://example.net/x")));
    assert_true(str_eq(calendar.links[1].target, S("https://example.org/abc")));
    assert_true(str_eq(calendar.links[2].property, S("ATTACH")));
    arena_free(arena);
}

static void test_no_calendar(void **state)
{
    struct arena *arena = arena_new();
    struct calendar calendar;

    (void)state;
    calendar_read(&calendar, S("no line of this: is one\n\n:\n;x:\n"), arena);
    assert_false(calendar.is);
    assert_int_equal(calendar.link_count, 0);
    assert_int_equal(calendar.text.n, 0);
    arena_free(arena);
}

static void test_many(void **state)
{
    struct arena *arena = arena_new();
    struct buf text = buf_new(arena, 1 << 20);
    struct calendar calendar;

    (void)state;
    for (unsigned i = 0; i < LIMIT_CALENDAR_LINKS + 5; i++)
        buf_printf(&text, "URL:https://example.com/%u\n", i);
    calendar_read(&calendar, buf_str(&text), arena);
    assert_int_equal(calendar.link_count, LIMIT_CALENDAR_LINKS);
    assert_int_equal(calendar.link_seen, LIMIT_CALENDAR_LINKS + 5);
    assert_true(str_eq(calendar.links[LIMIT_CALENDAR_LINKS - 1].target, S("https://example.com/199")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_no_calendar),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
