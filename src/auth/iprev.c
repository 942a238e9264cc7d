/* iprev.c: reverse name of the client, confirmed forward. */
#include "auth/iprev.h"

static void conclude(struct iprev *iprev, enum result result, str name, str reason)
{
    *iprev = (struct iprev){.result = result, .name = name, .reason = reason, .done = true};
}

/* What an answer without records means for the method (RFC 8601 section 3). */
static enum result result_without_records(const struct dns_answer *answer)
{
    if (answer->status == DNS_UNKNOWN)
        return RESULT_UNKNOWN;
    return dns_is_temporary(answer) ? RESULT_TEMPERROR : RESULT_FAIL;
}

static bool has_address(const struct dns_answer *answer, struct ip client)
{
    for (size_t i = 0; i < answer->n; i++)
        if (ip_eq(answer->records[i].ip, client))
            return true;
    return false;
}

bool iprev_check(struct iprev *iprev, struct ip client, struct ask *ask)
{
    const struct dns_answer *names;
    enum result result = RESULT_FAIL;
    bool open = false;

    if (client.family == 0) {
        conclude(iprev, RESULT_UNKNOWN, S(""), S("the client address is not known"));
        return true;
    }
    names = ask_dns(ask, ASK_IPREV, ip_reverse_name(client, ask->arena), DNS_PTR);
    if (!names)
        return false;
    if (names->status != DNS_OK) {
        result = dns_is_void(names) ? RESULT_PERMERROR : result_without_records(names);
        conclude(iprev, result, S(""),
                 result == RESULT_PERMERROR ? S("the client address has no reverse name")
                                            : S("the reverse name could not be looked up"));
        return true;
    }
    for (size_t i = 0; i < names->n; i++) {
        str name = names->records[i].text;
        const struct dns_answer *addresses =
            ask_dns(ask, ASK_IPREV, name, client.family == 4 ? DNS_A : DNS_AAAA);

        if (!addresses) {
            open = true;
            continue;
        }
        if (addresses->status == DNS_OK && has_address(addresses, client)) {
            conclude(iprev, RESULT_PASS, name, S("the reverse name leads back to the client address"));
            return true;
        }
        if (addresses->status != DNS_OK && result == RESULT_FAIL)
            result = result_without_records(addresses);
    }
    if (open)
        return false;
    conclude(iprev, result, names->records[0].text,
             result == RESULT_FAIL ? S("no reverse name leads back to the client address")
                                   : S("a reverse name could not be looked up"));
    return true;
}
