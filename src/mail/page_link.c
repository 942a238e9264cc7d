/* page_link.c: where a page leads. */
#include "base/limits.h"
#include "mail/page_own.h"
#include "mail/page_parts.h"
#include "mail/page_stack.h"

str page_trim(str s)
{
    while (s.n && (unsigned char)s.p[0] <= ' ')
        s = str_skip(s, 1);
    while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
        s.n--;
    return s;
}

struct page_link *page_link_add(struct reader *reader, enum page_kind kind, str href, enum page_hidden hidden)
{
    struct page *page = reader->page;
    bool image = kind == PAGE_IMAGE || kind == PAGE_BACKGROUND;

    page->link_seen++;
    if (page->link_count == LIMIT_PAGE_LINKS || (image && reader->image_count == LIMIT_PAGE_IMAGES)) {
        page->odd[PAGE_LIMIT_ODD] = true;
        return NULL;
    }
    if (page->link_count == reader->link_room) {
        struct page_link *links;

        reader->link_room = reader->link_room ? 2 * reader->link_room : 64;
        links = arena_array_of(reader->arena, reader->link_room, struct page_link);
        if (page->link_count)
            memcpy(links, page->links, page->link_count * sizeof(*links));
        page->links = links;
    }
    reader->image_count += image;
    page->links[page->link_count] =
        (struct page_link){.kind = kind, .hidden = hidden, .href = page_trim(href)};
    return &page->links[page->link_count++];
}

void page_style_url(struct reader *reader, str url, enum page_hidden hidden)
{
    page_link_add(reader, PAGE_BACKGROUND, url, hidden);
}

/* The second and later values of an attribute that stands there again: only some programs read these. */
static void add_repeated(struct reader *reader, enum page_kind kind, enum html_attribute attribute)
{
    str rest = reader->html.attributes, name, value;
    bool first = true;

    while (html_attribute_next(&rest, &name, &value)) {
        if (!str_ieq(name, html_attribute_name(attribute)))
            continue;
        if (!first) {
            reader->page->odd[PAGE_REPEATED_ODD] = true;
            page_link_add(reader, kind, html_decode(value, true, reader->arena), PAGE_HIDDEN_REPEATED);
        }
        first = false;
    }
}

/* The link in an attribute of the tag, if it is there. */
struct page_link *page_link_attribute(struct reader *reader, enum page_kind kind,
                                      enum html_attribute attribute, enum page_hidden hidden)
{
    const struct html *html = &reader->html;

    if (!html_has(html, attribute))
        return NULL;
    if (html->repeated >> attribute & 1)
        add_repeated(reader, kind, attribute);
    return page_link_add(reader, kind, html_value(html, attribute, reader->arena), hidden);
}

str page_attribute(const struct reader *reader, enum html_attribute which)
{
    return html_value(&reader->html, which, reader->arena);
}

/* "a.png 1x, b.png 2x" */
void page_link_srcset(struct reader *reader, enum page_kind kind, enum page_hidden hidden)
{
    str rest = page_attribute(reader, HTML_SRCSET), part;

    while (rest.n && str_next(&rest, ',', &part)) {
        size_t n = 0;

        part = page_trim(part);
        while (n < part.n && !ascii_is_space(part.p[n]))
            n++;
        if (n)
            page_link_add(reader, kind, str_sub(part, 0, n), hidden);
    }
}

/* Opens the link of an element whose inside is shown for it. Returns what element.link gets. */
size_t page_link_open(struct reader *reader, struct page_link *link, enum page_hidden own)
{
    struct open_link *open;

    if (!link)
        return 0;
    if (reader->open_count == reader->open_room) {
        reader->open_room = reader->open_room ? 2 * reader->open_room : 64;
        open = arena_array_of(reader->arena, reader->open_room, struct open_link);
        if (reader->open_count)
            memcpy(open, reader->open, reader->open_count * sizeof(*open));
        reader->open = open;
    }
    open = &reader->open[reader->open_count++];
    *open = (struct open_link){.link = (size_t)(link - reader->page->links), .own = (uint8_t)own};
    open->begin[0] = open->end[0] = reader->visible.n;
    open->begin[1] = open->end[1] = reader->hidden.n;
    open->letters[0] = reader->visible.letters;
    open->letters[1] = reader->hidden.letters + reader->outlook.letters;
    open->images = reader->page->images;
    return reader->open_count;
}

void page_link_end(struct reader *reader, size_t link)
{
    struct open_link *open = &reader->open[link - 1];
    struct page_link *to = &reader->page->links[open->link];

    open->end[0] = reader->visible.n;
    open->end[1] = reader->hidden.n;
    to->image = reader->page->images > open->images;
    if (reader->visible.letters > open->letters[0] || to->image)
        to->hidden = PAGE_SHOWN;
    else if (open->own)
        to->hidden = (enum page_hidden)open->own;
    else
        to->hidden = reader->hidden.letters + reader->outlook.letters > open->letters[1] ? reader->last_hidden
                                                                                         : PAGE_HIDDEN_EMPTY;
}

/* In one line, as a slice where it is in one already. */
static str one_line(str s, struct arena *arena)
{
    char *p;

    s = page_trim(s);
    if (str_find(s, '\n') == s.n)
        return s;
    p = arena_bytes(arena, s.n);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] == '\n' ? ' ' : s.p[i];
    return (str){p, s.n};
}

/* When the texts don't move any more. */
void page_links_show(struct reader *reader)
{
    size_t left = LIMIT_PAGE_SHOWN;

    for (size_t i = 0; i < reader->open_count; i++) {
        struct open_link *open = &reader->open[i];
        struct page_link *link = &reader->page->links[open->link];
        bool hidden = link->hidden != PAGE_SHOWN;
        const struct page_text *text = hidden ? &reader->hidden : &reader->visible;
        str shown = str_span(text->p + open->begin[hidden], text->p + open->end[hidden]);

        if (shown.n > LIMIT_PAGE_SHOWN_EACH)
            shown.n = LIMIT_PAGE_SHOWN_EACH;
        if (shown.n > left || text->n == 0)
            continue;
        link->shown = one_line(shown, reader->arena);
        left -= shown.n;
    }
}
