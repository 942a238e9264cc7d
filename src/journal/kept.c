/* kept.c: the messages themselves, beside the journal. */
#include "journal/kept.h"

#include "journal/search.h"

str kept_directory(str journal, struct arena *arena)
{
    return arena_printf(arena, "%.*s/raw", PS(journal));
}

struct reading {
    str directory;
    struct arena *arena;
    str *raw;
    enum quarantine_outcome outcome;
    bool found;
    struct err *err;
};

static bool on_item(void *context, const struct quarantine_item *item)
{
    struct reading *reading = context;

    reading->found = true;
    reading->outcome = quarantine_read(reading->directory, item, reading->arena, reading->raw, reading->err);
    return false;
}

enum quarantine_outcome kept_read(str journal, str id, struct arena *arena, str *raw, struct err *err)
{
    struct reading reading = {.directory = kept_directory(journal, arena),
                              .arena = arena,
                              .raw = raw,
                              .outcome = QUARANTINE_MISSING,
                              .err = err};
    const struct quarantine_query query = {.id = id};

    *raw = S("");
    if (!quarantine_list(reading.directory, &query, on_item, &reading, err))
        return QUARANTINE_FAILED;
    if (!reading.found)
        err_set(err, "the message %.*s is not kept; `journal.keep-raw` says for how long messages are",
                PS(id));
    return reading.outcome;
}

struct forgetting {
    struct quarantine *kept;
    size_t removed;
    bool ok;
    struct err *err;
};

static bool on_row(void *context, const struct record *record)
{
    struct forgetting *forgetting = context;
    bool found = false;

    forgetting->ok = quarantine_delete(forgetting->kept, record->id, &found, forgetting->err);
    forgetting->removed += forgetting->ok && found;
    return forgetting->ok;
}

bool kept_forget(struct quarantine *kept, str journal, str address, size_t *removed, struct err *err)
{
    struct forgetting forgetting = {.kept = kept, .ok = true, .err = err};
    const struct search_query query = {.address = address};
    bool ok = search_run(journal, &query, on_row, NULL, &forgetting, err) && forgetting.ok;

    *removed = forgetting.removed;
    return ok;
}
