/* dmarc.h: DMARC, RFC 9989 (obsoletes RFC 7489). */
#ifndef POSTERN_AUTH_DMARC_H
#define POSTERN_AUTH_DMARC_H

#include "ask/ask.h"
#include "auth/result.h"
#include "base/limits.h"
#include "base/note.h"
#include "mail/domain.h"

enum dmarc_policy { DMARC_POLICY_NONE, DMARC_POLICY_QUARANTINE, DMARC_POLICY_REJECT };
enum dmarc_psd { DMARC_PSD_UNKNOWN, DMARC_PSD_YES, DMARC_PSD_NO };

/* One record, read (section 4.7). */
struct dmarc_record {
    bool valid; /* usable as a DMARC record */
    str text;
    bool has_p, has_sp, has_np;
    enum dmarc_policy p, sp, np;  /* as stated; see dmarc_record_parse() for what stands in for bad ones */
    bool strict_dkim, strict_spf; /* adkim=s, aspf=s */
    enum dmarc_psd psd;
    bool testing;     /* t=y */
    str rua, ruf, fo; /* as stated */
    struct notes warnings;
};

/* Reads one TXT record. False if it does not begin with the version tag: it is then no DMARC record and is
 * ignored. A missing or invalid p (or an invalid sp or np) acts as p=none if a valid rua is there, else valid
 * is false. */
bool dmarc_record_parse(struct dmarc_record *record, str text, struct arena *arena);

/* An identifier that was authenticated, as input. */
struct dmarc_identifier {
    enum { DMARC_BY_SPF, DMARC_BY_DKIM } method;
    str domain;   /* A-label form */
    size_t index; /* of the DKIM signature */
};

struct dmarc_alignment {
    struct dmarc_identifier identifier;
    bool aligned;
    bool strict;      /* what the record asks for */
    bool exact;       /* equal domains */
    str organization; /* of the identifier, where it had to be found; else empty */
};

/* The evaluation of one author domain. */
struct dmarc_author {
    str domain;              /* A-label form */
    enum result result;      /* none, pass, fail, temperror, permerror, unknown */
    str organization;        /* organizational domain by tree walk and guard */
    str suffix_organization; /* by the public suffix list, for comparison */
    bool guarded; /* the walk chose a public suffix above the author domain; the guard did not follow it */
    str policy_domain;          /* where the applied record stands; empty if none */
    struct dmarc_record record; /* of policy_domain */
    enum { DMARC_FROM_P, DMARC_FROM_SP, DMARC_FROM_NP } policy_source;
    bool nonexistent;         /* NXDOMAIN for the author domain */
    enum dmarc_policy stated; /* by the tag that applies */
    enum dmarc_policy policy; /* after t=y */
    struct dmarc_alignment *alignments;
    size_t alignment_count;
    bool secure; /* record came with DNSSEC */
};

struct dmarc {
    enum result result; /* of the strictest author domain (section on several author domains) */
    str reason;         /* one sentence */
    struct notes warnings;
    struct dmarc_author *authors;
    size_t author_count;
    size_t decisive;               /* index of the author the result is taken from */
    enum dmarc_policy policy;      /* what the domain's owner asks for when it fails */
    enum dmarc_policy disposition; /* what we'd do by RFC 9989 alone: none for a pass; reject becomes
                                    * quarantine (section 7.4: not solely because of p=reject) */
    bool overridden; /* a trusted ARC chain turned a fail into a pass-by-override; see override_reason */
    str override_reason;
    bool done;
};

struct dmarc_params {
    const struct suffixes *suffixes; /* the guard; may be NULL */
};

/* Evaluates all author domains (at most LIMIT_DMARC_AUTHORS, normal form, distinct). The contract of
 * spf_check(): false while questions are open. May be called before SPF and DKIM are done with
 * `identifiers_known` false: it then only asks what it will need and returns false. Spends ASK_DMARC's
 * budget. */
bool dmarc_evaluate(struct dmarc *dmarc, const str *authors, size_t author_count,
                    const struct dmarc_identifier *identifiers, size_t identifier_count,
                    bool identifiers_known, struct ask *ask, const struct dmarc_params *params);

/* The walk of section 4.10 by itself, for `postern dmarc DOMAIN`: each step with what was found. */
struct dmarc_walk_step {
    str name; /* "_dmarc...." */
    const struct dns_answer *answer;
    bool found;
    struct dmarc_record record;
};
struct dmarc_walk {
    struct dmarc_walk_step steps[LIMIT_DMARC_WALK];
    size_t n;
    enum result error; /* RESULT_NONE; RESULT_TEMPERROR or RESULT_UNKNOWN where an answer was missing */
};
bool dmarc_walk(struct dmarc_walk *walk, str domain, struct ask *ask);

const char *dmarc_policy_name(enum dmarc_policy policy);

#endif
