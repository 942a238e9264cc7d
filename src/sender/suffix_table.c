/* suffix_table.c: what is said about domains and all below them. */
#include "sender/suffix_table.h"

#include "mail/domain.h"

#include <assert.h>

struct place {
    str domain; /* p is NULL: free */
    struct suffix_entry *first, *last;
};

struct suffix_table {
    struct arena *arena;
    struct place *places;
    size_t mask; /* their number, a power of two, less one */
};

struct suffix_table *suffix_table_new(size_t domains, struct arena *arena)
{
    struct suffix_table *table = arena_new_of(arena, struct suffix_table);
    size_t size = 16;

    while (size < domains * 2)
        size *= 2;
    *table = (struct suffix_table){arena, arena_array_of(arena, size, struct place), size - 1};
    return table;
}

/* The place of a name, or the free one where it would be. The names are ours: nobody can choose collisions.
 */
static struct place *place_of(const struct suffix_table *table, str domain)
{
    size_t i = (size_t)str_hash(domain, 0) & table->mask;

    while (table->places[i].domain.p && !str_eq(table->places[i].domain, domain))
        i = (i + 1) & table->mask;
    return &table->places[i];
}

void suffix_table_add(struct suffix_table *table, str domain, size_t number)
{
    struct place *place = place_of(table, domain);
    struct suffix_entry *entry = arena_new_of(table->arena, struct suffix_entry);

    assert(domain.n > 0);
    place->domain = domain;
    entry->number = number;
    if (place->last)
        place->last->next = entry;
    else
        place->first = entry;
    place->last = entry;
}

const struct suffix_entry *suffix_table_find(const struct suffix_table *table, str domain)
{
    return place_of(table, domain)->first;
}

const struct suffix_entry *suffix_table_next(const struct suffix_table *table, str *rest, str *suffix)
{
    const struct suffix_entry *found = NULL;

    while (!found && rest->n) {
        *suffix = *rest;
        found = suffix_table_find(table, *rest);
        *rest = domain_parent(*rest);
    }
    return found;
}
