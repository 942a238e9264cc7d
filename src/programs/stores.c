/* stores.c: what the keeper alone writes. */
#include "programs/stores.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "journal/kept.h"

static void notice(void *context, const char *words)
{
    (void)context;
    log_event(LEVEL_WARNING, "journal", {"notice", str_from(words)});
}

/* A file that is there while somebody writes the journal: who finds it at his start knows that one died. */
static const char *running_path(str journal, struct arena *arena)
{
    return arena_c_str(arena, arena_printf(arena, "%.*s/running", PS(journal)));
}

static bool begin_running(str journal, struct arena *arena)
{
    int file = open(running_path(journal, arena), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (file >= 0)
        close(file);
    return file < 0 && errno == EEXIST;
}

static void end_running(str journal)
{
    struct arena *arena = arena_new();

    unlink(running_path(journal, arena));
    arena_free(arena);
}

/* Where messages are to be kept, or were and have to expire; else there is nothing to open. */
static bool open_kept(struct stores *next, const struct stores_params *params, struct arena *arena,
                      struct err *err)
{
    str directory = kept_directory(params->journal, arena);

    if (next->kept || (!params->keep_raw && access(arena_c_str(arena, directory), F_OK) != 0))
        return true;
    next->kept = quarantine_open(directory, err);
    return next->kept || err_context(err, "raw mail");
}

/* What `next` has not got from the ones of before. */
static bool open_missing(struct stores *next, const struct stores_params *params, struct arena *arena,
                         struct err *err)
{
    const struct journal_params journal = {
        .directory = params->journal, .now = params->now, .notice = notice};

    if (!next->journal && !(next->journal = journal_open(&journal, err)))
        return err_context(err, "journal");
    if (!next->audit && !(next->audit = audit_open(params->journal, err)))
        return err_context(err, "audit record");
    if (!next->quarantine && !(next->quarantine = quarantine_open(params->quarantine, err)))
        return err_context(err, "quarantine");
    return open_kept(next, params, arena, err);
}

/* Closes what `other` does not use too. */
static void close_rest(struct stores *stores, const struct stores *other)
{
    if (stores->kept != other->kept)
        quarantine_close(stores->kept);
    if (stores->quarantine != other->quarantine)
        quarantine_close(stores->quarantine);
    if (stores->audit != other->audit)
        audit_close(stores->audit);
    if (stores->journal != other->journal)
        journal_close(stores->journal);
}

bool stores_open(struct stores *stores, const struct stores_params *params, bool *died, struct err *err)
{
    struct arena *arena = arena_new();
    struct stores next = {.journal_directory = params->journal, .quarantine_directory = params->quarantine};
    bool same = stores->journal && str_eq(stores->journal_directory, params->journal), ok;

    *died = false;
    if (same) {
        next.journal = stores->journal;
        next.audit = stores->audit;
        next.kept = stores->kept;
    }
    if (stores->quarantine && str_eq(stores->quarantine_directory, params->quarantine))
        next.quarantine = stores->quarantine;
    ok = open_missing(&next, params, arena, err);
    if (ok) {
        close_rest(stores, &next);
        if (!same && stores->journal)
            end_running(stores->journal_directory);
        if (!same)
            *died = begin_running(params->journal, arena);
        *stores = next;
    } else {
        close_rest(&next, stores);
    }
    arena_free(arena);
    return ok;
}

void stores_close(struct stores *stores)
{
    const struct stores none = {.journal = NULL};
    bool open = stores->journal != NULL;

    close_rest(stores, &none);
    if (open)
        end_running(stores->journal_directory);
    *stores = none;
}
