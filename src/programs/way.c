/* way.c: the way of one message through a worker: judged, decided, recorded by the keeper, and only then
 * answered. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "act/edit.h"
#include "base/limits.h"
#include "base/log.h"
#include "judge/facts.h"
#include "programs/way_own.h"
#include "journal/indicators.h"
#include "programs/wire.h"

enum {
    ID_BYTES = 10,
    KEEPER_MS = 60000,              /* a keeper that has no answer for so long hangs; the MTA comes again */
    FRAME_RECORD = LIMIT_FRAME / 2, /* a larger record travels as a file */
    CHAIN_WORDS = LIMIT_LOG_VALUE,
    SPARE = sizeof(((struct worker *)0)->spare) / sizeof(struct arena *),
};

void (*way_hook)(str raw);

static int64_t cpu_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- coming and going ---- */

static const struct config_listener *find_listener(const struct config *config, str name)
{
    size_t i = 0;

    while (i < config->listener_count && !str_eq(config->listeners[i].name, name))
        i++;
    assert(i < config->listener_count); /* it is the name that the milter was given */
    return &config->listeners[i];
}

static enum direction direction_of(const struct job *job)
{
    str daemon = milter_macro(job->message, S("daemon_name"));

    for (size_t i = 0; i < job->listener->daemon_count; i++)
        if (str_eq(job->listener->daemons[i].name, daemon))
            return job->listener->daemons[i].direction;
    return job->listener->direction;
}

static struct job *job_new(struct worker *worker, struct milter_session *session,
                           const struct milter_message *message)
{
    struct arena *arena = worker->spare_count ? worker->spare[--worker->spare_count] : arena_new();
    struct job *job = arena_new_of(arena, struct job);

    *job = (struct job){.next = worker->jobs,
                        .link = &worker->jobs,
                        .worker = worker,
                        .session = session,
                        .message = message,
                        .listener = find_listener(worker->config, message->listener),
                        .arena = arena,
                        .seat = -1};
    if (job->next)
        job->next->link = &job->next;
    worker->jobs = job;
    *milter_slot(session) = job;
    job->direction = direction_of(job);
    return job;
}

static void job_free(struct job *job)
{
    struct worker *worker = job->worker;
    struct arena *arena = job->arena;

    if (job->asked)
        resolver_cancel(worker->resolver, &job->scan.ask);
    if (job->request)
        link_forget(worker->keeper, job->request);
    if (job->seat >= 0)
        board_leave(worker->start->board, job->seat);
    *job->link = job->next;
    if (job->next)
        job->next->link = job->link;
    if (worker->spare_count == SPARE) {
        arena_free(arena);
        return;
    }
    arena_reset(arena);
    worker->spare[worker->spare_count++] = arena;
}

/* 16 letters and digits: 80 random bits. */
static str new_id(struct arena *arena)
{
    static const char digits[32] = "0123456789abcdefghjkmnpqrstvwxyz";
    uint8_t bytes[ID_BYTES];
    char *text = arena_bytes(arena, ID_BYTES * 8 / 5);
    uint64_t bits = 0;
    unsigned have = 0;
    size_t n = 0;

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        abort();
    for (size_t i = 0; i < ID_BYTES; i++) {
        bits = bits << 8 | bytes[i];
        for (have += 8; have >= 5; have -= 5)
            text[n++] = digits[bits >> (have - 5) & 31];
    }
    return (str){text, n};
}

void way_digest(struct worker *worker, str bytes, uint8_t sha256[32])
{
    struct hash *hash = hash_new(worker->crypto, HASH_SHA256);

    hash_add(hash, bytes);
    hash_end(hash, sha256);
}

/* ---- the answer ---- */

static void count_outcome(struct board *board, const struct outcome *outcome)
{
    static const enum count counts[ACTIONS] = {
        [ACTION_DELIVER] = COUNT_delivered, [ACTION_TAG] = COUNT_tagged,
        [ACTION_BANNER] = COUNT_bannered,   [ACTION_QUARANTINE] = COUNT_quarantined,
        [ACTION_DEFER] = COUNT_deferred,    [ACTION_REJECT] = COUNT_rejected,
    };

    board_count(board, COUNT_messages);
    board_count(board, outcome->observed ? COUNT_delivered : counts[outcome->action]);
}

