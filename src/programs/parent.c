/* parent.c: the first process of posternd. */
#include "programs/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/limits.h"
#include "base/log.h"
#include "programs/notify.h"
#include "programs/sandbox.h"
#include "programs/settings.h"

enum {
    KEEPER = BOARD_DESKS, /* its place among the children, behind the workers by their desks */
    CHILDREN = BOARD_DESKS + 1,
    SOON = 10000,      /* milliseconds: a process that dies so young is not started again at once */
    DELAY_FIRST = 100, /* then it waits so long, and each time twice as long */
    DELAY_MAX = 10000,
    STOP_WORKERS = 30000, /* for sessions to end, when all ends; then they are cut off */
    STOP_KEEPER = 10000,
    HANG = 60000, /* at one message without a pause: the worker hangs */
    TURN = 1000,  /* how often that is looked at */
    REPORT_MAX = 256 * 1024,
    SUSPECTS_MAX = 64, /* that are written down after one death */
};

/* When a process may be started again. */
struct patience {
    unsigned failures;
    int64_t next;
};

struct parent {
    const struct parent_params *params;
    struct board *board;
    struct inherited inherited;
    struct generation *generation;
    struct child children[CHILDREN];
    struct patience workers, keeper;
    struct arena *arena; /* for one event */
    int signals;
    bool was_ready, stopping;
    int64_t stop_at; /* who is still there then is killed */
};

static str number_text(struct parent *parent, int64_t number)
{
    return arena_printf(parent->arena, "%lld", (long long)number);
}

/* ---- the keeper's settings ---- */

static void set_group(struct frame *frame, const char *key, str name, struct arena *arena)
{
    const struct group *group = name.n ? getgrnam(arena_c_str(arena, name)) : NULL;

    frame_set_number(frame, key, group ? (int64_t)group->gr_gid : -1);
}

static void tell_keys(struct parent *parent)
{
    const struct config *config = parent->generation->config;

    for (size_t i = 0; i < config->signer_count; i++)
        for (size_t k = 0; k < config->signers[i].key_count; k++) {
            const struct config_key *key = &config->signers[i].keys[k];
            struct frame frame = {.head = NULL};
            int file = open(key->file.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

            if (file < 0) {
                log_event(LEVEL_ERROR, "key missing", {"file", key->file},
                          {"reason", str_from(strerror(errno))});
                continue;
            }
            frame_set_text(&frame, "domain", config->signers[i].domain);
            frame_set_text(&frame, "selector", key->selector);
            frame_set_text(&frame, "file", key->file);
            child_tell(&parent->children[KEEPER], "key", file, &frame);
        }
}

/* Key files are opened here, so that no other process needs the right to. */
static void tell_settings(struct parent *parent)
{
    const struct config *config = parent->generation->config;
    struct child *keeper = &parent->children[KEEPER];
    struct frame frame = {.head = NULL};

    frame_set_text(&frame, "journal", config->journal.directory);
    frame_set_number(&frame, "journal-keep", config->journal.keep);
    frame_set_number(&frame, "journal-keep-raw", config->journal.keep_raw);
    frame_set_text(&frame, "quarantine", config->quarantine.directory);
    frame_set_number(&frame, "quarantine-keep", config->quarantine.keep);
    frame_set_number(&frame, "quarantine-size", (int64_t)config->quarantine.size);
    frame_set_text(&frame, "authserv-id", config->authserv_id);
    if (config->quarantine.release.smtp.path.n || config->quarantine.release.smtp.ip.family)
        frame_set_text(&frame, "release-smtp", listen_name(&config->quarantine.release.smtp, parent->arena));
    set_group(&frame, "view", config->control.view, parent->arena);
    set_group(&frame, "operate", config->control.operate, parent->arena);
    set_group(&frame, "admin", config->control.admin, parent->arena);
    child_tell(keeper, "settings", fcntl(parent->generation->control, F_DUPFD_CLOEXEC, 0), &frame);
    tell_keys(parent);
    child_tell(keeper, "take", -1, NULL);
}

/* ---- starting ---- */

static bool may_start(const struct patience *patience)
{
    return patience->next <= milliseconds_now();
}

/* One of these has died. */
static void lose_patience(struct patience *patience, int64_t started)
{
    int64_t now = milliseconds_now(), delay = DELAY_FIRST;

    if (now - started >= SOON)
        patience->failures = 0;
    for (unsigned i = 1; i < patience->failures && delay < DELAY_MAX; i++)
        delay *= 2;
    if (patience->failures)
        patience->next = now + (delay < DELAY_MAX ? delay : DELAY_MAX);
    patience->failures++;
}

/* Gives a worker's desk a new line to the keeper; returns the worker's end, -1 if there is none. */
static int make_line(struct parent *parent)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        log_event(LEVEL_ERROR, "no socket", {"reason", str_from(strerror(errno))});
        return -1;
    }
    child_tell(&parent->children[KEEPER], "worker", ends[0], NULL);
    return ends[1];
}

