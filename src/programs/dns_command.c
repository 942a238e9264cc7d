/* dns_command.c: postern dns NAME [TYPE]. */
#include "programs/explain.h"
#include "programs/judge.h"

enum { OUT_MAX = 4 * 1024 * 1024, TYPES_MAX = 4 };

static bool read_types(struct program *program, str *name, enum dns_type types[TYPES_MAX], size_t *count)
{
    static const enum dns_type usual[TYPES_MAX] = {DNS_A, DNS_AAAA, DNS_MX, DNS_TXT};
    const struct settings *settings = program->settings;
    struct ip ip;

    memcpy(types, usual, sizeof(usual));
    *count = TYPES_MAX;
    if (settings->file_count == 2) {
        *count = 1;
        return dns_type_parse(settings->files[1], &types[0]);
    }
    if (ip_parse(*name, &ip)) {
        *name = ip_reverse_name(ip, settings->arena);
        types[0] = DNS_PTR;
        *count = 1;
    }
    return true;
}

/* Answers in the order of the types; ask_dns() is asked as any part would. */
static void ask_all(struct program *program, struct ask *ask, str name, const enum dns_type *types,
                    size_t count, const struct dns_answer **answers)
{
    bool open;

    answerer_attach(&program->answerer, ask);
    do {
        open = false;
        ask_begin(ask, ASK_SPF);
        for (size_t i = 0; i < count; i++) {
            answers[i] = ask_dns(ask, ASK_SPF, name, types[i]);
            open = open || !answers[i];
        }
        if (open)
            answerer_answer(&program->answerer, ask);
    } while (open);
}

static void report(struct jsonl *json, const struct dns_answer *answer)
{
    jsonl_open(json, NULL, '{');
    jsonl_text(json, "name", answer->name);
    jsonl_text(json, "type", str_from(dns_type_name(answer->type)));
    jsonl_text(json, "status", str_from(dns_status_name(answer->status)));
    jsonl_text(json, "security", str_from(dns_security_name(answer->security)));
    jsonl_number(json, "ttl", answer->ttl);
    jsonl_text(json, "canonical", answer->canonical);
    jsonl_text(json, "why", answer->why);
    jsonl_open(json, "records", '[');
    for (size_t i = 0; i < answer->n; i++) {
        const struct dns_record *record = &answer->records[i];

        jsonl_open(json, NULL, '{');
        if (answer->type == DNS_A || answer->type == DNS_AAAA)
            jsonl_text(json, "ip", ip_format(record->ip, json->buf->arena));
        else
            jsonl_whole(json, "text", record->text);
        if (answer->type == DNS_MX)
            jsonl_number(json, "preference", record->preference);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
    jsonl_close(json, '}');
    buf_add_char(json->buf, '\n');
    json->more = false;
}

static enum status status_of(const struct dns_answer *answer)
{
    if (answer->status == DNS_OK)
        return STATUS_OK;
    return dns_is_void(answer) ? STATUS_NOT_PASS : STATUS_TEMPORARY;
}

/* One record is enough; else what could not be answered counts more than what is not there. */
static enum status status_of_all(const struct dns_answer **answers, size_t count)
{
    enum status worst = STATUS_OK;

    for (size_t i = 0; i < count; i++) {
        if (status_of(answers[i]) == STATUS_OK)
            return STATUS_OK;
        worst = status_of(answers[i]) > worst ? status_of(answers[i]) : worst;
    }
    return worst;
}

enum status run_dns(struct program *program)
{
    struct arena *arena = program->settings->arena;
    struct buf out = buf_new(arena, OUT_MAX);
    struct jsonl json = {.buf = &out};
    const struct dns_answer *answers[TYPES_MAX];
    enum dns_type types[TYPES_MAX];
    size_t count;
    str name = dns_name_normal(program->settings->files[0], arena);
    struct ask ask;
    struct err err;
    enum status status;

    if (!read_types(program, &name, types, &count))
        return complain(program->command, STATUS_USAGE,
                        S("the type is A, AAAA, MX, TXT, PTR, NS, CNAME, SOA or TLSA"));
    if (!dns_name_valid(name))
        return complain(program->command, STATUS_USAGE, S("that is no name the DNS can have"));
    status = program_start(program, &err);
    ask_init(&ask, arena, program->now);
    if (status == STATUS_OK) {
        ask_all(program, &ask, name, types, count, answers);
        for (size_t i = 0; i < count; i++) {
            if (program->settings->json)
                report(&json, answers[i]);
            else
                answers_write_one(&out, answers[i]);
        }
        status = print(buf_str(&out), &err);
    }
    if (status == STATUS_OK)
        status = program_record(program, &program->settings->envelope, &ask, &err);
    if (status != STATUS_OK)
        return complain(program->command, status, str_from(err.words));
    return status_of_all(answers, count);
}
