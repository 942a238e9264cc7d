/* escape.c: the only ways out for text that came from a mail. */
#include "base/escape.h"

#include "base/base64.h"
#include "base/utf8.h"

/* One character of the text, when it is not one that the sink takes as it is. */
struct special {
    uint32_t c; /* UTF8_INVALID too */
    str bytes;
};

/* Copies what is plain and cuts the next special character off *text; false at the end. Inlined with its
 * predicate, so that plain text costs a few cycles a byte. */
static inline __attribute__((always_inline)) bool next_special(struct buf *buf, str *text,
                                                               bool (*plain)(char), struct special *special)
{
    size_t n = 0;

    while (n < text->n && plain(text->p[n]))
        n++;
    buf_add(buf, str_sub(*text, 0, n));
    *text = str_skip(*text, n);
    if (text->n == 0)
        return false;
    special->c = utf8_step(*text, &n);
    special->bytes = str_sub(*text, 0, n);
    *text = str_skip(*text, n);
    return true;
}

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

/* The same, U+FFFD for a control or for what is no UTF-8; the end of several functions. */
static void add_character(struct buf *buf, const struct special *special)
{
    if (special->c == UTF8_INVALID || utf8_is_control(special->c))
        utf8_add(buf, UTF8_REPLACEMENT);
    else
        buf_add(buf, special->bytes);
}

/* header */

/* Next word of *text, white space around it skipped; false when there is none. */
static bool next_word(str *text, str *word)
{
    size_t n = 0;

    *text = str_trim(*text);
    while (n < text->n && !ascii_is_space(text->p[n]))
        n++;
    *word = str_sub(*text, 0, n);
    *text = str_skip(*text, n);
    return n > 0;
}

static bool header_is_plain(str text)
{
    size_t run = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (ascii_is_space(text.p[i])) {
            run = 0;
            continue;
        }
        if (!is_printable(text.p[i]) || ++run > ESCAPE_HEADER_WORD)
            return false;
        /* "=?" might be read as an encoded word, so what it stands for would not be what the text says. */
        if (text.p[i] == '?' && i > 0 && text.p[i - 1] == '=')
            return false;
    }
    return true;
}

static void header_fold(struct buf *buf, str text, size_t column)
{
    str word;

    for (bool first = true; next_word(&text, &word); first = false) {
        if (!first && column + 1 + word.n > 78) {
            buf_add(buf, S("\r\n"));
            column = 0;
        }
        if (!first)
            buf_add_char(buf, ' ');
        buf_add(buf, word);
        column += word.n + !first;
    }
}

/* How many bytes fit into an encoded word that begins at this column: a word has at most 75 characters, its
 * line at most 76 (RFC 2047 section 2). */
static size_t encoded_room(size_t column)
{
    enum { AROUND = 12 }; /* =?UTF-8?B??= */
    size_t line = column ? 76 : 75;

    return column + AROUND < line ? (line - column - AROUND) / 4 * 3 : 0;
}

/* Encoded words in UTF-8 and base64, whole characters only (RFC 2047 section 5), one a line. */
static void header_encode(struct buf *buf, str text, size_t column)
{
    size_t room = encoded_room(column);

    for (bool first = true; text.n; first = false) {
        size_t n = 0, step;

        if (!first || room < 4) {
            buf_add(buf, S("\r\n "));
            room = encoded_room(1);
        }
        for (; n < text.n; n += step) {
            utf8_step(str_skip(text, n), &step);
            if (n + step > room)
                break;
        }
        buf_add(buf, S("=?UTF-8?B?"));
        buf_add(buf, base64_encode(str_sub(text, 0, n), buf->arena));
        buf_add(buf, S("?="));
        text = str_skip(text, n);
    }
}

void escape_header(struct buf *buf, str text, size_t column)
{
    struct buf clean;
    struct special special;
    str word;

    text = str_trim(text);
    if (header_is_plain(text)) {
        header_fold(buf, text, column);
        return;
    }
    clean = buf_new(buf->arena, text.n * 3);
    while (next_word(&text, &word)) {
        if (clean.n)
            buf_add_char(&clean, ' ');
        while (next_special(&clean, &word, is_printable, &special))
            add_character(&clean, &special);
    }
    header_encode(buf, buf_str(&clean), column);
}

/* terminal, and what it shares with HTML and Markdown */

static void add_visible(struct buf *buf, uint32_t c)
{
    buf_printf(buf, "\\u{%x}", c);
}

