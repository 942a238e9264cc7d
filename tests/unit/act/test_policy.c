/* test_policy.c: what is done with a message: every class, direction, mode and mixture of recipients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "act/policy.h"

enum { NOW = 1800000000 };

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

/* ---- what was found out ---- */

static struct auth auth_of(enum result result, enum dmarc_policy policy)
{
    struct auth auth = {
        .dmarc = {.result = result, .policy = policy, .domain = S("example.com"), .reason = S("why")},
        .envelope = {.has_mail_from = true, .mail_from = S("ann@example.com")}};

    ip_parse(S("192.0.2.1"), &auth.envelope.client);
    return auth;
}

static const struct {
    enum result result;
    enum dmarc_policy policy;
    bool overridden;
    enum result_class class;
} classes[] = {
    {RESULT_PASS, DMARC_POLICY_REJECT, false, CLASS_PASS},
    {RESULT_FAIL, DMARC_POLICY_REJECT, true, CLASS_PASS},
    {RESULT_NONE, DMARC_POLICY_NONE, false, CLASS_NONE},
    {RESULT_FAIL, DMARC_POLICY_NONE, false, CLASS_DMARC_FAIL},
    {RESULT_FAIL, DMARC_POLICY_QUARANTINE, false, CLASS_DMARC_QUARANTINE},
    {RESULT_FAIL, DMARC_POLICY_REJECT, false, CLASS_DMARC_REJECT},
    {RESULT_TEMPERROR, DMARC_POLICY_REJECT, false, CLASS_TEMPERROR},
    {RESULT_PERMERROR, DMARC_POLICY_NONE, false, CLASS_PERMERROR},
    {RESULT_UNKNOWN, DMARC_POLICY_NONE, false, CLASS_UNKNOWN},
    {RESULT_NEUTRAL, DMARC_POLICY_NONE, false, CLASS_UNKNOWN},
};
enum { CLASS_ROWS = sizeof(classes) / sizeof(classes[0]) };

static struct auth auth_of_row(size_t i)
{
    struct auth auth = auth_of(classes[i].result, classes[i].policy);

    auth.dmarc.overridden = classes[i].overridden;
    auth.dmarc.override_reason = S("a trusted chain");
    return auth;
}

static void test_classes(void **state)
{
    str reason;

    (void)state;
    for (size_t i = 0; i < CLASS_ROWS; i++) {
        struct auth auth = auth_of_row(i);

        assert_int_equal(policy_class(&auth, arena, &reason), classes[i].class);
        assert_true(reason.n > 0);
    }
    assert_int_equal(policy_class(NULL, arena, &reason), CLASS_UNSCANNED);
}

/* ---- table, direction, mode ---- */

static struct policy policy_with(enum action action)
{
    struct policy policy = {.resolver_failure = ACTION_DEFER};

    for (enum direction direction = 0; direction < DIRECTIONS; direction++)
        for (enum result_class class = 0; class < CLASSES; class ++)
            policy.actions[direction][class] = action;
    return policy;
}

static const str three[] = {STR("a@example.net"), STR("b@example.net"), STR("c@example.org")};

static struct outcome decide(const struct policy *policy, const struct policy_input *input)
{
    struct outcome outcome;

    policy_decide(&outcome, policy, input, arena);
    assert_true(outcome.reason.n > 0 && outcome.result_class.n > 0);
    assert_int_equal(outcome.edit_count, 0);
    assert_int_equal(outcome.recipient_count, input->recipient_count);
    assert_int_equal(outcome.observed, input->mode == MODE_OBSERVE);
    for (size_t i = 0; i < outcome.recipient_count; i++) {
        assert_true(str_eq(outcome.recipients[i].address, input->recipients[i]));
        assert_true(outcome.recipients[i].reason.n > 0);
    }
    if (outcome.action >= ACTION_DEFER) {
        const char *first = outcome.action == ACTION_REJECT ? "5" : "4";

        assert_true(outcome.reply_code.n == 3 && str_starts(outcome.reply_code, str_from(first)));
        assert_true(str_starts(outcome.reply_status, str_from(first)));
        assert_true(str_find_str(outcome.reply_text, S("ID1")) < outcome.reply_text.n);
    } else {
        assert_int_equal(outcome.reply_code.n + outcome.reply_status.n + outcome.reply_text.n, 0);
    }
    return outcome;
}

