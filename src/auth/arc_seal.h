/* arc_seal.h: adding an ARC set (RFC 8617 section 5.1). */
#ifndef POSTERN_AUTH_ARC_SEAL_H
#define POSTERN_AUTH_ARC_SEAL_H

#include "auth/arc.h"

/* Signs a digest: the program's key, or a question to whoever holds it. */
typedef bool arc_signer(void *context, const uint8_t *digest, size_t digest_size, struct arena *arena,
                        str *signature, struct err *err);

/* The signer whose context is a struct private_key. */
arc_signer arc_sign_with_key;

struct arc_seal_params {
    str domain, selector; /* d= and s= of both signatures */
    const struct authres
        *results;      /* authserv-id and what was found out here; its `instance` doesn't matter */
    const str *fields; /* names to sign with the message signature, each as often as given; NULL: those of
                        * dkim_default_fields and DKIM-Signature, each as often as it is there */
    size_t field_count;
    int64_t time; /* t=; -1: none */
    enum key_type key;
    arc_signer *sign;
    void *sign_context;
};

struct arc_sealed {
    bool sealed;
    str reason; /* why not, in words */
    str fields; /* the three fields of the set, folded, each ended by CRLF, in the order seal, message
                 * signature, results: to be put on top of the message as it is */
};

/* Makes the next set. `arc` is what arc_verify() found when the message came in, `mail` the message as it
 * goes out: what was changed in between (a list's footer, our banner) is what the set vouches for; line ends
 * and ARC fields are the same. Not sealed is a chain that was sealed with cv=fail before (section 5.1.2),
 * that has 50 sets or fields of no set, that could not be verified because an answer was missing or
 * temporarily wrong (it may well be whole), and a message that has not one From. False and words only for the
 * parameters and the environment. */
bool arc_seal(struct arc_sealed *sealed, const struct mail *mail, const struct arc *arc,
              const struct arc_seal_params *params, struct crypto *crypto, struct arena *arena,
              struct err *err) MUST_USE;

/* All results of the message's own Authentication-Results fields with that authserv-id, as one (section
 * 4.1.1): they are what a set states, where a filter before us has written them. */
void arc_seal_results(struct authres *results, const struct mail *mail, str authserv_id, struct arena *arena);

#endif