void way_refuse(struct job *job, const char *words)
{
    struct milter_reply reply = {.verdict = MILTER_TEMPFAIL,
                                 .code = S("451"),
                                 .status = S("4.3.0"),
                                 .text =
                                     S("the mail system can't keep this message for now, try again later")};

    log_event(LEVEL_ERROR, "message refused for now", {"id", job->record.id},
              {"queue-id", job->record.queue_id}, {"reason", str_from(words)});
    board_count(job->worker->start->board, COUNT_failed);
    milter_finish(job->session, &reply);
    job_free(job);
}

/* Those of act/edit.h in the milter's words. */
static struct milter_edit *make_edits(const struct job *job, size_t *count)
{
    static const enum milter_edit_kind kinds[] = {[EDIT_INSERT] = MILTER_EDIT_INSERT_HEADER,
                                                  [EDIT_CHANGE] = MILTER_EDIT_CHANGE_HEADER,
                                                  [EDIT_DELETE] = MILTER_EDIT_DELETE_HEADER,
                                                  [EDIT_DELETE_RECIPIENT] = MILTER_EDIT_DELETE_RECIPIENT};
    const struct outcome *outcome = &job->record.outcome;
    struct milter_edit *edits = arena_array_of(job->arena, outcome->edit_count + 1, struct milter_edit);

    for (size_t i = 0; i < outcome->edit_count; i++) {
        const struct edit *edit = &outcome->edits[i];

        edits[i] = (struct milter_edit){
            .kind = kinds[edit->kind], .index = edit->index, .name = edit->name, .value = edit->value};
        if (edit->kind == EDIT_DELETE_RECIPIENT)
            edits[i] = (struct milter_edit){.kind = kinds[edit->kind], .value = edit->name};
    }
    *count = outcome->edit_count;
    return edits;
}

static bool held_by_mta(const struct job *job)
{
    const struct outcome *outcome = &job->record.outcome;

    return job->worker->config->quarantine.mta_hold && !outcome->observed &&
           outcome->action == ACTION_QUARANTINE;
}

/* "sendgrid:1234 (proven) shopify (branded)": the chain, the nearest transport first. */
static str chain_words(const struct job *job)
{
    const struct sender *sender = &job->scan.sender;
    struct buf buf = buf_new(job->arena, CHAIN_WORDS);

    for (size_t i = 0; i < sender->n; i++) {
        const struct sender_link *link = &sender->chain[i];

        buf_printf(&buf, "%s%.*s", i ? " " : "", PS(link->platform->id));
        if (link->n)
            buf_printf(&buf, ":%.*s", PS(link->accounts[0].id));
        buf_printf(&buf, " (%s)", proof_name(link->proof));
    }
    return buf_str(&buf);
}

static void log_verdict(const struct job *job)
{
    const struct record *record = &job->record;

    log_event(LEVEL_INFO, "message", {"id", record->id}, {"queue-id", record->queue_id},
              {"client", ip_format(record->envelope.client, job->arena)},
              {"mail-from", record->envelope.mail_from}, {"from", record->from_domain}, {"spf", record->spf},
              {"dkim", record->dkim}, {"arc", record->arc}, {"dmarc", record->dmarc},
              {"sender", chain_words(job)}, {"class", record->outcome.result_class},
              {"action", str_from(action_names[record->outcome.action])}, {"mode", record->mode},
              {"reason", record->outcome.reason});
}

/* The record is durable. */
static void finish(struct job *job)
{
    const struct outcome *outcome = &job->record.outcome;
    struct milter_reply reply = {.verdict = MILTER_ACCEPT};

    log_verdict(job);
    count_outcome(job->worker->start->board, outcome);
    if (held_by_mta(job)) {
        struct milter_edit *edit = arena_new_of(job->arena, struct milter_edit);

        *edit = (struct milter_edit){.kind = MILTER_EDIT_QUARANTINE, .value = outcome->reason};
        reply.edits = edit;
        reply.edit_count = 1;
    } else if (!outcome->observed && outcome->action == ACTION_QUARANTINE) {
        reply.verdict = MILTER_DISCARD;
    } else if (!outcome->observed && outcome->action >= ACTION_DEFER) {
        reply = (struct milter_reply){.verdict =
                                          outcome->action == ACTION_REJECT ? MILTER_REJECT : MILTER_TEMPFAIL,
                                      .code = outcome->reply_code,
                                      .status = outcome->reply_status,
                                      .text = outcome->reply_text};
    } else if (!outcome->observed) {
        reply.edits = make_edits(job, &reply.edit_count);
    }
    milter_finish(job->session, &reply);
    if (job->release && reply.verdict == MILTER_ACCEPT)
        way_tell_passed(job);
    job_free(job);
}

