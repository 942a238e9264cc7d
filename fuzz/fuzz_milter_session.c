/* fuzz_milter_session.c: whatever an MTA sends, and however it is split, a session hands on the same
 * messages, lets go of each once, and gives all memory back. The first byte seeds the splits. */
#include "fuzz.h"
#include "gate/milter.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct bytes story; /* all that the handler was told */
static struct milter_session *held;

static void on_message(void *context, struct milter_session *session, const struct milter_message *message)
{
    static const struct milter_edit edits[] = {
        {MILTER_EDIT_INSERT_HEADER, .name = STR("X-A"), .value = STR(" a")},
        {MILTER_EDIT_DELETE_RECIPIENT, .value = STR("b@example.net")},
    };
    const struct milter_reply reply = {.edits = edits, .edit_count = 2};

    (void)context;
    assert(!held && message->envelope.has_mail_from);
    bytes_add(&story, message->raw);
    bytes_add(&story, message->envelope.mail_from);
    bytes_add(&story, message->envelope.helo);
    bytes_add(&story, milter_macro(message, S("i")));
    for (size_t i = 0; i < message->envelope.recipient_count; i++)
        bytes_add(&story, message->envelope.recipients[i]);
    if (message->raw.n % 2 == 0) {
        milter_finish(session, &reply);
    } else {
        held = session; /* never answered: the session has to end it */
    }
}

static void on_gone(void *context, struct milter_session *session)
{
    (void)context;
    assert(session == held);
    held = NULL;
    bytes_add(&story, S("gone"));
}

static void run(uv_loop_t *loop, struct milter *milter, str input, uint8_t seed)
{
    uint32_t random = seed;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
        !milter_attach(milter, pair[0], S("fuzz"), NULL))
        abort();
    while (input.n > 0) {
        str part;

        random = random * 1664525 + 1013904223;
        part = str_sub(input, 0, seed ? 1 + (random >> 16) % (seed * 4) : input.n);
        input = str_skip(input, part.n);
        if (send(pair[1], part.p, part.n, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)part.n)
            break; /* the session is closed */
        uv_run(loop, UV_RUN_NOWAIT);
    }
    close(pair[1]);
    while (milter_counts(milter).open > 0)
        uv_run(loop, UV_RUN_NOWAIT);
    assert(!held);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct milter_handler handler = {on_message, on_gone};
    struct milter_params params = milter_default_params();
    str input = str_skip((str){(const char *)data, size}, 1);
    struct milter *milter;
    struct bytes whole;
    uv_loop_t loop;

    if (input.n > 65536 || uv_loop_init(&loop) != 0)
        return 0;
    milter = milter_new(&loop, &params, &handler, NULL);
    run(&loop, milter, input, 0);
    whole = story;
    story = (struct bytes){0};
    run(&loop, milter, input, size ? data[0] | 1 : 1);
    assert(str_eq(bytes_str(&story), bytes_str(&whole)));
    bytes_free(&story);
    bytes_free(&whole);
    milter_close(milter);
    uv_run(&loop, UV_RUN_DEFAULT);
    milter_free(milter); /* asserts that the budgets are whole */
    assert(uv_loop_close(&loop) == 0);
    return 0;
}
