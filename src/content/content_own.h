/* content_own.h: what the files content*.c share; for these alone. */
#ifndef POSTERN_CONTENT_CONTENT_OWN_H
#define POSTERN_CONTENT_CONTENT_OWN_H

#include "content/content.h"
#include "content/skeleton.h"

/* A recipient, in the forms in which links carry it. */
struct examine_recipient {
    str address; /* lower case */
    str local, domain;
    str base64; /* of the address, without its last incomplete group */
};

/* The examination of one message. */
struct examine {
    struct content *content;
    const struct content_input *input;
    const struct content_params *params;
    struct arena *arena;
    struct examine_recipient recipients[LIMIT_CONTENT_RECIPIENTS];
    size_t recipient_count;
    str author_domain;  /* of From, normal form; empty: none */
    const str *signers; /* domains that are authenticated: DKIM, SPF */
    size_t signer_count;
    struct lures_finding lures;
};

/* The first n bytes of the SHA-256, hexadecimal. */
str examine_hash(struct crypto *crypto, str bytes, size_t n, struct arena *arena);

/* ---- content_names.c ---- */
void examine_names(struct examine *examine);

/* The registrable domain above a host; the host itself where it is an address. */
str examine_organisation(const struct examine *examine, str host);

/* ---- content_brands.c ---- */

/* Notes that a brand is named. `text` as it stands there, a skeleton. */
void examine_brand(struct examine *examine, const struct brand *brand, enum brand_place place, str text,
                   bool ambiguous, bool disguised);
/* The same for one whose name stands within a text without spaces. */
void examine_brand_within(struct examine *examine, enum brand_place place, str text);
/* Says of the brands that were named whose message it is. */
void examine_owners(struct examine *examine);

/* One pass over a text for phrases: brands are noted for `place`; lures counted if the place is one of
 * theirs. */
struct examine_words {
    struct phrases_pass pass;
    struct skeleton_facts facts;
    str skeleton;
    struct sketching *sketching; /* of subject and text; else NULL */
    bool crypto_address, iban;   /* such a number stands there */
    size_t callbacks[8];         /* offsets in the skeleton where words about calling end */
    size_t callback_count;
};
void examine_words(struct examine *examine, str text, size_t max, enum brand_place place,
                   struct examine_words *words);

/* ---- content_links.c ---- */
void examine_links(struct examine *examine);

/* ---- content_files.c ---- */
void examine_files(struct examine *examine);

/* ---- content_text.c ---- */

/* Looks at a word of letters and digits: the number of an account or wallet. */
void examine_code(struct examine_words *words, str word);
void examine_texts(struct examine *examine);

#endif
