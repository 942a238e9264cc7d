/* fuzz_dmarc_record.c: DMARC records: an effect only with a valid policy or a report address; slices of the
 * input. */
#include "auth/dmarc.h"
#include "fuzz.h"

#include <assert.h>

static struct arena *arena;

static bool is_inside(str part, str text)
{
    return part.n == 0 || (part.p >= text.p && part.p + part.n <= text.p + text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct dmarc_record record;

    if (!arena)
        arena = arena_new();
    if (dmarc_record_parse(&record, text, arena)) {
        assert(dmarc_record_resembles(text));
        assert(str_find_str(text, S("DMARC1")) < size);
        assert(is_inside(record.rua, text) && is_inside(record.ruf, text) && is_inside(record.fo, text));
        assert(record.has_p || record.p == DMARC_POLICY_NONE);
        assert(!record.valid || record.has_p || record.rua.n > 0);
        assert(record.has_p || (!record.has_sp && !record.has_np && record.warnings.count > 0));
    }
    arena_reset(arena);
    return 0;
}
