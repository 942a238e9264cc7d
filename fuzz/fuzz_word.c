/* fuzz_word.c: encoded words: what comes out is valid UTF-8 within the limit, and plain text stays itself. */
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "mail/header.h"
#include "mail/word.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size}, decoded;
    struct arena *arena = arena_new();
    struct word_facts facts;

    decoded = word_decode(text, arena, &facts);
    assert(decoded.n <= LIMIT_WORDS && utf8_valid(decoded));
    if (!facts.encoded && !facts.cut && utf8_valid(text))
        assert(str_eq(decoded, header_unfold(text, arena)));
    assert(!facts.unknown_charset || facts.broken);
    arena_free(arena);
    return 0;
}
