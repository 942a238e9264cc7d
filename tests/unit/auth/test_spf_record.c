/* test_spf_record.c: terms of SPF records, right and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "auth/spf_record.h"

static const struct {
    const char *term;
    enum spf_kind kind;
    enum result qualifier;
    const char *domain;
    unsigned bits4, bits6;
} rows[] = {
    {"all", SPF_ALL, RESULT_PASS, "", 32, 128},
    {"-ALL", SPF_ALL, RESULT_FAIL, "", 32, 128},
    {"~all", SPF_ALL, RESULT_SOFTFAIL, "", 32, 128},
    {"?aLl", SPF_ALL, RESULT_NEUTRAL, "", 32, 128},
    {"a", SPF_A, RESULT_PASS, "", 32, 128},
    {"a/24", SPF_A, RESULT_PASS, "", 24, 128},
    {"a//64", SPF_A, RESULT_PASS, "", 32, 64},
    {"a/0//0", SPF_A, RESULT_PASS, "", 0, 0},
    {"mx:example.com/24//64", SPF_MX, RESULT_PASS, "example.com", 24, 64},
    {"a:%{d}/16", SPF_A, RESULT_PASS, "%{d}", 16, 128},
    {"a:%{d1r/}.example.com/16", SPF_A, RESULT_PASS, "%{d1r/}.example.com", 16, 128},
    {"a:foo/24.example.com", SPF_A, RESULT_PASS, "foo/24.example.com", 32, 128},
    {"a:example.com.", SPF_A, RESULT_PASS, "example.com.", 32, 128},
    {"a:example.xn--p1ai", SPF_A, RESULT_PASS, "example.xn--p1ai", 32, 128},
    {"a:x.1a", SPF_A, RESULT_PASS, "x.1a", 32, 128},
    {"+include:_spf.example.com", SPF_INCLUDE, RESULT_PASS, "_spf.example.com", 32, 128},
    {"-exists:%{ir}.%{v}._spf.%{d2}", SPF_EXISTS, RESULT_FAIL, "%{ir}.%{v}._spf.%{d2}", 32, 128},
    {"exists:%{S}%%%_%-", SPF_EXISTS, RESULT_PASS, "%{S}%%%_%-", 32, 128},
    {"ptr", SPF_PTR, RESULT_PASS, "", 32, 128},
    {"ptr:example.com", SPF_PTR, RESULT_PASS, "example.com", 32, 128},
    {"ip4:192.0.2.0/24", SPF_IP4, RESULT_PASS, "", 24, 128},
    {"IP4:192.0.2.1", SPF_IP4, RESULT_PASS, "", 32, 128},
    {"ip6:2001:db8::/32", SPF_IP6, RESULT_PASS, "", 32, 32},
    {"ip6:::ffff:192.0.2.1", SPF_IP6, RESULT_PASS, "", 32, 128},
    {"redirect=_spf.example.com", SPF_REDIRECT, RESULT_UNKNOWN, "_spf.example.com", 32, 128},
    {"EXP=%{d}", SPF_EXP, RESULT_UNKNOWN, "%{d}", 32, 128},
    {"x-y_z.1=", SPF_OTHER, RESULT_UNKNOWN, "", 32, 128},
    {"include=example", SPF_OTHER, RESULT_UNKNOWN, "example", 32, 128},
    {"x=%{r}:/", SPF_OTHER, RESULT_UNKNOWN, "%{r}:/", 32, 128},
};

static void test_terms(void **state)
{
    struct spf_term term;
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str rest = str_from(rows[i].term);

        if (!spf_next(&rest, &term, &why))
            fail_msg("%s: %s", rows[i].term, why);
        assert_int_equal(rest.n, 0);
        assert_true(str_eq(term.text, str_from(rows[i].term)));
        assert_int_equal(term.kind, rows[i].kind);
        assert_int_equal(term.qualifier, rows[i].qualifier);
        assert_int_equal(term.bits4, rows[i].bits4);
        assert_int_equal(term.bits6, rows[i].bits6);
        assert_true(str_eq(term.domain, str_from(rows[i].domain)));
    }
}

static const char *const wrong[] = {
    "-",
    "--all",
    "+-all",
    "all:",
    "all/",
    "all.",
    "a:",
    "a/",
    "a//",
    "a///64",
    "a/24/64",
    "a/33",
    "a//129",
    "a/024",
    "a/-1",
    "a/2147483648000000000000",
    "a:example",
    "a:example.",
    "a:.",
    "a:192.0.2.1",
    "a:2001:db8::1",
    "a:x.123",
    "a:x.-a",
    "a:x.a-",
    "a:%{d",
    "a:%{}",
    "a:%{x}",
    "a:%{c}",
    "a:%{d0}",
    "a:%{dr2}",
    "a:%{d*}",
    "a:%d",
    "a:%",
    "a:x%",
    "a:%{d}.",
    "a:%{d}x",
    "mxx",
    "mx:a",
    "include",
    "include:",
    "include:x.example/24",
    "exists",
    "exists/24",
    "ptr/24",
    "ip4",
    "ip4:",
    "ip4:192.0.2",
    "ip4:192.0.2.01",
    "ip4:192.0.2.1/33",
    "ip4:192.0.2.1//32",
    "ip4:2001:db8::1",
    "ip4:192.0.2.1:25",
    "ip6:192.0.2.1",
    "ip6:2001:db8::/129",
    "ip6:2001:db8::%eth0",
    "redirect:x.example",
    "-redirect=x.example",
    "redirect=",
    "redirect=x",
    "exp=",
    "=x",
    "1=x",
    "x=%",
    "x=\x7f",
    "x=\xc3\xa4",
    "ip:192.0.2.1",
    "ipv4:192.0.2.1",
    "\tall",
    "all\r",
};

static const struct ip client = {.family = 4, .bytes = {192, 0, 2, 1}};

static void test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct spf_record record;
        char text[128];

        snprintf(text, sizeof(text), "v=spf1 ip4:192.0.2.1 %s -all", wrong[i]);
        spf_record_read(&record, str_from(text), client);
        if (!record.why)
            fail_msg("accepted: %s", wrong[i]);
        assert_true(record.bad.n > 0);
    }
}

static void test_versions(void **state)
{
    (void)state;
    assert_true(spf_is_record(S("v=spf1")));
    assert_true(spf_is_record(S("V=SPF1 ")));
    assert_true(spf_is_record(S("v=spf1 all")));
    assert_false(spf_is_record(S("v=spf10 all")));
    assert_false(spf_is_record(S("v=spf1\tall")));
    assert_false(spf_is_record(S(" v=spf1 all")));
    assert_false(spf_is_record(S("\"v=spf1 all\"")));
    assert_false(spf_is_record(S("v=spf")));
    assert_false(spf_is_record(S("")));
}

static void test_remarks(void **state)
{
    struct spf_record record;

    (void)state;
    spf_record_read(&record,
                    S("v=spf1 -ip4:0.0.0.0/0 ip4:192.0.2.0/8 ip4:64.0.0.0/7 ptr:example.com +all a "
                      "redirect=b.example exp=c.example mx=d.example"),
                    client);
    assert_null(record.why);
    assert_true(str_eq(record.wide, S("ip4:64.0.0.0/7")));
    assert_true(str_eq(record.ptr, S("ptr:example.com")));
    assert_true(str_eq(record.unreachable, S("a")));
    assert_true(str_eq(record.mistaken, S("mx=d.example")));
    assert_true(record.has_redirect && str_eq(record.redirect.domain, S("b.example")));
    assert_true(record.has_exp && str_eq(record.exp.domain, S("c.example")));
    spf_record_read(&record, S("v=spf1 redirect=b.example ?all ip4:0.0.0.0/0 x=y"), client);
    assert_int_equal(record.wide.n, 0); /* never reached */
    assert_true(str_eq(record.unreachable, S("ip4:0.0.0.0/0")));
    assert_int_equal(record.mistaken.n, 0);
    spf_record_read(&record, S("v=spf1 redirect=b.example ?all"), client);
    assert_true(str_eq(record.unreachable, S("redirect=b.example")));
    spf_record_read(&record, S("v=spf1 a//0 ip6:2000::/3"), client);
    assert_true(str_eq(record.wide, S("a//0")));
    spf_record_read(&record, S("v=spf1 exp=a.example exp=a.example"), client);
    assert_non_null(record.why);
    spf_record_read(&record, S("v=spf1 redirect=a.example REDIRECT=b.example"), client);
    assert_non_null(record.why);
}

