/* platform.c: platforms read from their files and compiled into a set with indexes. */
#include "sender/platform.h"

#include <stdlib.h>

#include "sender/platform_keys.h"

/* A slot of a table: what stands under one key. */
struct domain_slot {
    str domain;
    const struct platform **platforms;
    size_t n;
};

struct header_slot {
    str name; /* lower case */
    struct platform_row *rows;
    size_t n;
};

struct platforms {
    struct arena *arena;
    struct pattern_set *patterns;
    struct platform *platforms;
    size_t n;
    struct domain_slot *domains[EVIDENCE_KINDS];
    struct header_slot *headers;
    size_t size; /* of each table, a power of two at least twice what is in it */
};

const char *platform_kind_name(unsigned kind)
{
    return platform_kind_words[kind];
}

const char *platform_evidence_name(enum platform_evidence kind)
{
    static const char *const names[EVIDENCE_KINDS] = {
        [EVIDENCE_DKIM] = "dkim",  [EVIDENCE_DKIM_KEY] = "dkim-keys", [EVIDENCE_RETURN_PATH] = "return-path",
        [EVIDENCE_HOST] = "hosts", [EVIDENCE_INCLUDE] = "includes",   [EVIDENCE_TRACKING] = "tracking",
    };

    return names[kind];
}

/* ---- the tables ---- */

/* FNV-1a without case; what is in the tables is ours, so nobody can choose what meets in a slot. */
static size_t hash_of(str text)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < text.n; i++)
        hash = (hash ^ (unsigned char)ascii_lower(text.p[i])) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

static struct domain_slot *domain_slot(const struct platforms *set, enum platform_evidence kind, str domain)
{
    size_t at = hash_of(domain) & (set->size - 1);

    while (set->domains[kind][at].domain.n && !str_ieq(set->domains[kind][at].domain, domain))
        at = (at + 1) & (set->size - 1);
    return &set->domains[kind][at];
}

static struct header_slot *header_slot(const struct platforms *set, str name)
{
    size_t at = hash_of(name) & (set->size - 1);

    while (set->headers[at].name.n && !str_ieq(set->headers[at].name, name))
        at = (at + 1) & (set->size - 1);
    return &set->headers[at];
}

static void add_domain(struct platforms *set, enum platform_evidence kind, str domain,
                       const struct platform *platform)
{
    struct domain_slot *slot = domain_slot(set, kind, domain);
    const struct platform **longer = arena_array_of(set->arena, slot->n + 1, const struct platform *);

    if (slot->n)
        memcpy(longer, slot->platforms, slot->n * sizeof(*longer));
    longer[slot->n++] = platform;
    slot->domain = domain;
    slot->platforms = longer;
}

static void add_row(struct platforms *set, struct platform_row row)
{
    struct header_slot *slot = header_slot(set, row.marker->header);
    struct platform_row *longer = arena_array_of(set->arena, slot->n + 1, struct platform_row);

    if (slot->n)
        memcpy(longer, slot->rows, slot->n * sizeof(*longer));
    longer[slot->n++] = row;
    slot->name = row.marker->header;
    slot->rows = longer;
}

static void make_tables(struct platforms *set)
{
    size_t entries = 1;

    for (size_t i = 0; i < set->n; i++) {
        for (size_t kind = 0; kind < EVIDENCE_KINDS; kind++)
            entries += set->platforms[i].transport.count[kind];
        entries += set->platforms[i].marker_count;
    }
    for (set->size = 64; set->size < 2 * entries;)
        set->size *= 2;
    for (enum platform_evidence kind = 0; kind < EVIDENCE_KINDS; kind++)
        set->domains[kind] = arena_array_of(set->arena, set->size, struct domain_slot);
    set->headers = arena_array_of(set->arena, set->size, struct header_slot);
    for (size_t i = 0; i < set->n; i++) {
        const struct platform *platform = &set->platforms[i];

        for (enum platform_evidence kind = 0; kind < EVIDENCE_KINDS; kind++)
            for (size_t j = 0; j < platform->transport.count[kind]; j++)
                add_domain(set, kind, platform->transport.domains[kind][j], platform);
        for (size_t j = 0; j < platform->marker_count; j++)
            add_row(set, (struct platform_row){platform, &platform->markers[j]});
    }
}

/* ---- compiling one file ---- */

