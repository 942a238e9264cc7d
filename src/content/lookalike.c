/* lookalike.c: domains that look like others.
 *
 * A known domain is found by the fold of its name (the label below the public suffix), and by that fold with
 * each of its letters left out: two names that differ in one letter, or in two neighbours that changed
 * places, have such a form in common. */
#include "content/lookalike.h"

#include "base/near.h"
#include "content/skeleton.h"
#include "content/words.h"

enum {
    NAME_MAX_LENGTH = 63, /* of a label */
    HOMOGLYPH_MIN = 4,    /* letters that a name needs to be called the same to the eye */
    TYPO_MIN = 6, /* letters that a known name needs for typing errors to say anything: "ing" is near to half
                     the world */
    WITHIN_START = 5,  /* letters that a name needs to be found at the start of a label, */
    WITHIN_END = 6,    /* at its end, */
    WITHIN_MIN = 7,    /* and anywhere in it: "corretoronline" is not about etoro */
    TOKEN_MIN = 3,     /* letters that a name needs to be looked for between hyphens and dots */
    DOMAIN_LABELS = 4, /* at most, of known domains that are looked for in front of others */
};

struct known {
    str domain;
    str name; /* the label below the public suffix */
    str fold;
    uint32_t id;
    bool distinct;
    uint32_t next_domain, next_fold; /* in the chains of their tables, from 1 */
};

/* One form of a fold: all of it, or one letter left out. */
struct form {
    uint64_t hash;
    uint32_t known, next; /* from 1 */
};

struct table {
    uint32_t *heads; /* from 1; 0: empty */
    size_t mask;
};

struct lookalikes {
    struct arena *arena;
    const struct suffixes *suffixes;
    struct known *known;
    struct form *forms;
    size_t n, room, form_count, form_room;
    struct table by_domain, by_fold, by_form;
};

static const char *const names[LOOKALIKE_KINDS] = {
    [LOOKALIKE_NONE] = "none",           [LOOKALIKE_HOMOGLYPH] = "homoglyph", [LOOKALIKE_TYPO] = "typo",
    [LOOKALIKE_SUBDOMAIN] = "subdomain", [LOOKALIKE_WORDS] = "words",         [LOOKALIKE_SUFFIX] = "suffix",
    [LOOKALIKE_LABEL] = "label",
};

const char *lookalike_name(enum lookalike_kind kind)
{
    return names[kind];
}

/* The hash of a text, letter by letter: of all its beginnings in one pass. */
static uint64_t hash_more(uint64_t h, char c)
{
    return (h ^ (unsigned char)c) * 0x9e3779b97f4a7c15U;
}

static uint64_t hash_of(str s)
{
    uint64_t h = 0;

    for (size_t i = 0; i < s.n; i++)
        h = hash_more(h, s.p[i]);
    return words_mix(h);
}

/* ---- putting together ---- */

struct lookalikes *lookalikes_new(const struct suffixes *suffixes, struct arena *arena)
{
    struct lookalikes *lookalikes = arena_new_of(arena, struct lookalikes);

    *lookalikes = (struct lookalikes){.arena = arena, .suffixes = suffixes, .room = 64, .form_room = 1024};
    lookalikes->known = arena_array_of(arena, lookalikes->room, struct known);
    lookalikes->forms = arena_array_of(arena, lookalikes->form_room, struct form);
    return lookalikes;
}

static void *grown(struct arena *arena, const void *old, size_t n, size_t *room, size_t size)
{
    void *more = arena_array(arena, 2 * *room, size);

    memcpy(more, old, n * size);
    *room *= 2;
    return more;
}

static void table_make(struct table *table, size_t n, struct arena *arena)
{
    size_t size = 16;

    while (size < 2 * n)
        size *= 2;
    *table = (struct table){arena_array_of(arena, size, uint32_t), size - 1};
}

static void link_known(struct lookalikes *lookalikes, uint32_t number)
{
    struct known *known = &lookalikes->known[number - 1];
    uint32_t *head = &lookalikes->by_domain.heads[hash_of(known->domain) & lookalikes->by_domain.mask];

    known->next_domain = *head;
    *head = number;
    head = &lookalikes->by_fold.heads[hash_of(known->fold) & lookalikes->by_fold.mask];
    known->next_fold = *head;
    *head = number;
}

static void link_form(struct lookalikes *lookalikes, uint32_t number)
{
    struct form *form = &lookalikes->forms[number - 1];
    uint32_t *head = &lookalikes->by_form.heads[form->hash & lookalikes->by_form.mask];

    form->next = *head;
    *head = number;
}

/* The tables hold twice as much as is in them, or are made anew. */
static void make_room(struct lookalikes *lookalikes)
{
    if (lookalikes->n == lookalikes->room)
        lookalikes->known = grown(lookalikes->arena, lookalikes->known, lookalikes->n, &lookalikes->room,
                                  sizeof(struct known));
    if (2 * (lookalikes->n + 1) > lookalikes->by_domain.mask) {
        table_make(&lookalikes->by_domain, 2 * (lookalikes->n + 8), lookalikes->arena);
        table_make(&lookalikes->by_fold, 2 * (lookalikes->n + 8), lookalikes->arena);
        for (uint32_t i = 1; i <= lookalikes->n; i++)
            link_known(lookalikes, i);
    }
}

