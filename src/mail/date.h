/* date.h: RFC 5322 dates (section 3.3), the obsolete forms and what is seen in the wild. */
#ifndef POSTERN_MAIL_DATE_H
#define POSTERN_MAIL_DATE_H

#include "base/arena.h"

struct date {
    int64_t time;    /* seconds since 1970, UTC */
    int zone;        /* minutes east of UTC as stated; 0 if none was */
    bool obsolete;   /* two-digit year, named zone or no zone, or another form than RFC 5322's */
    bool impossible; /* a field out of range was clamped (31 February), the year is before 1900, or the zone
                      * is more than 14 hours off, which no place is */
};

/* Reads a header value; comments are passed over. False if it has no day, month and year; *date is then zero.
 * A missing time of day is midnight. Linear. */
bool date_parse(str value, struct date *date);

/* RFC 5322 text in UTC: "Wed, 25 Nov 2026 10:22:43 +0000". Times outside the years 0 to 9999 are clamped to
 * those. */
str date_format(int64_t time, struct arena *arena);

/* RFC 3339 text, "2026-11-25T10:22:43Z" or with a numeric zone. Strict: false for anything that is no RFC
 * 3339 date; fractions of a second are dropped. What iso_format() (base/iso.h) writes is read. */
bool date_parse_iso(str text, int64_t *time);

#endif
