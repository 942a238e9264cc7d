/* config_keys.c: every key of the configuration, once. */
#include "gate/config_keys.h"

#include "gate/config.h"
#include "mail/domain.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECTION(keys, type)                                                                                  \
    {                                                                                                        \
        (keys), COUNT(keys), sizeof(type)                                                                    \
    }
#define DAYS(n) (86400ll * (n))
#define MANY(type, field, counter)                                                                           \
    .many = true, .at = offsetof(type, field), .count_at = offsetof(type, counter)
#define ROWS(type, field, counter) .at = offsetof(type, field), .count_at = offsetof(type, counter)

bool config_normal_mailbox(str text, struct arena *arena, str *out)
{
    size_t at = str_rfind(text, '@');
    str domain;

    if (at == text.n)
        return config_normal_sender(text, arena, out);
    if (at == 0 || !domain_normal(str_skip(text, at + 1), arena, &domain))
        return false;
    *out = arena_printf(arena, "%.*s%.*s", PS(str_sub(text, 0, at + 1)), PS(domain));
    return true;
}

bool config_normal_sender(str text, struct arena *arena, str *out)
{
    bool below = str_starts(text, S("."));

    if (str_find(text, '*') < text.n || !domain_normal(str_skip(text, below), arena, out))
        return false;
    if (below)
        *out = arena_printf(arena, ".%.*s", PS(*out));
    return true;
}

bool config_normal_server(str text, struct arena *arena, str *out)
{
    size_t at = str_find(text, '@');
    struct ip ip;
    uint64_t port = 53;

    if (!ip_parse_exact(str_sub(text, 0, at), &ip))
        return false;
    if (at < text.n && (!str_to_u64(str_skip(text, at + 1), UINT16_MAX, &port) || port == 0))
        return false;
    *out = (str){arena_c_str(arena, text), text.n};
    return true;
}

static const struct conf_key daemon_keys[] = {
    {"direction", CONF_ENUM, .needed = true, .at = offsetof(struct config_daemon, direction),
     .words = direction_names, .help = "The direction of mail that comes through this daemon of the MTA."},
};
static const struct conf_section daemon_section = SECTION(daemon_keys, struct config_daemon);

static const struct conf_key listener_keys[] = {
    {"address", CONF_SOCKET, .needed = true, .at = offsetof(struct config_listener, address),
     .help = "Where the MTA finds this milter. All workers share it."},
    {"group", CONF_TEXT, .at = offsetof(struct config_listener, group), .kind = "a group",
     .help =
         "The group that may connect to a Unix socket (its mode is 0660); without it, the group of `user`."},
    {"direction", CONF_ENUM, .at = offsetof(struct config_listener, direction), .fallback = "inbound",
     .words = direction_names,
     .help =
         "Where mail that comes in here is from: inbound, from outside; outbound, from hosts of yours; relay, from outside "
         "through the gateways in `relays`; submission, from users who log in: what the MTA says of the login counts "
         "only there. That mail comes from loopback proves no direction."},
    {"mode", CONF_ENUM, .at = offsetof(struct config_listener, mode), .fallback = "observe",
     .words = mode_names,
     .help =
         "observe: all is judged and recorded, and nothing is changed. enforce: what `policy` says is done."},
    {"mta", CONF_NETWORK, MANY(struct config_listener, mtas, mta_count),
     .help =
         "The addresses of the MTAs that may connect by TCP. The milter protocol has no password: whoever is in here can "
         "say anything of any mail."},
    {"daemons", CONF_MAP, ROWS(struct config_listener, daemons, daemon_count), .section = &daemon_section,
     .kind = "the name of a daemon ({daemon_name})",
     .help = "Directions by the name of the MTA's daemon, where several share this listener."},
};
static const struct conf_section listener_section = SECTION(listener_keys, struct config_listener);

