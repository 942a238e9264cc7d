/* page.h: what a reader of an HTML page sees, what is kept from him, and where it leads.
 *
 * No tree is built: a stack of open elements, kept as a browser would keep it, tells for each piece of text
 * and each link whether it can be seen. Text stands in the order of the source (a browser moves what stands
 * in a table but in no cell before it). */
#ifndef POSTERN_MAIL_PAGE_H
#define POSTERN_MAIL_PAGE_H

#include "base/arena.h"
#include "mail/page_names.h"

/* Whose link it is. The second column is the name in JSON. */
#define PAGE_KIND_TABLE(KIND)                                                                                \
    KIND(LINK, "link")             /* a */                                                                   \
    KIND(AREA, "area")             /* area of an image */                                                    \
    KIND(FORM, "form")             /* form action */                                                         \
    KIND(BUTTON, "button")         /* formaction of a button or input */                                     \
    KIND(REFRESH, "refresh")       /* meta refresh */                                                        \
    KIND(FRAME, "frame")           /* iframe, frame */                                                       \
    KIND(OBJECT, "object")         /* object, embed, applet */                                               \
    KIND(SCRIPT, "script")         /* script src */                                                          \
    KIND(IMAGE, "image")           /* img, its srcset, input type=image, SVG's image */                      \
    KIND(BACKGROUND, "background") /* background=, url() of CSS */                                           \
    KIND(MEDIA, "media")           /* audio, video, source, track, bgsound */                                \
    KIND(STYLE, "style")           /* link href, @import */                                                  \
    KIND(OTHER, "other")           /* cite, longdesc, ping */

enum page_kind {
#define KIND(id, name) PAGE_##id,
    PAGE_KIND_TABLE(KIND)
#undef KIND
        PAGE_KINDS
};

struct page_link {
    enum page_kind kind;
    enum page_hidden hidden; /* PAGE_SHOWN, or why it can't be seen */
    str href;                /* decoded, trimmed, not resolved */
    str shown;               /* the text in it that is seen, in one line; alt texts of images too */
    str title;               /* the title attribute, or the alt text of an image */
    bool image;              /* an image that can be seen stands in it, or is it */
    bool download;           /* a download attribute */
};

struct page_form {
    size_t link;     /* index of its action among the links; SIZE_MAX if it has none */
    str method;      /* as written */
    str fields;      /* names and placeholders of its fields, separated by spaces, cut */
    unsigned inputs; /* fields that can be seen, no buttons */
    unsigned passwords;
    unsigned buttons;
    bool none; /* there is no form element: fields stand by themselves */
};

struct page {
    str title;
    str visible; /* UTF-8; white space is one blank or one line end (blocks, br, rows); without what has no
                    width */
    str hidden;  /* the same of what can't be seen */
    str outlook; /* the same of what stands in conditional comments */
    struct page_link
        *links; /* in the order of the source, at most LIMIT_PAGE_LINKS, images LIMIT_PAGE_IMAGES */
    size_t link_count, link_seen;
    struct page_form *forms; /* at most LIMIT_PAGE_FORMS */
    size_t form_count, form_seen;
    str base;    /* href of the first base that has one, decoded, trimmed */
    str refresh; /* where the first meta refresh leads; its link has the kind REFRESH */
    size_t
        hidden_by[PAGE_HIDDEN_REASONS]; /* bytes of hidden and outlook for each reason, without white space */
    size_t visible_bytes;               /* of visible, without white space */
    size_t zero_width;                  /* characters without width that were left out */
    size_t soft_hyphens;                /* the same */
    size_t images;                      /* that can be seen */
    size_t elements;                    /* start tags */
    size_t depth;                       /* the greatest */
    bool odd[PAGE_ODDITIES];
};

/* Reads UTF-8. Never fails, linear. What is pointed to is in the arena or the text. As in a mail program
 * scripts don't run, so noscript is shown. */
void page_read(struct page *page, str html, struct arena *arena);

const char *page_kind_name(enum page_kind kind);
const char *page_hidden_name(enum page_hidden hidden); /* "" for PAGE_SHOWN */
const char *page_hidden_words(enum page_hidden hidden);
const char *page_oddity_name(enum page_oddity oddity);
const char *page_oddity_words(enum page_oddity oddity);

#endif
