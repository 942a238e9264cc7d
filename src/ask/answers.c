/* answers.c: answers as text: the table, and writing it. */
#include "ask/answers_table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/iso.h"

enum { FIRST_SLOTS = 64 }; /* a power of two */

/* ---- the table ---- */

static struct answers_entry **slot_of(const struct answers_table *table, str name)
{
    return &table->slots[dns_name_hash(name, 0) & (table->slot_count - 1)];
}

static void grow(struct answers_table *table)
{
    struct answers_entry **old = table->slots;
    size_t old_count = table->slot_count;

    table->slot_count = old_count * 2;
    table->slots = arena_array_of(table->arena, table->slot_count, struct answers_entry *);
    for (size_t i = 0; i < old_count; i++)
        while (old[i]) {
            struct answers_entry *entry = old[i];
            struct answers_entry **slot = slot_of(table, entry->answer.name);

            old[i] = entry->next;
            entry->next = *slot;
            *slot = entry;
        }
}

struct answers_entry *answers_table_find(const struct answers_table *table, str name, enum dns_type type)
{
    struct answers_entry *entry = *slot_of(table, name);

    while (entry && !(entry->answer.type == type && str_ieq(entry->answer.name, name)))
        entry = entry->next;
    return entry;
}

/* True if an answer says that the name exists. */
static bool exists(const struct answers_table *table, str name)
{
    for (const struct answers_entry *entry = *slot_of(table, name); entry; entry = entry->next)
        if ((entry->answer.status == DNS_OK || entry->answer.status == DNS_NODATA) &&
            str_ieq(entry->answer.name, name))
            return true;
    return false;
}

struct answers_entry *answers_table_insert(struct answers_table *table, const struct dns_answer *answer)
{
    struct answers_entry *entry = arena_new_of(table->arena, struct answers_entry);
    struct answers_entry **slot;

    if (table->n == table->slot_count)
        grow(table);
    slot = slot_of(table, answer->name);
    entry->answer = *answer;
    entry->next = *slot;
    *slot = entry;
    table->n++;
    return entry;
}

void answers_init(struct answers *answers, struct arena *arena)
{
    struct answers_table *table = arena_new_of(arena, struct answers_table);

    table->arena = arena;
    table->slot_count = FIRST_SLOTS;
    table->slots = arena_array_of(arena, FIRST_SLOTS, struct answers_entry *);
    *answers = (struct answers){.table = table};
}

void answers_add(struct answers *answers, const struct ask *ask)
{
    struct answers_table *table = answers->table;

    for (const struct question *question = ask->first; question; question = question->next)
        if (question->answer && !answers_table_find(table, question->name, question->type))
            answers_table_insert(table, dns_answer_copy(question->answer, table->arena));
}

static const struct dns_answer *status_answer(str name, enum dns_type type, enum dns_status status,
                                              struct arena *arena)
{
    struct dns_answer *answer = arena_new_of(arena, struct dns_answer);

    answer->name = dns_name_normal(name, arena);
    answer->type = type;
    answer->status = status;
    return answer;
}

const struct dns_answer *answers_lookup(void *context, str name, enum dns_type type, struct arena *arena)
{
    const struct answers *answers = context;
    const struct answers_entry *entry = answers_table_find(answers->table, name, type);
    enum dns_status status = answers->default_status;

    if (entry)
        return &entry->answer;
    if (!answers->has_default)
        return NULL;
    if (status == DNS_NXDOMAIN && exists(answers->table, name))
        status = DNS_NODATA;
    return status_answer(name, type, status, arena);
}

void answers_answer(const struct answers *answers, struct ask *ask)
{
    for (struct question *question = ask->first; question; question = question->next) {
        const struct dns_answer *answer;

        if (question->answer)
            continue;
        answer = answers_lookup((void *)answers, question->name, question->type, ask->arena);
        if (!answer)
            answer = status_answer(question->name, question->type, DNS_UNKNOWN, ask->arena);
        ask_answer(ask, question, answer);
    }
}

/* ---- writing ---- */

/* Bytes that need no quotes in the envelope; a name is stricter, so that it can't be taken for another word.
 */
static bool is_plain(char c)
{
    return ascii_is_alnum(c) || (c && strchr("-._@:+=/", c));
}

static bool is_plain_name(str name)
{
    static const str taken[] = {STR("time"),    STR("ip"),     STR("helo"),     STR("mail-from"), STR("rcpt"),
                                STR("default"), STR("secure"), STR("insecure"), STR("cut")};

    for (size_t i = 0; i < name.n; i++)
        if (ascii_lower(name.p[i]) != name.p[i] || !is_plain(name.p[i]) || name.p[i] == '=')
            return false;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (str_eq(name, taken[i]))
            return false;
    return true;
}

/* For inside quotes; as all else is escaped too, a blank or "#" among it can stand outside as well. */
static void write_escaped(struct buf *buf, str s, bool quoted)
{
    size_t done = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool backslash = c == '"' || c == '\\';

        if (!backslash && c >= 0x20 && c < 0x7f && (quoted || (c != ' ' && c != '#')))
            continue;
        buf_add(buf, str_span(s.p + done, s.p + i));
        if (backslash)
            buf_printf(buf, "\\%c", c);
        else
            buf_printf(buf, "\\%03u", c);
        done = i + 1;
    }
    buf_add(buf, str_skip(s, done));
}