/* What is kept for an address: what needs DNS, up to the first literal that matches. */
static void test_kept(void **state)
{
    struct spf_record record;
    char text[256] = "v=spf1 ip4:198.51.100.1";

    (void)state;
    spf_record_read(&record, S("v=spf1 ip4:198.51.100.0/24 a mx ip6:::/0 ~ip4:192.0.2.0/24 a -all"), client);
    assert_int_equal(record.n, 3);
    assert_int_equal(record.terms[0].kind, SPF_A);
    assert_int_equal(record.terms[1].kind, SPF_MX);
    assert_true(str_eq(record.terms[2].text, S("~ip4:192.0.2.0/24")));
    spf_record_read(&record, S("v=spf1 ip4:198.51.100.0/24 redirect=a.example"), client);
    assert_int_equal(record.n, 0);
    for (int i = 0; i < LIMIT_SPF_TERMS + 5; i++)
        strcat(text, " ptr");
    spf_record_read(&record, str_from(strcat(text, " +all")), client);
    assert_int_equal(record.n, LIMIT_SPF_TERMS + 1);
    assert_int_equal(record.terms[LIMIT_SPF_TERMS].kind, SPF_PTR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_terms), cmocka_unit_test(test_wrong),
                                       cmocka_unit_test(test_versions), cmocka_unit_test(test_remarks),
                                       cmocka_unit_test(test_kept)};

    return cmocka_run_group_tests_name("spf_record", tests, NULL, NULL);
}
