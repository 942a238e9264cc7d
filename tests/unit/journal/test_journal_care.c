/* test_journal_care.c: retention, backup while a writer is at work, forgetting an address for good. */
#include "records.h"

#include "judge/facts.h"
#include "journal/rows.h"

static void test_expire(void **state)
{
    struct journal *journal = records_open_with((struct journal_params){.sizes = {.day = 1, .week = 1}});
    struct arena *arena = arena_new();
    struct err err;
    size_t removed;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        char id[] = {(char)('a' + i), 0};
        struct record record = records_new(id, RECORDS_TIME + i * 86400);

        records_put(journal, &record);
    }
    /* Files: "a b" as the day ends after b, "c", "d", and one that is empty yet. */
    assert_true(journal_expire(journal, RECORDS_TIME, &removed, &err));
    assert_int_equal(removed, 0);
    assert_true(journal_expire(journal, RECORDS_TIME + 86401, &removed, &err));
    assert_int_equal(removed, 1);
    assert_true(str_eq(records_search(arena, (struct search_query){0}).ids, S("d c")));
    /* One that is damaged goes by the day on which the next one begins. */
    store_damage(store_within("j/journal-2026-11-26-1.db").p, 0, 0);
    assert_true(journal_expire(journal, RECORDS_TIME - RECORDS_TIME % 86400 + 3 * 86400, &removed, &err));
    assert_int_equal(removed, 0);
    assert_true(journal_expire(journal, RECORDS_TIME - RECORDS_TIME % 86400 + 3 * 86400 + 1, &removed, &err));
    assert_int_equal(removed, 1);
    assert_int_equal(records_files(".db"), 2);
    assert_true(journal_expire(journal, INT64_MAX, &removed, &err));
    assert_true(records_files(".db") == 1); /* the one that is written to stays */
    records_put(journal, &(struct record){.id = S("e"), .time = RECORDS_TIME});
    assert_true(str_eq(records_search(arena, (struct search_query){.id = S("e")}).ids, S("e")));
    journal_close(journal);
    arena_free(arena);
}

/* ---- backup ---- */

static void say_done(void *context, bool written, const char *words)
{
    (void)words;
    if (!written)
        _exit(1);
    store_say(*(int *)context, 1);
}

static void work_writing(int fd)
{
    struct journal *journal = records_open();
    char id[20];

    for (uint32_t i = 1;; i++) {
        struct record record;

        snprintf(id, sizeof(id), "%u", i);
        record = records_new(id, RECORDS_TIME);
        journal_add(journal, &record, say_done, &fd);
        if (i % 5 == 0)
            journal_commit(journal, RECORDS_TIME);
    }
}

static void test_backup(void **state)
{
    struct store_child child = store_fork(work_writing);
    struct arena *arena = arena_new();
    struct records_found found = {.arena = arena};
    struct search_query any = {0};
    size_t copied, acknowledged = 0;
    uint32_t one;
    struct err err;

    (void)state;
    while (acknowledged < 100 && store_hear(&child, &one))
        acknowledged++;
    assert_int_equal(mkdir(store_within("copy").p, 0700), 0);
    if (!journal_backup(store_within("j"), store_within("copy"), &copied, &err))
        fail_msg("%s", err.words);
    assert_int_equal(copied, 1);
    store_kill(&child, 0);
    assert_true(search_run(store_within("copy"), &any, records_on_found, NULL, &found, &err));
    assert_true(found.n >= acknowledged);
    assert_false(journal_backup(store_within("j"), store_within("none"), &copied, &err));
    assert_non_null(strstr(err.words, "No such file"));
    arena_free(arena);
}

/* ---- forgetting ---- */

static const char facts_text[] =
    "{\"version\":1,\"message\":{\"from\":[{\"name\":\"Joe\",\"address\":\"joe@example.org\"}]},"
    "\"spf\":{\"result\":\"pass\",\"reason\":\"JOE@example.org may\",\"sender\":\"joe@example.org\"},"
    "\"arc\":{\"result\":\"none\",\"warnings\":[\"about <joe@example.org>\"]}}";

