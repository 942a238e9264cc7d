/* url.c: URLs as browsers read them: the WHATWG URL Standard's states, part by part instead of letter by
 * letter. */
#include "mail/url.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "mail/url_host.h"

/* In which parts a byte is percent-encoded (section 1.3), and what the short way may pass over. */
enum {
    IN_CONTROL = 1, /* opaque paths and opaque hosts */
    IN_FRAGMENT = 2,
    IN_QUERY = 4,
    IN_SPECIAL_QUERY = 8,
    IN_PATH = 16,
    IN_USERINFO = 32,
    NOT_PLAIN_HOST = 64,
    ALL = 127
};

static const uint8_t sets[256] = {
    [0 ... 0x1f] = ALL,
    [' '] = ALL & ~IN_CONTROL,
    ['!'] = NOT_PLAIN_HOST,
    ['"'] = ALL & ~IN_CONTROL,
    ['#'] = ALL & ~IN_CONTROL & ~IN_FRAGMENT,
    ['$'] = NOT_PLAIN_HOST,
    ['%'] = NOT_PLAIN_HOST,
    ['&'] = NOT_PLAIN_HOST,
    ['\''] = IN_SPECIAL_QUERY | NOT_PLAIN_HOST,
    ['(' ... ','] = NOT_PLAIN_HOST,
    ['/'] = IN_USERINFO | NOT_PLAIN_HOST,
    [':' ... ';'] = IN_USERINFO | NOT_PLAIN_HOST,
    ['<'] = ALL & ~IN_CONTROL,
    ['='] = IN_USERINFO | NOT_PLAIN_HOST,
    ['>'] = ALL & ~IN_CONTROL,
    ['?'] = IN_PATH | IN_USERINFO | NOT_PLAIN_HOST,
    ['@'] = IN_USERINFO | NOT_PLAIN_HOST,
    ['A' ... 'Z'] = NOT_PLAIN_HOST,
    ['[' ... ']'] = IN_USERINFO | NOT_PLAIN_HOST,
    ['^'] = IN_PATH | IN_USERINFO | NOT_PLAIN_HOST,
    ['`'] = IN_FRAGMENT | IN_PATH | IN_USERINFO | NOT_PLAIN_HOST,
    ['{'] = IN_PATH | IN_USERINFO | NOT_PLAIN_HOST,
    ['|'] = IN_USERINFO | NOT_PLAIN_HOST,
    ['}'] = IN_PATH | IN_USERINFO | NOT_PLAIN_HOST,
    ['~'] = NOT_PLAIN_HOST,
    [0x7f ... 0xff] = ALL,
};

static bool in_set(char c, unsigned set)
{
    return (sets[(uint8_t)c] & set) != 0;
}

static const struct {
    str scheme;
    unsigned port;
} specials[] = {
    {STR("http"), 80}, {STR("https"), 443}, {STR("ws"), 80},
    {STR("wss"), 443}, {STR("ftp"), 21},    {STR("file"), 0},
};
enum { SPECIALS = sizeof(specials) / sizeof(specials[0]) };

static unsigned special_of(str scheme)
{
    unsigned i = 0;

    while (i < SPECIALS && !str_eq(scheme, specials[i].scheme))
        i++;
    return i;
}

/* ---- text that is its own href ---- */

/* The end of a host of plain labels whose last one begins with a letter, so that it is no number; 0 if it is
 * another one. */
static size_t plain_host(str text, size_t from)
{
    size_t label = from, i;

    for (i = from; i < text.n && !in_set(text.p[i], NOT_PLAIN_HOST); i++) {
        if (text.p[i] != '.')
            continue;
        if (i == label)
            return 0;
        label = i + 1;
    }
    for (size_t at = from; at + 4 <= i; at++)
        if (text.p[at] == 'x' && memcmp(text.p + at, "xn--", 4) == 0)
            return 0;
    return i > label && ascii_is_alpha(text.p[label]) ? i : 0;
}

/* The end of a path that stays as it is; its dot segments are for the long way. */
static size_t plain_path(str text, size_t i)
{
    for (; i < text.n && !in_set(text.p[i], IN_PATH) && text.p[i] != '\\'; i++)
        if (text.p[i] == '/' && i + 1 < text.n && (text.p[i + 1] == '.' || text.p[i + 1] == '%'))
            break;
    return i;
}

