/* test_signing.c: which keys sign, and that what they sign verifies in the message that goes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "act/signing.h"
#include "auth/dkim_sign.h"

enum { NOW = 1800000000 };

static struct crypto *crypto;
static struct arena *arena;
static struct private_key *keys[2]; /* by type */

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    crypto = crypto_new(NULL);
    keys[KEY_RSA] = private_key_new(KEY_RSA, 2048, NULL);
    keys[KEY_ED25519] = private_key_new(KEY_ED25519, 0, NULL);
    return crypto && keys[0] && keys[1] ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    private_key_free(keys[0]);
    private_key_free(keys[1]);
    crypto_free(crypto);
    arena_free(arena);
    return 0;
}

/* ---- the keeper, and the DNS of the verifier: selectors that begin with "e" have an Ed25519 key; with "x",
 * none ---- */

static const struct private_key *key_of(str selector)
{
    return str_starts(selector, S("x")) ? NULL : keys[str_starts(selector, S("e")) ? KEY_ED25519 : KEY_RSA];
}

static void answer(struct signing *signing)
{
    for (size_t i = 0; i < signing->question_count; i++) {
        struct signing_question *question = &signing->questions[i];
        const struct private_key *key = key_of(question->selector);

        if (question->answered)
            continue;
        question->answered = true;
        if (key)
            assert_true(private_key_sign(key, question->digest, question->digest_size, arena,
                                         &question->signature, NULL));
    }
}

static const struct dns_answer *look_up(void *context, str name, enum dns_type type, struct arena *keep)
{
    struct dns_answer *found = arena_new_of(keep, struct dns_answer);

    (void)context;
    *found = (struct dns_answer){.name = name, .type = type, .status = DNS_OK, .n = 1};
    found->records = arena_new_of(keep, struct dns_record);
    assert_true(dkim_sign_record(key_of(name), keep, &found->records->text, NULL));
    return found;
}

/* ---- a message on its way ---- */

struct sent {
    struct mail mail;
    struct auth auth;
    struct outcome outcome;
    struct signing signing;
    unsigned rounds;
    struct mail received; /* by the next one */
    struct dkim dkim;
    struct arc arc;
};

static void verify(struct sent *sent)
{
    struct ask ask;
    struct dkim_params dkim = {0};
    struct arc_params arc = {0};

    ask_init(&ask, arena, NOW);
    ask.lookup = look_up;
    assert_true(dkim_verify(&sent->dkim, &sent->received, &ask, crypto, &dkim));
    assert_true(arc_verify(&sent->arc, &sent->received, &ask, crypto, &arc));
}

static struct sent *send_with(str raw, const struct signing_params *params, enum action action, bool observed)
{
    struct sent *sent = arena_new_of(arena, struct sent);
    struct edit_params edit = {.auth = &sent->auth,
                               .authserv_id = S("mx.example.net"),
                               .id = S("1"),
                               .subject_tag = S("[X]"),
                               .direction = params->direction};
    struct ask ask;
    str header;

    mail_parse(&sent->mail, raw, arena);
    ask_init(&ask, arena, NOW);
    ask.lookup = look_up;
    assert_true(arc_verify(&sent->auth.arc, &sent->mail, &ask, crypto, &(struct arc_params){0}));
    sent->outcome = (struct outcome){.action = action, .observed = observed, .result_class = S("none")};
    edit_plan(&sent->outcome, &sent->mail, &edit, arena);
    while (!signing_step(&sent->signing, &sent->outcome, &sent->mail, &sent->auth, params, crypto, arena)) {
        assert_true(++sent->rounds < 5);
        answer(&sent->signing);
    }
    assert_true(sent->signing.done);
    assert_true(
        signing_step(&sent->signing, &sent->outcome, &sent->mail, &sent->auth, params, crypto, arena));
    header = edit_apply(&sent->mail, sent->outcome.edits, sent->outcome.edit_count, arena);
    mail_parse(&sent->received, arena_join(arena, header, S("\r\n"), sent->mail.body), arena);
    verify(sent);
    return sent;
}

#define MESSAGE                                                                                              \
    "X-Postern-Id: forged\r\nTo: b@example.net\r\nFrom: A <a@Example.COM>\r\nSubject: hello\r\n\r\n text \r\n\r\n"

/* ---- DKIM ---- */

