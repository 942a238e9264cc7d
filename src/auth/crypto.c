/* crypto.c: digests and signatures over OpenSSL, with what is costly to make kept at hand.
 *
 * Measured with OpenSSL 3.0: fetching SHA-256 by name for every digest and d2i_PUBKEY() for every key cost
 * more than the RSA verification itself. So algorithms are fetched once, contexts are used again, the DER of
 * a key is taken apart here, and a parsed key stays with its verification context in a cache. */
#include "auth/crypto.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "base/limits.h"

enum { BUCKETS = 256, MODULUS_MAX = LIMIT_DKIM_RSA_BITS_MAX / 8, EXPONENT_MAX = 8 };

struct hash {
    struct crypto *crypto;
    EVP_MD_CTX *context;
    enum hash_type type;
    struct hash *next; /* in the list of those not in use */
};

struct public_key {
    struct public_key *newer, *older; /* by last use */
    struct public_key *same_bucket;
    uint64_t fingerprint;
    enum key_type type;
    char *der;
    size_t der_size;
    unsigned bits;
    EVP_PKEY *key;
    EVP_PKEY_CTX *verify[2]; /* RSA, by digest; made when first used */
};

struct crypto {
    EVP_MD *digests[2];
    EVP_PKEY_CTX *from_data;
    EVP_MD_CTX *message; /* for Ed25519 */
    struct hash *idle;
    struct public_key *newest, *oldest;
    struct public_key *buckets[BUCKETS];
    size_t keys;
};

/* What OpenSSL fails at here is memory or a bug of ours; a wrong digest must never come out of it. */
static void must(bool ok)
{
    if (!ok)
        abort();
}

struct crypto *crypto_new(struct err *err)
{
    struct crypto *crypto = calloc(1, sizeof(struct crypto));

    must(crypto != NULL);
    crypto->digests[HASH_SHA1] = EVP_MD_fetch(NULL, "SHA1", NULL);
    crypto->digests[HASH_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
    crypto->from_data = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    crypto->message = EVP_MD_CTX_new();
    if (!crypto->digests[HASH_SHA256] || !crypto->from_data || !crypto->message ||
        EVP_PKEY_fromdata_init(crypto->from_data) != 1) {
        err_set(err, "OpenSSL has no SHA-256 or no RSA");
        crypto_free(crypto);
        return NULL;
    }
    return crypto;
}

static void key_free(struct public_key *key)
{
    EVP_PKEY_CTX_free(key->verify[HASH_SHA1]);
    EVP_PKEY_CTX_free(key->verify[HASH_SHA256]);
    EVP_PKEY_free(key->key);
    free(key->der);
    free(key);
}

void crypto_free(struct crypto *crypto)
{
    if (!crypto)
        return;
    while (crypto->idle) {
        struct hash *hash = crypto->idle;

        crypto->idle = hash->next;
        EVP_MD_CTX_free(hash->context);
        free(hash);
    }
    while (crypto->newest) {
        struct public_key *key = crypto->newest;

        crypto->newest = key->older;
        key_free(key);
    }
    EVP_MD_free(crypto->digests[HASH_SHA1]);
    EVP_MD_free(crypto->digests[HASH_SHA256]);
    EVP_PKEY_CTX_free(crypto->from_data);
    EVP_MD_CTX_free(crypto->message);
    free(crypto);
}

struct hash *hash_new(struct crypto *crypto, enum hash_type type)
{
    struct hash *hash = crypto->idle;

    if (hash) {
        crypto->idle = hash->next;
    } else {
        hash = calloc(1, sizeof(struct hash));
        must(hash != NULL);
        hash->crypto = crypto;
        hash->context = EVP_MD_CTX_new();
    }
    hash->type = type;
    must(EVP_DigestInit_ex2(hash->context, crypto->digests[type], NULL) == 1);
    return hash;
}

void hash_add(struct hash *hash, str bytes)
{
    must(EVP_DigestUpdate(hash->context, bytes.p, bytes.n) == 1);
}

struct hash *hash_copy(const struct hash *hash)
{
    struct hash *copy = hash_new(hash->crypto, hash->type);