static const struct pattern *compile(struct platforms *set, struct conf *conf, const str *text)
{
    struct err err;
    const struct pattern *pattern = pattern_compile(set->patterns, *text, PATTERN_CASELESS, &err);

    if (!pattern)
        conf_error(conf, text, "%s", err.words);
    return pattern;
}

static enum platform_source source_of(str from)
{
    static const struct {
        str name;
        enum platform_source source;
    } sources[] = {
        {STR("return-path"), SOURCE_RETURN_PATH},
        {STR("dkim-domain"), SOURCE_DKIM_DOMAIN},
        {STR("dkim-selector"), SOURCE_DKIM_SELECTOR},
        {STR("dkim-identity"), SOURCE_DKIM_IDENTITY},
        {STR("dkim-key"), SOURCE_DKIM_KEY},
        {STR("url"), SOURCE_URL},
        {STR("reply-to"), SOURCE_REPLY_TO},
        {STR("from"), SOURCE_FROM},
        {STR("from-domain"), SOURCE_FROM_DOMAIN},
        {STR("display-name"), SOURCE_DISPLAY_NAME},
        {STR("body"), SOURCE_BODY},
    };

    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        if (str_ieq(from, sources[i].name))
            return sources[i].source;
    return SOURCE_HEADER;
}

static void compile_extractors(struct platforms *set, struct conf *conf, struct platform_extractor *rows,
                               size_t n)
{
    struct err err;

    for (size_t i = 0; i < n; i++) {
        struct platform_extractor *row = &rows[i];

        row->source = source_of(row->from);
        row->pattern = compile(set, conf, &row->pattern_text);
        row->steps = arena_array_of(set->arena, row->decode_count, struct decode_step);
        for (size_t j = 0; j < row->decode_count; j++)
            if (!decode_step_parse(row->decode_text[j], &row->steps[j], &err))
                conf_error(conf, &row->decode_text[j], "decode: %s", err.words);
    }
}

/* What nobody can own must not be evidence: a name without a dot would match a whole top-level domain. */
static void check_domains(struct conf *conf, struct platform_transport *transport)
{
    for (size_t kind = 0; kind < EVIDENCE_KINDS; kind++)
        for (size_t i = 0; i < transport->count[kind]; i++)
            if (str_find(transport->domains[kind][i], '.') == transport->domains[kind][i].n)
                conf_error(conf, &transport->domains[kind][i],
                           "\"%.*s\" is a top-level domain: it proves nothing",
                           PS(transport->domains[kind][i]));
}

/* False if it can't be proven that the platform is the one, although it has accounts to name. */
static bool can_be_proven(const struct platform *platform)
{
    const size_t *count = platform->transport.count;

    return count[EVIDENCE_DKIM] || count[EVIDENCE_DKIM_KEY] || count[EVIDENCE_RETURN_PATH] ||
           count[EVIDENCE_HOST] || count[EVIDENCE_INCLUDE];
}

static void compile_platform(struct platforms *set, struct conf *conf, struct platform *platform)
{
    struct platform_branded *branded = &platform->branded;

    check_domains(conf, &platform->transport);
    if (branded->return_path_text.n)
        branded->return_path = compile(set, conf, &branded->return_path_text);
    if (branded->selector_text.n)
        branded->selector = compile(set, conf, &branded->selector_text);
    if (branded->host_text.n)
        branded->host = compile(set, conf, &branded->host_text);
    for (size_t i = 0; i < platform->marker_count; i++)
        if (platform->markers[i].pattern_text.n)
            platform->markers[i].pattern = compile(set, conf, &platform->markers[i].pattern_text);
    compile_extractors(set, conf, platform->accounts, platform->account_count);
    compile_extractors(set, conf, platform->campaigns, platform->campaign_count);
    compile_extractors(set, conf, platform->tokens, platform->token_count);
    if (!can_be_proven(platform) && platform->marker_count == 0)
        conf_error(conf, &platform->id,
                   "nothing leads to this platform: it has neither transport nor markers");
}

/* The file's name without folder and ".yaml". */
static str stem(str file)
{
    str name = str_skip(file, str_rfind(file, '/') < file.n ? str_rfind(file, '/') + 1 : 0);

    return str_ends(name, S(".yaml")) ? str_sub(name, 0, name.n - 5) : name;
}

static bool read_platform(struct platforms *set, const struct platform_file *file, struct platform *platform,
                          struct buf *problems)
{
    struct conf conf;
    bool read;

