/* signing.h: which keys sign a message, and what they sign. No key is seen here: a digest is a question, as a
 * DNS name is.
 *
 *     while (!signing_step(&signing, ...))
 *         answer each signing.questions[] without an answer: the signature, or that there is none */
#ifndef POSTERN_ACT_SIGNING_H
#define POSTERN_ACT_SIGNING_H

#include "act/edit.h"
#include "auth/arc_seal.h"
#include "base/limits.h"

struct signing_key {
    str selector;
    enum key_type type;
    int64_t from, until; /* signs at from <= now < until; until 0: no bound */
};

struct signer {
    str domain;          /* d= */
    const str *senders;  /* author domains, ".domain" for those below */
    size_t sender_count; /* 0: its own domain */
    const struct signing_key *keys;
    size_t key_count;
};

struct signing_params {
    const struct signer *signers; /* the first that has the author domain signs */
    size_t signer_count;
    str seal_domain; /* of the signer whose first key that is valid seals; empty: nothing is sealed */
    str authserv_id;
    enum direction direction;
    int64_t now;
};

struct signing_question {
    str domain, selector;
    uint8_t digest[HASH_SIZE_MAX];
    size_t digest_size;
    bool answered;
    str signature; /* empty though answered: the key can't sign; then that signature is left out */
};

struct signing {
    struct signing_question questions[LIMIT_SIGNATURES];
    size_t question_count;
    struct notes notes; /* what was not signed or sealed, and why */
    bool done;
};

/* The signer for the authors of a message: NULL if there is none, or if From names domains of several. */
const struct signer *signing_signer(const struct mail *mail, const struct signing_params *params,
                                    struct arena *arena);

/* True if the key signs now. In a rotation both keys do while their times overlap: whoever has only one of
 * the records verifies. */
bool signing_key_valid(const struct signing_key *key, int64_t now);

/* Adds to the outcome's edits what goes on top of the message: DKIM signatures of what goes out (outbound,
 * submission), an ARC set for what came in (inbound, relay). They are made of the message as the edits leave
 * it, so this comes last. False: there are questions without an answer; answer them and call again with all
 * else unchanged. Starts zeroed. Nothing is signed that is not delivered, or observed only. The environment
 * can't fail: what can't be signed goes out unsigned, with a note. */
bool signing_step(struct signing *signing, struct outcome *outcome, const struct mail *mail,
                  const struct auth *auth, const struct signing_params *params, struct crypto *crypto,
                  struct arena *arena);

#endif
