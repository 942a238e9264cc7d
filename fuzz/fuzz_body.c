/* fuzz_body.c: all texts and links of a message: each link once, all of them counted, URLs that read back. */
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "mail/body.h"
#include "mail/mime.h"

#include <assert.h>

static void look_at_link(const struct body *body, const struct body_link *link, struct arena *arena)
{
    struct url again;

    assert(link->count > 0 && link->source <= BODY_LINK_HEADER && link->kind < BODY_LINK_KINDS);
    assert((link->part == NULL) == (link->source == BODY_LINK_HEADER));
    assert(!link->part || link->part == body->mime->parts[link->part->index]);
    if (link->valid)
        assert(url_parse(&again, link->url.href, NULL, arena) && str_eq(again.href, link->url.href));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct mail mail;
    struct body body;
    size_t counted = 0;

    mail_parse(&mail, (str){(const char *)data, size}, arena);
    body_read(&body, &mail, arena);
    assert(body.link_count <= LIMIT_BODY_LINKS && body.text_count <= LIMIT_BODY_TEXTS);
    for (size_t i = 0; i < body.link_count; i++) {
        look_at_link(&body, &body.links[i], arena);
        counted += body.links[i].count;
    }
    assert(counted + body.links_left == body.link_seen);
    for (size_t i = 0; i < body.text_count; i++)
        assert(utf8_valid(body.texts[i].visible) && utf8_valid(body.texts[i].hidden));
    arena_free(arena);
    return 0;
}
