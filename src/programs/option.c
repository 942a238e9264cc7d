/* option.c: the options of all commands, one row each, and what each one sets. */
#include <limits.h>
#include <time.h>

#include "base/conf.h"
#include "mail/date.h"
#include "mail/domain.h"
#include "programs/command.h"

#define ON(id) (1u << COMMAND_##id)

enum {
    MESSAGES = ON(CHECK) | ON(DKIM_VERIFY) | ON(ARC_VERIFY) | ON(PLATFORM_EXPLAIN),
    ENVELOPE = ON(CHECK) | ON(SPF) | ON(ARC_SEAL) | ON(PLATFORM_EXPLAIN),
    PLATFORMS = ON(PLATFORM_LIST) | ON(PLATFORM_SHOW) | ON(PLATFORM_TEST) | ON(PLATFORM_EXPLAIN) | ON(CHECK) |
                ON(EVAL),
    ASKING = MESSAGES | ON(SPF) | ON(ARC_SEAL) | ON(DMARC) | ON(DNS),
    SIGNING = ON(DKIM_SIGN) | ON(ARC_SEAL),
    KEYS = SIGNING | ON(DKIM_KEYGEN),
    LISTING = ON(LOG) | ON(AUDIT) | ON(QUARANTINE_LIST),
    SPAN = LISTING | ON(POLICY_SIMULATE) | ON(TOP),
    HELD = ON(QUARANTINE_LIST) | ON(QUARANTINE_SHOW) | ON(QUARANTINE_EXPORT),
    CHANGING = ON(QUARANTINE_RELEASE) | ON(QUARANTINE_DELETE) | ON(FORGET),
    CALLING = ON(STATUS) | CHANGING,
};

static const uint64_t TIME_MAX = 253402300799; /* the last second of the year 9999 */

/* Adds a value to a list that has room for every argument there is. */
static bool add(struct settings *settings, str **list, size_t *count, str value)
{
    str *longer = arena_array_of(settings->arena, *count + 1, str);

    if (*count)
        memcpy(longer, *list, *count * sizeof(str));
    longer[(*count)++] = value;
    *list = longer;
    return true;
}

static bool add_domain(struct settings *settings, str value, str *domain, struct err *err)
{
    if (!domain_normal(value, settings->arena, domain))
        return err_set(err, "\"%.*s\" is no domain name", PS(value));
    return true;
}

static bool set_ip(struct settings *settings, str value, struct err *err)
{
    if (!ip_parse(value, &settings->envelope.client))
        return err_set(err, "\"%.*s\" is no IPv4 or IPv6 address", PS(value));
    return true;
}

static bool set_helo(struct settings *settings, str value, struct err *err)
{
    (void)err;
    settings->envelope.helo = value;
    return true;
}

/* "<>" and the empty word are the null sender. */
static bool set_mail_from(struct settings *settings, str value, struct err *err)
{
    if (str_starts(value, S("<")) && str_ends(value, S(">")))
        value = str_sub(value, 1, value.n - 2);
    if (value.n && str_find(value, '@') == value.n)
        return err_set(err, "\"%.*s\" is no address; \"<>\" is the null sender", PS(value));
    settings->envelope.has_mail_from = true;
    settings->envelope.mail_from = value;
    return true;
}

static bool set_rcpt(struct settings *settings, str value, struct err *err)
{
    (void)err;
    add(settings, &settings->recipients, &settings->envelope.recipient_count, value);
    settings->envelope.recipients = settings->recipients;
    return true;
}

static bool set_from_trace(struct settings *settings, str value, struct err *err)
{
    (void)value, (void)err;
    settings->from_trace = true;
    return true;
}

static bool set_relay(struct settings *settings, str value, struct err *err)
{
    size_t count = settings->relays.network_count;
    struct network *longer = arena_array_of(settings->arena, count + 1, struct network);

    if (!network_parse(value, &longer[count]))
        return err_set(
            err,
            "\"%.*s\" is no network such as 192.0.2.0/24 or 2001:db8::/32, with no bits set behind its prefix",
            PS(value));
    if (count)
        memcpy(longer, settings->networks, count * sizeof(*longer));
    settings->networks = longer;
    settings->relays.networks = longer;
    settings->relays.network_count = count + 1;
    return true;
}

