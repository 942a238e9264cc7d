/* workers.c: many pieces of work in several processes. */
#include "programs/workers.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "programs/settings.h"

enum {
    AHEAD = 2,      /* pieces handed to a process at a time: the next one is there when it has done one */
    SLOTS_EACH = 8, /* finished pieces that wait for an earlier one, for each process */
    OUTCOME_MAX = 64 * 1024 * 1024,
    POLL_MS = 250,
};

struct frame {
    uint64_t number;
    uint32_t status;
    uint32_t out, complaint; /* bytes that follow */
};

struct worker {
    pid_t pid; /* 0: there is none */
    int socket;
    size_t numbers[AHEAD]; /* handed out, in order */
    unsigned held;
    struct frame frame; /* the one that is being read */
    size_t got;         /* bytes of it, then of what follows */
};

/* A finished piece, or one that is being read. */
struct slot {
    struct arena *arena;
    char *bytes;
    bool finished;
    struct work_outcome outcome;
};

struct pool {
    const struct work *work;
    struct worker *workers;
    struct slot *slots;
    size_t slot_count;
    size_t next;      /* to hand out */
    size_t delivered; /* all below are done */
    size_t *again;    /* numbers that a dead process had not begun */
    size_t again_count;
    bool stop;
    struct err *err;
};

static bool send_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n) {
        ssize_t put = send(fd, p, n, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        p += put;
        n -= (size_t)put;
    }
    return true;
}

