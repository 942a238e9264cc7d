/* page_look.c: what the styles of an element, and of those it stands in, come to. */
#include "mail/page_own.h"
#include "mail/page_stack.h"

enum {
    TINY = 96, /* a font of a pixel and a half or less: nobody reads it */
    FAR = 500 * CSS_ONE_PIXEL,
    TRANSPARENT_BELOW = 50, /* thousandths of opacity */
    NEAR = 10,              /* of 255: colours of letters and ground that nobody tells apart */
    LINK_COLOUR = 0x0000ee,
    ROOT_FONT_SIZE = 16 * CSS_ONE_PIXEL
};

static bool is_near(int32_t a, int32_t b)
{
    for (int shift = 0; shift <= 16; shift += 8) {
        int difference = (a >> shift & 0xff) - (b >> shift & 0xff);

        if (difference > NEAR || difference < -NEAR)
            return false;
    }
    return true;
}

static enum page_hidden hidden_of(const struct look *look)
{
    int32_t colour = look->fill == CSS_INHERIT ? look->colour : look->fill;

    if (look->kept)
        return (enum page_hidden)look->kept;
    if (look->invisible)
        return PAGE_HIDDEN_VISIBILITY;
    if (look->font_size <= TINY)
        return PAGE_HIDDEN_FONT_SIZE;
    if (look->away)
        return PAGE_HIDDEN_POSITION;
    if (colour == CSS_TRANSPARENT ||
        (colour >= 0 && look->background >= 0 && is_near(colour, look->background)))
        return PAGE_HIDDEN_COLOUR;
    return PAGE_SHOWN;
}

/* A length in 64ths of a pixel. */
static int32_t length(int32_t value, int32_t font_size)
{
    if (value < CSS_RELATIVE / 2)
        return value;
    return (int32_t)((int64_t)(value - CSS_RELATIVE) * font_size / CSS_ONE_EM);
}

static bool has_length(const struct css_set *set, enum css_property property)
{
    return css_has(set, property) && set->value[property] != CSS_AUTO;
}

static bool is_none(const struct css_set *set, enum css_property property, int32_t font_size)
{
    return has_length(set, property) && length(set->value[property], font_size) <= CSS_ONE_PIXEL;
}

static bool is_away(const struct css_set *set, enum css_property property, int32_t font_size)
{
    return has_length(set, property) && length(set->value[property], font_size) <= -FAR;
}

/* What no style of an element inside can undo. */
static enum page_hidden kept_of(const struct css_set *set, const struct look *look)
{
    int32_t size = look->font_size;

    if (css_has(set, CSS_DISPLAY) && set->value[CSS_DISPLAY] == CSS_DISPLAY_NONE)
        return PAGE_HIDDEN_DISPLAY;
    if (look->opacity < TRANSPARENT_BELOW)
        return PAGE_HIDDEN_OPACITY;
    if (css_has(set, CSS_OVERFLOW) && set->value[CSS_OVERFLOW] &&
        (is_none(set, CSS_HEIGHT, size) || is_none(set, CSS_MAX_HEIGHT, size) ||
         is_none(set, CSS_WIDTH, size) || is_none(set, CSS_MAX_WIDTH, size)))
        return PAGE_HIDDEN_SIZE;
    if ((css_has(set, CSS_CLIP) && set->value[CSS_CLIP]) ||
        (css_has(set, CSS_TRANSFORM) && set->value[CSS_TRANSFORM]))
        return PAGE_HIDDEN_CLIP;
    if (css_has(set, CSS_POSITION) && set->value[CSS_POSITION])
        for (enum css_property side = CSS_LEFT; side <= CSS_BOTTOM; side++)
            if (is_away(set, side, size))
                return PAGE_HIDDEN_POSITION;
    if (is_away(set, CSS_MARGIN_LEFT, size) || is_away(set, CSS_MARGIN_TOP, size))
        return PAGE_HIDDEN_POSITION;
    return PAGE_SHOWN;
}

static void set_colour(const struct css_set *set, enum css_property property, int32_t *colour)
{
    if (css_has(set, property) && set->value[property] != CSS_INHERIT)
        *colour = set->value[property];
}

static void apply(struct reader *reader, const struct css_set *set, struct look *look)
{
    int32_t indent;

    if (has_length(set, CSS_FONT_SIZE))
        look->font_size = length(set->value[CSS_FONT_SIZE], look->font_size);
    if (css_has(set, CSS_OPACITY))
        look->opacity = (uint16_t)(look->opacity * set->value[CSS_OPACITY] / 1000);
    if (css_has(set, CSS_VISIBILITY))
        look->invisible = set->value[CSS_VISIBILITY];
    if (has_length(set, CSS_INDENT)) {
        indent = length(set->value[CSS_INDENT], look->font_size);
        look->away = indent <= -FAR || indent >= 2 * FAR;
    }
    set_colour(set, CSS_COLOUR, &look->colour);
    set_colour(set, CSS_FILL, &look->fill);
    if (css_has(set, CSS_BACKGROUND) && set->value[CSS_BACKGROUND] != CSS_TRANSPARENT)
        set_colour(set, CSS_BACKGROUND, &look->background);
    if (css_has(set, CSS_IMAGE) && set->value[CSS_IMAGE])
        look->background = CSS_UNKNOWN;
    if (css_has(set, CSS_DISPLAY) &&
        (set->value[CSS_DISPLAY] == CSS_DISPLAY_INLINE || set->value[CSS_DISPLAY] == CSS_DISPLAY_BLOCK))
        look->block = set->value[CSS_DISPLAY] != CSS_DISPLAY_INLINE;
    if (!look->kept)
        look->kept = (uint8_t)kept_of(set, look);
    if (css_has(set, CSS_BIDI) && set->value[CSS_BIDI])
        reader->page->odd[PAGE_BIDI_ODD] = true;
    if (css_has(set, CSS_MSO_HIDE) && set->value[CSS_MSO_HIDE] && !look->kept)
        reader->page->odd[PAGE_OUTLOOK_HIDES_ODD] = true;
}

