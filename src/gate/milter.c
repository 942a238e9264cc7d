/* milter.c: connections of MTAs on a libuv loop: taken, read, written, watched, closed. */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "gate/milter_session.h"

enum {
    ACCEPT_AT_ONCE = 8,      /* connections a turn of the loop: others want some too */
    OUT_WAITING = 64 * 1024, /* unsent bytes after which no more is read */
    OUT_KEEP = 16 * 1024,
    SESSION_MEMORY = 64 * 1024, /* buffers of a session that are not counted: sessions_max bounds them */
    TICK = 1000,                /* milliseconds */
    KEEPALIVE = 60,             /* seconds */
};

struct milter_params milter_default_params(void)
{
    return (struct milter_params){
        .sessions_max = LIMIT_MILTER_SESSIONS,
        .memory_max = LIMIT_MILTER_MEMORY,
        .spool_max = LIMIT_MILTER_SPOOL,
        .message_max = LIMIT_MESSAGE,
        .in_memory = LIMIT_MILTER_IN_MEMORY,
        .progress = LIMIT_MILTER_PROGRESS * 1000,
        .idle = LIMIT_MILTER_IDLE * 1000,
    };
}

/* ---- lists of sessions ---- */

static void link_session(struct milter_session **list, struct milter_session *session)
{
    session->next = *list;
    session->back = list;
    if (*list)
        (*list)->back = &session->next;
    *list = session;
}

static void unlink_session(struct milter_session *session)
{
    *session->back = session->next;
    if (session->next)
        session->next->back = session->back;
}

/* ---- listeners ---- */

static void on_connections(uv_poll_t *poll, int status, int events);

static void listen_on(struct milter *milter)
{
    milter->paused = false;
    for (struct milter_listener *listener = milter->listeners; listener; listener = listener->next)
        if (listener->open)
            uv_poll_start(&listener->poll, UV_READABLE, on_connections);
}

/* Connections wait in the kernel, or another process takes them. */
static void listen_off(struct milter *milter)
{
    milter->paused = true;
    for (struct milter_listener *listener = milter->listeners; listener; listener = listener->next)
        if (listener->open)
            uv_poll_stop(&listener->poll);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct milter_listener *listener = handle->data;

    close(listener->fd);
}

void milter_stop(struct milter *milter)
{
    for (struct milter_listener *listener = milter->listeners; listener; listener = listener->next) {
        if (listener->open)
            uv_close((uv_handle_t *)&listener->poll, on_listener_closed);
        listener->open = false;
    }
}

/* ---- the clock ---- */

