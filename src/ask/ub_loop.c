/* ub_loop.c: the event base that libunbound's event API wants, over a libuv loop.
 *
 * The API is libevent's: an event is a file descriptor, bits, and a callback; it is added with an optional
 * timeout and deleted again, and its descriptor is closed and replaced in between. A uv_poll_t is bound to
 * one descriptor and its memory is free only after the loop's next turn. So each adding makes handles, and
 * each deleting closes them. */
#include "ask/ub_loop.h"

#include "base/must.h"

#include <stdbool.h>
#include <stdlib.h>

struct base {
    struct ub_event_base super; /* first: libunbound sees only this */
    uv_loop_t *loop;
};

typedef void event_callback(int fd, short bits, void *argument);

struct event {
    struct ub_event super; /* first */
    struct base *base;
    int fd;
    short bits;
    event_callback *callback;
    void *argument;
    uv_poll_t *poll; /* NULL: not added, or without descriptor */
    uv_timer_t *timer;
};

static struct event *event_of(struct ub_event *super)
{
    return (struct event *)super;
}

static uint64_t milliseconds(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000 + ((uint64_t)time->tv_usec + 999) / 1000;
}

/* ---- handles ---- */

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void close_poll(struct event *event)
{
    if (event->poll)
        uv_close((uv_handle_t *)event->poll,
                 free_handle); /* stops at once: the descriptor may be closed now */
    event->poll = NULL;
}

static void close_timer(struct event *event)
{
    if (event->timer)
        uv_close((uv_handle_t *)event->timer, free_handle);
    event->timer = NULL;
}

static void on_poll(uv_poll_t *handle, int status, int uv_bits);

static bool open_poll(struct event *event)
{
    int wanted = (event->bits & UB_EV_READ ? UV_READABLE : 0) | (event->bits & UB_EV_WRITE ? UV_WRITABLE : 0);
    uv_poll_t *poll = must(malloc(sizeof(*poll)));

    if (uv_poll_init(event->base->loop, poll, event->fd) != 0) {
        free(poll);
        return false;
    }
    poll->data = event;
    event->poll = poll;
    return uv_poll_start(poll, wanted, on_poll) == 0;
}

/* The event may be gone after this. */
static void fire(struct event *event, short bits)
{
    if (!(event->bits & UB_EV_PERSIST)) {
        close_poll(event);
        close_timer(event);
    } else if (event->timer) {
        uv_timer_again(event->timer); /* as in libevent, activity begins the time anew */
    }
    event->callback(event->fd, bits, event->argument);
}

static void on_poll(uv_poll_t *handle, int status, int uv_bits)
{
    struct event *event = handle->data;
    short bits =
        (short)((uv_bits & UV_READABLE ? UB_EV_READ : 0) | (uv_bits & UV_WRITABLE ? UB_EV_WRITE : 0));

    if (status < 0) {
        /* An error waits on the socket, and libuv has stopped watching. libunbound learns of it by reading.
         */
        bits = UB_EV_READ | UB_EV_WRITE;
        close_poll(event);
        if (!open_poll(event))
            close_poll(event);
    }
    bits &= event->bits;
    if (bits)
        fire(event, bits);
}

static void on_timer(uv_timer_t *handle)
{
    fire(handle->data, UB_EV_TIMEOUT);
}

static void open_timer(struct event *event, uint64_t after)
{
    uint64_t again = event->bits & UB_EV_PERSIST ? after : 0;

    event->timer = must(malloc(sizeof(*event->timer)));
    uv_timer_init(event->base->loop, event->timer);
    event->timer->data = event;
    uv_timer_start(event->timer, on_timer, after, again);
}

/* ---- the methods of an event ---- */

static void event_add_bits(struct ub_event *super, short bits)
{
    event_of(super)->bits |= bits;
}

static void event_del_bits(struct ub_event *super, short bits)
{
    event_of(super)->bits &= (short)~bits;
}

