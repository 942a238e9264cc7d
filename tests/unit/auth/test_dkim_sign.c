/* test_dkim_sign.c: what is signed verifies, for every way to sign; what should not be signed is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "auth/dkim_sign.h"

static struct crypto *crypto;
static struct arena *arena;
static struct private_key *keys[2]; /* by type */

static bool sign(str message, const struct dkim_sign_params *params, enum key_type type, str *field,
                 struct err *err)
{
    struct mail mail;
    str unsigned_field, signature;
    uint8_t digest[HASH_SIZE_MAX];
    size_t size;

    mail_parse(&mail, message, arena);
    if (!dkim_sign_begin(&mail, params, type, crypto, arena, &unsigned_field, digest, &size, err))
        return false;
    assert_true(str_ends(unsigned_field, S("b=")));
    assert_true(private_key_sign(keys[type], digest, size, arena, &signature, err));
    *field = dkim_sign_finish(unsigned_field, signature, arena);
    return true;
}

static struct dkim verify(str message, enum key_type type)
{
    struct mail *mail = arena_new_of(arena, struct mail);
    struct dkim_params params = {0};
    struct dkim dkim = {0};
    struct dns_record record = {0};
    struct dns_answer answer = {.name = S("sel._domainkey.example.com"),
                                .type = DNS_TXT,
                                .status = DNS_OK,
                                .n = 1,
                                .records = &record};
    struct ask ask;

    assert_true(dkim_sign_record(keys[type], arena, &record.text, NULL));
    ask_init(&ask, arena, 1700000000);
    ask_give(&ask, &answer);
    mail_parse(mail, message, arena);
    assert_true(dkim_verify(&dkim, mail, &ask, crypto, &params));
    return dkim;
}

static void check_shape(str field)
{
    str rest = field, line;

    assert_true(str_starts(field, S("DKIM-Signature: v=1; a=")));
    assert_true(str_ends(field, S("\r\n")));
    rest.n -= 2;
    for (size_t i = 0; str_next(&rest, '\n', &line); i++) {
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n > 78 || line.n == 0 || (i > 0 && line.p[0] != ' '))
            fail_msg("line %zu: \"%.*s\"", i, PS(line));
    }
}

static const str messages[] = {
    STR("From: a@example.com\r\n\r\n"),
    STR("From: a@example.com\r\n"),
    STR("From: a@example.com"),
    STR("From: a@example.com\r\n\r\nno line end"),
    STR("From: a@example.com\r\n\r\n\r\n\r\n  \r\n\t\r\n"),
    STR("From: a@example.com\r\n\r\n.\r\nFrom here\r\n \t x \t \r\n\r\n\r\n"),
    STR("from : a@example.com\r\nSUBJECT:\tx\r\n \r\n  y \t\r\nTo:\r\n\r\nbody\r\n"),
    STR("Subject: 1\r\nFrom: a@example.com\r\nSubject: 2\r\nTo: b@example.net\r\nTo: c@example.net\r\n\r\nbody\r\n"),
    STR("From: a@example.com\r\nno field at all\r\nSubject: s\r\n\r\nbody\r\n"),
    STR("From: a@example.com\r\nSubject: bare \r cr and \n lf \r\n\r\nbare \r cr and \n lf \n\n \r\r\n"),
    STR("From: a@example.com\r\nSubject: \0 nul\r\n\r\n\0\0 \0\r\n"),
    STR("From: \xc3\xa4@example.com\r\nSubject: \xff\r\n\r\n\xff\xfe\r\n"),
    STR("From: a@example.com\nSubject: lf\n only\n\nline \n\n\nline\n\n"),
    STR("From: a@example.com\nSubject: lf\n\nand \r\ncrlf \r\n"),
    STR("From: a@example.com\r\nReferences: <1@example.com>\r\n\t<2@example.com>\r\nCc: d@example.com\r\n"
        "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <3@example.com>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\nReply-To: e@example.com\r\n"
        "List-Unsubscribe: <https://example.com/>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "\r\nbody\r\n"),
};

/* The field above the message, with the message's kind of line ends. */
static str put_on_top(str field, str message)
{
    size_t line = str_find(message, '\n');
    bool lf = line < message.n && message.p[line - 1] != '\r';
    char *whole = arena_bytes(arena, field.n + message.n);
    size_t n = 0;

    for (size_t i = 0; i < field.n; i++)
        if (!lf || field.p[i] != '\r')
            whole[n++] = field.p[i];
    memcpy(whole + n, message.p, message.n);
    return (str){whole, n + message.n};
}

static void test_round_trips(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]) * 16; i++) {
        str message = messages[i / 16], field;
        enum key_type type = i & 1 ? KEY_RSA : KEY_ED25519;
        struct dkim_sign_params params = {.domain = S("Example.COM"),
                                          .selector = S("sel"),
                                          .identity = i & 8 ? S("ann@mail.example.com") : S(""),
                                          .canon_header = i & 2 ? CANON_SIMPLE : CANON_RELAXED,
                                          .canon_body = i & 4 ? CANON_SIMPLE : CANON_RELAXED,
                                          .oversign = i & 8,
                                          .time = i & 8 ? 1700000000 : -1,
                                          .expires = i & 8 ? 1700000001 : -1};
        struct dkim dkim;
        struct err err = {""};

        if (!sign(message, &params, type, &field, &err))
            fail_msg("message %zu: %s", i, err.words);
        check_shape(field);
        dkim = verify(put_on_top(field, message), type);
        if (dkim.n != 1 || dkim.result != RESULT_PASS)
            fail_msg("message %zu: %s", i, dkim.n ? arena_c_str(arena, dkim.signatures[0].reason) : "none");
        assert_int_equal(dkim.signatures[0].covers[DKIM_COVERS_FROM],
                         params.oversign ? DKIM_OVERSIGNED : DKIM_SIGNED);
        arena_reset(arena);
    }
}

