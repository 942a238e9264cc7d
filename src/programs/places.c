/* places.c: directories and socket, from the command line or the configuration. */
#include "programs/places.h"

#include <stdio.h>
#include <unistd.h>

#include "programs/config_file.h"

enum { REPORT_MAX = 256 * 1024 };

static const struct config *read_config(struct program *program, enum status *status)
{
    const struct settings *settings = program->settings;
    struct buf report = buf_new(settings->arena, REPORT_MAX);
    const struct config *config = config_file_read(settings->config.n ? settings->config : S(CONFIG_FILE),
                                                   program->now, false, &report, status);

    if (!config) /* mere warnings are for those who check it */
        fprintf(stderr, "%.*s", PS(buf_str(&report)));
    return config;
}

static unsigned missing(const struct settings *settings, unsigned places)
{
    if (settings->journal.n)
        places &= ~(unsigned)PLACE_JOURNAL;
    if (settings->quarantine.n)
        places &= ~(unsigned)PLACE_QUARANTINE;
    if (settings->control.n)
        places &= ~(unsigned)PLACE_CONTROL;
    return places;
}

enum status places_find(struct program *program, unsigned places)
{
    struct settings *settings = program->settings;
    const struct config *config;
    enum status status = STATUS_OK;

    places = missing(settings, places);
    if (places == PLACE_CONTROL && settings->config.n == 0 && access(CONFIG_FILE, R_OK) != 0) {
        settings->control = S(CONTROL_SOCKET);
        return STATUS_OK;
    }
    if (!places)
        return STATUS_OK;
    config = read_config(program, &status);
    if (!config)
        return status;
    if (places & PLACE_JOURNAL)
        settings->journal = config->journal.directory;
    if (places & PLACE_QUARANTINE)
        settings->quarantine = config->quarantine.directory;
    if (places & PLACE_CONTROL)
        settings->control = config->control.socket;
    return STATUS_OK;
}
