/* fuzz_parameter.c: parameters of MIME fields: within the limits, valid UTF-8 where something was decoded. */
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "mail/parameter.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct parameters parameters;

    parameters_parse(&parameters, (str){(const char *)data, size}, arena);
    assert(parameters.n <= LIMIT_PARAMETERS);
    if (parameters.n)
        assert(str_eq(parameters_find(&parameters, parameters.items[0].name, 0), parameters.items[0].value));
    for (size_t i = 0; i < parameters.n; i++) {
        assert(parameters.items[i].name.n > 0);
        assert(!parameters.items[i].encoded || utf8_valid(parameters.items[i].value));
    }
    arena_free(arena);
    return 0;
}
