/* resolver.c: the network as answerer: libunbound's event API over libuv.
 *
 * A flight is one question at libunbound; messages that wait for it hang on it. A batch is one
 * resolver_send(): it is done when its last question is answered. libunbound may call back from inside
 * ub_resolve_event(), and must not be called from its callbacks: there answers are noted, and batches that
 * are done go to a queue which an idle handle empties on the loop. A flight that is too late is answered
 * DNS_TIMEOUT but stays: its answer still fills the cache. */
#include "ask/resolver.h"

#include "base/must.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unbound.h>
#include <unistd.h>

#include "ask/dns_packet.h"
#include "ask/ub_loop.h"

enum {
    FLIGHT_SLOTS = 1024, /* a power of two */
    UDP_MAX = 1024,      /* sockets at once, if half of RLIMIT_NOFILE allows it */
    UDP_MIN = 16,
    TCP_MAX = 32,
    CLASS_IN = 1,
    LOG_LINE_MAX = 1024,
    NAME_ESCAPED_MAX = 4 * 253 + 1,
};

static const char *const packaged_anchors[] = {"/usr/share/dns/root.key", "/var/lib/unbound/root.key"};

struct batch {
    struct batch *next, **link; /* of all that wait, or of those that are done */
    struct ask *ask;            /* NULL: cancelled */
    unsigned open;
    resolver_done *done;
    void *context;
};

struct waiter {
    struct waiter *next;
    struct batch *batch;
    struct question *question; /* dangles once the batch is cancelled */
};

struct flight {
    struct flight *next;          /* of the same slot */
    struct flight *later, **link; /* of those that are not overdue, in order of deadline */
    struct resolver *resolver;
    struct waiter *waiters;
    uint64_t deadline; /* of uv_now(), milliseconds */
    enum dns_type type;
    size_t name_size;
    char name[];
};

/* What libunbound writes to its log; the line before a SERVFAIL says why. */
struct log {
    FILE *file;
    size_t n;
    bool whole; /* the line has ended */
    char line[LOG_LINE_MAX];
};

struct resolver {
    uv_loop_t *loop;
    struct ub_event_base *base;
    struct ub_ctx *context;
    struct cache *cache;
    struct arena *scratch;
    uv_idle_t *idle;   /* active while `finished` has any; freed by the loop */
    uv_timer_t *timer; /* for the first deadline */
    struct flight *slots[FLIGHT_SLOTS];
    struct flight *first, **last; /* by deadline */
    struct batch *batches;
    struct batch *finished, **finished_last; /* in order of finishing */
    size_t finished_count;
    struct log log;
    uint64_t timeout_ms;
    uint64_t sent;
    size_t in_flight;
    bool validates;
    bool ending;
};

static int64_t seconds_now(const struct resolver *resolver)
{
    return (int64_t)(uv_now(resolver->loop) / 1000);
}

/* ---- libunbound's log ---- */

/* Keeps the last line. */
static ssize_t log_write(void *cookie, const char *bytes, size_t n)
{
    struct log *log = cookie;

    for (size_t i = 0; i < n; i++) {
        if (log->whole)
            log->n = 0;
        log->whole = bytes[i] == '\n';
        if (!log->whole && log->n < sizeof(log->line))
            log->line[log->n++] = bytes[i];
    }
    return (ssize_t)n;
}

static void log_open(struct log *log)
{
    log->file = must(fopencookie(log, "w", (cookie_io_functions_t){.write = log_write}));
    setvbuf(log->file, NULL, _IOLBF, LOG_LINE_MAX);
}

/* "[1649160000] libunbound[123:0] error: words" without what stands before the words. */
static str log_words(const struct log *log)
{
    str line = {log->line, log->n};
    str prefix = S("error: ");
    size_t at = str_find_str(line, prefix);

    return at < line.n ? str_skip(line, at + prefix.n) : line;
}

