/* test_domain.c: normal forms, display, and public suffixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mail/domain.h"

#define L10 "aaaaaaaaaa"
#define L60 L10 L10 L10 L10 L10 L10
#define L63 L60 "aaa"

static const struct {
    str domain;
    bool valid;
    str wanted;
} normal_rows[] = {
    {STR("example.com"), true, STR("example.com")},
    {STR("EXAMPLE.Com"), true, STR("example.com")},
    {STR("example.com."), true, STR("example.com")},
    {STR("example.com.."), false, STR("")},
    {STR("com"), true, STR("com")},
    {STR("_dmarc.Example.com"), true, STR("_dmarc.example.com")},
    {STR("a_b-.example"), true, STR("a_b-.example")},
    {STR("-a.ab--c.example"), true, STR("-a.ab--c.example")},
    {STR("m\xc3\xbcnchen.example"), true, STR("xn--mnchen-3ya.example")},
    {STR("M\xc3\x9cNCHEN.example"), true, STR("xn--mnchen-3ya.example")},
    {STR("mu\xcc\x88nchen.example"), true, STR("xn--mnchen-3ya.example")}, /* u and a combining diaeresis */
    {STR("XN--mnchen-3YA.example"), true, STR("xn--mnchen-3ya.example")},
    {STR("fa\xc3\x9f.example"), true, STR("xn--fa-hia.example")}, /* non-transitional: not "fass" */
    {STR("_x.\xc3\xbc.example"), true, STR("_x.xn--tda.example")},
    {STR("a\xe3\x80\x82\xc3\xbc\xe3\x80\x82"), true, STR("a.xn--tda")}, /* ideographic full stops */
    {STR("\xef\xbd\x81.example"), true, STR("a.example")},              /* full width a */
    {STR("ex\xc2\xad"
         "ample.com"),
     true, STR("example.com")},                           /* a soft hyphen is no letter */
    {STR("xn--zz.example"), true, STR("xn--zz.example")}, /* no A-label, but DNS can have it */
    {STR(""), false, STR("")},
    {STR("."), false, STR("")},
    {STR("a..b"), false, STR("")},
    {STR(".a"), false, STR("")},
    {STR("[192.0.2.1]"), false, STR("")},
    {STR("a b.example"), false, STR("")},
    {STR("a\0b.example"), false, STR("")},
    {STR("\xc3\xbc\0b.example"), false, STR("")},
    {STR("a@b.example"), false, STR("")},
    {STR("a\xef\xbc\xa0"
         "b.example"),
     false, STR("")},                            /* a full width "@" would become one */
    {STR("m\xfcnchen.example"), false, STR("")}, /* Latin-1 */
    {STR(L63 ".example"), true, STR(L63 ".example")},
    {STR(L63 "a.example"), false, STR("")},
    {STR(L63 "." L63 "." L63 "." L60 "a"), true, STR(L63 "." L63 "." L63 "." L60 "a")},
    {STR(L63 "." L63 "." L63 "." L60 "aa"), false, STR("")},
};

static void test_normal(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(normal_rows) / sizeof(normal_rows[0]); i++) {
        str out = S("untouched");
        bool valid = domain_normal(normal_rows[i].domain, arena, &out);

        if (valid != normal_rows[i].valid || !str_eq(out, normal_rows[i].wanted))
            fail_msg("row %zu: %d %.*s", i, valid, PS(out));
    }
    arena_free(arena);
}

static void test_normal_does_not_copy(void **state)
{
    struct arena *arena = arena_new();
    str domain = S("example.com"), out;

    (void)state;
    assert_true(domain_normal(domain, arena, &out));
    assert_ptr_equal(out.p, domain.p);
    arena_free(arena);
}

static void test_display(void **state)
{
    static const struct {
        str domain, wanted;
    } rows[] = {
        {STR("example.com"), STR("example.com")},
        {STR("xn--mnchen-3ya.example"), STR("m\xc3\xbcnchen.example")},
        {STR("a.xn--tda"), STR("a.\xc3\xbc")},
        {STR("xn--zz.example"), STR("xn--zz.example")},
        {STR("xn--a.example"), STR("xn--a.example")},
        {STR("XN--tda.example"), STR("XN--tda.example")},
        {STR(""), STR("")},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str shown = domain_display(rows[i].domain, arena);

        if (!str_eq(shown, rows[i].wanted))
            fail_msg("row %zu: %.*s", i, PS(shown));
    }
    arena_free(arena);
}

