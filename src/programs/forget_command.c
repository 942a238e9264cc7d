/* forget_command.c: postern forget ADDRESS: a pseudonym in its place, in all of the journal. */
#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "journal/kept.h"
#include "programs/control_client.h"
#include "programs/explain.h"
#include "programs/forgetting.h"
#include "programs/places.h"
#include "programs/stores.h"

enum { OUT_MAX = 1024 * 1024, HELD_MAX = 1000 };

struct held {
    struct page *page;
    str address;
};

static bool on_held(void *context, const struct quarantine_item *item)
{
    struct held *held = context;

    page_printf(held->page, "still held, and names it until it is let go: ");
    page_text(held->page, item->id);
    page_end(held->page);
    return true;
}

/* What the quarantine holds for the address is not touched: the message would be lost to others. */
static bool tell_held(const struct settings *settings, struct page *page, str address, struct err *err)
{
    struct quarantine_query query = {.recipient = address, .limit = HELD_MAX};
    struct held held = {page, address};

    return settings->quarantine.n == 0 || quarantine_list(settings->quarantine, &query, on_held, &held, err);
}

static void tell(struct page *page, str pseudonym, const struct forgetting_result *result)
{
    if (result->messages)
        page_printf(page, "%zu messages that were kept were removed\n", result->messages);
    page_text(page, pseudonym);
    page_printf(page, " stands in its place in %zu rows of %zu files\n", result->journal.rows,
                result->journal.periods);
    if (result->journal.facts_dropped)
        page_printf(page, "in %zu rows the facts could not be read and were removed\n",
                    result->journal.facts_dropped);
}

/* ---- posternd does it ---- */

static bool ask(const struct settings *settings, str address, struct page *page, struct err *err)
{
    struct frame request = {.head = NULL}, answer;
    struct forgetting_result result;

    frame_set_text(&request, "do", S("forget"));
    frame_set_text(&request, "address", address);
    frame_set_text(&request, "reason", settings->reason);
    if (!control_ask(settings->control, &request, &answer, settings->arena, err))
        return false;
    result =
        (struct forgetting_result){.journal = {.periods = (size_t)frame_number(&answer, "periods"),
                                               .rows = (size_t)frame_number(&answer, "rows"),
                                               .facts_dropped = (size_t)frame_number(&answer, "dropped")},
                                   .messages = (size_t)frame_number(&answer, "messages")};
    tell(page, frame_text(&answer, "pseudonym"), &result);
    frame_free(&answer);
    return true;
}

/* ---- without posternd ---- */

static bool forget_audited(struct stores *stores, struct audit_entry *entry, str address, struct page *page,
                           struct err *err)
{
    struct forgetting_result result;
    struct audit_entry end;
    struct err audit_err;
    bool ok;

    if (!audit_add(stores->audit, entry, err))
        return false;
    ok = forgetting_run(stores->journal_directory, stores->journal, stores->kept, stores->audit, address,
                        entry->object, &result, err);
    end = *entry;
    end.begun = entry->number;
    end.outcome = ok ? AUDIT_DONE : AUDIT_FAILED;
    end.words = ok ? S("") : str_from(err->words);
    if (ok)
        tell(page, entry->object, &result);
    return audit_add(stores->audit, &end, ok ? err : &audit_err) && ok;
}

/* In a directory that nobody writes: a copy, or the one of a posternd that does not run. */
static bool forget(struct program *program, str address, struct page *page, struct err *err)
{
    struct arena *arena = program->settings->arena;
    const struct passwd *passwd = getpwuid(getuid());
    struct audit_entry entry = {.time = program->now,
                                .uid = getuid(),
                                .pid = (unsigned)getpid(),
                                .user = passwd ? str_from(passwd->pw_name) : S(""),
                                .deed = S("forget"),
                                .reason = program->settings->reason,
                                .outcome = AUDIT_BEGUN};
    struct journal_params params = {.directory = program->settings->journal, .now = program->now};
    str raw = kept_directory(params.directory, arena);
    struct stores stores = {.journal_directory = params.directory};
    bool ok;

    if (access(arena_c_str(arena, params.directory), W_OK) < 0)
        return err_errno(err, errno, "%.*s", PS(params.directory)); /* journal_open() would make it */
    ok = forgetting_pseudonym(address, arena, &entry.object, err) &&
         (stores.journal = journal_open(&params, err)) &&
         (stores.audit = audit_open(params.directory, err)) &&
         (access(arena_c_str(arena, raw), F_OK) < 0 || (stores.kept = quarantine_open(raw, err))) &&
         forget_audited(&stores, &entry, address, page, err);
    quarantine_close(stores.kept);
    audit_close(stores.audit);
    journal_close(stores.journal);
    return ok;
}

enum status run_forget(struct program *program)
{
    struct settings *settings = program->settings;
    str address = settings->files[0];
    struct buf out = buf_new(settings->arena, OUT_MAX);
    struct page page = {&out, program->colour};
    struct err err;
    bool direct = settings->journal.n > 0, ok;
    enum status status = direct ? STATUS_OK : places_find(program, PLACE_CONTROL | PLACE_QUARANTINE);

    if (!forgetting_is_address(address))
        return complain(program->command, STATUS_USAGE, S("that is no address such as user@example.com"));
    if (status != STATUS_OK)
        return status;
    ok = direct ? forget(program, address, &page, &err) : ask(settings, address, &page, &err);
    if (!ok)
        return complain(program->command, direct ? STATUS_IO : STATUS_UNAVAILABLE, str_from(err.words));
    if (!tell_held(settings, &page, address, &err))
        complain(program->command, STATUS_IO, str_from(err.words));
    status = print(buf_str(&out), &err);
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}