static const struct conf_key relay_keys[] = {
    {"networks", CONF_NETWORK, MANY(struct relays, networks, network_count),
     .help =
         "The gateways before this one: what they wrote into Received is believed, and the client is the one they saw. "
         "Private addresses count only if they stand here."},
    {"authserv-id", CONF_TEXT, .at = offsetof(struct relays, authserv_id), .kind = "the name of a host",
     .help =
         "The name under which the gateways state results in Authentication-Results; these are believed then."},
    {"hops", CONF_INTEGER, .at = offsetof(struct relays, hops), .fallback = "0", .max = 20,
     .unit = "Received fields",
     .help = "How many Received fields the gateways write at most; 0: as many as name them."},
};
static const struct conf_section relay_section = SECTION(relay_keys, struct relays);

static const char *const resolver_names[] = {
    [CONFIG_RECURSIVE] = "recursive", [CONFIG_SYSTEM] = "system", [CONFIG_FORWARDERS] = "forwarders",
    [CONFIG_FILE_OF_ANSWERS] = "file", NULL};
static const char *const failure_names[] = {[CONFIG_DEFER] = "defer", [CONFIG_DELIVER] = "deliver", NULL};

static const struct conf_key health_keys[] = {
    {"name", CONF_TEXT, .at = offsetof(struct config_health, name), .fallback = "org",
     .normal = domain_normal, .kind = "a domain name",
     .help = "The domain below which a name that nobody knows is asked for when DNS failed for a message: if that gets no answer "
         "either, it is the resolver that fails."},
    {"interval", CONF_DURATION, .at = offsetof(struct config_health, interval), .fallback = "30s", .min = 1,
     .max = 3600, .help = "How often it is asked for."},
    {"after", CONF_DURATION, .at = offsetof(struct config_health, after), .fallback = "2m", .min = 0,
     .max = 86400,
     .help =
         "How long the resolver may fail before `failure` counts. Until then mail is judged with what DNS tells."},
    {"failure", CONF_ENUM, .at = offsetof(struct config_health, failure), .fallback = "defer",
     .words = failure_names,
     .help =
         "What is done with inbound mail while the resolver fails: defer (451 4.4.3), or deliver with the verdict "
         "that it could not be judged."},
};
static const struct conf_section health_section = SECTION(health_keys, struct config_health);

static const struct conf_key dns_keys[] = {
    {"resolver", CONF_ENUM, .at = offsetof(struct config_dns, resolver), .fallback = "recursive",
     .words = resolver_names,
     .help =
         "recursive: from the root, with DNSSEC. system: the servers in /etc/resolv.conf. forwarders: those below. "
         "file: nobody is asked, and all answers stand in a file, for demonstrations and tests."},
    {"forwarders", CONF_TEXT, MANY(struct config_dns, forwarders, forwarder_count),
     .normal = config_normal_server, .kind = "an address such as 192.0.2.53 or 192.0.2.53@5353",
     .help = "The servers to ask, for `resolver: forwarders`."},
    {"file", CONF_PATH, .at = offsetof(struct config_dns, file),
     .help = "The answers in the form of postern-answers(5), for `resolver: file`. What is not in there is unknown."},
    {"validate", CONF_BOOL, .at = offsetof(struct config_dns, validate), .fallback = "no",
     .help =
         "Whether answers of system and forwarders are validated with DNSSEC. Only where these pass DNSSEC on: else "
         "every name in a signed zone is an error."},
    {"timeout", CONF_DURATION, .at = offsetof(struct config_dns, timeout), .fallback = "15s", .min = 1,
     .max = 15,
     .help =
         "How long all questions of a message may take together; what is not answered then is an error of DNS."},
    {"health", CONF_SECTION, .at = offsetof(struct config_dns, health), .section = &health_section,
     .help = "How it is found out that the resolver itself fails, and what is done then."},
};
static const struct conf_section dns_section = SECTION(dns_keys, struct config_dns);

#define CLASS(name, class, usual, sentence)                                                                  \
    {                                                                                                        \
        name, CONF_ENUM, .at = (class) * sizeof(enum action), .fallback = usual, .words = action_names,      \
                         .help = sentence                                                                    \
    }
