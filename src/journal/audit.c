/* audit.c: who had what done, in a small database of its own beside the journal. */
#include "journal/audit.h"

#include "base/limits.h"
#include "journal/database.h"

static const char version_1[] =
    "CREATE TABLE audit ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, begun INTEGER NOT NULL, time INTEGER NOT NULL,"
    " uid INTEGER NOT NULL, pid INTEGER NOT NULL, user TEXT, deed TEXT NOT NULL, object TEXT,"
    " recipient TEXT, reason TEXT, outcome TEXT NOT NULL, words TEXT);"
    "CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'rows of the audit record "
    "stay'); END;";
static const char *const migrations[] = {version_1};
static const struct database_kind audit_kind = {"audit record", 0x50537475, migrations,
                                                sizeof(migrations) / sizeof(*migrations)};

const char *const audit_outcome_names[] = {
    [AUDIT_BEGUN] = "begun",     [AUDIT_DONE] = "done",           [AUDIT_FAILED] = "failed",
    [AUDIT_REFUSED] = "refused", [AUDIT_UNCERTAIN] = "uncertain", [AUDIT_OUTCOMES] = NULL,
};

struct audit {
    struct arena *arena;
    struct database database;
    sqlite3_stmt *add;
};

static str path_of(str directory, struct arena *arena)
{
    return arena_printf(arena, "%.*s/audit.db", PS(directory));
}

/* ---- writing ---- */

struct audit *audit_open(str directory, struct err *err)
{
    struct arena *arena = arena_new();
    struct audit *audit = arena_new_of(arena, struct audit);
    struct arena *scratch = arena_new();

