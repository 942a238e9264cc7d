/* worker.c: the process that takes mail from MTAs and judges it: how it starts, listens and ends. */
#include "programs/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "programs/file.h"
#include "programs/sandbox.h"
#include "programs/settings.h"

enum { TICK = 250, ANSWERS_MAX = 64 * 1024 * 1024, PROBLEMS_MAX = 65536 };

static void fail(const struct err *err)
{
    log_event(LEVEL_ERROR, "worker not started", {"reason", str_from(err->words)});
    _exit(STATUS_UNAVAILABLE);
}

/* ---- what the messages need ---- */

static bool make_resolver(struct worker *worker, struct err *err)
{
    const struct config_dns *dns = &worker->config->dns;
    struct arena *arena = arena_new();
    const char **forwarders = arena_array_of(arena, dns->forwarder_count, const char *);
    struct resolver_config config = {.timeout_ms = (unsigned)(dns->timeout * 1000)};

    if (config.timeout_ms > RESOLVER_TIMEOUT_MS)
        config.timeout_ms = RESOLVER_TIMEOUT_MS;
    if (dns->resolver == CONFIG_SYSTEM)
        config.resolv_conf = "/etc/resolv.conf";
    if (dns->resolver == CONFIG_FORWARDERS) {
        for (size_t i = 0; i < dns->forwarder_count; i++)
            forwarders[i] = dns->forwarders[i].p;
        config.forwarders = forwarders;
        config.forwarder_count = dns->forwarder_count;
    }
    if (dns->validate && dns->resolver != CONFIG_RECURSIVE)
        config.validation = RESOLVER_VALIDATE_ON;
    worker->resolver = resolver_new(&worker->loop, &config, err);
    arena_free(arena);
    return worker->resolver != NULL;
}

static bool read_answers(struct worker *worker, struct arena *arena, struct err *err)
{
    str path = worker->config->dns.file, text;

    return file_read(path, ANSWERS_MAX, arena, &text, err) &&
           answers_parse(&worker->answers, path, text, arena, err);
}

/* The data files; what is wrong in them is logged line by line. */
static bool load_data(struct worker *worker, struct arena *arena, struct err *err)
{
    struct buf problems = buf_new(arena, PROBLEMS_MAX);
    str folder = data_folder(worker->config->data, arena), rest, line;

    if (data_load(&worker->data, folder, true, worker->suffixes, worker->crypto, &problems, err)) {
        worker->fingerprint =
            arena_join(arena, S("postern " POSTERN_VERSION), S(" data "), worker->data.fingerprint);
        return true;
    }
    rest = buf_str(&problems);
    while (str_next(&rest, '\n', &line))
        if (line.n)
            log_event(LEVEL_ERROR, "a data file is wrong", {"at", line});
    return false;
}

static void make_params(struct worker *worker)
{
    const struct config *config = worker->config;
    struct scan_params params = {.auth.dmarc.suffixes = worker->suffixes,
                                 .auth.arc.trusted_sealers = config->arc.trusted_sealers,
                                 .auth.arc.trusted_sealer_count = config->arc.trusted_sealer_count,
                                 .auth.spf.receiver = config->authserv_id};

    data_give(&worker->data, worker->suffixes, &params);
    for (unsigned i = 0; i < DIRECTIONS; i++)
        worker->params[i] = params;
    worker->params[DIRECTION_RELAY].auth.relays = &config->relays;
}

/* Keys that could not be read are left out. */
static struct signing_key *make_keys(const struct config_signer *from, const char *types, size_t *count,
                                     struct arena *arena)
{
    struct signing_key *keys = arena_array_of(arena, from->key_count, struct signing_key);

    for (size_t i = 0; i < from->key_count; i++)
        if (types[i] == 'r' || types[i] == 'e')
            keys[(*count)++] = (struct signing_key){.selector = from->keys[i].selector,
                                                    .type = types[i] == 'r' ? KEY_RSA : KEY_ED25519,
                                                    .from = from->keys[i].from,
                                                    .until = from->keys[i].until};
    return keys;
}