/* The reason of a SERVFAIL that was logged just now: "SERVFAIL <name type class>: words". */
static str servfail_words(struct log *log, str name, struct arena *arena)
{
    str words = log_words(log);
    str prefix = arena_printf(arena, "SERVFAIL <%.*s. ", PS(name));

    log->n = 0; /* nobody else's */
    if (!str_starts(words, prefix))
        return S("");
    words = str_trim(str_skip(words, str_find_str(words, S(">:")) + 2));
    return str_eq(words, S("misc failure")) ? S("") : arena_str(arena, words);
}

/* ---- batches ---- */

static void batch_link(struct batch *batch, struct batch **list)
{
    batch->next = *list;
    batch->link = list;
    if (*list)
        (*list)->link = &batch->next;
    *list = batch;
}

static void batch_unlink(struct batch *batch)
{
    *batch->link = batch->next;
    if (batch->next)
        batch->next->link = batch->link;
}

/* Only batches that are done now: what their messages ask next is for the loop's next turn. */
static void on_idle(uv_idle_t *idle)
{
    struct resolver *resolver = idle->data;

    for (size_t n = resolver->finished_count; n; n--) {
        struct batch *batch = resolver->finished;

        batch_unlink(batch);
        resolver->finished_count--;
        if (!resolver->finished)
            resolver->finished_last = &resolver->finished;
        if (batch->ask)
            batch->done(batch->context);
        free(batch);
    }
    if (!resolver->finished)
        uv_idle_stop(idle);
}

/* The batch has no open question any more. */
static void finish(struct resolver *resolver, struct batch *batch)
{
    batch_unlink(batch);
    batch_link(batch, resolver->finished_last);
    resolver->finished_last = &batch->next;
    resolver->finished_count++;
    uv_idle_start(resolver->idle, on_idle);
}

void resolver_cancel(struct resolver *resolver, const struct ask *ask)
{
    for (struct batch *batch = resolver->batches; batch; batch = batch->next)
        if (batch->ask == ask)
            batch->ask = NULL;
    for (struct batch *batch = resolver->finished; batch; batch = batch->next)
        if (batch->ask == ask)
            batch->ask = NULL;
}

/* ---- flights ---- */

static struct flight **slot_of(struct resolver *resolver, str name, enum dns_type type)
{
    return &resolver->slots[dns_name_hash(name, type) & (FLIGHT_SLOTS - 1)];
}

static str flight_name(const struct flight *flight)
{
    return (str){flight->name, flight->name_size};
}

static struct flight *find(struct resolver *resolver, str name, enum dns_type type)
{
    struct flight *flight = *slot_of(resolver, name, type);

    while (flight && !(flight->type == type && str_eq(flight_name(flight), name)))
        flight = flight->next;
    return flight;
}

static struct flight *flight_new(struct resolver *resolver, str name, enum dns_type type)
{
    struct flight *flight = must(calloc(1, sizeof(*flight) + name.n));
    struct flight **slot = slot_of(resolver, name, type);

    flight->resolver = resolver;
    flight->type = type;
    flight->name_size = name.n;
    memcpy(flight->name, name.p, name.n);
    flight->next = *slot;
    *slot = flight;
    resolver->in_flight++;
    return flight;
}

/* Takes the flight off the list of deadlines, if it is there. */
static void stop_waiting(struct flight *flight)
{
    struct resolver *resolver = flight->resolver;

    if (!flight->link)
        return;
    *flight->link = flight->later;
    *(flight->later ? &flight->later->link : &resolver->last) = flight->link;
    flight->link = NULL;
    flight->later = NULL;
}

static void flight_free(struct flight *flight)
{
    struct resolver *resolver = flight->resolver;
    struct flight **chain = slot_of(resolver, flight_name(flight), flight->type);

    stop_waiting(flight);
    while (*chain != flight)
        chain = &(*chain)->next;
    *chain = flight->next;
    resolver->in_flight--;
    while (flight->waiters) {
        struct waiter *waiter = flight->waiters;

        flight->waiters = waiter->next;
        free(waiter);
    }
    free(flight);
}

