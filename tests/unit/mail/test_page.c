/* test_page.c: what a reader of an HTML page sees, what is hidden from him, where it leads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/page.h"

static void assert_text(str got, str wanted, str html, const char *what)
{
    if (!str_eq(got, wanted))
        fail_msg("%s of %.*s: got \"%.*s\", wanted \"%.*s\"", what, PS(html), PS(got), PS(wanted));
}

static const struct {
    str html;
    str visible;
    str hidden;
} texts[] = {
    {STR("Hello,  <b>wor</b>ld\r\n &amp; all"), STR("Hello, world & all"), STR("")},
    {STR("<p>a<p>b<div>c</div>d<br>e"), STR("a\nb\nc\nd\ne"), STR("")},
    {STR("<table><tr><td>a<td>b<tr><td>c</table>d"), STR("a b\nc\nd"), STR("")},
    {STR("a<span style='display:block'>b</span>c<div style=display:inline>d</div>e"), STR("a\nb\ncde"),
     STR("")},
    {STR("<pre>a\nb</pre> c\nd"), STR("a\nb\nc d"), STR("")},
    {STR("a&nbsp;&nbsp; b\xe3\x80\x80\x63"), STR("a b c"), STR("")},
    {STR("pay&#8203;pal se&shy;cure"), STR("paypal secure"), STR("")},
    {STR("a<script>b</script>c<style>d{}</style>e<!-- f -->g"), STR("aceg"), STR("")},
    {STR("<textarea>a<b></textarea>c"), STR("a<b>\nc"), STR("")},
    {STR("<noscript>a</noscript><noframes>b</noframes>c"), STR("ac"), STR("b")},
    {STR("<img src=x alt='a picture'> b"), STR("a picture b"), STR("")},
    {STR("<input type=submit value='Sign in'><input placeholder=Mail>"), STR("Sign in Mail"), STR("")},
    {STR("<svg><text>a</text><title>b</title><![CDATA[c&amp;]]></svg><![CDATA[d]]>"), STR("ac&amp;"),
     STR("b")},
    /* hidden, each way */
    {STR("<p style='display:none'>a</p>b"), STR("b"), STR("a")},
    {STR("<p hidden>a</p>b"), STR("b"), STR("a")},
    {STR("<p style='DISPLAY : NONE ! important'>a<b>b</b></p>c"), STR("c"), STR("ab")},
    {STR("<p style='visibility:hidden'>a<b style='visibility:visible'>b</b></p>"), STR("b"), STR("a")},
    {STR("<p style='opacity:0'>a<b style='opacity:1'>b</b></p>"), STR(""), STR("ab")},
    {STR("<p style='opacity:.8'>a</p>"), STR("a"), STR("")},
    {STR("<p style='font-size:0'>a<b style='font-size:12px'>b</b></p>"), STR("b"), STR("a")},
    {STR("<p style='font-size:1px'>a</p><p style='font:0/0 a'>b</p><p style='font:bold 12px/1px a'>c</p>"),
     STR("c"), STR("a\nb")},
    {STR("<p style='font-size:.5em'><span style='font-size:10%'>a</span>b"), STR("b"), STR("a")},
    {STR("<p style='max-height:0;overflow:hidden'>a</p><p style='height:0'>b</p>"), STR("b"), STR("a")},
    {STR("<p style='width:1px;height:1px;overflow:hidden'>a</p>"), STR(""), STR("a")},
    {STR("<p style='position:absolute;left:-9999px'>a</p><p style='left:-9999px'>b</p>"), STR("b"), STR("a")},
    {STR("<p style='text-indent:-9999px'>a</p><p style='margin-left:-100em'>b</p>"), STR(""), STR("a\nb")},
    {STR("<p style='clip:rect(0,0,0,0);position:absolute'>a</p><p style='transform:scale(0)'>b</p>"), STR(""),
     STR("a\nb")},
    {STR("<p style='color:#fff'>a</p><p style='color:#fefefe'>b</p><p style='color:#aaa'>c</p>"), STR("c"),
     STR("a\nb")},
    {STR("<body bgcolor=black text=white>a<font color=#000001>b</font>"), STR("a"), STR("b")},
    {STR("<td bgcolor=red>x"), STR("x"), STR("")},
    {STR("<table bgcolor=navy><tr><td style=color:white>a<p style='color:rgb(0,0,128)'>b"), STR("a"),
     STR("b")},
    {STR("<p style='color:white;background:url(x)'>a</p><p style='color:transparent'>b"), STR("a"), STR("b")},
    {STR("<p style='color:white;background:linear-gradient(red,blue)'>a"), STR("a"), STR("")},
    {STR("<p style='color:hsl(0,0%,100%)'>a<p style='color:rgba(255,255,255,1)'>b<p style='color:#ffff'>c"),
     STR(""), STR("a\nb\nc")},
    {STR("<p style='mso-hide:all'>a"), STR("a"), STR("")},
    {STR("<template>a</template><datalist><option>b</datalist>c"), STR("c"), STR("a\nb")},
    /* written in disguise */
    {STR("<p style='d\\69splay:n\\6f ne'>a"), STR(""), STR("a")},
    {STR("<p style='display:/*x*/none'>a"), STR(""), STR("a")},
    {STR("<p style='display&colon;none'>a"), STR(""), STR("a")},
    {STR("<p style='background:url(a;b);display:none'>a"), STR(""), STR("a")},
    {STR("<p style=\"content:';display:none;'\">a"), STR("a"), STR("")},
    /* style sheets */
    {STR("<style>.x,#y{display:none}</style><p class='a X b'>a<p id=y>b<p>c"), STR("c"), STR("a\nb")},
    {STR("<p class=x>a</p>b<style>.x{display:none}</style>"), STR("b"), STR("a")},
    {STR("<style><!-- p{display:none} p.s{display:block} --></style><p>a<p class=s>b"), STR("b"), STR("a")},
    {STR("<style>p.s{display:block} p{display:none}</style><p>a<p class=s>b"), STR("b"), STR("a")},
    {STR("<style>p{display:none!important}</style><p style=display:block>a"), STR(""), STR("a")},
    {STR("<style>p{display:none}</style><p style=display:block>a"), STR("a"), STR("")},
    {STR("<style>div .x{display:none}td>.x{color:#fff}</style><div><b class=x>a</b></div><b class=x>b</b>"),
     STR("b"), STR("a")},
    {STR("<style>@media (max-width:600px){.x{display:none}} @media screen{.y{display:none}}</style><b class=x>a</b><b "
         "class=y>b"),
     STR("a"), STR("b")},
    {STR("<style>@font-face{src:url(x)} [class~=x]{display:none} a:hover{display:none}</style><b class=x>a</b><a>b"),
     STR("b"), STR("a")},
    {STR("<style media=print>p{display:none}</style><p>a"), STR("a"), STR("")},
    {STR("<style>body{background:#000;color:#fff}</style><body>a<p style=color:black>b"), STR("a"), STR("b")},
    /* what closes what */
    {STR("<p style=display:none>a<div>b</div>"), STR("b"), STR("a")},
    {STR("<ul><li style=display:none>a<li>b</ul>"), STR("b"), STR("a")},
    {STR("<table><tr><td style=display:none>a<td>b</table>"), STR("b"), STR("a")},
    {STR("<p><b style=display:none>a</p>b</b>c"), STR("c"), STR("a\nb")},
    {STR("<b style=display:none>a<p>b</b>c</p>d"), STR("c\nd"), STR("a\nb")},
    {STR("<span style=display:none>a</div>b</span>c"), STR("c"), STR("ab")},
    {STR("<div style=display:none><table><tr><td>a</div>b</table></div>c"), STR("c"), STR("ab")},
    {STR("<table style=display:none>a<tr>b<td>c</table>d"), STR("a\nb\nd"), STR("c")},
    {STR("<svg style=display:none><p>a"), STR("a"), STR("")},
    {STR("<p style=display:none><button><p>a</button>b</p>c"), STR("c"), STR("a\nb")},
    {STR("<!DOCTYPE html><p style=font-size:0><table><td>a"), STR("a"), STR("")},
    {STR("<div style=font-size:0><table><td>a"), STR("a"), STR("")},
    {STR("<!DOCTYPE html><div style=font-size:0><table><td>a"), STR(""), STR("a")},
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct arena *arena = arena_new();
        struct page page;

        page_read(&page, texts[i].html, arena);
        assert_text(page.visible, texts[i].visible, texts[i].html, "what is seen");
        assert_text(page.hidden, texts[i].hidden, texts[i].html, "what is hidden");
        arena_free(arena);
    }
}

