/* iso.c: times in the form of RFC 3339. */
#include "base/iso.h"

#include <time.h>

/* Of the years 0 and 9999. */
static const int64_t FIRST = -62167219200, LAST = 253402300799;

str iso_format(int64_t time, struct arena *arena)
{
    time_t value = (time_t)(time < FIRST ? FIRST : time > LAST ? LAST : time);
    struct tm tm = {0};

    gmtime_r(&value, &tm);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                        tm.tm_hour, tm.tm_min, tm.tm_sec);
}

bool iso_parse(str text, int64_t *time)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    unsigned part[6] = {0};
    struct tm tm;
    struct tm again;

    if (text.n != sizeof(shape) - 1)
        return false;
    for (size_t i = 0, k = 0; i < text.n; i++) {
        if (shape[i] == 'd' ? !ascii_is_digit(text.p[i]) : text.p[i] != shape[i])
            return false;
        if (shape[i] == 'd')
            part[k] = part[k] * 10 + (unsigned)(text.p[i] - '0');
        else
            k++;
    }
    tm = (struct tm){.tm_year = (int)part[0] - 1900,
                     .tm_mon = (int)part[1] - 1,
                     .tm_mday = (int)part[2],
                     .tm_hour = (int)part[3],
                     .tm_min = (int)part[4],
                     .tm_sec = (int)part[5]};
    again = tm;
    *time = timegm(&again); /* turns 30 February into 2 March */
    return again.tm_mon == tm.tm_mon && again.tm_mday == tm.tm_mday && again.tm_hour == tm.tm_hour &&
           again.tm_min == tm.tm_min && again.tm_sec == tm.tm_sec;
}
