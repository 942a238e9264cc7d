/* quarantine.c: the index of what is held, and keeping it and the files in step. */
#include "journal/quarantine.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/quarantine_own.h"

enum { ORPHAN_AGE = 3600 }; /* seconds: longer than any item waits for its commit */

static const char version_1[] = "CREATE TABLE item ("
                                " number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time INTEGER NOT NULL,"
                                " mail_from TEXT," /* NULL: not known */
                                " from_domain TEXT, class TEXT, reason TEXT,"
                                " sha256 BLOB NOT NULL, size INTEGER NOT NULL, stored INTEGER NOT NULL);"
                                "CREATE INDEX item_time ON item (time);"
                                "CREATE INDEX item_sha256 ON item (sha256, stored);"
                                "CREATE TABLE recipient ("
                                " item INTEGER NOT NULL, position INTEGER NOT NULL, address TEXT,"
                                " PRIMARY KEY (item, position)) WITHOUT ROWID;";
/* A try to deliver a held message to one of its recipients after all, see release.h. */
static const char version_2[] =
    "ALTER TABLE item ADD COLUMN direction TEXT;"
    "CREATE TABLE release ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT NOT NULL, recipient TEXT NOT NULL,"
    " begun INTEGER NOT NULL, expires INTEGER NOT NULL, secret BLOB NOT NULL, body BLOB NOT NULL,"
    " reply TEXT NOT NULL DEFAULT '', ended INTEGER NOT NULL DEFAULT 0, redeemed INTEGER NOT NULL DEFAULT 0,"
    " passed INTEGER NOT NULL DEFAULT 0, words TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX release_item ON release (item);";
static const char *const migrations[] = {version_1, version_2};
const struct database_kind quarantine_kind = {"quarantine", 0x50537471, migrations,
                                              sizeof(migrations) / sizeof(*migrations)};

/* ---- opening ---- */

static const char *within(str directory, const char *name, struct arena *arena)
{
    return arena_c_str(arena, arena_printf(arena, "%.*s/%s", PS(directory), name));
}

static bool make_directory(const char *path, struct err *err)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return err_errno(err, errno, "making %s", path);
    return true;
}

