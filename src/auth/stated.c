/* stated.c: results taken from the Authentication-Results of a host that is believed. */
#include "auth/stated.h"

#include "auth/taglist.h"
#include "mail/received.h"

/* True if no Received stands between two fields of the same message (they lie in one array). */
static bool same_hop(const struct header *upper, const struct header *lower)
{
    for (const struct header *header = upper; header < lower; header++)
        if (header->id == HEADER_RECEIVED)
            return false;
    return true;
}

/* True if the host of that authserv-id wrote the Received field: by its name, or a name below it. */
static bool is_own(const struct header *header, str id, struct arena *arena)
{
    struct received received;
    str by, own;

    received_parse(header->value, &received);
    return domain_normal(received.by, arena, &by) && domain_normal(id, arena, &own) && domain_under(by, own);
}

/* The Received field below which nothing is the host's any more: the next one below its own topmost, behind
 * which it may write its results too (Gmail). Where none names the host, the topmost is taken for its own.
 * NULL if there is none. */
static const struct header *end_of_hop(const struct mail *mail, str id, struct arena *arena)
{
    const struct header *own = mail->first[HEADER_RECEIVED];

    while (own && !is_own(own, id, arena))
        own = own->next_same;
    if (!own)
        own = mail->first[HEADER_RECEIVED];
    return own ? own->next_same : NULL;
}

/* Behind what is there; a method's first statement counts, so the topmost field wins. */
static void append(struct authres *results, const struct authres *more, struct arena *arena)
{
    size_t n = results->n + more->n;
    struct authres_result *all = arena_array_of(arena, n, struct authres_result);

    if (results->n)
        memcpy(all, results->results, results->n * sizeof(*all));
    if (more->n)
        memcpy(all + results->n, more->results, more->n * sizeof(*all));
    results->results = all;
    results->n = results->room = n;
}

/* any: of whatever host the topmost field is. */
static void find(struct stated *stated, const struct mail *mail, bool any, str trust,
                 const struct header *below, struct arena *arena)
{
    const struct header *last = NULL; /* the last field of the hop that is believed */
    struct authres *results = arena_new_of(arena, struct authres);

    *stated = (struct stated){0};
    if (trust.n == 0)
        return;
    if (!below && !any)
        below = end_of_hop(mail, trust, arena);
    for (const struct header *header = mail->first[HEADER_AUTHENTICATION_RESULTS]; header;
         header = header->next_same) {
        struct authres each;

        if ((below && header > below) || (last && !same_hop(last, header)) ||
            results->n >= LIMIT_AUTHRES_RESULTS)
            break;
        authres_parse(&each, header->value, false, arena);
        if (last && each.has_id && results->has_id && authres_same_id(each.id, results->id, arena))
            append(results, &each, arena);
        if (last) {
            last = header;
        } else if (any || (each.has_id && authres_same_id(each.id, trust, arena))) {
            last = header;
            *results = each;
            *stated = (struct stated){.used = true,
                                      .authserv_id = each.id,
                                      .text = header_unfold(header->value, arena),
                                      .results = results};
        }
    }
}

void stated_find(struct stated *stated, const struct mail *mail, str trust, struct arena *arena)
{
    find(stated, mail, str_eq(trust, S("first")), trust, NULL, arena);
}

void stated_find_above(struct stated *stated, const struct mail *mail, str id, const struct header *below,
                       struct arena *arena)
{
    find(stated, mail, false, id, below, arena);
}

str stated_domain(const struct authres_result *result, str type, str name, struct arena *arena)
{
    str value = authres_property(result, type, name);
    size_t at = str_rfind(value, '@');
    str domain;

    if (at < value.n)
        value = str_skip(value, at + 1);
    return domain_normal(value, arena, &domain) ? domain : S("");
}

/* "stated by mx.example.com: the comment" */
static str reason_of(const struct stated *stated, const struct authres_result *result, struct arena *arena)
{
    str id = stated->authserv_id.n ? stated->authserv_id : S("the receiving host");
    str words = result->reason.n ? result->reason : result->comment;

    /* Microsoft's word for: there is no record, but if there was one, the message would pass. */
    return arena_printf(arena, "stated by %.*s%s%.*s%s", PS(id), words.n ? ": " : "", PS(words),
                        result->bestguess ? " (bestguesspass)" : "");
}

static const struct authres_result *first_of(const struct stated *stated, str method)
{
    size_t from = 0;

    return stated->used ? authres_find(stated->results, method, &from) : NULL;
}

/* ---- SPF ---- */

static void fill_spf(struct spf_check *check, enum spf_identity identity, const struct stated *stated,
                     const struct authres_result *result, str domain, struct arena *arena)
{
    *check = (struct spf_check){.identity = identity,
                                .result = result->result,
                                .domain = domain,
                                .reason = reason_of(stated, result, arena)};
}

/* The domain that an SPF result is about, where it does not say so itself. */
static str envelope_domain(const struct envelope *envelope, struct arena *arena)
{
    str sender = envelope->mail_from.n ? envelope->mail_from : envelope->helo;
    str domain;

    sender = str_skip(sender, envelope->mail_from.n ? str_rfind(sender, '@') + 1 : 0);
    return envelope->has_mail_from && domain_normal(sender, arena, &domain) ? domain : S("");
}

