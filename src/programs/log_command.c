/* log_command.c: postern log: what became of messages, from the journal. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/iso.h"
#include "journal/kept.h"
#include "judge/facts.h"
#include "programs/explain.h"
#include "programs/places.h"
#include "programs/program.h"

enum { ROW_MAX = 4 * 1024 * 1024, FOLLOW_MS = 500, SHA256 = 32 };

struct log {
    struct program *program;
    struct arena *arena; /* of one row */
    struct err err;
    enum status status;
};

/* ---- for a reader ---- */

static void explain_recipients(struct page *page, const struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->recipient_count; i++) {
        const struct outcome_recipient *recipient = &outcome->recipients[i];

        page_printf(page, "  to %-10s ", action_name(recipient->action));
        page_text(page, recipient->address);
        if (recipient->reason.n) {
            page_printf(page, ": ");
            page_text(page, recipient->reason);
        }
        page_end(page);
    }
}

static void explain_text(struct page *page, const char *before, str text, const char *after)
{
    if (text.n == 0)
        return;
    page_printf(page, "%s", before);
    page_text(page, text);
    page_printf(page, "%s", after);
}

static void explain(struct page *page, const struct record *record)
{
    const struct outcome *outcome = &record->outcome;
    struct arena *arena = page->buf->arena;

    page_text(page, iso_format(record->time, arena));
    page_printf(page, " %s%s", action_name(outcome->action), outcome->observed ? " (observed)" : "");
    explain_text(page, " ", outcome->result_class, "");
    page_printf(page, " ");
    page_text(page, record->id);
    explain_text(page, ", queue id ", record->queue_id, "");
    explain_text(page, ", retry of ", record->retry_of, "");
    page_printf(page, "\n  from ");
    page_text(page, record->envelope.mail_from.n || !record->envelope.has_mail_from
                        ? record->envelope.mail_from
                        : S("<>"));
    explain_text(page, ", author ", record->from_domain, "");
    explain_text(page, ", client ",
                 record->envelope.client.family ? ip_format(record->envelope.client, arena) : S(""), "");
    explain_text(page, " (", record->envelope.helo, ")");
    page_printf(page, "\n  spf ");
    page_text(page, record->spf);
    page_printf(page, ", dkim ");
    page_text(page, record->dkim);
    page_printf(page, ", arc ");
    page_text(page, record->arc);
    page_printf(page, ", dmarc ");
    page_text(page, record->dmarc);
    page_end(page);
    explain_text(page, "  subject ", record->subject, "\n");
    explain_text(page, "  ", outcome->reason, "\n");
    explain_recipients(page, outcome);
}

/* ---- for a program ---- */

