/* dmarc_command.c: postern dmarc DOMAIN. */
#include "programs/explain.h"
#include "programs/judge.h"

enum { OUT_MAX = 1024 * 1024 };

/* What stands at each name of the walk. */
static void explain_walk(struct page *page, const struct dmarc_walk *walk)
{
    for (size_t i = 0; i < walk->n; i++) {
        const struct dmarc_step *step = &walk->steps[i];

        page_printf(page, "  ");
        page_text(page, step->name);
        page_printf(page, ": ");
        if (step->found)
            page_text(page, step->record.text);
        else if (step->count > 1)
            page_printf(page, "%u records, so none counts", step->count);
        else
            page_printf(page, "%s",
                        step->answer->status == DNS_OK ? "no DMARC record"
                                                       : dns_status_name(step->answer->status));
        page_end(page);
        page_warnings(page, "", &step->record.warnings);
    }
    page_warnings(page, "", &walk->warnings);
}

static void explain(struct page *page, const struct dmarc_discovery *discovery)
{
    page_text(page, discovery->domain);
    page_printf(page, ": ");
    page_text(page, discovery->reason);
    page_end(page);
    if (discovery->policy) {
        page_printf(page, "policy %s (%s= at ", dmarc_policy_name(discovery->effective),
                    dmarc_source_names[discovery->policy_source]);
        page_text(page, discovery->policy->domain);
        page_printf(page, "%s)\n", discovery->policy->record.testing ? ", lowered by t=y" : "");
    }
    if (discovery->organization.domain.n) {
        page_printf(page, "organizational domain ");
        page_text(page, discovery->organization.domain);
        page_end(page);
    }
    explain_walk(page, &discovery->walk);
    page_warnings(page, "", &discovery->warnings);
}

static void report(struct jsonl *json, const struct dmarc_discovery *discovery, enum result result)
{
    jsonl_open(json, NULL, '{');
    jsonl_text(json, "domain", discovery->domain);
    jsonl_result(json, "result", result);
    jsonl_text(json, "reason", discovery->reason);
    jsonl_notes(json, "warnings", &discovery->warnings);
    jsonl_text(json, "policy", str_from(dmarc_policy_name(discovery->effective)));
    report_discovery(json, discovery);
    jsonl_open(json, "walk", '[');
    for (size_t i = 0; i < discovery->walk.n; i++) {
        const struct dmarc_step *step = &discovery->walk.steps[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "name", step->name);
        jsonl_text(json, "status", str_from(dns_status_name(step->answer->status)));
        jsonl_text(json, "record", step->record.text);
        jsonl_notes(json, "warnings", &step->record.warnings);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
    jsonl_close(json, '}');
}

static void discover(struct program *program, struct dmarc_discovery *discovery, str domain, struct ask *ask)
{
    answerer_attach(&program->answerer, ask);
    ask_begin(ask, ASK_DMARC);
    while (!dmarc_discover(discovery, domain, ask, &program->params.auth.dmarc)) {
        answerer_answer(&program->answerer, ask);
        ask_begin(ask, ASK_DMARC);
    }
}

/* pass: a record applies; none: there is none; or the error. */
static enum result result_of(const struct dmarc_discovery *discovery)
{
    if (discovery->error != RESULT_NONE)
        return discovery->error;
    return discovery->policy ? RESULT_PASS : RESULT_NONE;
}

enum status run_dmarc(struct program *program)
{
    struct arena *arena = program->settings->arena;
    struct dmarc_discovery *discovery = arena_new_of(arena, struct dmarc_discovery);
    struct buf out = buf_new(arena, OUT_MAX);
    struct page page = {&out, program->colour};
    struct jsonl json = {.buf = &out};
    struct ask ask;
    struct err err;
    enum status status;
    str domain;

    if (!domain_normal(program->settings->files[0], arena, &domain))
        return complain(program->command, STATUS_USAGE, S("that is no domain name"));
    status = program_start(program, &err);
    ask_init(&ask, arena, program->now);
    if (status == STATUS_OK) {
        discover(program, discovery, domain, &ask);
        if (program->settings->json) {
            report(&json, discovery, result_of(discovery));
            page_end(&page);
        } else {
            explain(&page, discovery);
        }
        status = print(buf_str(&out), &err);
    }
    if (status == STATUS_OK)
        status = program_record(program, &program->settings->envelope, &ask, &err);
    if (status != STATUS_OK)
        return complain(program->command, status, str_from(err.words));
    return judge_status(result_of(discovery));
}
