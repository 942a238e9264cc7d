/* fuzz_skeleton.c: a skeleton is UTF-8, within its room, and its own skeleton; plain lower case is untouched.
 */
#include "base/utf8.h"
#include "content/skeleton.h"
#include "fuzz.h"

#include <assert.h>

static bool is_plain(str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] >= 0x80 || ascii_lower(text.p[i]) != text.p[i])
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    str text = {(const char *)data, size};
    struct skeleton_facts facts, again;
    str once = skeleton(text, SIZE_MAX, arena, &facts), twice = skeleton(once, SIZE_MAX, arena, &again);
    str fold = skeleton_fold(once, arena);

    assert(utf8_valid(once) && once.n <= 3 * size);
    assert(str_eq(once, twice) && (once.n == 0 || once.p == twice.p || !is_plain(once)));
    assert(again.invisible == 0 && again.mixed == 0 && again.styled == 0);
    assert((once.n == size && once.p == text.p) || !is_plain(text));
    assert(str_eq(skeleton_fold(fold, arena), fold));
    arena_free(arena);
    return 0;
}
