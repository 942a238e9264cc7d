/* signature.c: the key of a signature, and the check. */
#include "auth/signature.h"

#include "base/limits.h"

static void set(struct signature_key *key, enum result result, str reason)
{
    key->result = result;
    key->reason = reason;
}

/* What it means that there are no records. */
static void conclude_without_records(struct signature_key *key, const struct dns_answer *answer,
                                     struct arena *arena)
{
    if (answer->status == DNS_UNKNOWN)
        set(key, RESULT_UNKNOWN, arena_printf(arena, "the key at %.*s was not looked up", PS(answer->name)));
    else if (dns_is_temporary(answer))
        set(key, RESULT_TEMPERROR,
            arena_printf(arena, "the key at %.*s could not be looked up (%s%s%.*s)", PS(answer->name),
                         dns_status_name(answer->status), answer->why.n ? ": " : "", PS(answer->why)));
    else if (dns_is_void(answer))
        set(key, RESULT_PERMERROR, arena_printf(arena, "there is no key at %.*s", PS(answer->name)));
    else if (answer->status == DNS_LIMIT)
        set(key, RESULT_NEUTRAL, S("the key was not looked up: the message has used up its questions"));
    else
        set(key, RESULT_PERMERROR,
            arena_printf(arena, "the key can't be looked up: %.*s is no DNS name", PS(answer->name)));
}

/* What signature and record ask of each other. NULL: they fit. */
static const char *misfit(const struct signature *signature, const struct dkim_key *record)
{
    if (record->type != signature->key_type)
        return "is for another algorithm than a= (k=)";
    if (signature->hash_type == HASH_SHA256 ? !record->sha256 : !record->sha1)
        return "does not allow the digest of a= (h=)";
    if (signature->kind == SIGNATURE_DKIM && record->strict_domain && !signature->identity_is_domain)
        return "allows no i= below d= (t=s)";
    return NULL;
}

/* RFC 8301 section 3.2: 1024 bits at least, else the signature must not count. */
static void judge_bits(struct signature_key *key, const struct signature *signature, const char *why,
                       struct arena *arena, struct notes *warnings)
{
    bool rsa = signature->key_type == KEY_RSA;

    if (rsa && key->bits > LIMIT_DKIM_RSA_BITS_MAX)
        set(key, RESULT_POLICY,
            arena_printf(arena, "the key has %u bits, more than %d are not computed", key->bits,
                         LIMIT_DKIM_RSA_BITS_MAX));
    else if (why)
        set(key, RESULT_PERMERROR,
            arena_printf(arena, "the key record at %.*s is wrong: %s", PS(signature->key_name), why));
    else if (rsa && key->bits < LIMIT_DKIM_RSA_BITS_MIN)
        set(key, RESULT_FAIL,
            arena_printf(arena, "the key has %u bits, RFC 8301 forbids less than %d", key->bits,
                         LIMIT_DKIM_RSA_BITS_MIN));
    else if (rsa && key->bits < 2048)
        note_add(warnings, arena, "the key has %u bits, RFC 8301 advises 2048 at least", key->bits);
}

static void add_notes(struct notes *to, const struct notes *from, struct arena *arena)
{
    for (const struct note *note = from->first; note; note = note->next)
        note_add(to, arena, "%.*s", PS(note->text));
}

bool signature_find_key(struct signature_key *key, const struct signature *signature, struct ask *ask,
                        enum ask_part part, struct crypto *crypto, struct notes *warnings)
{
    const struct dns_answer *answer = ask_dns(ask, part, signature->key_name, DNS_TXT);
    struct dkim_key record;
    const char *why;

    if (!answer)
        return false;
    *key = (struct signature_key){.result = RESULT_PASS, .secure = answer->security == DNS_SECURE};
    if (answer->status != DNS_OK) {
        conclude_without_records(key, answer, ask->arena);
        return true;
    }
    dkim_key_choose(&record, answer, ask->arena);
    add_notes(warnings, &record.warnings, ask->arena);
    key->testing = record.testing;
    key->der = record.der;
    if (record.status != DKIM_KEY_USABLE) {
        set(key, RESULT_PERMERROR, record.reason);
        return true;
    }
    why = misfit(signature, &record);
    if (why) {
        set(key, RESULT_PERMERROR,
            arena_printf(ask->arena, "the key record at %.*s %s", PS(signature->key_name), why));
        return true;
    }
    crypto_public_key(crypto, record.type, record.der, &key->bits, &why);
    judge_bits(key, signature, why, ask->arena, warnings);
    return true;
}

