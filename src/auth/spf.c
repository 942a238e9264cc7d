/* spf.c: Sender Policy Framework: the identities and their checks. */
#include "auth/spf.h"

#include "auth/spf_run.h"
#include "mail/domain.h"

/* Domains are asked for as A-labels (section 4.3). One that can't be is left as it is: no record is found. */
static str normal(str domain, struct arena *arena)
{
    str out;

    return domain_normal(domain, arena, &out) ? out : str_without_dot(domain);
}

/* Section 2.4: a null sender, like HELO, stands for postmaster at the HELO name. */
static void set_sender(struct spf_run *run, str address, bool helo)
{
    struct spf_macros *macros = &run->macros;
    struct arena *arena = run->ask->arena;
    size_t at = str_rfind(address, '@');

    if (helo) {
        macros->local = S("postmaster");
        macros->sender_domain = normal(macros->helo, arena);
    } else {
        macros->local = at > 0 && at < address.n ? str_sub(address, 0, at) : S("postmaster");
        macros->sender_domain = normal(str_skip(address, at + 1), arena);
        macros->sender = address; /* as it is, in the usual case */
        if (at > 0 && str_eq(str_skip(address, at + 1), macros->sender_domain))
            return;
    }
    macros->sender = arena_join(arena, macros->local, S("@"), macros->sender_domain);
}

static struct spf_run begin(struct spf_check *check, enum spf_identity identity,
                            const struct envelope *envelope, struct ask *ask, const struct spf_params *params)
{
    struct spf_run run = {
        .check = check, .ask = ask, .shared = identity == SPF_HELO && ask->used[ASK_SPF] > 0};

    run.macros = (struct spf_macros){
        .helo = envelope->helo, .receiver = params->receiver, .client = envelope->client, .now = ask->now};
    set_sender(&run, envelope->mail_from, identity == SPF_HELO || envelope->mail_from.n == 0);
    *check = (struct spf_check){.identity = identity,
                                .client = envelope->client,
                                .helo = envelope->helo,
                                .domain = run.macros.sender_domain,
                                .sender = run.macros.sender,
                                .secure = true};
    return run;
}

static bool conclude(struct spf_check *check, enum result result, str reason)
{
    check->result = result;
    check->reason = reason;
    check->secure = false;
    return true;
}

bool spf_check(struct spf_check *check, enum spf_identity identity, const struct envelope *envelope,
               struct ask *ask, const struct spf_params *params)
{
    struct spf_run run = begin(check, identity, envelope, ask, params);
    struct spf_frame frame = {.domain = check->domain};
    enum spf_outcome outcome;
    enum result result;

    if (identity == SPF_MAIL_FROM && !envelope->has_mail_from)
        return conclude(check, RESULT_UNKNOWN, S("the sender address is not known"));
    if (envelope->client.family == 0)
        return conclude(check, RESULT_UNKNOWN, S("the client address is not known"));
    if (check->domain.n == 0)
        return conclude(check, RESULT_NONE,
                        identity == SPF_HELO || envelope->mail_from.n == 0
                            ? S("there is no HELO name")
                            : S("the sender address has no domain"));
    outcome = spf_host(&run, &frame, &result);
    if (outcome == SPF_OPEN)
        return false;
    if (outcome == SPF_YES)
        check->result = result;
    check->secure = check->secure && run.answers > 0;
    return true;
}

/* The record of HELO will be needed in any case, so it travels with that of MAIL FROM. It is counted before
 * MAIL FROM begins, so that MAIL FROM always has the same budget. */
static void ask_helo(const struct envelope *envelope, struct ask *ask)
{
    str helo = normal(envelope->helo, ask->arena);

    if (envelope->client.family != 0 && spf_host_valid(helo))
        ask_dns(ask, ASK_SPF, helo, DNS_TXT);
}

/* What HELO will need behind its record, while MAIL FROM is open. */
static void ask_helo_ahead(struct spf_check *check, const struct envelope *envelope, struct ask *ask,
                           const struct spf_params *params)
{
    struct spf_run run = begin(check, SPF_HELO, envelope, ask, params);
    struct spf_frame frame = {.domain = check->domain};

    if (spf_host_valid(check->domain))
        spf_ahead_host(&run, &frame);
}

bool spf_evaluate(struct spf *spf, const struct envelope *envelope, struct ask *ask,
                  const struct spf_params *params)
{
    if (spf->done)
        return true;
    ask_helo(envelope, ask);
    if (!spf_check(&spf->mail_from, SPF_MAIL_FROM, envelope, ask, params)) {
        ask_helo_ahead(&spf->helo, envelope, ask, params);
        return false;
    }
    spf->done = spf_check(&spf->helo, SPF_HELO, envelope, ask, params);
    return spf->done;
}
