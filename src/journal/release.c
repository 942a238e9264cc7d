/* release.c: tries to deliver held messages after all. */
#include "journal/release.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/limits.h"
#include "journal/quarantine_own.h"

const char *const release_state_names[] = {
    [RELEASE_DONE] = "released",       [RELEASE_SENT] = "sent", [RELEASE_FAILED] = "failed",
    [RELEASE_UNCERTAIN] = "uncertain", [RELEASE_STATES] = NULL,
};
static const char *const reply_names[] = {[RELEASE_NO_REPLY] = "",
                                          [RELEASE_TAKEN] = "taken",
                                          [RELEASE_REFUSED] = "refused",
                                          [RELEASE_REPLIES] = NULL};

enum release_state release_state(const struct release *release)
{
    if (release->passed)
        return RELEASE_DONE;
    if (release->reply == RELEASE_TAKEN)
        return RELEASE_SENT;
    return release->reply == RELEASE_REFUSED ? RELEASE_FAILED : RELEASE_UNCERTAIN;
}

/* ---- the token ---- */

bool release_token(struct release *release, struct arena *arena, str *token, struct err *err)
{
    uint8_t bytes[RELEASE_SECRET / 2];
    char *secret = arena_bytes(arena, RELEASE_SECRET + 1);

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        return err_set(err, "the system gives no random numbers");
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(secret + 2 * i, 3, "%02x", bytes[i]);
    quarantine_digest((str){secret, RELEASE_SECRET}, release->secret);
    *token = arena_printf(arena, "%lld.%.*s", (long long)release->number, RELEASE_SECRET, secret);
    return true;
}

bool release_read_token(str token, int64_t *number, uint8_t secret[RELEASE_DIGEST])
{
    size_t dot = str_find(token, '.');
    uint64_t value;

    if (!str_to_u64(str_sub(token, 0, dot), INT64_MAX, &value) || value == 0 ||
        token.n != dot + 1 + RELEASE_SECRET)
        return false;
    *number = (int64_t)value;
    quarantine_digest(str_skip(token, dot + 1), secret);
    return true;
}

str release_field(str raw)
{
    const str name = S(RELEASE_FIELD ":");
    str line;

    while (str_next(&raw, '\n', &line) && !str_eq(line, S("\r")) && line.n)
        if (str_istarts(line, name))
            return str_trim(str_skip(line, name.n));
    return S("");
}

str release_body(str raw)
{
    str line;

    while (str_next(&raw, '\n', &line))
        if (line.n == 0 || str_eq(line, S("\r")))
            return raw;
    return S("");
}

void release_digest(str bytes, uint8_t digest[RELEASE_DIGEST])
{
    quarantine_digest(bytes, digest);
}

/* ---- rows ---- */

/* Runs a statement with its parameters bound, in the open transaction, and ends it. */
static bool run(struct quarantine *quarantine, sqlite3_stmt *statement, struct err *err)
{
    bool ok = database_do(&quarantine->index, statement, err);

    sqlite3_finalize(statement);
    if (!ok)
        quarantine_roll_back(quarantine);
    return ok;
}

static sqlite3_stmt *prepare(struct quarantine *quarantine, const char *sql, struct err *err)
{
    sqlite3_stmt *statement = NULL;

    if (quarantine_begin(quarantine, err) && !(statement = database_prepare(&quarantine->index, sql, err)))
        quarantine_roll_back(quarantine);
    return statement;
}

/* Of a transaction that has this one statement. */
static bool commit(struct quarantine *quarantine, bool ok, struct err *err)
{
    return quarantine_commit(quarantine, ok ? err : NULL) && ok;
}

bool release_next(struct quarantine *quarantine, int64_t *number, struct err *err)
{
    if (!database_number(&quarantine->index, "SELECT seq FROM sqlite_sequence WHERE name = 'release'", number,
                         err))
        return false;
    ++*number;
    return true;
}

bool release_begin(struct quarantine *quarantine, const struct release *release, struct err *err)
{
    sqlite3_stmt *statement;

    assert(!quarantine->begun);
    statement = prepare(quarantine,
                        "INSERT INTO release (number, item, recipient, begun, expires, secret, body)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?)",
                        err);
    if (!statement)
        return commit(quarantine, false, err);
    sqlite3_bind_int64(statement, 1, release->number);
    database_bind_text(statement, 2, release->item);
    database_bind_text(statement, 3, release->recipient);
    sqlite3_bind_int64(statement, 4, release->begun);
    sqlite3_bind_int64(statement, 5, release->expires);
    database_bind_blob(statement, 6, release->secret, RELEASE_DIGEST);
    database_bind_blob(statement, 7, release->body, RELEASE_DIGEST);
    return commit(quarantine, run(quarantine, statement, err), err);
}

bool release_end(struct quarantine *quarantine, int64_t number, enum release_reply reply, str words,
                 int64_t now, struct err *err)
{
    sqlite3_stmt *statement;

    assert(!quarantine->begun);
    statement =
        prepare(quarantine, "UPDATE release SET reply = ?, words = ?, ended = ? WHERE number = ?", err);
    if (!statement)
        return commit(quarantine, false, err);
    database_bind_text(statement, 1, str_from(reply_names[reply]));
    database_bind_text(statement, 2, str_sub(words, 0, LIMIT_JOURNAL_TEXT));
    sqlite3_bind_int64(statement, 3, now);
    sqlite3_bind_int64(statement, 4, number);
    return commit(quarantine, run(quarantine, statement, err), err);
}

