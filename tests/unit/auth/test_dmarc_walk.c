/* test_dmarc_walk.c: the tree walk, the organizational domain and the policy that applies (RFC 9989
 * section 4.10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/dmarc.h"

/* What stands at "_dmarc." and a name; a text that is the name of a status is that status. A line "@name" is
 * about the name itself. What is not listed does not exist. */
struct zone {
    const char *name;
    const char *text;
};

enum { ZONE = 10 };

struct row {
    const char *domain;
    struct zone zone[ZONE];
    const char *wanted; /* organization, then the policy's domain, tag and effective policy; or the error */
    const char *warning;
};

static const struct row rows[] = {
    /* Appendix B.4.1 */
    {"example.com", {{"example.com", "v=DMARC1; p=reject"}}, "example.com: example.com p reject", NULL},
    {"signing.example.com",
     {{"example.com", "v=DMARC1; p=reject"}, {"signing.example.com", "v=DMARC1; p=none"}},
     "example.com: signing.example.com p none",
     NULL},
    /* Appendix B.4.2 */
    {"a.b.c.d.e.f.g.h.i.j.k.example.com",
     {{"example.com", "v=DMARC1; p=quarantine"}, {"signing.example.com", "v=DMARC1; p=none"}},
     "example.com: example.com p quarantine",
     NULL},
    /* Appendix B.4.3 */
    {"giant.bank.example",
     {{"bank.example", "v=DMARC1; p=reject; psd=y"}, {"giant.bank.example", "v=DMARC1; p=none"}},
     "giant.bank.example: giant.bank.example p none",
     NULL},
    {"mail.giant.bank.example",
     {{"bank.example", "v=DMARC1; p=reject; psd=y"}, {"giant.bank.example", "v=DMARC1; p=none"}},
     "giant.bank.example: giant.bank.example p none",
     NULL},
    {"mail.mega.bank.example",
     {{"bank.example", "v=DMARC1; p=reject; psd=y"}, {"giant.bank.example", "v=DMARC1; p=none"}},
     "mega.bank.example: bank.example p reject",
     NULL},

    /* Section 4.10.2, its three examples. */
    {"a.mail.example.com",
     {{"mail.example.com", "v=DMARC1; p=none"}, {"example.com", "v=DMARC1; p=reject"}},
     "example.com: example.com p reject",
     "stands between"},
    {"a.mail.example.com",
     {{"mail.example.com", "v=DMARC1; p=none; psd=n"}, {"example.com", "v=DMARC1; p=reject"}},
     "mail.example.com: mail.example.com p none",
     "by the public suffix list"},
    {"a.mail.example.com", {{"com", "v=DMARC1; p=none; psd=y"}}, "example.com: com p none", NULL},

    {"example.com", {{"com", "NODATA"}}, "example.com: -", NULL},
    {"a.example.com", {{"com", "NODATA"}}, "a.example.com: -", NULL},

    /* psd= */
    {"example.com",
     {{"example.com", "v=DMARC1; p=none; psd=n"}, {"com", "SERVFAIL"}},
     "example.com: example.com p none",
     NULL},
    {"bank.example",
     {{"bank.example", "v=DMARC1; p=reject; psd=y"}, {"example", "v=DMARC1; p=none; psd=y"}},
     "bank.example: bank.example p reject",
     NULL},
    {"x.child.example.com",
     {{"child.example.com", "v=DMARC1; p=none; psd=n"},
      {"x.child.example.com", "v=DMARC1; p=quarantine; psd=u"}},
     "child.example.com: x.child.example.com p quarantine",
     NULL},
    {"a.b.c.d.e.f.g.h.example.com",
     {{"d.e.f.g.h.example.com", "v=DMARC1; p=none; psd=y"}},
     "c.d.e.f.g.h.example.com: d.e.f.g.h.example.com p none",
     NULL},
    {"a.b.c.d.e.f.g.example.com",
     {{"b.c.d.e.f.g.example.com", "v=DMARC1; p=reject"}},
     "a.b.c.d.e.f.g.example.com: -",
     NULL},
    {"a.b.c.d.e.f.example.com",
     {{"b.c.d.e.f.example.com", "v=DMARC1; p=reject"}},
     "b.c.d.e.f.example.com: b.c.d.e.f.example.com p reject",
     NULL},

    /* Nor is one used that stands below an organization without a record. */
    {"a.b.giant.bank.example",
     {{"b.giant.bank.example", "v=DMARC1; p=none"}, {"bank.example", "v=DMARC1; p=reject; psd=y"}},
     "giant.bank.example: bank.example p reject",
     "stands between"},

    /* The guard: a public suffix above is no organizational domain, whatever it publishes. */
    {"a.example.com",
     {{"com", "v=DMARC1; p=reject"}, {"example.com", "v=DMARC1; p=none"}},
     "example.com: example.com p none",
     "public suffix"},
    {"a.example.com", {{"com", "v=DMARC1; p=reject"}}, "example.com: com p reject", "public suffix"},
    {"a.example.com", {{"com", "v=DMARC1; p=reject; psd=n"}}, "example.com: com p reject", "public suffix"},
    {"www.example.co.uk",
     {{"uk", "v=DMARC1; p=reject"}, {"co.uk", "v=DMARC1; p=quarantine"}},
     "example.co.uk: co.uk p quarantine",
     "public suffix"},
    {"www.example.co.uk",
     {{"uk", "v=DMARC1; p=reject; psd=y"}},
     "example.co.uk: uk p reject",
     "public suffix"},
    {"city.b.kawasaki.jp",
     {{"kawasaki.jp", "v=DMARC1; p=reject"}},
     "city.b.kawasaki.jp: kawasaki.jp p reject",
     "public suffix"},
    /* Mail from a public suffix: its own record holds for it. */
    {"gov.uk", {{"gov.uk", "v=DMARC1; p=reject; psd=y"}}, "gov.uk: gov.uk p reject", NULL},
    {"gov.uk", {{"gov.uk", "v=DMARC1; p=reject"}}, "gov.uk: gov.uk p reject", NULL},
    {"gov.uk", {{"uk", "v=DMARC1; p=reject; sp=none"}}, "gov.uk: uk sp none", "public suffix"},
    {"com", {{"com", "v=DMARC1; p=none"}}, "com: com p none", NULL},

    /* sp, np, t */
    {"a.example.com",
     {{"example.com", "v=DMARC1; p=reject; sp=quarantine; np=none"}, {"@a.example.com", "192.0.2.1"}},
     "example.com: example.com sp quarantine",
     NULL},
    {"a.example.com",
     {{"example.com", "v=DMARC1; p=none; np=reject"}, {"@a.example.com", "NODATA"}},
     "example.com: example.com p none",
     NULL},
    {"a.example.com",
     {{"example.com", "v=DMARC1; p=none; np=reject"}},
     "example.com: example.com np reject",
     NULL},
    {"a.example.com",
     {{"example.com", "v=DMARC1; p=none; sp=reject"}},
     "example.com: example.com sp reject",
     NULL},
    {"a.example.com",
     {{"example.com", "v=DMARC1; p=none; np=reject"}, {"a.example.com", "NODATA"}},
     "example.com: example.com p none",
     NULL},
    {"a.example.com",
     {{"example.com", "v=DMARC1; p=none; np=reject"}, {"@a.example.com", "SERVFAIL"}},
     "example.com: example.com p none",
     "np= is not applied"},
    {"example.com",
     {{"example.com", "v=DMARC1; p=reject; sp=none; np=none"}},
     "example.com: example.com p reject",
     NULL},
    {"example.com",
     {{"example.com", "v=DMARC1; p=reject; t=y"}},
     "example.com: example.com p quarantine",
     NULL},
    {"example.com",
     {{"example.com", "v=DMARC1; p=quarantine; t=y"}},
     "example.com: example.com p none",
     NULL},
    {"example.com", {{"example.com", "v=DMARC1; p=none; t=y"}}, "example.com: example.com p none", NULL},
    {"x.bank.example",
     {{"bank.example", "v=DMARC1; p=none; psd=y; np=reject"}},
     "x.bank.example: bank.example np reject",
     NULL},

    /* What is not one DMARC record is none. */
    {"example.com",
     {{"example.com", "v=DMARC1; p=none"}, {"example.com", "v=spf1 -all"}},
     "example.com: example.com p none",
     NULL},
    {"a.example.com",
     {{"a.example.com", "v=DMARC1; p=none"},
      {"a.example.com", "v=DMARC1; p=reject"},
      {"example.com", "v=DMARC1; p=quarantine"}},
     "example.com: example.com p quarantine",
     "all are discarded"},
    {"a.example.com",
     {{"a.example.com", "v=dmarc1; p=none"}, {"example.com", "v=DMARC1; p=quarantine"}},
     "example.com: example.com p quarantine",
     "does not begin with"},
    {"a.example.com",
     {{"a.example.com", "v=DMARC1; p=bad"}, {"example.com", "v=DMARC1; p=quarantine"}},
     "permerror: the DMARC record at _dmarc.a.example.com has no valid policy and no valid rua=",
     NULL},
    {"a.example.com",
     {{"example.com", "v=DMARC1; p=quarantine; sp=bad; rua=mailto:a@example.com"}},
     "example.com: example.com p none",
     "acts as p=none"},

    /* Questions that failed. */
    {"a.example.com",
     {{"a.example.com", "SERVFAIL"}, {"example.com", "v=DMARC1; p=reject"}},
     "temperror: the question for _dmarc.a.example.com failed (SERVFAIL)",
     NULL},
    {"a.example.com",
     {{"example.com", "TIMEOUT"}},
     "temperror: the question for _dmarc.example.com failed (TIMEOUT)",
     NULL},
    {"a.example.com",
     {{"example.com", "BOGUS"}},
     "temperror: the question for _dmarc.example.com failed (BOGUS)",
     NULL},
    {"a.example.com",
     {{"example.com", "UNKNOWN"}},
     "unknown: what stands at _dmarc.example.com is not known",
     NULL},
    {"a.example.com",
     {{"a.example.com", "v=DMARC1; p=reject"}, {"example.com", "SERVFAIL"}},
     "(temperror): a.example.com p reject",
     NULL},
    {"a.b.example.com",
     {{"b.example.com", "SERVFAIL"}, {"example.com", "v=DMARC1; p=reject"}},
     "temperror: the question for _dmarc.b.example.com failed (SERVFAIL)",
     NULL},
    {"a.example.com",
     {{"example.com", "v=DMARC1; p=reject"}, {"com", "SERVFAIL"}},
     "example.com: example.com p reject",
     NULL},
    {"a.example.com",
     {{"com", "SERVFAIL"}},
     "temperror: the question for _dmarc.com failed (SERVFAIL)",
     NULL},
};