static void tick_session(struct milter_session *session, uint64_t now)
{
    struct milter *milter = session->milter;
    bool waiting = session->state == STATE_WAITING;

    if ((!waiting || session->writing) && now - session->heard > milter->params.idle &&
        now - session->said > milter->params.idle) {
        milter->counts.idle++;
        milter_session_close(session);
    } else if (waiting && !session->writing && now - session->said >= milter->params.progress) {
        milter_write(&session->out, MILTER_RESPONSE_PROGRESS, S(""));
        session->said = now;
        milter_session_flush(session);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct milter *milter = timer->data;
    uint64_t now = uv_now(milter->loop);

    for (struct milter_session *session = milter->sessions, *next; session; session = next) {
        next = session->next;
        if (session->state != STATE_CLOSING)
            tick_session(session, now);
    }
    if (milter->paused && milter->counts.open < milter->params.sessions_max)
        listen_on(milter);
    if (!milter->sessions && !milter->paused) {
        uv_timer_stop(timer);
        milter->ticking = false;
    }
}

static void tick(struct milter *milter)
{
    uint64_t every = milter->params.progress / 4;

    if (milter->ticking || milter->closed)
        return;
    every = every > TICK ? TICK : every < 1 ? 1 : every;
    uv_timer_start(&milter->timer, on_tick, every, every);
    milter->ticking = true;
}

/* ---- writing ---- */

static void on_written(uv_write_t *write, int status);

/* Buffers of the session over its allowance are paid for by all; what can't be paid for ends it. */
static bool charge(struct milter_session *session)
{
    size_t memory = milter_session_memory(session);

    return raw_charge(&session->milter->budget, &session->charged,
                      memory > SESSION_MEMORY ? memory - SESSION_MEMORY : 0);
}

static void start_write(struct milter_session *session)
{
    struct bytes empty = session->sending;
    uv_buf_t buf;

    session->sending = session->out;
    session->out = empty;
    buf = uv_buf_init(session->sending.p, (unsigned)session->sending.n);
    session->writing = true;
    if (uv_write(&session->write, &session->socket.stream, &buf, 1, on_written) != 0) {
        session->writing = false;
        milter_session_close(session);
    }
}

static void send_out(struct milter_session *session)
{
    uv_buf_t buf = uv_buf_init(session->out.p, (unsigned)session->out.n);
    int n;

    if (session->out.n == 0 || session->writing || session->state == STATE_CLOSING)
        return;
    session->said = uv_now(session->milter->loop);
    n = uv_try_write(&session->socket.stream, &buf, 1);
    if (n == (int)session->out.n) {
        bytes_clear(&session->out, OUT_KEEP);
        return;
    }
    if (n > 0) {
        session->out.n -= (size_t)n;
        memmove(session->out.p, session->out.p + n, session->out.n);
    }
    start_write(session);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct milter_session *session = handle->data;

    (void)suggested;
    *buf = uv_buf_init(session->milter->input, MILTER_INPUT);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

/* An MTA that does not read its answers is not read either. */
static void read_or_not(struct milter_session *session)
{
    bool read = session->out.n + session->sending.n < OUT_WAITING;

    if (session->state == STATE_CLOSING || read == session->reading)
        return;
    session->reading = read;
    if (!read)
        uv_read_stop(&session->socket.stream);
    else if (uv_read_start(&session->socket.stream, on_allocate, on_read) != 0)
        milter_session_close(session);
}

void milter_session_flush(struct milter_session *session)
{
    if (session->reading_now)
        return;
    send_out(session);
    if (session->state == STATE_READY)
        milter_reader_trim(&session->reader);
    if (session->state != STATE_CLOSING && !charge(session)) {
        session->milter->counts.over_budget++;
        milter_session_close(session);
    }
    read_or_not(session);
}

static void on_written(uv_write_t *write, int status)
{
    struct milter_session *session = write->data;

    session->writing = false;
    bytes_clear(&session->sending, OUT_KEEP);
    if (session->state == STATE_CLOSING)
        return;
    session->said = uv_now(session->milter->loop);
    if (status != 0)
        milter_session_close(session);
    else
        milter_session_flush(session);
}

/* ---- reading ---- */

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct milter_session *session = stream->data;

    if (n == 0)
        return;
    if (n < 0) {
        milter_session_close(session);
        return;
    }
    session->heard = uv_now(session->milter->loop);
    session->reading_now = true;
    milter_session_feed(session, (str){buf->base, (size_t)n});
    session->reading_now = false;
    milter_session_flush(session);
}

/* ---- opening and closing ---- */

static void on_closed(uv_handle_t *handle)
{
    struct milter_session *session = handle->data;
    struct milter *milter = session->milter;

    milter_session_free(session);
    raw_give_back(&milter->budget, &session->charged, 0);
    unlink_session(session);
    link_session(&milter->unused, session);
    milter->counts.open--;
    if (milter->paused && !milter->closed)
        listen_on(milter);
}

void milter_session_close(struct milter_session *session)
{
    if (session->state == STATE_CLOSING)
        return;
    milter_session_reset(session);
    session->state = STATE_CLOSING;
    uv_close(&session->socket.handle, on_closed);
}

static struct milter_session *new_session(struct milter *milter, str listener)
{
    struct milter_session *session = milter->unused;

    if (session)
        unlink_session(session);
    else
        session = arena_new_of(milter->arena, struct milter_session);
    *session = (struct milter_session){
        .milter = milter, .listener = listener, .state = STATE_NEW, .heard = uv_now(milter->loop)};
    session->said = session->heard;
    session->raw = (struct raw){.budget = &milter->budget, .spool = -1};
    session->write.data = session;
    return session;
}

/* True if the handle was made; it is closed by uv_close() then, whatever else goes wrong. */
static int open_socket(struct milter_session *session, int fd, bool unix_socket)
{
    uv_loop_t *loop = session->milter->loop;
    int error =
        unix_socket ? uv_pipe_init(loop, &session->socket.pipe, 0) : uv_tcp_init(loop, &session->socket.tcp);

    assert(error == 0); /* without a socket of its own it can't fail */
    session->socket.handle.data = session;
    error = unix_socket ? uv_pipe_open(&session->socket.pipe, fd) : uv_tcp_open(&session->socket.tcp, fd);
    if (error != 0) {
        close(fd);
        return error;
    }
    if (!unix_socket) {
        uv_tcp_nodelay(&session->socket.tcp, 1);
        uv_tcp_keepalive(&session->socket.tcp, 1, KEEPALIVE);
    }
    return uv_read_start(&session->socket.stream, on_allocate, on_read);
}

static bool open_session(struct milter *milter, int fd, str name, bool unix_socket, struct err *err)
{
    struct milter_session *session = new_session(milter, name);
    int error = open_socket(session, fd, unix_socket);

    link_session(&milter->sessions, session);
    milter->counts.open++;
    milter->counts.sessions++;
    session->reading = true;
    tick(milter);
    if (error == 0)
        return true;
    milter_session_close(session);
    return err_set(err, "a connection: %s", uv_strerror(error));
}

/* Address family 0 for a Unix socket. */
static struct ip ip_of(const struct sockaddr_storage *address)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct ip ip = {.family = 0};

    if (address->ss_family == AF_INET) {
        ip.family = 4;
        memcpy(ip.bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
    } else if (address->ss_family == AF_INET6) {
        const uint8_t *bytes = (const uint8_t *)&((const struct sockaddr_in6 *)address)->sin6_addr;
        bool is_mapped = memcmp(bytes, mapped, sizeof(mapped)) == 0;

        ip.family = is_mapped ? 4 : 6;
        memcpy(ip.bytes, is_mapped ? bytes + 12 : bytes, is_mapped ? 4 : 16);
    }
    return ip;
}

static bool may_connect(const struct milter_listener *listener, const struct sockaddr_storage *address)
{
    struct ip ip = ip_of(address);

    if (listener->unix_socket)
        return true;
    for (size_t i = 0; i < listener->allowed_count; i++)
        if (ip_in_network(ip, listener->allowed[i].ip, listener->allowed[i].bits))
            return true;
    return false;
}

/* False: no more now. */
static bool take_connection(struct milter_listener *listener)
{
    struct milter *milter = listener->milter;
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(address);
    int fd = accept4(listener->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            listen_off(milter);
            tick(milter);
        }
        return errno == ECONNABORTED || errno == EINTR;
    }
    if (!may_connect(listener, &address)) {
        milter->counts.forbidden++;
        close(fd);
        return true;
    }
    return open_session(milter, fd, listener->name, listener->unix_socket, NULL);
}

