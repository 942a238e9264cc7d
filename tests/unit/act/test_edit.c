/* test_edit.c: edits as the MTA carries them out, and which are planned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "act/edit.h"
#include "base/buf.h"
#include "base/limits.h"

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

/* ---- carrying out ---- */

#define ABAB "A: 1\r\nB: 2\r\na : 3\r\nB: 4\r\n"

struct apply_row {
    str header;
    struct edit edits[3];
    size_t count;
    str wanted;
};

#define EDIT(kind, name, value, index)                                                                       \
    {                                                                                                        \
        EDIT_##kind, STR(name), STR(value), index                                                            \
    }

static const struct apply_row apply_rows[] = {
    {STR(ABAB), {EDIT(DELETE, "A", "", 1)}, 1, STR("B: 2\r\na : 3\r\nB: 4\r\n")},
    {STR(ABAB), {EDIT(DELETE, "A", "", 2)}, 1, STR("A: 1\r\nB: 2\r\nB: 4\r\n")},
    {STR(ABAB), {EDIT(DELETE, "A", "", 3)}, 1, STR(ABAB)},
    {STR(ABAB), {EDIT(DELETE, "C", "", 1)}, 1, STR(ABAB)},
    /* A deleted field counts no more. */
    {STR(ABAB), {EDIT(DELETE, "A", "", 1), EDIT(DELETE, "A", "", 1)}, 2, STR("B: 2\r\nB: 4\r\n")},
    {STR(ABAB), {EDIT(DELETE, "A", "", 2), EDIT(DELETE, "A", "", 1)}, 2, STR("B: 2\r\nB: 4\r\n")},
    {STR(ABAB), {EDIT(CHANGE, "b", " x\r\n y", 2)}, 1, STR("A: 1\r\nB: 2\r\na : 3\r\nb: x\r\n y\r\n")},
    {STR(ABAB), {EDIT(CHANGE, "C", " x", 1)}, 1, STR(ABAB "C: x\r\n")},
    {STR(ABAB), {EDIT(INSERT, "C", " x", 0)}, 1, STR("C: x\r\n" ABAB)},
    /* Number 0 is the MTA's own Received. */
    {STR(ABAB), {EDIT(INSERT, "C", " x", 1)}, 1, STR("C: x\r\n" ABAB)},
    {STR(ABAB), {EDIT(INSERT, "C", " x", 2)}, 1, STR("A: 1\r\nC: x\r\nB: 2\r\na : 3\r\nB: 4\r\n")},
    {STR(ABAB), {EDIT(INSERT, "C", " x", 5)}, 1, STR(ABAB "C: x\r\n")},
    {STR(ABAB), {EDIT(INSERT, "C", " x", 99)}, 1, STR(ABAB "C: x\r\n")},
    {STR(ABAB), {EDIT(INSERT, "C", " x", 0), EDIT(INSERT, "D", " y", 0)}, 2, STR("D: y\r\nC: x\r\n" ABAB)},
    {STR(ABAB), {EDIT(INSERT, "C", " x", 0), EDIT(INSERT, "D", " y", 1)}, 2, STR("C: x\r\nD: y\r\n" ABAB)},
    /* What is on top is passed over in counting. */
    {STR(ABAB),
     {EDIT(INSERT, "A", " x", 0), EDIT(DELETE, "A", "", 1)},
     2,
     STR("A: x\r\nB: 2\r\na : 3\r\nB: 4\r\n")},
    {STR(ABAB), {EDIT(DELETE_RECIPIENT, "A", "", 1)}, 1, STR(ABAB)},
    {STR("A: 1\nB: 2\n"), {EDIT(INSERT, "C", " x\r\n y", 0)}, 1, STR("C: x\n y\nA: 1\nB: 2\n")},
    {STR("A: 1"), {EDIT(CHANGE, "B", " x", 1)}, 1, STR("A: 1\r\nB: x\r\n")},
    {STR(""), {EDIT(INSERT, "C", " x", 0)}, 1, STR("C: x\r\n")},
};

