/* test_journal.c: group commit, periods, the write-ahead log, what a failing disk and a kill leave. */
#include "records.h"

#include "base/limits.h"
#include "journal/journal_own.h"

/* ---- periods ---- */

static void test_period_rule(void **state)
{
    static const struct period_sizes sizes = {1000, 100};
    static const struct {
        int day; /* of 2026-11: the 1st was a Sunday, day 20758 */
        uint64_t size;
        int now;
        bool over;
    } rows[] = {
        {25, 5000, 25, false},                                             /* the day is not over */
        {25, 1000, 26, true},  {25, 999, 26, false}, {25, 999, 29, false}, /* Sunday */
        {25, 99, 30, false},                                               /* Monday, but too small */
        {25, 100, 30, true},   {25, 0, 30, false},   {25, 0, 31, true},    /* the first of December */
        {25, 5000, 24, false},                                             /* time ran backwards */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct period period = {20757 + rows[i].day, 1};

        if (period_is_over(period, rows[i].size, (20757 + rows[i].now) * INT64_C(86400) + 5, sizes) !=
            rows[i].over)
            fail_msg("row %zu", i);
    }
}

static void test_period_names(void **state)
{
    static const struct {
        const char *name;
        bool is;
        int64_t day;
        unsigned number;
    } rows[] = {
        {"journal-2026-11-25-1.db", true, 20782, 1},
        {"journal-1970-01-01-9999.db", true, 0, 9999},
        {"journal-2024-02-29-12.db", true, 19782, 12},
        {"journal-2026-11-25-0.db", false},
        {"journal-2026-11-25-.db", false},
        {"journal-2026-11-25.db", false},
        {"journal-2026-13-25-1.db", false},
        {"journal-2026-11-32-1.db", false},
        {"journal-2026-11-25-1.db.damaged", false},
        {"journal-2026-11-25-1.db-wal", false},
        {"lock", false},
        {"journal-.db", false},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct period period = {0};

        if (period_parse(str_from(rows[i].name), &period) != rows[i].is ||
            (rows[i].is && (period.day != rows[i].day || period.number != rows[i].number)))
            fail_msg("%s: day %d", rows[i].name, (int)period.day);
        if (rows[i].is)
            assert_true(
                str_eq(period_path(S("d"), period, arena), arena_printf(arena, "d/%s", rows[i].name)));
    }
    arena_free(arena);
}

static void test_periods(void **state)
{
    struct journal *journal = records_open_with((struct journal_params){.sizes = {.day = 1, .week = 1}});
    struct arena *arena = arena_new();
    struct record record;

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        char id[] = {(char)('a' + i), 0};

        record = records_new(id, RECORDS_TIME + i / 2 * 86400);
        records_put(journal, &record);
    }
    /* The row with which a day ends is the first of the next one: "c" was written before the new file was
     * begun. */
    assert_int_equal(records_files(".db"), 3);
    assert_int_equal(records_files("-wal"), 1); /* past ones are plain files */
    assert_true(str_eq(records_search(arena, (struct search_query){0}).ids, S("f e d c b a")));
    journal_close(journal);
    journal = records_open();
    assert_int_equal(records_files(".db"), 3);
    record = records_new("g", RECORDS_TIME);
    records_put(journal, &record);
    assert_true(str_eq(records_search(arena, (struct search_query){0}).ids, S("g f e d c b a")));
    journal_close(journal);
    arena_free(arena);
}

/* ---- rows ---- */

