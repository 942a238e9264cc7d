/* test_crypto.c: digests, keys and signatures, with known answers and with OpenSSL's own generators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/crypto.h"
#include "base/limits.h"

static struct crypto *crypto;
static struct arena *arena;

static str hex(const uint8_t *bytes, size_t n)
{
    str text = S("");

    for (size_t i = 0; i < n; i++)
        text = arena_printf(arena, "%.*s%02x", PS(text), bytes[i]);
    return text;
}

static str unhex(const char *text)
{
    size_t n = strlen(text) / 2;
    char *p = arena_bytes(arena, n);

    for (size_t i = 0; i < n; i++) {
        unsigned byte;

        assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
        p[i] = (char)byte;
    }
    return (str){p, n};
}

static void test_digests(void **state)
{
    uint8_t digest[HASH_SIZE_MAX];
    struct hash *one = hash_new(crypto, HASH_SHA256), *two = hash_new(crypto, HASH_SHA1);

    (void)state;
    hash_add(one, S("a"));
    hash_add(two, S("ab"));
    hash_add(one, S(""));
    hash_add(one, S("bc"));
    hash_add(two, S("c"));
    assert_int_equal(hash_end(one, digest), 32);
    assert_true(
        str_eq(hex(digest, 32), S("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
    assert_int_equal(hash_end(two, digest), 20);
    assert_true(str_eq(hex(digest, 20), S("a9993e364706816aba3e25717850c26c9cd0d89d")));
}

/* Split anywhere, the digest is the same. */
static void test_splits(void **state)
{
    char text[300];
    uint8_t whole[HASH_SIZE_MAX], pieces[HASH_SIZE_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7);
    for (size_t i = 0; i <= sizeof(text); i++) {
        struct hash *one = hash_new(crypto, HASH_SHA256), *two = hash_new(crypto, HASH_SHA256);

        hash_add(one, (str){text, sizeof(text)});
        hash_add(two, (str){text, i});
        hash_add(two, (str){text + i, sizeof(text) - i});
        hash_end(two, pieces);
        hash_end(one, whole);
        assert_memory_equal(whole, pieces, 32);
    }
}

/* RSAPublicKey inside a SubjectPublicKeyInfo of a key of 1024 to 4096 bits: behind the 00 of the BIT STRING.
 */
static str bare(str info)
{
    size_t at = str_find_str(info, S("\x05\x00\x03")) + 3; /* its length follows */

    assert_true(at < info.n);
    return str_skip(info, at + 2 + ((uint8_t)info.p[at] & 0x7f));
}

static void check_key(const struct private_key *private, str public, enum key_type type, unsigned bits)
{
    struct err err;
    const char *reason;
    unsigned got;
    uint8_t digest[32] = {1, 2, 3};
    str signature;
    const struct public_key *key;

    assert_true(private_key_sign(private, digest, sizeof(digest), arena, &signature, &err));
    for (int again = 0; again < 3; again++) {
        key = crypto_public_key(crypto, type, public, &got, &reason);
        assert_non_null(key);
        assert_int_equal(got, bits);
        assert_true(crypto_verify(crypto, key, HASH_SHA256, digest, sizeof(digest), signature));
    }
    for (size_t i = 0; i < signature.n; i += 11) {
        str copy = arena_str(arena, signature);

        ((char *)(uintptr_t)copy.p)[i] ^= 1;
        assert_false(crypto_verify(crypto, key, HASH_SHA256, digest, sizeof(digest), copy));
    }
    assert_false(crypto_verify(crypto, key, HASH_SHA256, digest, sizeof(digest), S("")));
    assert_false(crypto_verify(crypto, key, HASH_SHA256, digest, sizeof(digest),
                               str_sub(signature, 0, signature.n - 1)));
    digest[0] ^= 1;
    assert_false(crypto_verify(crypto, key, HASH_SHA256, digest, sizeof(digest), signature));
    digest[0] ^= 1;
    assert_true(crypto_verify(crypto, key, HASH_SHA256, digest, sizeof(digest), signature));
}

static void test_keys(void **state)
{
    static const struct {
        enum key_type type;
        unsigned bits;
    } rows[] = {{KEY_RSA, 1024}, {KEY_RSA, 2047}, {KEY_RSA, 2048}, {KEY_RSA, 512}, {KEY_ED25519, 256}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err;
        struct private_key *key = private_key_new(rows[i].type, rows[i].bits, &err), *again;
        str public, pem, public_again;

        assert_non_null(key);
        assert_int_equal(private_key_type(key), rows[i].type);
        assert_int_equal(private_key_bits(key), rows[i].bits);
        assert_true(private_key_public(key, arena, &public, &err));
        check_key(key, public, rows[i].type, rows[i].bits);
        if (rows[i].bits >= 1024)
            check_key(key, bare(public), rows[i].type, rows[i].bits);
        assert_true(private_key_pem(key, arena, &pem, &err));
        assert_true(str_starts(pem, S("-----BEGIN PRIVATE KEY-----\n")));
        again = private_key_load(pem, &err);
        assert_non_null(again);
        assert_true(private_key_public(again, arena, &public_again, &err));
        assert_true(str_eq(public, public_again));
        private_key_free(key);
        private_key_free(again);
    }
}