/* Every class in every direction and mode, for every action of the table, with no recipient, one and three;
 * with our resolver well and ill, and either thing that may be done then. */
static void test_cross_product(void **state)
{
    (void)state;
    for (size_t row = 0; row <= CLASS_ROWS; row++)
        for (unsigned i = 0; i < DIRECTIONS * ACTIONS * 2 * 3 * 3; i++) {
            struct auth auth = auth_of_row(row % CLASS_ROWS);
            enum result_class class = row < CLASS_ROWS ? classes[row].class : CLASS_UNSCANNED;
            enum direction direction = i % DIRECTIONS;
            enum action action = i / DIRECTIONS % ACTIONS, wanted = action;
            unsigned health = i / (DIRECTIONS * ACTIONS * 2) % 3, count = i / (DIRECTIONS * ACTIONS * 6) % 3;
            struct policy policy = policy_with(action == ACTION_DELIVER ? ACTION_BANNER : ACTION_DELIVER);
            struct policy_input input = {.auth = row < CLASS_ROWS ? &auth : NULL,
                                         .direction = direction,
                                         .mode = i / (DIRECTIONS * ACTIONS) % 2,
                                         .recipients = three,
                                         .recipient_count = count == 2 ? 3 : count,
                                         .resolver_failing = health > 0,
                                         .now = NOW,
                                         .id = S("ID1")};
            struct outcome outcome;

            policy.actions[direction][class] = action;
            policy.resolver_failure = health == 2 ? ACTION_DELIVER : ACTION_DEFER;
            if (class == CLASS_UNSCANNED && action < ACTION_QUARANTINE)
                wanted = ACTION_QUARANTINE;
            if (class == CLASS_TEMPERROR && health > 0 &&
                (direction == DIRECTION_INBOUND || direction == DIRECTION_RELAY))
                wanted = health == 2 ? ACTION_TAG : ACTION_DEFER;
            outcome = decide(&policy, &input);
            assert_int_equal(outcome.action, wanted);
            assert_string_equal(arena_c_str(arena, outcome.result_class), result_class_names[class]);
            for (size_t k = 0; k < outcome.recipient_count; k++)
                assert_int_equal(outcome.recipients[k].action, wanted);
            if (class == CLASS_TEMPERROR && wanted == ACTION_DEFER)
                assert_true(str_eq(outcome.reply_status, S("4.4.3")));
            arena_reset(arena);
        }
}

/* ---- recipients that differ ---- */

/* Three recipients, whose actions come from exceptions by recipient: all mixtures against the rules said
 * another way. */
static enum action wanted_of(enum action own, const enum action *all)
{
    enum action delivered = ACTION_DELIVER;
    bool same = all[0] == all[1] && all[1] == all[2];

    for (size_t i = 0; i < 3; i++)
        if (all[i] <= ACTION_BANNER && all[i] > delivered)
            delivered = all[i];
    if (own <= ACTION_BANNER)
        return delivered;
    return same ? own : ACTION_QUARANTINE;
}

static void test_mixtures(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ACTIONS * ACTIONS * ACTIONS; i++) {
        enum action all[] = {i % ACTIONS, i / ACTIONS % ACTIONS, i / ACTIONS / ACTIONS};
        struct policy_exception exceptions[3];
        struct policy policy = policy_with(ACTION_TAG);
        struct auth auth = auth_of(RESULT_PASS, DMARC_POLICY_NONE);
        struct policy_input input = {.auth = &auth,
                                     .recipients = three,
                                     .recipient_count = 3,
                                     .mode = MODE_ENFORCE,
                                     .now = NOW,
                                     .id = S("ID1")};
        enum action whole = ACTION_QUARANTINE;
        struct outcome outcome;

        for (size_t k = 0; k < 3; k++)
            exceptions[k] = (struct policy_exception){.recipient = three[k],
                                                      .action = all[k],
                                                      .expires = NOW + 1,
                                                      .owner = S("it"),
                                                      .reason = S("test")};
        policy.exceptions = exceptions;
        policy.exception_count = 3;
        outcome = decide(&policy, &input);
        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(outcome.recipients[k].action, wanted_of(all[k], all));
            if (outcome.recipients[k].action != ACTION_QUARANTINE)
                whole = outcome.recipients[k].action;
        }
        assert_int_equal(outcome.action, whole);
        arena_reset(arena);
    }
}

