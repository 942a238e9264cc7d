/* test_dkim_key.c: key records, one and several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/dkim_key.h"

static const str name = STR("s._domainkey.example.com");

static bool has(const struct notes *notes, const char *words)
{
    for (const struct note *note = notes->first; note; note = note->next)
        if (str_find_str(note->text, str_from(words)) < note->text.n)
            return true;
    return false;
}

static void test_rows(void **state)
{
    static const struct {
        const char *text;
        enum dkim_key_status status;
        const char *reason; /* a part of it */
        const char *warning;
    } rows[] = {
        {"v=DKIM1; k=rsa; p=AAAA", DKIM_KEY_USABLE},
        {"v=DKIM1;p=AA AA", DKIM_KEY_USABLE},
        {"v=DKIM1; p=AA\r\n\tAA;", DKIM_KEY_USABLE},
        {" v = DKIM1 ; p = AAAA ; ", DKIM_KEY_USABLE},
        {"v=DKIM1; p=AA==; n=any note; x_new=1", DKIM_KEY_USABLE},
        {"p=AAAA", DKIM_KEY_USABLE, "", "no v=DKIM1"},
        {"k=rsa; p=AAAA", DKIM_KEY_USABLE, "", "no v=DKIM1"},
        {"v=DKIM1; g=*; p=AAAA", DKIM_KEY_USABLE, "", "g="},
        {"v=DKIM1; g=; p=AAAA", DKIM_KEY_USABLE, "", "g="},
        {"v=DKIM1; t=y; p=AAAA", DKIM_KEY_USABLE, "", "t=y"},
        {"v=DKIM1; t=q : s; p=AAAA", DKIM_KEY_USABLE},
        {"v=DKIM1; s=*; p=AAAA", DKIM_KEY_USABLE},
        {"v=DKIM1; s=sip:email; p=AAAA", DKIM_KEY_USABLE},
        {"v=DKIM1; h=sha1 : sha256; p=AAAA", DKIM_KEY_USABLE},
        {"v=DKIM1; k=ed25519; p=AAAA", DKIM_KEY_USABLE},
        {"v=DKIM1; p=", DKIM_KEY_REVOKED, "revoked (p= is empty)"},
        {"v=DKIM1; p= ;", DKIM_KEY_REVOKED, "revoked"},
        {"p=", DKIM_KEY_REVOKED, "revoked", "no v=DKIM1"},
        {"v=DKIM1", DKIM_KEY_BAD, "has no p="},
        {"v=DKIM1; k=rsa", DKIM_KEY_BAD, "has no p="},
        {"v=DKIM1; k=dsa; p=AAAA", DKIM_KEY_BAD, "neither rsa nor ed25519"},
        {"v=DKIM1; k=RSA; p=AAAA", DKIM_KEY_BAD, "neither rsa nor ed25519"},
        {"v=DKIM1; s=sip; p=AAAA", DKIM_KEY_BAD, "not meant for mail"},
        {"v=DKIM1; s=; p=AAAA", DKIM_KEY_BAD, "not meant for mail"},
        {"v=DKIM1; p=A*AA", DKIM_KEY_BAD, "not base64"},
        {"v=DKIM1; p=AAA", DKIM_KEY_BAD, "not base64"},
        {"v=DKIM1; p=AAAA; p=BBBB", DKIM_KEY_BAD, "a tag twice"},
        {"v=DKIM1; p=AAAA; junk", DKIM_KEY_BAD, "syntax error"},
        {"v=DKIM1;; p=AAAA", DKIM_KEY_BAD, "syntax error"},
        {"p=AAAA; v=DKIM1", DKIM_KEY_BAD, "another place than the first"},
        {"v=DKIM2; p=AAAA", DKIM_KEY_NONE},
        {"v=dkim1; p=AAAA", DKIM_KEY_NONE},
        {"v=DKIM1\\; p=AAAA", DKIM_KEY_NONE},
        {"v=spf1 -all", DKIM_KEY_NONE},
        {"some-site-verification=1234", DKIM_KEY_NONE},
        {"v=DMARC1; p=reject", DKIM_KEY_NONE},
        {"", DKIM_KEY_NONE},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str reason = str_from(rows[i].reason ? rows[i].reason : "");
        struct dkim_key key;

        dkim_key_parse(&key, name, str_from(rows[i].text), arena);
        if (key.status != rows[i].status || str_find_str(key.reason, reason) > key.reason.n - reason.n)
            fail_msg("row %zu: status %d, %.*s", i, (int)key.status, PS(key.reason));
        if (rows[i].warning ? !has(&key.warnings, rows[i].warning) : key.warnings.count > 0)
            fail_msg("row %zu: %u warnings", i, key.warnings.count);
    }
    arena_free(arena);
}