static size_t plain_run(str text, size_t i, unsigned set)
{
    while (i < text.n && !in_set(text.p[i], set))
        i++;
    return i;
}

static bool parse_plain(struct url *url, str text)
{
    size_t scheme = str_starts(text, S("https://")) ? 5 : str_starts(text, S("http://")) ? 4 : 0;
    size_t host, path, at;

    if (scheme == 0)
        return false;
    host = plain_host(text, scheme + 3);
    if (host == 0 || host == text.n || text.p[host] != '/')
        return false;
    path = at = plain_path(text, host);
    if (at < text.n && text.p[at] == '?') {
        at = plain_run(text, path + 1, IN_SPECIAL_QUERY);
        url->has_query = true;
        url->query = str_span(text.p + path + 1, text.p + at);
    }
    if (at < text.n && text.p[at] == '#') {
        size_t end = plain_run(text, at + 1, IN_FRAGMENT);

        url->has_fragment = true;
        url->fragment = str_span(text.p + at + 1, text.p + end);
        at = end;
    }
    if (at < text.n)
        return false;
    url->href = text;
    url->scheme = str_sub(text, 0, scheme);
    url->host = str_span(text.p + scheme + 3, text.p + host);
    url->path = str_span(text.p + host, text.p + path);
    url->special = true;
    url->host_kind = URL_HOST_DOMAIN;
    return true;
}

/* ---- the long way ---- */

struct parser {
    struct url *url; /* its parts are filled one by one; href comes last */
    const struct url *base;
    struct arena *arena;
    struct buf path;
    str query, fragment; /* as written */
};

/* Appends text percent-encoded. */
static void encode(struct buf *out, str text, unsigned set, struct url *url)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.n;) {
        size_t run = i, length = 1;

        while (run < text.n && !in_set(text.p[run], set))
            run++;
        buf_add(out, str_span(text.p + i, text.p + run));
        i = run;
        if (i == text.n)
            return;
        if ((uint8_t)text.p[i] >= 0x80 && utf8_step(str_skip(text, i), &length) == UTF8_INVALID) {
            buf_add(out, S("%EF%BF%BD"));
            url->odd[URL_BAD_UTF8] = true;
        } else {
            for (size_t k = i; k < i + length; k++)
                buf_add(out,
                        (str){(char[]){'%', digits[(uint8_t)text.p[k] >> 4], digits[text.p[k] & 15]}, 3});
        }
        i += length;
    }
}

static str encoded(struct parser *parser, str text, unsigned set)
{
    size_t i = 0;
    struct buf out = buf_new(parser->arena, text.n * 9);

    while (i < text.n && !in_set(text.p[i], set))
        i++;
    if (i == text.n)
        return text;
    encode(&out, text, set, parser->url);
    return buf_str(&out);
}

static bool is_control_or_space(char c)
{
    return c >= 0 && c <= ' ';
}

static bool is_dropped(char c)
{
    return c == '\t' || c == '\n' || c == '\r';
}

/* Without controls at both ends, and without tabs and line ends. */
static str clean(struct parser *parser, str text)
{
    size_t n = 0;
    char *p;

    while (text.n && is_control_or_space(text.p[0]))
        text = str_skip(text, 1);
    while (text.n && is_control_or_space(text.p[text.n - 1]))
        text.n--;
    for (size_t i = 0; i < text.n; i++)
        n += is_dropped(text.p[i]);
    if (n == 0)
        return text;
    parser->url->odd[URL_CONTROL] = true;
    p = arena_bytes(parser->arena, text.n - n);
    n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (!is_dropped(text.p[i]))
            p[n++] = text.p[i];
    return (str){p, n};
}

static bool is_slash(const struct parser *parser, char c)
{
    if (c != '\\' || !parser->url->special)
        return c == '/';
    parser->url->odd[URL_BACKSLASH] = true;
    return true;
}

/* How many slashes text begins with. */
static size_t slashes(const struct parser *parser, str text)
{
    size_t n = 0;

    while (n < text.n && is_slash(parser, text.p[n]))
        n++;
    return n;
}

static size_t find_slash(const struct parser *parser, str text)
{
    size_t n = 0;

    while (n < text.n && !is_slash(parser, text.p[n]))
        n++;
    return n;
}

static bool is_file(const struct url *url)
{
    return url && str_eq(url->scheme, S("file"));
}

static bool is_drive(str s)
{
    return s.n == 2 && ascii_is_alpha(s.p[0]) && (s.p[1] == ':' || s.p[1] == '|');
}

