/* releases.c: held mail that is being delivered after all. */
#include "programs/releases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "journal/release.h"
#include "programs/courier.h"

enum { WORDS = 200 };

struct target {
    str recipient;
    int64_t release;
    enum release_state state;
    str words;
};

struct job {
    int64_t number; /* 0: this place is free */
    struct arena *arena;
    str id;
    struct quarantine *quarantine; /* in which it is held */
    struct audit_entry entry;      /* with which it began */
    uint8_t body[RELEASE_DIGEST];
    struct target targets[LIMIT_RELEASE_RECIPIENTS];
    size_t target_count, at; /* at: the one that is being sent */
    size_t left;             /* recipients that there is no room for */
    pid_t pid;
    int socket;
};

struct releases {
    struct arena *arena;
    struct stores *stores;
    struct job jobs[RELEASES_AT_ONCE];
    int64_t last;
};

static int64_t now(void)
{
    return (int64_t)time(NULL);
}

struct releases *releases_new(struct stores *stores)
{
    struct arena *arena = arena_new();
    struct releases *releases = arena_new_of(arena, struct releases);

    *releases = (struct releases){.arena = arena, .stores = stores};
    return releases;
}

/* ---- what is to be sent to whom ---- */

struct finding {
    struct arena *arena;
    struct quarantine_item *item;
    bool found;
};

static bool on_item(void *context, const struct quarantine_item *item)
{
    struct finding *finding = context;
    str *recipients = arena_array_of(finding->arena, item->recipient_count, str);

    *finding->item = *item;
    finding->item->id = arena_str(finding->arena, item->id);
    finding->item->mail_from = arena_str(finding->arena, item->mail_from);
    finding->item->direction = arena_str(finding->arena, item->direction);
    for (size_t i = 0; i < item->recipient_count; i++)
        recipients[i] = arena_str(finding->arena, item->recipients[i]);
    finding->item->recipients = recipients;
    finding->found = true;
    return false;
}

static bool find_item(const struct releases *releases, str id, struct quarantine_item *item,
                      struct arena *arena, struct err *err)
{
    const struct quarantine_query query = {.id = id, .limit = 1};
    struct finding finding = {arena, item, false};

    if (!quarantine_list(releases->stores->quarantine_directory, &query, on_item, &finding, err))
        return false;
    return finding.found || err_set(err, "nothing is held under \"%.*s\"", PS(id));
}

static void add_target(struct job *job, str recipient)
{
    if (job->target_count == LIMIT_RELEASE_RECIPIENTS)
        job->left++;
    else
        job->targets[job->target_count++] = (struct target){.recipient = recipient};
}

static str held_for(const struct quarantine_item *item, str recipient)
{
    for (size_t i = 0; i < item->recipient_count; i++)
        if (str_ieq(item->recipients[i], recipient))
            return item->recipients[i];
    return S("");
}

/* Why it is not to be sent to him once more; NULL: there is nothing against it. */
static const char *objection(const struct release *last)
{
    if (!last)
        return NULL;
    switch (release_state(last)) {
    case RELEASE_DONE:
        return "it was released before";
    case RELEASE_SENT:
        return "the MTA took it before";
    case RELEASE_UNCERTAIN:
        return "nobody knows whether it was released before: look into the log of the MTA";
    case RELEASE_FAILED:
    case RELEASE_STATES:
        break;
    }
    return NULL;
}

/* Those who were named; one to whom it must not be sent once more stops all of it. */
static bool take_named(struct job *job, const struct request *request, const struct quarantine_item *item,
                       const struct release *tried, size_t tried_count, struct err *err)
{
    for (size_t i = 0; i < request->to_count; i++) {
        str recipient = held_for(item, request->to[i]);
        const char *why = objection(release_of(tried, tried_count, recipient));
        bool twice = false;

        if (recipient.n == 0)
            return err_set(err, "it is not held for %.*s", PS(request->to[i]));
        if (why && !request->again)
            return err_set(err, "%.*s: %s; --again sends it once more", PS(recipient), why);
        for (size_t k = 0; k < job->target_count; k++)
            twice |= str_eq(job->targets[k].recipient, recipient);
        if (!twice)
            add_target(job, recipient);
    }
    return true;
}

