/* progress.h: one line on the terminal that says how far a long command is, and is gone when it ends. */
#ifndef POSTERN_PROGRAMS_PROGRESS_H
#define POSTERN_PROGRAMS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on;             /* standard error is a terminal, and standard output is none */
    int64_t began, last; /* monotonic, ns */
};

/* From here on SIGINT and SIGTERM clear the line before they end the process. */
void progress_begin(struct progress *progress);

/* Says it, if the command runs for a second already and said nothing for a while. */
void progress_show(struct progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Before anything else is written to standard error, and at the end. */
void progress_clear(void);

#endif