static const struct signing_key two_keys[] = {{S("rsa"), KEY_RSA, 0, 0}, {S("ed"), KEY_ED25519, 0, 0}};
static const str senders[] = {STR("example.com"), STR(".example.org")};
static const struct signer signers[] = {
    {S("example.net"), NULL, 0, two_keys, 1},
    {S("sign.example.com"), senders, 2, two_keys, 2},
    {S("example.com"), NULL, 0, two_keys, 1},
};

static struct signing_params params_of(enum direction direction)
{
    return (struct signing_params){.signers = signers,
                                   .signer_count = 3,
                                   .authserv_id = S("mx.example.net"),
                                   .direction = direction,
                                   .now = NOW};
}

static void test_signed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * 3; i++) {
        struct signing_params params = params_of(i % 2 ? DIRECTION_SUBMISSION : DIRECTION_OUTBOUND);
        struct sent *sent = send_with(S(MESSAGE), &params, (enum action)(i / 2), false);

        assert_int_equal(sent->rounds, 1);
        assert_int_equal(sent->dkim.n, 2);
        for (size_t k = 0; k < 2; k++) {
            const struct dkim_signature *signature = &sent->dkim.signatures[k];

            if (signature->result != RESULT_PASS)
                fail_msg("%.*s", PS(signature->reason));
            assert_true(str_eq(signature->domain, S("sign.example.com")));
            assert_true(str_eq(signature->selector, two_keys[k].selector));
            assert_int_equal(signature->covers[DKIM_COVERS_SUBJECT], DKIM_OVERSIGNED);
        }
        assert_null(sent->signing.notes.first);
        assert_int_equal(sent->arc.result, RESULT_NONE);
    }
}

/* Which signer has the authors of a message. */
static void test_signers(void **state)
{
    static const struct {
        const char *from, *wanted;
    } rows[] = {
        {"a@example.com", "sign.example.com"},
        {"a@EXAMPLE.com, b@x.example.org", "sign.example.com"},
        {"a@x.example.org", "sign.example.com"},
        {"a@example.net", "example.net"},
        {"a@example.org", NULL}, /* ".example.org" is for those below */
        {"a@xexample.org", NULL},
        {"a@x.example.com", NULL},
        {"a@example.com, b@example.net", NULL},
        {"a@example.com, b@other.example", NULL},
        {"a@example.com, b", NULL},
        {"", NULL},
    };
    struct signing_params params = params_of(DIRECTION_OUTBOUND);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str raw = arena_printf(arena, "From: %s\r\n\r\nx\r\n", rows[i].from);
        struct sent *sent = send_with(raw, &params, ACTION_DELIVER, false);
        const struct signer *signer = signing_signer(&sent->mail, &params, arena);

        assert_int_equal(signer != NULL, rows[i].wanted != NULL);
        assert_true(!signer || str_eq(signer->domain, str_from(rows[i].wanted)));
        assert_int_equal(sent->dkim.n, signer ? signer->key_count : 0);
        assert_int_equal(sent->signing.notes.count, signer ? 0 : 1);
    }
}