static bool lock(struct quarantine *quarantine, struct err *err)
{
    const char *path = within(quarantine->directory, "lock", quarantine->arena);

    quarantine->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (quarantine->lock < 0)
        return err_errno(err, errno, "opening %s", path);
    if (flock(quarantine->lock, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? err_set(err, "%s: another process writes this quarantine", path)
                                    : err_errno(err, errno, "locking %s", path);
    return true;
}

static bool open_index(struct quarantine *quarantine, struct err *err)
{
    struct database *index = &quarantine->index;

    if (!database_open(index, str_from(within(quarantine->directory, "index.db", quarantine->arena)),
                       DATABASE_WRITE, &quarantine_kind, err) ||
        !database_run(index, "PRAGMA wal_autocheckpoint=1000; PRAGMA secure_delete=ON", err))
        return false;
    quarantine->add_item =
        database_prepare(index,
                         "INSERT INTO item (id, time, mail_from, from_domain, class, reason,"
                         " sha256, size, stored, direction) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         err);
    quarantine->add_recipient =
        database_prepare(index, "INSERT INTO recipient (item, position, address) VALUES (?, ?, ?)", err);
    return quarantine->add_item && quarantine->add_recipient;
}

struct quarantine *quarantine_open(str directory, struct err *err)
{
    struct arena *arena = arena_new();
    struct quarantine *quarantine = arena_new_of(arena, struct quarantine);
    bool ok;

    *quarantine = (struct quarantine){.arena = arena, .scratch = arena_new(), .lock = -1};
    quarantine->directory = arena_str(arena, directory);
    ok = make_directory(arena_c_str(arena, directory), err) &&
         make_directory(within(directory, "tmp", arena), err) && lock(quarantine, err) &&
         open_index(quarantine, err) && directory_sync(arena_c_str(arena, directory), err);
    if (!ok) {
        quarantine_close(quarantine);
        return NULL;
    }
    quarantine_clear_temporary(directory, arena);
    return quarantine;
}

void quarantine_close(struct quarantine *quarantine)
{
    struct arena *arena;

    if (!quarantine)
        return;
    sqlite3_finalize(quarantine->add_item);
    sqlite3_finalize(quarantine->add_recipient);
    database_close(&quarantine->index);
    if (quarantine->lock >= 0)
        close(quarantine->lock);
    arena_free(quarantine->scratch);
    arena = quarantine->arena;
    arena_free(arena);
}

/* ---- putting in ---- */

bool quarantine_begin(struct quarantine *quarantine, struct err *err)
{
    if (!quarantine->begun)
        quarantine->begun = database_run(&quarantine->index, "BEGIN IMMEDIATE", err);
    return quarantine->begun;
}

static bool add_recipients(struct quarantine *quarantine, const struct quarantine_item *item, int64_t number,
                           struct err *err)
{
    sqlite3_stmt *statement = quarantine->add_recipient;

    for (size_t i = 0; i < item->recipient_count; i++) {
        sqlite3_bind_int64(statement, 1, number);
        sqlite3_bind_int64(statement, 2, (int64_t)i);
        database_bind_text(statement, 3, item->recipients[i]);
        if (!database_do(&quarantine->index, statement, err))
            return false;
    }
    return true;
}

static bool add_item(struct quarantine *quarantine, const struct quarantine_item *item, uint64_t stored,
                     struct err *err)
{
    sqlite3_stmt *statement = quarantine->add_item;

    database_bind_text(statement, 1, item->id);
    sqlite3_bind_int64(statement, 2, item->time);
    if (item->has_mail_from)
        database_bind_text(statement, 3, item->mail_from);
    else
        sqlite3_bind_null(statement, 3);
    database_bind_text(statement, 4, item->from_domain);
    database_bind_text(statement, 5, item->result_class);
    database_bind_text(statement, 6, item->reason);
    database_bind_blob(statement, 7, item->sha256, sizeof(item->sha256));
    sqlite3_bind_int64(statement, 8, (int64_t)item->size);
    sqlite3_bind_int64(statement, 9, (int64_t)stored);
    database_bind_text(statement, 10, item->direction);
    return database_do(&quarantine->index, statement, err) &&
           add_recipients(quarantine, item, sqlite3_last_insert_rowid(quarantine->index.handle), err);
}

void quarantine_roll_back(struct quarantine *quarantine)
{
    if (!database_rolled_back(&quarantine->index))
        sqlite3_exec(quarantine->index.handle, "ROLLBACK", NULL, NULL, NULL);
}

/* An id that is there already fails at the first statement and leaves nothing. After anything else the whole
 * batch is undone, and the commit tells. */
static bool add_row(struct quarantine *quarantine, const struct quarantine_item *item, uint64_t stored,
                    struct err *err)
{
    if (database_rolled_back(&quarantine->index))
        return err_set(err, "writing %s failed before", quarantine->index.path);
    if (add_item(quarantine, item, stored, err))
        return true;
    if (quarantine->index.trouble != DATABASE_DUPLICATE)
        quarantine_roll_back(quarantine);
    return false;
}

bool quarantine_put(struct quarantine *quarantine, struct quarantine_item *item, str raw, struct err *err)
{
    struct stat status;
    bool ok;

    quarantine_digest(raw, item->sha256);
    item->size = raw.n;
    ok = quarantine_write_file(quarantine->directory, item->sha256, raw, quarantine->scratch, err);
    if (ok && stat(quarantine_path(quarantine->directory, item->sha256, quarantine->scratch), &status) < 0)
        ok = err_errno(err, errno, "looking at a file of the quarantine");
    ok = ok && quarantine_begin(quarantine, err) && add_row(quarantine, item, (uint64_t)status.st_size, err);
    arena_reset(quarantine->scratch);
    return ok;
}

bool quarantine_commit(struct quarantine *quarantine, struct err *err)
{
    struct database *index = &quarantine->index;
    bool ok;

    if (!quarantine->begun)
        return true;
    quarantine->begun = false;
    if (database_rolled_back(index))
        return err_set(err, "writing %s failed before", index->path);
    ok = database_run(index, "COMMIT", err);
    if (!ok)
        quarantine_roll_back(quarantine);
    return ok;
}

/* ---- letting go ---- */

/* A statement with one parameter of text, blob or number that gives a number, or none (0). */
static bool ask_number(struct quarantine *quarantine, sqlite3_stmt *statement, int64_t *number,
                       struct err *err)
{
    bool row, ok = statement && database_step(&quarantine->index, statement, &row, err);

    *number = ok && row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return ok;
}

static bool is_wanted(struct quarantine *quarantine, const uint8_t sha256[32], bool *wanted, struct err *err)
{
    sqlite3_stmt *statement =
        database_prepare(&quarantine->index, "SELECT count(*) FROM item WHERE sha256 = ?", err);
    int64_t count;

    if (statement)
        database_bind_blob(statement, 1, sha256, 32);
    if (!ask_number(quarantine, statement, &count, err))
        return false;
    *wanted = count > 0;
    return true;
}

static bool remove_if_unwanted(struct quarantine *quarantine, const uint8_t sha256[32], struct err *err)
{
    const char *path = quarantine_path(quarantine->directory, sha256, quarantine->scratch);
    bool wanted;

    if (!is_wanted(quarantine, sha256, &wanted, err))
        return false;
    if (!wanted && unlink(path) < 0 && errno != ENOENT)
        return err_errno(err, errno, "removing %s", path);
    return true;
}

static bool delete_rows(struct quarantine *quarantine, int64_t number, struct err *err)
{
    static const char *const deletes[] = {"DELETE FROM recipient WHERE item = ?",
                                          ("DELETE FROM release WHERE item ="
                                           " (SELECT id FROM item WHERE number = ?)"),
                                          "DELETE FROM item WHERE number = ?"};
    bool ok = true;

    for (size_t i = 0; ok && i < sizeof(deletes) / sizeof(*deletes); i++) {
        sqlite3_stmt *statement = database_prepare(&quarantine->index, deletes[i], err);

        ok = statement != NULL;
        if (ok) {
            sqlite3_bind_int64(statement, 1, number);
            ok = database_do(&quarantine->index, statement, err);
        }
        sqlite3_finalize(statement);
    }
    return ok;
}

/* Items whose rows went in the open transaction. */
struct dropped {
    uint8_t sha256[QUARANTINE_AT_ONCE][32];
    size_t n;
    uint64_t bytes; /* of files that no item wants any more */
};

static bool drop(struct quarantine *quarantine, int64_t number, struct dropped *dropped, struct err *err)
{
    sqlite3_stmt *statement =
        database_prepare(&quarantine->index, "SELECT sha256, stored FROM item WHERE number = ?", err);
    uint8_t *sha256 = dropped->sha256[dropped->n];
    bool row, wanted, ok = statement != NULL;
    uint64_t stored = 0;

    memset(sha256, 0, 32);
    if (ok) {
        sqlite3_bind_int64(statement, 1, number);
        ok = database_step(&quarantine->index, statement, &row, err);
        if (ok && row && sqlite3_column_bytes(statement, 0) == 32)
            memcpy(sha256, sqlite3_column_blob(statement, 0), 32);
        if (ok && row)
            stored = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    if (!ok || !quarantine_begin(quarantine, err) || !delete_rows(quarantine, number, err) ||
        !is_wanted(quarantine, sha256, &wanted, err))
        return false;
    dropped->n++;
    dropped->bytes += wanted ? 0 : stored;
    return true;
}

/* The rows go first, durably: a file without an item is swept away later, an item without a file would be a
 * loss. */
static bool settle(struct quarantine *quarantine, const struct dropped *dropped, bool ok, struct err *err)
{
    if (!ok)
        quarantine_roll_back(quarantine);
    ok = quarantine_commit(quarantine, ok ? err : NULL) && ok;
    for (size_t i = 0; ok && i < dropped->n; i++)
        ok = remove_if_unwanted(quarantine, dropped->sha256[i], err);
    return ok;
}

static bool find_number(struct quarantine *quarantine, str id, int64_t *number, struct err *err)
{
    sqlite3_stmt *statement =
        database_prepare(&quarantine->index, "SELECT number FROM item WHERE id = ?", err);

    if (statement)
        database_bind_text(statement, 1, id);
    return ask_number(quarantine, statement, number, err);
}

bool quarantine_take_back(struct quarantine *quarantine, const str *ids, size_t n, struct err *err)
{
    struct dropped dropped = {.n = 0};
    int64_t number;
    bool ok = true;

    assert(!quarantine->begun && n <= QUARANTINE_AT_ONCE);
    for (size_t i = 0; ok && i < n; i++)
        ok = find_number(quarantine, ids[i], &number, err) &&
             (number == 0 || drop(quarantine, number, &dropped, err));
    ok = settle(quarantine, &dropped, ok, err);
    arena_reset(quarantine->scratch);
    return ok;
}

bool quarantine_delete(struct quarantine *quarantine, str id, bool *found, struct err *err)
{
    int64_t number;

    if (!find_number(quarantine, id, &number, err))
        return false;
    *found = number != 0;
    return quarantine_take_back(quarantine, &id, 1, err);
}

bool quarantine_size(struct quarantine *quarantine, struct quarantine_size *size, struct err *err)
{
    int64_t items, bytes;

    if (!database_number(&quarantine->index, "SELECT count(*) FROM item", &items, err) ||
        !database_number(&quarantine->index,
                         "SELECT total(stored) FROM (SELECT DISTINCT sha256, stored FROM item)", &bytes, err))
        return false;
    *size = (struct quarantine_size){(uint64_t)items, (uint64_t)bytes};
    return true;
}

/* The oldest item, if it is to go; else 0. */
static bool find_expired(struct quarantine *quarantine, int64_t before, bool too_much, int64_t *number,
                         struct err *err)
{
    int64_t time;

    if (!database_number(&quarantine->index, "SELECT number FROM item ORDER BY time, number LIMIT 1", number,
                         err) ||
        !database_number(&quarantine->index, "SELECT min(time) FROM item", &time, err))
        return false;
    if (time >= before && !too_much)
        *number = 0;
    return true;
}

static bool sweep_folder(struct quarantine *quarantine, int top, const char *name, int64_t now,
                         struct err *err)
{
    int fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    uint8_t sha256[32];
    struct stat status;
    bool ok = true;

    while (dir && ok && (entry = readdir(dir)))
        if (quarantine_parse_name(str_from(entry->d_name), sha256) &&
            fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            status.st_mtime < now - ORPHAN_AGE)
            ok = remove_if_unwanted(quarantine, sha256, err);
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    return ok;
}

/* A sixteenth of the folders, each time the next: to look at all files at once would keep mail waiting. */
static bool sweep(struct quarantine *quarantine, int64_t now, struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    char first = digits[quarantine->swept++ % (sizeof(digits) - 1)];
    const char *path = arena_c_str(quarantine->scratch, quarantine->directory);
    DIR *dir = opendir(path);
    struct dirent *entry;
    bool ok = true;

    if (!dir)
        return err_errno(err, errno, "opening %s", path);
    while (ok && (entry = readdir(dir)))
        if (strlen(entry->d_name) == 2 && entry->d_name[0] == first)
            ok = sweep_folder(quarantine, dirfd(dir), entry->d_name, now, err);
    closedir(dir);
    return ok;
}

bool quarantine_expire(struct quarantine *quarantine, int64_t before, uint64_t max_bytes, int64_t now,
                       size_t *removed, struct err *err)
{
    struct dropped dropped = {.n = 0};
    struct quarantine_size size;
    int64_t number = 1;
    bool ok;

    assert(!quarantine->begun);
    ok = quarantine_size(quarantine, &size, err);
    while (ok && number && dropped.n < QUARANTINE_AT_ONCE) {
        bool too_much = max_bytes > 0 && size.bytes - dropped.bytes > max_bytes;

        ok = find_expired(quarantine, before, too_much, &number, err) &&
             (number == 0 || drop(quarantine, number, &dropped, err));
    }
    ok = settle(quarantine, &dropped, ok, err);
    *removed = ok ? dropped.n : 0;
    if (ok && dropped.n < QUARANTINE_AT_ONCE)
        ok = sweep(quarantine, now, err);
    arena_reset(quarantine->scratch);
    return ok;
}

/* ---- listing ---- */

static bool read_recipients(struct database *index, int64_t number, struct quarantine_item *item,
                            struct arena *arena, struct err *err)
{
    sqlite3_stmt *statement =
        database_prepare(index, "SELECT address FROM recipient WHERE item = ? ORDER BY position", err);
    size_t room = 0;
    str *recipients = NULL;
    bool row, ok = statement != NULL;

    if (ok)
        sqlite3_bind_int64(statement, 1, number);
    while (ok && (ok = database_step(index, statement, &row, err)) && row) {
        if (item->recipient_count == room) {
            str *more = arena_array_of(arena, room = room ? 2 * room : 8, str);

            if (item->recipient_count)
                memcpy(more, recipients, item->recipient_count * sizeof(str));
            recipients = more;
        }
        recipients[item->recipient_count++] = database_text(statement, 0, arena);
    }
    item->recipients = recipients;
    sqlite3_finalize(statement);
    return ok;
}

static void read_item(sqlite3_stmt *statement, struct quarantine_item *item, struct arena *arena)
{
    *item = (struct quarantine_item){
        .id = database_text(statement, 2, arena),
        .time = sqlite3_column_int64(statement, 1),
        .has_mail_from = sqlite3_column_type(statement, 3) != SQLITE_NULL,
        .mail_from = database_text(statement, 3, arena),
        .from_domain = database_text(statement, 4, arena),
        .result_class = database_text(statement, 5, arena),
        .reason = database_text(statement, 6, arena),
        .size = (uint64_t)sqlite3_column_int64(statement, 8),
        .direction = database_text(statement, 9, arena),
    };
    if (sqlite3_column_bytes(statement, 7) == 32)
        memcpy(item->sha256, sqlite3_column_blob(statement, 7), 32);
}

/* The next one older than (time, number), which are moved to it. */
static bool next_item(struct database *index, sqlite3_stmt *statement, int64_t *time, int64_t *number,
                      struct quarantine_item *item, bool *found, struct arena *arena, struct err *err)
{
    sqlite3_bind_int64(statement, 1, *time);
    sqlite3_bind_int64(statement, 2, *number);
    if (!database_step(index, statement, found, err))
        return false;
    if (!*found)
        return true;
    *number = sqlite3_column_int64(statement, 0);
    *time = sqlite3_column_int64(statement, 1);
    read_item(statement, item, arena);
    sqlite3_reset(statement);
    return read_recipients(index, *number, item, arena, err);
}

static bool list_items(struct database *index, const struct quarantine_query *query, quarantine_found *found,
                       void *context, struct err *err)
{
    sqlite3_stmt *statement = database_prepare(
        index,
        "SELECT number, time, id, mail_from, from_domain, class, reason, sha256, size, direction FROM item"
        " WHERE (time, number) < (?1, ?2) AND time >= ?3 AND (?4 = '' OR id = ?4) AND (?5 = '' OR"
        " EXISTS (SELECT 1 FROM recipient WHERE item = number AND lower(address) = lower(?5)))"
        " ORDER BY time DESC, number DESC LIMIT 1",
        err);
    int64_t time = query->until ? query->until : INT64_MAX, number = 0;
    size_t left = query->limit ? query->limit : SIZE_MAX;
    struct arena *arena = arena_new();
    struct quarantine_item item;
    bool more = true, ok = statement != NULL;

    if (ok) {
        sqlite3_bind_int64(statement, 3, query->since);
        database_bind_text(statement, 4, query->id);
        database_bind_text(statement, 5, query->recipient);
    }
    while (ok && more && left-- > 0) {
        ok = next_item(index, statement, &time, &number, &item, &more, arena, err);
        more = ok && more && found(context, &item);
        arena_reset(arena);
    }
    arena_free(arena);
    sqlite3_finalize(statement);
    return ok;
}

bool quarantine_list(str directory, const struct quarantine_query *query, quarantine_found *found,
                     void *context, struct err *err)
{
    struct arena *arena = arena_new();
    struct database index;
    bool ok = database_open(&index, str_from(within(directory, "index.db", arena)), DATABASE_READ,
                            &quarantine_kind, err);

    if (ok)
        ok = list_items(&index, query, found, context, err);
    else if (index.trouble == DATABASE_MISSING)
        ok = true;
    database_close(&index);
    arena_free(arena);
    return ok;
}
