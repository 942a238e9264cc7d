/* spf_run.h: what the files of SPF share while a check runs; nobody else includes it.
 *
 * spf.c sets up a run for an identity, spf_host.c is check_host(): it walks through records and their terms,
 * spf_term.c matches the terms that need addresses, spf_ahead.c asks ahead. */
#ifndef POSTERN_AUTH_SPF_RUN_H
#define POSTERN_AUTH_SPF_RUN_H

#include "auth/spf.h"
#include "auth/spf_macro.h"
#include "auth/spf_record.h"

/* One run of check_host() from the start, with the answers that are known. */
struct spf_run {
    struct spf_check *check;
    struct ask *ask;
    struct spf_macros macros; /* domain and validated change with the record */
    bool shared;              /* the budget was used before by the other identity */
    unsigned answers;         /* that the result rests on */
    unsigned ahead;           /* terms looked at ahead in this run */
    bool enough;              /* nothing more is to be asked ahead */
};

/* A record on the way. */
struct spf_frame {
    const struct spf_frame *parent;
    enum spf_via via;
    bool included; /* by an include, here or further up: no explanation, and only a pass counts */
    str domain;
    str term; /* the one that is evaluated */
};

enum spf_outcome {
    SPF_NO,      /* no match */
    SPF_YES,     /* a match, or a decision */
    SPF_OPEN,    /* questions are open */
    SPF_STOPPED, /* result and reason of the check are set */
};

/* Ends the check at frame->term. Always SPF_STOPPED. */
enum spf_outcome spf_stop(struct spf_run *run, const struct spf_frame *frame, enum result result,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "TERM in the record of c.example (included by b.example, redirected to by a.example)"; without an empty
 * term. */
str spf_where(const struct spf_run *run, const struct spf_frame *frame, str term);

/* At most so many bytes of text from outside go into a reason. */
str spf_short(str text);

/* check_host() for frame->domain. SPF_YES: *result is none, pass, fail, softfail or neutral. */
enum spf_outcome spf_host(struct spf_run *run, struct spf_frame *frame, enum result *result);

/* False if there is no such thing as a record for this name (section 4.3). */
bool spf_host_valid(str domain);

/* Asks. SPF_YES: there are records; SPF_NO: none, or it can't be a name; SPF_STOPPED: it failed, or an answer
 * is missing that nobody was asked for. */
enum spf_outcome spf_ask(struct spf_run *run, const struct spf_frame *frame, str name, enum dns_type type,
                         const struct dns_answer **answer);

/* The name a term is about. SPF_YES: it is there (empty if it can't be a name). SPF_NO: the term matches
 * nothing (RFC 8616 section 4). */
enum spf_outcome spf_target(struct spf_run *run, const struct spf_frame *frame, str spec, str *name);

/* A confirmed reverse name for %{p}, "unknown" if there is none. */
enum spf_outcome spf_validated(struct spf_run *run, const struct spf_frame *frame, str *name);

/* Matches a, mx, ptr, exists. */
enum spf_outcome spf_match(struct spf_run *run, const struct spf_frame *frame, const struct spf_term *term);

/* The only SPF record of an answer. NULL: *count says how many there are. */
const struct dns_record *spf_find_record(const struct dns_answer *answer, unsigned *count);

enum dns_type spf_address_type(const struct spf_run *run);

/* The evaluation waits within frame: asks what the terms from `first` on will need, as far as no literal term
 * makes it needless. */
void spf_ahead(struct spf_run *run, const struct spf_frame *frame, const struct spf_record *record,
               size_t first);
/* The same from the begin of a record that may be known already. */
void spf_ahead_host(struct spf_run *run, const struct spf_frame *frame);

#endif
