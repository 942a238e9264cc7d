/* test_audit.c: what was done is written down for good, and found again. */
#include "store.h"

#include "base/limits.h"
#include "journal/audit.h"
#include "journal/database.h"

static struct audit *open_well(void)
{
    struct err err;
    struct audit *audit = audit_open(str_from(store_path), &err);

    if (!audit)
        fail_msg("%s", err.words);
    return audit;
}

static struct audit_entry add(struct audit *audit, struct audit_entry entry)
{
    struct err err;

    if (!audit_add(audit, &entry, &err))
        fail_msg("%s", err.words);
    return entry;
}

struct listed {
    struct arena *arena;
    struct audit_entry entries[8];
    size_t n, most;
};

static bool on_entry(void *context, const struct audit_entry *entry)
{
    struct listed *listed = context;
    struct audit_entry *kept = &listed->entries[listed->n++];

    *kept = *entry;
    kept->user = arena_str(listed->arena, entry->user);
    kept->recipient = arena_str(listed->arena, entry->recipient);
    kept->words = arena_str(listed->arena, entry->words);
    kept->reason = arena_str(listed->arena, entry->reason);
    kept->object = arena_str(listed->arena, entry->object);
    return listed->n < listed->most;
}

static struct listed list(struct arena *arena, struct audit_query query, size_t most)
{
    struct listed listed = {.arena = arena, .most = most};
    struct err err;

    if (!audit_list(str_from(store_path), &query, on_entry, &listed, &err))
        fail_msg("%s", err.words);
    return listed;
}

static void test_round_trip(void **state)
{
    struct arena *arena = arena_new();
    struct audit *audit = open_well();
    struct audit_entry begun, done;
    struct listed listed;

    (void)state;
    begun = add(audit, (struct audit_entry){.time = 100,
                                            .uid = 4294967295u,
                                            .pid = 7,
                                            .user = S("ada"),
                                            .deed = S("delete"),
                                            .object = S("m1"),
                                            .recipient = S("Joe@example.org"),
                                            .reason = S("' OR \xff")});
    done = add(audit, (struct audit_entry){
                          .begun = begun.number, .time = 101, .deed = S("delete"), .outcome = AUDIT_DONE});
    assert_true(done.number > begun.number);
    audit_close(audit);
    audit = open_well();
    add(audit, (struct audit_entry){.time = 102, .deed = S("forget"), .outcome = AUDIT_REFUSED});
    listed = list(arena, (struct audit_query){.since = 0}, 8);
    assert_int_equal(listed.n, 3);
    assert_int_equal(listed.entries[0].outcome, AUDIT_REFUSED);
    assert_int_equal(listed.entries[1].begun, begun.number);
    assert_int_equal(listed.entries[2].uid, 4294967295u);
    assert_true(str_eq(listed.entries[2].user, S("ada")) && str_eq(listed.entries[2].object, S("m1")));
    assert_true(str_eq(listed.entries[2].reason, S("' OR \xff")));
    assert_int_equal(list(arena, (struct audit_query){.since = 101, .until = 102}, 8).n, 1);
    assert_int_equal(list(arena, (struct audit_query){.limit = 2}, 8).n, 2);
    assert_int_equal(list(arena, (struct audit_query){.limit = 0}, 1).n, 1);
    audit_close(audit);
    arena_free(arena);
}

static void test_nothing_there(void **state)
{
    struct audit_query query = {.limit = 0};
    struct listed listed = {.most = 8};
    struct err err;

    (void)state;
    assert_true(audit_list(store_within("none"), &query, on_entry, &listed, &err));
    assert_int_equal(listed.n, 0);
    assert_true(audit_backup(store_within("none"), store_within("none"), &err));
    assert_null(audit_open(store_within("none"), &err));
    assert_non_null(strstr(err.words, "none/audit.db"));
}

static void test_long_text(void **state)
{
    struct arena *arena = arena_new();
    struct audit *audit = open_well();
    char *text = arena_bytes(arena, 3 * LIMIT_JOURNAL_TEXT);

    (void)state;
    memset(text, 'x', 3 * LIMIT_JOURNAL_TEXT);
    add(audit, (struct audit_entry){.deed = S("delete"), .reason = {text, 3 * LIMIT_JOURNAL_TEXT}});
    assert_int_equal(list(arena, (struct audit_query){.limit = 1}, 8).entries[0].reason.n,
                     LIMIT_JOURNAL_TEXT);
    audit_close(audit);
    arena_free(arena);
}

