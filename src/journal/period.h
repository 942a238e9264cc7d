/* period.h: the journal's files: one a period, so that old mail is forgotten by removing a file, and a hunt
 * walks from the newest to the oldest. */
#ifndef POSTERN_JOURNAL_PERIOD_H
#define POSTERN_JOURNAL_PERIOD_H

#include "base/arena.h"
#include "base/err.h"

/* journal-YYYY-MM-DD-N.db: the day (UTC) on which it begins, and which of that day. */
struct period {
    int64_t day; /* since 1970 */
    unsigned number;
};

struct period_sizes {
    uint64_t day, week; /* bytes */
};

int64_t period_day(int64_t time);

/* Whether the file's period has ended: at the end of a day if it has `day` bytes or more, at the end of a
 * week (Sunday) if it has `week` or more, and at the end of a month in any case. Time that runs backwards
 * ends nothing. */
bool period_is_over(struct period period, uint64_t size, int64_t now, struct period_sizes sizes);

/* The file's path, and its name read. */
str period_path(str directory, struct period period, struct arena *arena);
bool period_parse(str name, struct period *period);

/* All in a directory, the newest first. */
bool period_list(str directory, struct arena *arena, struct period **periods, size_t *n,
                 struct err *err) MUST_USE;

#endif
