/* test_hosting.c: which links lead to places where anybody can put up something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "sender/hosting.h"

static struct arena *arena;
static struct hosting *hosting;

static int set_up(void **state)
{
    static char text[1 << 20];
    FILE *file = fopen(POSTERN_SOURCE_ROOT "/data/hosting.yaml", "rb");
    struct buf problems;

    (void)state;
    arena = arena_new();
    problems = buf_new(arena, 1 << 16);
    if (!file)
        return 1;
    hosting = hosting_new(S("hosting.yaml"), (str){text, fread(text, 1, sizeof(text), file)}, &problems);
    fclose(file);
    if (problems.n)
        print_error("%.*s", PS(buf_str(&problems)));
    return hosting ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    hosting_free(hosting);
    arena_free(arena);
    return 0;
}

static const struct {
    str url;
    str class; /* empty: none */
    str place;
    str tenant;
} rows[] = {
    {STR("https://shop.github.io/a"), STR("site-hosting"), STR("github.io"), STR("shop")},
    {STR("https://github.io/"), STR(""), STR(""), STR("")},
    {STR("https://www.weebly.com/"), STR(""), STR(""), STR("")},
    {STR("https://a.b.pages.dev./"), STR("site-hosting"), STR("pages.dev"), STR("a.b")},
    {STR("https://notgithub.io/"), STR(""), STR(""), STR("")},
    {STR("https://bit.ly/abc"), STR("shortener"), STR("bit.ly"), STR("")},
    {STR("https://docs.google.com/forms/d/e/abc/viewform"), STR("form"), STR("docs.google.com/forms"),
     STR("d")},
    {STR("https://docs.google.com/formsx"), STR(""), STR(""), STR("")},
    {STR("https://docs.google.com/document/d/abc"), STR(""), STR(""), STR("")},
    {STR("https://sites.google.com/view/shop/home"), STR("site-builder-path"), STR("sites.google.com/view"),
     STR("shop")},
    {STR("https://s3.amazonaws.com/bucket/a.html"), STR("object-store"), STR("s3.amazonaws.com"),
     STR("bucket")},
    {STR("https://bucket.s3.amazonaws.com/a.html"), STR("object-store"), STR("s3.amazonaws.com"),
     STR("bucket")},
    {STR("https://bucket.s3.eu-west-1.amazonaws.com/a.html"), STR("object-store"), STR("s3.*.amazonaws.com"),
     STR("bucket")},
    {STR("http://a.b.s3-website-us-east-1.amazonaws.com/"), STR("object-store"),
     STR("s3-website-*.amazonaws.com"), STR("a.b")},
    {STR("https://abc.lambda-url.us-east-1.on.aws/"), STR("site-hosting"), STR("lambda-url.*.on.aws"),
     STR("abc")},
    {STR("https://ec2-192-0-2-1.compute.amazonaws.com/"), STR(""), STR(""), STR("")},
    {STR("https://storage.googleapis.com/bucket/a.html"), STR("object-store"), STR("storage.googleapis.com"),
     STR("bucket")},
    {STR("https://bafy.ipfs.dweb.link/"), STR("ipfs"), STR("ipfs.dweb.link"), STR("")},
    {STR("https://a1b2.ngrok-free.app/"), STR("tunnel"), STR("ngrok-free.app"), STR("a1b2")},
    {STR("https://wa.me/491234"), STR("chat"), STR("wa.me"), STR("491234")},
    {STR("https://www.example.com/github.io"), STR(""), STR(""), STR("")},
    {STR("http://192.0.2.1/"), STR(""), STR(""), STR("")},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hosting_match match;
        struct url url;
        bool found;

        assert_true(url_parse(&url, rows[i].url, NULL, arena));
        found = hosting_find(hosting, &url, &match);
        if (found != (rows[i].class.n > 0) || (found && !str_eq(match.class->name, rows[i].class)) ||
            !str_eq(match.place, rows[i].place) || !str_eq(match.tenant, rows[i].tenant))
            fail_msg("%.*s: %.*s, %.*s, %.*s", PS(rows[i].url), PS(found ? match.class->name : S("none")),
                     PS(match.place), PS(match.tenant));
    }
}

/* Each place is found by a URL that is in it. */
static void test_every_place(void **state)
{
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < hosting_class_count(hosting); i++) {
        const struct hosting_class *class = hosting_class_at(hosting, i);

        for (size_t k = 0; k < class->place_count; k++, n++) {
            str place = arena_replace(arena, class->places[k], S("*"), S("x"));
            struct hosting_match match;
            struct url url;

            assert_true(
                url_parse(&url, arena_join(arena, S("https://tenant."), place, S("/tenant")), NULL, arena));
            if (!hosting_find(hosting, &url, &match) || match.place.n < place.n)
                fail_msg("%.*s: %.*s is not found", PS(class->name), PS(class->places[k]));
        }
    }
    assert_true(n >= 150 && hosting_class_count(hosting) >= 6);
}

static void test_wrong_file(void **state)
{
    struct buf problems = buf_new(arena, 4096);
    struct hosting_match match;
    struct url url;

    (void)state;
    assert_null(hosting_new(
        S("f"), S("classes:\n  a:\n    about: b\n    tenant: host\n    places: [A.example]\n"), &problems));
    assert_true(str_eq(buf_str(&problems),
                       S("f:5:14: \"A.example\" is not a host in lower case, perhaps with a path\n")));
    assert_true(url_parse(&url, S("https://bit.ly/abc"), NULL, arena));
    assert_false(hosting_find(NULL, &url, &match));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_every_place),
        cmocka_unit_test(test_wrong_file),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
