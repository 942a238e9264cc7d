/* test_mime.c: the part tree of whole and of broken messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/mime.h"

/* A tree as text: "type/subtype[name]{content}(child child)!oddity"; "~" before an alternate reading. */
static void show(struct buf *buf, struct part *part, struct arena *arena)
{
    buf_printf(buf, "%s%.*s/%.*s", part->alternate ? "~" : "", PS(part->type), PS(part->subtype));
    if (part->name.n)
        buf_printf(buf, "[%.*s]", PS(part->name));
    if (!part->child || !str_eq(part->type, S("multipart"))) {
        str text = str_eq(part->type, S("message")) ? S("") : part_text(part, arena);

        if (text.n)
            buf_printf(buf, "{%.*s}", PS(text));
    }
    if (part->child) {
        buf_add(buf, S("("));
        for (struct part *child = part->child; child; child = child->next) {
            if (child != part->child)
                buf_add(buf, S(" "));
            show(buf, child, arena);
        }
        buf_add(buf, S(")"));
    }
    for (int i = 0; i < PART_ODDITIES; i++)
        if (part->odd[i])
            buf_printf(buf, "!%s", part_oddity_name(i));
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"

static const struct {
    const char *raw, *wanted;
} rows[] = {
    {"Subject: x\n\nhello\n", "text/plain{hello\n}"},
    {"", "text/plain"},
    {"Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n=FC",
     "text/html{\xc3\xbc}"},
    {"Content-Type: text/html\nContent-Transfer-Encoding: BASE64\n\n\xef\xbb\xbf", "text/html!encoding-junk"},
    {"Content-Type: text/plain; charset=none-such\n\n\xfc", "text/plain{\xc3\xbc}!charset-unknown"},
    {"Content-Type: text/plain; charset=utf-8\n\n\xfc", "text/plain{\xef\xbf\xbd}!charset-broken"},
    {"Content-Type: text/plain; charset=utf-8\n\n\xff\xfe\x61\x62", "text/plain{\xe6\x89\xa1}"},
    {"Content-Type: text\n\nx", "text/plain{x}!type-syntax"},
    /* multiparts */
    {MIXED "--b\n\none\n--b\nContent-Type: text/html\n\n<two>\n--b--\n",
     "multipart/mixed(text/plain{one} text/html{<two>})"},
    {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n\r\n--b \t\r\n\r\ntwo\r\n--b--\r\n",
     "multipart/mixed(text/plain{one\r\n} text/plain{two})"},
    {MIXED "--b\n--b\n\nx\n--b--", "multipart/mixed(text/plain!header-unclosed text/plain{x})"},
    {MIXED "--b\n\none\n--b\n\ntwo", "multipart/mixed(text/plain{one} text/plain{two})!boundary-unclosed"},
    {MIXED "nothing\n", "multipart/mixed(~text/plain{nothing\n})!boundary-unseen"},
    {"Content-Type: multipart/mixed\n\n--b\n\nx\n",
     "multipart/mixed(~text/plain{--b\n\nx\n})!boundary-missing"},
    {MIXED "see http://x.example/\n--b\n\none\n--b--\nbehind\n",
     "multipart/mixed(text/plain{one} ~text/plain{see http://x.example/} ~text/plain{behind})!preamble!epilogue"},
    {MIXED "--b\n\none\n--b--\n--b\n\nlate\n--b--\n",
     "multipart/mixed(text/plain{one} ~text/plain{late})!epilogue"},
    {MIXED "--b\n\none\n--bc\n\ntwo\n--b--\n",
     "multipart/mixed(text/plain{one\n--bc\n\ntwo})!boundary-prefix"},
    {MIXED "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--\n",
     "multipart/mixed(multipart/alternative(text/plain{one})!boundary-unclosed text/plain{two})"},
    {MIXED "--b\nContent-Type: multipart/related; boundary=b\n\n--b\n\none\n--b--\n",
     "multipart/mixed(multipart/related(text/plain{one})!boundary-same)!boundary-unclosed"},
    {MIXED "--b\nContent-Type: text/html\nhere it begins\n\nx\n--b--",
     "multipart/mixed(text/html{x}(~text/html{here it begins\n\nx})!header-malformed)"},
    {"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nin\n--b--",
     "multipart/digest(message/rfc822(text/plain{in}))"},
    {MIXED "--b\nno header here\n\nx\n--b--",
     "multipart/mixed(text/plain{no header here\n\nx}!header-malformed!header-unclosed)"},
    {MIXED "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n\n--b\n\ntwo\n--b--\n",
     "multipart/mixed(multipart/mixed(text/plain{one})!boundary-same text/plain{two})"},
    {"Content-Type: multipart/mixed boundary=b\n\n--b\n\none\n--b--\n",
     "multipart/mixed(text/plain{one})!type-syntax"},
    /* messages */
    {MIXED
     "--b\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nin\n--c--\n--b\n\nout\n--b--\n",
     "multipart/mixed(message/rfc822(multipart/mixed(text/plain{in})) text/plain{out})"},
    {"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogaGkNCg0KYm9keQ==\n",
     "message/rfc822(text/plain{body})"},
    {"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\nLS1iCgpvbmUKLS1iLS0K\n",
     "multipart/mixed(~multipart/mixed(~text/plain{one}))!encoding-multipart!boundary-unseen"},
    /* other readings */
    {"Content-Type: text/plain\nContent-Type: text/html\n\nx", "text/plain{x}(~text/html{x})!type-several"},
    {"Content-Type: multipart/mixed; boundary=b; boundary=c\n\n--b\n\none\n--c\n\ntwo\n--c--\n",
     "multipart/mixed(text/plain{one\n--c\n\ntwo\n--c--\n} ~multipart/mixed(~text/plain{two}))!parameters-disagree!boundary-unclosed"},
    {"Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\neA==",
     "text/plain{eA==}(~text/plain{x})!encoding-several"},
    {"Content-Type: text/plain; charset=utf-7\n\n+AGEAYg-",
     "text/plain{ab}(~text/plain{+AGEAYg-})!charset-utf-7"},
    {"Content-Type: text/plain; charset=utf-8; charset=iso-8859-1\n\n\xc3\xbc",
     "text/plain{\xc3\xbc}(~text/plain{\xc3\x83\xc2\xbc})!parameters-disagree"},
    {"Content-Type: multipart/mixed; boundary==?utf-8?Q?b?=\n\n--=?utf-8?Q?b?=\nContent-Type: text/html\n\nx\n",
     "multipart/mixed(~multipart/mixed(~text/html{x\n})!boundary-unclosed)!boundary-unseen!hidden-parts"},
    /* what no header speaks of */
    {"Content-Type: multipart/mixed; \"boundary=b\"\n\n--b\nContent-Type: text/html\n\nx\n--b--\n",
     "multipart/mixed(~multipart/mixed(~text/html{x}))!type-syntax!boundary-missing!hidden-parts"},
    {MIXED "--b\n\none\n--c\nContent-Type: text/html\n\nx\n--c--\n--b--\n",
     "multipart/mixed(text/plain{one\n--c\nContent-Type: text/html\n\nx\n--c--}(~multipart/mixed(~text/html{x}))!hidden-parts)"},
    {MIXED "--b\n\n\nContent-Type: text/html\n\nx\n--b--\n",
     "multipart/mixed(text/plain{\nContent-Type: text/html\n\nx}(~text/html{x})!hidden-header)"},
    {"Content-Transfer-Encoding; base64\n\nPGh0bWw+PGEgaHJlZj0iaHR0cDovL3guZXhhbXBsZSI+eDwvYT4=\n",
     "text/plain{PGh0bWw+PGEgaHJlZj0iaHR0cDovL3guZXhhbXBsZSI+eDwvYT4=\n}"
     "(~text/plain{<html><a href=\"http://x.example\">x</a>})!hidden-encoding"},
    {"Content-Transfer-Encoding: x-base64-y\n\neA==", "text/plain{eA==}(~text/plain{x})!encoding-unknown"},
    {"Subject: x\n\nonewordwithoutspaces\nanotherwordwithoutspaces\n",
     "text/plain{onewordwithoutspaces\nanotherwordwithoutspaces\n}"},
    {"Subject: x\n\n<a href=3D\"http://x.exam=\nple\" class=3D\"x\">",
     "text/plain{<a href=3D\"http://x.exam=\nple\" class=3D\"x\">}"
     "(~text/plain{<a href=\"http://x.example\" class=\"x\">})!hidden-encoding"},
    {"Content-Transfer-Encoding: base64\n\nB\n\nPGh0bWw+\n",
     "text/plain{\x04\xc3\xb1\xc2\xa1\xc3\x91\xc2\xb5\xc2\xb0}(~text/plain{<html>})!encoding-cut"},
    {"Content-Type: text/plain\n\n=ybegin line=128 size=3 name=a.exe\nxyz\n=yend size=3\n",
     "text/plain{=ybegin line=128 size=3 name=a.exe\nxyz\n=yend size=3\n}!encoded-otherwise"},
    {"Content-Type: message/partial; id=x; number=1\n\nx", "message/partial!partial"},
    {"Content-Type: message/external-body; access-type=URL; URL=\"http://x.example/a\"\n\nx",
     "message/external-body!external"},
    {"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\neJ8+IgAA",
     "application/ms-tnef{x\xc5\xb8>\"}!tnef"},
    {"Subject: x\r\nX: y\nContent-Type: text/html\r\n\r\nz\r\n",
     "text/plain{z\r\n}(~text/html{z\r\n})!header-ends"},
    {"Subject: x\r\nContent-Type: text/html\n\nz\n", "text/htmlz(~text/html{z\n})!header-ends"},
    {"Subject: x\n \nfirst\n\nsecond\n", "text/plain{second\n}(~text/plain{first\n\nsecond\n})!header-ends"},
    {"Subject: x\r\nX: y\n z\r\n\r\nz\n\ny\r\n", "text/plain{z\n\ny\r\n}"},
    /* names and files */
    {MIXED
     "--b\nContent-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=b.exe\n\nx\n--b--",
     "multipart/mixed(application/pdf[b.exe]{x}!names-disagree!names-several)"},
    {"Subject: x\n\nhi\nbegin 644 a.exe\n#0V%T\n`\nend\n",
     "text/plain{hi\nbegin 644 a.exe\n#0V%T\n`\nend\n}(application/octet-stream[a.exe]{Cat})!uuencoded"},
    {"Content-Transfer-Encoding: x-uuencode\n\n#0V%T\n", "text/plain{Cat}"},
    {"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#0V%T\nend\n", "text/plain{Cat}"},
    {"Content-Transfer-Encoding: rot13\n\nuv", "text/plain{uv}!encoding-unknown"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct buf buf = buf_new(arena, 10000);
        struct mail mail;
        struct mime mime;

        mail_parse(&mail, str_from(rows[i].raw), arena);
        mime_parse(&mime, &mail, arena);
        show(&buf, mime.parts[0], arena);
        if (!str_eq(buf_str(&buf), str_from(rows[i].wanted)))
            fail_msg("%s\ngot    %.*s\nwanted %s", rows[i].raw, PS(buf_str(&buf)), rows[i].wanted);
        arena_free(arena);
    }
}

/* Nesting and number stop at the limits; all text is still in some part. */
static void test_limits(void **state)
{
    struct arena *arena = arena_new();
    struct buf buf = buf_new(arena, 10000000);
    struct mail mail;
    struct mime mime;
    bool deep = false;
    size_t parts = 0;

    (void)state;
    for (int i = 0; i < 20000; i++)
        buf_printf(&buf, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    mail_parse(&mail, buf_str(&buf), arena);
    mime_parse(&mime, &mail, arena);
    for (size_t i = 0; i < mime.n; i++) {
        deep |= mime.parts[i]->odd[PART_DEPTH];
        parts += !mime.parts[i]->alternate;
    }
    assert_true(deep);
    assert_int_equal(parts, LIMIT_MIME_DEPTH);

    buf.n = 0;
    buf_add(&buf, S(MIXED));
    for (int i = 0; i < 100000; i++)
        buf_add(&buf, S("--b\n\nx\n"));
    mail_parse(&mail, buf_str(&buf), arena);
    mime_parse(&mime, &mail, arena);
    assert_int_equal(mime.n, LIMIT_MIME_PARTS);
    assert_int_equal(mime.seen, 100001);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_limits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