static bool set_time(struct quarantine *quarantine, const char *sql, int64_t number, int64_t now,
                     struct err *err)
{
    sqlite3_stmt *statement = prepare(quarantine, sql, err);

    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, now);
    sqlite3_bind_int64(statement, 2, number);
    return run(quarantine, statement, err);
}

bool release_passed(struct quarantine *quarantine, int64_t number, int64_t now, struct err *err)
{
    return set_time(quarantine, "UPDATE release SET passed = ? WHERE number = ? AND redeemed > 0", number,
                    now, err);
}

/* ---- reading ---- */

#define COLUMNS                                                                                              \
    "SELECT number, item, recipient, begun, expires, secret, body, reply, ended, redeemed, passed, words"    \
    " FROM release "

static void read_digest(sqlite3_stmt *statement, int n, uint8_t digest[RELEASE_DIGEST])
{
    memset(digest, 0, RELEASE_DIGEST);
    if (sqlite3_column_bytes(statement, n) == RELEASE_DIGEST)
        memcpy(digest, sqlite3_column_blob(statement, n), RELEASE_DIGEST);
}

static void read_release(sqlite3_stmt *statement, struct release *release, struct arena *arena)
{
    str reply = database_text(statement, 7, arena);

    *release = (struct release){.number = sqlite3_column_int64(statement, 0),
                                .item = database_text(statement, 1, arena),
                                .recipient = database_text(statement, 2, arena),
                                .begun = sqlite3_column_int64(statement, 3),
                                .expires = sqlite3_column_int64(statement, 4),
                                .ended = sqlite3_column_int64(statement, 8),
                                .redeemed = sqlite3_column_int64(statement, 9),
                                .passed = sqlite3_column_int64(statement, 10),
                                .words = database_text(statement, 11, arena)};
    read_digest(statement, 5, release->secret);
    read_digest(statement, 6, release->body);
    for (unsigned i = 0; i < RELEASE_REPLIES; i++)
        if (str_eq(reply, str_from(reply_names[i])))
            release->reply = (enum release_reply)i;
}

bool release_find(struct quarantine *quarantine, int64_t number, struct release *release, bool *found,
                  struct arena *arena, struct err *err)
{
    sqlite3_stmt *statement = database_prepare(&quarantine->index, COLUMNS "WHERE number = ?", err);
    bool ok = statement != NULL;

    *found = false;
    if (ok) {
        sqlite3_bind_int64(statement, 1, number);
        ok = database_step(&quarantine->index, statement, found, err);
    }
    if (ok && *found)
        read_release(statement, release, arena);
    sqlite3_finalize(statement);
    return ok;
}

/* NULL: nothing. */
static const char *misuse_of(const struct release *release, const struct release_claim *claim)
{
    if (release->redeemed)
        return "it was used before";
    if (release->reply == RELEASE_REFUSED)
        return "the release that it belongs to has failed";
    if (claim->now >= release->expires)
        return "it has expired";
    if (!str_ieq(release->recipient, claim->recipient))
        return "it is for another recipient";
    if (CRYPTO_memcmp(release->body, claim->body, RELEASE_DIGEST) != 0)
        return "the body is another one than that of the message that was held";
    return NULL;
}

bool release_redeem(struct quarantine *quarantine, const struct release_claim *claim,
                    enum release_verdict *verdict, struct release *release, struct err *why,
                    struct arena *arena, struct err *err)
{
    uint8_t secret[RELEASE_DIGEST];
    const char *misuse;
    int64_t number;
    bool found;

    *verdict = RELEASE_UNKNOWN;
    if (!release_read_token(claim->token, &number, secret))
        return true;
    if (!release_find(quarantine, number, release, &found, arena, err))
        return false;
    if (!found || CRYPTO_memcmp(release->secret, secret, RELEASE_DIGEST) != 0)
        return true;
    misuse = misuse_of(release, claim);
    if (misuse) {
        *verdict = RELEASE_MISUSED;
        err_set(why, "%s", misuse);
        return true;
    }
    *verdict = RELEASE_GRANTED;
    return set_time(quarantine, "UPDATE release SET redeemed = ? WHERE number = ?", number, claim->now, err);
}

static bool list(struct database *index, str item, struct arena *arena, struct release **releases,
                 size_t *count, struct err *err)
{
    sqlite3_stmt *statement = database_prepare(index, COLUMNS "WHERE item = ? ORDER BY number", err);
    size_t room = 0;
    bool row, ok = statement != NULL;

    if (ok)
        database_bind_text(statement, 1, item);
    while (ok && (ok = database_step(index, statement, &row, err)) && row) {
        if (*count == room) {
            struct release *more = arena_array_of(arena, room = room ? 2 * room : 8, struct release);

            if (*count)
                memcpy(more, *releases, *count * sizeof(*more));
            *releases = more;
        }
        read_release(statement, &(*releases)[(*count)++], arena);
    }
    sqlite3_finalize(statement);
    return ok;
}

bool release_list(str directory, str item, struct arena *arena, struct release **releases, size_t *count,
                  struct err *err)
{
    struct database index;
    bool ok = database_open(&index, arena_printf(arena, "%.*s/index.db", PS(directory)), DATABASE_READ,
                            &quarantine_kind, err);

    *releases = NULL;
    *count = 0;
    if (ok)
        ok = list(&index, item, arena, releases, count, err);
    else if (index.trouble == DATABASE_MISSING)
        ok = true;
    database_close(&index);
    return ok;
}

const struct release *release_of(const struct release *releases, size_t count, str recipient)
{
    while (count-- > 0)
        if (str_ieq(releases[count].recipient, recipient))
            return &releases[count];
    return NULL;
}
