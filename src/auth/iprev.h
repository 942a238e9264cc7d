/* iprev.h: reverse name of the client, confirmed forward (RFC 8601 section 3). */
#ifndef POSTERN_AUTH_IPREV_H
#define POSTERN_AUTH_IPREV_H

#include "ask/ask.h"
#include "auth/result.h"

struct iprev {
    enum result result; /* pass, fail, temperror, permerror, unknown */
    str name;           /* the confirmed name; the first unconfirmed one for a fail; may be empty */
    str reason;
    bool done;
};

/* The contract of spf_check(), with ASK_IPREV's budget: of many names the first by the alphabet are looked
 * at. If none of these is confirmed the result is unknown, for the limit is ours. */
bool iprev_check(struct iprev *iprev, struct ip client, struct ask *ask);

#endif
