/* arc_seal.c: adding an ARC set. */
#include "auth/arc_seal.h"

#include <assert.h>

#include "auth/dkim_sign.h"
#include "auth/signature.h"
#include "base/base64.h"
#include "base/limits.h"
#include "mail/domain.h"
#include "mail/fold.h"

enum { FIELD_MAX = 64 * 1024, NAMES_MAX = 60 };

bool arc_sign_with_key(void *context, const uint8_t *digest, size_t digest_size, struct arena *arena,
                       str *signature, struct err *err)
{
    return private_key_sign(context, digest, digest_size, arena, signature, err);
}

void arc_seal_results(struct authres *results, const struct mail *mail, str authserv_id, struct arena *arena)
{
    *results = (struct authres){.id = authserv_id, .has_id = true, .version = 1};
    for (const struct header *header = mail->first[HEADER_AUTHENTICATION_RESULTS]; header;
         header = header->next_same) {
        struct authres one;

        if (!authres_is_from(header->value, authserv_id, arena))
            continue;
        authres_parse(&one, header->value, false, arena);
        for (size_t i = 0; i < one.n; i++) {
            struct authres_result *added =
                authres_add(results, one.results[i].method, one.results[i].result, arena);

            if (added)
                *added = one.results[i];
        }
    }
}

/* What the steps of sealing share. */
struct sealer {
    const struct mail *mail;
    const struct arc *arc;
    const struct arc_seal_params *params;
    struct crypto *crypto;
    struct arena *arena;
    struct err *err;
    unsigned instance;
    str domain, selector;
};

/* The field as a header that can be hashed like those of the message. */
static struct header header_of(str text, enum header_id id)
{
    size_t n = strlen(header_name(id));

    return (struct header){
        .id = id, .name = str_sub(text, 0, n), .value = str_skip(text, n + 1), .raw = text};
}

static struct fold begin_field(const struct sealer *sealer, enum header_id id)
{
    struct fold fold = fold_new(str_from(header_name(id)), sealer->arena, FIELD_MAX);

    fold_word(&fold, sealer->params->key == KEY_RSA ? S("a=rsa-sha256;") : S("a=ed25519-sha256;"));
    fold_line(&fold);
    fold_word(&fold, S("b="));
    return fold;
}

/* d=, i= and what follows; without a ";" at the end. `middle` stands between d= and i=. */
static void add_tags(struct fold *fold, const struct sealer *sealer, const str *middle, size_t count)
{
    struct arena *arena = sealer->arena;
    bool timed = sealer->params->time >= 0;

    fold_word(fold, arena_printf(arena, "d=%.*s;", PS(sealer->domain)));
    for (size_t i = 0; i < count; i++)
        fold_word(fold, middle[i]);
    fold_word(fold, arena_printf(arena, "i=%u;", sealer->instance));
    fold_word(fold, arena_printf(arena, "s=%.*s%s", PS(sealer->selector), timed ? ";" : ""));
    if (timed)
        fold_word(fold, arena_printf(arena, "t=%lld", (long long)sealer->params->time));
}

/* Signs the digest; b= in `head`, which ends in it, is filled, and `tail` follows. The signature stays on one
 * line (RSA with 4096 bits takes 684 bytes of the 998): white space in it would be signed by this and every
 * later seal. */
static bool sign(const struct sealer *sealer, struct fold *head, str tail, const uint8_t *digest, size_t size,
                 str *field)
{
    const struct arc_seal_params *params = sealer->params;
    str signature;

    if (!params->sign(params->sign_context, digest, size, sealer->arena, &signature, sealer->err))
        return err_context(sealer->err, "sealing");
    buf_add(&head->text, base64_encode(signature, sealer->arena));
    buf_add(&head->text, tail);
    buf_add(&head->text, S("\r\n"));
    *field = buf_str(&head->text);
    if (head->text.full)
        return err_set(sealer->err, "sealing: a field would be longer than %d bytes", FIELD_MAX);
    return true;
}

/* --- which fields are signed --- */

/* Names for h=, joined by ":" and put into pieces short enough for a line. */
struct names {
    str *pieces;
    size_t n, total;
};

