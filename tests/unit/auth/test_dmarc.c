/* test_dmarc.c: what DMARC asks for and what it makes of what it does not know; the rest is in
 * tests/cases/dmarc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/dmarc.h"

struct fixture {
    struct arena *arena;
    struct ask ask;
    struct dmarc_params params;
    struct dmarc dmarc;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){.arena = arena_new()};
    ask_init(&f->ask, f->arena, 0);
}

static void give(struct fixture *f, const char *name, enum dns_type type, enum dns_status status,
                 const char *text)
{
    struct dns_answer *answer = arena_new_of(f->arena, struct dns_answer);

    *answer = (struct dns_answer){.name = str_from(name), .type = type, .status = status};
    if (text) {
        answer->records = arena_new_of(f->arena, struct dns_record);
        answer->records[answer->n++].text = str_from(text);
    }
    ask_give(&f->ask, answer);
}

/* Whatever is open does not exist. */
static void answer_open(struct fixture *f)
{
    for (struct question *question = f->ask.first; question; question = question->next)
        if (!question->answer) {
            struct dns_answer *answer = arena_new_of(f->arena, struct dns_answer);

            *answer =
                (struct dns_answer){.name = question->name, .type = question->type, .status = DNS_NXDOMAIN};
            ask_answer(&f->ask, question, answer);
        }
}

static bool run(struct fixture *f, const struct dmarc_input *input)
{
    ask_begin(&f->ask, ASK_DMARC);
    return dmarc_evaluate(&f->dmarc, input, &f->ask, &f->params);
}

static unsigned run_to_end(struct fixture *f, const struct dmarc_input *input)
{
    unsigned rounds = 0;

    while (!run(f, input)) {
        assert_true(f->ask.open > 0);
        assert_true(++rounds < 5);
        answer_open(f);
    }
    assert_true(f->dmarc.done && f->dmarc.reason.n > 0);
    return rounds;
}

static unsigned question_count(const struct fixture *f)
{
    unsigned n = 0;

    for (const struct question *question = f->ask.first; question; question = question->next)
        n++;
    return n;
}

static struct dmarc_identifier dkim(const char *domain, enum result result)
{
    return (struct dmarc_identifier){.method = DMARC_BY_DKIM, .result = result, .domain = str_from(domain)};
}

/* The walk is asked for before SPF and DKIM are done; a signer outside costs no question, a sibling one more.
 */
static void test_rounds(void **state)
{
    const str authors[] = {STR("news.example.com")};
    struct dmarc_identifier identifiers[] = {dkim("esp.example.net", RESULT_PASS),
                                             dkim("b.esp.example", RESULT_PASS),
                                             dkim("mail.example.com", RESULT_PASS)};
    struct dmarc_input input = {.authors = authors, .author_count = 1};
    struct fixture f;

    (void)state;
    begin(&f);
    give(&f, "_dmarc.example.com", DNS_TXT, DNS_OK, "v=DMARC1; p=reject");
    assert_false(run(&f, &input));
    assert_int_equal(question_count(&f), 4);
    answer_open(&f);
    assert_false(run(&f, &input));
    assert_int_equal(f.ask.open, 0);
    input = (struct dmarc_input){authors, 1, false, identifiers, 3, true};
    assert_false(run(&f, &input));
    assert_int_equal(question_count(&f), 5);
    answer_open(&f);
    assert_true(run(&f, &input));
    assert_int_equal(f.dmarc.result, RESULT_PASS);
    assert_true(f.dmarc.authors[0].alignments[2].aligned && !f.dmarc.authors[0].alignments[2].exact);
    assert_true(str_eq(f.dmarc.authors[0].alignments[2].organization, S("example.com")));
    assert_false(f.dmarc.authors[0].alignments[0].aligned || f.dmarc.authors[0].alignments[1].aligned);
    arena_free(f.arena);
}