/* "c:" alone or before a slash. */
static bool starts_with_drive(str s)
{
    return is_drive(str_sub(s, 0, 2)) && (s.n == 2 || s.p[2] == '/' || s.p[2] == '\\');
}

/* Takes the last segment off the path; a drive stays. */
static void shorten(struct parser *parser)
{
    str path = buf_str(&parser->path);

    if (is_file(parser->url) && path.n == 3 && is_drive(str_skip(path, 1)) && path.p[2] == ':')
        return;
    if (path.n)
        parser->path.n = str_rfind(path, '/');
}

/* 1 for ".", 2 for "..", and their percent-encoded forms; else 0. */
static unsigned dots(str segment)
{
    unsigned n = 0;

    while (segment.n && n < 3) {
        bool plain = segment.p[0] == '.';

        if (!plain && !str_istarts(segment, S("%2e")))
            return 0;
        segment = str_skip(segment, plain ? 1 : 3);
        n++;
    }
    return n < 3 ? n : 0;
}

/* The path state; text begins behind a slash or with the first segment. */
static bool read_path(struct parser *parser, str text)
{
    for (bool more = true; more;) {
        size_t end = find_slash(parser, text);
        str segment = str_sub(text, 0, end);
        unsigned n = dots(segment);

        more = end < text.n;
        text = str_skip(text, end + 1);
        if (n) {
            parser->url->odd[URL_DOT_SEGMENTS] = true;
            if (n == 2)
                shorten(parser);
            if (!more)
                buf_add_char(&parser->path, '/');
            continue;
        }
        buf_add_char(&parser->path, '/');
        if (is_file(parser->url) && parser->path.n == 1 && is_drive(segment)) {
            buf_add_char(&parser->path, segment.p[0]);
            buf_add_char(&parser->path, ':');
        } else {
            encode(&parser->path, segment, IN_PATH, parser->url);
        }
    }
    return true;
}

/* The path start state. */
static bool start_path(struct parser *parser, str text)
{
    if (!parser->url->special && text.n == 0)
        return true;
    return read_path(parser, text.n && is_slash(parser, text.p[0]) ? str_skip(text, 1) : text);
}

/* Digits, a number up to 65535; the default port is none. */
static bool read_port(struct parser *parser, str text)
{
    struct url *url = parser->url;
    unsigned special = special_of(url->scheme);
    unsigned port = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (!ascii_is_digit(text.p[i]))
            return false;
        port = port * 10 + (unsigned)(text.p[i] - '0');
        if (port > 65535)
            return false;
    }
    if (text.n == 0 || (special < SPECIALS && port == specials[special].port && port != 0))
        return true;
    url->port = (int32_t)port;
    url->odd[URL_PORT] = true;
    return true;
}

static void read_userinfo(struct parser *parser, str text)
{
    struct url *url = parser->url;
    size_t colon = str_find(text, ':');
    str user = str_sub(text, 0, colon);

    url->user = encoded(parser, user, IN_USERINFO);
    url->password = encoded(parser, str_skip(text, colon + 1), IN_USERINFO);
    url->odd[URL_USERINFO] = text.n > 0;
    url->odd[URL_USERINFO_HOST] = url_looks_like_host(user);
}

/* The authority, host and port states, then the path. */
static bool read_authority(struct parser *parser, str text)
{
    size_t end = find_slash(parser, text), at, colon = 0;
    str host = str_sub(text, 0, end);
    bool in_brackets = false;

    at = str_rfind(host, '@');
    if (at < host.n) {
        read_userinfo(parser, str_sub(host, 0, at));
        host = str_skip(host, at + 1);
        if (host.n == 0)
            return false;
    }
    for (; colon < host.n && (in_brackets || host.p[colon] != ':'); colon++)
        in_brackets = host.p[colon] == '[' || (in_brackets && host.p[colon] != ']');
    if (colon == 0 && (host.n || parser->url->special))
        return false;
    return url_host_parse(parser->url, str_sub(host, 0, colon), parser->arena) &&
           read_port(parser, str_skip(host, colon + 1)) && start_path(parser, str_skip(text, end));
}

static bool read_special_authority(struct parser *parser, str text)
{
    size_t n = slashes(parser, text);

    parser->url->odd[URL_SLASHES] |= n != 2;
    return read_authority(parser, str_skip(text, n));
}

