/* dkim.h: DomainKeys Identified Mail: RFC 6376, with RFC 8301 (algorithms), 8463 (Ed25519), 8616 (EAI). */
#ifndef POSTERN_AUTH_DKIM_H
#define POSTERN_AUTH_DKIM_H

#include "ask/ask.h"
#include "auth/canon.h"
#include "auth/crypto.h"
#include "auth/digests.h"
#include "auth/result.h"
#include "base/note.h"
#include "mail/mail.h"

/* Fields whose coverage matters to a judge. */
enum dkim_covered {
    DKIM_COVERS_FROM,
    DKIM_COVERS_TO,
    DKIM_COVERS_SUBJECT,
    DKIM_COVERS_DATE,
    DKIM_COVERS_MESSAGE_ID,
    DKIM_COVERS_REPLY_TO,
    DKIM_COVERED_FIELDS
};

enum dkim_coverage {
    DKIM_ABSENT,     /* the message has no such field, and one could be added */
    DKIM_UNSIGNED,   /* it has one that is not signed */
    DKIM_PARTLY,     /* some of several instances are signed */
    DKIM_SIGNED,     /* all instances are signed; another could be added */
    DKIM_OVERSIGNED, /* all are signed, and one more could not be added */
};

extern const char *const dkim_coverage_names[DKIM_OVERSIGNED + 1]; /* "absent" and so on */

struct dkim_signature {
    const struct header *header;
    unsigned index; /* from the top, 0 based, among all DKIM-Signature fields */
    enum result result;
    str reason; /* plain words: why it is not pass, or what passed */
    struct notes warnings;

    str domain;   /* d=, A-label form */
    bool inexact; /* a stated result names i= alone: `domain` is its domain, which d= is or lies above */
    str selector; /* s= */
    str identity; /* i= as written, or "@" d= */
    enum key_type key_type;
    enum hash_type hash_type;
    enum canon canon_header, canon_body;
    bool has_length;         /* l= is there */
    uint64_t length;         /* l= */
    uint64_t body_length;    /* of the canonical body; what is over l= is not signed */
    uint64_t unsigned_bytes; /* body_length - l=, 0 if there is no l= */
    bool checked;            /* the two below and body_length were found out */
    bool body_intact;        /* bh= is right */
    bool fields_intact;      /* b= is right */
    int64_t time, expires;   /* t= and x=, -1 if absent */
    int64_t age;             /* seconds from t= to now; -1 if there is no t= */
    unsigned key_bits;       /* 0 if the key was not seen */
    bool key_testing;        /* t=y in the key record */
    bool key_secure;         /* the key came with DNSSEC */
    enum dkim_coverage covers[DKIM_COVERED_FIELDS];
};

struct dkim_params {
    str prefer;         /* domain whose aligned signatures are looked at first: the author's; may be empty */
    int64_t clock_skew; /* seconds of grace for t= and x= */
    struct digests *digests; /* to share what is hashed with ARC, zeroed at first; NULL: own */
};

/* The state of verification of one message, and its results. */
struct dkim {
    struct dkim_signature
        *signatures; /* as they stand in the message, at most LIMIT_DKIM_SIGNATURES verified */
    size_t n;
    size_t seen;        /* all in the message, with those not looked at */
    enum result result; /* pass if one passes; else the first one's; none if there are none */
    bool done;
    struct dkim_work *work; /* own to dkim.c: parsed signatures, body hashes */
};

/* What the results mean here (RFC 8601 section 2.7.1):
 *   pass       the signature is right and covers the whole body
 *   fail       the body or signed fields are not what was signed; or the signature proves nothing by
 *              RFC 8301: rsa-sha1, a key under 1024 bits
 *   policy     the signature is right, but something we don't accept: l= leaves bytes unsigned, or there is
 *              a From that it does not cover (see docs/ARCHITECTURE.md), a key over
 *              LIMIT_DKIM_RSA_BITS_MAX, fields over LIMIT_HEADERS
 *   neutral    the field can't be understood: syntax, unknown version, algorithm, canonicalisation, query
 *   permerror  what RFC 6376 section 6.1 calls PERMFAIL otherwise: no usable key, expired, From not signed,
 *              i= outside d=
 *   temperror  the key could not be looked up for now
 *   unknown    the key was not looked up (offline)
 *
 * Verifies all signatures with the answers that are known. False: questions are open, call again with the
 * same struct; body hashes and parsed signatures are kept. The struct starts zeroed. Spends ASK_DKIM's
 * budget. */
bool dkim_verify(struct dkim *dkim, const struct mail *mail, struct ask *ask, struct crypto *crypto,
                 const struct dkim_params *params);

#endif