static void on_connections(uv_poll_t *poll, int status, int events)
{
    struct milter_listener *listener = poll->data;
    struct milter *milter = listener->milter;

    (void)status, (void)events;
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        if (milter->counts.open >= milter->params.sessions_max) {
            listen_off(milter);
            return;
        }
        if (!take_connection(listener))
            return;
    }
}

static bool socket_family(int fd, int *family, struct err *err)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return err_errno(err, errno, "a socket");
    *family = address.ss_family;
    return true;
}

bool milter_attach(struct milter *milter, int fd, str name, struct err *err)
{
    int family;

    if (!socket_family(fd, &family, err)) {
        close(fd);
        return false;
    }
    return open_session(milter, fd, arena_str(milter->arena, name), family == AF_UNIX, err);
}

bool milter_listen(struct milter *milter, int fd, str name, const struct network *allowed, size_t count,
                   struct err *err)
{
    struct milter_listener *listener = arena_new_of(milter->arena, struct milter_listener);
    struct network *networks = arena_array_of(milter->arena, count, struct network);
    int family, error;

    if (!socket_family(fd, &family, err)) {
        close(fd);
        return false;
    }
    if (count > 0)
        memcpy(networks, allowed, count * sizeof(*networks));
    *listener = (struct milter_listener){.milter = milter,
                                         .next = milter->listeners,
                                         .fd = fd,
                                         .name = arena_str(milter->arena, name),
                                         .allowed = networks,
                                         .allowed_count = count,
                                         .unix_socket = family == AF_UNIX};
    error = uv_poll_init_socket(milter->loop, &listener->poll, fd);
    if (error != 0) {
        close(fd);
        return err_set(err, "listening: %s", uv_strerror(error));
    }
    listener->poll.data = listener;
    listener->open = true;
    milter->listeners = listener;
    listen_on(milter);
    return true;
}

static void ignore_sigpipe(void)
{
    struct sigaction action;

    if (sigaction(SIGPIPE, NULL, &action) != 0 || action.sa_handler != SIG_DFL)
        return;
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

struct milter *milter_new(uv_loop_t *loop, const struct milter_params *params,
                          const struct milter_handler *handler, void *context)
{
    struct arena *arena = arena_new();
    struct milter *milter = arena_new_of(arena, struct milter);

    *milter = (struct milter){
        .arena = arena, .loop = loop, .params = *params, .handler = *handler, .context = context};
    milter->budget = (struct raw_budget){.memory_max = params->memory_max,
                                         .spool_max = params->spool_max,
                                         .message_max = params->message_max,
                                         .in_memory = params->in_memory,
                                         .open_spool = params->open_spool,
                                         .spool_context = params->spool_context};
    milter->input = arena_bytes(arena, MILTER_INPUT);
    uv_timer_init(loop, &milter->timer);
    milter->timer.data = milter;
    uv_unref((uv_handle_t *)&milter->timer); /* it watches; it is no reason to go on */
    ignore_sigpipe();
    return milter;
}

void milter_close(struct milter *milter)
{
    if (milter->closed)
        return;
    milter->closed = true;
    milter_stop(milter);
    for (struct milter_session *session = milter->sessions, *next; session; session = next) {
        next = session->next;
        milter_session_close(session);
    }
    uv_close((uv_handle_t *)&milter->timer, NULL);
}

void milter_free(struct milter *milter)
{
    if (!milter)
        return;
    assert(milter->closed && !milter->sessions && milter->budget.memory == 0 && milter->budget.spool == 0);
    arena_free(milter->arena);
}

struct milter_counts milter_counts(const struct milter *milter)
{
    struct milter_counts counts = milter->counts;

    counts.memory = milter->budget.memory;
    counts.spool = milter->budget.spool;
    return counts;
}

const char *milter_spool_error(const struct milter *milter)
{
    return milter->spool_error.words;
}
