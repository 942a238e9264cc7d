/* result.h: the results of RFC 8601 section 2.7, one list for all methods. */
#ifndef POSTERN_AUTH_RESULT_H
#define POSTERN_AUTH_RESULT_H

#include "base/str.h"

enum result {
    RESULT_UNKNOWN, /* not computed: something it needs was not known (--offline). Counts for nothing either
                       way */
    RESULT_NONE,
    RESULT_PASS,
    RESULT_FAIL,
    RESULT_SOFTFAIL,
    RESULT_NEUTRAL,
    RESULT_POLICY,
    RESULT_TEMPERROR,
    RESULT_PERMERROR,
};

/* "pass" and so on; "unknown" for RESULT_UNKNOWN. By value, and by a function. */
extern const char *const result_names[RESULT_PERMERROR + 1];
const char *result_name(enum result result);

/* Reads a result word in any case, and what is seen in the wild: hardfail (fail), error, timeout and
 * tempfail (temperror), permfail and perm_fail (permerror), bestguesspass (*bestguess set, may be NULL;
 * none: it says that there is no record, and what would be if there was one). False if it is another word;
 * *result is then RESULT_UNKNOWN. */
bool result_parse(str word, enum result *result, bool *bestguess);

#endif
