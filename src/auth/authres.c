/* authres.c: reading Authentication-Results, whatever receivers make of RFC 8601.
 *
 * Seen in the wild: no authserv-id (Microsoft 365), the authserv-id again in the middle, no ";" behind it,
 * properties without a type or behind a ";" of their own, unquoted VERP addresses and URLs, "pass(p=none)".
 */
#include "auth/authres.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "mail/domain.h"
#include "mail/word.h"

struct reader {
    str rest;
    struct arena *arena;
    bool syntax;
    bool no_comments; /* a "(" without an end was seen: from there on it is an ordinary character, so that it
                       * can't hide what stands behind it */
    bool no_quotes;   /* likewise a quote */
    struct buf comments; /* behind the last result, as long as it has no property */
};

static bool next_is(const struct reader *reader, char c)
{
    return reader->rest.n && reader->rest.p[0] == c;
}

static bool take(struct reader *reader, char c)
{
    if (!next_is(reader, c))
        return false;
    reader->rest = str_skip(reader->rest, 1);
    return true;
}

/* The length of what `open` at the start of s begins, both ends included; 0 if it doesn't end. */
static size_t enclosed(str s, char open, char close)
{
    size_t depth = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == close && (open != close || i > 0)) {
            if (open == close || --depth == 0)
                return i + 1;
        } else if (s.p[i] == open)
            depth++;
    }
    return 0;
}

/* Text of a comment or quoted string: quoted pairs resolved, line ends of folds removed. */
static void add_resolved(struct buf *buf, str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n)
            i++;
        else if (s.p[i] == '\r' || s.p[i] == '\n')
            continue;
        buf_add_char(buf, s.p[i]);
    }
}

/* True if a comment begins s, which is not empty; one that does not end is none. */
static bool at_comment(struct reader *reader, str s)
{
    if (s.p[0] != '(' || reader->no_comments)
        return false;
    if (enclosed(s, '(', ')'))
        return true;
    reader->no_comments = reader->syntax = true;
    return false;
}

/* Passes a comment; its text is appended to *text if that is not NULL. */
static void take_comment(struct reader *reader, struct buf *text)
{
    size_t n = enclosed(reader->rest, '(', ')');

    if (text && text->n)
        buf_add_char(text, ' ');
    if (text)
        add_resolved(text, str_sub(reader->rest, 1, n - 2));
    reader->rest = str_skip(reader->rest, n);
}

static void skip_space(struct reader *reader)
{
    size_t n = 0;

    while (n < reader->rest.n && ascii_is_space(reader->rest.p[n]))
        n++;
    reader->rest = str_skip(reader->rest, n);
}

/* CFWS */
static void skip(struct reader *reader, struct buf *comments)
{
    skip_space(reader);
    while (reader->rest.n && at_comment(reader, reader->rest)) {
        take_comment(reader, comments);
        skip_space(reader);
    }
}

bool authres_is_keyword(str s)
{
    if (s.n == 0 || !ascii_is_alnum(s.p[s.n - 1]))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_alnum(s.p[i]) && s.p[i] != '-')
            return false;
    return true;
}

/* A piece of a name: all up to something that has a meaning between names. May be empty. */
static str read_atom(struct reader *reader)
{
    str s = reader->rest;
    size_t n = 0;

    while (n < s.n && !ascii_is_space(s.p[n]) && !memchr("()\";=./", s.p[n], 7))
        n++;
    reader->rest = str_skip(s, n);
    return str_sub(s, 0, n);
}

struct name {
    str first;      /* method, or ptype */
    char separator; /* "." or "/", 0 if there is no second part */
    str second;     /* property, or version */
};

/* "method", "method/1" or "ptype.property", with comments around the "/" and ".". Takes at least one byte
 * unless there is none. */
static struct name read_name(struct reader *reader)
{
    struct name name = {.first = read_atom(reader)};
    const char *begin;

