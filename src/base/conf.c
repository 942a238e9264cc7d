/* conf.c: configuration files: from the tree of the file, by the tables, into structs. */
#include <assert.h>

#include "base/conf_node.h"
#include "base/conf_value.h"
#include "base/escape.h"
#include "base/limits.h"

/* Where the file set a field, or a section's struct. */
struct conf_place {
    struct conf_place *next;
    uintptr_t field;
    size_t size;
    unsigned line, column;
};

static void fill_section(struct conf *conf, const struct conf_section *section, const struct conf_node *node,
                         char *values);

void conf_init(struct conf *conf, str file, struct arena *arena)
{
    *conf = (struct conf){.arena = arena, .file = file};
}

static void note_place(struct conf *conf, const void *field, size_t size, const struct conf_node *node)
{
    struct conf_place *place = arena_new_of(conf->arena, struct conf_place);

    *place = (struct conf_place){conf->places, (uintptr_t)field, size, node->line, node->column};
    conf->places = place;
}

static void add_at(struct conf *conf, const void *field, bool warning, str words)
{
    const struct conf_place nowhere = {.size = SIZE_MAX}, *best = &nowhere;

    for (const struct conf_place *place = conf->places; place; place = place->next)
        if ((uintptr_t)field - place->field < place->size && place->size < best->size)
            best = place;
    conf_problem_add(conf, best->line, best->column, warning, words);
}

void conf_error(struct conf *conf, const void *field, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_at(conf, field, false, arena_vprintf(conf->arena, format, arguments));
    va_end(arguments);
}

void conf_warning(struct conf *conf, const void *field, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_at(conf, field, true, arena_vprintf(conf->arena, format, arguments));
    va_end(arguments);
}

/* What stands there instead of what should; false if that was told already. */
static const char *found(const struct conf_node *node)
{
    switch (node->kind) {
    case CONF_NODE_NOTHING:
        return "nothing is";
    case CONF_NODE_SEQUENCE:
        return "a list is";
    case CONF_NODE_MAPPING:
        return "keys are";
    case CONF_NODE_WORD:
        return "a word is";
    case CONF_NODE_REFUSED:
        break;
    }
    return NULL;
}

static void wrong_kind(struct conf *conf, const struct conf_key *key, const struct conf_node *node)
{
    if (found(node))
        conf_node_error(conf, node, "%s: %s%.*s is wanted here, and %s there", key->name,
                        key->many ? "a list, each " : "", PS(conf_value_words(key, conf->arena)),
                        found(node));
}

static void fill_value(struct conf *conf, const struct conf_key *key, const struct conf_node *node, void *at)
{
    struct err err;

    if (node->kind != CONF_NODE_WORD)
        wrong_kind(conf, key, node);
    else if (!conf_value_read(key, node->text, conf->arena, at, &err))
        conf_node_error(conf, node, "%s: %s", key->name, err.words);
    note_place(conf, at, conf_value_size(key->type), node);
}

/* Makes room for `count` elements and says so in the struct. */
static char *fill_array(struct conf *conf, const struct conf_key *key, size_t count, size_t size,
                        char *values)
{
    char *array = arena_array(conf->arena, count, size);

    memcpy(values + key->at, &array, sizeof(array));
    memcpy(values + key->count_at, &count, sizeof(count));
    return array;
}

static void fill_many(struct conf *conf, const struct conf_key *key, const struct conf_node *node,
                      char *values)
{
    size_t size = conf_value_size(key->type);
    char *array;

    if (node->kind != CONF_NODE_SEQUENCE && node->kind != CONF_NODE_WORD) {
        wrong_kind(conf, key, node);
        return;
    }
    if (node->kind == CONF_NODE_WORD) {
        fill_value(conf, key, node, fill_array(conf, key, 1, size, values));
    } else {
        array = fill_array(conf, key, node->count, size, values);
        for (const struct conf_node *entry = node->first; entry; entry = entry->next, array += size)
            fill_value(conf, key, entry, array);
    }
    note_place(conf, values + key->at, sizeof(char *), node);
}

static void fill_list(struct conf *conf, const struct conf_key *key, const struct conf_node *node,
                      char *values)
{
    char *array;

    if (node->kind != CONF_NODE_SEQUENCE && node->kind != CONF_NODE_NOTHING) {
        wrong_kind(conf, key, node);
        return;
    }
    note_place(conf, values + key->at, sizeof(char *), node);
    array = fill_array(conf, key, node->count, key->section->size, values);
    for (const struct conf_node *entry = node->first; entry; entry = entry->next, array += key->section->size)
        fill_section(conf, key->section, entry, array);
}

/* The names of a map in their normal form. */
static void read_names(struct conf *conf, const struct conf_key *key, const struct conf_node *map, str *names)
{
    struct conf_key name = {.type = CONF_TEXT, .normal = key->normal, .kind = key->kind};
    struct err err;

    for (const struct conf_node *entry = map->first; entry; entry = entry->next, names++)
        if (!conf_value_read(&name, entry->key->text, conf->arena, names, &err))
            conf_node_error(conf, entry->key, "%s: %s", key->name, err.words);
}

