/* test_url.c: URLs: what is odd about them, and their parts. The public data is run by tests/suites/url.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/limits.h"
#include "mail/url.h"

#define ODD(id) (1U << URL_##id)

static const struct {
    str text;
    str href; /* empty: no URL */
    unsigned odd;
} rows[] = {
    {STR("https://www.example.com/a?b=c#d"), STR("https://www.example.com/a?b=c#d"), 0},
    {STR("https://www.example.com/"), STR("https://www.example.com/"), 0},
    {STR("https://www.example.com"), STR("https://www.example.com/"), 0},
    {STR("https://www.example.com/a//b?c'd"), STR("https://www.example.com/a//b?c%27d"), 0},
    {STR("https://www.example.com:443/"), STR("https://www.example.com/"), 0},
    {STR("https://www.example.com:8443/"), STR("https://www.example.com:8443/"), ODD(PORT)},
    {STR(" https://www.example.com/ "), STR("https://www.example.com/"), 0},
    {STR("ht\ntps://www.exam\tple.com/"), STR("https://www.example.com/"), ODD(CONTROL)},
    {STR("https:\\\\www.example.com\\a"), STR("https://www.example.com/a"), ODD(BACKSLASH)},
    {STR("https:www.example.com"), STR("https://www.example.com/"), ODD(SLASHES)},
    {STR("https:////www.example.com"), STR("https://www.example.com/"), ODD(SLASHES)},
    {STR("https://me@example.com/"), STR("https://me@example.com/"), ODD(USERINFO)},
    {STR("https://www.example.com@example.net/"), STR("https://www.example.com@example.net/"),
     ODD(USERINFO) | ODD(USERINFO_HOST)},
    {STR("https://www.example.com:a@b@example.net/"), STR("https://www.example.com:a%40b@example.net/"),
     ODD(USERINFO) | ODD(USERINFO_HOST)},
    {STR("http://192.0.2.1/"), STR("http://192.0.2.1/"), ODD(IP)},
    {STR("http://0xc0.0.01001/"), STR("http://192.0.2.1/"), ODD(IP) | ODD(IP_FORM)},
    {STR("http://3221225985"), STR("http://192.0.2.1/"), ODD(IP) | ODD(IP_FORM)},
    {STR("http://192.0.2.256/"), STR(""), 0},
    {STR("http://[2001:DB8:0:0::1]/"), STR("http://[2001:db8::1]/"), ODD(IP)},
    {STR("http://xn--mnchen-3ya.example/"), STR("http://xn--mnchen-3ya.example/"), ODD(PUNYCODE)},
    {STR("http://M\xc3\x9cnchen.example/"), STR("http://xn--mnchen-3ya.example/"),
     ODD(PUNYCODE) | ODD(HOST_UNICODE)},
    {STR("http://\xef\xbd\x81.example/"), STR("http://a.example/"), ODD(HOST_UNICODE) | ODD(HOST_MAPPED)},
    {STR("http://ex\xc2\xad"
         "ample.com/"),
     STR("http://example.com/"), ODD(HOST_UNICODE) | ODD(HOST_MAPPED)},
    {STR("http://p\xd0\xb0ypal.example/"), STR("http://xn--pypal-4ve.example/"),
     ODD(PUNYCODE) | ODD(HOST_UNICODE) | ODD(HOST_MIXED)},
    {STR("http://xn--pypal-4ve.example/"), STR("http://xn--pypal-4ve.example/"),
     ODD(PUNYCODE) | ODD(HOST_MIXED)},
    {STR("http://i\xe2\x9d\xa4.example/"), STR("http://xn--i-7iq.example/"),
     ODD(PUNYCODE) | ODD(HOST_UNICODE)},
    {STR("http://e%78ample.com/"), STR("http://example.com/"), ODD(HOST_PERCENT)},
    {STR("http://example.com./"), STR("http://example.com./"), ODD(HOST_DOT)},
    {STR("http://example.com/a/../b/%2e/c"), STR("http://example.com/b/c"), ODD(DOT_SEGMENTS)},
    {STR("http://example.com/\xff"), STR("http://example.com/%EF%BF%BD"), ODD(BAD_UTF8)},
    {STR("http://ex ample.com/"), STR(""), 0},
    {STR("http://example.com%2fa/"), STR(""), ODD(HOST_PERCENT)},
    {STR("http:///"), STR(""), ODD(SLASHES)},
    {STR("www.example.com/"), STR(""), 0},
    {STR(""), STR(""), 0},
    {STR("mailto:someone@example.com"), STR("mailto:someone@example.com"), 0},
    {STR("javascript:alert(1)"), STR("javascript:alert(1)"), 0},
};

static unsigned odd_of(const struct url *url)
{
    unsigned odd = 0;

    for (unsigned i = 0; i < URL_ODDITIES; i++)
        odd |= (unsigned)url->odd[i] << i;
    return odd;
}

static void test_parse(void **state)
{
    struct arena *arena = arena_new();
    struct url url;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool good = url_parse(&url, rows[i].text, NULL, arena);

        if (good != (rows[i].href.n > 0) || !str_eq(url.href, rows[i].href) || odd_of(&url) != rows[i].odd)
            fail_msg("row %zu: %.*s is %.*s, odd %x, wanted %x", i, PS(rows[i].text), PS(url.href),
                     odd_of(&url), rows[i].odd);
    }
    arena_free(arena);
}

static void test_plain_is_not_copied(void **state)
{
    struct arena *arena = arena_new();
    str text = S("https://www.example.com/a/b.c?d=%2F&e#f");
    struct arena_mark mark = arena_mark(arena);
    struct url url;

    (void)state;
    assert_true(url_parse(&url, text, NULL, arena));
    assert_ptr_equal(url.href.p, text.p);
    assert_int_equal(arena_mark(arena).used, mark.used);
    assert_true(str_eq(url.host, S("www.example.com")) && str_eq(url.path, S("/a/b.c")));
    assert_true(str_eq(url.query, S("d=%2F&e")) && str_eq(url.fragment, S("f")));
    assert_int_equal(url_port(&url), 443);
    assert_true(url_is_web(&url));
    arena_free(arena);
}

static void test_parts(void **state)
{
    struct arena *arena = arena_new();
    struct url url;
    str value;

    (void)state;
    assert_true(url_parse(&url, S("http://example.com./?a=1&url=x%2By+z&&url=2&c"), NULL, arena));
    assert_true(str_eq(url_host_name(&url), S("example.com")));
    assert_true(url_parameter(url.query, S("url"), &value) && str_eq(value, S("x%2By+z")));
    assert_true(str_eq(url_unescape(value, true, arena), S("x+y z")));
    assert_true(str_eq(url_unescape(value, false, arena), S("x+y+z")));
    assert_true(url_parameter(url.query, S("c"), &value) && value.n == 0);
    assert_false(url_parameter(url.query, S("b"), &value));
    assert_true(str_eq(url_unescape(S("%4%41%zz%"), false, arena), S("%4A%zz%")));
    arena_free(arena);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(url_oddity_name(URL_IP_FORM), "ip-form");
    assert_string_equal(url_oddity_words(URL_BAD_UTF8), "it has bytes that are no UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_plain_is_not_copied),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
