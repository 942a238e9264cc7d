/* gate.c: what the milter protocol costs: 20,000 messages over 100 connections at once, CPU of the server a
 * message, against a floor measured in the same run: a bare libuv server that sends the same bytes back. And
 * whether memory stays flat.
 *
 * The bytes are those that Postfix 3.7 sends over TCP: it gathers a message and waits only for the verdict.
 * The handler accepts at once. `gate.protocol` has 200 messages a connection, `gate.connection` one, as most
 * SMTP sessions have. */
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tests/gate/milter_client.h"
#include "base/arena.h"
#include "gate/milter.h"

enum { CONNECTIONS = 100, MESSAGES = 20000, BODY = 8192, BACKLOG = 1024 };

/* ---- servers, each in a process of its own ---- */

static void on_message(void *context, struct milter_session *session, const struct milter_message *message)
{
    static const struct milter_reply accept = {MILTER_ACCEPT};

    (void)context, (void)message;
    milter_finish(session, &accept);
}

static void on_gone(void *context, struct milter_session *session)
{
    (void)context, (void)session;
}

static void serve_milter(int fd)
{
    static const struct network loopback = {{4, {127, 0, 0, 1}}, 32};
    static const struct milter_handler handler = {on_message, on_gone};
    struct milter_params params = milter_default_params();
    uv_loop_t *loop = uv_default_loop();
    struct milter *milter = milter_new(loop, &params, &handler, NULL);

    if (milter_listen(milter, fd, S("bench"), &loopback, 1, NULL))
        uv_run(loop, UV_RUN_DEFAULT);
    _exit(1);
}

struct echo {
    uv_tcp_t tcp;
    uv_write_t write;
};

static void on_echo_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_echo_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char memory[256 * 1024];

    (void)handle, (void)suggested;
    *buf = uv_buf_init(memory, sizeof(memory));
}

static void on_echo_written(uv_write_t *write, int status)
{
    (void)status;
    free(write->data);
    free(write);
}

static void on_echo(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    uv_buf_t out = uv_buf_init(buf->base, n > 0 ? (unsigned)n : 0);
    uv_write_t *write;
    int written;

    if (n < 0)
        uv_close((uv_handle_t *)stream, on_echo_closed);
    if (n <= 0)
        return;
    written = uv_try_write(stream, &out, 1);
    if (written == n)
        return;
    written = written < 0 ? 0 : written;
    write = malloc(sizeof(*write));
    assert(write);
    write->data = malloc((size_t)(n - written));
    assert(write->data);
    memcpy(write->data, buf->base + written, (size_t)(n - written));
    out = uv_buf_init(write->data, (unsigned)(n - written));
    uv_write(write, stream, &out, 1, on_echo_written);
}

static void on_echo_connection(uv_stream_t *server, int status)
{
    struct echo *echo = malloc(sizeof(*echo));

    assert(echo && status == 0);
    uv_tcp_init(server->loop, &echo->tcp);
    echo->tcp.data = echo;
    if (uv_accept(server, (uv_stream_t *)&echo->tcp) != 0)
        _exit(1);
    uv_tcp_nodelay(&echo->tcp, 1);
    uv_read_start((uv_stream_t *)&echo->tcp, on_echo_allocate, on_echo);
}

static void serve_echo(int fd)
{
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t server;

    uv_tcp_init(loop, &server);
    uv_tcp_open(&server, fd);
    if (uv_listen((uv_stream_t *)&server, BACKLOG, on_echo_connection) == 0)
        uv_run(loop, UV_RUN_DEFAULT);
    _exit(1);
}

/* ---- what is sent ---- */

static str whole_message(struct arena *arena)
{
    static const char fields[] =
        "Received: from out7.mail.example.com (out7.mail.example.com [192.0.2.7])\r\n"
        "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n"
        "\tby mx1.example.net (Postfix) with ESMTPS id 4SVxyy0q1Cz9sPK\r\n"
        "\tfor <bob@example.net>; Tue, 14 Nov 2023 22:13:20 +0000 (UTC)\r\n"
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=sel;\r\n"
        "\th=from:to:subject:date:message-id; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n"
        "\tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\r\n"
        "Date: Tue, 14 Nov 2023 22:13:19 +0000\r\nFrom: Example <billing@example.com>\r\n"
        "Reply-To: billing@example.com\r\nTo: Bob <bob@example.net>\r\n"
        "Message-ID: <20231114221319.12345.6789@mail.example.com>\r\nSubject: Your invoice for November\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nX-Mailer: Example Mailer 4.2\r\n"
        "X-Campaign: 2023-11-invoice\r\nList-Unsubscribe: <https://mail.example.com/unsubscribe/abcdef>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: 12345:2023-11:invoice:example\r\n\r\n";
    size_t head = sizeof(fields) - 1;
    char *text = arena_bytes(arena, head + BODY);

    memcpy(text, fields, head);
    for (size_t i = 0; i < BODY; i++)
        text[head + i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : (char)('a' + i % 26);
    return (str){text, head + BODY};
}

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

struct streams {
    str options, connection, message, quit;
};

static struct streams make_streams(struct arena *arena)
{
    static const str recipient = STR("<bob@example.net>");
    struct milter_client client;
    struct streams streams;
    bool ok;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        exit(1);
    client_begin(&client, pair[0], 131072);
    client_send(&client, MILTER_COMMAND_OPTIONS, S("\0\0\0\6\0\0\1\377\0\37\377\377"));
    streams.options = captured(&client, pair[1], arena);
    client.options = (struct milter_options){6, 0x1ff, 0x1fffff}; /* nothing is answered but the end */
    ok = client_connect(&client);
    streams.connection = captured(&client, pair[1], arena);
    ok = ok && client_envelope(&client, S("<bounce@mail.example.com>"), &recipient, 1) &&
         client_message(&client, whole_message(arena));
    streams.message = captured(&client, pair[1], arena);
    client_send(&client, MILTER_COMMAND_QUIT, S(""));
    streams.quit = captured(&client, pair[1], arena);
    assert(ok);
    client_end(&client);
    close(pair[1]);
    return streams;
}

/* ---- one run ---- */

struct run {
    bool echo;
    unsigned each;     /* messages a connection */
    double cpu;        /* microseconds a message */
    long quarter, end; /* KB of memory after a quarter of the messages, and after all */
};

static void send_all(int fd, str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

        if (n <= 0) {
            perror("gate: the server does not take a message");
            exit(1);
        }
        bytes = str_skip(bytes, (size_t)n);
    }
}