static bool on_whole(void *context, const struct record *record)
{
    const struct record *wanted = context;

#define SAME(member) assert_true(str_eq(record->member, wanted->member))
    SAME(id), SAME(listener), SAME(direction), SAME(mode), SAME(envelope.helo), SAME(envelope.mail_from);
    SAME(queue_id), SAME(auth_user), SAME(facts), SAME(fingerprint), SAME(from_domain), SAME(spf), SAME(dkim);
    SAME(arc), SAME(dmarc), SAME(retry_of), SAME(subject), SAME(outcome.result_class), SAME(outcome.reason);
    SAME(outcome.reply_code), SAME(outcome.reply_status), SAME(outcome.reply_text);
#undef SAME
    assert_true(ip_eq(record->envelope.client, wanted->envelope.client));
    assert_int_equal(record->envelope.has_mail_from, wanted->envelope.has_mail_from);
    assert_int_equal(record->time, wanted->time);
    assert_int_equal(record->size, wanted->size);
    assert_memory_equal(record->sha256, wanted->sha256, 32);
    assert_memory_equal(record->body_sha256, wanted->body_sha256, 32);
    assert_int_equal(record->outcome.action, wanted->outcome.action);
    assert_int_equal(record->outcome.observed, wanted->outcome.observed);
    assert_int_equal(record->cpu_us, wanted->cpu_us);
    assert_int_equal(record->dns_ms, wanted->dns_ms);
    assert_true(record->subject_sketch == wanted->subject_sketch &&
                record->text_sketch == wanted->text_sketch);
    assert_int_equal(record->outcome.recipient_count, wanted->outcome.recipient_count);
    for (size_t i = 0; i < record->outcome.recipient_count; i++) {
        const struct outcome_recipient *a = &record->outcome.recipients[i],
                                       *b = &wanted->outcome.recipients[i];

        assert_true(str_eq(a->address, b->address) && a->action == b->action && str_eq(a->reason, b->reason));
    }
    records_noticed[0] = '+';
    return true;
}

static void test_round_trip(void **state)
{
    struct journal *journal = records_open();
    struct search_query query = {.limit = 1};
    struct record record = records_new("one", RECORDS_TIME);
    struct err err;

    (void)state;
    records_put(journal, &record);
    assert_true(search_run(store_within("j"), &query, on_whole, NULL, &record, &err));
    assert_int_equal(records_noticed[0], '+');
    record = records_new("two", RECORDS_TIME);
    record.envelope = (struct envelope){.helo = S("a\0b\xff'\";--")};
    record.auth_user = S("joe");
    record.outcome.observed = true;
    record.outcome.action = ACTION_REJECT;
    record.outcome.reply_code = S("550"), record.outcome.reply_status = S("5.7.1");
    record.outcome.reply_text = S("no"), record.outcome.recipient_count = 0;
    record.retry_of = S("one"), record.subject = S("Grüße");
    record.subject_sketch = UINT64_MAX, record.text_sketch = 1, record.size = UINT64_C(1) << 40;
    ip_parse(S("2001:db8::1"), &record.envelope.client);
    records_put(journal, &record);
    records_noticed[0] = 0;
    assert_true(search_run(store_within("j"), &query, on_whole, NULL, &record, &err));
    assert_int_equal(records_noticed[0], '+');
    record = (struct record){.id = S("three"),
                             .envelope.has_mail_from = true}; /* the null sender, and nothing else */
    records_put(journal, &record);
    records_noticed[0] = 0;
    assert_true(search_run(store_within("j"), &query, on_whole, NULL, &record, &err));
    assert_int_equal(records_noticed[0], '+');
    journal_close(journal);
}

static bool on_cut(void *context, const struct record *record)
{
    *(bool *)context =
        record->envelope.helo.n == LIMIT_JOURNAL_TEXT && record->outcome.recipient_count == 2000;
    return true;
}

/* Long texts are cut, recipients never. */
static void test_long(void **state)
{
    struct journal *journal = records_open();
    struct record record = records_new("one", RECORDS_TIME);
    struct arena *arena = arena_new();
    struct search_query query = {0};
    bool seen = false;
    struct err err;

    (void)state;
    record.envelope.helo = (str){arena_bytes(arena, 100000), 100000};
    memset((char *)record.envelope.helo.p, 'x', 100000);
    record.outcome.recipients = arena_array_of(arena, 2000, struct outcome_recipient);
    record.outcome.recipient_count = 2000;
    for (size_t i = 0; i < 2000; i++)
        record.outcome.recipients[i].address = arena_printf(arena, "r%zu@example.org", i);
    records_put(journal, &record);
    assert_int_equal(journal_counts(journal).cut, 1);
    assert_true(search_run(store_within("j"), &query, on_cut, NULL, &seen, &err));
    assert_true(seen);
    assert_int_equal(records_search(arena, (struct search_query){.address = S("r3@example.org")}).n, 1);
    journal_close(journal);
    arena_free(arena);
}