static void test_flags(void **state)
{
    struct arena *arena = arena_new();
    struct dkim_key key;

    (void)state;
    dkim_key_parse(&key, name, S("v=DKIM1; k=ed25519; h=sha256; t=s:y; p=YWJj"), arena);
    assert_true(key.type == KEY_ED25519 && key.testing && key.strict_domain && key.sha256 && !key.sha1);
    assert_true(str_eq(key.der, S("abc")));
    dkim_key_parse(&key, name, S("v=DKIM1; h=sha1; p=YWJj"), arena);
    assert_true(key.type == KEY_RSA && !key.testing && !key.strict_domain && !key.sha256 && key.sha1);
    dkim_key_parse(&key, name, S("v=DKIM1; t=Y; p=YWJj"), arena);
    assert_true(!key.testing && key.sha256 && key.sha1);
    arena_free(arena);
}

static void test_several(void **state)
{
    static const struct {
        const char *texts[3];
        enum dkim_key_status status;
        const char *reason, *warning;
    } rows[] = {
        {{"v=DKIM1; p=AAAA"}, DKIM_KEY_USABLE},
        {{"v=DKIM1; p=AAAA", "v=spf1 -all"}, DKIM_KEY_USABLE, "", "other text stands beside"},
        {{"junk", "more junk", "v=DKIM1; p=AAAA"}, DKIM_KEY_USABLE, "", "other text stands beside"},
        {{"v=DKIM1; p=AAAA", "v=DKIM1; p=BBBB"}, DKIM_KEY_BAD, "several key records"},
        {{"v=DKIM1; p=", "v=DKIM1; p=BBBB"}, DKIM_KEY_BAD, "several key records"},
        {{"v=DKIM1; p=AAAA", "junk", "p=BBBB"}, DKIM_KEY_BAD, "several key records"},
        {{"v=DKIM1; p=AAAA; junk", "v=DKIM1; p=BBBB"}, DKIM_KEY_BAD, "several key records"},
        {{"v=spf1 -all", "junk"}, DKIM_KEY_NONE, "is no key record"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_record records[3] = {{.text = str_from(rows[i].texts[0])},
                                        {.text = str_from(rows[i].texts[1])},
                                        {.text = str_from(rows[i].texts[2])}};
        struct dns_answer answer = {.name = name, .type = DNS_TXT, .status = DNS_OK, .records = records};
        str reason = str_from(rows[i].reason ? rows[i].reason : "");
        struct dkim_key key;

        while (answer.n < 3 && rows[i].texts[answer.n])
            answer.n++;
        dkim_key_choose(&key, &answer, arena);
        if (key.status != rows[i].status || str_find_str(key.reason, reason) > key.reason.n - reason.n)
            fail_msg("row %zu: status %d, %.*s", i, (int)key.status, PS(key.reason));
        if (rows[i].warning ? !has(&key.warnings, rows[i].warning) : key.warnings.count > 0)
            fail_msg("row %zu: %u warnings", i, key.warnings.count);
        answer.cut = true;
        dkim_key_choose(&key, &answer, arena);
        assert_int_equal(key.status, rows[i].status == DKIM_KEY_NONE ? DKIM_KEY_NONE : DKIM_KEY_BAD);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_flags),
                                       cmocka_unit_test(test_several)};

    return cmocka_run_group_tests_name("dkim_key", tests, NULL, NULL);
}
