/* fuzz_canon.c: canonicalisation: what is hashed is what the plain implementation writes. */
#include "../tests/unit/auth/canon_reference.h"
#include "fuzz.h"

#include <assert.h>

static struct crypto *crypto;
static struct arena *arena;

static void assert_same(struct hash *hash, str wanted, uint64_t limit)
{
    uint8_t got[HASH_SIZE_MAX], right[HASH_SIZE_MAX];
    struct hash *plain = hash_new(crypto, HASH_SHA256);

    hash_end(hash, got);
    hash_add(plain, str_sub(wanted, 0, limit < wanted.n ? (size_t)limit : wanted.n));
    hash_end(plain, right);
    assert(memcmp(got, right, sizeof(got)) == 0);
}

static void check_body(enum canon canon, str body, bool lf_only, uint64_t limit)
{
    struct hash *hash = hash_new(crypto, HASH_SHA256);
    str wanted = reference_body(arena, canon, body, lf_only);
    uint64_t length = canon_body(hash, canon, body, lf_only, limit);

    assert(length == wanted.n);
    assert_same(hash, wanted, limit);
}

static void check_header(enum canon canon, str raw, bool lf_only)
{
    struct header header = {.name = S("Name"), .raw = raw, .value = str_skip(raw, 5)};
    str without = str_skip(header.value, str_find(header.value, '='));
    struct hash *hash = hash_new(crypto, HASH_SHA256);

    without = str_sub(without, 1, str_find(str_skip(without, 1), ';'));
    canon_header(hash, canon, &header, lf_only, without, !lf_only);
    assert_same(hash, reference_header(arena, canon, &header, lf_only, without, !lf_only), UINT64_MAX);
}

/* The first byte chooses the way, the second a limit. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    enum canon canon;
    bool lf_only;

    if (size < 2)
        return 0;
    if (!crypto) {
        crypto = crypto_new(NULL);
        arena = arena_new();
    }
    canon = data[0] & 1 ? CANON_RELAXED : CANON_SIMPLE;
    lf_only = data[0] & 2;
    text = str_skip(text, 2);
    if (data[0] & 4)
        check_header(canon, arena_printf(arena, "Name:%.*s", PS(text)), lf_only);
    else
        check_body(canon, text, lf_only, data[0] & 8 ? data[1] : UINT64_MAX);
    arena_reset(arena);
    return 0;
}
