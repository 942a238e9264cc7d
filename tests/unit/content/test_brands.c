/* test_brands.c: organisations by name and domain; the data file as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "content/skeleton.h"
#include "data.h"

struct fixture {
    struct arena *arena;
    struct phrases *phrases;
    struct suffixes *suffixes;
    struct brands brands;
};

static struct fixture fixture;

static int set_up(void **state)
{
    struct err err;

    (void)state;
    fixture.arena = arena_new();
    fixture.phrases = phrases_new(fixture.arena);
    fixture.suffixes = suffixes_load(NULL, &err);
    data_brands(&fixture.brands, fixture.phrases, fixture.suffixes, fixture.arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    suffixes_free(fixture.suffixes);
    arena_free(fixture.arena);
    return 0;
}

static void collect(void *of, const struct phrase_match *match)
{
    uint32_t number = match->id - fixture.brands.base;
    struct buf *out = of;

    buf_printf(out, "%s%.*s%s%s", out->n ? " " : "", PS(fixture.brands.items[number / 2].name),
               number % 2 ? "?" : "", match->disguised ? "!" : "");
}

static void test_names(void **state)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"nothing of it", ""},
        {"Katie from Ledger", "ledger ledger?"},
        {"PayPal Kundenservice", "paypal"},
        {"Раураl", "paypal"},
        {"Micr0soft", "microsoft!"},
        {"Crédit Agricole", "credit-agricole"},
        {"Bank of America Alerts", "bank-of-america"},
        {"an apple a day", "apple?"},
        {"Apple ID", "apple? apple"},
        {"Your DHL parcel", "dhl"},
        {"MetaMask", "metamask"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out = buf_new(fixture.arena, 1000);
        struct phrases_pass pass = {.found = collect, .of = &out};

        phrases_find(fixture.phrases, skeleton(str_from(rows[i].text), SIZE_MAX, fixture.arena, NULL), &pass);
        if (!str_eq(buf_str(&out), str_from(rows[i].wanted)))
            fail_msg("\"%s\": %.*s", rows[i].text, PS(buf_str(&out)));
    }
}

static void test_domains(void **state)
{
    static const struct {
        const char *domain, *brand;
    } rows[] = {
        {"paypal.com", "paypal"},
        {"mail.paypal.de", "paypal"},
        {"amazon.co.uk", "amazon"},
        {"example.com", NULL},
        {"ledger.com", "ledger"},
        {"ledger.example", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct brand *brand = brands_of_domain(&fixture.brands, str_from(rows[i].domain));

        assert_int_equal(brand != NULL, rows[i].brand != NULL);
        if (brand) {
            assert_true(str_eq(brand->name, str_from(rows[i].brand)));
            assert_true(brand_owns(brand, str_from(rows[i].domain)));
            assert_false(brand_owns(brand, S("example.com")));
        }
    }
}

static void test_within(void **state)
{
    static const struct {
        const char *text, *brand;
        bool exact;
    } rows[] = {
        {"securepaypal", "paypal", true},
        {"administrator", NULL, false},
        {"mail administrator", NULL, false},
        {"mynetflixlogin", "netflix", true},
        {"paypal service", "paypal", true},
        {"paypa1-security", "paypal", false},
        {"metamask-io", "metamask", true},
        {"no-brand-here", NULL, false},
        {"bankofamericaalerts", "bank-of-america", true},
        {"rnicrosoft365", "microsoft-365", false},
        {"my.apple", NULL, false}, /* an ordinary word */
        {"", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool exact = false;
        const struct brand *brand =
            brands_within(&fixture.brands, str_from(rows[i].text), &exact, fixture.arena);

        if ((brand != NULL) != (rows[i].brand != NULL) || exact != rows[i].exact ||
            (brand && !str_starts(str_from(rows[i].brand), brand->name)))
            fail_msg("%s: %.*s %d", rows[i].text, PS(brand ? brand->name : S("none")), exact);
    }
}

/* The data: no brand without a name and a domain, and all kinds used. */
static void test_data(void **state)
{
    unsigned kinds[BRAND_KINDS] = {0};

    (void)state;
    assert_true(fixture.brands.n >= 200);
    for (size_t i = 0; i < fixture.brands.n; i++) {
        const struct brand *brand = &fixture.brands.items[i];

        kinds[brand->kind]++;
        if (brand->name_count + brand->word_count == 0 || brand->domain_count == 0)
            fail_msg("%.*s has no name or no domain", PS(brand->name));
        for (size_t k = 0; k < brand->domain_count; k++)
            if (suffixes_is_public(fixture.suffixes, brand->domains[k]) &&
                !str_starts(brand->domains[k], S("gov.")) && !str_starts(brand->domains[k], S("gob.")) &&
                !str_starts(brand->domains[k], S("gouv.")))
                fail_msg("%.*s is a public suffix", PS(brand->domains[k]));
    }
    for (size_t i = 0; i < BRAND_KINDS; i++)
        if (kinds[i] == 0)
            fail_msg("no brand is a %s", brand_kind_name(i));
}

static void test_problems(void **state)
{
    struct buf problems = buf_new(fixture.arena, 1000);
    struct brands brands;

    (void)state;
    assert_false(brands_load(&brands, phrases_new(fixture.arena), 0, S("f"),
                             S("brands:\n  a: {kind: bank, names: [\"...\"], domains: [a.example]}\n"), NULL,
                             fixture.arena, &problems));
    if (!str_eq(buf_str(&problems), S("f:2:27: \"...\": the phrase has no word, or may have none\n")))
        fail_msg("%.*s", PS(buf_str(&problems)));
    problems = buf_new(fixture.arena, 1000);
    assert_false(brands_load(&brands, phrases_new(fixture.arena), 0, S("f"),
                             S("brands:\n  a: {kind: bunk, names: [a], domains: [localhost]}\n"), NULL,
                             fixture.arena, &problems));
    assert_true(str_find_str(buf_str(&problems), S("bunk")) < problems.n);
    assert_true(str_find_str(buf_str(&problems), S("localhost")) < problems.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_domains),
                                       cmocka_unit_test(test_within), cmocka_unit_test(test_data),
                                       cmocka_unit_test(test_problems)};

    return cmocka_run_group_tests_name("brands", tests, set_up, tear_down);
}
