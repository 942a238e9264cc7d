/* auth.c: authenticate: SPF, DKIM, ARC, iprev, DMARC and DNS lists for one message. */
#include "auth/auth.h"

/* ---- the author domains ---- */

static bool is_listed(const struct auth *auth, str domain)
{
    for (size_t i = 0; i < auth->author_count; i++)
        if (str_eq(auth->author_domains[i], domain))
            return true;
    return false;
}

/* Distinct domains of all From fields. More are kept than are evaluated, so that it can be told that there
 * are more; but not many more: with a thousand mailboxes the list would be searched a thousand times. */
static void find_authors(struct auth *auth, const struct mail *mail, struct arena *arena)
{
    enum { KEPT = 8 * LIMIT_DMARC_AUTHORS };
    str domain;

    auth->author_domains = arena_array_of(arena, KEPT, str);
    auth->authors_unreadable = mail->from.cut;
    for (size_t i = 0; i < mail->from.n; i++) {
        if (mail->from.items[i].domain.n == 0)
            continue; /* a name without an address: names no author domain */
        if (!domain_normal(mail->from.items[i].domain, arena, &domain))
            auth->authors_unreadable = true;
        else if (auth->author_count < KEPT && !is_listed(auth, domain))
            auth->author_domains[auth->author_count++] = domain;
    }
}

/* ---- the start: what needs no answer ---- */

/* True if the message was handed to us by one of our relays. */
static bool came_by_relay(const struct envelope *envelope, const struct relays *relays)
{
    return relays && relays_have(relays, envelope->client);
}

static void start(struct auth *auth, const struct envelope *envelope, const struct mail *mail,
                  struct arena *arena, const struct auth_params *params)
{
    auth->started = true;
    auth->envelope = *envelope;
    find_authors(auth, mail, arena);
    if (came_by_relay(envelope, params->relays)) {
        trace_read(&auth->trace, mail, params->relays, arena);
        auth->envelope.client = auth->trace.client;
        auth->envelope.helo = auth->trace.helo;
    }
    if (params->trust_authserv.n)
        stated_find(&auth->stated, mail, params->trust_authserv, arena);
    else if (auth->trace.found)
        stated_find_above(&auth->stated, mail, params->relays->authserv_id, auth->trace.received, arena);
    stated_spf(&auth->spf, &auth->stated, &auth->envelope, arena);
    stated_dkim(&auth->dkim, &auth->stated, mail, arena);
    stated_arc(&auth->arc, &auth->stated, arena);
    stated_iprev(&auth->iprev, &auth->stated, arena);
    stated_dmarc(&auth->dmarc, &auth->stated, auth->author_domains,
                 auth->author_count + (auth->authors_unreadable ? 1 : 0), arena);
}

/* ---- the parts ---- */

static bool run_spf(struct auth *auth, struct ask *ask, const struct auth_params *params)
{
    if (auth->spf.done)
        return true;
    ask_begin(ask, ASK_SPF);
    return spf_evaluate(&auth->spf, &auth->envelope, ask, &params->spf);
}

static bool run_dkim(struct auth *auth, const struct mail *mail, struct ask *ask, struct crypto *crypto,
                     const struct auth_params *params)
{
    struct dkim_params dkim = params->dkim;

    dkim.digests = &auth->digests;
    dkim.prefer = auth->author_count ? auth->author_domains[0] : S("");
    return dkim_verify(&auth->dkim, mail, ask, crypto, &dkim);
}

/* Of what SPF left over, iprev may look at two reverse names more than its own budget has. */
static unsigned left_for_iprev(const struct ask *ask)
{
    enum { MORE_NAMES = 2 };
    unsigned left = ask_left(ask, ASK_SPF);

    return left < MORE_NAMES ? left : MORE_NAMES;
}

/* A long chain needs many keys, so ARC has the rest of what SPF left over. Its first questions travel with
 * those of SPF all the same; if they were not enough the chain is looked at again when SPF is done. */
static bool run_arc(struct auth *auth, const struct mail *mail, struct ask *ask, struct crypto *crypto,
                    const struct auth_params *params)
{
    struct arc_params arc = params->arc;

    if (auth->arc.done)
        return true;
    if (auth->spf.done)
        ask_inherit(ask, ASK_ARC, ask_left(ask, ASK_SPF) - left_for_iprev(ask));
    arc.digests = &auth->digests;
    if (!arc_verify(&auth->arc, mail, ask, crypto, &arc))
        return false;
    if (auth->spf.done || !ask->refused[ASK_ARC])
        return true;
    auth->arc = (struct arc){0};
    return false;
}

