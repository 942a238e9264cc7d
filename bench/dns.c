/* dns.c: what an answer costs; run by with-dns. CPU time of this process only, the best of several rounds.
 *
 *     dns.cached    one answer from our cache, for a new message; the floor copies it and does nothing else
 *     dns.udp.1000  1,000 answers from the network over UDP; the floor sends and receives as many datagrams
 *     dns.tcp.1000  1,000 answers that were truncated over UDP and came over TCP; the same floor */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ask/resolver.h"

enum { ROUNDS = 5, MANY = 1000, LOOKUPS = 200000 };

static uv_loop_t loop;

static double cpu_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void print(const char *name, double value, const char *unit, double floor)
{
    printf("%s %.3f %s %.3f %.2f\n", name, value, unit, floor, value / floor);
}

static void stop(const char *words)
{
    fprintf(stderr, "dns: %s\n", words);
    exit(1);
}

static struct resolver *start(const char *variable)
{
    const char *forwarder = getenv(variable);
    struct err err = {""};
    struct resolver *resolver = NULL;

    if (!forwarder)
        stop("run it with tests/system/with-dns");
    resolver =
        resolver_new(&loop, &(struct resolver_config){.forwarders = &forwarder, .forwarder_count = 1}, &err);
    if (!resolver)
        stop(err.words);
    return resolver;
}

static const struct dns_answer *ask_once(struct resolver *resolver, struct arena *arena)
{
    struct ask ask;

    ask_init(&ask, arena, 0);
    ask.lookup = resolver_lookup;
    ask.lookup_context = resolver;
    ask_begin(&ask, ASK_SPF);
    if (!ask_dns(&ask, ASK_SPF, S("example.net"), DNS_TXT))
        resolver_answer(resolver, &ask);
    return ask_dns(&ask, ASK_SPF, S("example.net"), DNS_TXT);
}

static void bench_cached(void)
{
    struct resolver *resolver = start("DNS_SERVER");
    struct arena *kept = arena_new();
    struct arena *arena = arena_new();
    const struct dns_answer *answer = ask_once(resolver, kept);
    double begin;
    double copied;
    double looked_up;

    if (answer->status != DNS_OK)
        stop("the server gave no answer");
    begin = cpu_seconds();
    for (int i = 0; i < LOOKUPS; i++) {
        dns_answer_copy(answer, arena);
        arena_reset(arena);
    }
    copied = cpu_seconds() - begin;
    begin = cpu_seconds();
    for (int i = 0; i < LOOKUPS; i++) {
        ask_once(resolver, arena);
        arena_reset(arena);
    }
    looked_up = cpu_seconds() - begin;
    print("dns.cached", looked_up / LOOKUPS * 1e6, "us", copied / LOOKUPS * 1e6);
    arena_free(arena);
    arena_free(kept);
    resolver_free(resolver);
}

/* As many datagrams of the usual size, to ourselves and back. */
static double bare_datagrams(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    char bytes[120] = {0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    double begin;

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        stop("no socket");
    begin = cpu_seconds();
    for (int i = 0; i < MANY; i++)
        if (sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&address, size) < 0 ||
            recv(fd, bytes, sizeof(bytes), 0) < 0)
            stop("no datagram");
    close(fd);
    return cpu_seconds() - begin;
}

/* Names that nobody has asked for yet. */
static double network_round(struct resolver *resolver, const char *zone, enum dns_status wanted)
{
    static unsigned counter;
    struct arena *arena = arena_new();
    struct ask ask;
    double begin = cpu_seconds();

    ask_init(&ask, arena, 0);
    for (int i = 0; i < MANY; i++) {
        ask_begin(&ask, ASK_SPF);
        ask_dns(&ask, ASK_SPF, arena_printf(arena, "n%u.%s", counter++, zone), DNS_TXT);
    }
    resolver_answer(resolver, &ask);
    for (const struct question *question = ask.first; question; question = question->next)
        if (question->answer->status != wanted)
            stop("an answer is missing");
    arena_free(arena);
    return cpu_seconds() - begin;
}

static void bench_network(const char *name, const char *variable, const char *zone, enum dns_status wanted)
{
    struct resolver *resolver = start(variable);
    double best = 1e9;
    double floor = 1e9;

    for (int i = 0; i < ROUNDS; i++) {
        double bare = bare_datagrams();
        double seconds = network_round(resolver, zone, wanted);

        floor = bare < floor ? bare : floor;
        best = seconds < best ? seconds : best;
    }
    print(name, best * 1e3, "ms", floor * 1e3);
    resolver_free(resolver);
    uv_run(&loop, UV_RUN_DEFAULT);
}

int main(void)
{
    uv_loop_init(&loop);
    bench_cached();
    bench_network("dns.udp.1000", "DNS_SERVER", "example.net", DNS_NXDOMAIN);
    bench_network("dns.tcp.1000", "DNS_DIFFICULT", "example.org", DNS_OK);
    return 0;
}
