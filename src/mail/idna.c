/* idna.c: UTS #46 the way of the WHATWG URL Standard, over the tables of libunistring. */
#include "mail/idna.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

enum { LABEL_POINTS = 256 }; /* DNS takes 63 bytes; encoding costs the square */

struct points {
    uint32_t *p;
    size_t n;
};

/* ---- Punycode (RFC 3492) ---- */

enum { BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700, FIRST_BIAS = 72, FIRST_POINT = 128 };

static uint32_t adapt(uint32_t delta, uint32_t count, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / DAMP : delta / 2;
    delta += delta / count;
    for (; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
        delta /= BASE - TMIN;
    return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    return k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
}

static uint32_t digit_value(char c)
{
    if (ascii_is_digit(c))
        return (uint32_t)(c - '0') + 26;
    return ascii_is_alpha(c) ? (uint32_t)(ascii_lower(c) - 'a') : BASE;
}

/* One variable-length number; *i is moved behind it. */
static bool decode_number(str text, size_t *i, uint32_t bias, uint32_t *value)
{
    uint32_t weight = 1;

    for (uint32_t k = BASE;; k += BASE) {
        uint32_t digit = *i < text.n ? digit_value(text.p[(*i)++]) : BASE, t = threshold(k, bias);

        if (digit >= BASE || digit > (UINT32_MAX - *value) / weight)
            return false;
        *value += digit * weight;
        if (digit < t)
            return true;
        if (weight > UINT32_MAX / (BASE - t))
            return false;
        weight *= BASE - t;
    }
}

bool punycode_decode(str text, uint32_t *points, size_t max, size_t *n)
{
    size_t last = str_rfind(text, '-'), at = last < text.n ? last + 1 : 0, count = 0;
    uint32_t point = FIRST_POINT, bias = FIRST_BIAS, i = 0;

    for (; count + 1 < at; count++) {
        if (count == max || (uint8_t)text.p[count] >= 128)
            return false;
        points[count] = (uint8_t)text.p[count];
    }
    while (at < text.n) {
        uint32_t before = i;

        if (count == max || !decode_number(text, &at, bias, &i))
            return false;
        count++;
        bias = adapt(i - before, (uint32_t)count, before == 0);
        if (i / (uint32_t)count > 0x10ffff - point)
            return false;
        point += i / (uint32_t)count;
        i %= (uint32_t)count;
        memmove(points + i + 1, points + i, (count - 1 - i) * sizeof(*points));
        points[i++] = point;
    }
    *n = count;
    return true;
}

static char digit_of(uint32_t value)
{
    return (char)(value < 26 ? 'a' + (int)value : '0' + (int)value - 26);
}

struct puny_out {
    char *p;
    size_t n, room;
};

static bool put(struct puny_out *out, char c)
{
    if (out->n == out->room)
        return false;
    out->p[out->n++] = c;
    return true;
}

static bool encode_number(struct puny_out *out, uint32_t value, uint32_t bias)
{
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = threshold(k, bias);

        if (value < t)
            return put(out, digit_of(value));
        if (!put(out, digit_of(t + (value - t) % (BASE - t))))
            return false;
        value = (value - t) / (BASE - t);
    }
}

static uint32_t next_point(const uint32_t *points, size_t n, uint32_t from)
{
    uint32_t least = UINT32_MAX;

    for (size_t i = 0; i < n; i++)
        if (points[i] >= from && points[i] < least)
            least = points[i];
    return least;
}

