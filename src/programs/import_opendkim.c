/* import_opendkim.c: opendkim.conf, KeyTable, SigningTable and the lists of hosts. */
#include <stdlib.h>

#include "gate/config_keys.h"
#include "mail/domain.h"
#include "programs/import.h"

/* One key of one signing domain for one sender. */
struct use {
    str domain, selector, file;
    str sender; /* "example.com", ".example.com" */
};

struct uses {
    struct import *import;
    struct use *all;
    size_t n, room;
};

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct import_pair *)a)->key, ((const struct import_pair *)b)->key);
}

static int by_key(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    int order = str_cmp(x->domain, y->domain);

    return order ? order : (order = str_cmp(x->selector, y->selector)) ? order : str_cmp(x->file, y->file);
}

static int by_str(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static void note_pair(struct import *import, const struct import_pair *pair, const char *words)
{
    import_note(import, pair->file, pair->line, "%.*s: %s", PS(str_sub(pair->key, 0, 100)), words);
}

static void add_use(struct uses *uses, const struct use *use)
{
    if (uses->n == uses->room) {
        size_t room = uses->room ? uses->room * 2 : 64;
        struct use *more = arena_array_of(uses->import->arena, room, struct use);

        if (uses->n)
            memcpy(more, uses->all, uses->n * sizeof(struct use));
        uses->all = more;
        uses->room = room;
    }
    uses->all[uses->n++] = *use;
}

/* The path of a key file; "%" stands for the sender's domain. */
static bool take_file(struct import *import, str path, str domain, str *file)
{
    size_t percent = str_find(path, '%');

    if (percent < path.n)
        path = arena_printf(import->arena, "%.*s%.*s%.*s", PS(str_sub(path, 0, percent)), PS(domain),
                            PS(str_skip(path, percent + 1)));
    *file = path;
    return path.n > 1 && path.p[0] == '/' && conf_is_visible(path);
}

/* "domain:selector:file", for mail of that sender. */
static void use_key(struct uses *uses, const struct import_pair *key, str sender)
{
    struct import *import = uses->import;
    struct use use = {.sender = sender};
    str rest = key->value, domain = S(""), selector = S("");
    bool any_domain;

    if (!str_next(&rest, ':', &domain) || !str_next(&rest, ':', &selector) || !rest.p) {
        note_pair(import, key, "is not DOMAIN:SELECTOR:FILE");
        return;
    }
    any_domain = str_eq(domain, S("%"));
    if ((any_domain || str_find(rest, '%') < rest.n) && (sender.n == 0 || sender.p[0] == '.')) {
        note_pair(import, key, "% is another domain for each sender; add one entry for each to `signing`");
        return;
    }
    if (!domain_normal(any_domain ? sender : domain, import->arena, &use.domain) ||
        !conf_is_visible(use.domain) || !domain_normal(selector, import->arena, &use.selector) ||
        !conf_is_visible(use.selector)) {
        note_pair(import, key, "has no domain and selector that could stand in DNS");
        return;
    }
    if (!take_file(import, str_trim(rest), sender, &use.file)) {
        note_pair(import, key,
                  "names no key by an absolute path; put the key into a file of its own and name that");
        return;
    }
    if (sender.n == 0) {
        import_note(import, key->file, key->line,
                    "%.*s signs mail of every sender; here it is that of %.*s alone, add others to "
                    "signing.%.*s.senders",
                    PS(str_sub(key->key, 0, 100)), PS(use.domain), PS(use.domain));
        use.sender = use.domain;
    }
    add_use(uses, &use);
}

/* The domain of a pattern such as "*@example.com", "*@*.example.com", "example.com", ".example.com", "*";
 * *sender is empty for all. What is said of single users has no counterpart. NULL, or why not. */
static const char *read_sender(const struct import_pair *pair, bool patterns, struct arena *arena,
                               str *sender)
{
    str key = pair->key, form;
    size_t at = str_rfind(key, '@');

    *sender = S("");
    if (str_eq(key, S("*")) || (patterns && str_eq(key, S("*@*"))))
        return NULL;
    if (at < key.n && !(at == 1 && key.p[0] == '*'))
        return "Postern signs by domain, not by user";
    if (at < key.n && !patterns)
        return "matched nothing in OpenDKIM: a pattern needs \"refile:\" in front of the file's name; not taken over";
    form = at < key.n ? str_skip(key, at + 1) : key;
    if (patterns && str_starts(form, S("*.")))
        form = str_skip(form, 1);
    if (!config_normal_sender(form, arena, sender) || !conf_is_visible(*sender))
        return "is no pattern that stands for a domain or for all below one";
    return NULL;
}

static void use_row(struct uses *uses, const struct import_pair *row, bool patterns,
                    const struct import_table *keys)
{
    struct import *import = uses->import;
    struct import_pair wanted = {.key = str_sub(row->value, 0, str_find(row->value, ':'))};
    const struct import_pair *key;
    const char *why;
    str sender, host = row->key;

    wanted.key = str_trim(wanted.key);
    if (str_find(row->value, ':') < row->value.n)
        note_pair(import, row, "an i= of its own is not written");
    why = read_sender(row, patterns, import->arena, &sender);
    if (why) {
        note_pair(import, row, why);
        return;
    }
    if (str_eq(wanted.key, S("%")))
        wanted.key = str_skip(host, str_rfind(host, '@') == host.n ? 0 : str_rfind(host, '@') + 1);
    key = keys->n ? bsearch(&wanted, keys->pairs, keys->n, sizeof(wanted), by_name) : NULL;
    if (key)
        use_key(uses, key, sender);
    else
        note_pair(import, row, "names a key that is not in KeyTable");
}

/* Makes one entry of `signing` of the uses with the same domain, which stand beside each other. */
static void add_signer(struct uses *uses, const struct use *first, size_t n, struct config_signer *signer)
{
    struct arena *arena = uses->import->arena;
    str *senders = arena_array_of(arena, n, str);

    *signer = (struct config_signer){.domain = first->domain, .senders = senders};
    signer->keys = arena_array_of(arena, n, struct config_key);
    for (size_t i = 0; i < n; i++) {
        const struct config_key *last = signer->key_count ? &signer->keys[signer->key_count - 1] : NULL;

        senders[i] = first[i].sender;
        if (!last || !str_eq(last->selector, first[i].selector))
            signer->keys[signer->key_count++] =
                (struct config_key){.selector = first[i].selector, .file = first[i].file};
        else if (!str_eq(last->file, first[i].file))
            import_note(uses->import, S("KeyTable"), 0,
                        "%.*s has two files for selector %.*s; %.*s is not taken over", PS(first->domain),
                        PS(first[i].selector), PS(first[i].file));
    }
    qsort(senders, n, sizeof(str), by_str);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !str_eq(senders[i], senders[signer->sender_count - 1]))
            senders[signer->sender_count++] = senders[i];
    if (signer->sender_count == 1 && str_eq(senders[0], signer->domain))
        signer->sender_count = 0;
    if (signer->key_count > 1)
        import_note(uses->import, S("KeyTable"), 0,
                    "%.*s has %zu keys: all of them sign all mail of its senders, until they have "
                    "a `from` and `until`",
                    PS(signer->domain), signer->key_count);
}

