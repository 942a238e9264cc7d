/* link.c: a worker's line to the keeper. */
#include "programs/link.h"

#include "base/must.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* A request that waits for its answer. */
struct request {
    struct request *next;
    uint64_t number;
    link_done *done; /* NULL: forgotten */
    void *context;
};

/* A datagram that waits until the keeper reads. */
struct unsent {
    struct unsent *next;
    int files[FRAME_FILES];
    size_t file_count;
    size_t n;
    char bytes[];
};

struct link {
    uv_loop_t *loop;
    uv_poll_t *poll; /* of the socket; NULL: there is none. Freed by the loop */
    int socket;
    struct request *first, **last; /* in the order of asking, which mostly is that of the answers */
    struct unsent *waiting, **waiting_last;
    struct arena *arena; /* for one frame at a time */
    uint64_t number;
};

struct link *link_new(uv_loop_t *loop)
{
    struct link *link = must(calloc(1, sizeof(*link)));

    link->loop = loop;
    link->socket = -1;
    link->last = &link->first;
    link->waiting_last = &link->waiting;
    link->arena = arena_new();
    return link;
}

/* ---- what could not be sent at once ---- */

static void unsent_free(struct unsent *unsent)
{
    for (size_t i = 0; i < unsent->file_count; i++)
        close(unsent->files[i]);
    free(unsent);
}

/* Keeps a copy; false if a file can't be copied. */
static bool keep(struct link *link, str datagram, const struct frame *frame, struct err *err)
{
    struct unsent *unsent = must(calloc(1, sizeof(*unsent) + datagram.n));

    memcpy(unsent->bytes, datagram.p, datagram.n);
    unsent->n = datagram.n;
    for (; unsent->file_count < frame->file_count; unsent->file_count++) {
        int copy = fcntl(frame->files[unsent->file_count], F_DUPFD_CLOEXEC, 0);

        if (copy < 0) {
            err_errno(err, errno, "can't keep a file for the keeper");
            unsent_free(unsent);
            return false;
        }
        unsent->files[unsent->file_count] = copy;
    }
    *link->waiting_last = unsent;
    link->waiting_last = &unsent->next;
    return true;
}

static void drop_waiting(struct link *link)
{
    while (link->waiting) {
        struct unsent *unsent = link->waiting;

        link->waiting = unsent->next;
        unsent_free(unsent);
    }
    link->waiting_last = &link->waiting;
}

/* ---- the socket ---- */

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void hang_up(struct link *link)
{
    if (!link->poll)
        return;
    uv_poll_stop(link->poll);
    link->poll->data = NULL;
    uv_close((uv_handle_t *)link->poll, on_closed);
    close(link->socket);
    link->poll = NULL;
    link->socket = -1;
}

/* Nobody will answer; done() may ask again, which finds no keeper. */
static void lose(struct link *link)
{
    struct request *request = link->first;

    hang_up(link);
    drop_waiting(link);
    link->first = NULL;
    link->last = &link->first;
    while (request) {
        struct request *next = request->next;

        if (request->done)
            request->done(request->context, NULL);
        free(request);
        request = next;
    }
}

static void answer(struct link *link, struct frame *frame)
{
    uint64_t number = (uint64_t)frame_number(frame, "n");
    struct request **at = &link->first, *request;

    while (*at && (*at)->number != number)
        at = &(*at)->next;
    request = *at;
    if (!request)
        return;
    *at = request->next;
    if (!*at)
        link->last = at;
    if (request->done)
        request->done(request->context, frame);
    free(request);
}

/* False: the keeper is gone. */
static bool receive(struct link *link)
{
    uv_poll_t *poll = link->poll;
    struct frame frame;
    struct err err;

    while (link->poll == poll) { /* done() may have changed the keeper */
        switch (frame_receive(link->socket, &frame, link->arena, &err)) {
        case FRAME_RECEIVED:
            answer(link, &frame);
            frame_free(&frame);
            arena_reset(link->arena);
            break;
        case FRAME_NOTHING:
            arena_reset(link->arena);
            return true;
        case FRAME_END:
        case FRAME_BROKEN:
            arena_reset(link->arena);
            return false;
        }
    }
    return true;
}

static bool send_waiting(struct link *link)
{
    while (link->waiting) {
        struct unsent *unsent = link->waiting;
        struct err err;

        switch (frame_send(link->socket, (str){unsent->bytes, unsent->n}, unsent->files, unsent->file_count,
                           &err)) {
        case FRAME_SENT:
            break;
        case FRAME_FULL:
            return true;
        case FRAME_GONE:
            return false;
        }
        link->waiting = unsent->next;
        if (!link->waiting)
            link->waiting_last = &link->waiting;
        unsent_free(unsent);
    }
    return true;
}

static void on_ready(uv_poll_t *poll, int status, int events);

static void watch(struct link *link)
{
    uv_poll_start(link->poll, UV_READABLE | (link->waiting ? UV_WRITABLE : 0), on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct link *link = poll->data;

    (void)events;
    if (!link || link->poll != poll)
        return;
    if (status < 0 || !receive(link) || (link->poll == poll && !send_waiting(link))) {
        if (link->poll == poll)
            lose(link);
    } else if (link->poll == poll) {
        watch(link);
    }
}

void link_open(struct link *link, int socket)
{
    lose(link);
    link->poll = must(calloc(1, sizeof(*link->poll)));
    link->socket = socket;
    if (uv_poll_init(link->loop, link->poll, socket) != 0)
        abort(); /* a socket that epoll does not take: a bug */
    link->poll->data = link;
    watch(link);
}

uint64_t link_ask(struct link *link, struct frame *frame, link_done *done, void *context, struct err *err)
{
    struct request *request;
    enum frame_sent sent = FRAME_FULL;
    bool ok;
    str datagram;

    if (!link->poll) {
        err_set(err, "the keeper is not there");
        return 0;
    }
    frame_set_number(frame, "n", (int64_t)++link->number);
    ok = frame_write(frame, link->arena, &datagram, err);
    if (ok && !link->waiting)
        sent = frame_send(link->socket, datagram, frame->files, frame->file_count, err);
    if (ok && sent == FRAME_FULL) {
        ok = keep(link, datagram, frame, err);
        watch(link);
    }
    arena_reset(link->arena);
    if (!ok || sent == FRAME_GONE) /* the loop sees soon that it is gone */
        return 0;
    request = must(calloc(1, sizeof(*request)));
    *request = (struct request){.number = link->number, .done = done, .context = context};
    *link->last = request;
    link->last = &request->next;
    return request->number;
}

void link_forget(struct link *link, uint64_t number)
{
    for (struct request *request = link->first; request; request = request->next)
        if (request->number == number)
            request->done = NULL;
}

void link_free(struct link *link)
{
    for (struct request *request = link->first; request; request = request->next)
        request->done = NULL;
    lose(link);
    arena_free(link->arena);
    free(link);
}
