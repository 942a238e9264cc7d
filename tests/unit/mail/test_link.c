/* test_link.c: links in plain text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/link.h"

/* What is found, each with its target, a space between them. */
static const struct {
    str text;
    str wanted;
} rows[] = {
    {STR("no link, e.g. here.There is none"), STR("")},
    {STR("see https://www.example.com/a."), STR("https://www.example.com/a")},
    {STR("HTTPS://EXAMPLE.COM/A?b=c&d=e#f, and"), STR("HTTPS://EXAMPLE.COM/A?b=c&d=e#f")},
    {STR("(https://example.com/a_(b)) (http://example.net/)"),
     STR("https://example.com/a_(b) http://example.net/")},
    {STR("((https://example.com/a)))."), STR("https://example.com/a")},
    {STR("\"https://example.com\" 'https://example.net'"), STR("https://example.com https://example.net")},
    {STR("<https://example.com/a\r\nb/c>"), STR("https://example.com/ab/c")},
    {STR("<https://example.com/a\n  b> x"), STR("https://example.com/ab")},
    {STR("<https://example.com/a is a link>"), STR("https://example.com/a")},
    {STR("<https://example.com/a"), STR("https://example.com/a")},
    {STR("www.example.com/x www.example.org"), STR("http://www.example.com/x http://www.example.org")},
    {STR("www. www.. wwww"), STR("")},
    {STR("go to example.com."), STR("http://example.com")},
    {STR("go to shop.example.com/x?y"), STR("http://shop.example.com/x?y")},
    {STR("go to a.example/login"), STR("http://a.example/login")},
    {STR("read README.md, setup.py and a.out/b"), STR("http://a.out/b")},
    {STR("someone@example.com wrote to example.com@example.net"), STR("")},
    {STR("a=example.com"), STR("")},
    {STR("/example.com"), STR("")},
    {STR("Click.https://example.com/x"), STR("https://example.com/x")},
    {STR("x://example https://example.org x://"), STR("https://example.org")},
    {STR("ms-word:ofe|u|https://example.com/a.doc"), STR("https://example.com/a.doc")},
    {STR("http://0x7f000001/"), STR("http://0x7f000001/")},
    {STR("https://m\xc3\xbcnchen.example/\xc3\xbc\xe3\x80\x82z"),
     STR("https://m\xc3\xbcnchen.example/\xc3\xbc")},
    {STR("\xe2\x80\x9chttps://example.com/a\xe2\x80\x9d"), STR("https://example.com/a")},
    {STR("location='https://example.com/a'//b'"), STR("https://example.com/a")},
    {STR("https://example.com/it's"), STR("https://example.com/it's")},
    {STR("https://"), STR("https://")},
    {STR("https://example.com https://example.com"), STR("https://example.com https://example.com")},
    {STR("example..com .com com. a.com-"), STR("")},
};

static str all_links(str text, struct arena *arena)
{
    struct link_search search = {.text = text};
    struct buf found = buf_new(arena, 4096);
    struct link_found link;

    while (link_next(&search, arena, &link)) {
        if (found.n)
            buf_add_char(&found, ' ');
        buf_add(&found, link.target);
    }
    return buf_str(&found);
}

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str got = all_links(rows[i].text, arena);

        if (!str_eq(got, rows[i].wanted))
            fail_msg("%.*s: got %.*s, wanted %.*s", PS(rows[i].text), PS(got), PS(rows[i].wanted));
    }
    arena_free(arena);
}

static void test_bare(void **state)
{
    struct arena *arena = arena_new();
    struct link_search search = {.text = S("example.com www.example.com")};
    struct link_found link;

    (void)state;
    assert_true(link_next(&search, arena, &link) && link.bare && str_eq(link.written, S("example.com")));
    assert_true(link_next(&search, arena, &link) && !link.bare && str_eq(link.written, S("www.example.com")));
    assert_false(link_next(&search, arena, &link));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_bare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
