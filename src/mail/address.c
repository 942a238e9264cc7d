/* address.c: RFC 5322 addresses, read in one direction and never given up on.
 *
 * A list is cut into segments at the commas outside quotes, comments, angle brackets and literals; a segment
 * is normally one mailbox. Where mail programs disagree about whose address it is, all candidates come out as
 * mailboxes, and `syntax` is set: an author who is shown anywhere is an author here.
 *
 * Each byte is passed a fixed number of times: as part of a segment, as part of a mailbox, as text. */
#include "mail/address.h"

#include "base/limits.h"
#include "base/utf8.h"

enum kind { END, ATOM, QUOTED, LITERAL, SPECIAL };

struct token {
    enum kind kind;
    size_t from, to; /* in the value, quotes and brackets included */
    bool gap;        /* white space or a comment stands before it */
};

/* Where a scan stands. A quote, parenthesis or bracket that is never closed is junk, and so is every later
 * one of its kind: looking for the end of each would take quadratic time. */
struct scan {
    str s;
    size_t at, end;
    size_t quotes_to, comments_to, literals_to;
    bool junk;
    char *comment; /* NULL: comments are passed over; else room for s.n bytes */
    size_t comment_n;
};

struct range {
    size_t from, to;
};

struct reader {
    struct scan scan;
    struct arena *arena;
    struct address_list *list;
    str group, comment;
};

/* The offset behind the quoted string or literal at `at`, or 0. */
static size_t closed_by(const struct scan *scan, size_t at, char close)
{
    for (size_t i = at + 1; i < scan->s.n; i++) {
        if (scan->s.p[i] == close)
            return i + 1;
        if (scan->s.p[i] == '\\')
            i++;
    }
    return 0;
}

/* The same for a comment; they nest (RFC 5322 section 3.2.2). */
static size_t comment_end(const struct scan *scan, size_t at)
{
    size_t depth = 0;

    for (size_t i = at; i < scan->s.n; i++) {
        char c = scan->s.p[i];

        if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return i + 1;
        else if (c == '\\')
            i++;
    }
    return 0;
}

/* Appends the inside of a quoted string or comment to out: pairs resolved, line ends removed. */
static size_t resolve(str inside, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < inside.n; i++) {
        if (inside.p[i] == '\\' && i + 1 < inside.n)
            i++;
        if (inside.p[i] != '\r' && inside.p[i] != '\n')
            out[n++] = inside.p[i];
    }
    return n;
}

static void take_comment(struct scan *scan, size_t to)
{
    str inside = str_sub(scan->s, scan->at + 1, to - scan->at - 2);

    if (scan->comment) {
        if (scan->comment_n)
            scan->comment[scan->comment_n++] = ' ';
        scan->comment_n += resolve(inside, scan->comment + scan->comment_n);
    }
    scan->at = to;
}

/* Passes white space and comments; true if there were any. */
static bool pass_gap(struct scan *scan)
{
    size_t start = scan->at, to;

    while (scan->at < scan->end) {
        if (ascii_is_space(scan->s.p[scan->at])) {
            scan->at++;
            continue;
        }
        if (scan->s.p[scan->at] != '(' || scan->at >= scan->comments_to)
            break;
        to = comment_end(scan, scan->at);
        if (to == 0) {
            scan->comments_to = scan->at;
            break;
        }
        take_comment(scan, to);
    }
    return scan->at > start;
}

static bool is_special(char c)
{
    return c && !ascii_is_alnum(c) && strchr("()<>[]:;@,\"", c);
}

static size_t atom_end(struct scan *scan)
{
    size_t i = scan->at;

    for (; i < scan->end; i++) {
        unsigned char c = (unsigned char)scan->s.p[i];

        if (is_special((char)c) || ascii_is_space((char)c))
            break;
        if (c < ' ' || c == 127 || c == '\\')
            scan->junk = true;
    }
    return i;
}

/* A quoted string or literal if it is closed; else the character alone. */
static void take_closed(struct scan *scan, struct token *token, enum kind kind)
{
    size_t to = closed_by(scan, scan->at, kind == QUOTED ? '"' : ']');

    if (to) {
        token->to = to;
        token->kind = kind;
    } else if (kind == QUOTED) {
        scan->quotes_to = scan->at;
    } else {
        scan->literals_to = scan->at;
    }
}

