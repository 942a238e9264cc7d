/* test_parameter.c: the values and parameters of Content-Type and Content-Disposition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/parameter.h"

enum { SYNTAX = 1, DISAGREE = 2, CUT = 4 };

static const struct {
    const char *field, *wanted; /* value, then "|name=value" each */
    int facts;
} rows[] = {
    {" text/plain", "text/plain", 0},
    {" Text / HTML ; Charset = UTF-8", "text/html|charset=UTF-8", 0},
    {" text/html; charset=\"utf-8\"; format=flowed", "text/html|charset=utf-8|format=flowed", 0},
    {" (a comment) text/plain (another (nested)); charset=us-ascii (plain)", "text/plain|charset=us-ascii",
     0},
    {" multipart/mixed; boundary=\"a b\\\"c\\\\\"", "multipart/mixed|boundary=a b\"c\\", 0},
    {" multipart/mixed;\r\n boundary=(x)", "multipart/mixed|boundary=", 0},
    {" multipart/mixed; boundary=----=_(x)", "multipart/mixed|boundary=----=_(x)", 0},
    {" multipart/mixed; boundary=abc def", "multipart/mixed|boundary=abc", SYNTAX},
    {" application/pdf; name=my file.pdf; x=y", "application/pdf|name=my file.pdf|x=y", 0},
    {" application/pdf; name=\"C:\\docs\\x.pdf\"", "application/pdf|name=C:\\docs\\x.pdf", 0},
    {" application/pdf; name=\"open", "application/pdf|name=open", SYNTAX},
    {" application/pdf; name", "application/pdf", SYNTAX},
    {" application/pdf name=a.pdf", "application/pdf|name=a.pdf", SYNTAX},
    {" text/plain; \"charset=a\"", "text/plain|\"charset=a\"", SYNTAX},
    {" application/pdf;; ;name=a;", "application/pdf|name=a", 0},
    {" application/pdf; name=\"=?utf-8?Q?f=C3=BCr?=\"", "application/pdf|name=f\xc3\xbcr", 0},
    {" text/plain; charset=a; charset=b", "text/plain|charset=a|charset=b", DISAGREE},
    {" text/plain; charset=a; charset=a", "text/plain|charset=a|charset=a", 0},
    /* RFC 2231 sections 3 and 4 */
    {" message/external-body; URL*0=\"ftp://\"; URL*1=\"example.com/a\"",
     "message/external-body|url=ftp://example.com/a", 0},
    {" a/b; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "a/b|title=This is ***fun***", 0},
    {" a/b; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
     "a/b|title=This is even more ***fun*** isn't it!", 0},
    {" a/b; name*1=b; x=y; name*0=a", "a/b|name=ab|x=y", 0},
    {" a/b; name*0=a; name*2=c", "a/b|name=a", SYNTAX},
    {" a/b; name*=iso-8859-1''f%FCr", "a/b|name=f\xc3\xbcr", 0},
    {" a/b; name*=%41%4", "a/b|name=A%4", 0},
    {" a/b; name*=no-such-charset''%41", "a/b|name=A", 0},
    {" (never closed text/plain; x=y", "(never|x=y", SYNTAX},
    {"", "", 0},
    {";", "", 0},
};

static str show(const struct parameters *parameters, struct arena *arena)
{
    struct buf buf = buf_new(arena, 100000);

    buf_add(&buf, parameters->value);
    for (size_t i = 0; i < parameters->n; i++)
        buf_printf(&buf, "|%.*s=%.*s", PS(parameters->items[i].name), PS(parameters->items[i].value));
    return buf_str(&buf);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct parameters p;
        str shown;

        parameters_parse(&p, str_from(rows[i].field), arena);
        shown = show(&p, arena);
        if (!str_eq(shown, str_from(rows[i].wanted)) ||
            rows[i].facts != ((p.syntax ? SYNTAX : 0) | (p.disagree ? DISAGREE : 0) | (p.cut ? CUT : 0)))
            fail_msg("%s: got %.*s, %d %d %d", rows[i].field, PS(shown), p.syntax, p.disagree, p.cut);
        arena_free(arena);
    }
}

static void test_limits(void **state)
{
    struct arena *arena = arena_new();
    struct buf buf = buf_new(arena, 10 * LIMIT_PARAMETER_TEXT);
    struct parameters p;

    (void)state;
    buf_add(&buf, S("text/plain"));
    for (unsigned i = 0; i <= LIMIT_PARAMETERS; i++)
        buf_printf(&buf, "; p%u=%u", i, i);
    parameters_parse(&p, buf_str(&buf), arena);
    assert_true(p.cut);
    assert_int_equal(p.n, LIMIT_PARAMETERS);
    assert_true(str_eq(parameters_find(&p, S("p63"), 0), S("63")));
    assert_int_equal(parameters_find(&p, S("p64"), 0).n, 0);
    while (!buf.full && buf.n < 2 * LIMIT_PARAMETER_TEXT)
        buf_add(&buf, S("((((((((((((((((((((((((((((((((((((((((((((("));
    parameters_parse(&p, str_skip(buf_str(&buf), buf.n - 2 * LIMIT_PARAMETER_TEXT + 2000), arena);
    assert_true(p.cut && p.syntax);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_limits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
