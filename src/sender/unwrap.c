/* unwrap.c: where a link leads behind tracking, redirects and the wrappers of mail gateways. */
#include "sender/unwrap.h"

#include "base/conf.h"
#include "mail/domain.h"
#include "sender/suffix_table.h"

/* ---- the file ---- */

#define ROW(field) .at = offsetof(struct unwrap_rule, field)
#define ROWS(field, counter)                                                                                 \
    .many = true, .at = offsetof(struct unwrap_rule, field), .count_at = offsetof(struct unwrap_rule, counter)
#define SECTION(keys, type)                                                                                  \
    {                                                                                                        \
        (keys), sizeof(keys) / sizeof((keys)[0]), sizeof(type)                                               \
    }

static const char *const kind_words[] = {
    [UNWRAP_TRACKING] = "tracking",
    [UNWRAP_WRAPPER] = "wrapper",
    [UNWRAP_REDIRECT] = "redirect",
    [UNWRAP_PROXY] = "proxy",
    NULL,
};

static const struct conf_key vector_keys[] = {
    {"url", CONF_TEXT, .needed = true, .at = offsetof(struct unwrap_vector, url), .kind = "a URL",
     .help = "A link of this kind."},
    {"target", CONF_TEXT, .at = offsetof(struct unwrap_vector, target), .kind = "a URL",
     .help = "Where it leads; without it the link is opaque."},
};
static const struct conf_section vector_section = SECTION(vector_keys, struct unwrap_vector);

static const struct conf_key rule_keys[] = {
    {"title", CONF_TEXT, .needed = true, ROW(title), .kind = "a name",
     .help = "Whose links these are, for sentences."},
    {"kind", CONF_ENUM, .needed = true, ROW(kind), .words = kind_words,
     .help = "Why the target stands inside another link."},
    {"platform", CONF_TEXT, ROW(platform), .kind = "the id of a platform",
     .help = "The mailing platform that makes them."},
    {"hosts", CONF_TEXT, ROWS(hosts, host_count), .normal = domain_normal, .kind = "a domain name",
     .help = "Hosts of such links: these and all below them. Without it any host will do."},
    {"paths", CONF_TEXT, ROWS(paths, path_count), .kind = "the beginning of a path",
     .help = "What the path begins with, or with \"$\" at its end all of it."},
    {"parameters", CONF_TEXT, ROWS(parameters, parameter_count), .kind = "a parameter's name",
     .help = "Parameters of the query that must all be there."},
    {"pattern", CONF_TEXT, ROW(pattern_text), .kind = "a regular expression",
     .help = "Over what stands behind \"//\". The steps begin with its first group, if it has one."},
    {"steps", CONF_TEXT, ROWS(step_texts, step_text_count), .kind = "a step",
     .help = "How the target comes out of the link, one step behind the other."},
    {"host-only", CONF_BOOL, ROW(host_only), .fallback = "no", .help = "Only the target's host comes out."},
    {"opaque", CONF_BOOL, ROW(opaque), .fallback = "no",
     .help = "Such a link hides its target: there are no steps, or they need not succeed."},
    {"tests", CONF_LIST, .needed = true, .at = offsetof(struct unwrap_rule, vectors),
     .count_at = offsetof(struct unwrap_rule, vector_count), .section = &vector_section,
     .help = "Links of this kind and where they lead."},
};
static const struct conf_section rule_section = SECTION(rule_keys, struct unwrap_rule);

struct unwrap_file {
    struct unwrap_rule *rules;
    size_t count;
};

static const struct conf_key file_keys[] = {
    {"links", CONF_MAP, .needed = true, .at = offsetof(struct unwrap_file, rules),
     .count_at = offsetof(struct unwrap_file, count), .section = &rule_section,
     .help = "Links that lead elsewhere, by name. The first that fits and whose steps succeed counts."},
};
static const struct conf_section file_section = SECTION(file_keys, struct unwrap_file);

struct unwrap {
    struct arena *arena;
    struct unwrap_file file;
    struct pattern_set *patterns;
    struct suffix_table *hosts; /* -> rules */
    const struct suffix_entry
        *anywhere[256]; /* rules without hosts, by the byte behind the path's first slash */
};

