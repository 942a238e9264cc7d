/* policy_command.c: postern policy simulate: the journal's messages through a policy, without doing anything.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/iso.h"
#include "judge/facts.h"
#include "programs/config_file.h"
#include "programs/explain.h"
#include "programs/program.h"
#include "programs/progress.h"

enum {
    DAY = 86400,
    DAYS_USUAL = 7,
    SHOWN_USUAL = 20,
    VERSIONS = 8, /* of facts that are told apart */
    REPORT_MAX = 256 * 1024,
    OUT_MAX = 4 * 1024 * 1024
};

struct version_count {
    unsigned version;
    uint64_t messages;
};

struct exception_count {
    uint64_t messages;
    uint64_t last; /* the message that was counted last, by number from 1 */
};

struct simulation {
    struct program *program;
    const struct config *config;
    struct policy policy;
    struct arena *arena; /* of one record */
    struct progress progress;
    struct err err;
    enum status status;

    size_t show_max, shown;
    uint64_t read; /* rows */
    uint64_t judged, changed;
    uint64_t partly; /* changed for some recipients, and not as a whole */
    uint64_t counts[DIRECTIONS][CLASSES][ACTIONS];
    uint64_t changes[ACTIONS][ACTIONS]; /* what was done, what would be done */
    struct exception_count *exceptions; /* one for each of the policy */
    uint64_t broken;                    /* rows without facts that can be read */
    struct version_count versions[VERSIONS];
    size_t version_count;
    uint64_t other_versions; /* beyond those */
};

/* A message, what was done with it and what would be. */
struct trial {
    const struct record *record;
    enum direction direction;
    struct outcome outcome;
    enum action done, would;
    size_t changed; /* recipients */
};

/* ---- judging again ---- */

static void count_version(struct simulation *simulation, unsigned version)
{
    size_t i = 0;

    while (i < simulation->version_count && simulation->versions[i].version != version)
        i++;
    if (i == VERSIONS) {
        simulation->other_versions++;
        return;
    }
    if (i == simulation->version_count)
        simulation->versions[simulation->version_count++].version = version;
    simulation->versions[i].messages++;
}

/* False: these facts can't be judged again, and were counted. An unscanned message has none. */
static bool read_facts(struct simulation *simulation, const struct record *record, struct facts *facts)
{
    if (record->facts.n == 0 && str_eq(record->outcome.result_class, S("unscanned"))) {
        *facts = (struct facts){.version = 0};
        return true;
    }
    switch (facts_read(facts, record->facts, simulation->arena, NULL)) {
    case FACTS_OK:
        return true;
    case FACTS_BROKEN:
        simulation->broken++;
        break;
    case FACTS_OTHER_VERSION:
        count_version(simulation, facts->version);
        break;
    }
    return false;
}

static bool read_direction(str word, enum direction *direction)
{
    for (*direction = 0; *direction < DIRECTIONS; ++*direction)
        if (str_eq(word, str_from(direction_names[*direction])))
            return true;
    return false;
}

static str *addresses_of(const struct facts_message *message, struct arena *arena)
{
    str *addresses = arena_array_of(arena, message->from_count, str);

    for (size_t i = 0; i < message->from_count; i++)
        addresses[i] = message->from[i].address;
    return addresses;
}

static str *recipients_of(const struct outcome *outcome, struct arena *arena)
{
    str *recipients = arena_array_of(arena, outcome->recipient_count, str);

    for (size_t i = 0; i < outcome->recipient_count; i++)
        recipients[i] = outcome->recipients[i].address;
    return recipients;
}

static void decide(const struct simulation *simulation, const struct facts *facts, struct trial *trial)
{
    const struct record *record = trial->record;
    const struct policy_input input = {.auth = facts->version ? &facts->auth : NULL,
                                       .authors = addresses_of(&facts->message, simulation->arena),
                                       .author_count = facts->message.from_count,
                                       .direction = trial->direction,
                                       .mode = MODE_ENFORCE,
                                       .recipients = recipients_of(&record->outcome, simulation->arena),
                                       .recipient_count = record->outcome.recipient_count,
                                       .resolver_failing = facts->resolver_failing,
                                       .now = record->time,
                                       .id = record->id};

    policy_decide(&trial->outcome, &simulation->policy, &input, simulation->arena);
}

/* What was done: in observe mode, whatever was decided, nothing. */
static enum action done_with(const struct outcome *outcome, enum action action)
{
    return outcome->observed ? ACTION_DELIVER : action;
}

static void compare(struct trial *trial)
{
    const struct outcome *then = &trial->record->outcome;

    trial->done = done_with(then, then->action);
    trial->would = trial->outcome.action;
    for (size_t i = 0; i < then->recipient_count; i++)
        trial->changed += done_with(then, then->recipients[i].action) != trial->outcome.recipients[i].action;
}

