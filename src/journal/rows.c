/* rows.c: records as rows. Column names, and what they hold, stand in one table. */
#include "journal/rows.h"

#include <assert.h>

#include "base/limits.h"
#include "journal/indicators.h"

/* ---- the schema ---- */

/* Values of indicators are kept once: an entry of the index is two numbers, and new entries of a frequent
 * value stand side by side. */
static const char version_1[] =
    "CREATE TABLE message ("
    " number INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " time INTEGER NOT NULL,"
    " listener TEXT, direction TEXT, mode TEXT,"
    " ip TEXT, helo TEXT, mail_from TEXT," /* NULL: not known */
    " queue_id TEXT, auth_user TEXT,"
    " size INTEGER, sha256 BLOB, body_sha256 BLOB,"
    " from_domain TEXT, spf TEXT, dkim TEXT, arc TEXT, dmarc TEXT,"
    " action TEXT, observed INTEGER, class TEXT, reason TEXT,"
    " reply_code TEXT, reply_status TEXT, reply_text TEXT,"
    " cpu_us INTEGER, dns_ms INTEGER, retry_of TEXT, subject TEXT,"
    " subject_sketch INTEGER, text_sketch INTEGER, fingerprint TEXT, facts BLOB);" /* zstd */
    "CREATE INDEX message_time ON message (time);"
    "CREATE INDEX message_queue_id ON message (queue_id);"
    "CREATE INDEX message_result ON message (class, action, direction, spf, dkim, arc, dmarc);"
    "CREATE TABLE recipient ("
    " message INTEGER NOT NULL, position INTEGER NOT NULL, address TEXT, action TEXT, reason TEXT,"
    " PRIMARY KEY (message, position)) WITHOUT ROWID;"
    "CREATE TABLE value ("
    " number INTEGER PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (kind, value));"
    "CREATE TABLE indicator ("
    " value INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (value, message)) WITHOUT ROWID;";

static const char *const migrations[] = {version_1};

const struct database_kind journal_kind = {"journal", 0x50537472, migrations,
                                           sizeof(migrations) / sizeof(*migrations)};

/* ---- the columns of a message ---- */

enum column_kind {
    COLUMN_TEXT,
    COLUMN_TIME, /* int64_t */
    COLUMN_U32,
    COLUMN_U64, /* kept as the signed number of the same bits */
    COLUMN_BOOL,
    COLUMN_DIGEST, /* 32 bytes */
    COLUMN_IP,
    COLUMN_MAIL_FROM, /* struct envelope: NULL where the sender is not known */
    COLUMN_ACTION,
    COLUMN_FACTS, /* zstd: a third of the size, and less to write */
};