/* The answer, which has to be `wanted`; an empty one may be anything of that size. */
static void expect(int fd, str wanted, size_t size)
{
    static char memory[1 << 20];
    size_t n = 0;

    while (n < size) {
        ssize_t part = recv(fd, memory + n, size - n, 0);

        if (part <= 0) {
            fprintf(stderr, "gate: the server does not answer\n");
            exit(1);
        }
        n += (size_t)part;
    }
    if (wanted.n > 0 && !str_eq(wanted, (str){memory, n})) {
        fprintf(stderr, "gate: the server answers something else\n");
        exit(1);
    }
}

static int dial(const struct sockaddr_in *address, const struct streams *streams, const struct run *run)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct milter_options options = {6, 0x1ff, 0x1ff180};
    struct bytes answer = {0};

    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
        perror("gate: connecting");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    send_all(fd, streams->options);
    milter_write_options(&answer, &options);
    expect(fd, run->echo ? streams->options : S(""), run->echo ? streams->options.n : answer.n);
    bytes_free(&answer);
    send_all(fd, streams->connection);
    if (run->echo)
        expect(fd, streams->connection, streams->connection.n);
    return fd;
}

static void hang_up(int fd, const struct streams *streams)
{
    send_all(fd, streams->quit);
    shutdown(fd, SHUT_WR);
    close(fd);
}

static long memory_of(pid_t pid)
{
    char name[64];
    long size = 0, resident = 0;
    FILE *file;

    snprintf(name, sizeof(name), "/proc/%ld/statm", (long)pid);
    file = fopen(name, "r");
    if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
        exit(1);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void drive(struct run *run, const struct streams *streams, const struct sockaddr_in *address,
                  pid_t server)
{
    str accepted = run->echo ? streams->message : S("\0\0\0\1a");
    int fds[CONNECTIONS];

    for (unsigned i = 0; i < CONNECTIONS; i++)
        fds[i] = dial(address, streams, run);
    for (unsigned round = 1; round <= MESSAGES / CONNECTIONS; round++) {
        for (unsigned i = 0; i < CONNECTIONS; i++)
            send_all(fds[i], streams->message);
        for (unsigned i = 0; i < CONNECTIONS; i++)
            expect(fds[i], accepted, accepted.n);
        if (round == MESSAGES / CONNECTIONS / 4)
            run->quarter = memory_of(server);
        if (round == MESSAGES / CONNECTIONS)
            break;
        for (unsigned i = 0; i < CONNECTIONS && round % run->each == 0; i++) {
            hang_up(fds[i], streams);
            fds[i] = dial(address, streams, run);
        }
    }
    run->end = memory_of(server);
    for (unsigned i = 0; i < CONNECTIONS; i++)
        hang_up(fds[i], streams);
}

static void measure(struct run *run, const struct streams *streams)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct rusage usage;
    pid_t server;

    if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        exit(1);
    server = fork();
    if (server == 0) {
        if (run->echo)
            serve_echo(fd);
        else
            serve_milter(fd);
    }
    close(fd);
    drive(run, streams, &address, server);
    kill(server, SIGKILL);
    if (wait4(server, NULL, 0, &usage) != server)
        exit(1);
    run->cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    run->cpu /= MESSAGES;
}

int main(void)
{
    struct arena *arena = arena_new();
    struct streams streams = make_streams(arena);
    struct run floor = {.echo = true, .each = MESSAGES}, milter = {.each = MESSAGES};
    struct run floor_one = {.echo = true, .each = 1}, milter_one = {.each = 1};

    measure(&floor, &streams);
    measure(&milter, &streams);
    measure(&floor_one, &streams);
    measure(&milter_one, &streams);
    printf("gate.protocol %.2f us %.2f %.2f\n", milter.cpu, floor.cpu, milter.cpu / floor.cpu);
    printf("gate.connection %.2f us %.2f %.2f\n", milter_one.cpu, floor_one.cpu,
           milter_one.cpu / floor_one.cpu);
    printf("gate.memory %ld KB %ld %.2f\n", milter.end, milter.quarter,
           (double)milter.end / (double)milter.quarter);
    printf("gate.connection_memory %ld KB %ld %.2f\n", milter_one.end, milter_one.quarter,
           (double)milter_one.end / (double)milter_one.quarter);
    arena_free(arena);
    if (milter.end > milter.quarter + 1024 || milter_one.end > milter_one.quarter + 1024) {
        fprintf(stderr, "gate: memory is not flat\n");
        return 1;
    }
    return 0;
}
