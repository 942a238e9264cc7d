/* config_command.c: postern config check|show|explain. */
#include <stdio.h>

#include "base/limits.h"
#include "programs/config_file.h"
#include "programs/program.h"

enum { REPORT_MAX = 256 * 1024, SHOW_MAX = 4 * LIMIT_CONF_BYTES };

/* Reads the file that was named, and tells of its problems; NULL: it can't be used. */
static const struct config *read_named(struct program *program, bool machine, enum status *status)
{
    const struct settings *settings = program->settings;
    struct buf report = buf_new(settings->arena, REPORT_MAX);
    str path = settings->file_count ? settings->files[0] : S(CONFIG_FILE);
    const struct config *config = config_file_read(path, program->now, machine, &report, status);

    fprintf(stderr, "%.*s", PS(buf_str(&report)));
    return config;
}

static enum status print_all(struct program *program, const struct buf *buf)
{
    struct err err;
    enum status status = print(buf_str(buf), &err);

    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}

enum status run_config_check(struct program *program)
{
    enum status status;

    read_named(program, true, &status);
    return status;
}

enum status run_config_show(struct program *program)
{
    struct buf out = buf_new(program->settings->arena, SHOW_MAX);
    enum status status;
    const struct config *config = read_named(program, false, &status);

    if (!config)
        return status;
    conf_show(&out, &config_section, config, false);
    return print_all(program, &out);
}

enum status run_config_explain(struct program *program)
{
    const struct settings *settings = program->settings;
    struct buf out = buf_new(settings->arena, SHOW_MAX);
    struct err err;

    if (!conf_explain(&out, &config_section, settings->file_count ? settings->files[0] : S(""), &err))
        return complain(program->command, STATUS_USAGE, str_from(err.words));
    return print_all(program, &out);
}
