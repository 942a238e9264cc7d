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

/* What is asked ahead is in nobody's budget, and can't grow past its own limit. */
static void test_ahead(void **state)
{
    struct arena *arena = arena_new();
    struct dns_answer answer = {.type = DNS_A, .status = DNS_NODATA};
    struct ask ask;

    (void)state;
    ask_init(&ask, arena, 0);
    ask_begin(&ask, ASK_IPREV);
    for (unsigned i = 0; i < LIMIT_DNS_QUESTIONS_AHEAD + 3; i++)
        ask_ahead(&ask, arena_printf(arena, "a%u.example", i), DNS_A);
    assert_int_equal(ask.open, LIMIT_DNS_QUESTIONS_AHEAD);
    assert_int_equal(ask.used[ASK_IPREV], 0);
    assert_null(ask_dns(&ask, ASK_IPREV, S("a0.example"), DNS_A));
    assert_int_equal(ask.used[ASK_IPREV], 1);
    assert_int_equal(ask.ahead, LIMIT_DNS_QUESTIONS_AHEAD - 1);
    ask_ahead(&ask, S("b.example"), DNS_A);
    ask_ahead(&ask, S("c.example"), DNS_A);
    assert_int_equal(ask.open, LIMIT_DNS_QUESTIONS_AHEAD + 1);
    ask_answer(&ask, ask.last, &answer);
    assert_int_equal(ask.ahead, LIMIT_DNS_QUESTIONS_AHEAD);
    assert_ptr_equal(ask_dns(&ask, ASK_IPREV, S("b.example"), DNS_A), &answer);
    assert_int_equal(ask.ahead, LIMIT_DNS_QUESTIONS_AHEAD - 1);
    ask_ahead(&ask, S("bad..name"), DNS_A);
    assert_int_equal(ask.open, LIMIT_DNS_QUESTIONS_AHEAD);
    arena_free(arena);
}

/* The stated whole: 40 questions a message. */
static void test_sum(void **state)
{
    (void)state;
    assert_int_equal(LIMIT_DNS_QUESTIONS_SPF + LIMIT_DNS_QUESTIONS_DKIM + LIMIT_DNS_QUESTIONS_ARC +
                         LIMIT_DNS_QUESTIONS_DMARC + LIMIT_DNS_QUESTIONS_IPREV + LIMIT_DNS_QUESTIONS_DNSL +
                         LIMIT_DNS_QUESTIONS_AHEAD,
                     40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_questions),
                                       cmocka_unit_test(test_offline), cmocka_unit_test(test_ahead),
                                       cmocka_unit_test(test_sum)};

    return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
