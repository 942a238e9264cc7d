/* base64.c: RFC 4648 section 4. */
#include "base/base64.h"

enum { FIRST = '+', LAST = 'z', NO = 255 };

/* The value of each digit from FIRST to LAST. */
static const uint8_t values[LAST - FIRST + 1] = {
    62, NO, NO, NO, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO,
    NO, NO, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
    18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO, NO, 26, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
};

static uint32_t value_of(char c)
{
    unsigned i = (unsigned)(uint8_t)c - FIRST;

    return i < sizeof(values) ? values[i] : NO;
}

/* Decodes whole groups of digits as long as nothing else stands between them; returns how many bytes of s. */
static size_t decode_groups(str s, char *p)
{
    size_t i = 0;

    for (; s.n - i >= 4; i += 4, p += 3) {
        uint32_t a = value_of(s.p[i]), b = value_of(s.p[i + 1]), c = value_of(s.p[i + 2]),
                 d = value_of(s.p[i + 3]), group = a << 18 | b << 12 | c << 6 | d;

        if ((a | b | c | d) > 63)
            break;
        p[0] = (char)(group >> 16);
        p[1] = (char)(group >> 8);
        p[2] = (char)group;
    }
    return i;
}

bool base64_decode(str s, struct arena *arena, str *out)
{
    char *p = arena_bytes(arena, s.n / 4 * 3 + 3);
    size_t n = 0;
    uint32_t group = 0;
    unsigned digits = 0;
    unsigned pads = 0;

    *out = (str){p, 0};
    for (size_t i = 0; i < s.n; i++) {
        uint32_t value;

        if (digits == 0 && pads == 0) {
            size_t fast = decode_groups(str_skip(s, i), p + n);

            n += fast / 4 * 3;
            i += fast;
            if (i == s.n)
                break;
        }
        if (ascii_is_space(s.p[i]))
            continue;
        if (s.p[i] == '=') {
            if (digits < 2 || digits + ++pads > 4)
                return false;
            continue;
        }
        value = value_of(s.p[i]);
        if (value == NO || pads)
            return false;
        group = group << 6 | value;
        if (++digits == 4) {
            p[n++] = (char)(group >> 16);
            p[n++] = (char)(group >> 8);
            p[n++] = (char)group;
            digits = 0;
            group = 0;
        }
    }
    if (digits + pads != 0 && digits + pads != 4)
        return false;
    if ((digits == 2 && (group & 15)) || (digits == 3 && (group & 3)))
        return false;
    if (digits == 2)
        p[n++] = (char)(group >> 4);
    if (digits == 3) {
        p[n++] = (char)(group >> 10);
        p[n++] = (char)(group >> 2);
    }
    out->n = n;
    return true;
}

str base64_encode(str bytes, struct arena *arena)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = (bytes.n + 2) / 3 * 4;
    char *p = arena_bytes(arena, n);
    char *at = p;

    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t group = (uint32_t)(uint8_t)bytes.p[i] << 16;

        if (left > 1)
            group |= (uint32_t)(uint8_t)bytes.p[i + 1] << 8;
        if (left > 2)
            group |= (uint32_t)(uint8_t)bytes.p[i + 2];
        *at++ = digits[group >> 18];
        *at++ = digits[group >> 12 & 63];
        *at++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *at++ = left > 2 ? digits[group & 63] : '=';
    }
    return (str){p, n};
}