static void compile_rule(struct unwrap *unwrap, struct conf *conf, struct unwrap_rule *rule)
{
    struct err err;

    if (rule->host_count == 0 && rule->path_count == 0)
        conf_error(conf, rule, "one of hosts and paths is needed, or each link would have to be looked at");
    if (rule->step_text_count == 0 && !rule->opaque)
        conf_error(conf, rule, "there are no steps; a link that hides its target is \"opaque: yes\"");
    for (size_t i = 0; i < rule->path_count; i++)
        if (!str_starts(rule->paths[i], S("/")))
            conf_error(conf, &rule->paths[i], "a path begins with a slash");
    rule->steps = arena_array_of(unwrap->arena, rule->step_text_count, struct unwrap_step);
    for (size_t i = 0; i < rule->step_text_count; i++)
        if (!unwrap_step_parse(rule->step_texts[i], &rule->steps[i], &err))
            conf_error(conf, &rule->step_texts[i], "%s", err.words);
    if (rule->pattern_text.n == 0)
        return;
    rule->pattern = pattern_compile(unwrap->patterns, rule->pattern_text, PATTERN_CASELESS, &err);
    if (!rule->pattern)
        conf_error(conf, &rule->pattern_text, "%s", err.words);
}

/* A row stands under each byte with which its paths go on, once; of "/" under all. */
static void add_anywhere(struct unwrap *unwrap, size_t number)
{
    const struct unwrap_rule *rule = &unwrap->file.rules[number];
    bool bytes[256] = {false};

    for (size_t i = 0; i < rule->path_count; i++) {
        if (rule->paths[i].n == 1)
            memset(bytes, true, sizeof(bytes));
        else
            bytes[rule->paths[i].p[1] == '$' ? 0 : (uint8_t)rule->paths[i].p[1]] = true;
    }
    for (size_t i = 0; i < 256; i++) {
        struct suffix_entry *entry = bytes[i] ? arena_new_of(unwrap->arena, struct suffix_entry) : NULL;

        if (entry) {
            *entry = (struct suffix_entry){number, unwrap->anywhere[i]};
            unwrap->anywhere[i] = entry;
        }
    }
}

/* Lists are built from the end, so that they have the order of the file. */
static void index_rules(struct unwrap *unwrap)
{
    size_t hosts = 0;

    for (size_t i = 0; i < unwrap->file.count; i++)
        hosts += unwrap->file.rules[i].host_count;
    unwrap->hosts = suffix_table_new(hosts, unwrap->arena);
    for (size_t i = 0; i < unwrap->file.count; i++)
        for (size_t k = 0; k < unwrap->file.rules[i].host_count; k++)
            suffix_table_add(unwrap->hosts, unwrap->file.rules[i].hosts[k], i);
    for (size_t i = unwrap->file.count; i-- > 0;)
        if (unwrap->file.rules[i].host_count == 0)
            add_anywhere(unwrap, i);
}

struct unwrap *unwrap_new(str file, str text, bool machine_code, struct buf *problems)
{
    struct arena *arena = arena_new();
    struct unwrap *unwrap = arena_new_of(arena, struct unwrap);
    struct conf conf;
    bool good;

    unwrap->arena = arena;
    unwrap->patterns = pattern_set_new(machine_code);
    conf_init(&conf, arena_str(arena, file), arena);
    good = conf_read(&conf, &file_section, arena_str(arena, text), &unwrap->file);
    for (size_t i = 0; good && i < unwrap->file.count; i++)
        compile_rule(unwrap, &conf, &unwrap->file.rules[i]);
    conf_report(problems, &conf);
    if (conf.errors) {
        unwrap_free(unwrap);
        return NULL;
    }
    index_rules(unwrap);
    return unwrap;
}

void unwrap_free(struct unwrap *unwrap)
{
    if (!unwrap)
        return;
    pattern_set_free(unwrap->patterns);
    arena_free(unwrap->arena);
}

size_t unwrap_rule_count(const struct unwrap *unwrap)
{
    return unwrap->file.count;
}

const struct unwrap_rule *unwrap_rule_at(const struct unwrap *unwrap, size_t index)
{
    return &unwrap->file.rules[index];
}

const struct unwrap_rule *unwrap_rule_find(const struct unwrap *unwrap, str name)
{
    for (size_t i = 0; i < unwrap->file.count; i++)
        if (str_eq(unwrap->file.rules[i].name, name))
            return &unwrap->file.rules[i];
    return NULL;
}

const char *unwrap_kind_name(unsigned kind)
{
    return kind_words[kind];
}

/* ---- a link ---- */

static bool path_fits(const struct unwrap_rule *rule, const struct url *url)
{
    for (size_t i = 0; i < rule->path_count; i++) {
        str path = rule->paths[i];

        if (str_ends(path, S("$")) ? str_eq(url->path, str_sub(path, 0, path.n - 1))
                                   : str_starts(url->path, path))
            return true;
    }
    return rule->path_count == 0;
}

