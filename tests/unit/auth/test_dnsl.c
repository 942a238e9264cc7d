/* test_dnsl.c: DNS lists: what is asked, what the answers mean, and that both are the same in every order of
 * answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ask/answers.h"
#include "base/limits.h"
#include "scan.h"

/* ---- what answers mean ---- */

static struct dnsl_meaning meaning(const char *network, uint8_t mask, const char *words)
{
    struct dnsl_meaning meaning = {.mask = mask, .words = str_from(words)};

    assert_true(network_parse(str_from(network), &meaning.answers));
    return meaning;
}

struct row {
    bool bits; /* the list with bits, instead of the one with networks, or none */
    bool any;
    const char *answer; /* what stands behind "A" in the answers file; NULL: nobody is asked */
    enum dnsl_state state;
    const char *answers, *reason;
};

static const struct row rows[] = {
    {false, false, "127.0.0.2", DNSL_LISTED, "127.0.0.2", "spam"},
    {false, false, "127.0.0.10", DNSL_LISTED, "127.0.0.10", ""},
    {false, false, "127.0.0.4", DNSL_NOT_LISTED, "127.0.0.4", ""},
    {false, false, "NXDOMAIN", DNSL_NOT_LISTED, "", ""},
    {false, false, "NODATA", DNSL_NOT_LISTED, "", ""},
    {false, false, "SERVFAIL", DNSL_ERROR, "", "the list could not be asked"},
    {false, false, "TIMEOUT", DNSL_ERROR, "", "the list could not be asked"},
    {false, false, "BOGUS", DNSL_ERROR, "", "the list could not be asked"},
    {false, false, "UNKNOWN", DNSL_UNKNOWN, "", ""},
    {false, false, NULL, DNSL_UNKNOWN, "", ""},
    {true, false, "127.0.0.2", DNSL_LISTED, "127.0.0.2", "black"},
    {true, false, "127.0.0.6", DNSL_LISTED, "127.0.0.6", "black"},
    {true, false, "127.0.0.12", DNSL_LISTED, "127.0.0.12", "grey"},
    {true, false, "127.0.0.8", DNSL_NOT_LISTED, "127.0.0.8", ""},
    {false, true, "127.0.0.99", DNSL_LISTED, "127.0.0.99", ""},
    {false, true, "127.1.2.3", DNSL_LISTED, "127.1.2.3", ""},
    /* Refusals and sold zones: everything would be listed. */
    {false, true, "127.255.255.254", DNSL_REFUSED, "127.255.255.254",
     "the list refuses to answer our resolver"},
    {false, true, "127.255.255.255", DNSL_REFUSED, "127.255.255.255",
     "the list refuses to answer our resolver"},
    {false, true, "127.255.255.252", DNSL_REFUSED, "127.255.255.252",
     "the list refuses to answer our resolver"},
    {false, true, "127.0.0.1", DNSL_REFUSED, "127.0.0.1", "the list refuses to answer our resolver"},
    {true, false, "127.0.0.1", DNSL_REFUSED, "127.0.0.1", "the list refuses to answer our resolver"},
    {false, true, "192.0.2.80", DNSL_ERROR, "192.0.2.80",
     "the answer is outside of 127.0.0.0/8, so it is none of a list"},
};

static void test_answers(void **state)
{
    struct dnsl_meaning networks[] = {meaning("127.0.0.2/32", 0, "spam"), meaning("127.0.0.10/31", 0, "")};
    struct dnsl_meaning bits[] = {meaning("127.0.0.0/24", 2, "black"), meaning("127.0.0.0/24", 4, "grey")};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dnsl list = {.name = S("one"),
                            .zone = S("list.example"),
                            .kind = DNSL_CLIENT,
                            .meanings = rows[i].bits ? bits : networks,
                            .meaning_count = rows[i].any ? 0 : 2};
        struct dnsl_params params = {.lists = &list, .count = 1};
        struct dnsl_input input = {0};
        struct dnsl_results results;
        struct arena *arena = arena_new();
        struct answers answers;
        struct ask ask;
        struct err err = {""};

        ip_parse(S("192.0.2.1"), &input.client);
        assert_true(answers_parse(
            &answers, S("test"),
            rows[i].answer ? arena_printf(arena, "1.2.0.192.list.example A %s\n", rows[i].answer) : S(""),
            arena, &err));
        ask_init(&ask, arena, 0);
        ask.offline = !rows[i].answer;
        ask_begin(&ask, ASK_DNSL);
        if (rows[i].answer) {
            assert_false(dnsl_look_up(&results, &input, &ask, &params));
            answers_answer(&answers, &ask);
        }
        ask_begin(&ask, ASK_DNSL);
        assert_true(dnsl_look_up(&results, &input, &ask, &params));
        assert_int_equal(results.n, 1);
        if (results.items[0].state != rows[i].state ||
            !str_eq(results.items[0].answers, str_from(rows[i].answers)) ||
            !str_eq(results.items[0].reason, str_from(rows[i].reason)))
            fail_msg("row %zu: %d \"%.*s\" \"%.*s\"", i, (int)results.items[0].state,
                     PS(results.items[0].answers), PS(results.items[0].reason));
        assert_true(str_eq(results.items[0].list, S("one")) &&
                    str_eq(results.items[0].subject, S("192.0.2.1")));
        arena_free(arena);
    }
}

