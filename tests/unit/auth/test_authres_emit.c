/* test_authres_emit.c: what we state about a message, and that it reads as what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/authres_emit.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static str emitted(const struct auth *auth, const struct envelope *envelope)
{
    struct authres authres;

    authres_emit(&authres, auth, envelope, S("mx.example.net"), arena);
    return authres_write(&authres, S("Authentication-Results"), arena);
}

static void assert_field(str got, str wanted)
{
    if (!str_eq(got, wanted))
        fail_msg("got\n%.*s\nwanted\n%.*s", PS(got), PS(wanted));
}

static struct header signature_field(const char *value)
{
    return (struct header){
        .id = HEADER_DKIM_SIGNATURE, .name = S("DKIM-Signature"), .value = str_from(value)};
}

static void test_all(void **state)
{
    struct header headers[] = {signature_field(" v=1; d=example.com; b=AbCd/\r\n\tEfGh+1111; s=a"),
                               signature_field(" v=1; b=AbCd/EfGh+2222"), signature_field(" junk")};
    struct dkim_signature signatures[] = {
        {.header = &headers[0],
         .result = RESULT_PASS,
         .reason = S("right"),
         .domain = S("example.com"),
         .identity = S("@example.com"),
         .selector = S("a"),
         .hash_type = HASH_SHA256,
         .key_bits = 2048,
         .key_secure = true},
        {.header = &headers[1],
         .result = RESULT_FAIL,
         .reason = S("the body was changed"),
         .domain = S("lists.example.org"),
         .identity = S("a \"b\"@lists.example.org"),
         .selector = S("ed"),
         .key_type = KEY_ED25519,
         .hash_type = HASH_SHA256,
         .key_bits = 256},
        {.header = &headers[2], .result = RESULT_NEUTRAL, .reason = S("the signature has a syntax error")},
    };
    struct auth auth = {
        .spf = {.mail_from = {.result = RESULT_SOFTFAIL, .reason = S("~all matched")},
                .helo = {.result = RESULT_NONE, .reason = S("no record")}},
        .dkim = {.signatures = signatures, .n = 3, .result = RESULT_PASS},
        .arc = {.result = RESULT_PASS, .n = 2, .oldest_pass = 2, .reason = S("right")},
        .dmarc = {.result = RESULT_FAIL,
                  .reason = S("nothing aligned"),
                  .domain = S("example.com"),
                  .disposition = DMARC_POLICY_QUARANTINE},
        .iprev = {.result = RESULT_PASS},
    };
    struct envelope envelope = {.helo = S("[192.0.2.1]"),
                                .has_mail_from = true,
                                .mail_from = S("bounce+1=a=b.example@em.example.com")};

    (void)state;
    ip_parse(S("2001:db8::1"), &envelope.client);
    assert_field(emitted(&auth, &envelope),
                 S("Authentication-Results: mx.example.net;\r\n"
                   " spf=softfail reason=\"~all matched\"\r\n"
                   " smtp.mailfrom=bounce+1=a=b.example@em.example.com;\r\n"
                   " spf=none smtp.helo=\"[192.0.2.1]\";\r\n"
                   " dkim=pass (2048-bit key, DNSSEC) header.d=example.com header.i=@example.com\r\n"
                   " header.s=a header.a=rsa-sha256 header.b=\"AbCd/EfGh+1\";\r\n"
                   " dkim=fail (256-bit key) reason=\"the body was changed\"\r\n"
                   " header.d=lists.example.org header.i=\"a \\\"b\\\"@lists.example.org\" header.s=ed\r\n"
                   " header.a=ed25519-sha256 header.b=\"AbCd/EfGh+2\";\r\n"
                   " dkim=neutral reason=\"the signature has a syntax error\";\r\n"
                   " arc=pass (i=2) header.oldest-pass=2 smtp.remote-ip=\"2001:db8::1\";\r\n"
                   " dmarc=fail reason=\"nothing aligned\" header.from=example.com\r\n"
                   " policy.dmarc=quarantine;\r\n"
                   " iprev=pass policy.iprev=\"2001:db8::1\"\r\n"));
}

static void test_little(void **state)
{
    struct auth auth = {.dkim.result = RESULT_NONE, .arc.result = RESULT_NONE};
    struct envelope envelope = {.helo = S("a.example"), .has_mail_from = true};

    (void)state;
    /* a null sender: only HELO was checked */
    auth.spf.helo.result = RESULT_PASS;
    auth.spf.mail_from.result = RESULT_PASS;
    assert_field(emitted(&auth, &envelope), S("Authentication-Results: mx.example.net;\r\n"
                                              " spf=pass smtp.helo=a.example;\r\n"
                                              " dkim=none;\r\n"
                                              " arc=none\r\n"));
    /* nothing was found out */
    auth = (struct auth){0};
    assert_field(emitted(&auth, &envelope), S("Authentication-Results: mx.example.net;\r\n none\r\n"));
}

/* Results that another host stated: what it did not say is not added. */
static void test_stated(void **state)
{
    struct dkim_signature signature = {
        .result = RESULT_PASS, .domain = S("example.com"), .selector = S("a"), .identity = S("@example.com")};
    struct auth auth = {.dkim = {.signatures = &signature, .n = 1, .result = RESULT_PASS},
                        .arc = {.result = RESULT_PASS}};
    struct envelope envelope = {0};

    (void)state;
    assert_field(emitted(&auth, &envelope),
                 S("Authentication-Results: mx.example.net;\r\n"
                   " dkim=pass header.d=example.com header.i=@example.com header.s=a;\r\n"
                   " arc=pass\r\n"));
}

/* What came from outside can't break out of the field, and reads as it was. */
static void test_hostile(void **state)
{
    struct header header = signature_field(" b=\";dmarc=pass\r\nX: y");
    struct dkim_signature signature = {.header = &header,
                                       .result = RESULT_FAIL,
                                       .reason = S("at \"x\"; dmarc=pass (y\\"),
                                       .domain = S("example.com"),
                                       .identity = S("a;b(c)\"d\\e@example.com"),
                                       .selector = S("a")};
    struct auth auth = {
        .dkim = {.signatures = &signature, .n = 1, .result = RESULT_FAIL},
        .dmarc = {.result = RESULT_PASS, .overridden = true, .override_reason = S("a) (b; c=d")}};
    struct envelope envelope = {.has_mail_from = true, .mail_from = S("a; dkim=pass b@example.com")};
    struct authres authres;
    str field;

    (void)state;
    auth.spf.mail_from.result = RESULT_PASS;
    field = emitted(&auth, &envelope);
    authres_parse(&authres, str_skip(field, strlen("Authentication-Results:")), false, arena);
    assert_false(authres.syntax);
    assert_int_equal(authres.n, 3);
    assert_true(str_eq(authres_property(&authres.results[0], S("smtp"), S("mailfrom")), envelope.mail_from));
    assert_true(str_eq(authres_property(&authres.results[1], S("header"), S("i")), signature.identity));
    assert_true(str_eq(authres_property(&authres.results[1], S("header"), S("b")), S("\"")));
    assert_true(str_eq(authres.results[1].reason, signature.reason));
    assert_true(str_eq(authres.results[2].comment, auth.dmarc.override_reason));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_little, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
    };

    return cmocka_run_group_tests_name("authres_emit", tests, NULL, NULL);
}
