/* test_indicators.c: what a hunt can find a message by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "journal/indicators.h"

static bool has(const struct indicators *indicators, const char *kind, const char *value)
{
    for (size_t i = 0; i < indicators->n; i++)
        if (str_eq(indicators->items[i].kind, str_from(kind)) &&
            str_eq(indicators->items[i].value, str_from(value)))
            return true;
    return false;
}

static void test_content(void **state)
{
    struct arena *arena = arena_new();
    struct indicators indicators = {.arena = arena};
    struct content_organisation organisations[] = {
        {.domain = S("shop.example"), .host = S("shop.example")},
        {.domain = S("evil.example"), .host = S("login.evil.example")}};
    struct content_file files[] = {{.sha256 = S("00ff")}, {.sha256 = S("")}};
    str hashes[] = {S("aa"), S("bb"), S("aa")};
    struct facts facts = {.content = {.organisations = organisations,
                                      .organisation_count = 2,
                                      .files = files,
                                      .file_count = 2,
                                      .url_hashes = hashes,
                                      .url_hash_count = 3}};

    (void)state;
    indicators_add_facts(&indicators, &facts);
    assert_int_equal(indicators.n, 6);
    assert_true(has(&indicators, "link-domain", "shop.example") &&
                has(&indicators, "link-domain", "evil.example"));
    assert_true(has(&indicators, "link-host", "login.evil.example") && has(&indicators, "file", "00ff"));
    assert_true(has(&indicators, "url", "aa") && has(&indicators, "url", "bb"));
    arena_free(arena);
}

/* Accounts are found by platform and id; what is only claimed is nobody's. */
static void test_accounts(void **state)
{
    struct arena *arena = arena_new();
    struct indicators indicators = {.arena = arena};
    struct account accounts[] = {{.id = S("ABC")}, {.id = S("d/e")}};
    struct facts_link chain[] = {
        {.platform = S("sendgrid"), .proof = PROOF_PROVEN, .accounts = accounts, .n = 2},
        {.platform = S("klaviyo"), .proof = PROOF_BRANDED, .accounts = accounts, .n = 1},
        {.platform = S("mailchimp"), .proof = PROOF_CLAIMED, .accounts = accounts, .n = 1},
    };
    struct facts facts = {.sender = {.chain = chain, .n = 3}};

    (void)state;
    indicators_add_facts(&indicators, &facts);
    assert_int_equal(indicators.n, 5);
    assert_true(has(&indicators, "platform", "sendgrid") && has(&indicators, "platform", "klaviyo"));
    assert_true(has(&indicators, "account", "sendgrid:abc") && has(&indicators, "account", "sendgrid:d/e"));
    assert_true(has(&indicators, "account", "klaviyo:abc"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_content), cmocka_unit_test(test_accounts)};

    return cmocka_run_group_tests_name("indicators", tests, NULL, NULL);
}