static void add_name(struct names *names, str name, struct arena *arena)
{
    if (++names->total > LIMIT_DKIM_SIGNED_FIELDS)
        return;
    if (names->n == 0)
        names->pieces[names->n++] = arena_printf(arena, "h=%.*s", PS(name));
    else if (names->pieces[names->n - 1].n + name.n < NAMES_MAX)
        names->pieces[names->n - 1] =
            arena_printf(arena, "%.*s:%.*s", PS(names->pieces[names->n - 1]), PS(name));
    else
        names->pieces[names->n++] = name;
}

static bool is_signable(str name)
{
    return header_is_name(name) && !str_istarts(name, S("ARC-")) &&
           !str_ieq(name, S("Authentication-Results"));
}

/* Section 4.1.2: no ARC field and no Authentication-Results is signed; DKIM-Signature should be. */
static bool choose_fields(const struct sealer *sealer, struct names *names)
{
    const struct arc_seal_params *params = sealer->params;
    bool from = false;

    names->pieces = arena_array_of(sealer->arena, LIMIT_DKIM_SIGNED_FIELDS, str);
    for (size_t i = 0; params->fields && i < params->field_count; i++) {
        if (!is_signable(params->fields[i]))
            return err_set(sealer->err, "\"%.*s\" is no field that a message signature may cover",
                           PS(params->fields[i]));
        from = from || str_ieq(params->fields[i], S("From"));
        add_name(names, params->fields[i], sealer->arena);
    }
    if (params->fields && !from)
        return err_set(sealer->err, "From is not among the fields to sign");
    for (size_t i = 0; !params->fields && i <= dkim_default_field_count; i++) {
        str name = i < dkim_default_field_count ? dkim_default_fields[i] : S("DKIM-Signature");

        for (size_t times = mail_count_fields(sealer->mail, name) + dkim_is_oversigned(name); times > 0;
             times--)
            add_name(names, name, sealer->arena);
    }
    if (names->total > LIMIT_DKIM_SIGNED_FIELDS)
        return err_set(sealer->err, "the message has more than %d fields to sign", LIMIT_DKIM_SIGNED_FIELDS);
    for (size_t i = 0; i < names->n; i++)
        names->pieces[i] =
            arena_printf(sealer->arena, "%.*s%s", PS(names->pieces[i]), i + 1 < names->n ? ":" : ";");
    return true;
}

static str joined(const struct names *names, struct arena *arena)
{
    struct buf buf = buf_new(arena, FIELD_MAX);

    for (size_t i = 0; i < names->n; i++)
        buf_add(&buf, names->pieces[i]);
    return str_sub(buf_str(&buf), 2, buf.n - 3); /* without "h=" and the last ";" */
}

/* --- the two signatures --- */

static bool make_message_signature(const struct sealer *sealer, str *field)
{
    struct arena *arena = sealer->arena;
    struct digests digests = {0};
    struct names names = {0};
    struct fold head = begin_field(sealer, HEADER_ARC_MESSAGE_SIGNATURE),
                tail = {.text = buf_new(arena, FIELD_MAX)};
    const struct body_digest *body =
        digests_body(&digests, sealer->mail, sealer->crypto, arena, HASH_SHA256, CANON_RELAXED, UINT64_MAX);
    struct signature signature = {.hash_type = HASH_SHA256, .canon_header = CANON_RELAXED};
    struct header header;
    uint8_t digest[HASH_SIZE_MAX];
    size_t size;
    str hash = base64_encode((str){(const char *)body->digest, body->size}, arena);

    if (!choose_fields(sealer, &names))
        return false;
    buf_add_char(&tail.text, ';');
    fold_line(&tail);
    fold_word(&tail, arena_printf(arena, "bh=%.*s;", PS(hash)));
    fold_word(&tail, S("c=relaxed/relaxed;"));
    add_tags(&tail, sealer, names.pieces, names.n);
    header = header_of(arena_printf(arena, "%.*s%.*s", PS(buf_str(&head.text)), PS(buf_str(&tail.text))),
                       HEADER_ARC_MESSAGE_SIGNATURE);
    signature.header = &header;
    signature.fields = joined(&names, arena);
    size = signature_digest(&signature, sealer->mail, &digests, sealer->crypto, arena, digest);
    return sign(sealer, &head, buf_str(&tail.text), digest, size, field);
}

