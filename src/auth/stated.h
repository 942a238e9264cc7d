/* stated.h: what a host that we were told to believe stated about the message, in its Authentication-Results.
 *
 * A trusted host removes fields that claim to be its own from what it receives (RFC 8601 section 5);
 * believing it rests on that. */
#ifndef POSTERN_AUTH_STATED_H
#define POSTERN_AUTH_STATED_H

#include "auth/arc.h"
#include "auth/authres.h"
#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/iprev.h"
#include "auth/spf.h"

struct stated {
    bool used;
    str authserv_id;                   /* empty where the field has none (Microsoft) */
    str text;                          /* the topmost field's value */
    const struct authres *results;     /* of that field, and of further ones of that host */
    bool spf, dkim, arc, dmarc, iprev; /* taken from there and not computed */
};

/* Finds the field: the topmost one for "first" (which may have no authserv-id), else the topmost one of that
 * authserv-id that stands above the next Received below that host's own: further down the sender wrote.
 * Further fields of the same id count too, as long as no Received stands between. Nothing is
 * found for an empty `trust`. */
void stated_find(struct stated *stated, const struct mail *mail, str trust, struct arena *arena);

/* The same by authserv-id alone (a host may be called "first"), among the fields above `below`. */
void stated_find_above(struct stated *stated, const struct mail *mail, str id, const struct header *below,
                       struct arena *arena);

/* Each fills in one result from what is stated and marks it done; false, with nothing changed, if that method
 * is not stated. */
bool stated_spf(struct spf *spf, struct stated *stated, const struct envelope *envelope, struct arena *arena);
bool stated_dkim(struct dkim *dkim, struct stated *stated, const struct mail *mail, struct arena *arena);
bool stated_arc(struct arc *arc, struct stated *stated, struct arena *arena);
bool stated_iprev(struct iprev *iprev, struct stated *stated, struct arena *arena);

/* A pass for another domain than From's is not taken, except with a warning where From has a single label:
 * an address that was rewritten later, for which nothing could be computed. Without header.from the result is
 * about From's domain. Where From names several a pass is not taken: of the others it says nothing. Nor is
 * anything if results contradict each other. */
bool stated_dmarc(struct dmarc *dmarc, struct stated *stated, const str *authors, size_t author_count,
                  struct arena *arena);

/* True if a pass of DMARC is stated for *domain, and the sole author domain is another one. */
bool stated_dmarc_elsewhere(const struct stated *stated, const str *authors, size_t author_count, str *domain,
                            struct arena *arena);

/* True if DMARC is stated more than once, with different results or for different domains. */
bool stated_dmarc_contradicts(const struct stated *stated);

/* The normal form of the domain in a property: "example.com", "user@example.com", "@example.com"; empty if
 * absent or none. */
str stated_domain(const struct authres_result *result, str type, str name, struct arena *arena);

#endif
