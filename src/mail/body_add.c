/* body_add.c: what is found in a message's parts, each link once, within limits. */
#include "mail/body_add.h"

#include "base/limits.h"

enum { FIRST_ROOM = 32, PROBES = 64 /* names may be chosen so that they collide */ };

struct slot {
    uint64_t hash;
    size_t link; /* its index, plus 1; 0: free */
};

struct body_reader {
    struct body *body;
    struct arena *arena;
    struct slot *slots;
    size_t slot_count; /* a power of two, at least twice the links */
    size_t link_room, text_room;
    size_t images;
    size_t bytes; /* of all texts */
};

struct body_reader *body_reader_new(struct body *body, struct arena *arena)
{
    struct body_reader *reader = arena_new_of(arena, struct body_reader);

    reader->body = body;
    reader->arena = arena;
    return reader;
}

static uint64_t hash_of(const struct body_link *link)
{
    uint64_t hash = link->source * 64U + link->kind * 4U + link->hidden * 2U + link->attached;

    return str_hash(link->shown, str_hash(link->written, hash));
}

static bool same(const struct body_link *a, const struct body_link *b)
{
    return a->source == b->source && a->kind == b->kind && a->hidden == b->hidden &&
           a->attached == b->attached && str_eq(a->written, b->written) && str_eq(a->shown, b->shown);
}

/* The slot of the link, or the free one where it belongs; NULL if neither is near. */
static struct slot *find_slot(struct body_reader *reader, const struct body_link *link, uint64_t hash)
{
    for (size_t i = 0; i < PROBES && i < reader->slot_count; i++) {
        struct slot *slot = &reader->slots[(hash + i) & (reader->slot_count - 1)];

        if (!slot->link || (slot->hash == hash && same(&reader->body->links[slot->link - 1], link)))
            return slot;
    }
    return NULL;
}

/* What finds no place in the larger table is not found again and counts as another link. */
static void grow(struct body_reader *reader)
{
    struct body *body = reader->body;
    size_t room = reader->link_room ? reader->link_room * 2 : FIRST_ROOM;
    struct body_link *links = arena_array_of(reader->arena, room, struct body_link);
    struct slot *old = reader->slots;
    size_t n = reader->slot_count;

    if (body->link_count)
        memcpy(links, body->links, body->link_count * sizeof(*links));
    body->links = links;
    reader->link_room = room;
    reader->slot_count = room * 2;
    reader->slots = arena_array_of(reader->arena, reader->slot_count, struct slot);
    for (size_t i = 0; i < n; i++) {
        struct slot *slot = old[i].link ? find_slot(reader, &links[old[i].link - 1], old[i].hash) : NULL;

        if (slot)
            *slot = old[i];
    }
}

static bool is_full(const struct body_reader *reader, enum body_link_kind kind)
{
    return reader->body->link_count == LIMIT_BODY_LINKS ||
           (kind == BODY_LINK_IMAGE && reader->images == LIMIT_BODY_IMAGES);
}

void body_add_link(struct body_reader *reader, const struct body_link *link, str target,
                   const struct url *base)
{
    struct body *body = reader->body;
    uint64_t hash = hash_of(link);
    struct body_link *added;
    struct slot *slot;

    body->link_seen++;
    if (body->link_count == reader->link_room && body->link_count < LIMIT_BODY_LINKS)
        grow(reader);
    slot = find_slot(reader, link, hash);
    if (slot && slot->link) {
        body->links[slot->link - 1].count++;
        return;
    }
    if (!slot || is_full(reader, link->kind)) {
        body->links_left++;
        return;
    }
    reader->images += link->kind == BODY_LINK_IMAGE;
    added = &body->links[body->link_count++];
    *slot = (struct slot){hash, body->link_count};
    *added = *link;
    added->count = 1;
    added->valid = url_parse(&added->url, target, base, reader->arena);
}

bool body_add_text(struct body_reader *reader, const struct body_text *text)
{
    struct body *body = reader->body;
    size_t n = text->visible.n + text->hidden.n;

    body->text_seen++;
    if (body->text_count == LIMIT_BODY_TEXTS || n > LIMIT_BODY_TEXT - reader->bytes)
        return false;
    if (body->text_count == reader->text_room) {
        size_t room = reader->text_room ? reader->text_room * 2 : 4;
        struct body_text *texts = arena_array_of(reader->arena, room, struct body_text);

        if (body->text_count)
            memcpy(texts, body->texts, body->text_count * sizeof(*texts));
        body->texts = texts;
        reader->text_room = room;
    }
    reader->bytes += n;
    body->texts[body->text_count++] = *text;
    return true;
}