static bool on_forgotten(void *context, const struct record *record)
{
    struct arena *arena = context;
    struct facts facts;

    if (str_eq(record->id, S("facts"))) {
        assert_int_equal(facts_read(&facts, record->facts, arena, NULL), FACTS_OK);
        assert_true(str_eq(facts.message.from[0].address, S("gone-1@example.org")));
        assert_true(str_eq(facts.auth.spf.mail_from.reason, S("gone-1@example.org may")));
        assert_int_equal(facts.auth.spf.mail_from.result, RESULT_PASS);
    } else if (str_eq(record->id, S("broken"))) {
        assert_int_equal(record->facts.n, 0);
    } else if (str_eq(record->id, S("sender"))) {
        assert_true(str_eq(record->envelope.mail_from, S("gone-1@example.org")));
    } else if (str_eq(record->id, S("plain"))) {
        assert_true(str_eq(record->outcome.recipients[0].address, S("gone-1@example.org")));
        assert_true(str_eq(record->outcome.recipients[1].address, S("Ann@Example.org")));
        assert_int_equal(record->outcome.recipients[1].action, ACTION_QUARANTINE);
    } else {
        assert_true(str_eq(record->id, S("other")));
        assert_true(str_eq(record->facts, S("{\"version\":1}")));
    }
    return true;
}

static void make_forgettable(struct journal *journal)
{
    struct record record = records_new("plain", RECORDS_TIME);

    records_put(journal, &record);
    record = records_new("facts", RECORDS_TIME + 86400); /* and then the next file begins */
    record.outcome.recipient_count = 0;
    record.facts = str_from(facts_text);
    records_put(journal, &record);
    record = records_new("broken", RECORDS_TIME + 86400);
    record.outcome.recipient_count = 0;
    record.facts = S("{\"version\":99,\"who\":\"Joe@Example.Org\"}");
    records_put(journal, &record);
    record = records_new("sender", RECORDS_TIME + 86400);
    record.outcome.recipient_count = 0;
    record.envelope.mail_from = S("joe@EXAMPLE.org");
    record.outcome.reason = S("joe@example.org is known"), record.subject = S("for joe@example.org");
    record.auth_user = S("joe@example.org");
    records_put(journal, &record);
    record = records_new("other", RECORDS_TIME + 86400);
    record.outcome.recipient_count = 0;
    records_put(journal, &record);
}

static void test_forget(void **state)
{
    struct journal *journal = records_open_with((struct journal_params){.sizes = {.day = 1, .week = 1}});
    struct journal_forgotten forgotten;
    struct arena *arena = arena_new();
    struct search_query any = {0};
    struct err err;

    (void)state;
    make_forgettable(journal);
    assert_true(records_have_bytes("joe@example.org"));
    if (!journal_forget(journal, S("Joe@example.org"), S("gone-1@example.org"), &forgotten, &err))
        fail_msg("%s", err.words);
    assert_int_equal(forgotten.periods, 2);
    assert_int_equal(forgotten.rows, 4);
    assert_int_equal(forgotten.facts_dropped, 1);
    assert_false(records_have_bytes("joe@example.org"));
    assert_true(records_have_bytes("ann@example.org"));
    assert_int_equal(records_search(arena, (struct search_query){.address = S("joe@example.org")}).n, 0);
    assert_true(str_eq(records_search(arena, (struct search_query){.address = S("gone-1@example.org")}).ids,
                       S("sender plain")));
    assert_true(search_run(store_within("j"), &any, on_forgotten, NULL, arena, &err));
    /* Once more: there is nothing left to do. The writer goes on. */
    assert_true(journal_forget(journal, S("joe@example.org"), S("gone-2@example.org"), &forgotten, &err));
    assert_int_equal(forgotten.rows, 0);
    records_put(journal, &(struct record){.id = S("next"), .time = RECORDS_TIME});
    assert_int_equal(records_search(arena, any).n, 6);
    journal_close(journal);
    assert_false(records_have_bytes("joe@example.org"));
    arena_free(arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_make, store_remove)
    const struct CMUnitTest tests[] = {TEST(test_expire), TEST(test_backup), TEST(test_forget)};

    return cmocka_run_group_tests_name("journal_care", tests, NULL, NULL);
}