#define CLASSES_OF(name, usual, failed, unclear)                                                             \
    static const struct conf_key name##_keys[] = {                                                           \
        CLASS("pass", CLASS_PASS, "deliver",                                                                 \
              "DMARC passes, or a trusted ARC chain speaks for the message."),                               \
        CLASS("none", CLASS_NONE, usual, "The author domain has no DMARC record."),                          \
        CLASS("dmarc-fail", CLASS_DMARC_FAIL, usual,                                                         \
              "DMARC fails, and the author domain asks for nothing (p=none)."),                              \
        CLASS("dmarc-quarantine", CLASS_DMARC_QUARANTINE, failed,                                            \
              "DMARC fails, and the author domain asks for quarantine."),                                    \
        CLASS("dmarc-reject", CLASS_DMARC_REJECT, failed,                                                    \
              "DMARC fails, and the author domain asks for rejection."),                                     \
        CLASS("temperror", CLASS_TEMPERROR, usual, "The DNS of the sender fails."),                          \
        CLASS("permerror", CLASS_PERMERROR, unclear,                                                         \
              "From, or the record of the author domain, can't be understood."),                             \
        CLASS("unknown", CLASS_UNKNOWN, usual, "An answer is missing that nobody was asked for."),           \
        CLASS("unscanned", CLASS_UNSCANNED, "quarantine",                                                    \
              "The message was not judged: a worker crashed on it twice. It is never delivered: what is milder " \
              "than quarantine counts as quarantine."),                                                      \
    };                                                                                                       \
    static const struct conf_section name##_section = SECTION(name##_keys, enum action[CLASSES])

/* RFC 9989 section 7.4: p=reject alone is no reason to reject. Outbound mail fails DMARC before it is signed.
 */
CLASSES_OF(from_outside, "deliver", "quarantine", "tag");
CLASSES_OF(from_inside, "deliver", "deliver", "deliver");

static const struct conf_key policy_keys[] = {
    {"inbound", CONF_SECTION, .at = DIRECTION_INBOUND * sizeof(enum action[CLASSES]),
     .section = &from_outside_section, .help = "What is done with mail from outside, by what was found."},
    {"outbound", CONF_SECTION, .at = DIRECTION_OUTBOUND * sizeof(enum action[CLASSES]),
     .section = &from_inside_section, .help = "The same for mail from your hosts."},
    {"relay", CONF_SECTION, .at = DIRECTION_RELAY * sizeof(enum action[CLASSES]),
     .section = &from_outside_section,
     .help = "The same for mail from outside that comes through your gateways."},
    {"submission", CONF_SECTION, .at = DIRECTION_SUBMISSION * sizeof(enum action[CLASSES]),
     .section = &from_inside_section, .help = "The same for mail from users who log in."},
};
static const struct conf_section policy_section = SECTION(policy_keys, enum action[DIRECTIONS][CLASSES]);

static const struct conf_key exception_keys[] = {
    {"sender", CONF_TEXT, .at = offsetof(struct policy_exception, sender), .normal = config_normal_mailbox,
     .kind = "an address, a domain, or a domain with a dot in front for all below it",
     .help = "The sender, where it is proven by SPF or DKIM, or aligned with what is: what From says alone "
             "doesn't count."},
    {"recipient", CONF_TEXT, .at = offsetof(struct policy_exception, recipient),
     .normal = config_normal_mailbox,
     .kind = "an address, a domain, or a domain with a dot in front for all below it",
     .help = "The recipient in the envelope."},
    {"network", CONF_NETWORK, MANY(struct policy_exception, networks, network_count),
     .help = "The client that delivered the message from outside."},
    {"action", CONF_ENUM, .at = offsetof(struct policy_exception, action), .fallback = "deliver",
     .words = action_names, .help = "What is done instead of what `policy` says."},
    {"expires", CONF_DATE, .needed = true, .at = offsetof(struct policy_exception, expires),
     .help = "The day, in UTC, from which it no longer counts."},
    {"owner", CONF_TEXT, .needed = true, .at = offsetof(struct policy_exception, owner),
     .help = "Who answers for it."},
    {"reason", CONF_TEXT, .needed = true, .at = offsetof(struct policy_exception, reason),
     .help = "Why it is there."},
};
static const struct conf_section exception_section = SECTION(exception_keys, struct policy_exception);

