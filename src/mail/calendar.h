/* calendar.h: what an iCalendar object (RFC 5545) says and where it leads. */
#ifndef POSTERN_MAIL_CALENDAR_H
#define POSTERN_MAIL_CALENDAR_H

#include "base/arena.h"

struct calendar_link {
    str property; /* upper case: "URL", "ATTACH" */
    str target;
};

struct calendar {
    bool is;       /* a BEGIN:VCALENDAR stands there */
    str method;    /* upper case: "REQUEST"; "" if there is none */
    str organizer; /* what stands behind mailto:, or all of it; of the first component that has one */
    str text;      /* summaries, locations, descriptions, comments and contacts, a line each */
    str html;      /* of X-ALT-DESC; "" if there is none */
    struct calendar_link
        *links; /* addresses of properties and ALTREP parameters, at most LIMIT_CALENDAR_LINKS */
    size_t link_count, link_seen;
    unsigned attendees;
};

/* Reads UTF-8. Never fails, linear: lines that are no property are passed over. */
void calendar_read(struct calendar *calendar, str text, struct arena *arena);

#endif
