/* fuzz_html.c: HTML tokens: each is a slice of the text, they stand in its order, what lies between them is
 * nothing but what the standard drops, and a tag read alone is the same tag. */
#include "fuzz.h"
#include "mail/html.h"

#include <assert.h>

static void is_slice(str part, str whole)
{
    assert(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

/* Attributes one by one are those that the tag counted, and the first of a name is the one that was kept. */
static void look_at_tag(const struct html *html, struct arena *arena)
{
    struct html again = html_of(html->token);
    str rest = html->attributes, name, value;
    uint64_t has = 0;
    unsigned n = 0;

    for (; html_attribute_next(&rest, &name, &value); n++) {
        is_slice(name, html->attributes);
        is_slice(value, html->attributes);
        for (enum html_attribute k = 0; k < HTML_ATTRIBUTES; k++)
            if (str_ieq(name, html_attribute_name(k)) && !(has >> k & 1)) {
                has |= (uint64_t)1 << k;
                assert(html_has(html, k) && str_eq(html->value[k], value));
                assert(html_value(html, k, arena).n <= 3 * value.n);
            }
    }
    assert(n == html->attribute_count && has == html->has);
    assert(html_next(&again) && again.kind == html->kind && str_eq(again.token, html->token));
    assert(again.tag == html->tag && again.has == html->has && again.self_closing == html->self_closing);
    if (html->tag != HTML_TAG_OTHER)
        assert(str_ieq(html->name, html_tag_name(html->tag)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct html html = html_of((str){(const char *)data + (size > 0), size ? size - 1 : 0});
    const char *behind = html.text.p;

    html.foreign = size && data[0] & 1;
    while (html_next(&html)) {
        is_slice(html.token, html.text);
        assert(html.token.n && html.token.p >= behind);
        assert(html.token.p == behind || str_starts(str_span(behind, html.token.p), S("<")) ||
               str_starts(str_span(behind, html.token.p), S("]]>")));
        behind = html.token.p + html.token.n;
        if (html.kind == HTML_KIND_START || html.kind == HTML_KIND_END)
            look_at_tag(&html, arena);
        else
            is_slice(html.content, html.token);
        if (html.kind == HTML_KIND_TEXT)
            assert(html_content(&html, arena).n <= 3 * html.content.n + 16);
        if (html.kind == HTML_KIND_DOCTYPE)
            html_doctype(&html, arena);
        if (html.kind == HTML_KIND_START && size && data[0] & 2)
            html_enter(&html, data[0] & 4);
    }
    assert(html.at == html.text.n);
    arena_free(arena);
    return 0;
}