static void add_signers(struct uses *uses)
{
    struct config *config = uses->import->config;
    size_t end;

    qsort(uses->all, uses->n, sizeof(struct use), by_key);
    config->signers = arena_array_of(uses->import->arena, uses->n, struct config_signer);
    for (size_t i = 0; i < uses->n; i = end) {
        for (end = i + 1; end < uses->n && str_eq(uses->all[end].domain, uses->all[i].domain); end++)
            ;
        add_signer(uses, &uses->all[i], end - i, &config->signers[config->signer_count++]);
    }
}

/* KeyTable and SigningTable. */
static void read_tables(struct uses *uses)
{
    struct import *import = uses->import;
    const struct import_setting *signing = import_find(import, "SigningTable");
    struct import_table keys, rows;

    if (!import_table(import, import_find(import, "KeyTable"), &keys))
        return;
    qsort(keys.pairs, keys.n, sizeof(struct import_pair), by_name);
    if (!signing)
        import_note_setting(import, import_find(import, "KeyTable"), "without a SigningTable no key is used");
    else if (import_table(import, signing, &rows))
        for (size_t i = 0; i < rows.n; i++)
            use_row(uses, &rows.pairs[i], rows.patterns, &keys);
}

/* Domain, Selector and KeyFile, for sites with one key. */
static void read_single(struct uses *uses)
{
    struct import *import = uses->import;
    const struct import_setting *domain = import_find(import, "Domain"),
                                *selector = import_find(import, "Selector"),
                                *file = import_find(import, "KeyFile");
    struct import_table domains;

    if (!domain || !selector || !file) {
        if (domain || selector || file)
            import_note_setting(import,
                                domain     ? domain
                                : selector ? selector
                                           : file,
                                "signing needs Domain, Selector and KeyFile together");
        return;
    }
    if (!import_table(import, domain, &domains))
        return;
    for (size_t i = 0; i < domains.n; i++) {
        struct import_pair key = domains.pairs[i];
        str sender;

        key.value =
            arena_printf(import->arena, "%.*s:%.*s:%.*s", PS(key.key), PS(selector->value), PS(file->value));
        if (!config_normal_sender(key.key, import->arena, &sender) || sender.p[0] == '.' ||
            !conf_is_visible(sender)) {
            note_pair(import, &key, "is no domain name");
            continue;
        }
        use_key(uses, &key, sender);
        if (import_is_true(import_find(import, "SubDomains")))
            use_key(uses, &key, arena_printf(import->arena, ".%.*s", PS(sender)));
    }
}