/* Tells all that wait. */
static void deliver(struct flight *flight, const struct dns_answer *answer)
{
    cache_put(flight->resolver->cache, answer, seconds_now(flight->resolver));
    while (flight->waiters) {
        struct waiter *waiter = flight->waiters;
        struct batch *batch = waiter->batch;

        if (batch->ask)
            ask_answer(batch->ask, waiter->question, dns_answer_copy(answer, batch->ask->arena));
        if (--batch->open == 0)
            finish(flight->resolver, batch);
        flight->waiters = waiter->next;
        free(waiter);
    }
}

static void on_deadline(uv_timer_t *timer)
{
    struct resolver *resolver = timer->data;
    uint64_t now = uv_now(resolver->loop);
    struct flight *flight;

    arena_reset(resolver->scratch);
    while ((flight = resolver->first) && flight->deadline <= now) {
        struct dns_answer answer = {.name = flight_name(flight), .type = flight->type, .status = DNS_TIMEOUT};

        answer.why =
            arena_printf(resolver->scratch, "no answer within %.1f s", (double)resolver->timeout_ms / 1000);
        stop_waiting(flight);
        deliver(flight, &answer);
    }
    if (flight)
        uv_timer_start(timer, on_deadline, flight->deadline - now, 0);
}

/* All wait equally long, so the list is in order when new ones go to its end. */
static void start_waiting(struct flight *flight)
{
    struct resolver *resolver = flight->resolver;

    uv_update_time(resolver->loop); /* the program may have computed for long since the loop looked */
    flight->deadline = uv_now(resolver->loop) + resolver->timeout_ms;
    flight->link = resolver->last;
    *resolver->last = flight;
    resolver->last = &flight->later;
    if (!uv_is_active((uv_handle_t *)resolver->timer))
        uv_timer_start(resolver->timer, on_deadline, resolver->timeout_ms, 0);
}

/* ---- libunbound's answer ---- */

static void read_answer(struct flight *flight, struct dns_answer *answer, int rcode, str packet)
{
    struct resolver *resolver = flight->resolver;
    struct arena *arena = resolver->scratch;
    str words;

    if (rcode == 0) {
        dns_packet_read(answer, packet, arena);
    } else {
        answer->status = DNS_SERVFAIL;
        answer->why = arena_printf(arena, "no name server gave a usable answer (%.*s)",
                                   PS(dns_rcode_text(rcode, arena)));
    }
    words = servfail_words(&resolver->log, answer->name, arena);
    if (answer->status == DNS_SERVFAIL && words.n)
        answer->why = words;
}

static void on_answer(void *data, int rcode, void *packet, int packet_size, int security, char *why_bogus,
                      int was_ratelimited)
{
    struct flight *flight = data;
    struct resolver *resolver = flight->resolver;
    struct dns_answer answer = {.name = flight_name(flight), .type = flight->type};

    (void)was_ratelimited; /* limits clients of a server; there are none */
    if (resolver->ending) {
        flight_free(flight);
        return;
    }
    arena_reset(resolver->scratch);
    if (resolver->validates)
        answer.security = security == 2 ? DNS_SECURE : DNS_INSECURE;
    if (rcode == 0 && security == 1) {
        answer.status = DNS_BOGUS;
        answer.security = DNS_INDETERMINATE;
        answer.why = str_from(why_bogus);
    } else {
        read_answer(flight, &answer, rcode, (str){packet, packet ? (size_t)packet_size : 0});
    }
    if (answer.status == DNS_SERVFAIL)
        answer.security = DNS_INDETERMINATE;
    deliver(flight, &answer);
    flight_free(flight);
}

