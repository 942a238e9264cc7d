/* Which message is a retry of which: the same bytes to the same recipients, once, and only where the MTA may
 * have been told nothing. */
#include "programs/untold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { NOW = 1800000000, LINE = 7 };

static struct arena *arena;

static struct record record_of(const char *id, uint8_t content, const char *sender, const char *recipient)
{
    struct outcome_recipient *recipients = arena_new_of(arena, struct outcome_recipient);
    struct record record = {.id = str_from(id),
                            .time = NOW,
                            .envelope = {.has_mail_from = true, .mail_from = str_from(sender)},
                            .outcome = {.recipients = recipients, .recipient_count = 1}};

    recipients->address = str_from(recipient);
    memset(record.sha256, content, sizeof(record.sha256));
    return record;
}

static void expect(struct untold *untold, const struct record *record, const char *wanted)
{
    str found = untold_find(untold, record, arena);

    if (!str_eq(found, str_from(wanted)))
        fail_msg("%.*s is a retry of \"%.*s\", not of \"%s\"", PS(record->id), PS(found), wanted);
}

static void test_lines(void **state)
{
    struct untold *untold = untold_new();
    struct record one = record_of("one", 1, "a@example.com", "b@example.org"),
                  two = record_of("two", 2, "a@example.com", "b@example.org"),
                  sender = record_of("x", 1, "c@example.com", "b@example.org"),
                  recipient = record_of("x", 1, "a@example.com", "c@example.org"),
                  content = record_of("x", 3, "a@example.com", "b@example.org");

    (void)state;
    untold_add(untold, &one, LINE, NOW);
    expect(untold, &one, "");
    untold_line(untold, LINE + 1, NOW);
    expect(untold, &one, "");
    untold_add(untold, &two, LINE, NOW - 60);
    untold_line(untold, LINE, NOW + 1);
    expect(untold, &sender, "");
    expect(untold, &recipient, "");
    expect(untold, &content, "");
    expect(untold, &two, ""); /* told long ago */
    expect(untold, &one, "one");
    expect(untold, &one, "");
    untold_line(untold, LINE, NOW); /* another worker with this number */
    expect(untold, &one, "");
    untold_free(untold);
}

static void test_gone(void **state)
{
    struct untold *untold = untold_new();
    struct record one = record_of("one", 1, "a@example.com", "b@example.org");

    (void)state;
    untold_gone(untold, S("one"));
    untold_add(untold, &one, LINE, NOW);
    untold_gone(untold, S("two"));
    expect(untold, &one, "");
    untold_gone(untold, S("one"));
    untold_line(untold, LINE, NOW);
    expect(untold, &one, "one");
    expect(untold, &one, "");
    untold_add(untold, &one, LINE, NOW);
    untold_gone(untold, S("one"));
    untold_drop(untold, S("one"));
    expect(untold, &one, "");
    untold_add(untold, &one, LINE, NOW);
    untold_drop(untold, S("one"));
    untold_line(untold, LINE, NOW);
    expect(untold, &one, "");
    untold_free(untold);
}

static void test_many(void **state)
{
    struct untold *untold = untold_new();
    struct record first = record_of("first", 1, "a@example.com", "b@example.org"),
                  last = record_of("last", 2, "a@example.com", "b@example.org");

    (void)state;
    untold_add(untold, &first, LINE, NOW);
    for (unsigned i = 0; i < 20000; i++) {
        struct record other = record_of("other", 3, "a@example.com", "b@example.org");

        untold_add(untold, &other, LINE, NOW);
    }
    untold_add(untold, &last, LINE, NOW);
    untold_line(untold, LINE, NOW);
    expect(untold, &first, ""); /* there is room for so many */
    expect(untold, &last, "last");
    untold_free(untold);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_many),
    };

    arena = arena_new();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
