/* transfer.c: content transfer encodings. */
#include "mail/transfer.h"

#include <endian.h>

/* ---- base64 ---- */

enum { SPACE = 64, PAD = 65, JUNK = 66 };

/* The value of each digit; what is none is SPACE, PAD or JUNK. */
/* clang-format off */
static const uint8_t digit_values[256] = {
    66, 66, 66, 66, 66, 66, 66, 66, 66, 64, 64, 66, 66, 64, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
    64, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 62, 66, 66, 66, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 66, 66, 66, 65, 66, 66,
    66,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 66, 66, 66, 66, 66,
    66, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 66, 66, 66, 66, 66,
    66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
    66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
    66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
    66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
};
/* clang-format on */

/* The bits of each digit at its four places in a group, NO_DIGIT for what is none: a group is four of them
 * joined. Filled at its first use (there are no threads). */
enum { NO_DIGIT = 1 << 24, PAIR = 8 };
static uint32_t digit_bits[4][256];

static void fill_bits(void)
{
    for (int place = 0; place < 4; place++)
        for (int c = 0; c < 256; c++)
            digit_bits[place][c] =
                digit_values[c] < SPACE ? (uint32_t)digit_values[c] << (18 - 6 * place) : NO_DIGIT;
}

static uint32_t read_group(const uint8_t *in)
{
    return digit_bits[0][in[0]] | digit_bits[1][in[1]] | digit_bits[2][in[2]] | digit_bits[3][in[3]];
}

/* Decodes pairs of whole groups as long as nothing else stands between them; returns how many bytes of s.
 * Writes one byte more than is decoded. */
static size_t decode_groups(str s, char *p)
{
    const uint8_t *in = (const uint8_t *)s.p;
    size_t i = 0;

    for (; s.n - i >= PAIR; i += PAIR, p += 6) {
        uint32_t first = read_group(in + i), second = read_group(in + i + 4);

        if ((first | second) & NO_DIGIT)
            break;
        first = htobe32(first << 8);
        second = htobe32(second << 8);
        memcpy(p, &first, sizeof(first));
        memcpy(p + 3, &second, sizeof(second));
    }
    return i;
}

/* What an unfinished group of 2 or 3 digits holds. */
static size_t end_group(uint32_t group, unsigned digits, char *p)
{
    if (digits == 2)
        p[0] = (char)(group >> 4);
    if (digits == 3) {
        p[0] = (char)(group >> 10);
        p[1] = (char)(group >> 2);
    }
    return digits > 1 ? digits - 1 : 0;
}

str transfer_base64(str text, struct arena *arena, struct transfer_facts *facts)
{
    char *p = arena_bytes(arena, text.n / 4 * 3 + 4);
    uint32_t group = 0;
    unsigned digits = 0;
    bool padded = false;
    size_t n = 0;

    if (!digit_bits[0]['B'])
        fill_bits();
    for (size_t i = 0; i < text.n; i++) {
        uint8_t value;

        if (digits == 0) {
            size_t fast = decode_groups(str_skip(text, i), p + n);

            facts->behind |= padded && fast;
            n += fast / 4 * 3;
            i += fast;
            if (i == text.n)
                break;
        }
        value = digit_values[(uint8_t)text.p[i]];
        if (value < 64) {
            facts->behind |= padded;
            group = group << 6 | value;
            if (++digits < 4)
                continue;
            p[n++] = (char)(group >> 16);
            p[n++] = (char)(group >> 8);
            p[n++] = (char)group;
            digits = 0;
        } else if (value == PAD) {
            facts->junk |= digits == 1;
            n += end_group(group, digits, p + n);
            digits = 0;
            padded = true;
        }
        facts->junk |= value == JUNK;
    }
    facts->unclosed |= digits > 0;
    n += end_group(group, digits, p + n);
    return (str){p, n};
}

