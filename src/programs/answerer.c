/* answerer.c: who answers the questions. */
#include "programs/answerer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include "programs/file.h"

enum {
    ANSWERS_MAX = 64 * 1024 * 1024,
    SILENT_ROUNDS = 3, /* a single domain whose servers are dead is no silence */
    SILENT_MS = 1000,
    SLOW_NS = 900 * 1000 * 1000 /* a failure that comes sooner is an answer */
};

enum status answerer_init(struct answerer *answerer, const struct settings *settings, struct err *err)
{
    str text;

    answerer->offline = settings->offline || settings->answers.n > 0;
    answerer->silence =
        mmap(NULL, sizeof(struct silence), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (answerer->silence == MAP_FAILED) {
        err_set(err, "there is no memory");
        return STATUS_OS;
    }
    if (settings->answers.n == 0)
        return STATUS_OK;
    if (!file_read(settings->answers, ANSWERS_MAX, settings->arena, &text, err))
        return STATUS_NO_INPUT;
    if (!answers_parse(&answerer->answers, settings->answers, text, settings->arena, err))
        return STATUS_DATA;
    answerer->has_answers = true;
    return STATUS_OK;
}

enum status answerer_start(struct answerer *answerer, const struct settings *settings, struct err *err)
{
    struct resolver_config config = {.resolv_conf = NULL};
    bool system = settings->dns_count == 0 || str_eq(settings->dns[0], S("system"));
    bool root = !system && str_eq(settings->dns[0], S("root"));
    const char **forwarders = arena_array_of(settings->arena, settings->dns_count, const char *);

    if (answerer->offline)
        return STATUS_OK;
    if (system)
        config.resolv_conf = "/etc/resolv.conf";
    if (!system && !root) {
        for (size_t i = 0; i < settings->dns_count; i++)
            forwarders[i] = arena_c_str(settings->arena, settings->dns[i]);
        config.forwarders = forwarders;
        config.forwarder_count = settings->dns_count;
    }
    if (settings->validate)
        config.validation = RESOLVER_VALIDATE_ON;
    if (uv_loop_init(&answerer->loop) != 0) {
        err_set(err, "no event loop could be made");
        return STATUS_OS;
    }
    answerer->resolver = resolver_new(&answerer->loop, &config, err);
    return answerer->resolver ? STATUS_OK : STATUS_UNAVAILABLE;
}

void answerer_end(struct answerer *answerer)
{
    if (answerer->silence)
        munmap(answerer->silence, sizeof(struct silence));
    if (!answerer->resolver)
        return;
    resolver_free(answerer->resolver);
    uv_run(&answerer->loop, UV_RUN_DEFAULT);
    uv_loop_close(&answerer->loop);
}

void answerer_attach(struct answerer *answerer, struct ask *ask)
{
    ask->offline = answerer->offline;
    if (answerer->has_answers) {
        ask->lookup = answers_lookup;
        ask->lookup_context = &answerer->answers;
    } else if (answerer->resolver) {
        ask->lookup = resolver_lookup;
        ask->lookup_context = answerer->resolver;
    }
}

static size_t count_open(const struct ask *ask)
{
    size_t n = 0;

    for (const struct question *question = ask->first; question; question = question->next)
        n += !question->answer;
    return n;
}

static size_t count_failed(const struct ask *ask)
{
    size_t n = 0;

    for (const struct question *question = ask->first; question; question = question->next)
        n += question->answer && dns_is_temporary(question->answer);
    return n;
}

static void ask_network(struct answerer *answerer, struct ask *ask)
{
    struct silence *silence = answerer->silence;
    bool silent = silence->rounds >= SILENT_ROUNDS;
    size_t open = count_open(ask), failed = count_failed(ask);
    uint64_t began = uv_hrtime();

    if (silent && !atomic_exchange(&silence->told, true))
        fprintf(
            stderr,
            "postern: the resolver does not answer; from here on each question gets %d s and not %d, until "
            "one is answered\n",
            SILENT_MS / 1000, RESOLVER_TIMEOUT_MS / 1000);
    resolver_set_timeout(answerer->resolver, silent ? SILENT_MS : RESOLVER_TIMEOUT_MS);
    resolver_answer(answerer->resolver, ask);
    if (count_failed(ask) - failed < open)
        silence->rounds = 0;
    else if (uv_hrtime() - began > SLOW_NS)
        silence->rounds++;
}

void answerer_answer(struct answerer *answerer, struct ask *ask)
{
    if (answerer->resolver)
        ask_network(answerer, ask);
    else
        answers_answer(&answerer->answers, ask);
}
