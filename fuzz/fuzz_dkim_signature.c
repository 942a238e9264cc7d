/* fuzz_dkim_signature.c: signature fields of the three kinds: what can be checked is whole and points into
 * the field. */
#include "auth/signature.h"
#include "base/limits.h"
#include "fuzz.h"
#include "mail/domain.h"

#include <assert.h>

static void assert_inside(str slice, str text)
{
    assert(slice.n == 0 || (slice.p >= text.p && slice.p + slice.n <= text.p + text.n));
}

static void assert_whole(const struct signature *signature, struct arena *arena)
{
    str value = signature->header->value, normal;

    assert_inside(signature->without, value);
    assert_inside(signature->fields, value);
    assert(signature->value.n <= signature->without.n);
    assert(signature->without.p[-1] == '=');
    assert(signature->without.p + signature->without.n == value.p + value.n ||
           signature->without.p[signature->without.n] == ';');
    assert(domain_normal(signature->domain, arena, &normal) && str_eq(normal, signature->domain));
    assert(str_ends(signature->key_name, signature->domain));
    assert(signature->hash_type == HASH_SHA256);
    assert(signature->time >= -1 && (signature->expires == -1 || signature->expires > signature->time));
    if (signature->kind != SIGNATURE_DKIM)
        assert(signature->instance >= 1 && signature->instance <= LIMIT_ARC_SETS);
    if (signature->kind != SIGNATURE_ARC_SEAL)
        assert(signature->body_hash.n == 32 &&
               str_find_str(arena_lower(arena, signature->fields), S("from")) < signature->fields.n);
}

/* The first byte chooses the kind. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    struct header header = {.name = S("DKIM-Signature")};
    struct signature signature;
    struct notes warnings = {0};
    enum result result;
    str reason;

    if (!arena)
        arena = arena_new();
    if (size < 1)
        return 0;
    header.raw = header.value = (str){(const char *)data + 1, size - 1};
    result =
        signature_parse(&signature, &header, (enum signature_kind)(data[0] % 3), arena, &reason, &warnings);
    assert((result == RESULT_NONE) == (reason.n == 0));
    assert(signature.header == &header);
    if (result == RESULT_NONE)
        assert_whole(&signature, arena);
    arena_reset(arena);
    return 0;
}
