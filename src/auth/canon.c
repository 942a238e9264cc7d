/* canon.c: the canonicalisations of RFC 6376 section 3.4, streaming over the raw bytes.
 *
 * Canonical text is mostly the raw text. So the raw bytes are searched for the next place where they differ,
 * and what lies before it is hashed where it stands; only short pieces are gathered in a small buffer,
 * because each call of a digest costs as much as hashing some hundred bytes. */
#include "auth/canon.h"

enum { GATHER = 1024, SHORT = 256 };

/* Canonical bytes on their way into the digest, up to the l= limit. */
struct sink {
    struct hash *hash;
    uint64_t left;  /* of the limit */
    uint64_t total; /* all canonical bytes, those over the limit too */
    size_t n;
    char gathered[GATHER];
};

/* The room is not zeroed: that would cost more than most fields. */
static void sink_init(struct sink *sink, struct hash *hash, uint64_t limit)
{
    sink->hash = hash;
    sink->left = limit;
    sink->total = 0;
    sink->n = 0;
}

static void sink_flush(struct sink *sink)
{
    if (sink->n)
        hash_add(sink->hash, (str){sink->gathered, sink->n});
    sink->n = 0;
}

static void sink_add(struct sink *sink, str bytes)
{
    sink->total += bytes.n;
    if (bytes.n > sink->left)
        bytes.n = (size_t)sink->left;
    sink->left -= bytes.n;
    if (bytes.n > GATHER - sink->n)
        sink_flush(sink);
    if (bytes.n >= SHORT) {
        sink_flush(sink);
        hash_add(sink->hash, bytes);
    } else if (bytes.n) {
        memcpy(sink->gathered + sink->n, bytes.p, bytes.n);
        sink->n += bytes.n;
    }
}

static bool is_wsp(char c)
{
    return c == ' ' || c == '\t';
}

/* The size of the line end that s begins with, 0 if there is none. */
static size_t line_end(str s, bool lf_only)
{
    if (s.n >= 2 && s.p[0] == '\r' && s.p[1] == '\n')
        return 2;
    return lf_only && s.n && s.p[0] == '\n' ? 1 : 0;
}

/* s without the line end it closes with, if it does. */
static str cut_line_end(str s, bool lf_only)
{
    bool lf = s.n >= 1 && s.p[s.n - 1] == '\n';
    bool crlf = lf && s.n >= 2 && s.p[s.n - 2] == '\r';

    if (crlf)
        return str_sub(s, 0, s.n - 2);
    return lf && lf_only ? str_sub(s, 0, s.n - 1) : s;
}

/* --- simple --- */

/* s with each line end as CRLF. */
static void add_lines(struct sink *sink, str s, bool lf_only)
{
    while (lf_only) {
        size_t at = str_find(s, '\n');

        if (at == s.n)
            break;
        sink_add(sink, cut_line_end(str_sub(s, 0, at + 1), true));
        sink_add(sink, S("\r\n"));
        s = str_skip(s, at + 1);
    }
    sink_add(sink, s);
}

/* Section 3.4.3: all empty lines at the end become one CRLF, which is there even if the body is empty. */
static void body_simple(struct sink *sink, str body, bool lf_only)
{
    for (str shorter = cut_line_end(body, lf_only); shorter.n < body.n; shorter = cut_line_end(body, lf_only))
        body = shorter;
    add_lines(sink, body, lf_only);
    sink_add(sink, S("\r\n"));
}

/* --- relaxed --- */

typedef unsigned char bytes16 __attribute__((vector_size(16)));

static bytes16 load(const char *p)
{
    bytes16 bytes;

    memcpy(&bytes, p, sizeof(bytes));
    return bytes;
}

static bool any(bytes16 bytes)
{
    uint64_t halves[2];

    memcpy(halves, &bytes, sizeof(halves));
    return halves[0] | halves[1];
}

/* True where raw text may differ from relaxed: a tab, white space before white space or a line end, and with
 * `ends` any CR or LF. */
static bool is_stop(char c, char next, bool ends)
{
    if (c == '\t' || (ends && (c == '\r' || c == '\n')))
        return true;
    return c == ' ' && (is_wsp(next) || next == '\r' || next == '\n');
}

/* How many bytes of s go into the canonical text as they are, at least; the last byte never counts, as what
 * follows it is not known. */
