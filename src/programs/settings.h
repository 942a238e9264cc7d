/* settings.h: what the command line said, for all commands. */
#ifndef POSTERN_PROGRAMS_SETTINGS_H
#define POSTERN_PROGRAMS_SETTINGS_H

#include "auth/canon.h"
#include "auth/crypto.h"
#include "auth/trace.h"
#include "journal/search.h"

/* The exit codes; above 1 they are those of sysexits.h. Where several apply the highest is used. */
enum status {
    STATUS_OK = 0,
    STATUS_NOT_PASS = 1,     /* spf, dkim verify, arc verify, dmarc: judged, and the result is no pass */
    STATUS_USAGE = 64,       /* the command line is wrong */
    STATUS_DATA = 65,        /* what was given as data can't be read: answers, key */
    STATUS_NO_INPUT = 66,    /* a file is missing, or can't be read */
    STATUS_UNAVAILABLE = 69, /* no resolver */
    STATUS_SOFTWARE = 70,    /* a process of ours died on a message */
    STATUS_OS = 71,          /* fork, pipe, memory */
    STATUS_CANNOT_CREATE = 73,
    STATUS_IO = 74,
    STATUS_TEMPORARY = 75 /* an answer was missing or an error: ask again later */
};

struct settings {
    struct arena *arena;
    str *files; /* the arguments that are no options */
    size_t file_count;

    struct envelope envelope; /* as given */
    str *recipients;          /* the list behind envelope.recipients */
    bool from_trace;
    struct network *networks; /* of our relays */
    struct relays relays;
    str trust_authserv;
    str *trusted_sealers;
    size_t trusted_sealer_count;
    str authserv_id;

    str answers, record; /* paths; empty: none */
    str data;            /* folder of data files; empty: the usual one */
    str control;         /* path of the control socket; empty: the default */
    str *dns;            /* "ADDRESS[@PORT]", "system", "root" */
    size_t dns_count;
    bool offline;
    bool has_time;
    int64_t time;
    bool json;
    unsigned jobs; /* 0: not said */

    str domain, selector, key_file, identity, results;
    enum key_type key_type;
    unsigned bits; /* 0: not said */
    enum canon canon_header, canon_body;
    str *fields;
    size_t field_count;
    bool no_oversign;
    int64_t lifetime; /* seconds; 0: not said */

    str journal, quarantine; /* directories; empty: not said */
    struct search_query search;
    struct indicator *indicators; /* the list behind search.indicators */
    str reason; /* why something is to be done */
    str *to;    /* recipients to whom it is to be released; none: all */
    size_t to_count;
    bool again;
    bool follow;
    str raw;       /* the id of a message that is wanted itself */
    str config;    /* path; empty: the default */
    bool validate; /* DNSSEC, whoever is asked */
    bool verbose;
};

#endif