bool stated_spf(struct spf *spf, struct stated *stated, const struct envelope *envelope, struct arena *arena)
{
    const struct authres_result *result;
    bool has_mail_from = false, has_helo = false;
    size_t from = 0;

    if (!first_of(stated, S("spf")))
        return false;
    *spf = (struct spf){.mail_from = {.identity = SPF_MAIL_FROM, .reason = S("not stated")},
                        .helo = {.identity = SPF_HELO, .reason = S("not stated")},
                        .done = true};
    while ((result = authres_find(stated->results, S("spf"), &from))) {
        str sender = stated_domain(result, S("smtp"), S("mailfrom"), arena);
        str helo = stated_domain(result, S("smtp"), S("helo"), arena);

        if (!sender.n && helo.n && authres_property(result, S("smtp"), S("mailfrom")).n == 0 && !has_helo) {
            has_helo = true;
            fill_spf(&spf->helo, SPF_HELO, stated, result, helo, arena);
        } else if (!has_mail_from) {
            has_mail_from = true;
            fill_spf(&spf->mail_from, SPF_MAIL_FROM, stated, result,
                     sender.n ? sender : envelope_domain(envelope, arena), arena);
        }
    }
    /* HELO alone is stated for the null sender, whose MAIL FROM identity it is (RFC 7208 section 2.4). */
    if (!has_mail_from && envelope->mail_from.n == 0) {
        spf->mail_from = spf->helo;
        spf->mail_from.identity = SPF_MAIL_FROM;
    }
    stated->spf = true;
    return true;
}

/* ---- DKIM ---- */

/* True if the DKIM-Signature fields that a result may be about (by i=, and s= if that is stated) all have that d=, and
 * there is one. */
static bool is_signing_domain(const struct mail *mail, const struct authres_result *result, str domain,
                              struct arena *arena)
{
    str selector = authres_property(result, S("header"), S("s"));
    struct taglist *tags = arena_new_of(arena, struct taglist);
    const struct header *header = mail->first[HEADER_DKIM_SIGNATURE];
    size_t left = LIMIT_DKIM_SIGNATURES;
    bool found = false;

    for (; header && left; header = header->next_same, left--) {
        const struct tag *tag;
        str signer, identity;

        taglist_parse(tags, header->value, NULL);
        tag = taglist_find(tags, S("s"));
        if (selector.n && !(tag && str_ieq(tag->value, selector)))
            continue;
        tag = taglist_find(tags, S("d"));
        if (!tag || !domain_normal(tag->value, arena, &signer))
            continue;
        tag = taglist_find(tags, S("i"));
        identity = tag ? str_skip(tag->value, str_rfind(tag->value, '@') + 1) : signer;
        if (!domain_normal(identity, arena, &identity) || !str_eq(identity, domain))
            continue;
        if (!str_eq(signer, domain))
            return false;
        found = true;
    }
    return found && !header;
}

/* What one statement says of a signature. Whether l= left bytes unsigned, or what was signed, it does not
 * say. */
static void fill_signature(struct dkim_signature *signature, const struct stated *stated,
                           const struct authres_result *result, const struct mail *mail, struct arena *arena)
{
    str identity = authres_property(result, S("header"), S("i"));

    *signature = (struct dkim_signature){.result = result->result,
                                         .reason = reason_of(stated, result, arena),
                                         .domain = stated_domain(result, S("header"), S("d"), arena),
                                         .selector = authres_property(result, S("header"), S("s")),
                                         .identity = identity,
                                         .time = -1,
                                         .expires = -1,
                                         .age = -1};
    /* Gmail states i= only, which may lie below d=. */
    if (!signature->domain.n) {
        signature->domain = stated_domain(result, S("header"), S("i"), arena);
        signature->inexact = !is_signing_domain(mail, result, signature->domain, arena);
    }
    if (!signature->identity.n && signature->domain.n)
        signature->identity = arena_printf(arena, "@%.*s", PS(signature->domain));
}

bool stated_dkim(struct dkim *dkim, struct stated *stated, const struct mail *mail, struct arena *arena)
{
    const struct authres_result *result;
    size_t from = 0;

    if (!first_of(stated, S("dkim")))
        return false;
    *dkim = (struct dkim){.result = RESULT_NONE,
                          .seen = mail->count[HEADER_DKIM_SIGNATURE],
                          .signatures = arena_array_of(arena, stated->results->n, struct dkim_signature),
                          .done = true};
    while ((result = authres_find(stated->results, S("dkim"), &from))) {
        struct dkim_signature *signature = &dkim->signatures[dkim->n];

        if (result->result == RESULT_NONE)
            continue;
        fill_signature(signature, stated, result, mail, arena);
        signature->index = (unsigned)dkim->n++;
        if (dkim->n == 1 || (signature->result == RESULT_PASS && dkim->result != RESULT_PASS))
            dkim->result = signature->result;
    }
    stated->dkim = true;
    return true;
}

