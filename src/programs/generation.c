/* generation.c: one generation of the configuration with what is opened for it. */
#include "programs/generation.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "auth/crypto.h"
#include "base/escape.h"
#include "programs/board.h"
#include "programs/config_file.h"

enum { KEY_FILE = 65536, MAX_KEYS = 100000, KEY_UNKNOWN = '?' };

static bool same_socket(const struct conf_socket *a, const struct conf_socket *b)
{
    return str_eq(a->path, b->path) && (a->path.n || (ip_eq(a->ip, b->ip) && a->port == b->port));
}

static struct conf_socket control_address(const struct generation *generation)
{
    return (struct conf_socket){.path = generation->config->control.socket};
}

/* The socket that the running generation has for an address; -1: none. */
static int find(const struct generation *before, const struct conf_socket *address, int type)
{
    const struct conf_socket control = before ? control_address(before) : (struct conf_socket){.port = 0};

    if (!before)
        return -1;
    if (type == SOCK_SEQPACKET)
        return same_socket(&control, address) ? before->control : -1;
    for (size_t i = 0; i < before->config->listener_count; i++)
        if (same_socket(&before->config->listeners[i].address, address))
            return before->listeners[i];
    return -1;
}

static void complain_of(struct buf *report, str what, const struct err *err)
{
    escape_terminal(report, what);
    buf_add(report, S(": "));
    escape_terminal(report, str_from(err->words));
    buf_add_char(report, '\n');
}

/* The socket of `before`, a copy of it being used in both, or a new one; -1 with words in the report. */
static int open_socket(const struct generation *generation, const struct generation *before,
                       const struct listen_params *params, struct inherited *inherited, struct buf *report)
{
    int fd = find(before, params->address, params->type);
    struct err err;

    if (fd < 0)
        fd = listen_open(params, inherited, &err);
    if (fd < 0)
        complain_of(report, listen_name(params->address, generation->arena), &err);
    return fd;
}

static bool open_sockets(struct generation *generation, const struct generation *before,
                         struct inherited *inherited, struct buf *report)
{
    const struct config *config = generation->config;
    const struct conf_socket control = control_address(generation);
    struct listen_params params = {
        .uid = generation->identity.uid, .gid = generation->identity.gid, .mode = 0660};
    bool ok = true;

    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *listener = &config->listeners[i];

        params.address = &listener->address;
        params.type = SOCK_STREAM;
        params.group = listener->group.n ? arena_c_str(generation->arena, listener->group) : NULL;
        generation->listeners[i] = open_socket(generation, before, &params, inherited, report);
        ok &= generation->listeners[i] >= 0;
    }
    /* Who may do what is decided by the keeper, for each caller. */
    params.mode = 0666;
    params.address = &control;
    params.type = SOCK_SEQPACKET;
    params.group = NULL;
    generation->control = open_socket(generation, before, &params, inherited, report);
    return ok && generation->control >= 0;
}

static unsigned worker_count(const struct config *config)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n = config->workers ? config->workers : processors > 0 ? (unsigned)processors : 1;

    return n < BOARD_DESKS / 2 ? n : BOARD_DESKS / 2; /* those of two generations are there at times */
}

/* ---- what is on the machine ---- */

static size_t count_keys(const struct config *config)
{
    size_t n = 0;

    for (size_t i = 0; i < config->signer_count; i++)
        n += config->signers[i].key_count;
    return n;
}

static bool key_type_of(const char *path, enum key_type *type)
{
    char text[KEY_FILE];
    struct err err;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = file < 0 ? -1 : read(file, text, sizeof(text));
    struct private_key *key = n < 0 ? NULL : private_key_load((str){text, (size_t)n}, &err);

    if (file >= 0)
        close(file);
    if (key)
        *type = private_key_type(key);
    private_key_free(key);
    return key != NULL;
}

/* In a process that ends then: nothing of a key must be left in the memory from which workers are forked.
 * Writes the exit code, a letter for each key, and the report. */