static const struct conf_key key_keys[] = {
    {"selector", CONF_TEXT, .needed = true, .at = offsetof(struct config_key, selector),
     .normal = domain_normal, .kind = "a selector (labels of a domain name)",
     .help = "The selector: the key record is at SELECTOR._domainkey.DOMAIN."},
    {"file", CONF_PATH, .needed = true, .at = offsetof(struct config_key, file),
     .help = "The private key (PEM). The keeper alone reads it."},
    {"from", CONF_DATE, .at = offsetof(struct config_key, from),
     .help = "The first day, in UTC, on which it signs; without it, at once."},
    {"until", CONF_DATE, .at = offsetof(struct config_key, until),
     .help =
         "The day, in UTC, from which it no longer signs; without it, never. Leave the key record in DNS for "
         "some weeks more: mail is verified late."},
};
static const struct conf_section key_section = SECTION(key_keys, struct config_key);

static const struct conf_key signer_keys[] = {
    {"senders", CONF_TEXT, MANY(struct config_signer, senders, sender_count), .normal = config_normal_sender,
     .kind = "a domain name, or one with a dot in front for all below it",
     .help =
         "The author domains whose outbound mail is signed for this domain; without any, the domain itself."},
    {"keys", CONF_LIST, .needed = true, ROWS(struct config_signer, keys, key_count), .section = &key_section,
     .help =
         "Its keys. Each one that is in its time signs: let two overlap to replace one by the other, or have an RSA "
         "and an Ed25519 key side by side."},
};
static const struct conf_section signer_section = SECTION(signer_keys, struct config_signer);

static const struct conf_key arc_keys[] = {
    {"seal", CONF_TEXT, .at = offsetof(struct config_arc, seal), .normal = domain_normal,
     .kind = "a domain name",
     .help =
         "Whose key in `signing` seals the ARC set of inbound mail, for sites that forward; without it nothing is sealed."},
    {"trusted-sealers", CONF_TEXT, MANY(struct config_arc, trusted_sealers, trusted_sealer_count),
     .normal = domain_normal, .kind = "a domain name",
     .help = "The forwarders whose ARC seals are believed: what they found may override a DMARC failure."},
};
static const struct conf_section arc_section = SECTION(arc_keys, struct config_arc);

static const struct conf_key journal_keys[] = {
    {"directory", CONF_PATH, .at = offsetof(struct config_journal, directory),
     .fallback = "/var/lib/postern/journal", .help = "Where the journal is: one row a message."},
    {"keep", CONF_DURATION, .at = offsetof(struct config_journal, keep), .fallback = "90d", .min = DAYS(1),
     .max = DAYS(3650), .help = "How long rows are kept."},
    {"keep-raw", CONF_DURATION, .at = offsetof(struct config_journal, keep_raw), .fallback = "0",
     .max = DAYS(3650),
     .help =
         "How long the messages themselves are kept, compressed, in `raw` below the directory (`postern log --raw`); 0: they "
         "are not. It costs each message one more wait for the disk."},
    {"subjects", CONF_BOOL, .at = offsetof(struct config_journal, subjects), .fallback = "no",
     .help = "Whether subjects are recorded. They are personal data, and often confidential."},
};
static const struct conf_section journal_section = SECTION(journal_keys, struct config_journal);

static const struct conf_key release_keys[] = {
    {"smtp", CONF_SOCKET, .at = offsetof(struct config_release, smtp),
     .help =
         "The MTA that takes released mail by SMTP, where posternd is its milter; without it nothing can be released."},
    {"from", CONF_NETWORK, MANY(struct config_release, networks, network_count), .fallback = "127.0.0.1 ::1",
     .help =
         "The addresses from which released mail comes back through the milter: only there its token counts."},
};
static const struct conf_section release_section = SECTION(release_keys, struct config_release);