static void add_digest(struct jsonl *json, const char *key, const uint8_t digest[SHA256])
{
    char text[2 * SHA256 + 1];

    for (size_t i = 0; i < SHA256; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    jsonl_text(json, key, (str){text, 2 * (size_t)SHA256});
}

static void add_recipients(struct jsonl *json, const struct outcome *outcome)
{
    jsonl_open(json, "recipients", '[');
    for (size_t i = 0; i < outcome->recipient_count; i++) {
        const struct outcome_recipient *recipient = &outcome->recipients[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "address", recipient->address);
        jsonl_text(json, "action", str_from(action_name(recipient->action)));
        jsonl_text(json, "reason", recipient->reason);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
}

static void add_envelope(struct jsonl *json, const struct envelope *envelope)
{
    if (envelope->client.family)
        jsonl_text(json, "ip", ip_format(envelope->client, json->buf->arena));
    else
        jsonl_null(json, "ip");
    jsonl_text(json, "helo", envelope->helo);
    if (envelope->has_mail_from)
        jsonl_text(json, "mail_from", envelope->mail_from);
    else
        jsonl_null(json, "mail_from");
}

/* Facts are JSON already; only what facts_read() takes goes out, as facts_write() writes it. */
static void add_facts(struct jsonl *json, str text)
{
    struct arena *arena = json->buf->arena;
    struct facts facts;

    if (facts_read(&facts, text, arena, NULL) != FACTS_OK) {
        jsonl_null(json, "facts");
        return;
    }
    buf_add(json->buf, S(",\"facts\":"));
    buf_add(json->buf, facts_write(&facts, arena));
}

static void add_outcome(struct jsonl *json, const struct outcome *outcome)
{
    jsonl_text(json, "action", str_from(action_name(outcome->action)));
    jsonl_bool(json, "observed", outcome->observed);
    jsonl_text(json, "class", outcome->result_class);
    jsonl_text(json, "reason", outcome->reason);
    jsonl_text(json, "reply_code", outcome->reply_code);
    jsonl_text(json, "reply_status", outcome->reply_status);
    jsonl_text(json, "reply_text", outcome->reply_text);
    add_recipients(json, outcome);
}

static void report(struct jsonl *json, const struct record *record)
{
    const struct {
        const char *key;
        str text;
    } texts[] = {
        {"id", record->id},
        {"listener", record->listener},
        {"direction", record->direction},
        {"mode", record->mode},
        {"queue_id", record->queue_id},
        {"auth_user", record->auth_user},
        {"from_domain", record->from_domain},
        {"spf", record->spf},
        {"dkim", record->dkim},
        {"arc", record->arc},
        {"dmarc", record->dmarc},
        {"retry_of", record->retry_of},
        {"subject", record->subject},
        {"fingerprint", record->fingerprint},
    };

    jsonl_open(json, NULL, '{');
    jsonl_number(json, "time", record->time);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        jsonl_text(json, texts[i].key, texts[i].text);
    add_envelope(json, &record->envelope);
    jsonl_number(json, "size", (int64_t)record->size);
    add_digest(json, "sha256", record->sha256);
    add_digest(json, "body_sha256", record->body_sha256);
    add_outcome(json, &record->outcome);
    jsonl_number(json, "cpu_us", record->cpu_us);
    jsonl_number(json, "dns_ms", record->dns_ms);
    add_facts(json, record->facts);
    jsonl_close(json, '}');
}

/* ---- the search ---- */

static bool on_record(void *context, const struct record *record)
{
    struct log *log = context;
    struct buf out = buf_new(log->arena, ROW_MAX);
    struct page page = {&out, log->program->colour};
    struct jsonl json = {.buf = &out};

    if (log->program->settings->json) {
        report(&json, record);
        page_end(&page);
    } else {
        explain(&page, record);
    }
    log->status = print(buf_str(&out), &log->err);
    arena_reset(log->arena);
    return log->status == STATUS_OK;
}

static void on_notice(void *context, const char *words)
{
    const struct log *log = context;

    complain(log->program->command, STATUS_IO, str_from(words));
}

/* Until it is interrupted, or nobody reads what is printed. */
static bool follow(struct log *log, struct search_position *position)
{
    const struct settings *settings = log->program->settings;
    const struct timespec pause = {0, FOLLOW_MS * 1000000L};

    while (
        search_follow(settings->journal, &settings->search, position, on_record, on_notice, log, &log->err)) {
        if (log->status != STATUS_OK)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static enum status print_raw(struct program *program)
{
    const struct settings *settings = program->settings;
    enum status status = STATUS_NO_INPUT;
    struct err err;
    str raw;

    switch (kept_read(settings->journal, settings->raw, settings->arena, &raw, &err)) {
    case QUARANTINE_OK:
        status = print(raw, &err);
        break;
    case QUARANTINE_DAMAGED:
        status = STATUS_DATA;
        break;
    case QUARANTINE_MISSING:
    case QUARANTINE_FAILED:
        break;
    }
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}

enum status run_log(struct program *program)
{
    const struct settings *settings = program->settings;
    struct log log = {.program = program, .arena = arena_new()};
    struct search_position position;
    enum status status = places_find(program, PLACE_JOURNAL);
    bool ok;

    if (status != STATUS_OK || settings->raw.n) {
        arena_free(log.arena);
        return status != STATUS_OK ? status : print_raw(program);
    }
    if (settings->follow)
        ok = search_end(settings->journal, &position, &log.err) && follow(&log, &position);
    else
        ok = search_run(settings->journal, &settings->search, on_record, on_notice, &log, &log.err);
    if (!ok)
        log.status = STATUS_NO_INPUT;
    arena_free(log.arena);
    return log.status == STATUS_OK ? STATUS_OK
                                   : complain(program->command, log.status, str_from(log.err.words));
}
