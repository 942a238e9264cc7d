/* fuzz_magic.c: kinds of content: what is added behind a beginning that was recognised changes nothing of it.
 */
#include "fuzz.h"
#include "mail/magic.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str bytes = {(const char *)data, size};
    enum magic magic = magic_of(bytes);

    assert(magic < MAGICS && magic_of_name(bytes) < MAGICS);
    /* What is said of a beginning that has a mark holds for all that begins so. */
    if (magic_kind(magic) == MAGIC_KIND_IMAGE || magic_kind(magic) == MAGIC_KIND_SHORTCUT)
        assert(magic_of(str_sub(bytes, 0, 1024)) == magic);
    return 0;
}
