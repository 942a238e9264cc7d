/* fuzz_facts.c: facts from hostile text: what can be read is written within its size, and reads and writes
 * the same from there on. */
#include "judge/facts.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    struct facts facts, back;
    str text, again, reason;

    if (!arena)
        arena = arena_new();
    arena_reset(arena);
    if (facts_read(&facts, (str){(const char *)data, size}, arena, &reason) != FACTS_OK) {
        assert(reason.n > 0);
        return 0;
    }
    text = facts_write(&facts, arena);
    assert(text.n <= LIMIT_FACTS);
    assert(facts_read(&back, text, arena, &reason) == FACTS_OK);
    again = facts_write(&back, arena);
    assert(str_eq(text, again));
    return 0;
}
