/* phrases.c: many phrases looked for in one pass over a text, word by word.
 *
 * A phrase is a path in a tree whose edges are words. A word of the text is looked up once, by its hash; most
 * are in no phrase, and a small bit table says so first. */
#include "content/phrases.h"

#include <assert.h>

#include "content/skeleton.h"
#include "content/words.h"

enum {
    FILTER_BITS = 16,
    ROOT = 0,
    PATHS = 24, /* followed at once; more than "_" and overlaps of real phrases make */
    DISGUISED_WORD = 32,
};

struct entry {
    uint64_t hash;
    uint32_t word; /* from 1; 0: a free place */
    uint32_t node; /* where phrases that begin with it go on; ROOT: none does */
    uint32_t languages;
};

struct edge {
    uint64_t key; /* node << 32 | word; 0: a free place */
    uint32_t node;
};

struct node {
    uint32_t outputs; /* the first, from 1; 0: none ends here */
    uint32_t any;     /* the node behind any word; ROOT: none */
    bool edges;       /* has some */
};

struct output {
    uint32_t id, next;
};

struct phrases {
    struct arena *arena;
    struct entry *entries;
    struct edge *edges;
    struct node *nodes;
    struct output *outputs;
    size_t entry_room, edge_room, node_room, output_room; /* the first two are powers of two */
    uint32_t words, edge_count, node_count, output_count;
    uint64_t filter[1 << FILTER_BITS >> 6];
};

/* ---- tables that grow ---- */

static struct entry *entry_place(const struct phrases *phrases, uint64_t hash)
{
    size_t mask = phrases->entry_room - 1, i = hash & mask;

    while (phrases->entries[i].word && phrases->entries[i].hash != hash)
        i = (i + 1) & mask;
    return &phrases->entries[i];
}

static struct edge *edge_place(const struct phrases *phrases, uint64_t key)
{
    size_t mask = phrases->edge_room - 1, i = words_mix(key) & mask;

    while (phrases->edges[i].key && phrases->edges[i].key != key)
        i = (i + 1) & mask;
    return &phrases->edges[i];
}

static void grow_entries(struct phrases *phrases)
{
    struct entry *old = phrases->entries;
    size_t n = phrases->entry_room;

    phrases->entry_room = 2 * n;
    phrases->entries = arena_array_of(phrases->arena, 2 * n, struct entry);
    for (size_t i = 0; i < n; i++)
        if (old[i].word)
            *entry_place(phrases, old[i].hash) = old[i];
}

static void grow_edges(struct phrases *phrases)
{
    struct edge *old = phrases->edges;
    size_t n = phrases->edge_room;

    phrases->edge_room = 2 * n;
    phrases->edges = arena_array_of(phrases->arena, 2 * n, struct edge);
    for (size_t i = 0; i < n; i++)
        if (old[i].key)
            *edge_place(phrases, old[i].key) = old[i];
}

static void *grown(struct phrases *phrases, const void *old, size_t n, size_t *room, size_t size)
{
    void *more = arena_array(phrases->arena, 2 * *room, size);

    memcpy(more, old, n * size);
    *room *= 2;
    return more;
}

struct phrases *phrases_new(struct arena *arena)
{
    struct phrases *phrases = arena_new_of(arena, struct phrases);

    *phrases = (struct phrases){
        .arena = arena, .entry_room = 256, .edge_room = 256, .node_room = 256, .output_room = 256};
    phrases->entries = arena_array_of(arena, phrases->entry_room, struct entry);
    phrases->edges = arena_array_of(arena, phrases->edge_room, struct edge);
    phrases->nodes = arena_array_of(arena, phrases->node_room, struct node);
    phrases->outputs = arena_array_of(arena, phrases->output_room, struct output);
    phrases->node_count = 1;   /* ROOT */
    phrases->output_count = 1; /* 0 is none */
    return phrases;
}

/* ---- adding ---- */

static struct entry *add_word(struct phrases *phrases, uint64_t hash)
{
    struct entry *entry;

    if (2 * (phrases->words + 1) > phrases->entry_room)
        grow_entries(phrases);
    entry = entry_place(phrases, hash);
    if (!entry->word)
        *entry = (struct entry){.hash = hash, .word = ++phrases->words};
    phrases->filter[(hash & ((1U << FILTER_BITS) - 1)) >> 6] |= (uint64_t)1 << (hash & 63);
    return entry;
}

