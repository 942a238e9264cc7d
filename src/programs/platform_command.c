/* platform_command.c: postern platform list, show, test and explain. */
#include "base/escape.h"
#include "programs/explain.h"
#include "programs/judge.h"
#include "programs/messages.h"
#include "sender/vector.h"

enum { OUT_MAX = 4 * 1024 * 1024 };

static enum status print_all(const struct program *program, const struct buf *out)
{
    struct err err;
    enum status status = print(buf_str(out), &err);

    return status == STATUS_OK ? status : complain(program->command, status, str_from(err.words));
}

static enum status unknown(const struct program *program, str id)
{
    return complain(program->command, STATUS_DATA,
                    arena_printf(program->settings->arena,
                                 "there is no platform \"%.*s\"; `postern platform list` names them",
                                 PS(id)));
}

/* ---- list ---- */

static bool can_be_proven(const struct platform *platform)
{
    size_t domains = 0;

    for (enum platform_evidence kind = 0; kind < EVIDENCE_TRACKING; kind++)
        domains += platform->transport.count[kind];
    return domains > 0;
}

static void list_one(struct buf *out, const struct platform *platform, bool as_json)
{
    struct jsonl json = {.buf = out};

    if (!as_json) {
        buf_printf(out, "%-18.*s %-14s %.*s%s\n", PS(platform->id), platform_kind_name(platform->kind),
                   PS(platform->name), can_be_proven(platform) ? "" : " (can only be claimed)");
        return;
    }
    jsonl_open(&json, NULL, '{');
    jsonl_text(&json, "id", platform->id);
    jsonl_text(&json, "name", platform->name);
    jsonl_text(&json, "kind", str_from(platform_kind_name(platform->kind)));
    jsonl_bool(&json, "provable", can_be_proven(platform));
    jsonl_number(&json, "accounts", (int64_t)platform->account_count);
    jsonl_number(&json, "vectors", (int64_t)platform->vector_count);
    jsonl_close(&json, '}');
    buf_add_char(out, '\n');
}

enum status run_platform_list(struct program *program)
{
    struct buf out = buf_new(program->settings->arena, OUT_MAX);

    for (size_t i = 0; i < platforms_count(program->data.platforms); i++)
        list_one(&out, platforms_at(program->data.platforms, i), program->settings->json);
    return print_all(program, &out);
}

/* ---- show ---- */

static void show_words(struct page *page, const char *label, const str *words, size_t n)
{
    if (n == 0)
        return;
    page_printf(page, "  %-17s", label);
    for (size_t i = 0; i < n; i++) {
        page_printf(page, "%s", i ? " " : "");
        page_text(page, words[i]);
    }
    page_end(page);
}

static void show_extractors(struct page *page, const char *label, const struct platform_extractor *rows,
                            size_t n)
{
    for (size_t i = 0; i < n; i++) {
        page_printf(page, "  %-17s", i ? "" : label);
        page_text(page, rows[i].from);
        page_printf(page, "%s%s", rows[i].set_by ? " (set by the customer)" : "",
                    rows[i].meaning.n ? ": " : "");
        page_text(page, rows[i].meaning);
        page_end(page);
    }
}

static void show_page(struct page *page, const struct platform *platform)
{
    page_text(page, platform->name);
    page_printf(page, " (%s)\n", platform_kind_name(platform->kind));
    if (platform->notes.n) {
        page_text(page, platform->notes);
        page_end(page);
    }
    for (enum platform_evidence kind = 0; kind < EVIDENCE_KINDS; kind++)
        show_words(page, platform_evidence_name(kind), platform->transport.domains[kind],
                   platform->transport.count[kind]);
    show_words(page, "senders", platform->transport.senders, platform->transport.sender_count);
    show_words(page, "nested-on", platform->nested_on, platform->nested_count);
    for (size_t i = 0; i < platform->marker_count; i++)
        show_words(page, i ? "" : "markers", &platform->markers[i].header, 1);
    show_extractors(page, "accounts", platform->accounts, platform->account_count);
    show_extractors(page, "campaign", platform->campaigns, platform->campaign_count);
    show_extractors(page, "recipient-tokens", platform->tokens, platform->token_count);
    show_words(page, "file", &platform->file, 1);
}

static void show_list(struct jsonl *json, const char *key, const str *words, size_t n)
{
    jsonl_open(json, key, '[');
    for (size_t i = 0; i < n; i++)
        jsonl_text(json, NULL, words[i]);
    jsonl_close(json, ']');
}