    *audit = (struct audit){.arena = arena};
    if (database_open(&audit->database, path_of(directory, scratch), DATABASE_WRITE, &audit_kind, err) &&
        database_run(&audit->database, "PRAGMA wal_autocheckpoint=100", err))
        audit->add = database_prepare(&audit->database,
                                      "INSERT INTO audit (begun, time, uid, pid, user, deed, object,"
                                      " recipient, reason, outcome, words) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                                      err);
    arena_free(scratch);
    if (audit->add)
        return audit;
    audit_close(audit);
    return NULL;
}

void audit_close(struct audit *audit)
{
    if (!audit)
        return;
    sqlite3_finalize(audit->add);
    database_close(&audit->database);
    arena_free(audit->arena);
}

static void bind(sqlite3_stmt *statement, int n, str text)
{
    database_bind_text(statement, n, str_sub(text, 0, LIMIT_JOURNAL_TEXT));
}

bool audit_add(struct audit *audit, struct audit_entry *entry, struct err *err)
{
    sqlite3_stmt *statement = audit->add;
    bool ok;

    sqlite3_bind_int64(statement, 1, entry->begun);
    sqlite3_bind_int64(statement, 2, entry->time);
    sqlite3_bind_int64(statement, 3, entry->uid);
    sqlite3_bind_int64(statement, 4, entry->pid);
    bind(statement, 5, entry->user);
    bind(statement, 6, entry->deed);
    bind(statement, 7, entry->object);
    bind(statement, 8, entry->recipient);
    bind(statement, 9, entry->reason);
    bind(statement, 10, str_from(audit_outcome_names[entry->outcome]));
    bind(statement, 11, entry->words);
    ok = database_do(&audit->database, statement, err);
    if (ok)
        entry->number = sqlite3_last_insert_rowid(audit->database.handle);
    return ok || err_context(err, "audit");
}

/* The words and the reason name him where the MTA or the administrator did. */
static bool forget_in_texts(struct audit *audit, str address, str pseudonym, struct err *err)
{
    static const char select[] = "SELECT number, reason, words FROM audit WHERE number > ?1 AND"
                                 " (instr(lower(reason), lower(?2)) OR instr(lower(words), lower(?2)))"
                                 " ORDER BY number LIMIT 1",
                      change[] = "UPDATE audit SET reason = ?, words = ? WHERE number = ?";
    sqlite3_stmt *find = database_prepare(&audit->database, select, err), *update = NULL;
    struct arena *arena = arena_new();
    bool ok = find && (update = database_prepare(&audit->database, change, err)), row = true;
    int64_t number = 0;

    while (ok && row) {
        sqlite3_bind_int64(find, 1, number);
        database_bind_text(find, 2, address);
        ok = database_step(&audit->database, find, &row, err);
        if (!ok || !row)
            break;
        number = sqlite3_column_int64(find, 0);
        database_bind_text(update, 1,
                           arena_replace(arena, database_text(find, 1, arena), address, pseudonym));
        database_bind_text(update, 2,
                           arena_replace(arena, database_text(find, 2, arena), address, pseudonym));
        sqlite3_bind_int64(update, 3, number);
        sqlite3_reset(find);
        ok = database_do(&audit->database, update, err);
        arena_reset(arena);
    }
    sqlite3_finalize(find);
    sqlite3_finalize(update);
    arena_free(arena);
    return ok;
}

static bool forget_recipient(struct audit *audit, str address, str pseudonym, struct err *err)
{
    static const char sql[] = "UPDATE audit SET recipient = ? WHERE lower(recipient) = lower(?)";
    sqlite3_stmt *statement = database_prepare(&audit->database, sql, err);
    bool ok;

    if (!statement)
        return false;
    database_bind_text(statement, 1, pseudonym);
    database_bind_text(statement, 2, address);
    ok = database_do(&audit->database, statement, err);
    sqlite3_finalize(statement);
    return ok;
}

bool audit_forget(struct audit *audit, str address, str pseudonym, struct err *err)
{
    bool ok = database_run(&audit->database, "PRAGMA secure_delete=ON", err) &&
              forget_recipient(audit, address, pseudonym, err) &&
              forget_in_texts(audit, address, pseudonym, err) &&
              database_run(&audit->database, "PRAGMA wal_checkpoint(TRUNCATE)", err);

    return ok || err_context(err, "audit");
}

/* ---- reading ---- */

static void read_entry(sqlite3_stmt *statement, struct audit_entry *entry, struct arena *arena)
{
    str outcome = database_text(statement, 10, arena);

    *entry = (struct audit_entry){
        .number = sqlite3_column_int64(statement, 0),
        .begun = sqlite3_column_int64(statement, 1),
        .time = sqlite3_column_int64(statement, 2),
        .uid = (unsigned)sqlite3_column_int64(statement, 3),
        .pid = (unsigned)sqlite3_column_int64(statement, 4),
        .user = database_text(statement, 5, arena),
        .deed = database_text(statement, 6, arena),
        .object = database_text(statement, 7, arena),
        .recipient = database_text(statement, 8, arena),
        .reason = database_text(statement, 9, arena),
        .outcome = AUDIT_UNCERTAIN,
        .words = database_text(statement, 11, arena),
    };
    for (unsigned i = 0; i < AUDIT_OUTCOMES; i++)
        if (str_eq(outcome, str_from(audit_outcome_names[i])))
            entry->outcome = (enum audit_outcome)i;
}

static bool list_entries(struct database *database, const struct audit_query *query, audit_found *found,
                         void *context, struct err *err)
{
    sqlite3_stmt *statement = database_prepare(
        database,
        "SELECT number, begun, time, uid, pid, user, deed, object, recipient, reason, outcome, words"
        " FROM audit WHERE number < ?1 AND time >= ?2 AND time < ?3 ORDER BY number DESC LIMIT 1",
        err);
    struct audit_entry entry = {.number = INT64_MAX};
    size_t left = query->limit ? query->limit : SIZE_MAX;
    struct arena *arena = arena_new();
    bool more = true, ok = statement != NULL;

    while (ok && more && left-- > 0) {
        sqlite3_bind_int64(statement, 1, entry.number);
        sqlite3_bind_int64(statement, 2, query->since);
        sqlite3_bind_int64(statement, 3, query->until ? query->until : INT64_MAX);
        ok = database_step(database, statement, &more, err);
        if (!ok || !more)
            break;
        read_entry(statement, &entry, arena);
        sqlite3_reset(statement);
        more = found(context, &entry);
        arena_reset(arena);
    }
    arena_free(arena);
    sqlite3_finalize(statement);
    return ok;
}

bool audit_list(str directory, const struct audit_query *query, audit_found *found, void *context,
                struct err *err)
{
    struct arena *arena = arena_new();
    struct database database;
    bool ok = database_open(&database, path_of(directory, arena), DATABASE_READ, &audit_kind, err);

    if (ok)
        ok = list_entries(&database, query, found, context, err);
    else if (database.trouble == DATABASE_MISSING)
        ok = true;
    database_close(&database);
    arena_free(arena);
    return ok;
}

bool audit_backup(str directory, str to, struct err *err)
{
    struct arena *arena = arena_new();
    struct database database;
    bool ok = database_open(&database, path_of(directory, arena), DATABASE_READ, &audit_kind, err);

    if (ok)
        ok = database_backup(&database, path_of(to, arena), err);
    else if (database.trouble == DATABASE_MISSING)
        ok = true;
    database_close(&database);
    arena_free(arena);
    return ok;
}