static void test_apply(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(apply_rows) / sizeof(apply_rows[0]); i++) {
        const struct apply_row *row = &apply_rows[i];
        struct mail mail, preview;
        str header;

        mail_parse(&mail, row->header, arena);
        header = edit_apply(&mail, row->edits, row->count, arena);
        if (!str_eq(header, row->wanted))
            fail_msg("row %zu: \"%.*s\"", i, PS(header));
        mail.body = S("the body");
        edit_preview(&preview, &mail, row->edits, row->count, arena);
        assert_true(str_eq(preview.head, row->wanted) && str_eq(preview.body, mail.body));
    }
}

/* ---- planning ---- */

static struct auth some_auth(void)
{
    struct auth auth = {.spf = {.mail_from = {.result = RESULT_PASS}, .helo = {.result = RESULT_NONE}},
                        .dkim = {.result = RESULT_NONE},
                        .arc = {.result = RESULT_NONE},
                        .dmarc = {.result = RESULT_PASS, .domain = S("example.com"), .reason = S("aligned")},
                        .iprev = {.result = RESULT_PASS},
                        .envelope = {.has_mail_from = true, .mail_from = S("a@example.com")}};

    return auth;
}

static struct edit_params params_of(const struct auth *auth)
{
    return (struct edit_params){.auth = auth,
                                .authserv_id = S("mx.example.net"),
                                .id = S("ID1"),
                                .subject_tag = S("[X]"),
                                .spam_headers = true};
}

static struct outcome outcome_of(enum action action)
{
    return (struct outcome){.action = action, .result_class = S("pass")};
}

#define FORGED                                                                                               \
    "Authentication-Results: mx.example.net; dmarc=pass\r\n"                                                 \
    "AUTHENTICATION-RESULTS : (x) \"MX.example.net\" ; spf=pass\r\n"                                         \
    "X-Postern-Verdict: deliver; class=pass\r\n"                                                             \
    "x-postern-ID\t:\r\n fold\r\n"                                                                           \
    "X-POSTERN-Release: token\r\n"                                                                           \
    "X-Spam-Flag: NO\r\n"                                                                                    \
    "x-spam-status  : No, score=-9\r\n"
#define KEPT                                                                                                 \
    "Authentication-Results: other.example; spf=fail\r\n"                                                    \
    "X-Poster: a\r\n"                                                                                        \
    "From: a@example.com\r\n"                                                                                \
    "X-Spam-Score: 1\r\n"                                                                                    \
    "Subject: hi\r\n"
#define OURS_OUTBOUND "X-Postern-Id: ID1\r\n"
#define OURS                                                                                                 \
    "Authentication-Results: mx.example.net;\r\n spf=pass smtp.mailfrom=a@example.com;\r\n dkim=none;\r\n"   \
    " arc=none;\r\n dmarc=pass header.from=example.com policy.dmarc=none;\r\n iprev=pass\r\n"                \
    "X-Postern-Verdict: deliver; class=pass; dmarc=pass; spf=pass; dkim=none;\r\n"                           \
    " arc=none; from=example.com\r\n"                                                                        \
    "X-Spam-Flag: NO\r\n"                                                                                    \
    "X-Spam-Status: No, tests=postern-pass\r\n" OURS_OUTBOUND

static str edited(str raw, struct outcome *outcome, const struct edit_params *params)
{
    struct mail mail;

    mail_parse(&mail, raw, arena);
    edit_plan(outcome, &mail, params, arena);
    return edit_apply(&mail, outcome->edits, outcome->edit_count, arena);
}

static void check_text(str text, const char *wanted)
{
    if (!str_eq(text, str_from(wanted)))
        fail_msg("\"%.*s\"\nwanted \"%s\"", PS(text), wanted);
}