static size_t plain_span(str s, bool ends)
{
    size_t at = 0;

    for (; at + sizeof(bytes16) < s.n; at += sizeof(bytes16)) {
        bytes16 c = load(s.p + at);
        bytes16 next = load(s.p + at + 1);
        bytes16 stop = (bytes16)(c == '\t') |
                       ((bytes16)(c == ' ') & ((bytes16)(next == ' ') | (bytes16)(next == '\t') |
                                               (bytes16)(next == '\r') | (bytes16)(next == '\n')));

        if (ends)
            stop |= (bytes16)(c == '\r') | (bytes16)(c == '\n');
        if (any(stop))
            break;
    }
    while (at + 1 < s.n && !is_stop(s.p[at], s.p[at + 1], ends))
        at++;
    return at;
}

/* The next piece at the front of s that is not plain: white space, a line end, or a single byte. Returns its
 * size. */
static size_t add_relaxed_piece(struct sink *sink, str s, bool lf_only)
{
    size_t n = line_end(s, lf_only);

    if (n) {
        sink_add(sink, S("\r\n"));
        return n;
    }
    while (n < s.n && is_wsp(s.p[n]))
        n++;
    if (n == 0) {
        sink_add(sink, str_sub(s, 0, 1));
        return 1;
    }
    if (n < s.n && !line_end(str_skip(s, n), lf_only))
        sink_add(sink, S(" "));
    return n;
}

/* Section 3.4.4. Once white space and line ends are cut off the end, what is left ends in something. */
static void body_relaxed(struct sink *sink, str body, bool lf_only)
{
    for (;;) {
        str shorter = cut_line_end(body, lf_only);

        while (shorter.n && is_wsp(shorter.p[shorter.n - 1]))
            shorter.n--;
        if (shorter.n == body.n)
            break;
        body = shorter;
    }
    if (body.n == 0)
        return;
    while (body.n) {
        size_t n = plain_span(body, lf_only);

        if (n)
            sink_add(sink, str_sub(body, 0, n));
        body = str_skip(body, n);
        body = str_skip(body, add_relaxed_piece(sink, body, lf_only));
    }
    sink_add(sink, S("\r\n"));
}

uint64_t canon_body(struct hash *hash, enum canon canon, str body, bool lf_only, uint64_t limit)
{
    struct sink sink;

    sink_init(&sink, hash, limit);
    if (canon == CANON_SIMPLE)
        body_simple(&sink, body, lf_only);
    else
        body_relaxed(&sink, body, lf_only);
    sink_flush(&sink);
    return sink.total;
}

/* Section 3.4.2: line ends go, white space becomes one space, none at either end of the value. *space: white
 * space was seen since the last byte that was added; *begun: there was such a byte. */
static void add_relaxed_value(struct sink *sink, str value, bool lf_only, bool *space, bool *begun)
{
    while (value.n) {
        size_t n = line_end(value, lf_only);

        if (n) {
            value = str_skip(value, n);
            continue;
        }
        if (is_wsp(value.p[0])) {
            *space = true;
            value = str_skip(value, 1);
            continue;
        }
        n = plain_span(value, true);
        if (*space && *begun)
            sink_add(sink, S(" "));
        *space = false;
        *begun = true;
        n = n ? n : 1; /* a bare CR or LF, or the last byte */
        sink_add(sink, str_sub(value, 0, n));
        value = str_skip(value, n);
    }
}

static void add_lower(struct sink *sink, str name)
{
    char lower[64];

    for (; name.n; name = str_skip(name, sizeof(lower))) {
        str piece = str_sub(name, 0, sizeof(lower));

        for (size_t i = 0; i < piece.n; i++)
            lower[i] = ascii_lower(piece.p[i]);
        sink_add(sink, (str){lower, piece.n});
    }
}

void canon_header(struct hash *hash, enum canon canon, const struct header *header, bool lf_only, str without,
                  bool crlf)
{
    struct sink sink;
    str value = header->value;
    str before = without.n ? str_span(value.p, without.p) : value;
    str after = without.n ? str_span(without.p + without.n, value.p + value.n) : S("");
    bool space = false, begun = false;

    sink_init(&sink, hash, UINT64_MAX);
    if (canon == CANON_SIMPLE) {
        add_lines(&sink, str_span(header->raw.p, before.p + before.n), lf_only);
        add_lines(&sink, after, lf_only);
    } else {
        add_lower(&sink, header->name);
        sink_add(&sink, S(":"));
        add_relaxed_value(&sink, before, lf_only, &space, &begun);
        add_relaxed_value(&sink, after, lf_only, &space, &begun);
    }
    if (crlf)
        sink_add(&sink, S("\r\n"));
    sink_flush(&sink);
}
