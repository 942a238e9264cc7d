/* taglist.h: the tag=value lists of DKIM, ARC and DMARC (RFC 6376 section 3.2). */
#ifndef POSTERN_AUTH_TAGLIST_H
#define POSTERN_AUTH_TAGLIST_H

#include "base/arena.h"
#include "base/limits.h"

struct tag {
    str name;      /* as written: names are case-sensitive */
    str value;     /* folding white space at both ends removed, inner kept */
    size_t offset; /* of the value (before trimming) in the text, for removing b= */
    size_t length; /* of the value before trimming */
};

struct taglist {
    struct tag tags[LIMIT_DKIM_TAGS];
    size_t n;
};

enum taglist_error { TAGLIST_OK, TAGLIST_SYNTAX, TAGLIST_DUPLICATE, TAGLIST_TOO_MANY };

/* Takes text apart, in order. Linear. On an error the tags before it are there. `at` (may be NULL) gets the
 * offset where it went wrong. */
enum taglist_error taglist_parse(struct taglist *list, str text, size_t *at);

/* The tag of that name, or NULL. */
const struct tag *taglist_find(const struct taglist *list, str name);

#endif
