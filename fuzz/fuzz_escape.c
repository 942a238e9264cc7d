/* fuzz_escape.c: every escape function: nothing forbidden comes out, and a reader of that place gets back
 * what went in. The first byte chooses the function. */
#include "base/escape.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "fuzz.h"

static struct arena *arena;

/* What a reader is to get: controls that `keep` does not name and bad bytes as U+FFFD. With `collapse`, white
 * space as in escape_header(); with `bidi`, bidi controls in their visible form. */
static str wanted(str text, const char *keep, bool collapse, bool bidi)
{
    struct buf buf = buf_new(arena, SIZE_MAX);
    size_t n;

    for (; text.n; text = str_skip(text, n)) {
        uint32_t c = utf8_step(text, &n);

        if (collapse && c < 0x80 && ascii_is_space((char)c)) {
            if (buf.n == 0 || buf.p[buf.n - 1] != ' ')
                buf_add_char(&buf, ' ');
        } else if (bidi && utf8_is_bidi(c)) {
            buf_printf(&buf, "\\u{%x}", c);
        } else if (c == UTF8_INVALID || (utf8_is_control(c) && !(c && c < 0x80 && strchr(keep, (int)c)))) {
            utf8_add(&buf, UTF8_REPLACEMENT);
        } else {
            buf_add(&buf, str_sub(text, 0, n));
        }
    }
    return buf_str(&buf);
}

/* Valid UTF-8 without controls but those named, and without bidi controls if they are forbidden. */
static void check_clean(str out, const char *allowed, bool bidi_allowed, bool invisible_allowed)
{
    size_t n;

    for (; out.n; out = str_skip(out, n)) {
        uint32_t c = utf8_step(out, &n);

        assert(c != UTF8_INVALID);
        assert(!utf8_is_control(c) || (c && c < 0x80 && strchr(allowed, (int)c)));
        assert(bidi_allowed || !utf8_is_bidi(c));
        assert(invisible_allowed || !utf8_is_invisible(c));
    }
}

/* One line of a header value: its length, its bytes, and that it is not blank. */
static void check_header_line(str line, bool first, size_t column)
{
    assert((first ? column : 0) + line.n <= 998);
    for (size_t i = 0; i < line.n; i++)
        assert(line.p[i] >= ' ' && line.p[i] <= '~');
    assert(first || (line.n > 1 && line.p[0] == ' ' && line.p[1] != ' '));
}

static void check_header(str text, struct buf *buf)
{
    size_t column = text.n % 80, at, used;
    struct buf unfolded = buf_new(arena, SIZE_MAX), read = buf_new(arena, SIZE_MAX);
    str rest;
    bool first = true;

    escape_header(buf, text, column);
    for (rest = buf_str(buf); rest.n; first = false) {
        at = str_find_str(rest, S("\r\n"));
        check_header_line(str_sub(rest, 0, at), first, column);
        buf_add(&unfolded, str_sub(rest, 0, at));
        rest = str_skip(rest, at + 2);
    }
    rest = str_trim(buf_str(&unfolded));
    if (!str_starts(rest, S("=?UTF-8?B?"))) {
        assert(str_find_str(rest, S("=?")) == rest.n);
        buf_add(&read, rest);
        rest.n = 0;
    }
    for (; rest.n; rest = str_trim(str_skip(rest, used))) {
        str word;

        used = str_find_str(rest, S("?=")) + 2;
        assert(used <= 75 && str_starts(rest, S("=?UTF-8?B?")));
        assert(base64_decode(str_sub(rest, 10, used - 12), arena, &word) && utf8_valid(word));
        buf_add(&read, word);
    }
    assert(str_eq(buf_str(&read), str_trim(wanted(str_trim(text), "", true, false))));
}