static void copy_host(struct url *url, const struct url *base)
{
    url->user = base->user;
    url->password = base->password;
    url->host = base->host;
    url->host_kind = base->host_kind;
    url->ip = base->ip;
    url->port = base->port;
}

/* Path and, where nothing but a fragment follows, query of the base. True if that was all. */
static bool copy_path(struct parser *parser, str text)
{
    buf_add(&parser->path, parser->base->path);
    if (text.n)
        return false;
    if (!parser->url->has_query) {
        parser->url->has_query = parser->base->has_query;
        parser->query = parser->base->query;
    }
    return true;
}

/* The relative and relative slash states. */
static bool read_relative(struct parser *parser, str text)
{
    size_t n = slashes(parser, str_sub(text, 0, 2));

    if (n == 2)
        return parser->url->special ? read_special_authority(parser, text)
                                    : read_authority(parser, str_skip(text, 2));
    copy_host(parser->url, parser->base);
    if (n == 1)
        return read_path(parser, str_skip(text, 1));
    if (copy_path(parser, text))
        return true;
    shorten(parser);
    return read_path(parser, text);
}

/* The file host state. */
static bool read_file_host(struct parser *parser, str text)
{
    size_t end = find_slash(parser, text);
    str host = str_sub(text, 0, end);

    if (is_drive(host))
        return read_path(parser, text);
    if (host.n && !url_host_parse(parser->url, host, parser->arena))
        return false;
    if (str_eq(parser->url->host, S("localhost"))) {
        parser->url->host = (str){0};
        parser->url->host_kind = URL_HOST_EMPTY;
    }
    return start_path(parser, str_skip(text, end));
}

/* The file and file slash states. */
static bool read_file(struct parser *parser, str text)
{
    const struct url *base = is_file(parser->base) ? parser->base : NULL;
    size_t n = slashes(parser, str_sub(text, 0, 2));

    parser->url->host_kind = URL_HOST_EMPTY;
    if (n == 2)
        return read_file_host(parser, str_skip(text, 2));
    if (base)
        copy_host(parser->url, base);
    if (n == 1) {
        str first = base ? str_sub(base->path, 0, 3) : (str){0};

        text = str_skip(text, 1);
        if (base && !starts_with_drive(text) && is_drive(str_skip(first, 1)) && first.p[2] == ':' &&
            (base->path.n == 3 || base->path.p[3] == '/'))
            buf_add(&parser->path, first);
        return read_path(parser, text);
    }
    if (base && copy_path(parser, text))
        return true;
    if (starts_with_drive(text))
        parser->path.n = 0;
    else
        shorten(parser);
    return read_path(parser, text);
}

/* "mailto:" and its like. A space before what follows would be lost in a serialised URL. */
static bool read_opaque(struct parser *parser, str text)
{
    bool space = text.n && text.p[text.n - 1] == ' ' && (parser->url->has_query || parser->url->has_fragment);

    parser->url->opaque_path = true;
    encode(&parser->path, str_sub(text, 0, text.n - space), IN_CONTROL, parser->url);
    if (space)
        buf_add(&parser->path, S("%20"));
    return true;
}

/* The length of the scheme that text begins with, without its colon; 0 if there is none. */
static size_t scheme_length(str text)
{
    size_t n = 0;

    if (text.n == 0 || !ascii_is_alpha(text.p[0]))
        return 0;
    while (n < text.n && (ascii_is_alnum(text.p[n]) || strchr("+-.", text.p[n])) && text.p[n])
        n++;
    return n < text.n && text.p[n] == ':' ? n : 0;
}

/* Cuts query and fragment off: whatever stands before them, "#" and "?" begin them. */
static str cut_tail(struct parser *parser, str text)
{
    size_t hash = str_find(text, '#'), mark;

    parser->url->has_fragment = hash < text.n;
    parser->fragment = str_skip(text, hash + 1);
    text.n = hash;
    mark = str_find(text, '?');
    parser->url->has_query = mark < text.n;
    parser->query = str_skip(text, mark + 1);
    text.n = mark;
    return text;
}

static bool read_without_scheme(struct parser *parser, str text)
{
    struct url *url = parser->url;
    const struct url *base = parser->base;
    bool only_fragment = text.n && text.p[0] == '#';

    if (!base)
        return false;
    text = cut_tail(parser, text);
    url->scheme = base->scheme;
    url->special = base->special;
    if (base->opaque_path) {
        url->opaque_path = true;
        return only_fragment && copy_path(parser, text);
    }
    return is_file(base) ? read_file(parser, text) : read_relative(parser, text);
}

