/* iso.h: times as "2022-04-05T12:00:00Z" (RFC 3339, in UTC, to the second). */
#ifndef POSTERN_BASE_ISO_H
#define POSTERN_BASE_ISO_H

#include "base/arena.h"

/* Seconds since 1970; what is outside the years 0 to 9999 is their first or last second. */
str iso_format(int64_t time, struct arena *arena);

/* Just that form, and no day that there is not. */
bool iso_parse(str text, int64_t *time);

#endif
