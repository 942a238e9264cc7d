/* date.c: dates in mail.
 *
 * The words and numbers are taken in the order in which they come, and what each means follows from its form
 * and from what is known already. So RFC 5322's form, asctime's, ISO's and mixtures of them are one loop. */
#include "mail/date.h"

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
static const int64_t time_min = -62167219200, time_max = 253402300799;

enum { DAY = 86400, ZONE_MAX = 14 * 60 }; /* the most there is on earth */

static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
static const char days[] = "sunmontuewedthufrisat";

/* Days since 1970-01-01 of a date in the Gregorian calendar. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1; /* years begin in March, so the leap day is the last */
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int month_days(int year, int month)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* What is known of a date; -1: not yet. */
struct parts {
    int year, month, day, hour, minute, second;
    int zone;
    bool has_zone, named_zone, short_year, wild, impossible;
};

/* What is left to read. */
struct text {
    str rest;
    bool no_comment; /* a comment was never closed, so none is */
};

/* The number of a name among names of three letters; -1 if it is none. */
static int name_index(const char *names, str word)
{
    for (int i = 0; word.n >= 3 && names[i * 3]; i++)
        if (str_istarts(word, (str){names + (size_t)i * 3, 3}))
            return i;
    return -1;
}

static char peek(const struct text *text)
{
    return text->rest.n ? text->rest.p[0] : 0;
}

static bool take(struct text *text, char c)
{
    if (peek(text) != c)
        return false;
    text->rest = str_skip(text->rest, 1);
    return true;
}

/* Reads digits if there are any; the value stops growing at 99999. */
static bool take_number(struct text *text, int *value, size_t *digits)
{
    size_t n = 0;

    *value = 0;
    for (; n < text->rest.n && ascii_is_digit(text->rest.p[n]); n++)
        *value = *value > 9999 ? 99999 : *value * 10 + (text->rest.p[n] - '0');
    text->rest = str_skip(text->rest, n);
    *digits = n;
    return n > 0;
}

static str take_word(struct text *text)
{
    size_t n = 0;
    str word;

    while (n < text->rest.n && ascii_is_alpha(text->rest.p[n]))
        n++;
    word = str_sub(text->rest, 0, n);
    text->rest = str_skip(text->rest, n);
    return word;
}

/* Behind the comment that begins here, or behind the parenthesis if it has no end. */
static void skip_comment(struct text *text)
{
    size_t depth = 0;

    for (size_t i = 0; i < text->rest.n && !text->no_comment; i++) {
        char c = text->rest.p[i];

        if (c == '\\')
            i++;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0) {
            text->rest = str_skip(text->rest, i + 1);
            return;
        }
    }
    text->no_comment = true;
    text->rest = str_skip(text->rest, 1);
}

static void take_zone(struct parts *parts, struct text *text, int sign)
{
    int hours, minutes = 0;
    size_t digits;

    if (!take_number(text, &hours, &digits))
        return;
    if (digits > 2) {
        minutes = hours % 100;
        hours /= 100;
    } else if (take(text, ':')) {
        parts->wild = true;
        if (!take_number(text, &minutes, &digits))
            minutes = 0;
    }
    if (minutes > 59 || hours * 60 + minutes > ZONE_MAX)
        parts->impossible = true;
    minutes = minutes > 59 ? 59 : minutes;
    parts->zone = sign * (hours > 99 ? 99 : hours) * 60 + sign * minutes;
    parts->wild |= parts->named_zone; /* "GMT+0100" */
    parts->has_zone = true;
    parts->named_zone = false;
}

/* RFC 5322 section 4.3; other names and military letters say nothing that could be relied on. */
static bool named_zone(struct parts *parts, str word)
{
    static const struct {
        str name;
        int hours;
    } zones[] = {{STR("UT"), 0},   {STR("UTC"), 0},  {STR("GMT"), 0},  {STR("Z"), 0},
                 {STR("EST"), -5}, {STR("EDT"), -4}, {STR("CST"), -6}, {STR("CDT"), -5},
                 {STR("MST"), -7}, {STR("MDT"), -6}, {STR("PST"), -8}, {STR("PDT"), -7}};

    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
        if (str_ieq(word, zones[i].name)) {
            parts->zone = zones[i].hours * 60;
            parts->has_zone = parts->named_zone = true;
            return true;
        }
    return false;
}

