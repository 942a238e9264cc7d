/* auth.h: authenticate: envelope and mail in, struct auth out. */
#ifndef POSTERN_AUTH_AUTH_H
#define POSTERN_AUTH_AUTH_H

#include "auth/arc.h"
#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/iprev.h"
#include "auth/spf.h"

/* What somebody we were told to believe stated about this message; from --trust-authserv. */
struct stated {
    bool used;
    str authserv_id;
    str text; /* the field's value */
    const struct authres *results;
};

struct auth_params {
    struct spf_params spf;
    struct dkim_params dkim; /* prefer is filled in by auth_step() */
    struct arc_params arc;
    struct dmarc_params dmarc;
    str trust_authserv; /* empty: none; "first": the topmost Authentication-Results; else an authserv-id */
};

struct auth {
    struct spf spf;
    struct dkim dkim;
    struct arc arc;
    struct dmarc dmarc;
    struct iprev iprev;
    struct stated stated;
    str *author_domains; /* distinct, A-label form, as in From */
    size_t author_count;
    bool started, done;
};

/* Runs what can be run with the answers that are known; finished parts are kept. False while questions are
 * open. The struct starts zeroed. */
bool auth_step(struct auth *auth, const struct envelope *envelope, const struct mail *mail, struct ask *ask,
               struct crypto *crypto, const struct auth_params *params);

#endif
