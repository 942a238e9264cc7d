/* fuzz_date.c: dates: what is written again is read as the same time. */
#include "fuzz.h"
#include "base/iso.h"
#include "mail/date.h"

#include <assert.h>

static void check_time(int64_t time, struct arena *arena)
{
    struct date date;
    int64_t again;

    assert(date_parse(date_format(time, arena), &date));
    assert(date.time == time && date.zone == 0 && !date.obsolete);
    assert(date_parse_iso(iso_format(time, arena), &again) && again == time);
    assert(date_parse(iso_format(time, arena), &date) && date.time == time);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct arena *arena = arena_new();
    struct date date;
    int64_t time;

    if (date_parse(text, &date)) {
        assert(date.impossible || (date.zone >= -14 * 60 && date.zone <= 14 * 60));
        check_time(date.time, arena);
    } else {
        assert(date.time == 0);
    }
    if (date_parse_iso(text, &time)) {
        check_time(time, arena);
        assert(date_parse(text, &date) && date.time == time);
    }
    arena_free(arena);
    return 0;
}
