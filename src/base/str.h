/* str.h: bytes with a length, by value. Everything that comes from outside is a str.
 *
 * A str owns nothing: it points into a message, an arena or a literal and lives as long as that does.
 * p may be NULL only if n is 0. The bytes may hold NUL and need not end with one. */
#ifndef POSTERN_BASE_STR_H
#define POSTERN_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};
typedef struct str str;

/* S("literal") is a str; STR("literal") is the same as a static initialiser. */
#define S(literal) ((str){"" literal, sizeof(literal) - 1})
#define STR(literal)                                                                                         \
    {                                                                                                        \
        "" literal, sizeof(literal) - 1                                                                      \
    }
/* Arguments for a "%.*s" conversion; a precision is an int, so longer text is cut at INT_MAX. */
#define PS(s) (int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n), ((s).p ? (s).p : "")

static inline str str_from(const char *c_string)
{
    return (str){c_string, c_string ? strlen(c_string) : 0};
}

static inline str str_span(const char *begin, const char *end)
{
    return (str){begin, (size_t)(end - begin)};
}

/* The part of s from byte `from` on, at most n bytes; clamped to s, never out of bounds. */
static inline str str_sub(str s, size_t from, size_t n)
{
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return (str){s.p ? s.p + from : NULL, n};
}

static inline str str_skip(str s, size_t from)
{
    return str_sub(s, from, s.n);
}

static inline bool str_eq(str a, str b)
{
    /* Most texts that differ do so in the first byte, and most are short. */
    return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

/* ASCII classes and case; independent of the locale, and false for bytes above 0x7f. */
static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool ascii_is_alnum(char c)
{
    return ascii_is_digit(c) || ascii_is_alpha(c);
}

/* Space, tab, CR or LF. */
static inline bool ascii_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The value of a hexadecimal digit, -1 if it is none. */
static inline int ascii_hex(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Equal without regard to ASCII case. */
bool str_ieq(str a, str b);
bool str_starts(str s, str prefix);
bool str_istarts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_iends(str s, str suffix);

/* Orders by bytes, then by length: <0, 0, >0. */
int str_cmp(str a, str b);

/* For tables within a process; begin with any number, and go on with what came out for the next part of a
 * key. */
uint64_t str_hash(str s, uint64_t hash);

/* Offset of the first (last) c in s, or s.n if there is none. */
size_t str_find(str s, char c);
size_t str_rfind(str s, char c);

/* Offset of the first occurrence of needle, or s.n. */
size_t str_find_str(str s, str needle);

/* Without ascii_is_space() bytes at both ends. */
/* Without a "." at its end, as in the absolute form of a domain name; one only. */
str str_without_dot(str s);
str str_trim(str s);

/* Cuts the next field off *rest: what stands before the first `separator` (or everything) is returned, *rest
 * is what follows it. False when *rest was already used up; an empty s yields one empty field.
 * Start with rest = s; at the end rest.p is NULL. */
bool str_next(str *rest, char separator, str *field);

/* Decimal digits only, the whole of s, no sign; false if empty, another byte is there, or it exceeds max. */
bool str_to_u64(str s, uint64_t max, uint64_t *value);

#endif
