/* spf_term.c: matching the terms of an SPF record against the client address. */
#include "auth/spf_run.h"
#include "base/limits.h"

enum dns_type spf_address_type(const struct spf_run *run)
{
    return run->macros.client.family == 6 ? DNS_AAAA : DNS_A;
}

static enum spf_outcome stop_at_limit(struct spf_run *run, const struct spf_frame *frame)
{
    if (run->shared)
        return spf_stop(run, frame, RESULT_UNKNOWN,
                        "not finished: the checks of MAIL FROM and HELO together would need more than the %d "
                        "DNS questions that are asked for SPF",
                        LIMIT_DNS_QUESTIONS_SPF);
    return spf_stop(run, frame, RESULT_PERMERROR,
                    "the record of %.*s needs more than the %d DNS questions that are asked for SPF (a limit "
                    "of this receiver)",
                    PS(run->check->domain), LIMIT_DNS_QUESTIONS_SPF);
}

/* An answer that the result rests on. */
static void use(struct spf_run *run, const struct dns_answer *answer)
{
    if (answer->status == DNS_INVALID)
        return;
    run->answers++;
    run->check->secure = run->check->secure && answer->security == DNS_SECURE;
}

/* SPF_STOPPED if the answer is an error, unknown or over the limit, else SPF_NO. */
static enum spf_outcome trouble_of(struct spf_run *run, const struct spf_frame *frame,
                                   const struct dns_answer *answer)
{
    str where;

    use(run, answer);
    if (answer->status == DNS_LIMIT)
        return stop_at_limit(run, frame);
    if (answer->status == DNS_UNKNOWN)
        return spf_stop(run, frame, RESULT_UNKNOWN, "not finished: no answer is at hand for %.*s %s",
                        PS(answer->name), dns_type_name(answer->type));
    if (!dns_is_temporary(answer))
        return SPF_NO;
    where = spf_where(run, frame, S(""));
    return spf_stop(run, frame, RESULT_TEMPERROR, "looking up %.*s %s for %.*s failed: %s%s%.*s",
                    PS(answer->name), dns_type_name(answer->type), PS(where), dns_status_name(answer->status),
                    answer->why.n ? ", " : "", PS(spf_short(answer->why)));
}

enum spf_outcome spf_ask(struct spf_run *run, const struct spf_frame *frame, str name, enum dns_type type,
                         const struct dns_answer **answer)
{
    *answer = ask_dns(run->ask, ASK_SPF, name, type);
    if (!*answer)
        return SPF_OPEN;
    if (trouble_of(run, frame, *answer) == SPF_STOPPED)
        return SPF_STOPPED;
    return (*answer)->status == DNS_OK ? SPF_YES : SPF_NO;
}

/* A term whose lookups found nothing: it does not match, and few of them are allowed. A name that DNS can't
 * have is not looked up and only worth a warning. */
static enum spf_outcome count_void(struct spf_run *run, const struct spf_frame *frame,
                                   const struct spf_term *term, const struct dns_answer *answer)
{
    struct notes *warnings = &run->check->warnings;
    str where = spf_where(run, frame, term->text);
    str name = spf_short(answer->name);

    if (answer->status == DNS_INVALID) {
        note_add(warnings, run->ask->arena, "%.*s: DNS can't have a name like %.*s", PS(where), PS(name));
        return SPF_NO;
    }
    note_add(warnings, run->ask->arena, "%.*s: there is no %s record at %.*s", PS(where),
             dns_type_name(answer->type), PS(name));
    if (++run->check->voids <= LIMIT_SPF_VOID)
        return SPF_NO;
    return spf_stop(run, frame, RESULT_PERMERROR,
                    "more than %d terms lead nowhere (the last is %.*s): RFC 7208 section 4.6.4",
                    LIMIT_SPF_VOID, PS(where));
}

static bool has_non_ascii(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] > 0x7f)
            return true;
    return false;
}

enum spf_outcome spf_target(struct spf_run *run, const struct spf_frame *frame, str spec, str *name)
{
    enum spf_outcome outcome;

