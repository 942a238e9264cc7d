/* unwrap_step.c: the steps that bring a target out of a link. */
#include "sender/unwrap_step.h"

#include <jansson.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/limits.h"

/* ---- reading ---- */

enum argument { NOTHING, NUMBER, TEXT, NUMBER_TEXT, TWO_TEXTS };

static const struct {
    str name;
    enum argument argument;
} rows[] = {
#define STEP(id, name, argument, words) {STR(name), argument},
    UNWRAP_STEP_TABLE(STEP)
#undef STEP
};

static bool read_number(str text, size_t *number)
{
    uint64_t value;

    if (!str_to_u64(text, LIMIT_UNWRAP_TEXT, &value))
        return false;
    *number = (size_t)value;
    return true;
}

/* True if the argument is one of that kind. */
static bool read_argument(enum argument kind, str text, struct unwrap_step *step)
{
    size_t blank = str_find(text, ' ');

    switch (kind) {
    case NOTHING:
        return text.n == 0;
    case NUMBER:
        return read_number(text, &step->number) && step->number > 0;
    case TEXT:
        step->text = text;
        return text.n > 0;
    case NUMBER_TEXT:
        step->text = str_skip(text, blank + 1);
        return step->text.n > 0 && read_number(str_sub(text, 0, blank), &step->number) && step->number > 0;
    case TWO_TEXTS:
        step->text = str_sub(text, 0, blank);
        step->other = str_skip(text, blank + 1);
        return step->text.n > 0 && blank < text.n;
    }
    return false;
}

bool unwrap_step_parse(str text, struct unwrap_step *step, struct err *err)
{
    size_t blank = str_find(text, ' ');
    str name = str_sub(text, 0, blank);

    for (size_t i = 0; i < UNWRAP_STEPS; i++) {
        if (!str_eq(name, rows[i].name))
            continue;
        *step = (struct unwrap_step){.kind = (enum unwrap_step_kind)i};
        if (read_argument(rows[i].argument, str_skip(text, blank + 1), step))
            return true;
        return err_set(err, "the step \"%.*s\" has not what it needs behind it", PS(name));
    }
    return err_set(err, "there is no step \"%.*s\"", PS(name));
}

/* ---- parts of a URL ---- */

struct work {
    const struct url *url; /* NULL: what is worked on is a text and no URL any more */
    str text;
    struct arena *arena;
};

static bool take(struct work *work, str text)
{
    work->text = text;
    work->url = NULL;
    return text.n > 0;
}

/* Where a segment of the path begins; path.n if there is none. */
static size_t segment_start(str path, size_t number)
{
    size_t at = 0;

    for (size_t i = 0; i < number; i++)
        at += str_find(str_skip(path, at), '/') + 1;
    return at < path.n ? at : path.n;
}

static bool take_segment(struct work *work, size_t number)
{
    str rest;

    if (!work->url)
        return false;
    rest = str_skip(work->url->path, segment_start(work->url->path, number));
    return take(work, str_sub(rest, 0, str_find(rest, '/')));
}

static bool take_last(struct work *work)
{
    size_t slash;

    if (!work->url)
        return false;
    slash = str_rfind(work->url->path, '/');
    return take(work, str_skip(work->url->path, slash + 1));
}

static bool take_rest(struct work *work, size_t number)
{
    const struct url *url = work->url;
    size_t at = url ? segment_start(url->path, number) : 0;

    if (!url || at == url->path.n)
        return false;
    return take(work, str_span(url->path.p + at, url->href.p + url->href.n));
}

static bool take_parameter(struct work *work, str name)
{
    str value;

    return url_parameter(work->url ? work->url->query : work->text, name, &value) && take(work, value);
}

/* ---- parts of a text ---- */

static bool take_after(struct work *work, str what)
{
    size_t at = str_find_str(work->text, what);

    return at < work->text.n && take(work, str_skip(work->text, at + what.n));
}

static bool take_part(struct work *work, const struct unwrap_step *step)
{
    str rest = work->text;

    for (size_t i = 1;; i++) {
        size_t at = str_find_str(rest, step->text);

        if (i == step->number)
            return take(work, str_sub(rest, 0, at));
        if (at == rest.n)
            return false;
        rest = str_skip(rest, at + step->text.n);
    }
}

static bool starts_with_scheme(str text)
{
    return str_istarts(text, S("http:")) || str_istarts(text, S("https:"));
}

/* ---- codings ---- */

static unsigned base64_value(char c)
{
    if (ascii_is_digit(c))
        return (unsigned)(c - '0') + 52;
    if (ascii_is_alpha(c))
        return c >= 'a' ? (unsigned)(c - 'a') + 26 : (unsigned)(c - 'A');
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : 64;
}

/* Spare bits and padding are the writer's concern: what is there is decoded, up to the padding. */
static bool take_base64(struct work *work)
{
    str text = work->text;
    char *out = arena_bytes(work->arena, text.n / 4 * 3 + 3);
    uint32_t group = 0;
    size_t n = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
        unsigned value = base64_value(text.p[i]);

        if (value > 63)
            return false;
        group = (group << 6 | value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (char)(group >> bits);
        }
    }
    return take(work, (str){out, n});
}

