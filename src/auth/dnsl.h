/* dnsl.h: DNS lists, RFC 5782: whether somebody has the client's address, or a domain of the message, on a
 * list.
 *
 * Nothing is judged here: each answer is a fact with its list's name. */
#ifndef POSTERN_AUTH_DNSL_H
#define POSTERN_AUTH_DNSL_H

#include "ask/ask.h"
#include "mail/domain.h"

enum dnsl_kind {
    DNSL_CLIENT, /* asked about the client's address */
    DNSL_DOMAIN, /* asked about the organizational domains of the authors, of MAIL FROM and of verified
                    signatures */
};

/* What an answer means. */
struct dnsl_meaning {
    struct network answers; /* 127.0.0.2, 127.0.0.0/24 */
    uint8_t mask;           /* bits of the last byte of which one is set; 0: any */
    str words;              /* may be empty */
};

struct dnsl {
    str name, zone; /* the zone in normal form */
    enum dnsl_kind kind;
    const struct dnsl_meaning *meanings;
    size_t meaning_count; /* 0: every answer in 127.0.0.0/8 that is not a refusal means "listed" */
};

struct dnsl_params {
    const struct dnsl *lists; /* the first ones are asked first, those about the client before the others */
    size_t count;
    const struct suffixes *suffixes; /* NULL: only single labels are public suffixes */
};

enum dnsl_state {
    DNSL_UNKNOWN, /* not asked: offline, or no questions left */
    DNSL_NOT_LISTED,
    DNSL_LISTED,
    DNSL_REFUSED, /* the list answers nobody who asks through our resolver, whatever the question */
    DNSL_ERROR,   /* no answer, or one that no list gives */
};

extern const char *const dnsl_state_names[DNSL_ERROR + 1];

struct dnsl_result {
    str list;    /* its name */
    str subject; /* the address or domain */
    enum dnsl_state state;
    str answers; /* the addresses that came, separated by a space */
    str reason;  /* what they mean, or why there is no result; in words */
};

struct dnsl_results {
    struct dnsl_result *items; /* at most LIMIT_DNSL_RESULTS */
    size_t n;
};

struct dnsl_input {
    struct ip client;   /* private addresses are not asked about */
    const str *domains; /* normal forms, by rank; doubles are left out here */
    size_t domain_count;
};

/* Asks all lists; false while a question is open. Starts over in each run. Spends ASK_DNSL's budget; the
 * caller has called ask_begin(). */
bool dnsl_look_up(struct dnsl_results *results, const struct dnsl_input *input, struct ask *ask,
                  const struct dnsl_params *params);

#endif
