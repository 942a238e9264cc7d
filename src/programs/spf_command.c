/* spf_command.c: postern spf. */
#include "programs/explain.h"
#include "programs/judge.h"

enum { OUT_MAX = 1024 * 1024 };

static void write_out(const struct program *program, const struct spf *spf, struct buf *out)
{
    struct page page = {out, program->colour};
    struct jsonl json = {.buf = out};

    if (program->settings->json) {
        jsonl_open(&json, NULL, '{');
        report_spf(&json, spf, &program->settings->envelope);
        jsonl_close(&json, '}');
        page_end(&page);
    } else {
        explain_spf(&page, spf, &program->settings->envelope);
    }
}

enum status run_spf(struct program *program)
{
    struct arena *arena = program->settings->arena;
    const struct envelope *envelope = &program->settings->envelope;
    struct spf *spf = arena_new_of(arena, struct spf);
    struct buf out = buf_new(arena, OUT_MAX);
    struct ask ask;
    struct err err;
    enum status status;

    if (envelope->client.family == 0)
        return complain(program->command, STATUS_USAGE,
                        S("--ip ADDRESS is needed: the client that delivered the message"));
    if (!envelope->has_mail_from && envelope->helo.n == 0)
        return complain(program->command, STATUS_USAGE,
                        S("--mail-from or --helo is needed: whose record is asked for"));
    status = program_start(program, &err);
    if (status != STATUS_OK)
        return complain(program->command, status, str_from(err.words));
    ask_init(&ask, arena, program->now);
    answerer_attach(&program->answerer, &ask);
    ask_begin(&ask, ASK_SPF);
    while (!spf_evaluate(spf, envelope, &ask, &program->params.auth.spf)) {
        answerer_answer(&program->answerer, &ask);
        ask_begin(&ask, ASK_SPF);
    }
    write_out(program, spf, &out);
    status = print(buf_str(&out), &err);
    if (status == STATUS_OK)
        status = program_record(program, envelope, &ask, &err);
    if (status != STATUS_OK)
        return complain(program->command, status, str_from(err.words));
    return judge_status(report_spf_main(spf, envelope)->result);
}
