/* must.h: memory that has to be there. */
#ifndef POSTERN_BASE_MUST_H
#define POSTERN_BASE_MUST_H

#include <stdlib.h>

/* What malloc() and its like gave; without memory the process ends, and whoever started it sees to the rest.
 */
static inline void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

#endif
