/* fuzz_import.c: configurations of OpenDKIM and OpenDMARC: whatever they say, what is made of it is a
 * configuration. */
#include "../tests/unit/programs/import_files.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

static void check(import_function *import, str input)
{
    static const struct config_params params = {STR("mx.example.net"), 1795600000};
    struct arena *arena = arena_new();
    struct conf conf;
    struct err err;
    str yaml, notes;

    assert(import(S("/main"), import_files_read, &input, arena, &yaml, &notes, &err));
    conf_init(&conf, S("f"), arena);
    if (yaml.n <= LIMIT_CONF_BYTES)
        assert(config_read(&conf, yaml, &params));
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str input = {(const char *)data, size};

    check(import_opendkim, input);
    check(import_opendmarc, input);
    return 0;
}
