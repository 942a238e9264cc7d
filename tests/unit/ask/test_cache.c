/* test_cache.c: answers kept for as long as they may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ask/cache.h"
#include "base/limits.h"

static struct arena *arena;
static struct cache *cache;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    cache = cache_new(100000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cache_free(cache);
    arena_free(arena);
    return 0;
}

static struct dns_record records[] = {{.text = STR("one")}, {.text = STR("two"), .preference = 7}};

static struct dns_answer answer_of(str name, enum dns_status status, uint32_t ttl)
{
    return (struct dns_answer){.name = name,
                               .type = DNS_TXT,
                               .status = status,
                               .security = DNS_SECURE,
                               .ttl = ttl,
                               .canonical = S("c.example"),
                               .why = status == DNS_OK ? S("") : S("because"),
                               .n = status == DNS_OK ? 2 : 0,
                               .records = status == DNS_OK ? records : NULL};
}

static const struct dns_answer *get(const char *name, int64_t now)
{
    return cache_get(cache, str_from(name), DNS_TXT, now, arena);
}

static void put(const char *name, enum dns_status status, uint32_t ttl, int64_t now)
{
    struct dns_answer answer = answer_of(str_from(name), status, ttl);

    cache_put(cache, &answer, now);
}

/* How long an answer is kept. */
static void test_lifetime(void **state)
{
    static const struct {
        enum dns_status status;
        uint32_t ttl;
        int64_t kept;
    } rows[] = {
        {DNS_OK, 300, 300},
        {DNS_OK, 0, 0},
        {DNS_OK, UINT32_MAX, LIMIT_DNS_TTL},
        {DNS_NODATA, 60, 60},
        {DNS_NODATA, 0, 0},
        {DNS_NXDOMAIN, 60, 60},
        {DNS_NXDOMAIN, 1000000, LIMIT_DNS_TTL},
        {DNS_SERVFAIL, 0, LIMIT_DNS_FAILURE_TTL},
        {DNS_TIMEOUT, 0, LIMIT_DNS_FAILURE_TTL},
        {DNS_BOGUS, 3600, LIMIT_DNS_FAILURE_TTL},
        {DNS_UNKNOWN, 60, 0},
        {DNS_LIMIT, 60, 0},
        {DNS_INVALID, 60, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put("a.example", rows[i].status, rows[i].ttl, 1000);
        if (rows[i].kept) {
            const struct dns_answer *answer = get("A.Example", 1000 + rows[i].kept - 1);

            assert_non_null(answer);
            assert_int_equal(answer->status, rows[i].status);
        }
        assert_null(get("a.example", 1000 + rows[i].kept));
        assert_int_equal(cache_counts(cache).entries, 0);
        assert_int_equal(cache_counts(cache).bytes, 0);
    }
}

static void test_copy(void **state)
{
    const struct dns_answer *answer;

    (void)state;
    put("a.example", DNS_OK, 300, 1000);
    answer = get("a.example", 1100);
    assert_int_equal(answer->ttl, 200);
    assert_int_equal(answer->security, DNS_SECURE);
    assert_true(str_eq(answer->name, S("a.example")));
    assert_true(str_eq(answer->canonical, S("c.example")));
    assert_int_equal(answer->n, 2);
    assert_true(str_eq(answer->records[0].text, S("one")));
    assert_true(str_eq(answer->records[1].text, S("two")));
    assert_int_equal(answer->records[1].preference, 7);
    assert_null(cache_get(cache, S("a.example"), DNS_A, 1100, arena));
    assert_null(get("b.example", 1100));
    put("a.example", DNS_NXDOMAIN, 10, 1100);
    assert_int_equal(answer->n, 2); /* the copy is the message's own */
    answer = get("a.example", 1101);
    assert_int_equal(answer->status, DNS_NXDOMAIN);
    assert_true(str_eq(answer->why, S("because")));
    assert_int_equal(cache_counts(cache).entries, 1);
    put("a.example", DNS_OK, 0, 1102); /* may not be kept: nor may the old one */
    assert_null(get("a.example", 1102));
}

static void test_clock_set_back(void **state)
{
    (void)state;
    put("a.example", DNS_OK, 300, 1000);
    assert_null(get("a.example", 999));
}

static void test_budget(void **state)
{
    struct cache_counts counts;
    unsigned found = 0;

    (void)state;
    put("kept.example", DNS_OK, 300, 0);
    for (int i = 0; i < 5000; i++) {
        put((const char *)arena_printf(arena, "n%d.example", i).p, DNS_OK, 300, 0);
        assert_non_null(get("kept.example", 0)); /* in use all the time */
    }
    counts = cache_counts(cache);
    assert_true(counts.bytes <= 100000);
    assert_true(counts.bytes > 90000);
    assert_int_equal(counts.evicted + counts.entries, 5001);
    for (int i = 0; i < 5000; i++) {
        bool here = get((const char *)arena_printf(arena, "n%d.example", i).p, 0) != NULL;

        assert_true(here == (i >= 5001 - (int)counts.entries)); /* the latest ones */
        found += here;
    }
    assert_int_equal(found + 1, counts.entries);
}

static void test_too_large(void **state)
{
    struct dns_record large = {.text = {arena_alloc(arena, 60000), 60000}};
    struct dns_answer answer = answer_of(S("large.example"), DNS_OK, 300);
    struct dns_answer small = answer_of(S("a.example"), DNS_OK, 300);
    struct cache *tiny = cache_new(1000);

    (void)state;
    answer.n = 1;
    answer.records = &large;
    cache_put(tiny, &small, 0);
    cache_put(tiny, &answer, 0);
    assert_null(cache_get(tiny, S("large.example"), DNS_TXT, 0, arena));
    assert_non_null(cache_get(tiny, S("a.example"), DNS_TXT, 0, arena));
    cache_free(tiny);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lifetime, setup, teardown),
        cmocka_unit_test_setup_teardown(test_copy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clock_set_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_budget, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
    };

    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