static bool read_with_scheme(struct parser *parser, str text, size_t n)
{
    struct url *url = parser->url;

    url->scheme = arena_lower(parser->arena, str_sub(text, 0, n));
    url->special = special_of(url->scheme) < SPECIALS;
    text = cut_tail(parser, str_skip(text, n + 1));
    if (is_file(url))
        return read_file(parser, text);
    if (url->special) {
        if (parser->base && str_eq(parser->base->scheme, url->scheme) && !str_starts(text, S("//")))
            return read_relative(parser, text);
        return read_special_authority(parser, text);
    }
    if (str_starts(text, S("//")))
        return read_authority(parser, str_skip(text, 2));
    if (str_starts(text, S("/")))
        return read_path(parser, str_skip(text, 1));
    return read_opaque(parser, text);
}

/* ---- serialising (section 4.5) ---- */

/* Appends a part and makes it a slice of what is being written. The buffer doesn't move: it has its room. */
static void place(struct buf *out, str *part)
{
    const char *at = out->p + out->n;

    buf_add(out, *part);
    *part = (str){part->n ? at : NULL, part->n};
}

static void write_authority(struct url *url, struct buf *out)
{
    buf_add(out, S("//"));
    if (url->user.n || url->password.n) {
        place(out, &url->user);
        if (url->password.n) {
            buf_add_char(out, ':');
            place(out, &url->password);
        }
        buf_add_char(out, '@');
    }
    place(out, &url->host);
    if (url->port >= 0)
        buf_printf(out, ":%d", url->port);
}

static void write_href(struct parser *parser)
{
    struct url *url = parser->url;
    size_t room = url->scheme.n + url->user.n + url->password.n + url->host.n + parser->path.n;
    struct buf out;

    url->query = encoded(parser, parser->query, url->special ? IN_SPECIAL_QUERY : IN_QUERY);
    url->fragment = encoded(parser, parser->fragment, IN_FRAGMENT);
    url->path = buf_str(&parser->path);
    room += url->query.n + url->fragment.n + sizeof("://:@:65535/.?#");
    out = (struct buf){parser->arena, arena_bytes(parser->arena, room), 0, room, room, false};
    place(&out, &url->scheme);
    buf_add_char(&out, ':');
    if (url->host_kind != URL_HOST_NONE)
        write_authority(url, &out);
    else if (!url->opaque_path && str_starts(url->path, S("//")))
        buf_add(&out, S("/.")); /* else the path would begin like a host */
    place(&out, &url->path);
    if (url->has_query) {
        buf_add_char(&out, '?');
        place(&out, &url->query);
    }
    if (url->has_fragment) {
        buf_add_char(&out, '#');
        place(&out, &url->fragment);
    }
    url->href = buf_str(&out);
}

bool url_parse(struct url *url, str text, const struct url *base, struct arena *arena)
{
    struct parser parser = {.url = url, .base = base, .arena = arena};
    size_t scheme;
    bool good;

    memset(url, 0, sizeof(*url));
    url->port = -1;
    if (text.n > LIMIT_URL)
        return false;
    if (parse_plain(url, text))
        return true;
    url->has_query = url->has_fragment = false;
    url->query = url->fragment = (str){0};
    parser.path = buf_new(arena, (text.n + (base ? base->path.n : 0)) * 9 + 16);
    text = clean(&parser, text);
    scheme = scheme_length(text);
    good = scheme ? read_with_scheme(&parser, text, scheme) : read_without_scheme(&parser, text);
    if (good) {
        write_href(&parser);
        return true;
    }
    {
        bool odd[URL_ODDITIES];

        memcpy(odd, url->odd, sizeof(odd));
        *url = (struct url){.port = -1};
        memcpy(url->odd, odd, sizeof(odd));
    }
    return false;
}

/* ---- parts ---- */

unsigned url_port(const struct url *url)
{
    unsigned special = special_of(url->scheme);

    if (url->port >= 0)
        return (unsigned)url->port;
    return special < SPECIALS ? specials[special].port : 0;
}

bool url_is_web(const struct url *url)
{
    return str_eq(url->scheme, S("https")) || str_eq(url->scheme, S("http"));
}
