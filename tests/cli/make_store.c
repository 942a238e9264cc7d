/* make_store.c: writes the journal and the quarantine that tests/cli/journal looks at.
 *
 * usage: make_store DIRECTORY          makes DIRECTORY/journal and DIRECTORY/quarantine
 *        make_store DIRECTORY ID       adds one more record to the journal
 *        make_store DIRECTORY trials   makes DIRECTORY/journal for postern policy simulate
 *        make_store DIRECTORY senders  the same for postern top */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "journal/journal.h"
#include "journal/quarantine.h"

enum { TIME = 1795600800 }; /* 2026-11-25T10:00:00Z */

static void fail(const struct err *err)
{
    fprintf(stderr, "make_store: %s\n", err->words);
    exit(1);
}

static void on_done(void *context, bool written, const char *words)
{
    (void)context;
    if (!written) {
        fprintf(stderr, "make_store: %s\n", words);
        exit(1);
    }
}

static void add(struct journal *journal, str id, unsigned n)
{
    struct outcome_recipient recipients[] = {
        {S("joe@example.org"), n % 2 ? ACTION_QUARANTINE : ACTION_DELIVER,
         n % 2 ? S("policy \x1b[31mred") : S("")},
        {S("ann@example.org"), ACTION_DELIVER, S("")},
    };
    struct record record = {
        .id = id,
        .time = TIME + n * INT64_C(86400),
        .listener = S("inbound"),
        .direction = S("inbound"),
        .mode = S("enforce"),
        .envelope = {.helo = S("mail.example.net"),
                     .has_mail_from = true,
                     .mail_from = S("bob@sub.example.net")},
        .queue_id = S("4F1a2b"),
        .size = 100,
        .facts = S("{\"version\":1,\"spf\":{\"result\":\"pass\",\"sender\":\"joe@example.org\"}}"),
        .from_domain = n == 2 ? S("example.com") : S("example.net"),
        .spf = S("pass"),
        .dkim = S("none"),
        .arc = S("none"),
        .dmarc = n % 2 ? S("fail") : S("pass"),
        .outcome = {.action = n % 2 ? ACTION_QUARANTINE : ACTION_DELIVER,
                    .result_class = n % 2 ? S("dmarc-quarantine") : S("pass"),
                    .reason = S("why\nnot"),
                    .recipients = recipients,
                    .recipient_count = 2},
    };

    ip_parse(S("192.0.2.1"), &record.envelope.client);
    journal_add(journal, &record, on_done, NULL);
    journal_commit(journal, record.time);
}

#define FAILS                                                                                                \
    "\"dmarc\":{\"result\":\"fail\",\"policy\":\"reject\",\"domain\":\"example.net\",\"reason\":\"why\"}}"

static const struct {
    const char *id, *direction;
    bool observed;
    enum action action, second; /* of the message and its first recipient; of the second recipient */
    const char *class, *facts;
} trials[] = {
    {"pass", "inbound", true, ACTION_DELIVER, ACTION_DELIVER, "pass",
     "{\"version\":1,\"dmarc\":{\"result\":\"pass\",\"reason\":\"so\"}}"},
    {"fails", "inbound", true, ACTION_QUARANTINE, ACTION_QUARANTINE, "dmarc-reject", "{\"version\":1," FAILS},
    {"held", "inbound", false, ACTION_QUARANTINE, ACTION_QUARANTINE, "dmarc-reject", "{\"version\":1," FAILS},
    {"outbound", "outbound", false, ACTION_DELIVER, ACTION_DELIVER, "dmarc-reject", "{\"version\":1," FAILS},
    {"proven", "inbound", false, ACTION_QUARANTINE, ACTION_QUARANTINE, "dmarc-reject",
     "{\"version\":1,\"spf\":{\"result\":\"pass\",\"domain\":\"list.example\",\"listed\":true}," FAILS},
    {"ill", "inbound", false, ACTION_DEFER, ACTION_DEFER, "temperror",
     "{\"version\":1,\"dmarc\":{\"result\":\"temperror\",\"reason\":\"no answer\"},\"resolver_failing\":true}"},
    {"unscanned", "inbound", false, ACTION_QUARANTINE, ACTION_QUARANTINE, "unscanned", ""},
    {"later", "inbound", false, ACTION_DELIVER, ACTION_DELIVER, "pass", "{\"version\":7}"},
    {"broken", "inbound", false, ACTION_DELIVER, ACTION_DELIVER, "pass", "{"},
    {"nowhere", "sideways", false, ACTION_DELIVER, ACTION_DELIVER, "pass", "{\"version\":1}"},
};

