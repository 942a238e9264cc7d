/* scan.c: the way of a message. */
#include "scan.h"

#include "base/buf.h"

void scan_begin(struct scan *scan, str raw, const struct envelope *envelope, int64_t now, struct arena *arena,
                struct crypto *crypto, const struct scan_params *params)
{
    *scan = (struct scan){.arena = arena, .envelope = *envelope, .params = params, .crypto = crypto};
    ask_init(&scan->ask, arena, now);
    mail_parse(&scan->mail, raw, arena);
}

/* All of the text that is read with the message, in one piece. */
static str shown_text(const struct body *body, struct arena *arena)
{
    struct buf buf;
    size_t n = 0, last = 0;

    for (size_t i = 0; i < body->text_count; i++)
        if (!body->texts[i].attached) {
            last = i;
            n += body->texts[i].visible.n + 1;
        }
    if (body->text_count && n == body->texts[last].visible.n + 1)
        return body->texts[last].visible;
    buf = buf_new(arena, n);
    for (size_t i = 0; i < body->text_count; i++)
        if (!body->texts[i].attached) {
            buf_add(&buf, body->texts[i].visible);
            buf_add_char(&buf, '\n');
        }
    return buf_str(&buf);
}

static void read_body(struct scan *scan)
{
    struct body *body = &scan->body;
    str *links;

    body_read(body, &scan->mail, scan->arena);
    links = arena_array_of(scan->arena, body->link_count, str);
    for (size_t i = 0; i < body->link_count; i++)
        links[i] = body->links[i].written;
    scan->identified = (struct sender_input){.envelope = &scan->auth.envelope,
                                             .mail = &scan->mail,
                                             .auth = &scan->auth,
                                             .links = links,
                                             .link_count = body->link_count,
                                             .text = shown_text(body, scan->arena)};
}

static void examine(struct scan *scan)
{
    const struct content_input input = {.envelope = &scan->auth.envelope,
                                        .mail = &scan->mail,
                                        .body = &scan->body,
                                        .auth = &scan->auth,
                                        .sender = &scan->sender,
                                        .crypto = scan->crypto};

    content_examine(&scan->content, &input, &scan->params->content, scan->arena);
}

bool scan_step(struct scan *scan)
{
    if (!auth_step(&scan->auth, &scan->envelope, &scan->mail, &scan->ask, scan->crypto, &scan->params->auth))
        return false;
    if (!scan->body.mime)
        read_body(scan);
    if (!sender_step(&scan->sender, &scan->identified, &scan->ask, &scan->params->sender))
        return false;
    if (!scan->content.done)
        examine(scan);
    return true;
}
