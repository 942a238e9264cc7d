/* fuzz_calendar.c: calendars: nothing comes out that is longer than what went in, and unfolded text means the
 * same. */
#include "base/limits.h"
#include "fuzz.h"
#include "mail/calendar.h"

#include <assert.h>

/* The same with all lines folded where they may be: behind each first letter. */
static str fold(str text, struct arena *arena)
{
    char *p = arena_bytes(arena, text.n * 4 + 1);
    size_t n = 0;
    bool first = true;

    for (size_t i = 0; i < text.n; i++) {
        bool fits = first && text.p[i] != '\n' && text.p[i] != '\r' && i + 1 < text.n &&
                    text.p[i + 1] != '\n' && text.p[i + 1] != '\r';

        p[n++] = text.p[i];
        first = text.p[i] == '\n';
        if (fits) {
            memcpy(p + n, "\r\n ", 3);
            n += 3;
        }
    }
    return (str){p, n};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct arena *arena = arena_new();
    struct calendar calendar, folded;

    calendar_read(&calendar, text, arena);
    assert(calendar.link_count <= LIMIT_CALENDAR_LINKS && calendar.link_count <= calendar.link_seen);
    assert(calendar.text.n <= size && calendar.html.n <= size);
    for (size_t i = 0; i < calendar.link_count; i++)
        assert(calendar.links[i].target.n > 0 &&
               str_find(calendar.links[i].target, '\n') == calendar.links[i].target.n);
    calendar_read(&folded, fold(text, arena), arena);
    assert(str_eq(folded.text, calendar.text) && str_eq(folded.organizer, calendar.organizer));
    assert(folded.link_seen == calendar.link_seen && folded.attendees == calendar.attendees);
    arena_free(arena);
    return 0;
}
