/* platform_keys.c: every key of a platform's file, once. */
#include "sender/platform_keys.h"

#include "mail/domain.h"
#include "sender/platform.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECTION(keys, type)                                                                                  \
    {                                                                                                        \
        (keys), COUNT(keys), sizeof(type)                                                                    \
    }
#define ROWS(type, field, counter) .at = offsetof(type, field), .count_at = offsetof(type, counter)
#define MANY(type, field, counter) .many = true, ROWS(type, field, counter)
#define DOMAINS(evidence)                                                                                    \
    .many = true, .normal = domain_normal, .kind = "a domain name",                                          \
    .at = offsetof(struct platform_transport, domains) + (evidence) * sizeof(str *),                         \
    .count_at = offsetof(struct platform_transport, count) + (evidence) * sizeof(size_t)
#define AT(type, field) .at = offsetof(struct type, field)

const char *const platform_kind_words[] = {
    [PLATFORM_TRANSACTIONAL] = "transactional",
    [PLATFORM_ESP] = "esp",
    [PLATFORM_CRM] = "crm",
    [PLATFORM_NEWSLETTER] = "newsletter",
    [PLATFORM_CREATOR] = "creator",
    [PLATFORM_HELPDESK] = "helpdesk",
    [PLATFORM_COLLABORATION] = "collaboration",
    [PLATFORM_SURVEY] = "survey",
    [PLATFORM_EVENTS] = "events",
    [PLATFORM_FORMS] = "forms",
    [PLATFORM_DOCUMENTS] = "documents",
    [PLATFORM_SIGNATURES] = "signatures",
    [PLATFORM_PAYMENTS] = "payments",
    [PLATFORM_COMMERCE] = "commerce",
    [PLATFORM_HOSTING] = "hosting",
    [PLATFORM_MAILBOX] = "mailbox",
    [PLATFORM_LIST] = "list",
    [PLATFORM_FORWARDER] = "forwarder",
    [PLATFORM_RELAY] = "relay",
    [PLATFORM_SELFHOSTED] = "selfhosted",
    NULL,
};
const char *const platform_proof_words[] = {"none", "claimed", "branded", "proven", NULL};
static const char *const set_by_words[] = {"platform", "customer", NULL};

static const struct conf_key transport_keys[] = {
    {"dkim", CONF_TEXT, DOMAINS(EVIDENCE_DKIM),
     .help = "Domains with which the platform signs (d=): these and all below them."},
    {"dkim-keys", CONF_TEXT, DOMAINS(EVIDENCE_DKIM_KEY),
     .help = "Domains below which the keys stand that customers point their own selectors to (CNAME)."},
    {"return-path", CONF_TEXT, DOMAINS(EVIDENCE_RETURN_PATH),
     .help = "Domains of MAIL FROM, these and all below them, for which SPF passes."},
    {"hosts", CONF_TEXT, DOMAINS(EVIDENCE_HOST),
     .help = "Domains of the platform's servers. Only what nobody else can have names in."},
    {"includes", CONF_TEXT, DOMAINS(EVIDENCE_INCLUDE),
     .help = "Domains of SPF records that name the platform's servers and nobody else's."},
    {"tracking", CONF_TEXT, DOMAINS(EVIDENCE_TRACKING),
     .help = "Hosts of the platform's tracking links. They prove nothing: anybody may copy a link."},
    {"senders", CONF_TEXT, MANY(struct platform_transport, senders, sender_count),
     .kind = "an address, or \"@\" and a domain",
     .help = "From must be one of these. For services that share their domain with others of the same firm."},
};
static const struct conf_section transport_section = SECTION(transport_keys, struct platform_transport);

static const struct conf_key branded_keys[] = {
    {"return-path", CONF_TEXT, AT(platform_branded, return_path_text), .kind = "a regular expression",
     .help = "What MAIL FROM looks like, in the customer's domain."},
    {"selector", CONF_TEXT, AT(platform_branded, selector_text), .kind = "a regular expression",
     .help = "What the selector of the customer's signature looks like."},
    {"host", CONF_TEXT, AT(platform_branded, host_text), .kind = "a regular expression",
     .help = "What names servers have that carry a customer's domain."},
};
static const struct conf_section branded_section = SECTION(branded_keys, struct platform_branded);

static const struct conf_key marker_keys[] = {
    {"header", CONF_TEXT, .needed = true, AT(platform_marker, header), .kind = "the name of a header field",
     .help = "A header field that only mail of this platform has."},
    {"pattern", CONF_TEXT, AT(platform_marker, pattern_text), .kind = "a regular expression",
     .help = "What its value looks like; without it any value will do."},
    {"received-too", CONF_BOOL, AT(platform_marker, received_too), .fallback = "no",
     .help =
         "Receivers or lists leave it on mail of others: it confirms what transport says, and alone claims nothing."},
};
static const struct conf_section marker_section = SECTION(marker_keys, struct platform_marker);

