/* forgetting.c: an address goes out of the journal. */
#include "programs/forgetting.h"

#include <sys/random.h>

#include "journal/kept.h"

bool forgetting_is_address(str address)
{
    return str_find(address, '@') > 0 && str_rfind(address, '@') + 1 < address.n;
}

bool forgetting_pseudonym(str address, struct arena *arena, str *pseudonym, struct err *err)
{
    uint64_t number;
    size_t at = str_rfind(address, '@');

    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        return err_set(err, "the system gives no random numbers");
    *pseudonym =
        arena_printf(arena, "forgotten-%016llx%.*s", (unsigned long long)number, PS(str_skip(address, at)));
    return true;
}

/* Messages that are kept can't be changed: those whose rows name the address are let go of, before the rows
 * name it no more. */
bool forgetting_run(str directory, struct journal *journal, struct quarantine *kept, struct audit *audit,
                    str address, str pseudonym, struct forgetting_result *result, struct err *err)
{
    *result = (struct forgetting_result){.messages = 0};
    if (kept && !kept_forget(kept, directory, address, &result->messages, err))
        return err_context(err, "raw mail");
    return audit_forget(audit, address, pseudonym, err) &&
           (journal_forget(journal, address, pseudonym, &result->journal, err) ||
            err_context(err, "journal"));
}
