/* gate.c: what the gate costs as a whole and in its parts: posternd as installed, 20,000 signed mails over
 * 100 sessions at once, CPU a message of all its processes, latency, memory.
 *
 * usage: bench_gate POSTERND [DIRECTORY]; the state is in a directory of its own in DIRECTORY (/var/tmp),
 * which must be on a real disk, and removed again.
 *
 * The parts: `auth` is what the workers say they needed to judge (a column of the journal). `protocol` is a
 * milter on the same code that accepts at once; `connection` the same with one message a connection.
 * `journal` is the rows of this run written again into another journal, in batches as large; `keeper` is what
 * the keeper needed beyond that. `rest` is what is left of `total`: a worker's side of the exchange, hashes,
 * records, the log. Each has its floor in the same run: what no implementation can leave out. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ask/answers.h"
#include "base/buf.h"
#include "base/limits.h"
#include "journal/journal.h"
#include "journal/search.h"
#include "load.h"
#include "mails.h"
#include "peers.h"
#include "programs/board.h"
#include "programs/control_client.h"
#include "programs/wire.h"

enum {
    SESSIONS = 100,
    EACH = 5, /* messages a connection */
    ALONE = 400,
    SAMPLES = 10,
    FLAT_KB = 4096, /* more in the second half of a run than in the first: the buffers of sessions that move
                     * between workers */
};

static const char *program, *directory = "/var/tmp";
static unsigned messages = 20000;

static void die(const char *words)
{
    fprintf(stderr, "gate: %s\n", words);
    exit(1);
}

