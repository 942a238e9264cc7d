/* test_database.c: versions and migrations, files that are none of ours, backup of a file that is written to.
 */
#include "store.h"

#include "journal/database.h"

static const char *const steps[] = {
    "CREATE TABLE thing (name TEXT); CREATE INDEX thing_name ON thing (name)",
    "ALTER TABLE thing ADD COLUMN weight INTEGER NOT NULL DEFAULT 7",
    "UPDATE thing SET weight = 8; CREATE TABLE thing (name TEXT)", /* fails: the table is there */
};
static const struct database_kind first = {"store of things", 77, steps, 1},
                                  second = {"store of things", 77, steps, 2},
                                  broken = {"store of things", 77, steps, 3},
                                  foreign = {"diary", 78, steps, 1};

static int64_t number(struct database *database, const char *sql)
{
    struct err err;
    int64_t number;

    if (!database_number(database, sql, &number, &err))
        fail_msg("%s", err.words);
    return number;
}

static void open_well(struct database *database, enum database_mode mode, const struct database_kind *kind)
{
    struct err err;

    if (!database_open(database, store_within("d.db"), mode, kind, &err))
        fail_msg("%s", err.words);
}

static void open_badly(enum database_mode mode, const struct database_kind *kind,
                       enum database_trouble trouble, const char *words)
{
    struct database database;
    struct err err;

    assert_false(database_open(&database, store_within("d.db"), mode, kind, &err));
    if (database.trouble != trouble || !strstr(err.words, words))
        fail_msg("trouble %d: %s", (int)database.trouble, err.words);
    assert_null(database.handle);
}

static void make_first(void)
{
    struct database database;

    open_well(&database, DATABASE_WRITE, &first);
    assert_true(database_run(&database, "INSERT INTO thing VALUES ('anvil')", NULL));
    database_close(&database);
}

static void test_migrations(void **state)
{
    struct database database;

    (void)state;
    open_badly(DATABASE_READ, &first, DATABASE_MISSING, "No such file");
    make_first();
    open_badly(DATABASE_READ, &second, DATABASE_OTHER, "version 1");
    open_well(&database, DATABASE_WRITE, &second);
    assert_int_equal(number(&database, "SELECT weight FROM thing WHERE name = 'anvil'"), 7);
    assert_int_equal(number(&database, "PRAGMA user_version"), 2);
    database_close(&database);
    open_badly(DATABASE_WRITE, &first, DATABASE_OTHER, "version 2, and this program knows version 1");
    open_badly(DATABASE_WRITE, &foreign, DATABASE_OTHER, "no diary");
    open_badly(DATABASE_READ, &foreign, DATABASE_OTHER, "no diary");
    open_well(&database, DATABASE_READ, &second);
    assert_int_equal(number(&database, "SELECT count(*) FROM thing"), 1);
    assert_false(database_run(&database, "DELETE FROM thing", NULL));
    assert_int_equal(database.trouble, DATABASE_READ_ONLY);
    database_close(&database);
}

/* One that fails leaves the file as it was, at its old version. */
static void test_failed_migration(void **state)
{
    struct database database;

    (void)state;
    make_first();
    open_badly(DATABASE_WRITE, &broken, DATABASE_FAILED, "bringing it to version 3");
    open_well(&database, DATABASE_WRITE, &first);
    assert_int_equal(number(&database, "SELECT count(*) FROM pragma_table_info('thing')"), 1);
    database_close(&database);
}

static void test_settings(void **state)
{
    struct database database;

    (void)state;
    open_well(&database, DATABASE_WRITE, &first);
    assert_int_equal(number(&database, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    assert_int_equal(number(&database, "PRAGMA synchronous"), 2);
    database_close(&database);
}

static void test_damage(void **state)
{
    struct database database;
    struct stat status;

    (void)state;
    make_first();
    assert_int_equal(stat(store_within("d.db").p, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    store_damage(store_within("d.db").p, 0, 64);
    open_badly(DATABASE_WRITE, &first, DATABASE_DAMAGED, "no database");
    open_badly(DATABASE_READ, &first, DATABASE_DAMAGED, "no database");
    unlink(store_within("d.db").p);
    make_first();
    store_damage(store_within("d.db").p, 4096 + 3, 8); /* a page of a table */
    open_well(&database, DATABASE_WRITE, &first);
    assert_false(database_run(&database, "INSERT INTO thing VALUES ('bell')", NULL));
    assert_int_equal(database.trouble, DATABASE_DAMAGED);
    database_close(&database);
    unlink(store_within("d.db").p);
    assert_int_equal(symlink("/etc/passwd", store_within("d.db").p), 0);
    open_badly(DATABASE_WRITE, &first, DATABASE_FAILED, "d.db");
}

/* An unprivileged process reads what it may not write. */
static void work_unprivileged(int fd)
{
    struct database database;
    struct err err;

    if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
        _exit(9);
    if (database_open(&database, store_within("d.db"), DATABASE_WRITE, &first, &err) ||
        database.trouble != DATABASE_READ_ONLY)
        _exit(1);
    if (!database_open(&database, store_within("d.db"), DATABASE_READ, &first, &err))
        _exit(2);
    store_say(fd, (uint32_t)number(&database, "SELECT count(*) FROM thing"));
    _exit(0);
}

static void test_unprivileged(void **state)
{
    struct database database;
    struct store_child child;
    uint32_t count = 0;

    (void)state;
    make_first();
    open_well(&database, DATABASE_WRITE, &first);
    assert_true(database_run(&database, "INSERT INTO thing VALUES ('bell')", NULL));
    chmod(store_within("d.db").p, 0444);
    chmod(store_within("d.db-wal").p, 0444);
    chmod(store_within("d.db-shm").p, 0444);
    chmod(store_path, 0555);
    child = store_fork(work_unprivileged);
    assert_true(store_hear(&child, &count));
    assert_int_equal(store_wait(&child), 0);
    assert_int_equal(count, 2);
    chmod(store_path, 0755);
    database_close(&database);
}

/* ---- backup ---- */

static void work_writing(int fd)
{
    struct database database;

    open_well(&database, DATABASE_WRITE, &first);
    for (uint32_t i = 1;; i++) {
        if (!database_run(&database, "INSERT INTO thing VALUES (hex(randomblob(2000)))", NULL))
            _exit(1);
        store_say(fd, i);
    }
}

static void test_backup(void **state)
{
    struct store_child child = store_fork(work_writing);
    struct database database, copy;
    uint32_t before = 0;
    struct err err;

    (void)state;
    while (before < 200 && store_hear(&child, &before))
        continue;
    open_well(&database, DATABASE_READ, &first);
    for (unsigned i = 0; i < 3; i++) {
        if (!database_backup(&database, store_within("copy.db"), &err))
            fail_msg("%s", err.words);
        assert_true(database_open(&copy, store_within("copy.db"), DATABASE_READ, &first, &err));
        assert_true(number(&copy, "SELECT count(*) FROM thing") >= before);
        assert_int_equal(number(&copy, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
        database_close(&copy);
    }
    assert_false(database_backup(&database, store_within("no/such/copy.db"), &err));
    assert_non_null(strstr(err.words, "No such file"));
    database_close(&database);
    assert_true(store_kill(&child, before) > before); /* it went on writing */
    assert_int_equal(access(store_within("copy.db.part").p, F_OK), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_make, store_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_migrations), TEST(test_failed_migration), TEST(test_settings),
        TEST(test_damage),     TEST(test_unprivileged),     TEST(test_backup),
    };

    return cmocka_run_group_tests_name("database", tests, NULL, NULL);
}
