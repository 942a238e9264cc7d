/* fuzz_release.c: what is looked for in mail that may have been released: the token is within the header, the
 * body is the end of the message, and a token on top changes nothing of it. */
#include "fuzz.h"
#include "journal/release.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    str raw = {(const char *)data, size}, body = release_body(raw), field = release_field(raw), above;
    uint8_t secret[RELEASE_DIGEST];
    int64_t number = 0;

    assert(body.n <= raw.n && str_ends(raw, body));
    if (field.n)
        assert(field.p > raw.p && field.p + field.n <= raw.p + raw.n && str_find(field, '\n') == field.n);
    if (release_read_token(field, &number, secret))
        assert(number > 0 && field.n > RELEASE_SECRET);
    above = arena_join(arena, S(RELEASE_FIELD ": token\r\n"), raw, S(""));
    assert(str_eq(release_field(above), S("token")));
    assert(str_eq(release_body(above), body));
    arena_free(arena);
    return 0;
}
