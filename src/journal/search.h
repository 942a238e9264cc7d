/* search.h: reading the journal: by what, newest first, in short reads that hold nobody up. */
#ifndef POSTERN_JOURNAL_SEARCH_H
#define POSTERN_JOURNAL_SEARCH_H

#include "base/arena.h"
#include "base/err.h"
#include "journal/record.h"

struct search_query {
    /* What is empty (zero) does not matter; all that is set must hold. */
    int64_t since, until; /* since <= time < until; until 0: no end */
    str id, queue_id;
    str address;                        /* sender, author, reply-to or recipient; any case */
    str domain;                         /* of sender, author or reply-to: it, or one below it; normal form */
    str ip;                             /* as ip_format() writes it */
    const struct indicator *indicators; /* one of these (a hunt); a value that begins with "." means the
                                         * domain without it and all below */
    size_t indicator_count;
    str result_class, action, direction, spf, dkim, arc, dmarc;
    size_t limit;      /* 0: all */
    bool oldest_first; /* not looked at by search_follow() */
};

/* Called for each record, the newest first (in the order of being written), or the oldest; false ends the search. The record
 * lives until the return. Its indicators are not read. */
typedef bool search_found(void *context, const struct record *record);

/* Called for a file that can't be read, which is passed over. */
typedef void search_notice(void *context, const char *words);

/* Reads one file after the other; one that is removed meanwhile is no error. A search costs a look-up for
 * each indicator and a read for each record found; where only results or times are given, a walk over a
 * narrow index. False with words if the directory can't be read. */
bool search_run(str directory, const struct search_query *query, search_found *found, search_notice *notice,
                void *context, struct err *err) MUST_USE;

/* A place in the journal: all up to it has been seen. */
struct search_position {
    int64_t day;
    unsigned number;
    int64_t message;
};

/* The end of the journal as it is now. */
bool search_end(str directory, struct search_position *position, struct err *err) MUST_USE;

/* What was written behind the position, the oldest first, as far as the query has it; moves the position.
 * query->limit is not looked at. */
bool search_follow(str directory, const struct search_query *query, struct search_position *position,
                   search_found *found, search_notice *notice, void *context, struct err *err) MUST_USE;

#endif
