/* mime_hidden.c: what stands in a text though no header speaks of it. Whoever wants a filter to overlook a
 * file writes its header so that the filter does not understand it and some mail program does. Rather than to
 * read headers in all the ways in which programs do, the content is looked at: it tells the same. */
#include "base/limits.h"
#include "base/utf8.h"
#include "mail/magic.h"
#include "mail/mime_read.h"
#include "mail/transfer.h"

enum {
    LINES = 32,
    QUOTED_LOOKED_AT = 4096,
    DIGITS_LEAST = 24,
    LONG_LINE = 60,
    LONG_LINES = 4,
    BLANK_LINES = 4
};

/* ---- parts ---- */

/* The innermost part below `root` in which `p` stands. */
static struct part *part_at(const struct mime *mime, struct part *root, const char *p)
{
    struct part *found = root;

    for (size_t i = root->index + 1; i < mime->n; i++) {
        struct part *part = mime->parts[i];

        if (!part->alternate && part->depth > found->depth && p >= part->raw.p &&
            p < part->raw.p + part->raw.n)
            found = part;
    }
    return found;
}

/* It is no secret: a multipart has it, whose parts were found. */
static bool is_boundary_of_another(const struct mime *mime, str boundary)
{
    for (size_t i = 0; i < mime->n; i++)
        if (!mime->parts[i]->alternate && mime->parts[i]->child && str_eq(mime->parts[i]->boundary, boundary))
            return true;
    return false;
}

void mime_read_hidden(struct mime_parser *parser, struct part *root, str boundary)
{
    struct part *part;

    if (is_boundary_of_another(parser->mime, boundary))
        return;
    root = part_at(parser->mime, root, boundary.p);
    root->odd[PART_HIDDEN_PARTS] = true;
    part = mime_reading(parser, root);
    if (!part)
        return;
    part->type = S("multipart");
    part->subtype = S("mixed");
    part->encoding = PART_IDENTITY;
    part->boundary = boundary;
    mime_read_content(parser, part, part->raw);
}

/* ---- a header behind the header ---- */

/* The line at *at, which is moved behind it; any of CR, LF and CR LF ends it. */
static str next_line(str text, size_t *at)
{
    str rest = str_skip(text, *at), line;
    size_t n = str_find(rest, '\n');

    n = str_find(str_sub(rest, 0, n), '\r');
    line = str_sub(rest, 0, n);
    *at += n;
    if (*at < text.n && text.p[*at] == '\r')
        ++*at;
    if (*at < text.n && text.p[*at] == '\n')
        ++*at;
    return line;
}

/* "Content-...:" */
static bool is_mime_field(str line)
{
    size_t n = 8;

    if (!str_istarts(line, S("Content-")))
        return false;
    while (n < line.n && (ascii_is_alpha(line.p[n]) || line.p[n] == '-'))
        n++;
    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
        n++;
    return n < line.n && line.p[n] == ':';
}

/* Where the content goes on as a header, behind lines with little in them; text.n if it does not. */
static size_t find_header(str text)
{
    size_t at = 0;

    for (unsigned i = 0; i < BLANK_LINES && at < text.n; i++) {
        size_t from = at, skip = 0;
        str line = next_line(text, &at);

        while (skip < line.n && line.p[skip] <= ' ' && line.p[skip] >= 0)
            skip++;
        if (is_mime_field(str_skip(line, skip)))
            return from + skip;
        if (line.n - skip > 2)
            break;
    }
    return text.n;
}

static void look_for_header(struct mime_parser *parser, struct part *part)
{
    size_t at = find_header(part->raw);
    struct part *reading;

    if (at == part->raw.n)
        return;
    part->odd[PART_HIDDEN_HEADER] = true;
    reading = mime_reading(parser, part);
    if (!reading)
        return;
    reading->encoding = PART_IDENTITY;
    at += mime_read_header(parser, reading, str_skip(part->raw, at));
    mime_read_content(parser, reading, str_skip(part->raw, at));
}

/* ---- encoded text ---- */