static const struct conf_key extractor_keys[] = {
    {"from", CONF_TEXT, .needed = true, AT(platform_extractor, from), .kind = "a source",
     .help =
         "return-path, dkim-domain, dkim-selector, dkim-identity, dkim-key, url, reply-to, from, from-domain, "
         "display-name, body, or else the name of a header field."},
    {"pattern", CONF_TEXT, AT(platform_extractor, pattern_text), .fallback = "^(.+)$",
     .kind = "a regular expression", .help = "Its first group is the value."},
    {"set-by", CONF_ENUM, AT(platform_extractor, set_by), .fallback = "platform", .words = set_by_words,
     .help =
         "platform: the platform writes the field itself and overwrites what its customer put there. "
         "customer: it passes on what the customer wrote, so it says whom the customer names and is no identity."},
    {"meaning", CONF_TEXT, AT(platform_extractor, meaning), .help = "What the value is, in words."},
    {"decode", CONF_TEXT, MANY(struct platform_extractor, decode_text, decode_count), .kind = "a step",
     .help =
         "Steps that the value takes: base64, hex, percent, json NAME (or NAME/NAME), json NUMBER, part NUMBER SEPARATOR, "
         "verp, lower."},
};
static const struct conf_section extractor_section = SECTION(extractor_keys, struct platform_extractor);

static const struct conf_key vector_keys[] = {
    {"about", CONF_TEXT, .needed = true, AT(platform_vector, about), .help = "What it is about, in words."},
    {"mail-from", CONF_TEXT, AT(platform_vector, mail_from), .help = "MAIL FROM."},
    {"rcpt", CONF_TEXT, MANY(struct platform_vector, recipients, recipient_count), .help = "RCPT TO."},
    {"helo", CONF_TEXT, AT(platform_vector, helo),
     .help = "The name the client gave itself; nothing better is known."},
    {"host", CONF_TEXT, AT(platform_vector, host), .help = "The confirmed name of the client."},
    {"results", CONF_TEXT, AT(platform_vector, results),
     .help = "Results as Authentication-Results has them, such as \"spf=pass smtp.mailfrom=example.com\"."},
    {"includes", CONF_TEXT, MANY(struct platform_vector, includes, include_count),
     .help = "SPF records by which the client is permitted."},
    {"headers", CONF_TEXT, MANY(struct platform_vector, headers, header_count),
     .help = "Header fields, each \"Name: value\"."},
    {"urls", CONF_TEXT, MANY(struct platform_vector, urls, url_count), .help = "Links of the body."},
    {"body", CONF_TEXT, AT(platform_vector, body), .help = "The visible text."},
    {"chain", CONF_TEXT, AT(platform_vector, chain),
     .help = "The platforms that must be found, with spaces between them, the nearest first."},
    {"proof", CONF_ENUM, AT(platform_vector, proof), .fallback = "none", .words = platform_proof_words,
     .help = "How this platform must be proven."},
    {"accounts", CONF_TEXT, MANY(struct platform_vector, accounts, account_count),
     .help = "The accounts that must be found, and no others, in this order."},
    {"campaign", CONF_TEXT, AT(platform_vector, campaign), .help = "The campaign that must be found."},
    {"contradicted", CONF_BOOL, AT(platform_vector, contradicted), .fallback = "no",
     .help = "Headers claim this platform, and it was another."},
    {"token", CONF_TEXT, AT(platform_vector, token),
     .help = "right or other: whom the recipient token names."},
};
static const struct conf_section vector_section = SECTION(vector_keys, struct platform_vector);

static const struct conf_key platform_keys[] = {
    {"id", CONF_TEXT, .needed = true, AT(platform, id), .help = "A short name, that of the file."},
    {"name", CONF_TEXT, .needed = true, AT(platform, name), .help = "The name it is known by."},
    {"kind", CONF_ENUM, .needed = true, AT(platform, kind), .words = platform_kind_words,
     .help = "What it is for."},
    {"notes", CONF_TEXT, AT(platform, notes), .help = "What is worth knowing."},
    {"transport", CONF_SECTION, AT(platform, transport), .section = &transport_section,
     .help = "What only the platform itself can do."},
    {"branded", CONF_SECTION, AT(platform, branded), .section = &branded_section,
     .help = "What mail looks like that it sends under a customer's own domain."},
    {"markers", CONF_LIST, ROWS(struct platform, markers, marker_count), .section = &marker_section,
     .help = "Header fields that claim to be of this platform."},
    {"accounts", CONF_LIST, ROWS(struct platform, accounts, account_count), .section = &extractor_section,
     .help = "Where the customer is named. The first is the one usually meant."},
    {"campaign", CONF_LIST, ROWS(struct platform, campaigns, campaign_count), .section = &extractor_section,
     .help = "Where the campaign or message is named; the first that is there counts."},
    {"recipient-tokens", CONF_LIST, ROWS(struct platform, tokens, token_count), .section = &extractor_section,
     .help = "Where the address of the recipient is written down."},
    {"links", CONF_TEXT, MANY(struct platform, links, link_count),
     .help = "Rows of links.yaml that undo its links."},
    {"nested-on", CONF_TEXT, MANY(struct platform, nested_on, nested_count),
     .help = "Platforms through which it sends."},
    {"vectors", CONF_LIST, ROWS(struct platform, vectors, vector_count), .section = &vector_section,
     .help = "Messages in a few lines, and what must be found of them."},
};
const struct conf_section platform_section = SECTION(platform_keys, struct platform);
