/* fuzz_dkim_key.c: key records: one that is usable has a key, any other has its reason. */
#include "auth/dkim_key.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

static struct crypto *crypto;
static struct arena *arena;

static void check_public_key(const struct dkim_key *key)
{
    const char *reason;
    unsigned bits, again;
    const struct public_key *public = crypto_public_key(crypto, key->type, key->der, &bits, &reason);

    if (!public) {
        assert(reason);
        return;
    }
    assert(!reason && bits >= 1 && bits <= LIMIT_DKIM_RSA_BITS_MAX);
    assert(crypto_public_key(crypto, key->type, key->der, &again, &reason) == public && again == bits);
    assert(!crypto_verify(crypto, public, HASH_SHA256, (const uint8_t *)"................................",
                          32, S("no signature")));
}

/* The records at a name stand one behind the other, with a line end between them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size}, one;
    struct dns_record records[4];
    struct dns_answer answer = {.name = S("s._domainkey.example.com"), .records = records, .status = DNS_OK};
    struct dkim_key key;

    if (!crypto) {
        crypto = crypto_new(NULL);
        arena = arena_new();
    }
    if (size == 0)
        return 0;
    while (answer.n < 4 && str_next(&text, '\n', &one))
        records[answer.n++] = (struct dns_record){.text = one};
    dkim_key_choose(&key, &answer, arena);
    assert((key.status == DKIM_KEY_USABLE) == (key.reason.n == 0));
    if (key.status == DKIM_KEY_USABLE) {
        assert(key.der.n > 0 || str_find_str((str){(const char *)data, size}, S("=")) < size);
        check_public_key(&key);
    }
    arena_reset(arena);
    return 0;
}
