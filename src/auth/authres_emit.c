/* authres_emit.c: our own Authentication-Results. */
#include "auth/authres_emit.h"

#include "auth/taglist.h"
#include "base/buf.h"

/* RFC 6008 section 4: at least so many characters of b=; and where signatures are alike, no more than that.
 */
enum { SIGNATURE_TAG = 8, SIGNATURE_TAG_MAX = 64 };

/* NULL for a result that is not stated, which authres_add_property() passes over. */
static struct authres_result *add(struct authres *authres, str method, enum result result, str reason,
                                  struct arena *arena)
{
    struct authres_result *added;

    if (result == RESULT_UNKNOWN)
        return NULL;
    added = authres_add(authres, method, result, arena);
    if (added && result != RESULT_PASS && result != RESULT_NONE)
        added->reason = reason;
    return added;
}

/* RFC 8601 section 2.7.2. With a null sender the HELO identity is what was checked (RFC 7208 section 2.4). */
static void add_spf(struct authres *authres, const struct spf *spf, const struct envelope *envelope,
                    struct arena *arena)
{
    struct authres_result *added;

    if (envelope->has_mail_from && envelope->mail_from.n) {
        added = add(authres, S("spf"), spf->mail_from.result, spf->mail_from.reason, arena);
        authres_add_property(added, S("smtp"), S("mailfrom"), envelope->mail_from, arena);
    }
    if (envelope->helo.n) {
        added = add(authres, S("spf"), spf->helo.result, spf->helo.reason, arena);
        authres_add_property(added, S("smtp"), S("helo"), envelope->helo, arena);
    }
}

/* b= without its white space; empty if it can't be read, or if there is no field: somebody else stated the
 * result. */
static str signature_text(const struct header *header, struct arena *arena)
{
    struct taglist *tags = arena_new_of(arena, struct taglist);
    struct buf buf = buf_new(arena, SIZE_MAX);
    const struct tag *value;

    if (!header)
        return S("");
    taglist_parse(tags, header->value, NULL);
    value = taglist_find(tags, S("b"));
    for (size_t i = 0; value && i < value->value.n; i++)
        if (!ascii_is_space(value->value.p[i]))
            buf_add_char(&buf, value->value.p[i]);
    return buf_str(&buf);
}

/* As much of b= as tells it from the other signatures, if little does. */
static str signature_tag(const str *texts, size_t count, size_t which)
{
    size_t wanted = SIGNATURE_TAG;

    for (size_t i = 0; i < count; i++) {
        str text = texts[which], other = texts[i];
        size_t same = 0;

        while (i != which && same < SIGNATURE_TAG_MAX && same < text.n && same < other.n &&
               text.p[same] == other.p[same])
            same++;
        if (wanted < same + 1)
            wanted = same + 1;
    }
    return str_sub(texts[which], 0, wanted);
}

static void add_signature(struct authres *authres, const struct dkim_signature *signature, str tag,
                          struct arena *arena)
{
    struct authres_result *added = add(authres, S("dkim"), signature->result, signature->reason, arena);

    if (added && signature->key_bits)
        added->comment =
            arena_printf(arena, "%u-bit key%s", signature->key_bits, signature->key_secure ? ", DNSSEC" : "");
    if (signature->domain.n)
        authres_add_property(added, S("header"), S("d"), signature->domain, arena);
    if (signature->identity.n)
        authres_add_property(added, S("header"), S("i"), signature->identity, arena);
    if (signature->selector.n)
        authres_add_property(added, S("header"), S("s"), signature->selector, arena);
    if (signature->selector.n && signature->header) /* else reading did not get as far as a= */
        authres_add_property(added, S("header"), S("a"),
                             signature->key_type == KEY_ED25519    ? S("ed25519-sha256")
                             : signature->hash_type == HASH_SHA256 ? S("rsa-sha256")
                                                                   : S("rsa-sha1"),
                             arena);
    if (tag.n)
        authres_add_property(added, S("header"), S("b"), tag, arena);
}

static void add_dkim(struct authres *authres, const struct dkim *dkim, struct arena *arena)
{
    str *texts = arena_array_of(arena, dkim->n, str);

    if (dkim->n == 0)
        add(authres, S("dkim"), dkim->result, S(""), arena);
    for (size_t i = 0; i < dkim->n; i++)
        texts[i] = signature_text(dkim->signatures[i].header, arena);
    for (size_t i = 0; i < dkim->n; i++)
        add_signature(authres, &dkim->signatures[i], signature_tag(texts, dkim->n, i), arena);
}

/* RFC 8617 sections 10.2 and 10.3. */
static void add_arc(struct authres *authres, const struct arc *arc, const struct envelope *envelope,
                    struct arena *arena)
{
    struct authres_result *added = add(authres, S("arc"), arc->result, arc->reason, arena);

    if (added && arc->n > 0)
        added->comment = arena_printf(arena, "i=%zu", arc->n);
    if (arc->result == RESULT_PASS && arc->n > 0)
        authres_add_property(added, S("header"), S("oldest-pass"),
                             arena_printf(arena, "%u", arc->oldest_pass), arena);
    if (arc->n > 0 && envelope->client.family)
        authres_add_property(added, S("smtp"), S("remote-ip"), ip_format(envelope->client, arena), arena);
}

static void add_dmarc(struct authres *authres, const struct dmarc *dmarc, struct arena *arena)
{
    struct authres_result *added = add(authres, S("dmarc"), dmarc->result, dmarc->reason, arena);

    if (dmarc->overridden && added)
        added->comment = dmarc->override_reason;
    if (dmarc->domain.n)
        authres_add_property(added, S("header"), S("from"), dmarc->domain, arena);
    if (dmarc->result == RESULT_PASS || dmarc->result == RESULT_FAIL)
        authres_add_property(added, S("policy"), S("dmarc"), str_from(dmarc_policy_name(dmarc->disposition)),
                             arena);
}

static void add_iprev(struct authres *authres, const struct iprev *iprev, const struct envelope *envelope,
                      struct arena *arena)
{
    struct authres_result *added = add(authres, S("iprev"), iprev->result, iprev->reason, arena);

    if (envelope->client.family)
        authres_add_property(added, S("policy"), S("iprev"), ip_format(envelope->client, arena), arena);
}

void authres_emit(struct authres *authres, const struct auth *auth, const struct envelope *envelope,
                  str authserv_id, struct arena *arena)
{
    *authres = (struct authres){.id = authserv_id, .has_id = true, .version = 1};
    add_spf(authres, &auth->spf, envelope, arena);
    add_dkim(authres, &auth->dkim, arena);
    add_arc(authres, &auth->arc, envelope, arena);
    add_dmarc(authres, &auth->dmarc, arena);
    add_iprev(authres, &auth->iprev, envelope, arena);
    authres->none = authres->n == 0;
}