static void write_quoted(struct buf *buf, str s)
{
    buf_add_char(buf, '"');
    write_escaped(buf, s, true);
    buf_add_char(buf, '"');
}

/* A dot at the end is taken off when it is read, so one more is written where that one belongs to the name.
 */
static str final_dot(str name)
{
    return name.n == 0 || name.p[name.n - 1] == '.' ? S(".") : S("");
}

static void write_name(struct buf *buf, str name)
{
    bool plain = is_plain_name(name);

    if (!plain)
        buf_add_char(buf, '"');
    write_escaped(buf, name, true);
    buf_add(buf, final_dot(name));
    if (!plain)
        buf_add_char(buf, '"');
}

static void write_data(struct buf *buf, enum dns_type type, const struct dns_record *record)
{
    switch (type) {
    case DNS_A:
    case DNS_AAAA:
        buf_add(buf, ip_format(record->ip, buf->arena));
        return;
    case DNS_MX:
        buf_printf(buf, "%u ", record->preference);
        break;
    case DNS_TXT:
    case DNS_SOA:
    case DNS_TLSA:
        write_quoted(buf, record->text);
        return;
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
        break;
    }
    write_name(buf, record->text);
}

/* Up to where the data begins. */
static void write_front(struct buf *buf, const struct dns_answer *answer)
{
    write_name(buf, answer->name);
    buf_printf(buf, " %s ", dns_type_name(answer->type));
    if (answer->security != DNS_INDETERMINATE)
        buf_printf(buf, "%s ", dns_security_name(answer->security));
    if (answer->ttl)
        buf_printf(buf, "ttl=%u ", answer->ttl);
    if (answer->canonical.n) {
        buf_add(buf, S("cname="));
        write_escaped(buf, answer->canonical, false);
        buf_add(buf, final_dot(answer->canonical));
        buf_add_char(buf, ' ');
    }
    if (answer->cut)
        buf_add(buf, S("cut "));
}

void answers_write_one(struct buf *buf, const struct dns_answer *answer)
{
    assert((answer->status == DNS_OK) == (answer->n > 0));
    if (answer->status == DNS_LIMIT || answer->status == DNS_INVALID)
        return;
    if (answer->status != DNS_OK) {
        write_front(buf, answer);
        buf_add(buf, str_from(dns_status_name(answer->status)));
        if (answer->why.n) {
            buf_add_char(buf, ' ');
            write_quoted(buf, answer->why);
        }
        buf_add_char(buf, '\n');
    }
    for (size_t i = 0; answer->status == DNS_OK && i < answer->n; i++) {
        write_front(buf, answer);
        write_data(buf, answer->type, &answer->records[i]);
        buf_add_char(buf, '\n');
    }
}

static int by_name_and_type(const void *a, const void *b)
{
    const struct dns_answer *left = *(const struct dns_answer *const *)a;
    const struct dns_answer *right = *(const struct dns_answer *const *)b;
    int order = str_cmp(left->name, right->name);

    return order ? order : (int)left->type - (int)right->type;
}

static void write_sorted(struct buf *buf, const struct dns_answer **list, size_t n)
{
    qsort(list, n, sizeof(*list), by_name_and_type);
    for (size_t i = 0; i < n; i++)
        answers_write_one(buf, list[i]);
}

void answers_write(struct buf *buf, const struct ask *ask)
{
    const struct dns_answer **list;
    size_t n = 0;

    for (const struct question *question = ask->first; question; question = question->next)
        n += question->answer != NULL;
    list = arena_array_of(buf->arena, n, const struct dns_answer *);
    n = 0;
    for (const struct question *question = ask->first; question; question = question->next)
        if (question->answer)
            list[n++] = question->answer;
    write_sorted(buf, list, n);
}

static void write_head(struct buf *buf, const char *word, str value)
{
    bool plain = value.n > 0;

    for (size_t i = 0; i < value.n; i++)
        plain = plain && is_plain(value.p[i]);
    buf_printf(buf, "%s ", word);
    if (plain)
        buf_add(buf, value);
    else
        write_quoted(buf, value);
    buf_add_char(buf, '\n');
}

static void write_heads(struct buf *buf, const struct answers *answers)
{
    if (answers->has_time)
        buf_printf(buf, "time %.*s\n", PS(iso_format(answers->time, buf->arena)));
    if (answers->ip.p)
        write_head(buf, "ip", answers->ip);
    if (answers->helo.p)
        write_head(buf, "helo", answers->helo);
    if (answers->mail_from.p && answers->mail_from.n)
        write_head(buf, "mail-from", answers->mail_from);
    else if (answers->mail_from.p)
        buf_add(buf, S("mail-from <>\n"));
    for (size_t i = 0; i < answers->recipient_count; i++)
        write_head(buf, "rcpt", answers->recipients[i]);
    if (answers->has_default)
        buf_printf(buf, "default %s\n", dns_status_name(answers->default_status));
}

void answers_write_file(struct buf *buf, const struct answers *answers)
{
    const struct answers_table *table = answers->table;
    const struct dns_answer **list = arena_array_of(buf->arena, table->n, const struct dns_answer *);
    size_t n = 0;

    write_heads(buf, answers);
    for (size_t i = 0; i < table->slot_count; i++)
        for (const struct answers_entry *entry = table->slots[i]; entry; entry = entry->next)
            list[n++] = &entry->answer;
    write_sorted(buf, list, n);
}
