/* database.c: the border to SQLite. */
#include "journal/database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUSY_MS = 5000, /* nobody holds a lock that long: readers are short, and there is one writer */
    CACHE_KB = 16384,
    BACKUP_PAGES = 256, /* a step */
};

/* ---- what went wrong ---- */

static const struct {
    int code; /* primary or extended */
    enum database_trouble trouble;
    const char *words;
} troubles[] = {
    {SQLITE_FULL, DATABASE_FULL, "there is no space left on the disk"},
    {SQLITE_READONLY, DATABASE_READ_ONLY, "it can't be written (read-only)"},
    {SQLITE_CORRUPT, DATABASE_DAMAGED, "the file is damaged"},
    {SQLITE_NOTADB, DATABASE_DAMAGED, "the file is damaged: it is no database"},
    {SQLITE_IOERR, DATABASE_FAILED, "reading or writing failed"},
    {SQLITE_BUSY, DATABASE_BUSY, "another process holds it"},
    {SQLITE_LOCKED, DATABASE_BUSY, "it is in use"},
    {SQLITE_CONSTRAINT, DATABASE_DUPLICATE, "it is there already"},
    {SQLITE_PERM, DATABASE_READ_ONLY, "no permission"},
};

bool database_failed(struct database *database, const char *doing, struct err *err)
{
    int code = sqlite3_errcode(database->handle);
    int system = sqlite3_system_errno(database->handle);
    const char *words = sqlite3_errmsg(database->handle);

    database->trouble = DATABASE_FAILED;
    for (size_t i = 0; i < sizeof(troubles) / sizeof(*troubles); i++) {
        if ((code & 0xff) != troubles[i].code)
            continue;
        database->trouble = troubles[i].trouble;
        words = troubles[i].words;
    }
    if ((code & 0xff) == SQLITE_IOERR && system)
        return err_errno(err, system, "%s %s: %s", doing, database->path, words);
    return err_set(err, "%s %s: %s", doing, database->path, words);
}

bool database_rolled_back(const struct database *database)
{
    return sqlite3_get_autocommit(database->handle) != 0;
}

/* ---- statements ---- */

bool database_run(struct database *database, const char *sql, struct err *err)
{
    if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        return database_failed(database, "using", err);
    return true;
}

sqlite3_stmt *database_prepare(struct database *database, const char *sql, struct err *err)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK)
        database_failed(database, "reading", err);
    return statement;
}

bool database_step(struct database *database, sqlite3_stmt *statement, bool *row, struct err *err)
{
    int code = sqlite3_step(statement);
    bool ok = true;

    *row = code == SQLITE_ROW;
    if (*row)
        return true;
    if (code != SQLITE_DONE)
        ok = database_failed(database, sqlite3_stmt_readonly(statement) ? "reading" : "writing", err);
    sqlite3_reset(statement);
    return ok;
}

bool database_do(struct database *database, sqlite3_stmt *statement, struct err *err)
{
    bool row;

    if (!database_step(database, statement, &row, err))
        return false;
    assert(!row);
    return true;
}

bool database_number(struct database *database, const char *sql, int64_t *number, struct err *err)
{
    sqlite3_stmt *statement = database_prepare(database, sql, err);
    bool row, ok;

    *number = 0;
    if (!statement)
        return false;
    ok = database_step(database, statement, &row, err);
    if (ok && row)
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return ok;
}

