/* fuzz_mime.c: the parts of a message: a tree in order, slices that lie inside what they were taken from, and
 * text that is UTF-8. */
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "mail/mime.h"

#include <assert.h>

static bool inside(str piece, str whole)
{
    return piece.n == 0 || (piece.p >= whole.p && piece.p + piece.n <= whole.p + whole.n);
}

static void check(struct part *part, const struct mime *mime, const struct mail *mail, struct arena *arena)
{
    const struct part *parent = part->parent;

    assert(mime->parts[part->index] == part && part->depth < LIMIT_MIME_DEPTH + 2);
    assert((part->index == 0) == (parent == NULL));
    if (parent) {
        assert(parent->index < part->index && part->depth == parent->depth + 1);
        assert(inside(part->raw, parent->decoded ? parent->content : parent->raw) ||
               inside(part->raw, parent->raw) || inside(part->raw, part->alternate ? mail->raw : mail->body));
    } else {
        assert(inside(part->raw, mail->body));
    }
    assert(part->type.n && part->subtype.n);
    assert(utf8_valid(part_text(part, arena)) && part_text(part, arena).n <= LIMIT_MIME_TEXT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct mail mail;
    struct mime mime;

    mail_parse(&mail, (str){(const char *)data, size}, arena);
    mime_parse(&mime, &mail, arena);
    assert(mime.n >= 1 && mime.n <= LIMIT_MIME_PARTS && mime.seen >= mime.n);
    for (size_t i = 0; i < mime.n; i++)
        check(mime.parts[i], &mime, &mail, arena);
    arena_free(arena);
    return 0;
}