/* Each byte but letters, digits, "-" and "_" as \DDD: libunbound reads names as a zone file has them. */
static void escape_name(str name, char text[NAME_ESCAPED_MAX])
{
    size_t n = 0;

    assert(name.n <= 253);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (ascii_is_alnum(c) || c == '-' || c == '_' || c == '.')
            text[n++] = c;
        else
            n += (size_t)snprintf(text + n, 5, "\\%03u", (unsigned char)c);
    }
    text[n] = '\0';
}

/* The flight may have ended when this returns. */
static void take_off(struct flight *flight)
{
    struct resolver *resolver = flight->resolver;
    char name[NAME_ESCAPED_MAX];
    int error;

    escape_name(flight_name(flight), name);
    resolver->sent++;
    error = ub_resolve_event(resolver->context, name, (int)flight->type, CLASS_IN, flight, on_answer, NULL);
    if (error) {
        struct dns_answer answer = {.name = flight_name(flight),
                                    .type = flight->type,
                                    .status = DNS_SERVFAIL,
                                    .why = str_from(ub_strerror(error))};

        deliver(flight, &answer);
        flight_free(flight);
    }
}

/* ---- the way in ---- */

static void wait_for(struct resolver *resolver, struct batch *batch, struct question *question)
{
    struct flight *flight = find(resolver, question->name, question->type);
    struct waiter *waiter = must(calloc(1, sizeof(*waiter)));
    bool is_new = !flight;

    if (is_new)
        flight = flight_new(resolver, question->name, question->type);
    *waiter = (struct waiter){.next = flight->waiters, .batch = batch, .question = question};
    flight->waiters = waiter;
    batch->open++;
    if (!flight->link)
        start_waiting(flight);
    if (is_new)
        take_off(flight);
}

void resolver_send(struct resolver *resolver, struct ask *ask, resolver_done *done, void *context)
{
    struct batch *batch = must(calloc(1, sizeof(*batch)));

    /* One is our own, so that answers which come at once don't end it. */
    *batch = (struct batch){.ask = ask, .open = 1, .done = done, .context = context};
    batch_link(batch, &resolver->batches);
    for (struct question *question = ask->first; question; question = question->next) {
        const struct dns_answer *answer;

        if (question->answer || question->sent)
            continue;
        question->sent = true;
        answer = resolver_lookup(resolver, question->name, question->type, ask->arena);
        if (answer)
            ask_answer(ask, question, answer);
        else
            wait_for(resolver, batch, question);
    }
    if (--batch->open == 0)
        finish(resolver, batch);
}

static void set_true(void *context)
{
    *(bool *)context = true;
}

void resolver_answer(struct resolver *resolver, struct ask *ask)
{
    bool done = false;

    resolver_send(resolver, ask, set_true, &done);
    while (!done)
        uv_run(resolver->loop, UV_RUN_ONCE);
}

const struct dns_answer *resolver_lookup(void *context, str name, enum dns_type type, struct arena *arena)
{
    struct resolver *resolver = context;

    return cache_get(resolver->cache, name, type, seconds_now(resolver), arena);
}

void resolver_set_timeout(struct resolver *resolver, unsigned timeout_ms)
{
    assert(!resolver->first); /* the list is in order of time */
    resolver->timeout_ms = timeout_ms;
}

struct resolver_counts resolver_counts(const struct resolver *resolver)
{
    return (struct resolver_counts){
        .sent = resolver->sent, .in_flight = resolver->in_flight, .cache = cache_counts(resolver->cache)};
}

/* ---- configuration ---- */

static bool set_option(struct ub_ctx *context, const char *name, const char *value, struct err *err)
{
    int error = ub_ctx_set_option(context, name, value);

    return error == 0 || err_set(err, "libunbound refuses \"%s %s\": %s", name, value, ub_strerror(error));
}

static bool set_number(struct ub_ctx *context, const char *name, rlim_t value, struct err *err)
{
    char text[24];

    snprintf(text, sizeof(text), "%lu", (unsigned long)value);
    return set_option(context, name, text, err);
}

