/* test_escape.c: escape, utf8, log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/utf8.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

struct row {
    str text;
    const char *wanted;
};

static void check(const struct row *rows, size_t n, void (*escape)(struct buf *, str))
{
    for (size_t i = 0; i < n; i++) {
        struct buf buf = buf_new(arena, 100000);

        escape(&buf, rows[i].text);
        if (!str_eq(buf_str(&buf), str_from(rows[i].wanted)))
            fail_msg("row %zu: got \"%.*s\", wanted \"%s\"", i, PS(buf_str(&buf)), rows[i].wanted);
    }
}
#define CHECK(rows, escape) check(rows, sizeof(rows) / sizeof((rows)[0]), escape)

static void subject(struct buf *buf, str text)
{
    escape_header(buf, text, 9);
}

static void test_header(void **state)
{
    static const struct row rows[] = {
        {STR(""), ""},
        {STR(" \r\n\t "), ""},
        {STR("plain = text?"), "plain = text?"},
        {STR("a\r\nBcc: x@example.com"), "a Bcc: x@example.com"},
        {STR("a\r\n\r\nbody"), "a body"},
        {STR("a\0b"), "=?UTF-8?B?Ye+/vWI=?="},
        {STR("\xc3\xa4"), "=?UTF-8?B?w6Q=?="},
        {STR("\xe4"), "=?UTF-8?B?77+9?="},
        {STR("=?utf-8?q?x?="), "=?UTF-8?B?PT91dGYtOD9xP3g/PQ==?="},
        {STR("0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"),
         "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\r\n 0123456789 0123456789"},
        {STR("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
             "\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"),
         "=?UTF-8?B?8J+YgPCfmIDwn5iA8J+YgPCfmIDwn5iA8J+YgPCfmIDwn5iA?=\r\n =?UTF-8?B?8J+YgA==?="},
    };

    (void)state;
    CHECK(rows, subject);
}

static void test_html(void **state)
{
    static const struct row rows[] = {
        {STR("plain text"), "plain text"},
        {STR("<a href=\"x\" b='c'>&lt;"), "&lt;a href=&quot;x&quot; b=&#39;c&#39;&gt;&amp;lt;"},
        {STR("a\tb\r\nc"), "a\tb\r\nc"},
        {STR("\x1b\0\x7f\xc2\x9b"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {STR("\xe2\x80\xaemoc.elpmaxe"), "\\u{202e}moc.elpmaxe"},
        {STR("\xff\xc3\xa4"), "\xef\xbf\xbd\xc3\xa4"},
    };

    (void)state;
    CHECK(rows, escape_html);
}

static void test_markdown(void **state)
{
    static const struct row rows[] = {
        {STR("plain text"), "plain text"},
        {STR("a *b* [c](http://example.com)"), "a \\*b\\* \\[c\\]\\(http\\:\\/\\/example\\.com\\)"},
        {STR("a\n\n# b\n1. c"), "a \\# b 1\\. c"},
        {STR("<b>&amp;`x`\\"), "\\<b\\>\\&amp\\;\\`x\\`\\\\"},
        {STR("\xe2\x80\xae"), "\\\\u\\{202e\\}"},
        {STR("\x01\xff"), "\xef\xbf\xbd\xef\xbf\xbd"},
    };

    (void)state;
    CHECK(rows, escape_markdown);
}

static void test_logfmt(void **state)
{
    static const struct row rows[] = {
        {STR("plain"), "plain"},
        {STR(""), "\"\""},
        {STR("two words"), "\"two words\""},
        {STR("a=b"), "\"a=b\""},
        {STR("a\"b"), "\"a\\\"b\""},
        {STR("a\nlevel=error"), "\"a\\nlevel=error\""},
        {STR("\x1b[2J"), "\"\\u001b[2J\""},
        {STR("\xc3\xa4"), "\"\xc3\xa4\""},
    };

    (void)state;
    CHECK(rows, escape_logfmt);
}

static void test_json(void **state)
{
    static const struct row rows[] = {
        {STR(""), "\"\""},
        {STR("plain / text"), "\"plain / text\""},
        {STR("\"\\\n\r\t\b"), "\"\\\"\\\\\\n\\r\\t\\u0008\""},
        {STR("a\0b\x7f"), "\"a\\u0000b\\u007f\""},
        {STR("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xc2\x9b"), "\"\\u2028\\u2029\\u202e\\u009b\""},
        {STR("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\""},
        {STR("\xf0\x9f\x98\x80\xc3\xa4"), "\"\xf0\x9f\x98\x80\xc3\xa4\""},
        {STR("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    (void)state;
    CHECK(rows, escape_json);
}

static void test_terminal(void **state)
{
    static const struct row rows[] = {
        {STR("plain \\ text"), "plain \\ text"},
        {STR("a\r\n\tb"), "a\\r\\n\\tb"},
        {STR("\x1b[31m\x07\x7f"), "\\x1b[31m\\x07\\x7f"},
        {STR("\xc2\x9b"), "\\u{9b}"},
        {STR("\x9b\xff"), "\\x9b\\xff"},
        {STR("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf"), "\\u{202e}\\u{2066}\\u{200b}\\u{feff}"},
        {STR("\xc2\xad\xf3\xa0\x81\x81"), "\\u{ad}\\u{e0041}"},
        {STR("\xe6\xbc\xa2\xf0\x9f\x98\x80"), "\xe6\xbc\xa2\xf0\x9f\x98\x80"},
    };

    (void)state;
    CHECK(rows, escape_terminal);
}

static void test_label(void **state)
{
    static const struct row rows[] = {
        {STR("plain"), "\"plain\""},
        {STR("a\"b\\c\nd"), "\"a\\\"b\\\\c\\nd\""},
        {STR("\r\xff"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    (void)state;
    CHECK(rows, escape_label);
}

static void test_full(void **state)
{
    struct buf buf = buf_new(arena, 5);

    (void)state;
    escape_json(&buf, S("longer than that"));
    assert_true(buf.full);
    assert_int_equal(buf.n, 5);
}

static void test_utf8(void **state)
{
    static const struct {
        str text;
        uint32_t c;
        size_t n;
    } rows[] = {
        {STR("a"), 'a', 1},
        {STR("\0"), 0, 1},
        {STR("\xc3\xa4x"), 0xe4, 2},
        {STR("\xe2\x82\xac"), 0x20ac, 3},
        {STR("\xf0\x9f\x98\x80"), 0x1f600, 4},
        {STR("\xf4\x8f\xbf\xbf"), 0x10ffff, 4},
        {STR("\xef\xbf\xbf"), 0xffff, 3},
        {STR("\x80"), UTF8_INVALID, 1},
        {STR("\xc0\x80"), UTF8_INVALID, 1},
        {STR("\xc1\xbf"), UTF8_INVALID, 1},
        {STR("\xc3"), UTF8_INVALID, 1},
        {STR("\xc3x"), UTF8_INVALID, 1},
        {STR("\xe0\x9f\xbf"), UTF8_INVALID, 1},
        {STR("\xed\xa0\x80"), UTF8_INVALID, 1},
        {STR("\xe2\x82"), UTF8_INVALID, 2},
        {STR("\xe2\x82x"), UTF8_INVALID, 2},
        {STR("\xf0\x8f\xbf\xbf"), UTF8_INVALID, 1},
        {STR("\xf0\x9f\x98"), UTF8_INVALID, 3},
        {STR("\xf4\x90\x80\x80"), UTF8_INVALID, 1},
        {STR("\xf5\x80\x80\x80"), UTF8_INVALID, 1},
        {STR("\xff"), UTF8_INVALID, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n;

        assert_int_equal(utf8_step(rows[i].text, &n), rows[i].c);
        assert_int_equal(n, rows[i].n);
    }
    assert_true(utf8_valid(S("a\xc3\xa4\xf0\x9f\x98\x80")));
    assert_false(utf8_valid(S("a\xc3")));
    assert_true(utf8_valid(S("")));
}

/* Each character once around; what is no character becomes U+FFFD. */
static void test_utf8_all(void **state)
{
    struct arena_mark mark = arena_mark(arena);

    (void)state;
    for (uint32_t c = 0; c <= UTF8_INVALID; c++) {
        struct buf buf = buf_new(arena, 8);
        bool scalar = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
        size_t n;

        utf8_add(&buf, c);
        if (utf8_step(buf_str(&buf), &n) != (scalar ? c : UTF8_REPLACEMENT) || n != buf.n)
            fail_msg("U+%04X", c);
        if (utf8_is_bidi(c) && !utf8_is_invisible(c))
            fail_msg("U+%04X is a bidi control and not invisible", c);
        arena_rewind(arena, mark);
    }
}

