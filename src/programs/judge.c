/* judge.c: the way of one message as the command line goes it. */
#include "programs/judge.h"

#include "auth/authres_emit.h"

/* What the command line and the answers file leave open of the envelope, from the header. */
static void read_trace(const struct program *program, struct scan *scan)
{
    struct envelope *envelope = &scan->envelope;
    struct trace trace;

    trace_read(&trace, &scan->mail, program->params.auth.relays, scan->arena);
    if (!trace.found)
        return;
    if (envelope->client.family == 0) {
        envelope->client = trace.client;
        if (!envelope->helo.n)
            envelope->helo = trace.helo;
    }
    if (!envelope->has_mail_from && trace.has_mail_from) {
        envelope->has_mail_from = true;
        envelope->mail_from = trace.mail_from;
    }
}

void judge_scan(struct program *program, struct scan *scan, str raw, struct arena *arena)
{
    scan_begin(scan, raw, &program->settings->envelope, program->now, arena, program->crypto,
               &program->params);
    answerer_attach(&program->answerer, &scan->ask);
    if (program->settings->from_trace)
        read_trace(program, scan);
    while (!scan_step(scan))
        answerer_answer(&program->answerer, &scan->ask);
}

str judge_results_field(const struct program *program, const struct scan *scan)
{
    struct authres authres;

    if (program->settings->authserv_id.n == 0)
        return S("");
    authres_emit(&authres, &scan->auth, &scan->auth.envelope, program->settings->authserv_id, scan->arena);
    return authres_write(&authres, S("Authentication-Results"), scan->arena);
}

enum status judge_status(enum result result)
{
    if (result == RESULT_PASS)
        return STATUS_OK;
    return result == RESULT_TEMPERROR || result == RESULT_UNKNOWN ? STATUS_TEMPORARY : STATUS_NOT_PASS;
}
