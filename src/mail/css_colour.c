/* css_colour.c: colours as CSS and old attributes write them. */
#include "mail/css.h"

/* CSS Color Module Level 4, section 6.1. Ordered. */
static const struct {
    const char *name;
    int32_t colour;
} colours[] = {
    {"aliceblue", 0xf0f8ff},
    {"antiquewhite", 0xfaebd7},
    {"aqua", 0x00ffff},
    {"aquamarine", 0x7fffd4},
    {"azure", 0xf0ffff},
    {"beige", 0xf5f5dc},
    {"bisque", 0xffe4c4},
    {"black", 0x000000},
    {"blanchedalmond", 0xffebcd},
    {"blue", 0x0000ff},
    {"blueviolet", 0x8a2be2},
    {"brown", 0xa52a2a},
    {"burlywood", 0xdeb887},
    {"cadetblue", 0x5f9ea0},
    {"chartreuse", 0x7fff00},
    {"chocolate", 0xd2691e},
    {"coral", 0xff7f50},
    {"cornflowerblue", 0x6495ed},
    {"cornsilk", 0xfff8dc},
    {"crimson", 0xdc143c},
    {"cyan", 0x00ffff},
    {"darkblue", 0x00008b},
    {"darkcyan", 0x008b8b},
    {"darkgoldenrod", 0xb8860b},
    {"darkgray", 0xa9a9a9},
    {"darkgreen", 0x006400},
    {"darkgrey", 0xa9a9a9},
    {"darkkhaki", 0xbdb76b},
    {"darkmagenta", 0x8b008b},
    {"darkolivegreen", 0x556b2f},
    {"darkorange", 0xff8c00},
    {"darkorchid", 0x9932cc},
    {"darkred", 0x8b0000},
    {"darksalmon", 0xe9967a},
    {"darkseagreen", 0x8fbc8f},
    {"darkslateblue", 0x483d8b},
    {"darkslategray", 0x2f4f4f},
    {"darkslategrey", 0x2f4f4f},
    {"darkturquoise", 0x00ced1},
    {"darkviolet", 0x9400d3},
    {"deeppink", 0xff1493},
    {"deepskyblue", 0x00bfff},
    {"dimgray", 0x696969},
    {"dimgrey", 0x696969},
    {"dodgerblue", 0x1e90ff},
    {"firebrick", 0xb22222},
    {"floralwhite", 0xfffaf0},
    {"forestgreen", 0x228b22},
    {"fuchsia", 0xff00ff},
    {"gainsboro", 0xdcdcdc},
    {"ghostwhite", 0xf8f8ff},
    {"gold", 0xffd700},
    {"goldenrod", 0xdaa520},
    {"gray", 0x808080},
    {"green", 0x008000},
    {"greenyellow", 0xadff2f},
    {"grey", 0x808080},
    {"honeydew", 0xf0fff0},
    {"hotpink", 0xff69b4},
    {"indianred", 0xcd5c5c},
    {"indigo", 0x4b0082},
    {"ivory", 0xfffff0},
    {"khaki", 0xf0e68c},
    {"lavender", 0xe6e6fa},
    {"lavenderblush", 0xfff0f5},
    {"lawngreen", 0x7cfc00},
    {"lemonchiffon", 0xfffacd},
    {"lightblue", 0xadd8e6},
    {"lightcoral", 0xf08080},
    {"lightcyan", 0xe0ffff},
    {"lightgoldenrodyellow", 0xfafad2},
    {"lightgray", 0xd3d3d3},
    {"lightgreen", 0x90ee90},
    {"lightgrey", 0xd3d3d3},
    {"lightpink", 0xffb6c1},
    {"lightsalmon", 0xffa07a},
    {"lightseagreen", 0x20b2aa},
    {"lightskyblue", 0x87cefa},
    {"lightslategray", 0x778899},
    {"lightslategrey", 0x778899},
    {"lightsteelblue", 0xb0c4de},
    {"lightyellow", 0xffffe0},
    {"lime", 0x00ff00},
    {"limegreen", 0x32cd32},
    {"linen", 0xfaf0e6},
    {"magenta", 0xff00ff},
    {"maroon", 0x800000},
    {"mediumaquamarine", 0x66cdaa},
    {"mediumblue", 0x0000cd},
    {"mediumorchid", 0xba55d3},
    {"mediumpurple", 0x9370db},
    {"mediumseagreen", 0x3cb371},
    {"mediumslateblue", 0x7b68ee},
    {"mediumspringgreen", 0x00fa9a},
    {"mediumturquoise", 0x48d1cc},
    {"mediumvioletred", 0xc71585},
    {"midnightblue", 0x191970},
    {"mintcream", 0xf5fffa},
    {"mistyrose", 0xffe4e1},
    {"moccasin", 0xffe4b5},
    {"navajowhite", 0xffdead},
    {"navy", 0x000080},
    {"oldlace", 0xfdf5e6},
    {"olive", 0x808000},
    {"olivedrab", 0x6b8e23},
    {"orange", 0xffa500},
    {"orangered", 0xff4500},
    {"orchid", 0xda70d6},
    {"palegoldenrod", 0xeee8aa},
    {"palegreen", 0x98fb98},
    {"paleturquoise", 0xafeeee},
    {"palevioletred", 0xdb7093},
    {"papayawhip", 0xffefd5},
    {"peachpuff", 0xffdab9},
    {"peru", 0xcd853f},
    {"pink", 0xffc0cb},
    {"plum", 0xdda0dd},
    {"powderblue", 0xb0e0e6},
    {"purple", 0x800080},
    {"rebeccapurple", 0x663399},
    {"red", 0xff0000},
    {"rosybrown", 0xbc8f8f},
    {"royalblue", 0x4169e1},
    {"saddlebrown", 0x8b4513},
    {"salmon", 0xfa8072},
    {"sandybrown", 0xf4a460},
    {"seagreen", 0x2e8b57},
    {"seashell", 0xfff5ee},
    {"sienna", 0xa0522d},
    {"silver", 0xc0c0c0},
    {"skyblue", 0x87ceeb},
    {"slateblue", 0x6a5acd},
    {"slategray", 0x708090},
    {"slategrey", 0x708090},
    {"snow", 0xfffafa},
    {"springgreen", 0x00ff7f},
    {"steelblue", 0x4682b4},
    {"tan", 0xd2b48c},
    {"teal", 0x008080},
    {"thistle", 0xd8bfd8},
    {"tomato", 0xff6347},
    {"turquoise", 0x40e0d0},
    {"violet", 0xee82ee},
    {"wheat", 0xf5deb3},
    {"white", 0xffffff},
    {"whitesmoke", 0xf5f5f5},
    {"yellow", 0xffff00},
    {"yellowgreen", 0x9acd32},
};

