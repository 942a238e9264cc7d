/* skeleton.c: text as it looks, so that what is disguised reads like what it pretends to be. */
#include "content/skeleton.h"

#include "base/utf8.h"
#include "content/skeleton_table.h"

/* Eight bytes at once. */
#define EACH(byte) (0x0101010101010101U * (byte))

enum { HANGUL_FIRST = 0xac00, HANGUL_LAST = 0xd7a3, HANGUL_VOWELS = 21, HANGUL_TAILS = 28 };

/* What the character before was, as far as the facts need it. */
enum before { BEFORE_OTHER, BEFORE_ASCII, BEFORE_FOREIGN };

struct writer {
    char *p;
    size_t n;
    enum before before;
    bool parted; /* what was dropped stands behind an ASCII letter or digit */
    struct skeleton_facts facts;
};

/* Bit 7 of each byte that is A to Z; all bytes are below 0x80. */
static uint64_t upper_case(uint64_t bytes)
{
    return (bytes + EACH(0x80 - 'A')) & ~(bytes + EACH(0x80 - 'Z' - 1)) & EACH(0x80);
}

static uint64_t load(const char *p)
{
    uint64_t bytes;

    memcpy(&bytes, p, sizeof(bytes));
    return bytes;
}

/* Bytes at the start of s that are a skeleton already. */
static size_t settled(str s)
{
    size_t i = 0;

    for (; i + 8 <= s.n; i += 8) {
        uint64_t bytes = load(s.p + i);

        if ((bytes & EACH(0x80)) || upper_case(bytes))
            break;
    }
    while (i < s.n && (unsigned char)s.p[i] < 0x80 && ascii_lower(s.p[i]) == s.p[i])
        i++;
    return i;
}

/* Copies the ASCII that s begins with, in lower case. */
static size_t add_ascii(struct writer *writer, str s)
{
    char *out = writer->p + writer->n;
    size_t i = 0;

    for (; i + 8 <= s.n; i += 8) {
        uint64_t bytes = load(s.p + i);

        if (bytes & EACH(0x80))
            break;
        bytes |= upper_case(bytes) >> 2;
        memcpy(out + i, &bytes, sizeof(bytes));
    }
    for (; i < s.n && (unsigned char)s.p[i] < 0x80; i++)
        out[i] = ascii_lower(s.p[i]);
    if (i > 0) {
        writer->facts.mixed += writer->before == BEFORE_FOREIGN && ascii_is_alpha(s.p[0]);
        writer->facts.inside += writer->parted && ascii_is_alnum(s.p[0]);
        writer->parted = false;
        writer->before = ascii_is_alpha(s.p[i - 1]) ? BEFORE_ASCII : BEFORE_OTHER;
        writer->n += i;
    }
    return i;
}

static void drop(struct writer *writer)
{
    writer->facts.invisible++;
    writer->parted = writer->parted || (writer->n > 0 && ascii_is_alnum(writer->p[writer->n - 1]));
}

static void add_bytes(struct writer *writer, const char *p, size_t n)
{
    memcpy(writer->p + writer->n, p, n);
    writer->n += n;
    writer->parted = false;
}

static void add_mapped(struct writer *writer, const uint8_t *entry)
{
    enum skeleton_class class = (enum skeleton_class)(entry[0] >> 5);

    writer->facts.styled += class == SKELETON_STYLED;
    writer->facts.foreign += class == SKELETON_OTHER;
    writer->facts.mixed += class == SKELETON_OTHER && writer->before == BEFORE_ASCII;
    add_bytes(writer, (const char *)entry + 1, entry[0] & 31);
    writer->before = class == SKELETON_OTHER ? BEFORE_FOREIGN : BEFORE_OTHER;
}

static size_t place_of(uint32_t c)
{
    uint32_t page;

    if (c >= SKELETON_LAST)
        return 0;
    page = skeleton_pages[c >> SKELETON_PAGE_BITS];
    return skeleton_places[page << SKELETON_PAGE_BITS | (c & ((1U << SKELETON_PAGE_BITS) - 1))];
}