bool signature_verify(const struct signature *signature, const struct signature_key *key,
                      struct crypto *crypto, const uint8_t *digest, size_t digest_size)
{
    const char *why;
    unsigned bits;
    const struct public_key *public = crypto_public_key(crypto, signature->key_type, key->der, &bits, &why);

    return public &&
           crypto_verify(crypto, public, signature->hash_type, digest, digest_size, signature->value);
}

size_t signature_digest(const struct signature *signature, const struct mail *mail, struct digests *digests,
                        struct crypto *crypto, struct arena *arena, uint8_t digest[HASH_SIZE_MAX])
{
    struct hash *hash = hash_new(crypto, signature->hash_type);
    str rest = signature->fields, name;

    digests_select(digests, mail, arena);
    while (str_next(&rest, ':', &name)) {
        const struct header *header;

        name = str_trim(name);
        if (name.n == 0) /* lines that are no field are indexed without a name */
            continue;
        header = digests_take(digests, name);
        /* The signature itself comes last and is not among those that h= counts (section 3.5, h=). */
        if (header == signature->header)
            header = digests_take(digests, name);
        if (header)
            canon_header(hash, signature->canon_header, header, mail->lf_only, S(""), true);
    }
    canon_header(hash, signature->canon_header, signature->header, mail->lf_only, signature->without, false);
    return hash_end(hash, digest);
}

static bool body_is_intact(const struct signature *signature, const struct body_digest *body)
{
    if (signature->has_length && signature->length > body->length)
        return false;
    return str_eq(signature->body_hash, (str){(const char *)body->digest, body->size});
}

static str reason_of_fail(const struct signature *signature, const struct signature_check *check)
{
    if (signature->has_length && signature->length > check->body_length)
        return S("the body is shorter than what was signed (l=)");
    if (!check->body_intact)
        return check->fields_intact
                   ? S("the body was changed after signing; the signed header fields were not")
                   : S("the body was changed after signing, and so were signed header fields (or the key)");
    return S("signed header fields were changed after signing (or the key was); the body was not");
}

static void conclude(struct signature_check *check, const struct signature *signature,
                     const struct signature_key *key, const struct mail *mail, struct arena *arena)
{
    check->result = RESULT_POLICY;
    if (!check->body_intact || !check->fields_intact) {
        check->result = RESULT_FAIL;
        check->reason = reason_of_fail(signature, check);
    } else if (check->unsigned_bytes) {
        check->reason = arena_printf(
            arena, "the signature is right, but l= leaves the last %llu bytes of the body unsigned",
            (unsigned long long)check->unsigned_bytes);
    } else if (mail->header_seen > mail->header_count) {
        check->reason = S("the signature is right, but there are more header fields than are looked at");
    } else {
        check->result = RESULT_PASS;
        check->reason =
            arena_printf(arena, "the signature is right (%s, %u bits)",
                         signature->key_type == KEY_RSA ? "rsa-sha256" : "ed25519-sha256", key->bits);
    }
}

void signature_check(struct signature_check *check, const struct signature *signature,
                     const struct signature_key *key, const struct mail *mail, struct digests *digests,
                     struct crypto *crypto, struct arena *arena)
{
    const struct body_digest *body = digests_body(digests, mail, crypto, arena, signature->hash_type,
                                                  signature->canon_body, signature->length);
    uint8_t digest[HASH_SIZE_MAX];
    size_t size = signature_digest(signature, mail, digests, crypto, arena, digest);

    *check = (struct signature_check){.body_length = body->length};
    check->body_intact = body_is_intact(signature, body);
    check->fields_intact = signature_verify(signature, key, crypto, digest, size);
    if (body->length > signature->length)
        check->unsigned_bytes = body->length - signature->length;
    conclude(check, signature, key, mail, arena);
}
