/* keeper.c: the process that alone writes journal and quarantine and alone holds the signing keys. */
#include "programs/keeper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "auth/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "programs/callers.h"
#include "programs/settings.h"
#include "programs/stores.h"
#include "programs/untold.h"
#include "programs/wire.h"

enum {
    WORKERS = BOARD_DESKS + 16, /* lines; a worker may have an old one and a new one */
    KEYS = 4096,
    BATCH = 256,            /* records that are made durable together */
    BATCH_BYTES = 64 << 20, /* messages that are in memory meanwhile */
    KEY_FILE = 65536,
    SEND_MS = 5000,   /* a worker that takes no answer for so long is given up */
    CARE_MS = 600000, /* between looking for what has expired */
    MORE_MS = 1000,   /* the same, where there was more than goes at once */
};

struct key {
    str domain, selector;
    struct private_key *key;
};

/* What the parent said. Two of them: the one that counts, and the one that is being told. */
struct settings_of_keeper {
    struct arena *arena;
    str journal, quarantine;
    int64_t journal_keep, keep_raw, quarantine_keep;
    uint64_t quarantine_size;
    struct control_groups groups;
    struct release_way release;
    int control; /* the listening socket */
    struct key *keys;
    size_t key_count;
};

/* A question that is answered when its batch is durable. */
struct pending {
    int line;
    int64_t number;
    struct record *record; /* NULL: it failed already */
    bool stored;           /* something in the quarantine waits to be committed too */
    str id;                /* of the message that it put there, */
    bool held, kept;       /* and into what */
    bool done;
    struct frame answer; /* more of it */
    struct err err;      /* words: it failed */
};

struct keeper {
    const struct start *start;
    struct arena *arena; /* for one turn of the loop */
    struct settings_of_keeper *settings, *next;
    struct stores stores;
    struct untold *untold;
    struct releases *releases;
    struct control control;
    int lines[WORKERS];
    size_t line_count;
    struct callers callers;
    struct pending *pending; /* BATCH of them, in the arena */
    size_t pending_count;
    size_t stored_bytes;
    int64_t care_at; /* by the clock that nobody sets */
    bool ending;
};

static int64_t now(void)
{
    return (int64_t)time(NULL);
}

/* ---- settings ---- */

static void settings_free(struct settings_of_keeper *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < settings->key_count; i++)
        private_key_free(settings->keys[i].key);
    if (settings->control >= 0)
        close(settings->control);
    arena_free(settings->arena);
}

static void begin_settings(struct keeper *keeper, struct frame *frame)
{
    struct arena *arena = arena_new();
    struct settings_of_keeper *settings = arena_new_of(arena, struct settings_of_keeper);

    settings_free(keeper->next);
    *settings = (struct settings_of_keeper){
        .arena = arena,
        .journal = arena_str(arena, frame_text(frame, "journal")),
        .quarantine = arena_str(arena, frame_text(frame, "quarantine")),
        .journal_keep = frame_number(frame, "journal-keep"),
        .keep_raw = frame_number(frame, "journal-keep-raw"),
        .quarantine_keep = frame_number(frame, "quarantine-keep"),
        .quarantine_size = (uint64_t)frame_number(frame, "quarantine-size"),
        .groups = {frame_number(frame, "view"), frame_number(frame, "operate"), frame_number(frame, "admin")},
        .release = {.smtp = arena_str(arena, frame_text(frame, "release-smtp")),
                    .helo = arena_str(arena, frame_text(frame, "authserv-id"))},
        .control = frame_take_file(frame, 0),
        .keys = arena_array_of(arena, KEYS, struct key),
    };
    keeper->next = settings;
}

static void add_key(struct keeper *keeper, struct frame *frame)
{
    struct settings_of_keeper *settings = keeper->next;
    char text[KEY_FILE];
    struct private_key *key = NULL;
    struct err err;
    ssize_t n = frame->file_count ? read(frame->files[0], text, sizeof(text)) : -1;

    if (n < 0)
        err_errno(&err, errno, "can't read it");
    else
        key = private_key_load((str){text, (size_t)n}, &err);
    explicit_bzero(text, sizeof(text));
    if (key && settings && settings->key_count < KEYS) {
        settings->keys[settings->key_count++] =
            (struct key){arena_str(settings->arena, frame_text(frame, "domain")),
                         arena_str(settings->arena, frame_text(frame, "selector")), key};
        return;
    }
    private_key_free(key);
    log_event(LEVEL_ERROR, "key not usable", {"file", frame_text(frame, "file")},
              {"reason", key ? S("there are too many keys") : str_from(err.words)});
}

