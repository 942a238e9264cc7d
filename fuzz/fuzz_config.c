/* fuzz_config.c: the configuration of the gate: what is shown of any that is taken is taken too, and shown as
 * the same. */
#include "fuzz.h"
#include "gate/config.h"

#include <assert.h>

enum { SHOWN_MAX = 1 << 20 };

static const struct config *read_text(str text, struct arena *arena, struct buf *shown)
{
    static const struct config_params params = {STR("mx.example.net"), 1795600000};
    const struct config *config;
    struct conf conf;

    conf_init(&conf, S("f"), arena);
    config = config_read(&conf, text, &params);
    assert((config != NULL) == (conf.errors == 0));
    *shown = buf_new(arena, SHOWN_MAX);
    if (config)
        conf_show(shown, &config_section, config, false);
    return config;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf first, second, shorter;
    const struct config *config = read_text((str){(const char *)data, size}, arena, &first);

    if (config && !first.full) {
        assert(read_text(buf_str(&first), arena, &second));
        assert(str_eq(buf_str(&first), buf_str(&second)));
        shorter = buf_new(arena, SHOWN_MAX);
        conf_show(&shorter, &config_section, config, true);
        assert(shorter.n <= first.n && read_text(buf_str(&shorter), arena, &second));
        assert(str_eq(buf_str(&first), buf_str(&second)));
    }
    arena_free(arena);
    return 0;
}
