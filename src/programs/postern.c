/* postern.c: the command line. */
#include <stdio.h>

#include "programs/program.h"

static enum status (*const runs[COMMANDS])(struct program *) = {
    [COMMAND_CHECK] = run_check,
    [COMMAND_SPF] = run_spf,
    [COMMAND_DKIM_VERIFY] = run_dkim_verify,
    [COMMAND_DKIM_SIGN] = run_dkim_sign,
    [COMMAND_DKIM_KEYGEN] = run_dkim_keygen,
    [COMMAND_ARC_VERIFY] = run_arc_verify,
    [COMMAND_ARC_SEAL] = run_arc_seal,
    [COMMAND_DMARC] = run_dmarc,
    [COMMAND_DNS] = run_dns,
    [COMMAND_CONFIG_CHECK] = run_config_check,
    [COMMAND_CONFIG_SHOW] = run_config_show,
    [COMMAND_CONFIG_EXPLAIN] = run_config_explain,
    [COMMAND_IMPORT_OPENDKIM] = run_import,
    [COMMAND_IMPORT_OPENDMARC] = run_import,
    [COMMAND_LOG] = run_log,
    [COMMAND_AUDIT] = run_audit,
    [COMMAND_BACKUP] = run_backup,
    [COMMAND_EVAL] = run_eval,
    [COMMAND_FORGET] = run_forget,
    [COMMAND_PLATFORM_LIST] = run_platform_list,
    [COMMAND_PLATFORM_SHOW] = run_platform_show,
    [COMMAND_PLATFORM_TEST] = run_platform_test,
    [COMMAND_PLATFORM_EXPLAIN] = run_platform_explain,
    [COMMAND_POLICY_SIMULATE] = run_policy_simulate,
    [COMMAND_TOP] = run_top,
    [COMMAND_QUARANTINE_LIST] = run_quarantine_list,
    [COMMAND_QUARANTINE_SHOW] = run_quarantine_show,
    [COMMAND_QUARANTINE_EXPORT] = run_quarantine_export,
    [COMMAND_QUARANTINE_RELEASE] = run_quarantine_release,
    [COMMAND_QUARANTINE_DELETE] = run_quarantine_delete,
    [COMMAND_STATUS] = run_status,
};

enum { HELP_MAX = 64 * 1024 };

static enum status help(enum command_id command, struct arena *arena)
{
    struct buf buf = buf_new(arena, HELP_MAX);
    struct err err;
    enum status status;

    command_help(&buf, command);
    status = print(buf_str(&buf), &err);
    return status == STATUS_OK ? STATUS_OK : complain(command, status, str_from(err.words));
}

static enum status misuse(enum command_id command, const struct err *err)
{
    complain(command, STATUS_USAGE, str_from(err->words));
    fprintf(stderr, "postern%s%s --help tells what there is\n", command < COMMANDS ? " " : "",
            command < COMMANDS ? commands[command].name : "");
    return STATUS_USAGE;
}

static enum status run(struct settings *settings, enum command_id command)
{
    struct program program;
    struct err err;
    enum status status = program_init(&program, settings, command, &err);
    enum status code =
        status == STATUS_OK ? runs[command](&program) : complain(command, status, str_from(err.words));

    program_end(&program);
    return code;
}

int main(int count, char **arguments)
{
    struct arena *arena = arena_new();
    struct settings settings = {.arena = arena, .canon_header = CANON_RELAXED, .canon_body = CANON_RELAXED};
    enum command_id command;
    struct err err;
    enum status status = STATUS_OK;

    switch (command_parse(count, arguments, &settings, &command, &err)) {
    case REQUEST_RUN:
        status = run(&settings, command);
        break;
    case REQUEST_HELP:
        status = help(command, arena);
        break;
    case REQUEST_VERSION:
        status = printf("postern %s\n", POSTERN_VERSION) < 0 || fflush(stdout) != 0 ? STATUS_IO : STATUS_OK;
        break;
    case REQUEST_MISUSE:
        status = misuse(command, &err);
        break;
    }
    arena_free(arena);
    return (int)status;
}
