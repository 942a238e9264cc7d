/* conf_node.h: the YAML of a configuration file as a tree with places. For conf*.c only. */
#ifndef POSTERN_BASE_CONF_NODE_H
#define POSTERN_BASE_CONF_NODE_H

#include "base/conf.h"

enum { CONF_QUOTE = 60 }; /* bytes of the file that a message quotes at most */

enum conf_node_kind {
    CONF_NODE_REFUSED, /* a problem was noted already */
    CONF_NODE_NOTHING, /* "key:" with nothing behind it */
    CONF_NODE_WORD,
    CONF_NODE_SEQUENCE,
    CONF_NODE_MAPPING,
};

struct conf_node {
    enum conf_node_kind kind;
    unsigned line, column;
    str text;                       /* of a word */
    const struct conf_node *key;    /* of an entry of a mapping */
    struct conf_node *first, *next; /* entries */
    size_t count;
};

/* The one document of the text; NULL if it is no YAML, or there is too much of it, to go on. What is wrong is
 * noted. An empty text is CONF_NODE_NOTHING. Duplicate keys are left out. */
struct conf_node *conf_node_read(struct conf *conf, str text);

void conf_node_error(struct conf *conf, const struct conf_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Calls for every entry of a mapping whose text[] equals that of an entry before it; texts has node->count
 * elements, in the order of the entries. n log n. */
void conf_node_duplicates(struct conf *conf, struct conf_node *mapping, const str *texts);

void conf_problem_add(struct conf *conf, unsigned line, unsigned column, bool warning, str words);

#endif