/* ---- group commit ---- */

static void test_group(void **state)
{
    struct journal *journal = records_open();
    struct told told = {0}, twice = {0}, never = {0};
    struct arena *arena = arena_new();
    struct record record;

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        record = records_new(&"a\0b\0c\0d\0e\0f\0g\0h\0i\0j"[2 * i], RECORDS_TIME);
        journal_add(journal, &record, records_done, &told);
    }
    journal_add(journal, &record, records_done, &twice); /* the same id */
    assert_int_equal(twice.failed, 1);
    assert_non_null(strstr(twice.words, "the record j"));
    assert_non_null(strstr(twice.words, "there already"));
    assert_int_equal(told.written, 0);
    assert_int_equal(journal_waiting(journal), 10);
    assert_int_equal(records_search(arena, (struct search_query){0}).n, 0);
    journal_commit(journal, RECORDS_TIME);
    assert_int_equal(told.written, 10);
    assert_int_equal(told.failed, 0);
    assert_int_equal(records_search(arena, (struct search_query){0}).n, 10);
    assert_int_equal(journal_counts(journal).commits, 1);
    journal_commit(journal, RECORDS_TIME);
    assert_int_equal(journal_counts(journal).commits, 1); /* nothing to do */
    record = records_new("k", RECORDS_TIME);
    journal_add(journal, &record, records_done, &never);
    journal_close(journal);
    assert_int_equal(never.failed, 1);
    assert_int_equal(records_search(arena, (struct search_query){0}).n, 10);
    arena_free(arena);
}

static void add_next(void *context, bool written, const char *words)
{
    struct journal *journal = context;
    struct record record = records_new("next", RECORDS_TIME);
    static struct told told;

    (void)words;
    assert_true(written);
    journal_add(journal, &record, records_done, &told);
}

/* Who is told may add at once. */
static void test_add_when_told(void **state)
{
    struct journal *journal = records_open();
    struct record record = records_new("first", RECORDS_TIME);
    struct arena *arena = arena_new();

    (void)state;
    journal_add(journal, &record, add_next, journal);
    journal_commit(journal, RECORDS_TIME);
    assert_int_equal(journal_waiting(journal), 1);
    journal_commit(journal, RECORDS_TIME);
    assert_true(str_eq(records_search(arena, (struct search_query){0}).ids, S("next first")));
    journal_close(journal);
    arena_free(arena);
}

/* ---- readers and the write-ahead log ---- */

static void fill(struct journal *journal, const char *prefix, unsigned batches)
{
    struct told told = {0};
    char id[40];

    for (unsigned i = 0; i < batches * 100; i++) {
        struct record record;

        snprintf(id, sizeof(id), "%s%u", prefix, i);
        record = records_new(id, RECORDS_TIME);
        journal_add(journal, &record, records_done, &told);
        if (i % 100 == 99)
            journal_commit(journal, RECORDS_TIME);
    }
    if (told.failed)
        fail_msg("%s", told.words);
}