static void take_nameservers(struct import *import, const struct import_setting *setting)
{
    struct config_dns *dns = &import->config->dns;
    struct import_table servers;

    if (!import_table(import, setting, &servers))
        return;
    dns->forwarders = arena_array_of(import->arena, servers.n, str);
    for (size_t i = 0; i < servers.n; i++) {
        if (config_normal_server(servers.pairs[i].key, import->arena, &dns->forwarders[dns->forwarder_count]))
            dns->forwarder_count++;
        else
            note_pair(import, &servers.pairs[i], "is no IP address");
    }
    if (dns->forwarder_count)
        dns->resolver = CONFIG_FORWARDERS;
}

/* Names of the MTA's daemons, whose mail was signed. */
static void take_mta(struct import *import, const struct import_setting *setting)
{
    struct config_listener *listener = import->listener;
    struct import_table names;

    if (!import_table(import, setting, &names))
        return;
    for (size_t i = 0; i < names.n; i++)
        names.pairs[i].line = (unsigned)i;
    qsort(names.pairs, names.n, sizeof(struct import_pair), by_name);
    listener->daemons = arena_array_of(import->arena, names.n, struct config_daemon);
    for (size_t i = 0; i < names.n; i++)
        if (conf_is_visible(names.pairs[i].key) && names.pairs[i].key.n > 0 && names.pairs[i].key.n < 200 &&
            (i == 0 || !str_eq(names.pairs[i].key, names.pairs[i - 1].key)))
            listener->daemons[listener->daemon_count++] =
                (struct config_daemon){names.pairs[i].key, DIRECTION_SUBMISSION};
}

static void take_hosts(struct import *import, const struct import_setting *setting)
{
    struct import_table table;

    if (import_table(import, setting, &table))
        import_note_setting(
            import, setting,
            "%.*s: whose mail is signed is said by the direction of a listener or of a daemon, not by the "
            "client's address: an address alone proves nothing",
            PS(import_first_keys(import, &table)));
}

static void take_mode(struct import *import, const struct import_setting *setting)
{
    if (str_find(setting->value, 'v') == setting->value.n)
        import->listener->direction = DIRECTION_SUBMISSION;
    else if (str_find(setting->value, 's') == setting->value.n)
        import_note_setting(import, setting, "only verifies; the keys are taken over all the same");
}

/* Unless it is known where outbound mail comes in, nothing would be signed. */
static void complete_direction(struct import *import)
{
    struct config_listener *listener = import->listener;

    if (import->config->signer_count == 0 || listener->direction == DIRECTION_SUBMISSION ||
        listener->daemon_count)
        return;
    listener->daemons = arena_new_of(import->arena, struct config_daemon);
    listener->daemons[0] = (struct config_daemon){S("ORIGINATING"), DIRECTION_SUBMISSION};
    listener->daemon_count = 1;
    buf_printf(
        &import->notes,
        "mail is signed that comes by the daemon ORIGINATING: in Postfix's master.cf give the submission "
        "services \"-o milter_macro_daemon_name=ORIGINATING\"\n");
}