static void fill_map(struct conf *conf, const struct conf_key *key, struct conf_node *node, char *values)
{
    str *names = arena_array_of(conf->arena, node->count, str);
    char *array;

    if (node->kind != CONF_NODE_MAPPING && node->kind != CONF_NODE_NOTHING) {
        wrong_kind(conf, key, node);
        return;
    }
    note_place(conf, values + key->at, sizeof(char *), node);
    array = fill_array(conf, key, node->count, key->section->size, values);
    read_names(conf, key, node, names);
    for (const struct conf_node *entry = node->first; entry;
         entry = entry->next, array += key->section->size) {
        memcpy(array, names++, sizeof(str));
        fill_section(conf, key->section, entry, array);
    }
    names -= node->count;
    conf_node_duplicates(conf, node, names); /* "Example.com" and "example.com" */
}

/* The table's own values are right, or the table is wrong. */
static void fill_default(struct conf *conf, const struct conf_key *key, char *values)
{
    str rest = str_from(key->fallback), word;
    size_t count = 0, size = conf_value_size(key->type);
    struct err err;
    bool good = true;
    char *array;

    if (!key->many) {
        good = conf_value_read(key, rest, conf->arena, values + key->at, &err);
    } else if (rest.n) {
        while (str_next(&rest, ' ', &word))
            count++;
        array = fill_array(conf, key, count, size, values);
        rest = str_from(key->fallback);
        for (; str_next(&rest, ' ', &word); array += size)
            good = conf_value_read(key, word, conf->arena, array, &err) && good;
    }
    assert(good);
}

static void fill_key(struct conf *conf, const struct conf_key *key, struct conf_node *node, char *values)
{
    if (key->type == CONF_SECTION)
        fill_section(conf, key->section, node, values + key->at);
    else if (!node && key->fallback)
        fill_default(conf, key, values);
    else if (!node)
        return;
    else if (key->type == CONF_MAP)
        fill_map(conf, key, node, values);
    else if (key->type == CONF_LIST)
        fill_list(conf, key, node, values);
    else if (key->many)
        fill_many(conf, key, node, values);
    else
        fill_value(conf, key, node, values + key->at);
}

static size_t find_key(const struct conf_section *section, str name)
{
    size_t i = 0;

    while (i < section->count && !str_eq(name, str_from(section->keys[i].name)))
        i++;
    return i;
}

/* node NULL: the section is not there, all of it has its defaults. */
static void fill_section(struct conf *conf, const struct conf_section *section, const struct conf_node *node,
                         char *values)
{
    static const struct conf_node nothing = {.kind = CONF_NODE_NOTHING};
    const struct conf_node *head = node && node->key ? node->key : node;
    struct conf_node *given[CONF_KEYS] = {NULL};

    assert(section->count <= CONF_KEYS);
    if (!node)
        node = &nothing;
    else
        note_place(conf, values, section->size, head);
    if (node->kind == CONF_NODE_REFUSED)
        return;
    if (node->kind != CONF_NODE_MAPPING && node->kind != CONF_NODE_NOTHING) {
        conf_node_error(conf, node, "keys are wanted here, and %s there", found(node));
        return;
    }
    for (struct conf_node *entry = node->first; entry; entry = entry->next) {
        size_t i = find_key(section, entry->key->text);

        if (i == section->count)
            conf_node_error(conf, entry->key, "%.*s",
                            PS(conf_unknown_key(section, S(""), entry->key->text, conf->arena)));
        else
            given[i] = entry;
    }
    for (size_t i = 0; i < section->count; i++) {
        if (!given[i] && section->keys[i].needed)
            conf_node_error(conf, head, "the key \"%s\" is missing: %.*s", section->keys[i].name,
                            PS(conf_value_words(&section->keys[i], conf->arena)));
        fill_key(conf, &section->keys[i], given[i], values);
    }
}

bool conf_read(struct conf *conf, const struct conf_section *section, str text, void *values)
{
    struct conf_node *root = conf_node_read(conf, text);

    if (root)
        fill_section(conf, section, root, values);
    return conf->errors == 0;
}

void conf_report(struct buf *buf, const struct conf *conf)
{
    unsigned all = conf->errors + conf->warnings;

    for (const struct conf_problem *problem = conf->problems; problem; problem = problem->next) {
        escape_terminal(buf, conf->file);
        if (problem->line)
            buf_printf(buf, ":%u:%u", problem->line, problem->column);
        buf_add(buf, problem->warning ? S(": warning: ") : S(": "));
        escape_terminal(buf, problem->words);
        buf_add_char(buf, '\n');
    }
    if (all > LIMIT_CONF_PROBLEMS)
        buf_printf(buf, "%u more problems are not shown\n", all - LIMIT_CONF_PROBLEMS);
}