static void add_character(struct writer *writer, uint32_t c, str as_written)
{
    size_t place = place_of(c);

    if (c >= 0xe0000 && c < 0xe1000) { /* tags and variation selectors: all ignorable */
        drop(writer);
    } else if (place > 1) {
        add_mapped(writer, skeleton_pool + place);
    } else if (place == 0) {
        add_bytes(writer, as_written.p, as_written.n);
        writer->before = BEFORE_OTHER;
    } else if (utf8_is_invisible(c)) {
        drop(writer);
    } /* else a mark, which belongs to the letter before it */
}

/* The two or three Jamo of a syllable (Unicode 15, section 3.12). */
static void add_hangul(struct writer *writer, uint32_t c)
{
    uint32_t index = c - HANGUL_FIRST, tail = index % HANGUL_TAILS;
    uint32_t jamo[3] = {0x1100 + index / (HANGUL_VOWELS * HANGUL_TAILS),
                        0x1161 + index / HANGUL_TAILS % HANGUL_VOWELS, 0x11a7 + tail};

    for (size_t i = 0; i < (tail ? 3 : 2); i++) {
        char bytes[3] = {(char)0xe1, (char)(0x80 | (jamo[i] >> 6 & 0x3f)), (char)(0x80 | (jamo[i] & 0x3f))};

        add_character(writer, jamo[i], (str){bytes, sizeof(bytes)});
    }
}

/* Bytes that a skeleton may have at most; each of these here may become three. */
static size_t room_for(str s)
{
    size_t high = 0;

    for (size_t i = 0; i < s.n; i++)
        high += (unsigned char)s.p[i] >> 7;
    return s.n + 2 * high;
}

static void write_all(struct writer *writer, str rest)
{
    while (rest.n) {
        size_t n = add_ascii(writer, rest);
        uint32_t c;

        rest = str_skip(rest, n);
        if (!rest.n)
            break;
        c = utf8_step(rest, &n);
        if (c == UTF8_INVALID)
            add_character(writer, UTF8_REPLACEMENT, S("\xef\xbf\xbd"));
        else if (c >= HANGUL_FIRST && c <= HANGUL_LAST)
            add_hangul(writer, c);
        else
            add_character(writer, c, str_sub(rest, 0, n));
        rest = str_skip(rest, n);
    }
}

str skeleton(str text, size_t max, struct arena *arena, struct skeleton_facts *facts)
{
    struct writer writer = {.facts.cut = text.n > max};
    size_t start;

    text = str_sub(text, 0, max);
    start = settled(text);
    if (start < text.n) {
        writer.p = arena_bytes(arena, room_for(text));
        write_all(&writer, text);
        text = (str){writer.p, writer.n};
    }
    if (facts)
        *facts = writer.facts;
    return text;
}

/* ---- the fold ---- */

char skeleton_letter(char c)
{
    static const char letters[128] = {
        ['0'] = 'o', ['1'] = 'l', ['2'] = 'z', ['3'] = 'e', ['4'] = 'a', ['5'] = 's', ['6'] = 'b',
        ['7'] = 't', ['8'] = 'b', ['9'] = 'g', ['|'] = 'l', ['$'] = 's', ['@'] = 'a'};

    return (unsigned char)c < 0x80 && letters[(unsigned char)c] ? letters[(unsigned char)c] : c;
}

static char folded(char c)
{
    c = skeleton_letter(c);
    return c == 'i' ? 'l' : c == 'q' ? 'g' : c;
}

str skeleton_fold(str skeleton, struct arena *arena)
{
    char *out = arena_bytes(arena, skeleton.n);
    size_t n = 0;

    for (size_t i = 0; i < skeleton.n; i++) {
        char c = folded(skeleton.p[i]);
        char last = n > 0 ? out[n - 1] : 0;

        if (!ascii_is_alpha(c) && (unsigned char)c < 0x80)
            continue;
        if ((last == 'r' && c == 'n') || (last == 'v' && c == 'v'))
            out[n - 1] = c == 'n' ? 'm' : 'w';
        else
            out[n++] = c;
    }
    return (str){out, n};
}
