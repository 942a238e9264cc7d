/* suite.h: what the runners of public conformance suites share: finding the files, TAP, the summary line.
 *
 * A runner is called without arguments for TAP, or with --summary for its one closing line alone:
 *
 *     struct suite suite;
 *     str text;
 *     int status;
 *
 *     if (!suite_open(&suite, "rfc7208", "spf/rfc7208-tests.yml", count, arguments, &text, &status))
 *         return status;
 *     suite_case(&suite, got == wanted, "name of the case", "got %s, wanted %s", got, wanted);   (each)
 *     return suite_close(&suite);
 */
#ifndef POSTERN_TESTS_SUITE_H
#define POSTERN_TESTS_SUITE_H

#include "base/arena.h"

/* A case that is known to come out otherwise, and why. */
struct suite_difference {
    const char *name;
    const char *reason;
};

struct suite {
    const char *name;
    bool summary_only;
    const struct suite_difference *differences; /* set by the runner after suite_open(); may be NULL */
    size_t difference_count;
    unsigned cases, passed; /* passed: as the suite has it */
    unsigned failed; /* neither as the suite has it nor in the list of differences, or in it for nothing */
    struct arena *arena; /* lives until suite_close() */
};

/* Reads `file` below $POSTERN_SUITES, by default ../shared/suites beside the source tree. False if it is not
 * there: a skip has been printed and *status is what main() returns: 0, or 1 where a skip is a failure (the
 * default folder's parent is there, and CI or POSTERN_REQUIRE_SUITES is set in the environment). */
bool suite_open(struct suite *suite, const char *name, const char *file, int count, char **arguments,
                str *text, int *status);

/* Counts one case; the words are printed if it is not good. */
void suite_case(struct suite *suite, bool good, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Prints the plan and the closing line "NAME PASSED/CASES" (behind "# " in TAP), frees the arena; returns
 * what main() returns. */
int suite_close(struct suite *suite);

#endif
