/* load.c: the load client of bench/gate. */
#include "load.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../tests/gate/milter_client.h"

enum { INPUT = 262144, PLACES = 64, EVENTS = 64, WAIT = 20000 /* milliseconds */ };

struct streams {
    str options, connection, message, quit;
    size_t places[PLACES]; /* of the queue id in the message */
    size_t place_count;
};

struct session {
    int fd;
    bool negotiating, writing;
    bool marked;     /* an edit had what is wanted */
    unsigned begun;  /* messages on this connection */
    char *message;   /* of its own: the queue id is put in */
    str first, rest; /* to be sent: the rest follows the first */
    size_t owed;     /* bytes that the echo has yet to send */
    double since;    /* when the last byte was sent */
    struct milter_reader reader;
};

struct runner {
    const struct load *load;
    struct load_result *result;
    struct streams streams;
    struct session *sessions;
    char *input;
    int epoll;
    unsigned begun, open;
};

static void fail(const char *words)
{
    fprintf(stderr, "gate: %s%s%s\n", words, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* ---- what is sent ---- */

/* What the client wrote to a socket until now. */
static str captured(struct milter_client *client, int fd, struct arena *arena)
{
    static char memory[1 << 20];
    size_t n = 0;
    ssize_t part;

    client_flush(client);
    while ((part = recv(fd, memory + n, sizeof(memory) - n, MSG_DONTWAIT)) > 0)
        n += (size_t)part;
    return arena_str(arena, (str){memory, n});
}

static void find_places(struct streams *streams)
{
    str id = S(LOAD_QUEUE_ID);
    size_t at = 0;

    while ((at += str_find_str(str_skip(streams->message, at), id)) < streams->message.n) {
        assert(streams->place_count < PLACES);
        streams->places[streams->place_count++] = at;
        at += id.n;
    }
}

static void make_streams(struct streams *streams, str message, struct arena *arena)
{
    static const str recipient = STR("<bob@example.net>");
    struct milter_client client;
    bool ok;
    int pair[2], room = 1 << 20;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        fail("making a socket pair");
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    client_begin(&client, pair[0], 131072);
    client.host = "out7.mail.example.com";
    client.address = "192.0.2.7";
    client_send(&client, MILTER_COMMAND_OPTIONS, S("\0\0\0\6\0\0\1\377\0\37\377\377"));
    streams->options = captured(&client, pair[1], arena);
    client.options = (struct milter_options){6, 0x1ff, 0x1fffff}; /* nothing is answered but the end */
    ok = client_connect(&client);
    streams->connection = captured(&client, pair[1], arena);
    ok = ok && client_envelope(&client, S("<bounce-12345@mail.example.com>"), &recipient, 1) &&
         client_message(&client, message);
    streams->message = captured(&client, pair[1], arena);
    client_send(&client, MILTER_COMMAND_QUIT, S(""));
    streams->quit = captured(&client, pair[1], arena);
    if (!ok)
        fail("putting a message together");
    client_end(&client);
    close(pair[1]);
    find_places(streams);
}

/* ---- a session ---- */

static void watch(struct runner *runner, struct session *session, int how)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = session}};

    if (session->writing)
        event.events |= EPOLLOUT;
    if (epoll_ctl(runner->epoll, how, session->fd, &event) != 0)
        fail("waiting for a connection");
}

/* Writes as much as is taken. */
static void write_some(struct runner *runner, struct session *session)
{
    bool was = session->writing;

    while (session->first.n || session->rest.n) {
        str *part = session->first.n ? &session->first : &session->rest;
        ssize_t n = send(session->fd, part->p, part->n, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0)
            fail("the server does not take a message");
        *part = str_skip(*part, (size_t)n);
    }
    session->writing = session->first.n || session->rest.n;
    if (!session->writing)
        session->since = now();
    if (session->writing != was)
        watch(runner, session, EPOLL_CTL_MOD);
}

static void dial(struct runner *runner, struct session *session)
{
    const struct load *load = runner->load;
    int on = 1;

    session->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(session->fd, (const struct sockaddr *)&load->address, sizeof(load->address)) != 0)
        fail("connecting");
    setsockopt(session->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    session->negotiating = true;
    session->writing = false;
    session->begun = 0;
    session->first = runner->streams.options;
    session->owed = runner->streams.options.n;
    watch(runner, session, EPOLL_CTL_ADD);
    write_some(runner, session);
}

static void hang_up(struct runner *runner, struct session *session)
{
    str quit = runner->streams.quit;

    if (send(session->fd, quit.p, quit.n, MSG_NOSIGNAL) != (ssize_t)quit.n)
        fail("saying goodbye");
    shutdown(session->fd, SHUT_WR);
    close(session->fd);
}

