/* body.h: all that a message says and where it leads: the texts and links of all its parts. */
#ifndef POSTERN_MAIL_BODY_H
#define POSTERN_MAIL_BODY_H

#include "mail/mail.h"
#include "mail/url.h"

struct mime; /* mail/mime.h */
struct part;
struct page; /* mail/page.h */

/* What is read in one part. Texts of alternate readings of a part (mime.h) stand here too. */
struct body_text {
    const struct part *part;
    bool html;               /* else text/plain, or another text that programs show as such */
    bool attached;           /* an attachment: read, but not shown with the message */
    str visible;             /* UTF-8 */
    str hidden;              /* of HTML: what is there and can't be seen */
    const struct page *page; /* of HTML; else NULL */
};

enum body_link_source { BODY_LINK_TEXT, BODY_LINK_HTML, BODY_LINK_ICS, BODY_LINK_SVG, BODY_LINK_HEADER };

/* What has to be done for it to be followed. */
enum body_link_kind {
    BODY_LINK_CLICK,   /* a, area; text and headers, whose links mail programs make */
    BODY_LINK_FORM,    /* a form's or button's action */
    BODY_LINK_REFRESH, /* opens by itself: meta refresh */
    BODY_LINK_FRAME,   /* iframe, embed, object */
    BODY_LINK_SCRIPT,
    BODY_LINK_IMAGE, /* img, background and their like; loads by itself or on "show pictures" */
    BODY_LINK_STYLE, /* link */
    BODY_LINK_KINDS
};

struct body_link {
    const struct part *part; /* NULL: of the header */
    enum body_link_source source;
    enum body_link_kind kind;
    str written;    /* as it stands there, character references decoded */
    struct url url; /* against the page's base */
    bool valid;     /* it is a URL; else url has only what was odd */
    str shown;      /* the text that is clicked on; of text the link itself; "" if there is none */
    bool hidden;    /* it can't be seen */
    bool attached;  /* in an attachment */
    unsigned count; /* how often the same link stands there */
};

struct body {
    struct mime *mime;
    struct body_text *texts; /* in the order of the parts, at most LIMIT_BODY_TEXTS */
    size_t text_count, text_seen;
    struct body_link *links; /* each once, in the order of the message, at most LIMIT_BODY_LINKS, of which */
    size_t link_count;       /* images at most LIMIT_BODY_IMAGES */
    size_t link_seen;        /* all of them, each time it stands there */
    size_t links_left;       /* how many of these are not in links, by these limits */
};

/* Reads all parts: MIME, HTML, plain text, calendar and SVG. Never fails, linear. What is pointed to is in
 * the arena and the message. */
void body_read(struct body *body, const struct mail *mail, struct arena *arena);

/* "text", "html", ...; "click", "form", ... */
const char *body_link_source_name(enum body_link_source source);
const char *body_link_kind_name(enum body_link_kind kind);

#endif
