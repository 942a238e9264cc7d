/* conf_node.c: YAML (libyaml's events) as a tree, without the parts of YAML that hide what a file means. */
#include "base/conf_node.h"

#include <assert.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/limits.h"

struct reader {
    struct conf *conf;
    str text;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    unsigned nodes;
};

void conf_problem_add(struct conf *conf, unsigned line, unsigned column, bool warning, str words)
{
    struct conf_problem **at = &conf->problems;
    struct conf_problem *problem;

    if (warning)
        conf->warnings++;
    else
        conf->errors++;
    if (conf->errors + conf->warnings > LIMIT_CONF_PROBLEMS)
        return;
    while (*at && ((*at)->line < line || ((*at)->line == line && (*at)->column <= column)))
        at = &(*at)->next;
    problem = arena_new_of(conf->arena, struct conf_problem);
    *problem = (struct conf_problem){*at, line, column, warning, words};
    *at = problem;
}

void conf_node_error(struct conf *conf, const struct conf_node *node, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    conf_problem_add(conf, node->line, node->column, false, arena_vprintf(conf->arena, format, arguments));
    va_end(arguments);
}

static struct conf_node *node_new(struct reader *reader, enum conf_node_kind kind)
{
    struct conf_node *node = arena_new_of(reader->conf->arena, struct conf_node);

    node->kind = kind;
    node->line = (unsigned)reader->event.start_mark.line + 1;
    node->column = (unsigned)reader->event.start_mark.column + 1;
    return node;
}

/* True if white space with a tab stands before the first word of that line. */
static bool indented_by_tab(str text, size_t line)
{
    str rest = text, words = text;

    for (size_t i = 0; i <= line && str_next(&rest, '\n', &words); i++)
        ;
    for (size_t i = 0; i < words.n && ascii_is_space(words.p[i]); i++)
        if (words.p[i] == '\t')
            return true;
    return false;
}

static void syntax_error(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    struct conf_node at = {.line = (unsigned)parser->problem_mark.line + 1,
                           .column = (unsigned)parser->problem_mark.column + 1};

    if (parser->error == YAML_READER_ERROR) {
        str before = str_sub(reader->text, 0, parser->problem_offset);

        at.line = 1;
        for (size_t i = 0; i < before.n; i++)
            at.line += before.p[i] == '\n';
        at.column =
            (unsigned)(before.n - (str_rfind(before, '\n') == before.n ? 0 : str_rfind(before, '\n') + 1)) +
            1;
        conf_node_error(reader->conf, &at, "a byte that is no text (%s)", parser->problem);
    } else if (indented_by_tab(reader->text, parser->problem_mark.line)) {
        conf_node_error(reader->conf, &at, "a tab can't indent a line; use spaces");
    } else if (parser->context) {
        conf_node_error(reader->conf, &at, "this is no YAML: %s %s that begins in line %zu", parser->problem,
                        parser->context, parser->context_mark.line + 1);
    } else {
        conf_node_error(reader->conf, &at, "this is no YAML: %s",
                        parser->problem ? parser->problem : "no memory");
    }
}

static bool advance(struct reader *reader)
{
    yaml_event_delete(&reader->event);
    if (yaml_parser_parse(&reader->parser, &reader->event))
        return true;
    syntax_error(reader);
    return false;
}

static bool refuse(struct reader *reader, const char *what)
{
    struct conf_node *at = node_new(reader, CONF_NODE_REFUSED);

    conf_node_error(reader->conf, at, "%s", what);
    return false;
}

static bool is_plain(const yaml_event_t *event, const char *text)
{
    return event->type == YAML_SCALAR_EVENT && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           strcmp((const char *)event->data.scalar.value, text) == 0;
}

/* Anchor and tag of the current event's node. */
static bool check_properties(struct reader *reader)
{
    const yaml_event_t *event = &reader->event;
    const yaml_char_t *anchor = NULL, *tag = NULL;

    if (event->type == YAML_ALIAS_EVENT)
        return refuse(reader, "aliases (*name) are refused; write the value itself");
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor)
        refuse(reader, "anchors (&name) are refused; write the value where it is used");
    if (tag)
        refuse(reader, "tags (!name) are refused; put quotes around a text that begins with \"!\"");
    return !anchor && !tag;
}

static struct conf_node *read_node(struct reader *reader, unsigned depth);

static int by_text(const void *a, const void *b)
{
    const str *const *x = a, *const *y = b;
    int order = str_cmp(**x, **y);

    return order ? order : (*x > *y) - (*x < *y);
}

void conf_node_duplicates(struct conf *conf, struct conf_node *mapping, const str *texts)
{
    const str **sorted = arena_array_of(conf->arena, mapping->count, const str *);
    const struct conf_node **entries = arena_array_of(conf->arena, mapping->count, const struct conf_node *);
    bool *twice = arena_array_of(conf->arena, mapping->count, bool);
    size_t n = 0;

    for (const struct conf_node *entry = mapping->first; entry; entry = entry->next, n++) {
        entries[n] = entry;
        sorted[n] = &texts[n];
    }
    assert(n == mapping->count);
    qsort(sorted, n, sizeof(const str *), by_text);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (!str_eq(*sorted[i], *sorted[first])) {
            first = i;
            continue;
        }
        twice[sorted[i] - texts] = true;
        conf_node_error(conf, entries[sorted[i] - texts]->key,
                        "\"%.*s\" is here a second time; it stands in line %u already",
                        PS(str_sub(*sorted[i], 0, CONF_QUOTE)), entries[sorted[first] - texts]->key->line);
    }
    n = 0;
    for (struct conf_node **at = &mapping->first; *at; n++) {
        if (twice[n]) {
            *at = (*at)->next;
            mapping->count--;
        } else {
            at = &(*at)->next;
        }
    }
}

