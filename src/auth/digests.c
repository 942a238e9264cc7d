/* digests.c: what DKIM and ARC hash of one message, each thing once. */
#include "auth/digests.h"

const struct body_digest *digests_body(struct digests *digests, const struct mail *mail,
                                       struct crypto *crypto, struct arena *arena, enum hash_type type,
                                       enum canon canon, uint64_t limit)
{
    struct body_digest *body;
    struct hash *hash;

    for (body = digests->bodies; body; body = body->next)
        if (body->type == type && body->canon == canon && body->limit == limit)
            return body;
    body = arena_new_of(arena, struct body_digest);
    *body = (struct body_digest){.next = digests->bodies, .type = type, .canon = canon, .limit = limit};
    hash = hash_new(crypto, type);
    body->length = canon_body(hash, canon, mail->body, mail->lf_only, limit);
    body->size = hash_end(hash, body->digest);
    digests->bodies = body;
    return body;
}

/* --- the fields by name --- */

/* All fields of one name. */
struct group {
    struct group *next; /* of the bucket */
    str name;
    uint64_t hash;
    unsigned run;               /* `lowest_left` belongs to this selection; an older one counts as nothing */
    size_t lowest, lowest_left; /* index + 1 in mail->headers, 0: none */
};

struct field_index {
    const struct mail *mail;
    struct group **buckets;
    size_t mask; /* buckets - 1, a power of two */
    uint64_t seed;
    size_t *above; /* for each field the next one of its name further up, as index + 1 */
    unsigned run;
};

static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Without case: bit 0x20 is set everywhere, which makes a few other bytes equal too. Names come from outside,
 * so the seed is an address that nobody outside knows. */
static uint64_t hash_name(str name, uint64_t seed)
{
    uint64_t hash = seed ^ name.n;

    while (name.n) {
        uint64_t word = 0;
        size_t n = name.n < sizeof(word) ? name.n : sizeof(word);

        memcpy(&word, name.p, n);
        hash = mix(hash ^ (word | 0x2020202020202020u), 0x9e3779b97f4a7c15u ^ seed);
        name = str_skip(name, n);
    }
    return hash;
}

static struct group *find(const struct field_index *fields, str name, uint64_t hash)
{
    struct group *group = fields->buckets[hash & fields->mask];

    while (group && !(group->hash == hash && str_ieq(group->name, name)))
        group = group->next;
    return group;
}

static struct group *find_or_add(struct field_index *fields, str name, struct arena *arena)
{
    uint64_t hash = hash_name(name, fields->seed);
    struct group *group = find(fields, name, hash);

    if (group)
        return group;
    group = arena_new_of(arena, struct group);
    group->name = name;
    group->hash = hash;
    group->next = fields->buckets[hash & fields->mask];
    fields->buckets[hash & fields->mask] = group;
    return group;
}

static struct field_index *index_fields(const struct mail *mail, struct arena *arena)
{
    struct field_index *fields = arena_new_of(arena, struct field_index);
    size_t buckets = 64;

    while (buckets < mail->header_count)
        buckets *= 2;
    fields->mail = mail;
    fields->buckets = arena_array_of(arena, buckets, struct group *);
    fields->mask = buckets - 1;
    fields->seed = (uint64_t)(uintptr_t)fields;
    fields->above = arena_array_of(arena, mail->header_count, size_t);
    for (size_t i = 0; i < mail->header_count; i++) {
        struct group *group = find_or_add(fields, mail->headers[i].name, arena);

        fields->above[i] = group->lowest;
        group->lowest = i + 1;
    }
    return fields;
}

void digests_select(struct digests *digests, const struct mail *mail, struct arena *arena)
{
    if (!digests->fields)
        digests->fields = index_fields(mail, arena);
    digests->fields->run++;
}

const struct header *digests_take(struct digests *digests, str name)
{
    struct field_index *fields = digests->fields;
    struct group *group = find(fields, name, hash_name(name, fields->seed));
    size_t at;

    if (!group)
        return NULL;
    if (group->run != fields->run) {
        group->run = fields->run;
        group->lowest_left = group->lowest;
    }
    at = group->lowest_left;
    if (at == 0)
        return NULL;
    group->lowest_left = fields->above[at - 1];
    return &fields->mail->headers[at - 1];
}
