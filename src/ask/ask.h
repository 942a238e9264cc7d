/* ask.h: the core asks and never waits.
 *
 * A step of the way calls ask_dns(). Either the answer is known and comes back at once, or the question is
 * noted and NULL comes back: the step then returns "not yet" up to the program, which has all open questions
 * answered at once (an "answerer": the network, a text file, nobody) and runs the step again.
 *
 * One struct ask lives as long as one message. Budgets (LIMIT_DNS_QUESTIONS_*) are counted afresh in each run
 * of a part, so what a part sees depends on the answers alone and not on the order in which they came: a
 * record of the answers replays to the same result bit for bit. */
#ifndef POSTERN_ASK_ASK_H
#define POSTERN_ASK_ASK_H

#include "ask/dns.h"

/* Who asks; each has a budget of its own, so that none can spend another's. */
enum ask_part { ASK_SPF, ASK_DKIM, ASK_ARC, ASK_DMARC, ASK_IPREV, ASK_DNSL, ASK_PARTS };

struct question {
    struct question *next;      /* in order of asking */
    struct question *same_hash; /* chain of the table */
    str name;                   /* normal form (dns.h), in the arena */
    enum dns_type type;
    const struct dns_answer *answer; /* NULL: open */
    bool sent;                       /* for the answerer: already on its way */
    bool ahead;                      /* noted by ask_ahead() and not yet counted by any part */
    unsigned counted[ASK_PARTS];     /* the run of that part which counted it */
};

/* A place where an answer may be at hand without waiting, such as the worker's cache. NULL if it has none.
 * The answer must stay valid as long as the message. */
typedef const struct dns_answer *ask_lookup(void *context, str name, enum dns_type type, struct arena *arena);

enum { ASK_TABLE = 64 };

struct ask {
    struct arena *arena; /* the message's */
    int64_t now;         /* seconds since 1970: time is an answer too */
    bool offline;        /* what is not known at once is DNS_UNKNOWN, never open */
    ask_lookup *lookup;  /* may be NULL */
    void *lookup_context;

    struct question *first; /* all that was asked for, with or without an answer */
    struct question *last;
    unsigned open; /* how many have no answer yet */
    struct question *table[ASK_TABLE];
    unsigned run[ASK_PARTS];
    unsigned used[ASK_PARTS];  /* questions counted in this run */
    unsigned extra[ASK_PARTS]; /* what a part may spend over its own budget; see ask_inherit() */
    bool refused[ASK_PARTS];   /* a question of this run was over the budget */
    unsigned ahead;            /* questions noted by ask_ahead() that no part has counted yet */
};

void ask_init(struct ask *ask, struct arena *arena, int64_t now);

/* To be called when a part starts, or starts again: its budget is full again. */
void ask_begin(struct ask *ask, enum ask_part part);

/* What a part that starts over in each run has left over once it is finished: its last run saw all its
 * answers, so that depends on nothing else. */
unsigned ask_left(const struct ask *ask, enum ask_part part);

/* `heir` may spend so many questions more, which others left. Said again it replaces what was said before. */
void ask_inherit(struct ask *ask, enum ask_part heir, unsigned questions);

/* The answer to (name, type), or NULL when it is open. The name may be in any case and with a dot at the end;
 * one that is no DNS name is answered DNS_INVALID, one over the part's budget DNS_LIMIT; both are never sent.
 */
const struct dns_answer *ask_dns(struct ask *ask, enum ask_part part, str name, enum dns_type type);

/* Notes a question that will probably be asked next, so that it travels with those that are open now. It
 * counts in nobody's budget until ask_dns() asks for it, so what a part sees never depends on it; a message
 * has at most LIMIT_DNS_QUESTIONS_AHEAD that are not counted yet, more are left out. */
void ask_ahead(struct ask *ask, str name, enum dns_type type);

/* The answer if it is known, without noting a question or spending budget; NULL if it is not. */
const struct dns_answer *ask_peek(const struct ask *ask, str name, enum dns_type type);

/* For answerers. Closes a question; `answer` must live as long as the message. */
void ask_answer(struct ask *ask, struct question *question, const struct dns_answer *answer);

/* For tests and answer files: an answer known before the question. Replaces none: the first one stays. */
void ask_give(struct ask *ask, const struct dns_answer *answer);

#endif
