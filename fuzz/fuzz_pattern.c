/* fuzz_pattern.c: hostile text under patterns of the kinds that we use, the first byte says which: machine
 * code and the interpreter find the same, and what they find are slices of the text. */
#include "base/pattern.h"
#include "fuzz.h"

#include <assert.h>

static const struct {
    str text;
    unsigned flags;
} kinds[] = {
    {STR("^https?://([^/?#]+)(?:/([^?#]*))?(?:\\?(.*))?"), PATTERN_CASELESS},
    {STR("(?:^|[?&])(u|url|target)=([^&]*)"), PATTERN_CASELESS},
    {STR("\\b(\\w+)\\W+(?:\\w+\\W+){0,4}\\1\\b"), PATTERN_CASELESS | PATTERN_UTF},
    {STR("(\\d{1,3}(?:[., ]\\d{3})*)\\s*(?:\xe2\x82\xac|eur|usd)"), PATTERN_CASELESS | PATTERN_UTF},
    {STR("^(a|aa)+$"), 0},
    {STR("(?<=x)(\\p{L}+|.)(?!\\d)"), PATTERN_UTF},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct pattern *compiled(bool machine_code, size_t kind)
{
    static const struct pattern *patterns[2][KINDS];
    struct err err;

    if (!patterns[0][0])
        for (size_t i = 0; i < 2; i++) {
            struct pattern_set *set = pattern_set_new(i);

            for (size_t k = 0; k < KINDS; k++)
                patterns[i][k] = pattern_compile(set, kinds[k].text, kinds[k].flags, &err);
        }
    assert(patterns[machine_code][kind]);
    return patterns[machine_code][kind];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = str_skip((str){(const char *)data, size}, 1);
    size_t kind = size ? data[0] % KINDS : 0, from = 0;
    struct pattern_match match[2];
    enum pattern_found found[2];

    while (from <= text.n) {
        for (size_t i = 0; i < 2; i++)
            found[i] = pattern_find(compiled(i, kind), text, from, &match[i]);
        if (found[0] == PATTERN_LIMIT || found[1] == PATTERN_LIMIT)
            break;
        assert(found[0] == found[1]);
        if (found[0] == PATTERN_NOT_FOUND)
            break;
        for (size_t i = 0; i < match[0].count; i++) {
            str group = match[0].group[i];

            assert(group.p == match[1].group[i].p && group.n == match[1].group[i].n);
            assert(!group.p || (group.p >= text.p && group.p + group.n <= text.p + text.n));
        }
        from = (size_t)(match[0].group[0].p - text.p) + match[0].group[0].n + (match[0].group[0].n == 0);
    }
    return 0;
}
