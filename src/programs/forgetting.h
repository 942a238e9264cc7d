/* forgetting.h: an address goes out of the journal and what stands beside it. */
#ifndef POSTERN_PROGRAMS_FORGETTING_H
#define POSTERN_PROGRAMS_FORGETTING_H

#include "journal/audit.h"
#include "journal/journal.h"
#include "journal/quarantine.h"

/* True if it is one: something on both sides of an "@". */
bool forgetting_is_address(str address);

/* A random name of the same domain, to stand in its place. */
bool forgetting_pseudonym(str address, struct arena *arena, str *pseudonym, struct err *err) MUST_USE;

struct forgetting_result {
    struct journal_forgotten journal;
    size_t messages; /* that were kept beside the journal, and are removed */
};

/* `kept`: messages that are kept beside the journal; NULL: there are none. */
bool forgetting_run(str directory, struct journal *journal, struct quarantine *kept, struct audit *audit,
                    str address, str pseudonym, struct forgetting_result *result, struct err *err) MUST_USE;

#endif
