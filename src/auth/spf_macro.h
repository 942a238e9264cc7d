/* spf_macro.h: macro strings of SPF (RFC 7208 section 7). */
#ifndef POSTERN_AUTH_SPF_MACRO_H
#define POSTERN_AUTH_SPF_MACRO_H

#include "base/arena.h"
#include "base/ip.h"

/* What the letters stand for. */
struct spf_macros {
    str sender;        /* s */
    str local;         /* l */
    str sender_domain; /* o */
    str domain;        /* d */
    str helo;          /* h */
    str validated;     /* p: a confirmed reverse name, or "unknown" */
    str receiver;      /* r, in explanations only */
    struct ip client;  /* i, v, c */
    int64_t now;       /* t, in explanations only */
};

/* Where a macro string stands decides what it may hold. */
enum spf_macro_place {
    SPF_MACRO_DOMAIN, /* a domain-spec: no c, r, t; a macro or a valid top label at its end (section 7.1) */
    SPF_MACRO_VALUE,  /* of an unknown modifier */
    SPF_MACRO_EXPLANATION, /* the text that exp= leads to; spaces too */
};

/* NULL if the text is right, else what is wrong with it, in words. Linear. */
const char *spf_macro_check(str text, enum spf_macro_place place);

/* True if one of the letters (lower case) is in it as a macro, in either case. For text that is right. */
bool spf_macro_has(str text, str letters);

/* Expands text for which spf_macro_check() found nothing wrong, into the arena. At most `max` bytes: *cut is
 * set if there would be more. Time is linear in the text and in max, however long the values are. */
str spf_macro_expand(str text, const struct spf_macros *macros, size_t max, struct arena *arena, bool *cut);

/* The name to ask DNS for: expanded, without a dot at the end, and shortened from the left label by label to
 * 253 bytes (section 7.3). Empty if it grows past LIMIT_SPF_MACRO on the way. */
str spf_macro_domain(str text, const struct spf_macros *macros, struct arena *arena);

#endif
