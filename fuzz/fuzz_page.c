/* fuzz_page.c: pages: whatever the HTML, texts are UTF-8 if the page is, have no two blanks in a row, and
 * hold what links show; counts fit; a hidden wrapper hides everything that it closes. */
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "mail/page.h"

#include <assert.h>

static void look_at_text(str text, bool valid)
{
    assert(text.n <= LIMIT_PAGE_TEXT);
    assert(!valid || utf8_valid(text));
    for (size_t i = 0; i < text.n; i++) {
        bool edge = i == 0 || i + 1 == text.n;

        assert((text.p[i] != ' ' && text.p[i] != '\n') ||
               (!edge && text.p[i + 1] != ' ' && text.p[i + 1] != '\n'));
        assert((unsigned char)text.p[i] >= ' ' || text.p[i] == '\n');
    }
}

static void is_in(str part, str whole)
{
    assert(part.n == 0 || str_find(part, '\n') == part.n);
    assert(part.n <= whole.n);
}

static void look(const struct page *page, bool valid)
{
    size_t images = 0, letters = 0;

    look_at_text(page->visible, valid);
    look_at_text(page->hidden, valid);
    look_at_text(page->outlook, valid);
    for (size_t i = 0; i < page->visible.n; i++)
        letters += page->visible.p[i] != ' ' && page->visible.p[i] != '\n';
    assert(letters == page->visible_bytes);
    assert(page->link_count <= LIMIT_PAGE_LINKS && page->link_count <= page->link_seen);
    for (size_t i = 0; i < page->link_count; i++) {
        const struct page_link *link = &page->links[i];

        assert(link->kind < PAGE_KINDS && link->hidden < PAGE_HIDDEN_REASONS);
        is_in(link->shown, link->hidden ? page->hidden : page->visible);
        images += link->kind == PAGE_IMAGE || link->kind == PAGE_BACKGROUND;
    }
    assert(images <= LIMIT_PAGE_IMAGES);
    for (size_t i = 0; i < page->form_count; i++)
        assert(page->forms[i].link == SIZE_MAX || page->links[page->forms[i].link].kind == PAGE_FORM);
    assert(page->hidden_by[PAGE_SHOWN] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str html = {(const char *)data, size};
    struct arena *arena = arena_new();
    struct page page, again;
    bool valid = utf8_valid(html);

    page_read(&page, html, arena);
    look(&page, valid);
    /* What stands in a comment for Outlook is seen by nobody else, and nothing of it gets out. */
    page_read(&again, arena_join(arena, S("<!--[if mso]>"), html, S("<![endif]-->")), arena);
    look(&again, valid);
    if (str_find(html, '>') == html.n)
        assert(again.visible.n == 0);
    arena_free(arena);
    return 0;
}