static struct suffixes *suffixes;

static void give_one(struct ask *ask, const struct row *row, str name, enum dns_type type)
{
    bool below = str_starts(name, S("_dmarc."));
    struct dns_answer *answer = arena_new_of(ask->arena, struct dns_answer);

    answer->name = name;
    answer->type = type;
    answer->status = DNS_NXDOMAIN;
    answer->records = arena_array_of(ask->arena, ZONE, struct dns_record);
    for (const struct zone *line = row->zone; line < row->zone + ZONE && line->name; line++) {
        str owner = str_from(line->name);
        str text = str_from(line->text);

        if (below ? !str_eq(owner, str_skip(name, 7))
                  : !(owner.p[0] == '@' && str_eq(str_skip(owner, 1), name)))
            continue;
        if (dns_status_parse(text, &answer->status))
            continue;
        answer->status = DNS_OK;
        answer->records[answer->n++].text = text;
    }
    ask_give(ask, answer);
}

static void answer_open(struct ask *ask, const struct row *row)
{
    for (struct question *question = ask->first; question; question = question->next)
        if (!question->answer) {
            struct ask other;
            struct question *same;

            ask_init(&other, ask->arena, 0);
            give_one(&other, row, question->name, question->type);
            same = other.first;
            ask_answer(ask, question, same->answer);
        }
}

