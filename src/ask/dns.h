/* dns.h: a DNS question and its answer, as values.
 *
 * Names are text: labels joined by ".", lower case, no dot at the end; a label may hold any byte but ".".
 * The root is the empty name. (A "." within a label of the wire: see dns_packet.h.) */
#ifndef POSTERN_ASK_DNS_H
#define POSTERN_ASK_DNS_H

#include "base/arena.h"
#include "base/ip.h"

/* The numbers are those of the protocol. */
enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_TLSA = 52,
};

enum dns_status {
    DNS_UNKNOWN,  /* nobody was asked (--offline, or not in the answers file) */
    DNS_OK,       /* at least one record of the type */
    DNS_NODATA,   /* the name exists, the type does not (RFC 2308 section 2.2) */
    DNS_NXDOMAIN, /* the name does not exist (RFC 2308 section 2.1) */
    DNS_SERVFAIL, /* a server failed or refused, or the answer could not be read */
    DNS_TIMEOUT,  /* no answer in time */
    DNS_BOGUS,    /* DNSSEC validation failed; `why` says how */
    DNS_LIMIT,    /* not asked: over the limit of questions */
    DNS_INVALID,  /* not asked: no DNS name (empty or long label, over 253 bytes) */
};

enum dns_security { DNS_INDETERMINATE, DNS_INSECURE, DNS_SECURE };

struct dns_record {
    str text; /* TXT: all its strings joined; MX, PTR, NS, CNAME: the name; SOA: as in a zone file; TLSA: the
                 RDATA */
    struct ip ip;        /* A and AAAA */
    uint16_t preference; /* MX */
};

struct dns_answer {
    str name;
    enum dns_type type;
    enum dns_status status;
    enum dns_security security;
    uint32_t ttl;  /* seconds it may be kept, as given; negative answers too (RFC 2308 section 5) */
    str canonical; /* the end of the CNAME chain, empty if there was none */
    str why;       /* words, for SERVFAIL, TIMEOUT and BOGUS; may be empty */
    size_t n;      /* records; more than LIMIT_DNS_RECORDS are cut off and `cut` is set */
    bool cut;
    struct dns_record *records;
};

/* SERVFAIL, TIMEOUT, BOGUS: the question may be answered another time. */
static inline bool dns_is_temporary(const struct dns_answer *answer)
{
    return answer->status == DNS_SERVFAIL || answer->status == DNS_TIMEOUT || answer->status == DNS_BOGUS;
}

/* NXDOMAIN or NODATA: what RFC 7208 section 4.6.4 calls a void lookup. */
static inline bool dns_is_void(const struct dns_answer *answer)
{
    return answer->status == DNS_NODATA || answer->status == DNS_NXDOMAIN;
}

/* "TXT"; "TYPE<n>" is never needed, as only the types above are asked. */
const char *dns_type_name(enum dns_type type);
bool dns_type_parse(str s, enum dns_type *type);

/* "NXDOMAIN" and so on; the words of the answers file. */
const char *dns_status_name(enum dns_status status);
bool dns_status_parse(str s, enum dns_status *status);
const char *dns_security_name(enum dns_security security);

/* True if each label has 1 to 63 bytes and the whole at most 253 (RFC 1035 section 2.3.4). */
bool dns_name_valid(str name);

/* Lower case, without a dot at the end; in the arena. */
str dns_name_normal(str name, struct arena *arena);

/* For tables keyed by names: case is ignored. `seed` keeps hostile names from meeting in one slot. */
uint64_t dns_name_hash(str name, uint64_t seed);

/* A deep copy in another arena. */
struct dns_answer *dns_answer_copy(const struct dns_answer *answer, struct arena *arena);

#endif
