/* answers_parse.c: reading answers from text. */
#include "ask/answers_table.h"

#include "base/iso.h"
#include "base/limits.h"

/* ---- words of a line ---- */

struct token {
    enum { TOKEN_NONE, TOKEN_BARE, TOKEN_QUOTED } kind; /* NONE: the line is used up */
    str text;                                           /* unescaped, in reader.space */
    size_t column;                                      /* from 1 */
};

struct reader {
    str name; /* for messages */
    str line; /* without its line break */
    unsigned line_number;
    size_t at;   /* in line: behind the token */
    char *space; /* line.n bytes in the arena: a token's text begins there where it begins in the line */
    struct token token;
    struct answers *answers;
    struct arena *arena;
    struct err *err;
};

static bool fail(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Always false. The place is the token's. */
static bool fail(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    str words;

    va_start(arguments, format);
    words = arena_vprintf(reader->arena, format, arguments);
    va_end(arguments);
    return err_set(reader->err, "%.*s:%u:%zu: %.*s", PS(reader->name), reader->line_number,
                   reader->token.column, PS(words));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* What the backslash before reader->at stands for; moves on. */
static bool unescape(struct reader *reader, char *byte)
{
    str rest = str_skip(reader->line, reader->at);
    uint64_t value;

    if (rest.n && (rest.p[0] == '"' || rest.p[0] == '\\')) {
        *byte = rest.p[0];
        reader->at++;
        return true;
    }
    if (rest.n < 3 || !str_to_u64(str_sub(rest, 0, 3), 255, &value)) {
        reader->token.column = reader->at;
        return fail(reader,
                    "unknown escape; write \\\" for a quote, \\\\ for a backslash, \\000 to \\255 for a "
                    "byte");
    }
    *byte = (char)value;
    reader->at += 3;
    return true;
}

/* The bytes of a token, from reader->at up to what ends it. */
static bool read_text(struct reader *reader, bool quoted)
{
    str line = reader->line;
    char *text = reader->space + reader->at;
    size_t n = 0;

    while (reader->at < line.n) {
        char c = line.p[reader->at];

        if (quoted ? c == '"' : is_blank(c) || c == '#' || c == '"')
            break;
        reader->at++;
        if (c == '\\' && !unescape(reader, &c))
            return false;
        text[n++] = c;
    }
    reader->token.text = (str){text, n};
    return true;
}

static bool next_token(struct reader *reader)
{
    str line = reader->line;
    bool quoted;

    while (reader->at < line.n && is_blank(line.p[reader->at]))
        reader->at++;
    reader->token = (struct token){.kind = TOKEN_NONE, .column = reader->at + 1};
    if (reader->at == line.n || line.p[reader->at] == '#')
        return true;
    quoted = line.p[reader->at] == '"';
    reader->token.kind = quoted ? TOKEN_QUOTED : TOKEN_BARE;
    reader->at += quoted;
    if (!read_text(reader, quoted))
        return false;
    if (quoted && reader->at == line.n)
        return fail(reader, "the quote is not closed; end it with \" on the same line");
    reader->at += quoted;
    if (reader->at < line.n && !is_blank(line.p[reader->at]) && line.p[reader->at] != '#')
        return fail(reader, "a quote within a word; write \\\" for it, or a space between the two");
    return true;
}

static bool token_is(const struct reader *reader, str word)
{
    return reader->token.kind == TOKEN_BARE && str_eq(reader->token.text, word);
}

/* The token and the quoted ones behind it, joined in place; then the line must end. */
static bool read_strings(struct reader *reader, str *text)
{
    *text = (str){reader->space, 0};
    while (reader->token.kind == TOKEN_QUOTED) {
        str more = reader->token.text;

        if (more.n > LIMIT_DNS_TEXT - text->n)
            return fail(reader, "more than %d bytes of text; no DNS record can hold it, shorten it",
                        LIMIT_DNS_TEXT);
        if (text->n)
            memmove(reader->space + (text->p - reader->space) + text->n, more.p, more.n);
        else
            text->p = more.p;
        text->n += more.n;
        if (!next_token(reader))
            return false;
    }
    if (reader->token.kind != TOKEN_NONE)
        return fail(reader, "text without quotes; put it in \"...\"");
    return true;
}

/* The line must end here. */
static bool end_line(struct reader *reader)
{
    if (!next_token(reader))
        return false;
    if (reader->token.kind != TOKEN_NONE)
        return fail(reader, "more than belongs on the line; remove it, or put # before a comment");
    return true;
}

/* ---- the head of a file ---- */

static bool head_time(struct reader *reader)
{
    if (!iso_parse(reader->token.text, &reader->answers->time))
        return fail(reader, "not a time; write it in UTC as 2022-04-05T12:00:00Z");
    reader->answers->has_time = true;
    return true;
}

static bool head_ip(struct reader *reader)
{
    struct ip ip;

    if (!ip_parse(reader->token.text, &ip))
        return fail(reader, "not an IP address; write it as 192.0.2.1 or 2001:db8::1");
    reader->answers->ip = reader->token.text;
    return true;
}

static bool head_helo(struct reader *reader)
{
    reader->answers->helo = reader->token.text;
    return true;
}

static bool head_mail_from(struct reader *reader)
{
    reader->answers->mail_from =
        token_is(reader, S("<>")) ? str_sub(reader->token.text, 0, 0) : reader->token.text;
    return true;
}

static bool head_rcpt(struct reader *reader)
{
    struct answers *answers = reader->answers;
    size_t n = answers->recipient_count;

    if ((n & (n - 1)) == 0) { /* full at each power of two */
        str *more = arena_array_of(reader->arena, n ? n * 2 : 1, str);

        if (n)
            memcpy(more, answers->recipients, n * sizeof(str));
        answers->recipients = more;
    }
    answers->recipients[answers->recipient_count++] = reader->token.text;
    return true;
}

/* A status that an answer in a file may have; DNS_OK is said by its records. */
static bool token_status(const struct reader *reader, enum dns_status *status)
{
    return reader->token.kind == TOKEN_BARE && dns_status_parse(reader->token.text, status) &&
           *status != DNS_OK && *status != DNS_LIMIT && *status != DNS_INVALID;
}

static bool head_default(struct reader *reader)
{
    if (!token_status(reader, &reader->answers->default_status))
        return fail(reader, "not a status; write NXDOMAIN, NODATA, SERVFAIL, TIMEOUT, BOGUS or UNKNOWN");
    reader->answers->has_default = true;
    return true;
}

static const struct head {
    str word;
    bool (*read)(struct reader *reader); /* takes the token behind the word */
    bool many;                           /* may stand several times */
} heads[] = {
    {STR("time"), head_time, false}, {STR("ip"), head_ip, false},
    {STR("helo"), head_helo, false}, {STR("mail-from"), head_mail_from, false},
    {STR("rcpt"), head_rcpt, true},  {STR("default"), head_default, false},
};
enum { HEADS = sizeof(heads) / sizeof(heads[0]) };

static bool read_head(struct reader *reader, size_t head, unsigned seen[HEADS])
{
    if (seen[head] && !heads[head].many)
        return fail(reader, "\"%s\" stands on line %u already; remove one of the two", heads[head].word.p,
                    seen[head]);
    seen[head] = reader->line_number;
    if (!next_token(reader))
        return false;
    if (reader->token.kind == TOKEN_NONE)
        return fail(reader, "nothing behind \"%s\"; write its value", heads[head].word.p);
    return heads[head].read(reader) && end_line(reader);
}

/* ---- one answer ---- */

/* What stands before the data; zero where it is not said. */
struct attributes {
    enum dns_security security;
    bool has_ttl;
    uint64_t ttl;
    str cname;
    bool cut;
};

static bool read_name(struct reader *reader, str *name)
{
    if (reader->token.kind == TOKEN_NONE)
        return fail(reader, "a name is missing; write it, or . for the root");
    *name = dns_name_normal(reader->token.text, reader->arena);
    return true;
}

static bool read_attribute(struct reader *reader, struct attributes *attributes, bool *found)
{
    str text = reader->token.text;

    *found = true;
    if (token_is(reader, S("secure"))) {
        attributes->security = DNS_SECURE;
    } else if (token_is(reader, S("insecure"))) {
        attributes->security = DNS_INSECURE;
    } else if (token_is(reader, S("cut"))) {
        attributes->cut = true;
    } else if (reader->token.kind == TOKEN_BARE && str_starts(text, S("ttl="))) {
        attributes->has_ttl = true;
        if (!str_to_u64(str_skip(text, 4), UINT32_MAX, &attributes->ttl))
            return fail(reader, "not a TTL; write seconds, as ttl=300");
    } else if (reader->token.kind == TOKEN_BARE && str_starts(text, S("cname="))) {
        attributes->cname = dns_name_normal(str_skip(text, 6), reader->arena);
    } else {
        *found = false;
    }
    return true;
}

/* Reads on until the token is none of them. */
static bool read_attributes(struct reader *reader, struct attributes *attributes)
{
    bool found = true;

    *attributes = (struct attributes){0};
    while (found)
        if (!next_token(reader) || !read_attribute(reader, attributes, &found))
            return false;
    return true;
}

/* Lines of one set may leave an attribute out but not contradict each other. */
static bool merge(struct reader *reader, struct answers_entry *entry, const struct attributes *attributes)
{
    struct dns_answer *answer = &entry->answer;
    bool differ =
        (attributes->security && answer->security && attributes->security != answer->security) ||
        (attributes->has_ttl && entry->has_ttl && attributes->ttl != answer->ttl) ||
        (attributes->cname.n && answer->canonical.n && !str_eq(attributes->cname, answer->canonical));

    if (differ)
        return fail(reader, "the set begun on line %u says otherwise; make its lines agree", entry->line);
    if (attributes->security)
        answer->security = attributes->security;
    if (attributes->has_ttl)
        answer->ttl = (uint32_t)attributes->ttl;
    entry->has_ttl |= attributes->has_ttl;
    if (attributes->cname.n)
        answer->canonical = attributes->cname;
    answer->cut |= attributes->cut;
    return true;
}

static bool read_address(struct reader *reader, struct dns_record *record, unsigned family)
{
    if (!ip_parse_exact(reader->token.text, &record->ip) || record->ip.family != family)
        return fail(reader, "not an IPv%u address; write one, or a status such as NXDOMAIN", family);
    return end_line(reader);
}

static bool read_mx(struct reader *reader, struct dns_record *record)
{
    uint64_t preference;

    if (!str_to_u64(reader->token.text, UINT16_MAX, &preference))
        return fail(reader, "not an MX preference; write a number and a name, or a status such as NODATA");
    record->preference = (uint16_t)preference;
    return next_token(reader) && read_name(reader, &record->text) && end_line(reader);
}

static bool read_data(struct reader *reader, enum dns_type type, struct dns_record *record)
{
    switch (type) {
    case DNS_A:
        return read_address(reader, record, 4);
    case DNS_AAAA:
        return read_address(reader, record, 6);
    case DNS_MX:
        return read_mx(reader, record);
    case DNS_TXT:
    case DNS_SOA:
    case DNS_TLSA:
        if (reader->token.kind == TOKEN_NONE)
            return fail(reader, "the data is missing; write \"...\" or a status such as NXDOMAIN");
        return read_strings(reader, &record->text);
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
        break;
    }
    return read_name(reader, &record->text) && end_line(reader);
}

/* More than the limit is cut off, as it is when the network answers. */
static void add_record(struct answers_entry *entry, const struct dns_record *record, struct arena *arena)
{
    struct dns_answer *answer = &entry->answer;

    if (answer->n == LIMIT_DNS_RECORDS) {
        answer->cut = true;
        return;
    }
    if (answer->n == entry->room) {
        struct dns_record *more;

        entry->room = entry->room ? entry->room * 2 : 1;
        more = arena_array_of(arena, entry->room, struct dns_record);
        if (answer->n)
            memcpy(more, answer->records, answer->n * sizeof(*more));
        answer->records = more;
    }
    answer->records[answer->n++] = *record;
}

/* The part of the line behind name and type: a status, or one record of a set. */
static bool read_answer(struct reader *reader, struct answers_entry *entry,
                        const struct attributes *attributes)
{
    struct dns_answer *answer = &entry->answer;
    bool is_new = entry->line == 0;
    enum dns_status status;
    struct dns_record record = {0};
    bool has_status = token_status(reader, &status);

    if (!is_new && (has_status || answer->status != DNS_OK))
        return fail(reader, "answered on line %u already; remove one of the two", entry->line);
    if (is_new)
        entry->line = reader->line_number;
    if (!merge(reader, entry, attributes))
        return false;
    if (has_status) {
        answer->status = status;
        return next_token(reader) && read_strings(reader, &answer->why);
    }
    answer->status = DNS_OK;
    if (!read_data(reader, answer->type, &record))
        return false;
    add_record(entry, &record, reader->arena);
    return true;
}

/* The token is the name. */
static bool read_question(struct reader *reader)
{
    struct answers_table *table = reader->answers->table;
    struct dns_answer asked = {0};
    struct attributes attributes;
    struct answers_entry *entry;

    if (!read_name(reader, &asked.name))
        return false;
    if (!dns_name_valid(asked.name))
        return fail(reader, "not a DNS name; write labels of 1 to 63 bytes, 253 in all");
    if (!next_token(reader))
        return false;
    if (reader->token.kind != TOKEN_BARE || !dns_type_parse(reader->token.text, &asked.type))
        return fail(reader, "not a type; write A, AAAA, TXT, MX, PTR, CNAME, NS, SOA or TLSA");
    if (!read_attributes(reader, &attributes))
        return false;
    entry = answers_table_find(table, asked.name, asked.type);
    if (!entry)
        entry = answers_table_insert(table, &asked);
    return read_answer(reader, entry, &attributes);
}

static bool read_line(struct reader *reader, unsigned seen[HEADS])
{
    reader->at = 0;
    reader->space = arena_bytes(reader->arena, reader->line.n);
    if (!next_token(reader))
        return false;
    if (reader->token.kind == TOKEN_NONE)
        return true;
    for (size_t i = 0; i < HEADS; i++)
        if (token_is(reader, heads[i].word))
            return read_head(reader, i, seen);
    return read_question(reader);
}

bool answers_parse(struct answers *answers, str name, str text, struct arena *arena, struct err *err)
{
    struct reader reader = {.name = name, .answers = answers, .arena = arena, .err = err};
    unsigned seen[HEADS] = {0};

    answers_init(answers, arena);
    while (str_next(&text, '\n', &reader.line)) {
        reader.line_number++;
        if (!read_line(&reader, seen))
            return false;
    }
    return true;
}
