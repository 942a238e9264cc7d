/* body.c: the texts and links of all parts of a message. */
#include "mail/body.h"

#include "base/limits.h"
#include "mail/body_add.h"
#include "mail/calendar.h"
#include "mail/link.h"
#include "mail/mime.h"
#include "mail/word.h"

struct reading {
    struct body *body;
    struct body_reader *reader;
    struct arena *arena;
};

/* What a part is read as. */
enum content { NOTHING, PLAIN, MARKUP, CALENDAR, DRAWING };

/* ---- text ---- */

static void find_links(struct reading *reading, const struct part *part, enum body_link_source source,
                       str text)
{
    struct link_search search = {.text = text};
    struct link_found found;

    while (link_next(&search, reading->arena, &found)) {
        struct body_link link = {.part = part,
                                 .source = source,
                                 .kind = BODY_LINK_CLICK,
                                 .written = found.written,
                                 .shown = found.written,
                                 .attached = part && part->attachment};

        body_add_link(reading->reader, &link, found.target, NULL);
    }
}

static void read_plain(struct reading *reading, const struct part *part, str text)
{
    struct body_text found = {.part = part, .attached = part->attachment, .visible = text};

    if (body_add_text(reading->reader, &found))
        find_links(reading, part, BODY_LINK_TEXT, text);
}

/* ---- calendars ---- */

static void read_calendar(struct reading *reading, const struct part *part, str text)
{
    struct calendar calendar;
    struct body_text found = {.part = part, .attached = part->attachment};

    calendar_read(&calendar, text, reading->arena);
    found.visible = calendar.text;
    if (!body_add_text(reading->reader, &found))
        return;
    find_links(reading, part, BODY_LINK_ICS, calendar.text);
    for (size_t i = 0; i < calendar.link_count; i++) {
        struct body_link link = {.part = part,
                                 .source = BODY_LINK_ICS,
                                 .kind = BODY_LINK_CLICK,
                                 .written = calendar.links[i].target,
                                 .attached = part->attachment};

        body_add_link(reading->reader, &link, link.written, NULL);
    }
    if (calendar.html.n) /* a description for programs that show HTML */
        body_read_html(reading->reader, part, calendar.html, reading->arena);
}

/* ---- the header ---- */

/* "<https://...>, <mailto:...>" (RFC 2369). */
static void read_addresses(struct reading *reading, str value)
{
    for (size_t open = str_find(value, '<'); open < value.n; open = str_find(value, '<')) {
        struct body_link link = {.source = BODY_LINK_HEADER, .kind = BODY_LINK_CLICK};

        value = str_skip(value, open + 1);
        link.written = str_trim(str_sub(value, 0, str_find(value, '>')));
        value = str_skip(value, str_find(value, '>'));
        if (link.written.n)
            body_add_link(reading->reader, &link, link.written, NULL);
    }
}

static void read_header(struct reading *reading, const struct mail *mail)
{
    static const str lists[] = {STR("List-Unsubscribe"), STR("List-Help"),  STR("List-Subscribe"),
                                STR("List-Post"),        STR("List-Owner"), STR("List-Archive")};

    for (size_t i = 0; i < mail->header_count; i++) {
        const struct header *header = &mail->headers[i];

        if (header->id == HEADER_SUBJECT)
            find_links(reading, NULL, BODY_LINK_HEADER, word_decode(header->value, reading->arena, NULL));
        for (size_t k = 0; header->id == HEADER_OTHER && k < sizeof(lists) / sizeof(lists[0]); k++)
            if (str_ieq(header->name, lists[k]))
                read_addresses(reading, header_unfold(header->value, reading->arena));
    }
}

/* ---- parts ---- */

static bool has_ending(const struct part *part, const char *const *endings)
{
    for (; *endings; endings++)
        if (str_iends(part->name, str_from(*endings)))
            return true;
    return false;
}

/* Programs open an attachment by its name, whatever type it states. */
static enum content content_of(const struct part *part)
{
    static const char *const markup[] = {".html", ".htm", ".shtml", ".xhtml", ".xht", ".mht", ".hta", NULL};
    static const char *const calendars[] = {".ics", ".ical", ".ifb", ".vcs", NULL};
    static const char *const drawings[] = {".svg", NULL};

    if (part->child)
        return NOTHING;
    if (part_is(part, S("text"), S("html")) || part_is(part, S("application"), S("xhtml+xml")) ||
        has_ending(part, markup))
        return MARKUP;
    if (part_is(part, S("text"), S("calendar")) || part_is(part, S("application"), S("ics")) ||
        has_ending(part, calendars))
        return CALENDAR;
    if (part_is(part, S("image"), S("svg+xml")) || part_is(part, S("image"), S("svg")) ||
        has_ending(part, drawings))
        return DRAWING;
    return str_eq(part->type, S("text")) ? PLAIN : NOTHING;
}

static void read_part(struct reading *reading, struct part *part)
{
    enum content content = content_of(part);

    if (content == PLAIN)
        read_plain(reading, part, part_text(part, reading->arena));
    else if (content == MARKUP)
        body_read_html(reading->reader, part, part_text(part, reading->arena), reading->arena);
    else if (content == CALENDAR)
        read_calendar(reading, part, part_text(part, reading->arena));
    else if (content == DRAWING)
        body_read_svg(reading->reader, part, part_text(part, reading->arena), reading->arena);
}

void body_read(struct body *body, const struct mail *mail, struct arena *arena)
{
    struct reading reading = {body, body_reader_new(body, arena), arena};

    *body = (struct body){.mime = arena_new_of(arena, struct mime)};
    mime_parse(body->mime, mail, arena);
    read_header(&reading, mail);
    for (size_t i = 0; i < body->mime->n; i++)
        read_part(&reading, body->mime->parts[i]);
}

static const char *const source_names[] = {"text", "html", "ics", "svg", "header"};
static const char *const kind_names[] = {"click", "form", "refresh", "frame", "script", "image", "style"};

const char *body_link_source_name(enum body_link_source source)
{
    return source_names[source];
}

const char *body_link_kind_name(enum body_link_kind kind)
{
    return kind_names[kind];
}