/* Links, each as "kind hidden href (shown);". */
static const struct {
    str html;
    str wanted;
} links[] = {
    {STR("<a href=' https://example.com/?a=1&amp;b=2\n'>Click\n <b>here</b></a>"),
     STR("link  https://example.com/?a=1&b=2 (Click here);")},
    {STR("<a>no link</a><a name=x>"), STR("")},
    {STR("<a href=x><div>a</div>b</a>"), STR("link  x (a b);")},
    {STR("<a href=x>a<a href=y>b</a>"), STR("link  x (a);link  y (b);")},
    {STR("<p><a href=x>a<p>b</a>c"), STR("link  x (a b);")},
    {STR("<a href=x><table><td>a</table>b</a>c"), STR("link  x (a b);")},
    {STR("<a href=x></a><a href=y> </a>"), STR("link empty x ();link empty y ();")},
    {STR("<a href=x style=display:none>a</a>"), STR("link display x (a);")},
    {STR("<a href=x><span style=font-size:0>a</span></a>"), STR("link font-size x (a);")},
    {STR("<a href=x style=color:#fff><span style=color:red>a</span></a>"), STR("link  x (a);")},
    {STR("<a href=x><img src=y alt=z></a>"), STR("link  x (z);image  y ();")},
    {STR("<img src=x width=1 height=1><img src=y width=100%>"), STR("image size x ();image  y ();")},
    {STR("<img srcset='a 1x, b 2x'>"), STR("image  a ();image  b ();")},
    {STR("<map><area href=x></map>"), STR("area  x ();")},
    {STR("<form action=x><input type=password><button formaction=y>"), STR("form  x ();button  y ();")},
    {STR("<meta http-equiv=Refresh content=\"0; URL='https://example.com/'\">"),
     STR("refresh  https://example.com/ ();")},
    {STR("<meta http-equiv=refresh content=5>"), STR("")},
    {STR("<meta http-equiv=refresh content='0;x'>"), STR("refresh  x ();")},
    {STR("<body background=a><table background=b><td style='background:url(\"c\")'>"),
     STR("background  a ();background  b ();background  c ();")},
    {STR("<style>@import url(a);@import 'b';p{background-image:url( c )}</style>"),
     STR("style  a ();style  b ();background  c ();")},
    {STR("<iframe src=a></iframe><object data=b></object><embed src=c><script src=d></script><link href=e>"),
     STR("frame  a ();object  b ();object  c ();script  d ();style  e ();")},
    {STR("<svg><a xlink:href=a><text>b</text></a><image href=c /></svg>"), STR("link  a (b);image  c ();")},
    {STR("<!--[if mso]><a href=x>a</a></table><![endif]--><a href=y>b</a>"),
     STR("link conditional x ();link  y (b);")},
    {STR("<!--[if !mso]><!--><a href=y>b</a><!--<![endif]-->"), STR("link  y (b);")},
    {STR("<a href=x href=y>a</a>"), STR("link repeated y ();link  x (a);")},
    {STR("<a/href=x>a</a>"), STR("link  x (a);")},
    {STR("<a href='javascript:x'>a</a><a href=data:text/html,y>b</a>"),
     STR("link  javascript:x (a);link  data:text/html,y (b);")},
    {STR("<template><a href=x>a</a></template>"), STR("link element x (a);")},
    {STR("<a href=x>a"), STR("link  x (a);")},
    {STR("<a href=x>a</a><a href=y"), STR("link  x (a);")},
    {STR("<!-- <a href=x>a</a>"), STR("link element x (a);")},
    {STR("<a href=\"x\"id=y>a</a>"), STR("link  x (a);")},
    {STR("<A HREF=x title=t>a</A>"), STR("link  x (a);")},
};

