/* test_address.c: RFC 5322 addresses, the obsolete forms and what is seen in the wild. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/address.h"

/* Each mailbox as "group:display(comment)<local|domain>", the empty parts left out. */
static str shown(const struct address_list *list, struct arena *arena)
{
    struct buf out = buf_new(arena, 1 << 20);

    for (size_t i = 0; i < list->n; i++) {
        const struct address *a = &list->items[i];

        buf_add(&out, i ? S(" ") : S(""));
        if (a->group.n)
            buf_printf(&out, "%.*s:", PS(a->group));
        buf_add(&out, a->display);
        if (a->comment.n)
            buf_printf(&out, "(%.*s)", PS(a->comment));
        buf_add(&out, S("<"));
        buf_add(&out, a->local);
        buf_add(&out, S("|"));
        buf_add(&out, a->domain);
        buf_add(&out, S(">"));
    }
    return buf_str(&out);
}

enum { OK, SYNTAX, GROUPS }; /* GROUPS: a group, and no syntax error */

static const struct {
    str value;
    const char *wanted;
    int facts;
} rows[] = {
    /* RFC 5322 section 3.4 */
    {STR("a@b.example"), "<a|b.example>", OK},
    {STR(" John Doe <j@example.com>\r\n"), "John Doe<j|example.com>", OK},
    {STR("\"Doe, \\\"J\\\"\" <j@example.com>"), "Doe, \"J\"<j|example.com>", OK},
    {STR("John \"J\" Doe\r\n <j@example.com>"), "John J Doe<j|example.com>", OK},
    {STR("\"John\r\n Doe\" <j@example.com>"), "John Doe<j|example.com>", OK},
    {STR("John Q. Public <j@example.com>"), "John Q. Public<j|example.com>", OK},
    {STR("<j@example.com>"), "<j|example.com>", OK},
    {STR("a@b.example, C <c@d.example>,e@f.example"), "<a|b.example> C<c|d.example> <e|f.example>", OK},
    {STR("j@example.com (John (the) \\) Doe)"), "(John (the) ) Doe)<j|example.com>", OK},
    {STR("(a) J (b) <(c)j@(d)example.com(e)> (f)"), "J(a b c d e f)<j|example.com>", OK},
    {STR("\"a b\"@example.com"), "<a b|example.com>", OK},
    {STR("\"a@b.example\"@example.com"), "<a@b.example|example.com>", OK},
    {STR("\"\"@example.com"), "<|example.com>", OK},
    {STR("\"a\".b.\"c\"@example.com"), "<a.b.c|example.com>", OK},
    {STR("a@[192.0.2.1]"), "<a|[192.0.2.1]>", OK},
    {STR("<a@[IPv6:2001:db8::1]>"), "<a|[IPv6:2001:db8::1]>", OK},
    {STR("a+b/c=d!#$%&'*?^_`{|}~-@example.com"), "<a+b/c=d!#$%&'*?^_`{|}~-|example.com>", OK},
    {STR("Friends: a@b.example, C <c@d.example>;"), "Friends:<a|b.example> Friends:C<c|d.example>", GROUPS},
    {STR("undisclosed-recipients:;"), "", GROUPS},
    {STR("\"A b\" (x): a@b.example; (y), c@d.example"), "A b:<a|b.example> <c|d.example>", GROUPS},
    {STR("g:;, a@b.example"), "<a|b.example>", GROUPS},
    {STR("J\xc3\xbcrgen <j\xc3\xbc@m\xc3\xbcnchen.example>"),
     "J\xc3\xbcrgen<j\xc3\xbc|m\xc3\xbcnchen.example>", OK},
    {STR("=?utf-8?q?J=C3=BC?= =?utf-8?b?eA==?= <a@b.example>"),
     "=?utf-8?q?J=C3=BC?= =?utf-8?b?eA==?=<a|b.example>", OK},
    /* section 4.4, obsolete */
    {STR("<@x.example,@y.example:a@b.example>"), "<a|b.example>", OK},
    {STR("X <@x.example , , @y.example : a@b.example>, c@d.example"), "X<a|b.example> <c|d.example>", OK},
    {STR("a . b @ c . example"), "<a.b|c.example>", OK},
    {STR("a@b(x).\r\n example"), "(x)<a|b.example>", OK},
    {STR(",, a@b.example,,c@d.example,"), "<a|b.example> <c|d.example>", OK},
    {STR("\"a\\\0b\"@example.com"), "<a", OK},
    /* Where programs disagree, all candidates are mailboxes. */
    {STR("<a@b.example> <c@d.example>"), "<a|b.example> <c|d.example>", SYNTAX},
    {STR("<a@b.example>c@d.example"), "<a|b.example> <c|d.example>", SYNTAX},
    {STR("<a@b.example>(x)c@d.example"), "(x)<a|b.example> (x)<c|d.example>", SYNTAX},
    {STR("a@b.example c@d.example"), "<a|b.example> <c|d.example>", SYNTAX},
    {STR("a@b.example@c.example"), "<a|b.example> <a@b.example|c.example>", SYNTAX},
    {STR("<a@b.example@c.example>"), "<a|b.example> <a@b.example|c.example>", SYNTAX},
    {STR("<a@b.example,c@d.example>"), "<a|b.example> <c|d.example>", SYNTAX},
    {STR("<a@b.example; c@d.example"), "<a|b.example> <c|d.example>", SYNTAX},
    {STR("a@b.example; c@d.example"), "<a|b.example> <c|d.example>", SYNTAX},
    {STR("a@b.example: c@d.example;"), "<a|b.example> <c|d.example>", SYNTAX},
    {STR("\\<a@b.example>, c@d.example"), "\\<a|b.example> <c|d.example>", SYNTAX},
    {STR("<@x.example,a@b.example>"), "<|x.example> <a|b.example>", SYNTAX},
    {STR("a@b.example <c@d.example>"), "a@b.example<c|d.example> <a|b.example>", SYNTAX},
    {STR("X a@b.example Y <c@d.example>"), "X a@b.example Y<c|d.example> X<a|b.example>", SYNTAX},
    {STR("a@b.example <c@d.example>, e@f.example"), "a@b.example<c|d.example> <a|b.example> <e|f.example>",
     SYNTAX},
    {STR("a@b.example <A@b.example>"), "a@b.example<A|b.example> <a|b.example>", SYNTAX},
    /* Where they agree, though a name looks like an address. */
    {STR("a@b.example <a@B.example>"), "a@b.example<a|B.example>", SYNTAX},
    {STR("Sales@Company <c@d.example>"), "Sales@Company<c|d.example>", SYNTAX},
    {STR("\"a@b.example\", <c@d.example>"), "a@b.example<|> <c|d.example>", SYNTAX},
    {STR("\"a@b.example\" <c@d.example>"), "a@b.example<c|d.example>", OK},
    {STR("(a@b.example) c@d.example"), "(a@b.example)<c|d.example>", OK},
    /* Junk */
    {STR(""), "", SYNTAX},
    {STR(" \r\n "), "", SYNTAX},
    {STR("(only)"), "", SYNTAX},
    {STR("<>"), "<|>", SYNTAX},
    {STR("X <>"), "X<|>", SYNTAX},
    {STR("root"), "<root|>", SYNTAX},
    {STR("\"root\""), "root<|>", SYNTAX},
    {STR("=?utf-8?q?a?="), "=?utf-8?q?a?=<|>", SYNTAX},
    {STR("Mail System"), "Mail System<|>", SYNTAX},
    {STR("Doe, John <j@example.com>"), "<Doe|> John<j|example.com>", SYNTAX},
    {STR("John Doe j@example.com"), "John Doe<j|example.com>", SYNTAX},
    {STR("John <j@example.com"), "John<j|example.com>", SYNTAX},
    {STR("John <j@example.com, c@d.example"), "John<j|example.com> <c|d.example>", SYNTAX},
    {STR("<<a@b.example>>"), "<a|b.example>", SYNTAX},
    {STR("<mailto:a@b.example>"), "<a|b.example>", SYNTAX},
    {STR("mailto:a@b.example"), "mailto:<a|b.example>", SYNTAX},
    {STR("[X] Y <a@b.example>"), "[X] Y<a|b.example>", SYNTAX},
    {STR("\"John <a@b.example>"), "\"John<a|b.example>", SYNTAX},
    {STR("John (Doe <a@b.example>"), "John (Doe<a|b.example>", SYNTAX},
    {STR("a@[192.0.2.1"), "<a|>", SYNTAX},
    {STR("a@[1\\ ]"), "<a|[1]>", OK},
    {STR("a@"), "<a|>", SYNTAX},
    {STR("@b.example"), "<|b.example>", SYNTAX},
    {STR("a..b@example.com"), "<a..b|example.com>", SYNTAX},
    {STR(".a@example.com"), "<.a|example.com>", SYNTAX},
    {STR("a@example.com."), "<a|example.com.>", SYNTAX},
    {STR("\"a\"b@example.com"), "<ab|example.com>", SYNTAX},
    {STR("a\x01@example.com"), "<a\x01|example.com>", SYNTAX},
    {STR("J\xfcrgen <a@b.example>"), "J\xfcrgen<a|b.example>", SYNTAX},
    {STR("g: h: a@b.example;"), "h:<a|b.example>", SYNTAX},
    {STR("g: a@b.example"), "g:<a|b.example>", SYNTAX},
    {STR("g:; a@b.example"), "<a|b.example>", SYNTAX},
    {STR(": a@b.example"), "<a|b.example>", SYNTAX},
    {STR("<a@b.example> x"), "<a|b.example>", SYNTAX},
};

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address_list list = {0};
        int facts;
        str got;

        address_parse_list(rows[i].value, arena, &list);
        got = shown(&list, arena);
        facts = list.syntax ? SYNTAX : list.groups ? GROUPS : OK;
        if (strcmp(arena_c_str(arena, got), rows[i].wanted) != 0 || facts != rows[i].facts)
            fail_msg("row %zu, \"%.*s\": %.*s %d", i, PS(rows[i].value), PS(got), facts);
        assert_false(list.cut);
    }
    arena_free(arena);
}