static bool is_changed(const struct trial *trial)
{
    return trial->done != trial->would || trial->changed;
}

static enum result_class class_of(const struct outcome *outcome)
{
    enum result_class class = 0;

    while (class + 1 < CLASSES && !str_eq(outcome->result_class, str_from(result_class_names[class])))
        class ++;
    return class;
}

/* Once a message, however many of its recipients it is for. */
static void count_exception(struct simulation *simulation, size_t exception)
{
    struct exception_count *count;

    if (exception == 0)
        return;
    count = &simulation->exceptions[exception - 1];
    count->messages += count->last != simulation->read;
    count->last = simulation->read;
}

static void count(struct simulation *simulation, const struct trial *trial)
{
    simulation->judged++;
    simulation->counts[trial->direction][class_of(&trial->outcome)][trial->would]++;
    count_exception(simulation, trial->outcome.exception);
    for (size_t i = 0; i < trial->outcome.recipient_count; i++)
        count_exception(simulation, trial->outcome.recipients[i].exception);
    if (!is_changed(trial))
        return;
    simulation->changed++;
    if (trial->done == trial->would)
        simulation->partly++;
    else
        simulation->changes[trial->done][trial->would]++;
}

/* ---- a message with which something else would be done ---- */

static void explain_trial(struct page *page, const struct trial *trial)
{
    const struct record *record = trial->record;
    const struct envelope *envelope = &record->envelope;

    page_text(page, iso_format(record->time, page->buf->arena));
    page_printf(page, " %s -> %s ", action_name(trial->done), action_name(trial->would));
    page_text(page, trial->outcome.result_class);
    page_printf(page, " ");
    page_text(page, record->id);
    page_printf(page, "\n  from ");
    page_text(page, envelope->mail_from.n || !envelope->has_mail_from ? envelope->mail_from : S("<>"));
    if (record->from_domain.n) {
        page_printf(page, ", author ");
        page_text(page, record->from_domain);
    }
    if (trial->changed && trial->changed < record->outcome.recipient_count)
        page_printf(page, ", for %zu of %zu recipients", trial->changed, record->outcome.recipient_count);
    page_printf(page, ": ");
    page_text(page, trial->outcome.reason);
    page_end(page);
    for (size_t i = 0; i < trial->outcome.recipient_count; i++) {
        const struct outcome_recipient *recipient = &trial->outcome.recipients[i];

        if (recipient->action == trial->would)
            continue;
        page_printf(page, "  to %-10s ", action_name(recipient->action));
        page_text(page, recipient->address);
        page_printf(page, ": ");
        page_text(page, recipient->reason);
        page_end(page);
    }
}