    *name = frame->domain;
    if (spec.n == 0)
        return SPF_YES;
    if (spf_macro_has(spec, S("sl")) && has_non_ascii(run->macros.local))
        return SPF_NO;
    if (spf_macro_has(spec, S("p"))) {
        outcome = spf_validated(run, frame, &run->macros.validated);
        if (outcome != SPF_YES)
            return outcome;
    }
    run->macros.domain = frame->domain;
    *name = spf_macro_domain(spec, &run->macros, run->ask->arena);
    return SPF_YES;
}

static bool has_address(const struct spf_run *run, const struct dns_answer *answer,
                        const struct spf_term *term)
{
    struct ip client = run->macros.client;
    unsigned bits = client.family == 6 ? term->bits6 : term->bits4;

    for (size_t i = 0; i < answer->n; i++)
        if (ip_in_network(client, answer->records[i].ip, bits))
            return true;
    return false;
}

/* a and exists: one question. */
static enum spf_outcome match_name(struct spf_run *run, const struct spf_frame *frame,
                                   const struct spf_term *term, str name)
{
    enum dns_type type = term->kind == SPF_EXISTS ? DNS_A : spf_address_type(run);
    const struct dns_answer *answer;
    enum spf_outcome outcome = spf_ask(run, frame, name, type, &answer);

    if (outcome == SPF_NO)
        return count_void(run, frame, term, answer);
    if (outcome == SPF_YES && term->kind == SPF_A && !has_address(run, answer, term))
        return SPF_NO;
    return outcome;
}

/* Answers for the addresses of several names. */
struct addresses {
    size_t n;
    str names[LIMIT_SPF_NAMES];
    const struct dns_answer *answers[LIMIT_SPF_NAMES];
};

/* All are asked before one is looked at: they travel together, and count the same in every run, whichever
 * answer comes first. False if one is open. */
static bool ask_addresses(struct spf_run *run, struct addresses *addresses)
{
    bool known = true;

    for (size_t i = 0; i < addresses->n; i++) {
        addresses->answers[i] = ask_dns(run->ask, ASK_SPF, addresses->names[i], spf_address_type(run));
        known = known && addresses->answers[i];
    }
    return known;
}

/* The first host that matches decides; without one, trouble with any of them does. */
static enum spf_outcome match_hosts(struct spf_run *run, const struct spf_frame *frame,
                                    const struct spf_term *term, const struct addresses *hosts)
{
    const struct dns_answer *nothing = NULL;
    bool found = false;

    for (size_t i = 0; i < hosts->n; i++) {
        const struct dns_answer *answer = hosts->answers[i];

        if (answer->status == DNS_OK && has_address(run, answer, term)) {
            use(run, answer);
            return SPF_YES;
        }
        found = found || answer->status == DNS_OK;
        if (dns_is_void(answer))
            nothing = answer;
    }
    for (size_t i = 0; i < hosts->n; i++)
        if (trouble_of(run, frame, hosts->answers[i]) == SPF_STOPPED)
            return SPF_STOPPED;
    return nothing && !found ? count_void(run, frame, term, nothing) : SPF_NO;
}

static enum spf_outcome match_mx(struct spf_run *run, const struct spf_frame *frame,
                                 const struct spf_term *term, str name)
{
    const struct dns_answer *answer;
    struct addresses hosts = {0};
    enum spf_outcome outcome = spf_ask(run, frame, name, DNS_MX, &answer);

    if (outcome == SPF_NO)
        return count_void(run, frame, term, answer);
    if (outcome != SPF_YES)
        return outcome;
    if (answer->n > LIMIT_SPF_NAMES) {
        str where = spf_where(run, frame, term->text);

        return spf_stop(run, frame, RESULT_PERMERROR,
                        "%.*s leads to more than %d MX hosts: RFC 7208 section 4.6.4", PS(where),
                        LIMIT_SPF_NAMES);
    }
    for (size_t i = 0; i < answer->n; i++)
        hosts.names[hosts.n++] = answer->records[i].text;
    return ask_addresses(run, &hosts) ? match_hosts(run, frame, term, &hosts) : SPF_OPEN;
}