static const struct conf_key quarantine_keys[] = {
    {"directory", CONF_PATH, .at = offsetof(struct config_quarantine, directory),
     .fallback = "/var/lib/postern/quarantine", .help = "Where mail that is held is stored."},
    {"keep", CONF_DURATION, .at = offsetof(struct config_quarantine, keep), .fallback = "30d", .min = DAYS(1),
     .max = DAYS(3650), .help = "How long it is held, then it is deleted."},
    {"size", CONF_SIZE, .at = offsetof(struct config_quarantine, size), .fallback = "10G", .min = 1 << 20,
     .max = 1ll << 50, .help = "How much is held at most; then the oldest is deleted first."},
    {"mta-hold", CONF_BOOL, .at = offsetof(struct config_quarantine, mta_hold), .fallback = "no",
     .help =
         "Use the hold queue of the MTA instead. A message is held there for all its recipients or for none."},
    {"release", CONF_SECTION, .at = offsetof(struct config_quarantine, release), .section = &release_section,
     .help = "How held mail is delivered after all."},
};
static const struct conf_section quarantine_section = SECTION(quarantine_keys, struct config_quarantine);

static const char *const list_kinds[] = {
    [CONFIG_LIST_CLIENT] = "client", [CONFIG_LIST_DOMAIN] = "domain", NULL};

static const struct conf_key list_keys[] = {
    {"zone", CONF_TEXT, .needed = true, .at = offsetof(struct config_list, zone), .normal = domain_normal,
     .kind = "a domain name", .help = "The domain below which is asked."},
    {"of", CONF_ENUM, .needed = true, .at = offsetof(struct config_list, kind), .words = list_kinds,
     .help =
         "What is asked for: client, the address of the client, backwards (DNSBL, RFC 5782); domain, the domains "
         "that sent the message (URIBL and domain lists)."},
    {"answers", CONF_NETWORK, MANY(struct config_list, answers, answer_count), .fallback = "127.0.0.0/16",
     .help =
         "The answers that mean \"listed\". Many lists answer in 127.255.255.0/24 when they refuse to answer."},
};
static const struct conf_section list_section = SECTION(list_keys, struct config_list);

static const struct conf_key header_keys[] = {
    {"subject-tag", CONF_TEXT, .at = offsetof(struct config_headers, subject_tag), .fallback = "[SUSPICIOUS]",
     .help = "What is put in front of the subject where `policy` says banner; \"\": nothing."},
    {"spam", CONF_BOOL, .at = offsetof(struct config_headers, spam), .fallback = "no",
     .help =
         "Add X-Spam-Flag and X-Spam-Status too, for Sieve and Exchange, and remove those that a message brings."},
};
static const struct conf_section header_section = SECTION(header_keys, struct config_headers);

static const struct conf_key control_keys[] = {
    {"socket", CONF_PATH, .at = offsetof(struct config_control, socket),
     .fallback = "/run/postern/control.sock",
     .help = "The Unix socket through which `postern` has things done."},
    {"view", CONF_TEXT, .at = offsetof(struct config_control, view), .fallback = "postern-view",
     .kind = "a group", .help = "The group whose members may see: status, journal, list of the quarantine."},
    {"operate", CONF_TEXT, .at = offsetof(struct config_control, operate), .fallback = "postern-operate",
     .kind = "a group", .help = "The group whose members may also read, release and delete held mail."},
    {"admin", CONF_TEXT, .at = offsetof(struct config_control, admin), .fallback = "postern-admin",
     .kind = "a group", .help = "The group whose members may do everything."},
};
static const struct conf_section control_section = SECTION(control_keys, struct config_control);

static const struct conf_key spool_keys[] = {
    {"directory", CONF_PATH, .at = offsetof(struct config_spool, directory),
     .fallback = "/var/lib/postern/spool",
     .help = "Where messages of over 1 MB are while they are judged, in files without a name."},
    {"size", CONF_SIZE, .at = offsetof(struct config_spool, size), .fallback = "2G", .min = 1 << 20,
     .max = 1ll << 50,
     .help = "How much may be there at once, all workers together. Mail beyond it is deferred (452)."},
};
static const struct conf_section spool_section = SECTION(spool_keys, struct config_spool);

