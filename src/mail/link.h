/* link.h: links in plain text, as mail programs make them. */
#ifndef POSTERN_MAIL_LINK_H
#define POSTERN_MAIL_LINK_H

#include "base/arena.h"

/* Where the search in a text stands; `text` is set by the caller, the rest zero. */
struct link_search {
    str text;
    size_t at;
    size_t scheme; /* the next "://" at or behind `at`, plus 1; 0: not looked for yet */
};

struct link_found {
    str written; /* slice of the text */
    str target;  /* what url_parse() takes: without line breaks in <...>, with "http://" where no scheme is */
    bool bare;   /* a name alone, without scheme or "www." */
};

/* The next link: "http://...", "https://...", "ftp://..." in any case, "www....", and names alone whose last
 * label is a well-known top-level domain, or which a path follows. Punctuation behind a link and a closing
 * bracket that was not opened in it are not part of it; in <...> all is, line breaks are not (RFC 3986
 * appendix C). Mail addresses are no links. False at the end. Linear over all calls. */
bool link_next(struct link_search *search, struct arena *arena, struct link_found *found);

#endif
