/* utf8.c: UTF-8, one character at a time. */
#include "base/utf8.h"

/* The bounds of the second byte (Unicode 15, table 3-7): they alone tell overlong forms, surrogates and what
 * is over U+10FFFF. */
static bool second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return second >= 0x80 && second <= 0xbf;
    }
}

uint32_t utf8_step(str s, size_t *n)
{
    unsigned char first = (unsigned char)s.p[0];
    size_t length = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
    uint32_t c = length == 1 ? first : first & (0x7fU >> length);

    for (size_t i = 1; i < length; i++) {
        unsigned char byte = i < s.n ? (unsigned char)s.p[i] : 0;

        if (i == 1 ? !second_fits(first, byte) : (byte & 0xc0) != 0x80) {
            *n = i;
            return UTF8_INVALID;
        }
        c = c << 6 | (byte & 0x3f);
    }
    *n = length;
    return length == 1 && first >= 0x80 ? UTF8_INVALID : c;
}

size_t utf8_ascii(str s)
{
    uint64_t word;
    size_t i = 0;

    for (; s.n - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, s.p + i, sizeof(word));
        if (word & 0x8080808080808080)
            break;
    }
    while (i < s.n && !(s.p[i] & 0x80))
        i++;
    return i;
}

bool utf8_valid(str s)
{
    size_t n;

    for (s = str_skip(s, utf8_ascii(s)); s.n; s = str_skip(s, n + utf8_ascii(str_skip(s, n))))
        if (utf8_step(s, &n) == UTF8_INVALID)
            return false;
    return true;
}

size_t utf8_put(char bytes[4], uint32_t c)
{
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        c = UTF8_REPLACEMENT;
        n = 3;
    }
    for (size_t i = n; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3f));
    bytes[0] = (char)(n == 1 ? c : (0xf00U >> n & 0xf0) | c);
    return n;
}

void utf8_add(struct buf *buf, uint32_t c)
{
    char bytes[4];

    buf_add(buf, (str){bytes, utf8_put(bytes, c)});
}

bool utf8_is_bidi(uint32_t c)
{
    return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

bool utf8_is_invisible(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5},
        {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
        {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && c >= ranges[i].first; i++)
        if (c <= ranges[i].last)
            return true;
    return false;
}
