/* parameter.h: the value and parameters of Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC
 * 2183), with RFC 2231. */
#ifndef POSTERN_MAIL_PARAMETER_H
#define POSTERN_MAIL_PARAMETER_H

#include "base/arena.h"

struct parameter {
    str name;  /* lower case, without what RFC 2231 puts behind it */
    str value; /* decoded, UTF-8: RFC 2231 pieces put together; RFC 2047 words, which don't belong here */
    bool encoded;
    bool extended; /* as RFC 2231 has it */
};

struct parameters {
    str value; /* before the first parameter, lower case, without comments and white space */
    struct parameter
        *items; /* in the order of their first piece, at most LIMIT_PARAMETERS; a name may stand here again */
    size_t n;
    bool syntax;   /* something is against the grammar and was read as most programs do */
    bool disagree; /* a name stands there again with another value */
    bool cut;      /* there were more than are looked at */
};

/* Takes the value of a field apart. Never fails, linear. */
void parameters_parse(struct parameters *parameters, str field, struct arena *arena);

/* The value of the first parameter of that name, empty if there is none; `again`: of the nth one more. */
str parameters_find(const struct parameters *parameters, str name, unsigned again);

/* The first one that is as RFC 2231 has it, where the same name stands there plainly too: that is for
 * programs that know no better (RFC 6266 section 4.3 says it of HTTP; mail programs do it). */
str parameters_find_extended(const struct parameters *parameters, str name);

/* An extended value of RFC 2231 section 4, "charset'language'%41...", decoded; charset and language may lack.
 */
str parameter_extended(str value, struct arena *arena);

#endif