static void test_log(void **state)
{
    char longer[LIMIT_LOG_VALUE + 6];
    const struct log_pair pairs[] = {{"from", S("a b\nlevel=x")}, {"value", {longer, sizeof(longer)}}};
    struct buf buf = buf_new(arena, 10000);

    (void)state;
    memset(longer, 'v', sizeof(longer));
    log_format(&buf, 1649160000, LEVEL_WARNING, "two words", pairs, 1);
    assert_true(str_eq(buf_str(&buf), S("time=2022-04-05T12:00:00Z level=warning event=\"two words\" "
                                        "from=\"a b\\nlevel=x\"")));
    log_format(&buf, 0, LEVEL_INFO, "x", pairs + 1, 1);
    assert_true(str_ends(buf_str(&buf), S("vvv value_cut=6")));
}

/* What really arrives on standard error. */
static void test_log_write(void **state)
{
    char text[200];
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    size_t n;

    (void)state;
    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    log_event(LEVEL_DEBUG, "not written", {"a", S("b")});
    log_event(LEVEL_INFO, "started", {"port", S("25")}, {"host", S("mail.example.com")});
    log_set_level(LEVEL_ERROR);
    log_event(LEVEL_INFO, "not written either", {"a", S("b")});
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    n = fread(text, 1, sizeof(text), file);
    fclose(file);
    assert_true(str_starts((str){text, n}, S("time=2")));
    assert_true(str_eq(str_skip((str){text, n}, sizeof("time=2026-11-25T10:22:43Z") - 1),
                       S(" level=info event=started port=25 host=mail.example.com\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),   cmocka_unit_test(test_html), cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_logfmt),   cmocka_unit_test(test_json), cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_label),    cmocka_unit_test(test_full), cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_utf8_all), cmocka_unit_test(test_log),  cmocka_unit_test(test_log_write),
    };

    return cmocka_run_group_tests_name("escape", tests, set_up, tear_down);
}
