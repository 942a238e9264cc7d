/* test_authres.c: Authentication-Results, as receivers write them and as we do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "auth/authres.h"
#include "base/limits.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* What was read, in one line: "id/version[i]!: method/version=word->result{comment}[reason] type.name<value>;
 * ..." with "!" for syntax. */
static str told(const struct authres *a)
{
    struct buf buf = buf_new(arena, SIZE_MAX);

    if (a->has_id)
        buf_printf(&buf, "%.*s", PS(a->id));
    if (a->version != 1)
        buf_printf(&buf, "/%u", a->version);
    if (a->instance)
        buf_printf(&buf, "[%u]", a->instance);
    buf_printf(&buf, "%s:%s", a->syntax ? "!" : "", a->none ? " none" : "");
    for (size_t i = 0; i < a->n; i++) {
        const struct authres_result *r = &a->results[i];

        buf_printf(&buf, "%s %.*s", i ? ";" : "", PS(r->method));
        if (r->version != 1)
            buf_printf(&buf, "/%u", r->version);
        buf_printf(&buf, "=%.*s", PS(r->word));
        if (!str_eq(r->word, str_from(result_name(r->result))))
            buf_printf(&buf, "->%s%s", result_name(r->result), r->bestguess ? "(guess)" : "");
        if (r->comment.n)
            buf_printf(&buf, "{%.*s}", PS(r->comment));
        if (r->reason.n)
            buf_printf(&buf, "[%.*s]", PS(r->reason));
        for (size_t k = 0; k < r->property_count; k++)
            buf_printf(&buf, " %.*s.%.*s<%.*s>", PS(r->properties[k].type), PS(r->properties[k].name),
                       PS(r->properties[k].value));
    }
    return buf_str(&buf);
}

struct reading {
    const char *value;
    const char *told;
};

static const struct reading good[] = {
    /* RFC 8601 appendix B */
    {" example.org 1; none", "example.org: none"},
    {"example.com;\r\n          spf=pass smtp.mailfrom=example.net",
     "example.com: spf=pass smtp.mailfrom<example.net>"},
    {"example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n spf=pass smtp.mailfrom=example.net",
     "example.com: auth=pass{cram-md5} smtp.auth<sender@example.net>; spf=pass smtp.mailfrom<example.net>"},
    {"foo.example.net (foobar) 1 (baz);\r\n  dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
     "    policy (A dot can go here) . (like that) expired\r\n"
     "    (this surprised me) = (as I wasn't expecting it) 1362471462",
     "foo.example.net: dkim=fail policy.expired<1362471462>"},
    {"example.com; dkim=pass reason=\"good signature\" header.i=@mail-router.example.net",
     "example.com: dkim=pass[good signature] header.i<@mail-router.example.net>"},
    {"mx.example.com; spf=softfail (domain of a@example.org (really) does \\) not) smtp.mailfrom=\"a b\"@example.org",
     "mx.example.com: spf=softfail{domain of a@example.org (really) does ) not} smtp.mailfrom<a b@example.org>"},
    {"mx.example.com; spf=pass smtp.mailfrom=bounces+12-3=user=example.net@em.example.com",
     "mx.example.com: spf=pass smtp.mailfrom<bounces+12-3=user=example.net@em.example.com>"},
    {"mx.example.com; spf=pass smtp.mailfrom=\"b+1=u=example.net@em.example.com\"; dkim=none",
     "mx.example.com: spf=pass smtp.mailfrom<b+1=u=example.net@em.example.com>; dkim=none"},
    {"mx.example.com; dkim=pass header.b=\"VX/1+a==\" header.d=example.org",
     "mx.example.com: dkim=pass header.b<VX/1+a==> header.d<example.org>"},
    {"mx.example.com; dkim=pass header.b=\"a\\\"; spf=pass \\\\\"",
     "mx.example.com: dkim=pass header.b<a\"; spf=pass \\>"},
    {"\"mx one\"; spf=pass", "mx one: spf=pass"},
    {"mx.example.com 2; dkim/3=pass", "mx.example.com/2: dkim/3=pass"},
    {"MX.example.com; SPF=Pass; DKIM=NEUTRAL", "MX.example.com: spf=Pass->pass; dkim=NEUTRAL->neutral"},
    {"mx.example.com; spf=hardfail; dmarc=bestguesspass; x=error",
     "mx.example.com: spf=hardfail->fail; dmarc=bestguesspass->none(guess); x=error->temperror"},
    {"mx.example.com; dmarc=skipped", "mx.example.com: dmarc=skipped->unknown"},
    {"mx.example.com; dmarc=pass(p=REJECT) header.from=example.org",
     "mx.example.com: dmarc=pass{p=REJECT} header.from<example.org>"},
    {"mx.example.com; arc=fail (i=2)(seal) header.s=sel", "mx.example.com: arc=fail{i=2 seal} header.s<sel>"},
    {"mx.example.com; dkim=fail reason=\"bad\" (2048-bit key; unprotected) header.d=example.org",
     "mx.example.com: dkim=fail{2048-bit key; unprotected}[bad] header.d<example.org>"},
    {"mx.example.com; spf=pass smtp.mailfrom=example.org (client-ip=192.0.2.1; helo=a.example)",
     "mx.example.com: spf=pass smtp.mailfrom<example.org>"},
    {"mx.example.com; iprev=pass policy.iprev=2001:db8::1",
     "mx.example.com: iprev=pass policy.iprev<2001:db8::1>"},
    {"mx.example.com; bimi=pass policy.authority-uri= https://example.org/a/b.pem policy.x=1",
     "mx.example.com: bimi=pass policy.authority-uri<https://example.org/a/b.pem> policy.x<1>"},
    {"mx.example.com; spf=pass smtp.mailfrom=\"\"", "mx.example.com: spf=pass smtp.mailfrom<>"},
    {"mx.example.com; dmarc=pass header.from=<a@example.org>",
     "mx.example.com: dmarc=pass header.from<<a@example.org>>"},
};

