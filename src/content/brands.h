/* brands.h: organisations that mail pretends to come from, by name and by domain. */
#ifndef POSTERN_CONTENT_BRANDS_H
#define POSTERN_CONTENT_BRANDS_H

#include "base/buf.h"
#include "content/lookalike.h"
#include "content/phrases.h"

#define BRAND_KIND_TABLE(KIND)                                                                               \
    KIND(BANK, "bank")                                                                                       \
    KIND(PAYMENT, "payment")                                                                                 \
    KIND(CRYPTO, "crypto")                                                                                   \
    KIND(PARCEL, "parcel")                                                                                   \
    KIND(MAIL, "mail")                                                                                       \
    KIND(SOFTWARE, "software")                                                                               \
    KIND(HOSTING, "hosting")                                                                                 \
    KIND(SECURITY, "security")                                                                               \
    KIND(SHOP, "shop")                                                                                       \
    KIND(STREAMING, "streaming")                                                                             \
    KIND(GAMING, "gaming")                                                                                   \
    KIND(SOCIAL, "social")                                                                                   \
    KIND(TELECOM, "telecom")                                                                                 \
    KIND(TAX, "tax")                                                                                         \
    KIND(GOVERNMENT, "government")                                                                           \
    KIND(HEALTH, "health")                                                                                   \
    KIND(INSURANCE, "insurance")                                                                             \
    KIND(ENERGY, "energy")                                                                                   \
    KIND(TRAVEL, "travel")

enum brand_kind {
#define KIND(id, name) BRAND_##id,
    BRAND_KIND_TABLE(KIND)
#undef KIND
        BRAND_KINDS
};

const char *brand_kind_name(enum brand_kind kind);

struct brand {
    str name; /* its key in the data file */
    enum brand_kind kind;
    str *names, *words; /* words: names that stand for other things as well */
    size_t name_count, word_count;
    str *domains; /* normal form (mail/domain.h) */
    size_t domain_count;
};

/* The site's brands: immutable once loaded. */
struct brands {
    struct brand *items; /* by name */
    size_t n;
    uint32_t base; /* their numbers in the set of phrases: base + 2 * index, and one more for `words` */
    struct lookalikes *domains; /* numbered by index */
    struct brand_index *index;  /* own to brands.c */
};

/* Loads data/brands.yaml, and puts the names into the set of phrases under numbers from `base` on. False if
 * something is wrong, with words for the administrator, a line each, in `problems`. */
bool brands_load(struct brands *brands, struct phrases *phrases, uint32_t base, str file_name, str text,
                 const struct suffixes *suffixes, struct arena *arena, struct buf *problems) MUST_USE;

/* The brand that a domain (normal form) belongs to, itself or one above it; NULL if none. */
const struct brand *brands_of_domain(const struct brands *brands, str domain);

/* True if the domain is one of this brand's, or below one. */
bool brand_owns(const struct brand *brand, str domain);

/* The brand whose name stands within a text or a word of it, such as a label of a host name: the longest of
 * those that are no ordinary words, compared as folds (content/skeleton.h): at a start with five letters or
 * more, at an end with six, anywhere with seven. `exact`: the letters are the name's own, not only alike.
 * NULL if none. Linear in text.n. */
const struct brand *brands_within(const struct brands *brands, str skeleton, bool *exact,
                                  struct arena *arena);

#endif