static void test_labels(void **state)
{
    (void)state;
    assert_true(str_eq(domain_parent(S("a.b.c.example")), S("b.c.example")));
    assert_true(str_eq(domain_parent(S("example")), S("")));
    assert_true(str_eq(domain_parent(S("")), S("")));
    assert_int_equal(domain_labels(S("")), 0);
    assert_int_equal(domain_labels(S("example")), 1);
    assert_int_equal(domain_labels(S("a.b.example")), 3);
    assert_true(domain_under(S("example.com"), S("example.com")));
    assert_true(domain_under(S("a.example.com"), S("example.com")));
    assert_false(domain_under(S("badexample.com"), S("example.com")));
    assert_false(domain_under(S("example.com"), S("a.example.com")));
    assert_false(domain_under(S("example.com"), S("")));
    assert_false(domain_under(S(""), S("example.com")));
}

static const struct {
    str domain;
    bool public;
    str organisation;
} suffix_rows[] = {
    {STR("com"), true, STR("com")},
    {STR("example.com"), false, STR("example.com")},
    {STR("a.b.example.com"), false, STR("example.com")},
    {STR("co.uk"), true, STR("co.uk")},
    {STR("a.example.co.uk"), false, STR("example.co.uk")},
    {STR("uk"), true, STR("uk")},
    {STR("github.io"), false, STR("github.io")}, /* in the private section: somebody's own domain */
    {STR("a.github.io"), false, STR("github.io")},
    {STR("ck"), true, STR("ck")},
    {STR("any.ck"), true, STR("any.ck")}, /* the rule "*.ck" */
    {STR("a.b.any.ck"), false, STR("b.any.ck")},
    {STR("www.ck"), false, STR("www.ck")}, /* and its exception */
    {STR("a.www.ck"), false, STR("www.ck")},
    {STR("nosuchtld"), true, STR("nosuchtld")},
    {STR("a.b.nosuchtld"), false, STR("b.nosuchtld")},
    {STR("xn--p1ai"), true, STR("xn--p1ai")},
    {STR("a.example.xn--p1ai"), false, STR("example.xn--p1ai")},
    {STR(""), false, STR("")},
};

static void test_suffixes(void **state)
{
    struct err err;
    struct suffixes *suffixes = suffixes_load(NULL, &err);

    (void)state;
    assert_non_null(suffixes);
    for (size_t i = 0; i < sizeof(suffix_rows) / sizeof(suffix_rows[0]); i++) {
        if (suffixes_is_public(suffixes, suffix_rows[i].domain) != suffix_rows[i].public)
            fail_msg("%s", suffix_rows[i].domain.p);
        if (!str_eq(suffixes_organisation(suffixes, suffix_rows[i].domain), suffix_rows[i].organisation))
            fail_msg("%s", suffix_rows[i].domain.p);
    }
    suffixes_free(suffixes);
}

static void test_no_suffixes(void **state)
{
    (void)state;
    assert_true(suffixes_is_public(NULL, S("com")));
    assert_false(suffixes_is_public(NULL, S("co.uk")));
    assert_true(str_eq(suffixes_organisation(NULL, S("a.example.co.uk")), S("co.uk")));
    suffixes_free(NULL);
}

/* A list of one's own: text in the format of publicsuffix.org. */
static void test_own_list(void **state)
{
    char path[] = "/tmp/postern-suffixes-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    struct suffixes *suffixes;
    struct err err;

    (void)state;
    assert_non_null(file);
    fputs("// ===BEGIN ICANN DOMAINS===\ncom\nown.example\n// ===END ICANN DOMAINS===\n"
          "// ===BEGIN PRIVATE DOMAINS===\nprivate.example\n// ===END PRIVATE DOMAINS===\n",
          file);
    fclose(file);
    suffixes = suffixes_load(path, &err);
    assert_non_null(suffixes);
    assert_true(suffixes_is_public(suffixes, S("own.example")));
    assert_false(suffixes_is_public(suffixes, S("private.example")));
    suffixes_free(suffixes);
    unlink(path);
}

static void test_no_list(void **state)
{
    struct err err = {""};

    (void)state;
    assert_null(suffixes_load("/nonexistent/list", &err));
    assert_non_null(strstr(err.words, "/nonexistent/list"));
    assert_null(suffixes_load("/etc/passwd", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal),   cmocka_unit_test(test_normal_does_not_copy),
        cmocka_unit_test(test_display),  cmocka_unit_test(test_labels),
        cmocka_unit_test(test_suffixes), cmocka_unit_test(test_no_suffixes),
        cmocka_unit_test(test_own_list), cmocka_unit_test(test_no_list),
    };

    return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
