/* trace.h: who handed the message to our side, read from the Received lines that our own hosts wrote.
 *
 * Each host puts its line on top, and a line can be believed only if its writer is. So the lines are read
 * from the top: while one says that the message came from one of ours, the next one was written by ours too.
 * The first that names an outsider is the last that is believed; all below it the outsider could have
 * written. Below a line by which a host had the message from itself, the next must be of that host; and
 * where it says that a user of the host submitted it, nothing below counts. */
#ifndef POSTERN_AUTH_TRACE_H
#define POSTERN_AUTH_TRACE_H

#include "mail/envelope.h"
#include "mail/mail.h"

/* The gateways before ours, which take mail from outside and hand it on to us. */
struct relays {
    const struct network
        *networks; /* their addresses; a private one counts only if it is listed: any workstation has one */
    size_t network_count;
    str authserv_id; /* under which they state results; empty: what they state is not used */
    unsigned hops;   /* how many Received lines they write at most; 0: as many as there are */
};

struct trace {
    bool found;
    str reason;       /* one sentence, either way */
    struct ip client; /* the outsider; family 0 if not found */
    str helo;
    bool has_mail_from;
    str mail_from;                 /* of Return-Path, if it stands above `received` */
    const struct header *received; /* the line that names the outsider */
};

/* True if the address is in one of the networks. */
bool relays_have(const struct relays *relays, struct ip ip);

/* A line by which a host handed the message on within itself (loopback, or no client at all) names nobody.
 * relays NULL: the topmost line counts that names a client other than the host itself; it is taken for one
 * that the receiving host wrote. Linear. */
void trace_read(struct trace *trace, const struct mail *mail, const struct relays *relays,
                struct arena *arena);

#endif