static double clock_us(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void print(const char *size, const char *name, double value, double floor)
{
    printf("gate%s.%s %.2f us %.2f %.2f\n", size, name, value, floor, value / floor);
}

/* ---- the protocol alone ---- */

static double measure_peer(bool echo, unsigned each, str message)
{
    struct arena *arena = arena_new();
    struct load load = {
        .echo = echo, .message = message, .sessions = SESSIONS, .each = each, .messages = messages};
    struct load_result result;
    struct peer peer = {0};

    peer_begin(&peer, echo);
    load.address = peer.address;
    load_run(&load, &result, arena);
    arena_free(arena);
    return peer_end(&peer) / messages;
}

/* ---- floors ---- */

/* The median of some runs of what a verdict can't do without. */
static double auth_floor(str message)
{
    struct mails_floor *floor = mails_floor();
    double best = 1e9;

    for (int i = 0; i < 50; i++) {
        double begin = clock_us(CLOCK_THREAD_CPUTIME_ID);

        for (int k = 0; k < 20; k++)
            mails_floor_run(floor, message);
        begin = (clock_us(CLOCK_THREAD_CPUTIME_ID) - begin) / 20;
        best = begin < best ? begin : best;
    }
    return best;
}

struct disk {
    double cpu;  /* microseconds of it, for as many bytes as a row has in a batch */
    double wait; /* microseconds until a batch is durable */
};

static struct disk disk_floor(const char *where, size_t row, size_t batch)
{
    enum { TIMES = 200 };
    struct disk disk = {0};
    char *bytes = calloc(batch, row), path[PEER_PATH];
    double begin, cpu;
    FILE *file;

    snprintf(path, sizeof(path), "%s/floor", where);
    file = fopen(path, "w");
    if (!file || !bytes)
        die("can't write beside the journal");
    begin = clock_us(CLOCK_MONOTONIC);
    cpu = clock_us(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < TIMES; i++)
        if (fwrite(bytes, row, batch, file) != batch || fflush(file) != 0 || fdatasync(fileno(file)) != 0)
            die("can't write beside the journal");
    disk.cpu = (clock_us(CLOCK_THREAD_CPUTIME_ID) - cpu) / (double)(TIMES * batch);
    disk.wait = (clock_us(CLOCK_MONOTONIC) - begin) / TIMES;
    fclose(file);
    free(bytes);
    return disk;
}

/* A process that takes datagrams of that size, and answers each; its CPU for one. */
static double exchange_floor(size_t size, size_t batch)
{
    enum { TIMES = 40000 };
    static char bytes[LIMIT_FRAME];
    struct rusage usage;
    int pair[2];
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
        die("can't make a socket pair");
    child = fork();
    if (child == 0) {
        for (size_t i = 0; i < TIMES; i++)
            if (recv(pair[1], bytes, sizeof(bytes), 0) != (ssize_t)size || send(pair[1], bytes, 16, 0) != 16)
                _exit(1);
        _exit(0);
    }
    for (size_t i = 0; i < TIMES; i++) {
        if (send(pair[0], bytes, size, 0) != (ssize_t)size)
            die("can't send a datagram");
        if (i % batch == batch - 1 || i + 1 == TIMES)
            for (size_t k = 0; k <= i % batch; k++)
                if (recv(pair[0], bytes, sizeof(bytes), 0) != 16)
                    die("can't receive a datagram");
    }
    wait4(child, NULL, 0, &usage);
    close(pair[0]);
    close(pair[1]);
    return ((double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)) /
           TIMES;
}

/* ---- posternd under load ---- */

struct run {
    struct peer peer;
    long memory[SAMPLES][PEER_PROCESSES]; /* KB */
    double cpu[PEER_PROCESSES];           /* microseconds a message */
    struct load_result result, alone;
    double batch; /* messages that were made durable together */
};

static void on_progress(void *context, unsigned done)
{
    struct run *run = context;
    unsigned each = messages / SAMPLES;

    if (done % each == 0)
        for (size_t i = 0; i < PEER_PROCESSES; i++)
            run->memory[done / each - 1][i] = process_memory(run->peer.pids[i]);
}

static double commits(const struct peer *peer)
{
    struct arena *arena = arena_new();
    struct frame request = {.head = NULL}, answer;
    struct err err;
    double n;

    frame_set_text(&request, "do", S("status"));
    if (!control_ask(arena_printf(arena, "%s/control.sock", peer->directory), &request, &answer, arena, &err))
        die(err.words);
    n = (double)json_integer_value(
        json_object_get(json_object_get(answer.head, "counts"), count_names[COUNT_commits]));
    frame_free(&answer);
    arena_free(arena);
    return n;
}

static void send_all(struct run *run, str message, struct arena *arena)
{
    struct load load = {.address = run->peer.address,
                        .message = message,
                        .wanted = S("dmarc=pass"),
                        .sessions = SESSIONS,
                        .each = EACH,
                        .messages = messages,
                        .progress = on_progress,
                        .context = run};
    double before[PEER_PROCESSES], batches = commits(&run->peer);

    for (size_t i = 0; i < PEER_PROCESSES; i++)
        before[i] = process_cpu(run->peer.pids[i]);
    load_run(&load, &run->result, arena);
    for (size_t i = 0; i < PEER_PROCESSES; i++)
        run->cpu[i] = (process_cpu(run->peer.pids[i]) - before[i]) / messages;
    run->batch = messages / (commits(&run->peer) - batches);
    load.sessions = 1;
    load.messages = ALONE;
    load.progress = NULL;
    load_run(&load, &run->alone, arena);
}

static long memory_at(const struct run *run, unsigned sample)
{
    long sum = 0;

    for (size_t i = 0; i < PEER_PROCESSES; i++)
        sum += run->memory[sample][i];
    return sum;
}

/* Of all processes, the most in either half of the run. True if it is flat. */
static bool print_memory(const struct run *run, const char *size)
{
    static const char *const names[PEER_PROCESSES] = {"parent", "keeper", "worker", "worker"};
    long most[2] = {0, 0};

    printf("# KB of memory after");
    for (unsigned s = 0; s < SAMPLES; s++)
        printf(" %6u", (s + 1) * messages / SAMPLES);
    printf(" messages\n");
    for (size_t i = 0; i < PEER_PROCESSES; i++) {
        printf("# %17s", names[i]);
        for (unsigned s = 0; s < SAMPLES; s++)
            printf(" %6ld", run->memory[s][i]);
        printf("\n");
    }
    for (unsigned s = 0; s < SAMPLES; s++)
        if (memory_at(run, s) > most[s >= SAMPLES / 2])
            most[s >= SAMPLES / 2] = memory_at(run, s);
    printf("gate%s.memory %ld KB %ld %.3f\n", size, most[1], most[0], (double)most[1] / (double)most[0]);
    return most[1] <= most[0] + FLAT_KB;
}

/* ---- the rows that came of it ---- */

struct replay {
    struct journal *journal;
    size_t batch, rows, failed;
    double cpu; /* of the journal, microseconds */
    double judged;
    size_t wire; /* bytes of one record */
    struct arena *arena;
};

static void on_written(void *context, bool written, const char *words)
{
    struct replay *replay = context;

    (void)words;
    replay->failed += !written;
}

static bool on_row(void *context, const struct record *record)
{
    struct replay *replay = context;
    double begin;

    if (replay->rows == 0)
        replay->wire = wire_write(record, replay->arena).n;
    replay->judged += record->cpu_us;
    begin = clock_us(CLOCK_THREAD_CPUTIME_ID);
    journal_add(replay->journal, record, on_written, replay);
    if (++replay->rows % replay->batch == 0)
        journal_commit(replay->journal, record->time);
    replay->cpu += clock_us(CLOCK_THREAD_CPUTIME_ID) - begin;
    return true;
}

static size_t total;

static int add_size(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)path, (void)ftw;
    if (type == FTW_F)
        total += (size_t)status->st_size;
    return 0;
}

