/* site.c: what a site's configuration says of how a message is judged. */
#include "programs/site.h"

#include <stdio.h>
#include <time.h>

#include "programs/config_file.h"

enum { REPORT_MAX = 256 * 1024 };

static void take_server(struct settings *settings, str server)
{
    settings->dns = arena_new_of(settings->arena, str);
    settings->dns[0] = server;
    settings->dns_count = 1;
}

static void take_dns(struct settings *settings, const struct config_dns *dns)
{
    if (settings->dns_count || settings->offline || settings->answers.n)
        return;
    settings->validate = dns->validate;
    switch (dns->resolver) {
    case CONFIG_RECURSIVE:
        take_server(settings, S("root"));
        break;
    case CONFIG_SYSTEM:
        take_server(settings, S("system"));
        break;
    case CONFIG_FORWARDERS:
        settings->dns = dns->forwarders;
        settings->dns_count = dns->forwarder_count;
        break;
    case CONFIG_FILE_OF_ANSWERS:
        settings->answers = dns->file;
        break;
    }
}

enum status site_read(const struct config **config, struct settings *settings, struct err *err)
{
    struct buf report = buf_new(settings->arena, REPORT_MAX);
    enum status status;

    *config = NULL;
    if (settings->config.n == 0)
        return STATUS_OK;
    *config = config_file_read(settings->config, (int64_t)time(NULL), false, &report, &status);
    fprintf(stderr, "%.*s", PS(buf_str(&report)));
    if (!*config) {
        err_set(err, "%.*s can't be used", PS(settings->config));
        return status;
    }
    take_dns(settings, &(*config)->dns);
    if (settings->relays.network_count == 0)
        settings->relays = (*config)->relays;
    if (settings->trusted_sealer_count == 0) {
        settings->trusted_sealers = (*config)->arc.trusted_sealers;
        settings->trusted_sealer_count = (*config)->arc.trusted_sealer_count;
    }
    if (settings->authserv_id.n == 0)
        settings->authserv_id = (*config)->authserv_id;
    return STATUS_OK;
}