static bool receive_all(int fd, void *bytes, size_t n)
{
    char *p = bytes;

    while (n) {
        ssize_t got = read(fd, p, n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static bool send_outcome(int fd, uint64_t number, const struct work_outcome *outcome)
{
    struct frame frame;

    memset(&frame, 0, sizeof(frame));
    frame.number = number;
    frame.status = outcome->status;
    frame.out = (uint32_t)outcome->out.n;
    frame.complaint = (uint32_t)outcome->complaint.n;
    assert(outcome->out.n + outcome->complaint.n <= OUTCOME_MAX);
    return send_all(fd, &frame, sizeof(frame)) && send_all(fd, outcome->out.p, outcome->out.n) &&
           send_all(fd, outcome->complaint.p, outcome->complaint.n);
}

/* The life of a worker; ends when the parent closes its end. */
static void live(const struct work *work, int fd)
{
    struct arena *arena = arena_new();
    struct work_outcome outcome;
    size_t number;

    while (receive_all(fd, &number, sizeof(number))) {
        outcome = (struct work_outcome){.status = 0};
        work->piece(work->context, number, arena, &outcome);
        if (!send_outcome(fd, number, &outcome))
            break;
        arena_reset(arena);
    }
    arena_free(arena);
}

static bool spawn(struct pool *pool, struct worker *worker)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return err_errno(pool->err, errno, "can't make a socket for a process");
    fflush(stdout);
    worker->pid = fork();
    if (worker->pid == 0) {
        for (unsigned i = 0; i < pool->work->jobs; i++)
            if (pool->workers[i].socket >= 0)
                close(pool->workers[i].socket); /* or the others would never see the parent's end */
        close(ends[0]);
        live(pool->work, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    if (worker->pid < 0) {
        worker->pid = 0;
        close(ends[0]);
        return err_errno(pool->err, errno, "can't start a process");
    }
    worker->socket = ends[0];
    worker->held = 0;
    worker->got = 0;
    return true;
}

static struct slot *slot_of(struct pool *pool, size_t number)
{
    struct slot *slot = &pool->slots[number % pool->slot_count];

    if (!slot->arena)
        slot->arena = arena_new();
    return slot;
}

/* The next number that may be begun; false if there is none now. */
static bool take_number(struct pool *pool, size_t *number)
{
    if (pool->again_count) {
        *number = pool->again[--pool->again_count];
        return true;
    }
    if (pool->next == pool->work->count || pool->next >= pool->delivered + pool->slot_count)
        return false;
    *number = pool->next++;
    return true;
}

static void feed(struct pool *pool, struct worker *worker)
{
    while (worker->pid && worker->held < AHEAD && take_number(pool, &worker->numbers[worker->held])) {
        worker->held++;
        /* If it is dead, its end of the socket says so soon. */
        send_all(worker->socket, &worker->numbers[worker->held - 1], sizeof(size_t));
    }
}

/* Hands over what is finished, in order. */
static void deliver(struct pool *pool)
{
    while (!pool->stop && pool->delivered < pool->work->count) {
        struct slot *slot = &pool->slots[pool->delivered % pool->slot_count];

        if (!slot->finished)
            return;
        pool->stop = !pool->work->done(pool->work->context, pool->delivered, &slot->outcome);
        slot->finished = false;
        arena_reset(slot->arena);
        pool->delivered++;
    }
}

static const char *words_of_end(int how, char *words, size_t room)
{
    if (WIFSIGNALED(how))
        snprintf(words, room, "was ended by signal %d (%s)", WTERMSIG(how), strsignal(WTERMSIG(how)));
    else
        snprintf(words, room, "ended with status %d", WEXITSTATUS(how));
    return words;
}

/* A process is dead: what it was at is lost, what it had not begun goes to another. */
static bool bury(struct pool *pool, struct worker *worker)
{
    char words[128];
    int how = 0;

    close(worker->socket);
    worker->socket = -1;
    while (waitpid(worker->pid, &how, 0) < 0 && errno == EINTR)
        ;
    worker->pid = 0;
    for (unsigned i = 1; i < worker->held; i++)
        pool->again[pool->again_count++] = worker->numbers[i];
    if (worker->held) {
        struct slot *slot = slot_of(pool, worker->numbers[0]);

        slot->outcome = (struct work_outcome){.status = STATUS_SOFTWARE};
        pool->work->lost(pool->work->context, worker->numbers[0], words_of_end(how, words, sizeof(words)),
                         slot->arena, &slot->outcome);
        slot->finished = true;
    }
    worker->held = 0;
    return (pool->next == pool->work->count && pool->again_count == 0) || spawn(pool, worker);
}

/* A whole frame is there. */
static void finish_frame(struct worker *worker, struct slot *slot)
{
    slot->outcome =
        (struct work_outcome){.out = {slot->bytes, worker->frame.out},
                              .complaint = {slot->bytes + worker->frame.out, worker->frame.complaint},
                              .status = worker->frame.status};
    slot->finished = true;
    worker->got = 0;
    worker->held--;
    memmove(worker->numbers, worker->numbers + 1, worker->held * sizeof(worker->numbers[0]));
}

/* Reads once. False: the process is dead, or what it says makes no sense. */
static bool read_some(struct pool *pool, struct worker *worker)
{
    struct frame *frame = &worker->frame;
    struct slot *slot;
    size_t rest, body = (size_t)frame->out + frame->complaint;
    char *to = (char *)frame + worker->got;
    ssize_t got;

    if (worker->got >= sizeof(*frame)) {
        slot = slot_of(pool, frame->number);
        to = slot->bytes + (worker->got - sizeof(*frame));
        rest = sizeof(*frame) + body - worker->got;
    } else {
        rest = sizeof(*frame) - worker->got;
    }
    got = read(worker->socket, to, rest);
    if (got < 0 && errno == EINTR)
        return true;
    if (got <= 0)
        return false;
    worker->got += (size_t)got;
    if (worker->got < sizeof(*frame))
        return true;
    if (worker->held == 0 || frame->number != worker->numbers[0])
        return false;
    body = (size_t)frame->out + frame->complaint;
    if (body > OUTCOME_MAX)
        return false;
    slot = slot_of(pool, frame->number);
    if (worker->got == sizeof(*frame))
        slot->bytes = arena_bytes(slot->arena, body + 1);
    if (worker->got == sizeof(*frame) + body)
        finish_frame(worker, slot);
    return true;
}

/* Waits for the processes and reads what they say. */
static bool serve(struct pool *pool, struct pollfd *polled)
{
    unsigned jobs = pool->work->jobs;

    for (unsigned i = 0; i < jobs; i++)
        polled[i] = (struct pollfd){.fd = pool->workers[i].socket, .events = POLLIN};
    pool->work->waiting(pool->work->context, pool->delivered);
    if (poll(polled, jobs, POLL_MS) < 0)
        return errno == EINTR || err_errno(pool->err, errno, "can't wait for the processes");
    for (unsigned i = 0; i < jobs; i++) {
        struct worker *worker = &pool->workers[i];

        if (!polled[i].revents)
            continue;
        if (!read_some(pool, worker)) {
            kill(worker->pid, SIGKILL);
            if (!bury(pool, worker))
                return false;
        }
        feed(pool, worker);
    }
    return true;
}

static void end_workers(struct pool *pool)
{
    for (unsigned i = 0; i < pool->work->jobs; i++) {
        struct worker *worker = &pool->workers[i];

        if (worker->socket >= 0)
            close(worker->socket);
        if (worker->pid && worker->held)
            kill(worker->pid, SIGKILL);
        if (worker->pid)
            waitpid(worker->pid, NULL, 0);
    }
}

bool workers_run(const struct work *work, struct err *err)
{
    struct arena *arena = arena_new();
    struct pool pool = {.work = work, .err = err, .slot_count = (size_t)work->jobs * SLOTS_EACH};
    struct pollfd *polled = arena_array_of(arena, work->jobs, struct pollfd);
    bool ok = true;

    assert(work->jobs > 0);
    pool.workers = arena_array_of(arena, work->jobs, struct worker);
    pool.slots = arena_array_of(arena, pool.slot_count, struct slot);
    pool.again = arena_array_of(arena, (size_t)work->jobs * AHEAD, size_t);
    for (unsigned i = 0; i < work->jobs; i++)
        pool.workers[i].socket = -1;
    for (unsigned i = 0; ok && i < work->jobs; i++) {
        ok = spawn(&pool, &pool.workers[i]);
        feed(&pool, &pool.workers[i]);
    }
    while (ok && !pool.stop && pool.delivered < work->count) {
        ok = serve(&pool, polled);
        deliver(&pool);
        for (unsigned i = 0; i < work->jobs; i++)
            feed(&pool, &pool.workers[i]); /* delivering made room */
    }
    end_workers(&pool);
    for (size_t i = 0; i < pool.slot_count; i++)
        arena_free(pool.slots[i].arena);
    arena_free(arena);
    return ok;
}
