/* journal.c: the writer: group commit, periods, the bound on the write-ahead log. */
#include "journal/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "journal/journal_own.h"

enum { CHECKPOINT_PAGES = 1000 }; /* of the write-ahead log: 8 MB, after that it is worked off */

static void notice(struct journal *journal, const char *words)
{
    if (journal->params.notice)
        journal->params.notice(journal->params.notice_context, words);
}

/* ---- files ---- */

/* Tells after each commit how long the write-ahead log is. */
static int on_wal(void *context, sqlite3 *handle, const char *name, int pages)
{
    struct journal *journal = context;

    (void)handle, (void)name;
    journal->wal_pages = (unsigned)pages;
    return SQLITE_OK;
}

static bool read_page_size(struct journal *journal, struct err *err)
{
    int64_t size;

    if (!database_number(&journal->rows.database, "PRAGMA page_size", &size, err))
        return false;
    journal->page_size = (uint64_t)size;
    return true;
}

static bool open_period(struct journal *journal, struct period period, struct err *err)
{
    str path = period_path(journal->params.directory, period, journal->scratch);

    journal->period = period;
    if (!rows_open(&journal->rows, path, DATABASE_WRITE, err))
        return false;
    journal->wal_pages = 0;
    sqlite3_wal_hook(journal->rows.database.handle, on_wal, journal);
    if (!read_page_size(journal, err)) {
        rows_close(&journal->rows);
        return false;
    }
    return directory_sync(journal->directory, err);
}

/* A damaged file keeps its bytes under another name; so does its write-ahead log. */
static void set_aside(struct journal *journal)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    const char *path = journal->rows.database.path;
    char from[4200], to[4300];
    struct err words;

    rows_close(&journal->rows);
    for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
        snprintf(from, sizeof(from), "%s%s", path, tails[i]);
        snprintf(to, sizeof(to), "%s.damaged%s", path, tails[i]);
        rename(from, to);
    }
    err_set(&words, "%s is damaged; it was set aside as %s.damaged, and a new file is begun", path, path);
    notice(journal, words.words);
}

/* The first free period of a day. */
static struct period next_period(struct journal *journal, int64_t now)
{
    struct period next = {period_day(now), 1};

    if (journal->period.day > next.day)
        next.day = journal->period.day;
    if (journal->period.day == next.day && journal->period.number >= next.number)
        next.number = journal->period.number + 1;
    return next;
}

