/* search.c: searches by bitmap: each condition makes one bit a message, and what is left is read. */
#include "journal/search.h"

#include <assert.h>

#include "base/buf.h"
#include "journal/period.h"
#include "journal/rows.h"

enum {
    READ_AT_ONCE = 64
}; /* records between two looks at the file; nothing is open while they are handed out */

struct bits {
    uint64_t *words;
    int64_t n; /* messages are 1 .. n */
};

struct search {
    const struct search_query *query;
    struct rows rows;
    struct arena *arena; /* of one period */
    struct err *err;
    struct bits bits;
    int64_t first; /* the lowest message that is wanted */
};

/* ---- bits ---- */

static struct bits new_bits(const struct search *search, int64_t n)
{
    return (struct bits){arena_array_of(search->arena, (size_t)(n / 64 + 1), uint64_t), n};
}

static void set_bit(struct bits *bits, int64_t message)
{
    if (message >= 1 && message <= bits->n)
        bits->words[message / 64] |= UINT64_C(1) << message % 64;
}

static bool has_bit(const struct bits *bits, int64_t message)
{
    return bits->words[message / 64] >> message % 64 & 1;
}

static void keep_common(struct bits *bits, const struct bits *others)
{
    for (int64_t i = 0; i <= bits->n / 64; i++)
        bits->words[i] &= others->words[i];
}