static void half_of_day(struct parts *parts, bool afternoon)
{
    parts->wild = true;
    if (parts->hour == 12 && !afternoon)
        parts->hour = 0;
    else if (parts->hour >= 0 && parts->hour < 12 && afternoon)
        parts->hour += 12;
}

static void put_word(struct parts *parts, str word)
{
    int month = name_index(months, word);

    if (month >= 0 && parts->month < 0) {
        parts->month = month + 1;
        parts->wild |= parts->day < 0;
    } else if (parts->hour < 0 && name_index(days, word) >= 0) {
        parts->wild |= parts->day >= 0;
    } else if (str_ieq(word, S("am")) || str_ieq(word, S("pm"))) {
        half_of_day(parts, ascii_lower(word.p[0]) == 'p');
    } else if (parts->hour < 0 || parts->has_zone || !named_zone(parts, word)) {
        parts->wild = true;
    }
}

static void put_year(struct parts *parts, int year, size_t digits)
{
    parts->year = year;
    if (digits > 3)
        return;
    parts->short_year = true; /* section 4.3 */
    parts->year += digits < 3 && year < 50 ? 2000 : 1900;
}

/* "25/11/2026", "11/25/2026", "25.11.2026", "2026-11-25": true if three numbers stand here. */
static bool numeric_date(struct parts *parts, struct text *text, int first, size_t digits)
{
    struct text ahead = *text;
    char separator = peek(text);
    int second, third;
    size_t second_digits, third_digits;

    if (!separator || !strchr("-/.", separator) || !take(&ahead, separator) ||
        !take_number(&ahead, &second, &second_digits) || !take(&ahead, separator) ||
        !take_number(&ahead, &third, &third_digits))
        return false;
    if (digits > 2) {
        put_year(parts, first, digits);
        parts->month = second;
        parts->day = third;
    } else {
        bool day_first = separator == '.' || first > 12;

        put_year(parts, third, third_digits);
        parts->day = day_first ? first : second;
        parts->month = day_first ? second : first;
    }
    parts->wild = true;
    *text = ahead;
    return true;
}

/* The rest of "hour:minute[:second[.fraction]]" behind the hour. */
static void put_time(struct parts *parts, struct text *text, int hour)
{
    char separator = peek(text);
    size_t digits;
    int fraction;

    parts->hour = hour;
    parts->minute = parts->second = 0;
    parts->wild |= separator != ':' || parts->year < 0;
    take(text, separator);
    if (!take_number(text, &parts->minute, &digits) || !take(text, separator) ||
        !take_number(text, &parts->second, &digits))
        return;
    if ((peek(text) == '.' || peek(text) == ',') && text->rest.n > 1 && ascii_is_digit(text->rest.p[1])) {
        take(text, peek(text));
        take_number(text, &fraction, &digits);
        parts->wild = true;
    }
}

static void put_number(struct parts *parts, struct text *text)
{
    size_t digits;
    int value;

    take_number(text, &value, &digits);
    if (parts->day < 0 && parts->month < 0 && parts->year < 0 && numeric_date(parts, text, value, digits))
        return;
    if (parts->hour < 0 && digits <= 2 && text->rest.n > 1 && ascii_is_digit(text->rest.p[1]) &&
        (peek(text) == ':' || (peek(text) == '.' && parts->day >= 0)))
        put_time(parts, text, value);
    else if (parts->day < 0 && (digits <= 2 || (digits == 3 && value <= 31))) /* "029" */
        parts->day = value;
    else if (parts->year < 0)
        put_year(parts, value, digits);
    else
        parts->wild = true;
}

static void read_parts(struct parts *parts, struct text *text)
{
    while (text->rest.n) {
        char c = peek(text);

        if (ascii_is_digit(c)) {
            put_number(parts, text);
        } else if (ascii_is_alpha(c)) {
            put_word(parts, take_word(text));
        } else if (c == '(' && !text->no_comment) {
            skip_comment(text);
        } else {
            take(text, c);
            if ((c == '+' || c == '-') && parts->hour >= 0 && (!parts->has_zone || parts->named_zone))
                take_zone(parts, text, c == '+' ? 1 : -1);
            else if (!ascii_is_space(c) && c != ',')
                parts->wild = true;
        }
    }
}

static int clamp(int value, int least, int most, bool *clamped)
{
    if (value >= least && value <= most)
        return value;
    *clamped = true;
    return value < least ? least : most;
}