static bool run_iprev(struct auth *auth, struct ask *ask)
{
    if (auth->iprev.done)
        return true;
    if (auth->spf.done)
        ask_inherit(ask, ASK_IPREV, left_for_iprev(ask));
    ask_begin(ask, ASK_IPREV);
    if (!iprev_check(&auth->iprev, auth->envelope.client, ask))
        return false;
    if (auth->spf.done || !ask->refused[ASK_IPREV])
        return true;
    auth->iprev = (struct iprev){0};
    return false;
}

/* ---- DMARC ---- */

static bool is_of_use(enum result result)
{
    return result == RESULT_PASS || result == RESULT_TEMPERROR || result == RESULT_UNKNOWN;
}

/* Without a known sender it might be any, and that is what an empty one means to DMARC. */
static str spf_domain(const struct auth *auth)
{
    return auth->stated.spf || auth->envelope.has_mail_from ? auth->spf.mail_from.domain : S("");
}

/* What SPF and DKIM authenticated, or might have. DMARC looks at the MAIL FROM identity only (section 4.4.2).
 */
static size_t find_identifiers(const struct auth *auth, struct dmarc_identifier *identifiers)
{
    size_t n = 0;

    if (is_of_use(auth->spf.mail_from.result))
        identifiers[n++] = (struct dmarc_identifier){
            .method = DMARC_BY_SPF, .result = auth->spf.mail_from.result, .domain = spf_domain(auth)};
    for (size_t i = 0; i < auth->dkim.n; i++) {
        const struct dkim_signature *signature = &auth->dkim.signatures[i];

        if (is_of_use(signature->result))
            identifiers[n++] = (struct dmarc_identifier){.method = DMARC_BY_DKIM,
                                                         .result = signature->result,
                                                         .domain = signature->domain,
                                                         .inexact = signature->inexact,
                                                         .index = i};
    }
    return n;
}

/* Why DMARC was computed although it was stated. */
static void note_unused(struct auth *auth, struct arena *arena)
{
    str about;

    if (stated_dmarc_contradicts(&auth->stated))
        note_add(&auth->dmarc.warnings, arena, "%.*s stated several results of DMARC: none of them is used",
                 PS(auth->stated.authserv_id.n ? auth->stated.authserv_id : S("the receiving host")));
    else if (stated_dmarc_elsewhere(&auth->stated, auth->author_domains,
                                    auth->author_count + (auth->authors_unreadable ? 1 : 0), &about, arena))
        note_add(&auth->dmarc.warnings, arena,
                 "DMARC was stated for %.*s, but From names %.*s: what was stated is not used",
                 PS(about.n ? about : S("no readable domain")),
                 PS(auth->author_count ? auth->author_domains[0] : S("no readable domain")));
}

/* Asks for the policy along with the others' questions; concludes when they are done. */
static bool run_dmarc(struct auth *auth, const struct mail *mail, struct ask *ask,
                      const struct auth_params *params)
{
    bool known = auth->spf.done && auth->dkim.done;
    struct dmarc_input input = {.authors = auth->author_domains,
                                .author_count = auth->author_count,
                                .authors_unreadable = auth->authors_unreadable,
                                .identifiers_known = known};
    struct dmarc_identifier *identifiers;

    if (auth->dmarc.done)
        return true;
    ask_begin(ask, ASK_DMARC);
    if (known) {
        identifiers = arena_array_of(ask->arena, 1 + auth->dkim.n, struct dmarc_identifier);
        input.identifiers = identifiers;
        input.identifier_count = find_identifiers(auth, identifiers);
    }
    if (!dmarc_evaluate(&auth->dmarc, &input, ask, &params->dmarc))
        return false;
    note_unused(auth, ask->arena);
    if (mail->count[HEADER_FROM] > 1)
        note_add(&auth->dmarc.warnings, ask->arena, "From stands %u times; it may stand once (RFC 5322)",
                 mail->count[HEADER_FROM]);
    return true;
}

/* ---- DNS lists ---- */

/* Those that signed, which are known when DKIM is done, come last: what is asked for before stays at the
 * front. */
