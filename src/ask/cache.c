/* cache.c: DNS answers kept for as long as they may be. */
#include "ask/cache.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/limits.h"
#include "base/must.h"

enum {
    FIRST_SLOTS = 256, /* a power of two */
    OVERHEAD = 32,     /* what malloc and the table add to an entry, about */
};

/* One allocation: the struct, the records, the text they point to. */
struct entry {
    struct entry *next;          /* of the same slot */
    struct entry *newer, *older; /* by use */
    size_t bytes;                /* counted against the budget */
    int64_t stored, expires;     /* seconds */
    struct dns_answer answer;
    struct dns_record records[];
};

struct cache {
    struct entry **slots;
    size_t slot_count;
    struct entry *newest, *oldest;
    size_t max_bytes;
    uint64_t seed;
    struct cache_counts counts;
};

struct cache *cache_new(size_t max_bytes)
{
    struct cache *cache = must(calloc(1, sizeof(*cache)));

    cache->max_bytes = max_bytes;
    cache->slot_count = FIRST_SLOTS;
    cache->slots = must(calloc(FIRST_SLOTS, sizeof(struct entry *)));
    if (getrandom(&cache->seed, sizeof(cache->seed), GRND_NONBLOCK) < 0)
        cache->seed = (uintptr_t)cache; /* early at boot: a guess at the address space is hard enough */
    return cache;
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    while (cache->oldest) {
        struct entry *entry = cache->oldest;

        cache->oldest = entry->newer;
        free(entry);
    }
    free(cache->slots);
    free(cache);
}

/* ---- the table ---- */

static struct entry **slot_of(const struct cache *cache, str name)
{
    return &cache->slots[dns_name_hash(name, cache->seed) & (cache->slot_count - 1)];
}

static struct entry *find(const struct cache *cache, str name, enum dns_type type)
{
    struct entry *entry = *slot_of(cache, name);

    while (entry && !(entry->answer.type == type && str_ieq(entry->answer.name, name)))
        entry = entry->next;
    return entry;
}

static void link_slot(struct cache *cache, struct entry *entry)
{
    struct entry **slot = slot_of(cache, entry->answer.name);

    entry->next = *slot;
    *slot = entry;
}

static void grow(struct cache *cache)
{
    free(cache->slots);
    cache->slot_count *= 2;
    cache->slots = must(calloc(cache->slot_count, sizeof(struct entry *)));
    for (struct entry *entry = cache->oldest; entry; entry = entry->newer)
        link_slot(cache, entry);
}

/* ---- the order of use ---- */

static void link_newest(struct cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void unlink_use(struct cache *cache, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void drop(struct cache *cache, struct entry *entry)
{
    struct entry **chain = slot_of(cache, entry->answer.name);

    while (*chain != entry)
        chain = &(*chain)->next;
    *chain = entry->next;
    unlink_use(cache, entry);
    cache->counts.entries--;
    cache->counts.bytes -= entry->bytes;
    free(entry);
}

/* ---- in and out ---- */

static int64_t lifetime(const struct dns_answer *answer)
{
    switch (answer->status) {
    case DNS_OK:
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        return answer->ttl < LIMIT_DNS_TTL ? answer->ttl : LIMIT_DNS_TTL;
    case DNS_SERVFAIL:
    case DNS_TIMEOUT:
    case DNS_BOGUS:
        return LIMIT_DNS_FAILURE_TTL;
    case DNS_UNKNOWN:
    case DNS_LIMIT:
    case DNS_INVALID:
        break;
    }
    return 0;
}

static size_t size_of(const struct dns_answer *answer)
{
    size_t n = sizeof(struct entry) + answer->n * sizeof(struct dns_record);

    for (size_t i = 0; i < answer->n; i++)
        n += answer->records[i].text.n;
    return n + answer->name.n + answer->canonical.n + answer->why.n;
}

/* Moves the text to *at, which moves on. */
static void move_text(str *text, char **at)
{
    if (text->n)
        memcpy(*at, text->p, text->n);
    text->p = *at;
    *at += text->n;
}

static struct entry *entry_new(const struct dns_answer *answer, size_t size)
{
    struct entry *entry = must(calloc(1, size));
    char *at = (char *)(entry->records + answer->n);

    entry->answer = *answer;
    entry->answer.records = entry->records;
    for (size_t i = 0; i < answer->n; i++) {
        entry->records[i] = answer->records[i];
        move_text(&entry->records[i].text, &at);
    }
    move_text(&entry->answer.name, &at);
    move_text(&entry->answer.canonical, &at);
    move_text(&entry->answer.why, &at);
    return entry;
}

void cache_put(struct cache *cache, const struct dns_answer *answer, int64_t now)
{
    int64_t seconds = lifetime(answer);
    size_t size = size_of(answer);
    struct entry *entry = find(cache, answer->name, answer->type);

    if (entry)
        drop(cache, entry);
    if (seconds == 0 || size + OVERHEAD > cache->max_bytes)
        return;
    while (cache->counts.bytes + size + OVERHEAD > cache->max_bytes) {
        drop(cache, cache->oldest);
        cache->counts.evicted++;
    }
    entry = entry_new(answer, size);
    entry->bytes = size + OVERHEAD;
    entry->stored = now;
    entry->expires = now + seconds;
    if (cache->counts.entries == cache->slot_count)
        grow(cache);
    link_slot(cache, entry);
    link_newest(cache, entry);
    cache->counts.entries++;
    cache->counts.bytes += entry->bytes;
}

const struct dns_answer *cache_get(struct cache *cache, str name, enum dns_type type, int64_t now,
                                   struct arena *arena)
{
    struct entry *entry = find(cache, name, type);
    struct dns_answer *copy;

    /* A clock that was set back would keep an entry alive for ever. */
    if (entry && (now >= entry->expires || now < entry->stored)) {
        drop(cache, entry);
        cache->counts.expired++;
        entry = NULL;
    }
    if (!entry) {
        cache->counts.misses++;
        return NULL;
    }
    cache->counts.hits++;
    unlink_use(cache, entry);
    link_newest(cache, entry);
    copy = dns_answer_copy(&entry->answer, arena);
    if (!dns_is_temporary(copy))
        copy->ttl -= (uint32_t)(now - entry->stored);
    return copy;
}

struct cache_counts cache_counts(const struct cache *cache)
{
    return cache->counts;
}
