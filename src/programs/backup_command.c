/* backup_command.c: postern backup DIRECTORY: journal and quarantine as they are, while posternd goes on. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/audit.h"
#include "journal/database.h"
#include "journal/journal.h"
#include "journal/kept.h"
#include "programs/config_file.h"
#include "programs/explain.h"
#include "programs/program.h"

enum { OUT_MAX = 64 * 1024, REPORT_MAX = 256 * 1024 };

struct backup {
    const struct config *config;
    struct arena *arena;
    size_t periods;
    struct quarantine_copied held, kept;
};

static bool make(const struct backup *backup, str path, struct err *err)
{
    if (mkdir(arena_c_str(backup->arena, path), 0700) < 0)
        return err_errno(err, errno, "making %.*s", PS(path));
    return true;
}

/* A directory that is not there has nothing in it. */
static bool copy_messages(struct backup *backup, str from, str to, struct quarantine_copied *copied,
                          struct err *err)
{
    if (!make(backup, to, err))
        return false;
    if (access(arena_c_str(backup->arena, arena_printf(backup->arena, "%.*s/index.db", PS(from))), F_OK) <
            0 &&
        errno == ENOENT)
        return true;
    return quarantine_backup(from, to, copied, err);
}

/* The journal first: what its rows say is held was held before. */
static bool copy(struct backup *backup, str to, struct err *err)
{
    str from = backup->config->journal.directory, raw = kept_directory(from, backup->arena),
        journal = arena_printf(backup->arena, "%.*s/journal", PS(to));

    return make(backup, to, err) && make(backup, journal, err) &&
           journal_backup(from, journal, &backup->periods, err) && audit_backup(from, journal, err) &&
           (access(arena_c_str(backup->arena, raw), F_OK) < 0 ||
            copy_messages(backup, raw, kept_directory(journal, backup->arena), &backup->kept, err)) &&
           copy_messages(backup, backup->config->quarantine.directory,
                         arena_printf(backup->arena, "%.*s/quarantine", PS(to)), &backup->held, err) &&
           directory_sync(arena_c_str(backup->arena, journal), err) &&
           directory_sync(arena_c_str(backup->arena, to), err);
}

/* Under its name stands a whole backup, or nothing. */
static bool copy_to(struct backup *backup, str to, struct err *err)
{
    const char *part = arena_c_str(backup->arena, arena_printf(backup->arena, "%.*s.part", PS(to))),
               *whole = arena_c_str(backup->arena, to);

    if (access(whole, F_OK) == 0)
        return err_set(err, "%s is there already: each backup has a directory of its own", whole);
    if (access(part, F_OK) == 0)
        return err_set(err, "%s is there already: a backup that was broken off; remove it", part);
    if (!copy(backup, str_from(part), err))
        return false;
    if (rename(part, whole) < 0)
        return err_errno(err, errno, "making %s", whole);
    return true;
}

static str without_slash(str path)
{
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    return path;
}

enum status run_backup(struct program *program)
{
    const struct settings *settings = program->settings;
    struct backup backup = {.arena = settings->arena};
    struct buf report = buf_new(settings->arena, REPORT_MAX), out = buf_new(settings->arena, OUT_MAX);
    struct page page = {&out, program->colour};
    struct err err;
    enum status status;

    backup.config = config_file_read(settings->config.n ? settings->config : S(CONFIG_FILE), program->now,
                                     false, &report, &status);
    fprintf(stderr, "%.*s", PS(buf_str(&report)));
    if (!backup.config)
        return status;
    if (!copy_to(&backup, without_slash(settings->files[0]), &err))
        return complain(program->command, STATUS_CANNOT_CREATE, str_from(err.words));
    page_printf(&page, "%zu files of the journal, %zu messages that are held", backup.periods,
                backup.held.items);
    if (backup.kept.items)
        page_printf(&page, ", %zu that are kept", backup.kept.items);
    page_end(&page);
    status = print(buf_str(&out), &err);
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}