static void begin_message(struct runner *runner, struct session *session)
{
    const struct streams *streams = &runner->streams;
    char id[32];

    snprintf(id, sizeof(id), "%0*u", (int)sizeof(LOAD_QUEUE_ID) - 1, ++runner->begun);
    for (size_t i = 0; i < streams->place_count; i++)
        memcpy(session->message + streams->places[i], id, sizeof(LOAD_QUEUE_ID) - 1);
    session->first = session->begun++ ? S("") : streams->connection;
    session->rest = (str){session->message, streams->message.n};
    session->owed = session->first.n + session->rest.n;
    session->marked = runner->load->wanted.n == 0;
    write_some(runner, session);
}

/* The next message, perhaps on a new connection; or nothing, when there is no more to send. */
static void go_on(struct runner *runner, struct session *session)
{
    if (runner->begun == runner->load->messages) {
        hang_up(runner, session);
        runner->open--;
    } else if (session->begun == runner->load->each) {
        hang_up(runner, session);
        dial(runner, session);
    } else {
        begin_message(runner, session);
    }
}

static void end_message(struct runner *runner, struct session *session)
{
    struct load_result *result = runner->result;

    errno = 0;
    if (!session->marked || session->first.n || session->rest.n)
        fail("a message was not judged as it should be");
    result->latencies[result->count++] = now() - session->since;
    if (runner->load->progress)
        runner->load->progress(runner->load->context, (unsigned)result->count);
    go_on(runner, session);
}

/* ---- what comes back ---- */

static void read_echo(struct runner *runner, struct session *session, str input)
{
    if (input.n > session->owed)
        fail("the echo is too long");
    session->owed -= input.n;
    if (session->owed)
        return;
    if (!session->negotiating) {
        end_message(runner, session);
        return;
    }
    session->negotiating = false;
    go_on(runner, session);
}

/* At most one answer comes at a time: nothing is sent before it is there. */
static void read_answers(struct runner *runner, struct session *session, str input)
{
    struct milter_packet packet;

    while (milter_read(&session->reader, &input, &packet)) {
        if (packet.code == MILTER_RESPONSE_INSERT_HEADER && runner->load->wanted.n)
            session->marked |= str_find_str(packet.data, runner->load->wanted) < packet.data.n;
        if (packet.code == MILTER_RESPONSE_INSERT_HEADER || packet.code == MILTER_RESPONSE_PROGRESS)
            continue;
        errno = 0;
        if (packet.code != (session->negotiating ? MILTER_COMMAND_OPTIONS : MILTER_RESPONSE_ACCEPT))
            fail("the server answers something else");
        if (!session->negotiating) {
            end_message(runner, session);
            return;
        }
        session->negotiating = false;
        go_on(runner, session);
    }
}

static void hear(struct runner *runner, struct session *session)
{
    ssize_t n = recv(session->fd, runner->input, INPUT, MSG_DONTWAIT);
    str input = {runner->input, n > 0 ? (size_t)n : 0};

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        fail("the server closes a connection");
    if (runner->load->echo)
        read_echo(runner, session, input);
    else
        read_answers(runner, session, input);
}

/* ---- all of them ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void loop(struct runner *runner)
{
    struct epoll_event events[EVENTS];

    while (runner->open) {
        int n = epoll_wait(runner->epoll, events, EVENTS, WAIT);

        if (n == 0)
            fail("the server does not answer");
        for (int i = 0; i < n; i++) {
            struct session *session = events[i].data.ptr;

            if (events[i].events & EPOLLOUT)
                write_some(runner, session);
            if (events[i].events & ~(uint32_t)EPOLLOUT)
                hear(runner, session);
        }
    }
}

void load_run(const struct load *load, struct load_result *result, struct arena *arena)
{
    struct runner runner = {.load = load,
                            .result = result,
                            .sessions = arena_array_of(arena, load->sessions, struct session),
                            .input = arena_bytes(arena, INPUT),
                            .epoll = epoll_create1(EPOLL_CLOEXEC),
                            .open = load->sessions};
    double begin = now();

    assert(load->messages >= load->sessions);
    *result = (struct load_result){.latencies = arena_array_of(arena, load->messages, double)};
    make_streams(&runner.streams, load->message, arena);
    for (unsigned i = 0; i < load->sessions; i++) {
        runner.sessions[i].message = arena_bytes(arena, runner.streams.message.n);
        memcpy(runner.sessions[i].message, runner.streams.message.p, runner.streams.message.n);
        dial(&runner, &runner.sessions[i]);
    }
    loop(&runner);
    result->seconds = (now() - begin) / 1e6;
    qsort(result->latencies, result->count, sizeof(double), by_value);
    for (unsigned i = 0; i < load->sessions; i++)
        milter_reader_free(&runner.sessions[i].reader);
    close(runner.epoll);
}

double load_percentile(const struct load_result *result, double part)
{
    return result->latencies[(size_t)(part * (double)(result->count - 1))];
}
