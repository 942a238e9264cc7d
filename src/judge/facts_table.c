/* facts_table.c: what is kept of a message: each member of the structs below that goes into the facts,
 * once. */
#include "judge/facts_rows.h"

#include <assert.h>

/* ---- words ---- */

WORDS(identity_words, [SPF_MAIL_FROM] = "mailfrom", [SPF_HELO] = "helo");
WORDS(via_words, [SPF_VIA_START] = "start", [SPF_VIA_INCLUDE] = "include", [SPF_VIA_REDIRECT] = "redirect");
WORDS(key_words, [KEY_RSA] = "rsa", [KEY_ED25519] = "ed25519");
WORDS(hash_words, [HASH_SHA1] = "sha1", [HASH_SHA256] = "sha256");
WORDS(psd_words, [DMARC_PSD_UNKNOWN] = "u", [DMARC_PSD_YES] = "y", [DMARC_PSD_NO] = "n");
/* Those that stand beside their enumeration. */
NAMES(result_words, result_names);
NAMES(canon_words, canon_names);
NAMES(coverage_words, dkim_coverage_names);
NAMES(policy_words, dmarc_policy_names);
NAMES(tag_words, dmarc_source_names);
NAMES(listed_words, dnsl_state_names);
WORDS(method_words, [DMARC_BY_SPF] = "spf", [DMARC_BY_DKIM] = "dkim");

#define ODDITY(id, name, words) [MAIL_##id] = name,
WORDS(oddity_words, MAIL_ODDITY_TABLE(ODDITY));
#undef ODDITY

/* ---- SPF ---- */

static const struct facts_field step_fields[] = {
    TEXT(struct spf_step, "domain", domain),
    WORD(struct spf_step, "via", via, via_words),
};
SHAPE(step, struct spf_step);

static const struct facts_field check_fields[] = {
    RESULT(struct spf_check, "result", result),
    TEXT(struct spf_check, "reason", reason),
    NOTES(struct spf_check, "warnings", warnings),
    WORD(struct spf_check, "identity", identity, identity_words),
    IP(struct spf_check, "ip", client),
    TEXT(struct spf_check, "helo_name", helo),
    TEXT(struct spf_check, "domain", domain),
    TEXT(struct spf_check, "sender", sender),
    TEXT(struct spf_check, "record", record),
    TEXT(struct spf_check, "term", term),
    TEXT(struct spf_check, "term_domain", term_domain),
    LIST(struct spf_check, "path", path, path_length, step),
    BOOL(struct spf_check, "listed", listed),
    TEXT(struct spf_check, "explanation", explanation),
    BOOL(struct spf_check, "secure", secure),
    BOOL(struct spf_check, "wide", wide),
    BOOL(struct spf_check, "uses_ptr", uses_ptr),
    NUMBER(struct spf_check, "terms", terms),
    NUMBER(struct spf_check, "void_lookups", voids),
};
SHAPE(check, struct spf_check);

/* ---- DKIM ---- */

#define COVERS(key, field)                                                                                   \
    {                                                                                                        \
        key, FACTS_WORD, .offset = offsetof(struct dkim_signature, covers[field]),                           \
                         .size = sizeof(enum dkim_coverage), .words = &coverage_words                        \
    }
static const struct facts_field covers_fields[] = {
    COVERS("from", DKIM_COVERS_FROM),
    COVERS("to", DKIM_COVERS_TO),
    COVERS("subject", DKIM_COVERS_SUBJECT),
    COVERS("date", DKIM_COVERS_DATE),
    COVERS("message_id", DKIM_COVERS_MESSAGE_ID),
    COVERS("reply_to", DKIM_COVERS_REPLY_TO),
};
SHAPE(covers, struct dkim_signature);

