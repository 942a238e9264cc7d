/* fuzz_charset.c: text in any charset of the list: what comes out is UTF-8, and what is kept as it is, is
 * what would have come out. The first line is the name of the charset. */
#include "base/utf8.h"
#include "fuzz.h"
#include "mail/charset.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf out = buf_new(arena, 16 * size + 16), guess = buf_new(arena, 4 * size + 16);
    str text = {(const char *)data, size}, name = str_sub(text, 0, str_find(text, '\n'));
    str bytes = str_skip(text, name.n + 1);
    const struct charset *charset = charset_find(name);
    bool broken = false;

    if (charset) {
        charset_decode(charset, bytes, &out, &broken);
        assert(utf8_valid(buf_str(&out)));
        if (charset_keeps(charset, bytes))
            assert(!broken && str_eq(buf_str(&out), bytes));
    }
    charset_guess(bytes, &guess);
    assert(utf8_valid(buf_str(&guess)) && !guess.full);
    arena_free(arena);
    return 0;
}