static struct token next_token(struct scan *scan)
{
    bool gap = pass_gap(scan);
    struct token token = {SPECIAL, scan->at, scan->at + 1, gap};
    char c;

    if (scan->at == scan->end)
        return (struct token){END, scan->at, scan->at, gap};
    c = scan->s.p[scan->at];
    if (c == '"' && scan->at < scan->quotes_to) {
        take_closed(scan, &token, QUOTED);
    } else if (c == '[' && scan->at < scan->literals_to) {
        take_closed(scan, &token, LITERAL);
    } else if (!is_special(c)) {
        token.to = atom_end(scan);
        token.kind = ATOM;
    }
    if (token.kind == SPECIAL && strchr("()[]\"", c))
        scan->junk = true;
    scan->at = token.to;
    return token;
}

static bool is_char(const struct reader *reader, struct token token, char c)
{
    return token.kind == SPECIAL && reader->scan.s.p[token.from] == c;
}

/* A scan over a part of the value. What is found to be junk there is noted by the reader's own scan. */
static struct scan scan_range(const struct reader *reader, struct range range)
{
    struct scan scan = reader->scan;

    scan.at = range.from;
    scan.end = range.to;
    scan.comment = NULL;
    return scan;
}

/* The text of the tokens in a range: quotes resolved, comments dropped, one space for each gap inside if
 * `spaces`, else none. */
static str text_of(const struct reader *reader, struct range range, bool spaces)
{
    struct scan scan = scan_range(reader, range);
    char *out = arena_bytes(reader->arena, range.to - range.from);
    size_t n = 0;

    for (struct token t = next_token(&scan); t.kind != END; t = next_token(&scan)) {
        str s = str_sub(scan.s, t.from, t.to - t.from);

        if (spaces && t.gap && n)
            out[n++] = ' ';
        if (t.kind == QUOTED) {
            n += resolve(str_sub(s, 1, s.n - 2), out + n);
            continue;
        }
        for (size_t i = 0; i < s.n; i++) {
            if (s.p[i] == '\\' && i + 1 < s.n && ascii_is_space(s.p[i + 1]))
                i++; /* in a literal: else the "\" would quote what comes behind the space */
            else if (spaces ? s.p[i] != '\r' && s.p[i] != '\n' : !ascii_is_space(s.p[i]))
                out[n++] = s.p[i];
        }
    }
    return (str){out, n};
}

/* True if the range is words with single dots between them. */
static bool dots_fit(const struct reader *reader, struct range range)
{
    struct scan scan = scan_range(reader, range);
    bool want_word = true;

    for (struct token t = next_token(&scan); t.kind != END; t = next_token(&scan)) {
        if (t.kind == QUOTED || scan.s.p[t.from] != '.') {
            if (!want_word)
                return false;
            want_word = false;
        }
        for (size_t i = t.from; t.kind == ATOM && i < t.to; i++) {
            if (scan.s.p[i] == '.' && want_word)
                return false;
            want_word = scan.s.p[i] == '.';
        }
    }
    return !want_word;
}

static struct address *new_address(struct reader *reader)
{
    struct address_list *list = reader->list;
    struct address *address;

    if (list->n == LIMIT_ADDRESSES) {
        list->cut = true;
        return NULL;
    }
    if ((list->n & (list->n - 1)) == 0) { /* 0 or a power of two: the room is used up */
        struct address *more = arena_array_of(reader->arena, list->n ? list->n * 2 : 1, struct address);

        if (list->n)
            memcpy(more, list->items, list->n * sizeof(*more));
        list->items = more;
    }
    address = &list->items[list->n++];
    address->group = reader->group;
    address->comment = reader->comment;
    return address;
}

static void add_address(struct reader *reader, str display, str local, str domain)
{
    struct address *address = new_address(reader);

    if (!address)
        return;
    address->display = display;
    address->local = local;
    address->domain = domain;
}

/* The domain behind an "@": a literal, or atoms that stand together or are joined by dots. */
static struct range domain_range(struct scan *scan)
{
    struct scan ahead = *scan;
    struct token t = next_token(&ahead);
    struct range range = {t.from, t.from};
    bool first = true;

