/* test_banner.c: the banner in bodies of all kinds: it is the first thing that is read, and all else is as it
 * was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "act/banner.h"
#include "base/base64.h"
#include "base/buf.h"

static const struct banner_words words = {STR("Vorsicht: f\xc3\xbcr Sie ist das <neu> & fremd."),
                                          STR("Careful.")};

#define PLAIN "Vorsicht: f\xc3\xbcr Sie ist das <neu> & fremd."
#define SPELT "Vorsicht: fuer Sie ist das <neu> & fremd."
#define LATIN "Vorsicht: f\xfcr Sie ist das <neu> & fremd."
#define MARKUP "Vorsicht: f&#252;r Sie ist das &#60;neu&#62; &#38; fremd."
#define ELEMENT "<div dir="

/* Puts the banner in; the message as it is then. Line ends in rows are LF. */
static str put(str raw, struct banner *banner, struct arena *arena)
{
    struct mail mail;
    struct mime mime;

    mail_parse(&mail, raw, arena);
    mime_parse(&mime, &mail, arena);
    banner_plan(banner, &mail, &mime, &words, arena);
    return arena_join(arena, str_sub(raw, 0, (size_t)(mail.body.p - raw.p)),
                      banner_apply(banner, mail.body, arena), S(""));
}

/* The content of the first part of that type. */
static str content_of(str raw, str subtype, struct arena *arena)
{
    struct mail mail;
    struct mime mime;

    mail_parse(&mail, raw, arena);
    mime_parse(&mime, &mail, arena);
    for (size_t i = 0; i < mime.n; i++)
        if (part_is(mime.parts[i], S("text"), subtype) && !mime.parts[i]->alternate)
            return part_content(mime.parts[i], arena);
    return S("");
}

struct row {
    const char *raw;
    str plain;                   /* the content of the first text/plain; "" if there is none */
    const char *before, *behind; /* of text/html: what stands around the element; NULL if there is none */
};

#define HTML "Content-Type: text/html; charset=utf-8\n"

static const struct row rows[] = {
    /* plain text */
    {"Subject: x\n\nhello\n", STR(SPELT "\n\nhello\n"), NULL, NULL},
    {"Subject: x\n\n", STR(SPELT "\n\n"), NULL, NULL},
    {"Content-Type: text/plain; charset=utf-8\n\ngr\xc3\xbc\xc3\x9f\n", STR(PLAIN "\n\ngr\xc3\xbc\xc3\x9f\n"),
     NULL, NULL},
    {"Content-Type: text/plain; charset=utf-8\n\nonly ascii\n", STR(SPELT "\n\nonly ascii\n"), NULL, NULL},
    {"Content-Type: text/plain; charset=iso-8859-1\n\ngr\xfc\xdf\n", STR(LATIN "\n\ngr\xfc\xdf\n"), NULL,
     NULL},
    {"Content-Type: text/plain; charset=iso-8859-2\n\ngr\xfc\xdf\n", STR(LATIN "\n\ngr\xfc\xdf\n"), NULL,
     NULL},
    {"Content-Type: text/plain; charset=koi8-r\n\n\xd0\xd2\n", STR(SPELT "\n\n\xd0\xd2\n"), NULL, NULL},
    {"Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$\"\x1b(B\n", STR(SPELT "\n\n\x1b$B$\"\x1b(B\n"),
     NULL, NULL},
    {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nall on one line =\nthat goes on",
     STR(PLAIN "\n\nall on one line that goes on"), NULL, NULL},
    {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\naGVsbG8K\n",
     STR(PLAIN "\n\nhello\n"), NULL, NULL},
    {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n*aGVs\nbG8K\n",
     STR(PLAIN "\n\nhello\n"), NULL, NULL},
    {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n", STR(PLAIN "\n\n"),
     NULL, NULL},
    /* HTML */
    {HTML "\n<html><body bgcolor=red>hi</body></html>\n", STR(""), "<html><body bgcolor=red>",
     "hi</body></html>\n"},
    {HTML "\n<!DOCTYPE html><p>hi", STR(""), "<!DOCTYPE html>", "<p>hi"},
    {HTML "\nhi", STR(""), "", "hi"},
    {HTML "\n<title><body>no</title><style>body>p{}</style><!-- <body> -->\nyes", STR(""),
     "<title><body>no</title><style>body>p{}</style><!-- <body> -->", "\nyes"},
    {HTML "\n<head><div>early</div></head><body>late", STR(""), "<head>",
     "<div>early</div></head><body>late"},
    {HTML "\n<html><template>x</template><body>y", STR(""), "<html>", "<template>x</template><body>y"},
    {HTML "\n<!DOCTYPE html><title>never closed <body>x", STR(""), "<!DOCTYPE html>",
     "<title>never closed <body>x"},
    {HTML "\n", STR(""), "", ""},
    {"Content-Type: text/html; charset=iso-2022-jp\n\n\x1b$B<body>\x1b(B<body>x", STR(""), "",
     "\x1b$B<body>\x1b(B<body>x"},
    {"Content-Type: text/html; charset=iso-2022-jp\n\n<title>\x1b$B</title>\x1b(B</title><body>x", STR(""),
     "<title>\x1b$B</title>\x1b(B</title><body>", "x"},
    {HTML "Content-Transfer-Encoding: quoted-printable\n\n<body style=3D\"x\" cl=\nass=3D\"y\">hi=20=\n",
     STR(""), "<body style=\"x\" class=\"y\">", "hi "},
    {HTML "Content-Transfer-Encoding: quoted-printable\n\n<body>=\nhi =3D ==3D", STR(""), "<body>",
     "hi = =="},
    {HTML "Content-Transfer-Encoding: base64\n\nPGJvZHk+aGk=\n", STR(""), "<body>", "hi"},
    {HTML "Content-Transfer-Encoding: base64\n\nPGJvZHkg\nPmhp\nIQ==\n", STR(""), "<body >", "hi!"},
    {HTML "Content-Transfer-Encoding: base64\n\nPGJv\nZHkg\nID5\noaQ==\n", STR(""), "<body  >", "hi"},
    {HTML "Content-Transfer-Encoding: base64\n\nPGI=PGJvZHk+aGk=\n", STR(""), "", "<b<body>hi"},
    /* both */
    {"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: text/html\n\n<p>hi\n--b--\n",
     STR(SPELT "\n\nhi"), "", "<p>hi"},
    {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>hi\n--b\n\nhi\n--b\n\nmore\n--b--\n",
     STR(SPELT "\n\nhi"), "", "<p>hi"},
};

