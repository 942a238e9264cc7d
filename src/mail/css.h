/* css.h: the part of CSS that decides whether text can be seen (CSS 2.2, Selectors 3).
 *
 * Declarations of a few properties are read, from style attributes and from style sheets with selectors of
 * elements, classes, ids and their descendants. What is conditional (@media with a condition, @supports,
 * :hover) does not count. */
#ifndef POSTERN_MAIL_CSS_H
#define POSTERN_MAIL_CSS_H

#include "base/arena.h"

enum css_property {
    CSS_DISPLAY,    /* enum css_display */
    CSS_VISIBILITY, /* 1: hidden or collapse; 0 */
    CSS_OPACITY,    /* thousandths */
    CSS_FONT_SIZE,  /* a length */
    CSS_HEIGHT,     /* lengths; CSS_AUTO */
    CSS_MAX_HEIGHT,
    CSS_WIDTH,
    CSS_MAX_WIDTH,
    CSS_OVERFLOW, /* 1: what does not fit can't be seen */
    CSS_POSITION, /* 1: absolute or fixed */
    CSS_LEFT,     /* a length; right, top, bottom, margin and text-indent with their own */
    CSS_RIGHT,
    CSS_TOP,
    CSS_BOTTOM,
    CSS_MARGIN_LEFT,
    CSS_MARGIN_TOP,
    CSS_INDENT,
    CSS_COLOUR,     /* 0xRRGGBB; CSS_TRANSPARENT, CSS_UNKNOWN, CSS_INHERIT */
    CSS_FILL,       /* the same; -webkit-text-fill-color */
    CSS_BACKGROUND, /* the same */
    CSS_IMAGE,      /* 1: a picture is behind it */
    CSS_CLIP,       /* 1: clipped or scaled away */
    CSS_TRANSFORM,  /* the same */
    CSS_BIDI,       /* 1: override */
    CSS_MSO_HIDE,   /* 1: all */
    CSS_CONTENT,    /* 1: a text */
    CSS_PROPERTIES
};

enum css_display { CSS_DISPLAY_NONE, CSS_DISPLAY_INLINE, CSS_DISPLAY_BLOCK, CSS_DISPLAY_OTHER };

/* A length is in 64ths of a pixel, or in 1024ths of the font size (em, %): then CSS_RELATIVE is added. */
enum {
    CSS_AUTO = INT32_MIN,
    CSS_RELATIVE = 1 << 29, /* lengths are clamped to +-(1 << 27) */
    CSS_TRANSPARENT = -1,
    CSS_UNKNOWN = -2,
    CSS_INHERIT = -3,
    CSS_ONE_PIXEL = 64,
    CSS_ONE_EM = 1024
};

struct css_set {
    uint32_t has, important; /* bit 1 << enum css_property */
    int32_t value[CSS_PROPERTIES];
    str url; /* the first url(), as written; "" if there is none */
};

static inline bool css_has(const struct css_set *set, enum css_property property)
{
    return set->has >> property & 1;
}

/* Reads declarations ("a:b;c:d") into a set; later ones win, but for important ones. Linear. */
void css_declarations(struct css_set *set, str text, struct arena *arena);

/* Adds what `from` says: as if its declarations stood behind those of the set. */
void css_merge(struct css_set *set, const struct css_set *from);

/* "#abc", "rgb(...)", "red". CSS_UNKNOWN if it is none. */
int32_t css_colour(str text);

/* What attributes have: any text is some colour (HTML, "rules for parsing a legacy color value"). */
int32_t css_legacy_colour(str text);

/* Without comments, and without escapes in names; the text itself where there are none. */
str css_clean(str text, struct arena *arena);

/* Style sheets, all those of one page. */
struct css_sheet;

struct css_sheet *css_sheet_new(struct arena *arena);

/* Adds the rules of a style sheet behind those that are there. */
void css_sheet_add(struct css_sheet *sheet, str text);

/* How an element is named for selectors. */
struct css_element {
    str name; /* as written */
    str classes;
    str id;
    uint64_t around; /* filled in by css_match(): some bits of all names of it and what it stands in */
};

/* Adds what the rules say of the last of n elements, each of which stands in the one before and was matched
 * before, to an empty set; what the style attribute says is read into the same set later. */
void css_match(struct css_sheet *sheet, struct css_element *elements, size_t n, struct css_set *set);

bool css_is_empty(const struct css_sheet *sheet);

/* url() and @import of all rules, as written; the next one from *at on. False at the end. */
bool css_sheet_url(const struct css_sheet *sheet, size_t *at, str *url, bool *import);

/* What was noted: text from `content`, more rules or effort than limits allow. */
bool css_has_content(const struct css_sheet *sheet);
bool css_hit_limit(const struct css_sheet *sheet);

#endif