bool punycode_encode(const uint32_t *points, size_t n, char *p, size_t room, size_t *length)
{
    struct puny_out out = {p, 0, room};
    uint32_t point = FIRST_POINT, bias = FIRST_BIAS, delta = 0, basic, done;

    for (size_t i = 0; i < n; i++)
        if (points[i] < 128 && !put(&out, (char)points[i]))
            return false;
    basic = done = (uint32_t)out.n;
    if (basic && !put(&out, '-'))
        return false;
    while (done < n) {
        uint32_t next = next_point(points, n, point);

        if (next - point > (UINT32_MAX - delta) / (done + 1))
            return false;
        delta += (next - point) * (done + 1);
        point = next;
        for (size_t i = 0; i < n; i++) {
            delta += points[i] < point;
            if (points[i] != point)
                continue;
            if (!encode_number(&out, delta, bias))
                return false;
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
        delta++;
        point++;
    }
    *length = out.n;
    return true;
}

/* ---- mapping (UTS #46 section 4, step 1, as section 7 derives its table) ---- */

static bool is_deviation(uint32_t c)
{
    return c == 0xdf || c == 0x3c2 || c == 0x200c || c == 0x200d;
}

/* Default-ignorable characters vanish, but not those that turn the direction of text, nor tags and what is
 * unassigned there. */
static bool is_ignored(uint32_t c)
{
    return uc_is_property_default_ignorable_code_point(c) && !utf8_is_bidi(c) &&
           (c < 0xe0000 || (c >= 0xe0100 && c < 0xe01f0));
}

/* A full stop comes of its wide and ideographic forms alone, not of ellipses or "1." in one character. */
static bool may_be_dot(uint32_t c)
{
    return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

/* NFKC_Casefold of one character, without what is ignored; U+FFFD, which no name may have, for what becomes
 * none. The characters go to `to`, which has room for 32. Returns how many. */
static size_t map_point(uint32_t c, uint32_t *to)
{
    enum { ROOM = 32 };
    size_t n = ROOM, kept = 0;
    uint32_t *result;

    if (is_deviation(c) || c == 0x1e9e) {
        to[0] = c == 0x1e9e ? 0xdf : c; /* the capital sharp s, since Unicode 15.1 */
        return 1;
    }
    result = u32_casefold(&c, 1, NULL, UNINORM_NFKC, to, &n);
    if (result != to) {
        free(result);
        to[0] = UTF8_REPLACEMENT;
        return 1;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t mapped = to[i] == 0x3002 ? '.' : to[i];

        if (!is_ignored(mapped))
            to[kept++] = mapped == '.' && !may_be_dot(c) ? UTF8_REPLACEMENT : mapped;
    }
    return kept;
}

/* Lower case and composition change no letter into another. */
static bool only_case(uint32_t c, const uint32_t *to, size_t n)
{
    return n == 1 && (to[0] == c || to[0] == uc_tolower(c));
}

static bool map_all(str domain, struct arena *arena, struct points *out, struct idna_facts *facts)
{
    uint32_t to[32];
    struct points mapped = {arena_array_of(arena, domain.n * 18, uint32_t), 0};
    size_t length;

    while (domain.n) {
        uint32_t c = utf8_step(domain, &length);
        size_t n = 1;

        domain = str_skip(domain, length);
        if (c < 128) {
            to[0] = (uint8_t)ascii_lower((char)c);
        } else {
            n = map_point(c, to);
            facts->unicode = true;
            facts->mapped |= !only_case(c, to, n);
        }
        memcpy(mapped.p + mapped.n, to, n * sizeof(to[0]));
        mapped.n += n;
    }
    out->n = mapped.n * 3 + 1;
    out->p = arena_array_of(arena, out->n, uint32_t);
    if (mapped.n == 0)
        return out->n = 0, true;
    {
        uint32_t *result = u32_normalize(UNINORM_NFC, mapped.p, mapped.n, out->p, &out->n);

        if (result != out->p)
            free(result);
        return result == out->p;
    }
}

/* ---- validity (section 4.1) ---- */

/* Characters that map to themselves and are yet disallowed: section 7, the exclusions of its step 2. */
static bool is_excluded(uint32_t c)
{
    return (c >= 0x2ff0 && c <= 0x2fff) || c == 0x31ef || (c >= 0xfff9 && c <= 0xfffd) || c == 0x61c ||
           c == 0x180e;
}

static bool is_valid_point(uint32_t c)
{
    static const uc_general_category_t *const never[] = {&UC_CATEGORY_Cc, &UC_CATEGORY_Cf, &UC_CATEGORY_Cn,
                                                         &UC_CATEGORY_Co, &UC_CATEGORY_Cs, &UC_CATEGORY_Zl,
                                                         &UC_CATEGORY_Zp, &UC_CATEGORY_Zs};
    uint32_t to[32];

    if (c < 128)
        return c < 'A' || c > 'Z';
    if (is_deviation(c))
        return true;
    if (is_excluded(c) || map_point(c, to) != 1 || to[0] != c)
        return false;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        if (uc_is_general_category(c, *never[i]))
            return false;
    return true;
}

/* RFC 5892 appendix A.1 and A.2. */
static bool joiner_fits(struct points label, size_t at)
{
    size_t i = at;
    int type = UC_JOINING_TYPE_U;

    if (at && uc_combining_class(label.p[at - 1]) == UC_CCC_VR)
        return true;
    if (label.p[at] == 0x200d)
        return false;
    while (i > 0 && (type = uc_joining_type(label.p[--i])) == UC_JOINING_TYPE_T)
        ;
    if (type != UC_JOINING_TYPE_L && type != UC_JOINING_TYPE_D)
        return false;
    type = UC_JOINING_TYPE_U;
    for (i = at + 1; i < label.n && (type = uc_joining_type(label.p[i])) == UC_JOINING_TYPE_T;)
        i++;
    return i < label.n && (type == UC_JOINING_TYPE_R || type == UC_JOINING_TYPE_D);
}

static bool is_valid_label(struct points label)
{
    uint32_t normal[LABEL_POINTS * 3];
    size_t n = sizeof(normal) / sizeof(normal[0]);
    uint32_t *result;

    if (label.n == 0)
        return true;
    if (uc_is_general_category(label.p[0], UC_CATEGORY_M))
        return false;
    for (size_t i = 0; i < label.n; i++) {
        bool joiner = label.p[i] == 0x200c || label.p[i] == 0x200d;

        if (!is_valid_point(label.p[i]) || (joiner && !joiner_fits(label, i)))
            return false;
    }
    result = u32_normalize(UNINORM_NFC, label.p, label.n, normal, &n);
    if (result != normal)
        free(result);
    return result == normal && n == label.n && memcmp(normal, label.p, n * sizeof(normal[0])) == 0;
}

/* ---- bidi (RFC 5893 section 2) ---- */

static bool is_bidi_label(struct points label)
{
    for (size_t i = 0; i < label.n; i++) {
        int class = uc_bidi_class(label.p[i]);

        if (class == UC_BIDI_R || class == UC_BIDI_AL || class == UC_BIDI_AN)
            return true;
    }
    return false;
}

static bool rtl_has(int class)
{
    return class == UC_BIDI_R || class == UC_BIDI_AL || class == UC_BIDI_AN || class == UC_BIDI_EN ||
           class == UC_BIDI_ES || class == UC_BIDI_CS || class == UC_BIDI_ET || class == UC_BIDI_ON ||
           class == UC_BIDI_BN || class == UC_BIDI_NSM;
}

static bool ltr_has(int class)
{
    return class == UC_BIDI_L ||
           (rtl_has(class) && class != UC_BIDI_R && class != UC_BIDI_AL && class != UC_BIDI_AN);
}

static bool follows_bidi_rule(struct points label)
{
    size_t end = label.n;
    int first, last;
    bool rtl, european = false, arabic = false;

    if (label.n == 0)
        return true;
    first = uc_bidi_class(label.p[0]);
    rtl = first == UC_BIDI_R || first == UC_BIDI_AL;
    if (!rtl && first != UC_BIDI_L)
        return false;
    for (size_t i = 0; i < label.n; i++) {
        int class = uc_bidi_class(label.p[i]);

        if (rtl ? !rtl_has(class) : !ltr_has(class))
            return false;
        european |= class == UC_BIDI_EN;
        arabic |= class == UC_BIDI_AN;
    }
    while (end > 1 && uc_bidi_class(label.p[end - 1]) == UC_BIDI_NSM)
        end--;
    last = uc_bidi_class(label.p[end - 1]);
    if (rtl)
        return !(european && arabic) &&
               (last == UC_BIDI_R || last == UC_BIDI_AL || last == UC_BIDI_EN || last == UC_BIDI_AN);
    return last == UC_BIDI_L || last == UC_BIDI_EN;
}

/* ---- scripts ---- */

enum { LATIN = 1, HAN = 2, KANA = 4, HANGUL = 8, BOPOMOFO = 16, OTHER = 32 };

/* Scripts that are written together: Japanese, Korean, Chinese, each with Latin (UTS #39 section 5.2, highly
 * restrictive). */
static bool go_together(unsigned scripts)
{
    return (scripts & ~(unsigned)(LATIN | HAN | KANA)) == 0 ||
           (scripts & ~(unsigned)(LATIN | HAN | HANGUL)) == 0 ||
           (scripts & ~(unsigned)(LATIN | HAN | BOPOMOFO)) == 0 || scripts == OTHER;
}

static unsigned script_bit(const char *name)
{
    static const struct {
        const char *name;
        unsigned bit;
    } rows[] = {{"Latin", LATIN},   {"Han", HAN},       {"Hiragana", KANA},
                {"Katakana", KANA}, {"Hangul", HANGUL}, {"Bopomofo", BOPOMOFO}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(name, rows[i].name) == 0)
            return rows[i].bit;
    return OTHER;
}

static bool is_mixed(struct points label)
{
    const uc_script_t *other = NULL;
    unsigned scripts = 0;

    for (size_t i = 0; i < label.n; i++) {
        const uc_script_t *script = uc_script(label.p[i]);
        unsigned bit;

        if (!script || strcmp(script->name, "Common") == 0 || strcmp(script->name, "Inherited") == 0)
            continue;
        bit = script_bit(script->name);
        if (bit == OTHER && other && other != script)
            return true;
        if (bit == OTHER)
            other = script;
        scripts |= bit;
    }
    return !go_together(scripts);
}

/* ---- all of it ---- */

static bool all_ascii(struct points label)
{
    for (size_t i = 0; i < label.n; i++)
        if (label.p[i] >= 128)
            return false;
    return true;
}

static bool is_a_label(struct points label)
{
    return label.n >= 4 && label.p[0] == 'x' && label.p[1] == 'n' && label.p[2] == '-' && label.p[3] == '-';
}

/* The U-label behind an A-label: it is checked like one that was written so, and the A-label stays. */
static bool decode_label(struct points *label, struct arena *arena)
{
    char text[LABEL_POINTS];
    struct points decoded = {arena_array_of(arena, LABEL_POINTS, uint32_t), 0};

    for (size_t i = 4; i < label->n; i++) {
        if (label->p[i] >= 128)
            return false;
        text[i - 4] = (char)label->p[i];
    }
    if (!punycode_decode((str){text, label->n - 4}, decoded.p, LABEL_POINTS, &decoded.n) ||
        all_ascii(decoded))
        return false;
    *label = decoded;
    return true;
}

static bool add_label(struct points label, struct buf *out, struct idna_facts *facts)
{
    char text[LABEL_POINTS * 8];
    size_t n = 0;

    if (all_ascii(label)) {
        for (size_t i = 0; i < label.n; i++)
            buf_add_char(out, (char)label.p[i]);
        return true;
    }
    facts->a_label = true;
    facts->mixed |= is_mixed(label);
    if (!punycode_encode(label.p, label.n, text, sizeof(text), &n))
        return false;
    buf_add(out, S("xn--"));
    buf_add(out, (str){text, n});
    return true;
}

/* One label; *bidi: one with letters from right to left was among them, *broken: one breaks the rule for
 * these. */
static bool do_label(struct points label, struct arena *arena, struct buf *out, struct idna_facts *facts,
                     bool *bidi, bool *broken)
{
    if (label.n >= LABEL_POINTS)
        return false;
    if (is_a_label(label) && !decode_label(&label, arena))
        return false;
    if (!is_valid_label(label))
        return false;
    *bidi |= is_bidi_label(label);
    *broken |= !follows_bidi_rule(label);
    return add_label(label, out, facts);
}

static bool to_ascii(str domain, struct arena *arena, struct buf *out, struct idna_facts *facts)
{
    struct points all;
    size_t from = 0;
    bool bidi = false, broken = false;

    if (!map_all(domain, arena, &all, facts))
        return false;
    for (size_t i = 0; i <= all.n; i++) {
        if (i < all.n && all.p[i] != '.')
            continue;
        if (!do_label((struct points){all.p + from, i - from}, arena, out, facts, &bidi, &broken))
            return false;
        if (i < all.n)
            buf_add_char(out, '.');
        from = i + 1;
    }
    return !(bidi && broken) && !out->full;
}

/* ASCII stays as it is but for case, whatever its A-labels decode to: browsers open such names. */
static bool is_ascii(str domain, bool *lower)
{
    *lower = true;
    for (size_t i = 0; i < domain.n; i++) {
        if ((uint8_t)domain.p[i] >= 128)
            return false;
        if (domain.p[i] >= 'A' && domain.p[i] <= 'Z')
            *lower = false;
    }
    return true;
}

static void look_at_a_labels(str domain, struct idna_facts *facts)
{
    uint32_t points[LABEL_POINTS];
    str label;

    while (str_next(&domain, '.', &label)) {
        size_t n;

        if (!str_starts(label, S("xn--")))
            continue;
        facts->a_label = true;
        if (punycode_decode(str_skip(label, 4), points, LABEL_POINTS, &n))
            facts->mixed |= is_mixed((struct points){points, n});
    }
}

bool idna_to_ascii(str domain, struct arena *arena, str *out, struct idna_facts *facts)
{
    bool lower;

    *facts = (struct idna_facts){0};
    *out = (str){0};
    if (domain.n > LIMIT_URL_HOST)
        return false;
    if (is_ascii(domain, &lower)) {
        *out = lower ? domain : arena_lower(arena, domain);
        look_at_a_labels(*out, facts);
    } else {
        struct buf text = buf_new(arena, LIMIT_URL_HOST);

        if (!to_ascii(domain, arena, &text, facts))
            return false;
        *out = buf_str(&text);
    }
    return true;
}
