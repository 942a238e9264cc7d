/* eval_command.c: postern eval: labelled messages, and how far what is found agrees with their labels. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/escape.h"
#include "programs/explain.h"
#include "programs/file.h"
#include "programs/judge.h"
#include "programs/labels.h"
#include "programs/progress.h"
#include "programs/workers.h"

enum { OUT_MAX = 64 * 1024 * 1024, PIECE_MAX = 65536, LABELS_MAX = 64 * 1024 * 1024, JOBS_MAX = 256 };

/* What is counted of a platform, by the labels. */
struct tally {
    str platform;
    size_t labelled, platform_agrees, proof_agrees; /* of the messages that labels say are of it */
    size_t accounts, account_agrees;                /* of those for which labels name an account */
    size_t only_found;                              /* found, and labels name no platform */
    size_t contradicted;
};

struct disagreement {
    struct disagreement *next;
    str file, what, wanted, found;
};

struct eval {
    struct program *program;
    struct labels labels;
    struct tally *tallies; /* by platform->index */
    struct tally all;
    struct disagreement *first, **end;
    size_t messages, failed;
    bool started;
    unsigned status;
    struct progress progress;
    struct err err;
};

/* ---- one message, in a worker: a line of what was found ---- */

/* "sendgrid:proven:123,abc;klaviyo:claimed:" and the contradicted platforms behind a tab. */
static void write_found(struct buf *out, const struct sender *sender)
{
    for (size_t i = 0; i < sender->n; i++) {
        const struct sender_link *link = &sender->chain[i];

        buf_printf(out, "%s%.*s:%s:", i ? "\n" : "", PS(link->platform->id), proof_name(link->proof));
        for (size_t j = 0; j < link->n; j++) {
            buf_add(out, j ? S("\t") : S(""));
            escape_terminal(out, link->accounts[j].id);
        }
    }
    buf_add_char(out, '\f');
    for (size_t i = 0; i < sender->contradiction_count; i++)
        buf_printf(out, "%s%.*s", i ? " " : "", PS(sender->contradictions[i].platform->id));
}

static enum status judge_file(struct eval *eval, str file, struct buf *out, struct err *err)
{
    struct scan *scan = arena_new_of(out->arena, struct scan);
    struct file_view view;
    bool too_big = false;

    if (!eval->started) {
        enum status status = program_start(eval->program, err);

        if (status != STATUS_OK)
            return status;
        eval->started = true;
    }
    if (!file_open(&view, file, LIMIT_MESSAGE, out->arena, &too_big, err))
        return STATUS_NO_INPUT;
    judge_scan(eval->program, scan, view.bytes, out->arena);
    write_found(out, &scan->sender);
    file_close(&view);
    return STATUS_OK;
}

static void piece(void *context, size_t number, struct arena *arena, struct work_outcome *outcome)
{
    struct eval *eval = context;
    struct buf out = buf_new(arena, PIECE_MAX);
    struct err err = {""};

    outcome->status = judge_file(eval, eval->labels.items[number].file, &out, &err);
    outcome->out = buf_str(&out);
    if (outcome->status != STATUS_OK)
        outcome->complaint = arena_printf(arena, "%s", err.words);
}

static void lost(void *context, size_t number, const char *how, struct arena *arena,
                 struct work_outcome *outcome)
{
    const struct eval *eval = context;

    outcome->status = STATUS_SOFTWARE;
    outcome->complaint =
        arena_printf(arena, "%.*s: the process that judged it %s", PS(eval->labels.items[number].file), how);
}

/* ---- in the parent: held against the label ---- */

static struct tally *tally_of(struct eval *eval, str id)
{
    const struct platform *platform = platforms_find(eval->program->data.platforms, id);

    return platform ? &eval->tallies[platform->index] : NULL;
}

static void disagree(struct eval *eval, const struct label *label, const char *what, str wanted, str found)
{
    struct arena *arena = eval->program->settings->arena;
    struct disagreement *row = arena_new_of(arena, struct disagreement);

    *row = (struct disagreement){NULL, label->file, str_from(what), wanted, arena_str(arena, found)};
    *eval->end = row;
    eval->end = &row->next;
}

/* One link of what the worker wrote. */
struct found {
    str platform, proof, accounts;
};

static bool next_found(str *chain, struct found *found)
{
    str line, rest;

    if (!str_next(chain, '\n', &line) || line.n == 0)
        return false;
    rest = line;
    str_next(&rest, ':', &found->platform);
    str_next(&rest, ':', &found->proof);
    found->accounts = rest;
    return true;
}

/* Labels hold some tokens as they stood in the header; what the platform's file decodes them to is the same
 * account. */
static bool is_decoded(const struct platform *platform, str token, str account, struct arena *arena)
{
    for (size_t i = 0; i < platform->account_count; i++) {
        const struct platform_extractor *row = &platform->accounts[i];
        str value = token;

        if (row->decode_count && decode_value(row->steps, row->decode_count, &value, arena) &&
            str_eq(value, account))
            return true;
    }
    return false;
}

