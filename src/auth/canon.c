/* canon.c: the canonicalisations of RFC 6376 section 3.4, streaming over the raw bytes.
 *
 * Canonical text is mostly the raw text. So the raw bytes are copied 16 at a time into a small buffer, and it
 * is looked at the same time where the next place is that differs. The buffer goes into the digest in whole
 * blocks: a call of OpenSSL costs as much as hashing some hundred bytes, and a torn block is copied twice. */
#include "auth/canon.h"

#ifdef __SSE2__
#include <emmintrin.h>

const char *const canon_names[] = {[CANON_SIMPLE] = "simple", [CANON_RELAXED] = "relaxed"};

bool canon_parse(str word, enum canon *canon)
{
    *canon = str_eq(word, S("relaxed")) ? CANON_RELAXED : CANON_SIMPLE;
    return *canon == CANON_RELAXED || str_eq(word, S("simple"));
}
#endif

typedef unsigned char bytes16 __attribute__((vector_size(16)));

enum { ROOM = 4096 }; /* a multiple of the digest's block */

/* Canonical bytes on their way into the digest, up to the l= limit. */
struct sink {
    struct hash *hash;
    uint64_t left;  /* of the limit */
    uint64_t total; /* of the bytes hashed or over the limit */
    size_t n;       /* gathered; always less than ROOM */
    char gathered[ROOM + sizeof(bytes16)];
};

/* The room is not zeroed: that would cost more than most fields. */
static void sink_init(struct sink *sink, struct hash *hash, uint64_t limit)
{
    sink->hash = hash;
    sink->left = limit;
    sink->total = 0;
    sink->n = 0;
}

/* The first n of the gathered bytes go, the others move up. */
static void sink_flush(struct sink *sink, size_t n)
{
    size_t within = n < sink->left ? n : (size_t)sink->left;

    if (within)
        hash_add(sink->hash, (str){sink->gathered, within});
    sink->left -= within;
    sink->total += n;
    sink->n -= n;
    memmove(sink->gathered, sink->gathered + n, sink->n);
}

/* Counts n bytes that were written behind the gathered ones. */
static inline void sink_count(struct sink *sink, size_t n)
{
    sink->n += n;
    if (sink->n >= ROOM)
        sink_flush(sink, ROOM);
}

static inline void sink_char(struct sink *sink, char c)
{
    sink->gathered[sink->n] = c;
    sink_count(sink, 1);
}

static void sink_crlf(struct sink *sink)
{
    sink_char(sink, '\r');
    sink_char(sink, '\n');
}

static void sink_add(struct sink *sink, str bytes)
{
    while (bytes.n) {
        size_t n = ROOM - sink->n < bytes.n ? ROOM - sink->n : bytes.n;

        memcpy(sink->gathered + sink->n, bytes.p, n);
        sink_count(sink, n);
        bytes = str_skip(bytes, n);
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
        sink_crlf(sink);
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
    sink_crlf(sink);
}

/* --- relaxed --- */

/* A bit for each byte that is not 0. */
static inline unsigned mask_of(bytes16 bytes)
{
#ifdef __SSE2__
    return (unsigned)_mm_movemask_epi8((__m128i)bytes);
#else
    unsigned mask = 0;

    for (unsigned i = 0; i < sizeof(bytes); i++)
        mask |= (bytes[i] != 0) << i;
    return mask;
#endif
}

/* True where raw text may differ from relaxed: a tab, a space before white space or a line end (or another
 * control character: then the piece that follows is the space as it is), and with `ends` any CR or LF. */
static bool is_stop(unsigned char c, unsigned char next, bool ends)
{
    return c == '\t' || (c == ' ' && next <= ' ') || (ends && (c == '\r' || c == '\n'));
}

/* Copies the 16 bytes at p to `to`; returns a bit for each of them that may differ. Reads p[16] too. */
static inline unsigned copy_16(char *to, const char *p, bool ends)
{
    bytes16 c, next, stop;

    memcpy(&c, p, sizeof(c));
    memcpy(&next, p + 1, sizeof(next));
    memcpy(to, &c, sizeof(c));
    stop = (bytes16)(c == '\t') | ((bytes16)(c == ' ') & (bytes16)(next <= ' '));
    if (ends)
        stop |= (bytes16)(c == '\r') | (bytes16)(c == '\n');
    return mask_of(stop);
}

/* Copies bytes of s as long as they go into the canonical text as they are, and returns the rest of s. The
 * last byte is always left, as what follows it is not known. */
static str add_plain(struct sink *sink, str s, bool ends)
{
    unsigned stops = 0;

    while (!stops && s.n > sizeof(bytes16)) {
        size_t n = sink->n, at = 0;

        while (at + sizeof(bytes16) < s.n && n < ROOM) {
            stops = copy_16(sink->gathered + n, s.p + at, ends);
            if (stops)
                break;
            n += sizeof(bytes16);
            at += sizeof(bytes16);
        }
        if (stops) {
            n += (size_t)__builtin_ctz(stops);
            at += (size_t)__builtin_ctz(stops);
        }
        s = str_skip(s, at);
        sink_count(sink, n - sink->n);
    }
    while (s.n > 1 && !is_stop((unsigned char)s.p[0], (unsigned char)s.p[1], ends)) {
        sink_char(sink, s.p[0]);
        s = str_skip(s, 1);
    }
    return s;
}

/* Takes what is not plain off the front of s: white space, a line end, or a single byte. */
static str add_other(struct sink *sink, str s, bool lf_only)
{
    size_t n = line_end(s, lf_only);

    if (n) {
        sink_crlf(sink);
        return str_skip(s, n);
    }
    while (n < s.n && is_wsp(s.p[n]))
        n++;
    if (n == 0) {
        sink_char(sink, s.p[0]);
        return str_skip(s, 1);
    }
    s = str_skip(s, n);
    if (s.n && !line_end(s, lf_only))
        sink_char(sink, ' ');
    return s;
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
        body = add_plain(sink, body, lf_only);
        body = add_other(sink, body, lf_only);
    }
    sink_crlf(sink);
}

uint64_t canon_body(struct hash *hash, enum canon canon, str body, bool lf_only, uint64_t limit)
{
    struct sink sink;

    sink_init(&sink, hash, limit);
    if (canon == CANON_SIMPLE)
        body_simple(&sink, body, lf_only);
    else
        body_relaxed(&sink, body, lf_only);
    sink_flush(&sink, sink.n);
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
        if (*space && *begun)
            sink_char(sink, ' ');
        *space = false;
        *begun = true;
        sink_char(sink, value.p[0]);
        value = add_plain(sink, str_skip(value, 1), true);
    }
}

static void add_lower(struct sink *sink, str name)
{
    for (size_t i = 0; i < name.n; i++)
        sink_char(sink, ascii_lower(name.p[i]));
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
        sink_char(&sink, ':');
        add_relaxed_value(&sink, before, lf_only, &space, &begun);
        add_relaxed_value(&sink, after, lf_only, &space, &begun);
    }
    if (crlf)
        sink_crlf(&sink);
    sink_flush(&sink, sink.n);
}