/* Reads all rows, and writes them again. */
static void replay_rows(const struct run *run, struct replay *replay)
{
    const char *home = run->peer.directory;
    struct search_query query = {.since = 0};
    struct journal_params params = {.now = (int64_t)time(NULL)};
    char from[PEER_PATH], to[PEER_PATH];
    struct err err;

    snprintf(from, sizeof(from), "%s/journal", home);
    snprintf(to, sizeof(to), "%s/again", home);
    params.directory = str_from(to);
    if (mkdir(to, 0700) != 0)
        die("can't make another journal");
    *replay = (struct replay){.batch = (size_t)(run->batch + 0.5), .arena = arena_new()};
    replay->journal = journal_open(&params, &err);
    if (!replay->journal || !search_run(str_from(from), &query, on_row, NULL, replay, &err))
        die(err.words);
    journal_commit(replay->journal, params.now);
    journal_close(replay->journal);
    arena_free(replay->arena);
    total = 0;
    nftw(to, add_size, 16, FTW_PHYS);
    if (replay->rows != messages + ALONE || replay->failed)
        die("the journal has another number of rows than messages were sent");
}

/* ---- figures ---- */

static void print_latency(const struct run *run, const char *size, const struct disk *disk)
{
    double cpu = 0;

    for (size_t i = 0; i < PEER_PROCESSES; i++)
        cpu += run->cpu[i];
    printf("gate%s.rate %.0f messages/s - -\n", size, messages / run->result.seconds);
    printf("gate%s.batch %.2f messages/commit - -\n", size, run->batch);
    printf("gate%s.latency_p50 %.0f us - -\n", size, load_percentile(&run->result, 0.5));
    printf("gate%s.latency_p99 %.0f us - -\n", size, load_percentile(&run->result, 0.99));
    print(size, "latency_alone_p50", load_percentile(&run->alone, 0.5), disk->wait);
    print(size, "latency_alone_p99", load_percentile(&run->alone, 0.99), disk->wait);
}

static void print_parts(const struct run *run, const char *size, str message, double protocol, double echo)
{
    struct replay replay;
    struct disk one, many;
    double cpu = 0, floors[3], journal, judged;

    replay_rows(run, &replay);
    for (size_t i = 0; i < PEER_PROCESSES; i++)
        cpu += run->cpu[i];
    judged = replay.judged / (double)replay.rows;
    journal = replay.cpu / (double)replay.rows;
    one = disk_floor(run->peer.directory, total / replay.rows, 1);
    many = disk_floor(run->peer.directory, total / replay.rows, replay.batch);
    floors[0] = auth_floor(message);
    floors[1] = many.cpu;
    floors[2] = exchange_floor(replay.wire, replay.batch);
    print_latency(run, size, &one);
    print(size, "auth", judged, floors[0]);
    print(size, "protocol", protocol, echo);
    print(size, "journal", journal, floors[1]);
    print(size, "keeper", run->cpu[1] - journal, floors[2]);
    printf("gate%s.rest %.2f us - -\n", size, cpu - judged - protocol - run->cpu[1]);
    print(size, "total", cpu, floors[0] + floors[1] + floors[2] + echo);
}

/* True if memory stays flat. */
static bool measure(const char *size, str message, str answers)
{
    struct arena *arena = arena_new();
    double echo = measure_peer(true, EACH, message), protocol = measure_peer(false, EACH, message);
    struct run *run = arena_new_of(arena, struct run);
    bool flat;

    peer_posternd(&run->peer, program, directory, answers.p);
    send_all(run, message, arena);
    peer_stop(&run->peer);
    print_parts(run, size, message, protocol, echo);
    flat = print_memory(run, size);
    peer_remove(&run->peer);
    arena_free(arena);
    return flat;
}

/* The file of answers. */
static str write_answers(struct arena *arena)
{
    struct buf buf = buf_new(arena, 1 << 16);
    size_t n;
    const struct mails_answer *rows = mails_answers(arena, &n);

    buf_add(&buf, S("default NXDOMAIN\n"));
    for (size_t i = 0; i < n; i++) {
        const char *quote = rows[i].type == DNS_TXT ? "\"" : "";

        if (!rows[i].text)
            buf_printf(&buf, "%s %s NODATA\n", rows[i].name, dns_type_name(rows[i].type));
        else
            buf_printf(&buf, "%s %s %s%s%s\n", rows[i].name, dns_type_name(rows[i].type), quote, rows[i].text,
                       quote);
    }
    return (str){arena_c_str(arena, buf_str(&buf)), buf.n};
}

int main(int count, char **arguments)
{
    struct arena *arena = arena_new();
    str small, large, answers;
    double floor, one;
    bool flat;

    messages = count > 3 ? (unsigned)strtoul(arguments[3], NULL, 10) : messages;
    if (count < 2 || count > 4 || messages < 1000)
        die("usage: bench_gate POSTERND [DIRECTORY [MESSAGES]]");
    program = arguments[1];
    directory = count > 2 ? arguments[2] : directory;
    mails_begin((int64_t)time(NULL));
    small = mails_make(10 * 1024, arena);
    large = mails_make(50 * 1024, arena);
    answers = write_answers(arena);
    floor = measure_peer(true, 1, small);
    one = measure_peer(false, 1, small);
    print("", "connection", one, floor);
    flat = measure("", small, answers);
    flat &= measure(".50k", large, answers);
    arena_free(arena);
    if (!flat)
        die("memory is not flat");
    return 0;
}