static const struct column {
    const char *name;
    enum column_kind kind;
    size_t offset; /* in struct record */
} columns[] = {
    {"id", COLUMN_TEXT, offsetof(struct record, id)},
    {"time", COLUMN_TIME, offsetof(struct record, time)},
    {"listener", COLUMN_TEXT, offsetof(struct record, listener)},
    {"direction", COLUMN_TEXT, offsetof(struct record, direction)},
    {"mode", COLUMN_TEXT, offsetof(struct record, mode)},
    {"ip", COLUMN_IP, offsetof(struct record, envelope.client)},
    {"helo", COLUMN_TEXT, offsetof(struct record, envelope.helo)},
    {"mail_from", COLUMN_MAIL_FROM, offsetof(struct record, envelope)},
    {"queue_id", COLUMN_TEXT, offsetof(struct record, queue_id)},
    {"auth_user", COLUMN_TEXT, offsetof(struct record, auth_user)},
    {"size", COLUMN_U64, offsetof(struct record, size)},
    {"sha256", COLUMN_DIGEST, offsetof(struct record, sha256)},
    {"body_sha256", COLUMN_DIGEST, offsetof(struct record, body_sha256)},
    {"from_domain", COLUMN_TEXT, offsetof(struct record, from_domain)},
    {"spf", COLUMN_TEXT, offsetof(struct record, spf)},
    {"dkim", COLUMN_TEXT, offsetof(struct record, dkim)},
    {"arc", COLUMN_TEXT, offsetof(struct record, arc)},
    {"dmarc", COLUMN_TEXT, offsetof(struct record, dmarc)},
    {"action", COLUMN_ACTION, offsetof(struct record, outcome.action)},
    {"observed", COLUMN_BOOL, offsetof(struct record, outcome.observed)},
    {"class", COLUMN_TEXT, offsetof(struct record, outcome.result_class)},
    {"reason", COLUMN_TEXT, offsetof(struct record, outcome.reason)},
    {"reply_code", COLUMN_TEXT, offsetof(struct record, outcome.reply_code)},
    {"reply_status", COLUMN_TEXT, offsetof(struct record, outcome.reply_status)},
    {"reply_text", COLUMN_TEXT, offsetof(struct record, outcome.reply_text)},
    {"cpu_us", COLUMN_U32, offsetof(struct record, cpu_us)},
    {"dns_ms", COLUMN_U32, offsetof(struct record, dns_ms)},
    {"retry_of", COLUMN_TEXT, offsetof(struct record, retry_of)},
    {"subject", COLUMN_TEXT, offsetof(struct record, subject)},
    {"subject_sketch", COLUMN_U64, offsetof(struct record, subject_sketch)},
    {"text_sketch", COLUMN_U64, offsetof(struct record, text_sketch)},
    {"fingerprint", COLUMN_TEXT, offsetof(struct record, fingerprint)},
    {"facts", COLUMN_FACTS,
     offsetof(struct record, facts)}, /* last: whoever wants the others reads no overflow */
};
enum { COLUMNS = sizeof(columns) / sizeof(*columns), FACTS_LEVEL = 1 };

static str cut(str text)
{
    return str_sub(text, 0, LIMIT_JOURNAL_TEXT);
}

static void bind_text(sqlite3_stmt *statement, int n, str text)
{
    if (text.n)
        database_bind_text(statement, n, text);
    else
        sqlite3_bind_null(statement, n);
}

static void bind_facts(struct rows *rows, sqlite3_stmt *statement, int n, str facts, struct arena *arena)
{
    size_t room = ZSTD_compressBound(facts.n), size;
    char *packed = arena_bytes(arena, room);

    if (!rows->packer)
        rows->packer = ZSTD_createCCtx();
    size = ZSTD_compressCCtx(rows->packer, packed, room, facts.p ? facts.p : "", facts.n, FACTS_LEVEL);
    if (facts.n == 0 || ZSTD_isError(size))
        sqlite3_bind_null(statement, n);
    else
        database_bind_blob(statement, n, packed, size);
}

/* Facts that can't be unpacked, or have more than LIMIT_FACTS bytes, are none. */
static str read_facts(struct rows *rows, sqlite3_stmt *statement, int n, struct arena *arena)
{
    const void *packed = sqlite3_column_blob(statement, n);
    size_t packed_size = packed ? (size_t)sqlite3_column_bytes(statement, n) : 0;
    unsigned long long stated = packed ? ZSTD_getFrameContentSize(packed, packed_size) : 0;
    size_t size;
    char *text;

    if (stated == 0 || stated > LIMIT_FACTS) /* so are the values that mean an error */
        return S("");
    if (!rows->unpacker)
        rows->unpacker = ZSTD_createDCtx();
    text = arena_bytes(arena, (size_t)stated);
    size = ZSTD_decompressDCtx(rows->unpacker, text, (size_t)stated, packed, packed_size);
    return ZSTD_isError(size) ? S("") : (str){text, size};
}

