/* banner_text.c: what is written into a part: plain text in its charset, or HTML. */
#include <uninorm.h>

#include "act/banner_part.h"
#include "base/utf8.h"

enum { COLUMNS = 72, TEXT_MAX = 65536 };

/* ---- plain text ---- */

/* Readable in ASCII, where taking off an accent is not enough. */
static const struct {
    str character, ascii;
} spelled[] = {
    {STR("\xc3\xa4"), STR("ae")},     {STR("\xc3\xb6"), STR("oe")},      {STR("\xc3\xbc"), STR("ue")},
    {STR("\xc3\x84"), STR("Ae")},     {STR("\xc3\x96"), STR("Oe")},      {STR("\xc3\x9c"), STR("Ue")},
    {STR("\xc3\x9f"), STR("ss")},     {STR("\xc3\xa6"), STR("ae")},      {STR("\xc3\xb8"), STR("o")},
    {STR("\xc5\x82"), STR("l")},      {STR("\xe2\x80\x98"), STR("'")},   {STR("\xe2\x80\x99"), STR("'")},
    {STR("\xe2\x80\x9c"), STR("\"")}, {STR("\xe2\x80\x9d"), STR("\"")},  {STR("\xe2\x80\x9e"), STR("\"")},
    {STR("\xc2\xab"), STR("\"")},     {STR("\xc2\xbb"), STR("\"")},      {STR("\xe2\x80\x93"), STR("-")},
    {STR("\xe2\x80\x94"), STR("-")},  {STR("\xe2\x80\xa6"), STR("...")}, {STR("\xc2\xa0"), STR(" ")},
    {STR("\xe2\x9a\xa0"), STR("!")},  {STR("\xef\xb8\x8f"), STR("")},
};

/* Appends a character in ASCII; false if there is no way to say it. */
static bool spell(str character, struct buf *out)
{
    uint8_t plain[64];
    size_t n = sizeof(plain);

    for (size_t i = 0; i < sizeof(spelled) / sizeof(spelled[0]); i++)
        if (str_eq(character, spelled[i].character)) {
            buf_add(out, spelled[i].ascii);
            return true;
        }
    if (!u8_normalize(UNINORM_NFD, (const uint8_t *)character.p, character.n, plain, &n) || n < 2 ||
        plain[0] >= 0x80)
        return false;
    buf_add_char(out, (char)plain[0]); /* what follows are its accents */
    return true;
}

/* The text in ASCII; the words that are ASCII already where it can't be said. */
static str in_ascii(const struct banner_words *words, struct arena *arena)
{
    struct buf out = buf_new(arena, TEXT_MAX);
    size_t n;

    for (str rest = words->text; rest.n; rest = str_skip(rest, n)) {
        n = utf8_ascii(rest);
        buf_add(&out, str_sub(rest, 0, n));
        if (n == 0) {
            utf8_step(rest, &n);
            if (!spell(str_sub(rest, 0, n), &out))
                return words->ascii;
        }
    }
    return buf_str(&out);
}

/* Breaks lines at spaces. */
static str wrap(str text, str line_end, struct arena *arena)
{
    struct buf out = buf_new(arena, TEXT_MAX);
    size_t column = 0;

    for (str word; str_next(&text, ' ', &word);) {
        if (word.n == 0)
            continue;
        if (column && column + 1 + word.n > COLUMNS) {
            buf_add(&out, line_end);
            column = 0;
        }
        if (column) {
            buf_add_char(&out, ' ');
            column++;
        }
        buf_add(&out, word);
        column += word.n;
    }
    buf_add(&out, line_end);
    buf_add(&out, line_end);
    return buf_str(&out);
}

str banner_plain(const struct banner_words *words, const struct charset *charset, bool ascii, str line_end,
                 struct arena *arena)
{
    str text = wrap(words->text, line_end, arena);
    struct buf out = buf_new(arena, TEXT_MAX);

    if (utf8_ascii(text) == text.n)
        return text;
    if (charset && !ascii && charset_encode(charset, text, &out))
        return buf_str(&out);
    return wrap(in_ascii(words, arena), line_end, arena);
}

/* ---- HTML ---- */

/* Declarations of a style attribute that are important outrank all of a style sheet (CSS Cascade,
 * section 6.1), so a mail can use only what is not declared here: "all" declares everything, and for programs
 * that don't know it the usual ways to hide something are named. A flex container has no ::first-line and
 * ::first-letter, which no declaration of its own would outrank. In lines, as a line of a mail has at most
 * 998 bytes (RFC 5322 section 2.1.1). */
static const str opening[] = {
    STR("<div dir=\"auto\" style=\"all:initial!important;display:block!important;display:flex!important;"),
    STR("visibility:visible!important;opacity:1!important;position:relative!important;z-index:2147483647!important;left:auto!important;"),
    STR("right:auto!important;top:auto!important;bottom:auto!important;float:none!important;clear:both!important;"),
    STR("width:auto!important;height:auto!important;max-height:none!important;max-width:none!important;"),
    STR("overflow:visible!important;transform:none!important;clip:auto!important;clip-path:none!important;"),
    STR("filter:none!important;margin:0 0 12px 0!important;padding:10px 14px!important;"),
    STR("border:2px solid #b45309!important;background:#fff7e0!important;color:#1c1917!important;"),
    STR("text-align:start!important;text-indent:0!important;white-space:normal!important;"),
    STR("letter-spacing:normal!important;font:normal 14px/1.4 Arial,Helvetica,sans-serif!important\">"),
};

str banner_html(str text, str line_end, struct arena *arena)
{
    struct buf out = buf_new(arena, TEXT_MAX);
    size_t n, column = 0;

    for (size_t i = 0; i < sizeof(opening) / sizeof(opening[0]); i++) {
        buf_add(&out, line_end);
        buf_add(&out, opening[i]);
    }
    buf_add(&out, line_end);
    for (; text.n; text = str_skip(text, n)) {
        uint32_t c = utf8_step(text, &n);

        if (c == ' ' && column > COLUMNS) {
            buf_add(&out, line_end);
            column = 0;
        } else if (c >= 0x7f || c < ' ' || c == '<' || c == '>' || c == '&' || c == '"') {
            buf_printf(&out, "&#%u;", (unsigned)c);
            column += 8;
        } else {
            buf_add_char(&out, (char)c);
            column++;
        }
    }
    buf_add(&out, BANNER_HTML_END);
    buf_add(&out, line_end);
    return buf_str(&out);
}
