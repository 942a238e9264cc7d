/* date.h: RFC 5322 dates (section 3.3), the obsolete forms and what is seen in the wild. */
#ifndef POSTERN_MAIL_DATE_H
#define POSTERN_MAIL_DATE_H

#include "base/arena.h"

struct date {
    int64_t time;    /* seconds since 1970, UTC */
    int zone;        /* minutes east of UTC as stated; 0 if none was */
    bool obsolete;   /* two-digit year, named zone, or no zone */
    bool impossible; /* a field out of range was clamped (31 February) */
};

/* Reads a header value. False if no date could be read; *date is then zero. */
bool date_parse(str value, struct date *date);

/* RFC 5322 text in UTC: "Wed, 25 Nov 2026 10:22:43 +0000". */
str date_format(int64_t time, struct arena *arena);

/* RFC 3339 text in UTC, "2026-11-25T10:22:43Z", and back (also with a numeric zone). */
str date_format_iso(int64_t time, struct arena *arena);
bool date_parse_iso(str text, int64_t *time);

#endif