static void add_set(struct hash *hash, const struct header *results, const struct header *message,
                    const struct header *seal, bool lf_only, bool last)
{
    canon_header(hash, CANON_RELAXED, results, lf_only, S(""), true);
    canon_header(hash, CANON_RELAXED, message, lf_only, S(""), true);
    canon_header(hash, CANON_RELAXED, seal, lf_only, S(""), !last);
}

/* Section 5.1.2: over a broken chain only the new set itself is sealed. */
static bool make_seal(const struct sealer *sealer, str results, str message, str *field)
{
    struct arena *arena = sealer->arena;
    enum result cv = sealer->arc->result;
    struct fold head = begin_field(sealer, HEADER_ARC_SEAL), tail = {.text = buf_new(arena, FIELD_MAX)};
    struct header fields[] = {header_of(results, HEADER_ARC_AUTHENTICATION_RESULTS),
                              header_of(message, HEADER_ARC_MESSAGE_SIGNATURE),
                              {0}};
    struct hash *hash = hash_new(sealer->crypto, HASH_SHA256);
    uint8_t digest[HASH_SIZE_MAX];
    size_t size;

    buf_add_char(&tail.text, ';');
    tail.column = 32; /* about what the last line of b= has */
    fold_word(&tail, arena_printf(arena, "cv=%s;", result_name(cv)));
    add_tags(&tail, sealer, NULL, 0);
    fields[2] = header_of(arena_printf(arena, "%.*s%.*s", PS(buf_str(&head.text)), PS(buf_str(&tail.text))),
                          HEADER_ARC_SEAL);
    for (size_t k = 0; cv == RESULT_PASS && k < sealer->arc->n; k++) {
        const struct arc_set *set = &sealer->arc->sets[k];

        add_set(hash, set->results_header, set->signature_header, set->seal_header, sealer->mail->lf_only,
                false);
    }
    add_set(hash, &fields[0], &fields[1], &fields[2], false, true);
    size = hash_end(hash, digest);
    return sign(sealer, &head, buf_str(&tail.text), digest, size, field);
}

/* --- */

/* Why no set may be added; NULL if one may. */
static const char *obstacle(const struct arc *arc, const struct mail *mail)
{
    if (arc->result == RESULT_UNKNOWN)
        return "the chain was not verified";
    if (arc->temporary)
        return "the chain could not be verified for now";
    if (arc->result == RESULT_FAIL && arc->n == 0)
        return "the chain is broken in such a way that no next set can be told";
    if (arc->n >= LIMIT_ARC_SETS)
        return "the chain has as many sets as RFC 8617 allows";
    if (arc->n > 0 && arc->sets[arc->n - 1].cv == RESULT_FAIL)
        return "the chain was sealed with cv=fail before, and RFC 8617 lets nobody add to it";
    if (mail->count[HEADER_FROM] != 1)
        return "the message has not one From field";
    if (mail->header_seen > mail->header_count)
        return "the message has more header fields than are looked at";
    return NULL;
}

bool arc_seal(struct arc_sealed *sealed, const struct mail *mail, const struct arc *arc,
              const struct arc_seal_params *params, struct crypto *crypto, struct arena *arena,
              struct err *err)
{
    struct sealer sealer = {mail, arc, params, crypto, arena, err, (unsigned)arc->n + 1, S(""), S("")};
    const char *why = obstacle(arc, mail);
    struct authres results = *params->results;
    str results_field, message, seal;

    assert(arc->done);
    *sealed = (struct arc_sealed){.reason = str_from(why)};
    if (why)
        return true;
    if (!domain_normal(params->domain, arena, &sealer.domain))
        return err_set(err, "\"%.*s\" is no domain name", PS(params->domain));
    if (!domain_normal(params->selector, arena, &sealer.selector))
        return err_set(err, "\"%.*s\" is no selector", PS(params->selector));
    results.instance = sealer.instance;
    results_field = authres_write(&results, str_from(header_name(HEADER_ARC_AUTHENTICATION_RESULTS)), arena);
    if (!make_message_signature(&sealer, &message) || !make_seal(&sealer, results_field, message, &seal))
        return false;
    sealed->sealed = true;
    sealed->fields = arena_printf(arena, "%.*s%.*s%.*s", PS(seal), PS(message), PS(results_field));
    return true;
}
