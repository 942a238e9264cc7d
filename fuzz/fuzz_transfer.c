/* fuzz_transfer.c: transfer encodings: no more comes out than there is, what was encoded comes out again, and
 * what is encoded as it should be is read by all decoders alike. */
#include "base/base64.h"
#include "fuzz.h"
#include "mail/transfer.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct transfer_facts facts = {.junk = false}, clean = {.junk = false}, quoted = {.junk = false};
    struct transfer_file file = {.at = 0};
    str text = {(const char *)data, size}, strict, encoded = base64_encode(text, arena);

    assert(str_eq(transfer_base64(encoded, arena, &clean), text));
    assert(!clean.junk && !clean.unclosed && !clean.behind);
    strict = transfer_base64(text, arena, &facts);
    if (base64_decode(text, arena, &encoded))
        assert(str_eq(strict, encoded) && !facts.junk && !facts.unclosed && !facts.behind);
    if (!facts.junk && !facts.unclosed && !facts.behind)
        assert(str_eq(transfer_base64_unpadded(text, arena), strict));
    assert(strict.n <= size && transfer_base64_lines(text, arena).n <= size);
    strict = transfer_quoted_printable(text, arena, &quoted);
    assert(strict.n <= size && transfer_quoted_loose(text, arena).n <= size);
    if (!quoted.junk && !quoted.unclosed)
        assert(str_eq(transfer_quoted_loose(text, arena), strict));
    for (size_t from = 0; transfer_uuencoded(text, from, arena, &file, &facts); from = file.at + file.length)
        assert(file.at >= from && file.length > 0 && file.at + file.length <= size &&
               file.bytes.n < file.length);
    arena_free(arena);
    return 0;
}
