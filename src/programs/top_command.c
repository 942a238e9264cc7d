/* top_command.c: postern top: who sends to this site, from the journal: platforms, their customers, domains.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/iso.h"
#include "journal/search.h"
#include "judge/facts.h"
#include "programs/explain.h"
#include "programs/places.h"
#include "programs/progress.h"

enum { DAY = 86400, DAYS_USUAL = 7, SHOWN_USUAL = 30, FIRST_ROOM = 1024, OUT_MAX = 4 * 1024 * 1024 };

/* How sure it is that they sent it; the better one stands where both were seen. */
enum sure { SURE_NOTHING, SURE_BRANDED, SURE_PROVEN };
static const char *const sure_names[] = {
    [SURE_NOTHING] = "unproven", [SURE_BRANDED] = "branded", [SURE_PROVEN] = "proven"};

/* One who sends: a customer of a platform, a platform without a customer's name, or a domain. */
struct entry {
    str kind;  /* of the indicator by which its messages are found: "account", "platform", "domain" */
    str value; /* of that */
    str platform, account;
    str author;   /* the domain of From that was seen last */
    bool authors; /* several domains were seen */
    enum sure sure;
    uint64_t messages, held;
    int64_t first, last;
};

struct top {
    struct program *program;
    struct arena *arena; /* of one record */
    struct arena *kept;
    struct progress progress;
    struct err err;
    enum status status;
    struct entry **table;
    size_t room, n;
    uint64_t read, unread; /* rows; of these without facts that can be read */
};

/* ---- counting ---- */

static struct entry **find(struct top *top, str kind, str value)
{
    size_t at = str_hash(value, str_hash(kind, 0)) & (top->room - 1);

    while (top->table[at] && !(str_eq(top->table[at]->value, value) && str_eq(top->table[at]->kind, kind)))
        at = (at + 1) & (top->room - 1);
    return &top->table[at];
}

static void grow(struct top *top)
{
    struct entry **before = top->table;
    size_t room = top->room;

    top->room = room ? 2 * room : FIRST_ROOM;
    top->table = arena_array_of(top->kept, top->room, struct entry *);
    for (size_t i = 0; i < room; i++)
        if (before[i])
            *find(top, before[i]->kind, before[i]->value) = before[i];
}

static struct entry *entry_of(struct top *top, const struct entry *wanted)
{
    struct entry **place;

    if (2 * (top->n + 1) > top->room)
        grow(top);
    place = find(top, wanted->kind, wanted->value);
    if (!*place) {
        *place = arena_new_of(top->kept, struct entry);
        **place = (struct entry){.kind = wanted->kind, /* a literal */
                                 .value = arena_str(top->kept, wanted->value),
                                 .platform = arena_str(top->kept, wanted->platform),
                                 .account = arena_str(top->kept, wanted->account)};
        top->n++;
    }
    return *place;
}

static bool was_held(const struct record *record)
{
    return !record->outcome.observed && record->outcome.action >= ACTION_QUARANTINE;
}

static void count(struct top *top, const struct record *record, const struct entry *wanted, enum sure sure)
{
    struct entry *entry = entry_of(top, wanted);

    if (entry->messages == 0 || !str_eq(entry->author, record->from_domain)) {
        entry->authors = entry->messages > 0;
        entry->author = arena_str(top->kept, record->from_domain);
    }
    entry->messages++;
    entry->held += was_held(record);
    if (sure > entry->sure)
        entry->sure = sure;
    if (!entry->last || record->time > entry->last)
        entry->last = record->time;
    if (!entry->first || record->time < entry->first)
        entry->first = record->time;
}

/* A message counts for each link of its chain: a shop on SendGrid is both. True if there is one. */
static bool count_chain(struct top *top, const struct record *record, const struct facts_sender *sender)
{
    bool any = false;

    for (size_t i = 0; i < sender->n; i++) {
        const struct facts_link *link = &sender->chain[i];
        struct entry wanted = {.kind = S("platform"), .value = link->platform, .platform = link->platform};

        if (link->proof == PROOF_CLAIMED)
            continue;
        any = true;
        if (link->n) {
            wanted.kind = S("account");
            wanted.account = link->accounts[0].id;
            wanted.value = arena_join(top->arena, link->platform, S(":"), wanted.account);
        }
        count(top, record, &wanted, link->proof == PROOF_PROVEN ? SURE_PROVEN : SURE_BRANDED);
    }
    return any;
}

static bool comes_in(const struct record *record)
{
    return str_eq(record->direction, S("inbound")) || str_eq(record->direction, S("relay"));
}

static bool on_record(void *context, const struct record *record)
{
    struct top *top = context;
    struct entry wanted = {.kind = S("domain"), .value = record->from_domain};
    struct facts facts;

    if (comes_in(record)) {
        top->read++;
        if (facts_read(&facts, record->facts, top->arena, NULL) != FACTS_OK)
            top->unread++;
        else if (!count_chain(top, record, &facts.sender) && wanted.value.n)
            count(top, record, &wanted, facts.auth.dmarc.result == RESULT_PASS ? SURE_PROVEN : SURE_NOTHING);
        arena_reset(top->arena);
        progress_show(&top->progress, "%" PRIu64 " messages", top->read);
    }
    return true;
}

