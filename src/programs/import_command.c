/* import_command.c: postern import opendkim|opendmarc. */
#include <stdio.h>

#include "base/limits.h"
#include "programs/file.h"
#include "programs/import.h"
#include "programs/program.h"

static bool read_file(void *context, str path, struct arena *arena, str *text, struct err *err)
{
    (void)context;
    if (memchr(path.p, '\0', path.n))
        return err_set(err, "a path with a NUL in it");
    return file_read(path, LIMIT_CONF_BYTES, arena, text, err);
}

enum status run_import(struct program *program)
{
    const struct settings *settings = program->settings;
    bool opendkim = program->command == COMMAND_IMPORT_OPENDKIM;
    str path = settings->file_count ? settings->files[0]
               : opendkim           ? S("/etc/opendkim.conf")
                                    : S("/etc/opendmarc.conf");
    import_function *import = opendkim ? import_opendkim : import_opendmarc;
    str yaml, notes;
    struct err err;
    enum status status = STATUS_NO_INPUT;

    if (import(path, read_file, NULL, settings->arena, &yaml, &notes, &err)) {
        fprintf(stderr, "%.*s", PS(notes));
        status = print(yaml, &err);
    }
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}