static void report_trial(struct jsonl *json, const struct trial *trial)
{
    const struct record *record = trial->record;

    jsonl_open(json, NULL, '{');
    jsonl_text(json, "type", S("message"));
    jsonl_text(json, "id", record->id);
    jsonl_number(json, "time", record->time);
    jsonl_text(json, "direction", record->direction);
    jsonl_text(json, "class", trial->outcome.result_class);
    jsonl_text(json, "done", str_from(action_name(trial->done)));
    jsonl_text(json, "would", str_from(action_name(trial->would)));
    if (record->envelope.has_mail_from)
        jsonl_text(json, "mail_from", record->envelope.mail_from);
    else
        jsonl_null(json, "mail_from");
    jsonl_text(json, "from_domain", record->from_domain);
    jsonl_text(json, "reason", trial->outcome.reason);
    jsonl_open(json, "recipients", '[');
    for (size_t i = 0; i < trial->outcome.recipient_count; i++) {
        const struct outcome_recipient *then = &record->outcome.recipients[i],
                                       *recipient = &trial->outcome.recipients[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "address", recipient->address);
        jsonl_text(json, "done", str_from(action_name(done_with(&record->outcome, then->action))));
        jsonl_text(json, "would", str_from(action_name(recipient->action)));
        jsonl_text(json, "reason", recipient->reason);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
    jsonl_close(json, '}');
}

static void show(struct simulation *simulation, const struct trial *trial)
{
    struct buf out = buf_new(simulation->arena, OUT_MAX);
    struct page page = {&out, simulation->program->colour};
    struct jsonl json = {.buf = &out};

    if (simulation->shown == simulation->show_max)
        return;
    simulation->shown++;
    if (simulation->program->settings->json) {
        report_trial(&json, trial);
        page_end(&page);
    } else {
        explain_trial(&page, trial);
    }
    progress_clear();
    simulation->status = print(buf_str(&out), &simulation->err);
}

static bool on_record(void *context, const struct record *record)
{
    struct simulation *simulation = context;
    struct trial trial = {.record = record};
    struct facts facts;

    if (str_eq(record->outcome.result_class, S("released")))
        return true; /* somebody decided, and no policy is asked; the message has a row of its own */
    simulation->read++;
    if (!read_direction(record->direction, &trial.direction)) {
        simulation->broken++;
    } else if (read_facts(simulation, record, &facts)) {
        decide(simulation, &facts, &trial);
        compare(&trial);
        count(simulation, &trial);
        if (is_changed(&trial))
            show(simulation, &trial);
    }
    progress_show(&simulation->progress, "%" PRIu64 " messages", simulation->read);
    arena_reset(simulation->arena);
    return simulation->status == STATUS_OK;
}

static void on_notice(void *context, const char *words)
{
    const struct simulation *simulation = context;

    progress_clear();
    complain(simulation->program->command, STATUS_IO, str_from(words));
}

/* ---- the summary, for a reader ---- */

static uint64_t sum_of(const uint64_t counts[ACTIONS])
{
    uint64_t sum = 0;

    for (enum action action = 0; action < ACTIONS; action++)
        sum += counts[action];
    return sum;
}

static void explain_counts(struct page *page, const struct simulation *simulation)
{
    page_printf(page, "%-11s %-17s %9s", "direction", "class", "messages");
    for (enum action action = 0; action < ACTIONS; action++)
        page_printf(page, " %10s", action_name(action));
    page_end(page);
    for (enum direction direction = 0; direction < DIRECTIONS; direction++)
        for (enum result_class class = 0; class < CLASSES; class ++) {
            const uint64_t *counts = simulation->counts[direction][class];

            if (sum_of(counts) == 0)
                continue;
            page_printf(page, "%-11s %-17s %9" PRIu64, direction_names[direction], result_class_names[class],
                        sum_of(counts));
            for (enum action action = 0; action < ACTIONS; action++)
                if (counts[action])
                    page_printf(page, " %10" PRIu64, counts[action]);
                else
                    page_printf(page, " %10s", "-");
            page_end(page);
        }
}

static void explain_changes(struct page *page, const struct simulation *simulation)
{
    page_printf(page, "\nsomething else would be done with %" PRIu64 " of %" PRIu64 " messages",
                simulation->changed, simulation->judged);
    if (simulation->shown < simulation->changed)
        page_printf(page, "; the newest %zu stand above", simulation->shown);
    page_end(page);
    for (enum action done = 0; done < ACTIONS; done++)
        for (enum action would = 0; would < ACTIONS; would++)
            if (simulation->changes[done][would])
                page_printf(page, "%9" PRIu64 "  %s -> %s\n", simulation->changes[done][would],
                            action_name(done), action_name(would));
    if (simulation->partly)
        page_printf(page, "%9" PRIu64 "  for some of their recipients alone\n", simulation->partly);
}

static void explain_exceptions(struct page *page, const struct simulation *simulation)
{
    if (simulation->policy.exception_count)
        page_printf(page, "\nexceptions, and messages that they were for\n");
    for (size_t i = 0; i < simulation->policy.exception_count; i++) {
        const struct policy_exception *exception = &simulation->policy.exceptions[i];

        page_printf(page, "%9" PRIu64 "  %s, of ", simulation->exceptions[i].messages,
                    action_name(exception->action));
        page_text(page, exception->owner);
        page_printf(page, ": ");
        page_text(page, exception->reason);
        page_end(page);
    }
}

static void explain_rest(struct page *page, const struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->version_count; i++)
        page_printf(page,
                    "\nnot judged again: %" PRIu64
                    " messages with facts of version %u; this program knows version %d\n",
                    simulation->versions[i].messages, simulation->versions[i].version, FACTS_VERSION);
    if (simulation->other_versions)
        page_printf(page, "\nnot judged again: %" PRIu64 " messages with facts of yet other versions\n",
                    simulation->other_versions);
    if (simulation->broken)
        page_printf(page, "\nnot judged again: %" PRIu64 " messages whose facts can't be read\n",
                    simulation->broken);
}

static void explain_summary(struct page *page, const struct simulation *simulation)
{
    const struct search_query *query = &simulation->program->settings->search;

    page_printf(page, "%swhat the policy would do with the messages since ", simulation->shown ? "\n" : "");
    page_text(page, iso_format(query->since, page->buf->arena));
    page_printf(page, "\n\n");
    explain_counts(page, simulation);
    explain_changes(page, simulation);
    explain_exceptions(page, simulation);
    explain_rest(page, simulation);
}

/* ---- for a program ---- */