enum { LONGEST_NAME = 20, OPAQUE_FROM = 500, SEEN_FROM = 50 }; /* alpha in thousandths */

static int hex(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int32_t by_name(str text)
{
    size_t from = 0, to = sizeof(colours) / sizeof(colours[0]);
    char lower[LONGEST_NAME];

    if (text.n == 0 || text.n > LONGEST_NAME || !ascii_is_alpha(text.p[0]))
        return CSS_UNKNOWN;
    for (size_t i = 0; i < text.n; i++)
        lower[i] = ascii_lower(text.p[i]);
    while (from < to) {
        size_t middle = (from + to) / 2;
        int order = str_cmp((str){lower, text.n}, str_from(colours[middle].name));

        if (order == 0)
            return colours[middle].colour;
        if (order > 0)
            from = middle + 1;
        else
            to = middle;
    }
    return CSS_UNKNOWN;
}

static int32_t with_alpha(int32_t colour, int32_t alpha)
{
    return alpha < SEEN_FROM ? CSS_TRANSPARENT : alpha < OPAQUE_FROM ? CSS_UNKNOWN : colour;
}

/* Behind "#": 3, 4, 6 or 8 digits. */
static int32_t by_digits(str digits)
{
    int32_t colour = 0, alpha = 255;
    bool brief = digits.n == 3 || digits.n == 4;

    if (!brief && digits.n != 6 && digits.n != 8)
        return CSS_UNKNOWN;
    for (size_t i = 0; i < digits.n; i++)
        if (hex(digits.p[i]) < 0)
            return CSS_UNKNOWN;
    for (size_t i = 0; i < (brief ? 3 : 6); i++)
        colour = brief ? colour << 8 | hex(digits.p[i]) * 17 : colour << 4 | hex(digits.p[i]);
    if (digits.n == 4)
        alpha = hex(digits.p[3]) * 17;
    else if (digits.n == 8)
        alpha = hex(digits.p[6]) * 16 + hex(digits.p[7]);
    return with_alpha(colour, alpha * 1000 / 255);
}

/* The next number of a function, in thousandths; *percent tells its unit. */
static bool next_number(str *rest, int32_t *value, bool *percent)
{
    int64_t sum = 0;
    int32_t scale = 0;
    size_t i = 0;
    bool minus;

    while (i < rest->n && !ascii_is_digit(rest->p[i]) && rest->p[i] != '.')
        i++;
    if (i == rest->n)
        return false;
    minus = i && rest->p[i - 1] == '-';
    for (; i < rest->n && (ascii_is_digit(rest->p[i]) || rest->p[i] == '.'); i++) {
        if (rest->p[i] == '.' && scale == 0)
            scale = 1000;
        else if (rest->p[i] != '.' && scale == 0)
            sum = sum > 1000000000 ? sum : sum * 10 + (rest->p[i] - '0') * 1000;
        else if (rest->p[i] != '.')
            sum += (rest->p[i] - '0') * (scale /= 10);
    }
    *percent = i < rest->n && rest->p[i] == '%';
    sum = sum > 1000000 ? 1000000 : sum;
    *value = (int32_t)(minus ? -sum : sum);
    *rest = str_skip(*rest, i);
    return true;
}

static int32_t clamp(int32_t value, int32_t max)
{
    return value < 0 ? 0 : value > max ? max : value;
}

/* Hue in degrees, the others in thousandths. */
static int32_t of_hue(int32_t hue, int32_t saturation, int32_t light)
{
    int32_t colour = 0, spread = saturation * (light < 500 ? light : 1000 - light) / 1000;

    for (int i = 0; i < 3; i++) {
        int32_t k = ((i == 0 ? 0 : i == 1 ? 8 : 4) * 1000 + hue * 1000 / 30) % 12000;
        int32_t part = k - 3000 < 9000 - k ? k - 3000 : 9000 - k;

        part = part > 1000 ? 1000 : part < -1000 ? -1000 : part;
        colour = colour << 8 | clamp((light - spread * part / 1000) * 255 / 1000, 255);
    }
    return colour;
}

static int32_t by_function(str text)
{
    bool hue = str_istarts(text, S("hsl")), percent[4] = {false};
    int32_t value[4] = {0, 0, 0, 1000};
    str rest = str_skip(text, str_find(text, '('));

    for (size_t i = 0; i < 4; i++)
        if (!next_number(&rest, &value[i], &percent[i]) && i < 3)
            return CSS_UNKNOWN;
    if (percent[3])
        value[3] /= 100;
    if (hue)
        return with_alpha(of_hue((value[0] / 1000 % 360 + 360) % 360, clamp(value[1] / 100, 1000),
                                 clamp(value[2] / 100, 1000)),
                          value[3]);
    for (size_t i = 0; i < 3; i++)
        value[i] = clamp(percent[i] ? value[i] * 255 / 100000 : value[i] / 1000, 255);
    return with_alpha(value[0] << 16 | value[1] << 8 | value[2], value[3]);
}

int32_t css_colour(str text)
{
    text = str_trim(text);
    if (text.n && text.p[0] == '#')
        return by_digits(str_skip(text, 1));
    if (str_istarts(text, S("rgb")) || str_istarts(text, S("hsl")))
        return by_function(text);
    if (str_ieq(text, S("transparent")))
        return CSS_TRANSPARENT;
    if (str_ieq(text, S("inherit")) || str_ieq(text, S("unset")) || str_ieq(text, S("currentcolor")))
        return CSS_INHERIT;
    return by_name(text);
}

/* The digits of one third of the text, as the standard cuts them. */
static int32_t third(const char *digits, size_t n, size_t skip, size_t wanted)
{
    int32_t value = 0;

    for (size_t i = skip; i < n && i < skip + wanted; i++)
        value = value << 4 | (hex(digits[i]) < 0 ? 0 : hex(digits[i]));
    return value;
}

int32_t css_legacy_colour(str text)
{
    char digits[129] = {0};
    size_t n, skip;
    int32_t colour;

    text = str_trim(text);
    if (text.n == 0 || str_ieq(text, S("transparent")))
        return CSS_INHERIT;
    colour = text.n == 4 && text.p[0] == '#' ? by_digits(str_skip(text, 1)) : by_name(text);
    if (colour >= 0)
        return colour;
    text = str_sub(str_skip(text, text.p[0] == '#'), 0, 128);
    memcpy(digits, text.p, text.n);
    for (n = text.n; n == 0 || n % 3; n++)
        digits[n] = '0';
    n /= 3;
    for (skip = n > 8 ? n - 8 : 0; n - skip > 2; skip++)
        if ((hex(digits[skip]) > 0 || hex(digits[n + skip]) > 0 || hex(digits[2 * n + skip]) > 0))
            break;
    return third(digits, n, skip, 2) << 16 | third(digits + n, n, skip, 2) << 8 |
           third(digits + 2 * n, n, skip, 2);
}