/* ---- exceptions ---- */

enum proof {
    PROOF_NONE,
    PROOF_SPF,
    PROOF_SPF_ALL,
    PROOF_SPF_WIDE,
    PROOF_DKIM,
    PROOF_DKIM_FAIL,
    PROOF_DMARC,
    PROOF_DMARC_ALL
};

static struct auth proven_auth(enum proof proof)
{
    static struct dkim_signature signature;
    static struct dmarc_alignment alignment;
    static struct dmarc_author author;
    struct auth auth = auth_of(proof >= PROOF_DMARC ? RESULT_PASS : RESULT_FAIL, DMARC_POLICY_REJECT);

    signature = (struct dkim_signature){.domain = S("example.com")};
    signature.result = proof == PROOF_DKIM ? RESULT_PASS : RESULT_FAIL;
    auth.dkim = (struct dkim){.signatures = &signature, .n = proof == PROOF_DKIM || proof == PROOF_DKIM_FAIL};
    auth.spf.mail_from = (struct spf_check){
        .domain = proof == PROOF_DMARC_ALL ? S("bounce.example.com") : S("example.com"),
        .result = proof == PROOF_SPF || proof == PROOF_SPF_ALL || proof == PROOF_SPF_WIDE ||
                          proof == PROOF_DMARC_ALL
                      ? RESULT_PASS
                      : RESULT_SOFTFAIL,
        .listed = proof == PROOF_SPF || proof == PROOF_SPF_WIDE,
        .wide = proof == PROOF_SPF_WIDE || proof == PROOF_SPF_ALL || proof == PROOF_DMARC_ALL};
    alignment =
        (struct dmarc_alignment){.identifier = {proof == PROOF_DMARC_ALL ? DMARC_BY_SPF : DMARC_BY_DKIM,
                                                RESULT_PASS, S("other.example.com"), 0},
                                 .aligned = true};
    author = (struct dmarc_author){.result = RESULT_PASS,
                                   .discovery = {.domain = S("example.com")},
                                   .alignments = &alignment,
                                   .alignment_count = 1};
    if (proof >= PROOF_DMARC) {
        auth.dmarc.authors = &author;
        auth.dmarc.author_count = 1;
    }
    return auth;
}

static const str from[] = {STR("Ann@Example.COM")};

struct exception_row {
    enum proof proof;
    const char *sender, *recipient, *network;
    int64_t expires;
    bool fits;
};