/* True if name is the domain or below it, in any case. */
static bool is_under(str name, str domain)
{
    name = str_without_dot(name);
    return str_iends(name, domain) && (name.n == domain.n || name.p[name.n - domain.n - 1] == '.');
}

/* The reverse names of the client. SPF_NO: there are none, or DNS has an error (section 5.5). */
static enum spf_outcome ask_pointers(struct spf_run *run, const struct spf_frame *frame,
                                     const struct dns_answer **answer)
{
    *answer = ask_dns(run->ask, ASK_SPF, ip_reverse_name(run->macros.client, run->ask->arena), DNS_PTR);
    if (!*answer)
        return SPF_OPEN;
    if ((*answer)->status == DNS_UNKNOWN || (*answer)->status == DNS_LIMIT)
        return trouble_of(run, frame, *answer);
    use(run, *answer);
    return (*answer)->status == DNS_OK ? SPF_YES : SPF_NO;
}

/* Confirms the reverse names that are (or are not) under `domain`: *name is the domain itself if that is one
 * of them, else the first. Those whose address can't be looked up are skipped (section 5.5). */
static enum spf_outcome confirm(struct spf_run *run, const struct spf_frame *frame,
                                const struct dns_answer *pointers, str domain, bool under, str *name)
{
    static const struct spf_term exact = {.bits4 = 32, .bits6 = 128};
    const struct dns_answer *unknown = NULL;
    const struct dns_answer *confirmed = NULL;
    struct addresses names = {0};

    for (size_t i = 0; i < pointers->n && i < LIMIT_SPF_NAMES; i++)
        if (is_under(pointers->records[i].text, domain) == under)
            names.names[names.n++] = str_without_dot(pointers->records[i].text);
    if (!ask_addresses(run, &names))
        return SPF_OPEN;
    for (size_t i = 0; i < names.n; i++) {
        const struct dns_answer *answer = names.answers[i];

        if (answer->status == DNS_UNKNOWN || answer->status == DNS_LIMIT)
            unknown = answer;
        if (answer->status != DNS_OK || !has_address(run, answer, &exact))
            continue;
        if (!confirmed || (names.names[i].n == domain.n && under)) {
            confirmed = answer;
            *name = names.names[i];
        }
    }
    if (confirmed)
        use(run, confirmed);
    return confirmed ? SPF_YES : unknown ? trouble_of(run, frame, unknown) : SPF_NO;
}

static enum spf_outcome match_ptr(struct spf_run *run, const struct spf_frame *frame,
                                  const struct spf_term *term, str name)
{
    const struct dns_answer *pointers;
    enum spf_outcome outcome = ask_pointers(run, frame, &pointers);
    str confirmed;

    if (outcome == SPF_NO && dns_is_void(pointers))
        return count_void(run, frame, term, pointers);
    return outcome == SPF_YES ? confirm(run, frame, pointers, name, true, &confirmed) : outcome;
}

enum spf_outcome spf_validated(struct spf_run *run, const struct spf_frame *frame, str *name)
{
    const struct dns_answer *pointers;
    enum spf_outcome outcome = ask_pointers(run, frame, &pointers);

    if (outcome == SPF_YES)
        outcome = confirm(run, frame, pointers, frame->domain, true, name);
    if (outcome == SPF_NO && pointers->status == DNS_OK)
        outcome = confirm(run, frame, pointers, frame->domain, false, name);
    if (outcome != SPF_NO)
        return outcome;
    *name = S("unknown");
    return SPF_YES;
}

enum spf_outcome spf_match(struct spf_run *run, const struct spf_frame *frame, const struct spf_term *term)
{
    str name;
    enum spf_outcome outcome = spf_target(run, frame, term->domain, &name);

    if (outcome != SPF_YES)
        return outcome;
    if (term->kind == SPF_MX)
        return match_mx(run, frame, term, name);
    if (term->kind == SPF_PTR)
        return match_ptr(run, frame, term, name);
    return match_name(run, frame, term, name);
}