/* What questions leave in doubt. The author domain's parent has the record; the rows vary one identifier. */
static void test_doubt(void **state)
{
    static const struct {
        const char *domain;
        enum result result;
        enum dns_status at_domain; /* of the question for "_dmarc." and it */
        enum result wanted;
    } rows[] = {
        {"example.com", RESULT_PASS, DNS_OK, RESULT_PASS},
        {"example.com", RESULT_FAIL, DNS_OK, RESULT_FAIL},
        {"example.com", RESULT_POLICY, DNS_OK, RESULT_FAIL},
        {"example.com", RESULT_TEMPERROR, DNS_OK, RESULT_TEMPERROR},
        {"example.com", RESULT_UNKNOWN, DNS_OK, RESULT_UNKNOWN},
        {"", RESULT_UNKNOWN, DNS_OK, RESULT_UNKNOWN},
        {"example.net", RESULT_TEMPERROR, DNS_OK, RESULT_FAIL},
        {"example.net", RESULT_UNKNOWN, DNS_OK, RESULT_FAIL},
        {"mail.example.com", RESULT_PASS, DNS_NODATA, RESULT_PASS},
        {"mail.example.com", RESULT_PASS, DNS_SERVFAIL, RESULT_TEMPERROR},
        {"mail.example.com", RESULT_PASS, DNS_UNKNOWN, RESULT_UNKNOWN},
        {"mail.example.com", RESULT_TEMPERROR, DNS_UNKNOWN, RESULT_UNKNOWN},
        {"mail.example.com", RESULT_TEMPERROR, DNS_NODATA, RESULT_TEMPERROR},
        {"mail.example.com", RESULT_UNKNOWN, DNS_SERVFAIL, RESULT_TEMPERROR},
        {"mail.example.com", RESULT_FAIL, DNS_SERVFAIL, RESULT_FAIL},
    };
    const str authors[] = {STR("news.example.com")};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dmarc_identifier identifier = dkim(rows[i].domain, rows[i].result);
        struct dmarc_input input = {authors, 1, false, &identifier, 1, true};
        struct fixture f;

        begin(&f);
        give(&f, "_dmarc.example.com", DNS_TXT, DNS_OK, "v=DMARC1; p=reject");
        give(&f, "_dmarc.mail.example.com", DNS_TXT, rows[i].at_domain, NULL);
        run_to_end(&f, &input);
        if (f.dmarc.result != rows[i].wanted)
            fail_msg("row %zu: got %s (%.*s)", i, result_name(f.dmarc.result), PS(f.dmarc.reason));
        assert_int_equal(f.dmarc.disposition,
                         rows[i].wanted == RESULT_FAIL ? DMARC_POLICY_QUARANTINE : DMARC_POLICY_NONE);
        arena_free(f.arena);
    }
}

/* Many siblings: the budget ends, what was over it is not aligned, and the result is the same in each run. */
static void test_budget(void **state)
{
    const str authors[] = {STR("a.b.c.d.e.f.g.example.com")};
    struct dmarc_identifier identifiers[] = {dkim("x.example.com", RESULT_PASS),
                                             dkim("y.example.com", RESULT_PASS)};
    struct dmarc_input input = {authors, 1, false, identifiers, 2, true};
    struct fixture f;

    (void)state;
    begin(&f);
    give(&f, "_dmarc.example.com", DNS_TXT, DNS_OK, "v=DMARC1; p=reject");
    assert_int_equal(run_to_end(&f, &input), 1);
    assert_int_equal(question_count(&f), LIMIT_DNS_QUESTIONS_DMARC);
    assert_int_equal(f.dmarc.result, RESULT_FAIL);
    assert_int_equal(f.dmarc.authors[0].alignments[0].error, RESULT_PERMERROR);
    assert_true(run(&f, &input));
    assert_int_equal(f.dmarc.result, RESULT_FAIL);
    arena_free(f.arena);
}