static const struct exception_row exception_rows[] = {
    /* What From and MAIL FROM say is nothing by itself. */
    {PROOF_NONE, "example.com", "", "", NOW + 1, false},
    {PROOF_NONE, "ann@example.com", "", "", NOW + 1, false},
    {PROOF_DKIM_FAIL, "example.com", "", "", NOW + 1, false},
    {PROOF_DKIM_FAIL, "ann@example.com", "", "", NOW + 1, false},
    /* Anybody passes +all, and half the Internet a wide network. */
    {PROOF_SPF_ALL, "example.com", "", "", NOW + 1, false},
    {PROOF_SPF_WIDE, "ann@example.com", "", "", NOW + 1, false},
    {PROOF_DMARC_ALL, "example.com", "", "", NOW + 1, false},
    {PROOF_DMARC_ALL, "ann@example.com", "", "", NOW + 1, false},
    /* Proven or aligned. */
    {PROOF_SPF, "example.com", "", "", NOW + 1, true},
    {PROOF_SPF, "ann@example.com", "", "", NOW + 1, true},
    {PROOF_DKIM, "example.com", "", "", NOW + 1, true},
    {PROOF_DKIM, "ANN@example.com", "", "", NOW + 1, true},
    {PROOF_DMARC, "example.com", "", "", NOW + 1, true},
    {PROOF_DMARC, "ann@example.com", "", "", NOW + 1, true},
    /* Of somebody else, or like it. */
    {PROOF_DKIM, "bob@example.com", "", "", NOW + 1, false},
    {PROOF_DKIM, "ann@example.net", "", "", NOW + 1, false},
    {PROOF_DKIM, "example.net", "", "", NOW + 1, false},
    {PROOF_DKIM, "ample.com", "", "", NOW + 1, false},
    {PROOF_DKIM, ".com", "", "", NOW + 1, true},
    {PROOF_DKIM, ".example.com", "", "", NOW + 1, false},
    {PROOF_DKIM, "mail.example.com", "", "", NOW + 1, false},
    /* Recipients and networks. */
    {PROOF_NONE, "", "a@example.net", "", NOW + 1, true},
    {PROOF_NONE, "", "A@example.net", "", NOW + 1, true},
    {PROOF_NONE, "", "example.net", "", NOW + 1, true},
    {PROOF_NONE, "", "b@example.net", "", NOW + 1, false},
    {PROOF_NONE, "", "example.org", "", NOW + 1, false},
    {PROOF_NONE, "", "", "192.0.2.0/24", NOW + 1, true},
    {PROOF_NONE, "", "", "198.51.100.0/24", NOW + 1, false},
    /* All that is given has to fit. */
    {PROOF_DKIM, "example.com", "a@example.net", "192.0.2.1/32", NOW + 1, true},
    {PROOF_NONE, "example.com", "a@example.net", "192.0.2.1/32", NOW + 1, false},
    {PROOF_DKIM, "example.com", "b@example.net", "192.0.2.1/32", NOW + 1, false},
    {PROOF_DKIM, "example.com", "a@example.net", "192.0.2.2/32", NOW + 1, false},
    /* None given fits nothing. */
    {PROOF_DKIM, "", "", "", NOW + 1, false},
    /* Expired, this second and for ever. */
    {PROOF_DKIM, "example.com", "", "", NOW, false},
    {PROOF_NONE, "", "a@example.net", "", NOW - 1, false},
    {PROOF_NONE, "", "", "192.0.2.0/24", 0, false},
};

static void test_exceptions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(exception_rows) / sizeof(exception_rows[0]); i++) {
        const struct exception_row *row = &exception_rows[i];
        struct network network;
        struct policy_exception exception = {.sender = str_from(row->sender),
                                             .recipient = str_from(row->recipient),
                                             .networks = &network,
                                             .network_count = *row->network ? 1 : 0,
                                             .action = ACTION_BANNER,
                                             .expires = row->expires,
                                             .owner = S("it"),
                                             .reason = S("they forward")};
        struct policy policy = policy_with(ACTION_REJECT);
        struct auth auth = proven_auth(row->proof);
        struct policy_input input = {.auth = &auth,
                                     .authors = from,
                                     .author_count = 1,
                                     .recipients = three,
                                     .recipient_count = 1,
                                     .mode = MODE_ENFORCE,
                                     .now = NOW,
                                     .id = S("ID1")};
        struct outcome outcome;

        if (*row->network)
            assert_true(network_parse(str_from(row->network), &network));
        policy.exceptions = &exception;
        policy.exception_count = 1;
        outcome = decide(&policy, &input);
        if (outcome.action != (row->fits ? ACTION_BANNER : ACTION_REJECT))
            fail_msg("row %zu: %s", i, action_name(outcome.action));
        if (row->fits)
            assert_true(str_eq(outcome.reason, S("exception of it: they forward")));
        arena_reset(arena);
    }
}

/* A proven domain says nothing for another author; and the first exception that fits counts. */
static void test_which_exception(void **state)
{
    static const str other[] = {STR("chief@bank.example")};
    struct policy_exception exceptions[] = {
        {.sender = S("chief@bank.example"),
         .action = ACTION_DELIVER,
         .expires = NOW + 1,
         .owner = S("a"),
         .reason = S("1")},
        {.sender = S("example.com"),
         .action = ACTION_TAG,
         .expires = NOW + 1,
         .owner = S("b"),
         .reason = S("2")},
        {.sender = S(".com"), .action = ACTION_BANNER, .expires = NOW + 1, .owner = S("c"), .reason = S("3")},
    };
    struct policy policy = policy_with(ACTION_REJECT);
    struct auth auth = proven_auth(PROOF_DKIM);
    struct policy_input input = {
        .auth = &auth, .authors = other, .author_count = 1, .mode = MODE_ENFORCE, .now = NOW, .id = S("ID1")};

    (void)state;
    policy.exceptions = exceptions;
    policy.exception_count = 3;
    assert_int_equal(decide(&policy, &input).action, ACTION_TAG);
}

