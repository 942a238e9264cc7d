/* test_ask.c: questions, budgets, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ask/ask.h"
#include "base/limits.h"

static void test_names(void **state)
{
    char label[65] = {0};

    (void)state;
    memset(label, 'a', 64);
    assert_true(dns_name_valid(S("a.b")));
    assert_true(dns_name_valid(S("_dmarc.example.com")));
    assert_false(dns_name_valid(S("")));
    assert_false(dns_name_valid(S("a..b")));
    assert_false(dns_name_valid(S(".a")));
    assert_false(dns_name_valid(str_from(label)));
    assert_true(dns_name_valid((str){label, 63}));
}

static void test_questions(void **state)
{
    struct arena *arena = arena_new();
    struct ask ask;
    struct dns_answer answer = {.name = S("example.com"), .type = DNS_TXT, .status = DNS_NODATA};

    (void)state;
    ask_init(&ask, arena, 0);
    ask_begin(&ask, ASK_IPREV);
    assert_null(ask_dns(&ask, ASK_IPREV, S("Example.COM."), DNS_TXT));
    assert_null(ask_dns(&ask, ASK_IPREV, S("example.com"), DNS_TXT));
    assert_int_equal(ask.open, 1);
    assert_null(ask_dns(&ask, ASK_IPREV, S("b.example"), DNS_A));
    assert_int_equal(ask_dns(&ask, ASK_IPREV, S("c.example"), DNS_A)->status, DNS_LIMIT);
    assert_int_equal(ask_dns(&ask, ASK_IPREV, S("c..example"), DNS_A)->status, DNS_INVALID);
    ask_begin(&ask, ASK_SPF);
    assert_null(ask_dns(&ask, ASK_SPF, S("c.example"), DNS_A));
    assert_int_equal(ask.open, 3);
    ask_answer(&ask, ask.first, &answer);
    assert_ptr_equal(ask_peek(&ask, S("example.COM"), DNS_TXT), &answer);
    ask_begin(&ask, ASK_IPREV);
    assert_ptr_equal(ask_dns(&ask, ASK_IPREV, S("example.com"), DNS_TXT), &answer);
    assert_int_equal(ask.open, 2);
    arena_free(arena);
}

static void test_offline(void **state)
{
    struct arena *arena = arena_new();
    struct ask ask;

    (void)state;
    ask_init(&ask, arena, 0);
    ask.offline = true;
    ask_begin(&ask, ASK_SPF);
    assert_int_equal(ask_dns(&ask, ASK_SPF, S("example.com"), DNS_A)->status, DNS_UNKNOWN);
    assert_int_equal(ask.open, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_questions),
                                       cmocka_unit_test(test_offline)};

    return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
