/* banner_place.c: where in a part the banner stands, and how it is written into the encoded bytes. */
#include "act/banner_part.h"
#include "base/base64.h"
#include "base/buf.h"
#include "mail/html.h"
#include "mail/transfer.h"

enum { BASE64_LINE = 76, QUOTED_LINE = 72, GROUP = 3, GROUP_DIGITS = 4 };

/* ---- the place ---- */

size_t banner_place_plain(str text)
{
    return str_starts(text, S("\xef\xbb\xbf")) ? 3 : 0;
}

/* The same text with what stands between the escape sequences of ISO 2022 covered: its bytes look like
 * brackets. */
static str cover_shifted(str text, struct arena *arena)
{
    char *p = arena_bytes(arena, text.n);
    bool shifted = false;

    for (size_t i = 0; i < text.n; i++) {
        str rest = str_skip(text, i);

        if (rest.p[0] == '\x1b')
            shifted = str_starts(rest, S("\x1b$"));
        else if (rest.p[0] == '\x0e' || rest.p[0] == '\x0f')
            shifted = rest.p[0] == '\x0e';
        p[i] = shifted && !ascii_is_space(rest.p[0]) ? 'x' : rest.p[0];
    }
    return (str){p, text.n};
}

/* What stands in the head, or is no content. */
static bool is_of_head(enum html_tag tag)
{
    static const enum html_tag tags[] = {HTML_TAG_HTML,  HTML_TAG_HEAD, HTML_TAG_META,   HTML_TAG_TITLE,
                                         HTML_TAG_STYLE, HTML_TAG_LINK, HTML_TAG_SCRIPT, HTML_TAG_BASE};

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (tag == tags[i])
            return true;
    return false;
}

/* The token is the first that a reader sees, or begins an element that he does. */
static bool is_content(const struct html *html)
{
    if (html->kind == HTML_KIND_TEXT)
        return html->read == HTML_MODE_DATA && str_trim(html->content).n > 0;
    return html->kind == HTML_KIND_START && !is_of_head(html->tag);
}

size_t banner_place_html(str text, bool shifting, struct arena *arena)
{
    size_t begin = banner_place_plain(text);
    struct html html = html_of(str_skip(shifting ? cover_shifted(text, arena) : text, begin));
    size_t behind_doctype = 0;

    while (html_next(&html)) {
        size_t at = (size_t)(html.token.p - html.text.p);

        if (html.kind == HTML_KIND_START && html.tag == HTML_TAG_BODY)
            return begin + at + html.token.n;
        if (is_content(&html))
            return begin + at;
        if (html.kind == HTML_KIND_DOCTYPE && str_ends(html.token, S(">")))
            behind_doctype = at + html.token.n;
        if (html.kind == HTML_KIND_START)
            html_enter(&html, false);
    }
    return begin + behind_doctype;
}

/* ---- the encoding ---- */

/* Whole lines end as they are, and the last one with a soft line end, so that what follows begins a line. */
static str write_quoted(str text, bool in_line, str line_end, struct arena *arena)
{
    struct buf out = buf_new(arena, 4 * text.n + 1000);
    size_t column = 0;

    if (in_line) {
        buf_add_char(&out, '=');
        buf_add(&out, line_end);
    }
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (str_starts(str_skip(text, i), line_end)) {
            buf_add(&out, line_end);
            i += line_end.n - 1;
            column = 0;
            continue;
        }
        if (column >= QUOTED_LINE) {
            buf_add_char(&out, '=');
            buf_add(&out, line_end);
            column = 0;
        }
        if (c <= ' ' || c > '~' || c == '=' || (column == 0 && (c == '.' || c == 'F' || c == '-'))) {
            bool space =
                c == ' ' && column > 0 && column + 1 < QUOTED_LINE && i + 1 < text.n && text.p[i + 1] > ' ';

            if (space)
                buf_add_char(&out, ' ');
            else
                buf_printf(&out, "=%02X", c);
            column += space ? 1 : 3;
        } else {
            buf_add_char(&out, (char)c);
            column++;
        }
    }
    if (column) {
        buf_add_char(&out, '=');
        buf_add(&out, line_end);
    }
    return buf_str(&out);
}

static void encode_quoted(struct banner_edit *edit, const struct part *part, size_t base, size_t place,
                          str inserted, str line_end, struct arena *arena)
{
    size_t at = transfer_quoted_offset(part->raw, place);

    edit->at = base + at;
    edit->inserted = write_quoted(inserted, at > 0 && part->raw.p[at - 1] != '\n', line_end, arena);
}

static bool is_digit(char c)
{
    return ascii_is_alnum(c) || c == '+' || c == '/';
}

/* The offset of the digit with that number; false if something else than white space stands before it. Before
 * the first one whatever stands there does no harm. */
static bool find_digit(str raw, size_t number, size_t *at)
{
    size_t i = 0;

    *at = 0;
    for (size_t n = 0; i < raw.n; i++) {
        if (is_digit(raw.p[i])) {
            if (n++ == number)
                break;
        } else if (!ascii_is_space(raw.p[i])) {
            return false;
        }
    }
    *at = i;
    return true;
}

/* Lines of base64 with a line end before them if they are not to begin the part. */
static str write_base64(str bytes, bool in_part, str line_end, struct arena *arena)
{
    str digits = base64_encode(bytes, arena);
    struct buf out = buf_new(arena, 2 * digits.n + 100);

    if (in_part)
        buf_add(&out, line_end);
    for (; digits.n; digits = str_skip(digits, BASE64_LINE)) {
        buf_add(&out, str_sub(digits, 0, BASE64_LINE));
        buf_add(&out, line_end);
    }
    return buf_str(&out);
}

/* `inserted` is a multiple of a group, so what follows stays as it is. A group in which the place is, is
 * written again: its bytes before the place, what is inserted, its bytes behind. */
static bool encode_base64(struct banner_edit *edit, struct part *part, size_t base, size_t place,
                          str inserted, str line_end, struct arena *arena)
{
    str content = part_content(part, arena);
    size_t in_group = place % GROUP, group = place - in_group, at, end;
    struct buf bytes = buf_new(arena, inserted.n + GROUP);

    if (!find_digit(part->raw, group / GROUP * GROUP_DIGITS, &at) && group)
        return false;
    end = at;
    if (in_group) {
        if (group + GROUP > content.n ||
            !find_digit(part->raw, group / GROUP * GROUP_DIGITS + GROUP_DIGITS - 1, &end))
            return false;
        end++;
    }
    buf_add(&bytes, str_sub(content, group, in_group));
    buf_add(&bytes, inserted);
    if (in_group)
        buf_add(&bytes, str_sub(content, place, GROUP - in_group));
    edit->at = base + at;
    edit->removed = end - at;
    edit->inserted = write_base64(buf_str(&bytes), at > 0 && part->raw.p[at - 1] != '\n', line_end, arena);
    return true;
}

bool banner_encode(struct banner_edit *edit, struct part *part, size_t base, size_t place, str inserted,
                   str line_end, struct arena *arena)
{
    *edit = (struct banner_edit){.at = base + place, .inserted = inserted};
    switch (part->encoding) {
    case PART_IDENTITY:
        return true;
    case PART_QUOTED_PRINTABLE:
        encode_quoted(edit, part, base, place, inserted, line_end, arena);
        return true;
    case PART_BASE64:
        return encode_base64(edit, part, base, place, inserted, line_end, arena);
    case PART_UUENCODE:
    case PART_UNKNOWN:
        break;
    }
    return false;
}
