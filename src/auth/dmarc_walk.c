/* dmarc_walk.c: policy discovery: the DNS tree walk, the organizational domain, the policy (RFC 9989
 * section 4.10). */
#include <assert.h>

#include "auth/dmarc.h"
#include "base/limits.h"

enum { WALK_LABELS = 7 }; /* a name with more than these is shortened to them after its first question */

/* The rightmost `labels` labels of a domain that has at least as many. */
static str last_labels(str domain, unsigned labels)
{
    for (unsigned n = domain_labels(domain); n > labels; n--)
        domain = domain_parent(domain);
    return domain;
}

/* Steps 3, 4 and 7 of the walk: the name that is asked for next; empty at the end. */
static str next_target(str domain)
{
    return domain_labels(domain) > WALK_LABELS ? last_labels(domain, WALK_LABELS) : domain_parent(domain);
}

/* Steps 2 and 6: what an answer holds. */
static void read_step(struct dmarc_step *step, struct notes *warnings, struct arena *arena)
{
    struct dmarc_record record;

    for (size_t i = 0; i < step->answer->n; i++) {
        str text = step->answer->records[i].text;

        if (dmarc_record_parse(&record, text, arena)) {
            if (step->count++ == 0)
                step->record = record;
        } else if (dmarc_record_resembles(text)) {
            note_add(warnings, arena, "a record at %.*s does not begin with \"v=DMARC1\" exactly: ignored",
                     PS(step->name));
        }
    }
    step->found = step->count == 1;
    if (step->answer->cut)
        note_add(warnings, arena, "%.*s has more than %d TXT records; the rest was not read", PS(step->name),
                 LIMIT_DNS_RECORDS);
    if (step->count > 1)
        note_add(warnings, arena, "there are %u DMARC records at %.*s: all are discarded", step->count,
                 PS(step->name));
}

bool dmarc_walk(struct dmarc_walk *walk, str domain, struct ask *ask)
{
    bool open = false;

    *walk = (struct dmarc_walk){.domain = domain};
    for (str target = domain; target.n; target = next_target(target)) {
        struct dmarc_step *step = &walk->steps[walk->n++];

        step->domain = target;
        step->name = arena_join(ask->arena, S("_dmarc."), target, S(""));
        step->answer = ask_dns(ask, ASK_DMARC, step->name, DNS_TXT);
        open = open || !step->answer;
        assert(walk->n <= LIMIT_DMARC_WALK);
    }
    for (size_t i = 0; i < walk->n && !open; i++) {
        struct dmarc_step *step = &walk->steps[i];

        read_step(step, &walk->warnings, ask->arena);
        if (step->found && step->record.psd != DMARC_PSD_UNKNOWN)
            walk->n = i + 1;
    }
    return !open;
}

/* RESULT_NONE if the answer says what there is; else what its lack makes of a result that needs it. */
static enum result lack_of(const struct dns_answer *answer)
{
    if (answer->status == DNS_UNKNOWN)
        return RESULT_UNKNOWN;
    if (answer->status == DNS_LIMIT)
        return RESULT_PERMERROR;
    return dns_is_temporary(answer) ? RESULT_TEMPERROR : RESULT_NONE;
}

/* "the question for _dmarc.example.com failed (SERVFAIL)" */
static str words_of_lack(const struct dns_answer *answer, struct arena *arena)
{
    if (answer->status == DNS_UNKNOWN)
        return arena_printf(arena, "what stands at %.*s is not known", PS(answer->name));
    if (answer->status == DNS_LIMIT)
        return arena_printf(arena, "%.*s was not asked for: the message needs too many questions",
                            PS(answer->name));
    return arena_printf(arena, "the question for %.*s failed (%s)", PS(answer->name),
                        dns_status_name(answer->status));
}

enum result dmarc_organization(struct dmarc_organization *organization, const struct dmarc_walk *walk,
                               const struct suffixes *suffixes, struct arena *arena)
{
    str chosen = walk->domain;
    bool settled = false;

    *organization = (struct dmarc_organization){.by_suffix = suffixes_organisation(suffixes, walk->domain)};
    for (size_t i = 0; i < walk->n; i++) {
        const struct dmarc_step *step = &walk->steps[i];

        organization->error = lack_of(step->answer);
        if (organization->error != RESULT_NONE && !settled) {
            organization->reason = words_of_lack(step->answer, arena);
            return organization->error;
        }
        if (!step->found)
            continue;
        organization->from_record = true;
        chosen = step->domain;
        if (i > 0 && step->record.psd == DMARC_PSD_YES)
            chosen = last_labels(walk->domain, domain_labels(step->domain) + 1);
        /* The guard follows nothing above this name, so what stands there can't matter any more. */
        settled = settled || str_eq(step->domain, organization->by_suffix);
    }
    organization->error = RESULT_NONE;
    /* Both are ends of one name: a shorter one lies above. Above the suffix list's organizational domain
     * there are only public suffixes (section 11.8). */
    organization->guarded = chosen.n < organization->by_suffix.n;
    organization->domain = organization->guarded ? organization->by_suffix : chosen;
    return RESULT_NONE;
}

/* Section 4.10.1: the domain's own record, else its organizational domain's, else the public suffix's. */
static const struct dmarc_step *policy_step(const struct dmarc_walk *walk, str organization)
{
    const struct dmarc_step *above = NULL;

    if (walk->steps[0].found)
        return &walk->steps[0];
    for (size_t i = 1; i < walk->n; i++) {
        const struct dmarc_step *step = &walk->steps[i];

        if (step->found && str_eq(step->domain, organization))
            return step;
        if (step->found && step->domain.n < organization.n && !above)
            above = step;
    }
    return above;
}

