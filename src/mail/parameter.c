/* parameter.c: the value and parameters of Content-Type and Content-Disposition. */
#include "mail/parameter.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/header.h"
#include "mail/word.h"

/* One "name=value" as it stands there. */
struct piece {
    str name;      /* lower case, without stars */
    unsigned at;   /* the number behind the star; 0 without one */
    bool numbered; /* there is a number */
    bool extended; /* a star at the end: percent-encoded */
    bool taken;
    str value; /* unquoted */
};

struct reader {
    str text;
    size_t at;
    struct arena *arena;
    struct parameters *parameters;
    struct piece *pieces;
    size_t n;
    bool unclosed; /* a comment did not end: brackets are characters like others from there on */
};

/* The offset behind the comment that begins at `at`; `at` if it does not end. */
static size_t skip_comment(str s, size_t at)
{
    unsigned depth = 0;

    for (size_t i = at; i < s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == '(')
            depth++;
        else if (s.p[i] == ')' && --depth == 0)
            return i + 1;
    }
    return at;
}

static void skip_space(struct reader *reader)
{
    str s = reader->text;

    for (size_t next; reader->at < s.n; reader->at = next) {
        if (!ascii_is_space(s.p[reader->at]) && (s.p[reader->at] != '(' || reader->unclosed))
            return;
        next = s.p[reader->at] == '(' ? skip_comment(s, reader->at) : reader->at + 1;
        if (next == reader->at) {
            reader->unclosed = reader->parameters->syntax = true;
            return;
        }
    }
}

/* The quoted text that begins at the quote; a backslash before anything but a quote or a backslash is one of
 * a Windows path. */