static uint32_t add_node(struct phrases *phrases)
{
    if (phrases->node_count == phrases->node_room)
        phrases->nodes =
            grown(phrases, phrases->nodes, phrases->node_count, &phrases->node_room, sizeof(struct node));
    return phrases->node_count++;
}

/* The node behind a word (behind any one where `word` is NULL). */
static uint32_t follow_or_add(struct phrases *phrases, uint32_t node, const struct word *word)
{
    struct entry *entry;
    struct edge *edge;
    uint64_t key;

    if (!word) {
        uint32_t any = phrases->nodes[node].any;

        if (any == ROOT)
            any = add_node(phrases);
        return phrases->nodes[node].any = any;
    }
    entry = add_word(phrases, word->hash);
    if (node == ROOT) {
        if (entry->node == ROOT)
            entry->node = add_node(phrases);
        return entry->node;
    }
    if (2 * (phrases->edge_count + 1) > phrases->edge_room)
        grow_edges(phrases);
    key = (uint64_t)node << 32 | entry->word;
    edge = edge_place(phrases, key);
    if (!edge->key) {
        *edge = (struct edge){key, add_node(phrases)};
        phrases->edge_count++;
        phrases->nodes[node].edges = true;
    }
    return edge->node;
}

static void add_output(struct phrases *phrases, uint32_t node, uint32_t id)
{
    for (uint32_t i = phrases->nodes[node].outputs; i; i = phrases->outputs[i].next)
        if (phrases->outputs[i].id == id)
            return;
    if (phrases->output_count == phrases->output_room)
        phrases->outputs = grown(phrases, phrases->outputs, phrases->output_count, &phrases->output_room,
                                 sizeof(struct output));
    phrases->outputs[phrases->output_count] = (struct output){id, phrases->nodes[node].outputs};
    phrases->nodes[node].outputs = phrases->output_count++;
}

/* A phrase on its way into the tree. */
struct adding {
    struct phrases *phrases;
    uint32_t id;
    unsigned variants;
    bool too_long, empty;
};

static void add_rest(struct adding *adding, uint32_t node, unsigned words, str rest);

/* One alternative, which may be several words ("e-mail"), and then what is behind it. */
static void add_alternative(struct adding *adding, uint32_t node, unsigned words, str alternative, str rest)
{
    struct word word;

    if (str_eq(alternative, S("-"))) {
        words++; /* or a phrase could be any number of these */
    } else if (str_eq(alternative, S("_")) && node != ROOT) {
        node = follow_or_add(adding->phrases, node, NULL);
        words++;
    } else {
        struct word_search parts = {.text = skeleton(alternative, SIZE_MAX, adding->phrases->arena, NULL)};

        for (; words <= PHRASE_WORDS && words_next(&parts, &word); words++)
            node = follow_or_add(adding->phrases, node, &word);
    }
    adding->too_long |= words > PHRASE_WORDS;
    if (!adding->too_long)
        add_rest(adding, node, words, rest);
}

static void add_rest(struct adding *adding, uint32_t node, unsigned words, str rest)
{
    str alternatives, alternative;

    rest = str_trim(rest);
    if (!rest.n) {
        adding->variants++;
        adding->empty |= node == ROOT;
        if (node != ROOT)
            add_output(adding->phrases, node, adding->id);
        return;
    }
    alternatives = str_sub(rest, 0, str_find(rest, ' '));
    rest = str_skip(rest, alternatives.n);
    while (adding->variants <= PHRASE_VARIANTS && str_next(&alternatives, '|', &alternative))
        add_alternative(adding, node, words, alternative, rest);
}

bool phrases_add(struct phrases *phrases, str phrase, uint32_t id, struct err *err)
{
    struct adding adding = {.phrases = phrases, .id = id};

    add_rest(&adding, ROOT, 0, phrase);
    if (adding.empty)
        return err_set(err, "the phrase has no word, or may have none");
    if (adding.too_long)
        return err_set(err, "the phrase has more than %d words", PHRASE_WORDS);
    if (adding.variants > PHRASE_VARIANTS)
        return err_set(err, "the phrase has more than %d variants", PHRASE_VARIANTS);
    return true;
}

