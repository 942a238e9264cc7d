/* config_file.c: the configuration as a file of this machine. */
#include "programs/config_file.h"

#include <unistd.h>

#include "base/escape.h"
#include "base/limits.h"
#include "programs/data.h"
#include "programs/file.h"

/* Whether a worker could use the data files. */
static bool check_data(const struct config *config, struct buf *report)
{
    struct data data = {.arena = NULL};
    struct suffixes *suffixes;
    struct crypto *crypto;
    struct err err;
    bool good;

    suffixes = suffixes_load(NULL, &err);
    crypto = suffixes ? crypto_new(&err) : NULL;
    good = crypto &&
           data_load(&data, data_folder(config->data, report->arena), false, suffixes, crypto, report, &err);
    if (!good) {
        escape_terminal(report, str_from(err.words));
        buf_add_char(report, '\n');
    }
    data_free(&data);
    crypto_free(crypto);
    suffixes_free(suffixes);
    return good;
}

const struct config *config_file_read(str path, int64_t now, bool machine, struct buf *report,
                                      enum status *status)
{
    struct config_params params = {.now = now};
    const struct config *config;
    struct conf conf;
    struct err err;
    char hostname[256] = "";
    str text;

    /* One byte more than is allowed, so that it is conf_read() that says so. */
    if (!file_read(path, LIMIT_CONF_BYTES + 1, report->arena, &text, &err)) {
        escape_terminal(report, str_from(err.words));
        buf_add_char(report, '\n');
        *status = STATUS_NO_INPUT;
        return NULL;
    }
    if (gethostname(hostname, sizeof(hostname) - 1) == 0)
        params.hostname = str_from(hostname);
    conf_init(&conf, path, report->arena);
    config = config_read(&conf, text, &params);
    if (config && machine && !config_check_machine(&conf, config))
        config = NULL;
    conf_report(report, &conf);
    if (config && machine && !check_data(config, report))
        config = NULL;
    *status = config ? STATUS_OK : STATUS_DATA;
    return config;
}
