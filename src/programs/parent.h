/* parent.h: the first process of posternd: opens what the configuration names, starts the others and keeps
 * them running. It reads no byte of mail. */
#ifndef POSTERN_PROGRAMS_PARENT_H
#define POSTERN_PROGRAMS_PARENT_H

#include "programs/child.h"

struct parent_params {
    const char *config; /* path */
    child_run *worker, *keeper;
    void (*ready)(void); /* called once, when all processes are; may be NULL */
};

/* Runs until SIGTERM or SIGINT; returns the exit code. */
int parent_run(const struct parent_params *params);

#endif