    must(EVP_MD_CTX_copy_ex(copy->context, hash->context) == 1);
    return copy;
}

size_t hash_end(struct hash *hash, uint8_t digest[HASH_SIZE_MAX])
{
    unsigned size = 0;

    must(EVP_DigestFinal_ex(hash->context, digest, &size) == 1);
    hash->next = hash->crypto->idle;
    hash->crypto->idle = hash;
    return size;
}

/* DER: cuts the element with this tag off the front of *der. Lengths of up to three bytes, in any form. */
static bool der_next(str *der, uint8_t tag, str *content)
{
    size_t length, at = 2;

    if (der->n < 2 || (uint8_t)der->p[0] != tag)
        return false;
    length = (uint8_t)der->p[1];
    if (length >= 0x80) {
        size_t bytes = length & 0x7f;

        if (bytes < 1 || bytes > 3 || der->n < 2 + bytes)
            return false;
        for (length = 0; bytes > 0; bytes--)
            length = length << 8 | (uint8_t)der->p[at++];
    }
    if (length > der->n - at)
        return false;
    *content = str_sub(*der, at, length);
    *der = str_skip(*der, at + length);
    return true;
}

/* A positive INTEGER, without leading zero bytes. */
static bool der_positive(str *der, str *number)
{
    if (!der_next(der, 0x02, number) || number->n == 0 || (number->p[0] & 0x80))
        return false;
    while (number->n && number->p[0] == 0)
        *number = str_skip(*number, 1);
    return number->n > 0;
}

struct rsa_parts {
    str modulus, exponent; /* big-endian */
};

/* RSAPublicKey (RFC 8017 A.1.1). */
static bool read_rsa_key(str der, struct rsa_parts *rsa)
{
    str sequence;

    return der_next(&der, 0x30, &sequence) && der.n == 0 && der_positive(&sequence, &rsa->modulus) &&
           der_positive(&sequence, &rsa->exponent) && sequence.n == 0;
}

/* SubjectPublicKeyInfo (RFC 5280 section 4.1) with rsaEncryption. */
static bool read_rsa_info(str der, struct rsa_parts *rsa)
{
    static const str rsa_encryption = STR("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
    str info, algorithm, oid, bits;

    if (!der_next(&der, 0x30, &info) || der.n != 0 || !der_next(&info, 0x30, &algorithm) ||
        !der_next(&algorithm, 0x06, &oid) || !str_eq(oid, rsa_encryption))
        return false;
    if (!der_next(&info, 0x03, &bits) || info.n != 0 || bits.n < 1 || bits.p[0] != 0)
        return false;
    return read_rsa_key(str_skip(bits, 1), rsa);
}

static unsigned bits_of(str number)
{
    return (unsigned)(number.n * 8) - (unsigned)(__builtin_clz((unsigned)(uint8_t)number.p[0]) - 24);
}

/* NULL, or why this is no key to compute with. */
static const char *rsa_unusable(const struct rsa_parts *rsa)
{
    if (rsa->modulus.n > MODULUS_MAX)
        return "the RSA key is too large";
    if (!(rsa->modulus.p[rsa->modulus.n - 1] & 1))
        return "the RSA modulus is even";
    if (rsa->exponent.n > EXPONENT_MAX)
        return "the RSA exponent is too large"; /* it would cost as much as signing */
    if (!(rsa->exponent.p[rsa->exponent.n - 1] & 1) || (rsa->exponent.n == 1 && rsa->exponent.p[0] == 1))
        return "the RSA exponent is 1 or even";
    return NULL;
}

/* OpenSSL wants numbers in the byte order of the machine. */
static OSSL_PARAM number_param(const char *name, str number, unsigned char *space)
{
    BIGNUM *value = BN_bin2bn((const unsigned char *)number.p, (int)number.n, NULL);

    must(value && BN_bn2nativepad(value, space, (int)number.n) == (int)number.n);
    BN_free(value);
    return OSSL_PARAM_construct_BN(name, space, number.n);
}

static EVP_PKEY *make_rsa(struct crypto *crypto, const struct rsa_parts *rsa)
{
    unsigned char modulus[MODULUS_MAX], exponent[EXPONENT_MAX];
    OSSL_PARAM params[] = {number_param(OSSL_PKEY_PARAM_RSA_N, rsa->modulus, modulus),
                           number_param(OSSL_PKEY_PARAM_RSA_E, rsa->exponent, exponent),
                           OSSL_PARAM_construct_end()};
    EVP_PKEY *key = NULL;

    if (EVP_PKEY_fromdata(crypto->from_data, &key, EVP_PKEY_PUBLIC_KEY, params) == 1)
        return key;
    ERR_clear_error();
    return NULL;
}

static EVP_PKEY *read_rsa(struct crypto *crypto, str der, unsigned *bits, const char **reason)
{
    struct rsa_parts rsa;
    EVP_PKEY *key;

    if (!read_rsa_info(der, &rsa) && !read_rsa_key(der, &rsa)) {
        *reason = "p= is no RSA public key";
        return NULL;
    }
    *bits = bits_of(rsa.modulus);
    *reason = rsa_unusable(&rsa);
    if (*reason)
        return NULL;
    key = make_rsa(crypto, &rsa);
    if (!key)
        *reason = "OpenSSL does not take the RSA key";
    return key;
}

static EVP_PKEY *read_ed25519(str der, unsigned *bits, const char **reason)
{
    /* What openssl prints by default; RFC 8463 section 4 wants the 32 bytes alone. */
    static const str info = STR("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00");
    EVP_PKEY *key = NULL;

    if (der.n == 32)
        key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)der.p, der.n);
    else if (str_starts(der, info))
        *reason = "p= is an Ed25519 key in ASN.1 form instead of its 32 bytes alone";
    else
        *reason = "p= is no Ed25519 key: it has not 32 bytes";
    if (key)
        *bits = 256;
    else
        ERR_clear_error();
    return key;
}

