/* link.c: links in plain text, as mail programs make them. */
#include "mail/link.h"

#include "base/utf8.h"

enum { BRACKET_MAX = 4096 }; /* bytes in <...>: real ones are shorter, and each is searched for its end */

/* Top-level domains whose names alone are taken for links: the common ones, less those that are endings of
 * files and of identifiers (md, py, sh, pl, rs, so, zip). Ordered. */
static const char *const top_level[] = {
    "ae",      "africa", "agency",  "ai",    "app",    "ar",    "art",     "asia",    "at",       "au",
    "be",      "bg",     "biz",     "blog",  "br",     "ca",    "care",    "cat",     "ch",       "cl",
    "click",   "cloud",  "club",    "cn",    "co",     "com",   "coop",    "cz",      "de",       "dev",
    "digital", "dk",     "edu",     "email", "es",     "eu",    "fi",      "finance", "fit",      "fr",
    "fun",     "gov",    "gr",      "group", "hk",     "host",  "hr",      "hu",      "icu",      "id",
    "ie",      "il",     "in",      "info",  "int",    "io",    "ir",      "it",      "jp",       "ke",
    "kr",      "life",   "link",    "live",  "lt",     "ltd",   "lu",      "lv",      "ly",       "me",
    "media",   "mil",    "mobi",    "mx",    "my",     "name",  "net",     "network", "news",     "ng",
    "nl",      "no",     "nz",      "one",   "online", "org",   "page",    "pe",      "ph",       "pk",
    "pro",     "pt",     "pw",      "ro",    "ru",     "sa",    "sbs",     "se",      "services", "sg",
    "shop",    "site",   "sk",      "space", "store",  "su",    "support", "tech",    "th",       "tk",
    "today",   "top",    "tr",      "tv",    "tw",     "ua",    "uk",      "us",      "uy",       "vip",
    "vn",      "web",    "website", "wiki",  "work",   "world", "ws",      "xyz",     "za",       "zone",
};