static str read_quoted(struct reader *reader)
{
    str s = reader->text;
    size_t from = reader->at + 1, to = from, n = 0;
    char *p;

    while (to < s.n && s.p[to] != '"')
        to += s.p[to] == '\\' && to + 1 < s.n ? 2 : 1;
    p = arena_bytes(reader->arena, to - from);
    for (size_t i = from; i < to; i++) {
        if (s.p[i] == '\\' && i + 1 < to && (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
            i++;
        p[n++] = s.p[i];
    }
    reader->parameters->syntax |= to >= s.n;
    reader->at = to < s.n ? to + 1 : s.n;
    return (str){p, n};
}

/* File names are written with spaces and without quotes; of all else a space is the end. */
static str read_bare(struct reader *reader, str name)
{
    str rest = str_skip(reader->text, reader->at);
    str value = str_trim(str_sub(rest, 0, str_find(rest, ';')));
    size_t n = 0;

    reader->at += str_find(rest, ';');
    if (str_eq(name, S("name")) || str_eq(name, S("filename")))
        return value;
    while (n < value.n && !ascii_is_space(value.p[n]))
        n++;
    if (n < value.n && str_trim(str_skip(value, n)).p[0] != '(')
        reader->parameters->syntax = true;
    return str_sub(value, 0, n);
}

/* Splits "filename*0*" into its parts. */
static void split_name(struct piece *piece, str name, struct arena *arena)
{
    size_t star = str_find(name, '*');
    str rest = str_skip(name, star);
    uint64_t number;

    piece->name = arena_lower(arena, str_sub(name, 0, star));
    piece->extended = str_ends(rest, S("*"));
    if (piece->extended)
        rest.n--;
    if (rest.n > 1 && str_to_u64(str_skip(rest, 1), LIMIT_PARAMETERS, &number)) {
        piece->at = (unsigned)number;
        piece->numbered = true;
    }
}

/* RFC 2045 section 5.1; the stars of RFC 2231 among them. */
static bool is_token(str s)
{
    static const str specials = STR("()<>@,;:\\\"/[]?=");

    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || str_find(specials, s.p[i]) < specials.n)
            return false;
    return true;
}

/* False at the end. */
static bool read_piece(struct reader *reader, struct piece *piece)
{
    str s = reader->text, rest, name;
    size_t n = 0;

    for (;;) {
        skip_space(reader);
        if (reader->at < s.n && s.p[reader->at] != ';')
            break;
        if (reader->at >= s.n)
            return false;
        reader->at++;
    }
    rest = str_skip(s, reader->at);
    while (n < rest.n && rest.p[n] != '=' && rest.p[n] != ';')
        n++;
    name = str_trim(str_sub(rest, 0, n));
    reader->at += n;
    *piece = (struct piece){.name = {NULL, 0}};
    if (reader->at >= s.n || s.p[reader->at] == ';' || name.n == 0) {
        reader->parameters->syntax = true;
        reader->at++;
        return true;
    }
    reader->at++;
    reader->parameters->syntax |= !is_token(name);
    split_name(piece, name, reader->arena);
    skip_space(reader);
    piece->value =
        reader->at < s.n && s.p[reader->at] == '"' ? read_quoted(reader) : read_bare(reader, piece->name);
    return true;
}

static void add_percent(struct buf *buf, str s)
{
    for (size_t i = 0; i < s.n; i++) {
        int high = s.n - i > 2 && s.p[i] == '%' ? ascii_hex(s.p[i + 1]) : -1;
        int low = high >= 0 ? ascii_hex(s.p[i + 2]) : -1;

        buf_add_char(buf, low >= 0 ? (char)(high << 4 | low) : s.p[i]);
        i += low >= 0 ? 2 : 0;
    }
}

/* Takes "charset'language'" off an extended value. */
static str take_charset(str *value)
{
    size_t first = str_find(*value, '\''), second = first + 1 + str_find(str_skip(*value, first + 1), '\'');
    str charset = str_sub(*value, 0, first);

    if (second >= value->n)
        return S("");
    *value = str_skip(*value, second + 1);
    return charset;
}

static str decode(str charset, str bytes, struct arena *arena)
{
    const struct charset *found = charset_find(charset);
    struct buf buf = buf_new(arena, LIMIT_WORDS);
    bool broken = false;

    if (found)
        charset_decode(found, bytes, &buf, &broken);
    else
        charset_guess(bytes, &buf);
    return buf_str(&buf);
}

str parameter_extended(str value, struct arena *arena)
{
    str charset = take_charset(&value);
    struct buf bytes = buf_new(arena, LIMIT_WORDS);

    add_percent(&bytes, value);
    return decode(charset, buf_str(&bytes), arena);
}

/* Puts the numbered pieces of a name together in their order (RFC 2231 section 3), whatever stands between
 * them. */
static void join(struct reader *reader, size_t first, struct parameter *parameter)
{
    struct buf bytes = buf_new(reader->arena, LIMIT_WORDS);
    str charset = S("");
    bool found = true;

    for (unsigned number = 0; found; number++) {
        found = false;
        for (size_t i = first; i < reader->n && !found; i++) {
            struct piece *piece = &reader->pieces[i];
            str value = piece->value;

            if (piece->taken || !piece->numbered || piece->at != number ||
                !str_eq(piece->name, reader->pieces[first].name))
                continue;
            found = piece->taken = true;
            if (number == 0 && piece->extended)
                charset = take_charset(&value);
            if (piece->extended)
                add_percent(&bytes, value);
            else
                buf_add(&bytes, value);
        }
    }
    for (size_t i = first; i < reader->n; i++) { /* those behind a gap */
        struct piece *piece = &reader->pieces[i];

        if (!piece->taken && piece->numbered && str_eq(piece->name, parameter->name))
            piece->taken = reader->parameters->syntax = true;
    }
    parameter->value = decode(charset, buf_str(&bytes), reader->arena);
    parameter->encoded = parameter->extended = true;
}

static void finish_parameter(struct reader *reader, size_t at, struct parameter *parameter)
{
    struct piece *piece = &reader->pieces[at];

    parameter->name = piece->name;
    if (piece->numbered) {
        join(reader, at, parameter);
    } else if (piece->extended) {
        parameter->value = parameter_extended(piece->value, reader->arena);
        parameter->encoded = parameter->extended = true;
    } else if (utf8_ascii(piece->value) < piece->value.n ||
               str_find_str(piece->value, S("=?")) < piece->value.n) {
        struct word_facts facts;

        parameter->value = word_decode(piece->value, reader->arena, &facts);
        parameter->encoded = facts.encoded;
    } else {
        parameter->value = piece->value;
    }
}

static void note_disagreement(struct parameters *parameters)
{
    const struct parameter *last = &parameters->items[parameters->n - 1];

    for (size_t i = 0; i + 1 < parameters->n; i++)
        if (str_eq(parameters->items[i].name, last->name) && !str_eq(parameters->items[i].value, last->value))
            parameters->disagree = true;
}

/* The words before the first parameter, without comments: "text/html". White space may stand around the
 * slash; before anything else it is the end, and a semicolon was forgotten. */
static str read_value(struct reader *reader)
{
    struct buf buf = buf_new(reader->arena, LIMIT_WORDS);
    str s = reader->text;

    for (;;) {
        size_t before = reader->at;
        char last = buf.n ? buf.p[buf.n - 1] : '/';

        skip_space(reader);
        if (reader->at >= s.n || s.p[reader->at] == ';')
            break;
        if (reader->at > before && ascii_is_space(s.p[before]) && last != '/' && s.p[reader->at] != '/') {
            reader->parameters->syntax = true;
            break;
        }
        buf_add_char(&buf, ascii_lower(s.p[reader->at++]));
    }
    return buf_str(&buf);
}

void parameters_parse(struct parameters *parameters, str field, struct arena *arena)
{
    struct reader reader = {.text = header_unfold(str_sub(field, 0, LIMIT_PARAMETER_TEXT), arena),
                            .arena = arena,
                            .parameters = parameters};
    struct piece piece;

    *parameters = (struct parameters){.cut = field.n > LIMIT_PARAMETER_TEXT};
    parameters->value = read_value(&reader);
    if (reader.at >= reader.text.n)
        return;
    reader.pieces = arena_array_of(arena, LIMIT_PARAMETERS, struct piece);
    while (read_piece(&reader, &piece)) {
        if (piece.name.n == 0)
            continue;
        if (reader.n == LIMIT_PARAMETERS) {
            parameters->cut = true;
            break;
        }
        reader.pieces[reader.n++] = piece;
    }
    parameters->items = arena_array_of(arena, reader.n, struct parameter);
    for (size_t i = 0; i < reader.n; i++) {
        if (reader.pieces[i].taken)
            continue;
        finish_parameter(&reader, i, &parameters->items[parameters->n++]);
        note_disagreement(parameters);
    }
}

str parameters_find_extended(const struct parameters *parameters, str name)
{
    for (size_t i = 0; i < parameters->n; i++)
        if (parameters->items[i].extended && str_eq(parameters->items[i].name, name))
            return parameters->items[i].value;
    return parameters_find(parameters, name, 0);
}

str parameters_find(const struct parameters *parameters, str name, unsigned again)
{
    for (size_t i = 0; i < parameters->n; i++)
        if (str_eq(parameters->items[i].name, name) && again-- == 0)
            return parameters->items[i].value;
    return S("");
}