/* Eight bytes at a time: this is done for every message. Collisions cost a comparison, no more than
 * LIMIT_CRYPTO_KEYS. */
static uint64_t fingerprint_of(enum key_type type, str der)
{
    uint64_t hash = 14695981039346656037u + (uint64_t)type;

    while (der.n) {
        uint64_t word = 0;

        memcpy(&word, der.p, der.n < sizeof(word) ? der.n : sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
        der = str_skip(der, sizeof(word));
    }
    return hash;
}

static void unlink_key(struct crypto *crypto, struct public_key *key)
{
    *(key->newer ? &key->newer->older : &crypto->newest) = key->older;
    *(key->older ? &key->older->newer : &crypto->oldest) = key->newer;
}

static void link_newest(struct crypto *crypto, struct public_key *key)
{
    key->newer = NULL;
    key->older = crypto->newest;
    *(crypto->newest ? &crypto->newest->newer : &crypto->oldest) = key;
    crypto->newest = key;
}

static void drop_oldest(struct crypto *crypto)
{
    struct public_key *key = crypto->oldest;
    struct public_key **chain = &crypto->buckets[key->fingerprint % BUCKETS];

    while (*chain != key)
        chain = &(*chain)->same_bucket;
    *chain = key->same_bucket;
    unlink_key(crypto, key);
    key_free(key);
    crypto->keys--;
}

static struct public_key *find_key(struct crypto *crypto, enum key_type type, str der, uint64_t fingerprint)
{
    struct public_key *key = crypto->buckets[fingerprint % BUCKETS];

    while (key && !(key->fingerprint == fingerprint && key->type == type &&
                    str_eq((str){key->der, key->der_size}, der)))
        key = key->same_bucket;
    return key;
}

static struct public_key *keep_key(struct crypto *crypto, EVP_PKEY *pkey, enum key_type type, str der,
                                   uint64_t fingerprint)
{
    struct public_key *key = calloc(1, sizeof(struct public_key));

    must(key != NULL);
    key->der = malloc(der.n);
    must(key->der != NULL);
    memcpy(key->der, der.p, der.n);
    key->der_size = der.n;
    key->fingerprint = fingerprint;
    key->type = type;
    key->key = pkey;
    key->same_bucket = crypto->buckets[fingerprint % BUCKETS];
    crypto->buckets[fingerprint % BUCKETS] = key;
    crypto->keys++;
    return key;
}

const struct public_key *crypto_public_key(struct crypto *crypto, enum key_type type, str der, unsigned *bits,
                                           const char **reason)
{
    uint64_t fingerprint = fingerprint_of(type, der);
    struct public_key *key = find_key(crypto, type, der, fingerprint);

    *bits = 0;
    *reason = NULL;
    if (key) {
        unlink_key(crypto, key);
    } else {
        EVP_PKEY *pkey =
            type == KEY_RSA ? read_rsa(crypto, der, bits, reason) : read_ed25519(der, bits, reason);

        if (!pkey)
            return NULL;
        if (crypto->keys == LIMIT_CRYPTO_KEYS)
            drop_oldest(crypto);
        key = keep_key(crypto, pkey, type, der, fingerprint);
        key->bits = *bits;
    }
    link_newest(crypto, key);
    *bits = key->bits;
    return key;
}

static EVP_PKEY_CTX *verify_context(struct crypto *crypto, struct public_key *key, enum hash_type type)
{
    EVP_PKEY_CTX *context = key->verify[type];

    if (!context) {
        context = EVP_PKEY_CTX_new_from_pkey(NULL, key->key, NULL);
        must(context && EVP_PKEY_verify_init(context) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(context, crypto->digests[type]) == 1);
        key->verify[type] = context;
    }
    return context;
}

bool crypto_verify(struct crypto *crypto, const struct public_key *key, enum hash_type type,
                   const uint8_t *digest, size_t digest_size, str signature)
{
    const unsigned char *bytes = (const unsigned char *)signature.p;
    bool right;

    if (key->type == KEY_RSA) {
        /* The cache owns the key and hands it out const; its context is a part of the cache. */
        EVP_PKEY_CTX *context = verify_context(crypto, (struct public_key *)(uintptr_t)key, type);

        right = EVP_PKEY_verify(context, bytes, signature.n, digest, digest_size) == 1;
    } else {
        /* Without this the context goes on with the key of the last signature. */
        must(EVP_MD_CTX_reset(crypto->message) == 1);
        must(EVP_DigestVerifyInit(crypto->message, NULL, NULL, NULL, key->key) == 1);
        right = EVP_DigestVerify(crypto->message, bytes, signature.n, digest, digest_size) == 1;
    }
    if (!right)
        ERR_clear_error();
    return right;
}