static void describe(const struct dmarc_discovery *discovery, char *out, size_t size)
{
    static const char *const sources[] = {
        [DMARC_FROM_P] = "p", [DMARC_FROM_SP] = "sp", [DMARC_FROM_NP] = "np"};
    const struct dmarc_organization *organization = &discovery->organization;
    int n;

    if (discovery->error != RESULT_NONE) {
        snprintf(out, size, "%s: %.*s", result_name(discovery->error), PS(discovery->reason));
        return;
    }
    n = organization->error != RESULT_NONE ? snprintf(out, size, "(%s): ", result_name(organization->error))
                                           : snprintf(out, size, "%.*s: ", PS(organization->domain));
    if (!discovery->policy) {
        snprintf(out + n, size - (size_t)n, "-");
        return;
    }
    snprintf(out + n, size - (size_t)n, "%.*s %s %s", PS(discovery->policy->domain),
             sources[discovery->policy_source], dmarc_policy_name(discovery->effective));
}

static bool has_note(const struct notes *notes, const char *words)
{
    for (const struct note *note = notes->first; note; note = note->next)
        if (str_find_str(note->text, str_from(words)) < note->text.n)
            return true;
    return false;
}

static void test_rows(void **state)
{
    struct dmarc_params params = {.suffixes = suffixes};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct dmarc_discovery discovery;
        struct ask ask;
        char got[512];

        ask_init(&ask, arena, 0);
        ask_begin(&ask, ASK_DMARC);
        assert_false(dmarc_discover(&discovery, str_from(rows[i].domain), &ask, &params));
        answer_open(&ask, &rows[i]);
        ask_begin(&ask, ASK_DMARC);
        assert_true(dmarc_discover(&discovery, str_from(rows[i].domain), &ask, &params));
        assert_int_equal(ask.open, 0);
        describe(&discovery, got, sizeof(got));
        if (strcmp(got, rows[i].wanted) != 0)
            fail_msg("row %zu (%s): got \"%s\", wanted \"%s\"", i, rows[i].domain, got, rows[i].wanted);
        assert_true(discovery.reason.n > 0);
        if (rows[i].warning ? !has_note(&discovery.warnings, rows[i].warning)
                            : discovery.organization.guarded)
            fail_msg("row %zu (%s): warning \"%s\"", i, rows[i].domain,
                     rows[i].warning ? rows[i].warning : "none");
        arena_free(arena);
    }
}

