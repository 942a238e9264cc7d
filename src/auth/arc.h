/* arc.h: Authenticated Received Chain, RFC 8617. */
#ifndef POSTERN_AUTH_ARC_H
#define POSTERN_AUTH_ARC_H

#include "ask/ask.h"
#include "auth/authres.h"
#include "auth/dkim.h"

/* One set. Where the chain is broken a field may be missing: its pointer is NULL, what would be read of it is
 * empty. */
struct arc_set {
    unsigned instance;
    const struct header *results_header, *signature_header, *seal_header;
    enum result cv; /* of the seal: none, pass, fail; unknown for anything else */
    str domain;     /* d= of the seal, A-label form */
    str selector;
    str signature_domain; /* d= of the ARC-Message-Signature */
    bool seal_checked, seal_valid;
    bool signature_checked, signature_valid;
    bool trusted;           /* d= of the seal is one of a trusted sealer's; says nothing of its validity */
    int64_t time;           /* t= of the seal, -1 if none */
    struct authres results; /* what that hop stated */
};

struct arc_params {
    const str *trusted_sealers; /* domains, A-label form; a seal counts if its d= is one of them */
    size_t trusted_sealer_count;
    int64_t clock_skew;
    struct digests *digests; /* to share what is hashed with DKIM, zeroed at first; NULL: own */
};

struct arc {
    enum result result; /* none, pass, fail; unknown where a key was not looked up: nobody was asked, or the
                         * chain needs more keys than ASK_ARC may ask for */
    bool temporary;     /* a fail that is one only because DNS failed: another time it may pass */
    str reason;
    struct notes warnings;
    struct arc_set *sets; /* 1..n in order; n is the highest instance, 0 where there are too many sets */
    size_t n;
    unsigned oldest_pass;  /* RFC 8617 section 5.2: lowest instance whose message signature, and all newer
                            * ones, are still valid; 0: all of them, or the chain does not pass */
    unsigned trusted_from; /* lowest k such that all of k..n are sealed by trusted sealers; 0: none, or no
                            * pass. The last sealer alone proves nothing about an earlier hop */
    bool done;
    struct arc_work *work;
};

/* Validates the chain. The contract of dkim_verify(), with ASK_ARC's budget. A chain that is broken for
 * anyone to see (a field is missing, over 50 sets, cv=fail) asks nothing. Linear in the size of the fields:
 * the input of all seals is hashed in one pass. */
bool arc_verify(struct arc *arc, const struct mail *mail, struct ask *ask, struct crypto *crypto,
                const struct arc_params *params);

#endif