static void bind_column(struct rows *rows, sqlite3_stmt *statement, int n, const struct column *column,
                        const struct record *record, struct arena *arena)
{
    const void *p = (const char *)record + column->offset;
    const struct envelope *envelope = p;

    switch (column->kind) {
    case COLUMN_TEXT:
        bind_text(statement, n, cut(*(const str *)p));
        break;
    case COLUMN_TIME:
        sqlite3_bind_int64(statement, n, *(const int64_t *)p);
        break;
    case COLUMN_U32:
        sqlite3_bind_int64(statement, n, *(const uint32_t *)p);
        break;
    case COLUMN_U64:
        sqlite3_bind_int64(statement, n, (int64_t) * (const uint64_t *)p);
        break;
    case COLUMN_BOOL:
        sqlite3_bind_int64(statement, n, *(const bool *)p);
        break;
    case COLUMN_DIGEST:
        database_bind_blob(statement, n, p, 32);
        break;
    case COLUMN_IP:
        bind_text(statement, n,
                  ((const struct ip *)p)->family ? ip_format(*(const struct ip *)p, arena) : S(""));
        break;
    case COLUMN_MAIL_FROM:
        if (envelope->has_mail_from)
            database_bind_text(statement, n, cut(envelope->mail_from));
        else
            sqlite3_bind_null(statement, n);
        break;
    case COLUMN_ACTION:
        database_bind_text(statement, n, str_from(action_name(*(const enum action *)p)));
        break;
    case COLUMN_FACTS:
        bind_facts(rows, statement, n, str_sub(record->facts, 0, LIMIT_FACTS), arena);
        break;
    }
}

static void read_column(struct rows *rows, sqlite3_stmt *statement, int n, const struct column *column,
                        struct record *record, struct arena *arena)
{
    void *p = (char *)record + column->offset;
    struct envelope *envelope = p;

    switch (column->kind) {
    case COLUMN_TEXT:
        *(str *)p = database_text(statement, n, arena);
        break;
    case COLUMN_TIME:
        *(int64_t *)p = sqlite3_column_int64(statement, n);
        break;
    case COLUMN_U32:
        *(uint32_t *)p = (uint32_t)sqlite3_column_int64(statement, n);
        break;
    case COLUMN_U64:
        *(uint64_t *)p = (uint64_t)sqlite3_column_int64(statement, n);
        break;
    case COLUMN_BOOL:
        *(bool *)p = sqlite3_column_int(statement, n) != 0;
        break;
    case COLUMN_DIGEST:
        if (sqlite3_column_bytes(statement, n) == 32)
            memcpy(p, sqlite3_column_blob(statement, n), 32);
        break;
    case COLUMN_IP:
        ip_parse_exact(database_text(statement, n, arena), p);
        break;
    case COLUMN_MAIL_FROM:
        envelope->has_mail_from = sqlite3_column_type(statement, n) != SQLITE_NULL;
        envelope->mail_from = database_text(statement, n, arena);
        break;
    case COLUMN_ACTION:
        if (!action_parse(database_text(statement, n, arena), p))
            *(enum action *)p = ACTION_DELIVER;
        break;
    case COLUMN_FACTS:
        *(str *)p = read_facts(rows, statement, n, arena);
        break;
    }
}

/* ---- statements ---- */

static const char *const fixed[ROWS_STATEMENTS] = {
    [ROWS_RECIPIENT] =
        "INSERT INTO recipient (message, position, address, action, reason) VALUES (?, ?, ?, ?, ?)",
    [ROWS_FIND_VALUE] = "SELECT number FROM value WHERE kind = ? AND value = ?",
    [ROWS_ADD_VALUE] = "INSERT INTO value (kind, value) VALUES (?, ?)",
    [ROWS_INDICATOR] = "INSERT INTO indicator (value, message) VALUES (?, ?)",
    [ROWS_RECIPIENTS] = "SELECT address, action, reason FROM recipient WHERE message = ? ORDER BY position",
};

/* "BEFORE name, name, ... AFTER", with `each` behind each name. */
static const char *of_columns(struct buf *buf, const char *before, const char *each, const char *after)
{
    buf_add(buf, str_from(before));
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i)
            buf_add_char(buf, ',');
        buf_add(buf, str_from(columns[i].name));
        buf_add(buf, str_from(each));
    }
    buf_add(buf, str_from(after));
    return arena_c_str(buf->arena, buf_str(buf));
}

static sqlite3_stmt *prepare_of_columns(struct database *database, const char *before, const char *each,
                                        const char *after, struct err *err)
{
    struct arena *arena = arena_new();
    struct buf buf = buf_new(arena, 4096);
    sqlite3_stmt *statement = database_prepare(database, of_columns(&buf, before, each, after), err);

    arena_free(arena);
    return statement;
}