/* The null sender proves its host name by SPF; of it there is no address. */
static void test_null_sender(void **state)
{
    struct policy_exception exceptions[] = {
        {.sender = S("postmaster@example.com"), .action = ACTION_DELIVER, .expires = NOW + 1},
        {.sender = S("example.com"), .action = ACTION_TAG, .expires = NOW + 1},
    };
    struct policy policy = policy_with(ACTION_REJECT);
    struct auth auth = proven_auth(PROOF_SPF);
    struct policy_input input = {.auth = &auth,
                                 .recipients = three,
                                 .recipient_count = 1,
                                 .mode = MODE_ENFORCE,
                                 .now = NOW,
                                 .id = S("ID1")};

    (void)state;
    auth.envelope.mail_from = S("");
    policy.exceptions = exceptions;
    policy.exception_count = 2;
    assert_int_equal(decide(&policy, &input).action, ACTION_TAG);
}

/* No exception for what was not judged, and none while our resolver is ill: it is tried again for all. */
static void test_no_exceptions(void **state)
{
    struct policy_exception exception = {
        .recipient = S("example.net"), .action = ACTION_DELIVER, .expires = NOW + 1};
    struct policy policy = policy_with(ACTION_TAG);
    struct auth auth = auth_of(RESULT_TEMPERROR, DMARC_POLICY_NONE);
    struct policy_input input = {
        .recipients = three, .recipient_count = 3, .mode = MODE_ENFORCE, .now = NOW, .id = S("ID1")};

    (void)state;
    policy.exceptions = &exception;
    policy.exception_count = 1;
    assert_int_equal(decide(&policy, &input).action, ACTION_QUARANTINE);
    input.auth = &auth;
    assert_int_equal(decide(&policy, &input).recipients[2].action, ACTION_TAG);
    assert_int_equal(decide(&policy, &input).action, ACTION_TAG);
    input.resolver_failing = true;
    assert_int_equal(decide(&policy, &input).action, ACTION_DEFER);
}

/* ---- many ---- */

/* The last of a thousand is the only one with an exception. Memory grows with the recipients, not with their
 * square. */
static void test_thousand(void **state)
{
    struct policy_exception exception = {.recipient = S("r999@example.net"),
                                         .action = ACTION_DELIVER,
                                         .expires = NOW + 1,
                                         .owner = S("x"),
                                         .reason = S("y")};
    struct policy policy = policy_with(ACTION_REJECT);
    struct auth auth = auth_of(RESULT_FAIL, DMARC_POLICY_REJECT);
    str recipients[1000];
    struct policy_input input = {.auth = &auth,
                                 .recipients = recipients,
                                 .recipient_count = 1000,
                                 .mode = MODE_ENFORCE,
                                 .now = NOW,
                                 .id = S("ID1")};
    struct outcome outcome;
    size_t before;

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        recipients[i] = arena_printf(arena, "r%zu@example.net", i);
    policy.exceptions = &exception;
    policy.exception_count = 1;
    before = arena_size(arena);
    outcome = decide(&policy, &input);
    assert_true(arena_size(arena) - before < 1000 * 512);
    assert_int_equal(outcome.action, ACTION_DELIVER);
    for (size_t i = 0; i < 999; i++)
        assert_int_equal(outcome.recipients[i].action, ACTION_QUARANTINE);
    assert_int_equal(outcome.recipients[999].action, ACTION_DELIVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),         cmocka_unit_test(test_cross_product),
        cmocka_unit_test(test_mixtures),        cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_which_exception), cmocka_unit_test(test_null_sender),
        cmocka_unit_test(test_no_exceptions),   cmocka_unit_test(test_thousand),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