/* The line has nothing but base64; *digits more of it. */
static bool is_base64(str line, size_t *digits)
{
    size_t n = 0;

    line = str_trim(line);
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];

        if (!ascii_is_alnum(c) && c != '+' && c != '/' && c != '=')
            return false;
        n += c != '=';
    }
    *digits += n;
    return true;
}

/* What came out is no chance: a content that is known, or text. */
static bool means_something(str bytes)
{
    size_t plain = 0, look = bytes.n < QUOTED_LOOKED_AT ? bytes.n : QUOTED_LOOKED_AT;

    if (bytes.n == 0)
        return false;
    if (magic_of(bytes) != MAGIC_UNKNOWN)
        return true;
    for (size_t i = 0; i < look; i++)
        plain += (bytes.p[i] >= ' ' && bytes.p[i] < 0x7f) || ascii_is_space(bytes.p[i]);
    return plain * 10 >= look * 9 && (bytes.n > look || utf8_valid(bytes));
}

/* A file stands there in an encoding that is not read: yEnc, BinHex. */
static bool is_encoded_otherwise(str line)
{
    return str_starts(line, S("=ybegin ")) || str_starts(line, S("(This file must be converted with BinHex"));
}

/* Base64 that begins within the first lines of a text that are none. */
static str find_base64(struct part *part, bool *plainly)
{
    str text = part->raw;
    size_t at = 0;

    for (unsigned i = 0; i < LINES && at < text.n; i++) {
        size_t begin = at, end = at, digits = 0;
        unsigned longs = 0;

        while (at < text.n) {
            str line = next_line(text, &at);

            part->odd[PART_ENCODED_OTHERWISE] |= is_encoded_otherwise(line);
            if (str_starts(line, S("-----BEGIN "))) /* the armour of OpenPGP and PEM is no secret */
                return S("");
            if (!is_base64(line, &digits))
                break;
            longs += line.n >= LONG_LINE;
            end = at;
        }
        *plainly = longs >= LONG_LINES;
        if (digits >= DIGITS_LEAST)
            return str_sub(text, begin, end - begin);
    }
    return S("");
}

static void look_for_base64(struct mime_parser *parser, struct part *part)
{
    struct transfer_facts facts = {.junk = false};
    bool plainly;
    str found = find_base64(part, &plainly), bytes;
    struct part *reading;

    if (found.n == 0 || found.n > LIMIT_MIME_TEXT)
        return;
    bytes = transfer_base64(found, parser->arena, &facts);
    if (!plainly && !means_something(bytes))
        return;
    part->odd[PART_HIDDEN_ENCODING] = true;
    reading = mime_reading(parser, part);
    if (!reading)
        return;
    reading->encoding = PART_BASE64;
    reading->raw = found;
}

/* Soft line ends and escapes, as no other text has them. */
static bool is_quoted(str text)
{
    unsigned escapes = 0, soft = 0, equals = 0;

    text = str_sub(text, 0, QUOTED_LOOKED_AT);
    for (size_t i = str_find(text, '='); i < text.n; i += 1 + str_find(str_skip(text, i + 1), '=')) {
        str next = str_sub(text, i + 1, 2);

        if (next.n == 2 && ascii_hex(next.p[0]) >= 0 && ascii_hex(next.p[1]) >= 0)
            escapes++;
        equals += str_ieq(next, S("3d"));
        soft += i > 0 && text.p[i - 1] != '=' && (str_starts(next, S("\n")) || str_eq(next, S("\r\n")));
    }
    return (soft && escapes > 1) || equals > 2;
}

static void look_for_quoted(struct mime_parser *parser, struct part *part)
{
    struct part *reading;

    if (!is_quoted(part->raw))
        return;
    part->odd[PART_HIDDEN_ENCODING] = true;
    reading = mime_reading(parser, part);
    if (reading)
        reading->encoding = PART_QUOTED_PRINTABLE;
}

void mime_look_for_hidden(struct mime_parser *parser, struct part *part)
{
    if (str_iends(part->subtype, S("-headers"))) /* text/rfc822-headers is a header */
        return;
    look_for_header(parser, part);
    look_for_base64(parser, part);
    look_for_quoted(parser, part);
}
