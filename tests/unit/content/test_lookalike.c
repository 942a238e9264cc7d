/* test_lookalike.c: domains that look like others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "content/lookalike.h"

static const struct {
    const char *domain;
    bool distinct;
} known[] = {
    {"paypal.com", true},     {"paypal.de", true},          {"microsoft.com", true},
    {"wellsfargo.com", true}, {"amazon.co.uk", true},       {"dhl.com", true},
    {"ing.de", true},         {"live.com", false},          {"bank.example.org", true},
    {"ledger.com", true},     {"credit-agricole.fr", true},
};

static const struct {
    const char *host;
    enum lookalike_kind kind;
    const char *like;
} rows[] = {
    {"paypal.com", LOOKALIKE_NONE, NULL},
    {"mail.paypal.com", LOOKALIKE_NONE, NULL},
    {"a.bank.example.org", LOOKALIKE_NONE, NULL},
    {"example.net", LOOKALIKE_NONE, NULL},
    {"", LOOKALIKE_NONE, NULL},
    {"com", LOOKALIKE_NONE, NULL},
    {"paypa1.com", LOOKALIKE_HOMOGLYPH, "paypal"},
    {"paypai.net", LOOKALIKE_HOMOGLYPH, "paypal"},
    {"rnicrosoft.com", LOOKALIKE_HOMOGLYPH, "microsoft"},
    {"micros0ft.example", LOOKALIKE_HOMOGLYPH, "microsoft"},
    {"pay-pal.com", LOOKALIKE_HOMOGLYPH, "paypal"},
    {"xn--pypal-4ve.com", LOOKALIKE_HOMOGLYPH, "paypal"}, /* a Cyrillic a */
    {"xn--80ak6aa92e.com", LOOKALIKE_NONE, NULL},         /* looks like apple, which is not known here */
    {"microsft.com", LOOKALIKE_TYPO, "microsoft"},
    {"mircosoft.com", LOOKALIKE_TYPO, "microsoft"},
    {"microssoft.com", LOOKALIKE_TYPO, "microsoft"},
    {"micrasoft.com", LOOKALIKE_TYPO, "microsoft"},
    {"paypall.com", LOOKALIKE_TYPO, "paypal"},
    {"wellsfarqo.com", LOOKALIKE_HOMOGLYPH, "wellsfargo"},
    {"lng.de", LOOKALIKE_NONE, NULL}, /* too short a name to say so */
    {"kng.de", LOOKALIKE_NONE, NULL},
    {"paypal.com.login.example", LOOKALIKE_SUBDOMAIN, "paypal.com"},
    {"www.paypal.com.example.net", LOOKALIKE_SUBDOMAIN, "paypal.com"},
    {"amazon.co.uk.example.com", LOOKALIKE_SUBDOMAIN, "amazon.co.uk"},
    {"live.com.example.net", LOOKALIKE_SUBDOMAIN, "live.com"},
    {"paypal-secure.example", LOOKALIKE_WORDS, "paypal"},
    {"my-dhl.example", LOOKALIKE_WORDS, "dhl.com"},
    {"secure-paypa1-login.example", LOOKALIKE_WORDS, "paypal"},
    {"securepaypal.example", LOOKALIKE_WORDS, "paypal"},
    {"ledgersupport.example", LOOKALIKE_WORDS, "ledger"},
    {"supportledger.example", LOOKALIKE_WORDS, "ledger"},
    {"acledgerise.example", LOOKALIKE_NONE, NULL},
    {"apaypal.com", LOOKALIKE_WORDS, "paypal"}, /* no typing error: those are not in the first letter */
    {"adhlx.example", LOOKALIKE_NONE, NULL},    /* three letters only between hyphens */
    {"paypal.shop", LOOKALIKE_SUFFIX, "paypal"},
    {"amazon.co.jp", LOOKALIKE_SUFFIX, "amazon"},
    {"paypal.pages.example", LOOKALIKE_LABEL, "paypal"},
    {"dhl.example.com", LOOKALIKE_LABEL, "dhl.com"},
    {"live.example.com", LOOKALIKE_NONE, NULL},
    {"live-music.example", LOOKALIKE_NONE, NULL},
    {"live.net", LOOKALIKE_NONE, NULL},
    {"l1ve.net", LOOKALIKE_HOMOGLYPH, "live.com"},
    {"credit-agricole-mobile.example", LOOKALIKE_WORDS, "credit-agricole.fr"},
};

static struct lookalikes *make(const struct suffixes *suffixes, struct arena *arena)
{
    struct lookalikes *lookalikes = lookalikes_new(suffixes, arena);

    for (uint32_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        lookalikes_add(lookalikes, str_from(known[i].domain), i, known[i].distinct);
    return lookalikes;
}

static void test_rows(void **state)
{
    struct arena *arena = arena_new();
    struct err err;
    struct suffixes *suffixes = suffixes_load(NULL, &err);
    struct lookalikes *lookalikes = make(suffixes, arena);

    (void)state;
    assert_non_null(suffixes);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lookalike found;
        bool any = lookalike_find(lookalikes, str_from(rows[i].host), suffixes, &found, arena);

        if (any != (rows[i].kind != LOOKALIKE_NONE) || found.kind != rows[i].kind)
            fail_msg("%s: %s %.*s", rows[i].host, lookalike_name(found.kind), PS(found.domain));
        if (any && (!str_starts(found.domain, str_from(rows[i].like)) ||
                    !str_eq(str_from(known[found.id].domain), found.domain)))
            fail_msg("%s: like %.*s", rows[i].host, PS(found.domain));
        assert_true((found.distance > 0) == (found.kind == LOOKALIKE_TYPO));
    }
    suffixes_free(suffixes);
    arena_free(arena);
}

static void test_known(void **state)
{
    struct arena *arena = arena_new();
    struct lookalikes *lookalikes = make(NULL, arena);
    uint32_t id = 99;

    (void)state;
    assert_true(lookalikes_known(lookalikes, S("a.b.ledger.com"), &id));
    assert_int_equal(id, 9);
    assert_false(lookalikes_known(lookalikes, S("xledger.com"), &id));
    assert_false(lookalikes_known(lookalikes, S("example.org"), &id));
    assert_false(lookalikes_known(lookalikes_new(NULL, arena), S("ledger.com"), &id));
    arena_free(arena);
}

/* Thousands of known domains, and hosts made to be slow: each look-up stays short. */
static void test_many(void **state)
{
    struct arena *arena = arena_new(), *scratch = arena_new();
    struct lookalikes *lookalikes = lookalikes_new(NULL, arena);
    struct lookalike found;
    struct buf host = buf_new(arena, 253);

    (void)state;
    for (uint32_t i = 0; i < 20000; i++)
        lookalikes_add(lookalikes, arena_printf(arena, "domain%uname.example", i), i, true);
    for (uint32_t i = 0; i < 20000; i += 101) {
        assert_true(
            lookalikes_known(lookalikes, arena_printf(arena, "x.domain%uname.example", i), &found.id));
        assert_int_equal(found.id, i);
    }
    while (host.n < 180)
        buf_add(&host, S("a."));
    for (unsigned i = 0; i < 63; i++)
        buf_add_char(&host, "abc"[i % 3]);
    buf_add(&host, S(".example"));
    for (unsigned i = 0; i < 2000; i++, arena_reset(scratch))
        assert_false(lookalike_find(lookalikes, buf_str(&host), NULL, &found, scratch));
    arena_free(scratch);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_known),
                                       cmocka_unit_test(test_many)};

    return cmocka_run_group_tests_name("lookalike", tests, NULL, NULL);
}
