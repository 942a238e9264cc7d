/* fuzz_css.c: CSS: what declarations say is in range and says the same when it is read into a set that has
 * it; a style sheet is read and matched whatever it is. */
#include "base/limits.h"
#include "fuzz.h"
#include "mail/css.h"

#include <assert.h>

static bool is_colour(int32_t value)
{
    return value <= 0xffffff && value >= CSS_INHERIT;
}

static void look(const struct css_set *set)
{
    assert((set->important & ~set->has) == 0);
    if (css_has(set, CSS_OPACITY))
        assert(set->value[CSS_OPACITY] >= 0 && set->value[CSS_OPACITY] <= 1000);
    if (css_has(set, CSS_COLOUR))
        assert(is_colour(set->value[CSS_COLOUR]));
    if (css_has(set, CSS_BACKGROUND))
        assert(is_colour(set->value[CSS_BACKGROUND]));
    if (css_has(set, CSS_LEFT))
        assert(set->value[CSS_LEFT] == CSS_AUTO || set->value[CSS_LEFT] > -(1 << 28));
    if (css_has(set, CSS_DISPLAY))
        assert(set->value[CSS_DISPLAY] >= CSS_DISPLAY_NONE && set->value[CSS_DISPLAY] <= CSS_DISPLAY_OTHER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct arena *arena = arena_new();
    struct css_set set = {0}, twice = {0};
    struct css_sheet *sheet = css_sheet_new(arena);
    struct css_element elements[] = {{.name = S("body")},
                                     {.name = S("div"), .classes = S("a b"), .id = S("i")},
                                     {.name = S("P"), .classes = S(" c ")}};
    size_t at = 0;
    bool import;
    str url;

    css_declarations(&set, text, arena);
    look(&set);
    css_merge(&twice, &set);
    css_declarations(&twice, text, arena);
    assert(twice.has == set.has && twice.important == set.important);
    css_sheet_add(sheet, text);
    for (size_t n = 1; n <= sizeof(elements) / sizeof(elements[0]); n++) {
        struct css_set found = {0};

        css_match(sheet, elements, n, &found);
        look(&found);
        assert(!css_is_empty(sheet) || found.has == 0);
    }
    while (css_sheet_url(sheet, &at, &url, &import))
        assert(url.n && at <= LIMIT_CSS_RULES);
    assert(is_colour(css_colour(text)) && is_colour(css_legacy_colour(text)));
    arena_free(arena);
    return 0;
}