/* Opens what is not open yet; what the settings of before had open is kept where it is the same. */
static bool open_stores(struct keeper *keeper, const struct settings_of_keeper *wanted, struct err *err)
{
    const struct stores_params params = {.journal = wanted->journal,
                                         .quarantine = wanted->quarantine,
                                         .keep_raw = wanted->keep_raw > 0,
                                         .now = now()};
    bool died;

    if (!stores_open(&keeper->stores, &params, &died, err))
        return false;
    if (died)
        untold_load(keeper->untold, wanted->journal);
    return true;
}

/* The settings that were told count from now on, or those of before stay; without any there is nothing to do.
 */
static void take_settings(struct keeper *keeper)
{
    struct settings_of_keeper *next = keeper->next;
    struct err err;

    keeper->next = NULL;
    if (!next)
        return;
    if (!open_stores(keeper, next, &err)) {
        log_event(LEVEL_ERROR, keeper->settings ? "settings refused" : "keeper not started",
                  {"reason", str_from(err.words)});
        settings_free(next);
        if (!keeper->settings)
            exit(STATUS_CANNOT_CREATE);
        return;
    }
    settings_free(keeper->settings);
    keeper->settings = next;
    keeper->control.release = &next->release;
    keeper->care_at = 0;
    child_say(keeper->start->channel, "ready", "");
}

/* ---- the parent ---- */

static void hear_parent(struct keeper *keeper)
{
    struct frame frame;
    struct err err;
    str what;

    for (;;) {
        switch (frame_receive(keeper->start->channel, &frame, keeper->arena, &err)) {
        case FRAME_RECEIVED:
            break;
        case FRAME_NOTHING:
            return;
        case FRAME_END:
        case FRAME_BROKEN:
            keeper->ending = true;
            return;
        }
        what = frame_text(&frame, "do");
        if (str_eq(what, S("settings")))
            begin_settings(keeper, &frame);
        else if (str_eq(what, S("key")))
            add_key(keeper, &frame);
        else if (str_eq(what, S("take")))
            take_settings(keeper);
        else if (str_eq(what, S("end")))
            keeper->ending = true;
        else if (str_eq(what, S("worker")) && frame.file_count && keeper->line_count < WORKERS)
            keeper->lines[keeper->line_count++] = frame_take_file(&frame, 0);
        frame_free(&frame);
    }
}

/* ---- answers ---- */

/* Waits for a worker that does not read, but not for ever. False: it is given up. */
static bool send_answer(struct keeper *keeper, int line, struct frame *answer)
{
    struct pollfd polled = {.fd = line, .events = POLLOUT};
    enum frame_sent sent = FRAME_GONE;
    struct err err;
    str datagram;

    if (frame_write(answer, keeper->arena, &datagram, &err))
        sent = frame_send(line, datagram, NULL, 0, &err);
    if (sent == FRAME_FULL && poll(&polled, 1, SEND_MS) == 1)
        sent = frame_send(line, datagram, NULL, 0, &err);
    frame_free(answer);
    return sent == FRAME_SENT;
}

/* The worker then sees that its line has ended, and tells its MTAs to come again. */
static void give_up(struct keeper *keeper, int line)
{
    for (size_t i = 0; i < keeper->line_count; i++)
        if (keeper->lines[i] == line) {
            close(line);
            keeper->lines[i] = keeper->lines[--keeper->line_count];
            untold_line(keeper->untold, line, now());
        }
    for (size_t i = 0; i < keeper->pending_count; i++)
        if (keeper->pending[i].line == line)
            keeper->pending[i].line = -1;
}

static void answer_pending(struct keeper *keeper, const struct pending *pending)
{
    struct frame answer = pending->answer;

    if (pending->line < 0) {
        frame_free(&answer);
        return;
    }
    frame_set_number(&answer, "n", pending->number);
    if (!pending->done)
        frame_set_text(&answer, "error", str_from(pending->err.words));
    if (!send_answer(keeper, pending->line, &answer))
        give_up(keeper, pending->line);
}

/* ---- records ---- */

static void on_written(void *context, bool written, const char *words)
{
    struct pending *pending = context;

    pending->done = written;
    if (!written)
        err_set(&pending->err, "journal: %s", words);
}

static bool commit_messages(struct keeper *keeper, struct err *err)
{
    bool kept =
        !keeper->stores.kept || quarantine_commit(keeper->stores.kept, err) || err_context(err, "raw mail");

    return (quarantine_commit(keeper->stores.quarantine, err) || err_context(err, "quarantine")) && kept;
}

_Static_assert((int)BATCH <= (int)QUARANTINE_AT_ONCE, "a batch is taken back at once");