/* The current event is the key's; afterwards it is the last of the value's. *entry is NULL if the key is
 * none. */
static bool read_entry(struct reader *reader, unsigned depth, struct conf_node **entry)
{
    bool merge = is_plain(&reader->event, "<<");
    struct conf_node *key = read_node(reader, depth), *value;

    *entry = NULL;
    if (!key || !advance(reader))
        return false;
    if (merge)
        conf_node_error(reader->conf, key, "merge keys (<<) are refused; write the keys themselves");
    else if (key->kind != CONF_NODE_WORD && key->kind != CONF_NODE_REFUSED)
        conf_node_error(reader->conf, key, "a key must be a word");
    value = read_node(reader, depth);
    if (!value)
        return false;
    value->key = key;
    if (key->kind == CONF_NODE_WORD && !merge)
        *entry = value;
    return true;
}

static struct conf_node *read_mapping(struct reader *reader, unsigned depth)
{
    struct conf_node *node = node_new(reader, CONF_NODE_MAPPING), **end = &node->first, *entry;
    str *texts;
    size_t n = 0;

    while (advance(reader) && reader->event.type != YAML_MAPPING_END_EVENT) {
        if (!read_entry(reader, depth + 1, &entry))
            return NULL;
        if (!entry)
            continue;
        *end = entry;
        end = &entry->next;
        node->count++;
    }
    if (reader->event.type != YAML_MAPPING_END_EVENT)
        return NULL;
    texts = arena_array_of(reader->conf->arena, node->count, str);
    for (entry = node->first; entry; entry = entry->next)
        texts[n++] = entry->key->text;
    conf_node_duplicates(reader->conf, node, texts);
    return node;
}

static struct conf_node *read_sequence(struct reader *reader, unsigned depth)
{
    struct conf_node *node = node_new(reader, CONF_NODE_SEQUENCE), **end = &node->first, *entry;

    while (advance(reader) && reader->event.type != YAML_SEQUENCE_END_EVENT) {
        entry = read_node(reader, depth + 1);
        if (!entry)
            return NULL;
        *end = entry;
        end = &entry->next;
        node->count++;
    }
    return reader->event.type == YAML_SEQUENCE_END_EVENT ? node : NULL;
}

static struct conf_node *read_word(struct reader *reader)
{
    const yaml_event_t *event = &reader->event;
    struct conf_node *node = node_new(reader, CONF_NODE_WORD);

    if (is_plain(event, "") || is_plain(event, "~") || is_plain(event, "null"))
        node->kind = CONF_NODE_NOTHING;
    node->text = arena_str(reader->conf->arena,
                           (str){(const char *)event->data.scalar.value, event->data.scalar.length});
    return node;
}

/* The node that begins with the current event; NULL: stop. */
static struct conf_node *read_node(struct reader *reader, unsigned depth)
{
    bool good = check_properties(reader);
    struct conf_node *node;

    if (depth > LIMIT_CONF_DEPTH) {
        refuse(reader, "this is nested too deep");
        return NULL;
    }
    if (++reader->nodes > LIMIT_CONF_NODES) {
        refuse(reader, "the file has too many entries");
        return NULL;
    }
    if (reader->event.type == YAML_SCALAR_EVENT)
        node = read_word(reader);
    else if (reader->event.type == YAML_SEQUENCE_START_EVENT)
        node = read_sequence(reader, depth);
    else if (reader->event.type == YAML_MAPPING_START_EVENT)
        node = read_mapping(reader, depth);
    else
        node = node_new(reader, CONF_NODE_REFUSED);
    if (node && !good)
        node->kind = CONF_NODE_REFUSED;
    return node;
}

static struct conf_node *read_stream(struct reader *reader)
{
    struct conf_node *root = NULL;

    while (advance(reader)) {
        const yaml_event_t *event = &reader->event;

        if (event->type == YAML_STREAM_END_EVENT)
            return root ? root : node_new(reader, CONF_NODE_NOTHING);
        if (event->type == YAML_DOCUMENT_START_EVENT) {
            if (root) {
                refuse(reader, "a second document begins here; a file is one document");
                return NULL;
            }
        } else if (event->type != YAML_STREAM_START_EVENT && event->type != YAML_DOCUMENT_END_EVENT) {
            root = read_node(reader, 1);
            if (!root)
                return NULL;
        }
    }
    return NULL;
}

/* Before libyaml sees them: it searches its list of tags for each one, which takes seconds for a megabyte of
 * them. */
static bool find_directive(struct conf *conf, str text)
{
    struct conf_node at = {.column = 1};
    str line;

    while (str_next(&text, '\n', &line)) {
        at.line++;
        if (str_starts(line, S("%"))) {
            conf_node_error(conf, &at, "directives (%%YAML, %%TAG) are refused; remove the line");
            return true;
        }
    }
    return false;
}

struct conf_node *conf_node_read(struct conf *conf, str text)
{
    struct reader reader = {.conf = conf, .text = text};
    struct conf_node *root;

    if (text.n > LIMIT_CONF_BYTES) {
        conf_problem_add(conf, 0, 0, false,
                         arena_printf(conf->arena, "the file is longer than %d bytes", LIMIT_CONF_BYTES));
        return NULL;
    }
    if (find_directive(conf, text))
        return NULL;
    if (!yaml_parser_initialize(&reader.parser))
        abort(); /* out of memory, as in arena.h */
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
    root = read_stream(&reader);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    return root;
}
