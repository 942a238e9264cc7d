/* child.c: the processes of posternd as their parent sees them. */
#include "programs/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "programs/sandbox.h"

int64_t milliseconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What only the parent needs goes; signals are what they are for any program. */
static void forget_parent(const struct child *all, size_t n)
{
    sigset_t none;

    for (size_t i = 0; i < n; i++)
        if (all[i].pid && all[i].channel >= 0)
            close(all[i].channel);
    sigemptyset(&none);
    signal(SIGHUP,
           SIG_IGN); /* these are for the parent, but terminals and service managers send them to all */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool child_settle(const struct start *start, struct err *err)
{
    if (!identity_take(&start->generation->identity, err) || !sandbox_common(err))
        return false;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user takes it back, so not before */
    if (getppid() != start->parent)
        return err_set(err, "the first process is gone");
    return board_sit(start->board, start->desk, err);
}

bool child_start(struct child *child, const struct start *start, child_run *run, const struct child *all,
                 size_t n, struct err *err)
{
    struct start mine = *start;
    int ends[2];

    mine.parent = getpid();
    *child = (struct child){.channel = -1, .generation = start->generation->number};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return err_errno(err, errno, "can't make a socket for a process");
    child->pid = fork();
    if (child->pid == 0) {
        forget_parent(all, n);
        close(ends[0]);
        mine.channel = ends[1];
        run(&mine);
        abort();
    }
    close(ends[1]);
    if (child->pid < 0) {
        child->pid = 0;
        close(ends[0]);
        return err_errno(err, errno, "can't start a process");
    }
    child->channel = ends[0];
    child->started = milliseconds_now();
    return true;
}

static enum frame_sent send_head(int socket, struct frame *frame, int file)
{
    struct arena *arena = arena_new();
    enum frame_sent sent = FRAME_GONE;
    struct err err;
    str datagram;

    if (frame_write(frame, arena, &datagram, &err))
        sent = frame_send(socket, datagram, &file, file >= 0, &err);
    arena_free(arena);
    frame_free(frame);
    return sent;
}

void child_tell(struct child *child, const char *what, int file, struct frame *more)
{
    struct frame own = {.head = NULL};
    struct frame *frame = more ? more : &own;

    frame_set_text(frame, "do", str_from(what));
    if (!child->pid || child->channel < 0)
        frame_free(frame);
    else if (send_head(child->channel, frame, file) == FRAME_FULL)
        kill(child->pid, SIGKILL);
    if (file >= 0)
        close(file);
}

void child_say(int channel, const char *what, const char *words)
{
    struct frame frame = {.head = NULL};

    frame_set_text(&frame, "say", str_from(what));
    frame_set_text(&frame, "words", str_from(words));
    send_head(channel, &frame, -1); /* a parent that is gone ends us by itself */
}
