/* stores.h: what the keeper alone writes: journal, quarantine, kept messages, the audit record. */
#ifndef POSTERN_PROGRAMS_STORES_H
#define POSTERN_PROGRAMS_STORES_H

#include "journal/audit.h"
#include "journal/journal.h"
#include "journal/quarantine.h"

struct stores {
    str journal_directory, quarantine_directory; /* as they were given */
    struct journal *journal;                     /* NULL: nothing is open yet */
    struct quarantine *quarantine;
    struct quarantine *kept; /* of messages themselves, beside the journal; NULL: there is none */
    struct audit *audit;     /* beside the journal too */
};

struct stores_params {
    str journal, quarantine; /* directories; they must live as long as the stores are open */
    bool keep_raw;           /* messages are kept; where it is false, those that are there have to expire */
    int64_t now;
};

/* Opens what is not open yet, and closes what is not wanted any more. *died is true if who had the journal
 * open before did not close it. False with words: all is as it was. */
bool stores_open(struct stores *stores, const struct stores_params *params, bool *died,
                 struct err *err) MUST_USE;

/* Closes all of it: whoever comes next finds it closed in order. */
void stores_close(struct stores *stores);

#endif
