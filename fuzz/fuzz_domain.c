/* fuzz_domain.c: domain names: a normal form is its own normal form, and display leads back to it. */
#include "fuzz.h"
#include "mail/domain.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size}, normal, again, organisation;
    struct arena *arena = arena_new();

    if (domain_normal(text, arena, &normal)) {
        assert(normal.n > 0 && normal.n <= 253);
        assert(domain_normal(normal, arena, &again) && again.p == normal.p && again.n == normal.n);
        assert(domain_normal(domain_display(normal, arena), arena, &again) && str_eq(again, normal));
        organisation = suffixes_organisation(NULL, normal);
        assert(domain_under(normal, organisation));
        assert(domain_labels(normal) == 1 || domain_under(normal, domain_parent(normal)));
    } else {
        assert(normal.n == 0);
    }
    arena_free(arena);
    return 0;
}