static void start_keeper(struct parent *parent)
{
    struct start start = {
        .board = parent->board, .generation = parent->generation, .desk = BOARD_KEEPER, .keeper = -1};
    struct child *keeper = &parent->children[KEEPER];
    struct err err;

    if (!child_start(keeper, &start, parent->params->keeper, parent->children, CHILDREN, &err)) {
        log_event(LEVEL_ERROR, "keeper not started", {"reason", str_from(err.words)});
        lose_patience(&parent->keeper, milliseconds_now());
        return;
    }
    board_count(parent->board, COUNT_keeper_starts);
    tell_settings(parent);
    for (unsigned i = 0; i < BOARD_DESKS; i++)
        if (parent->children[i].pid) {
            int line = make_line(parent);

            if (line >= 0)
                child_tell(&parent->children[i], "keeper", line, NULL);
        }
}

static void start_worker(struct parent *parent)
{
    struct start start = {.board = parent->board, .generation = parent->generation};
    struct err err;

    while (start.desk < BOARD_DESKS && parent->children[start.desk].pid)
        start.desk++;
    if (start.desk == BOARD_DESKS)
        return; /* old ones still end */
    start.keeper = make_line(parent);
    if (!child_start(&parent->children[start.desk], &start, parent->params->worker, parent->children,
                     CHILDREN, &err)) {
        log_event(LEVEL_ERROR, "worker not started", {"reason", str_from(err.words)});
        lose_patience(&parent->workers, milliseconds_now());
    } else {
        board_count(parent->board, COUNT_worker_starts);
    }
    if (start.keeper >= 0)
        close(start.keeper);
}

static unsigned count_workers(const struct parent *parent, bool ready)
{
    unsigned n = 0;

    for (unsigned i = 0; i < BOARD_DESKS; i++) {
        const struct child *child = &parent->children[i];

        n += child->pid && child->generation == parent->generation->number && !child->ending &&
             (!ready || child->ready);
    }
    return n;
}

static void start_what_is_missing(struct parent *parent)
{
    if (parent->stopping)
        return;
    if (!parent->children[KEEPER].pid && may_start(&parent->keeper))
        start_keeper(parent);
    while (count_workers(parent, false) < parent->generation->workers && may_start(&parent->workers) &&
           parent->children[KEEPER].pid) {
        unsigned before = count_workers(parent, false);

        start_worker(parent);
        if (count_workers(parent, false) == before)
            break;
    }
}

/* ---- what children say ---- */

/* The first worker of a generation is ready: those of older ones take no more connections. */
static void end_older(struct parent *parent)
{
    for (unsigned i = 0; i < BOARD_DESKS; i++) {
        struct child *child = &parent->children[i];

        if (child->pid && child->generation != parent->generation->number && !child->ending) {
            child->ending = true;
            child_tell(child, "end", -1, NULL);
        }
    }
}

static void on_ready(struct parent *parent, unsigned number)
{
    const struct generation *generation = parent->generation;

    parent->children[number].ready = true;
    if (number != KEEPER && parent->children[number].generation == generation->number)
        end_older(parent);
    if (parent->was_ready || !parent->children[KEEPER].ready ||
        count_workers(parent, true) < generation->workers)
        return;
    parent->was_ready = true;
    log_event(LEVEL_INFO, "ready", {"workers", number_text(parent, generation->workers)});
    notify("READY=1");
    if (parent->params->ready)
        parent->params->ready();
}

static void on_say(struct parent *parent, unsigned number, const struct frame *frame)
{
    str what = frame_text(frame, "say");

    if (str_eq(what, S("ready")))
        on_ready(parent, number);
}

/* False: it has closed its end. Nothing that a child says makes the parent do more than the above. */
static bool hear(struct parent *parent, unsigned number)
{
    struct child *child = &parent->children[number];
    struct frame frame;
    struct err err;

    switch (frame_receive(child->channel, &frame, parent->arena, &err)) {
    case FRAME_RECEIVED:
        on_say(parent, number, &frame);
        frame_free(&frame);
        return true;
    case FRAME_NOTHING:
        return true;
    case FRAME_END:
    case FRAME_BROKEN:
        break;
    }
    return false;
}

