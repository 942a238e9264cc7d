/* answers_table.h: the table behind struct answers; for answers.c and answers_parse.c only. */
#ifndef POSTERN_ASK_ANSWERS_TABLE_H
#define POSTERN_ASK_ANSWERS_TABLE_H

#include "ask/answers.h"

/* The answer to one (name, type), and what its lines have said so far. */
struct answers_entry {
    struct answers_entry *next; /* of the same slot */
    struct dns_answer answer;
    size_t room;   /* of answer.records */
    unsigned line; /* the first of the set; 0: not from a file */
    bool has_ttl;
};

struct answers_table {
    struct arena *arena;
    struct answers_entry **slots; /* by name alone, so that all types of a name are found together */
    size_t slot_count;
    size_t n;
};

/* NULL if there is none. */
struct answers_entry *answers_table_find(const struct answers_table *table, str name, enum dns_type type);

/* Keeps the struct as it is, not a deep copy; (name, type) must be new. */
struct answers_entry *answers_table_insert(struct answers_table *table, const struct dns_answer *answer);

#endif
