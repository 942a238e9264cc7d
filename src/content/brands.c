/* brands.c: organisations that mail pretends to come from, by name and by domain. */
#include "content/brands.h"

#include "base/conf.h"
#include "base/limits.h"
#include "content/skeleton.h"
#include "content/words.h"

enum {
    WITHIN_MIN = 5, /* letters that a name needs to be found at the start of a word or text without spaces, */
    WITHIN_END = 6, /* at its end, */
    WITHIN_LONG = 7, /* and anywhere in it */
    WITHIN_MAX = 32,
};

static const char *const kind_names[] = {
#define KIND(id, name) [BRAND_##id] = name,
    BRAND_KIND_TABLE(KIND)
#undef KIND
        NULL,
};

const char *brand_kind_name(enum brand_kind kind)
{
    return kind_names[kind];
}

/* ---- the file ---- */

static bool normal_domain(str text, struct arena *arena, str *out)
{
    return domain_normal(text, arena, out) && domain_labels(*out) > 1;
}

static const struct conf_key brand_keys[] = {
    {.name = "kind",
     .type = CONF_ENUM,
     .at = offsetof(struct brand, kind),
     .words = kind_names,
     .needed = true,
     .help = "What kind of organisation it is."},
    {.name = "names",
     .type = CONF_TEXT,
     .many = true,
     .at = offsetof(struct brand, names),
     .count_at = offsetof(struct brand, name_count),
     .help = "Names that stand for nothing else."},
    {.name = "words",
     .type = CONF_TEXT,
     .many = true,
     .at = offsetof(struct brand, words),
     .count_at = offsetof(struct brand, word_count),
     .help = "Names that are ordinary words as well."},
    {.name = "domains",
     .type = CONF_TEXT,
     .many = true,
     .needed = true,
     .at = offsetof(struct brand, domains),
     .count_at = offsetof(struct brand, domain_count),
     .normal = normal_domain,
     .kind = "a domain name",
     .help = "The domains that are its own."},
};
static const struct conf_section brand_section = {brand_keys, sizeof(brand_keys) / sizeof(*brand_keys),
                                                  sizeof(struct brand)};

static const struct conf_key file_keys[] = {
    {.name = "brands",
     .type = CONF_MAP,
     .at = offsetof(struct brands, items),
     .count_at = offsetof(struct brands, n),
     .section = &brand_section,
     .help = "Organisations by a name of their own."},
};
static const struct conf_section file_section = {file_keys, sizeof(file_keys) / sizeof(*file_keys),
                                                 sizeof(struct brands)};

/* ---- names without spaces ---- */

struct fold {
    str fold, compact; /* the name folded, and only without what parts words */
    uint32_t brand;    /* index */
    uint32_t next;     /* from 1 */
};

struct brand_index {
    struct fold *folds;
    size_t n, mask;
    uint32_t *heads; /* by hash, from 1 */
};

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

/* A skeleton's letters and digits without what stands between. */
static str compacted(str skeleton, struct arena *arena)
{
    char *out = arena_bytes(arena, skeleton.n);
    struct word_search words = {.text = skeleton};
    struct word word;
    size_t n = 0;

    while (words_next(&words, &word)) {
        memcpy(out + n, word.text.p, word.text.n);
        n += word.text.n;
    }
    return (str){out, n};
}

static void add_fold(struct brand_index *index, str name, uint32_t brand, struct arena *arena)
{
    str text = skeleton(name, SIZE_MAX, arena, NULL), fold = skeleton_fold(text, arena);
    uint32_t *head;

    if (fold.n < WITHIN_MIN || fold.n > WITHIN_MAX)
        return;
    head = &index->heads[hash_of(fold) & index->mask];
    index->folds[index->n++] = (struct fold){fold, compacted(text, arena), brand, *head};
    *head = (uint32_t)index->n;
}

static void make_index(struct brands *brands, struct arena *arena)
{
    struct brand_index *index = brands->index = arena_new_of(arena, struct brand_index);
    size_t names = 0, size = 64;

    for (size_t i = 0; i < brands->n; i++)
        names += brands->items[i].name_count;
    while (size < 4 * names)
        size *= 2;
    *index = (struct brand_index){.folds = arena_array_of(arena, names, struct fold),
                                  .heads = arena_array_of(arena, size, uint32_t),
                                  .mask = size - 1};
    for (uint32_t i = 0; i < brands->n; i++)
        for (size_t k = 0; k < brands->items[i].name_count; k++)
            add_fold(index, brands->items[i].names[k], i, arena);
}

