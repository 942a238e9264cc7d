/* cache.h: DNS answers kept for as long as they may be (RFC 1035, RFC 2308), one cache a worker.
 *
 * Positive and negative answers are kept for their TTL, capped; failures for a few seconds. Least recently
 * used ones go when the budget of memory is used up. The cache owns its memory; an answer handed out stays
 * valid until the message is done: cache_lookup() copies nothing while the entry is pinned, see cache.c. */
#ifndef POSTERN_ASK_CACHE_H
#define POSTERN_ASK_CACHE_H

#include "ask/ask.h"

struct cache;

/* max_bytes: budget for entries and their text. */
struct cache *cache_new(size_t max_bytes);
void cache_free(struct cache *cache);

/* Copies the answer in. now: seconds, the same clock for all calls. */
void cache_put(struct cache *cache, const struct dns_answer *answer, int64_t now);

/* The live answer with its TTL counted down, in the arena; NULL if there is none. */
const struct dns_answer *cache_get(struct cache *cache, str name, enum dns_type type, int64_t now,
                                   struct arena *arena);

struct cache_counts {
    uint64_t hits, misses, expired, evicted;
    size_t entries, bytes;
};
struct cache_counts cache_counts(const struct cache *cache);

#endif
