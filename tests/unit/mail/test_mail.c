/* test_mail.c: messages taken apart: what becomes of each kind of odd input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/mail.h"

/* "name|value" of each field, a line each; then "--" and the body. CR, LF, tab and NUL shown as <CR> ... */
static str shown(const struct mail *mail, struct arena *arena)
{
    struct buf raw = buf_new(arena, 1 << 20), out = buf_new(arena, 1 << 20);

    for (size_t i = 0; i < mail->header_count; i++) {
        buf_add(&raw, mail->headers[i].name);
        buf_add(&raw, S("|"));
        buf_add(&raw, mail->headers[i].value);
        buf_add(&raw, S(" / "));
    }
    buf_add(&raw, S("-- "));
    buf_add(&raw, mail->body);
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];

        buf_add(&out, c == '\r'   ? S("<CR>")
                      : c == '\n' ? S("<LF>")
                      : c == '\t' ? S("<TAB>")
                      : c == 0    ? S("<NUL>")
                                  : (str){&raw.p[i], 1});
    }
    return buf_str(&out);
}

static str oddities(const struct mail *mail, struct arena *arena)
{
    struct buf out = buf_new(arena, 4096);

    for (enum mail_oddity i = 0; i < MAIL_ODDITIES; i++)
        if (mail->odd[i])
            buf_printf(&out, "%s%s", out.n ? " " : "", mail_oddity_name(i));
    return buf_str(&out);
}

#define FROM "From: a@b.example\r\n"
#define F "From| a@b.example / "

