/* untold.c: messages of which the MTA may have been told nothing: two rings, of what was written last and of
 * what was lost. */
#include "programs/untold.h"

#include "journal/search.h"

enum {
    RECENT = 8192, /* more than are written in SECONDS */
    LOST = 4096,
    SECONDS = 5, /* between a row's commit and the word to the MTA lies one turn of the worker's loop */
    LOADED = 1024,
    ID_MAX = 32
};

struct entry {
    char id[ID_MAX];
    uint8_t sha256[32];
    uint64_t envelope; /* a hash of sender and recipients */
    int64_t time;
    int line;
    bool used;
};

struct untold {
    struct arena *arena;
    struct entry *recent, *lost;
    size_t recent_next, lost_next;
};

struct untold *untold_new(void)
{
    struct arena *arena = arena_new();
    struct untold *untold = arena_new_of(arena, struct untold);

    *untold = (struct untold){.arena = arena,
                              .recent = arena_array_of(arena, RECENT, struct entry),
                              .lost = arena_array_of(arena, LOST, struct entry)};
    return untold;
}

void untold_free(struct untold *untold)
{
    struct arena *arena = untold->arena;

    arena_free(arena);
}

/* FNV-1a; nobody gains anything by a collision. */
static uint64_t add_hash(uint64_t hash, str text)
{
    for (size_t i = 0; i < text.n; i++)
        hash = (hash ^ (uint8_t)text.p[i]) * 0x100000001b3u;
    return (hash ^ 0x100) * 0x100000001b3u;
}

static uint64_t hash_of_envelope(const struct record *record)
{
    uint64_t hash = add_hash(0xcbf29ce484222325u, record->envelope.mail_from);

    for (size_t i = 0; i < record->outcome.recipient_count; i++)
        hash = add_hash(hash, record->outcome.recipients[i].address);
    return hash;
}

static struct entry entry_of(const struct record *record, int line, int64_t time)
{
    struct entry entry = {.envelope = hash_of_envelope(record), .time = time, .line = line, .used = true};

    memcpy(entry.sha256, record->sha256, sizeof(entry.sha256));
    memcpy(entry.id, record->id.p, record->id.n < ID_MAX - 1 ? record->id.n : ID_MAX - 1);
    return entry;
}

static void lose(struct untold *untold, const struct entry *entry)
{
    untold->lost[untold->lost_next++ % LOST] = *entry;
}

void untold_add(struct untold *untold, const struct record *record, int line, int64_t now)
{
    untold->recent[untold->recent_next++ % RECENT] = entry_of(record, line, now);
}

static struct entry *find_recent(struct untold *untold, str id)
{
    for (size_t i = 1; i <= RECENT && i <= untold->recent_next; i++) {
        struct entry *entry = &untold->recent[(untold->recent_next - i) % RECENT];

        if (entry->used && str_eq(str_from(entry->id), id))
            return entry;
    }
    return NULL;
}

void untold_drop(struct untold *untold, str id)
{
    struct entry *entry = find_recent(untold, id);

    if (entry)
        entry->used = false;
    for (size_t i = 0; i < LOST && i < untold->lost_next; i++)
        if (str_eq(str_from(untold->lost[i].id), id))
            untold->lost[i].used = false;
}

void untold_gone(struct untold *untold, str id)
{
    struct entry *entry = find_recent(untold, id);

    if (!entry)
        return;
    lose(untold, entry);
    entry->used = false;
}

void untold_line(struct untold *untold, int line, int64_t now)
{
    /* The oldest first, so that it is these that make room. */
    for (size_t i = RECENT; i > 0; i--) {
        struct entry *entry = &untold->recent[(untold->recent_next - i) % RECENT];

        if (!entry->used || entry->line != line)
            continue;
        if (entry->time + SECONDS >= now)
            lose(untold, entry);
        entry->used = false; /* another worker may get this number */
    }
}

struct loading {
    struct untold *untold;
    int64_t newest;
};

static bool on_row(void *context, const struct record *record)
{
    struct loading *loading = context;
    struct entry entry = entry_of(record, -1, record->time);

    if (loading->newest == 0)
        loading->newest = record->time;
    if (record->time + 2 * SECONDS < loading->newest)
        return false;
    lose(loading->untold, &entry);
    return true;
}

void untold_load(struct untold *untold, str journal)
{
    const struct search_query query = {.limit = LOADED};
    struct loading loading = {.untold = untold};
    struct err err;

    if (!search_run(journal, &query, on_row, NULL, &loading, &err))
        return;
}

str untold_find(struct untold *untold, const struct record *record, struct arena *arena)
{
    uint64_t envelope = hash_of_envelope(record);

    for (size_t i = 0; i < LOST && i < untold->lost_next; i++) {
        struct entry *entry = &untold->lost[i];

        if (!entry->used || entry->envelope != envelope || memcmp(entry->sha256, record->sha256, 32) != 0)
            continue;
        entry->used = false;
        return arena_str(arena, str_from(entry->id));
    }
    return S("");
}
