/* spf_macro.c: macro strings of SPF. */
#include "auth/spf_macro.h"

#include <assert.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"

enum { NAME_MAX_BYTES = 253 };

/* macro-expand: "%{" letter transformers delimiters "}". */
struct macro {
    char letter; /* lower case */
    bool escape; /* the letter was upper case: URL escaping */
    bool reverse;
    size_t parts; /* right-hand parts to use; 0: all */
    str delimiters;
};

/* Reads what stands between the braces. */
static const char *read_macro(str inside, struct macro *macro)
{
    size_t at = 1;

    *macro = (struct macro){0};
    if (inside.n == 0 || !ascii_is_alpha(inside.p[0]) || !memchr("slodiphvcrt", ascii_lower(inside.p[0]), 11))
        return "no such macro letter";
    macro->letter = ascii_lower(inside.p[0]);
    macro->escape = macro->letter != inside.p[0];
    for (; at < inside.n && ascii_is_digit(inside.p[at]); at++)
        if (macro->parts <= SIZE_MAX / 100)
            macro->parts = macro->parts * 10 + (size_t)(inside.p[at] - '0');
    if (at > 1 && macro->parts == 0)
        return "zero parts of a macro (RFC 7208 section 7.3)";
    if (at < inside.n && ascii_lower(inside.p[at]) == 'r') {
        macro->reverse = true;
        at++;
    }
    macro->delimiters = str_skip(inside, at);
    for (; at < inside.n; at++)
        if (!memchr(".-+,/_=", inside.p[at], 7))
            return "a macro with an odd delimiter";
    return NULL;
}

/* One step through a macro string: a literal byte, "%%", "%_", "%-" or a whole macro. */
struct piece {
    str literal;
    bool is_macro;
    struct macro macro;
};

static const char *read_percent(str *rest, struct piece *piece)
{
    size_t close;

    if (rest->n < 2)
        return "a \"%\" that begins no macro";
    switch (rest->p[1]) {
    case '%':
        piece->literal = S("%");
        break;
    case '_':
        piece->literal = S(" ");
        break;
    case '-':
        piece->literal = S("%20");
        break;
    case '{':
        close = str_find(*rest, '}');
        if (close == rest->n)
            return "a macro without its closing brace";
        piece->is_macro = true;
        *rest = str_skip(*rest, close + 1);
        return read_macro(str_span(piece->literal.p + 2, piece->literal.p + close), &piece->macro);
    default:
        return "a \"%\" that begins no macro";
    }
    *rest = str_skip(*rest, 2);
    return NULL;
}

/* Literals come in runs. Returns what is wrong, or NULL. */
static const char *next_piece(str *rest, struct piece *piece)
{
    size_t n = str_find(*rest, '%');

    *piece = (struct piece){.literal = str_sub(*rest, 0, n)};
    if (n == 0) {
        piece->literal = *rest;
        return read_percent(rest, piece);
    }
    *rest = str_skip(*rest, n);
    return NULL;
}

static bool is_visible(str s, bool space)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] > ' ' && s.p[i] < 0x7f) && !(space && s.p[i] == ' '))
            return false;
    return true;
}

/* toplabel: letters, digits and inner hyphens, not digits alone. */
static bool is_top_label(str label)
{
    bool digits = true;

    if (label.n == 0 || !ascii_is_alnum(label.p[0]) || !ascii_is_alnum(label.p[label.n - 1]))
        return false;
    for (size_t i = 0; i < label.n; i++) {
        if (!ascii_is_alnum(label.p[i]) && label.p[i] != '-')
            return false;
        digits = digits && ascii_is_digit(label.p[i]);
    }
    return !digits;
}

/* domain-end of a domain-spec that ends in a literal. */
static const char *check_end(str text)
{
    struct ip ip;
    size_t dot;

    if (ip_parse_exact(text, &ip))
        return "an IP address where a domain has to be: it needs ip4: or ip6:";
    if (text.p[text.n - 1] == '.')
        text.n--;
    dot = str_rfind(text, '.');
    if (dot == text.n)
        return "a domain of one label";
    return is_top_label(str_skip(text, dot + 1)) ? NULL : "a domain without a valid top label";
}

const char *spf_macro_check(str text, enum spf_macro_place place)
{
    bool domain = place == SPF_MACRO_DOMAIN;
    bool literal_end = true;
    str rest = text;
    struct piece piece;

    if (domain && text.n == 0)
        return "an empty domain";
    while (rest.n > 0) {
        bool literal = rest.p[0] != '%';
        const char *why = next_piece(&rest, &piece);

        if (why)
            return why;
        if (literal && !is_visible(piece.literal, place == SPF_MACRO_EXPLANATION))
            return "a byte that is not printable ASCII";
        if (domain && piece.is_macro && memchr("crt", piece.macro.letter, 3))
            return "a macro that is for explanations only";
        literal_end = literal;
    }
    return domain && literal_end ? check_end(text) : NULL;
}

bool spf_macro_has(str text, str letters)
{
    struct piece piece;

    while (text.n > 0 && !next_piece(&text, &piece))
        if (piece.is_macro && memchr(letters.p, piece.macro.letter, letters.n))
            return true;
    return false;
}