    skip(reader, NULL);
    if (!next_is(reader, '.') && !next_is(reader, '/')) {
        if (name.first.n == 0 && !next_is(reader, ';')) {
            reader->syntax = true;
            reader->rest = str_skip(reader->rest, 1);
        }
        return name;
    }
    name.separator = reader->rest.p[0];
    reader->rest = str_skip(reader->rest, 1);
    skip(reader, NULL);
    begin = reader->rest.p;
    name.second = read_atom(reader);
    while (name.second.n && (next_is(reader, '.') || next_is(reader, '/'))) { /* "a.b.c=": b.c is the name */
        reader->rest = str_skip(reader->rest, 1);
        read_atom(reader);
        name.second = str_span(begin, reader->rest.p);
    }
    return name;
}

/* The length of the plain run at the start of what is left: up to white space, ";", a quote or a comment. */
static size_t plain_run(struct reader *reader)
{
    str s = reader->rest;
    size_t n = 0;

    while (n < s.n && !ascii_is_space(s.p[n]) && s.p[n] != ';' && (s.p[n] != '"' || reader->no_quotes) &&
           !at_comment(reader, str_skip(s, n)))
        n++;
    return n;
}

/* A value that has a quoted string in it: "quoted", or "quoted"@example.com. */
static str read_quoted_value(struct reader *reader, str before)
{
    struct buf buf = buf_new(reader->arena, SIZE_MAX);

    buf_add(&buf, before);
    for (;;) {
        size_t n = plain_run(reader);

        buf_add(&buf, str_sub(reader->rest, 0, n));
        reader->rest = str_skip(reader->rest, n);
        if (!next_is(reader, '"') || reader->no_quotes)
            return buf_str(&buf);
        n = enclosed(reader->rest, '"', '"');
        if (n == 0)
            reader->no_quotes = reader->syntax = true;
        else
            add_resolved(&buf, str_sub(reader->rest, 1, n - 2));
        reader->rest = str_skip(reader->rest, n);
    }
}

/* The ptypes of the IANA registry. */
static bool is_known_type(str type)
{
    static const str types[] = {STR("smtp"), STR("header"), STR("body"), STR("policy"), STR("dns")};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_ieq(type, types[i]))
            return true;
    return false;
}

/* True if the next property follows at once: "header.from= header.d=x" has an empty value. */
static bool at_property(const struct reader *reader)
{
    struct reader ahead = *reader;
    str type = read_atom(&ahead);

    return is_known_type(type) && take(&ahead, '.') && authres_is_keyword(read_atom(&ahead)) &&
           next_is(&ahead, '=');
}

static str read_value(struct reader *reader)
{
    size_t before = reader->rest.n;
    size_t n;
    str value;

    skip(reader, NULL);
    if (reader->rest.n < before && at_property(reader)) {
        reader->syntax = true;
        return S("");
    }
    n = plain_run(reader);
    value = str_sub(reader->rest, 0, n);
    reader->rest = str_skip(reader->rest, n);
    if (next_is(reader, '"') && !reader->no_quotes)
        return read_quoted_value(reader, value);
    reader->syntax |= n == 0;
    return value;
}

/* The authserv-id; comments and white space around its dots are passed over, so that they can't disguise
 * it. */
static str read_id(struct reader *reader)
{
    struct buf id = buf_new(reader->arena, SIZE_MAX);

    skip(reader, NULL);
    buf_add(&id, read_value(reader));
    skip(reader, NULL);
    while (reader->rest.n && !next_is(reader, ';') &&
           (next_is(reader, '.') || (id.n && id.p[id.n - 1] == '.'))) {
        reader->syntax = true;
        buf_add(&id, read_value(reader));
        skip(reader, NULL);
    }
    return buf_str(&id);
}

static unsigned version_of(str s)
{
    uint64_t version;

    return str_to_u64(s, 1000000, &version) ? (unsigned)version : 1;
}

static void read_version(struct reader *reader, unsigned *version)
{
    struct reader ahead = *reader;
    str digits = read_atom(&ahead);
    uint64_t ignored;

    if (!str_to_u64(digits, UINT64_MAX, &ignored))
        return;
    skip(&ahead, NULL);
    if (next_is(&ahead, '='))
        return;
    *version = version_of(digits);
    *reader = ahead;
}