static bool set_trust_authserv(struct settings *settings, str value, struct err *err)
{
    if (value.n == 0)
        return err_set(err, "name the host that wrote Authentication-Results, or \"first\"");
    settings->trust_authserv = value;
    return true;
}

static bool set_trusted_sealer(struct settings *settings, str value, struct err *err)
{
    str domain;

    return add_domain(settings, value, &domain, err) &&
           add(settings, &settings->trusted_sealers, &settings->trusted_sealer_count, domain);
}

static bool set_authserv_id(struct settings *settings, str value, struct err *err)
{
    return add_domain(settings, value, &settings->authserv_id, err);
}

static bool set_path(str *path, str value, struct err *err)
{
    if (value.n == 0)
        return err_set(err, "the file name is empty");
    *path = value;
    return true;
}

static bool set_answers(struct settings *settings, str value, struct err *err)
{
    return set_path(&settings->answers, value, err);
}

static bool set_data(struct settings *settings, str value, struct err *err)
{
    return set_path(&settings->data, value, err);
}

static bool set_control(struct settings *settings, str value, struct err *err)
{
    return set_path(&settings->control, value, err);
}

static bool set_record(struct settings *settings, str value, struct err *err)
{
    return set_path(&settings->record, value, err);
}

static bool set_key(struct settings *settings, str value, struct err *err)
{
    return set_path(&settings->key_file, value, err);
}

static bool set_dns(struct settings *settings, str value, struct err *err)
{
    size_t at = str_find(value, '@');
    struct ip ip;
    uint64_t port;
    bool word = str_eq(value, S("system")) || str_eq(value, S("root"));

    if (!word && (!ip_parse(str_sub(value, 0, at), &ip) ||
                  (at < value.n && (!str_to_u64(str_skip(value, at + 1), 65535, &port) || port == 0))))
        return err_set(err, "\"%.*s\" is no address such as 192.0.2.53 or 192.0.2.53@5353", PS(value));
    if (settings->dns_count &&
        (word || str_eq(settings->dns[0], S("system")) || str_eq(settings->dns[0], S("root"))))
        return err_set(err, "\"system\" and \"root\" stand alone");
    return add(settings, &settings->dns, &settings->dns_count, value);
}

static bool set_offline(struct settings *settings, str value, struct err *err)
{
    (void)value, (void)err;
    settings->offline = true;
    return true;
}

static bool read_time(str value, int64_t *time, struct err *err)
{
    uint64_t seconds = 0;

    if (str_to_u64(value, TIME_MAX, &seconds))
        *time = (int64_t)seconds;
    else if (!date_parse_iso(value, time))
        return err_set(err, "\"%.*s\" is no time such as 2022-04-05T12:00:00Z or 1649160000", PS(value));
    return true;
}

static bool set_time(struct settings *settings, str value, struct err *err)
{
    settings->has_time = true;
    return read_time(value, &settings->time, err);
}

static bool set_json(struct settings *settings, str value, struct err *err)
{
    (void)value, (void)err;
    settings->json = true;
    return true;
}

static bool set_number(unsigned *number, str value, unsigned min, unsigned max, struct err *err)
{
    uint64_t wanted = 0;

    if (!str_to_u64(value, max, &wanted) || wanted < min)
        return err_set(err, "\"%.*s\" is no number from %u to %u", PS(value), min, max);
    *number = (unsigned)wanted;
    return true;
}

static bool set_jobs(struct settings *settings, str value, struct err *err)
{
    return set_number(&settings->jobs, value, 1, 256, err);
}

static bool set_domain(struct settings *settings, str value, struct err *err)
{
    return add_domain(settings, value, &settings->domain, err);
}

static bool set_selector(struct settings *settings, str value, struct err *err)
{
    return add_domain(settings, value, &settings->selector, err);
}