/* Without names: all to whom it may be sent. */
static bool take_all(struct job *job, const struct request *request, const struct quarantine_item *item,
                     const struct release *tried, size_t tried_count, struct err *err)
{
    const char *last = "it is held for nobody";
    str who = S("");

    for (size_t i = 0; i < item->recipient_count; i++) {
        const char *why = objection(release_of(tried, tried_count, item->recipients[i]));

        if (!why || request->again) {
            add_target(job, item->recipients[i]);
        } else {
            last = why;
            who = item->recipients[i];
        }
    }
    if (job->target_count)
        return true;
    return err_set(err, "%.*s%s%s; --again sends it once more", PS(who), who.n ? ": " : "", last);
}

/* ---- released mail that comes by ---- */

bool releases_redeem(const struct releases *releases, const struct frame *question, struct frame *answer,
                     struct arena *arena, struct err *err)
{
    static const char *const verdicts[] = {
        [RELEASE_GRANTED] = "granted", [RELEASE_UNKNOWN] = "unknown", [RELEASE_MISUSED] = "misused"};
    struct release_claim claim = {.token = frame_text(question, "token"),
                                  .recipient = str_skip(question->payload, RELEASE_DIGEST),
                                  .now = now()};
    struct quarantine_item item;
    enum release_verdict verdict;
    struct release release;
    struct err why = {""};

    if (question->payload.n < RELEASE_DIGEST)
        return err_set(err, "a token without a message");
    memcpy(claim.body, question->payload.p, RELEASE_DIGEST);
    if (!release_redeem(releases->stores->quarantine, &claim, &verdict, &release, &why, arena, err))
        return false;
    frame_set_text(answer, "verdict", str_from(verdicts[verdict]));
    frame_set_text(answer, "why", str_from(why.words));
    if (verdict != RELEASE_GRANTED)
        return true;
    if (!find_item(releases, release.item, &item, arena, err))
        return false;
    frame_set_number(answer, "release", release.number);
    frame_set_text(answer, "id", release.item);
    frame_set_text(answer, "direction", item.direction);
    return true;
}

bool releases_passed(const struct releases *releases, const struct frame *question, struct err *err)
{
    if (release_passed(releases->stores->quarantine, frame_number(question, "release"), now(), err))
        return true;
    log_event(LEVEL_ERROR, "release not recorded", {"reason", str_from(err->words)});
    return false;
}

/* ---- the courier ---- */

static int message_file(str raw, struct err *err)
{
    int file = memfd_create("postern-release", MFD_CLOEXEC);
    size_t n = 0;

    while (file >= 0 && n < raw.n) {
        ssize_t put = write(file, raw.p + n, raw.n - n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            close(file);
            file = -1;
        } else {
            n += (size_t)put;
        }
    }
    if (file < 0)
        err_errno(err, errno, "can't make a file in memory");
    return file;
}

static bool start_courier(struct job *job, struct err *err)
{
    static char name[] = "posternd", word[] = COURIER_WORD;
    char *arguments[] = {name, word, NULL}, *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    int ends[2], failed;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return err_errno(err, errno, "can't make a socket");
    fcntl(ends[0], F_SETFL, O_NONBLOCK); /* the courier waits, and the keeper does not */
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    failed = posix_spawn(&job->pid, "/proc/self/exe", &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed) {
        job->pid = 0;
        close(ends[0]);
        return err_errno(err, failed, "can't start a process");
    }
    job->socket = ends[0];
    return true;
}

static bool tell(struct job *job, struct frame *frame, int file, struct err *err)
{
    str datagram;
    bool ok = frame_write(frame, job->arena, &datagram, err) &&
              frame_send(job->socket, datagram, &file, file >= 0, err) == FRAME_SENT;

    frame_free(frame);
    return ok;
}

static bool give_message(struct job *job, const struct quarantine_item *item, const struct release_way *way,
                         str raw, struct err *err)
{
    struct frame frame = {.payload = item->mail_from};
    int file = message_file(raw, err);
    bool ok;

    if (file < 0)
        return false;
    frame_set_text(&frame, "do", S("message"));
    frame_set_text(&frame, "smtp", way->smtp);
    frame_set_text(&frame, "helo", way->helo);
    ok = start_courier(job, err) && tell(job, &frame, file, err);
    if (!ok)
        frame_free(&frame);
    close(file);
    return ok;
}

static void end_courier(struct job *job)
{
    if (job->socket >= 0)
        close(job->socket);
    job->socket = -1;
    if (job->pid > 0) {
        kill(job->pid, SIGKILL);
        waitpid(job->pid, NULL, 0);
    }
    job->pid = 0;
}

