/* fuzz_file_name.c: names of attachments: different ones, none empty, never more than the limit; fields are
 * parted by an empty byte. */
#include "fuzz.h"
#include "mail/file_name.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct file_names names = {.n = 0};
    str rest = {(const char *)data, size};

    for (str field; str_next(&rest, '\0', &field);)
        file_names_note(&names, field, arena);
    file_names_end(&names, arena);
    assert(names.n <= FILE_NAMES && names.piece_count <= FILE_NAME_PIECES);
    for (unsigned i = 0; i < names.n; i++) {
        assert(names.items[i].n > 0);
        for (unsigned k = 0; k < i; k++)
            assert(!str_eq(names.items[i], names.items[k]));
    }
    arena_free(arena);
    return 0;
}
