/* workers.h: many pieces of work in several processes; the output stands in the order of the work.
 *
 * The parent hands out numbers and puts what comes back in order. A process that dies costs only the piece it
 * was at: that piece gets the outcome the caller makes for it, a new process takes over, and the run goes on.
 */
#ifndef POSTERN_PROGRAMS_WORKERS_H
#define POSTERN_PROGRAMS_WORKERS_H

#include "base/buf.h"
#include "base/err.h"

/* What became of one piece. */
struct work_outcome {
    str out;       /* for standard output */
    str complaint; /* for the administrator, one line; empty if there is none */
    unsigned status;
};

struct work {
    size_t count; /* pieces 0 .. count - 1 */
    unsigned jobs;
    void *context;
    /* In one of the processes. The arena is reset after each piece. */
    void (*piece)(void *context, size_t number, struct arena *arena, struct work_outcome *outcome);
    /* In the parent: piece `number` is lost, its process ended so. */
    void (*lost)(void *context, size_t number, const char *how, struct arena *arena,
                 struct work_outcome *outcome);
    /* In the parent, in order. False: stop, nobody wants more. */
    bool (*done)(void *context, size_t number, const struct work_outcome *outcome);
    /* In the parent, before it waits: so many are done. */
    void (*waiting)(void *context, size_t done);
};

/* Does it all. False, with words: the system gave no process. */
bool workers_run(const struct work *work, struct err *err) MUST_USE;

#endif