/* A refusal among others is one; several meanings are all told. */
static void test_several(void **state)
{
    static const struct {
        const char *lines;
        enum dnsl_state state;
        const char *reason;
    } several[] = {
        {"1.2.0.192.list.example A 127.0.0.2\n1.2.0.192.list.example A 127.0.0.3\n", DNSL_LISTED,
         "spam, bots"},
        {"1.2.0.192.list.example A 127.0.0.2\n1.2.0.192.list.example A 127.255.255.254\n", DNSL_REFUSED,
         "the list refuses to answer our resolver"},
        {"1.2.0.192.list.example A 127.0.0.2\n1.2.0.192.list.example A 198.51.100.1\n", DNSL_ERROR,
         "the answer is outside of 127.0.0.0/8, so it is none of a list"},
    };
    struct dnsl_meaning meanings[] = {meaning("127.0.0.2/32", 0, "spam"), meaning("127.0.0.3/32", 0, "bots")};
    struct dnsl list = {S("one"), S("list.example"), DNSL_CLIENT, meanings, 2};
    struct dnsl_params params = {.lists = &list, .count = 1};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct arena *arena = arena_new();
        struct dnsl_input input = {0};
        struct dnsl_results results;
        struct answers answers;
        struct ask ask;
        struct err err;

        ip_parse(S("192.0.2.1"), &input.client);
        assert_true(answers_parse(&answers, S("test"), str_from(several[i].lines), arena, &err));
        ask_init(&ask, arena, 0);
        ask.lookup = answers_lookup;
        ask.lookup_context = &answers;
        ask_begin(&ask, ASK_DNSL);
        assert_true(dnsl_look_up(&results, &input, &ask, &params));
        assert_int_equal(results.items[0].state, several[i].state);
        assert_true(str_eq(results.items[0].reason, str_from(several[i].reason)));
        arena_free(arena);
    }
}

/* ---- what is asked ---- */

static const struct dnsl lists[] = {
    {STR("domains"), STR("d.example"), DNSL_DOMAIN, NULL, 0},
    {STR("clients"), STR("c.example"), DNSL_CLIENT, NULL, 0},
};

static void test_names(void **state)
{
    static const struct {
        const char *client, *domains[4], *wanted;
    } names[] = {
        {"192.0.2.1", {"a.example"}, "1.2.0.192.c.example a.example.d.example "},
        {"2001:db8::1", {NULL}, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.c.example "},
        {"", {"x.a.example", "a.example", "b.example"}, "a.example.d.example b.example.d.example "},
        {"10.1.2.3", {"a.example"}, "a.example.d.example "},
        {"127.0.0.1", {NULL}, ""},
        {"172.31.0.1", {NULL}, ""},
        {"172.32.0.1", {NULL}, "1.0.32.172.c.example "},
        {"::1", {NULL}, ""},
        {"fd00::1", {NULL}, ""},
        {"fe80::1", {NULL}, ""},
    };
    struct dnsl_params params = {.lists = lists, .count = 2};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct arena *arena = arena_new();
        str domains[4], asked = S("");
        struct dnsl_input input = {.domains = domains};
        struct dnsl_results results;
        struct ask ask;

        ip_parse(str_from(names[i].client), &input.client);
        while (names[i].domains[input.domain_count]) {
            domains[input.domain_count] = str_from(names[i].domains[input.domain_count]);
            input.domain_count++;
        }
        ask_init(&ask, arena, 0);
        ask_begin(&ask, ASK_DNSL);
        ask_inherit(&ask, ASK_DNSL, 4);
        dnsl_look_up(&results, &input, &ask, &params);
        for (const struct question *question = ask.first; question; question = question->next) {
            assert_int_equal(question->type, DNS_A);
            asked = arena_join(arena, asked, question->name, S(" "));
        }
        if (!str_eq(asked, str_from(names[i].wanted)))
            fail_msg("row %zu: %.*s", i, PS(asked));
        arena_free(arena);
    }
}

/* ---- with the other parts ---- */