    while (t.kind == ATOM || (t.kind == LITERAL && first)) {
        bool joined = first || !t.gap || scan->s.p[range.to - 1] == '.' || scan->s.p[t.from] == '.';

        if (!joined)
            break;
        range.to = t.to;
        *scan = ahead;
        if (t.kind == LITERAL)
            break;
        first = false;
        t = next_token(&ahead);
    }
    return range;
}

/* Emits the mailbox whose local part is `local` and whose domain follows the scan's place. */
static void read_domain(struct reader *reader, struct scan *scan, struct range local, bool chained,
                        str display)
{
    struct range domain = domain_range(scan);
    str text;

    /* "a@b@c": b may be taken for the domain, or c with the local part "a@b". */
    text = chained ? str_sub(scan->s, local.from, local.to - local.from) : text_of(reader, local, false);
    if (chained || !dots_fit(reader, local))
        reader->list->syntax = true;
    if (domain.from == domain.to || (scan->s.p[domain.from] != '[' && !dots_fit(reader, domain)))
        reader->list->syntax = true;
    add_address(reader, display, text, text_of(reader, domain, false));
}

/* Where a local part may begin: behind the last word that is not joined to the next by a dot. */
struct words {
    struct range local; /* empty: no word yet */
    size_t first;       /* the first word of all */
};

static void take_word(struct reader *reader, struct words *words, struct token t)
{
    const char *p = reader->scan.s.p;

    if (words->local.from == words->local.to) {
        words->local = (struct range){t.from, t.to};
        words->first = t.from;
        return;
    }
    if (t.gap && p[words->local.to - 1] != '.' && p[t.from] != '.') {
        words->local.from = t.from;
        reader->list->syntax = true;
    }
    words->local.to = t.to;
}

/* Skips the source route "@a,@b:" (obsolete, section 4.4). */
static struct range without_route(struct reader *reader, struct range range)
{
    struct scan scan = scan_range(reader, range);
    struct token t = next_token(&scan);

    if (!is_char(reader, t, '@'))
        return range;
    while (t.kind != END && !is_char(reader, t, ':'))
        t = next_token(&scan);
    return t.kind == END ? range : (struct range){t.to, range.to};
}

/* Reads the addresses in a range without "<"; normally one. */
static void read_specs(struct reader *reader, struct range range, str display)
{
    struct scan scan = scan_range(reader, range);
    struct words words = {{range.from, range.from}, range.from};
    bool chained = false, any = false;

    for (struct token t = next_token(&scan); t.kind != END; t = next_token(&scan)) {
        if (is_char(reader, t, '@')) {
            str before = display;

            if (display.n == 0 && !chained && words.local.from > words.first)
                before = text_of(reader, (struct range){words.first, words.local.from}, true);
            words.local.to = chained ? t.from : words.local.to;
            if (any)
                reader->list->syntax = true;
            read_domain(reader, &scan, words.local, chained, before);
            any = chained = true;
            continue;
        }
        if (chained) {
            chained = false;
            reader->list->syntax = true;
            words.local = (struct range){t.from, t.from};
        }
        if (t.kind == ATOM || t.kind == QUOTED) {
            take_word(reader, &words, t);
        } else {
            reader->list->syntax = true;
            words.local = (struct range){t.to, t.to};
        }
    }
    if (!any) { /* "<root>" and "<>" */
        reader->list->syntax = true;
        add_address(reader, display, text_of(reader, words.local, false), (str){0});
    }
}

/* Words without an address: a single plain one is a local part, else it is a name. */
static void read_lone(struct reader *reader, struct range range)
{
    struct scan scan = scan_range(reader, range);
    struct token t = next_token(&scan);
    str text = text_of(reader, range, true);
    bool single = t.kind == ATOM && next_token(&scan).kind == END && !str_starts(text, S("=?"));

    reader->list->syntax = true;
    add_address(reader, single ? (str){0} : text, single ? text : (str){0}, (str){0});
}

/* What stands before the next "<" or the end. */
struct before {
    struct token stop; /* "<" or END */
    bool at, words;
};