static const struct conf_key keys[] = {
    {"authserv-id", CONF_TEXT, .at = offsetof(struct config, authserv_id), .normal = domain_normal,
     .kind = "the name of a host",
     .help =
         "Your name in Authentication-Results. Fields that others wrote under it are removed. Without it, the name of "
         "this machine."},
    {"user", CONF_TEXT, .at = offsetof(struct config, user), .fallback = "postern", .kind = "a user",
     .help = "The user as whom all but the first process runs."},
    {"data", CONF_PATH, .at = offsetof(struct config, data),
     .help = "The folder of data files (platforms and what else is known of the world); without it, the one that was "
             "installed. SIGHUP reads it again."},
    {"workers", CONF_INTEGER, .at = offsetof(struct config, workers), .fallback = "0", .max = 256,
     .unit = "processes", .help = "How many processes judge mail; 0: one a processor."},
    {"memory", CONF_SIZE, .at = offsetof(struct config, memory), .fallback = "512M", .min = 16 << 20,
     .max = 1ll << 40,
     .help =
         "How much memory messages may take while they are judged, all workers together. Mail beyond it is deferred "
         "(452)."},
    {"spool", CONF_SECTION, .at = offsetof(struct config, spool), .section = &spool_section,
     .help = "Files for large messages."},
    {"control", CONF_SECTION, .at = offsetof(struct config, control), .section = &control_section,
     .help = "Who may do what with the command line."},
    {"listeners", CONF_MAP, .needed = true, ROWS(struct config, listeners, listener_count),
     .section = &listener_section, .kind = "a name of your choice", .help = "Where the MTA connects."},
    {"relays", CONF_SECTION, .at = offsetof(struct config, relays), .section = &relay_section,
     .help = "For sites behind another gateway."},
    {"dns", CONF_SECTION, .at = offsetof(struct config, dns), .section = &dns_section,
     .help = "Who answers questions of DNS."},
    {"policy", CONF_SECTION, .at = offsetof(struct config, policy), .section = &policy_section,
     .help =
         "What is done with mail, by direction and by what was found: deliver; tag, deliver with a header that says so; "
         "banner, tag and mark the subject; quarantine, hold; defer (4xx); reject (5xx). It is decided for each "
         "recipient; defer and reject only where all recipients agree, else the message is held."},
    {"exceptions", CONF_LIST, ROWS(struct config, exceptions, exception_count), .section = &exception_section,
     .help =
         "Where something else is done than `policy` says. All that an exception names must hold; the first one that "
         "fits counts."},
    {"signing", CONF_MAP, ROWS(struct config, signers, signer_count), .section = &signer_section,
     .normal = domain_normal, .kind = "a domain name",
     .help = "The domains for which outbound and submitted mail is signed (DKIM, d=)."},
    {"arc", CONF_SECTION, .at = offsetof(struct config, arc), .section = &arc_section,
     .help = "Forwarded mail (ARC)."},
    {"journal", CONF_SECTION, .at = offsetof(struct config, journal), .section = &journal_section,
     .help = "What is remembered of messages."},
    {"quarantine", CONF_SECTION, .at = offsetof(struct config, quarantine), .section = &quarantine_section,
     .help = "Mail that is held."},
    {"dns-lists", CONF_MAP, ROWS(struct config, lists, list_count), .section = &list_section,
     .kind = "a name of your choice",
     .help =
         "Lists of addresses and domains in DNS, asked about inbound and relayed mail, in this order as far as a "
         "message's questions go. That something is listed is a fact in the journal and stands in "
         "X-Postern-Verdict; `policy` does not ask for it."},
    {"headers", CONF_SECTION, .at = offsetof(struct config, headers), .section = &header_section,
     .help = "What recipients see."},
};
const struct conf_section config_section = SECTION(keys, struct config);
