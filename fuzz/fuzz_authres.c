/* fuzz_authres.c: Authentication-Results: what is written is RFC 8601 and reads as what was written. */
#include "auth/authres.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

static bool same(const struct authres *a, const struct authres *b)
{
    if (!str_eq(a->id, b->id) || a->n != b->n || a->none != b->none || a->instance != b->instance)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct authres_result *x = &a->results[i], *y = &b->results[i];

        if (!str_eq(x->method, y->method) || x->result != y->result || !str_eq(x->comment, y->comment) ||
            !str_eq(x->reason, y->reason) || x->property_count != y->property_count)
            return false;
        for (size_t k = 0; k < x->property_count; k++)
            if (!str_eq(x->properties[k].value, y->properties[k].value))
                return false;
    }
    return true;
}

/* One field on folded lines, without control characters, none too long. */
static void assert_field(str field)
{
    size_t line = 0;

    assert(str_ends(field, S("\r\n")));
    for (size_t i = 0; i < field.n; i++) {
        char c = field.p[i];

        assert(c != '\r' || (i + 1 < field.n && field.p[i + 1] == '\n'));
        assert(c != '\n' || (field.p[i - 1] == '\r' && (i + 1 == field.n || field.p[i + 1] == ' ')));
        assert((uint8_t)c >= 0x20 ? c != 0x7f : c == '\t' || c == '\r' || c == '\n');
        line = c == '\n' ? 0 : line + 1;
        assert(line < 4 * LIMIT_AUTHRES_VALUE || memchr(field.p, ' ', field.n));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    bool arc = size && data[0] % 2;
    str name = S("Authentication-Results");
    struct authres first, second, third;
    str field;

    authres_parse(&first, (str){(const char *)data, size}, arc, arena);
    assert(first.n <= LIMIT_AUTHRES_RESULTS);
    if (first.id.n == 0)
        first.id = S("mx.example.com");
    field = authres_write(&first, name, arena);
    assert_field(field);
    authres_parse(&second, str_skip(field, name.n + 1), first.instance > 0, arena);
    assert(!second.syntax && second.n <= first.n);
    assert(second.n > 0 || second.none);
    field = authres_write(&second, name, arena);
    authres_parse(&third, str_skip(field, name.n + 1), first.instance > 0, arena);
    assert(same(&second, &third));
    assert(authres_is_from(str_skip(field, name.n + 1), second.id, arena) || first.instance);
    arena_free(arena);
    return 0;
}
