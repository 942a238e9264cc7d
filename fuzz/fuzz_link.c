/* fuzz_link.c: links in text: slices of it, one behind the other, that are found again where they stand
 * alone. */
#include "fuzz.h"
#include "mail/link.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct link_search search = {.text = {(const char *)data, size}};
    struct arena *arena = arena_new();
    const char *behind = search.text.p;
    struct link_found link;

    while (link_next(&search, arena, &link)) {
        struct link_search alone = {.text = link.target};
        struct link_found again;

        assert(link.written.n > 0 && link.written.p >= behind);
        behind = link.written.p + link.written.n;
        assert(behind <= search.text.p + size);
        assert(str_find(link.target, '\n') == link.target.n);
        assert(link_next(&alone, arena, &again) && !again.bare && again.written.p == link.target.p);
    }
    assert(search.at >= size);
    arena_free(arena);
    return 0;
}
