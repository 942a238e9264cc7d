/* dkim_command.c: postern dkim verify, sign, keygen. */
#include "auth/dkim_sign.h"
#include "base/escape.h"
#include "programs/explain.h"
#include "programs/file.h"
#include "programs/judge.h"
#include "programs/keys.h"
#include "programs/messages.h"

static enum status verify(struct program *program, str raw, const struct place *place, struct buf *out,
                          struct err *err)
{
    struct mail *mail = arena_new_of(out->arena, struct mail);
    struct dkim *dkim = arena_new_of(out->arena, struct dkim);
    struct page page = {out, program->colour};
    struct jsonl json = {.buf = out};
    struct ask ask;
    enum status status;

    mail_parse(mail, raw, out->arena);
    ask_init(&ask, out->arena, program->now);
    answerer_attach(&program->answerer, &ask);
    while (!dkim_verify(dkim, mail, &ask, program->crypto, &program->params.auth.dkim))
        answerer_answer(&program->answerer, &ask);
    if (program->settings->json) {
        jsonl_open(&json, NULL, '{');
        report_place(&json, place);
        jsonl_result(&json, "result", dkim->result);
        report_dkim(&json, dkim);
        jsonl_close(&json, '}');
        page_end(&page);
    } else {
        explain_place(&page, place);
        explain_dkim(&page, dkim);
    }
    status = program_record(program, &program->settings->envelope, &ask, err);
    return status == STATUS_OK ? judge_status(dkim->result) : status;
}

enum status run_dkim_verify(struct program *program)
{
    return messages_run(program, verify);
}

static enum status sign(struct program *program, str raw, const struct private_key *key, str *field,
                        struct err *err)
{
    const struct settings *settings = program->settings;
    struct mail *mail = arena_new_of(settings->arena, struct mail);
    struct dkim_sign_params params = {
        .domain = settings->domain,
        .selector = settings->selector,
        .identity = settings->identity,
        .canon_header = settings->canon_header,
        .canon_body = settings->canon_body,
        .fields = settings->fields,
        .field_count = settings->field_count,
        .oversign = !settings->no_oversign,
        .time = program->now,
        .expires = settings->lifetime ? program->now + settings->lifetime : -1,
    };
    uint8_t digest[HASH_SIZE_MAX];
    size_t digest_size;
    str unsigned_field, signature;

    mail_parse(mail, raw, settings->arena);
    if (!dkim_sign_begin(mail, &params, private_key_type(key), program->crypto, settings->arena,
                         &unsigned_field, digest, &digest_size, err) ||
        !private_key_sign(key, digest, digest_size, settings->arena, &signature, err))
        return STATUS_DATA;
    *field = dkim_sign_finish(unsigned_field, signature, settings->arena);
    return keys_put_on_top(mail, raw, *field, settings->arena, err);
}

enum status run_dkim_sign(struct program *program)
{
    struct private_key *key = NULL;
    struct err err;
    str raw, field;
    enum status status = program_start(program, &err);

    if (status == STATUS_OK)
        status = keys_load(program->settings, &key, &err);
    if (status == STATUS_OK)
        status = messages_one(program, &raw, &err);
    if (status == STATUS_OK)
        status = sign(program, raw, key, &field, &err);
    private_key_free(key);
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}

enum { RECORD_MAX = 16384, RSA_BITS = 2048 };

/* For a zone file, and as one text for the form of a DNS provider. */
static void write_record(const struct settings *settings, str record, struct buf *out)
{
    buf_add(out, S("; the key is in "));
    escape_terminal(out, settings->key_file);
    buf_add(out, S("\n; for a zone file:\n"));
    buf_add(out, dkim_sign_zone_record(settings->domain, settings->selector, record, out->arena));
    buf_printf(out, "; for the form of a DNS provider, a TXT record:\n; %.*s._domainkey.%.*s\n; %.*s\n",
               PS(settings->selector), PS(settings->domain), PS(record));
}

static enum status keygen(const struct settings *settings, struct buf *out, struct err *err)
{
    unsigned bits = settings->bits ? settings->bits : RSA_BITS;
    struct private_key *key = private_key_new(settings->key_type, bits, err);
    enum status status = STATUS_OS;
    str pem, record;

    if (key && private_key_pem(key, out->arena, &pem, err) && dkim_sign_record(key, out->arena, &record, err))
        status = file_write(settings->key_file, pem, 0600, false, out->arena, err) ? STATUS_OK
                                                                                   : STATUS_CANNOT_CREATE;
    private_key_free(key);
    if (status == STATUS_OK)
        write_record(settings, record, out);
    return status;
}

enum status run_dkim_keygen(struct program *program)
{
    struct buf out = buf_new(program->settings->arena, RECORD_MAX);
    struct err err;
    enum status status;

    if (program->settings->key_type == KEY_ED25519 && program->settings->bits)
        return complain(program->command, STATUS_USAGE, S("--bits is for keys of type rsa"));
    status = keygen(program->settings, &out, &err);
    if (status == STATUS_OK)
        status = print(buf_str(&out), &err);
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}