    conf_init(&conf, file->name, set->arena);
    read = conf_read(&conf, &platform_section, file->text, platform);
    platform->file = file->name;
    if (read) {
        if (!str_eq(platform->id, stem(file->name)))
            conf_error(&conf, &platform->id, "the id is \"%.*s\" and the file is of \"%.*s\"",
                       PS(platform->id), PS(stem(file->name)));
        compile_platform(set, &conf, platform);
    }
    conf_report(problems, &conf);
    return conf.errors == 0;
}

/* ---- what all files together must be ---- */

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct platform *)a)->id, ((const struct platform *)b)->id);
}

static bool problem(struct buf *problems, str file, const char *words, str name)
{
    buf_printf(problems, "%.*s: %s \"%.*s\"\n", PS(file), words, PS(name));
    return false;
}

/* Two platforms may share a domain only if each says which senders of it are its own. */
static bool check_shared(const struct platforms *set, struct buf *problems)
{
    bool good = true;

    for (enum platform_evidence kind = EVIDENCE_DKIM; kind <= EVIDENCE_RETURN_PATH; kind++)
        for (size_t i = 0; i < set->size; i++) {
            const struct domain_slot *slot = &set->domains[kind][i];

            for (size_t j = 0; slot->n > 1 && j < slot->n; j++)
                if (slot->platforms[j]->transport.sender_count == 0)
                    good = problem(
                        problems, slot->platforms[j]->file,
                        "another platform has this domain too, so `senders` is needed:", slot->domain);
        }
    return good;
}

static bool check_set(const struct platforms *set, struct buf *problems)
{
    bool good = true;

    for (size_t i = 0; i < set->n; i++) {
        const struct platform *platform = &set->platforms[i];

        if (i && str_eq(platform->id, set->platforms[i - 1].id))
            good = problem(problems, platform->file, "there are two platforms with the id", platform->id);
        for (size_t j = 0; j < platform->nested_count; j++)
            if (!platforms_find(set, platform->nested_on[j]))
                good = problem(problems, platform->file, "nested-on: there is no platform",
                               platform->nested_on[j]);
    }
    return check_shared(set, problems) && good;
}

/* ---- the set ---- */

struct platforms *platforms_new(const struct platform_file *files, size_t count, bool machine_code,
                                struct buf *problems)
{
    struct arena *arena = arena_new();
    struct platforms *set = arena_new_of(arena, struct platforms);
    bool good = true;

    set->arena = arena;
    set->patterns = pattern_set_new(machine_code);
    set->platforms = arena_array_of(arena, count, struct platform);
    set->n = count;
    for (size_t i = 0; i < count; i++) {
        struct platform_file file = {arena_str(arena, files[i].name), arena_str(arena, files[i].text)};

        good = read_platform(set, &file, &set->platforms[i], problems) && good;
    }
    if (good) {
        qsort(set->platforms, count, sizeof(*set->platforms), by_id);
        for (size_t i = 0; i < count; i++)
            set->platforms[i].index = i;
        make_tables(set);
        good = check_set(set, problems);
    }
    if (good)
        return set;
    platforms_free(set);
    return NULL;
}

void platforms_free(struct platforms *platforms)
{
    if (!platforms)
        return;
    pattern_set_free(platforms->patterns);
    arena_free(platforms->arena);
}

size_t platforms_count(const struct platforms *platforms)
{
    return platforms->n;
}

const struct platform *platforms_at(const struct platforms *platforms, size_t index)
{
    return &platforms->platforms[index];
}

const struct platform *platforms_find(const struct platforms *platforms, str id)
{
    size_t low = 0, high = platforms->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(id, platforms->platforms[middle].id);

        if (order == 0)
            return &platforms->platforms[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

struct platform_matches platforms_by_domain(const struct platforms *platforms, enum platform_evidence kind,
                                            str domain)
{
    enum { LABELS_MAX = 128 };

    for (unsigned labels = 0; domain.n && labels < LABELS_MAX; labels++) {
        const struct domain_slot *slot = domain_slot(platforms, kind, domain);
        size_t dot = str_find(domain, '.');

        if (slot->n)
            return (struct platform_matches){slot->platforms, slot->n, slot->domain};
        domain = str_skip(domain, dot < domain.n ? dot + 1 : dot);
    }
    return (struct platform_matches){NULL, 0, S("")};
}

struct platform_rows platforms_by_header(const struct platforms *platforms, str name)
{
    const struct header_slot *slot = header_slot(platforms, name);

    return (struct platform_rows){slot->rows, slot->n};
}
