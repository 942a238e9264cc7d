/* test_unwrap.c: links unwrapped: the rows of data/links.yaml with their tests, nested ones, hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#include "base/base64.h"
#include "sender/unwrap.h"

static struct arena *arena;
static struct unwrap *unwrap;

static str read_data(const char *name)
{
    static char text[1 << 20];
    char path[4096];
    FILE *file;
    size_t n;

    snprintf(path, sizeof(path), POSTERN_SOURCE_ROOT "/data/%s", name);
    file = fopen(path, "rb");
    assert_non_null(file);
    n = fread(text, 1, sizeof(text), file);
    fclose(file);
    return (str){text, n};
}

static int set_up(void **state)
{
    struct buf problems;

    (void)state;
    arena = arena_new();
    problems = buf_new(arena, 1 << 16);
    unwrap = unwrap_new(S("links.yaml"), read_data("links.yaml"), true, &problems);
    if (problems.n)
        print_error("%.*s", PS(buf_str(&problems)));
    return unwrap ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    unwrap_free(unwrap);
    arena_free(arena);
    return 0;
}

static struct unwrapped follow(str text)
{
    struct url *url = arena_new_of(arena, struct url);
    struct unwrapped out;

    if (!url_parse(url, text, NULL, arena))
        fail_msg("%.*s is no URL", PS(text));
    unwrap_link(unwrap, url, &out, arena);
    return out;
}

/* Each vector is followed one hop: its row must be the one that fits. */
static unsigned check_vector(const struct unwrap_rule *rule, const struct unwrap_vector *vector)
{
    struct unwrapped out = follow(vector->url);
    struct url target;
    str got = out.n ? out.hops[0].url.href : S("nothing");
    const struct unwrap_rule *by = out.n ? out.hops[0].rule : out.opaque;

    if (by == rule && vector->target.n == 0 && out.n == 0)
        return 0;
    if (by == rule && out.n && url_parse(&target, vector->target, NULL, arena) && str_eq(got, target.href))
        return 0;
    print_error("%.*s: %.*s: got %.*s by %.*s, wanted %.*s\n", PS(rule->name), PS(vector->url), PS(got),
                PS(by ? by->name : S("no row")), PS(vector->target));
    return 1;
}

static void test_rows_of_the_file(void **state)
{
    unsigned wrong = 0, vectors = 0;

    (void)state;
    for (size_t i = 0; i < unwrap_rule_count(unwrap); i++) {
        const struct unwrap_rule *rule = unwrap_rule_at(unwrap, i);

        for (size_t k = 0; k < rule->vector_count; k++, vectors++)
            wrong += check_vector(rule, &rule->vectors[k]);
    }
    assert_true(unwrap_rule_count(unwrap) >= 150 && vectors >= unwrap_rule_count(unwrap));
    assert_int_equal(wrong, 0);
}

/* The platforms that rows name are there. */
static void test_platforms_of_the_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < unwrap_rule_count(unwrap); i++) {
        str platform = unwrap_rule_at(unwrap, i)->platform;
        char path[4096];

        snprintf(path, sizeof(path), POSTERN_SOURCE_ROOT "/data/platforms/%.*s.yaml", PS(platform));
        if (platform.n && access(path, R_OK) != 0)
            fail_msg("there is no %s", path);
    }
}

static str escape(str text)
{
    struct buf out = buf_new(arena, text.n * 3);

    for (size_t i = 0; i < text.n; i++)
        if (ascii_is_alnum(text.p[i]))
            buf_add_char(&out, text.p[i]);
        else
            buf_printf(&out, "%%%02X", (uint8_t)text.p[i]);
    return buf_str(&out);
}

static str in_google(str target)
{
    return arena_join(arena, S("https://www.google.com/url?sa=D&q="), escape(target), S(""));
}

static str in_safelinks(str target)
{
    return arena_join(arena, S("https://eur01.safelinks.protection.outlook.com/?url="), escape(target),
                      S("&reserved=0"));
}