static bool accounts_agree(const struct eval *eval, const struct label *label, str accounts)
{
    const struct platform *platform = platforms_find(eval->program->data.platforms, label->values[LABEL_PLATFORM]);
    str account, token, tokens;

    while (str_next(&accounts, '\t', &account)) {
        if (label_has_account(label, account))
            return true;
        tokens = label->values[LABEL_ACCOUNTS];
        while (str_next(&tokens, ',', &token))
            if (is_decoded(platform, token, account, eval->program->settings->arena))
                return true;
    }
    return false;
}

/* The link of the labelled platform; a claim counts for nothing. */
static bool find_link(str chain, str platform, struct found *found)
{
    while (next_found(&chain, found))
        if (str_eq(found->platform, platform) && !str_eq(found->proof, S("claimed")))
            return true;
    return false;
}

static void compare(struct eval *eval, const struct label *label, str chain, struct tally *tally)
{
    str proof = label->values[LABEL_PROOF], accounts = label->values[LABEL_ACCOUNTS];
    struct found found;
    bool same = find_link(chain, label->values[LABEL_PLATFORM], &found);

    tally->labelled++;
    tally->accounts += accounts.n > 0;
    if (!same) {
        disagree(eval, label, "platform", label->values[LABEL_PLATFORM], chain);
        return;
    }
    tally->platform_agrees++;
    if (proof.n == 0 || str_eq(proof, found.proof))
        tally->proof_agrees++;
    else
        disagree(eval, label, "proof", proof, found.proof);
    if (accounts.n == 0)
        return;
    if (accounts_agree(eval, label, found.accounts))
        tally->account_agrees++;
    else
        disagree(eval, label, "account", accounts, found.accounts);
}

static void count_found(struct eval *eval, str chain, str contradicted, bool labelled)
{
    struct found found;
    struct tally *tally;
    str id;

    while (!labelled && next_found(&chain, &found))
        if (!str_eq(found.proof, S("claimed")) && (tally = tally_of(eval, found.platform)))
            tally->only_found++;
    while (contradicted.n && str_next(&contradicted, ' ', &id))
        if ((tally = tally_of(eval, id)))
            tally->contradicted++;
}

static void judge_outcome(struct eval *eval, const struct label *label, str out)
{
    str chain, platform = label->values[LABEL_PLATFORM];
    struct tally *tally = tally_of(eval, platform);

    str_next(&out, '\f', &chain);
    if (tally)
        compare(eval, label, chain, tally);
    else if (platform.n)
        disagree(eval, label, "unknown platform", platform, chain);
    count_found(eval, chain, out, platform.n > 0);
}

static bool done(void *context, size_t number, const struct work_outcome *outcome)
{
    struct eval *eval = context;

    eval->messages++;
    if (outcome->status == STATUS_OK) {
        judge_outcome(eval, &eval->labels.items[number], outcome->out);
        return true;
    }
    eval->failed++;
    progress_clear();
    complain(eval->program->command, outcome->status, outcome->complaint);
    if (outcome->status > eval->status)
        eval->status = outcome->status;
    return outcome->status != STATUS_UNAVAILABLE && outcome->status != STATUS_OS;
}

static void waiting(void *context, size_t count)
{
    struct eval *eval = context;

    progress_show(&eval->progress, "%zu of %zu", count, eval->labels.n);
}

/* ---- what is printed ---- */

static void add_all(struct eval *eval)
{
    struct tally *all = &eval->all;

    for (size_t i = 0; i < platforms_count(eval->program->data.platforms); i++) {
        struct tally *tally = &eval->tallies[i];

        tally->platform = platforms_at(eval->program->data.platforms, i)->id;
        all->labelled += tally->labelled;
        all->platform_agrees += tally->platform_agrees;
        all->proof_agrees += tally->proof_agrees;
        all->accounts += tally->accounts;
        all->account_agrees += tally->account_agrees;
        all->only_found += tally->only_found;
        all->contradicted += tally->contradicted;
    }
    all->platform = S("all");
}

static void add_percent(struct page *page, size_t part, size_t whole)
{
    if (whole)
        page_printf(page, "  %5zu %5.1f %%", part, 100.0 * (double)part / (double)whole);
    else
        page_printf(page, "  %5s %7s", "-", "");
}

static void print_tally(struct page *page, const struct tally *tally)
{
    page_printf(page, "%-18.*s %8zu", PS(tally->platform), tally->labelled);
    add_percent(page, tally->platform_agrees, tally->labelled);
    add_percent(page, tally->proof_agrees, tally->labelled);
    page_printf(page, "  %8zu", tally->accounts);
    add_percent(page, tally->account_agrees, tally->accounts);
    page_printf(page, "  %8zu  %8zu\n", tally->only_found, tally->contradicted);
}

static bool is_empty(const struct tally *tally)
{
    return !tally->labelled && !tally->only_found && !tally->contradicted;
}

