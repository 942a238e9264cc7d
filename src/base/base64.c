/* base64.c: RFC 4648 section 4. */
#include "base/base64.h"

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
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
        int value = value_of(s.p[i]);

        if (ascii_is_space(s.p[i]))
            continue;
        if (s.p[i] == '=') {
            if (digits < 2 || digits + ++pads > 4)
                return false;
            continue;
        }
        if (value < 0 || pads)
            return false;
        group = group << 6 | (uint32_t)value;
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