/* What was stored of messages that have no row after all: the MTA is told that it has them still, and each
 * time that it comes again there would be one more. */
static void take_back(struct keeper *keeper, bool kept)
{
    struct quarantine *quarantine = kept ? keeper->stores.kept : keeper->stores.quarantine;
    str ids[BATCH];
    size_t n = 0;
    struct err err;

    for (size_t i = 0; i < keeper->pending_count; i++) {
        const struct pending *pending = &keeper->pending[i];

        if (!pending->done && (kept ? pending->kept : pending->held))
            ids[n++] = pending->id;
    }
    if (n && !quarantine_take_back(quarantine, ids, n, &err))
        log_event(LEVEL_ERROR, "stored without a row of the journal", {"reason", str_from(err.words)});
}

/* Makes all of the batch durable, messages first: a row must not speak of a message that is not there. */
static void commit(struct keeper *keeper)
{
    struct err err = {""};
    bool stored = commit_messages(keeper, &err);

    for (size_t i = 0; i < keeper->pending_count; i++) {
        struct pending *pending = &keeper->pending[i];

        if (pending->stored && !stored) {
            pending->done = false;
            pending->err = err;
        } else if (pending->record)
            journal_add(keeper->stores.journal, pending->record, on_written, pending);
    }
    journal_commit(keeper->stores.journal, now());
    board_count(keeper->start->board, COUNT_commits);
    take_back(keeper, false);
    take_back(keeper, true);
    for (size_t i = 0; i < keeper->pending_count; i++) {
        if (keeper->pending[i].record && !keeper->pending[i].done)
            untold_drop(keeper->untold, keeper->pending[i].record->id);
        answer_pending(keeper, &keeper->pending[i]);
    }
    keeper->pending_count = 0;
    keeper->stored_bytes = 0;
}