static const struct facts_field signature_fields[] = {
    RESULT(struct dkim_signature, "result", result),
    TEXT(struct dkim_signature, "reason", reason),
    NOTES(struct dkim_signature, "warnings", warnings),
    NUMBER(struct dkim_signature, "index", index),
    TEXT(struct dkim_signature, "domain", domain),
    TEXT(struct dkim_signature, "selector", selector),
    TEXT(struct dkim_signature, "identity", identity),
    WORD(struct dkim_signature, "key_type", key_type, key_words),
    WORD(struct dkim_signature, "hash", hash_type, hash_words),
    WORD(struct dkim_signature, "canon_header", canon_header, canon_words),
    WORD(struct dkim_signature, "canon_body", canon_body, canon_words),
    BOOL(struct dkim_signature, "has_length", has_length),
    NUMBER(struct dkim_signature, "length", length),
    NUMBER(struct dkim_signature, "body_length", body_length),
    NUMBER(struct dkim_signature, "unsigned_bytes", unsigned_bytes),
    BOOL(struct dkim_signature, "checked", checked),
    BOOL(struct dkim_signature, "body_intact", body_intact),
    BOOL(struct dkim_signature, "fields_intact", fields_intact),
    TIME(struct dkim_signature, "time", time),
    TIME(struct dkim_signature, "expires", expires),
    TIME(struct dkim_signature, "age", age),
    NUMBER(struct dkim_signature, "key_bits", key_bits),
    BOOL(struct dkim_signature, "key_testing", key_testing),
    BOOL(struct dkim_signature, "key_secure", key_secure),
    GROUP("covers", covers),
};
SHAPE(signature, struct dkim_signature);

/* ---- Authentication-Results ---- */

static const struct facts_field property_fields[] = {
    TEXT(struct authres_property, "type", type),
    TEXT(struct authres_property, "name", name),
    TEXT(struct authres_property, "value", value),
};
SHAPE(property, struct authres_property);

static const struct facts_field stated_result_fields[] = {
    TEXT(struct authres_result, "method", method),
    NUMBER(struct authres_result, "version", version),
    RESULT(struct authres_result, "result", result),
    TEXT(struct authres_result, "word", word),
    BOOL(struct authres_result, "bestguess", bestguess),
    TEXT(struct authres_result, "reason", reason),
    TEXT(struct authres_result, "comment", comment),
    LIST(struct authres_result, "properties", properties, property_count, property),
};
SHAPE(stated_result, struct authres_result);

static const struct facts_field authres_fields[] = {
    BOOL(struct authres, "has_id", has_id),       TEXT(struct authres, "id", id),
    NUMBER(struct authres, "version", version),   BOOL(struct authres, "none", none),
    NUMBER(struct authres, "instance", instance), LIST(struct authres, "results", results, n, stated_result),
    BOOL(struct authres, "syntax", syntax),       BOOL(struct authres, "cut", cut),
};
SHAPE(authres, struct authres);

/* ---- ARC ---- */

static const struct facts_field set_fields[] = {
    NUMBER(struct arc_set, "instance", instance),
    TEXT(struct arc_set, "domain", domain),
    TEXT(struct arc_set, "selector", selector),
    TEXT(struct arc_set, "signature_domain", signature_domain),
    RESULT(struct arc_set, "cv", cv),
    BOOL(struct arc_set, "seal_checked", seal_checked),
    BOOL(struct arc_set, "seal_valid", seal_valid),
    BOOL(struct arc_set, "signature_checked", signature_checked),
    BOOL(struct arc_set, "signature_valid", signature_valid),
    BOOL(struct arc_set, "trusted", trusted),
    TIME(struct arc_set, "time", time),
    PART(struct arc_set, "stated", results, authres),
};
SHAPE(set, struct arc_set);

static const struct facts_field arc_fields[] = {
    RESULT(struct arc, "result", result),
    BOOL(struct arc, "temporary", temporary),
    TEXT(struct arc, "reason", reason),
    NOTES(struct arc, "warnings", warnings),
    NUMBER(struct arc, "oldest_pass", oldest_pass),
    NUMBER(struct arc, "trusted_from", trusted_from),
    LIST(struct arc, "sets", sets, n, set),
};
SHAPE(arc, struct arc);

/* ---- DMARC ---- */

static const struct facts_field record_fields[] = {
    TEXT(struct dmarc_record, "text", text),
    BOOL(struct dmarc_record, "valid", valid),
    BOOL(struct dmarc_record, "has_p", has_p),
    BOOL(struct dmarc_record, "has_sp", has_sp),
    BOOL(struct dmarc_record, "has_np", has_np),
    WORD(struct dmarc_record, "p", p, policy_words),
    WORD(struct dmarc_record, "sp", sp, policy_words),
    WORD(struct dmarc_record, "np", np, policy_words),
    BOOL(struct dmarc_record, "strict_dkim", strict_dkim),
    BOOL(struct dmarc_record, "strict_spf", strict_spf),
    WORD(struct dmarc_record, "psd", psd, psd_words),
    BOOL(struct dmarc_record, "testing", testing),
    TEXT(struct dmarc_record, "rua", rua),
    TEXT(struct dmarc_record, "ruf", ruf),
    TEXT(struct dmarc_record, "fo", fo),
    NOTES(struct dmarc_record, "warnings", warnings),
};
SHAPE(record, struct dmarc_record);

