/* worker.h: the process that takes mail from MTAs and judges it. When it has started it can open no file, run
 * nothing and holds no key (sandbox.h). */
#ifndef POSTERN_PROGRAMS_WORKER_H
#define POSTERN_PROGRAMS_WORKER_H

#include "act/policy.h"
#include "act/signing.h"
#include "ask/answers.h"
#include "ask/resolver.h"
#include "gate/milter.h"
#include "programs/child.h"
#include "programs/data.h"
#include "programs/link.h"
#include "scan.h"

struct job;

/* What the messages of a worker have in common. */
struct worker {
    const struct start *start;
    const struct config *config;
    uv_loop_t loop;
    struct resolver *resolver; /* NULL: nobody is asked, and there are only answers */
    struct answers answers;
    struct crypto *crypto;
    struct suffixes *suffixes;
    struct data data;
    str fingerprint; /* of the code and the data */
    struct milter *milter;
    struct link *keeper;
    struct scan_params params[DIRECTIONS];
    struct policy policy;
    struct signer *signers;
    struct job *jobs;        /* messages that are here */
    struct arena *spare[16]; /* of messages that are gone */
    unsigned spare_count;
    int spool;                                      /* the directory */
    uint64_t counted_sessions, counted_over_budget; /* of the milter, that stand on the board */
    struct health {
        struct arena *arena;
        struct ask ask;
        bool asking;
        bool doubted;   /* DNS failed for a message since it was asked last */
        int64_t next;   /* milliseconds: when it is asked again */
        int64_t ill_at; /* since when our own resolver fails; 0: it does not */
        int64_t echo;   /* until when what failed because of it may still be kept */
    } health;
    bool ending;
};

void worker_run(const struct start *start) __attribute__((noreturn));

/* Whether our own resolver has been failing for so long that a failure of DNS says nothing of a sender. */
bool worker_resolver_fails(const struct worker *worker);

/* The way of a message (way.c): milter_handler's two calls, with the worker as context; and once in a while,
 * for what takes too long. */
void way_message(void *context, struct milter_session *session, const struct milter_message *message);
void way_gone(void *context, struct milter_session *session);
void way_tick(struct worker *worker);

/* For test builds alone: is called with each message before it is parsed. NULL in the product. */
extern void (*way_hook)(str raw);

#endif
