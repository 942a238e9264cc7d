/* report.c: results as JSON. Keys are added, never renamed; docs/check.schema.json lists them. */
#include "programs/report.h"

#include "mail/date.h"
#include "mail/word.h"

enum { MAILBOXES_SHOWN = 10, RECIPIENTS_SHOWN = 100 };

void report_place(struct jsonl *json, const struct place *place)
{
    jsonl_whole(json, "file", place->file);
    if (place->number)
        jsonl_number(json, "message", (int64_t)place->number);
}

static void add_time(struct jsonl *json, const char *key, int64_t time)
{
    if (time < 0)
        jsonl_null(json, key);
    else
        jsonl_number(json, key, time);
}

static void add_outcome(struct jsonl *json, enum result result, str reason, const struct notes *warnings)
{
    static const struct notes none;

    jsonl_result(json, "result", result);
    jsonl_text(json, "reason", reason);
    jsonl_notes(json, "warnings", warnings ? warnings : &none);
}

static void add_field(struct jsonl *json, const char *key, const struct mail *mail, enum header_id id)
{
    const struct header *header = mail->first[id];

    if (header)
        jsonl_text(json, key, str_trim(word_decode(header->value, json->buf->arena, NULL)));
    else
        jsonl_null(json, key);
}

static void add_mail(struct jsonl *json, const struct scan *scan)
{
    const struct mail *mail = &scan->mail;

    jsonl_open(json, "from", '[');
    for (size_t i = 0; i < mail->from.n && i < MAILBOXES_SHOWN; i++) {
        const struct address *address = &mail->from.items[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "name", word_decode(address->display, json->buf->arena, NULL));
        jsonl_text(json, "address", address_format(address, json->buf->arena));
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
    add_field(json, "subject", mail, HEADER_SUBJECT);
    add_field(json, "date", mail, HEADER_DATE);
    add_field(json, "message_id", mail, HEADER_MESSAGE_ID);
    jsonl_open(json, "oddities", '[');
    for (enum mail_oddity odd = 0; odd < MAIL_ODDITIES; odd++)
        if (mail->odd[odd])
            jsonl_text(json, NULL, str_from(mail_oddity_name(odd)));
    jsonl_close(json, ']');
}

static void add_envelope(struct jsonl *json, const struct envelope *envelope)
{
    jsonl_open(json, "envelope", '{');
    if (envelope->client.family)
        jsonl_text(json, "ip", ip_format(envelope->client, json->buf->arena));
    else
        jsonl_null(json, "ip");
    jsonl_text(json, "helo", envelope->helo);
    if (envelope->has_mail_from)
        jsonl_text(json, "mail_from", envelope->mail_from);
    else
        jsonl_null(json, "mail_from");
    jsonl_open(json, "rcpt", '[');
    for (size_t i = 0; i < envelope->recipient_count && i < RECIPIENTS_SHOWN; i++)
        jsonl_text(json, NULL, envelope->recipients[i]);
    jsonl_close(json, ']');
    jsonl_close(json, '}');
}

const struct spf_check *report_spf_main(const struct spf *spf, const struct envelope *envelope)
{
    bool by_helo = !envelope->has_mail_from && envelope->helo.n && spf->mail_from.result == RESULT_UNKNOWN;

    return by_helo ? &spf->helo : &spf->mail_from;
}

static void add_spf_check(struct jsonl *json, const struct spf_check *check)
{
    add_outcome(json, check->result, check->reason, &check->warnings);
    jsonl_text(json, "identity", check->identity == SPF_HELO ? S("helo") : S("mailfrom"));
    jsonl_text(json, "domain", check->domain);
    jsonl_text(json, "record", check->record);
    jsonl_text(json, "term", check->term);
    jsonl_text(json, "term_domain", check->term_domain);
    jsonl_text(json, "explanation", check->explanation);
    jsonl_bool(json, "secure", check->secure);
    jsonl_number(json, "terms", check->terms);
    jsonl_number(json, "void_lookups", check->voids);
}

void report_spf(struct jsonl *json, const struct spf *spf, const struct envelope *envelope)
{
    add_spf_check(json, report_spf_main(spf, envelope));
    jsonl_open(json, "helo", '{');
    add_spf_check(json, &spf->helo);
    jsonl_close(json, '}');
}

static void add_coverage(struct jsonl *json, const struct dkim_signature *signature)
{
    static const char *const fields[DKIM_COVERED_FIELDS] = {
        [DKIM_COVERS_FROM] = "from",
        [DKIM_COVERS_TO] = "to",
        [DKIM_COVERS_SUBJECT] = "subject",
        [DKIM_COVERS_DATE] = "date",
        [DKIM_COVERS_MESSAGE_ID] = "message_id",
        [DKIM_COVERS_REPLY_TO] = "reply_to",
    };

    jsonl_open(json, "covers", '{');
    for (size_t i = 0; i < DKIM_COVERED_FIELDS; i++)
        jsonl_text(json, fields[i], str_from(dkim_coverage_names[signature->covers[i]]));
    jsonl_close(json, '}');
}

static void add_signature(struct jsonl *json, const struct dkim_signature *signature)
{
    jsonl_open(json, NULL, '{');
    add_outcome(json, signature->result, signature->reason, &signature->warnings);
    jsonl_text(json, "domain", signature->domain);
    jsonl_text(json, "selector", signature->selector);
    jsonl_text(json, "identity", signature->identity);
    jsonl_text(json, "key_type", signature->key_type == KEY_RSA ? S("rsa") : S("ed25519"));
    jsonl_text(json, "hash", signature->hash_type == HASH_SHA1 ? S("sha1") : S("sha256"));
    jsonl_number(json, "key_bits", signature->key_bits);
    jsonl_bool(json, "key_testing", signature->key_testing);
    jsonl_bool(json, "key_secure", signature->key_secure);
    add_time(json, "time", signature->time);
    add_time(json, "expires", signature->expires);
    jsonl_number(json, "unsigned_bytes", (int64_t)signature->unsigned_bytes);
    add_coverage(json, signature);
    jsonl_close(json, '}');
}

void report_dkim(struct jsonl *json, const struct dkim *dkim)
{
    jsonl_open(json, "dkim", '[');
    for (size_t i = 0; i < dkim->n; i++)
        add_signature(json, &dkim->signatures[i]);
    jsonl_close(json, ']');
}

void report_arc(struct jsonl *json, const struct arc *arc)
{
    jsonl_open(json, "arc", '{');
    add_outcome(json, arc->result, arc->reason, &arc->warnings);
    jsonl_number(json, "trusted_from", arc->trusted_from);
    jsonl_open(json, "sets", '[');
    for (size_t i = 0; i < arc->n; i++) {
        const struct arc_set *set = &arc->sets[i];

        jsonl_open(json, NULL, '{');
        jsonl_number(json, "instance", set->instance);
        jsonl_text(json, "domain", set->domain);
        jsonl_text(json, "selector", set->selector);
        jsonl_result(json, "cv", set->cv);
        jsonl_bool(json, "trusted", set->trusted);
        add_time(json, "time", set->time);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
    jsonl_close(json, '}');
}

static void add_alignments(struct jsonl *json, const struct dmarc_author *author)
{
    jsonl_open(json, "alignments", '[');
    for (size_t i = 0; i < author->alignment_count; i++) {
        const struct dmarc_alignment *alignment = &author->alignments[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "method", alignment->identifier.method == DMARC_BY_SPF ? S("spf") : S("dkim"));
        jsonl_text(json, "domain", alignment->identifier.domain);
        jsonl_result(json, "result", alignment->identifier.result);
        jsonl_bool(json, "aligned", alignment->aligned);
        jsonl_bool(json, "strict", alignment->strict);
        jsonl_text(json, "reason", alignment->reason);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
}

static str policy_name(enum dmarc_policy policy)
{
    return str_from(dmarc_policy_name(policy));
}

void report_discovery(struct jsonl *json, const struct dmarc_discovery *discovery)
{
    jsonl_text(json, "organization", discovery->organization.domain);
    if (discovery->policy) {
        jsonl_text(json, "policy_domain", discovery->policy->domain);
        jsonl_text(json, "policy_tag", str_from(dmarc_source_names[discovery->policy_source]));
        jsonl_text(json, "record", discovery->policy->record.text);
        jsonl_bool(json, "testing", discovery->policy->record.testing);
    } else {
        jsonl_null(json, "policy_domain");
        jsonl_null(json, "policy_tag");
        jsonl_null(json, "record");
        jsonl_bool(json, "testing", false);
    }
}

static void add_dmarc(struct jsonl *json, const struct dmarc *dmarc)
{
    jsonl_open(json, "dmarc", '{');
    add_outcome(json, dmarc->result, dmarc->reason, &dmarc->warnings);
    jsonl_text(json, "domain", dmarc->domain);
    jsonl_text(json, "policy", policy_name(dmarc->policy));
    jsonl_text(json, "disposition", policy_name(dmarc->disposition));
    jsonl_bool(json, "overridden", dmarc->overridden);
    jsonl_text(json, "override_reason", dmarc->override_reason);
    jsonl_open(json, "authors", '[');
    for (size_t i = 0; i < dmarc->author_count; i++) {
        const struct dmarc_author *author = &dmarc->authors[i];

        jsonl_open(json, NULL, '{');
        add_outcome(json, author->result, author->reason, &author->discovery.warnings);
        jsonl_text(json, "domain", author->discovery.domain);
        jsonl_text(json, "policy", policy_name(author->discovery.effective));
        report_discovery(json, &author->discovery);
        add_alignments(json, author);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
    jsonl_close(json, '}');
}

static void add_lists(struct jsonl *json, const struct dnsl_results *lists)
{
    jsonl_open(json, "lists", '[');
    for (size_t i = 0; i < lists->n; i++) {
        const struct dnsl_result *result = &lists->items[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "list", result->list);
        jsonl_text(json, "subject", result->subject);
        jsonl_text(json, "state", str_from(dnsl_state_names[result->state]));
        jsonl_text(json, "answers", result->answers);
        jsonl_text(json, "reason", result->reason);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
}

static void add_stated(struct jsonl *json, const struct stated *stated)
{
    if (!stated->used) {
        jsonl_null(json, "stated");
        return;
    }
    jsonl_open(json, "stated", '{');
    jsonl_text(json, "authserv_id", stated->authserv_id);
    jsonl_text(json, "text", stated->text);
    jsonl_close(json, '}');
}

void report_scan(struct jsonl *json, const struct scan *scan, str results_field)
{
    const struct auth *auth = &scan->auth;

    add_mail(json, scan);
    add_envelope(json, &scan->auth.envelope);
    jsonl_open(json, "spf", '{');
    report_spf(json, &auth->spf, &scan->auth.envelope);
    jsonl_close(json, '}');
    report_dkim(json, &auth->dkim);
    report_arc(json, &auth->arc);
    add_dmarc(json, &auth->dmarc);
    jsonl_open(json, "iprev", '{');
    add_outcome(json, auth->iprev.result, auth->iprev.reason, NULL);
    jsonl_text(json, "name", auth->iprev.name);
    jsonl_close(json, '}');
    add_lists(json, &auth->dnsl);
    add_stated(json, &auth->stated);
    report_sender(json, &scan->sender);
    if (results_field.n)
        jsonl_whole(json, "authentication_results", results_field);
}