void phrases_mark(struct phrases *phrases, str word, uint32_t languages)
{
    struct word_search words = {.text = skeleton(word, SIZE_MAX, phrases->arena, NULL)};
    struct word read;

    if (words_next(&words, &read))
        add_word(phrases, read.hash)->languages |= languages;
}

/* ---- finding ---- */

struct path {
    uint32_t node;
    bool disguised;
    const char *begin;
};

struct finding {
    const struct phrases *phrases;
    struct phrases_pass *pass;
    struct path paths[PATHS], next[PATHS];
    unsigned count, next_count;
};

static const struct entry *look_up(const struct phrases *phrases, uint64_t hash)
{
    const struct entry *entry;

    if (!(phrases->filter[(hash & ((1U << FILTER_BITS) - 1)) >> 6] >> (hash & 63) & 1))
        return NULL;
    entry = entry_place(phrases, hash);
    return entry->word ? entry : NULL;
}

/* The word with digits read as letters; a 1 as l, or else as i. */
static const struct entry *look_up_disguised(const struct phrases *phrases, str text)
{
    const struct entry *entry = NULL;
    char letters[DISGUISED_WORD];

    if (text.n > sizeof(letters))
        return NULL;
    for (unsigned one = 0; one < 2 && !entry; one++) {
        for (size_t i = 0; i < text.n; i++)
            letters[i] = one && text.p[i] == '1' ? 'i' : skeleton_letter(text.p[i]);
        entry = look_up(phrases, words_hash((str){letters, text.n}));
    }
    return entry;
}

/* Arrived at a node: tells what ends there, and goes on if something does. */
static void arrive(struct finding *finding, uint32_t node, const char *begin, const char *end, bool disguised)
{
    const struct phrases *phrases = finding->phrases;
    const struct node *at = &phrases->nodes[node];

    for (uint32_t i = at->outputs; i; i = phrases->outputs[i].next)
        finding->pass->found(finding->pass->of,
                             &(struct phrase_match){phrases->outputs[i].id, str_span(begin, end), disguised});
    if ((at->edges || at->any) && finding->next_count < PATHS)
        finding->next[finding->next_count++] = (struct path){node, disguised, begin};
}

static void step(struct finding *finding, const struct entry *entry, const struct word *word, bool disguised)
{
    const struct phrases *phrases = finding->phrases;
    const char *end = word->text.p + word->text.n;

    finding->next_count = 0;
    for (unsigned i = 0; i < finding->count; i++) {
        const struct path *path = &finding->paths[i];
        const struct edge *edge;

        if (entry && phrases->nodes[path->node].edges) {
            edge = edge_place(phrases, (uint64_t)path->node << 32 | entry->word);
            if (edge->key)
                arrive(finding, edge->node, path->begin, end, path->disguised || disguised);
        }
        if (phrases->nodes[path->node].any)
            arrive(finding, phrases->nodes[path->node].any, path->begin, end, path->disguised);
    }
    if (entry && entry->node)
        arrive(finding, entry->node, word->text.p, end, disguised);
    finding->count = finding->next_count;
    memcpy(finding->paths, finding->next, finding->next_count * sizeof(*finding->next));
}

static void count_languages(struct phrases_pass *pass, uint32_t languages)
{
    for (; languages; languages &= languages - 1)
        pass->languages[__builtin_ctz(languages)]++;
}

void phrases_find(const struct phrases *phrases, str skeleton, struct phrases_pass *pass)
{
    struct finding finding = {.phrases = phrases, .pass = pass};
    struct word_search words = {.text = skeleton};
    struct word word;

    while (words_next(&words, &word)) {
        const struct entry *entry = look_up(phrases, word.hash);
        bool disguised = !entry && word.digits && word.letters;

        if (pass->word)
            pass->word(pass->of, &word);
        if (disguised)
            entry = look_up_disguised(phrases, word.text);
        pass->words++;
        if (entry && entry->languages && !disguised)
            count_languages(pass, entry->languages);
        if (finding.count || (entry && entry->node))
            step(&finding, entry, &word, disguised && entry);
    }
}