str transfer_base64_lines(str text, struct arena *arena)
{
    char *p = arena_bytes(arena, text.n / 4 * 3 + 3);
    size_t n = 0;

    for (str line; str_next(&text, '\n', &line);) {
        uint32_t group = 0;
        unsigned digits = 0;

        for (size_t i = 0; i < line.n; i++) {
            uint8_t value = digit_values[(uint8_t)line.p[i]];

            if (value == PAD)
                break;
            if (value > 63)
                continue;
            group = group << 6 | value;
            if (++digits < 4)
                continue;
            n += end_group(group >> 6, 3, p + n);
            p[n++] = (char)group;
            digits = 0;
        }
        n += end_group(group, digits, p + n);
    }
    return (str){p, n};
}

str transfer_base64_unpadded(str text, struct arena *arena)
{
    char *p = arena_bytes(arena, text.n);
    struct transfer_facts facts = {.junk = false};
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '=')
            p[n++] = text.p[i];
    return transfer_base64((str){p, n}, arena, &facts);
}

/* ---- quoted-printable ---- */

/* The length of the line end that s begins with, white space before it included; 0 if there is none. */
static size_t soft_break(str s)
{
    size_t i = 0;

    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
        i++;
    if (i == s.n)
        return i;
    if (s.p[i] == '\n')
        return i + 1;
    return s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n' ? i + 2 : 0;
}

str transfer_quoted_printable(str text, struct arena *arena, struct transfer_facts *facts)
{
    char *p = arena_bytes(arena, text.n);
    size_t n = 0, i = 0;

    while (i < text.n) {
        str rest = str_skip(text, i), run = str_sub(rest, 0, str_find(rest, '='));
        int high, low;

        if (run.n)
            memcpy(p + n, run.p, run.n);
        n += run.n;
        i += run.n;
        if (i == text.n)
            break;
        high = text.n - i > 2 ? ascii_hex(text.p[i + 1]) : -1;
        low = high >= 0 ? ascii_hex(text.p[i + 2]) : -1;
        if (low >= 0) {
            p[n++] = (char)(high << 4 | low);
            i += 3;
            continue;
        }
        i++;
        if (i == text.n) {
            facts->unclosed = true;
        } else if (soft_break(str_skip(text, i))) {
            i += soft_break(str_skip(text, i));
        } else {
            facts->junk = true;
            p[n++] = '=';
        }
    }
    return (str){p, n};
}

size_t transfer_quoted_offset(str text, size_t place)
{
    size_t i = 0;

    while (i < text.n && place) {
        str rest = str_skip(text, i);
        bool escape =
            rest.n > 2 && rest.p[0] == '=' && ascii_hex(rest.p[1]) >= 0 && ascii_hex(rest.p[2]) >= 0;
        size_t soft = rest.p[0] == '=' && !escape ? soft_break(str_skip(rest, 1)) : 0;

        if (soft || (rest.n == 1 && rest.p[0] == '=')) {
            i += 1 + soft;
            continue;
        }
        i += escape ? 3 : 1;
        place--;
    }
    return i;
}

/* Where nothing else than hexadecimal digits is taken for an escape: a "=" that begins none is left out. */
str transfer_quoted_loose(str text, struct arena *arena)
{
    char *p = arena_bytes(arena, text.n);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        int high = text.p[i] == '=' && text.n - i > 2 ? ascii_hex(text.p[i + 1]) : -1;
        int low = high >= 0 ? ascii_hex(text.p[i + 2]) : -1;

        if (text.p[i] != '=')
            p[n++] = text.p[i];
        else if (low >= 0)
            p[n++] = (char)(high << 4 | low);
        i += low >= 0 ? 2 : 0;
        if (text.p[i] == '=' && low < 0)
            i += soft_break(str_skip(text, i + 1));
    }
    return (str){p, n};
}

/* ---- uuencode ---- */

enum { UU_LINE = 66 };

