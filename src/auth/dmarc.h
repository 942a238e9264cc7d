/* dmarc.h: DMARC, RFC 9989 (obsoletes RFC 7489). */
#ifndef POSTERN_AUTH_DMARC_H
#define POSTERN_AUTH_DMARC_H

#include "ask/ask.h"
#include "auth/result.h"
#include "base/limits.h"
#include "base/note.h"
#include "mail/domain.h"

enum dmarc_policy { DMARC_POLICY_NONE, DMARC_POLICY_QUARANTINE, DMARC_POLICY_REJECT };
enum dmarc_source { DMARC_FROM_P, DMARC_FROM_SP, DMARC_FROM_NP };
enum dmarc_psd { DMARC_PSD_UNKNOWN, DMARC_PSD_YES, DMARC_PSD_NO };

/* One record, read (section 4.7). */
struct dmarc_record {
    bool valid; /* has an effect; see dmarc_record_parse() */
    str text;
    bool has_p, has_sp, has_np; /* stated and valid */
    enum dmarc_policy p, sp,
        np; /* p is none where has_p is false; sp and np mean nothing without their flag */
    bool strict_dkim, strict_spf; /* adkim=s, aspf=s */
    enum dmarc_psd psd;
    bool testing;     /* t=y */
    str rua, ruf, fo; /* as stated */
    struct notes warnings;
};

/* Reads one TXT record. False if it does not begin with the version tag: it is then no DMARC record and is
 * ignored. A record with a missing or invalid p, or an invalid sp or np, acts as p=none if it has a valid rua
 * (section 4.10.1), else it is not valid. Other syntax errors are passed over with a warning. Linear. */
bool dmarc_record_parse(struct dmarc_record *record, str text, struct arena *arena);

/* For a record that is none: true if it looks as if it was meant to be one ("v=dmarc1", a space or quote
 * before it). */
bool dmarc_record_resembles(str text);

extern const char *const dmarc_source_names[DMARC_FROM_NP + 1]; /* "p", "sp", "np" */

/* "none", "quarantine", "reject"; by value, and by a function. */
extern const char *const dmarc_policy_names[DMARC_POLICY_REJECT + 1];
const char *dmarc_policy_name(enum dmarc_policy policy);
/* Reads that word in any case; false, with nothing changed, if it is another. */
bool dmarc_policy_parse(str word, enum dmarc_policy *policy);

/* The tree walk of section 4.10. */
struct dmarc_step {
    str name;   /* "_dmarc...." */
    str domain; /* the name without "_dmarc." */
    const struct dns_answer *answer;
    unsigned count; /* DMARC records there; several are all discarded */
    bool found;     /* exactly one */
    struct dmarc_record record;
};
struct dmarc_walk {
    str domain; /* where it starts */
    struct dmarc_step steps[LIMIT_DMARC_WALK];
    size_t n; /* up to and with the one that stopped the walk */
    struct notes warnings;
};

/* Walks from `domain` (normal form) to its top-level domain. All names are asked for at once; false while one
 * is open. An answer that is neither records nor their absence stays in its step for the reader to weigh.
 * Spends ASK_DMARC's budget; the caller has called ask_begin(). */
bool dmarc_walk(struct dmarc_walk *walk, str domain, struct ask *ask);

struct dmarc_params {
    const struct suffixes *suffixes; /* the guard; NULL: only single labels are public suffixes */
};

/* The organizational domain of a walk's start (section 4.10.2). */
struct dmarc_organization {
    str domain;        /* by tree walk and guard; empty where there is an error */
    enum result error; /* RESULT_NONE, or why it can't be told: temperror, permerror (questions over the
                        * limit), unknown */
    str reason;        /* words for the error */
    str by_suffix;     /* by the public suffix list */
    bool guarded;      /* the walk chose a public suffix above the start; the guard did not follow it */
    bool from_record;  /* at least one record was found */
};

/* Answers above the suffix list's organizational domain are not needed where that has a record of its own.
 * Returns organization->error. */
