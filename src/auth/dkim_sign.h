/* dkim_sign.h: making DKIM signatures (RFC 6376 section 5), with oversigning. */
#ifndef POSTERN_AUTH_DKIM_SIGN_H
#define POSTERN_AUTH_DKIM_SIGN_H

#include "auth/canon.h"
#include "auth/crypto.h"
#include "mail/mail.h"

struct dkim_sign_params {
    str domain;   /* d=; written as A-labels */
    str selector; /* s= */
    str identity; /* i=; empty: not stated */
    enum canon canon_header, canon_body;
    const str *fields; /* names to sign, as many instances as there are; NULL: dkim_default_fields */
    size_t field_count;
    bool oversign; /* name those of the oversigned fields that are signed, or absent, once more than they are
                    * there, so that none can be added */
    int64_t time;  /* t=; -1: none */
    int64_t expires; /* x=; -1: none */
};

/* Those of RFC 6376 section 5.4.1 that a sender's software writes and no relay changes. */
extern const str dkim_default_fields[];
extern const size_t dkim_default_field_count;

/* Those that may stand once and that a reader or his program believes. */
/* True for fields that are signed once more than they are there: another must not be added unnoticed. */
bool dkim_is_oversigned(str name);

/* The digest that a key has to sign, and the field without its b= value: "ask for the signature, then
 * finish". `unsigned_field` ends in "b=" and has no line end. False and words if the message or the
 * parameters can't be signed: not exactly one From, names that are none, times that make no sense. */
bool dkim_sign_begin(const struct mail *mail, const struct dkim_sign_params *params, enum key_type key,
                     struct crypto *crypto, struct arena *arena, str *unsigned_field,
                     uint8_t digest[HASH_SIZE_MAX], size_t *digest_size, struct err *err) MUST_USE;

/* The whole field, folded at 78 columns, with CRLF at the end: "DKIM-Signature: ...". */
str dkim_sign_finish(str unsigned_field, str signature, struct arena *arena);

/* The text of the key record: "v=DKIM1; k=rsa; p=...". */
bool dkim_sign_record(const struct private_key *key, struct arena *arena, str *record,
                      struct err *err) MUST_USE;

/* The same ready to be pasted into a zone file (RFC 1035 section 5.1), in strings of at most 255 bytes. */
str dkim_sign_zone_record(str domain, str selector, str record, struct arena *arena);

#endif
