/* spf_record.h: the terms of an SPF record (RFC 7208 sections 4.5, 4.6.1, 5, 6 and 12). */
#ifndef POSTERN_AUTH_SPF_RECORD_H
#define POSTERN_AUTH_SPF_RECORD_H

#include "auth/result.h"
#include "base/ip.h"
#include "base/limits.h"

enum spf_kind {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_REDIRECT, /* from here on: modifiers */
    SPF_EXP,
    SPF_OTHER, /* a modifier that is not known: to be ignored (section 6) */
};

struct spf_term {
    str text; /* as written */
    enum spf_kind kind;
    enum result qualifier; /* what a match means: pass, fail, softfail, neutral */
    str domain;        /* domain-spec, macros not expanded; empty: the current domain. SPF_OTHER: the value */
    struct ip network; /* ip4 and ip6, as written: an IPv4-mapped address stays IPv6 */
    unsigned bits4, bits6; /* prefix lengths of a, mx, ip4, ip6; 32 and 128 where none is written */
};

/* What can decide about one client address, in order: mechanisms that need DNS, as far as the limit on them
 * lets one come, and the first of the others that matches. Nothing behind that one is ever reached. */
struct spf_record {
    struct spf_term terms[LIMIT_SPF_TERMS + 1]; /* the one over the limit is its own decision */
    size_t n;
    bool has_redirect, has_exp;
    struct spf_term redirect, exp;
    str wide;        /* the first term that lets in far more than one sender: all, or a network over a /8 */
    str ptr;         /* the first ptr term: slow and unreliable (section 5.5) */
    str unreachable; /* the first mechanism behind an "all", or redirect= beside it */
    str mistaken; /* the first unknown modifier that is the name of a mechanism, like include=example.com */
    str bad;      /* the first term that is wrong */
    const char *why; /* what is wrong with it, in words; NULL: the record is right */
};

/* True if a TXT record is one of SPF: "v=spf1" in any case, and then a space or the end (section 4.5). */
bool spf_is_record(str text);

/* Reads a whole record for which spf_is_record() holds: errors anywhere in it count (section 4.6). Linear, in
 * constant memory. */
void spf_record_read(struct spf_record *record, str text, struct ip client);

/* True if all, ip4 or ip6 matches the address. */
bool spf_match_literal(const struct spf_term *term, struct ip client);

/* Cuts the next term off *rest, which starts as what stands behind "v=spf1". False at the end, or at a term
 * that is wrong: *why is then not NULL and term->text holds it. */
bool spf_next(str *rest, struct spf_term *term, const char **why);

/* True for a term that costs one of the ten DNS terms (section 4.6.4); exp= does not. */
bool spf_needs_dns(enum spf_kind kind);

#endif