static void add_form(struct lookalikes *lookalikes, uint64_t hash, uint32_t known)
{
    if (lookalikes->form_count == lookalikes->form_room)
        lookalikes->forms = grown(lookalikes->arena, lookalikes->forms, lookalikes->form_count,
                                  &lookalikes->form_room, sizeof(struct form));
    lookalikes->forms[lookalikes->form_count++] = (struct form){hash, known, 0};
    if (2 * lookalikes->form_count > lookalikes->by_form.mask) {
        table_make(&lookalikes->by_form, 4 * lookalikes->form_count, lookalikes->arena);
        for (uint32_t i = 1; i <= lookalikes->form_count; i++)
            link_form(lookalikes, i);
        return;
    }
    link_form(lookalikes, (uint32_t)lookalikes->form_count);
}

/* The label of a domain below its public suffix; empty if it is one. */
static str name_of(str domain, const struct suffixes *suffixes)
{
    str organisation = suffixes_organisation(suffixes, domain);

    if (suffixes_is_public(suffixes, organisation))
        return S("");
    return str_sub(organisation, 0, str_find(organisation, '.'));
}

/* A label as it looks: an A-label decoded. */
static str fold_of(str label, struct arena *arena)
{
    return skeleton_fold(
        skeleton(str_starts(label, S("xn--")) ? domain_display(label, arena) : label, SIZE_MAX, arena, NULL),
        arena);
}

/* The hash of s without its letter i; of all of it for i = s.n. */
static uint64_t hash_without(str s, size_t i, char scratch[NAME_MAX_LENGTH])
{
    if (i == s.n)
        return hash_of(s);
    memcpy(scratch, s.p, i);
    memcpy(scratch + i, s.p + i + 1, s.n - i - 1);
    return hash_of((str){scratch, s.n - 1});
}

void lookalikes_add(struct lookalikes *lookalikes, str domain, uint32_t id, bool distinct)
{
    char scratch[NAME_MAX_LENGTH];
    /* What lies below an organisation's domain is known, but has no name that others could have. */
    bool whole = str_eq(suffixes_organisation(lookalikes->suffixes, domain), domain);
    str name = whole ? name_of(domain, lookalikes->suffixes) : S(""), fold = fold_of(name, lookalikes->arena);

    make_room(lookalikes);
    lookalikes->known[lookalikes->n++] = (struct known){domain, name, fold, id, distinct, 0, 0};
    link_known(lookalikes, (uint32_t)lookalikes->n);
    if (!distinct || fold.n < TYPO_MIN || fold.n > NAME_MAX_LENGTH)
        return;
    for (size_t i = 0; i <= fold.n; i++)
        add_form(lookalikes, hash_without(fold, i, scratch), (uint32_t)lookalikes->n);
}

/* ---- looking up ---- */

static const struct known *find_domain(const struct lookalikes *lookalikes, str domain)
{
    if (!lookalikes->n)
        return NULL;
    for (uint32_t i = lookalikes->by_domain.heads[hash_of(domain) & lookalikes->by_domain.mask]; i;
         i = lookalikes->known[i - 1].next_domain)
        if (str_eq(lookalikes->known[i - 1].domain, domain))
            return &lookalikes->known[i - 1];
    return NULL;
}

/* A known name by its fold; where several have it a distinct one, else any unless `distinct` ones alone are
 * wanted. */
static const struct known *find_hash(const struct lookalikes *lookalikes, str fold, uint64_t hash,
                                     bool distinct)
{
    const struct known *any = NULL;

    if (!lookalikes->n || !fold.n)
        return NULL;
    for (uint32_t i = lookalikes->by_fold.heads[hash & lookalikes->by_fold.mask]; i;
         i = lookalikes->known[i - 1].next_fold) {
        const struct known *known = &lookalikes->known[i - 1];

        if (!str_eq(known->fold, fold))
            continue;
        if (known->distinct)
            return known;
        any = known;
    }
    return distinct ? NULL : any;
}

static const struct known *find_fold(const struct lookalikes *lookalikes, str fold, bool distinct)
{
    return find_hash(lookalikes, fold, hash_of(fold), distinct);
}

bool lookalikes_known(const struct lookalikes *lookalikes, str host, uint32_t *id)
{
    for (; host.n; host = domain_parent(host)) {
        const struct known *known = find_domain(lookalikes, host);

        if (known) {
            *id = known->id;
            return true;
        }
    }
    return false;
}

static bool found_as(struct lookalike *found, enum lookalike_kind kind, const struct known *known,
                     unsigned distance)
{
    *found = (struct lookalike){kind, known->id, known->domain, distance};
    return true;
}