static void job_free(struct job *job)
{
    struct arena *arena = job->arena;

    end_courier(job);
    *job = (struct job){.socket = -1};
    arena_free(arena);
}

void releases_free(struct releases *releases)
{
    for (size_t i = 0; i < RELEASES_AT_ONCE; i++)
        if (releases->jobs[i].number)
            job_free(&releases->jobs[i]);
    arena_free(releases->arena);
}

/* ---- one recipient after the other ---- */

static void audit_end(struct releases *releases, const struct job *job, const struct target *target)
{
    static const enum audit_outcome outcomes[] = {[RELEASE_DONE] = AUDIT_DONE,
                                                  [RELEASE_SENT] = AUDIT_DONE,
                                                  [RELEASE_FAILED] = AUDIT_FAILED,
                                                  [RELEASE_UNCERTAIN] = AUDIT_UNCERTAIN};
    struct audit_entry entry = job->entry;
    struct err err;

    entry.begun = job->entry.number;
    entry.time = now();
    entry.recipient = target->recipient;
    entry.outcome = outcomes[target->state];
    entry.words = target->words;
    if (!audit_add(releases->stores->audit, &entry, &err))
        log_event(LEVEL_ERROR, "outcome not recorded", {"reason", str_from(err.words)});
}

static void end_target(struct releases *releases, struct job *job, enum release_state state, str words)
{
    struct target *target = &job->targets[job->at++];

    target->state = state;
    target->words = arena_str(job->arena, str_sub(words, 0, WORDS));
    audit_end(releases, job, target);
}

/* The intention is on the disk before the courier hears of it. */
static bool send_next(struct releases *releases, struct job *job, struct err *err)
{
    struct target *target = &job->targets[job->at];
    struct release release = {.item = job->id, .recipient = target->recipient, .begun = now()};
    struct frame frame = {.payload = target->recipient};
    str token;

    if (releases->stores->quarantine != job->quarantine)
        return err_set(err, "the quarantine is another one now");
    release.expires = release.begun + RELEASE_LIFETIME;
    memcpy(release.body, job->body, RELEASE_DIGEST);
    if (!release_next(job->quarantine, &release.number, err) ||
        !release_token(&release, job->arena, &token, err) || !release_begin(job->quarantine, &release, err))
        return false;
    target->release = release.number;
    frame_set_text(&frame, "do", S("send"));
    frame_set_number(&frame, "n", release.number);
    frame_set_text(&frame, "token", token);
    return tell(job, &frame, -1, err);
}

/* Until one is on its way. */
static void go_on(struct releases *releases, struct job *job)
{
    struct err err;

    while (job->at < job->target_count && !send_next(releases, job, &err))
        end_target(releases, job, job->targets[job->at].release ? RELEASE_UNCERTAIN : RELEASE_FAILED,
                   str_from(err.words));
}

/* What the MTA said, or did not; and then it is looked whether the message came by. */
static void end_release(struct releases *releases, struct job *job, enum release_reply reply, str words)
{
    const struct target *target = &job->targets[job->at];
    struct release release;
    struct err err;
    bool found = false;
    bool ok = releases->stores->quarantine == job->quarantine &&
              release_end(job->quarantine, target->release, reply, words, now(), &err) &&
              release_find(job->quarantine, target->release, &release, &found, job->arena, &err);

    if (!ok)
        log_event(LEVEL_ERROR, "release not recorded", {"id", job->id}, {"reason", str_from(err.words)});
    if (!found)
        release = (struct release){.reply = reply};
    end_target(releases, job, release_state(&release), words);
}

static bool hear(struct releases *releases, struct job *job)
{
    struct frame frame;
    struct err err;
    str reply;

    switch (frame_receive(job->socket, &frame, job->arena, &err)) {
    case FRAME_RECEIVED:
        break;
    case FRAME_NOTHING:
        return true;
    case FRAME_END:
    case FRAME_BROKEN:
        return false;
    }
    if (job->at == job->target_count || frame_number(&frame, "n") != job->targets[job->at].release) {
        frame_free(&frame);
        return false;
    }
    reply = frame_text(&frame, "reply");
    end_release(releases, job,
                str_eq(reply, S("taken"))     ? RELEASE_TAKEN
                : str_eq(reply, S("refused")) ? RELEASE_REFUSED
                                              : RELEASE_NO_REPLY,
                frame_text(&frame, "words"));
    frame_free(&frame);
    go_on(releases, job);
    return true;
}

