/* str.c: bytes with a length. */
#include "base/str.h"

bool str_ieq(str a, str b)
{
    if (a.n != b.n)
        return false;
    if (str_eq(a, b)) /* the usual case, and faster */
        return true;
    for (size_t i = 0; i < a.n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    return true;
}

bool str_starts(str s, str prefix)
{
    return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_istarts(str s, str prefix)
{
    return s.n >= prefix.n && str_ieq(str_sub(s, 0, prefix.n), prefix);
}

bool str_ends(str s, str suffix)
{
    return s.n >= suffix.n && str_eq(str_skip(s, s.n - suffix.n), suffix);
}

bool str_iends(str s, str suffix)
{
    return s.n >= suffix.n && str_ieq(str_skip(s, s.n - suffix.n), suffix);
}

int str_cmp(str a, str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    if (order)
        return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

uint64_t str_hash(str s, uint64_t hash)
{
    uint64_t word;

    for (; s.n >= sizeof(word); s = str_skip(s, sizeof(word))) {
        memcpy(&word, s.p, sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    word = s.n;
    for (size_t i = 0; i < s.n; i++)
        word = word << 8 | (uint8_t)s.p[i];
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

size_t str_find(str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

    return at ? (size_t)(at - s.p) : s.n;
}

size_t str_rfind(str s, char c)
{
    const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;

    return at ? (size_t)(at - s.p) : s.n;
}

size_t str_find_str(str s, str needle)
{
    const char *at;

    if (needle.n == 0)
        return 0;
    at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

str str_trim(str s)
{
    while (s.n && ascii_is_space(s.p[s.n - 1]))
        s.n--;
    while (s.n && ascii_is_space(s.p[0]))
        s = str_skip(s, 1);
    return s;
}

bool str_next(str *rest, char separator, str *field)
{
    size_t at;

    if (!rest->p)
        return false;
    at = str_find(*rest, separator);
    *field = str_sub(*rest, 0, at);
    *rest = at < rest->n ? str_skip(*rest, at + 1) : (str){NULL, 0};
    return true;
}

bool str_to_u64(str s, uint64_t max, uint64_t *value)
{
    uint64_t v = 0;

    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        uint64_t digit = (uint64_t)(s.p[i] - '0');

        if (!ascii_is_digit(s.p[i]) || v > (max - digit) / 10 || digit > max)
            return false;
        v = v * 10 + digit;
    }
    *value = v;
    return true;
}

str str_without_dot(str s)
{
    return s.n && s.p[s.n - 1] == '.' ? str_sub(s, 0, s.n - 1) : s;
}