static void test_plan(void **state)
{
    struct auth auth = some_auth();
    struct edit_params params = params_of(&auth);
    struct outcome outcome = outcome_of(ACTION_DELIVER);

    (void)state;
    check_text(edited(S(FORGED KEPT FORGED "\r\nbody"), &outcome, &params), OURS KEPT);
    outcome = outcome_of(ACTION_DELIVER);
    params.direction = DIRECTION_OUTBOUND;
    check_text(edited(S(KEPT FORGED FORGED "\r\nbody"), &outcome, &params), OURS_OUTBOUND KEPT);
    outcome = outcome_of(ACTION_DELIVER);
    params.spam_headers = false;
    check_text(edited(S("X-Spam-Flag: NO\r\n" KEPT "\r\n"), &outcome, &params),
               OURS_OUTBOUND "X-Spam-Flag: NO\r\n" KEPT);
}

/* Whatever the domain holds, the field keeps its grammar. */
static void test_verdict(void **state)
{
    struct dnsl_result lists[] = {{.list = S("one"), .state = DNSL_LISTED},
                                  {.list = S("no"), .state = DNSL_NOT_LISTED},
                                  {.list = S("one"), .state = DNSL_LISTED},
                                  {.list = S("t w;o"), .state = DNSL_LISTED},
                                  {.list = S("refuses"), .state = DNSL_REFUSED}};
    struct auth auth = some_auth();
    struct edit_params params = params_of(&auth);
    struct outcome outcome = outcome_of(ACTION_TAG);

    (void)state;
    auth.dnsl = (struct dnsl_results){lists, sizeof(lists) / sizeof(lists[0])};
    auth.dmarc.domain = S("a;class=pass\r\nx\"\xc3\xa4.example");
    edited(S("From: a\r\n\r\n"), &outcome, &params);
    for (size_t i = 0; i < outcome.edit_count; i++) {
        const struct edit *edit = &outcome.edits[i];

        if (str_eq(edit->name, S("X-Postern-Verdict")))
            check_text(edit->value, " tag; class=pass; dmarc=pass; spf=pass; dkim=none; arc=none;\r\n"
                                    " from=a?class?pass??x???.example; lists=one,t?w?o");
        if (str_eq(edit->name, S("X-Spam-Flag")))
            check_text(edit->value, " YES");
    }
    assert_int_equal(outcome.edit_count, 5);
}

static void test_subject(void **state)
{
    struct auth auth = some_auth();
    struct edit_params params = params_of(&auth);
    static const struct {
        str header;
        const char *wanted;
    } rows[] = {
        {STR("Subject: a\r\nsubject :b\r\n"), "Subject: [X] a\r\nsubject: [X] b\r\n"},
        {STR("Subject: [X] a\r\nSubject: b\r\n"), "Subject: [X] a\r\nSubject: [X] b\r\n"},
        {STR("From: a\r\n"), "Subject: [X]\r\nFrom: a\r\n"},
    };

    (void)state;
    params.direction = DIRECTION_OUTBOUND;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct outcome outcome = outcome_of(i % 2 ? ACTION_TAG : ACTION_BANNER);
        str wanted = i % 2 ? rows[i / 2].header : str_from(rows[i / 2].wanted);

        check_text(edited(rows[i / 2].header, &outcome, &params),
                   arena_c_str(arena, arena_join(arena, S(OURS_OUTBOUND), wanted, S(""))));
    }
    params.subject_tag = S("");
    check_text(edited(rows[0].header, &(struct outcome){.action = ACTION_BANNER}, &params),
               OURS_OUTBOUND "Subject: a\r\nsubject :b\r\n");
}

/* Recipients without a copy are taken off; nothing is changed in observe mode or where nothing is delivered.
 */
