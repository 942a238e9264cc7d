/* resolver.h: the network as answerer: libunbound's event API over libuv.
 *
 * One resolver serves one loop in one thread; one a process, as libunbound has one log a process, and the
 * reasons of failures are taken from it. It resolves by itself from the root with the packaged trust anchor
 * (validating DNSSEC), or through forwarders, or through those of resolv.conf.
 *
 * An answer file goes before it so:  ask.lookup = answers_lookup;  what is open then is for resolver_send().
 */
#ifndef POSTERN_ASK_RESOLVER_H
#define POSTERN_ASK_RESOLVER_H

#include <uv.h>

#include "ask/ask.h"
#include "ask/cache.h"
#include "base/err.h"

enum resolver_validation {
    /* On when resolving from the root, or when a trust anchor is named. Off through forwarders: many strip
     * DNSSEC, and then every name in a signed zone would be bogus, that is, mail from it deferred. */
    RESOLVER_VALIDATE_AUTO,
    RESOLVER_VALIDATE_ON,
    RESOLVER_VALIDATE_OFF, /* every answer is DNS_INDETERMINATE */
};

struct resolver_config {
    const char *const *forwarders; /* "ADDR" or "ADDR@PORT" */
    size_t forwarder_count;
    const char
        *resolv_conf; /* path; NULL: not used. Its nameservers are forwarders, if no others are named */
    const char *const
        *stubs; /* "ZONE ADDR[@PORT]": authoritative servers to ask for a zone, whatever else is set */
    size_t stub_count;
    enum resolver_validation validation;
    const char *trust_anchor; /* file with DS or DNSKEY records; NULL: the packaged key of the root */
    unsigned timeout_ms;      /* for one question; then DNS_TIMEOUT. 0: RESOLVER_TIMEOUT_MS */
    size_t cache_bytes;       /* of our own cache; 0: RESOLVER_CACHE_BYTES */
};

enum { RESOLVER_TIMEOUT_MS = 10000, RESOLVER_CACHE_BYTES = 8 * 1024 * 1024 };

struct resolver;

/* NULL with words if the configuration is wrong or a file can't be read. Files are read and libunbound is
 * made ready here, so that nothing needs to be opened later but sockets: up to 1024 for UDP and 32 for TCP,
 * or a half and a quarter of what RLIMIT_NOFILE allows. The process ignores SIGPIPE from then on, unless it
 * handles it. */
struct resolver *resolver_new(uv_loop_t *loop, const struct resolver_config *config, struct err *err);

/* Questions in flight are dropped and their messages not told: end those first. The loop has to turn once
 * more before uv_loop_close(). */
void resolver_free(struct resolver *resolver);

/* Sends every open question of `ask` that is not on its way yet; what the cache knows is answered at once,
 * and what another message has asked already is not sent twice. When the last of them has its answer,
 * done(context) is called once, from the loop and never from inside resolver_send(). Nothing open: done is
 * called as well, from the loop. `ask` must live until then, and is sent again only after that. */
typedef void resolver_done(void *context);
void resolver_send(struct resolver *resolver, struct ask *ask, resolver_done *done, void *context);

/* Forgets the message: done is not called, and nothing of `ask` is touched any more. */
void resolver_cancel(struct resolver *resolver, const struct ask *ask);

/* For the command line: the same as resolver_send(), running the loop until all is answered. */
void resolver_answer(struct resolver *resolver, struct ask *ask);

/* Another timeout_ms, from the next question on; no message may be waiting for an answer. */
void resolver_set_timeout(struct resolver *resolver, unsigned timeout_ms);

/* The cache as ask->lookup, context = resolver. */
ask_lookup resolver_lookup;

/* Sent to libunbound since resolver_new(), on their way now, and the cache's. */
struct resolver_counts {
    uint64_t sent;
    size_t in_flight;
    struct cache_counts cache;
};
struct resolver_counts resolver_counts(const struct resolver *resolver);

#endif
