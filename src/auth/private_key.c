/* private_key.c: the keys that sign; crypto.h declares them. */
#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "auth/crypto.h"

struct private_key {
    EVP_PKEY *key;
    enum key_type type;
};

/* The words of OpenSSL's oldest error behind ours; clears the rest. */
static bool openssl_err(struct err *err, const char *what)
{
    const char *why = ERR_reason_error_string(ERR_get_error());

    ERR_clear_error();
    return why ? err_set(err, "%s: OpenSSL says: %s", what, why) : err_set(err, "%s", what);
}

/* Takes the key over. */
static struct private_key *wrap(EVP_PKEY *key, struct err *err)
{
    struct private_key *wrapped;

    if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "ED25519")) {
        EVP_PKEY_free(key);
        err_set(err, "the private key is neither RSA nor Ed25519");
        return NULL;
    }
    wrapped = calloc(1, sizeof(struct private_key));
    if (!wrapped)
        abort();
    wrapped->key = key;
    wrapped->type = EVP_PKEY_is_a(key, "RSA") ? KEY_RSA : KEY_ED25519;
    return wrapped;
}

/* Without this OpenSSL would ask for a passphrase on the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

struct private_key *private_key_load(str text, struct err *err)
{
    EVP_PKEY *key = NULL;
    OSSL_DECODER_CTX *decoder =
        OSSL_DECODER_CTX_new_for_pkey(&key, NULL, NULL, NULL, EVP_PKEY_KEYPAIR, NULL, NULL);
    const unsigned char *at = (const unsigned char *)text.p;
    size_t left = text.n;
    bool ok = decoder && text.n > 0 &&
              OSSL_DECODER_CTX_set_pem_password_cb(decoder, no_passphrase, NULL) == 1 &&
              OSSL_DECODER_from_data(decoder, &at, &left) == 1;

    OSSL_DECODER_CTX_free(decoder);
    if (!ok) {
        openssl_err(err, "this is no private key in PEM or DER without a passphrase");
        return NULL;
    }
    return wrap(key, err);
}

struct private_key *private_key_new(enum key_type type, unsigned bits, struct err *err)
{
    EVP_PKEY *key = type == KEY_RSA ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits)
                                    : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    if (!key) {
        openssl_err(err, "making a private key");
        return NULL;
    }
    return wrap(key, err);
}

void private_key_free(struct private_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->key);
    free(key);
}

enum key_type private_key_type(const struct private_key *key)
{
    return key->type;
}

unsigned private_key_bits(const struct private_key *key)
{
    return key->type == KEY_RSA ? (unsigned)EVP_PKEY_get_bits(key->key) : 256;
}

bool private_key_pem(const struct private_key *key, struct arena *arena, str *pem, struct err *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *text = NULL;
    long n;

    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key->key, NULL, NULL, 0, NULL, NULL) != 1) {
        BIO_free(bio);
        return openssl_err(err, "writing the private key");
    }
    n = BIO_get_mem_data(bio, &text);
    *pem = arena_str(arena, (str){text, (size_t)n});
    BIO_free(bio);
    return true;
}

bool private_key_public(const struct private_key *key, struct arena *arena, str *bytes, struct err *err)
{
    unsigned char *der = NULL;
    int n;

    if (key->type == KEY_ED25519) {
        size_t size = 32;
        char *raw = arena_bytes(arena, size);

        if (EVP_PKEY_get_raw_public_key(key->key, (unsigned char *)raw, &size) != 1 || size != 32)
            return openssl_err(err, "reading the public key");
        *bytes = (str){raw, size};
        return true;
    }
    n = i2d_PUBKEY(key->key, &der);
    if (n < 0)
        return openssl_err(err, "writing the public key");
    *bytes = arena_str(arena, (str){(char *)der, (size_t)n});
    OPENSSL_free(der);
    return true;
}

static bool sign_rsa(EVP_PKEY *key, const uint8_t *digest, size_t digest_size, unsigned char *out, size_t *n)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool ok = context && EVP_PKEY_sign_init(context) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
              EVP_PKEY_CTX_set_signature_md(context, digest_size == 20 ? EVP_sha1() : EVP_sha256()) == 1 &&
              EVP_PKEY_sign(context, out, n, digest, digest_size) == 1;

    EVP_PKEY_CTX_free(context);
    return ok;
}

static bool sign_ed25519(EVP_PKEY *key, const uint8_t *digest, size_t digest_size, unsigned char *out,
                         size_t *n)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestSign(context, out, n, digest, digest_size) == 1;

    EVP_MD_CTX_free(context);
    return ok;
}

bool private_key_sign(const struct private_key *key, const uint8_t *digest, size_t digest_size,
                      struct arena *arena, str *signature, struct err *err)
{
    size_t n = (size_t)EVP_PKEY_get_size(key->key);
    char *out = arena_bytes(arena, n);
    bool ok = key->type == KEY_RSA ? sign_rsa(key->key, digest, digest_size, (unsigned char *)out, &n)
                                   : sign_ed25519(key->key, digest, digest_size, (unsigned char *)out, &n);

    if (!ok)
        return openssl_err(err, "signing");
    *signature = (str){out, n};
    return true;
}
