/* check.c: postern check. */
#include "programs/explain.h"
#include "programs/judge.h"
#include "programs/messages.h"

static enum status check(struct program *program, str raw, const struct place *place, struct buf *out,
                         struct err *err)
{
    struct scan *scan = arena_new_of(out->arena, struct scan);
    struct page page = {out, program->colour};
    struct jsonl json = {.buf = out};
    str results;

    judge_scan(program, scan, raw, out->arena);
    results = judge_results_field(program, scan);
    if (program->settings->json) {
        jsonl_open(&json, NULL, '{');
        report_place(&json, place);
        report_scan(&json, scan, results);
        jsonl_close(&json, '}');
    } else {
        explain_place(&page, place);
        explain_scan(&page, scan, results);
    }
    page_end(&page);
    return program_record(program, &scan->auth.envelope, &scan->ask, err);
}

enum status run_check(struct program *program)
{
    return messages_run(program, check);
}