/* The one on its way is uncertain, those behind were not tried. */
static void give_up(struct releases *releases, struct job *job)
{
    if (job->at < job->target_count)
        end_release(releases, job, RELEASE_NO_REPLY, S("the process that spoke to the MTA died"));
    while (job->at < job->target_count)
        end_target(releases, job, RELEASE_FAILED, S("not tried: the process that spoke to the MTA died"));
}

/* ---- beginning and end ---- */

bool releases_has(const struct releases *releases, str id)
{
    for (size_t i = 0; i < RELEASES_AT_ONCE; i++)
        if (releases->jobs[i].number && str_eq(releases->jobs[i].id, id))
            return true;
    return false;
}

static bool prepare(struct releases *releases, struct job *job, const struct request *request,
                    const struct release_way *way, struct err *err)
{
    str directory = releases->stores->quarantine_directory, raw;
    struct quarantine_item item;
    struct release *tried;
    size_t count;

    if (!find_item(releases, request->id, &item, job->arena, err) ||
        !release_list(directory, item.id, job->arena, &tried, &count, err))
        return false;
    if (request->to_count ? !take_named(job, request, &item, tried, count, err)
                          : !take_all(job, request, &item, tried, count, err))
        return false;
    if (quarantine_read(directory, &item, job->arena, &raw, err) != QUARANTINE_OK)
        return false;
    release_digest(release_body(raw), job->body);
    job->id = item.id;
    job->quarantine = releases->stores->quarantine;
    return give_message(job, &item, way, raw, err);
}

static void copy_entry(struct job *job, const struct audit_entry *entry)
{
    job->entry = *entry;
    job->entry.user = arena_str(job->arena, entry->user);
    job->entry.object = arena_str(job->arena, entry->object);
    job->entry.reason = arena_str(job->arena, entry->reason);
}

bool releases_begin(struct releases *releases, const struct request *request, const struct audit_entry *entry,
                    const struct release_way *way, int64_t *number, struct err *err)
{
    struct job *job = NULL;

    for (size_t i = 0; i < RELEASES_AT_ONCE; i++)
        if (!releases->jobs[i].number)
            job = &releases->jobs[i];
    if (way->smtp.n == 0)
        return err_set(err, "no mail can be released: the configuration has no quarantine.release.smtp");
    if (releases_has(releases, request->id))
        return err_set(err, "it is being released just now");
    if (!job)
        return err_set(err, "%d messages are being released just now: try again", RELEASES_AT_ONCE);
    *job = (struct job){.arena = arena_new(), .socket = -1};
    if (!prepare(releases, job, request, way, err)) {
        job_free(job);
        return false;
    }
    *number = job->number = ++releases->last;
    copy_entry(job, entry);
    go_on(releases, job);
    return true;
}

size_t releases_poll(const struct releases *releases, struct pollfd *polled)
{
    size_t n = 0;

    for (size_t i = 0; i < RELEASES_AT_ONCE; i++)
        if (releases->jobs[i].number)
            polled[n++] = (struct pollfd){.fd = releases->jobs[i].socket, .events = POLLIN};
    return n;
}

static void answer(const struct job *job, struct frame *frame)
{
    json_t *results = json_array();

    frame_set_text(frame, "do", S("release"));
    frame_set_number(frame, "left", (int64_t)job->left);
    for (size_t i = 0; i < job->target_count; i++) {
        const struct target *target = &job->targets[i];
        struct frame row = {.head = NULL};

        frame_set_text(&row, "recipient", target->recipient);
        frame_set_text(&row, "state", str_from(release_state_names[target->state]));
        frame_set_text(&row, "words", target->words);
        json_array_append_new(results, row.head);
    }
    json_object_set_new(frame->head, "results", results);
}

void releases_turn(struct releases *releases, releases_done *done, void *context)
{
    for (size_t i = 0; i < RELEASES_AT_ONCE; i++) {
        struct job *job = &releases->jobs[i];
        struct frame frame = {.head = NULL};
        int64_t number = job->number;

        if (!number)
            continue;
        if (job->at < job->target_count && !hear(releases, job))
            give_up(releases, job);
        if (job->at < job->target_count)
            continue;
        answer(job, &frame);
        job_free(job);
        done(context, number, &frame);
    }
}