/* ---- the record ---- */

static void on_recorded(void *context, struct frame *answer)
{
    struct job *job = context;
    struct arena *arena;

    job->request = 0;
    if (!answer) {
        way_refuse(job, "the keeper died");
    } else if (frame_text(answer, "error").n) {
        arena = arena_new(); /* the job's goes with it */
        way_refuse(job, arena_c_str(arena, frame_text(answer, "error")));
        arena_free(arena);
    } else {
        finish(job);
    }
}

/* A file in memory with these bytes; -1 and words. */
static int memory_file(str bytes, struct err *err)
{
    int file = memfd_create("postern", MFD_CLOEXEC);
    size_t n = 0;

    if (file < 0) {
        err_errno(err, errno, "can't make a file in memory");
        return -1;
    }
    while (n < bytes.n) {
        ssize_t put = write(file, bytes.p + n, bytes.n - n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            err_errno(err, errno, "can't write a file in memory");
            close(file);
            return -1;
        }
        n += (size_t)put;
    }
    return file;
}

static bool is_held(const struct job *job)
{
    const struct outcome *outcome = &job->record.outcome;
    bool held = outcome->action == ACTION_QUARANTINE;

    for (size_t i = 0; i < outcome->recipient_count; i++)
        held |= outcome->recipients[i].action == ACTION_QUARANTINE;
    return held && !outcome->observed && !held_by_mta(job);
}

/* Journal.keep-raw: the keeper gets every message itself. */
static bool is_kept(const struct job *job)
{
    return job->worker->config->journal.keep_raw > 0;
}

/* The files of the frame; those that were made for it are closed by whoever called. */
static bool add_files(struct job *job, struct frame *frame, str wire, bool made[2], struct err *err)
{
    if (wire.n > FRAME_RECORD) {
        int file = memory_file(wire, err);

        if (file < 0)
            return false;
        json_object_set_new(frame->head, "filed", json_true());
        made[frame->file_count] = true;
        frame->files[frame->file_count++] = file;
    } else {
        frame->payload = wire;
    }
    if (is_held(job) || is_kept(job)) {
        int file = job->message->spool;

        if (file < 0)
            file = memory_file(job->message->raw, err);
        if (file < 0)
            return false;
        if (is_held(job))
            json_object_set_new(frame->head, "hold", json_true());
        if (is_kept(job))
            json_object_set_new(frame->head, "keep", json_true());
        made[frame->file_count] = file != job->message->spool;
        frame->files[frame->file_count++] = file;
    }
    return true;
}

/* Journal and, where it is held, the message itself. */
void way_record(struct job *job)
{
    struct frame frame = {.head = NULL};
    bool made[2] = {false, false};
    struct err err;

    frame_set_text(&frame, "do", S("record"));
    if (add_files(job, &frame, wire_write(&job->record, job->arena), made, &err))
        job->request = link_ask(job->worker->keeper, &frame, on_recorded, job, &err);
    job->requested = (int64_t)uv_now(&job->worker->loop);
    job->recording = job->request != 0;
    for (size_t i = 0; i < frame.file_count; i++)
        if (made[i])
            close(frame.files[i]);
    frame.file_count = 0;
    frame_free(&frame);
    if (!job->request)
        way_refuse(job, err.words);
}

/* ---- signatures ---- */

static void on_signature(void *context, struct frame *answer)
{
    struct job *job = context;
    struct signing_question *question = &job->signing.questions[job->signing_at];

    job->request = 0;
    if (!answer) {
        way_refuse(job, "the keeper died");
        return;
    }
    question->answered = true;
    if (frame_text(answer, "error").n)
        log_event(LEVEL_ERROR, "not signed", {"id", job->record.id}, {"domain", question->domain},
                  {"selector", question->selector}, {"reason", frame_text(answer, "error")});
    else
        question->signature = arena_str(job->arena, answer->payload);
    way_sign(job);
}

/* Asks for the first signature that is open. */
static void ask_signature(struct job *job)
{
    const struct signing_question *question = job->signing.questions;
    struct frame frame = {.head = NULL};
    struct err err;

    while (question->answered)
        question++;
    job->signing_at = (size_t)(question - job->signing.questions);
    frame.payload = (str){(const char *)question->digest, question->digest_size};
    frame_set_text(&frame, "do", S("sign"));
    frame_set_text(&frame, "domain", question->domain);
    frame_set_text(&frame, "selector", question->selector);
    job->request = link_ask(job->worker->keeper, &frame, on_signature, job, &err);
    job->requested = (int64_t)uv_now(&job->worker->loop);
    frame_free(&frame);
    if (!job->request)
        way_refuse(job, err.words);
}