/* The eight questions of the example in section 4.10, and the one for the domain itself, travel together. */
static void test_questions(void **state)
{
    static const char *const wanted[] = {"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
                                         "_dmarc.g.h.i.j.mail.example.com",
                                         "_dmarc.h.i.j.mail.example.com",
                                         "_dmarc.i.j.mail.example.com",
                                         "_dmarc.j.mail.example.com",
                                         "_dmarc.mail.example.com",
                                         "_dmarc.example.com",
                                         "_dmarc.com",
                                         "a.b.c.d.e.f.g.h.i.j.mail.example.com"};
    struct arena *arena = arena_new();
    struct dmarc_params params = {.suffixes = suffixes};
    struct dmarc_discovery discovery;
    struct question *question;
    struct ask ask;

    (void)state;
    ask_init(&ask, arena, 0);
    ask_begin(&ask, ASK_DMARC);
    assert_false(dmarc_discover(&discovery, S("a.b.c.d.e.f.g.h.i.j.mail.example.com"), &ask, &params));
    question = ask.first;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++, question = question->next)
        assert_true(question && str_eq(question->name, str_from(wanted[i])));
    assert_null(question);
    arena_free(arena);
}

/* "_dmarc." does not fit before a name of 253 bytes: there is no record, and that is no error. */
static void test_long_name(void **state)
{
    struct arena *arena = arena_new();
    struct dmarc_params params = {.suffixes = NULL};
    struct row row = {"", {{"example", "v=DMARC1; p=reject; psd=y"}}, "", NULL};
    struct dmarc_discovery discovery;
    char name[254];
    struct ask ask;

    (void)state;
    for (size_t i = 0; i < 245; i++)
        name[i] = i % 49 == 48 ? '.' : 'a';
    memcpy(name + 245, ".example", 8);
    name[244] = 'b';
    ask_init(&ask, arena, 0);
    ask_begin(&ask, ASK_DMARC);
    assert_true(dns_name_valid((str){name, 253}));
    assert_false(dmarc_discover(&discovery, (str){name, 253}, &ask, &params));
    answer_open(&ask, &row);
    ask_begin(&ask, ASK_DMARC);
    assert_true(dmarc_discover(&discovery, (str){name, 253}, &ask, &params));
    assert_int_equal(discovery.walk.steps[0].answer->status, DNS_INVALID);
    assert_int_equal(discovery.error, RESULT_NONE);
    assert_true(str_eq(discovery.policy->domain, S("example")));
    assert_true(discovery.nonexistent);
    arena_free(arena);
}

static int load_suffixes(void **state)
{
    struct err err;

    (void)state;
    suffixes = suffixes_load(NULL, &err);
    return suffixes ? 0 : -1;
}

static int free_suffixes(void **state)
{
    (void)state;
    suffixes_free(suffixes);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_questions),
                                       cmocka_unit_test(test_long_name)};

    return cmocka_run_group_tests_name("dmarc_walk", tests, load_suffixes, free_suffixes);
}
