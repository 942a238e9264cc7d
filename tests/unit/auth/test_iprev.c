/* test_iprev.c: reverse names, confirmed or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/iprev.h"

struct row {
    const char *client;
    enum dns_status ptr;
    const char *names[4];    /* PTR records */
    enum dns_status forward; /* of the address question for the first name */
    const char *address;     /* its one record */
    enum result wanted;
    const char *name;
};

static const struct row rows[] = {
    {"192.0.2.1", DNS_OK, {"mail.example.com"}, DNS_OK, "192.0.2.1", RESULT_PASS, "mail.example.com"},
    {"2001:db8::1", DNS_OK, {"mail.example.com"}, DNS_OK, "2001:db8::1", RESULT_PASS, "mail.example.com"},
    {"::ffff:192.0.2.1", DNS_OK, {"mail.example.com"}, DNS_OK, "192.0.2.1", RESULT_PASS, "mail.example.com"},
    {"192.0.2.1", DNS_OK, {"mail.example.com"}, DNS_OK, "192.0.2.2", RESULT_FAIL, "mail.example.com"},
    {"192.0.2.1", DNS_OK, {"mail.example.com"}, DNS_NXDOMAIN, NULL, RESULT_FAIL, "mail.example.com"},
    {"192.0.2.1", DNS_OK, {"mail.example.com"}, DNS_SERVFAIL, NULL, RESULT_TEMPERROR, "mail.example.com"},
    {"192.0.2.1", DNS_OK, {"mail.example.com"}, DNS_UNKNOWN, NULL, RESULT_UNKNOWN, "mail.example.com"},
    {"192.0.2.1", DNS_OK, {"bad..name"}, DNS_OK, "192.0.2.1", RESULT_FAIL, "bad..name"},
    /* The order of the records does not matter; a name over the budget is not looked at, which is no fail. */
    {"192.0.2.1", DNS_OK, {"b.example", "A.example"}, DNS_OK, "192.0.2.1", RESULT_PASS, "a.example"},
    {"192.0.2.1", DNS_OK, {"b.example", "a.example"}, DNS_OK, "192.0.2.9", RESULT_FAIL, "a.example"},
    {"192.0.2.1",
     DNS_OK,
     {"d.example", "c.example", "b.example", "a.example"},
     DNS_OK,
     "192.0.2.9",
     RESULT_UNKNOWN,
     "a.example"},
    {"192.0.2.1", DNS_NXDOMAIN, {NULL}, DNS_OK, NULL, RESULT_PERMERROR, ""},
    {"192.0.2.1", DNS_NODATA, {NULL}, DNS_OK, NULL, RESULT_PERMERROR, ""},
    {"192.0.2.1", DNS_TIMEOUT, {NULL}, DNS_OK, NULL, RESULT_TEMPERROR, ""},
    {"192.0.2.1", DNS_UNKNOWN, {NULL}, DNS_OK, NULL, RESULT_UNKNOWN, ""},
    {"", DNS_OK, {NULL}, DNS_OK, NULL, RESULT_UNKNOWN, ""},
};

/* Closes what is open with what the row says. */
static void answer_open(struct ask *ask, const struct row *row)
{
    for (struct question *question = ask->first; question; question = question->next) {
        struct dns_answer *answer = arena_new_of(ask->arena, struct dns_answer);
        bool reverse = question->type == DNS_PTR;

        if (question->answer)
            continue;
        answer->name = question->name;
        answer->type = question->type;
        answer->status = reverse ? row->ptr : row->forward;
        answer->records = arena_array_of(ask->arena, 4, struct dns_record);
        if (reverse)
            while (answer->n < 4 && row->names[answer->n]) {
                answer->records[answer->n].text = str_from(row->names[answer->n]);
                answer->n++;
            }
        else if (row->address)
            ip_parse(str_from(row->address), &answer->records[answer->n++].ip);
        ask_answer(ask, question, answer);
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct iprev iprev = {0};
        struct ip client;
        struct ask ask;
        unsigned rounds = 0;

        ask_init(&ask, arena, 0);
        ask_inherit(&ask, ASK_IPREV, 2);
        ip_parse(str_from(rows[i].client), &client);
        while (ask_begin(&ask, ASK_IPREV), !iprev_check(&iprev, client, &ask)) {
            assert_true(ask.open > 0 && ++rounds < 4);
            answer_open(&ask, &rows[i]);
        }
        if (iprev.result != rows[i].wanted)
            fail_msg("row %zu: got %s, wanted %s", i, result_name(iprev.result), result_name(rows[i].wanted));
        assert_true(iprev.done && iprev.reason.n > 0);
        assert_true(str_eq(iprev.name, str_from(rows[i].name)));
        arena_free(arena);
    }
}

static void test_words(void **state)
{
    enum result result;
    bool bestguess;

    (void)state;
    for (enum result each = RESULT_NONE; each <= RESULT_PERMERROR; each++) {
        assert_true(result_parse(str_from(result_name(each)), &result, NULL));
        assert_int_equal(result, each);
    }
    assert_true(result_parse(S("BestGuessPass"), &result, &bestguess));
    assert_true(bestguess && result == RESULT_NONE);
    assert_true(result_parse(S("hardfail"), &result, &bestguess));
    assert_true(!bestguess && result == RESULT_FAIL);
    assert_true(result_parse(S("timeout"), &result, NULL) && result == RESULT_TEMPERROR);
    assert_true(result_parse(S("Perm_Fail"), &result, NULL) && result == RESULT_PERMERROR);
    assert_false(result_parse(S("passed"), &result, NULL));
    assert_int_equal(result, RESULT_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_words)};

    return cmocka_run_group_tests_name("iprev", tests, NULL, NULL);
}