static void test_appends(void **state)
{
    struct arena *arena = arena_new();
    struct address_list list = {0};

    (void)state;
    address_parse_list(S("g:;"), arena, &list);
    address_parse_list(S("a@b.example"), arena, &list);
    assert_true(list.groups);
    assert_false(list.syntax);
    address_parse_list(S(""), arena, &list);
    assert_true(list.syntax);
    assert_int_equal(list.n, 1);
    arena_free(arena);
}

static void test_cut(void **state)
{
    struct arena *arena = arena_new();
    struct buf value = buf_new(arena, 1 << 20);
    struct address_list list = {0};

    (void)state;
    for (int i = 0; i < LIMIT_ADDRESSES; i++)
        buf_printf(&value, "%su%d@example.com", i ? ", " : "", i);
    address_parse_list(buf_str(&value), arena, &list);
    assert_int_equal(list.n, LIMIT_ADDRESSES);
    assert_false(list.cut);
    assert_true(str_eq(list.items[999].local, S("u999")));
    address_parse_list(S("one@example.com"), arena, &list);
    assert_int_equal(list.n, LIMIT_ADDRESSES);
    assert_true(list.cut);

    list = (struct address_list){0};
    buf_add(&value, S(","));
    while (value.n < LIMIT_ADDRESS_TEXT)
        buf_add(&value, S("          "));
    buf_add(&value, S("hidden@example.com"));
    address_parse_list(buf_str(&value), arena, &list);
    assert_true(list.cut);
    arena_free(arena);
}