/* True if the link is one of this row; *part is the pattern's group, if there is one. */
static bool rule_fits(const struct unwrap_rule *rule, const struct url *url, str *part)
{
    struct pattern_match match;
    str behind, value;

    *part = (str){0};
    if (!path_fits(rule, url))
        return false;
    for (size_t i = 0; i < rule->parameter_count; i++)
        if (!url_parameter(url->query, rule->parameters[i], &value))
            return false;
    if (!rule->pattern)
        return true;
    behind = str_span(url->host.p, url->href.p + url->href.n);
    if (pattern_find(rule->pattern, behind, 0, &match) != PATTERN_FOUND)
        return false;
    if (match.count > 1)
        *part = match.group[1];
    return true;
}

static bool is_target(const struct url *url)
{
    static const str others[] = {STR("mailto"), STR("tel"), STR("sms")};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (str_eq(url->scheme, others[i]))
            return true;
    return url_is_web(url);
}

/* The target of a link of this row; false if the steps don't lead to one. */
static bool follow(const struct unwrap_rule *rule, const struct url *url, str part, struct url *target,
                   struct arena *arena)
{
    str text;

    if (rule->step_text_count == 0 ||
        !unwrap_steps(rule->steps, rule->step_text_count, url, part, arena, &text))
        return false;
    if (rule->host_only)
        text = arena_join(arena, S("https://"), text, S("/"));
    /* What was decoded must be text that looks like a URL, not one that is repaired into it. */
    return url_parse(target, text, str_starts(text, S("//")) ? url : NULL, arena) && is_target(target) &&
           !str_eq(target->href, url->href) && (!rule->host_only || str_eq(target->path, S("/")));
}

struct search {
    const struct unwrap *unwrap;
    const struct url *url;
    struct unwrapped *out;
    struct arena *arena;
};

/* Tries one row; true if it led on. */
static bool try_rule(struct search *search, const struct unwrap_rule *rule)
{
    struct unwrapped *out = search->out;
    struct unwrap_hop *hop = &out->hops[out->n];
    str part;

    if (!rule_fits(rule, search->url, &part))
        return false;
    if (follow(rule, search->url, part, &hop->url, search->arena)) {
        hop->rule = rule;
        out->n++;
        out->target = &hop->url;
        out->partial = rule->host_only;
        return true;
    }
    if (rule->opaque && !out->opaque)
        out->opaque = rule;
    return false;
}

/* Rows of the host first, the nearest name before its parents, then those that are for any host. */
static bool try_rules(struct search *search)
{
    const struct unwrap *unwrap = search->unwrap;
    str rest = url_host_name(search->url), suffix;
    const struct suffix_entry *entry;

    search->out->opaque = NULL;
    while ((entry = suffix_table_next(unwrap->hosts, &rest, &suffix)))
        for (; entry; entry = entry->next)
            if (try_rule(search, &unwrap->file.rules[entry->number]))
                return true;
    entry = unwrap->anywhere[search->url->path.n > 1 ? (uint8_t)search->url->path.p[1] : 0];
    for (; entry; entry = entry->next)
        if (try_rule(search, &unwrap->file.rules[entry->number]))
            return true;
    return false;
}

/* A URL of another host that the target has in its query or fragment. */
static const struct url *find_carried(const struct url *url, struct arena *arena)
{
    const str places[] = {url->query, url->fragment};
    struct url found;

    for (size_t i = 0; i < 2; i++) {
        str text = places[i].n ? unwrap_carried(places[i], arena) : (str){0};

        if (text.n && url_parse(&found, text, NULL, arena) && url_is_web(&found) &&
            !domain_under(found.host, url->host) && !domain_under(url->host, found.host)) {
            struct url *carried = arena_new_of(arena, struct url);

            *carried = found;
            return carried;
        }
    }
    return NULL;
}

void unwrap_link(const struct unwrap *unwrap, const struct url *url, struct unwrapped *out,
                 struct arena *arena)
{
    struct search search = {unwrap, url, out, arena};
    bool more = unwrap != NULL;

    out->n = 0;
    out->target = url;
    out->opaque = NULL;
    out->partial = out->cut = false;
    while (more && url_is_web(search.url) && !out->partial && out->n < LIMIT_UNWRAP_HOPS) {
        more = try_rules(&search);
        if (more) {
            out->opaque = NULL;
            search.url = out->target;
        }
    }
    out->cut = more && out->n == LIMIT_UNWRAP_HOPS;
    out->carried = url_is_web(out->target) ? find_carried(out->target, arena) : NULL;
}
