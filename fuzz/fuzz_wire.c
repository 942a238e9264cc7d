/* fuzz_wire.c: records on their way to the keeper: what is read is written again as the same bytes. */
#include "fuzz.h"
#include "programs/wire.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    str bytes = {(const char *)data, size}, again;
    struct record record, copy;

    if (wire_read(&record, bytes, arena)) {
        again = wire_write(&record, arena);
        assert(again.n == size); /* numbers of 32 bits may have lost what did not fit */
        assert(wire_read(&copy, again, arena));
        assert(str_eq(wire_write(&copy, arena), again));
    }
    arena_free(arena);
    return 0;
}
