/* auth.h: authenticate: envelope and mail in, struct auth out. */
#ifndef POSTERN_AUTH_AUTH_H
#define POSTERN_AUTH_AUTH_H

#include "auth/arc.h"
#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/dnsl.h"
#include "auth/iprev.h"
#include "auth/spf.h"
#include "auth/stated.h"
#include "auth/trace.h"

struct auth_params {
    struct spf_params spf;
    struct dkim_params dkim; /* prefer is filled in by auth_step() */
    struct arc_params arc;
    struct dmarc_params dmarc;
    struct dnsl_params dnsl;
    str trust_authserv; /* empty: none; "first": the topmost Authentication-Results; else an authserv-id */
    const struct relays *relays; /* of a site behind other gateways; NULL: none */
};

struct auth {
    struct spf spf;
    struct dkim dkim;
    struct arc arc;
    struct dmarc dmarc;
    struct iprev iprev;
    struct dnsl_results dnsl;
    struct stated stated;
    struct trace trace;       /* read only if the message came from one of the relays */
    struct envelope envelope; /* that SPF and iprev were computed for: as given, or from the trace */
    str *author_domains;      /* distinct, A-label form, as in From; at most 8 * LIMIT_DMARC_AUTHORS */
    size_t author_count;
    bool authors_unreadable; /* a mailbox of From has no usable domain */
    struct digests digests;  /* of the body, for DKIM and ARC together */
    bool started, done;
};

/* Runs what can be run with the answers that are known; finished parts are kept. False while questions are
 * open. The struct starts zeroed. `envelope` must stay as it is until the end. */
bool auth_step(struct auth *auth, const struct envelope *envelope, const struct mail *mail, struct ask *ask,
               struct crypto *crypto, const struct auth_params *params);

#endif