bool journal_settle(struct database *database, struct err *err)
{
    return database_run(database, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE", err);
}

/* Brings the files of past periods to the newest version and into one piece. What fails is told and left: it
 * will be tried again the next time. */
static void settle_past(struct journal *journal, const struct period *periods, size_t n)
{
    struct rows past;
    struct err err;

    for (size_t i = 0; i < n; i++) {
        if (!rows_open(&past, period_path(journal->params.directory, periods[i], journal->scratch),
                       DATABASE_WRITE, &err)) {
            notice(journal, err.words);
            continue;
        }
        if (!journal_settle(&past.database, &err))
            notice(journal, err.words);
        rows_close(&past);
    }
}

static bool open_newest(struct journal *journal, struct err *err)
{
    struct period *periods;
    size_t n;

    if (!period_list(journal->params.directory, journal->arena, &periods, &n, err))
        return false;
    if (n == 0)
        return open_period(journal, next_period(journal, journal->params.now), err);
    settle_past(journal, periods + 1, n - 1);
    if (open_period(journal, periods[0], err))
        return true;
    if (journal->rows.database.trouble != DATABASE_DAMAGED)
        return false;
    set_aside(journal);
    return open_period(journal, next_period(journal, journal->params.now), err);
}

static bool lock(struct journal *journal, struct err *err)
{
    const char *path =
        arena_c_str(journal->arena, arena_printf(journal->arena, "%s/lock", journal->directory));

    journal->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (journal->lock < 0)
        return err_errno(err, errno, "opening %s", path);
    if (flock(journal->lock, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? err_set(err, "%s: another process writes this journal", path)
                                    : err_errno(err, errno, "locking %s", path);
    return true;
}

static bool make_directory(struct journal *journal, struct err *err)
{
    if (mkdir(journal->directory, 0750) < 0 && errno != EEXIST)
        return err_errno(err, errno, "making the journal's directory %s", journal->directory);
    return true;
}

struct journal *journal_open(const struct journal_params *params, struct err *err)
{
    struct arena *arena = arena_new();
    struct journal *journal = arena_new_of(arena, struct journal);

    *journal = (struct journal){.arena = arena, .params = *params, .lock = -1, .scratch = arena_new()};
    journal->period.day = -1;
    journal->params.directory = arena_str(arena, params->directory);
    journal->directory = arena_c_str(arena, params->directory);
    if (!journal->params.sizes.day)
        journal->params.sizes.day = LIMIT_JOURNAL_DAY;
    if (!journal->params.sizes.week)
        journal->params.sizes.week = LIMIT_JOURNAL_WEEK;
    if (!journal->params.wal)
        journal->params.wal = LIMIT_JOURNAL_WAL;
    if (make_directory(journal, err) && lock(journal, err) && open_newest(journal, err))
        return journal;
    journal_close(journal);
    return NULL;
}

/* ---- rows ---- */

static void tell(struct journal *journal, bool written, const char *words)
{
    /* A `done` may add records again: the list is emptied first. */
    size_t n = journal->waiting;
    struct waiter waiters[LIMIT_JOURNAL_BATCH];

    memcpy(waiters, journal->waiters, n * sizeof(*waiters));
    journal->waiting = 0;
    if (written)
        journal->counts.written += n;
    else
        journal->counts.failed += n;
    for (size_t i = 0; i < n; i++)
        waiters[i].done(waiters[i].context, written, words);
}

/* The batch is lost, and all of it is told. A file that turned out to be damaged is set aside. */
static void fail_batch(struct journal *journal, const char *words)
{
    struct database *database = &journal->rows.database;
    struct err ignored;

    journal->begun = false;
    if (database->handle && !database_rolled_back(database) && !database_run(database, "ROLLBACK", &ignored))
        notice(journal, ignored.words);
    if (database->trouble == DATABASE_DAMAGED) {
        set_aside(journal);
        database->trouble = DATABASE_NO_TROUBLE;
    }
    tell(journal, false, words);
}

/* After a failure there may be no file. */
static bool ready(struct journal *journal, int64_t now, struct err *err)
{
    if (!journal->rows.database.handle && !open_period(journal, next_period(journal, now), err))
        return false;
    if (journal->begun)
        return true;
    journal->begun = database_run(&journal->rows.database, "BEGIN IMMEDIATE", err);
    return journal->begun;
}

void journal_add(struct journal *journal, const struct record *record, journal_done *done, void *context)
{
    struct database *database = &journal->rows.database;
    unsigned cut = 0;
    struct err err;
    bool added;

    assert(journal->waiting < LIMIT_JOURNAL_BATCH);
    added =
        ready(journal, record->time, &err) && rows_add(&journal->rows, record, journal->scratch, &cut, &err);
    arena_reset(journal->scratch);
    if (added) {
        journal->counts.cut += cut > 0;
        journal->waiters[journal->waiting++] = (struct waiter){done, context};
        return;
    }
    err_context(&err, "the record %.*s", PS(record->id));
    /* An id that is there already fails at the first statement and leaves nothing; the batch goes on. */
    if (journal->begun && database->trouble != DATABASE_DUPLICATE)
        fail_batch(journal, err.words);
    database->trouble = DATABASE_NO_TROUBLE;
    journal->counts.failed++;
    done(context, false, err.words);
}

size_t journal_waiting(const struct journal *journal)
{
    return journal->waiting;
}

struct journal_counts journal_counts(const struct journal *journal)
{
    return journal->counts;
}

/* ---- after a commit ---- */

/* Passively while it is short. Over its bound it must shrink; if a reader stands in the way a new file is
 * begun, for what a hung reader may cost is disk space, never mail. */
static void work_off_wal(struct journal *journal, int64_t now)
{
    struct database *database = &journal->rows.database;
    bool over = journal->wal_pages * journal->page_size > journal->params.wal;
    int mode = over ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    struct err err;

    if (journal->wal_pages < CHECKPOINT_PAGES && !over)
        return;
    sqlite3_busy_timeout(database->handle, 0);
    if (sqlite3_wal_checkpoint_v2(database->handle, "main", mode, NULL, NULL) != SQLITE_OK && over) {
        err_set(&err, "a reader keeps the write-ahead log of %s from being emptied; a new file is begun",
                database->path);
        notice(journal, err.words);
        rows_close(&journal->rows);
        if (!open_period(journal, next_period(journal, now), &err))
            notice(journal, err.words);
        return;
    }
    sqlite3_busy_timeout(database->handle, 5000);
}

static bool file_size(struct journal *journal, uint64_t *size)
{
    int64_t pages;

    if (!database_number(&journal->rows.database, "PRAGMA page_count", &pages, NULL))
        return false;
    *size = (uint64_t)pages * journal->page_size;
    return true;
}

static void begin_period_if_due(struct journal *journal, int64_t now)
{
    struct err err;
    uint64_t size;

    if (period_day(now) <= journal->period.day || !file_size(journal, &size) ||
        !period_is_over(journal->period, size, now, journal->params.sizes))
        return;
    if (!journal_settle(&journal->rows.database, &err))
        notice(journal, err.words);
    rows_close(&journal->rows);
    if (!open_period(journal, next_period(journal, now), &err))
        notice(journal, err.words);
}

void journal_commit(struct journal *journal, int64_t now)
{
    struct database *database = &journal->rows.database;
    struct err err;

    if (journal->begun) {
        if (!database_run(database, "COMMIT", &err)) {
            fail_batch(journal, err.words);
            return;
        }
        journal->begun = false;
        journal->counts.commits++;
        journal->counts.wal = journal->wal_pages * journal->page_size;
        tell(journal, true, "");
    }
    if (journal->begun || !database->handle)
        return; /* somebody who was told has added the next */
    work_off_wal(journal, now);
    if (database->handle)
        begin_period_if_due(journal, now);
    arena_reset(journal->scratch);
}

void journal_close(struct journal *journal)
{
    struct arena *arena;

    if (!journal)
        return;
    if (journal->begun)
        fail_batch(journal, "the journal was closed");
    if (journal->rows.database.handle)
        rows_close(&journal->rows);
    if (journal->lock >= 0)
        close(journal->lock);
    arena_free(journal->scratch);
    arena = journal->arena;
    arena_free(arena);
}