/* ---- deaths ---- */

static str words_of_end(struct parent *parent, int how)
{
    if (WIFSIGNALED(how))
        return arena_printf(parent->arena, "signal %d (%s)", WTERMSIG(how), strsignal(WTERMSIG(how)));
    return arena_printf(parent->arena, "status %d", WEXITSTATUS(how));
}

/* Died of an error, and was not ended from outside (an administrator, the kernel that needs memory). */
static bool is_crash(int how)
{
    if (WIFSIGNALED(how))
        return WTERMSIG(how) != SIGKILL && WTERMSIG(how) != SIGTERM;
    return WEXITSTATUS(how) != 0;
}

static void log_suspects(struct parent *parent, const struct suspect *suspects, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buf hex = buf_new(parent->arena, 2 * BOARD_DIGEST);

        for (unsigned k = 0; k < BOARD_DIGEST; k++)
            buf_printf(&hex, "%02x", suspects[i].digest[k]);
        log_event(LEVEL_ERROR, "a worker died on a message", {"sha256", buf_str(&hex)},
                  {"deaths", number_text(parent, suspects[i].crashes)},
                  {"next", suspects[i].crashes >= BOARD_CRASHES ? S("it is held unscanned")
                                                                : S("it is tried again")});
    }
}

static void bury_worker(struct parent *parent, unsigned desk, const struct child *dead, int how)
{
    struct suspect suspects[SUSPECTS_MAX];
    bool crash = is_crash(how);
    size_t n = board_clear(parent->board, desk, crash && dead->ready, suspects, SUSPECTS_MAX);

    if (dead->ending && !crash)
        return;
    board_count(parent->board, COUNT_worker_crashes);
    log_event(LEVEL_ERROR, "worker died", {"pid", number_text(parent, dead->pid)},
              {"by", words_of_end(parent, how)});
    log_suspects(parent, suspects, n);
    lose_patience(&parent->workers, dead->started);
}

static void bury(struct parent *parent, unsigned number, int how)
{
    struct child dead = parent->children[number];

    close(dead.channel);
    parent->children[number] = (struct child){.channel = -1};
    if (number != KEEPER) {
        bury_worker(parent, number, &dead, how);
    } else if (!dead.ending) {
        log_event(LEVEL_ERROR, "keeper died", {"pid", number_text(parent, dead.pid)},
                  {"by", words_of_end(parent, how)});
        lose_patience(&parent->keeper, dead.started);
    }
}

static void bury_all(struct parent *parent)
{
    pid_t pid;
    int how;

    while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
        for (unsigned i = 0; i < CHILDREN; i++)
            if (parent->children[i].pid == pid) {
                bury(parent, i, how);
                break;
            }
}

/* A worker that is at one message for so long never ends. It dies as if of an error, so the message is
 * suspected. */
static void end_hanging(struct parent *parent)
{
    for (unsigned i = 0; i < BOARD_DESKS; i++) {
        int64_t since = parent->children[i].pid ? board_busy_since(parent->board, i) : 0;

        if (since && milliseconds_now() - since > HANG) {
            log_event(LEVEL_ERROR, "worker hangs", {"pid", number_text(parent, parent->children[i].pid)});
            kill(parent->children[i].pid, SIGABRT);
        }
    }
}

/* ---- signals ---- */

static void write_report(const struct buf *report)
{
    ssize_t written = write(STDERR_FILENO, report->p, report->n);

    (void)written;
}

static void reload(struct parent *parent)
{
    struct buf report = buf_new(parent->arena, REPORT_MAX);
    struct generation *generation;

    notify_reloading();
    generation = generation_new(parent->params->config, parent->generation, &parent->inherited, &report);
    write_report(&report);
    if (!generation) {
        board_count(parent->board, COUNT_reloads_refused);
        log_event(LEVEL_ERROR, "configuration refused", {"file", str_from(parent->params->config)},
                  {"next", S("the old one stays")});
    } else {
        board_count(parent->board, COUNT_reloads);
        generation_end(parent->generation, generation);
        parent->generation = generation;
        tell_settings(parent);
        log_event(LEVEL_INFO, "configuration taken", {"file", str_from(parent->params->config)});
    }
    notify("READY=1");
}