static const struct {
    str raw;
    const char *wanted, *odd;
} rows[] = {
    {STR(FROM "To: c@d.example\r\n\r\nbody\r\n"), F "To| c@d.example / -- body<CR><LF>", ""},
    {STR(FROM "\r\n"), F "-- ", ""},
    {STR(FROM), F "-- ", "no-body"},
    {STR("From: a@b.example"), F "-- ", "no-body no-final-newline"},
    {STR(FROM "\r\nbody"), F "-- body", "no-final-newline"},
    {STR(FROM "\r\nbody\r\n\n"), F "-- body<CR><LF>", "bare-lf no-final-newline"},
    {STR(FROM "\r\nbody\n"), F "-- body", "bare-lf no-final-newline"},
    {STR(FROM "\r\n\n"), F "-- ", "bare-lf no-final-newline"},
    {STR(FROM "\r\n\r\n"), F "-- <CR><LF>", ""},
    {STR(""), "-- ", "from-missing empty"},
    {STR("\r\nbody\r\n"), "-- body<CR><LF>", "from-missing"},
    {STR("\nbody\n"), "-- body<LF>", "lf-only from-missing"},
    /* Lines. */
    {STR("From: a@b.example\n\nbody\n"), F "-- body<LF>", "lf-only"},
    {STR("From: a@b.example\nA: b\r\n\r\nbody\n"), F "A| b / -- body<LF>", "lf-only lf-mixed"},
    {STR("From: a@b.example\n\nbody\r\n"), F "-- body<CR><LF>", "lf-only lf-mixed"},
    {STR(FROM "A: b\nC: d\r\n\r\nbody"), F "A| b<LF>C: d / -- body", "bare-lf no-final-newline"},
    {STR(FROM "\r\nbo\ndy\r\n"), F "-- bo<LF>dy<CR><LF>", "bare-lf"},
    {STR(FROM "A: b\rC: d\r\n\r\nbody\r\n"), F "A| b<CR>C: d / -- body<CR><LF>", "bare-cr"},
    {STR(FROM "\r\nbo\rdy\r\n"), F "-- bo<CR>dy<CR><LF>", "bare-cr"},
    {STR(FROM "A: b\r\r\n\r\nbody\r\n"), F "A| b<CR> / -- body<CR><LF>", "bare-cr"},
    {STR("A: b\rFrom: a@b.example\r\rbody"), "A| b<CR>From: a@b.example<CR><CR>body / -- ",
     "bare-cr no-body no-final-newline from-missing"},
    {STR(FROM "A: b\r"), F "A| b<CR> / -- ", "bare-cr no-body no-final-newline"},
    {STR(FROM "A: b\n"), F "A| b<LF> / -- ", "bare-lf no-body no-final-newline"},
    {STR(FROM "\n\r\n\r\nbody\r\n"), F "|<LF> / -- body<CR><LF>", "bare-lf header-malformed"},
    {STR(FROM "A: \0\r\n\r\nbody\r\n"), F "A| <NUL> / -- body<CR><LF>", "nul"},
    {STR(FROM "\r\nbo\0dy\r\n"), F "-- bo<NUL>dy<CR><LF>", "nul"},
    {STR(FROM "A: \xc3\xbc\r\n\r\nbody\r\n"), F "A| \xc3\xbc / -- body<CR><LF>", "header-8bit"},
    {STR(FROM "\r\n\xc3\xbc\r\n"), F "-- \xc3\xbc<CR><LF>", ""},
    /* Folds. */
    {STR(FROM "A: b\r\n c\r\n\td\r\n\r\n"), F "A| b<CR><LF> c<CR><LF><TAB>d / -- ", ""},
    {STR(FROM "A:\r\n b\r\n\r\n"), F "A|<CR><LF> b / -- ", ""},
    {STR(FROM "A: b\r\n \t\r\n c\r\n\r\n"), F "A| b<CR><LF> <TAB><CR><LF> c / -- ", "header-fold-blank"},
    {STR(FROM "A: b\r\n \r\nC: d\r\n\r\n"), F "A| b<CR><LF>  / C| d / -- ", "header-fold-blank"},
    {STR(" x: y\r\n z\r\n" FROM "\r\n"), "| x: y<CR><LF> z / " F "-- ", "header-fold-first"},
    {STR(" \r\n" FROM "\r\n"), "|  / " F "-- ", "header-fold-first"},
    {STR("A: b\n c\nFrom: a@b.example\n\n"), "A| b<LF> c / " F "-- ", "lf-only"},
    /* Names. */
    {STR("FROM: a@b.example\r\n\r\n"), "FROM| a@b.example / -- ", ""},
    {STR("From \t: a@b.example\r\n\r\n"), F "-- ", "header-space"},
    {STR("From:a@b.example\r\n\r\n"), "From|a@b.example / -- ", ""},
    {STR(FROM "nonsense\r\nA: b\r\n\r\n"), F "|nonsense / A| b / -- ", "header-malformed"},
    {STR(FROM "nonsense\r\n x: y\r\nA: b\r\n\r\n"), F "|nonsense<CR><LF> x: y / A| b / -- ",
     "header-malformed"},
    {STR(FROM ": b\r\n\r\n"), F "|: b / -- ", "header-malformed"},
    {STR(FROM "A B: c\r\n\r\n"), F "A B| c / -- ", "header-name"},
    {STR("Fr\0om: a@b.example\r\n\r\n"), "Fr<NUL>om| a@b.example / -- ", "nul header-name from-missing"},
    {STR("\xef\xbb\xbf" FROM "\r\n"), "\xef\xbb\xbf" F "-- ", "header-8bit header-name from-missing"},
    {STR(FROM "A:\r\n\r\n"), F "A| / -- ", ""},
    {STR("From x@y.example Wed Nov 25 10:22:43 2026\nFrom: a@b.example\n\n"), F "-- ", "lf-only mbox-from"},
    {STR("From x\r\n" FROM "\r\n"), F "-- ", "mbox-from"},
    {STR("From x"), "-- ", "mbox-from from-missing empty"},
    {STR(FROM "From x@y.example Wed Nov 25 10:22:43 2026\r\n\r\n"),
     F "From x@y.example Wed Nov 25 10|22:43 2026 / -- ", "header-name"},
    /* From. */
    {STR(FROM FROM "\r\n"), F F "-- ", "from-duplicate"},
    {STR("From: a@b.example, c@d.example\r\n\r\n"), "From| a@b.example, c@d.example / -- ", "from-several"},
    {STR("From: Doe, John <a@b.example>\r\n\r\n"), "From| Doe, John <a@b.example> / -- ", "from-syntax"},
    {STR("From: \r\n\r\n"), "From|  / -- ", "from-syntax"},
    {STR(FROM "To: a@b.example\r\nTo: c@d.example\r\n\r\n"), F "To| a@b.example / To| c@d.example / -- ",
     "duplicate"},
    {STR(FROM "Received: x\r\nReceived: y\r\n\r\n"), F "Received| x / Received| y / -- ", ""},
};

