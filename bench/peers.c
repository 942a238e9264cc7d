/* peers.c: the servers of bench/gate. */
#include "peers.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/milter.h"

enum { BACKLOG = 1024, START_MS = 20000 };

static void die(const char *words)
{
    perror(words);
    exit(1);
}

/* ---- a milter that accepts, and a bare server that sends the same bytes back ---- */

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

static int listen_somewhere(struct sockaddr_in *address)
{
    socklen_t size = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (bind(fd, (struct sockaddr *)address, size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)address, &size) != 0)
        die("gate: can't listen on loopback");
    return fd;
}

void peer_begin(struct peer *peer, bool echo)
{
    int fd = listen_somewhere(&peer->address);

    peer->count = 1;
    peer->pids[0] = fork();
    if (peer->pids[0] == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (echo)
            serve_echo(fd);
        else
            serve_milter(fd);
    }
    close(fd);
}

double peer_end(struct peer *peer)
{
    struct rusage usage;

    kill(peer->pids[0], SIGKILL);
    if (wait4(peer->pids[0], NULL, 0, &usage) != peer->pids[0])
        die("gate: waiting for a server");
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* ---- posternd ---- */

static void write_file(const char *directory, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void write_file(const char *directory, const char *name, const char *format, ...)
{
    char path[PEER_PATH];
    va_list arguments;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "w");
    va_start(arguments, format);
    if (!file || vfprintf(file, format, arguments) < 0 || fclose(file) != 0)
        die(path);
    va_end(arguments);
}

static void configure(const struct peer *peer, const char *answers)
{
    static const char *const folders[] = {"journal", "quarantine", "spool"};
    const struct passwd *user = getpwuid(geteuid());
    const char *d = peer->directory;
    char path[PEER_PATH];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", d, folders[i]);
        if (mkdir(path, 0700) != 0)
            die(path);
    }
    write_file(d, "answers", "%s", answers);
    write_file(d, "postern.yaml",
               "user: %s\nworkers: %d\nauthserv-id: mx.example.net\nspool: {directory: %s/spool}\n"
               "journal: {directory: %s/journal}\nquarantine: {directory: %s/quarantine}\n"
               "control: {socket: %s/control.sock, view: root, operate: root, admin: root}\n"
               "dns: {resolver: file, file: %s/answers}\n"
               "listeners:\n  mx: {address: \"127.0.0.1:%d\", mta: 127.0.0.1, mode: enforce}\n",
               user ? user->pw_name : "root", PEER_WORKERS, d, d, d, d, d, ntohs(peer->address.sin_port));
}

static bool log_says(const struct peer *peer, const char *words)
{
    char path[PEER_PATH], line[2048];
    bool found = false;
    FILE *file;

    snprintf(path, sizeof(path), "%s/log", peer->directory);
    file = fopen(path, "r");
    while (file && !found && fgets(line, sizeof(line), file))
        found = strstr(line, words) != NULL;
    if (file)
        fclose(file);
    return found;
}

/* Its children, in the order in which they were started: the keeper is the first. */
static void find_processes(struct peer *peer)
{
    char path[64];
    long pid;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)peer->pids[0], (long)peer->pids[0]);
    file = fopen(path, "r");
    while (file && peer->count < PEER_PROCESSES && fscanf(file, "%ld", &pid) == 1)
        peer->pids[peer->count++] = (pid_t)pid;
    if (file)
        fclose(file);
    if (peer->count != PEER_PROCESSES) {
        fprintf(stderr, "gate: posternd has %zu processes\n", peer->count);
        exit(1);
    }
}

static void run_posternd(const struct peer *peer, const char *program)
{
    char config[PEER_PATH], log[PEER_PATH];
    int file;

    snprintf(config, sizeof(config), "%s/postern.yaml", peer->directory);
    snprintf(log, sizeof(log), "%s/log", peer->directory);
    file = open(log, O_CREAT | O_WRONLY | O_APPEND, 0600);
    if (file < 0 || dup2(file, STDERR_FILENO) < 0)
        _exit(1);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* a benchmark that fails leaves nothing running */
    execl(program, program, "--foreground", "--config", config, (char *)NULL);
    _exit(1);
}

void peer_posternd(struct peer *peer, const char *program, const char *directory, const char *answers)
{
    int fd = listen_somewhere(&peer->address); /* for a port that is free */

    snprintf(peer->directory, sizeof(peer->directory), "%s/postern-bench-XXXXXX", directory);
    if (!mkdtemp(peer->directory))
        die(peer->directory);
    configure(peer, answers);
    close(fd);
    peer->count = 1;
    peer->pids[0] = fork();
    if (peer->pids[0] == 0)
        run_posternd(peer, program);
    for (int waited = 0; !log_says(peer, "event=ready"); waited += 10) {
        if (waited > START_MS || waitpid(peer->pids[0], NULL, WNOHANG) != 0) {
            fprintf(stderr, "gate: posternd did not start, see %s/log\n", peer->directory);
            exit(1);
        }
        usleep(10000);
    }
    find_processes(peer);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

void peer_stop(struct peer *peer)
{
    int how;

    kill(peer->pids[0], SIGTERM);
    if (waitpid(peer->pids[0], &how, 0) != peer->pids[0] || !WIFEXITED(how) || WEXITSTATUS(how) != 0) {
        fprintf(stderr, "gate: posternd did not end well, see %s/log\n", peer->directory);
        exit(1);
    }
}

void peer_remove(struct peer *peer)
{
    nftw(peer->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- what a process used ---- */

double process_cpu(pid_t pid)
{
    char path[64], text[1024];
    unsigned long user, kernel;
    const char *rest = NULL;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    file = fopen(path, "r");
    if (file && fgets(text, sizeof(text), file))
        rest = strrchr(text, ')'); /* behind the name, which may hold anything */
    if (!rest ||
        sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        die(path);
    fclose(file);
    return (double)(user + kernel) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

long process_memory(pid_t pid)
{
    char path[64];
    long size, resident;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/statm", (long)pid);
    file = fopen(path, "r");
    if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
        die(path);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}
