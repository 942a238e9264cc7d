/* quarantine_own.h: the writer's state, for quarantine.c and release.c alone. */
#ifndef POSTERN_JOURNAL_QUARANTINE_OWN_H
#define POSTERN_JOURNAL_QUARANTINE_OWN_H

#include "journal/quarantine_file.h"

struct quarantine {
    struct arena *arena;
    struct arena *scratch;
    str directory;
    int lock;
    struct database index;
    sqlite3_stmt *add_item, *add_recipient;
    bool begun;     /* a transaction is open */
    unsigned swept; /* times that a part of the folders was looked through */
};

/* Opens a transaction unless one is open; undoes what is open. */
bool quarantine_begin(struct quarantine *quarantine, struct err *err) MUST_USE;
void quarantine_roll_back(struct quarantine *quarantine);

#endif