static bool set_type(struct settings *settings, str value, struct err *err)
{
    if (!str_eq(value, S("rsa")) && !str_eq(value, S("ed25519")))
        return err_set(err, "the type is rsa or ed25519, not \"%.*s\"", PS(value));
    settings->key_type = str_eq(value, S("rsa")) ? KEY_RSA : KEY_ED25519;
    return true;
}

static bool set_bits(struct settings *settings, str value, struct err *err)
{
    return set_number(&settings->bits, value, 2048, 4096, err);
}

static bool set_identity(struct settings *settings, str value, struct err *err)
{
    if (str_find(value, '@') == value.n)
        return err_set(err, "\"%.*s\" has no \"@\"", PS(value));
    settings->identity = value;
    return true;
}

static bool set_canon(struct settings *settings, str value, struct err *err)
{
    size_t slash = str_find(value, '/');

    if (!canon_parse(str_sub(value, 0, slash), &settings->canon_header) || slash == value.n ||
        !canon_parse(str_skip(value, slash + 1), &settings->canon_body))
        return err_set(err, "say simple or relaxed for header and body, such as relaxed/simple");
    return true;
}

static bool set_fields(struct settings *settings, str value, struct err *err)
{
    str name;

    while (str_next(&value, ':', &name)) {
        name = str_trim(name);
        if (name.n == 0)
            return err_set(err, "write field names with \":\" between them, such as from:to:subject");
        add(settings, &settings->fields, &settings->field_count, name);
    }
    return true;
}

static bool set_no_oversign(struct settings *settings, str value, struct err *err)
{
    (void)value, (void)err;
    settings->no_oversign = true;
    return true;
}

static bool set_expires(struct settings *settings, str value, struct err *err)
{
    unsigned seconds = 0;

    if (!set_number(&seconds, value, 1, INT_MAX, err))
        return false;
    settings->lifetime = seconds;
    return true;
}

static bool set_results(struct settings *settings, str value, struct err *err)
{
    if (value.n == 0 || str_find(value, '\r') < value.n || str_find(value, '\n') < value.n)
        return err_set(err, "write results such as \"spf=pass smtp.mailfrom=example.com\", on one line");
    settings->results = value;
    return true;
}

static bool set_journal(struct settings *settings, str value, struct err *err)
{
    return set_path(&settings->journal, value, err);
}

static bool set_quarantine(struct settings *settings, str value, struct err *err)
{
    return set_path(&settings->quarantine, value, err);
}

/* A time, or how long ago. */
static bool read_past(str value, int64_t *past, struct err *err)
{
    int64_t now = (int64_t)time(NULL), seconds;

    if (value.n == 0 || !ascii_is_alpha(value.p[value.n - 1]) || !conf_duration(value, &seconds))
        return read_time(value, past, err);
    *past = seconds < now ? now - seconds : 0;
    return true;
}

static bool set_since(struct settings *settings, str value, struct err *err)
{
    return read_past(value, &settings->search.since, err);
}

static bool set_until(struct settings *settings, str value, struct err *err)
{
    return read_past(value, &settings->search.until, err);
}

static bool set_limit(struct settings *settings, str value, struct err *err)
{
    unsigned limit = 0;

    if (!set_number(&limit, value, 1, INT_MAX, err))
        return false;
    settings->search.limit = limit;
    return true;
}

static bool set_text(str *text, str value, struct err *err)
{
    if (value.n == 0)
        return err_set(err, "it is empty");
    *text = value;
    return true;
}

static bool set_address(struct settings *settings, str value, struct err *err)
{
    return set_text(&settings->search.address, value, err);
}

static bool set_search_domain(struct settings *settings, str value, struct err *err)
{
    return add_domain(settings, value, &settings->search.domain, err);
}

static bool set_search_ip(struct settings *settings, str value, struct err *err)
{
    struct ip ip;

    if (!ip_parse(value, &ip))
        return err_set(err, "\"%.*s\" is no IPv4 or IPv6 address", PS(value));
    settings->search.ip = ip_format(ip, settings->arena);
    return true;
}

static bool set_id(struct settings *settings, str value, struct err *err)
{
    return set_text(&settings->search.id, value, err);
}