static sqlite3_stmt *prepare_insert(struct database *database, struct err *err)
{
    char marks[2 * COLUMNS + 16] = ") VALUES (?";

    for (size_t i = 1; i < COLUMNS; i++)
        memcpy(marks + strlen(marks), ",?", 3);
    memcpy(marks + strlen(marks), ")", 2);
    return prepare_of_columns(database, "INSERT INTO message (", "", marks, err);
}

sqlite3_stmt *rows_statement(struct rows *rows, enum rows_statement which, struct err *err)
{
    sqlite3_stmt **statement = &rows->statements[which];

    if (*statement)
        return *statement;
    if (which == ROWS_MESSAGE)
        *statement = prepare_insert(&rows->database, err);
    else if (which == ROWS_READ)
        *statement =
            prepare_of_columns(&rows->database, "SELECT ", "", " FROM message WHERE number = ?", err);
    else
        *statement = database_prepare(&rows->database, fixed[which], err);
    return *statement;
}

bool rows_open(struct rows *rows, str path, enum database_mode mode, struct err *err)
{
    *rows = (struct rows){0};
    return database_open(&rows->database, path, mode, &journal_kind, err);
}

void rows_close(struct rows *rows)
{
    for (size_t i = 0; i < ROWS_STATEMENTS; i++)
        sqlite3_finalize(rows->statements[i]);
    memset(rows->statements, 0, sizeof(rows->statements));
    ZSTD_freeCCtx(rows->packer);
    ZSTD_freeDCtx(rows->unpacker);
    rows->packer = NULL;
    rows->unpacker = NULL;
    database_close(&rows->database);
}

/* ---- putting in ---- */

static bool add_recipients(struct rows *rows, int64_t message, const struct outcome *outcome, struct err *err)
{
    sqlite3_stmt *statement = rows_statement(rows, ROWS_RECIPIENT, err);

    if (!statement)
        return false;
    for (size_t i = 0; i < outcome->recipient_count; i++) {
        const struct outcome_recipient *recipient = &outcome->recipients[i];

        sqlite3_bind_int64(statement, 1, message);
        sqlite3_bind_int64(statement, 2, (int64_t)i);
        database_bind_text(statement, 3, cut(recipient->address));
        database_bind_text(statement, 4, str_from(action_name(recipient->action)));
        bind_text(statement, 5, cut(recipient->reason));
        if (!database_do(&rows->database, statement, err))
            return false;
    }
    return true;
}