static str in_ses(str target)
{
    return arena_join(arena, S("https://a.r.us-east-1.awstrack.me/L0/"), escape(target),
                      S("/1/0102018f0a1b2c3d-11111111-2222-3333-4444-555555555555-000000/a=1"));
}

static void test_nested(void **state)
{
    struct unwrapped out = follow(in_safelinks(in_ses(in_google(S("http://192.0.2.1/a?b=c#d")))));

    (void)state;
    assert_int_equal(out.n, 3);
    assert_true(str_eq(out.hops[0].rule->title, S("Microsoft Safe Links")));
    assert_true(str_eq(out.hops[1].rule->platform, S("amazonses")));
    assert_true(str_eq(out.hops[1].url.host, S("www.google.com")));
    assert_true(str_eq(out.target->href, S("http://192.0.2.1/a?b=c#d")));
    assert_null(out.opaque);
    assert_false(out.cut);
}

static void test_opaque_inside(void **state)
{
    struct unwrapped out = follow(in_google(S("https://t.co/AbC")));

    (void)state;
    assert_int_equal(out.n, 1);
    assert_true(str_eq(out.target->host, S("t.co")));
    assert_non_null(out.opaque);
}

static void test_partial(void **state)
{
    struct unwrapped out = follow(S("https://protect-eu.mimecast.com/s/AbC?domain=shop.example.com"));

    (void)state;
    assert_true(out.partial && out.n == 1);
    assert_true(str_eq(out.target->href, S("https://shop.example.com/")));
}

static void test_too_many_hops(void **state)
{
    str text = S("https://example.com/");
    struct unwrapped out;

    (void)state;
    for (unsigned i = 0; i < LIMIT_UNWRAP_HOPS; i++)
        text = in_google(text);
    out = follow(text);
    assert_true(out.n == LIMIT_UNWRAP_HOPS && str_eq(out.target->href, S("https://example.com/")));
    out = follow(in_google(text));
    assert_true(out.n == LIMIT_UNWRAP_HOPS && out.cut);
    assert_true(str_eq(out.target->host, S("www.google.com")));
}

static const struct {
    str url;
    bool opaque;
} none[] = {
    {STR("https://www.example.com/?url=https://example.net/"),
     false}, /* not a site that is known to hand on */
    {STR("https://www.google.com/url?q="), false},
    {STR("https://www.google.com/url?q=no+url"), false},
    {STR("https://www.google.com/url?q=//"), false},
    {STR("https://www.google.com/url?q=javascript:alert(1)"), false},
    {STR("https://www.google.com.example.net/url?q=https://example.com"), false},
    {STR("https://evilgoogle.com/url?q=https://example.com"), false},
    {STR("https://xsafelinks.protection.outlook.com.example.net/?url=https://example.com"), false},
    {STR("mailto:https://www.google.com/url?q=https://example.com"), false},
    {STR("https://email.example.net/c/eJzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"), true},
    {STR("https://mandrillapp.com/track/click/1/x?p=eyJhIjoxfQ"), false},
    {STR("https://urldefense.com/v3/__"), true},
    {STR("https://urldefense.com/v3/__https://a**b__;!!"), true},
};

static void test_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        struct unwrapped out = follow(none[i].url);

        if (out.n || (out.opaque != NULL) != none[i].opaque)
            fail_msg("%.*s: %.*s by %.*s", PS(none[i].url), PS(out.target->href),
                     PS(out.n        ? out.hops[0].rule->name
                        : out.opaque ? out.opaque->name
                                     : S("none")));
    }
}

