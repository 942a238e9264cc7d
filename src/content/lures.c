/* lures.c: what lures say, by kind and language. */
#include "content/lures.h"

#include <assert.h>

#include "base/conf.h"

static const char *const names[LURE_KINDS] = {
#define LURE(id, name, words) [LURE_##id] = name,
    LURE_TABLE(LURE)
#undef LURE
};

static const char *const words_of[LURE_KINDS] = {
#define LURE(id, name, words) [LURE_##id] = words,
    LURE_TABLE(LURE)
#undef LURE
};

const char *lure_name(enum lure_kind kind)
{
    return names[kind];
}

const char *lure_words(enum lure_kind kind)
{
    return words_of[kind];
}

/* ---- the files ---- */

struct list {
    str *items;
    size_t n;
};

struct lure_file {
    str language;
    struct list frequent;
    struct list phrases[LURE_KINDS], strong[LURE_KINDS];
};

#define PHRASES(id, key, words)                                                                              \
    {.name = (key),                                                                                          \
     .type = CONF_TEXT,                                                                                      \
     .many = true,                                                                                           \
     .at = LURE_##id * sizeof(struct list) + offsetof(struct list, items),                                   \
     .count_at = LURE_##id * sizeof(struct list) + offsetof(struct list, n),                                 \
     .help = "Phrases about " words "."},
static const struct conf_key kind_keys[] = {LURE_TABLE(PHRASES)};
#undef PHRASES
static const struct conf_section kind_section = {kind_keys, LURE_KINDS, LURE_KINDS * sizeof(struct list)};

static const struct conf_key file_keys[] = {
    {.name = "language",
     .type = CONF_TEXT,
     .needed = true,
     .at = offsetof(struct lure_file, language),
     .help = "ISO 639-1."},
    {.name = "frequent",
     .type = CONF_TEXT,
     .many = true,
     .at = offsetof(struct lure_file, frequent.items),
     .count_at = offsetof(struct lure_file, frequent.n),
     .help = "Words by which the language is told from others."},
    {.name = "phrases",
     .type = CONF_SECTION,
     .at = offsetof(struct lure_file, phrases),
     .section = &kind_section,
     .help = "What lures say, by kind."},
    {.name = "strong",
     .type = CONF_SECTION,
     .at = offsetof(struct lure_file, strong),
     .section = &kind_section,
     .help = "Phrases that are rare in honest mail, by kind."},
};
static const struct conf_section file_section = {file_keys, sizeof(file_keys) / sizeof(*file_keys),
                                                 sizeof(struct lure_file)};

struct loading {
    struct lures *lures;
    struct phrases *phrases;
    struct conf *conf;
    struct arena *arena;
};

static void add_phrase(struct loading *loading, const str *text, struct lure_phrase phrase)
{
    struct lures *lures = loading->lures;
    struct err err;

    if (lures->n == lures->room) {
        struct lure_phrase *more =
            arena_array_of(loading->arena, lures->room ? 2 * lures->room : 256, struct lure_phrase);

        if (lures->n)
            memcpy(more, lures->phrases, lures->n * sizeof(*more));
        lures->phrases = more;
        lures->room = lures->room ? 2 * lures->room : 256;
    }
    if (!phrases_add(loading->phrases, phrase.text, lures->base + (uint32_t)lures->n, &err)) {
        conf_error(loading->conf, text, "\"%.*s\": %s", PS(phrase.text), err.words);
        return;
    }
    lures->phrases[lures->n++] = phrase;
}

static void add_file(struct loading *loading, const struct lure_file *file, enum language language)
{
    for (size_t i = 0; i < file->frequent.n; i++)
        phrases_mark(loading->phrases, file->frequent.items[i], (uint32_t)1 << language);
    for (enum lure_kind kind = 0; kind < LURE_KINDS; kind++) {
        const struct list *usual = &file->phrases[kind], *strong = &file->strong[kind];

        for (size_t i = 0; i < usual->n; i++)
            add_phrase(loading, &usual->items[i],
                       (struct lure_phrase){usual->items[i], kind, language, false});
        for (size_t i = 0; i < strong->n; i++)
            add_phrase(loading, &strong->items[i],
                       (struct lure_phrase){strong->items[i], kind, language, true});
    }
}

bool lures_load(struct lures *lures, struct phrases *phrases, str file_name, str text, struct arena *arena,
                struct buf *problems)
{
    struct conf conf;
    struct lure_file file = {0};
    struct loading loading = {lures, phrases, &conf, arena};
    enum language language;

    conf_init(&conf, file_name, arena);
    if (conf_read(&conf, &file_section, text, &file)) {
        language = language_of_code(file.language);
        if (language == LANGUAGE_UNKNOWN)
            conf_error(&conf, &file.language, "no language is known as \"%.*s\"", PS(file.language));
        else
            add_file(&loading, &file, language);
    }
    conf_report(problems, &conf);
    return conf.errors == 0;
}

/* ---- one message ---- */

void lures_begin(struct lures_finding *finding, const struct lures *lures, struct lures_found *found,
                 struct arena *arena)
{
    *finding = (struct lures_finding){.lures = lures, .found = found};
    *found = (struct lures_found){.first = arena_array_of(arena, LIMIT_LURES_FOUND, struct lure_found)};
    finding->seen = arena_alloc(arena, lures->n);
}

static struct lure_found *find_kept(struct lures_found *found, str phrase)
{
    for (size_t i = 0; i < found->n; i++)
        if (found->first[i].phrase.p == phrase.p)
            return &found->first[i];
    return NULL;
}

/* A place for one more: the last quarter is kept for strong ones. */
static struct lure_found *new_kept(struct lures_found *found, bool strong)
{
    size_t room = strong ? LIMIT_LURES_FOUND : LIMIT_LURES_FOUND - LIMIT_LURES_FOUND / 4;

    return found->n < room ? &found->first[found->n++] : NULL;
}

static void count(struct lures_finding *finding, const struct lure_phrase *phrase, uint8_t seen)
{
    struct lure_count *counts = &finding->found->kinds[phrase->kind];

    counts->subject += finding->place == LURE_IN_SUBJECT;
    counts->text += finding->place == LURE_IN_TEXT;
    if (seen)
        return;
    counts->strong += phrase->strong;
    finding->found->languages[phrase->language]++;
    finding->found->phrases++;
}

void lures_add(struct lures_finding *finding, const struct phrase_match *match)
{
    size_t index = match->id - finding->lures->base;
    const struct lure_phrase *phrase = &finding->lures->phrases[index];
    uint8_t place = (uint8_t)(1U << finding->place), *seen = &finding->seen[index];
    struct lure_found *kept;

    assert(index < finding->lures->n);
    if (!(*seen & place))
        count(finding, phrase, *seen);
    kept = *seen ? find_kept(finding->found, phrase->text) : new_kept(finding->found, phrase->strong);
    if (kept && !*seen)
        *kept = (struct lure_found){
            phrase->text, phrase->kind, phrase->language, finding->place, phrase->strong, false, 0,
            match->text};
    if (kept) {
        finding->found->disguised += match->disguised && !kept->disguised;
        kept->disguised |= match->disguised;
        kept->times++;
    }
    *seen |= place;
}
