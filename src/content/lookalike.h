/* lookalike.h: domains that look like others. */
#ifndef POSTERN_CONTENT_LOOKALIKE_H
#define POSTERN_CONTENT_LOOKALIKE_H

#include "base/arena.h"
#include "mail/domain.h"

/* How a host looks like a known domain: the worst first. */
enum lookalike_kind {
    LOOKALIKE_NONE,
    LOOKALIKE_HOMOGLYPH, /* the same to the eye: "rnicrosoft.com", "paypa1.net", Cyrillic letters */
    LOOKALIKE_TYPO,      /* a letter (two of nine and more; not the first) more, less, changed or swapped:
                            "microsft.com" */
    LOOKALIKE_SUBDOMAIN, /* the known domain in front of another: "paypal.com.login.example" */
    LOOKALIKE_WORDS,  /* the known name with words added: "paypal-secure.example", "securepaypal.example" */
    LOOKALIKE_SUFFIX, /* the known name below another suffix: "paypal.shop" */
    LOOKALIKE_LABEL,  /* the known name as a label of a subdomain: "paypal.pages.example" */
    LOOKALIKE_KINDS
};

const char *lookalike_name(enum lookalike_kind kind);

struct lookalike {
    enum lookalike_kind kind;
    uint32_t id;       /* of the known domain */
    str domain;        /* the known domain */
    unsigned distance; /* letters, for LOOKALIKE_TYPO */
};

/* Known domains, each with a number; immutable once closed. */
struct lookalikes;

/* An empty set; all of it is in the arena. suffixes may be NULL. */
struct lookalikes *lookalikes_new(const struct suffixes *suffixes, struct arena *arena);

/* Adds a domain (normal form), whose bytes are not copied. One whose name is an ordinary word ("live.com") is
 * not `distinct`: only what is the same to the eye is found for it, not typing errors, the name under other
 * suffixes, with words or in subdomains. */
void lookalikes_add(struct lookalikes *lookalikes, str domain, uint32_t id, bool distinct);

/* The number of the known domain that `host` is or lies below; false if there is none. */
bool lookalikes_known(const struct lookalikes *lookalikes, str host, uint32_t *id);

/* What a host (normal form) that is not known looks like; LOOKALIKE_NONE, and false, also for one that is
 * known. The number of steps depends on the length of the host alone, not on how many domains are known.
 * `arena` is for scratch. */
bool lookalike_find(const struct lookalikes *lookalikes, str host, const struct suffixes *suffixes,
                    struct lookalike *found, struct arena *arena);

#endif
