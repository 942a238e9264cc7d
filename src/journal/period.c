/* period.c: the journal's files and when a new one begins. */
#include "journal/period.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { DAY = 86400, NUMBER_MAX = 9999 };

int64_t period_day(int64_t time)
{
    return time >= 0 ? time / DAY : 0;
}

static struct tm date_of(int64_t day)
{
    time_t time = (time_t)(day * DAY);
    struct tm date;

    gmtime_r(&time, &date);
    return date;
}

/* Weeks begin on Monday; day 0 was a Thursday. */
static int64_t week_of(int64_t day)
{
    return (day + 3) / 7;
}

static bool same_month(int64_t a, int64_t b)
{
    struct tm first = date_of(a), second = date_of(b);

    return first.tm_year == second.tm_year && first.tm_mon == second.tm_mon;
}

bool period_is_over(struct period period, uint64_t size, int64_t now, struct period_sizes sizes)
{
    int64_t today = period_day(now);

    if (today <= period.day)
        return false;
    return size >= sizes.day || (week_of(today) != week_of(period.day) && size >= sizes.week) ||
           !same_month(today, period.day);
}

str period_path(str directory, struct period period, struct arena *arena)
{
    struct tm date = date_of(period.day);

    return arena_printf(arena, "%.*s/journal-%04d-%02d-%02d-%u.db", PS(directory), date.tm_year + 1900,
                        date.tm_mon + 1, date.tm_mday, period.number);
}

bool period_parse(str name, struct period *period)
{
    uint64_t year, month, day, number;
    struct tm date = {0};

    if (!str_starts(name, S("journal-")) || !str_ends(name, S(".db")))
        return false;
    name = str_sub(name, 8, name.n - 8 - 3);
    if (name.n < 12 || name.p[4] != '-' || name.p[7] != '-' || name.p[10] != '-' ||
        !str_to_u64(str_sub(name, 0, 4), 9999, &year) || !str_to_u64(str_sub(name, 5, 2), 12, &month) ||
        !str_to_u64(str_sub(name, 8, 2), 31, &day) || !str_to_u64(str_skip(name, 11), NUMBER_MAX, &number) ||
        year < 1970 || month == 0 || day == 0 || number == 0)
        return false;
    date.tm_year = (int)year - 1900;
    date.tm_mon = (int)month - 1;
    date.tm_mday = (int)day;
    *period = (struct period){timegm(&date) / DAY, (unsigned)number};
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct period *x = a, *y = b;

    if (x->day != y->day)
        return x->day < y->day ? 1 : -1;
    return x->number < y->number ? 1 : x->number > y->number ? -1 : 0;
}

bool period_list(str directory, struct arena *arena, struct period **periods, size_t *n, struct err *err)
{
    const char *path = arena_c_str(arena, directory);
    DIR *dir = opendir(path);
    struct dirent *entry;
    size_t room = 0;

    *periods = NULL;
    *n = 0;
    if (!dir)
        return err_errno(err, errno, "opening the journal's directory %s", path);
    while ((entry = readdir(dir))) {
        struct period period, *more;

        if (!period_parse(str_from(entry->d_name), &period))
            continue;
        if (*n == room) {
            room = room ? 2 * room : 64;
            more = arena_array_of(arena, room, struct period);
            if (*n)
                memcpy(more, *periods, *n * sizeof(*more));
            *periods = more;
        }
        (*periods)[(*n)++] = period;
    }
    closedir(dir);
    if (*n)
        qsort(*periods, *n, sizeof(**periods), newest_first);
    return true;
}
