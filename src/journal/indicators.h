/* indicators.h: what a hunt can find a message by. */
#ifndef POSTERN_JOURNAL_INDICATORS_H
#define POSTERN_JOURNAL_INDICATORS_H

#include "journal/record.h"
#include "judge/facts.h"

struct indicators {
    struct indicator *items;
    size_t n, room;
    struct arena *arena;
    unsigned cut; /* not taken, over LIMIT_JOURNAL_INDICATORS */
};

/* Adds one in its normal form, unless it is there or empty. */
void indicators_add(struct indicators *indicators, str kind, str value);

/* The address, and unless `address_only` its domain. */
void indicators_add_address(struct indicators *indicators, str address, bool address_only);

/* Those that follow from facts: authors, reply-to, signers, sealers, HELO; accounts of platforms; where links
 * lead, and attachments. */
void indicators_add_facts(struct indicators *indicators, const struct facts *facts);

/* Those that follow from a record, and its own. */
void indicators_add_record(struct indicators *indicators, const struct record *record);

#endif
