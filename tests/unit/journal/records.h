/* records.h: records for the tests of the journal. */
#ifndef POSTERN_TESTS_RECORDS_H
#define POSTERN_TESTS_RECORDS_H

#include "store.h"

#include "journal/journal.h"
#include "journal/search.h"

enum { RECORDS_TIME = 1795600800 }; /* 2026-11-25T10:00:00Z, a Wednesday */

struct told {
    unsigned written, failed;
    char words[512];
};

static inline void records_done(void *context, bool written, const char *words)
{
    struct told *told = context;

    told->written += written;
    told->failed += !written;
    snprintf(told->words, sizeof(told->words), "%s", words);
}

static char records_noticed[1024];

static inline void records_notice(void *context, const char *words)
{
    (void)context;
    snprintf(records_noticed, sizeof(records_noticed), "%s", words);
}

static inline struct journal *records_open_with(struct journal_params params)
{
    struct err err;
    struct journal *journal;

    records_noticed[0] = 0;
    params.directory = store_within("j");
    if (!params.now)
        params.now = RECORDS_TIME;
    params.notice = records_notice;
    journal = journal_open(&params, &err);
    if (!journal)
        fail_msg("%s", err.words);
    return journal;
}

static inline struct journal *records_open(void)
{
    return records_open_with((struct journal_params){0});
}

static struct outcome_recipient records_recipients[] = {
    {STR("joe@example.org"), ACTION_DELIVER, STR("")},
    {STR("Ann@Example.org"), ACTION_QUARANTINE, STR("the policy for ann@example.org")},
};

static inline struct record records_new(const char *id, int64_t time)
{
    struct record record = {
        .id = str_from(id),
        .time = time,
        .listener = S("inbound"),
        .direction = S("inbound"),
        .mode = S("enforce"),
        .envelope = {.helo = S("mail.example.net"),
                     .has_mail_from = true,
                     .mail_from = S("Bob@sub.example.net")},
        .queue_id = S("4F1a2b"),
        .size = 12345,
        .sha256 = {1, 2, 3},
        .body_sha256 = {4, 5, 6},
        .facts = S("{\"version\":1}"),
        .fingerprint = S("f1"),
        .from_domain = S("example.net"),
        .spf = S("pass"),
        .dkim = S("none"),
        .arc = S("none"),
        .dmarc = S("fail"),
        .outcome = {.action = ACTION_QUARANTINE,
                    .result_class = S("dmarc-quarantine"),
                    .reason = S("why"),
                    .recipients = records_recipients,
                    .recipient_count = 2},
        .cpu_us = 70,
        .dns_ms = 30,
    };

    ip_parse(S("192.0.2.1"), &record.envelope.client);
    return record;
}

/* Adds and commits one, which must work. */
static inline void records_put(struct journal *journal, const struct record *record)
{
    struct told told = {0};

    journal_add(journal, record, records_done, &told);
    journal_commit(journal, record->time);
    if (told.written != 1 || told.failed)
        fail_msg("%s", told.words);
}

/* The ids that a search finds, joined by spaces. */
struct records_found {
    struct arena *arena;
    str ids;
    size_t n;
};

static inline bool records_on_found(void *context, const struct record *record)
{
    struct records_found *found = context;

    found->ids =
        arena_printf(found->arena, "%.*s%s%.*s", PS(found->ids), found->n++ ? " " : "", PS(record->id));
    return true;
}

static inline struct records_found records_search(struct arena *arena, struct search_query query)
{
    struct records_found found = {.arena = arena};
    struct err err;

    if (!search_run(store_within("j"), &query, records_on_found, records_notice, &found, &err))
        fail_msg("%s", err.words);
    return found;
}

/* How many files end in `end`. */
static inline size_t records_files(const char *end)
{
    char command[300];
    FILE *pipe;
    int n = -1;

    snprintf(command, sizeof(command), "ls '%s/j' | grep -c -- '%s$'", store_path, end);
    pipe = popen(command, "r");
    assert_int_equal(fscanf(pipe, "%d", &n), 1);
    pclose(pipe);
    return (size_t)n;
}

/* The bytes anywhere in the files, in any case: true if they are there. */
static inline bool records_have_bytes(const char *text)
{
    char command[400];

    snprintf(command, sizeof(command), "grep -rqiaF -- '%s' '%s/j'", text, store_path);
    return system(command) == 0;
}

#endif