static void terminal_add(struct buf *buf, const struct special *special)
{
    switch (special->c) {
    case '\n':
        buf_add(buf, S("\\n"));
        return;
    case '\r':
        buf_add(buf, S("\\r"));
        return;
    case '\t':
        buf_add(buf, S("\\t"));
        return;
    default:
        break;
    }
    if (special->c == UTF8_INVALID || special->c < 0x80) {
        for (size_t i = 0; i < special->bytes.n; i++)
            buf_printf(buf, "\\x%02x", (unsigned char)special->bytes.p[i]);
    } else if (utf8_is_control(special->c) || utf8_is_invisible(special->c)) {
        add_visible(buf, special->c);
    } else {
        buf_add(buf, special->bytes);
    }
}

void escape_terminal(struct buf *buf, str text)
{
    struct special special;

    while (next_special(buf, &text, is_printable, &special))
        terminal_add(buf, &special);
}

/* HTML */

static bool html_is_plain(char c)
{
    return is_printable(c) && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

void escape_html(struct buf *buf, str text)
{
    struct special special;

    while (next_special(buf, &text, html_is_plain, &special)) {
        switch (special.c) {
        case '&':
            buf_add(buf, S("&amp;"));
            break;
        case '<':
            buf_add(buf, S("&lt;"));
            break;
        case '>':
            buf_add(buf, S("&gt;"));
            break;
        case '"':
            buf_add(buf, S("&quot;"));
            break;
        case '\'':
            buf_add(buf, S("&#39;"));
            break;
        case '\t':
        case '\n':
        case '\r':
            buf_add(buf, special.bytes);
            break;
        default:
            if (utf8_is_bidi(special.c))
                add_visible(buf, special.c);
            else
                add_character(buf, &special);
        }
    }
}

/* Markdown */

static bool markdown_is_plain(char c)
{
    return ascii_is_alnum(c);
}

void escape_markdown(struct buf *buf, str text)
{
    struct special special;

    while (next_special(buf, &text, markdown_is_plain, &special)) {
        if (special.bytes.n == 1 && ascii_is_space(special.bytes.p[0])) {
            buf_add_char(buf, ' ');
            while (text.n && ascii_is_space(text.p[0]))
                text = str_skip(text, 1);
        } else if (special.c < 0x80 && is_printable((char)special.c)) {
            buf_add_char(buf, '\\');
            buf_add(buf, special.bytes);
        } else if (utf8_is_bidi(special.c)) {
            buf_printf(buf, "\\\\u\\{%x\\}", special.c);
        } else {
            add_character(buf, &special);
        }
    }
}

/* JSON and logfmt */

static bool json_is_plain(char c)
{
    return is_printable(c) && c != '"' && c != '\\';
}

static void json_add_escape(struct buf *buf, uint32_t c)
{
    if (c >= 0x10000) {
        buf_printf(buf, "\\u%04x", 0xd800 + ((c - 0x10000) >> 10));
        c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    buf_printf(buf, "\\u%04x", c);
}

void escape_json(struct buf *buf, str text)
{
    struct special special;

    buf_add_char(buf, '"');
    while (next_special(buf, &text, json_is_plain, &special)) {
        switch (special.c) {
        case '"':
        case '\\':
            buf_add_char(buf, '\\');
            buf_add(buf, special.bytes);
            break;
        case '\n':
            buf_add(buf, S("\\n"));
            break;
        case '\r':
            buf_add(buf, S("\\r"));
            break;
        case '\t':
            buf_add(buf, S("\\t"));
            break;
        default:
            if (special.c != UTF8_INVALID && (utf8_is_control(special.c) || utf8_is_invisible(special.c)))
                json_add_escape(buf, special.c);
            else
                add_character(buf, &special);
        }
    }
    buf_add_char(buf, '"');
}

void escape_logfmt(struct buf *buf, str text)
{
    bool bare = text.n > 0;

    for (size_t i = 0; i < text.n && bare; i++)
        bare = json_is_plain(text.p[i]) && text.p[i] != ' ' && text.p[i] != '=';
    if (bare)
        buf_add(buf, text);
    else
        escape_json(buf, text);
}

/* metric label */

void escape_label(struct buf *buf, str text)
{
    struct special special;

    buf_add_char(buf, '"');
    while (next_special(buf, &text, json_is_plain, &special)) {
        if (special.c == '\n') {
            buf_add(buf, S("\\n"));
        } else if (special.c == '"' || special.c == '\\') {
            buf_add_char(buf, '\\');
            buf_add(buf, special.bytes);
        } else {
            add_character(buf, &special);
        }
    }
    buf_add_char(buf, '"');
}
