/* dkim_sign.c: making DKIM signatures. */
#include "auth/dkim_sign.h"

#include "auth/signature.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/limits.h"
#include "mail/domain.h"
#include "mail/fold.h"

/* Received, Return-Path and the like are missing: they change on the way (section 5.4.1). */
const str dkim_default_fields[] = {
    STR("From"),
    STR("Sender"),
    STR("Reply-To"),
    STR("To"),
    STR("Cc"),
    STR("Subject"),
    STR("Date"),
    STR("Message-ID"),
    STR("In-Reply-To"),
    STR("References"),
    STR("MIME-Version"),
    STR("Content-Type"),
    STR("Content-Transfer-Encoding"),
    STR("Content-ID"),
    STR("Content-Description"),
    STR("List-Id"),
    STR("List-Help"),
    STR("List-Unsubscribe"),
    STR("List-Unsubscribe-Post"),
    STR("List-Subscribe"),
    STR("List-Post"),
    STR("List-Owner"),
    STR("List-Archive"),
    STR("Resent-From"),
    STR("Resent-To"),
    STR("Resent-Cc"),
    STR("Resent-Date"),
    STR("Resent-Message-ID"),
};
const size_t dkim_default_field_count = sizeof(dkim_default_fields) / sizeof(dkim_default_fields[0]);

/* Sender and the List- fields are missing: a mailing list adds them. */
static const str oversigned_fields[] = {
    STR("From"),       STR("Reply-To"),     STR("To"),           STR("Cc"),
    STR("Subject"),    STR("Date"),         STR("Message-ID"),   STR("In-Reply-To"),
    STR("References"), STR("MIME-Version"), STR("Content-Type"), STR("Content-Transfer-Encoding"),
};

enum { FIELD_MAX = 64 * 1024 };

static bool is_listed(str name, const str *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_ieq(name, names[i]))
            return true;
    return false;
}

bool dkim_is_oversigned(str name)
{
    return is_listed(name, oversigned_fields, sizeof(oversigned_fields) / sizeof(oversigned_fields[0]));
}

/* Names the fields to sign, each as often as it is there and once more if it is oversigned. */
static bool add_fields(struct fold *fold, const struct mail *mail, const struct dkim_sign_params *params,
                       struct err *err)
{
    const str *names = params->fields ? params->fields : dkim_default_fields;
    size_t count = params->fields ? params->field_count : dkim_default_field_count;
    str before = S("h=");
    size_t total = 0;

    if (!is_listed(S("From"), names, count))
        return err_set(err, "From is not among the fields to sign");
    for (size_t i = 0; i < count; i++) {
        bool over = params->oversign && dkim_is_oversigned(names[i]);
        size_t times;

        if (!header_is_name(names[i]))
            return err_set(err, "\"%.*s\" is no field name", PS(names[i]));
        if (is_listed(names[i], names, i))
            continue;
        times = mail_count_fields(mail, names[i]) + over;
        for (total += times; times > 0 && total <= LIMIT_DKIM_SIGNED_FIELDS; times--) {
            fold_word(fold, arena_printf(fold->text.arena, "%.*s%.*s:", PS(before), PS(names[i])));
            before = S("");
        }
    }
    if (total > LIMIT_DKIM_SIGNED_FIELDS)
        return err_set(err, "the message has more than %d fields to sign", LIMIT_DKIM_SIGNED_FIELDS);
    fold->text.p[fold->text.n - 1] = ';'; /* instead of the last ":" */
    return true;
}

static bool is_identity(str identity, str domain, struct arena *arena)
{
    size_t at = str_rfind(identity, '@');
    str identity_domain;

    for (size_t i = 0; i < identity.n; i++)
        if (identity.p[i] <= ' ' || identity.p[i] == ';' || identity.p[i] == '=' || identity.p[i] == 0x7f)
            return false;
    return at < identity.n && domain_normal(str_skip(identity, at + 1), arena, &identity_domain) &&
           domain_under(identity_domain, domain);
}

/* The tags that stand before h=. */
static bool add_parameters(struct fold *fold, const struct dkim_sign_params *params, enum key_type key,
                           struct err *err)
{
    struct arena *arena = fold->text.arena;
    str domain, selector;