static void make_signers(struct worker *worker, struct arena *arena)
{
    const struct config *config = worker->config;
    const char *types = worker->start->generation->key_types.p;

    worker->signers = arena_array_of(arena, config->signer_count, struct signer);
    for (size_t i = 0; i < config->signer_count; i++) {
        const struct config_signer *from = &config->signers[i];
        struct signer *to = &worker->signers[i];

        *to = (struct signer){
            .domain = from->domain, .senders = from->senders, .sender_count = from->sender_count};
        to->keys = make_keys(from, types, &to->key_count, arena);
        types += from->key_count;
    }
}

/* ---- the milter ---- */

/* The sandbox allows these flags and no others. */
static int open_spool(void *context, struct err *err)
{
    const struct worker *worker = context;
    int file = openat(worker->spool, ".", O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (file < 0)
        err_errno(err, errno, "can't make a file in the spool directory %s",
                  worker->config->spool.directory.p);
    return file;
}

static bool make_milter(struct worker *worker, struct err *err)
{
    static const struct milter_handler handler = {way_message, way_gone};
    const struct config *config = worker->config;
    struct milter_params params = milter_default_params();
    unsigned workers = worker->start->generation->workers;

    params.memory_max = config->memory / workers;
    params.spool_max = config->spool.size / workers;
    params.open_spool = open_spool;
    params.spool_context = worker;
    if (params.sessions_max > BOARD_SESSIONS)
        params.sessions_max = BOARD_SESSIONS;
    worker->milter = milter_new(&worker->loop, &params, &handler, worker);
    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *listener = &config->listeners[i];

        if (!milter_listen(worker->milter, worker->start->generation->listeners[i], listener->name,
                           listener->mtas, listener->mta_count, err))
            return err_context(err, "%.*s", PS(listener->name));
    }
    return true;
}

/* ---- the parent ---- */

static void hear_parent(uv_poll_t *poll, int status, int events)
{
    struct worker *worker = poll->data;
    struct arena *arena = arena_new();
    enum frame_received received = FRAME_END;
    struct frame frame;
    struct err err;

    (void)events;
    while (status == 0 &&
           (received = frame_receive(worker->start->channel, &frame, arena, &err)) == FRAME_RECEIVED) {
        str what = frame_text(&frame, "do");

        if (str_eq(what, S("keeper")) && frame.file_count) {
            link_open(worker->keeper, frame_take_file(&frame, 0));
        } else if (str_eq(what, S("end")) && !worker->ending) {
            worker->ending = true;
            milter_stop(worker->milter);
        }
        frame_free(&frame);
        arena_reset(arena);
    }
    arena_free(arena);
    if (received != FRAME_NOTHING)
        _exit(STATUS_OS); /* without a parent there is nothing to do */
}

/* ---- the resolver's health ---- */

/* In milliseconds: how long a failure is kept, by us and by libunbound, which has the same time. */
enum { KEPT_MS = 2 * 1000 * LIMIT_DNS_FAILURE_TTL };

static bool fails_for_long(const struct worker *worker)
{
    int64_t ill_at = worker->health.ill_at, after = worker->config->dns.health.after * 1000;

    return ill_at && (int64_t)uv_now(&worker->loop) - ill_at >= after;
}

bool worker_resolver_fails(const struct worker *worker)
{
    return fails_for_long(worker) || (int64_t)uv_now(&worker->loop) < worker->health.echo;
}

static void on_health(void *context)
{
    struct worker *worker = context;
    struct health *health = &worker->health;
    const struct dns_answer *answer = health->ask.first ? health->ask.first->answer : NULL;
    bool ill = answer && dns_is_temporary(answer);

    health->asking = false;
    if (ill && !health->ill_at) {
        health->ill_at = (int64_t)uv_now(&worker->loop);
        log_event(LEVEL_WARNING, "the resolver fails", {"asked", answer->name}, {"reason", answer->why});
    } else if (!ill && health->ill_at) {
        health->echo = fails_for_long(worker) ? (int64_t)uv_now(&worker->loop) + KEPT_MS : 0;
        health->ill_at = 0;
        log_event(LEVEL_INFO, "the resolver is well again");
    }
}

/* A name that nobody can have asked for yet: what is in a cache says nothing. That it does not exist is an
 * answer. */
