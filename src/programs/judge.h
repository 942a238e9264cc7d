/* judge.h: the way of one message as the command line goes it. */
#ifndef POSTERN_PROGRAMS_JUDGE_H
#define POSTERN_PROGRAMS_JUDGE_H

#include "programs/program.h"

/* Authenticates a message with the envelope of the command line, the answers file and the trace. `raw` must
 * outlive the scan; the rest is in the arena. */
void judge_scan(struct program *program, struct scan *scan, str raw, struct arena *arena);

/* Our Authentication-Results field for it, with CRLF; empty without --authserv-id. */
str judge_results_field(const struct program *program, const struct scan *scan);

/* 0 for pass, 75 for temperror and unknown, 1 for any other result. */
enum status judge_status(enum result result);

#endif
