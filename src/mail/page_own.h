/* page_own.h: what the files of page.c share: the reader's state, its stack of open elements, its texts. */
#ifndef POSTERN_MAIL_PAGE_OWN_H
#define POSTERN_MAIL_PAGE_OWN_H

#include "mail/css.h"
#include "mail/html.h"
#include "mail/page.h"

/* --- page_text.c: text as a reader sees it --- */

enum page_break { PAGE_NO_BREAK, PAGE_BLANK, PAGE_LINE };

struct page_text {
    struct arena *arena;
    char *p;
    size_t n, room;
    size_t letters; /* n without white space */
    size_t max;
    uint8_t due; /* enum page_break: stands before the next character */
    bool letter; /* the last character is a letter or digit */
    bool gap;    /* characters without width stand behind it */
    bool full;
};

/* What is found in text on the way. */
struct page_signs {
    size_t zero_width, soft_hyphens;
    bool in_word, bidi, nul;
};

/* Adds decoded text; `lines`: line ends in it are line ends. */
void page_text_add(struct page_text *text, str s, bool lines, struct page_signs *signs);

static inline void page_text_break(struct page_text *text, enum page_break what)
{
    if (what > text->due)
        text->due = (uint8_t)what;
    text->letter = false;
}

/* --- page_stack.c: open elements --- */

/* What the styles of an element and of those around it come to. */
struct look {
    int32_t font_size;  /* 64ths of a pixel */
    int32_t colour;     /* of text; 0xRRGGBB or CSS_UNKNOWN, CSS_TRANSPARENT */
    int32_t background; /* the same, of what is behind it */
    int32_t fill;       /* CSS_INHERIT: as colour */
    uint16_t opacity;   /* thousandths */
    uint8_t kept;       /* enum page_hidden: what nothing in it can undo */
    uint8_t hidden;     /* enum page_hidden: of a text that stands right in it */
    bool invisible;     /* visibility */
    bool away;          /* text-indent */
    bool block;         /* its text begins and ends a line */
    bool override;      /* unicode-bidi */
};

struct element {
    str token; /* its start tag */
    enum html_tag tag;
    uint32_t id;     /* of its name: the tag, or a hash */
    int32_t same;    /* the next open element below of the same bucket, -1 */
    int32_t scope;   /* the nearest at or below that bounds a scope */
    int32_t special; /* the nearest at or below that is special */
    size_t link;     /* index of the open link that its inside is shown for, plus 1 */
    struct look look;
    bool foreign;     /* SVG or MathML */
    bool integration; /* HTML may stand in it, though it is foreign */
    bool anew;        /* not the element itself: opened again by the list of formatting elements */
};

/* An element of the list of active formatting elements, or a marker (tag OTHER). */
struct formatting {
    str token;
    enum html_tag tag;
    size_t link;
    bool open;
};

enum { PAGE_BUCKETS = 256, PAGE_STYLES = 64 };

/* A style attribute and what it says: pages repeat theirs. */
struct known_style {
    str text;
    struct css_set set;
};

/* A link whose inside is or was read. */
struct open_link {
    size_t link;                         /* its index */
    size_t begin[2], end[2], letters[2]; /* in the texts: visible, hidden */
    size_t images;                       /* seen before it */
    uint8_t own;                         /* enum page_hidden of the element */
};

struct reader {
    struct page *page;
    struct arena *arena;
    struct html html;
    struct css_sheet *sheet;
    struct known_style *styles; /* PAGE_STYLES, by hash */
    struct element *stack;      /* [0] is html and body */
    struct css_element *names;
    size_t n, room;
    size_t floor; /* elements that no tag closes */
    size_t deep;  /* open elements over LIMIT_PAGE_DEPTH, which are not on the stack */
    int32_t top_of[PAGE_BUCKETS];
    struct formatting *formatting;
    size_t formatting_count, formatting_room;
    size_t effort; /* steps over stack and list that a tag needs beyond a few */
    struct page_text visible, hidden, outlook, title;
    struct page_signs signs;
    enum page_hidden last_hidden; /* why the last text that was hidden is */
    struct open_link *open;       /* element.link is an index of these plus 1 */
    size_t open_count, open_room;
    size_t link_room, form_room, image_count;
    size_t form;       /* index of the open form plus 1 */
    enum html_tag raw; /* the element whose text is not markup, and how that looks */
    enum page_hidden raw_hidden;
    unsigned inner;    /* how deep in comments and srcdoc */
    bool quirks;       /* no doctype */
    bool body;         /* its attributes were read */
    bool whole;        /* all style sheets were read */
    bool sheet_counts; /* of the style element that is read */
};

#define TOP(reader) (&(reader)->stack[(reader)->n - 1])

enum tag_flags {
    TAG_VOID = 1,
    TAG_BLOCK = 2,   /* text in it begins and ends a line */
    TAG_SPECIAL = 4, /* the standard's category */
    TAG_FORMATTING = 8,
    TAG_SCOPE = 16, /* end tags don't reach through it */
    TAG_CLOSES_P = 32,
    TAG_MARKER = 64,      /* formatting of outside is not opened again within */
    TAG_UNSEEN = 128,     /* its inside is not shown */
    TAG_ENDS_BLOCK = 256, /* its end tag closes all that is open in it */
    TAG_TABLE = 512,      /* of the parts of tables */
    TAG_BREAKOUT = 1024,  /* ends SVG and MathML */
    TAG_HEADING = 2048
};

extern const uint16_t page_tag_flags[HTML_TAGS];

static inline bool tag_is(enum html_tag tag, unsigned flags)
{
    return page_tag_flags[tag] & flags;
}

/* The topmost open element of a tag; -1. */
static inline int32_t stack_find(const struct reader *reader, enum html_tag tag)
{
    int32_t i = reader->top_of[tag % PAGE_BUCKETS];

    while (i >= 0 && reader->stack[i].tag != tag)
        i = reader->stack[i].same;
    return i;
}

#endif
