/* body_html.c: the texts and links of an HTML part. */
#include "mail/body_add.h"

#include "mail/link.h"
#include "mail/mime.h"
#include "mail/page.h"

/* Links in plain words that are compared with those of the page. */
enum { WRITTEN_OUT = 50 };

static enum body_link_kind kind_of(enum page_kind kind)
{
    switch (kind) {
    case PAGE_FORM:
    case PAGE_BUTTON:
        return BODY_LINK_FORM;
    case PAGE_REFRESH:
        return BODY_LINK_REFRESH;
    case PAGE_FRAME:
    case PAGE_OBJECT:
        return BODY_LINK_FRAME;
    case PAGE_SCRIPT:
        return BODY_LINK_SCRIPT;
    case PAGE_IMAGE:
    case PAGE_BACKGROUND:
    case PAGE_MEDIA:
        return BODY_LINK_IMAGE;
    case PAGE_STYLE:
    case PAGE_OTHER:
        return BODY_LINK_STYLE;
    case PAGE_LINK:
    case PAGE_AREA:
    case PAGE_KINDS:
        break;
    }
    return BODY_LINK_CLICK;
}

static void add_links(struct body_reader *reader, const struct part *part, const struct page *page,
                      const struct url *base)
{
    for (size_t i = 0; i < page->link_count; i++) {
        const struct page_link *from = &page->links[i];
        struct body_link link = {.part = part,
                                 .source = BODY_LINK_HTML,
                                 .kind = kind_of(from->kind),
                                 .written = from->href,
                                 .shown = from->shown,
                                 .hidden = from->hidden != PAGE_SHOWN,
                                 .attached = part->attachment};

        if (from->href.n && from->href.p[0] != '#') /* else it leads to a place in the page */
            body_add_link(reader, &link, from->href, base);
    }
}

static bool is_shown_by_link(const struct page *page, str written)
{
    for (size_t i = 0; i < page->link_count; i++)
        if (str_find_str(page->links[i].shown, written) < page->links[i].shown.n)
            return true;
    return false;
}

/* Mail programs make links of addresses that stand in the text by themselves. */
static void add_written_out(struct body_reader *reader, const struct part *part, const struct page *page,
                            struct arena *arena)
{
    struct link_search search = {.text = page->visible};
    struct link_found found;

    for (size_t n = 0; n < WRITTEN_OUT && link_next(&search, arena, &found); n++) {
        struct body_link link = {.part = part,
                                 .source = BODY_LINK_TEXT,
                                 .kind = BODY_LINK_CLICK,
                                 .written = found.written,
                                 .shown = found.written,
                                 .attached = part->attachment};

        if (!is_shown_by_link(page, found.written))
            body_add_link(reader, &link, found.target, NULL);
    }
}

void body_read_html(struct body_reader *reader, const struct part *part, str text, struct arena *arena)
{
    struct page *page = arena_new_of(arena, struct page);
    struct body_text found = {.part = part, .html = true, .attached = part->attachment, .page = page};
    struct url base;
    bool has_base;

    page_read(page, text, arena);
    found.visible = page->visible;
    found.hidden = page->hidden;
    if (!body_add_text(reader, &found))
        return;
    has_base = page->base.n && url_parse(&base, page->base, NULL, arena);
    add_links(reader, part, page, has_base ? &base : NULL);
    add_written_out(reader, part, page, arena);
}