static const struct facts_field policy_fields[] = {
    TEXT(struct dmarc_step, "name", name),
    TEXT(struct dmarc_step, "domain", domain),
    NUMBER(struct dmarc_step, "count", count),
    BOOL(struct dmarc_step, "found", found),
    PART(struct dmarc_step, "record", record, record),
};
SHAPE(policy, struct dmarc_step);

static const struct facts_field organization_fields[] = {
    TEXT(struct dmarc_organization, "domain", domain),
    WORD(struct dmarc_organization, "error", error, result_words),
    TEXT(struct dmarc_organization, "reason", reason),
    TEXT(struct dmarc_organization, "by_suffix", by_suffix),
    BOOL(struct dmarc_organization, "guarded", guarded),
    BOOL(struct dmarc_organization, "from_record", from_record),
};
SHAPE(organization, struct dmarc_organization);

static const struct facts_field discovery_fields[] = {
    TEXT(struct dmarc_discovery, "domain", domain),
    PART(struct dmarc_discovery, "organization", organization, organization),
    WORD(struct dmarc_discovery, "error", error, result_words),
    TEXT(struct dmarc_discovery, "reason", reason),
    LINK(struct dmarc_discovery, "policy", policy, policy),
    WORD(struct dmarc_discovery, "policy_tag", policy_source, tag_words),
    BOOL(struct dmarc_discovery, "nonexistent", nonexistent),
    WORD(struct dmarc_discovery, "stated", stated, policy_words),
    WORD(struct dmarc_discovery, "effective", effective, policy_words),
    NOTES(struct dmarc_discovery, "warnings", warnings),
};
SHAPE(discovery, struct dmarc_discovery);

static const struct facts_field identifier_fields[] = {
    WORD(struct dmarc_identifier, "method", method, method_words),
    RESULT(struct dmarc_identifier, "result", result),
    TEXT(struct dmarc_identifier, "domain", domain),
    NUMBER(struct dmarc_identifier, "index", index),
};
SHAPE(identifier, struct dmarc_identifier);

static const struct facts_field alignment_fields[] = {
    PART(struct dmarc_alignment, "identifier", identifier, identifier),
    BOOL(struct dmarc_alignment, "aligned", aligned),
    BOOL(struct dmarc_alignment, "strict", strict),
    BOOL(struct dmarc_alignment, "exact", exact),
    TEXT(struct dmarc_alignment, "organization", organization),
    WORD(struct dmarc_alignment, "error", error, result_words),
    TEXT(struct dmarc_alignment, "reason", reason),
};
SHAPE(alignment, struct dmarc_alignment);

static const struct facts_field author_fields[] = {
    RESULT(struct dmarc_author, "result", result),
    TEXT(struct dmarc_author, "reason", reason),
    PART(struct dmarc_author, "discovery", discovery, discovery),
    LIST(struct dmarc_author, "alignments", alignments, alignment_count, alignment),
};
SHAPE(author, struct dmarc_author);

static const struct facts_field dmarc_fields[] = {
    RESULT(struct dmarc, "result", result),
    TEXT(struct dmarc, "reason", reason),
    NOTES(struct dmarc, "warnings", warnings),
    TEXT(struct dmarc, "domain", domain),
    WORD(struct dmarc, "policy", policy, policy_words),
    WORD(struct dmarc, "disposition", disposition, policy_words),
    BOOL(struct dmarc, "overridden", overridden),
    TEXT(struct dmarc, "override_reason", override_reason),
    NUMBER(struct dmarc, "decisive", decisive),
    LIST(struct dmarc, "authors", authors, author_count, author),
};
SHAPE(dmarc, struct dmarc);

/* ---- the rest of struct auth ---- */

static const struct facts_field iprev_fields[] = {
    RESULT(struct iprev, "result", result),
    TEXT(struct iprev, "name", name),
    TEXT(struct iprev, "reason", reason),
};
SHAPE(iprev, struct iprev);

static const struct facts_field dnsl_fields[] = {
    TEXT(struct dnsl_result, "list", list),
    TEXT(struct dnsl_result, "subject", subject),
    WORD(struct dnsl_result, "state", state, listed_words),
    TEXT(struct dnsl_result, "answers", answers),
    TEXT(struct dnsl_result, "reason", reason),
};
SHAPE(dnsl, struct dnsl_result);

