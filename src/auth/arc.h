/* arc.h: Authenticated Received Chain, RFC 8617. */
#ifndef POSTERN_AUTH_ARC_H
#define POSTERN_AUTH_ARC_H

#include "ask/ask.h"
#include "auth/authres.h"
#include "auth/dkim.h"

struct arc_set {
    unsigned instance;
    const struct header *results_header, *signature_header, *seal_header;
    enum result cv; /* of the seal: none, pass, fail */
    str domain;     /* d= of the seal, A-label form */
    str selector;
    str signature_domain; /* d= of the ARC-Message-Signature */
    bool seal_checked, seal_valid;
    bool signature_checked, signature_valid;
    bool trusted;           /* sealed by a trusted sealer */
    int64_t time;           /* t= of the seal, -1 if none */
    struct authres results; /* what that hop stated */
};

struct arc_params {
    const str *trusted_sealers; /* domains, A-label form; a seal counts if its d= is one of them */
    size_t trusted_sealer_count;
    int64_t clock_skew;
};

struct arc {
    enum result
        result; /* none, pass, fail; temperror is folded into fail by RFC 8617 but kept in the reason */
    str reason;
    struct notes warnings;
    struct arc_set *sets; /* 1..n in order */
    size_t n;
    unsigned oldest_pass; /* RFC 8617 section 5.2: lowest instance whose message signature is still valid; 0:
                             all */
    unsigned
        trusted_from; /* lowest k such that all of k..n are sealed by trusted sealers; 0: none, or no pass */
    bool done;
    struct arc_work *work;
};

/* Validates the chain. The contract of dkim_verify(), with ASK_ARC's budget. */
bool arc_verify(struct arc *arc, const struct mail *mail, struct ask *ask, struct crypto *crypto,
                const struct arc_params *params);

#endif
