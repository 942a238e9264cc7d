/* record.h: what the journal keeps of one message. */
#ifndef POSTERN_JOURNAL_RECORD_H
#define POSTERN_JOURNAL_RECORD_H

#include "judge/outcome.h"
#include "mail/envelope.h"

/* What a hunt looks for. Kinds: "address" and "domain" (of sender, author, reply-to; addresses of recipients
 * too), "ip", "helo", "dkim-domain", "arc-domain", "account" ("platform:id", not claimed), "link-domain" (registrable), "link-host", "url"
 * (content_url_hash()), "file" (SHA-256). Values in lower case, domains in
 * normal form. */
struct indicator {
    str kind, value;
};

struct record {
    str id;       /* X-Postern-Id: unique; best begun with the time, so that its index grows at its end */
    int64_t time; /* seconds since 1970 */
    str listener, direction, mode;
    struct envelope envelope; /* as the MTA said it; the recipients are those of the outcome */
    str queue_id, auth_user;
    uint64_t size;             /* bytes, as received */
    uint8_t sha256[32];        /* of the raw message as received */
    uint8_t body_sha256[32];   /* of the body as handed back */
    str facts;                 /* judge/facts.h */
    str fingerprint;           /* of the code and the site's data that judged */
    str from_domain;           /* of the author */
    str spf, dkim, arc, dmarc; /* the results' words */
    struct outcome outcome;
    uint32_t cpu_us, dns_ms; /* spent on it: CPU, waiting for DNS */
    str retry_of; /* the id of an earlier row about the same message, of which the MTA may have been told
                     nothing */
    str subject;  /* empty unless the site wants it logged */
    uint64_t subject_sketch, text_sketch; /* 0: none */
    struct indicator *indicators;         /* beyond those that follow from the members above */
    size_t indicator_count;
};

#endif