static void test_recipients(void **state)
{
    struct auth auth = some_auth();
    struct edit_params params = params_of(&auth);
    struct outcome_recipient recipients[] = {{S("a@example.net"), ACTION_QUARANTINE, S("x")},
                                             {S("b@example.net"), ACTION_DELIVER, S("x")},
                                             {S("c@example.net"), ACTION_QUARANTINE, S("x")}};
    struct outcome outcome = outcome_of(ACTION_DELIVER);
    size_t removed = 0;

    (void)state;
    outcome.recipients = recipients;
    outcome.recipient_count = 3;
    edited(S(FORGED "\r\n"), &outcome, &params);
    for (size_t i = 0; i < outcome.edit_count; i++)
        if (outcome.edits[i].kind == EDIT_DELETE_RECIPIENT)
            assert_true(str_eq(outcome.edits[i].name, recipients[2 * removed++].address));
    assert_int_equal(removed, 2);
    outcome.observed = true;
    edited(S(FORGED "\r\n"), &outcome, &params);
    assert_int_equal(outcome.edit_count, 0);
    outcome.observed = false;
    for (outcome.action = ACTION_QUARANTINE; outcome.action < ACTIONS; outcome.action++) {
        edited(S(FORGED "\r\n"), &outcome, &params);
        assert_int_equal(outcome.edit_count, 0);
    }
}

/* More fields that pretend to be ours than are removed: the message is held, never delivered with the rest of
 * them. */
static void test_many(void **state)
{
    static const char *const fields[] = {
        "X-Postern-A: b\r\n", "Authentication-Results: mx.example.net; spf=pass\r\n", "Subject: s\r\n"};
    struct auth auth = some_auth();
    struct edit_params params = params_of(&auth);

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        bool over = i % 2;
        struct outcome_recipient recipient = {S("a@example.net"), ACTION_BANNER, S("x")};
        struct outcome outcome = outcome_of(ACTION_BANNER);
        struct buf raw = buf_new(arena, SIZE_MAX);

        outcome.recipients = &recipient;
        outcome.recipient_count = 1;
        for (int k = 0; k < LIMIT_EDIT_REMOVALS + over; k++)
            buf_add(&raw, str_from(fields[i / 2]));
        edited(buf_str(&raw), &outcome, &params);
        assert_int_equal(outcome.action, over ? ACTION_QUARANTINE : ACTION_BANNER);
        assert_int_equal(recipient.action, outcome.action);
        assert_true(over ? outcome.edit_count == 0 : outcome.edit_count > LIMIT_EDIT_REMOVALS);
    }
}

/* Fields past the limit of those that are looked at are seen here. */
static void test_hidden_below(void **state)
{
    struct auth auth = some_auth();
    struct edit_params params = params_of(&auth);
    struct outcome outcome = outcome_of(ACTION_DELIVER);
    struct buf raw = buf_new(arena, SIZE_MAX), wanted = buf_new(arena, SIZE_MAX);

    (void)state;
    params.direction = DIRECTION_OUTBOUND;
    buf_add(&wanted, S(OURS_OUTBOUND));
    for (unsigned i = 0; i < LIMIT_HEADERS + 5; i++) {
        buf_add(&raw, S("A: b\r\n"));
        buf_add(&wanted, S("A: b\r\n"));
    }
    buf_add(&raw, S(FORGED "\r\nbody"));
    assert_true(str_eq(edited(buf_str(&raw), &outcome, &params), buf_str(&wanted)));
}

static void test_add_field(void **state)
{
    struct auth auth = some_auth();
    struct edit_params params = params_of(&auth);
    struct outcome outcome = outcome_of(ACTION_DELIVER);
    struct mail mail;

    (void)state;
    params.direction = DIRECTION_OUTBOUND;
    mail_parse(&mail, S(KEPT "\r\n"), arena);
    edit_plan(&outcome, &mail, &params, arena);
    edit_add_field(&outcome, S("DKIM-Signature: v=1;\r\n b=\r\n"), arena);
    check_text(edit_apply(&mail, outcome.edits, outcome.edit_count, arena),
               "DKIM-Signature: v=1;\r\n b=\r\n" OURS_OUTBOUND KEPT);
    outcome = (struct outcome){0};
    edit_add_field(&outcome, S("A:b"), arena);
    check_text(edit_apply(&mail, outcome.edits, outcome.edit_count, arena), "A:b\r\n" KEPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply),        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_verdict),      cmocka_unit_test(test_subject),
        cmocka_unit_test(test_recipients),   cmocka_unit_test(test_many),
        cmocka_unit_test(test_hidden_below), cmocka_unit_test(test_add_field),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
