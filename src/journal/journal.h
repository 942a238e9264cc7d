/* journal.h: what became of every message, durable before the MTA gets its answer: the writer.
 *
 * One process writes (the keeper); a lock file sees to that. Rows are added one by one and committed
 * together:
 *
 *     journal_add(journal, &record, done, context);     // as often as there is something
 *     journal_commit(journal);                          // one fsync; then every `done` is called
 *
 * Readers (search.h) open the files read-only and never hold the writer up. */
#ifndef POSTERN_JOURNAL_JOURNAL_H
#define POSTERN_JOURNAL_JOURNAL_H

#include "base/arena.h"
#include "base/err.h"
#include "journal/period.h"
#include "journal/record.h"

struct journal_params {
    str directory; /* made (0750) if it is missing; its parent is not */
    int64_t now;
    struct period_sizes sizes; /* 0: LIMIT_JOURNAL_DAY and _WEEK */
    uint64_t wal;              /* bytes; 0: LIMIT_JOURNAL_WAL */
    /* Something an administrator should know that stops nothing: a damaged file was set aside, the
     * write-ahead log can't be emptied. May be NULL. */
    void (*notice)(void *context, const char *words);
    void *notice_context;
};

struct journal;

/* Opens the newest file, or begins one; brings all files to the newest version. A newest file that is damaged
 * is set aside as NAME.damaged and a new one begun: mail goes on, and nothing is thrown away. NULL with
 * words. */
struct journal *journal_open(const struct journal_params *params, struct err *err);

/* What was added and not committed is lost, its `done` called with false. NULL is allowed. */
void journal_close(struct journal *journal);

/* Called once for each record: it is on the disk, or it is not and `words` say why. */
typedef void journal_done(void *context, bool written, const char *words);

/* Adds a record; nothing of it is needed afterwards. On failure `done` is called at once. */
void journal_add(struct journal *journal, const struct record *record, journal_done *done, void *context);

/* How many wait for journal_commit(); it is due at LIMIT_JOURNAL_BATCH, at the latest. */
size_t journal_waiting(const struct journal *journal);

/* Makes durable what was added, and tells. After that, with nobody waiting, the write-ahead log is worked off
 * and a new period begun where one is due at `now`. A failure is told to all that wait; the next batch starts
 * afresh. */
void journal_commit(struct journal *journal, int64_t now);

struct journal_counts {
    uint64_t written, failed; /* rows */
    uint64_t commits;
    uint64_t wal; /* bytes of the write-ahead log at the last commit */
    uint64_t cut; /* records with more than LIMIT_JOURNAL_INDICATORS */
};
struct journal_counts journal_counts(const struct journal *journal);

/* Removes the files whose newest row is older than `before`; never the one that is written to. */
bool journal_expire(struct journal *journal, int64_t before, size_t *removed, struct err *err) MUST_USE;

/* Copies all files into a directory that exists, each as one moment of it; the writer may go on in another
 * process. A copy that is there already is replaced. */
bool journal_backup(str directory, str to, size_t *copied, struct err *err) MUST_USE;

/* What journal_forget() changed. */
struct journal_forgotten {
    size_t periods, rows;
    size_t facts_dropped; /* facts that could not be read and named the address: they were removed */
};

/* Puts `pseudonym` in the place of an address in all files: in rows, recipients, indicators and facts, in any
 * case of its letters. No trace of it is left in the files. Nothing may wait to be committed. Reads all rows:
 * seconds for a million. */
bool journal_forget(struct journal *journal, str address, str pseudonym, struct journal_forgotten *forgotten,
                    struct err *err) MUST_USE;

#endif
