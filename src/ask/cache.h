/* cache.h: DNS answers kept for as long as they may be (RFC 1035, RFC 2308), one cache a worker.
 *
 * Positive and negative answers are kept for their TTL, at most LIMIT_DNS_TTL, and not at all if it is 0;
 * failures (SERVFAIL, TIMEOUT, BOGUS) for LIMIT_DNS_FAILURE_TTL; what nobody was asked, never. The least
 * recently used ones go when the budget of memory is used up. The cache owns its memory and copies in and
 * out. */
#ifndef POSTERN_ASK_CACHE_H
#define POSTERN_ASK_CACHE_H

#include "ask/ask.h"

struct cache;

/* max_bytes: budget for entries and their text, the allocator's overhead included as far as it is known.
 * Never NULL; ended by cache_free(). */
struct cache *cache_new(size_t max_bytes);
void cache_free(struct cache *cache);

/* Copies the answer in, in place of an older one. now: seconds, the same clock for all calls. */
void cache_put(struct cache *cache, const struct dns_answer *answer, int64_t now);

/* A copy of the live answer in the arena, its TTL counted down; NULL if there is none. */
const struct dns_answer *cache_get(struct cache *cache, str name, enum dns_type type, int64_t now,
                                   struct arena *arena);

/* Since cache_new(); entries and bytes: now. An expired entry is a miss too. */
struct cache_counts {
    uint64_t hits, misses, expired, evicted;
    size_t entries, bytes;
};
struct cache_counts cache_counts(const struct cache *cache);

#endif