static void test_authors(void **state)
{
    const str authors[] = {STR("example.com"), STR("example.net"), STR("example.org"), STR("bank.example")};
    struct dmarc_identifier identifier = dkim("example.com", RESULT_PASS);
    struct dmarc_input input = {authors, 1, false, &identifier, 1, true};
    struct fixture f;

    (void)state;
    begin(&f);
    give(&f, "_dmarc.example.com", DNS_TXT, DNS_OK, "v=DMARC1; p=reject");
    give(&f, "_dmarc.example.org", DNS_TXT, DNS_OK, "v=DMARC1; p=quarantine");
    run_to_end(&f, &input);
    assert_int_equal(f.dmarc.result, RESULT_PASS);
    input.authors_unreadable = true;
    run_to_end(&f, &input);
    assert_int_equal(f.dmarc.result, RESULT_PERMERROR);
    input.authors_unreadable = false;
    input.author_count = 2; /* one passes, one has no record */
    run_to_end(&f, &input);
    assert_int_equal(f.dmarc.result, RESULT_NONE);
    assert_true(str_eq(f.dmarc.domain, S("example.net")));
    input.author_count = 3;
    run_to_end(&f, &input);
    assert_int_equal(f.dmarc.result, RESULT_FAIL);
    assert_int_equal(f.dmarc.policy, DMARC_POLICY_QUARANTINE);
    assert_int_equal(f.dmarc.decisive, 2);
    input = (struct dmarc_input){.authors = authors, .author_count = 4, .identifiers_known = true};
    run_to_end(&f, &input);
    assert_int_equal(f.dmarc.author_count, LIMIT_DMARC_AUTHORS);
    assert_int_equal(f.dmarc.policy, DMARC_POLICY_REJECT);
    input = (struct dmarc_input){.identifiers_known = true};
    run_to_end(&f, &input);
    assert_int_equal(f.dmarc.result, RESULT_PERMERROR);
    arena_free(f.arena);
}

static void test_too_many_authors(void **state)
{
    const str authors[] = {STR("a.example"), STR("b.example"), STR("c.example"), STR("d.example")};
    struct dmarc_input input = {.authors = authors, .author_count = 4, .identifiers_known = true};
    struct fixture f;

    (void)state;
    begin(&f);
    run_to_end(&f, &input);
    assert_int_equal(f.dmarc.result, RESULT_PERMERROR);
    assert_true(str_eq(f.dmarc.reason, S("From names more domains than the 3 that were evaluated")));
    arena_free(f.arena);
}

static void test_override(void **state)
{
    const str authors[] = {STR("example.com")};
    struct dmarc_identifier identifier = dkim("example.com", RESULT_PASS);
    struct dmarc_input input = {authors, 1, false, NULL, 0, true};
    struct fixture f;

    (void)state;
    begin(&f);
    give(&f, "_dmarc.example.com", DNS_TXT, DNS_OK, "v=DMARC1; p=reject");
    run_to_end(&f, &input);
    assert_int_equal(f.dmarc.disposition, DMARC_POLICY_QUARANTINE);
    dmarc_override(&f.dmarc, S("because"));
    assert_true(f.dmarc.overridden && str_eq(f.dmarc.override_reason, S("because")));
    assert_int_equal(f.dmarc.result, RESULT_FAIL);
    assert_int_equal(f.dmarc.policy, DMARC_POLICY_REJECT);
    assert_int_equal(f.dmarc.disposition, DMARC_POLICY_NONE);
    input = (struct dmarc_input){authors, 1, false, &identifier, 1, true};
    run_to_end(&f, &input);
    dmarc_override(&f.dmarc, S("because"));
    assert_false(f.dmarc.overridden);
    arena_free(f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds),           cmocka_unit_test(test_doubt),
        cmocka_unit_test(test_budget),           cmocka_unit_test(test_authors),
        cmocka_unit_test(test_too_many_authors), cmocka_unit_test(test_override)};

    return cmocka_run_group_tests_name("dmarc", tests, NULL, NULL);
}