/* Workers end with their sessions; the keeper when they are gone. A second time: at once. */
static void stop(struct parent *parent)
{
    if (parent->stopping) {
        parent->stop_at = 0;
        return;
    }
    parent->stopping = true;
    parent->stop_at = milliseconds_now() + STOP_WORKERS;
    log_event(LEVEL_INFO, "stopping");
    notify("STOPPING=1");
    for (unsigned i = 0; i < BOARD_DESKS; i++)
        if (parent->children[i].pid) {
            parent->children[i].ending = true;
            child_tell(&parent->children[i], "end", -1, NULL);
        }
}

static void on_signals(struct parent *parent)
{
    struct signalfd_siginfo info;

    while (read(parent->signals, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGHUP && !parent->stopping)
            reload(parent);
        else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            stop(parent);
    }
    bury_all(parent); /* SIGCHLD may stand for several */
}

static bool watch_signals(struct parent *parent, struct err *err)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    parent->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return parent->signals >= 0 || err_errno(err, errno, "can't wait for signals");
}

/* ---- the loop ---- */

/* False: all is over. */
static bool stop_further(struct parent *parent)
{
    struct child *keeper = &parent->children[KEEPER];
    unsigned workers = 0;
    bool late = milliseconds_now() >= parent->stop_at;

    for (unsigned i = 0; i < BOARD_DESKS; i++) {
        workers += parent->children[i].pid != 0;
        if (late && parent->children[i].pid)
            kill(parent->children[i].pid, SIGKILL);
    }
    if (workers)
        return true;
    if (keeper->pid && !keeper->ending) {
        keeper->ending = true;
        child_tell(keeper, "end", -1, NULL);
        parent->stop_at = milliseconds_now() + STOP_KEEPER;
    } else if (keeper->pid && late) {
        kill(keeper->pid, SIGKILL);
    }
    return keeper->pid != 0;
}

static int time_to_wait(const struct parent *parent)
{
    int64_t now = milliseconds_now(), wait = TURN;

    if (parent->workers.next > now && parent->workers.next - now < wait)
        wait = parent->workers.next - now;
    if (parent->keeper.next > now && parent->keeper.next - now < wait)
        wait = parent->keeper.next - now;
    return (int)wait;
}

static void turn(struct parent *parent)
{
    struct pollfd polled[CHILDREN + 1];
    unsigned numbers[CHILDREN + 1];
    nfds_t n = 0;

    polled[n++] = (struct pollfd){.fd = parent->signals, .events = POLLIN};
    for (unsigned i = 0; i < CHILDREN; i++)
        if (parent->children[i].pid && parent->children[i].channel >= 0) {
            numbers[n] = i;
            polled[n++] = (struct pollfd){.fd = parent->children[i].channel, .events = POLLIN};
        }
    if (poll(polled, n, time_to_wait(parent)) < 0)
        return;
    for (nfds_t i = 1; i < n; i++) {
        struct child *child = &parent->children[numbers[i]];

        if (polled[i].revents && !hear(parent, numbers[i])) {
            close(child->channel); /* it is dying, or as good as dead */
            child->channel = -1;
            kill(child->pid, SIGKILL);
        }
    }
    if (polled[0].revents)
        on_signals(parent);
    end_hanging(parent);
    arena_reset(parent->arena);
}

static void raise_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void log_identity(const struct parent *parent)
{
    const struct identity *identity = &parent->generation->identity;

    if (geteuid() != 0)
        log_event(LEVEL_WARNING, "not root",
                  {"next", S("all processes run as this user, and `user` does not count")});
    else if (!identity->changes)
        log_event(LEVEL_WARNING, "all processes run as root", {"user", str_from(identity->name)});
}

int parent_run(const struct parent_params *params)
{
    struct parent parent = {.params = params, .arena = arena_new()};
    struct buf report = buf_new(parent.arena, REPORT_MAX);
    struct err err;

    for (unsigned i = 0; i < CHILDREN; i++)
        parent.children[i].channel = -1;
    listen_inherit(&parent.inherited);
    parent.generation = generation_new(params->config, NULL, &parent.inherited, &report);
    write_report(&report);
    if (!parent.generation)
        return STATUS_DATA;
    raise_limits();
    parent.board = board_new(&err);
    if (!parent.board || !watch_signals(&parent, &err) || !sandbox_common(&err)) {
        log_event(LEVEL_ERROR, "not started", {"reason", str_from(err.words)});
        return STATUS_OS;
    }
    log_identity(&parent);
    do {
        start_what_is_missing(&parent);
        turn(&parent);
    } while (!parent.stopping || stop_further(&parent));
    generation_end(parent.generation, NULL);
    log_event(LEVEL_INFO, "stopped");
    board_free(parent.board);
    arena_free(parent.arena);
    return STATUS_OK;
}