enum result dmarc_organization(struct dmarc_organization *organization, const struct dmarc_walk *walk,
                               const struct suffixes *suffixes, struct arena *arena);

/* Which policy applies to a domain (section 4.10.1). */
struct dmarc_discovery {
    str domain; /* normal form */
    struct dmarc_walk walk;
    struct dmarc_organization
        organization;  /* its error matters only for relaxed alignment if there is a policy */
    enum result error; /* RESULT_NONE, or why the policy can't be told: temperror, permerror, unknown */
    str reason;        /* one sentence, also where there is no error */
    const struct dmarc_step *policy; /* the step whose record applies; NULL if there is none */
    enum dmarc_source policy_source; /* the tag that applies */
    bool nonexistent;                /* NXDOMAIN for the domain (section 3.2.13) */
    enum dmarc_policy stated;        /* by that tag */
    enum dmarc_policy effective;     /* after t=y */
    struct notes warnings;
};

/* The contract of spf_check(): false while questions are open. Spends ASK_DMARC's budget. */
bool dmarc_discover(struct dmarc_discovery *discovery, str domain, struct ask *ask,
                    const struct dmarc_params *params);

/* An identifier, as input: with result pass it was authenticated. With temperror or unknown it might have
 * been: where it would align, DMARC can't be told either. Others may be left out. */
struct dmarc_identifier {
    enum { DMARC_BY_SPF, DMARC_BY_DKIM } method;
    enum result result;
    str domain;   /* A-label form; empty: not known, so it might be any */
    bool inexact; /* it might also be one above `domain`: no proof of strict alignment */
    size_t index; /* of the DKIM signature in struct dkim */
};

struct dmarc_alignment {
    struct dmarc_identifier identifier;
    bool aligned;      /* the domains are aligned; counts if identifier.result is pass */
    bool strict;       /* what the record asks for */
    bool exact;        /* equal domains */
    str organization;  /* of the identifier, where it had to be found; else empty */
    enum result error; /* RESULT_NONE, or why alignment can't be told: temperror, permerror, unknown */
    str reason;        /* one sentence */
};

/* The evaluation of one author domain. */
struct dmarc_author {
    enum result result; /* none, pass, fail, temperror, permerror, unknown */
    str reason;
    struct dmarc_discovery discovery;
    struct dmarc_alignment *alignments; /* one for each identifier, if a policy applies */
    size_t alignment_count;
};

struct dmarc_input {
    const str *authors; /* the author domains: normal form, distinct */
    size_t author_count;
    bool authors_unreadable; /* a mailbox of From has no usable domain */
    const struct dmarc_identifier *identifiers;
    size_t identifier_count;
    bool identifiers_known; /* false: SPF or DKIM are not done, only ask what will be needed */
};

struct dmarc {
    enum result result;           /* of the strictest author domain (section 11.5) */
    str reason;                   /* one sentence */
    struct notes warnings;        /* those of all authors, and more */
    struct dmarc_author *authors; /* at most LIMIT_DMARC_AUTHORS */
    size_t author_count;
    size_t decisive;               /* index of the author the result is taken from */
    str domain;                    /* its domain; empty if From has none */
    enum dmarc_policy policy;      /* what the domain's owner asks for when it fails */
    enum dmarc_policy disposition; /* what we'd do by RFC 9989 alone: none for a pass; reject becomes
                                    * quarantine (section 7.4: not solely because of p=reject), and so does a
                                    * From with more authors than are evaluated, or with an unreadable one */
    bool overridden; /* somebody trusted vouches for a message that fails; result stays fail, disposition
                      * is none */
    str override_reason;
    bool done;
};

/* Evaluates the author domains, the first LIMIT_DMARC_AUTHORS of them. The contract of spf_check(): false
 * while questions are open. Spends ASK_DMARC's budget. */
bool dmarc_evaluate(struct dmarc *dmarc, const struct dmarc_input *input, struct ask *ask,
                    const struct dmarc_params *params);

/* Notes that a failed message is accepted all the same, and why. */
void dmarc_override(struct dmarc *dmarc, str reason);

#endif
