/* received.h: one Received field, RFC 5321 section 4.4 and the ways in which mail servers write it. */
#ifndef POSTERN_MAIL_RECEIVED_H
#define POSTERN_MAIL_RECEIVED_H

#include "base/ip.h"

/* Only what the host that wrote the field saw is worth something: ip, and by, with, id, time. `helo` is what
 * the client said of itself; reverse_name is what that host's resolver said of the client. Slices of the
 * value; empty where a part is not there. */
struct received {
    str helo;
    str reverse_name; /* without a dot at the end; empty for "unknown" */
    struct ip ip;     /* the client; family 0 if none is stated */
    str by;
    str with; /* "ESMTPS", "Microsoft SMTP Server": all words up to the next clause or comment */
    str id;
    str for_;     /* without angle brackets */
    int64_t time; /* seconds since 1970, UTC; see has_time */
    bool has_time;
    bool forged;    /* Sendmail: "may be forged", the reverse name does not lead back to the client */
    bool ambiguous; /* several client addresses or several by clauses are stated: some are a client's words,
                     * and nobody can tell which */
    bool syntax;    /* no date, no by clause, or a comment without an end */
};

/* Reads the value of one field. Understands Postfix, Sendmail, Exim, Exchange, Gmail, qmail, Courier and what
 * looks like them. Never fails; linear. */
void received_parse(str value, struct received *received);

#endif