static void show_rows(struct jsonl *json, const char *key, const struct platform_extractor *rows, size_t n)
{
    jsonl_open(json, key, '[');
    for (size_t i = 0; i < n; i++) {
        jsonl_open(json, NULL, '{');
        jsonl_text(json, "from", rows[i].from);
        jsonl_text(json, "pattern", rows[i].pattern_text);
        jsonl_text(json, "set_by", rows[i].set_by ? S("customer") : S("platform"));
        jsonl_text(json, "meaning", rows[i].meaning);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
}

static void show_json(struct jsonl *json, const struct platform *platform)
{
    jsonl_open(json, NULL, '{');
    jsonl_text(json, "id", platform->id);
    jsonl_text(json, "name", platform->name);
    jsonl_text(json, "kind", str_from(platform_kind_name(platform->kind)));
    jsonl_text(json, "notes", platform->notes);
    jsonl_open(json, "transport", '{');
    for (enum platform_evidence kind = 0; kind < EVIDENCE_KINDS; kind++)
        show_list(json, platform_evidence_name(kind), platform->transport.domains[kind],
                  platform->transport.count[kind]);
    show_list(json, "senders", platform->transport.senders, platform->transport.sender_count);
    jsonl_close(json, '}');
    show_list(json, "nested_on", platform->nested_on, platform->nested_count);
    show_rows(json, "accounts", platform->accounts, platform->account_count);
    show_rows(json, "campaign", platform->campaigns, platform->campaign_count);
    show_rows(json, "recipient_tokens", platform->tokens, platform->token_count);
    jsonl_text(json, "file", platform->file);
    jsonl_close(json, '}');
    buf_add_char(json->buf, '\n');
}

enum status run_platform_show(struct program *program)
{
    struct buf out = buf_new(program->settings->arena, OUT_MAX);
    struct page page = {&out, program->colour};
    struct jsonl json = {.buf = &out};
    str id = program->settings->files[0];
    const struct platform *platform = platforms_find(program->data.platforms, id);

    if (!platform)
        return unknown(program, id);
    if (program->settings->json)
        show_json(&json, platform);
    else
        show_page(&page, platform);
    return print_all(program, &out);
}

/* ---- test ---- */

struct score {
    size_t passed, failed, platforms;
};

static void test_one(struct program *program, const struct platform *platform, struct buf *out,
                     struct score *score)
{
    struct arena *arena = arena_new();
    str problem;

    score->platforms++;
    for (size_t i = 0; i < platform->vector_count; i++) {
        const struct platform_vector *vector = &platform->vectors[i];

        if (vector_run(program->data.platforms, platform, vector, program->crypto, arena, &problem)) {
            score->passed++;
        } else {
            score->failed++;
            buf_printf(out, "%.*s: ", PS(platform->id));
            escape_terminal(out, vector->about);
            buf_printf(out, ": ");
            escape_terminal(out, problem);
            buf_add_char(out, '\n');
        }
        arena_reset(arena);
    }
    arena_free(arena);
}

static void sum_up(struct buf *out, const struct score *score, bool as_json)
{
    struct jsonl json = {.buf = out};

    if (!as_json) {
        buf_printf(out, "%zu platforms: %zu vectors passed, %zu failed\n", score->platforms, score->passed,
                   score->failed);
        return;
    }
    jsonl_open(&json, NULL, '{');
    jsonl_number(&json, "platforms", (int64_t)score->platforms);
    jsonl_number(&json, "passed", (int64_t)score->passed);
    jsonl_number(&json, "failed", (int64_t)score->failed);
    jsonl_close(&json, '}');
    buf_add_char(out, '\n');
}

enum status run_platform_test(struct program *program)
{
    const struct settings *settings = program->settings;
    struct buf out = buf_new(settings->arena, OUT_MAX);
    struct score score = {0};
    struct err err;
    enum status status = program_start(program, &err);

    if (status != STATUS_OK)
        return complain(program->command, status, str_from(err.words));
    for (size_t i = 0; i < settings->file_count; i++) {
        const struct platform *platform = platforms_find(program->data.platforms, settings->files[i]);

        if (!platform)
            return unknown(program, settings->files[i]);
        test_one(program, platform, &out, &score);
    }
    for (size_t i = 0; settings->file_count == 0 && i < platforms_count(program->data.platforms); i++)
        test_one(program, platforms_at(program->data.platforms, i), &out, &score);
    if (settings->json)
        out = buf_new(settings->arena, OUT_MAX);
    sum_up(&out, &score, settings->json);
    status = print_all(program, &out);
    return status == STATUS_OK && score.failed ? STATUS_NOT_PASS : status;
}

/* ---- explain ---- */

static enum status explain(struct program *program, str raw, const struct place *place, struct buf *out,
                           struct err *err)
{
    struct scan *scan = arena_new_of(out->arena, struct scan);
    struct page page = {out, program->colour};
    struct jsonl json = {.buf = out};

    judge_scan(program, scan, raw, out->arena);
    if (program->settings->json) {
        jsonl_open(&json, NULL, '{');
        report_place(&json, place);
        report_sender(&json, &scan->sender);
        jsonl_close(&json, '}');
    } else {
        explain_place(&page, place);
        explain_sender(&page, &scan->sender, true);
    }
    page_end(&page);
    return program_record(program, &scan->auth.envelope, &scan->ask, err);
}

enum status run_platform_explain(struct program *program)
{
    return messages_run(program, explain);
}