/* "i=N;" of an ARC-Authentication-Results. */
static void read_instance(struct reader *reader, struct authres *authres)
{
    struct reader ahead = *reader;
    uint64_t instance;

    skip(&ahead, NULL);
    if (!str_ieq(read_atom(&ahead), S("i")))
        return;
    skip(&ahead, NULL);
    if (!take(&ahead, '=') || !str_to_u64(read_value(&ahead), 1000000, &instance))
        return;
    authres->instance = (unsigned)instance;
    skip(&ahead, NULL);
    if (!take(&ahead, ';'))
        ahead.syntax = true;
    *reader = ahead;
}

/* The head of the field: authserv-id and version. */
static void read_head(struct reader *reader, struct authres *authres)
{
    struct reader start;
    struct name name;

    skip(reader, NULL);
    start = *reader;
    if (!next_is(reader, '"')) {
        name = read_name(reader);
        skip(reader, NULL);
        if (next_is(reader, '=') || (reader->rest.n == 0 && str_ieq(name.first, S("none")))) {
            *reader = start; /* results at once, as Microsoft has it */
            reader->syntax = true;
            return;
        }
    }
    *reader = start;
    authres->id = read_id(reader);
    authres->has_id = authres->id.n > 0;
    read_version(reader, &authres->version);
    if (!authres->has_id || (reader->rest.n && !next_is(reader, ';')))
        reader->syntax = true;
}

static void add_result(struct reader *reader, struct authres *authres, struct name name, str word)
{
    struct authres_result *result;

    if (!authres_is_keyword(name.first) || !authres_is_keyword(word))
        reader->syntax = true;
    result = authres_add(authres, arena_lower(reader->arena, name.first), RESULT_UNKNOWN, reader->arena);
    if (!result)
        return;
    result->version = version_of(name.second);
    result->word = word;
    reader->comments = buf_new(reader->arena, SIZE_MAX);
    result_parse(word, &result->result, &result->bestguess);
}

/* One "name=value". at_start: a ";" or the head stands before it. Nothing else begins a result: hosts that do
 * not quote let a sender write "x dmarc=pass" where his own name should stand. */
static void read_pair(struct reader *reader, struct authres *authres, bool at_start)
{
    struct name name = read_name(reader);
    struct authres_result *last = authres->n && !authres->cut ? &authres->results[authres->n - 1] : NULL;
    str value;

    skip(reader, NULL);
    if (!take(reader, '=')) {
        if (at_start && authres->n == 0 && name.separator == 0 && str_ieq(name.first, S("none")))
            authres->none = true;
        else
            reader->syntax = true;
        return;
    }
    value = read_value(reader);
    if (name.separator == '.') {
        if (at_start || !last || str_find(name.second, '.') < name.second.n)
            reader->syntax = true;
        authres_add_property(last, name.first, name.second, value, reader->arena);
    } else if (!at_start && last && str_ieq(name.first, S("reason"))) {
        last->reason = value;
    } else if (at_start && (authres_is_keyword(value) || !last)) {
        add_result(reader, authres, name, value);
    } else { /* "client-ip=192.0.2.1", "action=none" */
        reader->syntax = true;
        authres_add_property(last, S(""), name.first, value, reader->arena);
    }
}

/* All behind the authserv-id. */
static void read_results(struct reader *reader, struct authres *authres)
{
    bool behind_head = authres->has_id, at_start = !authres->has_id;

    while (reader->rest.n) {
        struct authres_result *last = authres->n && !authres->cut ? &authres->results[authres->n - 1] : NULL;
        bool commented = last && last->property_count == 0;

        skip(reader, commented ? &reader->comments : NULL);
        if (commented)
            last->comment = buf_str(&reader->comments);
        if (take(reader, ';')) {
            reader->syntax |= at_start;
            at_start = true;
            behind_head = false;
        } else if (reader->rest.n) {
            read_pair(reader, authres, at_start || behind_head);
            at_start = behind_head = false;
        }
    }
    reader->syntax |= at_start; /* a ";" at the end */
}

