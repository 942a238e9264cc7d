/* crypto.h: the digests and signatures that DKIM and ARC use, over OpenSSL.
 *
 * A struct crypto belongs to one thread of one process. It holds what is costly to make: fetched algorithms,
 * contexts, and parsed public keys by the text of their record (least recently used ones go first). */
#ifndef POSTERN_AUTH_CRYPTO_H
#define POSTERN_AUTH_CRYPTO_H

#include "base/arena.h"
#include "base/err.h"

enum key_type { KEY_RSA, KEY_ED25519 };
enum hash_type { HASH_SHA1, HASH_SHA256 };
enum { HASH_SIZE_MAX = 32 };

struct crypto;

/* NULL and words if OpenSSL lacks what is needed. */
struct crypto *crypto_new(struct err *err);
void crypto_free(struct crypto *crypto);

/* A running digest. */
struct hash;
struct hash *hash_new(struct crypto *crypto, enum hash_type type); /* owned by crypto until hash_end() */
void hash_add(struct hash *hash, str bytes);
/* Another one that has seen the same bytes; the first goes on by itself. */
struct hash *hash_copy(const struct hash *hash);
/* Writes the digest (20 or 32 bytes), returns its size and gives the context back. */
size_t hash_end(struct hash *hash, uint8_t digest[HASH_SIZE_MAX]);

/* A public key. `der` is the p= value decoded: SubjectPublicKeyInfo or bare RSAPublicKey for RSA, 32 bytes
 * for Ed25519. NULL and a reason (static text) if it is none. Owned by the cache of crypto: valid until the
 * next crypto_public_key(). *bits gets the modulus size, 256 for Ed25519. */
struct public_key;
const struct public_key *crypto_public_key(struct crypto *crypto, enum key_type type, str der, unsigned *bits,
                                           const char **reason);

/* True if `signature` is right for the digest (RSASSA-PKCS1-v1_5 of RFC 8017, or Ed25519 over the digest
 * bytes as RFC 8463 section 3 has it). */
bool crypto_verify(struct crypto *crypto, const struct public_key *key, enum hash_type type,
                   const uint8_t *digest, size_t digest_size, str signature);

/* A private key, from PEM or DER (PKCS#1 or PKCS#8). Owned by the caller. */
struct private_key;
struct private_key *private_key_load(str text, struct err *err);
/* A new one; bits for RSA only. */
struct private_key *private_key_new(enum key_type type, unsigned bits, struct err *err);
void private_key_free(struct private_key *key);
enum key_type private_key_type(const struct private_key *key);
unsigned private_key_bits(const struct private_key *key);
/* PKCS#8 PEM, and the p= value of its record before base64 (SubjectPublicKeyInfo, or the 32 bytes). */
bool private_key_pem(const struct private_key *key, struct arena *arena, str *pem, struct err *err) MUST_USE;
bool private_key_public(const struct private_key *key, struct arena *arena, str *bytes,
                        struct err *err) MUST_USE;
bool private_key_sign(const struct private_key *key, const uint8_t *digest, size_t digest_size,
                      struct arena *arena, str *signature, struct err *err) MUST_USE;

#endif