static void event_set_fd(struct ub_event *super, int fd)
{
    event_of(super)->fd = fd;
}

static int event_del(struct ub_event *super)
{
    close_poll(event_of(super));
    close_timer(event_of(super));
    return 0;
}

static int event_add(struct ub_event *super, struct timeval *timeout)
{
    struct event *event = event_of(super);

    event_del(super);
    if (timeout)
        open_timer(event, milliseconds(timeout));
    if (event->fd >= 0 && event->bits & (UB_EV_READ | UB_EV_WRITE) && !open_poll(event)) {
        event_del(super);
        return -1;
    }
    return 0;
}

static void event_free(struct ub_event *super)
{
    event_del(super);
    free(event_of(super));
}

static int event_add_timer(struct ub_event *super, struct ub_event_base *base, event_callback *callback,
                           void *argument, struct timeval *timeout)
{
    struct event *event = event_of(super);

    (void)base; /* the one it was made with */
    event->fd = -1;
    event->bits = UB_EV_TIMEOUT;
    event->callback = callback;
    event->argument = argument;
    return event_add(super, timeout);
}

/* Signals and Windows: libunbound does not call these when it resolves by events. */
static int event_refuse_signal(struct ub_event *super, struct timeval *timeout)
{
    (void)super;
    (void)timeout;
    return -1;
}

static void event_ignore(struct ub_event *super)
{
    (void)super;
}

static void event_ignore_bits(struct ub_event *super, int bits)
{
    (void)super;
    (void)bits;
}

static struct ub_event_vmt event_methods = {
    .add_bits = event_add_bits,
    .del_bits = event_del_bits,
    .set_fd = event_set_fd,
    .free = event_free,
    .add = event_add,
    .del = event_del,
    .add_timer = event_add_timer,
    .del_timer = event_del,
    .add_signal = event_refuse_signal,
    .del_signal = event_del,
    .winsock_unregister_wsaevent = event_ignore,
    .winsock_tcp_wouldblock = event_ignore_bits,
};

/* ---- the methods of the base ---- */

static struct ub_event *base_new_event(struct ub_event_base *super, int fd, short bits,
                                       event_callback *callback, void *argument)
{
    struct event *event = must(calloc(1, sizeof(*event)));

    event->super = (struct ub_event){.magic = UB_EVENT_MAGIC, .vmt = &event_methods};
    event->base = (struct base *)super;
    event->fd = fd;
    event->bits = bits;
    event->callback = callback;
    event->argument = argument;
    return &event->super;
}

static struct ub_event *base_new_signal(struct ub_event_base *super, int signal, event_callback *callback,
                                        void *argument)
{
    return base_new_event(super, signal, UB_EV_SIGNAL, callback, argument);
}

static struct ub_event *base_no_windows(struct ub_event_base *super, void *wsaevent, event_callback *callback,
                                        void *argument)
{
    (void)super;
    (void)wsaevent;
    (void)callback;
    (void)argument;
    return NULL;
}

/* The loop is run by the program. */
static int base_dispatch(struct ub_event_base *super)
{
    (void)super;
    return -1;
}

static int base_loopexit(struct ub_event_base *super, struct timeval *timeout)
{
    (void)super;
    (void)timeout;
    return -1;
}

void ub_loop_free(struct ub_event_base *super)
{
    free((struct base *)super);
}

static struct ub_event_base_vmt base_methods = {
    .free = ub_loop_free,
    .dispatch = base_dispatch,
    .loopexit = base_loopexit,
    .new_event = base_new_event,
    .new_signal = base_new_signal,
    .winsock_register_wsaevent = base_no_windows,
};

struct ub_event_base *ub_loop_new(uv_loop_t *loop)
{
    struct base *base = must(calloc(1, sizeof(*base)));

    base->super = (struct ub_event_base){.magic = UB_EVENT_MAGIC, .vmt = &base_methods};
    base->loop = loop;
    return &base->super;
}
