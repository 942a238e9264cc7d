/* fuzz_taglist.c: tag lists: what comes out are slices of what went in. */
#include "auth/taglist.h"
#include "fuzz.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct taglist list;
    str text = {(const char *)data, size};

    taglist_parse(&list, text, NULL);
    assert(list.n <= LIMIT_DKIM_TAGS);
    for (size_t i = 0; i < list.n; i++) {
        assert(list.tags[i].offset + list.tags[i].length <= size);
        assert(list.tags[i].value.n <= list.tags[i].length);
        assert(taglist_find(&list, list.tags[i].name) == &list.tags[i]);
    }
    return 0;
}