static void report_counts(struct jsonl *json, const struct simulation *simulation)
{
    jsonl_open(json, "counts", '[');
    for (enum direction direction = 0; direction < DIRECTIONS; direction++)
        for (enum result_class class = 0; class < CLASSES; class ++) {
            const uint64_t *counts = simulation->counts[direction][class];

            if (sum_of(counts) == 0)
                continue;
            jsonl_open(json, NULL, '{');
            jsonl_text(json, "direction", str_from(direction_names[direction]));
            jsonl_text(json, "class", str_from(result_class_names[class]));
            for (enum action action = 0; action < ACTIONS; action++)
                jsonl_number(json, action_name(action), (int64_t)counts[action]);
            jsonl_close(json, '}');
        }
    jsonl_close(json, ']');
}

static void report_changes(struct jsonl *json, const struct simulation *simulation)
{
    jsonl_open(json, "changes", '[');
    for (enum action done = 0; done < ACTIONS; done++)
        for (enum action would = 0; would < ACTIONS; would++) {
            if (simulation->changes[done][would] == 0)
                continue;
            jsonl_open(json, NULL, '{');
            jsonl_text(json, "done", str_from(action_name(done)));
            jsonl_text(json, "would", str_from(action_name(would)));
            jsonl_number(json, "messages", (int64_t)simulation->changes[done][would]);
            jsonl_close(json, '}');
        }
    jsonl_close(json, ']');
}

static void report_exceptions(struct jsonl *json, const struct simulation *simulation)
{
    jsonl_open(json, "exceptions", '[');
    for (size_t i = 0; i < simulation->policy.exception_count; i++) {
        const struct policy_exception *exception = &simulation->policy.exceptions[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "action", str_from(action_name(exception->action)));
        jsonl_text(json, "owner", exception->owner);
        jsonl_text(json, "reason", exception->reason);
        jsonl_number(json, "expires", exception->expires);
        jsonl_number(json, "messages", (int64_t)simulation->exceptions[i].messages);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
}

static void report_summary(struct jsonl *json, const struct simulation *simulation)
{
    jsonl_open(json, NULL, '{');
    jsonl_text(json, "type", S("summary"));
    jsonl_number(json, "since", simulation->program->settings->search.since);
    jsonl_number(json, "messages", (int64_t)simulation->read);
    jsonl_number(json, "judged", (int64_t)simulation->judged);
    jsonl_number(json, "changed", (int64_t)simulation->changed);
    jsonl_number(json, "changed_partly", (int64_t)simulation->partly);
    report_counts(json, simulation);
    report_changes(json, simulation);
    report_exceptions(json, simulation);
    jsonl_number(json, "facts_broken", (int64_t)simulation->broken);
    jsonl_open(json, "facts_other_version", '[');
    for (size_t i = 0; i < simulation->version_count; i++) {
        jsonl_open(json, NULL, '{');
        jsonl_number(json, "version", simulation->versions[i].version);
        jsonl_number(json, "messages", (int64_t)simulation->versions[i].messages);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
    jsonl_close(json, '}');
}

/* ---- the command ---- */

static void print_summary(struct simulation *simulation)
{
    struct buf out = buf_new(simulation->arena, OUT_MAX);
    struct page page = {&out, simulation->program->colour};
    struct jsonl json = {.buf = &out};

    if (simulation->program->settings->json) {
        report_summary(&json, simulation);
        page_end(&page);
    } else {
        explain_summary(&page, simulation);
    }
    simulation->status = print(buf_str(&out), &simulation->err);
}

static void simulate(struct simulation *simulation)
{
    struct settings *settings = simulation->program->settings;
    str journal = settings->journal.n ? settings->journal : simulation->config->journal.directory;

    if (settings->search.since == 0)
        settings->search.since = simulation->program->now - DAYS_USUAL * DAY;
    simulation->show_max = settings->verbose        ? SIZE_MAX
                           : settings->search.limit ? settings->search.limit
                                                    : SHOWN_USUAL;
    settings->search.limit = 0;
    progress_begin(&simulation->progress);
    if (!search_run(journal, &settings->search, on_record, on_notice, simulation, &simulation->err))
        simulation->status = STATUS_NO_INPUT;
    progress_clear();
    if (simulation->status == STATUS_OK)
        print_summary(simulation);
}

enum status run_policy_simulate(struct program *program)
{
    const struct settings *settings = program->settings;
    struct simulation simulation = {.program = program};
    struct buf report = buf_new(settings->arena, REPORT_MAX);
    str path = settings->config.n ? settings->config : S(CONFIG_FILE);

    simulation.config = config_file_read(path, program->now, false, &report, &simulation.status);
    fprintf(stderr, "%.*s", PS(buf_str(&report)));
    if (!simulation.config)
        return simulation.status;
    simulation.arena = arena_new();
    simulation.policy = config_policy(simulation.config);
    simulation.exceptions =
        arena_array_of(settings->arena, simulation.policy.exception_count, struct exception_count);
    simulate(&simulation);
    arena_free(simulation.arena);
    if (simulation.status == STATUS_OK)
        return STATUS_OK;
    return complain(program->command, simulation.status, str_from(simulation.err.words));
}
