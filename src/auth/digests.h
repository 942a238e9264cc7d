/* digests.h: what DKIM and ARC hash of one message, each thing once. */
#ifndef POSTERN_AUTH_DIGESTS_H
#define POSTERN_AUTH_DIGESTS_H

#include "auth/canon.h"
#include "auth/crypto.h"
#include "mail/mail.h"

struct body_digest {
    struct body_digest *next;
    enum hash_type type;
    enum canon canon;
    uint64_t limit;  /* l=, or UINT64_MAX */
    uint64_t length; /* of the whole canonical body */
    uint8_t digest[HASH_SIZE_MAX];
    size_t size;
};

/* Belongs to one message; starts zeroed. DKIM and ARC may share one. */
struct digests {
    struct body_digest *bodies;
    struct field_index *fields; /* own to digests.c */
};

/* The digest of the canonical body; computed only if it was not before. */
const struct body_digest *digests_body(struct digests *digests, const struct mail *mail,
                                       struct crypto *crypto, struct arena *arena, enum hash_type type,
                                       enum canon canon, uint64_t limit);

/* Taking fields as h= names them: from the bottom up, each once (RFC 6376 section 5.4.2). digests_select()
 * starts over; digests_take() gives the next instance of that name, NULL when there is none (any more).
 * Linear: taking costs no search through the header. */
void digests_select(struct digests *digests, const struct mail *mail, struct arena *arena);
const struct header *digests_take(struct digests *digests, str name);

#endif