static void test_wal(void **state)
{
    struct journal *journal = records_open_with((struct journal_params){.wal = 1000000});
    struct arena *arena = arena_new();
    struct database reader;
    struct err err;
    struct stat status;
    int64_t count;
    str path = period_path(store_within("j"), (struct period){period_day(RECORDS_TIME), 1}, arena);
    const char *wal = arena_c_str(arena, arena_printf(arena, "%.*s-wal", PS(path)));

    (void)state;
    fill(journal, "a", 30);
    assert_int_equal(stat(wal, &status), 0);
    assert_true(status.st_size < 2000000);
    /* A reader that does not let go: the writer goes on, in a new file once the log is too long. */
    assert_true(database_open(&reader, path, DATABASE_READ, &journal_kind, &err));
    assert_true(database_run(&reader, "BEGIN", &err));
    assert_true(database_number(&reader, "SELECT count(*) FROM message", &count, &err));
    fill(journal, "b", 30);
    assert_non_null(strstr(records_noticed, "a reader keeps the write-ahead log"));
    assert_int_equal(records_files(".db"), 2);
    assert_int_equal(stat(wal, &status), 0);
    assert_true(status.st_size < 3000000);
    assert_true(database_number(&reader, "SELECT count(*) FROM message", &count, &err));
    assert_int_equal(count, 3000); /* its moment stands still */
    database_close(&reader);
    assert_int_equal(records_search(arena, (struct search_query){0}).n, 6000);
    journal_close(journal);
    journal = records_open(); /* what was left open is put in order */
    assert_int_equal(access(wal, F_OK), -1);
    assert_int_equal(records_search(arena, (struct search_query){0}).n, 6000);
    journal_close(journal);
    arena_free(arena);
}

static void test_one_writer(void **state)
{
    struct journal *journal = records_open();
    struct journal_params params = {.directory = store_within("j"), .now = RECORDS_TIME};
    struct err err;

    (void)state;
    assert_null(journal_open(&params, &err));
    assert_non_null(strstr(err.words, "another process writes"));
    journal_close(journal);
    params.directory = store_within("no/such");
    assert_null(journal_open(&params, &err));
    assert_non_null(strstr(err.words, "No such file"));
}

/* ---- damage ---- */

static void test_damaged(void **state)
{
    struct journal *journal = records_open();
    struct arena *arena = arena_new();
    struct record record = records_new("one", RECORDS_TIME);
    const char *path = arena_c_str(
        arena, period_path(store_within("j"), (struct period){period_day(RECORDS_TIME), 1}, arena));

    (void)state;
    records_put(journal, &record);
    journal_close(journal);
    store_damage(path, 0, 64);
    journal = records_open();
    assert_non_null(strstr(records_noticed, "set aside"));
    assert_int_equal(records_files(".db.damaged"), 1);
    record = records_new("two", RECORDS_TIME);
    records_put(journal, &record);
    assert_true(str_eq(records_search(arena, (struct search_query){0}).ids, S("two")));
    journal_close(journal);
    arena_free(arena);
}

/* Damage that shows while writing: the batch is told, the file set aside, the next batch is written. */
static void test_damaged_later(void **state)
{
    struct journal *journal = records_open();
    struct arena *arena = arena_new();
    struct told told = {0};
    struct record record = records_new("one", RECORDS_TIME);

    (void)state;
    records_put(journal, &record);
    journal_close(journal);
    for (off_t page = 1; page < 25; page++) /* every page but the first, which has the schema */
        store_damage(arena_c_str(arena, period_path(store_within("j"),
                                                    (struct period){period_day(RECORDS_TIME), 1}, arena)),
                     page * 4096, 16);
    journal = records_open();
    record = records_new("two", RECORDS_TIME);
    journal_add(journal, &record, records_done, &told);
    journal_commit(journal, RECORDS_TIME);
    assert_int_equal(told.failed, 1);
    assert_non_null(strstr(told.words, "damaged"));
    assert_int_equal(records_files(".db.damaged"), 1);
    record = records_new("three", RECORDS_TIME);
    records_put(journal, &record);
    assert_true(str_eq(records_search(arena, (struct search_query){0}).ids, S("three")));
    journal_close(journal);
    arena_free(arena);
}

/* ---- no space ---- */

static void test_full(void **state)
{
    struct journal *journal = records_open();
    struct arena *arena = arena_new();
    struct told told = {0};
    unsigned failed = 0;

    (void)state;
    assert_true(database_run(&journal->rows.database, "PRAGMA max_page_count = 80", NULL));
    for (unsigned i = 0; i < 1000 && !failed; i++) {
        char id[20];
        struct record record;

        snprintf(id, sizeof(id), "%u", i);
        record = records_new(id, RECORDS_TIME);
        journal_add(journal, &record, records_done, &told);
        if (i % 10 == 9)
            journal_commit(journal, RECORDS_TIME);
        failed = told.failed;
    }
    assert_true(failed > 0);
    assert_non_null(strstr(told.words, "no space left"));
    assert_int_equal(journal_waiting(journal), 0);
    assert_int_equal(records_search(arena, (struct search_query){0}).n, told.written);
    assert_true(database_run(&journal->rows.database, "PRAGMA max_page_count = 10000", NULL));
    fill(journal, "later", 1);
    assert_int_equal(records_search(arena, (struct search_query){0}).n, told.written + 100);
    journal_close(journal);
    arena_free(arena);
}

