/* child.h: the processes of posternd as their parent sees them: started, spoken to, buried. */
#ifndef POSTERN_PROGRAMS_CHILD_H
#define POSTERN_PROGRAMS_CHILD_H

#include <sys/types.h>

#include "base/frame.h"
#include "programs/board.h"
#include "programs/generation.h"

struct child {
    pid_t pid;           /* 0: there is none */
    int channel;         /* to it */
    unsigned generation; /* of a worker: that it was started with */
    int64_t started;     /* milliseconds, CLOCK_MONOTONIC */
    bool ready;
    bool ending; /* it was told to */
};

/* What a child is given. */
struct start {
    struct board *board;
    const struct generation *generation;
    unsigned desk;
    int channel;
    int keeper; /* of a worker: its line to the keeper */
    pid_t parent;
};

/* What every child does first: becomes the user of the configuration, gives up what it does not need, sits
 * down at its desk. It ends with its parent: the next one must find the listeners and the journal free. */
bool child_settle(const struct start *start, struct err *err) MUST_USE;

/* A new process that runs `run`, which must not return. `all`: the parent's children, whose channels it must
 * not keep. False with words. */
typedef void child_run(const struct start *start);
bool child_start(struct child *child, const struct start *start, child_run *run, const struct child *all,
                 size_t n, struct err *err) MUST_USE;

/* Sends {"do": what} with a file (-1: none), which is closed. Something else may be in `more`, which is
 * ended. A child that does not listen is killed: it is useless. */
void child_tell(struct child *child, const char *what, int file, struct frame *more);

/* For a child: says {"say": what, "words": words} to the parent. */
void child_say(int channel, const char *what, const char *words);

int64_t milliseconds_now(void);

#endif