/* Signatures and seals, then the record. */
void way_sign(struct job *job)
{
    struct worker *worker = job->worker;
    const struct config *config = worker->config;
    const struct signing_params params = {.signers = worker->signers,
                                          .signer_count = config->signer_count,
                                          .seal_domain = config->arc.seal,
                                          .authserv_id = config->authserv_id,
                                          .direction = job->direction,
                                          .now = job->record.time};
    int64_t since = cpu_now();
    bool done;

    board_work(worker->start->board, job->seat);
    done = signing_step(&job->signing, &job->record.outcome, &job->scan.mail, &job->scan.auth, &params,
                        worker->crypto, job->arena);
    board_rest(worker->start->board);
    job->cpu_us += cpu_now() - since;
    if (!done) {
        ask_signature(job);
        return;
    }
    job->record.cpu_us = (uint32_t)job->cpu_us;
    job->record.dns_ms = (uint32_t)job->dns_ms;
    way_record(job);
}

/* ---- judgement ---- */

static void fill_envelope(struct job *job)
{
    const struct milter_message *message = job->message;
    struct record *record = &job->record;

    record->id = new_id(job->arena);
    record->time = (int64_t)time(NULL);
    record->listener = message->listener;
    record->direction = str_from(direction_names[job->direction]);
    record->mode = str_from(mode_names[job->listener->mode]);
    record->envelope = message->envelope;
    record->queue_id = milter_macro(message, S("i"));
    if (job->direction == DIRECTION_SUBMISSION)
        record->auth_user = milter_macro(message, S("auth_authen"));
    record->size = message->raw.n;
    record->fingerprint = job->worker->fingerprint;
}

static void fill_results(struct job *job)
{
    const struct auth *auth = &job->scan.auth;
    struct record *record = &job->record;
    struct indicators indicators = {.arena = job->arena};
    struct facts facts;

    facts_collect(&facts, auth, &job->scan.mail, job->arena);
    facts_add_sender(&facts, &job->scan.sender, job->arena);
    facts_add_content(&facts, &job->scan.content, job->worker->config->journal.subjects);
    facts.resolver_failing = worker_resolver_fails(job->worker);
    record->facts = facts_write(&facts, job->arena);
    indicators_add_facts(&indicators, &facts);
    record->indicators = indicators.items;
    record->indicator_count = indicators.n;
    record->envelope = auth->envelope;
    record->subject_sketch = job->scan.content.subject_sketch;
    record->text_sketch = job->scan.content.text_sketch;
    if (auth->author_count)
        record->from_domain = auth->author_domains[0];
    record->spf = str_from(result_name(auth->spf.mail_from.result));
    record->dkim = str_from(result_name(auth->dkim.result));
    record->arc = str_from(result_name(auth->arc.result));
    record->dmarc = str_from(result_name(auth->dmarc.result));
    way_digest(job->worker, job->scan.mail.body, record->body_sha256);
    if (job->worker->config->journal.subjects && job->scan.mail.first[HEADER_SUBJECT])
        record->subject = str_trim(job->scan.mail.first[HEADER_SUBJECT]->value);
}

static void decide(struct job *job)
{
    struct worker *worker = job->worker;
    const struct config *config = worker->config;
    const struct mail *mail = &job->scan.mail;
    struct policy_input input = {.auth = job->unscanned ? NULL : &job->scan.auth,
                                 .direction = job->direction,
                                 .mode = job->listener->mode,
                                 .recipients = job->message->envelope.recipients,
                                 .recipient_count = job->message->envelope.recipient_count,
                                 .resolver_failing = worker_resolver_fails(worker),
                                 .now = job->record.time,
                                 .id = job->record.id};
    struct edit_params edits = {.auth = input.auth,
                                .authserv_id = config->authserv_id,
                                .id = job->record.id,
                                .subject_tag = config->headers.subject_tag,
                                .spam_headers = config->headers.spam,
                                .direction = job->direction};
    str *authors;

    if (!job->unscanned) {
        authors = arena_array_of(job->arena, mail->from.n, str);
        for (size_t i = 0; i < mail->from.n; i++)
            authors[input.author_count++] = address_format(&mail->from.items[i], job->arena);
        input.authors = authors;
    }
    worker->health.doubted |= !job->unscanned && job->scan.auth.dmarc.result == RESULT_TEMPERROR;
    policy_decide(&job->record.outcome, &worker->policy, &input, job->arena);
    if (!job->unscanned)
        edit_plan(&job->record.outcome, mail, &edits, job->arena);
}