static void test_forget(void **state)
{
    struct arena *arena = arena_new();
    struct audit *audit = open_well();
    struct listed listed;
    struct err err;

    (void)state;
    add(audit, (struct audit_entry){.deed = S("release"), .recipient = S("Joe@Example.org")});
    add(audit, (struct audit_entry){.deed = S("release"), .recipient = S("xjoe@example.org")});
    add(audit, (struct audit_entry){.deed = S("release"),
                                    .reason = S("JOE@example.org asked, and joe@example.org again"),
                                    .words = S("550 5.1.1 <joe@Example.ORG>: unknown")});
    assert_true(audit_forget(audit, S("joe@example.org"), S("forgotten-1@example.org"), &err));
    listed = list(arena, (struct audit_query){.limit = 3}, 8);
    assert_true(str_eq(listed.entries[0].reason,
                       S("forgotten-1@example.org asked, and forgotten-1@example.org again")));
    assert_true(str_eq(listed.entries[0].words, S("550 5.1.1 <forgotten-1@example.org>: unknown")));
    assert_true(str_eq(listed.entries[1].recipient, S("xjoe@example.org")));
    assert_true(str_eq(listed.entries[2].recipient, S("forgotten-1@example.org")));
    audit_close(audit);
    arena_free(arena);
}

/* Whoever has the file may do anything to it; our own code can't by mistake. */
static void test_rows_stay(void **state)
{
    struct audit *audit = open_well();
    char path[200];
    sqlite3 *handle;

    (void)state;
    add(audit, (struct audit_entry){.deed = S("delete")});
    audit_close(audit);
    snprintf(path, sizeof(path), "%s/audit.db", store_path);
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_not_equal(sqlite3_exec(handle, "DELETE FROM audit", NULL, NULL, NULL), SQLITE_OK);
    assert_non_null(strstr(sqlite3_errmsg(handle), "stay"));
    sqlite3_close(handle);
}

static void test_backup(void **state)
{
    struct arena *arena = arena_new();
    struct audit *audit = open_well();
    struct audit_query query = {.limit = 0};
    struct listed listed = {.arena = arena, .most = 8};
    struct err err;

    (void)state;
    add(audit, (struct audit_entry){.deed = S("delete")});
    assert_int_equal(mkdir(arena_c_str(arena, store_within("copy")), 0700), 0);
    assert_true(audit_backup(str_from(store_path), store_within("copy"), &err));
    audit_close(audit);
    assert_true(audit_list(store_within("copy"), &query, on_entry, &listed, &err));
    assert_int_equal(listed.n, 1);
    arena_free(arena);
}

static void test_full_disk(void **state)
{
    struct arena *arena = arena_new();
    struct store_child child;

    (void)state;
    child.pid = fork();
    child.fd = open("/dev/null", O_RDONLY);
    if (child.pid == 0) {
        struct audit *audit = open_well();
        struct audit_entry entry = {.deed = S("delete")};
        struct err err;
        bool ok = true;

        store_limit_files(100000);
        for (int i = 0; ok && i < 1000; i++)
            ok = audit_add(audit, &entry, &err);
        _exit(ok || !strstr(err.words, "audit"));
    }
    assert_int_equal(store_wait(&child), 0);
    assert_true(list(arena, (struct audit_query){.limit = 3}, 8).n > 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, store_make, store_remove),
        cmocka_unit_test_setup_teardown(test_nothing_there, store_make, store_remove),
        cmocka_unit_test_setup_teardown(test_long_text, store_make, store_remove),
        cmocka_unit_test_setup_teardown(test_forget, store_make, store_remove),
        cmocka_unit_test_setup_teardown(test_rows_stay, store_make, store_remove),
        cmocka_unit_test_setup_teardown(test_backup, store_make, store_remove),
        cmocka_unit_test_setup_teardown(test_full_disk, store_make, store_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