static const struct {
    str url;
    str carried; /* empty: none */
} carried[] = {
    {STR("https://www.example.com/go.php?a=1&url=https%3A%2F%2Fexample.net%2Fx%3Fy%3Dz&b=2"),
     STR("https://example.net/x?y=z")},
    {STR("https://www.example.com/go.php?url=http://example.net"), STR("http://example.net/")},
    {STR("https://www.example.com/go.php?url=aHR0cHM6Ly9leGFtcGxlLm5ldC94"), STR("https://example.net/x")},
    {STR("https://www.example.com/#x=https://example.net/"), STR("https://example.net/")},
    {STR("https://www.example.com/?next=https://example.com/login"), STR("")}, /* its own site */
    {STR("https://www.example.com/?q=httpserver"), STR("")},
    {STR("https://www.example.com/?q=see+https://example.net/"), STR("")},
    {STR("https://www.example.com/https://example.net/"), STR("")},
};

static void test_carried(void **state)
{
    struct unwrapped out = follow(in_google(carried[0].url));

    (void)state;
    assert_true(out.n == 1 && out.carried && str_eq(out.carried->href, carried[0].carried));
    for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++) {
        out = follow(carried[i].url);
        if (out.n || !str_eq(out.carried ? out.carried->href : S(""), carried[i].carried))
            fail_msg("%.*s: %.*s", PS(carried[i].url), PS(out.carried ? out.carried->href : S("none")));
    }
}

static void test_without_rules(void **state)
{
    struct unwrapped out;
    struct url url;

    (void)state;
    assert_true(url_parse(&url, S("https://www.google.com/url?q=https://example.com"), NULL, arena));
    unwrap_link(NULL, &url, &out, arena);
    assert_true(out.n == 0 && out.target == &url && !out.opaque);
}

/* 10 MB of zeros in 10 KB: it is inflated up to the limit, and is no target. */
static void test_bomb(void **state)
{
    static unsigned char zeros[10 << 20], packed[1 << 16];
    uLongf n = sizeof(packed);
    str text;
    struct unwrapped out;

    (void)state;
    assert_int_equal(compress2(packed, &n, zeros, sizeof(zeros), 9), Z_OK);
    text = base64_encode((str){(char *)packed, n}, arena);
    text = arena_replace(arena, arena_replace(arena, text, S("+"), S("-")), S("/"), S("_"));
    out = follow(arena_join(arena, S("https://email.example.net/c/"), text, S("")));
    assert_true(out.n == 0 && out.opaque);
}

static const struct {
    const char *text;
    const char *problem;
} wrong[] = {
    {"links:\n  a:\n    title: A\n    kind: wrapper\n    hosts: [a.example]\n    tests: [{url: 'https://a.example/'}]\n",
     "f:2:3: there are no steps; a link that hides its target is \"opaque: yes\"\n"},
    {"links:\n  a:\n    title: A\n    kind: wrapper\n    opaque: yes\n    tests: [{url: 'https://a.example/'}]\n",
     "f:2:3: one of hosts and paths is needed, or each link would have to be looked at\n"},
    {"links:\n  a:\n    title: A\n    kind: wrapper\n    hosts: [a.example]\n    steps: [unzip]\n    tests: [{url: "
     "'https://a.example/'}]\n",
     "f:6:13: there is no step \"unzip\"\n"},
    {"links:\n  a:\n    title: A\n    kind: wrapper\n    hosts: [a.example]\n    steps: [parameter]\n    tests: [{url: "
     "'https://a.example/'}]\n",
     "f:6:13: the step \"parameter\" has not what it needs behind it\n"},
    {"links:\n  a:\n    title: A\n    kind: wrapper\n    paths: [a]\n    opaque: yes\n    tests: [{url: "
     "'https://a.example/'}]\n",
     "f:5:13: a path begins with a slash\n"},
};

static void test_wrong_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct buf problems = buf_new(arena, 4096);

        assert_null(unwrap_new(S("f"), str_from(wrong[i].text), false, &problems));
        if (!str_eq(buf_str(&problems), str_from(wrong[i].problem)))
            fail_msg("row %zu: %.*s", i, PS(buf_str(&problems)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_of_the_file),
        cmocka_unit_test(test_platforms_of_the_file),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_opaque_inside),
        cmocka_unit_test(test_partial),
        cmocka_unit_test(test_too_many_hops),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_carried),
        cmocka_unit_test(test_without_rules),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_wrong_files),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
