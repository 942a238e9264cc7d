/* fuzz_spf_macro.c: macro strings: bounded, and each macro as a plain implementation has it.
 *
 * The input is a macro string, a NUL, and the value of all its letters. */
#include "auth/spf_macro.h"
#include "base/buf.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

enum { PARTS = 4096 };

/* What section 7.3 says, step by step: split, reverse, keep the right-hand parts, join. */
static str plain(str value, size_t keep, bool reverse, str delimiters, struct arena *arena)
{
    static str parts[PARTS];
    struct buf buf = buf_new(arena, LIMIT_SPF_MACRO);
    size_t n = 0, begin = 0;

    for (size_t i = 0; i <= value.n; i++)
        if (i == value.n || memchr(delimiters.p, value.p[i], delimiters.n)) {
            parts[n++] = str_sub(value, begin, i - begin);
            begin = i + 1;
        }
    for (size_t i = 0; reverse && i < n / 2; i++) {
        str swapped = parts[i];

        parts[i] = parts[n - 1 - i];
        parts[n - 1 - i] = swapped;
    }
    for (size_t i = keep && keep < n ? n - keep : 0, first = i; i < n; i++) {
        if (i > first)
            buf_add_char(&buf, '.');
        buf_add(&buf, parts[i]);
    }
    return buf_str(&buf);
}

static void compare(str value, struct arena *arena)
{
    static const str delimiters[] = {STR("."), STR("-"), STR(".-+,/_=")};
    struct spf_macros macros = {.local = value};

    for (size_t i = 0; i < 3; i++)
        for (size_t keep = 0; keep < 4; keep++)
            for (int reverse = 0; reverse < 2; reverse++) {
                char number[2] = {(char)('0' + keep), '\0'};
                str text = arena_printf(arena, "%%{l%s%s%.*s}", keep ? number : "", reverse ? "R" : "",
                                        PS(i ? delimiters[i] : S("")));
                bool cut;
                str got = spf_macro_expand(text, &macros, LIMIT_SPF_MACRO, arena, &cut);

                assert(str_eq(got, plain(value, keep, reverse, delimiters[i], arena)));
            }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str all = {(const char *)data, size};
    str text = str_sub(all, 0, str_find(all, '\0'));
    str value = str_skip(all, text.n + 1);
    struct spf_macros macros = {.sender = value,
                                .local = value,
                                .sender_domain = value,
                                .domain = value,
                                .helo = value,
                                .validated = value,
                                .receiver = value};
    struct arena *arena = arena_new();
    bool cut;

    if (value.n < PARTS)
        compare(value, arena);
    if (!spf_macro_check(text, SPF_MACRO_EXPLANATION)) {
        str few = spf_macro_expand(text, &macros, 16, arena, &cut);
        str got = spf_macro_expand(text, &macros, LIMIT_SPF_MACRO, arena, &cut);

        assert(got.n <= LIMIT_SPF_MACRO && few.n <= 16 && str_starts(got, few));
        assert(str_find(text, '%') < text.n || cut || str_eq(got, text));
    }
    if (!spf_macro_check(text, SPF_MACRO_DOMAIN)) {
        assert(!spf_macro_check(text, SPF_MACRO_VALUE));
        assert(!spf_macro_has(text, S("crt")));
        assert(spf_macro_domain(text, &macros, arena).n <= 253);
    }
    arena_free(arena);
    return 0;
}
