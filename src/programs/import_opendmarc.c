/* import_opendmarc.c: opendmarc.conf. */
#include "mail/domain.h"
#include "programs/import.h"

static void take_hosts(struct import *import, const struct import_setting *setting)
{
    struct import_table table;

    if (import_table(import, setting, &table))
        import_note_setting(
            import, setting,
            "%.*s: mail from these was not looked at. Give your own hosts a listener or daemon whose direction is "
            "outbound; others need a row in `exceptions`, with an owner and an end",
            PS(import_first_keys(import, &table)));
}

static void take_senders(struct import *import, const struct import_setting *setting)
{
    struct import_table table;

    if (import_table(import, setting, &table))
        import_note_setting(
            import, setting,
            "%.*s: From proves nothing, so none of these is taken over. Where they can prove who they are, "
            "write rows in `exceptions`",
            PS(import_first_keys(import, &table)));
}

static void take_sealers(struct import *import, const struct import_setting *setting)
{
    struct config_arc *arc = &import->config->arc;
    struct import_table table;
    str *longer, domain;

    if (!import_table(import, setting, &table))
        return;
    longer = arena_array_of(import->arena, arc->trusted_sealer_count + table.n, str);
    for (size_t i = 0; i < arc->trusted_sealer_count; i++)
        longer[i] = arc->trusted_sealers[i];
    for (size_t i = 0; i < table.n; i++) {
        if (domain_normal(table.pairs[i].key, import->arena, &domain) && conf_is_visible(domain))
            longer[arc->trusted_sealer_count++] = domain;
        else
            import_note(import, table.pairs[i].file, table.pairs[i].line, "\"%.*s\" is no domain name",
                        PS(table.pairs[i].key));
    }
    arc->trusted_sealers = longer;
}

/* The table of policy is OpenDMARC's behaviour, which is enforced only when the mode is. */
static void take_policy(struct import *import)
{
    enum action *inbound = import->config->policy[DIRECTION_INBOUND];
    bool reject = import_is_true(import_find(import, "RejectFailures"));
    bool hold = import_is_true(import_find(import, "HoldQuarantinedMessages"));

    inbound[CLASS_DMARC_REJECT] = reject ? ACTION_REJECT : ACTION_DELIVER;
    inbound[CLASS_TEMPERROR] = reject ? ACTION_DEFER : ACTION_DELIVER;
    inbound[CLASS_DMARC_QUARANTINE] = hold ? ACTION_QUARANTINE : ACTION_DELIVER;
    inbound[CLASS_PERMERROR] = ACTION_DELIVER;
    import->config->quarantine.mta_hold = hold;
    if (reject)
        import_note_setting(import, import_find(import, "RejectFailures"),
                            "p=reject alone is no reason to reject (RFC 9989 section 7.4): think of "
                            "`dmarc-reject: quarantine`");
}

bool import_opendmarc(str path, import_read *read, void *context, struct arena *arena, str *yaml, str *notes,
                      struct err *err)
{
    static const struct import_row rows[] = {
        {"AuthservID", .take = import_authserv_id},
        {"AuthservIDWithJobID", .words = "the job ID is not part of the name; the journal has it"},
        {"AutoRestart"},
        {"AutoRestartCount"},
        {"AutoRestartRate"},
        {"Background"},
        {"BaseDirectory"},
        {"ChangeRootDirectory"},
        {"CopyFailuresTo", .words = "copies are not sent; the journal and the quarantine have what failed"},
        {"DNSTimeout", .take = import_dns_timeout},
        {"DomainWhitelist", .take = take_sealers},
        {"DomainWhitelistFile", .take = take_sealers},
        {"DomainWhitelistSize"},
        {"EnableCoredumps"},
        {"FailureReports", .words = "failure reports (RFC 9991) are not sent"},
        {"FailureReportsBcc"},
        {"FailureReportsOnNone"},
        {"FailureReportsSentBy"},
        {"HistoryFile",
         .words =
             "what OpenDMARC's importer takes for aggregate reports is not written; `journal` has it all"},
        {"HoldQuarantinedMessages", .read_elsewhere = true},
        {"IgnoreAuthenticatedClients",
         .words = "whether a user logged in counts where the direction is submission; see `daemons`"},
        {"IgnoreHosts", .take = take_hosts},
        {"IgnoreMailFrom", .take = take_senders},
        {"IgnoreMailTo"},
        {"MilterDebug"},
        {"PidFile"},
        {"PublicSuffixList"},
        {"RecordAllMessages"},
        {"RejectFailures", .read_elsewhere = true},
        {"RejectMultiValueFrom",
         .words = "of several authors the strictest result counts; such mail is not refused for that"},
        {"RejectString", .words = "the words of the reply are Postern's own"},
        {"ReportCommand"},
        {"RequiredHeaders",
         .words = "messages with a broken header are judged, not refused; see policy.inbound.permerror"},
        {"Socket", .take = import_socket},
        {"SoftwareHeader"},
        {"SPFIgnoreResults"},
        {"SPFSelfValidate"},
        {"Syslog"},
        {"SyslogFacility"},
        {"TemporaryDirectory"},
        {"TrustedAuthservIDs",
         .words =
             "DKIM and SPF are found out here; results of others count only behind a gateway of yours, see `relays`"},
        {"UMask"},
        {"UserID"},
    };
    struct import import;

    import_begin(&import, read, context, arena);
    if (!import_settings(&import, path, rows, sizeof(rows) / sizeof(rows[0]), err))
        return false;
    take_policy(&import);
    import_end(&import, "opendmarc", yaml, notes);
    return true;
}