void database_bind_text(sqlite3_stmt *statement, int n, str text)
{
    sqlite3_bind_text64(statement, n, text.p ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

void database_bind_blob(sqlite3_stmt *statement, int n, const void *bytes, size_t size)
{
    sqlite3_bind_blob64(statement, n, bytes, size, SQLITE_STATIC);
}

str database_text(sqlite3_stmt *statement, int n, struct arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(statement, n);

    return arena_str(arena, (str){text, text ? (size_t)sqlite3_column_bytes(statement, n) : 0});
}

/* ---- opening ---- */

bool directory_sync(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        err_errno(err, errno, "writing the directory %s", path);
    if (fd >= 0)
        close(fd);
    return ok;
}

/* SQLite gives the files beside it the mode of this one. */
static bool make_file(struct database *database, struct err *err)
{
    int fd = open(database->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

    if (fd < 0) {
        database->trouble = errno == ENOSPC                     ? DATABASE_FULL
                            : errno == EACCES || errno == EROFS ? DATABASE_READ_ONLY
                                                                : DATABASE_FAILED;
        return err_errno(err, errno, "making %s", database->path);
    }
    close(fd);
    return true;
}

static bool open_handle(struct database *database, enum database_mode mode, struct err *err)
{
    int flags = mode == DATABASE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;

    if (sqlite3_open_v2(database->path, &database->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
                        NULL) != SQLITE_OK)
        return database_failed(database, "opening", err);
    sqlite3_extended_result_codes(database->handle, 1);
    sqlite3_busy_timeout(database->handle, BUSY_MS);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return true;
}

static bool refuse(struct database *database, struct err *err, const char *why)
{
    database->trouble = DATABASE_OTHER;
    return err_set(err, "opening %s: %s", database->path, why);
}

static bool migrate(struct database *database, const struct database_kind *kind, size_t from, struct err *err)
{
    char sql[80];

    for (size_t i = from; i < kind->version; i++)
        if (!database_run(database, kind->migrations[i], err))
            return err_context(err, "bringing it to version %zu", i + 1);
    snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%zu", kind->application,
             kind->version);
    return database_run(database, sql, err);
}

/* Whose file it is, of which version, and whether that will do. */
static bool check_version(struct database *database, enum database_mode mode,
                          const struct database_kind *kind, struct err *err)
{
    int64_t application, version, tables;
    char words[200];

    if (!database_number(database, "PRAGMA application_id", &application, err) ||
        !database_number(database, "PRAGMA user_version", &version, err) ||
        !database_number(database, "SELECT count(*) FROM sqlite_schema", &tables, err))
        return false;
    if (mode == DATABASE_READ && !application && !version && !tables) {
        database->trouble = DATABASE_MISSING;
        return err_set(err, "opening %s: it is empty yet", database->path);
    }
    snprintf(words, sizeof(words), "it is no %s of this program", kind->name);
    if (application != kind->application && (application || version || tables))
        return refuse(database, err, words);
    snprintf(words, sizeof(words), "it has version %lld, and this program knows version %zu",
             (long long)version, kind->version);
    if (version < 0 || (size_t)version > kind->version ||
        (mode == DATABASE_READ && (size_t)version < kind->version))
        return refuse(database, err, words);
    return (size_t)version == kind->version || migrate(database, kind, (size_t)version, err);
}

/* The version is looked at and raised in one transaction: what a crash leaves is the old one or the new one.
 */
static bool open_writer(struct database *database, const struct database_kind *kind, struct err *err)
{
    char sql[200];

    snprintf(sql, sizeof(sql),
             "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-%d; "
             "PRAGMA wal_autocheckpoint=0; BEGIN IMMEDIATE",
             CACHE_KB);
    return database_run(database, sql, err) && check_version(database, DATABASE_WRITE, kind, err) &&
           database_run(database, "COMMIT", err);
}

bool database_open(struct database *database, str path, enum database_mode mode,
                   const struct database_kind *kind, struct err *err)
{
    bool ok;

    *database = (struct database){0};
    if (path.n >= sizeof(database->path))
        return err_set(err, "the path %.*s is too long", PS(path));
    memcpy(database->path, path.p, path.n);
    if (mode == DATABASE_READ && access(database->path, F_OK) < 0) {
        database->trouble = errno == ENOENT ? DATABASE_MISSING : DATABASE_FAILED;
        return err_errno(err, errno, "opening %s", database->path);
    }
    ok =
        (mode == DATABASE_READ || make_file(database, err)) && open_handle(database, mode, err) &&
        (mode == DATABASE_READ ? check_version(database, mode, kind, err) : open_writer(database, kind, err));
    if (!ok)
        database_close(database);
    return ok;
}

void database_close(struct database *database)
{
    sqlite3_close_v2(database->handle);
    database->handle = NULL;
}

/* ---- backup ---- */

static bool copy_pages(struct database *database, sqlite3 *target, struct err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", database->handle, "main");
    int code = SQLITE_ERROR;

    if (backup) {
        while ((code = sqlite3_backup_step(backup, BACKUP_PAGES)) == SQLITE_OK)
            continue;
        sqlite3_backup_finish(backup);
    }
    if (code != SQLITE_DONE)
        return err_set(err, "copying %s: %s", database->path, sqlite3_errmsg(target));
    return true;
}

/* A read transaction around it, or each commit of the writer would make it begin again. */
static bool backup_to(struct database *database, const char *path, struct err *err)
{
    sqlite3 *target = NULL;
    int64_t tables;
    bool ok;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_errno(err, errno, "making %s", path);
    close(fd);
    if (sqlite3_open_v2(path, &target, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        err_set(err, "making %s: %s", path, sqlite3_errmsg(target));
        sqlite3_close(target);
        return false;
    }
    ok = database_run(database, "BEGIN", err) &&
         database_number(database, "SELECT count(*) FROM sqlite_schema", &tables, err) &&
         copy_pages(database, target, err);
    if (!database_rolled_back(database))
        ok = database_run(database, "COMMIT", ok ? err : NULL) && ok;
    /* One plain file, whatever the original was. */
    if (ok && sqlite3_exec(target, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) != SQLITE_OK)
        ok = err_set(err, "writing %s: %s", path, sqlite3_errmsg(target));
    sqlite3_close(target);
    return ok;
}

bool database_backup(struct database *database, str to, struct err *err)
{
    char path[4096], part[4096 + 8], directory[4096];
    size_t slash = str_rfind(to, '/');

    if (to.n >= sizeof(path) || slash == to.n)
        return err_set(err, "%.*s can't be the path of a backup", PS(to));
    snprintf(path, sizeof(path), "%.*s", PS(to));
    snprintf(part, sizeof(part), "%s.part", path);
    snprintf(directory, sizeof(directory), "%.*s", PS(str_sub(to, 0, slash)));
    unlink(part);
    if (!backup_to(database, part, err)) {
        unlink(part);
        return false;
    }
    if (rename(part, path) < 0)
        return err_errno(err, errno, "making %s", path);
    return directory_sync(directory, err);
}