/* Oversigned, no field can be added; else some can. */
static void test_oversigning(void **state)
{
    static const struct {
        const char *added;
        enum result result; /* without oversigning */
    } rows[] = {
        {"From: b@example.org\r\n", RESULT_POLICY},   {"Subject: x\r\n", RESULT_PASS},
        {"To: x@example.org\r\n", RESULT_PASS},       {"Reply-To: x@example.org\r\n", RESULT_PASS},
        {"Content-Type: text/html\r\n", RESULT_PASS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) * 2; i++) {
        struct dkim_sign_params params = {
            .domain = S("example.com"), .selector = S("sel"), .oversign = i % 2, .time = -1, .expires = -1};
        const str original = messages[sizeof(messages) / sizeof(messages[0]) - 1]; /* it has all of them */
        str field, message;

        assert_true(sign(original, &params, KEY_ED25519, &field, NULL));
        message = arena_printf(arena, "%s%.*s%.*s", rows[i / 2].added, PS(field), PS(original));
        assert_int_equal(verify(message, KEY_ED25519).result, i % 2 ? RESULT_FAIL : rows[i / 2].result);
    }
}

static void test_refused(void **state)
{
    static const str no_from[] = {STR("To")}, bad_name[] = {STR("From"), STR("To:")};
    static const struct {
        str message;
        struct dkim_sign_params params;
        const char *words;
    } rows[] = {
        {STR("To: a@example.com\r\n\r\n"), {.domain = STR("example.com"), .selector = STR("s")}, "no From"},
        {STR("From: a@example.com\r\nFrom: b@example.com\r\n\r\n"),
         {.domain = STR("example.com"), .selector = STR("s")},
         "more than one From"},
        {STR("From: a@example.com\r\n\r\n"), {.domain = STR("a..b"), .selector = STR("s")}, "no domain name"},
        {STR("From: a@example.com\r\n\r\n"), {.domain = STR(""), .selector = STR("s")}, "no domain name"},
        {STR("From: a@example.com\r\n\r\n"),
         {.domain = STR("example.com"), .selector = STR("")},
         "no selector"},
        {STR("From: a@example.com\r\n\r\n"),
         {.domain = STR("example.com"), .selector = STR("s"), .identity = STR("a@example.org")},
         "no identity in example.com"},
        {STR("From: a@example.com\r\n\r\n"),
         {.domain = STR("example.com"), .selector = STR("s"), .identity = STR("a;b@example.com")},
         "no identity in example.com"},
        {STR("From: a@example.com\r\n\r\n"),
         {.domain = STR("example.com"), .selector = STR("s"), .time = 5, .expires = 5},
         "expire before"},
        {STR("From: a@example.com\r\n\r\n"),
         {.domain = STR("example.com"), .selector = STR("s"), .fields = no_from, .field_count = 1},
         "From is not among"},
        {STR("From: a@example.com\r\n\r\n"),
         {.domain = STR("example.com"), .selector = STR("s"), .fields = bad_name, .field_count = 2},
         "is no field name"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dkim_sign_params params = rows[i].params;
        struct err err = {""};
        str field;

        if (params.expires == 0)
            params.time = params.expires = -1;
        if (sign(rows[i].message, &params, KEY_ED25519, &field, &err) || !strstr(err.words, rows[i].words))
            fail_msg("row %zu: %s", i, err.words);
    }
}

/* The key of RFC 8463 appendix A.2, from its 32 bytes in PKCS#8, and the record of A.2. */
static void test_record(void **state)
{
    struct private_key *key =
        private_key_load(S("-----BEGIN PRIVATE KEY-----\n"
                           "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                           "-----END PRIVATE KEY-----\n"),
                         NULL);
    str record;

    (void)state;
    assert_non_null(key);
    assert_true(dkim_sign_record(key, arena, &record, NULL));
    private_key_free(key);
    assert_true(str_eq(record, S("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")));
    assert_true(str_eq(dkim_sign_zone_record(S("football.example.com"), S("brisbane"), record, arena),
                       S("brisbane._domainkey.football.example.com. IN TXT ( "
                         "\"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\" )\n")));
}

static void test_zone_strings(void **state)
{
    struct private_key *key = private_key_new(KEY_RSA, 2048, NULL);
    str record, zone, joined = S("");

    (void)state;
    assert_true(dkim_sign_record(key, arena, &record, NULL));
    private_key_free(key);
    zone = dkim_sign_zone_record(S("example.com"), S("sel"), record, arena);
    for (;;) {
        size_t open = str_find(zone, '"'), close;

        if (open == zone.n)
            break;
        zone = str_skip(zone, open + 1);
        close = str_find(zone, '"');
        assert_true(close > 0 && close <= 255);
        joined = arena_printf(arena, "%.*s%.*s", PS(joined), PS(str_sub(zone, 0, close)));
        zone = str_skip(zone, close + 1);
    }
    assert_true(record.n > 255);
    assert_true(str_eq(joined, record));
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new();
    crypto = crypto_new(NULL);
    keys[KEY_RSA] = private_key_new(KEY_RSA, 1024, NULL);
    keys[KEY_ED25519] = private_key_new(KEY_ED25519, 0, NULL);
    return crypto && keys[0] && keys[1] ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    private_key_free(keys[0]);
    private_key_free(keys[1]);
    arena_free(arena);
    crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),  cmocka_unit_test(test_oversigning),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_record),
        cmocka_unit_test(test_zone_strings),
    };

    return cmocka_run_group_tests_name("dkim_sign", tests, begin, end);
}