static void on_notice(void *context, const char *words)
{
    const struct top *top = context;

    progress_clear();
    complain(top->program->command, STATUS_IO, str_from(words));
}

/* ---- the first time, in all of the journal ---- */

static bool on_first(void *context, const struct record *record)
{
    struct entry *entry = context;

    if (record->time < entry->first)
        entry->first = record->time;
    return false;
}

static bool look_for_first(struct top *top, struct entry *entry)
{
    const struct indicator indicator = {entry->kind, arena_lower(top->arena, entry->value)};
    const struct search_query query = {
        .indicators = &indicator, .indicator_count = 1, .limit = 1, .oldest_first = true};
    bool ok = search_run(top->program->settings->journal, &query, on_first, NULL, entry, &top->err);

    arena_reset(top->arena);
    return ok;
}

/* ---- telling ---- */

static int compare(const void *a, const void *b)
{
    const struct entry *left = *(struct entry *const *)a, *right = *(struct entry *const *)b;

    if (left->messages != right->messages)
        return left->messages < right->messages ? 1 : -1;
    return str_cmp(left->value, right->value);
}

/* The entries, those with the most messages first, at the beginning of the table. */
static void sort(struct top *top)
{
    size_t n = 0;

    for (size_t i = 0; i < top->room; i++)
        if (top->table[i])
            top->table[n++] = top->table[i];
    qsort(top->table, n, sizeof(*top->table), compare);
}

static void page_column(struct page *page, str text, size_t width)
{
    page_text(page, text_clip(text, width, page->buf->arena));
    page_printf(page, "%*s ", (int)(text.n < width ? width - text.n : 0), "");
}

static void explain_entry(struct page *page, const struct entry *entry)
{
    struct arena *arena = page->buf->arena;
    str name = entry->account.n    ? arena_join(arena, entry->platform, S(" "), entry->account)
               : entry->platform.n ? entry->platform
                                   : entry->value;

    page_printf(page, "%8" PRIu64 " %6" PRIu64 "  %-8s  ", entry->messages, entry->held,
                sure_names[entry->sure]);
    page_column(page, str_sub(iso_format(entry->first, arena), 0, 10), 10);
    page_printf(page, " ");
    page_column(page, name, 40);
    if (entry->platform.n) {
        page_printf(page, " ");
        page_text(page, entry->author);
        if (entry->authors)
            page_printf(page, " and others");
    }
    page_end(page);
}

static void report_entry(struct jsonl *json, const struct entry *entry)
{
    jsonl_open(json, NULL, '{');
    jsonl_text(json, "kind", entry->kind);
    jsonl_text(json, "value", entry->value);
    jsonl_text(json, "platform", entry->platform);
    jsonl_text(json, "account", entry->account);
    jsonl_text(json, "proof", str_from(sure_names[entry->sure]));
    jsonl_text(json, "author", entry->author);
    jsonl_bool(json, "several_authors", entry->authors);
    jsonl_number(json, "messages", (int64_t)entry->messages);
    jsonl_number(json, "held", (int64_t)entry->held);
    jsonl_number(json, "first", entry->first);
    jsonl_number(json, "last", entry->last);
    jsonl_close(json, '}');
}

static void tell(struct top *top, size_t shown)
{
    struct buf out = buf_new(top->kept, OUT_MAX);
    struct page page = {&out, top->program->colour};
    struct jsonl json = {.buf = &out};
    bool as_json = top->program->settings->json;

    if (!as_json)
        page_printf(&page, "messages   held  proof     first seen  %-40s  From\n", "sender");
    for (size_t i = 0; i < shown; i++) {
        if (as_json) {
            report_entry(&json, top->table[i]);
            page_end(&page);
            json.more = false;
        } else {
            explain_entry(&page, top->table[i]);
        }
    }
    if (!as_json && shown < top->n)
        page_printf(&page, "and %zu more\n", top->n - shown);
    if (!as_json && top->unread)
        page_printf(&page, "%" PRIu64 " of %" PRIu64 " messages have no facts that can be read\n",
                    top->unread, top->read);
    top->status = print(buf_str(&out), &top->err);
}

static bool run(struct top *top)
{
    struct settings *settings = top->program->settings;
    size_t most = settings->search.limit ? settings->search.limit : SHOWN_USUAL;

    if (settings->search.since == 0)
        settings->search.since = top->program->now - DAYS_USUAL * DAY;
    settings->search.limit = 0;
    progress_begin(&top->progress);
    if (!search_run(settings->journal, &settings->search, on_record, on_notice, top, &top->err))
        return false;
    sort(top);
    if (most > top->n)
        most = top->n;
    for (size_t i = 0; i < most; i++)
        if (!look_for_first(top, top->table[i]))
            return false;
    progress_clear();
    tell(top, most);
    return true;
}

enum status run_top(struct program *program)
{
    enum status status = places_find(program, PLACE_JOURNAL);
    struct top top = {.program = program};

    if (status != STATUS_OK)
        return status;
    top.arena = arena_new();
    top.kept = arena_new();
    if (!run(&top))
        top.status = STATUS_NO_INPUT;
    progress_clear();
    arena_free(top.arena);
    arena_free(top.kept);
    return top.status == STATUS_OK ? STATUS_OK
                                   : complain(program->command, top.status, str_from(top.err.words));
}