static const struct reading odd[] = {
    /* no authserv-id */
    {"spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=b.example.com; dkim=pass (signature was verified)\r\n"
     " header.d=example.com;dmarc=pass action=none header.from=example.com;compauth=pass reason=100",
     "!: spf=pass{sender IP is 192.0.2.1} smtp.mailfrom<b.example.com>;"
     " dkim=pass{signature was verified} header.d<example.com>;"
     " dmarc=pass .action<none> header.from<example.com>; compauth=pass[100]"},
    {"dkim=none (message not signed) header.d=none;mx.example.com; dmarc=none action=none header.from=;",
     "!: dkim=none{message not signed} header.d<none>; dmarc=none .action<none> header.from<>"},
    {"spf=none (sender IP is ) smtp.mailfrom= smtp.helo=a.example;", /* an empty value, then another */
     "!: spf=none{sender IP is } smtp.mailfrom<> smtp.helo<a.example>"},
    {"none", "!: none"},
    {"mx.example.com", "mx.example.com!:"},
    {"mx.example.com;", "mx.example.com!:"},
    {"", "!:"},
    {";", "!:"},
    {"; spf=pass", "!: spf=pass"},
    /* semicolons too few and too many */
    {"mx.example.com spf=pass smtp.mailfrom=a.example; dkim=pass header.d=b.example",
     "mx.example.com!: spf=pass smtp.mailfrom<a.example>; dkim=pass header.d<b.example>"},
    /* a value with a space in it begins no result */
    {"mx.example.com; spf=pass smtp.helo=x dmarc=pass header.from=a.example",
     "mx.example.com!: spf=pass smtp.helo<x> .dmarc<pass> header.from<a.example>"},
    {"mx.example.com; x.y=z dmarc=pass header.from=a.example", "mx.example.com!:"},
    {"mx.example.com x-tls.subject=\"/C=DE;O=x\"; auth=fail (cipher=x)",
     "mx.example.com!: auth=fail{cipher=x}"},
    {"mx.example.com;; spf=pass;", "mx.example.com!: spf=pass"},
    {"mx.example.com; dkim=pass (ok); header.i=@a.example",
     "mx.example.com!: dkim=pass{ok} header.i<@a.example>"},
    {"mx.example.com; header.from=a@a.example; dkim=neutral", "mx.example.com!: dkim=neutral"},
    {"mx.example.com; spf=pass client-ip=192.0.2.1; envelope-from=a@a.example; dkim=pass",
     "mx.example.com!: spf=pass .client-ip<192.0.2.1> .envelope-from<a@a.example>; dkim=pass"},
    {"mx.example.com; none; spf=pass", "mx.example.com!: spf=pass"},
    {"mx.example.com; spf=", "mx.example.com!: spf=->unknown"},
    {"mx.example.com; sender-id= ......", "mx.example.com!: sender-id=......->unknown"},
    {"mx.example.com; = =; spf=pass", "mx.example.com!: =->unknown; spf=pass"},
    {"mx.example.com; a.b.c=d; spf=pass a.b.c=d", "mx.example.com!: spf=pass a.b.c<d>"},
    {"mx.example.com; 1.2=x", "mx.example.com!:"},
    /* what doesn't end hides nothing */
    {"mx.example.com; dkim=pass header.i=a\"b@a.example; dmarc=fail",
     "mx.example.com!: dkim=pass header.i<a\"b@a.example>; dmarc=fail"},
    {"mx.example.com; dkim=pass header.i=a(b@a.example; dmarc=fail (p=none)",
     "mx.example.com!: dkim=pass header.i<a(b@a.example>; dmarc=fail .p<none)>"},
    {"(((mx.example.com; spf=pass", "(((mx.example.com!: spf=pass"},
    {"mx . example(x).\r\n com; spf=pass", "mx.example.com!: spf=pass"},
    {"mx.example.com; dkim=fail; dkim=pass; dkim=fail", "mx.example.com: dkim=fail; dkim=pass; dkim=fail"},
    {"\x01\xff; \x80=\x81 \x00.x=y", "\x01\xff!: \x80=\x81->unknown"},
};