/* What always holds. */
static void check_slices(const struct mail *mail)
{
    const char *at = mail->raw.p;

    for (size_t i = 0; i < mail->header_count; i++) {
        assert_ptr_equal(mail->headers[i].raw.p, at);
        at += mail->headers[i].raw.n;
    }
    assert_ptr_equal(at, mail->head.p + mail->head.n);
}

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mail mail;
        str got, odd;

        mail_parse(&mail, rows[i].raw, arena);
        got = shown(&mail, arena);
        odd = oddities(&mail, arena);
        if (!str_eq(got, str_from(rows[i].wanted)) || !str_eq(odd, str_from(rows[i].odd)))
            fail_msg("row %zu:\n%.*s\n[%.*s]", i, PS(got), PS(odd));
        check_slices(&mail);
        arena_reset(arena);
    }
    arena_free(arena);
}

static void test_links(void **state)
{
    struct arena *arena = arena_new();
    struct mail mail;

    (void)state;
    mail_parse(&mail, S("Received: 1\r\n" FROM "Received: 2\r\nX: y\r\nRECEIVED : 3\r\n\r\n"), arena);
    assert_int_equal(mail.count[HEADER_RECEIVED], 3);
    assert_ptr_equal(mail.first[HEADER_RECEIVED], &mail.headers[0]);
    assert_ptr_equal(mail.first[HEADER_RECEIVED]->next_same, &mail.headers[2]);
    assert_ptr_equal(mail.last[HEADER_RECEIVED], &mail.headers[4]);
    assert_null(mail.last[HEADER_RECEIVED]->next_same);
    assert_null(mail.first[HEADER_TO]);
    assert_int_equal(mail.from.n, 1);
    assert_true(str_eq(mail.from.items[0].domain, S("b.example")));
    arena_free(arena);
}

static void test_many_headers(void **state)
{
    enum { FIELDS = 100000 };
    struct arena *arena = arena_new();
    struct buf raw = buf_new(arena, 1 << 24);
    struct mail mail;

    (void)state;
    for (unsigned i = 0; i < FIELDS; i++)
        buf_printf(&raw, "To: u%u@example.com\r\n", i);
    buf_add(&raw, S("\r\nbody\r\n"));
    mail_parse(&mail, buf_str(&raw), arena);
    assert_int_equal(mail.header_seen, FIELDS);
    assert_int_equal(mail.header_count, LIMIT_HEADERS);
    assert_int_equal(mail.count[HEADER_TO], LIMIT_HEADERS);
    assert_ptr_equal(mail.last[HEADER_TO], &mail.headers[LIMIT_HEADERS - 1]);
    assert_true(mail.odd[MAIL_HEADER_MANY]);
    assert_true(str_eq(mail.body, S("body\r\n")));
    arena_free(arena);
}

static void test_long_lines(void **state)
{
    static const struct {
        size_t n;
        bool wanted;
    } line_rows[] = {{998, false}, {999, true}, {1 << 20, true}};
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(line_rows) / sizeof(line_rows[0]); i++) {
        struct buf raw = buf_new(arena, 1 << 22);
        struct mail mail;

        buf_add(&raw, S(FROM "A:\r\n "));
        for (size_t k = 1; k < line_rows[i].n; k++)
            buf_add_char(&raw, 'x');
        buf_add(&raw, S("\r\n\r\n"));
        mail_parse(&mail, buf_str(&raw), arena);
        assert_int_equal(mail.header_count, 2);
        assert_int_equal(mail.odd[MAIL_HEADER_LONG_LINE], line_rows[i].wanted);
    }
    arena_free(arena);
}

static void test_words(void **state)
{
    (void)state;
    assert_string_equal(mail_oddity_name(MAIL_BARE_LF), "bare-lf");
    assert_string_equal(mail_oddity_words(MAIL_EMPTY), "the message is empty");
}

/* The daemon parses message after message without malloc. */
static void test_no_malloc_when_warm(void **state)
{
    struct arena *arena = arena_new();
    struct mail mail;
    size_t blocks = 0;

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        arena_reset(arena);
        mail_parse(&mail, S("From: =?utf-8?q?a?= (b) <\"c\"@d.example>\r\n\r\nbody\r\n"), arena);
        if (i == 1)
            blocks = arena_blocks_taken(arena);
    }
    assert_int_equal(arena_blocks_taken(arena), blocks);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_links),
        cmocka_unit_test(test_many_headers), cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_words),        cmocka_unit_test(test_no_malloc_when_warm),
    };

    return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