static int64_t clamp_time(int64_t time)
{
    return time < time_min ? time_min : time > time_max ? time_max : time;
}

/* A leap second is the first second of the next minute, as in POSIX. */
static int64_t time_from_parts(struct parts *parts)
{
    bool *bad = &parts->impossible;
    int year = clamp(parts->year, 0, 9999, bad);
    int month = clamp(parts->month, 1, 12, bad);
    int day = clamp(parts->day, 1, month_days(year, month), bad);
    int minutes = clamp(parts->hour, 0, 23, bad) * 60 + clamp(parts->minute, 0, 59, bad) - parts->zone;

    return days_from_date(year, month, day) * DAY + minutes * 60 + clamp(parts->second, 0, 60, bad);
}

bool date_parse(str value, struct date *date)
{
    struct parts parts = {-1, -1, -1, -1, 0, 0, 0, false, false, false, false, false};
    struct text text = {value, false};
    int64_t time;

    *date = (struct date){0};
    read_parts(&parts, &text);
    if (parts.year < 0 || parts.month < 0 || parts.day < 0)
        return false;
    if (parts.hour < 0) {
        parts.hour = 0;
        parts.wild = true;
    }
    time = time_from_parts(&parts);
    date->time = clamp_time(time);
    date->zone = parts.zone;
    date->obsolete = parts.wild || parts.short_year || parts.named_zone || !parts.has_zone;
    date->impossible = parts.impossible || parts.year < 1900 || date->time != time;
    return true;
}

/* A time as it is written. */
struct civil {
    int year, month, day, weekday, hour, minute, second;
};

static struct civil civil_from_time(int64_t time)
{
    int64_t t = clamp_time(time) - time_min, number = t / DAY, second = t % DAY;
    int year = (int)(number / 366), month = 1; /* not too late, and close enough to search from */
    int64_t first = days_from_date(0, 1, 1);

    while (days_from_date(year + 1, 1, 1) - first <= number)
        year++;
    while (month < 12 && days_from_date(year, month + 1, 1) - first <= number)
        month++;
    return (struct civil){
        .year = year,
        .month = month,
        .day = (int)(number - (days_from_date(year, month, 1) - first)) + 1,
        .weekday = (int)((number + 6) % 7), /* 0000-01-01 was a Saturday */
        .hour = (int)(second / 3600),
        .minute = (int)(second / 60 % 60),
        .second = (int)(second % 60),
    };
}

str date_format(int64_t time, struct arena *arena)
{
    static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c = civil_from_time(time);

    return arena_printf(arena, "%s, %02d %s %04d %02d:%02d:%02d +0000", day_names[c.weekday], c.day,
                        month_names[c.month - 1], c.year, c.hour, c.minute, c.second);
}

/* Exactly n digits. */
static bool digits(struct text *text, size_t n, int *value)
{
    size_t got;

    return take_number(text, value, &got) && got == n;
}

static bool iso_zone(struct text *text, int *zone)
{
    int hours, minutes, sign = peek(text) == '-' ? -1 : 1;

    *zone = 0;
    if (take(text, 'Z') || take(text, 'z'))
        return true;
    if ((!take(text, '+') && !take(text, '-')) || !digits(text, 2, &hours) || !take(text, ':') ||
        !digits(text, 2, &minutes))
        return false;
    *zone = sign * (hours * 60 + minutes);
    return hours < 24 && minutes < 60;
}

bool date_parse_iso(str s, int64_t *time)
{
    struct text text = {s, false};
    struct parts parts = {0};
    size_t n;
    int fraction;

    *time = 0;
    if (!digits(&text, 4, &parts.year) || !take(&text, '-') || !digits(&text, 2, &parts.month) ||
        !take(&text, '-') || !digits(&text, 2, &parts.day) || (!take(&text, 'T') && !take(&text, 't')) ||
        !digits(&text, 2, &parts.hour) || !take(&text, ':') || !digits(&text, 2, &parts.minute) ||
        !take(&text, ':') || !digits(&text, 2, &parts.second))
        return false;
    if (take(&text, '.') && !take_number(&text, &fraction, &n))
        return false;
    if (!iso_zone(&text, &parts.zone) || text.rest.n)
        return false;
    *time = clamp_time(time_from_parts(&parts));
    if (parts.impossible)
        *time = 0;
    return !parts.impossible;
}