static void add_trials(struct journal *journal)
{
    for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++) {
        struct outcome_recipient recipients[] = {{S("joe@example.org"), trials[i].action, S("then")},
                                                 {S("ann@example.org"), trials[i].second, S("then")}};
        struct record record = {.id = str_from(trials[i].id),
                                .time = TIME + (int64_t)i,
                                .direction = str_from(trials[i].direction),
                                .mode = trials[i].observed ? S("observe") : S("enforce"),
                                .envelope = {.has_mail_from = true, .mail_from = S("bob@list.example")},
                                .facts = str_from(trials[i].facts),
                                .from_domain = S("example.net"),
                                .outcome = {.action = trials[i].action,
                                            .observed = trials[i].observed,
                                            .result_class = str_from(trials[i].class),
                                            .reason = S("then"),
                                            .recipients = recipients,
                                            .recipient_count = 2}};

        journal_add(journal, &record, on_done, NULL);
    }
    journal_commit(journal, TIME);
}

#define CHAIN(proof, account)                                                                                \
    "{\"version\":1,\"sender\":{\"chain\":[{\"platform\":\"sendgrid\",\"proof\":\"" proof                    \
    "\",\"accounts\":[" account "]}]}}"

/* Who sent to the site, a year long: for postern top. */
static const struct {
    unsigned day;
    const char *id, *direction, *from, *account, *facts;
    enum action action;
} mails[] = {
    {0, "s0", "inbound", "shop.example", "sendgrid:4711", CHAIN("branded", "{\"id\":\"4711\"}"),
     ACTION_DELIVER},
    {300, "s1", "inbound", "shop.example", "sendgrid:4711", CHAIN("proven", "{\"id\":\"4711\"}"),
     ACTION_DELIVER},
    {301, "s2", "relay", "other.example", "sendgrid:4711", CHAIN("proven", "{\"id\":\"4711\"}"),
     ACTION_QUARANTINE},
    {301, "s3", "inbound", "forger.example", "", CHAIN("claimed", "{\"id\":\"666\"}"), ACTION_DELIVER},
    {302, "s4", "inbound", "partner.example", "", "{\"version\":1,\"dmarc\":{\"result\":\"pass\"}}",
     ACTION_DELIVER},
    {302, "s5", "outbound", "own.example", "", "{\"version\":1,\"dmarc\":{\"result\":\"pass\"}}",
     ACTION_DELIVER},
    {303, "s6", "inbound", "partner.example", "", "{", ACTION_DELIVER},
};

static void add_senders(struct journal *journal)
{
    for (size_t i = 0; i < sizeof(mails) / sizeof(*mails); i++) {
        struct indicator account = {S("account"), str_from(mails[i].account)};
        struct record record = {.id = str_from(mails[i].id),
                                .time = TIME + mails[i].day * INT64_C(86400),
                                .direction = str_from(mails[i].direction),
                                .from_domain = str_from(mails[i].from),
                                .facts = str_from(mails[i].facts),
                                .outcome = {.action = mails[i].action},
                                .indicators = &account,
                                .indicator_count = account.value.n > 0};

        journal_add(journal, &record, on_done, NULL);
        journal_commit(journal, record.time);
    }
}

static void fill_quarantine(str directory)
{
    static const str recipients[] = {STR("joe@example.org")};
    struct err err;
    struct quarantine *quarantine = quarantine_open(directory, &err);
    struct quarantine_item item = {.id = S("m1"),
                                   .time = TIME + 86400,
                                   .has_mail_from = true,
                                   .mail_from = S("bob@sub.example.net"),
                                   .from_domain = S("example.net"),
                                   .result_class = S("dmarc-quarantine"),
                                   .reason = S("why not"),
                                   .recipients = recipients,
                                   .recipient_count = 1};

    if (!quarantine || !quarantine_put(quarantine, &item,
                                       S("From: bob@example.net\r\nSubject: \x1b[2J\r\n\r\nbody\r\n"), &err))
        fail(&err);
    item.id = S("m3");
    item.time += 2 * 86400;
    if (!quarantine_put(quarantine, &item, S("From: bob@example.net\r\n\r\nother\r\n"), &err) ||
        !quarantine_commit(quarantine, &err))
        fail(&err);
    quarantine_close(quarantine);
}

int main(int count, char **arguments)
{
    struct arena *arena = arena_new();
    str directory = count > 1 ? str_from(arguments[1]) : S(".");
    struct journal_params params = {
        .directory = arena_printf(arena, "%.*s/journal", PS(directory)), .now = TIME, .sizes = {1, 1}};
    struct err err;
    struct journal *journal = journal_open(&params, &err);

    if (!journal)
        fail(&err);
    if (count > 2 && strcmp(arguments[2], "trials") == 0)
        add_trials(journal);
    else if (count > 2 && strcmp(arguments[2], "senders") == 0)
        add_senders(journal);
    else if (count > 2)
        add(journal, str_from(arguments[2]), 4);
    for (unsigned n = 0; n < 4 && count == 2; n++)
        add(journal, arena_printf(arena, "m%u", n), n);
    journal_close(journal);
    if (count == 2)
        fill_quarantine(arena_printf(arena, "%.*s/quarantine", PS(directory)));
    arena_free(arena);
    return 0;
}