/* The domain exists if a name below it does; else its own answer tells. Only NXDOMAIN counts
 * (section 3.2.13). */
static void find_existence(struct dmarc_discovery *discovery, const struct dns_answer *address, bool *known)
{
    enum dns_status below = discovery->walk.steps[0].answer->status;

    *known = below == DNS_OK || below == DNS_NODATA || lack_of(address) == RESULT_NONE;
    discovery->nonexistent = below != DNS_OK && below != DNS_NODATA && address->status == DNS_NXDOMAIN;
}

static enum dmarc_policy one_lower(enum dmarc_policy policy)
{
    return policy == DMARC_POLICY_REJECT ? DMARC_POLICY_QUARANTINE : DMARC_POLICY_NONE;
}

/* Which tag of the record applies (section 4.10.1), and what it says. */
static void find_policy(struct dmarc_discovery *discovery, bool existence_known, struct arena *arena)
{
    const struct dmarc_record *record = &discovery->policy->record;
    bool own = discovery->policy == &discovery->walk.steps[0];

    discovery->policy_source = DMARC_FROM_P;
    discovery->stated = record->p;
    if (!own && record->has_sp) {
        discovery->policy_source = DMARC_FROM_SP;
        discovery->stated = record->sp;
    }
    if (!own && record->has_np && discovery->nonexistent) {
        discovery->policy_source = DMARC_FROM_NP;
        discovery->stated = record->np;
    }
    if (!own && record->has_np && !existence_known && record->np != discovery->stated)
        note_add(&discovery->warnings, arena, "whether %.*s exists is not known: np= is not applied",
                 PS(discovery->domain));
    discovery->effective = record->testing ? one_lower(discovery->stated) : discovery->stated;
}

/* What an administrator should know besides. */
static void note_oddities(struct dmarc_discovery *discovery, struct arena *arena)
{
    const struct dmarc_walk *walk = &discovery->walk;
    const struct dmarc_organization *organization = &discovery->organization;

    for (const struct note *note = walk->warnings.first; note; note = note->next)
        note_add(&discovery->warnings, arena, "%.*s", PS(note->text));
    if (discovery->policy)
        for (const struct note *note = discovery->policy->record.warnings.first; note; note = note->next)
            note_add(&discovery->warnings, arena, "the record at %.*s: %.*s", PS(discovery->policy->name),
                     PS(note->text));
    if (organization->guarded)
        note_add(&discovery->warnings, arena,
                 "a record above %.*s would make a public suffix its organizational domain: not followed",
                 PS(organization->domain));
    else if (organization->from_record && !str_eq(organization->domain, organization->by_suffix))
        note_add(&discovery->warnings, arena,
                 "the organizational domain is %.*s by the tree walk, %.*s by the public suffix list",
                 PS(organization->domain), PS(organization->by_suffix));
    for (size_t i = 1; i < walk->n && discovery->policy; i++)
        if (walk->steps[i].found && &walk->steps[i] != discovery->policy && !walk->steps[0].found &&
            walk->steps[i].domain.n > organization->domain.n)
            note_add(&discovery->warnings, arena, "the record at %.*s is not used: it stands between",
                     PS(walk->steps[i].name));
}

/* Fills in which record applies, or why there is none. */
static void conclude(struct dmarc_discovery *discovery, bool existence_known, struct arena *arena)
{
    const struct dmarc_step *own = &discovery->walk.steps[0];
    const struct dmarc_step *policy;

    discovery->error = lack_of(own->answer);
    if (discovery->error != RESULT_NONE) {
        discovery->reason = words_of_lack(own->answer, arena);
        return;
    }
    if (!own->found && discovery->organization.error != RESULT_NONE) {
        discovery->error = discovery->organization.error;
        discovery->reason = discovery->organization.reason;
        return;
    }
    policy = policy_step(&discovery->walk, discovery->organization.domain);
    discovery->policy = policy;
    if (!policy) {
        discovery->reason = arena_printf(arena, "there is no DMARC record for %.*s", PS(discovery->domain));
        return;
    }
    if (!policy->record.valid) {
        discovery->error = RESULT_PERMERROR;
        discovery->reason = arena_printf(
            arena, "the DMARC record at %.*s has no valid policy and no valid rua=", PS(policy->name));
        return;
    }
    find_policy(discovery, existence_known, arena);
    discovery->reason = arena_join(arena, S("the DMARC record at "), policy->name,
                                   policy == own ? S(" applies (the domain's own)")
                                   : str_eq(policy->domain, discovery->organization.domain)
                                       ? S(" applies (of the organizational domain)")
                                       : S(" applies (of the public suffix)"));
}

bool dmarc_discover(struct dmarc_discovery *discovery, str domain, struct ask *ask,
                    const struct dmarc_params *params)
{
    const struct dns_answer *address;
    bool existence_known;
    bool walked;

    *discovery = (struct dmarc_discovery){.domain = domain};
    walked = dmarc_walk(&discovery->walk, domain, ask);
    /* Any type would do to learn whether the name exists; this one is asked for along with the walk. */
    address = ask_dns(ask, ASK_DMARC, domain, DNS_A);
    if (!walked || !address)
        return false;
    dmarc_organization(&discovery->organization, &discovery->walk, params->suffixes, ask->arena);
    find_existence(discovery, address, &existence_known);
    conclude(discovery, existence_known, ask->arena);
    note_oddities(discovery, ask->arena);
    return true;
}
