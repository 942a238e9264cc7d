/* fuzz_conf.c: configuration files: problems have their place in the text; what is read and shown reads back
 * as the same. */
#include "../tests/unit/base/conf_sample.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

static bool read_text(str text, struct arena *arena, struct buf *shown)
{
    struct sample sample = {0};
    struct conf conf;
    size_t lines = 2; /* the end of the text may be a line of its own */
    unsigned told = 0;

    for (size_t i = 0; i < text.n; i++) /* libyaml's line ends: CR, LF, and NEL, LS, PS by their last byte */
        lines += strchr("\r\n\x85\xa8\xa9", text.p[i]) != NULL;
    conf_init(&conf, S("f"), arena);
    assert(conf_read(&conf, &sample_section, text, &sample) == (conf.errors == 0));
    for (const struct conf_problem *problem = conf.problems; problem; problem = problem->next, told++) {
        assert(problem->line <= lines && problem->column <= text.n + 1 && problem->words.n);
        assert(!problem->next || problem->next->line >= problem->line);
    }
    assert(told == (conf.errors < LIMIT_CONF_PROBLEMS ? conf.errors : LIMIT_CONF_PROBLEMS));
    *shown = buf_new(arena, 8 << 20);
    if (conf.errors)
        conf_report(shown, &conf);
    else
        conf_show(shown, &sample_section, &sample, false);
    return conf.errors == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf first, second;

    if (read_text((str){(const char *)data, size}, arena, &first) && !first.full &&
        first.n < LIMIT_CONF_BYTES) {
        assert(read_text(buf_str(&first), arena, &second));
        assert(str_eq(buf_str(&first), buf_str(&second)));
    }
    arena_free(arena);
    return 0;
}
