/* dkim_key.h: the key record of a selector (RFC 6376 section 3.6.1, RFC 8463 section 4). */
#ifndef POSTERN_AUTH_DKIM_KEY_H
#define POSTERN_AUTH_DKIM_KEY_H

#include "ask/dns.h"
#include "auth/crypto.h"
#include "base/note.h"

enum dkim_key_status {
    DKIM_KEY_USABLE,
    DKIM_KEY_NONE,    /* text that is no key record at all */
    DKIM_KEY_REVOKED, /* p= is empty */
    DKIM_KEY_BAD,     /* a key record that can't be used */
};

struct dkim_key {
    enum dkim_key_status status;
    str reason; /* in words, unless usable: "the key record at s._domainkey.example.com is revoked (...)" */
    struct notes warnings;
    enum key_type type;
    bool sha1, sha256;  /* what h= allows; both where it is absent */
    bool testing;       /* t=y */
    bool strict_domain; /* t=s: i= must be in d= itself */
    str der;            /* p= decoded; what is in it is for crypto_public_key() to say */
};

/* Reads one TXT record; `name` is for the words. Strict: what the grammar of RFC 6376 does not allow makes
 * the record DKIM_KEY_BAD. */
void dkim_key_parse(struct dkim_key *key, str name, str text, struct arena *arena);

/* Reads all TXT records at a name (answer->status is DNS_OK). Text that is no key record is passed over with
 * a warning. Two key records are DKIM_KEY_BAD: RFC 6376 section 3.6.2.2 leaves open which one counts, and the
 * order of DNS records would decide from one message to the next. */
void dkim_key_choose(struct dkim_key *key, const struct dns_answer *answer, struct arena *arena);

#endif
