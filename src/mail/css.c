/* css.c: declarations of CSS, as far as they decide whether text can be seen. */
#include "mail/css.h"

#include "base/buf.h"

enum { LENGTH_MAX = 1 << 27 };

static bool is_name_byte(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

/* "\64 " and "\d" are letters of a name in disguise. What would be no letter of one becomes "?". */
static size_t unescape(str s, struct buf *out)
{
    uint32_t c = 0;
    size_t i = 1;

    while (i < s.n && i < 7 &&
           (ascii_is_digit(s.p[i]) || (ascii_lower(s.p[i]) >= 'a' && ascii_lower(s.p[i]) <= 'f'))) {
        char digit = ascii_lower(s.p[i++]);

        c = c * 16 + (uint32_t)(ascii_is_digit(digit) ? digit - '0' : digit - 'a' + 10);
    }
    if (i == 1) {
        if (i < s.n && s.p[i] != '\n')
            buf_add_char(out, is_name_byte(s.p[i]) ? s.p[i] : '?');
        return i < s.n ? 2 : 1;
    }
    if (i < s.n && ascii_is_space(s.p[i]))
        i++;
    buf_add_char(out, c < 0x80 && is_name_byte((char)c) ? (char)c : '?');
    return i;
}

/* The next byte from i on with which a comment or an escape may begin. */
static size_t next_odd(str text, size_t i, bool escapes)
{
    if (!escapes)
        return i + str_find(str_skip(text, i), '/');
    while (i < text.n && text.p[i] != '/' && text.p[i] != '\\')
        i++;
    return i;
}

str css_clean(str text, struct arena *arena)
{
    struct buf out;
    size_t i = 0, from = 0;
    bool escapes = text.n && memchr(text.p, '\\', text.n);

    if (text.n == 0 || (!escapes && !memchr(text.p, '*', text.n)))
        return text;
    out = buf_new(arena, text.n + 1);
    while ((i = next_odd(text, i, escapes)) < text.n) {
        str rest = str_skip(text, i);
        bool comment = str_starts(rest, S("/*"));

        if (!comment && rest.p[0] == '/') {
            i++;
            continue;
        }
        buf_add(&out, str_sub(text, from, i - from));
        if (comment) {
            buf_add_char(&out, ' ');
            i += 2 + str_find_str(str_skip(rest, 2), S("*/")) + 2;
        } else {
            i += unescape(rest, &out);
        }
        from = i;
    }
    buf_add(&out, str_skip(text, from));
    return buf_str(&out);
}

/* --- Values --- */

void css_merge(struct css_set *set, const struct css_set *from)
{
    for (uint32_t bits = from->has & ~(set->important & ~from->important); bits; bits &= bits - 1) {
        unsigned property = (unsigned)__builtin_ctz(bits);

        set->value[property] = from->value[property];
        set->has |= 1u << property;
    }
    set->important |= from->important;
    if (set->url.n == 0)
        set->url = from->url;
}

static void put(struct css_set *set, enum css_property property, int32_t value, bool important)
{
    uint32_t bit = 1u << property;

    if (set->important & bit && !important)
        return;
    set->has |= bit;
    set->value[property] = value;
    if (important)
        set->important |= bit;
}

/* The number at the head of *s, in thousandths. */
static bool take_number(str *s, int64_t *value)
{
    bool minus = s->n && s->p[0] == '-', digit = false;
    size_t i = s->n && (s->p[0] == '-' || s->p[0] == '+') ? 1 : 0;
    int64_t n = 0, scale = 1000;

    for (; i < s->n && ascii_is_digit(s->p[i]); i++, digit = true)
        n = n > 1000000000000 ? n : n * 10 + (s->p[i] - '0') * 1000;
    if (i < s->n && s->p[i] == '.')
        for (i++; i < s->n && ascii_is_digit(s->p[i]); i++, digit = true)
            n += (s->p[i] - '0') * (scale /= 10);
    *value = minus ? -n : n;
    *s = str_skip(*s, i);
    return digit;
}

static const struct {
    str name;
    int32_t factor; /* in 64ths of a pixel, or 1024ths of an em */
    bool relative;
} units[] = {
    {STR("px"), CSS_ONE_PIXEL, false},
    {STR("pt"), 85, false},
    {STR("em"), CSS_ONE_EM, true},
    {STR("rem"), 16 * CSS_ONE_PIXEL, false},
    {STR("ex"), CSS_ONE_EM / 2, true},
    {STR("ch"), CSS_ONE_EM / 2, true},
    {STR("in"), 6144, false},
    {STR("cm"), 2419, false},
    {STR("mm"), 242, false},
    {STR("pc"), 1024, false},
    {STR("q"), 60, false},
    {STR("vw"), 640, false},
    {STR("vh"), 640, false},
    {STR("vmin"), 640, false},
    {STR("vmax"), 640, false},
};

/* A length; CSS_AUTO if it is none. A percentage is one of the font size, or of an assumed width of 1,000
 * pixels. */
static int32_t length_of(str text, bool font)
{
    int64_t value, factor = CSS_ONE_PIXEL;
    bool relative = false;

    if (str_istarts(text, S("calc(")))
        text = str_trim(str_sub(text, 5, text.n - 5 - str_ends(text, S(")"))));
    if (!take_number(&text, &value))
        return CSS_AUTO;
    if (str_eq(text, S("%"))) {
        relative = font;
        factor = font ? CSS_ONE_EM / 100 : 640;
    } else if (text.n) {
        size_t i = 0;

        while (i < sizeof(units) / sizeof(units[0]) && !str_ieq(text, units[i].name))
            i++;
        if (i == sizeof(units) / sizeof(units[0]))
            return CSS_AUTO;
        factor = units[i].factor;
        relative = units[i].relative;
    }
    value = value * factor / 1000;
    value = value > LENGTH_MAX ? LENGTH_MAX : value < -LENGTH_MAX ? -LENGTH_MAX : value;
    return (int32_t)value + (relative ? CSS_RELATIVE : 0);
}

static const struct {
    str name;
    int32_t size;
} font_sizes[] = {
    {STR("xx-small"), 9 * CSS_ONE_PIXEL},  {STR("x-small"), 10 * CSS_ONE_PIXEL},
    {STR("small"), 13 * CSS_ONE_PIXEL},    {STR("medium"), 16 * CSS_ONE_PIXEL},
    {STR("large"), 18 * CSS_ONE_PIXEL},    {STR("x-large"), 24 * CSS_ONE_PIXEL},
    {STR("xx-large"), 32 * CSS_ONE_PIXEL}, {STR("smaller"), CSS_RELATIVE + 853},
    {STR("larger"), CSS_RELATIVE + 1229},  {STR("initial"), 16 * CSS_ONE_PIXEL},
};

static int32_t font_size_of(str text)
{
    for (size_t i = 0; i < sizeof(font_sizes) / sizeof(font_sizes[0]); i++)
        if (str_ieq(text, font_sizes[i].name))
            return font_sizes[i].size;
    return length_of(text, true);
}

/* The next word of a value; what stands in brackets is part of one. */
static bool next_word(str *rest, str *word)
{
    size_t i = 0, depth = 0;

    *rest = str_trim(*rest);
    for (; i < rest->n && (depth || !ascii_is_space(rest->p[i])); i++) {
        depth += rest->p[i] == '(';
        depth -= rest->p[i] == ')' && depth;
    }
    *word = str_sub(*rest, 0, i);
    *rest = str_skip(*rest, i);
    return i > 0;
}

static void put_length(struct css_set *set, enum css_property property, str value, bool important)
{
    put(set, property, length_of(value, false), important);
}

static void put_font_size(struct css_set *set, enum css_property property, str value, bool important)
{
    int32_t size = font_size_of(value);

    if (size != CSS_AUTO)
        put(set, property, size, important);
}

/* "bold 12px/14px Arial": the size is the first with a unit, or with a line height behind it. */
static void put_font(struct css_set *set, enum css_property property, str value, bool important)
{
    str word;

    while (next_word(&value, &word)) {
        str size = str_sub(word, 0, str_find(word, '/'));

        if (!ascii_is_digit(word.p[0]) && word.p[0] != '.')
            continue;
        if (size.n < word.n || !ascii_is_digit(size.p[size.n - 1]) || str_eq(size, S("0"))) {
            put_font_size(set, property, size, important);
            return;
        }
    }
}

static void put_display(struct css_set *set, enum css_property property, str value, bool important)
{
    enum css_display display = CSS_DISPLAY_OTHER;

    if (str_ieq(value, S("none")))
        display = CSS_DISPLAY_NONE;
    else if (str_istarts(value, S("inline")) || str_ieq(value, S("contents")))
        display = CSS_DISPLAY_INLINE;
    else if (str_ieq(value, S("block")) || str_ieq(value, S("flex")) || str_ieq(value, S("grid")) ||
             str_ieq(value, S("table")) || str_ieq(value, S("list-item")) || str_ieq(value, S("table-row")))
        display = CSS_DISPLAY_BLOCK;
    put(set, property, (int32_t)display, important);
}

static void put_visibility(struct css_set *set, enum css_property property, str value, bool important)
{
    if (!str_ieq(value, S("inherit")) && !str_ieq(value, S("unset")))
        put(set, property, str_ieq(value, S("hidden")) || str_ieq(value, S("collapse")), important);
}

static int32_t thousandths(str value)
{
    int64_t number;

    if (!take_number(&value, &number))
        return 1000;
    if (value.n && value.p[0] == '%')
        number /= 100;
    return (int32_t)(number < 0 ? 0 : number > 1000 ? 1000 : number);
}

static void put_opacity(struct css_set *set, enum css_property property, str value, bool important)
{
    put(set, property, thousandths(value), important);
}

/* "opacity(0)" or, of old, "alpha(opacity=0)". */
static void put_filter(struct css_set *set, enum css_property property, str value, bool important)
{
    size_t at = str_find_str(value, S("opacity("));

    if (at < value.n) {
        put(set, property, thousandths(str_skip(value, at + 8)), important);
        return;
    }
    at = str_find_str(value, S("opacity="));
    if (at < value.n)
        put(set, property, thousandths(str_skip(value, at + 8)) == 0 ? 0 : 1000, important);
}

static void put_overflow(struct css_set *set, enum css_property property, str value, bool important)
{
    put(set, property, !str_istarts(value, S("visible")) && !str_istarts(value, S("in")), important);
}

static void put_position(struct css_set *set, enum css_property property, str value, bool important)
{
    put(set, property, !str_ieq(value, S("static")) && !str_ieq(value, S("initial")), important);
}

/* Top first, left last of one to four. */
static void put_margin(struct css_set *set, enum css_property property, str value, bool important)
{
    str words[4];
    size_t n = 0;

    (void)property;
    while (n < 4 && next_word(&value, &words[n]))
        n++;
    if (n == 0)
        return;
    put_length(set, CSS_MARGIN_TOP, words[0], important);
    put_length(set, CSS_MARGIN_LEFT, words[n == 4 ? 3 : n == 1 ? 0 : 1], important);
}

static void put_colour(struct css_set *set, enum css_property property, str value, bool important)
{
    int32_t colour =
        str_ieq(value, S("initial")) ? (property == CSS_COLOUR ? 0 : CSS_TRANSPARENT) : css_colour(value);

    put(set, property, colour, important);
}

static str url_in(str value)
{
    str url = str_trim(str_skip(value, 4));
    char quote = url.n ? url.p[0] : 0;

    if (quote == '"' || quote == '\'') {
        url = str_skip(url, 1);
        return str_sub(url, 0, str_find(url, quote));
    }
    return str_trim(str_sub(url, 0, str_find(url, ')')));
}

static void put_image(struct css_set *set, enum css_property property, str value, bool important)
{
    bool url = str_istarts(value, S("url("));

    if (url && set->url.n == 0)
        set->url = url_in(value);
    put(set, property, url || str_find_str(value, S("gradient(")) < value.n, important);
}

static void put_background(struct css_set *set, enum css_property property, str value, bool important)
{
    int32_t colour = CSS_TRANSPARENT;
    str word;

    put(set, CSS_IMAGE, 0, important);
    while (next_word(&value, &word)) {
        int32_t found = css_colour(word);

        if (found != CSS_UNKNOWN)
            colour = found;
        else if (str_istarts(word, S("url(")) || str_find_str(word, S("gradient(")) < word.n)
            put_image(set, CSS_IMAGE, word, important);
    }
    put(set, property, colour, important);
}

/* "rect(0 0 0 0)", "rect(1px, 1px, 1px, 1px)": top, right, bottom, left. */
static void put_clip(struct css_set *set, enum css_property property, str value, bool important)
{
    int64_t edges[4];
    size_t n = 0;

    if (str_istarts(value, S("rect(")))
        value = str_skip(value, 5);
    while (n < 4 && value.n) {
        while (value.n && (ascii_is_space(value.p[0]) || value.p[0] == ','))
            value = str_skip(value, 1);
        if (!take_number(&value, &edges[n]))
            break;
        while (value.n && !ascii_is_space(value.p[0]) && value.p[0] != ',')
            value = str_skip(value, 1);
        n++;
    }
    put(set, property, n == 4 && (edges[1] - edges[3] <= 1000 || edges[2] - edges[0] <= 1000), important);
}

/* "inset(50%)" and more, "circle(0)". */
static void put_clip_path(struct css_set *set, enum css_property property, str value, bool important)
{
    bool inset = str_istarts(value, S("inset(")), circle = str_istarts(value, S("circle("));
    int64_t number = 1;

    value = str_trim(str_skip(value, str_find(value, '(') + 1));
    if ((inset || circle) && take_number(&value, &number))
        put(set, property, inset ? number >= 50000 && str_starts(value, S("%")) : number == 0, important);
}

/* "scale(0)", "translate(-9999px, 0)", "rotateX(90deg)". */
static void put_transform(struct css_set *set, enum css_property property, str value, bool important)
{
    str name = str_sub(value, 0, str_find(value, '(')), inside = str_trim(str_skip(value, name.n + 1));
    str word = str_trim(
        str_sub(inside, 0, str_find(inside, ',') < inside.n ? str_find(inside, ',') : str_find(inside, ')')));
    int32_t size = length_of(word, false);
    int64_t number = 1;
    bool gone = false;

    if (str_istarts(name, S("translate")))
        gone = size != CSS_AUTO && size < CSS_RELATIVE / 2 && size <= -500 * CSS_ONE_PIXEL;
    else if (str_istarts(name, S("scale")) && take_number(&word, &number))
        gone = number < 20 && number > -20;
    else if (str_ieq(name, S("rotatex")) || str_ieq(name, S("rotatey")))
        gone = str_ieq(word, S("90deg"));
    put(set, property, gone, important);
}

static void put_bidi(struct css_set *set, enum css_property property, str value, bool important)
{
    put(set, property, str_iends(value, S("override")), important);
}

static void put_mso_hide(struct css_set *set, enum css_property property, str value, bool important)
{
    put(set, property, str_ieq(value, S("all")), important);
}

/* Letters that no element has. */
static void put_content(struct css_set *set, enum css_property property, str value, bool important)
{
    bool letter = false;

    for (size_t i = 1; i < value.n && (value.p[0] == '"' || value.p[0] == '\''); i++)
        letter |= ascii_is_alpha(value.p[i]);
    put(set, property, letter, important);
}

/* --- Declarations --- */

static const struct property {
    str name;
    enum css_property property;
    void (*put)(struct css_set *, enum css_property, str, bool);
} properties[] = {
    /* by length, as begins[] says */
    {STR("top"), CSS_TOP, put_length},
    {STR("font"), CSS_FONT_SIZE, put_font},
    {STR("left"), CSS_LEFT, put_length},
    {STR("clip"), CSS_CLIP, put_clip},
    {STR("width"), CSS_WIDTH, put_length},
    {STR("color"), CSS_COLOUR, put_colour},
    {STR("right"), CSS_RIGHT, put_length},
    {STR("height"), CSS_HEIGHT, put_length},
    {STR("margin"), CSS_MARGIN_TOP, put_margin},
    {STR("bottom"), CSS_BOTTOM, put_length},
    {STR("filter"), CSS_OPACITY, put_filter},
    {STR("display"), CSS_DISPLAY, put_display},
    {STR("opacity"), CSS_OPACITY, put_opacity},
    {STR("content"), CSS_CONTENT, put_content},
    {STR("overflow"), CSS_OVERFLOW, put_overflow},
    {STR("position"), CSS_POSITION, put_position},
    {STR("mso-hide"), CSS_MSO_HIDE, put_mso_hide},
    {STR("font-size"), CSS_FONT_SIZE, put_font_size},
    {STR("max-width"), CSS_MAX_WIDTH, put_length},
    {STR("transform"), CSS_TRANSFORM, put_transform},
    {STR("clip-path"), CSS_CLIP, put_clip_path},
    {STR("background"), CSS_BACKGROUND, put_background},
    {STR("visibility"), CSS_VISIBILITY, put_visibility},
    {STR("max-height"), CSS_MAX_HEIGHT, put_length},
    {STR("margin-top"), CSS_MARGIN_TOP, put_length},
    {STR("overflow-x"), CSS_OVERFLOW, put_overflow},
    {STR("overflow-y"), CSS_OVERFLOW, put_overflow},
    {STR("text-indent"), CSS_INDENT, put_length},
    {STR("margin-left"), CSS_MARGIN_LEFT, put_length},
    {STR("unicode-bidi"), CSS_BIDI, put_bidi},
    {STR("background-color"), CSS_BACKGROUND, put_colour},
    {STR("background-image"), CSS_IMAGE, put_image},
    {STR("-webkit-transform"), CSS_TRANSFORM, put_transform},
    {STR("-webkit-clip-path"), CSS_CLIP, put_clip_path},
    {STR("-webkit-text-fill-color"), CSS_FILL, put_colour},
};

enum { PROPERTY_COUNT = sizeof(properties) / sizeof(properties[0]), LONGEST = 23 };

/* Where names of a length begin. */
static const uint8_t begins[LONGEST + 2] = {0,  0,  0,  0,  1,  4,  7,  11, 14, 17, 21, 27, 29,
                                            30, 30, 30, 30, 32, 34, 34, 34, 34, 34, 34, 35};

static const struct property *property_of(str name)
{
    if (name.n > LONGEST)
        return NULL;
    for (size_t i = begins[name.n]; i < begins[name.n + 1]; i++)
        if ((name.p[0] | 0x20) == (properties[i].name.p[0] | 0x20) && str_ieq(name, properties[i].name))
            return &properties[i];
    return NULL;
}

/* Cuts "! important" off. */
static bool take_important(str *value)
{
    str rest = *value;

    if (!str_iends(rest, S("important")))
        return false;
    rest = str_trim(str_sub(rest, 0, rest.n - 9));
    if (!str_ends(rest, S("!")))
        return false;
    *value = str_trim(str_sub(rest, 0, rest.n - 1));
    return true;
}

/* The end of a value that may hold semicolons in quotes or brackets. */
static const char *value_end(const char *p, const char *end)
{
    for (; p < end && *p != ';'; p++) {
        if (*p == '"' || *p == '\'' || *p == '(') {
            p = memchr(p + 1, *p == '(' ? ')' : *p, (size_t)(end - p - 1));
            if (!p)
                return end;
        }
    }
    return p;
}

static inline bool is_name(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || c == '-' || (unsigned char)(c - '0') < 10 || c == '_';
}

static void read_value(struct css_set *set, const struct property *property, str value)
{
    bool important;

    value = str_trim(value);
    important = take_important(&value);
    if (value.n)
        property->put(set, property->property, value, important);
}

void css_declarations(struct css_set *set, str text, struct arena *arena)
{
    const char *p, *end;
    bool simple;

    text = css_clean(text, arena);
    p = text.p;
    end = p + text.n;
    simple = text.n == 0 ||
             (!memchr(p, '(', text.n) && !memchr(p, '"', text.n) && !memchr(p, '\'', text.n)); /* most are */
    while (p < end) {
        const struct property *property;
        const char *from;

        while (p < end && (ascii_is_space(*p) || *p == ';'))
            p++;
        for (from = p; p < end && is_name(*p);)
            p++;
        property = property_of(str_span(from, p));
        while (p < end && ascii_is_space(*p))
            p++;
        from = p;
        if (simple) {
            p = memchr(p, ';', (size_t)(end - p));
            p = p ? p : end;
        } else {
            p = value_end(p, end);
        }
        if (property && from < p && *from == ':')
            read_value(set, property, str_span(from + 1, p));
    }
}
