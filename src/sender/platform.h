/* platform.h: mailing platforms as data: how each is proven, and where it names its customer.
 *
 * One YAML file a platform (data/platforms/ID.yaml, postern-platform(5)) and no C for a new one. What a file
 * says is compiled once into an immutable set with two indexes, by domain suffix and by header name: a
 * message meets only the rows that can apply to it. */
#ifndef POSTERN_SENDER_PLATFORM_H
#define POSTERN_SENDER_PLATFORM_H

#include "base/buf.h"
#include "base/pattern.h"
#include "sender/decode.h"

enum platform_kind {
    PLATFORM_TRANSACTIONAL, /* sends what programs of its customers make */
    PLATFORM_ESP,           /* newsletters and campaigns */
    PLATFORM_CRM,
    PLATFORM_NEWSLETTER, /* a publishing house for everybody */
    PLATFORM_CREATOR,    /* courses and communities */
    PLATFORM_HELPDESK,
    PLATFORM_COLLABORATION,
    PLATFORM_SURVEY,
    PLATFORM_EVENTS,
    PLATFORM_FORMS,
    PLATFORM_DOCUMENTS,
    PLATFORM_SIGNATURES,
    PLATFORM_PAYMENTS,
    PLATFORM_COMMERCE,
    PLATFORM_HOSTING,   /* mail that an application on a hosting platform makes */
    PLATFORM_MAILBOX,   /* people's mailboxes */
    PLATFORM_LIST,      /* hands on what others wrote */
    PLATFORM_FORWARDER, /* hands on what others wrote */
    PLATFORM_RELAY,     /* outgoing mail of many web hosts */
    PLATFORM_SELFHOSTED /* software on anybody's server: nothing can prove it */
};

/* What a domain in a platform's file is evidence of. */
enum platform_evidence {
    EVIDENCE_DKIM,     /* d= of a passing signature */
    EVIDENCE_DKIM_KEY, /* where the key of a passing signature really stands (the end of its CNAME chain) */
    EVIDENCE_RETURN_PATH, /* the domain of MAIL FROM, SPF passing */
    EVIDENCE_HOST,        /* the name of the client */
    EVIDENCE_INCLUDE,     /* an SPF record by which the client is permitted */
    EVIDENCE_TRACKING,    /* hosts of tracking links; proves nothing */
    EVIDENCE_KINDS
};

/* Where an extractor looks. */
enum platform_source {
    SOURCE_HEADER,        /* each field of that name, decoded, on one line */
    SOURCE_RETURN_PATH,   /* MAIL FROM, with a local part in the case it was written */
    SOURCE_DKIM_DOMAIN,   /* d= of passing signatures */
    SOURCE_DKIM_SELECTOR, /* their s= */
    SOURCE_DKIM_IDENTITY, /* their i= */
    SOURCE_DKIM_KEY,      /* where the key of the signature that proves the platform really stands */
    SOURCE_URL,           /* links, as written */
    SOURCE_REPLY_TO,      /* addresses */
    SOURCE_FROM,          /* the author's address */
    SOURCE_FROM_DOMAIN,
    SOURCE_DISPLAY_NAME,
    SOURCE_BODY, /* the visible text */
};

struct platform_extractor {
    str from; /* as written: a source's name, or a header field's */
    enum platform_source source;
    str pattern_text; /* group 1 is the value, or the whole match where there is none */
    const struct pattern *pattern;
    unsigned set_by; /* 0: the platform writes the field, and overwrites what its customer put there; 1:
                        customer */
    str meaning;
    str *decode_text;
    size_t decode_count;
    struct decode_step *steps;
};

struct platform_marker {
    str header;
    str pattern_text; /* empty: that the field is there is enough */
    const struct pattern *pattern;
    bool received_too; /* receivers and lists leave it on other mail: it confirms, and claims nothing */
};

struct platform_transport {
    str *domains[EVIDENCE_KINDS];
    size_t count[EVIDENCE_KINDS];
    str *senders; /* addresses: From must be one of them, where the platform shares its domain with others */
    size_t sender_count;
};

/* Of a customer's own domain: what mail of this platform looks like. None of it proves anything alone. */
struct platform_branded {
    str return_path_text, selector_text, host_text;
    const struct pattern *return_path, *selector, *host;
};

/* A test that the file brings along: a message in a few lines, and what must be found. */
struct platform_vector {
    str about;
    str mail_from, helo, host /* confirmed name of the client */, results /* Authentication-Results */;
    str *headers, *includes /* SPF records that permit the client */, *urls, *recipients;
    size_t header_count, include_count, url_count, recipient_count;
    str body;
    str chain;      /* "sendgrid klaviyo", the nearest first; empty: nobody */
    unsigned proof; /* of this platform's link: none, claimed, branded, proven */
    str *accounts;
    size_t account_count;
    str campaign;
    bool contradicted; /* this platform is claimed, and was not it */
    str token;         /* "right", "other", or empty */
};

struct platform {
    str id, name;
    unsigned kind; /* enum platform_kind */
    str notes;
    struct platform_transport transport;
    struct platform_branded branded;
    struct platform_marker *markers;
    size_t marker_count;
    struct platform_extractor *accounts, *campaigns, *tokens;
    size_t account_count, campaign_count, token_count;
    str *nested_on; /* ids of platforms it sends through */
    size_t nested_count;
    str *links; /* names of rows in data/links.yaml */
    size_t link_count;
    struct platform_vector *vectors;
    size_t vector_count;
    size_t index; /* in the set */
    str file;
};

struct platforms;

/* One file, read by the caller. */
struct platform_file {
    str name, text;
};

/* Reads and compiles all of them; owned by the caller. `machine_code`: see base/pattern.h. NULL, with all
 * that is wrong in `problems` ("FILE:LINE:COLUMN: words"), if a file is wrong or two contradict each other.
 */
struct platforms *platforms_new(const struct platform_file *files, size_t count, bool machine_code,
                                struct buf *problems);
void platforms_free(struct platforms *platforms);

/* By id, in alphabetic order. */
size_t platforms_count(const struct platforms *platforms);
const struct platform *platforms_at(const struct platforms *platforms, size_t index);
const struct platform *platforms_find(const struct platforms *platforms, str id);

/* Those for which the domain, or the nearest one above it that any platform names, is evidence of that kind.
 * The longest suffix wins: mail.example.com may be another platform's than example.com. */
struct platform_matches {
    const struct platform *const *platforms;
    size_t n;
    str suffix; /* the domain in the files */
};
struct platform_matches platforms_by_domain(const struct platforms *platforms, enum platform_evidence kind,
                                            str domain);

/* A header field that some platform has a marker for. */
struct platform_row {
    const struct platform *platform;
    const struct platform_marker *marker;
};
struct platform_rows {
    const struct platform_row *rows;
    size_t n;
};
struct platform_rows platforms_by_header(const struct platforms *platforms, str name);

/* "esp", and the name of a source. */
const char *platform_kind_name(unsigned kind);
const char *platform_evidence_name(enum platform_evidence kind);

#endif