/* ---- ARC and iprev ---- */

bool stated_arc(struct arc *arc, struct stated *stated, struct arena *arena)
{
    const struct authres_result *result = first_of(stated, S("arc"));

    if (!result)
        return false;
    *arc = (struct arc){.result = result->result, .reason = reason_of(stated, result, arena), .done = true};
    stated->arc = true;
    return true;
}

bool stated_iprev(struct iprev *iprev, struct stated *stated, struct arena *arena)
{
    const struct authres_result *result = first_of(stated, S("iprev"));

    if (!result)
        return false;
    *iprev = (struct iprev){
        .result = result->result, .name = S(""), .reason = reason_of(stated, result, arena), .done = true};
    stated->iprev = true;
    return true;
}

/* ---- DMARC ---- */

/* The value behind "p=" in a comment such as Gmail's "p=REJECT sp=REJECT dis=NONE". */
static str comment_policy(str comment)
{
    str rest = comment;
    str word;

    while (str_next(&rest, ' ', &word))
        if (str_istarts(word, S("p=")))
            return str_skip(word, 2);
    return S("");
}

/* The policy as stated: RFC 9989's property, a comment, or Microsoft's action= (oreject: rejecting was
 * overridden). */
static enum dmarc_policy policy_of(const struct authres_result *result)
{
    str action = authres_property(result, S(""), S("action"));
    enum dmarc_policy policy = DMARC_POLICY_NONE;

    if (dmarc_policy_parse(authres_property(result, S("policy"), S("dmarc")), &policy) ||
        dmarc_policy_parse(comment_policy(result->comment), &policy) || dmarc_policy_parse(action, &policy))
        return policy;
    if (str_ieq(action, S("oreject")) || str_ieq(action, S("o.reject")) || str_ieq(action, S("pct.reject")))
        return DMARC_POLICY_REJECT;
    return DMARC_POLICY_NONE;
}

static void fill_dmarc(struct dmarc *dmarc, const struct stated *stated, const struct authres_result *result,
                       str domain, struct arena *arena)
{
    *dmarc = (struct dmarc){.result = result->result,
                            .reason = reason_of(stated, result, arena),
                            .authors = arena_new_of(arena, struct dmarc_author),
                            .author_count = 1,
                            .domain = domain,
                            .policy = policy_of(result),
                            .done = true};
    if (dmarc->result == RESULT_FAIL && dmarc->policy != DMARC_POLICY_NONE)
        dmarc->disposition = DMARC_POLICY_QUARANTINE;
    dmarc->authors[0].result = dmarc->result;
    dmarc->authors[0].reason = dmarc->reason;
    dmarc->authors[0].discovery.domain = domain;
    dmarc->authors[0].discovery.reason = dmarc->reason;
    dmarc->authors[0].discovery.stated = dmarc->authors[0].discovery.effective = dmarc->policy;
}

bool stated_dmarc_contradicts(const struct stated *stated)
{
    const struct authres_result *first, *other;
    size_t from = 0;

    if (!stated->used)
        return false;
    first = authres_find(stated->results, S("dmarc"), &from);
    while ((other = authres_find(stated->results, S("dmarc"), &from)))
        if (other->result != first->result || other->bestguess != first->bestguess ||
            !str_ieq(authres_property(other, S("header"), S("from")),
                     authres_property(first, S("header"), S("from"))))
            return true;
    return false;
}

/* The domain that a DMARC result is about; the author's where it does not say. */
static str dmarc_domain(const struct authres_result *result, const str *authors, size_t author_count,
                        struct arena *arena)
{
    if (authres_property(result, S("header"), S("from")).n || author_count == 0)
        return stated_domain(result, S("header"), S("from"), arena);
    return authors[0];
}

bool stated_dmarc_elsewhere(const struct stated *stated, const str *authors, size_t author_count, str *domain,
                            struct arena *arena)
{
    const struct authres_result *result = first_of(stated, S("dmarc"));

    *domain = S("");
    if (!result || result->result != RESULT_PASS || author_count != 1)
        return false;
    *domain = dmarc_domain(result, authors, author_count, arena);
    return !str_eq(*domain, authors[0]) && domain_labels(authors[0]) != 1;
}

bool stated_dmarc(struct dmarc *dmarc, struct stated *stated, const str *authors, size_t author_count,
                  struct arena *arena)
{
    const struct authres_result *result = first_of(stated, S("dmarc"));
    str about;

    if (!result || stated_dmarc_contradicts(stated) ||
        (author_count > 1 && result->result == RESULT_PASS) ||
        stated_dmarc_elsewhere(stated, authors, author_count, &about, arena))
        return false;
    about = dmarc_domain(result, authors, author_count, arena);
    fill_dmarc(dmarc, stated, result, about, arena);
    if (author_count == 1 && !str_eq(about, authors[0]))
        note_add(&dmarc->warnings, arena, "DMARC was stated for %.*s, but From names %.*s", PS(about),
                 PS(authors[0]));
    stated->dmarc = true;
    return true;
}