    if (!domain_normal(params->domain, arena, &domain))
        return err_set(err, "\"%.*s\" is no domain name", PS(params->domain));
    if (!domain_normal(params->selector, arena, &selector))
        return err_set(err, "\"%.*s\" is no selector", PS(params->selector));
    if (params->identity.n && !is_identity(params->identity, domain, arena))
        return err_set(err, "\"%.*s\" is no identity in %.*s", PS(params->identity), PS(domain));
    if (params->expires >= 0 && params->expires <= params->time)
        return err_set(err, "the signature would expire before it was made");
    fold_word(fold, S("v=1;"));
    fold_word(fold, key == KEY_RSA ? S("a=rsa-sha256;") : S("a=ed25519-sha256;"));
    fold_word(fold, arena_printf(arena, "c=%s/%s;", canon_names[params->canon_header],
                                 canon_names[params->canon_body]));
    fold_word(fold, arena_printf(arena, "d=%.*s;", PS(domain)));
    fold_word(fold, arena_printf(arena, "s=%.*s;", PS(selector)));
    if (params->identity.n)
        fold_word(fold, arena_printf(arena, "i=%.*s;", PS(params->identity)));
    if (params->time >= 0)
        fold_word(fold, arena_printf(arena, "t=%lld;", (long long)params->time));
    if (params->expires >= 0)
        fold_word(fold, arena_printf(arena, "x=%lld;", (long long)params->expires));
    return true;
}

static void add_body(struct fold *fold, const struct mail *mail, const struct dkim_sign_params *params,
                     struct crypto *crypto)
{
    struct digests digests = {0};
    struct arena *arena = fold->text.arena;
    const struct body_digest *body =
        digests_body(&digests, mail, crypto, arena, HASH_SHA256, params->canon_body, UINT64_MAX);
    str hash = base64_encode((str){(const char *)body->digest, body->size}, arena);

    fold_word(fold, arena_printf(arena, "bh=%.*s;", PS(hash)));
    fold_word(fold, S("b="));
}

/* Hashes as the verifier will. */
static void hash_field(str text, const struct mail *mail, enum canon canon, struct crypto *crypto,
                       struct arena *arena, uint8_t digest[HASH_SIZE_MAX], size_t *digest_size)
{
    struct digests digests = {0};
    struct header header = {.id = HEADER_DKIM_SIGNATURE, .name = str_sub(text, 0, 14), .raw = text};
    struct signature signature = {.header = &header, .hash_type = HASH_SHA256, .canon_header = canon};
    size_t from = str_find_str(text, S(" h=")) + 3;

    header.value = str_skip(text, 15);
    signature.fields = str_skip(text, from);
    signature.fields.n = str_find(signature.fields, ';');
    *digest_size = signature_digest(&signature, mail, &digests, crypto, arena, digest);
}

bool dkim_sign_begin(const struct mail *mail, const struct dkim_sign_params *params, enum key_type key,
                     struct crypto *crypto, struct arena *arena, str *unsigned_field,
                     uint8_t digest[HASH_SIZE_MAX], size_t *digest_size, struct err *err)
{
    struct fold fold = fold_new(S("DKIM-Signature"), arena, FIELD_MAX);

    /* Section 8.15: a signature under a second From would vouch for whichever the reader is shown. */
    if (mail->count[HEADER_FROM] != 1)
        return err_set(err, "the message has %s From field",
                       mail->count[HEADER_FROM] ? "more than one" : "no");
    if (mail->header_seen > mail->header_count)
        return err_set(err, "the message has more than %d fields", LIMIT_HEADERS);
    if (!add_parameters(&fold, params, key, err) || !add_fields(&fold, mail, params, err))
        return false;
    add_body(&fold, mail, params, crypto);
    *unsigned_field = buf_str(&fold.text);
    if (fold.text.full)
        return err_set(err, "the signature would be longer than %d bytes", FIELD_MAX);
    hash_field(*unsigned_field, mail, params->canon_header, crypto, arena, digest, digest_size);
    return true;
}

str dkim_sign_finish(str unsigned_field, str signature, struct arena *arena)
{
    struct fold fold = {.text = buf_new(arena, FIELD_MAX)};
    size_t line = str_rfind(unsigned_field, '\n');

    buf_add(&fold.text, unsigned_field);
    fold.column = line < unsigned_field.n ? unsigned_field.n - line - 1 : unsigned_field.n;
    fold_long(&fold, base64_encode(signature, arena));
    buf_add(&fold.text, S("\r\n"));
    return buf_str(&fold.text);
}

bool dkim_sign_record(const struct private_key *key, struct arena *arena, str *record, struct err *err)
{
    str bytes;

    if (!private_key_public(key, arena, &bytes, err))
        return false;
    *record =
        arena_printf(arena, "v=DKIM1; k=%s; p=%.*s", private_key_type(key) == KEY_RSA ? "rsa" : "ed25519",
                     PS(base64_encode(bytes, arena)));
    return true;
}

str dkim_sign_zone_record(str domain, str selector, str record, struct arena *arena)
{
    struct buf buf = buf_new(arena, FIELD_MAX);

    buf_printf(&buf, "%.*s._domainkey.%.*s. IN TXT (", PS(selector), PS(domain));
    while (record.n) {
        str piece = str_sub(record, 0, 255);

        buf_printf(&buf, " \"%.*s\"", PS(piece));
        record = str_skip(record, piece.n);
    }
    buf_add(&buf, S(" )\n"));
    return buf_str(&buf);
}