static bool set_queue_id(struct settings *settings, str value, struct err *err)
{
    return set_text(&settings->search.queue_id, value, err);
}

/* One of the words of a list that ends in NULL. */
static bool set_word(struct settings *settings, str *word, str value, const char *const *words,
                     struct err *err)
{
    str all = S("");

    for (size_t i = 0; words[i]; i++) {
        if (str_eq(value, str_from(words[i]))) {
            *word = value;
            return true;
        }
        all = arena_printf(settings->arena, "%.*s%s%s", PS(all), i ? ", " : "", words[i]);
    }
    return err_set(err, "\"%.*s\" is none of %.*s", PS(value), PS(all));
}

static bool set_class(struct settings *settings, str value, struct err *err)
{
    if (str_eq(value, S("released"))) { /* no class that a policy could ask for */
        settings->search.result_class = value;
        return true;
    }
    return set_word(settings, &settings->search.result_class, value, result_class_names, err);
}

static bool set_action(struct settings *settings, str value, struct err *err)
{
    return set_word(settings, &settings->search.action, value, action_names, err);
}

static bool set_dmarc(struct settings *settings, str value, struct err *err)
{
    static const char *const words[] = {"none", "pass", "fail", "temperror", "permerror", "unknown", NULL};

    return set_word(settings, &settings->search.dmarc, value, words, err);
}

static bool set_indicator(struct settings *settings, str value, struct err *err)
{
    size_t equals = str_find(value, '='), count = settings->search.indicator_count;
    struct indicator *longer = arena_array_of(settings->arena, count + 1, struct indicator);

    if (equals == 0 || equals + 1 >= value.n)
        return err_set(err, "write KIND=VALUE, such as dkim-domain=example.com");
    if (count)
        memcpy(longer, settings->indicators, count * sizeof(*longer));
    longer[count] = (struct indicator){str_sub(value, 0, equals), str_skip(value, equals + 1)};
    settings->indicators = longer;
    settings->search.indicators = longer;
    settings->search.indicator_count = count + 1;
    return true;
}

static bool set_to(struct settings *settings, str value, struct err *err)
{
    return value.n ? add(settings, &settings->to, &settings->to_count, value) : err_set(err, "it is empty");
}

static bool set_again(struct settings *settings, str value, struct err *err)
{
    (void)value, (void)err;
    settings->again = true;
    return true;
}

static bool set_reason(struct settings *settings, str value, struct err *err)
{
    if (!conf_is_visible(value))
        return err_set(err, "it holds characters that can't be seen");
    return set_text(&settings->reason, value, err);
}

static bool set_follow(struct settings *settings, str value, struct err *err)
{
    (void)value, (void)err;
    settings->follow = true;
    return true;
}

static bool set_raw(struct settings *settings, str value, struct err *err)
{
    return set_text(&settings->raw, value, err);
}

static bool set_config(struct settings *settings, str value, struct err *err)
{
    return set_path(&settings->config, value, err);
}

static bool set_verbose(struct settings *settings, str value, struct err *err)
{
    (void)value, (void)err;
    settings->verbose = true;
    return true;
}