bool rows_find_value(struct rows *rows, str kind, str value, int64_t *number, struct err *err)
{
    sqlite3_stmt *statement = rows_statement(rows, ROWS_FIND_VALUE, err);
    bool row;

    *number = 0;
    if (!statement)
        return false;
    database_bind_text(statement, 1, kind);
    database_bind_text(statement, 2, value);
    if (!database_step(&rows->database, statement, &row, err))
        return false;
    if (row) {
        *number = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return true;
}

static bool add_indicator(struct rows *rows, int64_t message, const struct indicator *indicator,
                          struct err *err)
{
    sqlite3_stmt *statement;
    int64_t value;

    if (!rows_find_value(rows, indicator->kind, indicator->value, &value, err))
        return false;
    if (value == 0) {
        if (!(statement = rows_statement(rows, ROWS_ADD_VALUE, err)))
            return false;
        database_bind_text(statement, 1, indicator->kind);
        database_bind_text(statement, 2, indicator->value);
        if (!database_do(&rows->database, statement, err))
            return false;
        value = sqlite3_last_insert_rowid(rows->database.handle);
    }
    if (!(statement = rows_statement(rows, ROWS_INDICATOR, err)))
        return false;
    sqlite3_bind_int64(statement, 1, value);
    sqlite3_bind_int64(statement, 2, message);
    return database_do(&rows->database, statement, err);
}

bool rows_add(struct rows *rows, const struct record *record, struct arena *arena, unsigned *cut_indicators,
              struct err *err)
{
    sqlite3_stmt *statement = rows_statement(rows, ROWS_MESSAGE, err);
    struct indicators indicators = {.arena = arena};
    int64_t message;

    if (!statement)
        return false;
    for (int i = 0; i < COLUMNS; i++)
        bind_column(rows, statement, i + 1, &columns[i], record, arena);
    if (!database_do(&rows->database, statement, err))
        return false;
    message = sqlite3_last_insert_rowid(rows->database.handle);
    if (!add_recipients(rows, message, &record->outcome, err))
        return false;
    indicators_add_record(&indicators, record);
    *cut_indicators = indicators.cut;
    for (size_t i = 0; i < indicators.n; i++)
        if (!add_indicator(rows, message, &indicators.items[i], err))
            return false;
    return true;
}

/* ---- reading ---- */

static bool read_recipients(struct rows *rows, int64_t message, struct record *record, struct arena *arena,
                            struct err *err)
{
    sqlite3_stmt *statement = rows_statement(rows, ROWS_RECIPIENTS, err);
    struct outcome *outcome = &record->outcome;
    size_t room = 0;
    bool row;

    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, message);
    for (;;) {
        if (!database_step(&rows->database, statement, &row, err))
            return false;
        if (!row)
            return true;
        if (outcome->recipient_count == room) {
            struct outcome_recipient *more;

            room = room ? 2 * room : 8;
            more = arena_array_of(arena, room, struct outcome_recipient);
            if (outcome->recipient_count)
                memcpy(more, outcome->recipients, outcome->recipient_count * sizeof(*more));
            outcome->recipients = more;
        }
        outcome->recipients[outcome->recipient_count] = (struct outcome_recipient){
            .address = database_text(statement, 0, arena), .reason = database_text(statement, 2, arena)};
        action_parse(database_text(statement, 1, arena),
                     &outcome->recipients[outcome->recipient_count++].action);
    }
}

bool rows_read(struct rows *rows, int64_t number, struct record *record, bool *found, struct arena *arena,
               struct err *err)
{
    sqlite3_stmt *statement = rows_statement(rows, ROWS_READ, err);

    *record = (struct record){0};
    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, number);
    if (!database_step(&rows->database, statement, found, err))
        return false;
    if (!*found)
        return true;
    for (int i = 0; i < COLUMNS; i++)
        read_column(rows, statement, i, &columns[i], record, arena);
    sqlite3_reset(statement);
    return read_recipients(rows, number, record, arena, err);
}

/* ---- changing ---- */

void rows_each_text(struct record *record, void (*change)(void *context, str *text), void *context)
{
    for (size_t i = 0; i < COLUMNS; i++)
        if (columns[i].kind == COLUMN_TEXT)
            change(context, (str *)((char *)record + columns[i].offset));
    change(context, &record->envelope.mail_from);
    for (size_t i = 0; i < record->outcome.recipient_count; i++) {
        change(context, &record->outcome.recipients[i].address);
        change(context, &record->outcome.recipients[i].reason);
    }
}

static bool delete_recipients(struct rows *rows, int64_t number, struct err *err)
{
    sqlite3_stmt *statement =
        database_prepare(&rows->database, "DELETE FROM recipient WHERE message = ?", err);
    bool ok;

    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, number);
    ok = database_do(&rows->database, statement, err);
    sqlite3_finalize(statement);
    return ok;
}

bool rows_rewrite(struct rows *rows, int64_t number, const struct record *record, struct arena *arena,
                  struct err *err)
{
    sqlite3_stmt *statement =
        prepare_of_columns(&rows->database, "UPDATE message SET ", " = ?", " WHERE number = ?", err);
    bool ok;

    if (!statement)
        return false;
    for (int i = 0; i < COLUMNS; i++)
        bind_column(rows, statement, i + 1, &columns[i], record, arena);
    sqlite3_bind_int64(statement, COLUMNS + 1, number);
    ok = database_do(&rows->database, statement, err) && delete_recipients(rows, number, err) &&
         add_recipients(rows, number, &record->outcome, err);
    sqlite3_finalize(statement);
    return ok;
}