static int hex_of(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(struct work *work)
{
    str text = work->text;
    char *out = arena_bytes(work->arena, text.n / 2 + 1);

    if (text.n % 2)
        return false;
    for (size_t i = 0; i < text.n; i += 2) {
        int high = hex_of(text.p[i]), low = hex_of(text.p[i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (char)(high << 4 | low);
    }
    return take(work, (str){out, text.n / 2});
}

/* zlib's memory is of the arena, and given back there. */
static voidpf zlib_alloc(voidpf arena, uInt n, uInt size)
{
    return arena_array(arena, n, size);
}

static void zlib_free(voidpf arena, voidpf p)
{
    (void)arena;
    (void)p;
}

/* Inflates to at most `room` bytes; what has no proper end counts as far as it goes. 0: it is no such data.
 */
static size_t inflate_to(str text, int window, char *out, size_t room, struct arena *arena)
{
    z_stream stream = {.zalloc = zlib_alloc,
                       .zfree = zlib_free,
                       .opaque = arena,
                       .next_in = (Bytef *)(uintptr_t)text.p,
                       .avail_in = (uInt)text.n,
                       .next_out = (Bytef *)out,
                       .avail_out = (uInt)room};
    int rc;

    if (inflateInit2(&stream, window) != Z_OK)
        return 0;
    rc = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return rc == Z_STREAM_END || rc == Z_BUF_ERROR ? room - stream.avail_out : 0;
}

static bool take_inflated(struct work *work)
{
    enum { ZLIB_OR_GZIP = 15 + 32, RAW = -15 };
    char out[LIMIT_UNWRAP_TEXT];
    struct arena_mark mark = arena_mark(work->arena);
    size_t n = inflate_to(work->text, ZLIB_OR_GZIP, out, sizeof(out), work->arena);

    if (n == 0)
        n = inflate_to(work->text, RAW, out, sizeof(out), work->arena);
    arena_rewind(work->arena, mark);
    return take(work, arena_str(work->arena, (str){out, n}));
}

static bool take_json(struct work *work, str name)
{
    json_t *root = json_loadb(work->text.p, work->text.n, JSON_DISABLE_EOF_CHECK, NULL);
    json_t *member = json_object_getn(root, name.p, name.n);
    bool good =
        json_is_string(member) &&
        take(work, arena_str(work->arena, (str){json_string_value(member), json_string_length(member)}));

    json_decref(root);
    return good;
}

/* ---- URLs in a text ---- */

static size_t scheme_at(str text, size_t from)
{
    for (size_t i = from; i < text.n; i++) {
        str rest = str_skip(text, i);

        if ((text.p[i] == 'h' || text.p[i] == 'H') &&
            (str_istarts(rest, S("http://")) || str_istarts(rest, S("https://")) ||
             str_istarts(rest, S("http%3a%2f%2f")) || str_istarts(rest, S("https%3a%2f%2f"))))
            return i;
    }
    return text.n;
}

/* Fields with a letter and a length before them: of the URL "D" and a byte, or 0x84 and two, the low one
 * first. */
static bool take_sparkpost(struct work *work)
{
    size_t at = scheme_at(work->text, 0), n = 0;
    const uint8_t *p = (const uint8_t *)work->text.p + at;

    if (at == work->text.n)
        return false;
    if (at >= 3 && p[-3] == 0x84)
        n = p[-2] | (size_t)p[-1] << 8;
    else if (at >= 2 && p[-2] == 'D')
        n = p[-1];
    return n <= work->text.n - at && take(work, str_sub(work->text, at, n));
}

/* The scheme of the link itself is none of these. */
static bool take_last_url(struct work *work)
{
    size_t found = work->text.n;

    for (size_t at = scheme_at(work->text, work->url ? 1 : 0); at < work->text.n;
         at = scheme_at(work->text, at + 1))
        found = at;
    if (!take(work, str_skip(work->text, found)))
        return false;
    if (str_find(str_sub(work->text, 0, 6), '%') < str_sub(work->text, 0, 6).n)
        work->text = url_unescape(work->text, false, work->arena);
    return true;
}

/* ---- forms of their own ---- */

/* https://urldefense.com/v3/__URL__;BASE64!!...: each "*" of the URL stands for the next byte of BASE64,
 * "**X" for as many as X says, A being two. Slashes behind the scheme may be lost on the way. */
/* False if there are not as many bytes as stars. */
static bool fill_stars(str url, str bytes, struct buf *out)
{
    static const char lengths[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t i = 0; i < url.n; i++) {
        size_t n = 1;

        if (url.p[i] != '*') {
            buf_add_char(out, url.p[i]);
            continue;
        }
        if (i + 2 < url.n && url.p[i + 1] == '*' && url.p[i + 2] && strchr(lengths, url.p[i + 2])) {
            n = (size_t)(strchr(lengths, url.p[i + 2]) - lengths) + 2;
            i += 2;
        }
        if (n > bytes.n)
            return false;
        buf_add(out, str_sub(bytes, 0, n));
        bytes = str_skip(bytes, n);
    }
    return true;
}

static bool take_urldefense3(struct work *work)
{
    size_t from = str_find_str(work->text, S("/v3/__")), end;
    struct buf out = buf_new(work->arena, LIMIT_UNWRAP_TEXT);
    str url = str_skip(work->text, from + 6);

    end = str_find_str(url, S("__;"));
    if (end == url.n)
        return false;
    work->text = str_skip(url, end + 3);
    work->text.n = str_find(work->text, '!');
    url.n = end;
    if (work->text.n && !take_base64(work))
        return false;
    return fill_stars(url, work->text, &out) && take(work, buf_str(&out));
}

/* my--shop-example-com.translate.goog/a?b is my-shop.example.com/a?b. */
static bool take_translated(struct work *work)
{
    const struct url *url = work->url;
    struct buf out = buf_new(work->arena, LIMIT_UNWRAP_TEXT);
    str host;

    if (!url)
        return false;
    host = str_sub(url->host, 0, str_find(url->host, '.'));
    buf_add(&out, url->scheme);
    buf_add(&out, S("://"));
    for (size_t i = 0; i < host.n; i++) {
        bool twice = host.p[i] == '-' && i + 1 < host.n && host.p[i + 1] == '-';

        buf_add_char(&out, host.p[i] == '-' && !twice ? '.' : host.p[i]);
        i += twice;
    }
    buf_add(&out, str_span(url->path.p, url->href.p + url->href.n));
    return take(work, buf_str(&out));
}

/* ---- all of them ---- */

static bool do_step(struct work *work, const struct unwrap_step *step)
{
    switch (step->kind) {
    case UNWRAP_SEGMENT:
        return take_segment(work, step->number);
    case UNWRAP_REST:
        return take_rest(work, step->number);
    case UNWRAP_LAST:
        return take_last(work);
    case UNWRAP_QUERY:
        return work->url && take(work, work->url->query);
    case UNWRAP_FRAGMENT:
        return work->url && take(work, work->url->fragment);
    case UNWRAP_HOST:
        return work->url && take(work, work->url->host);
    case UNWRAP_PARAMETER:
        return take_parameter(work, step->text);
    case UNWRAP_AFTER:
        return take_after(work, step->text);
    case UNWRAP_BEFORE:
        return take(work, str_sub(work->text, 0, str_find_str(work->text, step->text)));
    case UNWRAP_PART:
        return take_part(work, step);
    case UNWRAP_SKIP:
        return take(work, str_skip(work->text, step->number));
    case UNWRAP_PREFIX:
        return starts_with_scheme(work->text) ||
               take(work, arena_join(work->arena, step->text, work->text, S("")));
    case UNWRAP_REPLACE:
        return take(work, arena_replace(work->arena, work->text, step->text, step->other));
    case UNWRAP_PERCENT:
        return take(work, url_unescape(work->text, false, work->arena));
    case UNWRAP_FORM:
        return take(work, url_unescape(work->text, true, work->arena));
    case UNWRAP_BASE64:
        return take_base64(work);
    case UNWRAP_HEX:
        return take_hex(work);
    case UNWRAP_INFLATE:
        return take_inflated(work);
    case UNWRAP_JSON:
        return take_json(work, step->text);
    case UNWRAP_SPARKPOST:
        return take_sparkpost(work);
    case UNWRAP_LAST_URL:
        return take_last_url(work);
    case UNWRAP_URLDEFENSE3:
        return take_urldefense3(work);
    case UNWRAP_TRANSLATE:
        return take_translated(work);
    case UNWRAP_STEPS:
        break;
    }
    return false;
}

bool unwrap_steps(const struct unwrap_step *steps, size_t count, const struct url *url, str text,
                  struct arena *arena, str *out)
{
    struct work work = {.url = text.p ? NULL : url, .text = text.p ? text : url->href, .arena = arena};

    if (work.text.n > LIMIT_UNWRAP_TEXT)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!do_step(&work, &steps[i]) || work.text.n > LIMIT_UNWRAP_TEXT)
            return false;
    *out = work.text;
    return true;
}

str unwrap_carried(str parameters, struct arena *arena)
{
    str field;

    while (str_next(&parameters, '&', &field)) {
        str value = str_skip(field, str_find(field, '=') + 1);
        struct work work = {.text = value, .arena = arena};

        if (value.n < 8 || value.n > LIMIT_UNWRAP_TEXT)
            continue;
        if (str_istarts(value, S("http")) && scheme_at(str_sub(value, 0, 16), 0) == 0)
            return url_unescape(value, true, arena);
        if (str_starts(value, S("aHR0c")) && take_base64(&work) && starts_with_scheme(work.text))
            return work.text;
    }
    return (str){0};
}
