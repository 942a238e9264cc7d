/* quarantine_command.c: postern quarantine list|show|export|release|delete: what is held. */
#include <inttypes.h>
#include <stdio.h>

#include "base/iso.h"
#include "journal/quarantine.h"
#include "journal/release.h"
#include "mail/mail.h"
#include "programs/control_client.h"
#include "programs/explain.h"
#include "programs/places.h"

enum { OUT_MAX = 4 * 1024 * 1024, FIELDS_SHOWN = 200 };

struct listing {
    struct program *program;
    struct arena *arena; /* of one item */
    struct err err;
    enum status status;
    size_t found;
};

/* What was tried to deliver it after all. */
struct tries {
    struct release *items;
    size_t n;
};

static void explain_try(struct page *page, const struct release *release)
{
    enum release_state state = release_state(release);

    page_printf(page, ": %s ", release_state_names[state]);
    page_text(page, iso_format(release->passed ? release->passed : release->begun, page->buf->arena));
    if (state == RELEASE_SENT)
        page_printf(page, " (the MTA took it, and it did not come by)");
    if (release->words.n) {
        page_printf(page, ", ");
        page_text(page, release->words);
    }
}

static void explain(struct page *page, const struct quarantine_item *item, const struct tries *tries)
{
    page_text(page, item->id);
    page_printf(page, " ");
    page_text(page, iso_format(item->time, page->buf->arena));
    page_printf(page, " ");
    page_text(page, item->result_class);
    page_printf(page, ", %" PRIu64 " bytes, from ", item->size);
    page_text(page, item->has_mail_from && item->mail_from.n == 0 ? S("<>") : item->mail_from);
    if (item->from_domain.n) {
        page_printf(page, ", author ");
        page_text(page, item->from_domain);
    }
    page_printf(page, "\n  ");
    page_text(page, item->reason);
    for (size_t i = 0; i < item->recipient_count; i++) {
        const struct release *release = release_of(tries->items, tries->n, item->recipients[i]);

        page_printf(page, "\n  for ");
        page_text(page, item->recipients[i]);
        if (release)
            explain_try(page, release);
    }
    page_end(page);
}