static bool is_top_level(str label)
{
    size_t from = 0, to = sizeof(top_level) / sizeof(top_level[0]);

    while (from < to) {
        size_t middle = (from + to) / 2;
        int order = 0;
        size_t i = 0;

        for (; i < label.n && order == 0 && top_level[middle][i]; i++)
            order = ascii_lower(label.p[i]) - top_level[middle][i];
        if (order == 0 && i == label.n && top_level[middle][i] == 0)
            return true;
        if (order > 0 || (order == 0 && i < label.n))
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

static bool is_host_byte(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || (unsigned char)c >= 0x80;
}

/* Spaces, quotes and full stops beyond ASCII, where a link ends. */
static bool ends_link(uint32_t c)
{
    return c == UTF8_INVALID || c == 0xa0 || c == 0xab || c == 0xbb || (c >= 0x2000 && c <= 0x200b) ||
           (c >= 0x2018 && c <= 0x201f) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
           (c >= 0x3000 && c <= 0x3002) || (c >= 0x3008 && c <= 0x3011) || c == 0xff01 || c == 0xff08 ||
           c == 0xff09 || c == 0xff0c || c == 0xff1a || c == 0xff1b || c == 0xff1f || c == 0xfeff;
}

/* The end of what begins at `from`: at white space, quotes, or what else no link has. */
static size_t find_end(str text, size_t from)
{
    size_t i = from, n;

    while (i < text.n) {
        char c = text.p[i];

        if ((unsigned char)c >= 0x80) {
            if (ends_link(utf8_step(str_skip(text, i), &n)))
                break;
            i += n;
        } else if (c <= ' ' || c == '<' || c == '>' || c == '"' || c == 0x7f) {
            break;
        } else {
            i++;
        }
    }
    return i;
}

static char opener(char c)
{
    return c == ')' ? '(' : c == ']' ? '[' : c == '}' ? '{' : 0;
}

/* How many more `close` than `open` stand in s. */
static long surplus(str s, char open, char close)
{
    long n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += (s.p[i] == close) - (s.p[i] == open);
    return n;
}

/* Without the punctuation of the sentence that it stands in. Brackets are counted once for each kind. */
static str trim_end(str s)
{
    long more[3] = {surplus(s, '(', ')'), surplus(s, '[', ']'), surplus(s, '{', '}')};

    while (s.n) {
        char c = s.p[s.n - 1];
        long *extra = c == ')' ? &more[0] : c == ']' ? &more[1] : &more[2];

        if (opener(c) ? --*extra < 0 : !strchr(".,;:!?'*_~|", c) || c == 0)
            break;
        s.n--;
    }
    return s;
}

static str without_breaks(str s, struct arena *arena)
{
    size_t n = 0;
    char *p;

    if (str_find(s, '\n') == s.n && str_find(s, '\r') == s.n)
        return s;
    p = arena_bytes(arena, s.n);
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_space(s.p[i]))
            p[n++] = s.p[i];
    return (str){p, n};
}

/* In <...>, perhaps over several lines: up to the bracket. A blank within a line tells that it is none. */
static bool in_brackets(str text, size_t from, str *inner)
{
    str window = str_sub(text, from, BRACKET_MAX);
    size_t end;

    if (from == 0 || text.p[from - 1] != '<')
        return false;
    end = str_find(window, '>');
    if (end == window.n)
        return false;
    for (size_t i = 0; i < end; i++) {
        char c = window.p[i];

        if (c == '<' || ((c == ' ' || c == '\t') && i && !ascii_is_space(window.p[i - 1])))
            return false;
    }
    *inner = str_sub(window, 0, end);
    return true;
}

/* In quotes that stand before it, as in a script: up to the other one. */
static str unquoted(str text, size_t from, str link)
{
    char before = from ? text.p[from - 1] : 0;

    return before == '\'' || before == '`' ? str_sub(link, 0, str_find(link, before)) : link;
}

/* Takes the link that begins at `from`, and goes behind it. */
static void take(struct link_search *search, size_t from, str prefix, struct arena *arena,
                 struct link_found *found)
{
    str written;

    if (!in_brackets(search->text, from, &written))
        written = trim_end(
            unquoted(search->text, from,
                     str_span(search->text.p + from, search->text.p + find_end(search->text, from))));
    *found = (struct link_found){.written = written, .target = without_breaks(written, arena)};
    if (prefix.n)
        found->target = arena_join(arena, prefix, found->target, S(""));
    search->at = from + (written.n ? written.n : 1);
}

/* The scheme that ends before the "://" at `colon`; its first byte, or `colon` if it is none of ours. */
static size_t scheme_start(str text, size_t from, size_t colon)
{
    static const str schemes[] = {STR("https"), STR("http"), STR("ftp")};
    str before = str_span(text.p + from, text.p + colon);

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (str_iends(before, schemes[i]))
            return colon - schemes[i].n;
    return colon;
}

static size_t next_scheme(struct link_search *search)
{
    if (search->scheme == 0 || search->scheme - 1 < search->at)
        search->scheme = search->at + str_find_str(str_skip(search->text, search->at), S("://")) + 1;
    return search->scheme - 1;
}

/* "c.example" of "a.b.c.example..": the last label, without dots at the end. */
static str last_label(str host)
{
    while (host.n && host.p[host.n - 1] == '.')
        host.n--;
    return str_skip(host, str_rfind(host, '.') == host.n ? 0 : str_rfind(host, '.') + 1);
}

/* True for a name alone that programs take for a link; the text behind it decides with. */
static bool is_bare(str host, str behind)
{
    str label = last_label(host);
    bool path = behind.n > 1 && behind.p[0] == '/' && !ascii_is_space(behind.p[1]);

    if (!ascii_is_alnum(host.p[0]) || label.p == host.p || label.n < 2 || label.p + label.n - host.p > 253)
        return false;
    for (size_t i = 0; i < label.n; i++)
        if (!ascii_is_alpha(label.p[i]))
            return false;
    if (str_find_str(host, S("..")) < host.n)
        return false;
    return is_top_level(label) || (path && label.n > 2);
}

/* Looks at the name around the dot at `dot`. True if it is a link. */
static bool take_name(struct link_search *search, size_t dot, struct arena *arena, struct link_found *found)
{
    str text = search->text, host;
    size_t from = dot, to = dot;
    bool www;

    while (from > search->at && is_host_byte(text.p[from - 1]))
        from--;
    while (to < text.n && is_host_byte(text.p[to]))
        to++;
    host = str_span(text.p + from, text.p + to);
    search->at = to;
    if (str_starts(str_skip(text, to), S("://"))) { /* "here.https://..." */
        search->at = from + str_rfind(host, '.') + 1;
        return false;
    }
    if ((from && strchr("@/=\\", text.p[from - 1])) || (to < text.n && text.p[to] == '@'))
        return false;
    www = str_istarts(host, S("www.")) && host.n > 4 && host.p[4] != '.';
    if (!www && !is_bare(host, (str){text.p + to, text.n - to}))
        return false;
    take(search, from, S("http://"), arena, found);
    found->bare = !www;
    return true;
}

bool link_next(struct link_search *search, struct arena *arena, struct link_found *found)
{
    while (search->at < search->text.n) {
        size_t colon = next_scheme(search);
        size_t dot = search->at + str_find(str_sub(search->text, search->at, colon - search->at), '.');

        if (dot < colon) {
            if (take_name(search, dot, arena, found))
                return true;
        } else if (colon < search->text.n) {
            size_t from = scheme_start(search->text, search->at, colon);

            if (from < colon) {
                take(search, from, S(""), arena, found);
                return true;
            }
            search->at = colon + 3;
        } else {
            search->at = search->text.n;
        }
    }
    return false;
}