static struct before look_ahead(struct reader *reader, struct range range)
{
    struct scan scan = scan_range(reader, range);
    struct before before = {0};

    for (;;) {
        struct token t = next_token(&scan);

        if (t.kind == END || is_char(reader, t, '<')) {
            before.stop = t;
            return before;
        }
        if (is_char(reader, t, '@'))
            before.at = true;
        else if (t.kind == SPECIAL || (t.kind == LITERAL && !before.at))
            reader->list->syntax = true;
        before.words = true;
    }
}

/* Reads "<...>" behind a "<"; returns the offset behind it. */
static size_t read_angle(struct reader *reader, struct range range, str display)
{
    struct scan scan = scan_range(reader, range);
    struct token t = next_token(&scan);
    struct range inside = {range.from, range.to};

    while (t.kind != END && !is_char(reader, t, '>') && !is_char(reader, t, '<'))
        t = next_token(&scan);
    inside.to = t.from;
    if (is_char(reader, t, '>')) {
        read_specs(reader, without_route(reader, inside), display);
        return t.to;
    }
    reader->list->syntax = true;
    if (str_trim(str_sub(scan.s, inside.from, inside.to - inside.from)).n)
        read_specs(reader, without_route(reader, inside), display);
    return t.from;
}

/* "a@b.example <c@d.example>": most programs show the address in brackets and take the other for a name, but
 * some take the first. So both are mailboxes, unless they are the same, or the first is "Sales@Company". */
static void read_name_as_address(struct reader *reader, struct range name)
{
    struct address_list *list = reader->list;
    size_t n = list->n;

    list->syntax = true;
    read_specs(reader, name, (str){0});
    for (size_t i = n; i < list->n; i++) {
        const struct address *address = &list->items[i], *bracketed = n ? &list->items[n - 1] : NULL;

        if (str_find(address->domain, '.') == address->domain.n ||
            (bracketed && str_ieq(address->domain, bracketed->domain) &&
             str_eq(address->local, bracketed->local)))
            continue;
        list->items[n++] = *address;
    }
    list->n = n;
}

/* Reads one segment; normally one mailbox. */
static void read_segment(struct reader *reader, struct range range)
{
    bool any = false;

    while (range.from < range.to && !reader->list->cut) {
        struct before before = look_ahead(reader, range);
        struct range name = {range.from, before.stop.from};
        bool angle = before.stop.kind != END;

        if (any && (before.words || angle))
            reader->list->syntax = true;
        if (angle) {
            range.from = read_angle(reader, (struct range){before.stop.to, range.to},
                                    before.words ? text_of(reader, name, true) : (str){0});
            if (before.at)
                read_name_as_address(reader, name);
        } else {
            if (before.at)
                read_specs(reader, range, (str){0});
            else if (before.words && !any)
                read_lone(reader, range);
            range.from = range.to;
        }
        any = any || before.words || angle;
    }
}

/* A segment: its range, and the character that ended it (0: the end of the value). */
struct segment {
    struct range range;
    char end;
    bool address; /* "@" or "<" is in it */
    bool content;
};

static bool ends_segment(char c, bool angle, bool route)
{
    if (angle)
        return (c == ',' && !route) || c == ';';
    return c == ',' || c == ';' || c == ':';
}

static struct segment next_segment(struct reader *reader)
{
    struct scan *scan = &reader->scan;
    struct segment segment = {.range = {scan->at, scan->at}};
    bool angle = false, route = false, fresh = false;

    for (;;) {
        struct token t = next_token(scan);
        char c = t.kind == SPECIAL ? scan->s.p[t.from] : 0;

        segment.range.to = t.from;
        if (t.kind == END || ends_segment(c, angle, route)) {
            segment.end = c;
            return segment;
        }
        segment.content = true;
        segment.address |= c == '@' || c == '<';
        route = fresh ? c == '@' : route && c != ':'; /* a route's commas end no segment */
        fresh = c == '<';
        angle = c == '<' || (angle && c != '>');
        route = route && angle;
    }
}

/* The phrase before a ":" names a group. */
static void open_group(struct reader *reader, struct segment segment, bool nested)
{
    reader->list->groups = true;
    reader->group = text_of(reader, segment.range, true);
    if (nested)
        reader->list->syntax = true;
}

