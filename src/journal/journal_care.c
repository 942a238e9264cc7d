/* journal_care.c: removing old files, copying all of them, forgetting an address. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "judge/facts.h"
#include "base/escape.h"
#include "journal/journal_own.h"

/* ---- retention ---- */

/* The time of a file's newest row. One that can't be read has nothing newer than the day on which the next
 * begins. */
static int64_t newest_time(str path, struct period next)
{
    struct database database;
    int64_t time;
    bool ok = database_open(&database, path, DATABASE_READ, &journal_kind, NULL) &&
              database_number(&database, "SELECT max(time) FROM message", &time, NULL);

    database_close(&database);
    return ok ? time : (next.day + 1) * INT64_C(86400);
}

static bool remove_file(str path, struct arena *arena, struct err *err)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
        const char *name = arena_c_str(arena, arena_printf(arena, "%.*s%s", PS(path), tails[i]));

        if (unlink(name) < 0 && errno != ENOENT)
            return err_errno(err, errno, "removing %s", name);
    }
    return true;
}

bool journal_expire(struct journal *journal, int64_t before, size_t *removed, struct err *err)
{
    struct arena *arena = arena_new();
    struct period *periods;
    size_t n;
    bool ok = period_list(journal->params.directory, arena, &periods, &n, err);

    *removed = 0;
    for (size_t i = n; ok && i-- > 1;) { /* the newest is written to */
        str path = period_path(journal->params.directory, periods[i], arena);

        if (newest_time(path, periods[i - 1]) < before) {
            ok = remove_file(path, arena, err);
            *removed += ok;
        }
    }
    arena_free(arena);
    return ok;
}

/* ---- backup ---- */

bool journal_backup(str directory, str to, size_t *copied, struct err *err)
{
    struct arena *arena = arena_new();
    struct database database;
    struct period *periods;
    size_t n;
    bool ok = period_list(directory, arena, &periods, &n, err);

    *copied = 0;
    for (size_t i = 0; ok && i < n; i++) {
        ok = database_open(&database, period_path(directory, periods[i], arena), DATABASE_READ, &journal_kind,
                           err);
        if (!ok && database.trouble == DATABASE_MISSING) {
            ok = true; /* it expired meanwhile, or is only just begun */
            continue;
        }
        ok = ok && database_backup(&database, period_path(to, periods[i], arena), err);
        database_close(&database);
        *copied += ok;
    }
    arena_free(arena);
    return ok;
}

/* ---- forgetting ---- */

struct forgetting {
    str address, pseudonym;
    str in_json; /* the address as it stands in a JSON text, lower case */
    struct arena *arena;
    struct journal_forgotten *forgotten;
    bool changed;
};

/* As a part of a word too: what is left of "xjoe@example.com" says nothing of joe@example.com, but a reader
 * could not tell. */
static void forget_in_text(void *context, str *text)
{
    struct forgetting *forgetting = context;
    str changed = arena_replace(forgetting->arena, *text, forgetting->address, forgetting->pseudonym);

    forgetting->changed |= changed.p != text->p;
    *text = changed;
}

static void forget_in_facts(struct forgetting *forgetting, struct record *record)
{
    str lower = arena_lower(forgetting->arena, record->facts);
    struct facts facts;

    if (str_find_str(lower, forgetting->in_json) == lower.n)
        return;
    if (facts_read(&facts, record->facts, forgetting->arena, NULL) == FACTS_OK) {
        facts_replace(&facts, forgetting->address, forgetting->pseudonym, forgetting->arena);
        record->facts = facts_write(&facts, forgetting->arena);
    } else {
        record->facts = S("");
        forgetting->forgotten->facts_dropped++;
    }
    forgetting->changed = true;
}

static bool forget_in_row(struct rows *rows, int64_t number, struct forgetting *forgetting, struct err *err)
{
    struct record record;
    bool found;

    if (!rows_read(rows, number, &record, &found, forgetting->arena, err))
        return false;
    if (!found)
        return true;
    forgetting->changed = false;
    forget_in_facts(forgetting, &record);
    rows_each_text(&record, forget_in_text, forgetting);
    if (!forgetting->changed)
        return true;
    forgetting->forgotten->rows++;
    return rows_rewrite(rows, number, &record, forgetting->arena, err);
}

static bool forget_values(struct rows *rows, const struct forgetting *forgetting, struct err *err)
{
    static const char sql[] = "UPDATE value SET value = ? WHERE value = ?";
    sqlite3_stmt *statement = database_prepare(&rows->database, sql, err);
    bool ok;

    if (!statement)
        return false;
    database_bind_text(statement, 1, arena_lower(forgetting->arena, forgetting->pseudonym));
    database_bind_text(statement, 2, arena_lower(forgetting->arena, forgetting->address));
    ok = database_do(&rows->database, statement, err);
    sqlite3_finalize(statement);
    return ok;
}

/* All rows, in one transaction. */
static bool forget_rows(struct rows *rows, struct forgetting *forgetting, struct err *err)
{
    int64_t last;
    bool ok = database_run(&rows->database, "PRAGMA secure_delete=ON; BEGIN IMMEDIATE", err) &&
              database_number(&rows->database, "SELECT max(number) FROM message", &last, err) &&
              forget_values(rows, forgetting, err);

    for (int64_t number = 1; ok && number <= last; number++) {
        struct arena_mark mark = arena_mark(forgetting->arena);

        ok = forget_in_row(rows, number, forgetting, err);
        arena_rewind(forgetting->arena, mark);
    }
    if (ok)
        ok = database_run(&rows->database, "COMMIT", err);
    else if (!database_rolled_back(&rows->database) && !database_run(&rows->database, "ROLLBACK", NULL))
        return false;
    return ok && database_run(&rows->database, "PRAGMA wal_checkpoint(TRUNCATE)", err);
}

static bool forget_in_period(struct journal *journal, struct period period, struct forgetting *forgetting,
                             struct err *err)
{
    bool newest = period.day == journal->period.day && period.number == journal->period.number;
    struct rows past, *rows = newest ? &journal->rows : &past;
    bool ok = true;

    if (!newest)
        ok = rows_open(&past, period_path(journal->params.directory, period, forgetting->arena),
                       DATABASE_WRITE, err);
    else if (!journal->rows.database.handle)
        return err_set(err, "the newest file of the journal is not open after a failure");
    ok = ok && forget_rows(rows, forgetting, err);
    if (!newest) {
        ok = ok && journal_settle(&past.database, err);
        rows_close(&past);
    }
    forgetting->forgotten->periods += ok;
    return ok;
}

bool journal_forget(struct journal *journal, str address, str pseudonym, struct journal_forgotten *forgotten,
                    struct err *err)
{
    struct arena *arena = arena_new();
    struct forgetting forgetting = {address, pseudonym, S(""), arena, forgotten, false};
    struct buf in_json = buf_new(arena, SIZE_MAX / 2);
    struct period *periods;
    size_t n;
    bool ok;

    assert(!journal->begun && address.n > 0);
    *forgotten = (struct journal_forgotten){0};
    escape_json(&in_json, arena_lower(arena, address));
    forgetting.in_json = str_sub(buf_str(&in_json), 1, in_json.n - 2);
    ok = period_list(journal->params.directory, arena, &periods, &n, err);
    for (size_t i = 0; ok && i < n; i++)
        ok = forget_in_period(journal, periods[i], &forgetting, err);
    arena_free(arena);
    return ok;
}