static void assert_reading(const struct reading *row, bool arc)
{
    struct authres authres;
    str got;

    authres_parse(&authres, str_from(row->value), arc, arena);
    got = told(&authres);
    if (!str_eq(got, str_from(row->told)))
        fail_msg("%s\n   got %.*s\nwanted %s", row->value, PS(got), row->told);
}

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_reading(&good[i], false);
}

static void test_odd(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        assert_reading(&odd[i], false);
}

static void test_arc(void **state)
{
    static const struct reading rows[] = {
        {"i=1; mx.example.com; none", "mx.example.com[1]: none"},
        {" i (a) = (b) 12 (c) ; mx.example.com 1; spf=pass", "mx.example.com[12]: spf=pass"},
        {"i=1; spf=pass", "[1]!: spf=pass"},
        {"i=1 mx.example.com; spf=pass", "mx.example.com[1]!: spf=pass"},
        {"mx.example.com; i=1; spf=pass", "mx.example.com!: i=1->unknown; spf=pass"},
        {"i=x; mx.example.com; spf=pass", "!: i=x->unknown; spf=pass"},
        {"i=; mx.example.com; spf=pass", "!: i=->unknown; spf=pass"},
        {"i=0; mx.example.com; spf=pass", "mx.example.com!: spf=pass"},
        {"i=1", "[1]!:"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_reading(&rows[i], true);
}

/* Microsoft wraps its own field in RFC 2047 words when a name in it is not ASCII. */
static void test_encoded(void **state)
{
    struct authres authres;

    (void)state;
    authres_parse(&authres,
                  S(" =?utf-8?B?c3BmPW5vbmUgKHNlbmRlciBJUCBpcyAxOTIuMC4yLjEpIHNtdHAu?=\r\n"
                    " =?utf-8?B?aGVsbz1hLmV4YW1wbGU7IGRtYXJjPW5vbmUgaGVhZGVyLmZyb209w6QuZXhhbXBsZTs=?="),
                  false, arena);
    assert_int_equal(authres.n, 2);
    assert_true(str_eq(authres_property(&authres.results[0], S("smtp"), S("helo")), S("a.example")));
    assert_true(str_eq(authres_property(&authres.results[1], S("header"), S("from")), S("\xc3\xa4.example")));
    /* but a word inside a value is not decoded: its text could pretend to be results */
    authres_parse(&authres, S("mx.example.com; dkim=fail header.i==?utf-8?q?a=3B_dmarc=3Dpass?="), false,
                  arena);
    assert_int_equal(authres.n, 1);
}

static void test_find(void **state)
{
    struct authres authres;
    const struct authres_result *result;
    size_t from = 0;

    (void)state;
    authres_parse(&authres,
                  S("x.example; dkim=pass header.d=a.example; spf=fail; DKIM=fail header.d=b.example d=c"),
                  false, arena);
    result = authres_find(&authres, S("dkim"), &from);
    assert_true(str_eq(authres_property(result, S("Header"), S("D")), S("a.example")));
    result = authres_find(&authres, S("dkim"), &from);
    assert_int_equal(result->result, RESULT_FAIL);
    assert_true(str_eq(authres_property(result, S("header"), S("d")), S("b.example")));
    assert_true(str_eq(authres_property(result, S(""), S("d")), S("b.example")));
    assert_int_equal(authres_property(result, S("smtp"), S("d")).n, 0);
    assert_null(authres_find(&authres, S("dkim"), &from));
    from = 0;
    assert_null(authres_find(&authres, S("arc"), &from));
    assert_true(authres_only(&authres, S("spf")) == &authres.results[1]);
    assert_null(authres_only(&authres, S("dkim")));
    assert_null(authres_only(&authres, S("arc")));
}

static void test_is_from(void **state)
{
    static const struct {
        const char *value;
        bool ours;
    } rows[] = {
        {"mx.example.com; spf=pass", true},
        {"MX.Example.COM; spf=pass", true},
        {"mx.example.com.; spf=pass", true},
        {" (a (b) \\) c) mx.example.com (d) 1; none", true},
        {"\r\n\t\"mx.example.com\"; spf=pass", true},
        {"\"mx.exa\\mple.com\"; spf=pass", true},
        {"mx.example.com", true},
        {"mx.example.com spf=pass", true},
        {"mx.example.com/1; spf=pass", true},
        {"mx.example.com = spf; x", true},
        {"mx . (x) example.com; spf=pass", true},
        {"=?utf-8?q?mx.example.com=3B_spf=3Dpass?=", true},
        {"mx.example.com(; spf=pass", true},
        {"\x0bmx.example.com; spf=pass", true},
        {"\xa0mx.example.com; spf=pass", true},
        {"mx.example.com\xa0; spf=pass", true},
        {"mx.example.com\xc2\xa0; spf=pass", true},
        {"mx.exa\xe2\x80\x8bmple.com; spf=pass", true},
        {"m(c)x.example.com; spf=pass", true},
        {"m\\x.example.com; spf=pass", true},
        {"mx.exam\"ple\".com; spf=pass", true},
        {"(x) =?utf-8?q?mx.example.com?=; spf=pass", true},
        {"=?utf-8?q?mx?= =?utf-8?q?.example.com?= 1; spf=pass", true},
        {"mx.example.com, x; spf=pass", true},
        {"mx.example.com\x0b 1; none", true},
        {"mx2.example.com; spf=pass", false},
        {"mx.example.community; spf=pass", false},
        {"a mx.example.com; spf=pass", false},
        {"(c)example.com; spf=pass", false},
        {"mx.example.com.example.net; spf=pass", false},
        {"(mx.example.com) mx.example.net; spf=pass", false},
        {"spf=pass; mx.example.com", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (authres_is_from(str_from(rows[i].value), S("mx.example.com"), arena) != rows[i].ours)
            fail_msg("%s", rows[i].value);
    assert_true(authres_is_from(S("M\xc3\x9cnchen.example; spf=pass"), S("xn--mnchen-3ya.example"), arena));
    assert_true(authres_is_from(S("xn--mnchen-3ya.example; spf=pass"), S("m\xc3\xbcnchen.example"), arena));
    assert_true(authres_is_from(S("mx.example.com\0; spf=pass"), S("mx.example.com"), arena));
    assert_true(authres_is_from(S("m\xc3\xbcn(x)chen.example 1; spf=pass"), S("xn--mnchen-3ya.example"), arena));
    assert_true(authres_is_from(S("relay_7; spf=pass"), S("Relay_7"), arena));
}

static void test_write(void **state)
{
    struct authres authres = {.id = S("mx.example.com"), .version = 1};
    struct authres_result *result;
    str long_reason = S("");

    (void)state;
    assert_true(str_eq(authres_write(&authres, S("Authentication-Results"), arena),
                       S("Authentication-Results: mx.example.com;\r\n none\r\n")));

    result = authres_add(&authres, S("spf"), RESULT_FAIL, arena);
    result->comment = S("no (such) \\ host\r\nX: y");
    authres_add_property(result, S("smtp"), S("mailfrom"), S("a+b=c@example.org"), arena);
    authres_add_property(result, S("smtp"), S("helo"), S("[192.0.2.1]"), arena);
    authres_add_property(result, S("bad type"), S("x"), S("y"), arena);
    authres_add_property(result, S("header"), S("i"), S("a\r\nX-Evil: \"1\\\x00\x7f\xff\xc2\x85"), arena);
    result = authres_add(&authres, S("dkim"), RESULT_PASS, arena);
    result->reason = S("plain");
    authres_add_property(result, S("header"), S("i"), S("@example.org"), arena);
    authres_add_property(result, S("header"), S("b"), S("aB3/+="), arena);
    authres_add_property(result, S("header"), S("x"), S(""), arena);
    authres_add_property(result, S("header"), S("from"), S("\xc3\xa4@example.org"), arena);
    authres_add(&authres, S("not a method"), RESULT_PASS, arena);
    authres_add(&authres, S("arc"), RESULT_UNKNOWN, arena);
    authres.instance = 3;
    assert_true(str_eq(authres_write(&authres, S("ARC-Authentication-Results"), arena),
                       S("ARC-Authentication-Results: i=3; mx.example.com;\r\n"
                         " spf=fail (no \\(such\\) \\\\ host??X: y) smtp.mailfrom=a+b=c@example.org\r\n"
                         " smtp.helo=\"[192.0.2.1]\" header.i=\"a??X-Evil: \\\"1\\\\????\";\r\n"
                         " dkim=pass reason=plain header.i=@example.org header.b=\"aB3/+=\" header.x=\"\"\r\n"
                         " header.from=\"\xc3\xa4@example.org\"\r\n")));

    for (unsigned i = 0; i < 200; i++)
        long_reason = arena_printf(arena, "%.*s\\\\\"\"", PS(long_reason));
    authres = (struct authres){.id = S("a b"), .version = 1};
    authres_add(&authres, S("arc"), RESULT_FAIL, arena)->reason = long_reason;
    for (str rest = authres_write(&authres, S("Authentication-Results"), arena), line;
         str_next(&rest, '\n', &line);)
        assert_true(line.n <= 999);
}

static void test_limit(void **state)
{
    struct authres authres;
    str value = S("x.example");

    (void)state;
    for (unsigned i = 0; i < LIMIT_AUTHRES_RESULTS; i++)
        value = arena_printf(arena, "%.*s; spf=pass smtp.mailfrom=a", PS(value));
    authres_parse(&authres, value, false, arena);
    assert_true(authres.n == LIMIT_AUTHRES_RESULTS && !authres.cut);
    value = arena_printf(arena, "%.*s; spf=fail (c) smtp.mailfrom=b reason=x", PS(value));
    authres_parse(&authres, value, false, arena);
    assert_true(authres.n == LIMIT_AUTHRES_RESULTS && authres.cut);
    assert_int_equal(authres.results[authres.n - 1].property_count, 1);
    assert_int_equal(authres.results[authres.n - 1].reason.n, 0);
}

/* A field of megabytes must not cost a multiple of them: 51 of them may stand in a message. */
static void test_memory(void **state)
{
    struct arena *own = arena_new();
    struct authres authres;
    struct buf value = buf_new(arena, 1 << 22);

    (void)state;
    buf_add(&value, S("x.example; dkim=pass "));
    while (value.n < 1 << 21)
        buf_add(&value, S("a.b=c "));
    authres_parse(&authres, buf_str(&value), false, own);
    assert_int_equal(authres.n, 1);
    assert_true(authres.cut);
    assert_int_equal(authres.results[0].property_count, LIMIT_AUTHRES_PROPERTIES);
    assert_true(arena_size(own) < 1 << 18);
    arena_free(own);
}

/* Memory is what a quadratic reader would waste first, and it can be counted without a clock. */
static void test_linear(void **state)
{
    static const char *const pieces[] = {"(",      ")",
                                         "()",     "\"",
                                         "\"\\\"", "\\",
                                         ".",      "a.",
                                         "a .",    " . ",
                                         "(a)(",   "; a=",
                                         ";",      "=",
                                         " a=b",   " a.b=",
                                         "a.b= ",  "; spf=pass (x) (y)",
                                         "(\\",    "spf= smtp.a=",
                                         "/",      "i=1;",
                                         "=?",     "none;"};

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        size_t n = strlen(pieces[i]);
        size_t size[2];

        for (unsigned k = 0; k < 2; k++) {
            struct arena *own = arena_new();
            size_t count = (k ? 400000u : 100000u) / n;
            char *text = malloc(count * n + 3);
            struct authres authres;

            memcpy(text, "x;", 2);
            for (size_t m = 0; m < count; m++)
                memcpy(text + 2 + m * n, pieces[i], n);
            authres_parse(&authres, (str){text, 2 + count * n}, false, own);
            authres_is_from((str){text + 2, count * n}, S("x.example"), own);
            size[k] = arena_size(own);
            free(text);
            arena_free(own);
        }
        if (size[1] > 8 * size[0] + (1 << 20))
            fail_msg("%s: %zu and %zu bytes", pieces[i], size[0], size[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_odd, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arc, setup, teardown),
        cmocka_unit_test_setup_teardown(test_encoded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_find, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_from, setup, teardown),
        cmocka_unit_test_setup_teardown(test_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_linear, setup, teardown),
    };

    return cmocka_run_group_tests_name("authres", tests, NULL, NULL);
}