/* Sets a bit for each row of the statement, which is ended. */
static bool set_from(struct search *search, sqlite3_stmt *statement, struct bits *bits)
{
    bool row, ok;

    while ((ok = database_step(&search->rows.database, statement, &row, search->err)) && row)
        set_bit(bits, sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    return ok;
}

static sqlite3_stmt *prepare(struct search *search, const char *sql)
{
    return database_prepare(&search->rows.database, sql, search->err);
}

/* ---- indicators ---- */

struct values {
    int64_t *items;
    size_t n, room;
};

static void add_value(struct search *search, struct values *values, int64_t value)
{
    if (values->n == values->room) {
        int64_t *more;

        values->room = values->room ? 2 * values->room : 64;
        more = arena_array_of(search->arena, values->room, int64_t);
        if (values->n)
            memcpy(more, values->items, values->n * sizeof(*more));
        values->items = more;
    }
    values->items[values->n++] = value;
}

/* The domain and all below it: a walk over the values of the kind, each of which stands there once. */
static bool find_below(struct search *search, str kind, str domain, struct values *values)
{
    sqlite3_stmt *statement = prepare(search, "SELECT number FROM value WHERE kind = ?1 AND (value = ?2 OR "
                                              "substr(value, -length(?2) - 1) = '.' || ?2)");
    bool row, ok;

    if (!statement)
        return false;
    database_bind_text(statement, 1, kind);
    database_bind_text(statement, 2, domain);
    while ((ok = database_step(&search->rows.database, statement, &row, search->err)) && row)
        add_value(search, values, sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    return ok;
}

static bool find_values(struct search *search, const struct indicator *indicator, struct values *values)
{
    str value = arena_lower(search->arena, indicator->value);
    int64_t number;

    if (str_starts(value, S(".")))
        return find_below(search, indicator->kind, str_skip(value, 1), values);
    if (!rows_find_value(&search->rows, indicator->kind, value, &number, search->err))
        return false;
    if (number)
        add_value(search, values, number);
    return true;
}

/* Keeps the messages that have one of the indicators. */
static bool keep_indicators(struct search *search, const struct indicator *indicators, size_t n)
{
    struct bits bits = new_bits(search, search->bits.n);
    struct values values = {0};

    for (size_t i = 0; i < n; i++)
        if (!find_values(search, &indicators[i], &values))
            return false;
    for (size_t i = 0; i < values.n; i++) {
        sqlite3_stmt *statement =
            prepare(search, "SELECT message FROM indicator WHERE value = ? AND message >= ?");

        if (!statement)
            return false;
        sqlite3_bind_int64(statement, 1, values.items[i]);
        sqlite3_bind_int64(statement, 2, search->first);
        if (!set_from(search, statement, &bits))
            return false;
    }
    keep_common(&search->bits, &bits);
    return true;
}

static bool keep_indicator(struct search *search, const char *kind, str value)
{
    struct indicator indicator = {str_from(kind), value};

    return value.n == 0 || keep_indicators(search, &indicator, 1);
}

static bool keep_domain(struct search *search)
{
    str domain = search->query->domain;

    return domain.n == 0 ||
           keep_indicator(search, "domain", arena_printf(search->arena, ".%.*s", PS(domain)));
}

/* ---- columns ---- */

static bool keep_equal(struct search *search, const char *sql, str value)
{
    struct bits bits;
    sqlite3_stmt *statement;

    if (value.n == 0)
        return true;
    bits = new_bits(search, search->bits.n);
    if (!(statement = prepare(search, sql)))
        return false;
    database_bind_text(statement, 1, value);
    if (!set_from(search, statement, &bits))
        return false;
    keep_common(&search->bits, &bits);
    return true;
}

static bool keep_times(struct search *search)
{
    const struct search_query *query = search->query;
    struct bits bits;
    sqlite3_stmt *statement;

    if (query->since == 0 && query->until == 0)
        return true;
    bits = new_bits(search, search->bits.n);
    if (!(statement = prepare(search, "SELECT number FROM message WHERE time >= ? AND time < ?")))
        return false;
    sqlite3_bind_int64(statement, 1, query->since);
    sqlite3_bind_int64(statement, 2, query->until ? query->until : INT64_MAX);
    if (!set_from(search, statement, &bits))
        return false;
    keep_common(&search->bits, &bits);
    return true;
}

/* One walk over message_result, which has all these columns. */
static bool keep_results(struct search *search)
{
    const struct search_query *query = search->query;
    const struct {
        const char *column;
        str wanted;
    } conditions[] = {{"class", query->result_class},  {"action", query->action},
                      {"direction", query->direction}, {"spf", query->spf},
                      {"dkim", query->dkim},           {"arc", query->arc},
                      {"dmarc", query->dmarc}};
    enum { N = sizeof(conditions) / sizeof(*conditions) };
    struct buf sql = buf_new(search->arena, 1000);
    sqlite3_stmt *statement;
    struct bits bits;
    int n = 0;

    for (size_t i = 0; i < N; i++)
        if (conditions[i].wanted.n)
            buf_printf(&sql, "%s %s = ?%d", n++ ? " AND" : "SELECT number FROM message WHERE",
                       conditions[i].column, (int)i + 1);
    if (n == 0)
        return true;
    if (!(statement = prepare(search, arena_c_str(search->arena, buf_str(&sql)))))
        return false;
    for (int i = 0; i < N; i++)
        if (conditions[i].wanted.n)
            database_bind_text(statement, i + 1, conditions[i].wanted);
    bits = new_bits(search, search->bits.n);
    if (!set_from(search, statement, &bits))
        return false;
    keep_common(&search->bits, &bits);
    return true;
}

/* ---- one period ---- */

/* The bits of all messages from search->first on that the query has. */
static bool find(struct search *search)
{
    const struct search_query *query = search->query;
    int64_t last;

    if (!database_number(&search->rows.database, "SELECT max(number) FROM message", &last, search->err))
        return false;
    search->bits = new_bits(search, last);
    for (int64_t message = search->first; message <= last; message++)
        set_bit(&search->bits, message);
    return keep_equal(search, "SELECT number FROM message WHERE id = ?", query->id) &&
           keep_equal(search, "SELECT number FROM message WHERE queue_id = ?", query->queue_id) &&
           keep_indicator(search, "address", query->address) && keep_domain(search) &&
           keep_indicator(search, "ip", query->ip) &&
           (query->indicator_count == 0 ||
            keep_indicators(search, query->indicators, query->indicator_count)) &&
           keep_times(search) && keep_results(search);
}

/* Reads up to READ_AT_ONCE of what is left, from *message on in steps of `step`. */
static bool read_some(struct search *search, int64_t *message, int64_t step, size_t most,
                      struct record *records, size_t *n)
{
    bool found;

    if (!database_run(&search->rows.database, "BEGIN", search->err))
        return false;
    for (*n = 0; *n < most && *message >= search->first && *message <= search->bits.n; *message += step) {
        if (!has_bit(&search->bits, *message))
            continue;
        if (!rows_read(&search->rows, *message, &records[*n], &found, search->arena, search->err))
            return false;
        *n += found;
    }
    return database_run(&search->rows.database, "COMMIT", search->err);
}

/* Hands out what was found in one period; *left counts down. *more: the search goes on. */
static bool hand_out(struct search *search, int64_t step, size_t *left, search_found *found, void *context,
                     bool *more)
{
    int64_t message = step > 0 ? search->first : search->bits.n;
    struct record records[READ_AT_ONCE];
    size_t n;

    *more = true;
    do {
        struct arena_mark mark = arena_mark(search->arena);

        if (!read_some(search, &message, step, *left < READ_AT_ONCE ? *left : READ_AT_ONCE, records, &n))
            return false;
        *left -= n;
        for (size_t i = 0; i < n && *more; i++)
            *more = found(context, &records[i]);
        *more = *more && *left > 0;
        arena_rewind(search->arena, mark);
    } while (*more && n > 0);
    return true;
}

/* One file. False: it can't be read. A file that is not there any more has nothing in it. */
static bool search_period(struct search *search, str path, int64_t step, size_t *left, search_found *found,
                          void *context, bool *more)
{
    bool ok;

    *more = true;
    search->bits = (struct bits){0};
    if (!rows_open(&search->rows, path, DATABASE_READ, search->err))
        return search->rows.database.trouble == DATABASE_MISSING;
    ok = find(search) && hand_out(search, step, left, found, context, more);
    rows_close(&search->rows);
    return ok;
}

/* ---- all periods ---- */

bool search_run(str directory, const struct search_query *query, search_found *found, search_notice *notice,
                void *context, struct err *err)
{
    struct arena *arena = arena_new();
    struct err words;
    struct search search = {.query = query, .arena = arena_new(), .err = &words, .first = 1};
    size_t n, left = query->limit ? query->limit : SIZE_MAX;
    struct period *periods;
    bool more = true, ok = period_list(directory, arena, &periods, &n, err);

    for (size_t i = 0; ok && i < n && more; i++) {
        const struct period *period = &periods[query->oldest_first ? n - 1 - i : i];

        if (!search_period(&search, period_path(directory, *period, arena), query->oldest_first ? 1 : -1, &left,
                           found, context, &more) &&
            notice)
            notice(context, words.words);
        arena_reset(search.arena);
    }
    arena_free(search.arena);
    arena_free(arena);
    return ok;
}

bool search_end(str directory, struct search_position *position, struct err *err)
{
    struct arena *arena = arena_new();
    struct period *periods;
    struct rows rows;
    size_t n;
    bool ok = period_list(directory, arena, &periods, &n, err);

    *position = (struct search_position){0};
    if (ok && n) {
        *position = (struct search_position){periods[0].day, periods[0].number, 0};
        ok = rows_open(&rows, period_path(directory, periods[0], arena), DATABASE_READ, err);
        if (ok) {
            ok = database_number(&rows.database, "SELECT max(number) FROM message", &position->message, err);
            rows_close(&rows);
        } else if (rows.database.trouble == DATABASE_MISSING) {
            ok = true;
        }
    }
    arena_free(arena);
    return ok;
}

static bool is_before(struct period period, const struct search_position *position)
{
    return period.day < position->day || (period.day == position->day && period.number < position->number);
}

bool search_follow(str directory, const struct search_query *query, struct search_position *position,
                   search_found *found, search_notice *notice, void *context, struct err *err)
{
    struct arena *arena = arena_new();
    struct err words;
    struct search search = {.query = query, .arena = arena_new(), .err = &words};
    size_t n, left = SIZE_MAX;
    struct period *periods;
    bool more = true, ok = period_list(directory, arena, &periods, &n, err);

    for (size_t i = n; ok && i-- > 0 && more;) {
        bool same = periods[i].day == position->day && periods[i].number == position->number;

        if (is_before(periods[i], position))
            continue;
        search.first = same ? position->message + 1 : 1;
        if (!search_period(&search, period_path(directory, periods[i], arena), 1, &left, found, context,
                           &more)) {
            if (notice)
                notice(context, words.words);
        } else if (search.bits.n >= search.first || !same) {
            *position = (struct search_position){periods[i].day, periods[i].number, search.bits.n};
        }
        arena_reset(search.arena);
    }
    arena_free(search.arena);
    arena_free(arena);
    return ok;
}
