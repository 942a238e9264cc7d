/* pattern.h: regular expressions (PCRE2) over bytes from outside, with bounded work.
 *
 * Patterns are ours or the administrator's; what they look at may be hostile. Machine code is made of them
 * where the system lets us, and the interpreter does the rest: both find the same, except that they count
 * their work differently, so one may give up (PATTERN_LIMIT) on what the other still finishes. */
#ifndef POSTERN_BASE_PATTERN_H
#define POSTERN_BASE_PATTERN_H

#include "base/err.h"
#include "base/limits.h"

struct pattern;

/* Owns its patterns and the memory in which they work: one thread at a time may use those of a set. Never
 * NULL. Without `machine_code` all are interpreted. */
struct pattern_set *pattern_set_new(bool machine_code);
/* Not behind pattern_close(), if there is machine code. */
void pattern_set_free(struct pattern_set *set);

enum pattern_flag {
    PATTERN_CASELESS = 1,
    /* Text is UTF-8: "." is a character, classes and case are Unicode's. What is no UTF-8 in a subject is
     * matched by nothing. Without it each byte is a character, and only ASCII has letters. */
    PATTERN_UTF = 2,
};

/* Compiles a pattern, which lives as long as its set and never changes. "$" is the end of the subject and not
 * also the newline before it; a newline is CR, LF or CRLF. NULL with words that say where it is wrong: the
 * syntax, over LIMIT_PATTERN_TEXT bytes, or over LIMIT_PATTERN_GROUPS groups. */
const struct pattern *pattern_compile(struct pattern_set *set, str text, unsigned flags,
                                      struct err *err) MUST_USE;

bool pattern_is_machine_code(const struct pattern *pattern);

/* Why patterns of this set are interpreted that need not be, in words for the log; NULL if none is. */
const char *pattern_set_slow(const struct pattern_set *set);

/* For a process that gives up making code (programs/sandbox.h): from now on patterns are compiled for the
 * interpreter alone, in all sets. */
void pattern_close(void);

enum pattern_found {
    PATTERN_NOT_FOUND,
    PATTERN_FOUND,
    PATTERN_LIMIT, /* given up: it took too many steps (LIMIT_PATTERN_STEPS), or too much memory */
};

/* The whole match is group 0. All are slices of the subject; p is NULL in a group that took no part. */
struct pattern_match {
    size_t count; /* of groups in the pattern, with the whole match */
    str group[LIMIT_PATTERN_GROUPS];
};

/* The first match that begins at byte `from` or behind it, in the first LIMIT_PATTERN_SUBJECT bytes of the
 * subject; what is left of `from` can be looked back at. `match` is filled if something is found, and may be
 * NULL. Where the whole match is empty, the next search has to begin a byte further on. */
enum pattern_found pattern_find(const struct pattern *pattern, str subject, size_t from,
                                struct pattern_match *match);

#endif