/* One letter off, or two neighbours that changed places. */
static bool find_typo(const struct lookalikes *lookalikes, str fold, struct lookalike *found)
{
    char scratch[NAME_MAX_LENGTH];

    if (!lookalikes->form_count || fold.n + 1 < TYPO_MIN || fold.n > NAME_MAX_LENGTH)
        return false;
    for (size_t i = 0; i <= fold.n; i++) {
        uint64_t hash = hash_without(fold, i, scratch);

        for (uint32_t k = lookalikes->by_form.heads[hash & lookalikes->by_form.mask]; k;
             k = lookalikes->forms[k - 1].next) {
            const struct known *known = &lookalikes->known[lookalikes->forms[k - 1].known - 1];
            unsigned distance;

            if (lookalikes->forms[k - 1].hash != hash || known->fold.p[0] != fold.p[0])
                continue; /* nobody errs in the first letter, nor in what he wants to be taken for */
            distance = near_distance(fold, known->fold);
            if (distance == 1 || (distance == 2 && fold.n >= 9))
                return found_as(found, LOOKALIKE_TYPO, known, distance);
        }
    }
    return false;
}

/* The longest known name within a fold. */
static const struct known *find_within(const struct lookalikes *lookalikes, str fold)
{
    const struct known *best = NULL;

    fold = str_sub(fold, 0, NAME_MAX_LENGTH);
    for (size_t i = 0; i + WITHIN_START <= fold.n; i++) {
        uint64_t h = 0;

        for (size_t n = 1; i + n <= fold.n; n++) {
            const struct known *known;

            h = hash_more(h, fold.p[i + n - 1]);
            if (n < (i == 0            ? WITHIN_START
                     : i + n == fold.n ? WITHIN_END
                                       : WITHIN_MIN) ||
                (best && n <= best->fold.n))
                continue;
            known = find_hash(lookalikes, str_sub(fold, i, n), words_mix(h), true);
            best = known ? known : best;
        }
    }
    return best;
}

/* A known name between hyphens, or within the label. Hyphens are no part of a fold, so the label is taken
 * apart first. */
static bool find_words(const struct lookalikes *lookalikes, str label, struct lookalike *found,
                       struct arena *arena)
{
    const struct known *known;
    str rest = label, token;

    while (str_next(&rest, '-', &token)) {
        str fold = fold_of(token, arena);

        known = fold.n >= TOKEN_MIN && token.n < label.n ? find_fold(lookalikes, fold, true) : NULL;
        if (known)
            return found_as(found, LOOKALIKE_WORDS, known, 0);
    }
    known = find_within(lookalikes, fold_of(label, arena));
    return known ? found_as(found, LOOKALIKE_WORDS, known, 0) : false;
}

/* A known domain that begins at the start of `labels` ("paypal.com.login."). */
static const struct known *find_beginning(const struct lookalikes *lookalikes, str labels)
{
    size_t n = 0;

    for (unsigned i = 0; i < DOMAIN_LABELS && n < labels.n; i++) {
        const struct known *known;

        n += str_find(str_skip(labels, n), '.');
        known = i > 0 ? find_domain(lookalikes, str_sub(labels, 0, n)) : NULL;
        if (known)
            return known;
        n++;
    }
    return NULL;
}

/* Known domains and names among the labels in front of the organisational domain. */
static bool find_in_front(const struct lookalikes *lookalikes, str front, struct lookalike *found,
                          struct arena *arena)
{
    str label;

    for (str rest = front; rest.n; rest = str_skip(rest, str_find(rest, '.') + 1)) {
        const struct known *known = find_beginning(lookalikes, rest);

        if (known)
            return found_as(found, LOOKALIKE_SUBDOMAIN, known, 0);
    }
    while (str_next(&front, '.', &label)) {
        str fold = fold_of(label, arena);
        const struct known *known = fold.n >= TOKEN_MIN ? find_fold(lookalikes, fold, true) : NULL;

        if (known)
            return found_as(found, LOOKALIKE_LABEL, known, 0);
    }
    return false;
}

bool lookalike_find(const struct lookalikes *lookalikes, str host, const struct suffixes *suffixes,
                    struct lookalike *found, struct arena *arena)
{
    str organisation = suffixes_organisation(suffixes, host), name = name_of(host, suffixes), fold;
    const struct known *known;
    uint32_t id;

    *found = (struct lookalike){0};
    if (lookalikes_known(lookalikes, host, &id))
        return false;
    fold = fold_of(name, arena);
    known = find_fold(lookalikes, fold, false);
    if (known && str_eq(known->name, name)) {
        if (known->distinct)
            return found_as(found, LOOKALIKE_SUFFIX, known, 0);
    } else if (known && fold.n >= HOMOGLYPH_MIN) {
        return found_as(found, LOOKALIKE_HOMOGLYPH, known, 0);
    } else if (find_typo(lookalikes, fold, found)) {
        return true;
    }
    return find_in_front(lookalikes, str_sub(host, 0, host.n - organisation.n), found, arena) ||
           find_words(lookalikes, name, found, arena);
}