/* A rotation: each key by its days; both where these overlap. */
static void test_rotation(void **state)
{
    static const struct signing_key rotating[] = {{S("r1"), KEY_RSA, 0, NOW + 100},
                                                  {S("r2"), KEY_RSA, NOW, 0},
                                                  {S("r3"), KEY_RSA, NOW + 200, NOW + 300}};
    static const struct signer signer = {S("example.com"), NULL, 0, rotating, 3};
    static const struct {
        int64_t now;
        const char *selectors;
    } rows[] = {{NOW - 1, "r1"},   {NOW, "r1r2"},       {NOW + 99, "r1r2"}, {NOW + 100, "r2"},
                {NOW + 199, "r2"}, {NOW + 200, "r2r3"}, {NOW + 300, "r2"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct signing_params params = {
            .signers = &signer, .signer_count = 1, .direction = DIRECTION_OUTBOUND, .now = rows[i].now};
        struct sent *sent = send_with(S(MESSAGE), &params, ACTION_DELIVER, false);
        str selectors = S("");

        for (size_t k = 0; k < sent->dkim.n; k++)
            selectors = arena_join(arena, selectors, sent->dkim.signatures[k].selector, S(""));
        assert_true(str_eq(selectors, str_from(rows[i].selectors)));
    }
}

/* A key that is not to be had costs its own signature, and a word about it; too many keys are left out. */
static void test_missing(void **state)
{
    static const struct signing_key some[] = {{S("x"), KEY_RSA, 0, 0}, {S("ed"), KEY_ED25519, 0, 0}};
    static const struct signing_key late[] = {{S("ed"), KEY_ED25519, NOW + 1, 0}};
    static const struct signing_key many[] = {{S("e1"), KEY_ED25519, 0, 0},
                                              {S("e2"), KEY_ED25519, 0, 0},
                                              {S("e3"), KEY_ED25519, 0, 0},
                                              {S("e4"), KEY_ED25519, 0, 0},
                                              {S("e5"), KEY_ED25519, 0, 0}};
    static const struct {
        const struct signing_key *keys;
        size_t count, signatures, notes;
    } rows[] = {{some, 2, 1, 1}, {some, 1, 0, 1}, {late, 1, 0, 1}, {many, 5, LIMIT_SIGNATURES, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct signer signer = {S("example.com"), NULL, 0, rows[i].keys, rows[i].count};
        struct signing_params params = {
            .signers = &signer, .signer_count = 1, .direction = DIRECTION_OUTBOUND, .now = NOW};
        struct sent *sent = send_with(S(MESSAGE), &params, ACTION_DELIVER, false);

        assert_int_equal(sent->dkim.n, rows[i].signatures);
        assert_int_equal(sent->signing.notes.count, rows[i].notes);
    }
}

/* Nothing is asked for where nothing goes out, or nothing is to be changed. */
static void test_unsigned(void **state)
{
    struct signing_params params = params_of(DIRECTION_OUTBOUND);

    (void)state;
    params.seal_domain = S("example.net");
    for (enum action action = 0; action < ACTIONS; action++)
        for (unsigned i = 0; i < 2; i++) {
            struct sent *sent = send_with(S(MESSAGE), &params, action, i == 0);
            bool goes = i == 1 && action < ACTION_QUARANTINE;

            assert_int_equal(sent->signing.question_count, goes ? 2 : 0);
            assert_int_equal(sent->dkim.n, goes ? 2 : 0);
        }
}

/* ---- ARC ---- */

/* Mail from outside gets no DKIM signature but a set, over the message as it is delivered: twice, so the
 * second seals a chain. */
static void test_sealed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct signing_params params = params_of(i ? DIRECTION_RELAY : DIRECTION_INBOUND);
        struct sent *sent;
        str whole;

        params.seal_domain = i ? S("sign.example.com") : S("example.net");
        sent = send_with(S(MESSAGE), &params, ACTION_BANNER, false);
        assert_int_equal(sent->rounds, 2);
        assert_int_equal(sent->dkim.n, 0);
        if (sent->arc.result != RESULT_PASS)
            fail_msg("%.*s", PS(sent->arc.reason));
        assert_int_equal(sent->arc.n, 1);
        assert_true(str_starts(sent->received.head, S("ARC-Seal:")));
        whole = arena_join(arena, sent->received.head, S("\r\n"), sent->received.body);
        sent = send_with(whole, &params, ACTION_BANNER, false);
        assert_int_equal(sent->arc.result, RESULT_PASS);
        assert_int_equal(sent->arc.n, 2);
        assert_int_equal(sent->received.count[HEADER_AUTHENTICATION_RESULTS], 1);
        assert_int_equal(sent->signing.notes.count, 0);
    }
}

static void test_unsealed(void **state)
{
    static const struct signing_key missing[] = {{S("x"), KEY_RSA, 0, 0}};
    static const struct signing_key late[] = {{S("rsa"), KEY_RSA, NOW + 1, 0}};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct signer signer = {S("example.net"), NULL, 0, i == 1 ? late : missing, 1};
        struct signing_params params = {.signers = &signer,
                                        .signer_count = 1,
                                        .direction = DIRECTION_INBOUND,
                                        .seal_domain = i == 2 ? S("other.example") : S("example.net"),
                                        .authserv_id = S("mx.example.net"),
                                        .now = NOW};
        struct sent *sent = send_with(S(MESSAGE), &params, ACTION_DELIVER, false);

        assert_int_equal(sent->arc.result, RESULT_NONE);
        assert_int_equal(sent->received.count[HEADER_AUTHENTICATION_RESULTS], 1);
        assert_int_equal(sent->signing.notes.count, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signed),   cmocka_unit_test(test_signers),  cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_missing),  cmocka_unit_test(test_unsigned), cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_unsealed),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