/* "192.0.2.1", or the 32 nibbles of an IPv6 address with dots between. */
static str dotted(struct ip ip, char room[64])
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;

    if (ip.family != 6)
        return (str){room, (size_t)snprintf(room, 64, "%u.%u.%u.%u", ip.bytes[0], ip.bytes[1], ip.bytes[2],
                                            ip.bytes[3])};
    for (size_t i = 0; i < 16; i++) {
        room[n++] = hex[ip.bytes[i] >> 4];
        room[n++] = '.';
        room[n++] = hex[ip.bytes[i] & 15];
        room[n++] = '.';
    }
    return (str){room, n - 1};
}

/* What a letter stands for; numbers are written into the room. */
static str value_of(char letter, const struct spf_macros *macros, char room[64], struct arena *arena)
{
    switch (letter) {
    case 's':
        return macros->sender;
    case 'l':
        return macros->local;
    case 'o':
        return macros->sender_domain;
    case 'd':
        return macros->domain;
    case 'h':
        return macros->helo;
    case 'p':
        return macros->validated;
    case 'i':
        return dotted(macros->client, room);
    case 'v':
        return macros->client.family == 6 ? S("ip6") : S("in-addr");
    case 'c':
        return ip_format(macros->client, arena);
    case 'r':
        return macros->receiver.n ? macros->receiver : S("unknown");
    default:
        assert(letter == 't');
        return (str){room, (size_t)snprintf(room, 64, "%lld", (long long)macros->now)};
    }
}

static bool is_delimiter(str delimiters, char c)
{
    return memchr(delimiters.p, c, delimiters.n) != NULL;
}

/* unreserved of RFC 3986. */
static void add_escaped(struct buf *buf, str s)
{
    for (size_t i = 0; i < s.n && !buf->full; i++)
        if (ascii_is_alnum(s.p[i]) || memchr("-._~", s.p[i], 4))
            buf_add_char(buf, s.p[i]);
        else
            buf_printf(buf, "%%%02X", (unsigned char)s.p[i]);
}

static void add_part(struct buf *buf, const struct macro *macro, str part, bool first)
{
    if (!first)
        buf_add_char(buf, '.');
    if (macro->escape)
        add_escaped(buf, part);
    else
        buf_add(buf, part);
}

/* The end of the part that begins at `at`. A part that is longer than any buffer need not be seen whole. */
static size_t part_end(str value, str delimiters, size_t at)
{
    size_t end = at;

    while (end < value.n && end - at <= LIMIT_SPF_MACRO && !is_delimiter(delimiters, value.p[end]))
        end++;
    return end;
}

/* The begin of the part that ends at `end`; the same the other way round. */
static size_t part_begin(str value, str delimiters, size_t end)
{
    size_t begin = end;

    while (begin > 0 && end - begin <= LIMIT_SPF_MACRO && !is_delimiter(delimiters, value.p[begin - 1]))
        begin--;
    return begin;
}

/* The parts in their order, or the right-hand ones of them. Their begin is searched from the right, so that
 * it costs no more than they are long. */
static void add_forward(struct buf *buf, const struct macro *macro, str value, str delimiters)
{
    size_t parts = macro->parts;
    size_t begin = 0;

    if (parts > 0)
        for (begin = value.n; begin > 0; begin--)
            if (is_delimiter(delimiters, value.p[begin - 1]) && --parts == 0)
                break;
    for (size_t at = begin; at <= value.n && !buf->full;) {
        size_t end = part_end(value, delimiters, at);

        add_part(buf, macro, str_sub(value, at, end - at), at == begin);
        at = end + 1;
    }
}

/* The parts in reverse order. The right-hand parts of that list are the first ones of the value. */
static void add_reverse(struct buf *buf, const struct macro *macro, str value, str delimiters)
{
    size_t parts = macro->parts;
    size_t end = value.n;
    bool first = true;

    if (parts > 0)
        for (end = 0; end < value.n; end++)
            if (is_delimiter(delimiters, value.p[end]) && --parts == 0)
                break;
    for (;;) {
        size_t begin = part_begin(value, delimiters, end);

        add_part(buf, macro, str_sub(value, begin, end - begin), first);
        first = false;
        if (begin == 0 || buf->full)
            return;
        end = begin - 1;
    }
}

static void add_macro(struct buf *buf, const struct macro *macro, str value)
{
    str delimiters = macro->delimiters.n ? macro->delimiters : S(".");

    if (macro->reverse)
        add_reverse(buf, macro, value, delimiters);
    else if (macro->parts == 0 && macro->delimiters.n == 0)
        add_part(buf, macro, value, true); /* taken apart and put together it would be the same */
    else
        add_forward(buf, macro, value, delimiters);
}

str spf_macro_expand(str text, const struct spf_macros *macros, size_t max, struct arena *arena, bool *cut)
{
    struct buf buf = buf_new(arena, max);
    struct piece piece;
    char room[64];

    assert(max <= LIMIT_SPF_MACRO);
    while (text.n > 0 && !buf.full) {
        const char *why = next_piece(&text, &piece);

        assert(!why);
        if (piece.is_macro)
            add_macro(&buf, &piece.macro, value_of(piece.macro.letter, macros, room, arena));
        else
            buf_add(&buf, piece.literal);
    }
    *cut = buf.full;
    return buf_str(&buf);
}

str spf_macro_domain(str text, const struct spf_macros *macros, struct arena *arena)
{
    bool cut = text.n > LIMIT_SPF_MACRO;
    str name = text;

    if (str_find(text, '%') < text.n)
        name = spf_macro_expand(text, macros, LIMIT_SPF_MACRO, arena, &cut);
    if (cut)
        return S("");
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    while (name.n > NAME_MAX_BYTES)
        name = str_skip(name, str_find(name, '.') + 1);
    return name;
}