enum { MANY = 30 };

#define SIGNATURE(d)                                                                                         \
    "DKIM-Signature: v=1; a=rsa-sha256; d=" d "; s=s; c=relaxed/relaxed; h=from;\r\n"                        \
    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"

static const char *const messages[] = {
    "From: a@example.com\r\n\r\nx\r\n",
    SIGNATURE("s1.example") SIGNATURE("s2.example") "From: a@example.com\r\n\r\nx\r\n",
    SIGNATURE("s1.example") SIGNATURE("s2.example") SIGNATURE("s3.example") SIGNATURE("s4.example")
        SIGNATURE("s5.example") SIGNATURE("s6.example")
            SIGNATURE("s7.example") "From: a@a.b.c.d.e.f.g.example.com\r\n\r\nx\r\n",
};

struct whole {
    struct arena *arena;
    struct scan scan;
    unsigned questions;
    str text; /* all results */
};

/* Answers up to `at_once` of the open questions, from the last one or the first. */
static void answer_some(struct ask *ask, unsigned at_once, bool last)
{
    for (unsigned n = 0; n < at_once && ask->open; n++) {
        struct question *chosen = NULL;
        struct dns_answer *answer = arena_new_of(ask->arena, struct dns_answer);

        for (struct question *question = ask->first; question; question = question->next)
            if (!question->answer && (!chosen || last))
                chosen = question;
        *answer = (struct dns_answer){.name = chosen->name, .type = chosen->type, .status = DNS_NXDOMAIN};
        if (str_ends(chosen->name, S(".list.example"))) {
            answer->status = DNS_OK;
            answer->n = 1;
            answer->records = arena_new_of(ask->arena, struct dns_record);
            ip_parse(S("127.0.0.2"), &answer->records->ip);
        }
        ask_answer(ask, chosen, answer);
    }
}

static void scan_whole(struct whole *whole, const char *message, unsigned at_once, bool last)
{
    struct dnsl many[MANY];
    struct scan_params params = {.auth = {.dnsl = {.lists = many, .count = MANY}}};
    struct envelope envelope = {
        .helo = S("mail.example.com"), .has_mail_from = true, .mail_from = S("b@bounce.example")};
    struct err err;
    struct crypto *crypto = crypto_new(&err);

    whole->arena = arena_new();
    for (size_t i = 0; i < MANY; i++)
        many[i] = (struct dnsl){arena_printf(whole->arena, "l%zu", i),
                                arena_printf(whole->arena, "l%zu.list.example", i),
                                i % 3 ? DNSL_DOMAIN : DNSL_CLIENT, NULL, 0};
    ip_parse(S("192.0.2.1"), &envelope.client);
    scan_begin(&whole->scan, str_from(message), &envelope, 1800000000, whole->arena, crypto, &params);
    while (!scan_step(&whole->scan)) {
        assert_true(whole->scan.ask.open > 0);
        answer_some(&whole->scan.ask, at_once, last);
    }
    whole->questions = 0;
    for (const struct question *question = whole->scan.ask.first; question; question = question->next)
        whole->questions++;
    whole->text = S("");
    for (size_t i = 0; i < whole->scan.auth.dnsl.n; i++) {
        const struct dnsl_result *result = &whole->scan.auth.dnsl.items[i];

        whole->text = arena_printf(whole->arena, "%.*s%.*s %.*s %d\n", PS(whole->text), PS(result->list),
                                   PS(result->subject), (int)result->state);
    }
    crypto_free(crypto);
}

/* Never more than 40 questions in all; at least the own two; and the same results however the answers come:
 * all at once, one by one, from either end. */
static void test_budget(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct whole first, other;
        size_t listed = 0;

        scan_whole(&first, messages[i], 1000, false);
        for (size_t k = 0; k < first.scan.auth.dnsl.n; k++)
            listed += first.scan.auth.dnsl.items[k].state == DNSL_LISTED;
        assert_true(listed >= LIMIT_DNS_QUESTIONS_DNSL && (i == 2 || listed >= 8));
        assert_int_equal(first.scan.auth.dnsl.items[0].state, DNSL_LISTED);
        assert_int_equal(first.scan.auth.dnsl.items[MANY - 1].state, DNSL_UNKNOWN);
        assert_true(first.questions <= 40);
        for (unsigned way = 0; way < 4; way++) {
            scan_whole(&other, messages[i], way < 2 ? 1 : 3, way % 2);
            assert_true(other.questions <= 40);
            assert_true(str_eq(first.text, other.text));
            arena_free(other.arena);
        }
        arena_free(first.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers), cmocka_unit_test(test_several),
                                       cmocka_unit_test(test_names), cmocka_unit_test(test_budget)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
