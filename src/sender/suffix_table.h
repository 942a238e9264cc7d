/* suffix_table.h: what is said about domains and all below them, found by the longest one; for data files. */
#ifndef POSTERN_SENDER_SUFFIX_TABLE_H
#define POSTERN_SENDER_SUFFIX_TABLE_H

#include "base/arena.h"

/* Domains in normal form, each with numbers in the order in which they were added. */
struct suffix_table;

/* All that is kept is of the arena; `domains` is how many names will be added at most. */
struct suffix_table *suffix_table_new(size_t domains, struct arena *arena);
void suffix_table_add(struct suffix_table *table, str domain, size_t number);

/* The numbers of exactly this name, as a list. */
struct suffix_entry {
    size_t number;
    const struct suffix_entry *next;
};
const struct suffix_entry *suffix_table_find(const struct suffix_table *table, str domain);

/* Goes from a host to its parents: those with entries only. Starts with *suffix = the host and is called
 * until it returns NULL; *suffix is the name that was found, *rest what to go on with. */
const struct suffix_entry *suffix_table_next(const struct suffix_table *table, str *rest, str *suffix);

#endif
