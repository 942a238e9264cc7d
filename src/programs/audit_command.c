/* audit_command.c: postern audit: who had what done, when and why. */
#include "base/iso.h"
#include "journal/audit.h"
#include "programs/explain.h"
#include "programs/places.h"

enum { ROW_MAX = 64 * 1024 };

struct listing {
    struct program *program;
    struct arena *arena; /* of one row */
    struct err err;
    enum status status;
};

static void explain_text(struct page *page, const char *before, str text)
{
    if (text.n == 0)
        return;
    page_printf(page, "%s", before);
    page_text(page, text);
}

static void explain(struct page *page, const struct audit_entry *entry)
{
    page_text(page, iso_format(entry->time, page->buf->arena));
    page_printf(page, " #%lld", (long long)(entry->begun ? entry->begun : entry->number));
    page_printf(page, " %s: ", audit_outcome_names[entry->outcome]);
    page_text(page, entry->deed);
    explain_text(page, " ", entry->object);
    explain_text(page, " to ", entry->recipient);
    page_printf(page, ", by ");
    page_text(page, entry->user.n ? entry->user : S("a user without a name"));
    page_printf(page, " (uid %u, pid %u)", entry->uid, entry->pid);
    explain_text(page, "\n  because: ", entry->reason);
    explain_text(page, "\n  ", entry->words);
    page_end(page);
}

static void report(struct jsonl *json, const struct audit_entry *entry)
{
    jsonl_open(json, NULL, '{');
    jsonl_number(json, "number", entry->number);
    if (entry->begun)
        jsonl_number(json, "begun", entry->begun);
    else
        jsonl_null(json, "begun");
    jsonl_number(json, "time", entry->time);
    jsonl_number(json, "uid", entry->uid);
    jsonl_number(json, "pid", entry->pid);
    jsonl_text(json, "user", entry->user);
    jsonl_text(json, "deed", entry->deed);
    jsonl_text(json, "object", entry->object);
    jsonl_text(json, "recipient", entry->recipient);
    jsonl_text(json, "reason", entry->reason);
    jsonl_text(json, "outcome", str_from(audit_outcome_names[entry->outcome]));
    jsonl_text(json, "words", entry->words);
    jsonl_close(json, '}');
}

static bool on_entry(void *context, const struct audit_entry *entry)
{
    struct listing *listing = context;
    struct buf out = buf_new(listing->arena, ROW_MAX);
    struct page page = {&out, listing->program->colour};
    struct jsonl json = {.buf = &out};

    if (listing->program->settings->json) {
        report(&json, entry);
        page_end(&page);
    } else {
        explain(&page, entry);
    }
    listing->status = print(buf_str(&out), &listing->err);
    arena_reset(listing->arena);
    return listing->status == STATUS_OK;
}

enum status run_audit(struct program *program)
{
    const struct settings *settings = program->settings;
    enum status status = places_find(program, PLACE_JOURNAL);
    const struct audit_query query = {
        .since = settings->search.since, .until = settings->search.until, .limit = settings->search.limit};
    struct listing listing = {.program = program};

    if (status != STATUS_OK)
        return status;
    listing.arena = arena_new();
    if (!audit_list(settings->journal, &query, on_entry, &listing, &listing.err))
        listing.status = STATUS_NO_INPUT;
    arena_free(listing.arena);
    return listing.status == STATUS_OK
               ? STATUS_OK
               : complain(program->command, listing.status, str_from(listing.err.words));
}
