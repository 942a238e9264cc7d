/* iprev.c: reverse name of the client, confirmed forward. */
#include "auth/iprev.h"

#include <stdlib.h>

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

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

/* In an order of their own: that of the records differs from answer to answer. */
static str *sort_names(const struct dns_answer *names, struct arena *arena)
{
    str *sorted = arena_array_of(arena, names->n, str);

    for (size_t i = 0; i < names->n; i++)
        sorted[i] = arena_lower(arena, names->records[i].text);
    qsort(sorted, names->n, sizeof(*sorted), by_name);
    return sorted;
}

bool iprev_check(struct iprev *iprev, struct ip client, struct ask *ask)
{
    const struct dns_answer *names;
    enum result result = RESULT_FAIL;
    bool open = false;
    size_t left = 0; /* over the budget */
    str *sorted;

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
    sorted = sort_names(names, ask->arena);
    for (size_t i = 0; i < names->n; i++) {
        const struct dns_answer *addresses =
            ask_dns(ask, ASK_IPREV, sorted[i], client.family == 4 ? DNS_A : DNS_AAAA);

        if (!addresses) {
            open = true;
        } else if (addresses->status == DNS_LIMIT) {
            left++;
        } else if (addresses->status == DNS_OK && has_address(addresses, client)) {
            if (open) /* a name before it may be confirmed too */
                return false;
            conclude(iprev, RESULT_PASS, sorted[i], S("the reverse name leads back to the client address"));
            return true;
        } else if (addresses->status != DNS_OK && result == RESULT_FAIL) {
            result = result_without_records(addresses);
        }
    }
    if (open)
        return false;
    if (result != RESULT_FAIL)
        conclude(iprev, result, sorted[0], S("a reverse name could not be looked up"));
    else if (left || names->cut)
        conclude(iprev, RESULT_UNKNOWN, sorted[0],
                 arena_printf(ask->arena,
                              "none of the %zu reverse names that were looked at leads back to the client "
                              "address; %s%zu more were not looked at",
                              names->n - left, names->cut ? "at least " : "", left + names->cut));
    else
        conclude(iprev, RESULT_FAIL, sorted[0], S("no reverse name leads back to the client address"));
    return true;
}