void authres_parse(struct authres *authres, str value, bool arc, struct arena *arena)
{
    struct reader reader = {.rest = str_trim(str_sub(value, 0, LIMIT_AUTHRES_TEXT)), .arena = arena};

    *authres = (struct authres){.version = 1};
    if (str_starts(reader.rest, S("=?")))
        reader.rest = word_decode(reader.rest, arena, NULL);
    if (arc)
        read_instance(&reader, authres);
    read_head(&reader, authres);
    read_results(&reader, authres);
    if (authres->n > 0 ? authres->none : !authres->none)
        reader.syntax = true;
    authres->cut |= value.n > LIMIT_AUTHRES_TEXT;
    authres->none = authres->none && authres->n == 0;
    authres->syntax = reader.syntax || (arc && authres->instance == 0);
}

str authres_property(const struct authres_result *result, str type, str name)
{
    for (size_t i = 0; i < result->property_count; i++) {
        const struct authres_property *property = &result->properties[i];

        if (str_ieq(property->name, name) && (type.n == 0 || str_ieq(property->type, type)))
            return property->value;
    }
    return S("");
}

const struct authres_result *authres_find(const struct authres *authres, str method, size_t *from)
{
    while (*from < authres->n) {
        const struct authres_result *result = &authres->results[(*from)++];

        if (str_ieq(result->method, method))
            return result;
    }
    return NULL;
}

const struct authres_result *authres_only(const struct authres *authres, str method)
{
    size_t from = 0, again;
    const struct authres_result *result = authres_find(authres, method, &from);

    again = from;
    return authres_find(authres, method, &again) ? NULL : result;
}

bool authres_same_id(str a, str b, struct arena *arena)
{
    str x, y;

    a = str_trim(a);
    b = str_trim(b);
    if (str_ieq(a, b))
        return true;
    return domain_normal(a, arena, &x) && domain_normal(b, arena, &y) && str_eq(x, y);
}

/* What some reader does not see, or drops: quotes, controls, white space of all kinds, bytes that are no text. */
static bool is_passed_over(uint32_t c)
{
    return c == '"' || c == '\\' || c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x202f || c == 0x205f || c == 0x3000 || c == UTF8_INVALID || c == UTF8_REPLACEMENT ||
           utf8_is_control(c) || utf8_is_invisible(c);
}

/* True if a field begins with our id once all that may be passed over is taken away. A gap in what is left may
 * be its end or within it: the shortest reading is compared, the longest, and those between by their bytes. */
static bool skeleton_is(str text, str our_id, struct arena *arena)
{
    enum { LONGEST = 1024 }; /* a domain name has 253 characters */
    struct buf seen = buf_new(arena, LONGEST);
    size_t shortest = 0;
    bool gap = false;

    for (size_t n; text.n; text = str_skip(text, n)) {
        uint32_t c = utf8_step(text, &n);
        size_t comment = c == '(' ? enclosed(text, '(', ')') : 0;

        if (comment) {
            n = comment;
        } else if (c < 0x80 && c && strchr(";=(/,:@", (int)c)) {
            break;
        } else if (is_passed_over(c)) {
            gap = true;
        } else {
            if (gap && seen.n && c != '.' && seen.p[seen.n - 1] != '.') {
                if (str_ieq(buf_str(&seen), our_id))
                    return true;
                shortest = shortest ? shortest : seen.n;
            }
            gap = false;
            buf_add(&seen, str_sub(text, 0, n));
            if (seen.full)
                break;
        }
    }
    return authres_same_id(buf_str(&seen), our_id, arena) ||
           (shortest && authres_same_id(str_sub(buf_str(&seen), 0, shortest), our_id, arena));
}

bool authres_is_from(str value, str our_id, struct arena *arena)
{
    struct reader reader = {.rest = str_trim(value), .arena = arena};
    str decoded = word_decode(value, arena, NULL);

    if (str_starts(reader.rest, S("=?")))
        reader.rest = decoded;
    return authres_same_id(read_id(&reader), our_id, arena) || skeleton_is(value, our_id, arena) ||
           skeleton_is(decoded, our_id, arena);
}