/* A file's bytes, read and not mapped: who sent it could cut it off under a map. */
static bool read_file(int file, struct arena *arena, str *bytes, struct err *err)
{
    struct stat about;
    char *to;
    size_t n = 0;

    if (file < 0 || fstat(file, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > LIMIT_MESSAGE)
        return err_set(err, "no file, or one that is too large, came with the request");
    to = arena_bytes(arena, (size_t)about.st_size);
    while (n < (size_t)about.st_size) {
        ssize_t got = pread(file, to + n, (size_t)about.st_size - n, (off_t)n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_set(err, "the file that came with the request can't be read");
        n += (size_t)got;
    }
    *bytes = (str){to, n};
    return true;
}

/* All recipients whose copy is held; all of them where the message as a whole is. */
static void fill_item(struct quarantine_item *item, const struct record *record, struct arena *arena)
{
    const struct outcome *outcome = &record->outcome;
    str *recipients = arena_array_of(arena, outcome->recipient_count, str);

    *item = (struct quarantine_item){.id = record->id,
                                     .time = record->time,
                                     .has_mail_from = record->envelope.has_mail_from,
                                     .mail_from = record->envelope.mail_from,
                                     .from_domain = record->from_domain,
                                     .result_class = outcome->result_class,
                                     .reason = outcome->reason,
                                     .direction = record->direction,
                                     .recipients = recipients};
    for (size_t i = 0; i < outcome->recipient_count; i++)
        if (outcome->recipients[i].action == ACTION_QUARANTINE)
            recipients[item->recipient_count++] = outcome->recipients[i].address;
}

/* The message itself: held, or kept, or both. */
static bool store(struct keeper *keeper, const struct record *record, const struct frame *frame,
                  struct pending *pending)
{
    struct quarantine_item held, kept = {.id = record->id, .time = record->time};
    struct err *err = &pending->err;
    str raw;

    if (frame->file_count == 0)
        return err_set(err, "a message to be stored did not come along");
    if (!read_file(frame->files[frame->file_count - 1], keeper->arena, &raw, err))
        return false;
    keeper->stored_bytes += raw.n + 1;
    fill_item(&held, record, keeper->arena);
    pending->id = record->id;
    if (frame_true(frame, "hold")) {
        pending->held = quarantine_put(keeper->stores.quarantine, &held, raw, err);
        if (!pending->held)
            return err_context(err, "quarantine");
    }
    if (frame_true(frame, "keep") && keeper->stores.kept) {
        pending->kept = quarantine_put(keeper->stores.kept, &kept, raw, err);
        if (!pending->kept)
            return err_context(err, "raw mail");
    }
    return true;
}

static void on_record(struct keeper *keeper, struct frame *frame, struct pending *pending)
{
    struct record *record = arena_new_of(keeper->arena, struct record);
    str bytes = frame->payload;

    if (frame_true(frame, "filed") && !read_file(frame->files[0], keeper->arena, &bytes, &pending->err))
        return;
    if (!wire_read(record, bytes, keeper->arena)) {
        err_set(&pending->err, "a record that can't be read");
        return;
    }
    pending->stored = frame_true(frame, "hold") || frame_true(frame, "keep");
    if (pending->stored && !store(keeper, record, frame, pending))
        return;
    pending->record = record;
    record->retry_of = untold_find(keeper->untold, record, keeper->arena);
    untold_add(keeper->untold, record, pending->line, now());
}

/* The MTA went away before it could be told. If the record is in the batch that waits, it is there already.
 */
static void on_untold(struct keeper *keeper, const struct frame *frame, struct pending *pending)
{
    untold_gone(keeper->untold, frame_text(frame, "id"));
    pending->done = true;
}

/* ---- signing ---- */

static void on_sign(struct keeper *keeper, const struct frame *frame, int line)
{
    const struct settings_of_keeper *settings = keeper->settings;
    struct frame answer = {.payload = S("")};
    struct err err;
    bool found = false, ok = false;

    for (size_t i = 0; i < settings->key_count && !found; i++) {
        const struct key *key = &settings->keys[i];

        found = str_eq(key->domain, frame_text(frame, "domain")) &&
                str_eq(key->selector, frame_text(frame, "selector"));
        if (found)
            ok = private_key_sign(key->key, (const uint8_t *)frame->payload.p, frame->payload.n,
                                  keeper->arena, &answer.payload, &err);
    }
    frame_set_number(&answer, "n", frame_number(frame, "n"));
    if (!ok)
        frame_set_text(&answer, "error", found ? str_from(err.words) : S("there is no such key"));
    if (!send_answer(keeper, line, &answer))
        give_up(keeper, line);
}

/* ---- workers ---- */

static bool batch_is_full(const struct keeper *keeper)
{
    return keeper->pending_count == BATCH || keeper->stored_bytes > BATCH_BYTES;
}

static bool has_line(const struct keeper *keeper, int line)
{
    for (size_t i = 0; i < keeper->line_count; i++)
        if (keeper->lines[i] == line)
            return true;
    return false;
}

static void take_question(struct keeper *keeper, struct frame *frame, int line)
{
    struct pending *pending = &keeper->pending[keeper->pending_count++];
    str what = frame_text(frame, "do");

    *pending = (struct pending){.line = line, .number = frame_number(frame, "n")};
    if (str_eq(what, S("record")))
        on_record(keeper, frame, pending);
    else if (str_eq(what, S("untold")))
        on_untold(keeper, frame, pending);
    else if (str_eq(what, S("redeem")))
        pending->stored = pending->done =
            releases_redeem(keeper->releases, frame, &pending->answer, keeper->arena, &pending->err);
    else if (str_eq(what, S("passed")))
        pending->stored = pending->done = releases_passed(keeper->releases, frame, &pending->err);
    else
        err_set(&pending->err, "the keeper knows no such request");
}

/* False: there is none now, or the line is gone. */
static bool receive(struct keeper *keeper, int line, struct frame *frame)
{
    struct err err;

    switch (frame_receive(line, frame, keeper->arena, &err)) {
    case FRAME_RECEIVED:
        return true;
    case FRAME_NOTHING:
        return false;
    case FRAME_BROKEN:
        log_event(LEVEL_ERROR, "a worker sent nonsense", {"reason", str_from(err.words)});
        break;
    case FRAME_END:
        break;
    }
    give_up(keeper, line);
    return false;
}

/* The lines of workers that are gone, to their ends. */
static void serve_dead(struct keeper *keeper)
{
    struct pollfd polled[WORKERS];
    size_t n = keeper->line_count;
    struct frame frame;

    for (size_t i = 0; i < n; i++)
        polled[i] = (struct pollfd){.fd = keeper->lines[i]};
    if (poll(polled, n, 0) <= 0)
        return;
    for (size_t i = 0; i < n; i++)
        while (polled[i].revents & (POLLHUP | POLLERR) && receive(keeper, polled[i].fd, &frame)) {
            take_question(keeper, &frame, polled[i].fd);
            frame_free(&frame);
            if (batch_is_full(keeper))
                commit(keeper);
        }
}

/* One question; false: there is none now. What a worker had asked before it died comes before what is asked
 * now: this may be the same message, sent again by way of another worker, and its row has to say so. */
static bool serve(struct keeper *keeper, int line)
{
    struct frame frame;

    if (!receive(keeper, line, &frame))
        return false;
    serve_dead(keeper);
    if (has_line(keeper, line) && str_eq(frame_text(&frame, "do"), S("sign")))
        on_sign(keeper, &frame, line);
    else if (has_line(keeper, line))
        take_question(keeper, &frame, line);
    frame_free(&frame);
    return true;
}

/* A question of each in turn, until there are none or the batch is full. What was asked while the last batch
 * was written is in this one. */
static void serve_workers(struct keeper *keeper)
{
    bool more = keeper->settings != NULL;

    keeper->pending = arena_array_of(keeper->arena, BATCH, struct pending);
    while (more) {
        more = false;
        for (size_t i = keeper->line_count; i-- > 0;) {
            if (batch_is_full(keeper))
                commit(keeper);
            if (i < keeper->line_count)
                more |= serve(keeper, keeper->lines[i]);
        }
    }
    if (keeper->pending_count)
        commit(keeper);
}

/* A release has ended. */
static void on_released(void *context, int64_t job, struct frame *answer)
{
    struct keeper *keeper = context;

    callers_tell(&keeper->callers, job, answer, keeper->arena);
}

/* ---- the loop ---- */

/* True if there may be more to let go of. */
static bool care_for(struct quarantine *quarantine, int64_t before, uint64_t bytes, const char *trouble)
{
    size_t removed = 0;
    struct err err;

    if (!quarantine_expire(quarantine, before, bytes, now(), &removed, &err))
        log_event(LEVEL_ERROR, trouble, {"reason", str_from(err.words)});
    return removed == QUARANTINE_AT_ONCE;
}

/* Lets go of what has expired. */
static void care(struct keeper *keeper)
{
    const struct settings_of_keeper *settings = keeper->settings;
    bool more;
    size_t removed = 0;
    struct err err;

    if (!settings || milliseconds_now() < keeper->care_at)
        return;
    if (settings->journal_keep &&
        !journal_expire(keeper->stores.journal, now() - settings->journal_keep, &removed, &err))
        log_event(LEVEL_ERROR, "journal not expired", {"reason", str_from(err.words)});
    more =
        care_for(keeper->stores.quarantine, settings->quarantine_keep ? now() - settings->quarantine_keep : 0,
                 settings->quarantine_size, "quarantine not expired");
    if (keeper->stores.kept)
        more |= care_for(keeper->stores.kept, now() - settings->keep_raw, 0, "raw mail not expired");
    keeper->care_at = milliseconds_now() + (more ? MORE_MS : CARE_MS);
}

static void turn(struct keeper *keeper)
{
    struct pollfd polled[WORKERS + CALLERS + RELEASES_AT_ONCE + 2];
    nfds_t n = 0;

    polled[n++] = (struct pollfd){.fd = keeper->start->channel, .events = POLLIN};
    polled[n++] = (struct pollfd){
        .fd = keeper->settings && keeper->callers.count < CALLERS ? keeper->settings->control : -1,
        .events = POLLIN};
    for (size_t i = 0; i < keeper->line_count && keeper->settings; i++)
        polled[n++] = (struct pollfd){.fd = keeper->lines[i], .events = POLLIN};
    n += callers_poll(&keeper->callers, &polled[n]);
    n += releases_poll(keeper->releases, &polled[n]);
    if (poll(polled, n, 1000) < 0)
        return;
    serve_workers(keeper);
    releases_turn(keeper->releases, on_released, keeper);
    if (polled[0].revents) /* before callers: who saw that a configuration was taken finds it in force */
        hear_parent(keeper);
    if (polled[1].revents && keeper->settings)
        callers_take(&keeper->callers, keeper->settings->control, &keeper->settings->groups);
    callers_serve(&keeper->callers, &keeper->control, keeper->arena);
    care(keeper);
    arena_reset(keeper->arena);
}

static void fail(const struct err *err)
{
    log_event(LEVEL_ERROR, "keeper not started", {"reason", str_from(err->words)});
    exit(STATUS_OS);
}

void keeper_run(const struct start *start)
{
    struct keeper keeper = {.start = start, .arena = arena_new(), .untold = untold_new()};
    struct err err;

    keeper.control = (struct control){.board = start->board, .started = now(), .stores = &keeper.stores};
    keeper.releases = keeper.control.releases = releases_new(&keeper.stores);
    if (!child_settle(start, &err))
        fail(&err);
    while (!keeper.ending)
        turn(&keeper);
    serve_workers(&keeper); /* what was sent before the end */
    releases_free(keeper.releases);
    stores_close(&keeper.stores);
    untold_free(keeper.untold);
    exit(STATUS_OK);
}
