/* untold.h: messages that have a row in the journal though their MTA may have been told nothing, because a
 * process died or the MTA went away meanwhile. It sends them again, and the new row says whose retry it is.
 */
#ifndef POSTERN_PROGRAMS_UNTOLD_H
#define POSTERN_PROGRAMS_UNTOLD_H

#include "journal/record.h"

struct untold;

/* Never NULL; a fixed amount of memory. */
struct untold *untold_new(void);
void untold_free(struct untold *untold);

/* The record is about to be written, and then its worker is told, over that line. */
void untold_add(struct untold *untold, const struct record *record, int line, int64_t now);

/* It was not written after all. */
void untold_drop(struct untold *untold, str id);

/* The MTA went away before it could be told of this one. */
void untold_gone(struct untold *untold, str id);

/* The worker is gone: nobody may have been told of what was written for it in the last seconds. */
void untold_line(struct untold *untold, int line, int64_t now);

/* The same of all rows that were written just before the newest one: a keeper died. What can't be read is
 * left out: it would cost a mark, not a message. */
void untold_load(struct untold *untold, str journal);

/* The id of an earlier row about the same message to the same recipients; empty: there is none. It is given
 * once. */
str untold_find(struct untold *untold, const struct record *record, struct arena *arena);

#endif
