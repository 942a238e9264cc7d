/* answerer.c: who answers the questions. */
#include "programs/answerer.h"

#include "programs/file.h"

enum { ANSWERS_MAX = 64 * 1024 * 1024 };

enum status answerer_init(struct answerer *answerer, const struct settings *settings, struct err *err)
{
    str text;

    answerer->offline = settings->offline || settings->answers.n > 0;
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

void answerer_answer(struct answerer *answerer, struct ask *ask)
{
    if (answerer->resolver)
        resolver_answer(answerer->resolver, ask);
    else
        answers_answer(&answerer->answers, ask);
}