/* ---- loading ---- */

static void add_names(struct brands *brands, struct phrases *phrases, struct conf *conf, const str *names,
                      size_t n, uint32_t id)
{
    struct err err;

    for (size_t i = 0; i < n; i++)
        if (!phrases_add(phrases, names[i], brands->base + id, &err))
            conf_error(conf, &names[i], "\"%.*s\": %s", PS(names[i]), err.words);
}

/* A domain stands for its brand wherever its name is met if it has one of the brand's names in it. */
static bool is_distinct(const struct brand *brand, str domain, struct arena *arena)
{
    str fold = skeleton_fold(str_sub(domain, 0, str_find(domain, '.')), arena);

    for (size_t i = 0; i < brand->name_count; i++) {
        str name = skeleton_fold(skeleton(brand->names[i], SIZE_MAX, arena, NULL), arena);

        if (name.n >= 3 && str_find_str(fold, name) < fold.n)
            return true;
    }
    return false;
}

static void add_domains(struct brands *brands, const struct suffixes *suffixes, struct arena *arena)
{
    brands->domains = lookalikes_new(suffixes, arena);
    for (uint32_t i = 0; i < brands->n; i++)
        for (size_t k = 0; k < brands->items[i].domain_count; k++)
            lookalikes_add(brands->domains, brands->items[i].domains[k], i,
                           is_distinct(&brands->items[i], brands->items[i].domains[k], arena));
}

bool brands_load(struct brands *brands, struct phrases *phrases, uint32_t base, str file_name, str text,
                 const struct suffixes *suffixes, struct arena *arena, struct buf *problems)
{
    struct conf conf;

    *brands = (struct brands){0};
    conf_init(&conf, file_name, arena);
    if (conf_read(&conf, &file_section, text, brands)) {
        brands->base = base;
        for (uint32_t i = 0; i < brands->n; i++) {
            const struct brand *brand = &brands->items[i];

            add_names(brands, phrases, &conf, brand->names, brand->name_count, 2 * i);
            add_names(brands, phrases, &conf, brand->words, brand->word_count, 2 * i + 1);
        }
        add_domains(brands, suffixes, arena);
        make_index(brands, arena);
    }
    conf_report(problems, &conf);
    return conf.errors == 0;
}

/* ---- looking up ---- */

const struct brand *brands_of_domain(const struct brands *brands, str domain)
{
    uint32_t index;

    return lookalikes_known(brands->domains, domain, &index) ? &brands->items[index] : NULL;
}

bool brand_owns(const struct brand *brand, str domain)
{
    for (size_t i = 0; i < brand->domain_count; i++)
        if (domain_under(domain, brand->domains[i]))
            return true;
    return false;
}

static const struct fold *find_fold(const struct brand_index *index, str fold, uint64_t hash)
{
    for (uint32_t i = index->heads[hash & index->mask]; i; i = index->folds[i - 1].next)
        if (str_eq(index->folds[i - 1].fold, fold))
            return &index->folds[i - 1];
    return NULL;
}

/* The longest name in a fold: at its start, at its end, or anywhere if it is long; "administrator" is not
 * about Strato. */
static const struct fold *find_within(const struct brand_index *index, str text, const struct fold *best)
{
    for (size_t i = 0; i + WITHIN_MIN <= text.n; i++) {
        uint64_t h = 0;

        for (size_t n = 1; n <= WITHIN_MAX && i + n <= text.n; n++) {
            const struct fold *fold;

            h = hash_more(h, text.p[i + n - 1]);
            if (n < (i == 0            ? WITHIN_MIN
                     : i + n == text.n ? WITHIN_END
                                       : WITHIN_LONG) ||
                (best && n <= best->fold.n))
                continue;
            fold = find_fold(index, str_sub(text, i, n), words_mix(h));
            best = fold ? fold : best;
        }
    }
    return best;
}

const struct brand *brands_within(const struct brands *brands, str skeleton, bool *exact, struct arena *arena)
{
    struct word_search words = {.text = skeleton};
    const struct fold *best = NULL;
    struct word word;
    str plain;

    while (words_next(&words, &word))
        best = find_within(brands->index, skeleton_fold(word.text, arena), best);
    best = find_within(brands->index, skeleton_fold(skeleton, arena), best);
    if (!best)
        return NULL;
    plain = compacted(skeleton, arena);
    *exact = str_find_str(plain, best->compact) < plain.n;
    return &brands->items[best->brand];
}