/* The library's own are for programs that ask a question now and then. */
static bool set_sizes(struct ub_ctx *context, struct err *err)
{
    struct rlimit files = {0};
    rlim_t udp = UDP_MAX;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / 2 < udp)
        udp = files.rlim_cur / 2 < UDP_MIN ? UDP_MIN : files.rlim_cur / 2;
    return set_number(context, "outgoing-range:", udp, err) &&
           set_number(context, "outgoing-num-tcp:", udp / 2 < TCP_MAX ? udp / 2 : TCP_MAX, err) &&
           set_option(context, "num-queries-per-thread:", "4096", err) &&
           set_option(context, "msg-cache-size:", "32m", err) &&
           set_option(context, "rrset-cache-size:", "32m", err) &&
           set_option(context, "key-cache-size:", "4m", err) &&
           set_option(context, "neg-cache-size:", "1m", err);
}

static bool set_forwarders(struct ub_ctx *context, const struct resolver_config *config, struct err *err)
{
    int error;

    for (size_t i = 0; i < config->forwarder_count; i++)
        if (ub_ctx_set_fwd(context, config->forwarders[i]) != 0)
            return err_set(err, "forwarder \"%s\": not an address; write ADDR or ADDR@PORT",
                           config->forwarders[i]);
    if (config->forwarder_count || !config->resolv_conf)
        return true;
    errno = 0;
    error = ub_ctx_resolvconf(context, config->resolv_conf);
    if (error == UB_READFILE)
        return err_errno(err, errno, "reading %s", config->resolv_conf);
    return error == 0 || err_set(err, "%s: a nameserver line is not an address", config->resolv_conf);
}

static bool set_stubs(struct ub_ctx *context, const struct resolver_config *config, struct err *err)
{
    for (size_t i = 0; i < config->stub_count; i++) {
        str text = str_from(config->stubs[i]);
        char zone[256];
        size_t space = str_find(text, ' ');

        if (space == text.n || space >= sizeof(zone))
            return err_set(err, "stub \"%s\": write ZONE ADDR or ZONE ADDR@PORT", config->stubs[i]);
        memcpy(zone, text.p, space);
        zone[space] = '\0';
        if (ub_ctx_set_stub(context, zone, text.p + space + 1, 0) != 0)
            return err_set(err, "stub \"%s\": not a zone and an address", config->stubs[i]);
    }
    return true;
}

static bool set_validation(struct resolver *resolver, const struct resolver_config *config, struct err *err)
{
    bool forwards = config->forwarder_count || config->resolv_conf;
    const char *path = config->trust_anchor;
    int error;

    resolver->validates = config->validation == RESOLVER_VALIDATE_ON ||
                          (config->validation == RESOLVER_VALIDATE_AUTO && (path || !forwards));
    if (!resolver->validates)
        return set_option(resolver->context, "module-config:", "iterator", err);
    for (size_t i = 0; !path && i < sizeof(packaged_anchors) / sizeof(packaged_anchors[0]); i++)
        if (access(packaged_anchors[i], R_OK) == 0)
            path = packaged_anchors[i];
    if (!path)
        return err_set(
            err,
            "no DNSSEC trust anchor: neither %s nor %s can be read; install dns-root-data, name a file, "
            "or turn validation off",
            packaged_anchors[0], packaged_anchors[1]);
    if (access(path, R_OK) != 0)
        return err_errno(err, errno, "reading the trust anchor %s", path);
    error = ub_ctx_add_ta_file(resolver->context, path);
    return error == 0 || err_set(err, "trust anchor %s: %s", path, ub_strerror(error));
}

/* Private reverse zones are answered by libunbound itself, so that they don't leak to the root; but a site's
 * own servers know better. */