static void check_html(const struct row *row, str raw, struct arena *arena)
{
    str html = content_of(raw, S("html"), arena), before = str_from(row->before),
        behind = str_from(row->behind);
    str element = str_trim(str_sub(html, before.n, html.n - before.n - behind.n));

    if (!str_starts(html, before) || !str_ends(html, behind) || !str_starts(element, S(ELEMENT)) ||
        !str_ends(element, S("</div>")) || str_find_str(element, S(MARKUP)) == element.n)
        fail_msg("%s\ngot %.*s", row->raw, PS(html));
}

static str without(str raw, struct arena *arena) /* spaces at the end of the first line, as base64 has them */
{
    str first = str_sub(raw, 0, str_find(raw, '\n'));

    return arena_join(arena, str_trim(first), str_skip(raw, first.n), S(""));
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct banner banner, again;
        str raw = put(str_from(rows[i].raw), &banner, arena), plain;

        if (banner.result != BANNER_PUT || banner.count == 0)
            fail_msg("%s: %s", rows[i].raw, banner_result_words(banner.result));
        plain = without(content_of(raw, S("plain"), arena), arena);
        if (!str_eq(plain, rows[i].plain))
            fail_msg("%s\ngot %.*s", rows[i].raw, PS(plain));
        if (rows[i].before)
            check_html(&rows[i], raw, arena);
        put(raw, &again, arena); /* it is there */
        assert_int_equal(again.result, BANNER_PUT);
        assert_int_equal(again.count, 0);
        arena_free(arena);
    }
}

/* Line ends are those of the message, and no line is longer than RFC 5322 allows. */
static void test_lines(void **state)
{
    static const char *const bodies[] = {
        "Content-Type: text/html\r\n\r\n<body>hi\r\n",
        "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<body>hi\r\n",
        "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGJvZHkgPmhp\r\n",
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhi\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct arena *arena = arena_new();
        struct banner banner;
        str rest = put(str_from(bodies[i]), &banner, arena);

        assert_int_equal(banner.result, BANNER_PUT);
        for (str line; str_next(&rest, '\n', &line);) {
            assert_true(line.n <= (i ? 78 : 200));
            assert_true(rest.p == NULL || str_ends(line, S("\r")));
        }
        arena_free(arena);
    }
}

static void test_none(void **state)
{
    static const struct {
        const char *raw;
        enum banner_result wanted;
    } none[] = {
        {"Content-Type: multipart/signed; boundary=b\n\n--b\n\nhi\n--b--\n", BANNER_PROTECTED},
        {"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nhi\n"
         "--b--\n--a\n\nfooter\n--a--\n",
         BANNER_PROTECTED},
        {"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx", BANNER_PROTECTED},
        {"Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nx\n--b--",
         BANNER_PROTECTED},
        {"Subject: x\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhi\n", BANNER_PROTECTED},
        {"Content-Type: text/html\n\n<pre>\n-----BEGIN PGP MESSAGE-----\n", BANNER_PROTECTED},
        {"Content-Type: image/png\n\nx", BANNER_NO_TEXT},
        {"Content-Type: text/plain\nContent-Disposition: attachment\n\nx", BANNER_NO_TEXT},
        {"Content-Type: message/rfc822\n\nSubject: x\n\nin it\n", BANNER_NO_TEXT},
        {"Content-Type: text/plain; charset=utf-16\n\n\xff\xfex\0", BANNER_UNFIT},
        {"Content-Type: multipart/mixed; boundary=b\n\n--b\nno empty line\n--b--\n", BANNER_UNFIT},
        {"Content-Type: text/plain\nContent-Transfer-Encoding: rot13\n\nuv", BANNER_UNFIT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        struct arena *arena = arena_new();
        struct banner banner;
        str raw = put(str_from(none[i].raw), &banner, arena);

        if (banner.result != none[i].wanted)
            fail_msg("%s: got %s", none[i].raw, banner_result_words(banner.result));
        assert_true(str_eq(raw, str_from(none[i].raw)));
        assert_true(banner_result_words(banner.result)[0]);
        arena_free(arena);
    }
}

/* What can't be said in ASCII is said in other words. */
static void test_other_words(void **state)
{
    static const struct banner_words russian = {STR("\xd0\x92\xd0\xbd\xd0\xb8\xd0\xbc"), STR("Careful.")};
    struct arena *arena = arena_new();
    struct banner banner;
    struct mail mail;
    struct mime mime;

    (void)state;
    mail_parse(&mail, S("Subject: x\n\nhi\n"), arena);
    mime_parse(&mime, &mail, arena);
    banner_plan(&banner, &mail, &mime, &russian, arena);
    assert_true(str_eq(banner_apply(&banner, mail.body, arena), S("Careful.\n\nhi\n")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_lines),
                                       cmocka_unit_test(test_none), cmocka_unit_test(test_other_words)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
