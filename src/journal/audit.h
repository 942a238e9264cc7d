/* audit.h: who had what done, on what, why, when, and what came of it. Rows are added and never changed but
 * by audit_forget(); they stay for good.
 *
 * audit.db in the journal's directory. Whoever writes the journal writes it; listing needs no writer. */
#ifndef POSTERN_JOURNAL_AUDIT_H
#define POSTERN_JOURNAL_AUDIT_H

#include "base/arena.h"
#include "base/err.h"

enum audit_outcome {
    AUDIT_BEGUN,     /* it is going to be done: what has no row behind it was cut off by a crash */
    AUDIT_DONE,      /* it was done */
    AUDIT_FAILED,    /* it could not be done */
    AUDIT_REFUSED,   /* he may not */
    AUDIT_UNCERTAIN, /* nobody knows whether it was done */
    AUDIT_OUTCOMES,
};
extern const char *const audit_outcome_names[];

struct audit_entry {
    int64_t number; /* filled in by audit_add(); they rise */
    int64_t begun;  /* the number of the row with which this began; 0: there is none */
    int64_t time;
    unsigned uid, pid; /* of the caller */
    str user;          /* his name then; may be empty */
    str deed;          /* "delete" */
    str object;        /* an id; of what was forgotten its pseudonym; may be empty */
    str recipient;     /* may be empty */
    str reason;        /* the caller's words */
    enum audit_outcome outcome;
    str words; /* more of the outcome; may be empty */
};

struct audit;

/* Opens the record of a directory that exists, and makes it if it is missing. NULL with words. */
struct audit *audit_open(str directory, struct err *err);
void audit_close(struct audit *audit); /* NULL is allowed */

/* Adds a row, which is on the disk when this returns true. Texts are cut at LIMIT_JOURNAL_TEXT. */
bool audit_add(struct audit *audit, struct audit_entry *entry, struct err *err) MUST_USE;

/* Puts a pseudonym in the place of a recipient. */
bool audit_forget(struct audit *audit, str address, str pseudonym, struct err *err) MUST_USE;

struct audit_query {
    int64_t since, until; /* since <= time < until; until 0: no end */
    size_t limit;         /* 0: all */
};

/* Calls `found` for each row, the newest first; false ends it. The entry lives until the return. Nothing is
 * open meanwhile. A directory without a record has no rows. */
typedef bool audit_found(void *context, const struct audit_entry *entry);
bool audit_list(str directory, const struct audit_query *query, audit_found *found, void *context,
                struct err *err) MUST_USE;

/* Copies the record into a directory that exists, as one moment of it. Nothing to copy is no error. */
bool audit_backup(str directory, str to, struct err *err) MUST_USE;

#endif
