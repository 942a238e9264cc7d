/* fuzz_unwrap.c: links unwrapped by rules with every step: what comes out is a URL that reads back the same,
 * and comes out again. */
#include "fuzz.h"
#include "sender/unwrap.h"

#include <assert.h>

#define ROW(name, host, steps)                                                                               \
    "  " name ":\n    title: T\n    kind: redirect\n    hosts: [" host ".example]\n    steps: [" steps       \
    "]\n    opaque: yes\n    tests: [{url: 'https://a.example/'}]\n"

/* The first letter of the host chooses the row. */
static const char rules[] = "links:\n" ROW("a", "a", "parameter u, form") ROW("b", "b", "segment 2, base64")
    ROW("c", "c", "rest 2, percent, prefix https://")
        ROW("d", "d", "last-segment, base64, inflate, parameter l, percent")
            ROW("e", "e", "query, part 2 ., base64, json u") ROW("f", "f", "fragment, hex")
                ROW("g", "g", "last-url") ROW("h", "h", "urldefense-3") ROW("i", "i", "translate-host")
                    ROW("j", "j", "segment 1, base64, sparkpost")
                        ROW("k", "k", "after u=, before &, skip 2, replace - %, percent")
                            ROW("l", "l", "host, prefix http://x.");

static struct unwrapped *follow(const struct unwrap *unwrap, const struct url *url, struct arena *arena)
{
    struct unwrapped *out = arena_new_of(arena, struct unwrapped);

    unwrap_link(unwrap, url, out, arena);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct unwrap *unwrap;
    struct arena *arena = arena_new();
    struct url url, again;

    if (!unwrap) {
        struct buf problems = buf_new(arena, 4096);

        unwrap = unwrap_new(S("rules"), str_from(rules), false, &problems);
        assert(unwrap && problems.n == 0);
    }
    if (url_parse(&url, (str){(const char *)data, size}, NULL, arena)) {
        const struct unwrapped *out = follow(unwrap, &url, arena), *twice = follow(unwrap, &url, arena);

        assert(out->n <= LIMIT_UNWRAP_HOPS && twice->n == out->n && twice->opaque == out->opaque);
        assert(str_eq(out->target->href, twice->target->href));
        for (size_t i = 0; i < out->n; i++) {
            assert(url_parse(&again, out->hops[i].url.href, NULL, arena));
            assert(str_eq(again.href, out->hops[i].url.href));
        }
    }
    arena_free(arena);
    return 0;
}
