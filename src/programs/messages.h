/* messages.h: one command over all messages that were named, in several processes. */
#ifndef POSTERN_PROGRAMS_MESSAGES_H
#define POSTERN_PROGRAMS_MESSAGES_H

#include "programs/program.h"
#include "programs/report.h"

/* Judges one message: appends to `out` what is to be printed. On an error its exit code, with the words in
 * err. */
typedef enum status message_judge(struct program *program, str raw, const struct place *place,
                                  struct buf *out, struct err *err);

/* Judges all of program->settings->files; returns the exit code. */
enum status messages_run(struct program *program, message_judge *judge);

/* The one message that a command wants, in this process; it stays in memory. */
enum status messages_one(struct program *program, str *raw, struct err *err) MUST_USE;

#endif