static bool set_zones(struct ub_ctx *context, const struct resolver_config *config, struct err *err)
{
    if (!config->forwarder_count && !config->resolv_conf && !config->stub_count)
        return true;
    return set_option(context, "unblock-lan-zones:", "yes", err) &&
           set_option(context, "insecure-lan-zones:", "yes", err);
}

static void on_first_answer(void *data, int rcode, void *packet, int packet_size, int security,
                            char *why_bogus, int was_ratelimited)
{
    (void)packet;
    (void)packet_size;
    (void)security;
    (void)why_bogus;
    (void)was_ratelimited;
    *(bool *)data = rcode == 0;
}

/* A first question, which libunbound answers itself and at once, makes it read its files and settle its
 * configuration: it takes no more after that. */
static bool start(struct resolver *resolver, struct err *err)
{
    bool answered = false;
    int error =
        ub_resolve_event(resolver->context, "localhost.", DNS_A, CLASS_IN, &answered, on_first_answer, NULL);

    if (!error && answered)
        return true;
    return err_set(err, "libunbound does not start: %s (%.*s)", ub_strerror(error),
                   PS(log_words(&resolver->log)));
}

static bool configure(struct resolver *resolver, const struct resolver_config *config, struct err *err)
{
    struct ub_ctx *context = resolver->context;

    ub_ctx_debugout(context, resolver->log.file);
    return set_option(context, "log-servfail:", "yes", err) &&
           set_option(context, "val-log-squelch:", "no", err) && set_sizes(context, err) &&
           set_forwarders(context, config, err) && set_stubs(context, config, err) &&
           set_validation(resolver, config, err) && set_zones(context, config, err) && start(resolver, err);
}

/* libunbound writes to sockets without MSG_NOSIGNAL: a name server that hangs up would kill the program. */
static void ignore_sigpipe(void)
{
    struct sigaction action;

    if (sigaction(SIGPIPE, NULL, &action) != 0 || action.sa_handler != SIG_DFL)
        return;
    action = (struct sigaction){.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &action, NULL);
}

struct resolver *resolver_new(uv_loop_t *loop, const struct resolver_config *config, struct err *err)
{
    struct resolver *resolver = must(calloc(1, sizeof(*resolver)));

    ignore_sigpipe();
    resolver->loop = loop;
    resolver->timeout_ms = config->timeout_ms ? config->timeout_ms : RESOLVER_TIMEOUT_MS;
    resolver->last = &resolver->first;
    resolver->finished_last = &resolver->finished;
    resolver->cache = cache_new(config->cache_bytes ? config->cache_bytes : RESOLVER_CACHE_BYTES);
    resolver->scratch = arena_new();
    resolver->idle = must(malloc(sizeof(*resolver->idle)));
    uv_idle_init(loop, resolver->idle);
    resolver->idle->data = resolver;
    resolver->timer = must(malloc(sizeof(*resolver->timer)));
    uv_timer_init(loop, resolver->timer);
    resolver->timer->data = resolver;
    log_open(&resolver->log);
    resolver->base = ub_loop_new(loop);
    resolver->context = must(ub_ctx_create_ub_event(resolver->base));
    if (configure(resolver, config, err))
        return resolver;
    err_context(err, "DNS");
    resolver_free(resolver);
    return NULL;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void free_batches(struct batch *batch)
{
    while (batch) {
        struct batch *next = batch->next;

        free(batch);
        batch = next;
    }
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    resolver->ending = true;
    ub_ctx_delete(resolver->context); /* calls back for all that is in flight */
    assert(resolver->in_flight == 0);
    ub_loop_free(resolver->base);
    fclose(resolver->log.file);
    free_batches(resolver->batches);
    free_batches(resolver->finished);
    uv_close((uv_handle_t *)resolver->idle, free_handle);
    uv_close((uv_handle_t *)resolver->timer, free_handle);
    cache_free(resolver->cache);
    arena_free(resolver->scratch);
    free(resolver);
}