static void look(const char *path, size_t max, int out)
{
    struct arena *arena = arena_new();
    struct buf words = buf_new(arena, max), all = buf_new(arena, max + MAX_KEYS);
    enum status status;
    const struct config *config =
        config_file_read(str_from(path), (int64_t)time(NULL), true, &words, &status);
    FILE *file = fdopen(out, "w");

    buf_add_char(&all, (char)status);
    for (size_t i = 0; config && i < config->signer_count; i++)
        for (size_t k = 0; k < config->signers[i].key_count; k++) {
            enum key_type type = KEY_RSA;
            bool known = key_type_of(config->signers[i].keys[k].file.p, &type);

            buf_add_char(&all, !known ? KEY_UNKNOWN : type == KEY_RSA ? 'r' : 'e');
        }
    buf_add_char(&all, '\n');
    buf_add(&all, buf_str(&words));
    if (file && fwrite(all.p, 1, all.n, file) == all.n && fflush(file) == 0)
        _exit(0);
    _exit(STATUS_IO);
}

/* All that the process wrote. */
static str listen_to(int file, size_t max, struct arena *arena)
{
    char *bytes = arena_bytes(arena, max);
    size_t n = 0;
    ssize_t got;

    while (n < max && ((got = read(file, bytes + n, max - n)) > 0 || (got < 0 && errno == EINTR)))
        n += got > 0 ? (size_t)got : 0;
    return (str){bytes, n};
}

/* Checks the file and the machine; false, with words in the report, if it can't be used. */
static bool inspect(struct generation *generation, const char *path, struct buf *report)
{
    int pipes[2];
    pid_t pid;
    str said = S("");

    if (pipe2(pipes, O_CLOEXEC) == 0) {
        pid = fork();
        if (pid == 0)
            look(path, report->max, pipes[1]);
        close(pipes[1]);
        if (pid > 0) {
            said = listen_to(pipes[0], report->max + MAX_KEYS, generation->arena);
            while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        }
        close(pipes[0]);
    }
    if (said.n == 0) {
        buf_add(report, S("no process could be started to check the configuration\n"));
        return false;
    }
    generation->key_types = str_sub(said, 1, str_find(said, '\n') - 1);
    buf_add(report, str_skip(said, 2 + generation->key_types.n));
    return said.p[0] == STATUS_OK;
}

struct generation *generation_new(const char *path, const struct generation *before,
                                  struct inherited *inherited, struct buf *report)
{
    struct arena *arena = arena_new();
    struct generation *generation = arena_new_of(arena, struct generation);
    struct buf words = buf_new(arena, report->max); /* have been told by then */
    enum status status;
    struct err err;
    bool ok;

    generation->arena = arena;
    generation->control = -1;
    generation->inherited = inherited;
    generation->number = before ? before->number + 1 : 1;
    ok = inspect(generation, path, report);
    if (ok)
        generation->config = config_file_read(str_from(path), (int64_t)time(NULL), false, &words, &status);
    ok = ok && generation->config && count_keys(generation->config) == generation->key_types.n;
    if (ok && !identity_find(&generation->identity, generation->config->user, &err)) {
        complain_of(report, S("user"), &err);
        ok = false;
    }
    if (ok) {
        generation->workers = worker_count(generation->config);
        generation->listeners = arena_array_of(arena, generation->config->listener_count, int);
        memset(generation->listeners, 0xff, generation->config->listener_count * sizeof(int)); /* -1 */
        ok = open_sockets(generation, before, inherited, report);
    }
    if (ok)
        return generation;
    generation_end(generation, before);
    return NULL;
}

static void end_socket(const struct generation *generation, int fd, const struct conf_socket *address,
                       const struct generation *after, int type)
{
    int number = fd - generation->inherited->first;
    bool inherited = number >= 0 && (unsigned)number < generation->inherited->n;

    if (fd < 0 || find(after, address, type) == fd)
        return;
    close(fd);
    if (address->path.n && !inherited && find(after, address, type) < 0)
        unlink(address->path.p); /* fails where we may not: the next one replaces it */
}

void generation_end(struct generation *generation, const struct generation *after)
{
    if (generation->config) {
        const struct conf_socket control = control_address(generation);

        for (size_t i = 0; generation->listeners && i < generation->config->listener_count; i++)
            end_socket(generation, generation->listeners[i], &generation->config->listeners[i].address, after,
                       SOCK_STREAM);
        end_socket(generation, generation->control, &control, after, SOCK_SEQPACKET);
    }
    arena_free(generation->arena);
}