static void report_tries(struct jsonl *json, const struct tries *tries)
{
    jsonl_open(json, "releases", '[');
    for (size_t i = 0; i < tries->n; i++) {
        const struct release *release = &tries->items[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "recipient", release->recipient);
        jsonl_number(json, "begun", release->begun);
        jsonl_text(json, "state", str_from(release_state_names[release_state(release)]));
        jsonl_text(json, "reply", release->words);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
}

static void report(struct jsonl *json, const struct quarantine_item *item, const struct tries *tries)
{
    char sha256[65];

    for (size_t i = 0; i < 32; i++)
        snprintf(sha256 + 2 * i, 3, "%02x", item->sha256[i]);
    jsonl_open(json, NULL, '{');
    jsonl_text(json, "id", item->id);
    jsonl_number(json, "time", item->time);
    if (item->has_mail_from)
        jsonl_text(json, "mail_from", item->mail_from);
    else
        jsonl_null(json, "mail_from");
    jsonl_text(json, "from_domain", item->from_domain);
    jsonl_text(json, "class", item->result_class);
    jsonl_text(json, "reason", item->reason);
    jsonl_number(json, "size", (int64_t)item->size);
    jsonl_text(json, "sha256", str_from(sha256));
    jsonl_open(json, "recipients", '[');
    for (size_t i = 0; i < item->recipient_count; i++)
        jsonl_text(json, NULL, item->recipients[i]);
    jsonl_close(json, ']');
    report_tries(json, tries);
    jsonl_close(json, '}');
}

static bool print_item(struct listing *listing, const struct quarantine_item *item, str behind)
{
    struct buf out = buf_new(listing->arena, OUT_MAX);
    struct page page = {&out, listing->program->colour};
    struct jsonl json = {.buf = &out};
    struct tries tries;

    listing->found++;
    if (!release_list(listing->program->settings->quarantine, item->id, listing->arena, &tries.items,
                      &tries.n, &listing->err)) {
        listing->status = STATUS_NO_INPUT;
        return false;
    }
    if (listing->program->settings->json) {
        report(&json, item, &tries);
        page_end(&page);
    } else {
        explain(&page, item, &tries);
        buf_add(&out, behind);
    }
    listing->status = print(buf_str(&out), &listing->err);
    return listing->status == STATUS_OK;
}

/* ---- list ---- */

static bool on_listed(void *context, const struct quarantine_item *item)
{
    struct listing *listing = context;
    bool more = print_item(listing, item, S(""));

    arena_reset(listing->arena);
    return more;
}

/* Runs through what the query has; the exit code, with the words told. */
static enum status list(struct program *program, const struct quarantine_query *query,
                        quarantine_found *found)
{
    struct listing listing = {.program = program, .arena = arena_new()};

    listing.status = places_find(program, PLACE_QUARANTINE);
    if (listing.status != STATUS_OK) {
        arena_free(listing.arena);
        return listing.status;
    }
    if (!quarantine_list(program->settings->quarantine, query, found, &listing, &listing.err))
        listing.status = STATUS_NO_INPUT;
    if (listing.status == STATUS_OK && query->id.n && listing.found == 0) {
        listing.status = STATUS_NO_INPUT;
        err_set(&listing.err, "nothing is held under \"%.*s\"", PS(query->id));
    }
    arena_free(listing.arena);
    if (listing.status == STATUS_OK)
        return STATUS_OK;
    return complain(program->command, listing.status, str_from(listing.err.words));
}

enum status run_quarantine_list(struct program *program)
{
    const struct settings *settings = program->settings;
    struct quarantine_query query = {.recipient = settings->search.address,
                                     .since = settings->search.since,
                                     .until = settings->search.until,
                                     .limit = settings->search.limit};

    return list(program, &query, on_listed);
}

/* ---- one message ---- */

static bool read_message(struct listing *listing, const struct quarantine_item *item, str *raw)
{
    switch (
        quarantine_read(listing->program->settings->quarantine, item, listing->arena, raw, &listing->err)) {
    case QUARANTINE_OK:
        return true;
    case QUARANTINE_MISSING:
    case QUARANTINE_FAILED:
        listing->status = STATUS_NO_INPUT;
        break;
    case QUARANTINE_DAMAGED:
        listing->status = STATUS_DATA;
        break;
    }
    listing->found++;
    return false;
}

/* The header, for a reader: each field on one line. */
static str explain_header(struct listing *listing, str raw)
{
    struct buf out = buf_new(listing->arena, OUT_MAX);
    struct page page = {&out, listing->program->colour};
    struct mail mail;

    mail_parse(&mail, raw, listing->arena);
    page_end(&page);
    for (size_t i = 0; i < mail.header_count && i < FIELDS_SHOWN; i++) {
        page_text(&page, mail.headers[i].name);
        page_printf(&page, ": ");
        page_text(&page, header_unfold(mail.headers[i].value, listing->arena));
        page_end(&page);
    }
    return buf_str(&out);
}

static bool on_shown(void *context, const struct quarantine_item *item)
{
    struct listing *listing = context;
    str raw;

    return read_message(listing, item, &raw) && print_item(listing, item, explain_header(listing, raw));
}

static bool on_exported(void *context, const struct quarantine_item *item)
{
    struct listing *listing = context;
    str raw;

    if (!read_message(listing, item, &raw))
        return false;
    listing->found++;
    listing->status = print(raw, &listing->err);
    return listing->status == STATUS_OK;
}

enum status run_quarantine_show(struct program *program)
{
    struct quarantine_query query = {.id = program->settings->files[0]};

    return list(program, &query, on_shown);
}

enum status run_quarantine_export(struct program *program)
{
    struct quarantine_query query = {.id = program->settings->files[0]};

    return list(program, &query, on_exported);
}

/* ---- what changes something: posternd does it ---- */

static enum status delete_one(struct program *program, str id)
{
    const struct settings *settings = program->settings;
    struct buf out = buf_new(settings->arena, OUT_MAX);
    struct page page = {&out, program->colour};
    struct frame request = {.head = NULL}, answer;
    struct err err;
    enum status status;

    frame_set_text(&request, "do", S("delete"));
    frame_set_text(&request, "id", id);
    frame_set_text(&request, "reason", settings->reason);
    if (!control_ask(settings->control, &request, &answer, settings->arena, &err))
        return complain(program->command, STATUS_UNAVAILABLE, str_from(err.words));
    frame_free(&answer);
    page_text(&page, id);
    page_printf(&page, " was deleted");
    page_end(&page);
    status = print(buf_str(&out), &err);
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}

enum status run_quarantine_delete(struct program *program)
{
    const struct settings *settings = program->settings;
    enum status worst = places_find(program, PLACE_CONTROL);

    if (worst != STATUS_OK)
        return worst;
    for (size_t i = 0; i < settings->file_count; i++) {
        enum status status = delete_one(program, settings->files[i]);

        if (status > worst)
            worst = status;
    }
    return worst;
}

/* ---- release ---- */

static void add_recipients(struct frame *request, const struct settings *settings)
{
    json_t *to = json_array();

    for (size_t i = 0; i < settings->to_count; i++) {
        struct frame one = {.head = NULL};

        frame_set_text(&one, "to", settings->to[i]); /* what is no UTF-8 is seen as such */
        json_array_append(to, json_object_get(one.head, "to"));
        frame_free(&one);
    }
    json_object_set_new(request->head, "to", to);
    if (settings->again)
        json_object_set_new(request->head, "again", json_true());
}

/* One line for each recipient; the exit code for all of them. */
static enum status tell_results(struct program *program, struct buf *out, const struct frame *answer)
{
    struct page page = {out, program->colour};
    const json_t *results = json_object_get(answer->head, "results");
    enum status worst = STATUS_OK;

    for (size_t i = 0; i < json_array_size(results); i++) {
        struct frame row = {.head = json_array_get(results, i)};
        str state = frame_text(&row, "state");
        enum status status = str_eq(state, S("uncertain")) ? STATUS_TEMPORARY
                             : str_eq(state, S("failed"))  ? STATUS_UNAVAILABLE
                                                           : STATUS_OK;

        page_text(&page, frame_text(&row, "recipient"));
        page_printf(&page, "%s",
                    str_eq(state, S("sent"))       ? ": the MTA took it, and it did not come by here: "
                    : status == STATUS_OK          ? ": released, "
                    : status == STATUS_UNAVAILABLE ? ": not released, it is held as before: "
                                                   : ": nobody knows whether it was released: ");
        page_text(&page, frame_text(&row, "words"));
        page_end(&page);
        if (status > worst)
            worst = status;
    }
    if (frame_number(answer, "left"))
        page_printf(&page, "%lld more recipients: release it once more for them\n",
                    (long long)frame_number(answer, "left"));
    return worst;
}

enum status run_quarantine_release(struct program *program)
{
    const struct settings *settings = program->settings;
    struct buf out = buf_new(settings->arena, OUT_MAX);
    struct frame request = {.head = NULL}, answer;
    struct err err;
    enum status status = places_find(program, PLACE_CONTROL), printed;

    if (status != STATUS_OK)
        return status;
    frame_set_text(&request, "do", S("release"));
    frame_set_text(&request, "id", settings->files[0]);
    frame_set_text(&request, "reason", settings->reason);
    add_recipients(&request, settings);
    if (!control_ask(settings->control, &request, &answer, settings->arena, &err))
        return complain(program->command, STATUS_UNAVAILABLE, str_from(err.words));
    status = tell_results(program, &out, &answer);
    frame_free(&answer);
    printed = print(buf_str(&out), &err);
    return printed == STATUS_OK ? status : complain(program->command, printed, str_from(err.words));
}
