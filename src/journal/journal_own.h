/* journal_own.h: the writer's state, for journal*.c alone. */
#ifndef POSTERN_JOURNAL_JOURNAL_OWN_H
#define POSTERN_JOURNAL_JOURNAL_OWN_H

#include "base/limits.h"
#include "journal/journal.h"
#include "journal/rows.h"

struct waiter {
    journal_done *done;
    void *context;
};

struct journal {
    struct arena *arena;   /* as long as the journal */
    struct arena *scratch; /* until the end of a call */
    struct journal_params params;
    const char *directory;
    int lock;
    struct period period; /* that is written to */
    struct rows rows;     /* its file; closed after a failure */
    uint64_t page_size;
    unsigned wal_pages;
    bool begun; /* a transaction is open */
    struct waiter waiters[LIMIT_JOURNAL_BATCH];
    size_t waiting;
    struct journal_counts counts;
};

/* Makes one plain file of a file with a write-ahead log: what past periods are. */
bool journal_settle(struct database *database, struct err *err) MUST_USE;

#endif