static void check_html(str text, struct buf *buf)
{
    static const struct {
        str entity;
        char c;
    } entities[] = {{STR("&amp;"), '&'},
                    {STR("&lt;"), '<'},
                    {STR("&gt;"), '>'},
                    {STR("&quot;"), '"'},
                    {STR("&#39;"), '\''}};
    struct buf read = buf_new(arena, SIZE_MAX);
    size_t i;
    str rest;

    escape_html(buf, text);
    check_clean(buf_str(buf), "\t\n\r", false, true);
    for (rest = buf_str(buf); rest.n;) {
        assert(!strchr("<>\"'", rest.p[0]));
        if (rest.p[0] != '&') {
            buf_add_char(&read, rest.p[0]);
            rest = str_skip(rest, 1);
            continue;
        }
        for (i = 0; i < 5 && !str_starts(rest, entities[i].entity); i++)
            ;
        assert(i < 5);
        buf_add_char(&read, entities[i].c);
        rest = str_skip(rest, entities[i].entity.n);
    }
    assert(str_eq(buf_str(&read), wanted(text, "\t\n\r", false, true)));
}

static void check_markdown(str text, struct buf *buf)
{
    struct buf read = buf_new(arena, SIZE_MAX);
    str out;

    escape_markdown(buf, text);
    out = buf_str(buf);
    check_clean(out, "", false, true);
    for (size_t i = 0; i < out.n; i++) {
        if (out.p[i] == '\\')
            assert(++i < out.n && out.p[i] > ' ' && out.p[i] <= '~' && !ascii_is_alnum(out.p[i]));
        else
            assert(out.p[i] == ' ' || ascii_is_alnum(out.p[i]) || (unsigned char)out.p[i] >= 0x80);
        buf_add_char(&read, out.p[i]);
    }
    assert(str_eq(buf_str(&read), wanted(text, "", true, true)));
}

/* `out` is a JSON string that holds `text`. */
static void check_json_string(str out, str text)
{
    json_error_t error;
    json_t *value = json_loadb(out.p, out.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    str read, hoped = wanted(text, "", false, false);

    assert(value && json_is_string(value));
    check_clean(out, "", false, false);
    read = (str){json_string_value(value), json_string_length(value)};
    if (utf8_valid(text))
        assert(str_eq(read, text));
    else
        assert(str_eq(wanted(read, "", false, false), hoped));
    json_decref(value);
}

static void check_logfmt(str text, struct buf *buf)
{
    str out;

    escape_logfmt(buf, text);
    out = buf_str(buf);
    assert(out.n);
    if (out.p[0] == '"') {
        check_json_string(out, text);
        return;
    }
    assert(str_eq(out, text));
    for (size_t i = 0; i < out.n; i++)
        assert(out.p[i] > ' ' && out.p[i] <= '~' && !strchr("=\"\\", out.p[i]));
}

/* Only that nothing harmful comes out, and that plain text comes out as it is: the way back is not promised.
 */
static void check_terminal(str text, struct buf *buf)
{
    bool plain = true;

    escape_terminal(buf, text);
    check_clean(buf_str(buf), "", false, false);
    for (size_t i = 0; i < text.n; i++)
        plain = plain && text.p[i] >= ' ' && text.p[i] <= '~';
    assert(plain == str_eq(buf_str(buf), text) || utf8_valid(text));
    assert(buf->n >= text.n);
}

static void check_label(str text, struct buf *buf)
{
    struct buf read = buf_new(arena, SIZE_MAX);
    str out;

    escape_label(buf, text);
    out = buf_str(buf);
    check_clean(out, "", true, true);
    assert(out.n >= 2 && out.p[0] == '"' && out.p[out.n - 1] == '"');
    for (size_t i = 1; i < out.n - 1; i++) {
        assert(out.p[i] != '"');
        if (out.p[i] == '\\') {
            assert(++i < out.n - 1 && strchr("\\\"n", out.p[i]));
            buf_add_char(&read, out.p[i] == 'n' ? '\n' : out.p[i]);
        } else {
            buf_add_char(&read, out.p[i]);
        }
    }
    assert(str_eq(buf_str(&read), wanted(text, "\n", false, false)));
}

static void check_json(str text, struct buf *buf)
{
    escape_json(buf, text);
    check_json_string(buf_str(buf), text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(str, struct buf *) = {
        check_header, check_html, check_markdown, check_logfmt, check_json, check_terminal, check_label};
    struct buf buf;

    if (size == 0)
        return 0;
    if (!arena)
        arena = arena_new();
    buf = buf_new(arena, SIZE_MAX);
    checks[data[0] % 7]((str){(const char *)data + 1, size - 1}, &buf);
    assert(!buf.full);
    arena_reset(arena);
    return 0;
}