static void read_list(struct reader *reader)
{
    struct address_list *list = reader->list;
    bool in_group = false, separated = true;

    while (!list->cut) {
        struct segment segment;

        reader->scan.comment_n = 0;
        segment = next_segment(reader);
        reader->comment = arena_str(reader->arena, (str){reader->scan.comment, reader->scan.comment_n});
        if (segment.content && !separated)
            list->syntax = true;
        separated = segment.end != ';';
        if (segment.end == ':' && segment.content && !segment.address) {
            open_group(reader, segment, in_group);
            in_group = true;
            continue;
        }
        read_segment(reader, segment.range);
        if (segment.end == ':' || (segment.end == ';' && !in_group))
            list->syntax = true;
        if (segment.end == ';') {
            in_group = false;
            reader->group = (str){0};
        }
        if (segment.end == 0)
            break;
    }
    list->syntax |= in_group;
}

void address_parse_list(str value, struct arena *arena, struct address_list *list)
{
    size_t before = list->n;
    bool groups = list->groups;
    bool too_long = value.n > LIMIT_ADDRESS_TEXT;
    struct reader reader;

    value = str_sub(value, 0, LIMIT_ADDRESS_TEXT);
    reader = (struct reader){
        .scan = {.s = value,
                 .end = value.n,
                 .quotes_to = value.n,
                 .comments_to = value.n,
                 .literals_to = value.n},
        .arena = arena,
        .list = list,
    };

    list->groups = false;
    if (str_find(value, '(') < value.n)
        reader.scan.comment = arena_bytes(arena, value.n);
    read_list(&reader);
    if (reader.scan.junk || !utf8_valid(value) || (list->n == before && !list->groups))
        list->syntax = true;
    list->groups |= groups;
    list->cut |= too_long;
}

/* The "@" before the domain: the last one outside quotes; path.n if there is none. */
static size_t path_at(str path)
{
    size_t found = path.n;
    bool quoted = false;

    for (size_t i = 0; i < path.n; i++) {
        if (quoted && path.p[i] == '\\')
            i++;
        else if (path.p[i] == '"')
            quoted = !quoted;
        else if (path.p[i] == '@' && !quoted)
            found = i;
    }
    return found;
}

bool address_parse_path(str path, struct arena *arena, struct address *address)
{
    size_t at;

    *address = (struct address){0};
    path = str_trim(path);
    if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
        path = str_trim(str_sub(path, 1, path.n - 2));
    if (str_starts(path, S("@")) && str_find(path, ':') < path.n)
        path = str_skip(path, str_find(path, ':') + 1);
    at = path_at(path);
    address->local = str_trim(str_sub(path, 0, at));
    address->domain = str_trim(str_skip(path, at + 1));
    if (address->local.n >= 2 && str_starts(address->local, S("\"")) && str_ends(address->local, S("\""))) {
        char *out = arena_bytes(arena, address->local.n);

        address->local = (str){out, resolve(str_sub(address->local, 1, address->local.n - 2), out)};
    }
    return address->local.n && address->domain.n;
}

/* True if it can stand without quotes. */
static bool is_dot_atom(str s)
{
    char before = '.';

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= ' ' || c == 127 || c == '\\' || is_special((char)c) || (c == '.' && before == '.'))
            return false;
        before = (char)c;
    }
    return before != '.';
}

str address_format(const struct address *address, struct arena *arena)
{
    str local = address->local, domain = address->domain;
    char *out = arena_bytes(arena, local.n * 2 + 3 + domain.n);
    bool quoted = !is_dot_atom(local);
    size_t n = 0;

    if (quoted)
        out[n++] = '"';
    for (size_t i = 0; i < local.n; i++) {
        if (quoted && (local.p[i] == '"' || local.p[i] == '\\'))
            out[n++] = '\\';
        out[n++] = local.p[i];
    }
    if (quoted)
        out[n++] = '"';
    if (domain.n) {
        out[n++] = '@';
        memcpy(out + n, domain.p, domain.n);
        n += domain.n;
    }
    return (str){out, n};
}