static str line_of(str s, size_t at, size_t *next)
{
    str rest = str_skip(s, at);
    size_t n = str_find(rest, '\n');

    *next = at + (n < rest.n ? n + 1 : n);
    if (n && rest.p[n - 1] == '\r')
        n--;
    return str_sub(rest, 0, n);
}

/* "begin 644 name", at the start of a line. */
static bool is_begin(str line, str *name)
{
    size_t i = 6;

    if (!str_starts(line, S("begin ")))
        return false;
    while (i < line.n && line.p[i] >= '0' && line.p[i] <= '7')
        i++;
    if (i < 9 || i > 10 || i + 1 >= line.n || line.p[i] != ' ')
        return false;
    *name = str_trim(str_skip(line, i));
    return name->n > 0;
}

static uint32_t uu_value(str line, size_t i)
{
    return i < line.n ? (uint32_t)(line.p[i] - ' ') & 63 : 0;
}

/* The bytes of one line; false if it is none of a file. Spaces at its end may have been lost, but a group of
 * which nothing is there is not made up: never more bytes than the line has. */
static bool decode_line(str line, char *p, size_t *n)
{
    size_t count = line.n ? uu_value(line, 0) : 0, groups = (count + 2) / 3, there = (line.n + 2) / 4;

    if (line.n == 0 || line.p[0] < ' ' || line.p[0] > '`' || line.n > 2 + groups * 4 + 2)
        return false;
    if (there < groups)
        count = there * 3;
    for (size_t i = 0; i < groups && i < there; i++) {
        uint32_t group = uu_value(line, i * 4 + 1) << 18 | uu_value(line, i * 4 + 2) << 12 |
                         uu_value(line, i * 4 + 3) << 6 | uu_value(line, i * 4 + 4);

        p[i * 3] = (char)(group >> 16);
        p[i * 3 + 1] = (char)(group >> 8);
        p[i * 3 + 2] = (char)group;
    }
    *n = count;
    return true;
}

/* The lines of a file from *at up to "end", which *at is moved behind; *n bytes. They are written to p, or
 * only counted if it is NULL. False if there is no "end". */
static bool decode_file(str text, size_t *at, char *p, size_t *n)
{
    char line_bytes[UU_LINE];

    *n = 0;
    while (*at < text.n) {
        size_t next, count;
        str line = line_of(text, *at, &next);

        if (str_eq(str_trim(line), S("end"))) {
            *at = next;
            return true;
        }
        if (!decode_line(line, line_bytes, &count))
            return false;
        if (p)
            memcpy(p + *n, line_bytes, count);
        *n += count;
        *at = next;
    }
    return false;
}

static str read_file(str text, size_t *at, struct arena *arena, struct transfer_facts *facts)
{
    size_t begin = *at, n;
    char *p;

    facts->unclosed |= !decode_file(text, at, NULL, &n);
    p = arena_bytes(arena, n);
    decode_file(text, &begin, p, &n);
    return (str){p, n};
}

bool transfer_uuencoded(str text, size_t from, struct arena *arena, struct transfer_file *file,
                        struct transfer_facts *facts)
{
    for (size_t i = from, next; i < text.n; i = next) {
        size_t end;

        i += str_find_str(str_skip(text, i), S("begin "));
        if (i == text.n)
            return false;
        end = i;
        if ((i > 0 && text.p[i - 1] != '\n') || !is_begin(line_of(text, i, &end), &file->name)) {
            next = i + 6;
            continue;
        }
        file->at = i;
        file->bytes = read_file(text, &end, arena, facts);
        file->length = end - i;
        return true;
    }
    return false;
}

str transfer_uuencoded_lines(str text, struct arena *arena, struct transfer_facts *facts)
{
    struct transfer_facts open = {.junk = false};
    size_t at = 0;
    str bytes;

    while (at < text.n && ascii_is_space(text.p[at]))
        at++;
    bytes = read_file(text, &at, arena, &open);
    facts->junk |= str_trim(str_skip(text, at)).n > 0;
    return bytes;
}
