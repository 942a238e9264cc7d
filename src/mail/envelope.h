/* envelope.h: what SMTP said about a message. */
#ifndef POSTERN_MAIL_ENVELOPE_H
#define POSTERN_MAIL_ENVELOPE_H

#include "base/ip.h"

struct envelope {
    struct ip client;   /* family 0: not known, SPF and iprev can't be computed */
    str helo;           /* as given, may be empty */
    bool has_mail_from; /* false: not known */
    str mail_from;      /* without angle brackets; empty is the null sender */
    const str *recipients;
    size_t recipient_count;
};

#endif