/* A megabyte of each; quadratic time would take minutes. */
static void test_hostile(void **state)
{
    static const str parts[] = {STR("("),    STR("\""),     STR("["),    STR("<"),  STR("@"),
                                STR("\\\""), STR(":"),      STR(","),    STR("a@"), STR("()"),
                                STR("a "),   STR("<@a:"),   STR("a@b "), STR("(("), STR("\"\"@"),
                                STR("x y@"), STR(" a@[x]"), STR("<@a,")};
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct buf value = buf_new(arena, 1 << 20);
        struct address_list list = {0};

        while (!value.full)
            buf_add(&value, parts[i]);
        address_parse_list(buf_str(&value), arena, &list);
        assert_true(list.syntax || list.cut);
        arena_reset(arena);
    }
    arena_free(arena);
}

static void test_path(void **state)
{
    static const struct {
        str path;
        bool valid;
        str local, domain;
    } path_rows[] = {
        {STR("a@b.example"), true, STR("a"), STR("b.example")},
        {STR(" <a@b.example> "), true, STR("a"), STR("b.example")},
        {STR("\"a b\\\"@x\"@b.example"), true, STR("a b\"@x"), STR("b.example")},
        {STR("<@x.example,@y.example:a@b.example>"), true, STR("a"), STR("b.example")},
        {STR("a@x.example@b.example"), true, STR("a@x.example"), STR("b.example")},
        {STR("a@[192.0.2.1]"), true, STR("a"), STR("[192.0.2.1]")},
        {STR("<>"), false, STR(""), STR("")},
        {STR(""), false, STR(""), STR("")},
        {STR("postmaster"), false, STR("postmaster"), STR("")},
        {STR("a@"), false, STR("a"), STR("")},
        {STR("@b.example"), false, STR(""), STR("b.example")},
        {STR("\"@b.example"), false, STR("\"@b.example"), STR("")},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(path_rows) / sizeof(path_rows[0]); i++) {
        struct address address;
        bool valid = address_parse_path(path_rows[i].path, arena, &address);

        if (valid != path_rows[i].valid || !str_eq(address.local, path_rows[i].local) ||
            !str_eq(address.domain, path_rows[i].domain))
            fail_msg("row %zu: %d %.*s %.*s", i, valid, PS(address.local), PS(address.domain));
    }
    arena_free(arena);
}

static void test_format(void **state)
{
    static const struct {
        str local, domain, wanted;
    } format_rows[] = {
        {STR("a.b"), STR("c.example"), STR("a.b@c.example")},
        {STR("a b"), STR("c.example"), STR("\"a b\"@c.example")},
        {STR("a\"\\"), STR("c.example"), STR("\"a\\\"\\\\\"@c.example")},
        {STR(".a"), STR("c.example"), STR("\".a\"@c.example")},
        {STR(""), STR("c.example"), STR("\"\"@c.example")},
        {STR("root"), STR(""), STR("root")},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(format_rows) / sizeof(format_rows[0]); i++) {
        struct address address = {.local = format_rows[i].local, .domain = format_rows[i].domain};
        str got = address_format(&address, arena);

        if (!str_eq(got, format_rows[i].wanted))
            fail_msg("row %zu: %.*s", i, PS(got));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),    cmocka_unit_test(test_appends), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_path),    cmocka_unit_test(test_format),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
