/* test_body.c: all texts and links of a message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/body.h"
#include "mail/mime.h"

static struct arena *arena;
static struct mail mail;
static struct body body;

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

static void read_body(str raw)
{
    mail_parse(&mail, raw, arena);
    body_read(&body, &mail, arena);
}

/* "source kind count href" of each link, a line each; "-" for what is no URL. */
static str links(void)
{
    struct buf out = buf_new(arena, 1 << 20);

    for (size_t i = 0; i < body.link_count; i++) {
        const struct body_link *link = &body.links[i];

        buf_printf(&out, "%s%s %s%s %u %.*s\n", body_link_source_name(link->source),
                   link->attached ? "+" : "", body_link_kind_name(link->kind), link->hidden ? "-hidden" : "",
                   link->count, PS(link->valid ? link->url.href : S("-")));
    }
    return buf_str(&out);
}

static void wants(str wanted)
{
    str got = links();

    if (!str_eq(got, wanted))
        fail_msg("got\n%.*swanted\n%.*s", PS(got), PS(wanted));
}

static void test_plain(void **state)
{
    (void)state;
    read_body(S("From: a@example.com\nSubject: see https://example.com/s\n"
                "List-Unsubscribe: <mailto:u@example.com>,\n <https://example.com/u>\n\n"
                "Go to https://example.net/a, https://example.net/a and www.example.org.\n"));
    assert_int_equal(body.text_count, 1);
    assert_true(!body.texts[0].html && !body.texts[0].attached && body.texts[0].visible.n > 60);
    assert_int_equal(body.link_seen, 6);
    wants(S("header click 1 https://example.com/s\n"
            "header click 1 mailto:u@example.com\n"
            "header click 1 https://example.com/u\n"
            "text click 2 https://example.net/a\n"
            "text click 1 http://www.example.org/\n"));
    assert_null(body.links[0].part);
    assert_ptr_equal(body.links[3].part, body.mime->parts[0]);
}

static void test_parts(void **state)
{
    (void)state;
    read_body(
        S("From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n"
          "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
          "https://example.com/=\nabc=3Dd\n"
          "--b\nContent-Type: text/calendar\n\n"
          "BEGIN:VCALENDAR\nDESCRIPTION:join https://example.com/meet\nURL:https://example.com/event\n"
          "END:VCALENDAR\n"
          "--b\nContent-Type: application/octet-stream; name=x.ics\nContent-Disposition: attachment\n"
          "Content-Transfer-Encoding: base64\n\n"
          "VVJMOmh0dHBzOi8vZXhhbXBsZS5vcmcvaWNzCg==\n"
          "--b\nContent-Type: image/png\n\nhttps://example.com/not-read\n"
          "--b\nContent-Type: message/rfc822\n\nFrom: b@example.net\n\nhttps://example.net/inner\n"
          "--b--\n"));
    wants(S("text click 1 https://example.com/abc=d\n"
            "ics click 1 https://example.com/meet\n"
            "ics click 1 https://example.com/event\n"
            "ics+ click 1 https://example.org/ics\n"
            "text click 1 https://example.net/inner\n"));
    assert_int_equal(body.text_count, 4);
}

static void test_svg(void **state)
{
    (void)state;
    read_body(S(
        "From: a@example.com\nContent-Type: image/svg+xml; name=a.svg\nContent-Disposition: attachment\n\n"
        "<svg onload=\"location=&quot;https://example.com/load&quot;\"><a xlink:href='https://example.com/a?b&amp;c'>"
        "<text>Open the invoice</text></a><use href='#local'/><image href=\"//example.net/i.png\"/>"
        "<image href='https://example.net/i.png'/><style>a{}</style>"
        "<script>//<![CDATA[\nlocation='https://example.com/script'//]]></script>"
        "<script href='https://example.com/s.js'/><text>www.example.org</text></svg>\n"));
    wants(S("svg+ script 1 https://example.com/load\n"
            "svg+ click 1 https://example.com/a?b&c\n"
            "svg+ image 1 -\n"
            "svg+ image 1 https://example.net/i.png\n"
            "svg+ script 1 https://example.com/script\n"
            "svg+ script 1 https://example.com/s.js\n"
            "svg+ click 1 http://www.example.org/\n"));
    assert_int_equal(body.text_count, 1);
    assert_true(str_eq(body.texts[0].visible, S("Open the invoice\nwww.example.org\n")));
}

static void test_limits(void **state)
{
    struct buf raw = buf_new(arena, 1 << 20);

    (void)state;
    buf_add(&raw, S("From: a@example.com\n\n"));
    for (unsigned i = 0; i < LIMIT_BODY_LINKS + 7; i++)
        buf_printf(&raw, "https://example.com/%u\n", i);
    buf_add(&raw, S("https://example.com/0\n"));
    read_body(buf_str(&raw));
    assert_int_equal(body.link_count, LIMIT_BODY_LINKS);
    assert_int_equal(body.link_seen, LIMIT_BODY_LINKS + 8);
    assert_int_equal(body.links_left, 7);
    assert_int_equal(body.links[0].count, 2);
}

/* What is seen, what is not, and where it leads; base, and addresses that stand in the text by themselves. */
static void test_html(void **state)
{
    (void)state;
    read_body(S("Content-Type: text/html\n\n<base href='https://news.example/a/'><p>See <a href=b>https://bank.example/</a>"
                " and www.other.example.</p><p style='display:none'>not <a href='http://hid.example'>this</a></p>"
                "<a href='#top'>top</a><form action=/f><input type=password></form><img src=cid:1>"
                "<meta http-equiv=refresh content='0; url=//go.example'><script src=//s.example/x.js></script>"));
    wants(S("html click 1 https://news.example/a/b\n"
            "html click-hidden 1 http://hid.example/\n"
            "html form 1 https://news.example/f\n"
            "html image 1 cid:1\n"
            "html refresh 1 https://go.example/\n"
            "html script 1 https://s.example/x.js\n"
            "text click 1 http://www.other.example/\n"));
    assert_int_equal(body.text_count, 1);
    assert_true(body.texts[0].html && body.texts[0].page);
    assert_true(str_eq(str_trim(body.texts[0].visible), S("See https://bank.example/ and www.other.example.\ntop")));
    assert_true(str_find_str(body.texts[0].hidden, S("not this")) < body.texts[0].hidden.n);
    assert_true(str_eq(body.links[0].shown, S("https://bank.example/")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_html, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_svg, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