/* Each key verifies its own signatures only, in any order. */
static void test_mixed_keys(void **state)
{
    struct private_key *keys[4];
    str publics[4], signatures[4];
    uint8_t digest[32] = {7};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        keys[i] = private_key_new(i % 2 ? KEY_RSA : KEY_ED25519, 1024, NULL);
        assert_true(private_key_public(keys[i], arena, &publics[i], NULL));
        assert_true(private_key_sign(keys[i], digest, sizeof(digest), arena, &signatures[i], NULL));
        private_key_free(keys[i]);
    }
    for (size_t i = 0; i < 16; i++) {
        size_t key = i / 4, signature = i % 4;
        unsigned bits;
        const char *reason;
        const struct public_key *public =
            crypto_public_key(crypto, key % 2 ? KEY_RSA : KEY_ED25519, publics[key], &bits, &reason);

        assert_non_null(public);
        assert_int_equal(
            crypto_verify(crypto, public, HASH_SHA256, digest, sizeof(digest), signatures[signature]),
            key == signature);
    }
}

static void test_bad_private_keys(void **state)
{
    /* An EC key on P-256, and a PKCS#8 with a passphrase: both well-formed. */
    static const str rows[] = {
        STR(""),
        STR("junk"),
        STR("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"),
        STR("-----BEGIN PRIVATE KEY-----\n"
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmX7CVVryzGFUgJVa\n"
            "arLQt9W74D/2Lohl/N0oA7CWYeOhRANCAAS+ClG7xgtIxR92d9m3QTA43pGKdMw4\n"
            "ovFHhwzO7HuMFHORv8HBgyWZ4I/1OdjXY7MEOtroOOqDaGido26eDx8s\n"
            "-----END PRIVATE KEY-----\n"),
        STR("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
            "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjpaUVypQU8RwICCAAw\n"
            "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEPReTkNFFxD2s9wTH5KJTtkEQEFX\n"
            "ZBcEA5qsBDvAXuFEi5oCBVsizRtzpYmeKmKVDs5SC/f7dpadFgHKn2ToBxH1ZmB1\n"
            "bdmoXJ6EaV+z8ikXKN0=\n"
            "-----END ENCRYPTED PRIVATE KEY-----\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {""};

        assert_null(private_key_load(rows[i], &err));
        assert_true(err.words[0] != '\0');
    }
}

static void test_bad_public_keys(void **state)
{
    static const struct {
        enum key_type type;
        const char *der;
        const char *reason;
    } rows[] = {
        {KEY_RSA, "", "p= is no RSA public key"},
        {KEY_RSA, "3000", "p= is no RSA public key"},
        {KEY_RSA, "30060201050201", "p= is no RSA public key"},
        {KEY_RSA, "308400000006020105020103", "p= is no RSA public key"}, /* length in four bytes */
        {KEY_RSA, "300602018502010300", "p= is no RSA public key"},       /* negative, and a byte too many */
        {KEY_RSA, "3006020185020103", "p= is no RSA public key"},
        {KEY_RSA, "3006020100020103", "p= is no RSA public key"}, /* zero */
        {KEY_RSA, "3006020104020103", "the RSA modulus is even"},
        {KEY_RSA, "3006020105020101", "the RSA exponent is 1 or even"},
        {KEY_RSA, "3006020105020102", "the RSA exponent is 1 or even"},
        {KEY_RSA, "300e0201050209010000000000000001", "the RSA exponent is too large"},
        {KEY_ED25519, "00", "p= is no Ed25519 key: it has not 32 bytes"},
        {KEY_ED25519,
         "302a300506032b65700321001111111111111111111111111111111111111111111111111111111111111111",
         "p= is an Ed25519 key in ASN.1 form instead of its 32 bytes alone"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned bits;
        const char *reason = NULL;

        if (crypto_public_key(crypto, rows[i].type, unhex(rows[i].der), &bits, &reason) ||
            strcmp(reason, rows[i].reason) != 0)
            fail_msg("row %zu: %s", i, reason ? reason : "taken");
    }
}

/* A modulus over the limit is named with its size and never given to OpenSSL. */
static void test_large_modulus(void **state)
{
    size_t n = LIMIT_DKIM_RSA_BITS_MAX / 8 + 1;
    str head = unhex("3082020902820201"), tail = unhex("020103");
    str modulus = {memset(arena_bytes(arena, n), 0x7f, n), n};
    char *p = arena_bytes(arena, head.n + modulus.n + tail.n);
    const char *reason;
    unsigned bits;

    (void)state;
    memcpy(p, head.p, head.n);
    memcpy(p + head.n, modulus.p, modulus.n);
    memcpy(p + head.n + modulus.n, tail.p, tail.n);
    p[2] = (char)((modulus.n + 4 + tail.n) >> 8);
    p[3] = (char)((modulus.n + 4 + tail.n) & 0xff);
    assert_null(crypto_public_key(crypto, KEY_RSA, (str){p, head.n + n + tail.n}, &bits, &reason));
    assert_string_equal(reason, "the RSA key is too large");
    assert_int_equal(bits, LIMIT_DKIM_RSA_BITS_MAX + 7);
}

/* More keys than are kept: the oldest go, and come back when asked for again. */
static void test_cache(void **state)
{
    const char *reason;
    unsigned bits;

    (void)state;
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < LIMIT_CRYPTO_KEYS + 50; i++) {
            char der[32] = {1};

            der[1] = (char)i;
            der[2] = (char)(i >> 8);
            if (!crypto_public_key(crypto, KEY_ED25519, (str){der, 32}, &bits, &reason))
                fail_msg("key %u: %s", i, reason);
        }
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new();
    crypto = crypto_new(NULL);
    return crypto ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_mixed_keys),
        cmocka_unit_test(test_bad_private_keys),
        cmocka_unit_test(test_bad_public_keys),
        cmocka_unit_test(test_large_modulus),
        cmocka_unit_test(test_cache),
    };

    return cmocka_run_group_tests_name("crypto", tests, begin, end);
}
