/* way_release.c: a message that comes back from the quarantine, on its way to a recipient. */
#include "act/edit.h"
#include "base/log.h"
#include "journal/release.h"
#include "programs/way_own.h"

enum { TOKEN_MAX = 200 };

/* ---- what does not count ---- */

/* The field itself goes with all others that pretend to be ours. */
static void note_powerless(struct job *job, str why)
{
    board_count(job->worker->start->board, COUNT_tokens_refused);
    log_event(LEVEL_WARNING, "a token of released mail does not count", {"id", job->record.id},
              {"queue-id", job->record.queue_id},
              {"client", ip_format(job->message->envelope.client, job->arena)}, {"reason", why});
}

static bool is_release_host(const struct config_release *release, struct ip client)
{
    for (size_t i = 0; i < release->network_count; i++)
        if (ip_in_network(client, release->networks[i].ip, release->networks[i].bits))
            return true;
    return false;
}

/* ---- what does ---- */

static void fill_outcome(struct job *job, enum action action, str reason)
{
    const struct envelope *envelope = &job->message->envelope;
    struct outcome *outcome = &job->record.outcome;

    *outcome = (struct outcome){.action = action, .result_class = S("released"), .reason = reason};
    outcome->recipients = arena_array_of(job->arena, envelope->recipient_count, struct outcome_recipient);
    outcome->recipient_count = envelope->recipient_count;
    for (size_t i = 0; i < envelope->recipient_count; i++)
        outcome->recipients[i] = (struct outcome_recipient){
            .address = envelope->recipients[i], .action = action, .reason = reason};
}

/* Whoever has a token that once counted sends it again, or with something else. */
static void reject(struct job *job, str why)
{
    note_powerless(job, why);
    fill_outcome(
        job, ACTION_REJECT,
        arena_printf(job->arena, "it has a token of released mail that does not count: %.*s", PS(why)));
    job->record.outcome.reply_code = S("550");
    job->record.outcome.reply_status = S("5.7.1");
    job->record.outcome.reply_text =
        arena_printf(job->arena, "not what was released: %.*s (reference %.*s)", PS(why), PS(job->record.id));
    way_record(job);
}

static enum direction direction_of(str word)
{
    for (enum direction direction = 0; direction < DIRECTIONS; direction++)
        if (str_eq(word, str_from(direction_names[direction])))
            return direction;
    return DIRECTION_INBOUND;
}

/* Nothing is judged: an administrator has decided. Whatever the listener's mode is, what pretends to be ours
 * goes, the token first of all. */
static void release(struct job *job, const struct frame *answer)
{
    struct worker *worker = job->worker;
    struct record *record = &job->record;
    struct mail *mail = &job->scan.mail;
    struct edit_params edits = {.authserv_id = worker->config->authserv_id,
                                .id = record->id,
                                .released = true,
                                .spam_headers = worker->config->headers.spam};

    job->release = frame_number(answer, "release");
    job->direction = direction_of(frame_text(answer, "direction"));
    record->direction = str_from(direction_names[job->direction]);
    edits.direction = job->direction;
    fill_outcome(job, ACTION_DELIVER,
                 arena_printf(job->arena, "released from the quarantine, where it is %.*s",
                              PS(frame_text(answer, "id"))));
    board_work(worker->start->board, job->seat);
    mail_parse(mail, job->message->raw, job->arena);
    way_digest(worker, mail->body, record->body_sha256);
    edit_plan(&record->outcome, mail, &edits, job->arena);
    board_rest(worker->start->board);
    if (record->outcome.action != ACTION_DELIVER) { /* more forged fields than are removed */
        reject(job, record->outcome.reason);
        return;
    }
    board_count(worker->start->board, COUNT_released);
    if (job->direction == DIRECTION_OUTBOUND || job->direction == DIRECTION_SUBMISSION)
        way_sign(job);
    else
        way_record(job);
}

static void on_claimed(void *context, struct frame *answer)
{
    struct job *job = context;
    str verdict = answer ? frame_text(answer, "verdict") : S("");

    job->request = 0;
    if (!answer || frame_text(answer, "error").n) {
        struct arena *arena = arena_new(); /* the job's goes with it */

        way_refuse(job, answer ? arena_c_str(arena, frame_text(answer, "error")) : "the keeper died");
        arena_free(arena);
    } else if (str_eq(verdict, S("granted"))) {
        release(job, answer);
    } else if (str_eq(verdict, S("misused"))) {
        reject(job, arena_str(job->arena, frame_text(answer, "why")));
    } else {
        note_powerless(job, S("there is no such token"));
        way_begin(job);
    }
}

bool way_claim(struct job *job)
{
    const struct envelope *envelope = &job->message->envelope;
    str token = release_field(job->message->raw);
    struct frame frame = {.head = NULL};
    uint8_t digest[RELEASE_DIGEST];
    struct err err;

    if (token.n == 0)
        return false;
    if (token.n > TOKEN_MAX || !is_release_host(&job->worker->config->quarantine.release, envelope->client)) {
        note_powerless(job, token.n > TOKEN_MAX ? S("it is too long") : S("it comes from elsewhere"));
        return false;
    }
    way_digest(job->worker, release_body(job->message->raw), digest);
    frame_set_text(&frame, "do", S("redeem"));
    frame_set_text(&frame, "token", token);
    frame.payload = arena_join(job->arena, (str){(const char *)digest, sizeof(digest)},
                               envelope->recipient_count == 1 ? envelope->recipients[0] : S(""), S(""));
    job->request = link_ask(job->worker->keeper, &frame, on_claimed, job, &err);
    job->requested = (int64_t)uv_now(&job->worker->loop);
    frame_free(&frame);
    if (!job->request)
        way_refuse(job, err.words);
    return true;
}

/* If the keeper does not hear it, the release stays uncertain, and the row of the journal tells. */
void way_tell_passed(struct job *job)
{
    struct frame frame = {.head = NULL};
    struct err err;

    frame_set_text(&frame, "do", S("passed"));
    frame_set_number(&frame, "release", job->release);
    link_ask(job->worker->keeper, &frame, NULL, NULL, &err);
    frame_free(&frame);
}
