/* spf.h: Sender Policy Framework, RFC 7208. */
#ifndef POSTERN_AUTH_SPF_H
#define POSTERN_AUTH_SPF_H

#include "ask/ask.h"
#include "auth/result.h"
#include "base/note.h"
#include "mail/envelope.h"

enum spf_identity { SPF_MAIL_FROM, SPF_HELO };

/* The way to a record: from the checked domain on, each by include or redirect= of the one before. */
enum spf_via { SPF_VIA_START, SPF_VIA_INCLUDE, SPF_VIA_REDIRECT };

struct spf_step {
    str domain;
    enum spf_via via;
};

/* One check_host() (section 4). smtp.mailfrom and smtp.helo of RFC 8601 are `sender` (or `domain`) and
 * `helo`. */
struct spf_check {
    enum spf_identity identity;
    enum result result;
    struct ip client;
    str helo;        /* as given */
    str domain;      /* whose record was asked for, A-label form; empty when there is none to ask */
    str sender;      /* local@domain the macros saw ("postmaster@..." where there was no local part) */
    str record;      /* the text of the record of `domain`; empty if there is none */
    str term;        /* the term that matched or failed, as written in its record; empty if none did */
    str term_domain; /* the domain in whose record that term stands (an include or redirect target) */
    const struct spf_step *path; /* from `domain` to `term_domain`, both among them; NULL without a term */
    size_t path_length;
    bool listed;     /* pass, and not for "all": a term that the path leads to covers the client address */
    str explanation; /* exp= text for a fail, expanded, at most LIMIT_SPF_EXPLANATION bytes; what the sender's
                        domain says, never ours */
    str reason;      /* one sentence in plain words */
    bool secure;     /* every answer that was used was DNSSEC secure */
    bool wide;       /* a record on the way has +all or a network that no one sender has */
    bool uses_ptr;   /* a record on the way has ptr */
    unsigned terms;  /* terms that needed DNS, evaluated (limit 10) */
    unsigned voids;  /* terms whose lookups found nothing (limit 2) */
    struct notes warnings;
};

/* Parameters of the site. */
struct spf_params {
    str receiver; /* %{r} of exp=: the host name; "unknown" if empty */
};

/* Evaluates check_host() for one identity with the answers that are known. Returns false if questions were
 * left open: have them answered and call it again; nothing is kept in between. Spends ASK_SPF's budget; the
 * caller has called ask_begin(). *check is filled whole when true is returned. With an unknown client
 * address, or unknown answers that matter, the result is RESULT_UNKNOWN. */
bool spf_check(struct spf_check *check, enum spf_identity identity, const struct envelope *envelope,
               struct ask *ask, const struct spf_params *params);

/* Both identities as a receiver wants them (section 2.3 and 2.4). MAIL FROM is evaluated first and never
 * depends on HELO; HELO has what MAIL FROM left of the budget, at least one question, and is RESULT_UNKNOWN
 * where that is too little. */
struct spf {
    struct spf_check mail_from; /* of "postmaster@<helo>" when the sender is null */
    struct spf_check helo;
    bool done;
};

/* Same contract as spf_check(), for both at once; true with spf->done set when there is nothing left to ask.
 */
bool spf_evaluate(struct spf *spf, const struct envelope *envelope, struct ask *ask,
                  const struct spf_params *params);

#endif
