/* arc_command.c: postern arc verify and seal. */
#include "auth/arc_seal.h"
#include "auth/authres_emit.h"
#include "programs/explain.h"
#include "programs/judge.h"
#include "programs/keys.h"
#include "programs/messages.h"

static void verify_chain(struct program *program, struct arc *arc, const struct mail *mail, struct ask *ask)
{
    answerer_attach(&program->answerer, ask);
    ask_inherit(ask, ASK_ARC, ask_left(ask, ASK_SPF));
    while (!arc_verify(arc, mail, ask, program->crypto, &program->params.auth.arc))
        answerer_answer(&program->answerer, ask);
}

static enum status verify(struct program *program, str raw, const struct place *place, struct buf *out,
                          struct err *err)
{
    struct mail *mail = arena_new_of(out->arena, struct mail);
    struct arc *arc = arena_new_of(out->arena, struct arc);
    struct page page = {out, program->colour};
    struct jsonl json = {.buf = out};
    struct ask ask;
    enum status status;

    mail_parse(mail, raw, out->arena);
    ask_init(&ask, out->arena, program->now);
    verify_chain(program, arc, mail, &ask);
    if (program->settings->json) {
        jsonl_open(&json, NULL, '{');
        report_place(&json, place);
        jsonl_result(&json, "result", arc->result);
        report_arc(&json, arc);
        jsonl_close(&json, '}');
        page_end(&page);
    } else {
        explain_place(&page, place);
        explain_arc(&page, arc);
    }
    status = program_record(program, &program->settings->envelope, &ask, err);
    return status == STATUS_OK ? judge_status(arc->result) : status;
}

enum status run_arc_verify(struct program *program)
{
    return messages_run(program, verify);
}

/* What the set is to state: the words of --results, or what was found out. */
static void state_results(const struct settings *settings, const struct auth *auth, struct authres *results)
{
    struct buf value = buf_new(settings->arena, settings->authserv_id.n + settings->results.n + 2);

    if (settings->results.n == 0) {
        authres_emit(results, auth, &auth->envelope, settings->authserv_id, settings->arena);
        return;
    }
    buf_add(&value, settings->authserv_id);
    buf_add(&value, S("; "));
    buf_add(&value, settings->results);
    authres_parse(results, buf_str(&value), false, settings->arena);
}

static enum status seal(struct program *program, str raw, struct private_key *key, struct err *err)
{
    struct settings *settings = program->settings;
    struct scan *scan = arena_new_of(settings->arena, struct scan);
    struct authres results;
    struct arc_sealed sealed;
    struct arc_seal_params params = {
        .domain = settings->domain,
        .selector = settings->selector,
        .results = &results,
        .fields = settings->fields,
        .field_count = settings->field_count,
        .time = program->now,
        .key = private_key_type(key),
        .sign = arc_sign_with_key,
        .sign_context = key,
    };
    enum status status;

    judge_scan(program, scan, raw, settings->arena);
    status = program_record(program, &scan->auth.envelope, &scan->ask, err);
    if (status != STATUS_OK)
        return status;
    state_results(settings, &scan->auth, &results);
    if (results.syntax) {
        err_set(err, "--results: that is no list of results such as \"spf=pass smtp.mailfrom=example.com\"");
        return STATUS_USAGE;
    }
    if (!arc_seal(&sealed, &scan->mail, &scan->auth.arc, &params, program->crypto, settings->arena, err))
        return STATUS_DATA;
    if (!sealed.sealed)
        complain(program->command, STATUS_OK,
                 arena_printf(settings->arena, "not sealed: %.*s", PS(sealed.reason)));
    return keys_put_on_top(&scan->mail, raw, sealed.sealed ? sealed.fields : S(""), settings->arena, err);
}

enum status run_arc_seal(struct program *program)
{
    struct private_key *key = NULL;
    struct err err;
    str raw;
    enum status status = program_start(program, &err);

    if (status == STATUS_OK)
        status = keys_load(program->settings, &key, &err);
    if (status == STATUS_OK)
        status = messages_one(program, &raw, &err);
    if (status == STATUS_OK)
        status = seal(program, raw, key, &err);
    private_key_free(key);
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}
