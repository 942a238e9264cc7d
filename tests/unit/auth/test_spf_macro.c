/* test_spf_macro.c: macro strings of SPF; the first rows are the examples of RFC 7208 section 7.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "auth/spf_macro.h"
#include "base/limits.h"

static const struct spf_macros macros = {
    .sender = STR("strong-bad@email.example.com"),
    .local = STR("strong-bad"),
    .sender_domain = STR("email.example.com"),
    .domain = STR("email.example.com"),
    .helo = STR("mx_out!.example.org"),
    .validated = STR("mx.example.org"),
    .client = {.family = 4, .bytes = {192, 0, 2, 3}},
    .now = 1700000000,
};

static const struct {
    const char *text, *wanted;
} rows[] = {
    {"%{s}", "strong-bad@email.example.com"},
    {"%{o}", "email.example.com"},
    {"%{d}", "email.example.com"},
    {"%{d4}", "email.example.com"},
    {"%{d3}", "email.example.com"},
    {"%{d2}", "example.com"},
    {"%{d1}", "com"},
    {"%{dr}", "com.example.email"},
    {"%{d2r}", "example.email"},
    {"%{l}", "strong-bad"},
    {"%{l-}", "strong.bad"},
    {"%{lr}", "strong-bad"},
    {"%{lr-}", "bad.strong"},
    {"%{l1r-}", "strong"},
    {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
    {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
    {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
    {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
    {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
    {"%{S}", "strong-bad%40email.example.com"},
    {"%{H}", "mx_out%21.example.org"},
    {"%{h_}", "mx.out!.example.org"},
    {"%{h2_.}", "example.org"},
    {"%{hr_.}", "org.example.out!.mx"},
    {"%{L1R-}", "strong"},
    {"%{DR}", "com.example.email"},
    {"%{d99999999999999999999999}", "email.example.com"},
    {"%%%_%-", "% %20"},
    {"a%{p}b", "amx.example.orgb"},
    {"%{c} %{r} %{t}", "192.0.2.3 unknown 1700000000"},
    {"", ""},
};

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool cut;
        str got, text = str_from(rows[i].text);

        if (spf_macro_check(text, SPF_MACRO_EXPLANATION))
            fail_msg("%s: %s", rows[i].text, spf_macro_check(text, SPF_MACRO_EXPLANATION));
        got = spf_macro_expand(text, &macros, LIMIT_SPF_MACRO, arena, &cut);
        if (cut || !str_eq(got, str_from(rows[i].wanted)))
            fail_msg("%s: got %.*s, wanted %s", rows[i].text, PS(got), rows[i].wanted);
    }
    arena_free(arena);
}

static void test_ipv6(void **state)
{
    struct arena *arena = arena_new();
    struct spf_macros v6 = macros;
    bool cut;

    (void)state;
    assert_true(ip_parse(S("2001:db8::cb01"), &v6.client));
    assert_true(str_eq(spf_macro_expand(S("%{ir}.%{v}"), &v6, LIMIT_SPF_MACRO, arena, &cut),
                       S("1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6")));
    assert_true(
        str_eq(spf_macro_expand(S("%{c} %{i1}"), &v6, LIMIT_SPF_MACRO, arena, &cut), S("2001:db8::cb01 1")));
    arena_free(arena);
}

static const struct {
    const char *text;
    enum spf_macro_place place;
} wrong[] = {
    {"", SPF_MACRO_DOMAIN},
    {"%{r}.example.com", SPF_MACRO_DOMAIN},
    {"%{T}", SPF_MACRO_DOMAIN},
    {"a b.example", SPF_MACRO_DOMAIN},
    {"a b", SPF_MACRO_VALUE},
    {"a\tb", SPF_MACRO_EXPLANATION},
    {"a\r\nb", SPF_MACRO_EXPLANATION},
    {"100%", SPF_MACRO_EXPLANATION},
    {"%{u}", SPF_MACRO_EXPLANATION},
    {"\xc3\xa4", SPF_MACRO_EXPLANATION},
    {"%{l!}", SPF_MACRO_EXPLANATION},
    {"%{lrr}", SPF_MACRO_EXPLANATION},
    {"%{l0}", SPF_MACRO_EXPLANATION},
    {"%{l00r}", SPF_MACRO_EXPLANATION},
    {"%{", SPF_MACRO_EXPLANATION},
    {"%{%{l}}", SPF_MACRO_EXPLANATION},
    {"%{ l}", SPF_MACRO_EXPLANATION},
};

static void test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (!spf_macro_check(str_from(wrong[i].text), wrong[i].place))
            fail_msg("accepted: %s", wrong[i].text);
    assert_null(spf_macro_check(S("a b %{c}%{r}%{t}!"), SPF_MACRO_EXPLANATION));
    assert_null(spf_macro_check(S(""), SPF_MACRO_EXPLANATION));
    assert_null(spf_macro_check(S(""), SPF_MACRO_VALUE));
    assert_true(spf_macro_has(S("a%{P1r-}.example"), S("p")));
    assert_false(spf_macro_has(S("%%p%{d}p"), S("p")));
}

/* Section 7.3: labels go from the left until 253 bytes are left. */
static void test_long_domain(void **state)
{
    struct arena *arena = arena_new();
    struct spf_macros odd = macros;
    char local[300];
    str name;

    (void)state;
    for (size_t i = 0; i < sizeof(local); i++)
        local[i] = i % 50 == 49 ? '.' : 'a';
    odd.local = (str){local, sizeof(local)};
    name = spf_macro_domain(S("%{l}.x.example.com."), &odd, arena);
    assert_true(name.n <= 253 && name.n > 253 - 50);
    assert_true(str_ends(name, S(".x.example.com")) && name.p[0] == 'a');
    /* A label that is too long by itself leaves no name but the end. */
    memset(local, 'a', sizeof(local));
    assert_true(str_eq(spf_macro_domain(S("%{l}.x.example.com"), &odd, arena), S("x.example.com")));
    assert_int_equal(spf_macro_domain(S("%{l}"), &odd, arena).n, 0);
    arena_free(arena);
}

/* However long values and text are: bounded, and in time that does not grow with their product. */
static void test_hostile(void **state)
{
    struct arena *arena = arena_new();
    struct spf_macros odd = macros;
    size_t n = 4 << 20;
    char *huge = malloc(n);
    char *text = malloc(60000);
    bool cut;

    (void)state;
    assert_non_null(huge);
    assert_non_null(text);
    memset(huge, '.', n);
    odd.local = odd.helo = (str){huge, n};
    for (size_t i = 0; i + 6 <= 60000; i += 6)
        memcpy(text + i, i % 12 ? "%{l1r}" : "%{H1-}", 6);
    assert_null(spf_macro_check((str){text, 60000}, SPF_MACRO_DOMAIN));
    assert_true(spf_macro_expand((str){text, 60000}, &odd, LIMIT_SPF_MACRO, arena, &cut).n <=
                LIMIT_SPF_MACRO);
    memset(huge, 'a', n);
    assert_true(spf_macro_expand((str){text, 60000}, &odd, LIMIT_SPF_MACRO, arena, &cut).n ==
                LIMIT_SPF_MACRO);
    assert_true(cut);
    assert_int_equal(spf_macro_domain((str){text, 60000}, &odd, arena).n, 0);
    assert_true(arena_size(arena) < (1 << 20));
    free(text);
    free(huge);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_ipv6),
                                       cmocka_unit_test(test_wrong), cmocka_unit_test(test_long_domain),
                                       cmocka_unit_test(test_hostile)};

    return cmocka_run_group_tests_name("spf_macro", tests, NULL, NULL);
}