static size_t find_domains(const struct auth *auth, struct arena *arena, str *domains)
{
    struct address sender;
    size_t n = 0;

    for (size_t i = 0; i < auth->author_count && i < LIMIT_DMARC_AUTHORS; i++)
        domains[n++] = auth->author_domains[i];
    if (auth->envelope.has_mail_from && address_parse_path(auth->envelope.mail_from, arena, &sender) &&
        domain_normal(sender.domain, arena, &domains[n]))
        n++;
    for (size_t i = 0; auth->dkim.done && i < auth->dkim.n && i < LIMIT_DKIM_SIGNATURES; i++)
        if (auth->dkim.signatures[i].result == RESULT_PASS)
            domains[n++] = auth->dkim.signatures[i].domain;
    return n;
}

/* What DKIM leaves is what it had no signatures for: it keeps what is verified and does not count that again.
 */
static unsigned left_for_lists(const struct auth *auth, const struct ask *ask)
{
    size_t keys = auth->stated.dkim || auth->dkim.n > LIMIT_DNS_QUESTIONS_DKIM ? 0 : auth->dkim.n;

    return ask_left(ask, ASK_DMARC) + LIMIT_DNS_QUESTIONS_DKIM - (unsigned)keys;
}

/* The first questions travel with those of the others; all of them are asked when these are done. */
static bool run_lists(struct auth *auth, struct ask *ask, const struct auth_params *params, bool others_done)
{
    str domains[LIMIT_DMARC_AUTHORS + 1 + LIMIT_DKIM_SIGNATURES];
    struct dnsl_input input = {.client = auth->envelope.client, .domains = domains};

    if (others_done)
        ask_inherit(ask, ASK_DNSL, left_for_lists(auth, ask));
    input.domain_count = find_domains(auth, ask->arena, domains);
    ask_begin(ask, ASK_DNSL);
    return dnsl_look_up(&auth->dnsl, &input, ask, &params->dnsl) && others_done;
}

/* ---- ARC and DMARC ---- */

/* The domain for which a set states dmarc=pass, and nothing else of DMARC; empty if for none. */
static str domain_with_pass(const struct arc_set *set, struct arena *arena)
{
    const struct authres_result *result = authres_only(&set->results, S("dmarc"));

    if (!result || result->result != RESULT_PASS)
        return S("");
    return stated_domain(result, S("header"), S("from"), arena);
}

/* A message that lost its signatures on the way passed DMARC where a trusted sealer saw it. That counts only
 * if the chain is whole and all who sealed from there on are trusted: each of them could have written what it
 * liked below its seal (RFC 8617 section 7.2.1). */
static void override_by_arc(struct auth *auth, struct arena *arena)
{
    const struct arc *arc = &auth->arc;

    if (auth->dmarc.result != RESULT_FAIL || auth->author_count != 1 || auth->authors_unreadable ||
        arc->result != RESULT_PASS || arc->trusted_from == 0)
        return;
    for (size_t i = 0; i < arc->n; i++) {
        const struct arc_set *set = &arc->sets[i];

        if (set->instance < arc->trusted_from ||
            !str_eq(domain_with_pass(set, arena), auth->author_domains[0]))
            continue;
        dmarc_override(
            &auth->dmarc,
            arena_printf(arena,
                         "ARC set %u, sealed by %.*s, states that the message passed DMARC for %.*s, "
                         "and all sealers from there on are trusted",
                         set->instance, PS(set->domain), PS(auth->author_domains[0])));
        return;
    }
}

bool auth_step(struct auth *auth, const struct envelope *envelope, const struct mail *mail, struct ask *ask,
               struct crypto *crypto, const struct auth_params *params)
{
    bool done;

    if (auth->done)
        return true;
    if (!auth->started)
        start(auth, envelope, mail, ask->arena, params);
    /* All of them in each round, so that their questions travel together. DMARC last: it needs SPF and DKIM.
     */
    done = run_spf(auth, ask, params);
    done &= run_dkim(auth, mail, ask, crypto, params);
    done &= run_arc(auth, mail, ask, crypto, params);
    done &= run_iprev(auth, ask);
    done &= run_dmarc(auth, mail, ask, params);
    if (!run_lists(auth, ask, params, done))
        return false;
    override_by_arc(auth, ask->arena);
    auth->done = true;
    return true;
}
