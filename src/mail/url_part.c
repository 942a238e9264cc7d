/* url_part.c: what is asked of a URL that was read: its host, its parameters, what is odd. */
#include "mail/url.h"

str url_host_name(const struct url *url)
{
    return str_sub(url->host, 0, url->host.n - str_ends(url->host, S(".")));
}

bool url_parameter(str query, str name, str *value)
{
    str field;

    while (str_next(&query, '&', &field)) {
        size_t equal = str_find(field, '=');

        if (str_eq(str_sub(field, 0, equal), name)) {
            *value = str_skip(field, equal + 1);
            return true;
        }
    }
    *value = (str){0};
    return false;
}

static int hex(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

str url_unescape(str text, bool plus, struct arena *arena)
{
    size_t i = 0, n;
    char *p;

    while (i < text.n && text.p[i] != '%' && !(plus && text.p[i] == '+'))
        i++;
    if (i == text.n)
        return text;
    p = arena_bytes(arena, text.n);
    memcpy(p, text.p, i);
    for (n = i; i < text.n; i++) {
        int high = i + 2 < text.n && text.p[i] == '%' ? hex(text.p[i + 1]) : -1;
        int low = high >= 0 ? hex(text.p[i + 2]) : -1;

        if (low >= 0) {
            p[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            p[n++] = plus && text.p[i] == '+' ? ' ' : text.p[i];
        }
    }
    return (str){p, n};
}

static const struct {
    const char *name, *words;
} oddities[] = {
#define ODDITY(id, name, words) {name, words},
    URL_ODDITY_TABLE(ODDITY)
#undef ODDITY
};

const char *url_oddity_words(enum url_oddity oddity)
{
    return oddities[oddity].words;
}

const char *url_oddity_name(enum url_oddity oddity)
{
    return oddities[oddity].name;
}
