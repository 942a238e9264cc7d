/* raw.h: the bytes of a message while they arrive: in memory at first, in an unlinked spool file when they
 * are many.
 *
 * All messages of a worker share one budget. What does not fit refuses the message and never the connection:
 * its bytes are dropped as they come, and the MTA is told at the end. */
#ifndef POSTERN_GATE_RAW_H
#define POSTERN_GATE_RAW_H

#include "base/bytes.h"
#include "base/err.h"

struct raw_budget {
    size_t memory_max;                                 /* bytes, of all messages together */
    uint64_t spool_max;                                /* bytes, of all spool files together */
    uint64_t message_max;                              /* bytes, one message */
    size_t in_memory;                                  /* bytes: a message over this goes to a spool file */
    int (*open_spool)(void *context, struct err *err); /* a new empty file that nobody else knows, owned by
                                                        * the message; -1 and words: there is none */
    void *spool_context;
    size_t memory;  /* in use */
    uint64_t spool; /* in use */
};

/* Takes or gives back the difference; false, and nothing is changed, if it is not there. */
bool raw_charge(struct raw_budget *budget, size_t *have, size_t want) MUST_USE;
/* The same for want <= *have, which is always there. */
void raw_give_back(struct raw_budget *budget, size_t *have, size_t want);

enum raw_refusal {
    RAW_TAKEN,
    RAW_NO_MEMORY, /* the budget is used up */
    RAW_NO_SPOOL,  /* the budget is used up */
    RAW_FAILED,    /* the spool file can't be made or written */
    RAW_TOO_BIG,   /* over message_max */
};

/* Starts zeroed but for budget and spool = -1. */
struct raw {
    struct raw_budget *budget;
    struct bytes memory; /* the message; with a spool file: what is not written yet */
    size_t charged;      /* of memory */
    int spool;           /* -1: none */
    uint64_t written;    /* to the spool file, and charged */
    void *map;
    size_t mapped;
    enum raw_refusal refused;
    struct err err; /* of RAW_FAILED */
};

void raw_add(struct raw *raw, str s);

/* For a header field: "name:value" CRLF, where LF that ends a line of the value becomes CRLF. */
void raw_add_field(struct raw *raw, str name, str value, bool leading_space);

/* The whole message, valid until raw_clear(); not if it was refused. */
bool raw_end(struct raw *raw, str *message) MUST_USE;

/* Ready for the next message. A little memory is kept. */
void raw_clear(struct raw *raw);
void raw_free(struct raw *raw);

/* For raw_budget.open_spool, context = the descriptor of a directory as int *: a file without a name. */
int raw_spool_in(void *context, struct err *err);

#endif