/* A disk that takes no more, really: of what was told as written nothing is missing. */
static void work_full(int fd)
{
    struct journal *journal = records_open();
    struct told told = {0};
    char id[20];

    store_limit_files(600000);
    for (unsigned i = 0; i < 3000; i++) {
        struct record record;

        snprintf(id, sizeof(id), "%u", i);
        record = records_new(id, RECORDS_TIME);
        journal_add(journal, &record, records_done, &told);
        if (i % 10 == 9)
            journal_commit(journal, RECORDS_TIME);
    }
    if (!told.failed || !strstr(told.words, "reading or writing failed") ||
        told.written + told.failed != 3000)
        _exit(2);
    store_limit_files(RLIM_INFINITY);
    fill(journal, "later", 1);
    store_say(fd, told.written);
    journal_close(journal);
}

static void test_file_limit(void **state)
{
    struct store_child child = store_fork(work_full);
    struct arena *arena = arena_new();
    uint32_t written = 0;

    (void)state;
    assert_true(store_hear(&child, &written));
    assert_int_equal(store_wait(&child), 0);
    assert_int_equal(records_search(arena, (struct search_query){0}).n, written + 100);
    arena_free(arena);
}

/* ---- kill -9 ---- */

struct saying {
    int fd;
    uint32_t number;
};

static void say_done(void *context, bool written, const char *words)
{
    struct saying *saying = context;

    (void)words;
    if (!written)
        _exit(1);
    store_say(saying->fd, saying->number);
}

static void work_until_killed(int fd)
{
    struct journal *journal = records_open_with((struct journal_params){.wal = 300000});
    struct saying saying[25];
    char id[40];

    for (uint32_t i = 1;; i++) {
        struct record record;

        snprintf(id, sizeof(id), "%d-%u", (int)getpid(), i);
        record = records_new(id, RECORDS_TIME);
        saying[i % 25] = (struct saying){fd, i};
        journal_add(journal, &record, say_done, &saying[i % 25]);
        if (i % 25 == 0)
            journal_commit(journal, RECORDS_TIME);
    }
}

static void test_kill(void **state)
{
    struct arena *arena = arena_new();
    struct journal *journal;
    size_t acknowledged = 0, found;

    (void)state;
    for (unsigned round = 1; round <= 6; round++) {
        struct store_child child = store_fork(work_until_killed);
        uint32_t number = 0;

        while (number < 37 * round && store_hear(&child, &number))
            continue;
        number = store_kill(&child, number);
        assert_true(number >= 37 * round);
        acknowledged += number;
        for (uint32_t i = 1; i <= number; i += 7) {
            char *id = arena_c_str(arena, arena_printf(arena, "%d-%u", (int)child.pid, i));

            assert_int_equal(records_search(arena, (struct search_query){.id = str_from(id)}).n, 1);
        }
    }
    journal = records_open();
    found = records_search(arena, (struct search_query){0}).n;
    if (found < acknowledged || found > acknowledged + 6 * 25)
        fail_msg("%zu acknowledged, %zu found", acknowledged, found);
    journal_close(journal);
    arena_free(arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_make, store_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_period_rule), TEST(test_period_names), TEST(test_periods),       TEST(test_round_trip),
        TEST(test_long),        TEST(test_group),        TEST(test_add_when_told), TEST(test_wal),
        TEST(test_one_writer),  TEST(test_damaged),      TEST(test_damaged_later), TEST(test_full),
        TEST(test_file_limit),  TEST(test_kill),
    };

    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