bool import_opendkim(str path, import_read *read, void *context, struct arena *arena, str *yaml, str *notes,
                     struct err *err)
{
    static const char actions[] = "what is done with mail is said in `policy`, by the result of DMARC";
    static const char users[] =
        "posternd opens the key files as root before it becomes another user: leave them to root alone (0600)";
    static const struct import_row rows[] = {
        {"AllowSHA1Only"},
        {"AlwaysAddARHeader"},
        {"AuthservID", .take = import_authserv_id},
        {"AuthservIDWithJobID", .words = "the job ID is not part of the name; the journal has it"},
        {"AutoRestart"},
        {"AutoRestartCount"},
        {"AutoRestartRate"},
        {"Background"},
        {"BaseDirectory", .words = "paths must be absolute"},
        {"BodyLengthDB", .words = "l= is never written: it leaves the end of a message unsigned"},
        {"BogusKey", .words = actions},
        {"Canonicalization", .words = "signatures are relaxed/relaxed"},
        {"CaptureUnknownErrors"},
        {"ChangeRootDirectory"},
        {"ClockDrift"},
        {"DNSTimeout", .take = import_dns_timeout},
        {"Domain", .read_elsewhere = true},
        {"DontSignMailTo", .words = "all outbound mail of a domain is signed"},
        {"EnableCoredumps"},
        {"ExemptDomains", .words = "mail of every domain is looked at; see `exceptions`"},
        {"ExternalIgnoreList", .take = take_hosts},
        {"InternalHosts", .take = take_hosts},
        {"KeyFile", .read_elsewhere = true},
        {"KeyTable", .read_elsewhere = true},
        {"LogResults"},
        {"LogWhy"},
        {"MacroList", .words = "a direction is told by `daemons`, not by other macros"},
        {"MaximumHeaders"},
        {"MaximumSignaturesToVerify"},
        {"MilterDebug"},
        {"MinimumKeyBits"},
        {"Mode", .take = take_mode},
        {"MTA", .take = take_mta},
        {"MultipleSignatures"},
        {"MustBeSigned", .words = "which fields a signature must cover is not a setting"},
        {"Nameservers", .take = take_nameservers},
        {"NoHeaderB"},
        {"OmitHeaders", .words = "the signed fields are those that a reader sees and relays leave alone"},
        {"On-BadSignature", .words = actions},
        {"On-Default", .words = actions},
        {"On-DNSError", .words = actions},
        {"On-InternalError", .words = actions},
        {"On-KeyNotFound", .words = actions},
        {"On-NoSignature", .words = actions},
        {"On-Security", .words = actions},
        {"On-SignatureError", .words = actions},
        {"OversignHeaders"},
        {"PeerList", .take = take_hosts},
        {"PidFile"},
        {"Quarantine", .words = actions},
        {"QueryCache"},
        {"RemoveARAll", .words = "fields that claim to be ours are removed, no others"},
        {"RemoveARFrom", .words = "fields that claim to be ours are removed, no others"},
        {"RemoveOldSignatures", .words = "signatures of others stay"},
        {"ReportAddress", .words = "reports about failures are not sent"},
        {"RequiredHeaders",
         .words = "messages with a broken header are judged, not refused; see policy.inbound.permerror"},
        {"RequireSafeKeys"},
        {"Selector", .read_elsewhere = true},
        {"SendReports", .words = "reports about failures are not sent"},
        {"SignatureAlgorithm", .words = "the algorithm is that of the key, with SHA-256"},
        {"SignatureTTL", .words = "signatures don't expire (x=)"},
        {"SignHeaders", .words = "the signed fields are those that a reader sees and relays leave alone"},
        {"SigningTable", .read_elsewhere = true},
        {"Socket", .take = import_socket},
        {"SoftwareHeader"},
        {"Statistics", .words = "the journal has what the statistics had"},
        {"StrictHeaders"},
        {"SubDomains", .read_elsewhere = true},
        {"Syslog"},
        {"SyslogFacility"},
        {"SyslogName"},
        {"SyslogSuccess"},
        {"TemporaryDirectory"},
        {"TrustAnchorFile"},
        {"UMask"},
        {"UserID", .words = users},
    };
    struct import import;
    struct uses uses = {.import = &import};

    import_begin(&import, read, context, arena);
    if (!import_settings(&import, path, rows, sizeof(rows) / sizeof(rows[0]), err))
        return false;
    if (import_find(&import, "KeyTable"))
        read_tables(&uses);
    else
        read_single(&uses);
    if (uses.n)
        add_signers(&uses);
    complete_direction(&import);
    import_end(&import, "opendkim", yaml, notes);
    return true;
}
