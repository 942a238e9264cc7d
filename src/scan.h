/* scan.h: the way of a message, from bytes to a result; pure but for the questions it asks.
 *
 *     scan_begin(&scan, ...);
 *     while (!scan_step(&scan))
 *         answer(&scan.ask);        // all open questions at once
 */
#ifndef POSTERN_SCAN_H
#define POSTERN_SCAN_H

#include "auth/auth.h"
#include "content/content.h"
#include "mail/body.h"
#include "sender/sender.h"

struct scan_params {
    struct auth_params auth;
    struct sender_params sender;
    struct content_params content;
};

struct scan {
    struct arena *arena;
    struct ask ask;
    struct envelope envelope;
    struct mail mail;
    struct auth auth;
    struct body body;               /* read when auth is done */
    struct sender_input identified; /* what sender looks at; zeroed until then */
    struct sender sender;
    struct content content;
    const struct scan_params *params;
    struct crypto *crypto;
};

/* raw and envelope must outlive the scan; everything else is put into the arena. Parses the message. */
void scan_begin(struct scan *scan, str raw, const struct envelope *envelope, int64_t now, struct arena *arena,
                struct crypto *crypto, const struct scan_params *params);

/* True when done; false when scan->ask has open questions. */
bool scan_step(struct scan *scan);

#endif