static const struct facts_field stated_fields[] = {
    BOOL(struct stated, "used", used),   TEXT(struct stated, "authserv_id", authserv_id),
    TEXT(struct stated, "text", text),   LINK(struct stated, "results", results, authres),
    BOOL(struct stated, "spf", spf),     BOOL(struct stated, "dkim", dkim),
    BOOL(struct stated, "arc", arc),     BOOL(struct stated, "dmarc", dmarc),
    BOOL(struct stated, "iprev", iprev),
};
SHAPE(stated, struct stated);

static const struct facts_field trace_fields[] = {
    BOOL(struct trace, "found", found),
    TEXT(struct trace, "reason", reason),
    IP(struct trace, "ip", client),
    TEXT(struct trace, "helo", helo),
    BOOL(struct trace, "has_mail_from", has_mail_from),
    TEXT(struct trace, "mail_from", mail_from),
};
SHAPE(trace, struct trace);

static const struct facts_field envelope_fields[] = {
    IP(struct envelope, "ip", client),
    TEXT(struct envelope, "helo", helo),
    BOOL(struct envelope, "has_mail_from", has_mail_from),
    TEXT(struct envelope, "mail_from", mail_from),
};
SHAPE(envelope, struct envelope);

/* ---- the message and the whole ---- */

static const struct facts_field domain_fields[] = {{"domain", FACTS_TEXT, .size = sizeof(str)}};
SHAPE(domain, str);

static const struct facts_field mailbox_fields[] = {
    TEXT(struct facts_mailbox, "name", name),
    TEXT(struct facts_mailbox, "address", address),
};
SHAPE(mailbox, struct facts_mailbox);

static const struct facts_field message_fields[] = {
    NUMBER(struct facts_message, "size", size),
    TEXT(struct facts_message, "message_id", message_id),
    TEXT(struct facts_message, "date", date),
    LIST(struct facts_message, "from", from, from_count, mailbox),
    LIST(struct facts_message, "reply_to", reply_to, reply_to_count, mailbox),
    {"oddities", FACTS_FLAGS, PLACE(struct facts_message, odd), .words = &oddity_words},
};
SHAPE(message, struct facts_message);

static const struct facts_field facts_fields[] = {
    {"version", FACTS_NUMBER, true, PLACE(struct facts, version)},
    PART(struct facts, "message", message, message),
    PART(struct facts, "envelope", auth.envelope, envelope),
    PART(struct facts, "spf", auth.spf.mail_from, check),
    PART(struct facts, "spf_helo", auth.spf.helo, check),
    LIST(struct facts, "dkim", auth.dkim.signatures, auth.dkim.n, signature),
    RESULT(struct facts, "dkim_result", auth.dkim.result),
    NUMBER(struct facts, "dkim_seen", auth.dkim.seen),
    PART(struct facts, "arc", auth.arc, arc),
    PART(struct facts, "dmarc", auth.dmarc, dmarc),
    PART(struct facts, "iprev", auth.iprev, iprev),
    LIST(struct facts, "lists", auth.dnsl.items, auth.dnsl.n, dnsl),
    PART(struct facts, "stated", auth.stated, stated),
    PART(struct facts, "trace", auth.trace, trace),
    LIST(struct facts, "authors", auth.author_domains, auth.author_count, domain),
    BOOL(struct facts, "authors_unreadable", auth.authors_unreadable),
    BOOL(struct facts, "resolver_failing", resolver_failing),
    PART(struct facts, "sender", sender, facts_sender_shape),
    PART(struct facts, "content", content, facts_content_shape),
    NUMBER(struct facts, "cut", cut), /* last: the writer counts while it writes */
};
const struct facts_shape facts_shape = {facts_fields, sizeof(facts_fields) / sizeof(*facts_fields),
                                        sizeof(struct facts)};

uint64_t facts_number(const void *p, size_t size)
{
    uint32_t four;
    uint64_t eight;

    assert(size == sizeof(four) || size == sizeof(eight));
    if (size == sizeof(eight)) {
        memcpy(&eight, p, sizeof(eight));
        return eight;
    }
    memcpy(&four, p, sizeof(four));
    return four;
}

void facts_set_number(void *p, size_t size, uint64_t value)
{
    uint32_t four = (uint32_t)value;

    assert(size == sizeof(value) || size == sizeof(four));
    if (size == sizeof(value))
        memcpy(p, &value, sizeof(value));
    else
        memcpy(p, &four, sizeof(four));
}
