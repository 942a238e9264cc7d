/* resolver.h: the network as answerer: libunbound's event API over libuv.
 *
 * One resolver serves one loop in one thread. It resolves by itself from the root with the packaged trust
 * anchor (validating DNSSEC), or through forwarders, or through those of resolv.conf. */
#ifndef POSTERN_ASK_RESOLVER_H
#define POSTERN_ASK_RESOLVER_H

#include <uv.h>

#include "ask/ask.h"
#include "ask/cache.h"
#include "base/err.h"

struct resolver_config {
    const char *const *forwarders; /* "ADDR" or "ADDR@PORT"; count 0: full recursion */
    size_t forwarder_count;
    const char
        *resolv_conf; /* path; NULL: not used. With forwarders empty its nameservers are the forwarders */
    const char *trust_anchor; /* file of the root key; NULL: the packaged one; "" turns validation off */
    const char *stub_zones;   /* for tests: "zone ADDR@PORT", comma-separated; NULL: none */
    unsigned timeout_ms;      /* for one question; then DNS_TIMEOUT */
    size_t cache_bytes;       /* of our own cache */
};

struct resolver;

struct resolver *resolver_new(uv_loop_t *loop, const struct resolver_config *config, struct err *err);
/* Questions in flight are dropped and their messages not told: end those first. */
void resolver_free(struct resolver *resolver);

/* Sends every open question of `ask` that is not on its way yet. When the last open one has its answer,
 * done(context) is called once, from the loop and never from inside resolver_send(). Nothing open: done is
 * called as well, from the loop. `ask` must live until then. */
typedef void resolver_done(void *context);
void resolver_send(struct resolver *resolver, struct ask *ask, resolver_done *done, void *context);

/* For the command line: the same, running the loop until all is answered. */
void resolver_answer(struct resolver *resolver, struct ask *ask);

/* The cache as ask->lookup, context = resolver. */
ask_lookup resolver_lookup;

#endif