static void put(struct css_set *set, enum css_property property, int32_t value)
{
    set->has |= 1u << property;
    set->value[property] = value;
}

/* What attributes say of the looks; every style counts for more. */
static void hints(const struct html *html, struct css_set *set, struct arena *arena)
{
    enum html_tag tag = html->tag;

    if (html_has(html, HTML_BGCOLOR))
        put(set, CSS_BACKGROUND, css_legacy_colour(html_value(html, HTML_BGCOLOR, arena)));
    if (html_has(html, HTML_BACKGROUND))
        put(set, CSS_IMAGE, 1);
    if (html_has(html, HTML_HIDDEN))
        put(set, CSS_DISPLAY, CSS_DISPLAY_NONE);
    if (tag == HTML_TAG_FONT && html_has(html, HTML_COLOR))
        put(set, CSS_COLOUR, css_legacy_colour(html_value(html, HTML_COLOR, arena)));
    else if (tag == HTML_TAG_A && html_has(html, HTML_HREF))
        put(set, CSS_COLOUR, LINK_COLOUR);
    else if (tag == HTML_TAG_BODY && html_has(html, HTML_TEXT))
        put(set, CSS_COLOUR, css_legacy_colour(html_value(html, HTML_TEXT, arena)));
    if (tag == HTML_TAG_BDO && html_has(html, HTML_DIR) &&
        str_ieq(html_value(html, HTML_DIR, arena), S("rtl")))
        put(set, CSS_BIDI, 1);
}

static const uint64_t hinting = 1ull << HTML_BGCOLOR | 1ull << HTML_BACKGROUND | 1ull << HTML_HIDDEN |
                                1ull << HTML_COLOR | 1ull << HTML_TEXT | 1ull << HTML_DIR |
                                1ull << HTML_STYLE;

/* Text of which only a reference would have to be decoded: what decoding else changes is white space in CSS.
 */
static str brief_value(const struct html *html, enum html_attribute attribute, struct arena *arena)
{
    str raw;

    if (!html_has(html, attribute))
        return S("");
    raw = html->value[attribute];
    return raw.n && memchr(raw.p, '&', raw.n) ? html_value(html, attribute, arena) : raw;
}

static size_t hash(str text)
{
    uint64_t first, last, middle;

    if (text.n < sizeof(first))
        return text.n;
    memcpy(&first, text.p, sizeof(first));
    memcpy(&middle, text.p + text.n / 2 - sizeof(middle) / 2, sizeof(middle));
    memcpy(&last, text.p + text.n - sizeof(last), sizeof(last));
    first = (first ^ middle * 3 ^ last * 5 ^ text.n) * 0x9e3779b97f4a7c15u;
    return first >> 58;
}

_Static_assert(PAGE_STYLES == 1 << 6, "the hash has six bits");

/* What the style attribute says. Valid until the next one. */
static const struct css_set *style_of(struct reader *reader, const struct html *html)
{
    str text = brief_value(html, HTML_STYLE, reader->arena);
    struct known_style *known = &reader->styles[hash(text)];

    if (known->text.n == text.n && (text.n == 0 || memcmp(known->text.p, text.p, text.n) == 0))
        return &known->set;
    known->text = text;
    known->set.has = known->set.important = 0;
    known->set.url = S("");
    css_declarations(&known->set, text, reader->arena);
    return &known->set;
}

/* What sheet and attributes say, in *room or where it stands already; NULL: nothing. */
static const struct css_set *set_of(struct reader *reader, const struct html *html, size_t at,
                                    struct css_set *room)
{
    const struct css_set *style = html_has(html, HTML_STYLE) ? style_of(reader, html) : NULL;
    struct css_element *name = &reader->names[at];
    bool sheet = !css_is_empty(reader->sheet);

    if (!sheet && !(html->has & hinting) && html->tag != HTML_TAG_A)
        return style;
    room->has = room->important = 0;
    room->url = S("");
    hints(html, room, reader->arena);
    if (sheet) {
        name->classes = brief_value(html, HTML_CLASS, reader->arena);
        name->id = brief_value(html, HTML_ID, reader->arena);
        css_match(reader->sheet, reader->names, at + 1, room);
    }
    if (style)
        css_merge(room, style);
    return room;
}

void page_look(struct reader *reader, const struct html *html, const struct look *parent, size_t at,
               struct look *look)
{
    const struct css_set *set;
    struct css_set room;

    if (!reader->whole)
        page_read_sheets_ahead(reader);
    reader->names[at] = (struct css_element){.name = html->name};
    *look = *parent;
    look->block = tag_is(html->tag, TAG_BLOCK);
    if (html->tag == HTML_TAG_TABLE && reader->quirks)
        look->font_size = ROOT_FONT_SIZE;
    if (tag_is(html->tag, TAG_UNSEEN) && !look->kept)
        look->kept = PAGE_HIDDEN_ELEMENT;
    set = set_of(reader, html, at, &room);
    if (set && set->has)
        apply(reader, set, look);
    if (set && set->url.n && at == reader->n) /* else it was there before */
        page_style_url(reader, set->url, (enum page_hidden)look->kept);
    look->hidden = (uint8_t)hidden_of(look);
}