static void ask_health(struct worker *worker)
{
    const struct config_health *config = &worker->config->dns.health;
    struct health *health = &worker->health;
    int64_t now = (int64_t)uv_now(&worker->loop);
    uint64_t number = 0;

    if (!worker->resolver || health->asking || now < health->next || !(health->doubted || health->ill_at))
        return;
    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        return;
    health->next = now + config->interval * 1000;
    health->asking = true;
    health->doubted = false;
    arena_reset(health->arena);
    ask_init(&health->ask, health->arena, (int64_t)time(NULL));
    ask_dns(&health->ask, ASK_SPF,
            arena_printf(health->arena, "postern-%016llx.%.*s", (unsigned long long)number, PS(config->name)),
            DNS_A);
    resolver_send(worker->resolver, &health->ask, on_health, worker);
}

/* ---- the clock ---- */

static void count_milter(struct worker *worker)
{
    struct milter_counts counts = milter_counts(worker->milter);
    uint64_t over_budget = counts.no_memory + counts.no_spool + counts.spool_failed + counts.over_budget;

    board_add(worker->start->board, COUNT_connections, counts.sessions - worker->counted_sessions);
    board_add(worker->start->board, COUNT_over_budget, over_budget - worker->counted_over_budget);
    worker->counted_sessions = counts.sessions;
    worker->counted_over_budget = over_budget;
}

static void on_tick(uv_timer_t *timer)
{
    struct worker *worker = timer->data;

    way_tick(worker);
    ask_health(worker);
    count_milter(worker);
    if (worker->ending && milter_counts(worker->milter).open == 0)
        _exit(STATUS_OK);
}

/* ---- the start ---- */

/* libuv opens a descriptor to spare (for when there are none left) with its first stream. */
static void wake_loop(uv_loop_t *loop)
{
    static uv_pipe_t stream;

    uv_pipe_init(loop, &stream, 0);
    uv_close((uv_handle_t *)&stream, NULL);
}

/* Everything that needs a file, a library that loads itself, or a right. */
static void prepare(struct worker *worker, struct err *err)
{
    struct arena *arena = arena_new(); /* for the life of the process */

    if (!child_settle(worker->start, err) || uv_loop_init(&worker->loop) != 0)
        fail(err);
    worker->crypto = crypto_new(err);
    worker->suffixes = suffixes_load(NULL, err);
    if (!worker->crypto || !worker->suffixes || !load_data(worker, arena, err))
        fail(err);
    if (worker->config->dns.resolver == CONFIG_FILE_OF_ANSWERS ? !read_answers(worker, arena, err)
                                                               : !make_resolver(worker, err))
        fail(err);
    worker->spool = open(worker->config->spool.directory.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (worker->spool < 0) /* small messages need none; a large one is refused with the reason */
        log_event(LEVEL_WARNING, "no spool", {"directory", worker->config->spool.directory},
                  {"reason", str_from(strerror(errno))});
    worker->keeper = link_new(&worker->loop);
    if (worker->start->keeper >= 0)
        link_open(worker->keeper, worker->start->keeper);
    worker->health.arena = arena_new();
    make_params(worker);
    worker->params[DIRECTION_INBOUND].auth.dnsl = config_lists(worker->config, worker->suffixes, arena);
    worker->params[DIRECTION_RELAY].auth.dnsl = worker->params[DIRECTION_INBOUND].auth.dnsl;
    worker->policy = config_policy(worker->config);
    make_signers(worker, arena);
    sandbox_wake();
    wake_loop(&worker->loop);
    if (!make_milter(worker, err))
        fail(err);
}

void worker_run(const struct start *start)
{
    struct worker worker = {.start = start, .config = start->generation->config};
    uv_poll_t channel;
    uv_timer_t timer;
    struct err err = {""};

    prepare(&worker, &err);
    uv_poll_init(&worker.loop, &channel, start->channel);
    channel.data = &worker;
    uv_poll_start(&channel, UV_READABLE, hear_parent);
    uv_timer_init(&worker.loop, &timer);
    timer.data = &worker;
    uv_timer_start(&timer, on_tick, TICK, TICK);
    if (!sandbox_close(start->board, &err))
        fail(&err);
    child_say(start->channel, "ready", "");
    uv_run(&worker.loop, UV_RUN_DEFAULT);
    _exit(STATUS_OS);
}