static void test_links(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        struct arena *arena = arena_new();
        struct buf got = buf_new(arena, 1 << 16);
        struct page page;

        page_read(&page, links[i].html, arena);
        for (size_t k = 0; k < page.link_count; k++)
            buf_printf(&got, "%s %s %.*s (%.*s);", page_kind_name(page.links[k].kind),
                       page_hidden_name(page.links[k].hidden), PS(page.links[k].href),
                       PS(page.links[k].shown));
        assert_text(buf_str(&got), links[i].wanted, links[i].html, "links");
        arena_free(arena);
    }
}

static void test_oddities(void **state)
{
    static const struct {
        str html;
        enum page_oddity odd;
    } rows[] = {
        {STR("a\0b"), PAGE_NUL_ODD},
        {STR("pay\xe2\x80\x8bpal"), PAGE_ZERO_WIDTH_ODD},
        {STR("a\xe2\x80\xae\x62"), PAGE_BIDI_ODD},
        {STR("<bdo dir=RTL>a</bdo>"), PAGE_BIDI_ODD},
        {STR("<p style=unicode-bidi:bidi-override>a"), PAGE_BIDI_ODD},
        {STR("a<a href=x"), PAGE_CUT_TAG_ODD},
        {STR("a<!-- b"), PAGE_OPEN_COMMENT_ODD},
        {STR("<!--[if gte mso 9]>a<![endif]-->"), PAGE_CONDITIONAL_ODD},
        {STR("<a href=x href=y>"), PAGE_REPEATED_ODD},
        {STR("<a/href=x>"), PAGE_SLASH_ODD},
        {STR("<script>x</script>"), PAGE_SCRIPT_ODD},
        {STR("<frameset><frame src=x>"), PAGE_FRAMES_ODD},
        {STR("<template>x"), PAGE_TEMPLATE_ODD},
        {STR("<svg>"), PAGE_FOREIGN_ODD},
        {STR("<style>p:before{content:'abc'}</style>"), PAGE_GENERATED_ODD},
        {STR("<p style=mso-hide:all>a"), PAGE_OUTLOOK_HIDES_ODD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct page page;

        page_read(&page, rows[i].html, arena);
        for (enum page_oddity odd = 0; odd < PAGE_ODDITIES; odd++)
            if (page.odd[odd] != (odd == rows[i].odd))
                fail_msg("%.*s: %s", PS(rows[i].html), page_oddity_name(odd));
        arena_free(arena);
    }
}

static void test_rest(void **state)
{
    struct arena *arena = arena_new();
    struct page page;

    (void)state;
    page_read(
        &page,
        S("<title> A &amp;\n b </title><base target=x><base href=' https://example.com/ '><base href=y>"
          "<form action=a method=POST><input name=user><input type=hidden name=z><input type=password name=pw>"
          "<input type=submit></form><input placeholder=code>"
          "<meta http-equiv=refresh content='1;url=r'><p hidden>abc <b>de</b></p>x&zwnj;&shy;y"),
        arena);
    assert_text(page.title, S("A & b"), S("the page"), "title");
    assert_text(page.base, S("https://example.com/"), S("the page"), "base");
    assert_text(page.refresh, S("r"), S("the page"), "refresh");
    assert_int_equal(page.form_count, 2);
    assert_text(page.links[page.forms[0].link].href, S("a"), S("the page"), "form");
    assert_text(page.forms[0].method, S("POST"), S("the page"), "method");
    assert_text(page.forms[0].fields, S("user pw"), S("the page"), "fields");
    assert_int_equal(page.forms[0].inputs, 2);
    assert_int_equal(page.forms[0].passwords, 1);
    assert_int_equal(page.forms[0].buttons, 1);
    assert_true(page.forms[1].none);
    assert_text(page.forms[1].fields, S("code"), S("the page"), "fields");
    assert_int_equal(page.hidden_by[PAGE_HIDDEN_DISPLAY], 5);
    assert_int_equal(page.zero_width, 1);
    assert_int_equal(page.soft_hyphens, 1);
    arena_free(arena);
}

static str repeated(struct arena *arena, const char *what, size_t n)
{
    struct buf buf = buf_new(arena, 1 << 26);

    while (n-- > 0)
        buf_add(&buf, str_from(what));
    return buf_str(&buf);
}

static void test_limits(void **state)
{
    struct arena *arena = arena_new();
    struct page page;

    (void)state;
    page_read(&page, arena_join(arena, repeated(arena, "<div>", 20000), S("<a href=x>y</a>"), S("")), arena);
    assert_true(page.odd[PAGE_DEPTH_ODD]);
    assert_int_equal(page.depth, 20001);
    assert_int_equal(page.link_count, 1);
    assert_text(page.visible, S("y"), S("20,000 levels"), "text");
    page_read(&page, repeated(arena, "<a href=x>y</a>", LIMIT_PAGE_LINKS + 7), arena);
    assert_true(page.odd[PAGE_LIMIT_ODD]);
    assert_int_equal(page.link_count, LIMIT_PAGE_LINKS);
    assert_int_equal(page.link_seen, LIMIT_PAGE_LINKS + 7);
    page_read(
        &page,
        arena_join(arena, repeated(arena, "<img src=x>", LIMIT_PAGE_IMAGES + 7), S("<a href=x>"), S("")),
        arena);
    assert_int_equal(page.link_count, LIMIT_PAGE_IMAGES + 1);
    page_read(&page,
              arena_join(arena, repeated(arena, "<form>", 3), repeated(arena, "<form></form>", 600), S("")),
              arena);
    assert_int_equal(page.form_count, LIMIT_PAGE_FORMS);
    assert_int_equal(page.form_seen, 600);
    page_read(&page,
              arena_join(arena, S("<style>"), repeated(arena, "a.b{display:none}", LIMIT_CSS_RULES + 1),
                         S("</style>")),
              arena);
    assert_true(page.odd[PAGE_EFFORT_ODD]);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts), cmocka_unit_test(test_links),  cmocka_unit_test(test_oddities),
        cmocka_unit_test(test_rest),  cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
