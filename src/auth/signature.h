/* signature.h: what DKIM-Signature, ARC-Message-Signature and ARC-Seal have in common: tags, key and check.
 */
#ifndef POSTERN_AUTH_SIGNATURE_H
#define POSTERN_AUTH_SIGNATURE_H

#include "ask/ask.h"
#include "auth/digests.h"
#include "auth/dkim_key.h"
#include "auth/result.h"

enum signature_kind {
    SIGNATURE_DKIM,        /* RFC 6376 section 3.5 */
    SIGNATURE_ARC_MESSAGE, /* RFC 8617 section 4.1.2: i= is the instance, there is no v= */
    SIGNATURE_ARC_SEAL,    /* RFC 8617 section 4.1.3: no bh=, c=, h=, l=; cv= */
};

struct signature {
    const struct header *header;
    enum signature_kind kind;
    str domain;              /* d=, A-label form */
    str selector;            /* s=, A-label form */
    str key_name;            /* where the key stands: s._domainkey.d */
    str identity;            /* DKIM's i= as written, or "@" d= */
    bool identity_is_domain; /* the domain of i= is d= itself, not below it */
    unsigned instance;       /* ARC's i= */
    str cv;                  /* ARC-Seal's cv=, as written */
    enum key_type key_type;
    enum hash_type hash_type;
    enum canon canon_header, canon_body;
    bool has_length;
    uint64_t length;       /* l=; UINT64_MAX if it is absent or does not fit */
    int64_t time, expires; /* t= and x=, -1 if absent */
    str fields;            /* h= as written: names with ":" between them, at most LIMIT_DKIM_SIGNED_FIELDS */
    str body_hash;         /* bh= decoded */
    str value;             /* b= decoded */
    str without;           /* what of header->value is left out of the hash: the text of b= */
};

/* Reads a field. RESULT_NONE if it can be checked; else a result that is final, with its reason: "neutral"
 * for what can't be understood (RFC 8601 section 2.7.1: syntax errors), "permerror" for what RFC 6376
 * section 6.1.1 and RFC 8301 forbid. What could be read is there in any case, at least header. Linear. */
enum result signature_parse(struct signature *signature, const struct header *header,
                            enum signature_kind kind, struct arena *arena, str *reason,
                            struct notes *warnings);

/* The key of a signature. */
struct signature_key {
    enum result result; /* RESULT_PASS: usable; else final, with its reason */
    str reason;
    unsigned bits; /* 0 if the key was not seen */
    bool testing;  /* t=y */
    bool secure;   /* it came with DNSSEC */
    str der;
};

/* Looks the key up, at the expense of `part`, and holds it against what signature and RFC 8301 ask for. False
 * while the question is open. */
bool signature_find_key(struct signature_key *key, const struct signature *signature, struct ask *ask,
                        enum ask_part part, struct crypto *crypto, struct notes *warnings);

/* True if signature->value signs the digest with that key (key->result is RESULT_PASS). */
bool signature_verify(const struct signature *signature, const struct signature_key *key,
                      struct crypto *crypto, const uint8_t *digest, size_t digest_size);

/* The digest of the fields of h= and of the signature field itself (RFC 6376 section 3.7); returns its size.
 * Not for seals, whose input is of another kind. */
size_t signature_digest(const struct signature *signature, const struct mail *mail, struct digests *digests,
                        struct crypto *crypto, struct arena *arena, uint8_t digest[HASH_SIZE_MAX]);

/* The check itself, for DKIM-Signature and ARC-Message-Signature. */
struct signature_check {
    enum result result; /* pass, fail; policy where l= leaves bytes unsigned */
    str reason;
    bool body_intact;     /* bh= is right */
    bool fields_intact;   /* b= is right */
    uint64_t body_length; /* of the canonical body */
    uint64_t unsigned_bytes;
};
void signature_check(struct signature_check *check, const struct signature *signature,
                     const struct signature_key *key, const struct mail *mail, struct digests *digests,
                     struct crypto *crypto, struct arena *arena);

#endif