/* A message on which processes died is held whatever the policy says of it: nobody knows what is in it. */
static void hold_unscanned(struct job *job)
{
    struct outcome *outcome = &job->record.outcome;

    job->unscanned = true;
    decide(job);
    outcome->observed = false;
    outcome->action = ACTION_QUARANTINE;
    outcome->reason = S("processes died on this message: it was not judged");
    for (size_t i = 0; i < outcome->recipient_count; i++) {
        outcome->recipients[i].action = ACTION_QUARANTINE;
        outcome->recipients[i].reason = outcome->reason;
    }
    board_count(job->worker->start->board, COUNT_unscanned);
    way_record(job);
}

static void answer_late(struct ask *ask)
{
    for (struct question *question = ask->first; question; question = question->next)
        if (!question->answer) {
            struct dns_answer *answer = arena_new_of(ask->arena, struct dns_answer);

            *answer =
                (struct dns_answer){.name = question->name,
                                    .type = question->type,
                                    .status = DNS_TIMEOUT,
                                    .why = S("the questions of this message had all the time there is")};
            ask_answer(ask, question, answer);
        }
}

static void judge(void *context)
{
    struct job *job = context;
    struct board *board = job->worker->start->board;
    int64_t since = cpu_now();
    bool done;

    if (job->asked)
        job->dns_ms += (int64_t)uv_now(&job->worker->loop) - job->asked;
    job->asked = 0;
    board_work(board, job->seat);
    while (!(done = scan_step(&job->scan)) && job->late)
        answer_late(&job->scan.ask);
    if (done) {
        fill_results(job);
        decide(job);
    }
    board_rest(board);
    job->cpu_us += cpu_now() - since;
    if (!done) {
        job->asked = (int64_t)uv_now(&job->worker->loop);
        resolver_send(job->worker->resolver, &job->scan.ask, judge, job);
        return;
    }
    way_sign(job);
}

void way_begin(struct job *job)
{
    struct worker *worker = job->worker;
    struct board *board = worker->start->board;

    board_work(board, job->seat);
    if (way_hook)
        way_hook(job->message->raw);
    scan_begin(&job->scan, job->message->raw, &job->message->envelope, job->record.time, job->arena,
               worker->crypto, &worker->params[job->direction]);
    job->scan.ask.offline = !worker->resolver;
    job->scan.ask.lookup = worker->resolver ? resolver_lookup : answers_lookup;
    job->scan.ask.lookup_context = worker->resolver ? (void *)worker->resolver : &worker->answers;
    board_rest(board);
    judge(job);
}

/* ---- the milter's calls ---- */

void way_message(void *context, struct milter_session *session, const struct milter_message *message)
{
    struct worker *worker = context;
    struct job *job = job_new(worker, session, message);

    fill_envelope(job);
    way_digest(worker, message->raw, job->record.sha256);
    if (board_is_poison(worker->start->board, job->record.sha256)) {
        hold_unscanned(job);
        return;
    }
    job->seat = board_enter(worker->start->board, job->record.sha256);
    if (job->seat < 0)
        way_refuse(job, "there are too many messages");
    else if (!way_claim(job))
        way_begin(job);
}

/* It will send the message again, and that is then a retry of this one. */
static void tell_gone(struct worker *worker, str id)
{
    struct frame frame = {.head = NULL};
    struct err err;

    frame_set_text(&frame, "do", S("untold"));
    frame_set_text(&frame, "id", id);
    link_ask(worker->keeper, &frame, NULL, NULL, &err); /* without a keeper there is no row */
    frame_free(&frame);
}

void way_gone(void *context, struct milter_session *session)
{
    struct job *job = *milter_slot(session);

    if (!job)
        return;
    if (job->recording)
        tell_gone(context, job->record.id);
    job_free(job);
}

void way_tick(struct worker *worker)
{
    int64_t now = (int64_t)uv_now(&worker->loop);

    for (struct job *job = worker->jobs, *next; job; job = next) {
        next = job->next;
        if (job->asked && job->dns_ms + now - job->asked > worker->config->dns.timeout * 1000) {
            resolver_cancel(worker->resolver, &job->scan.ask);
            job->late = true;
            judge(job);
        } else if (job->request && now - job->requested > KEEPER_MS) {
            way_refuse(job, "the keeper does not answer");
        }
    }
}