const struct option options[] = {
    {"ip", "ADDRESS", "the client that delivered the message", ENVELOPE, 0, false, set_ip},
    {"helo", "NAME", "what it said in HELO or EHLO", ENVELOPE, 0, false, set_helo},
    {"mail-from", "ADDRESS", "the envelope sender; \"<>\" is the null sender", ENVELOPE, 0, false,
     set_mail_from},
    {"rcpt", "ADDRESS", "an envelope recipient", ON(CHECK), 0, true, set_rcpt},
    {"from-trace", NULL,
     "read what is not given of the envelope from the header: the client from the Received field that your own host "
     "wrote, the topmost that names a client from outside, and the sender from Return-Path",
     ON(CHECK) | ON(ARC_SEAL), 0, false, set_from_trace},
    {"relay", "NETWORK",
     "clients in this network are gateways of yours: the Received field that such a gateway wrote tells the real client",
     ON(CHECK) | ON(ARC_SEAL), 0, true, set_relay},
    {"trust-authserv", "ID",
     "take as verified what the host ID stated in Authentication-Results; \"first\": the topmost such field, "
     "whoever wrote it. Only for mail whose way to you is known: anybody can write such a field",
     ON(CHECK) | ON(PLATFORM_EXPLAIN) | ON(ARC_SEAL), 0, false, set_trust_authserv},
    {"trusted-sealer", "DOMAIN", "believe the ARC sets that this domain sealed",
     ON(CHECK) | ON(ARC_VERIFY) | ON(ARC_SEAL), 0, true, set_trusted_sealer},
    {"answers", "FILE", "take DNS answers, time and envelope from FILE and ask nobody", ASKING, 0, false,
     set_answers},
    {"record", "FILE", "write answers, time and envelope of one message to FILE, for --answers", ASKING, 0,
     false, set_record},
    {"dns", "ADDRESS[@PORT]",
     "the resolver to ask; \"system\" (the default) is that of /etc/resolv.conf, \"root\" resolves from the root "
     "servers down",
     ASKING, 0, true, set_dns},
    {"offline", NULL, "ask nobody; what needs an answer is unknown", ASKING, 0, false, set_offline},
    {"time", "TIME", "judge as of this time (RFC 3339, or seconds since 1970) and not of now",
     ASKING | SIGNING, 0, false, set_time},
    {"jobs", "N",
     "how many messages are judged at the same time; by default as many as there are processors, and four "
     "times as many where name servers are asked",
     MESSAGES | ON(EVAL), 0, false, set_jobs},
    {"json", NULL, "print one JSON object a line, see postern-json(5)", ASKING & ~ON(ARC_SEAL), 0, false,
     set_json},
    {"json", NULL, "print one JSON object a line, see below", SPAN | ON(PLATFORM_LIST) | ON(QUARANTINE_SHOW),
     0, false, set_json},
    {"data", "DIRECTORY", "the folder of data files; $POSTERN_DATA, or the one that was installed", PLATFORMS,
     0, false, set_data},
    {"json", NULL, "print one JSON object", ON(STATUS) | ON(EVAL) | ON(PLATFORM_SHOW) | ON(PLATFORM_TEST), 0,
     false, set_json},
    {"control", "SOCKET", "the control socket of posternd, if not where the configuration says", CALLING, 0,
     false, set_control},
    {"to", "ADDRESS", "to this recipient alone; by default to all to whom it was not released yet",
     ON(QUARANTINE_RELEASE), 0, true, set_to},
    {"again", NULL, "though it was released before, or nobody knows whether it was", ON(QUARANTINE_RELEASE),
     0, false, set_again},
    {"reason", "TEXT", "why, for the audit record", CHANGING, CHANGING, false, set_reason},
    {"domain", "DOMAIN", "the signing domain (d=)", KEYS, KEYS, false, set_domain},
    {"selector", "NAME", "the selector (s=): the key record stands at NAME._domainkey.DOMAIN", KEYS, KEYS,
     false, set_selector},
    {"key", "FILE", "the private key, PEM or DER; keygen makes the file and never overwrites one", KEYS, KEYS,
     false, set_key},
    {"type", "TYPE", "the kind of key, rsa (the default) or ed25519", ON(DKIM_KEYGEN), 0, false, set_type},
    {"bits", "N", "the size of an RSA key, 2048 by default", ON(DKIM_KEYGEN), 0, false, set_bits},
    {"identity", "ADDRESS", "the user or agent signed for (i=)", ON(DKIM_SIGN), 0, false, set_identity},
    {"canonicalization", "HEADER/BODY", "simple or relaxed for each; relaxed/relaxed by default",
     ON(DKIM_SIGN), 0, false, set_canon},
    {"fields", "NAME:NAME...", "the header fields to sign, if not those that matter to a reader", SIGNING, 0,
     false, set_fields},
    {"no-oversign", NULL, "allow more fields of a signed name to be added later", ON(DKIM_SIGN), 0, false,
     set_no_oversign},
    {"expires", "SECONDS", "how long the signature is valid (x=); for ever by default", ON(DKIM_SIGN), 0,
     false, set_expires},
    {"authserv-id", "ID",
     "our name in Authentication-Results: check prints the field we'd add, arc seal writes it into the set",
     ON(CHECK) | ON(ARC_SEAL), ON(ARC_SEAL), false, set_authserv_id},
    {"results", "TEXT", "the results to state; by default the message is judged as check does", ON(ARC_SEAL),
     0, false, set_results},
    {"config", "FILE",
     "judge as this configuration says: its relays, trusted sealers, DNS lists, resolver and authserv-id, where no other "
     "option says it",
     ON(CHECK), 0, false, set_config},
    {"config", "FILE", "the configuration whose policy is tried; /etc/postern/postern.yaml by default",
     ON(POLICY_SIMULATE), 0, false, set_config},
    {"config", "FILE", "the configuration that says where they are; /etc/postern/postern.yaml by default",
     ON(BACKUP) | ON(LOG) | ON(AUDIT) | ON(TOP) | HELD | CALLING, 0, false, set_config},
    {"journal", "DIRECTORY", "where the journal is, if not where the configuration says",
     ON(POLICY_SIMULATE) | ON(LOG) | ON(AUDIT) | ON(TOP), 0, false, set_journal},
    {"journal", "DIRECTORY",
     "a journal that no posternd writes: the command changes it itself and asks nobody", ON(FORGET), 0, false,
     set_journal},
    {"limit", "N",
     "show so many of the messages with which something else would be done, the newest; 20 by default",
     ON(POLICY_SIMULATE), 0, false, set_limit},
    {"limit", "N", "show so many senders, those with the most messages; 30 by default", ON(TOP), 0, false,
     set_limit},
    {"verbose", NULL, "show all of them", ON(POLICY_SIMULATE), 0, false, set_verbose},
    {"quarantine", "DIRECTORY", "where the quarantine is, if not where the configuration says",
     HELD | ON(FORGET), 0, false, set_quarantine},
    {"since", "TIME", "not what is older (RFC 3339, or seconds since 1970, or how long ago: 30m, 12h, 7d)",
     LISTING, 0, false, set_since},
    {"since", "TIME",
     "not what is older (RFC 3339, or seconds since 1970, or how long ago: 12h, 30d); 7d by default",
     ON(POLICY_SIMULATE) | ON(TOP), 0, false, set_since},
    {"until", "TIME", "not what is newer, nor of that very second", SPAN, 0, false, set_until},
    {"limit", "N", "so many at most, the newest; all by default", LISTING, 0, false, set_limit},
    {"address", "ADDRESS", "of the sender, an author, a reply address or a recipient", ON(LOG), 0, false,
     set_address},
    {"address", "ADDRESS", "held for this recipient", ON(QUARANTINE_LIST), 0, false, set_address},
    {"domain", "DOMAIN", "of the sender, an author or a reply address: it, or one below it", ON(LOG), 0,
     false, set_search_domain},
    {"ip", "ADDRESS", "of the client", ON(LOG), 0, false, set_search_ip},
    {"id", "ID", "the message with this X-Postern-Id", ON(LOG), 0, false, set_id},
    {"queue-id", "ID", "messages with this queue id of the MTA", ON(LOG), 0, false, set_queue_id},
    {"class", "CLASS", "what was found, such as pass or dmarc-reject", ON(LOG), 0, false, set_class},
    {"action", "ACTION", "what was done, such as deliver or quarantine", ON(LOG), 0, false, set_action},
    {"dmarc", "RESULT", "the result of DMARC, such as fail", ON(LOG), 0, false, set_dmarc},
    {"indicator", "KIND=VALUE",
     "messages that have this indicator: dkim-domain=example.com, helo=mail.example.com; \".example.com\" is the "
     "domain and all below it",
     ON(LOG), 0, true, set_indicator},
    {"raw", "ID",
     "write the message with this X-Postern-Id itself to standard output, where journal.keep-raw keeps it",
     ON(LOG), 0, false, set_raw},
    {"follow", NULL, "print messages as they are recorded, until interrupted", ON(LOG), 0, false, set_follow},
};

const size_t option_count = sizeof(options) / sizeof(options[0]);
