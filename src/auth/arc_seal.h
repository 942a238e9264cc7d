/* arc_seal.h: adding an ARC set (RFC 8617 section 5.1). */
#ifndef POSTERN_AUTH_ARC_SEAL_H
#define POSTERN_AUTH_ARC_SEAL_H

#include "auth/arc.h"

/* Signs a digest: the program's key, or a question to whoever holds it. */
typedef bool arc_signer(void *context, const uint8_t *digest, size_t digest_size, struct arena *arena,
                        str *signature, struct err *err);

struct arc_seal_params {
    str domain, selector;
    str authserv_id;
    str results;       /* what follows the authserv-id: "spf=pass ...; dkim=..." */
    const str *fields; /* names to sign with the message signature; NULL: a default list */
    size_t field_count;
    int64_t time;
    enum key_type key;
    arc_signer *sign;
    void *sign_context;
};

/* Makes the three fields of the next set, each folded and ended by CRLF, to be put on top of the message in
 * the order seal, signature, results. `arc` is the verified chain so far. A chain that failed with cv=fail
 * already, or has 50 sets, is not sealed: *sealed is false and there are no fields. False and words only for
 * the environment. */
bool arc_seal(const struct mail *mail, const struct arc *arc, const struct arc_seal_params *params,
              struct crypto *crypto, struct arena *arena, bool *sealed, str *fields,
              struct err *err) MUST_USE;

#endif
