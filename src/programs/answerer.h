/* answerer.h: who answers the questions: a file, the network, or nobody. */
#ifndef POSTERN_PROGRAMS_ANSWERER_H
#define POSTERN_PROGRAMS_ANSWERER_H

#include <uv.h>

#include "ask/answers.h"
#include "ask/resolver.h"
#include "programs/settings.h"

/* In memory that all processes of a command share. */
struct silence {
    _Atomic unsigned rounds; /* in a row without an answer to any question */
    _Atomic bool told;
};

struct answerer {
    struct answers answers; /* of --answers */
    bool has_answers;
    bool offline;
    uv_loop_t loop;
    struct silence *silence;
    struct resolver *resolver; /* of this process; NULL: not made yet, or not needed */
};

/* Reads the file of --answers, if there is one. */
enum status answerer_init(struct answerer *answerer, const struct settings *settings,
                          struct err *err) MUST_USE;

/* Makes the resolver, unless nobody is to be asked. Once a process. */
enum status answerer_start(struct answerer *answerer, const struct settings *settings,
                           struct err *err) MUST_USE;

void answerer_end(struct answerer *answerer);

/* To be called for each ask before it is used. */
void answerer_attach(struct answerer *answerer, struct ask *ask);

/* Answers all that is open. A resolver that answers nothing, message after message, gets less time for each:
 * that is said once, and ends with the first answer. */
void answerer_answer(struct answerer *answerer, struct ask *ask);

#endif
