/* scan.c: the way of a message. */
#include "scan.h"

void scan_begin(struct scan *scan, str raw, const struct envelope *envelope, int64_t now, struct arena *arena,
                struct crypto *crypto, const struct scan_params *params)
{
    *scan = (struct scan){.arena = arena, .envelope = *envelope, .params = params, .crypto = crypto};
    ask_init(&scan->ask, arena, now);
    mail_parse(&scan->mail, raw, arena);
}

bool scan_step(struct scan *scan)
{
    struct sender_input input = {.envelope = &scan->auth.envelope, .mail = &scan->mail, .auth = &scan->auth};

    return auth_step(&scan->auth, &scan->envelope, &scan->mail, &scan->ask, scan->crypto,
                     &scan->params->auth) &&
           sender_step(&scan->sender, &input, &scan->ask, &scan->params->sender);
}
