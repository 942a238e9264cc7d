/* forget_command.c: postern forget ADDRESS: a pseudonym in its place, in all of the journal. */
#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#include "journal/journal.h"
#include "journal/kept.h"
#include "programs/explain.h"
#include "programs/program.h"

enum { OUT_MAX = 1024 * 1024, HELD_MAX = 1000 };

static bool new_pseudonym(str address, struct arena *arena, str *pseudonym, struct err *err)
{
    uint64_t number;
    size_t at = str_rfind(address, '@');

    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        return err_set(err, "the system gives no random numbers");
    *pseudonym =
        arena_printf(arena, "forgotten-%016llx%.*s", (unsigned long long)number, PS(str_skip(address, at)));
    return true;
}

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

/* Messages that are kept beside the journal can't be changed: those whose rows name the address are let go.
 */
static bool forget_kept(str journal, str address, struct page *page, struct err *err)
{
    str directory = kept_directory(journal, page->buf->arena);
    struct quarantine *kept;
    size_t removed;
    bool ok;

    if (access(arena_c_str(page->buf->arena, directory), F_OK) < 0)
        return true;
    if (!(kept = quarantine_open(directory, err)))
        return err_context(err, "raw mail");
    ok = kept_forget(kept, journal, address, &removed, err);
    quarantine_close(kept);
    if (ok && removed)
        page_printf(page, "%zu messages that were kept were removed\n", removed);
    return ok;
}

static bool forget(struct program *program, str address, struct page *page, struct err *err)
{
    struct journal_params params = {.directory = program->settings->journal, .now = program->now};
    struct journal_forgotten forgotten;
    struct journal *journal;
    str pseudonym;
    bool ok;

    if (access(arena_c_str(program->settings->arena, params.directory), W_OK) < 0)
        return err_errno(err, errno, "%.*s", PS(params.directory)); /* journal_open() would make it */
    if (!new_pseudonym(address, program->settings->arena, &pseudonym, err))
        return false;
    journal = journal_open(&params, err);
    if (!journal)
        return false;
    ok = forget_kept(params.directory, address, page, err) &&
         journal_forget(journal, address, pseudonym, &forgotten, err);
    journal_close(journal);
    if (!ok)
        return false;
    page_text(page, pseudonym);
    page_printf(page, " stands in its place in %zu rows of %zu files\n", forgotten.rows, forgotten.periods);
    if (forgotten.facts_dropped)
        page_printf(page, "in %zu rows the facts could not be read and were removed\n",
                    forgotten.facts_dropped);
    return true;
}

enum status run_forget(struct program *program)
{
    str address = program->settings->files[0];
    struct buf out = buf_new(program->settings->arena, OUT_MAX);
    struct page page = {&out, program->colour};
    struct err err;
    enum status status = STATUS_OK;

    if (str_find(address, '@') == 0 || str_rfind(address, '@') + 1 >= address.n)
        return complain(program->command, STATUS_USAGE, S("that is no address such as user@example.com"));
    if (!forget(program, address, &page, &err) || !tell_held(program->settings, &page, address, &err))
        status = STATUS_IO;
    if (status == STATUS_OK)
        status = print(buf_str(&out), &err);
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}
