/* quarantine_backup.c: a copy of a quarantine while its writer goes on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/quarantine_file.h"

enum { PIECE = 256 * 1024 };

struct backup {
    str directory, to;
    struct database copy; /* of the index */
    struct arena *arena;  /* of one item */
    struct quarantine_copied *copied;
    struct err *err;
};

static bool copy_bytes(int from, int to)
{
    char piece[PIECE];
    ssize_t got, put;

    while ((got = read(from, piece, sizeof(piece))) != 0) {
        if (got < 0 && errno != EINTR)
            return false;
        for (ssize_t n = 0; n < got; n += put)
            if ((put = write(to, piece + n, (size_t)(got - n))) < 0) {
                if (errno != EINTR)
                    return false;
                put = 0;
            }
    }
    return fsync(to) == 0;
}

static bool copy_file(const char *from, const char *to, struct err *err)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
        out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = in >= 0 && out >= 0 && copy_bytes(in, out);

    if (!ok)
        err_errno(err, errno, "copying %s", from);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return ok;
}

static bool make_folder(const struct backup *backup, const char *path, struct err *err)
{
    str folder = str_from(path);

    folder.n = str_rfind(folder, '/');
    if (mkdir(arena_c_str(backup->arena, folder), 0700) < 0 && errno != EEXIST)
        return err_errno(err, errno, "making %.*s", PS(folder));
    return true;
}

/* A second name for the same file where that can be: it never changes. *there is false if it was let go of
 * meanwhile. */
static bool take_file(struct backup *backup, const uint8_t sha256[32], bool *there)
{
    const char *from = quarantine_path(backup->directory, sha256, backup->arena),
               *to = quarantine_path(backup->to, sha256, backup->arena);

    *there = true;
    if (!make_folder(backup, to, backup->err))
        return false;
    if (link(from, to) == 0 || errno == EEXIST)
        return true;
    *there = errno != ENOENT;
    return !*there || copy_file(from, to, backup->err);
}

static bool drop_item(struct backup *backup, int64_t number)
{
    char sql[100];

    snprintf(sql, sizeof(sql),
             "DELETE FROM recipient WHERE item = %lld; DELETE FROM item WHERE number = %lld",
             (long long)number, (long long)number);
    backup->copied->dropped++;
    return database_run(&backup->copy, sql, backup->err);
}

/* The next item behind *number, which is moved to it; 0: there is none. */
static bool next_item(struct backup *backup, sqlite3_stmt *statement, int64_t *number, uint8_t sha256[32])
{
    bool row;

    sqlite3_bind_int64(statement, 1, *number);
    *number = 0;
    if (!database_step(&backup->copy, statement, &row, backup->err))
        return false;
    if (!row)
        return true;
    *number = sqlite3_column_int64(statement, 0);
    memset(sha256, 0, 32);
    if (sqlite3_column_bytes(statement, 1) == 32)
        memcpy(sha256, sqlite3_column_blob(statement, 1), 32);
    sqlite3_reset(statement);
    return true;
}

/* The writer removes a row first and then its file, so a file that is not there had its row removed since the
 * copy of the index was made: it goes there too. */
static bool take_files(struct backup *backup)
{
    sqlite3_stmt *statement = database_prepare(
        &backup->copy, "SELECT number, sha256 FROM item WHERE number > ? ORDER BY number LIMIT 1",
        backup->err);
    uint8_t sha256[32];
    int64_t number = 0;
    bool there, ok = statement != NULL;

    while (ok && (ok = next_item(backup, statement, &number, sha256)) && number) {
        ok = take_file(backup, sha256, &there) && (there || drop_item(backup, number));
        backup->copied->items += ok && there;
        arena_reset(backup->arena);
    }
    sqlite3_finalize(statement);
    return ok;
}

static bool copy_index(struct backup *backup, str to, struct arena *arena)
{
    struct database index;
    bool ok = database_open(&index, arena_printf(arena, "%.*s/index.db", PS(backup->directory)),
                            DATABASE_READ, &quarantine_kind, backup->err) &&
              database_backup(&index, to, backup->err);

    database_close(&index);
    return ok;
}

bool quarantine_backup(str directory, str to, struct quarantine_copied *copied, struct err *err)
{
    struct arena *arena = arena_new();
    struct backup backup = {
        .directory = directory, .to = to, .arena = arena_new(), .copied = copied, .err = err};
    str index = arena_printf(arena, "%.*s/index.db", PS(to));
    bool ok = copy_index(&backup, index, arena);

    *copied = (struct quarantine_copied){0};
    ok = ok && database_open(&backup.copy, index, DATABASE_WRITE, &quarantine_kind, err) &&
         database_run(&backup.copy, "BEGIN", err) && take_files(&backup) &&
         database_run(&backup.copy, "COMMIT; PRAGMA journal_mode=DELETE", err) &&
         directory_sync(arena_c_str(arena, to), err);
    database_close(&backup.copy);
    arena_free(backup.arena);
    arena_free(arena);
    return ok;
}
