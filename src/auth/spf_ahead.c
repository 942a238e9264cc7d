/* spf_ahead.c: asking ahead, so that an SPF check takes few round trips.
 *
 * This happens only while an answer is missing, through ask_ahead(): it costs no budget and changes no
 * result. It stops where a literal term matches, and at the limit of terms. */
#include "auth/spf_run.h"
#include "base/limits.h"

static void ask(struct spf_run *run, str name, enum dns_type type)
{
    ask_ahead(run->ask, name, type);
    run->enough = run->enough || run->ask->ahead >= LIMIT_DNS_QUESTIONS_AHEAD;
}

/* The hosts of an MX answer that is here already. */
static void ask_hosts(struct spf_run *run, const struct dns_answer *answer)
{
    if (answer->status != DNS_OK || answer->n > LIMIT_SPF_NAMES)
        return;
    for (size_t i = 0; i < answer->n && !run->enough; i++)
        ask(run, answer->records[i].text, spf_address_type(run));
}

static void ask_record(struct spf_run *run, const struct spf_frame *frame, enum spf_via via, str name)
{
    struct spf_frame next = {
        .parent = frame, .via = via, .included = frame->included || via == SPF_VIA_INCLUDE, .domain = name};

    if (spf_host_valid(name))
        spf_ahead_host(run, &next);
}

static void ask_term(struct spf_run *run, const struct spf_frame *frame, const struct spf_term *term)
{
    const struct dns_answer *hosts;
    str name;

    if (spf_macro_has(term->domain, S("p")) || spf_target(run, frame, term->domain, &name) != SPF_YES)
        return;
    switch (term->kind) {
    case SPF_INCLUDE:
    case SPF_REDIRECT:
        ask_record(run, frame, term->kind == SPF_INCLUDE ? SPF_VIA_INCLUDE : SPF_VIA_REDIRECT, name);
        break;
    case SPF_MX:
        hosts = ask_peek(run->ask, name, DNS_MX);
        if (hosts)
            ask_hosts(run, hosts);
        else
            ask(run, name, DNS_MX);
        break;
    case SPF_PTR:
        ask(run, ip_reverse_name(run->macros.client, run->ask->arena), DNS_PTR);
        break;
    case SPF_A:
        ask(run, name, spf_address_type(run));
        break;
    case SPF_EXISTS:
        ask(run, name, DNS_A);
        break;
    case SPF_ALL:
    case SPF_IP4:
    case SPF_IP6:
    case SPF_EXP:
    case SPF_OTHER:
        break;
    }
}

/* One more term that needs DNS; false at the limit. */
static bool count(struct spf_run *run)
{
    run->ahead++;
    if (run->check->terms + run->ahead > LIMIT_SPF_TERMS)
        run->enough = true;
    return !run->enough;
}

void spf_ahead(struct spf_run *run, const struct spf_frame *frame, const struct spf_record *record,
               size_t first)
{
    for (size_t i = first; i < record->n && !run->enough; i++) {
        const struct spf_term *term = &record->terms[i];

        if (!spf_needs_dns(term->kind)) {
            /* It matches. An include that passes by it ends what is around it too. */
            run->enough = term->qualifier == RESULT_PASS || !frame->included;
            return;
        }
        if (count(run))
            ask_term(run, frame, term);
    }
    if (!run->enough && record->has_redirect && count(run))
        ask_term(run, frame, &record->redirect);
}

void spf_ahead_host(struct spf_run *run, const struct spf_frame *frame)
{
    const struct dns_answer *answer = ask_peek(run->ask, frame->domain, DNS_TXT);
    const struct dns_record *text;
    struct spf_record record;
    unsigned count_of_records;

    if (!answer) {
        ask(run, frame->domain, DNS_TXT);
        return;
    }
    text = spf_find_record(answer, &count_of_records);
    if (!text)
        return;
    spf_record_read(&record, text->text, run->macros.client);
    if (!record.why)
        spf_ahead(run, frame, &record, 0);
}
