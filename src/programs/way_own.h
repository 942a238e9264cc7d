/* way_own.h: a message on its way through a worker, for way*.c alone. */
#ifndef POSTERN_PROGRAMS_WAY_OWN_H
#define POSTERN_PROGRAMS_WAY_OWN_H

#include "journal/record.h"
#include "programs/worker.h"

/* A message that is here. */
struct job {
    struct job *next, **link;
    struct worker *worker;
    struct milter_session *session;
    const struct milter_message *message;
    const struct config_listener *listener;
    enum direction direction;
    struct arena *arena;
    int seat; /* at the board */
    struct scan scan;
    bool unscanned;
    bool late;     /* DNS had its time: what is open counts as not answered */
    int64_t asked; /* milliseconds: since when DNS is waited for; 0: it is not */
    int64_t dns_ms, cpu_us;
    struct signing signing;
    size_t signing_at; /* the question that is being answered */
    struct record record;
    uint64_t request; /* to the keeper; 0: none */
    bool recording;   /* it is for the record */
    int64_t requested;
    int64_t release; /* the number of the release whose token it had; 0: none */
};

void way_digest(struct worker *worker, str bytes, uint8_t sha256[32]);

/* What becomes of a job; each ends it sooner or later. */
void way_begin(struct job *job);                     /* judges it, and goes on */
void way_sign(struct job *job);                      /* signatures on what is decided, then the record */
void way_record(struct job *job);                    /* the record of what is decided, then the answer */
void way_refuse(struct job *job, const char *words); /* 451 */

/* way_release.c: if the message has a token of released mail, asks the keeper what it is worth, and goes on
 * from there. False: it has none that could count. */
bool way_claim(struct job *job);

/* The MTA was told to deliver a released message. */
void way_tell_passed(struct job *job);

#endif