static void print_table(struct page *page, const struct eval *eval)
{
    page_printf(page, "%zu messages%s\n\n%-18s %8s  %13s  %13s  %8s  %13s  %8s  %8s\n", eval->messages,
                eval->failed ? ", some of them not judged" : "", "platform", "labelled", "platform", "proof",
                "accounts", "account", "only us", "forged");
    for (size_t i = 0; i < platforms_count(eval->program->data.platforms); i++)
        if (!is_empty(&eval->tallies[i]))
            print_tally(page, &eval->tallies[i]);
    print_tally(page, &eval->all);
    if (eval->first)
        page_printf(page, "\nWhere it does not agree (the label, and what was found):\n");
    for (const struct disagreement *row = eval->first; row; row = row->next) {
        page_text(page, row->file);
        page_printf(page, "  %.*s: ", PS(row->what));
        page_text(page, row->wanted);
        page_printf(page, " / ");
        page_text(page, row->found.n ? row->found : S("nothing"));
        page_end(page);
    }
}

static void report_tally(struct jsonl *json, const char *key, const struct tally *tally)
{
    jsonl_open(json, key, '{');
    if (!key)
        jsonl_text(json, "platform", tally->platform);
    jsonl_number(json, "labelled", (int64_t)tally->labelled);
    jsonl_number(json, "platform_agrees", (int64_t)tally->platform_agrees);
    jsonl_number(json, "proof_agrees", (int64_t)tally->proof_agrees);
    jsonl_number(json, "accounts", (int64_t)tally->accounts);
    jsonl_number(json, "account_agrees", (int64_t)tally->account_agrees);
    jsonl_number(json, "only_found", (int64_t)tally->only_found);
    jsonl_number(json, "contradicted", (int64_t)tally->contradicted);
    jsonl_close(json, '}');
}

static void report_eval(struct jsonl *json, const struct eval *eval)
{
    jsonl_open(json, NULL, '{');
    jsonl_number(json, "messages", (int64_t)eval->messages);
    jsonl_number(json, "failed", (int64_t)eval->failed);
    report_tally(json, "all", &eval->all);
    jsonl_open(json, "platforms", '[');
    for (size_t i = 0; i < platforms_count(eval->program->data.platforms); i++)
        if (!is_empty(&eval->tallies[i]))
            report_tally(json, NULL, &eval->tallies[i]);
    jsonl_close(json, ']');
    jsonl_open(json, "disagreements", '[');
    for (const struct disagreement *row = eval->first; row; row = row->next) {
        jsonl_open(json, NULL, '{');
        jsonl_whole(json, "file", row->file);
        jsonl_text(json, "what", row->what);
        jsonl_text(json, "label", row->wanted);
        jsonl_text(json, "found", row->found);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
    jsonl_close(json, '}');
    buf_add_char(json->buf, '\n');
}

static enum status print_result(const struct eval *eval)
{
    const struct program *program = eval->program;
    struct buf out = buf_new(program->settings->arena, OUT_MAX);
    struct page page = {&out, program->colour};
    struct jsonl json = {.buf = &out};
    struct err err;
    enum status status;

    if (program->settings->json)
        report_eval(&json, eval);
    else
        print_table(&page, eval);
    status = print(buf_str(&out), &err);
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}

/* ---- all of it ---- */

static enum status read_labels(struct eval *eval)
{
    const struct settings *settings = eval->program->settings;
    struct err err;

    for (size_t i = 0; i < settings->file_count; i++) {
        str file = arena_join(settings->arena, settings->files[i], S("/labels.tsv"), S(""));
        str text;

        if (!file_read(file, LABELS_MAX, settings->arena, &text, &err))
            return complain(eval->program->command, STATUS_NO_INPUT, str_from(err.words));
        if (!labels_read(&eval->labels, settings->files[i], text, settings->arena, &err)) {
            err_context(&err, "%.*s", PS(file));
            return complain(eval->program->command, STATUS_DATA, str_from(err.words));
        }
    }
    return STATUS_OK;
}

static unsigned job_count(const struct eval *eval)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned jobs = eval->program->settings->jobs;

    if (jobs == 0)
        jobs = processors > 0 && processors < JOBS_MAX ? (unsigned)processors : 1;
    return eval->labels.n < jobs ? (unsigned)eval->labels.n : jobs;
}

enum status run_eval(struct program *program)
{
    struct eval eval = {.program = program};
    struct work work = {.context = &eval, .piece = piece, .lost = lost, .done = done, .waiting = waiting};
    enum status status = read_labels(&eval);

    if (status != STATUS_OK)
        return status;
    eval.end = &eval.first;
    eval.tallies =
        arena_array_of(program->settings->arena, platforms_count(program->data.platforms), struct tally);
    progress_begin(&eval.progress);
    work.count = eval.labels.n;
    work.jobs = job_count(&eval);
    if (work.count && !workers_run(&work, &eval.err)) {
        progress_clear();
        return complain(program->command, STATUS_OS, str_from(eval.err.words));
    }
    progress_clear();
    add_all(&eval);
    status = print_result(&eval);
    return status > eval.status ? status : (enum status)eval.status;
}
