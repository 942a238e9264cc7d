/* test_spf.c: check_host() beyond the public suite: reasons, paths, limits, the order of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ask/answers.h"
#include "auth/spf.h"
#include "base/limits.h"

/* Answers of the tables below, for whatever is not in them NXDOMAIN. */
static const char zone[] =
    "default NXDOMAIN\n"
    "example.com TXT \"v=spf1 ip4:198.51.100.0/24 include:_spf.example.net ?include:soft.example.net -all\"\n"
    "_spf.example.net TXT \"v=spf1 include:_a.example.net ip6:2001:db8::/32 ~all\"\n"
    "_a.example.net TXT secure \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
    "soft.example.net TXT \"v=spf1 ip4:203.0.113.7\"\n"
    "redirect.example TXT \"v=spf1 redirect=_spf.example.net\"\n"
    "neutral.example TXT \"v=spf1 ip4:198.51.100.9 x=y\"\n"
    "loop.example TXT \"v=spf1 include:loop.example -all\"\n"
    "ping.example TXT \"v=spf1 include:pong.example -all\"\n"
    "pong.example TXT \"v=spf1 redirect=ping.example\"\n"
    "late.example TXT \"v=spf1 ip4:192.0.2.1 -all ip4:192.0.2\"\n"
    "late-include.example TXT \"v=spf1 include:late.example -all\"\n"
    "open.example TXT \"v=spf1 ?ip4:0.0.0.0/0 ip4:128.0.0.0/1 ptr:example.org +all\"\n"
    "servfail.example TXT SERVFAIL \"no server answers\"\n"
    "bogus.example TXT BOGUS\n"
    "unknown.example TXT UNKNOWN\n"
    "uses-unknown.example TXT \"v=spf1 ip4:198.51.100.1 a:unknown.example -all\"\n"
    "unknown.example A UNKNOWN\n"
    "bad-after-unknown.example TXT \"v=spf1 a:unknown.example ip4:1.2.3\"\n"
    "uses-servfail.example TXT \"v=spf1 include:servfail.example -all\"\n"
    "void.example TXT \"v=spf1 a:n1.example mx:n2.example exists:n3.example -all\"\n"
    "mx6.example TXT \"v=spf1 mx -all\"\n"
    "mx6.example MX 10 m1.example\n"
    "mx6.example MX 10 m2.example\n"
    "mx6.example MX 10 m3.example\n"
    "mx6.example MX 20 m4.example\n"
    "m1.example A 192.0.2.11\n"
    "m1.example AAAA NODATA\n"
    "m2.example A 192.0.2.12\n"
    "m2.example AAAA NODATA\n"
    "m3.example A SERVFAIL\n"
    "m3.example AAAA NODATA\n"
    "m4.example A 192.0.2.14\n"
    "m4.example AAAA 2001:db8::14\n"
    "1.2.0.192.in-addr.arpa PTR host.example.org\n"
    "1.2.0.192.in-addr.arpa PTR www.example.org\n"
    "host.example.org A SERVFAIL\n"
    "www.example.org A 192.0.2.1\n"
    "ptr.example TXT \"v=spf1 ptr:example.org -all\"\n"
    "p.example TXT \"v=spf1 exists:%{p}.%{i}.ok.example -all\"\n"
    "www.example.org.192.0.2.1.ok.example A 127.0.0.2\n"
    "exp.example TXT \"v=spf1 -all exp=why.example\"\n"
    "inc-exp.example TXT \"v=spf1 include:exp.example ip4:192.0.2.1 -all\"\n"
    "p-exp.example TXT \"v=spf1 -all exp=p-why.example\"\n"
    "p-why.example TXT \"%{p}\"\n"
    "9.2.0.192.in-addr.arpa PTR UNKNOWN\n"
    "why.example TXT \"%{i} is not in %{d}%_(%{h}, %{s}, %{p}) %{r} %{t}\"\n"
    "xn--bcher-kva.example TXT \"v=spf1 a:%{o} -all\"\n"
    "xn--bcher-kva.example A 192.0.2.1\n"
    "eai.example TXT \"v=spf1 exists:%{l}.x.example include:%{l}.y.example ~all\"\n"
    "helo.example.org TXT \"v=spf1 a -all\"\n"
    "helo.example.org A 192.0.2.1\n"
    "bad-name.example TXT \"v=spf1 a:x..example.com mx:y..example.com exists:z..example.com -all\"\n"
    "mistaken.example TXT \"v=spf1 include=_spf.example.net -all\"\n"
    "two.example TXT \"v=spf1 -all\"\n"
    "two.example TXT \"V=SPF1 +all\"\n"
    "budget.example TXT \"v=spf1 mx:h5.example mx:i5.example mx:j5.example a -all\"\n"
    "budget.example A 192.0.2.1\n"
    "h5.example MX 1 h1.example\nh5.example MX 1 h2.example\nh5.example MX 1 h3.example\n"
    "h5.example MX 1 h4.example\nh5.example MX 1 h5.example\n"
    "i5.example MX 1 i1.example\ni5.example MX 1 i2.example\ni5.example MX 1 i3.example\n"
    "i5.example MX 1 i4.example\ni5.example MX 1 i5.example\n"
    "j5.example MX 1 j1.example\nj5.example MX 1 j2.example\nj5.example MX 1 j3.example\n"
    "j5.example MX 1 j4.example\nj5.example MX 1 j5.example\n"
    "h1.example A 198.51.100.1\nh2.example A 198.51.100.2\nh3.example A 198.51.100.3\n"
    "i1.example A 198.51.100.1\ni2.example A 198.51.100.2\ni3.example A 198.51.100.3\n"
    "j1.example A 198.51.100.1\nj2.example A 198.51.100.2\nj3.example A 198.51.100.3\n"
    "wide.example TXT \"v=spf1 include:w1.example include:w2.example include:w3.example include:w4.example "
    "include:w5.example include:w6.example include:w7.example -all\"\n"
    "w1.example TXT \"v=spf1 ?all\"\nw2.example TXT \"v=spf1 ?all\"\nw3.example TXT \"v=spf1 ?all\"\n"
    "w4.example TXT \"v=spf1 ?all\"\nw5.example TXT \"v=spf1 ?all\"\nw6.example TXT \"v=spf1 ?all\"\n"
    "w7.example TXT \"v=spf1 ip4:192.0.2.1 ?all\"\n";

static const struct {
    const char *client, *helo, *mail_from;
    enum result result;
    const char *reason; /* a part of it */
    const char *term, *term_domain;
    unsigned terms, voids;
} rows[] = {
    {"198.51.100.7", "h.example.org", "a@example.com", RESULT_PASS,
     "198.51.100.7 matches ip4:198.51.100.0/24 in the record of example.com", "ip4:198.51.100.0/24",
     "example.com", 0, 0},
    {"192.0.2.1", "h.example.org", "a@EXAMPLE.com.", RESULT_PASS,
     "192.0.2.1 matches ip4:192.0.2.0/24 in the record of _a.example.net (included by _spf.example.net, included by "
     "example.com)",
     "ip4:192.0.2.0/24", "_a.example.net", 2, 0},
    {"::ffff:192.0.2.1", "h.example.org", "a@example.com", RESULT_PASS, "192.0.2.1 matches",
     "ip4:192.0.2.0/24", "_a.example.net", 2, 0},
    {"2001:db8::1", "h.example.org", "a@example.com", RESULT_PASS, "2001:db8::1 matches ip6:2001:db8::/32",
     "ip6:2001:db8::/32", "_spf.example.net", 2, 0},
    {"203.0.113.7", "h.example.org", "a@example.com", RESULT_NEUTRAL,
     "?include:soft.example.net in the record of example.com makes that neutral", "ip4:203.0.113.7",
     "soft.example.net", 3, 0},
    {"203.0.113.8", "h.example.org", "a@example.com", RESULT_FAIL,
     "203.0.113.8 is not listed, and -all in the record of example.com says fail", "-all", "example.com", 3,
     0},
    {"203.0.113.8", "h.example.org", "a@redirect.example", RESULT_SOFTFAIL,
     "~all in the record of _spf.example.net (redirected to by redirect.example) says softfail", "~all",
     "_spf.example.net", 2, 0},
    {"192.0.2.1", "h.example.org", "a@neutral.example", RESULT_NEUTRAL,
     "no term of the record of neutral.example matches 192.0.2.1", "", "neutral.example", 0, 0},
    {"192.0.2.1", "h.example.org", "a@loop.example", RESULT_PERMERROR, "more than 10 terms",
     "include:loop.example", "loop.example", 10, 0},
    {"192.0.2.1", "h.example.org", "a@ping.example", RESULT_PERMERROR, "more than 10 terms",
     "include:pong.example", "ping.example", 10, 0},
    {"192.0.2.1", "h.example.org", "a@late.example", RESULT_PERMERROR,
     "ip4:192.0.2 in the record of late.example is wrong: not an IPv4 address", "ip4:192.0.2", "late.example",
     0, 0},
    {"192.0.2.1", "h.example.org", "a@late-include.example", RESULT_PERMERROR,
     "ip4:192.0.2 in the record of late.example (included by late-include.example) is wrong", "ip4:192.0.2",
     "late.example", 1, 0},
    {"200.0.2.1", "h.example.org", "a@open.example", RESULT_NEUTRAL, "matches ?ip4:0.0.0.0/0",
     "?ip4:0.0.0.0/0", "open.example", 0, 0},
    {"192.0.2.1", "h.example.org", "a@servfail.example", RESULT_TEMPERROR,
     "looking up servfail.example TXT for the record of servfail.example failed: SERVFAIL, no server answers",
     "", "servfail.example", 0, 0},
    {"192.0.2.1", "h.example.org", "a@bogus.example", RESULT_TEMPERROR, "BOGUS", "", "bogus.example", 0, 0},
    {"192.0.2.1", "h.example.org", "a@uses-servfail.example", RESULT_TEMPERROR,
     "the record of servfail.example (included by uses-servfail.example) failed", "include:servfail.example",
     "uses-servfail.example", 1, 0},
    {"192.0.2.1", "h.example.org", "a@unknown.example", RESULT_UNKNOWN,
     "no answer is at hand for unknown.example TXT", "", "unknown.example", 0, 0},
    {"192.0.2.1", "h.example.org", "a@uses-unknown.example", RESULT_UNKNOWN,
     "no answer is at hand for unknown.example A", "a:unknown.example", "uses-unknown.example", 1, 0},
    {"198.51.100.1", "h.example.org", "a@uses-unknown.example", RESULT_PASS, "matches ip4:198.51.100.1",
     "ip4:198.51.100.1", "uses-unknown.example", 0, 0},
    {"192.0.2.1", "h.example.org", "a@bad-after-unknown.example", RESULT_PERMERROR, "is wrong", "ip4:1.2.3",
     "bad-after-unknown.example", 0, 0},
    {"192.0.2.1", "h.example.org", "a@void.example", RESULT_PERMERROR, "more than 2 terms lead nowhere",
     "exists:n3.example", "void.example", 3, 3},
    {"2001:db8::14", "h.example.org", "a@mx6.example", RESULT_PASS, "matches mx", "mx", "mx6.example", 1, 0},
    {"2001:db8::15", "h.example.org", "a@mx6.example", RESULT_FAIL, "is not listed", "-all", "mx6.example", 1,
     0},
    {"192.0.2.14", "h.example.org", "a@mx6.example", RESULT_PASS, "matches mx", "mx", "mx6.example", 1, 0},
    {"192.0.2.15", "h.example.org", "a@mx6.example", RESULT_TEMPERROR, "m3.example A for", "mx",
     "mx6.example", 1, 0},
    {"192.0.2.1", "h.example.org", "a@ptr.example", RESULT_PASS, "matches ptr:example.org", "ptr:example.org",
     "ptr.example", 1, 0},
    {"192.0.2.2", "h.example.org", "a@ptr.example", RESULT_FAIL, "-all", "-all", "ptr.example", 1, 1},
    {"192.0.2.1", "h.example.org", "a@p.example", RESULT_PASS, "matches exists:%{p}",
     "exists:%{p}.%{i}.ok.example", "p.example", 1, 0},
    {"192.0.2.1", "h.example.org",
     "a@b\xc3\xbc"
     "cher.example",
     RESULT_PASS, "matches a:%{o}", "a:%{o}", "xn--bcher-kva.example", 1, 0},
    /* RFC 8616 section 4: terms with %{l} match nothing for such a local part. */
    {"192.0.2.1", "h.example.org", "\xc3\xbc@eai.example", RESULT_SOFTFAIL, "~all", "~all", "eai.example", 2,
     0},
    {"192.0.2.1", "helo.example.org", "", RESULT_PASS, "matches a in the record of helo.example.org", "a",
     "helo.example.org", 1, 0},
    {"192.0.2.1", "", "", RESULT_NONE, "there is no HELO name", "", "", 0, 0},
    {"192.0.2.1", "h.example.org", "a", RESULT_NONE, "the sender address has no domain", "", "", 0, 0},
    {"192.0.2.1", "h.example.org", "a@localhost", RESULT_NONE,
     "is not a domain name that can have an SPF record", "", "", 0, 0},
    {"192.0.2.1", "h.example.org", "a@[192.0.2.1]", RESULT_NONE, "is not a domain name", "", "", 0, 0},
    {"192.0.2.1", "192.0.2.1", "", RESULT_NONE, "is not a domain name", "", "", 0, 0},
    {"192.0.2.1", "h.example.org", "a@b c.example", RESULT_NONE, "is not a domain name", "", "", 0, 0},
    {"192.0.2.1", "h.example.org", "a@nowhere.example", RESULT_NONE, "nowhere.example does not exist", "", "",
     0, 0},
    {"", "h.example.org", "a@example.com", RESULT_UNKNOWN, "the client address is not known", "", "", 0, 0},
    {"192.0.2.1", "h.example.org", "a@two.example", RESULT_PERMERROR, "two.example has 2 SPF records", "",
     "two.example", 0, 0},
    {"203.0.113.1", "h.example.org", "a@budget.example", RESULT_PERMERROR,
     "needs more than the 17 DNS questions that are asked for SPF (a limit of this receiver)",
     "mx:j5.example", "budget.example", 3, 0},
    {"198.51.100.2", "h.example.org", "a@budget.example", RESULT_PASS, "matches mx:h5.example",
     "mx:h5.example", "budget.example", 1, 0},
    {"192.0.2.1", "h.example.org", "a@wide.example", RESULT_PASS, "matches ip4:192.0.2.1", "ip4:192.0.2.1",
     "w7.example", 7, 0},
};

enum order { FIRST, LAST, TOGETHER, KNOWN, ORDERS };

static struct answers answers;
static struct arena *site;

static int read_zone(void **state)
{
    struct err err;

    (void)state;
    site = arena_new();
    if (!answers_parse(&answers, S("zone"), str_from(zone), site, &err))
        fail_msg("%s", err.words);
    return 0;
}

static int forget_zone(void **state)
{
    (void)state;
    arena_free(site);
    return 0;
}

static const struct dns_answer *answer_of(str name, enum dns_type type, struct arena *arena)
{
    const struct dns_answer *answer = answers_lookup(&answers, name, type, arena);

    assert_non_null(answer);
    return answer;
}

static struct envelope envelope_of(const char *client, const char *helo, const char *mail_from)
{
    struct envelope envelope = {
        .helo = str_from(helo), .has_mail_from = mail_from != NULL, .mail_from = str_from(mail_from)};

    ip_parse(str_from(client), &envelope.client);
    return envelope;
}

/* Answers one open question, the first or the last, or all. */
static void answer_some(struct ask *ask, enum order order)
{
    struct question *chosen = NULL;

    assert_true(ask->open > 0);
    for (struct question *question = ask->first; question; question = question->next) {
        if (question->answer)
            continue;
        if (order == TOGETHER)
            ask_answer(ask, question, answer_of(question->name, question->type, ask->arena));
        else if (!chosen || order == LAST)
            chosen = question;
    }
    if (chosen)
        ask_answer(ask, chosen, answer_of(chosen->name, chosen->type, ask->arena));
}

static const struct spf_params params = {.receiver = STR("mx.receiver.example")};

static unsigned count_questions(const struct ask *ask)
{
    unsigned n = 0;

    for (const struct question *question = ask->first; question; question = question->next)
        n++;
    return n;
}

/* One check with answers in the given order; returns how many times the world was asked. */
static unsigned check_in_order(struct spf_check *check, enum spf_identity identity, struct envelope envelope,
                               struct arena *arena, enum order order)
{
    struct ask ask;
    unsigned rounds = 0;

    ask_init(&ask, arena, 1700000000);
    if (order == KNOWN) {
        ask.lookup = answers_lookup;
        ask.lookup_context = &answers;
    }
    while (ask_begin(&ask, ASK_SPF), !spf_check(check, identity, &envelope, &ask, &params)) {
        answer_some(&ask, order);
        assert_true(++rounds < 50);
    }
    assert_true(count_questions(&ask) <= LIMIT_DNS_QUESTIONS_SPF + LIMIT_DNS_QUESTIONS_AHEAD);
    return rounds;
}

static void assert_same(const struct spf_check *a, const struct spf_check *b)
{
    assert_int_equal(a->result, b->result);
    assert_true(str_eq(a->reason, b->reason));
    assert_true(str_eq(a->explanation, b->explanation));
    assert_true(str_eq(a->term, b->term) && str_eq(a->term_domain, b->term_domain));
    assert_int_equal(a->path_length, b->path_length);
    assert_int_equal(a->terms, b->terms);
    assert_int_equal(a->voids, b->voids);
    assert_int_equal(a->secure, b->secure);
    assert_int_equal(a->warnings.count, b->warnings.count);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct envelope envelope = envelope_of(rows[i].client, rows[i].helo, rows[i].mail_from);
        struct spf_check check, other;

        check_in_order(&check, SPF_MAIL_FROM, envelope, arena, FIRST);
        if (check.result != rows[i].result ||
            str_find_str(check.reason, str_from(rows[i].reason)) == check.reason.n)
            fail_msg("row %zu, %s: %s, %.*s", i, rows[i].mail_from, result_name(check.result),
                     PS(check.reason));
        if (!str_eq(check.term, str_from(rows[i].term)) ||
            !str_eq(check.term_domain, str_from(rows[i].term_domain)))
            fail_msg("row %zu: term %.*s of %.*s", i, PS(check.term), PS(check.term_domain));
        assert_int_equal(check.terms, rows[i].terms);
        assert_int_equal(check.voids, rows[i].voids);
        for (enum order order = LAST; order < ORDERS; order++) {
            check_in_order(&other, SPF_MAIL_FROM, envelope, arena, order);
            assert_same(&check, &other);
        }
        arena_free(arena);
    }
}

static struct spf_check check_one(const char *client, const char *mail_from, struct arena *arena)
{
    struct spf_check check;

    check_in_order(&check, SPF_MAIL_FROM, envelope_of(client, "helo.example.org", mail_from), arena,
                   TOGETHER);
    return check;
}

/* What platform identification reads: by which includes the client address is covered. */
static void test_path(void **state)
{
    struct arena *arena = arena_new();
    struct spf_check check = check_one("192.0.2.1", "a@example.com", arena);

    (void)state;
    assert_true(check.listed);
    assert_int_equal(check.path_length, 3);
    assert_true(str_eq(check.path[0].domain, S("example.com")) && check.path[0].via == SPF_VIA_START);
    assert_true(str_eq(check.path[1].domain, S("_spf.example.net")) && check.path[1].via == SPF_VIA_INCLUDE);
    assert_true(str_eq(check.path[2].domain, S("_a.example.net")) && check.path[2].via == SPF_VIA_INCLUDE);
    check = check_one("203.0.113.8", "a@redirect.example", arena);
    assert_false(check.listed);
    assert_int_equal(check.path_length, 2);
    assert_int_equal(check.path[1].via, SPF_VIA_REDIRECT);
    check = check_one("203.0.113.7", "a@example.com", arena);
    assert_false(check.listed);
    assert_true(str_eq(check.sender, S("a@example.com")) && str_eq(check.helo, S("helo.example.org")));
    arena_free(arena);
}

static bool has_warning(const struct spf_check *check, str text)
{
    for (const struct note *note = check->warnings.first; note; note = note->next)
        if (str_find_str(note->text, text) < note->text.n)
            return true;
    return false;
}

static void test_warnings(void **state)
{
    struct arena *arena = arena_new();
    struct spf_check check = check_one("200.0.2.1", "a@open.example", arena);

    (void)state;
    assert_true(check.wide && check.uses_ptr);
    assert_true(has_warning(&check, S("ip4:128.0.0.0/1 in the record of open.example lets a large part")));
    assert_true(has_warning(&check, S("ptr:example.org in the record of open.example is slow")));
    check = check_one("192.0.2.1", "a@mistaken.example", arena);
    assert_int_equal(check.result, RESULT_FAIL);
    assert_true(
        has_warning(&check, S("include=_spf.example.net in the record of mistaken.example is ignored")));
    check = check_one("192.0.2.1", "a@void.example", arena);
    assert_true(has_warning(&check, S("mx:n2.example in the record of void.example: there is no MX record")));
    check = check_one("192.0.2.1", "a@bad-name.example", arena);
    assert_int_equal(check.result, RESULT_FAIL);
    assert_int_equal(check.voids, 0);
    assert_true(has_warning(
        &check,
        S("a:x..example.com in the record of bad-name.example: DNS can't have a name like x..example.com")));
    check = check_one("203.0.113.8", "a@example.com", arena);
    assert_false(check.wide || check.uses_ptr || check.warnings.count);
    arena_free(arena);
}

static void test_explanation(void **state)
{
    struct arena *arena = arena_new();
    struct spf_check check;

    (void)state;
    check_in_order(&check, SPF_MAIL_FROM, envelope_of("192.0.2.1", "h\r\n\xff", "\"a b\"@exp.example"), arena,
                   FIRST);
    assert_int_equal(check.result, RESULT_FAIL);
    assert_true(str_eq(check.explanation,
                       S("192.0.2.1 is not in exp.example (h\r\n\xff, \"a b\"@exp.example, www.example.org) "
                         "mx.receiver.example 1700000000")));
    arena_free(arena);
}

/* The explanation of an included record is none, and one that can't be made takes nothing from the fail. */
static void test_no_explanation(void **state)
{
    struct arena *arena = arena_new();
    struct spf_check check = check_one("192.0.2.1", "a@inc-exp.example", arena);

    (void)state;
    assert_int_equal(check.result, RESULT_PASS);
    assert_int_equal(check.explanation.n, 0);
    check = check_one("192.0.2.2", "a@inc-exp.example", arena);
    assert_int_equal(check.result, RESULT_FAIL);
    assert_int_equal(check.explanation.n, 0);
    check = check_one("192.0.2.9", "a@p-exp.example", arena);
    assert_int_equal(check.result, RESULT_FAIL);
    assert_int_equal(check.explanation.n, 0);
    assert_true(str_starts(check.reason, S("192.0.2.9 is not listed")));
    arena_free(arena);
}

/* exp= leads to what its owner likes. */
static void test_odd_explanations(void **state)
{
    static const struct {
        const char *text;
        size_t wanted;
    } texts[] = {{"100%", 0},       {"%{x}", 0}, {"bell \a", 0}, {"\xe2\x80\xae", 0}, {"a\r\nb", 0},
                 {"%{l}%{l}", 512}, {"", 0},     {" ", 1},       {"v=spf1 -all", 11}};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct arena *arena = arena_new();
        char local[400];
        struct envelope envelope = envelope_of("192.0.2.1", "h.example.org", "");
        struct spf_check check;
        struct dns_record record = {.text = S("v=spf1 -all exp=e.example")},
                          text = {.text = str_from(texts[i].text)};
        struct dns_answer first = {
            .name = S("d.example"), .type = DNS_TXT, .status = DNS_OK, .n = 1, .records = &record};
        struct dns_answer second = {
            .name = S("e.example"), .type = DNS_TXT, .status = DNS_OK, .n = 1, .records = &text};
        struct ask ask;

        memset(local, 'a', sizeof(local));
        memcpy(local + sizeof(local) - 10, "@d.example", 10);
        envelope.mail_from = (str){local, sizeof(local)};
        ask_init(&ask, arena, 0);
        ask_give(&ask, &first);
        ask_give(&ask, &second);
        ask_begin(&ask, ASK_SPF);
        assert_true(spf_check(&check, SPF_MAIL_FROM, &envelope, &ask, &params));
        assert_int_equal(check.result, RESULT_FAIL);
        assert_int_equal(check.explanation.n, texts[i].wanted);
        arena_free(arena);
    }
}

/* Both identities; the rounds that they take. */
static unsigned evaluate(struct spf *spf, struct envelope envelope, struct ask *ask, enum order order)
{
    unsigned rounds = 0;

    *spf = (struct spf){0};
    while (ask_begin(ask, ASK_SPF), !spf_evaluate(spf, &envelope, ask, &params)) {
        answer_some(ask, order);
        assert_true(++rounds < 50);
    }
    assert_true(spf->done && spf_evaluate(spf, &envelope, ask, &params));
    return rounds;
}

static void test_identities(void **state)
{
    struct arena *arena = arena_new();
    struct ask ask;
    struct spf spf;

    (void)state;
    ask_init(&ask, arena, 0);
    assert_int_equal(
        evaluate(&spf, envelope_of("192.0.2.1", "helo.example.org", "a@example.com"), &ask, TOGETHER), 3);
    assert_int_equal(spf.mail_from.result, RESULT_PASS);
    assert_int_equal(spf.helo.result, RESULT_PASS);
    assert_true(str_eq(spf.helo.sender, S("postmaster@helo.example.org")));
    assert_int_equal(spf.helo.identity, SPF_HELO);
    ask_init(&ask, arena, 0);
    evaluate(&spf, envelope_of("192.0.2.2", "helo.example.org", ""), &ask, FIRST);
    assert_int_equal(spf.mail_from.result, RESULT_FAIL);
    assert_int_equal(spf.helo.result, RESULT_FAIL);
    assert_int_equal(count_questions(&ask), 2);
    ask_init(&ask, arena, 0);
    evaluate(&spf, envelope_of("192.0.2.2", "helo.example.org", NULL), &ask, FIRST);
    assert_int_equal(spf.mail_from.result, RESULT_UNKNOWN);
    assert_int_equal(spf.helo.result, RESULT_FAIL);
    arena_free(arena);
}

/* HELO takes nothing from MAIL FROM, and says so when too little is left for itself. */
static void test_shared_budget(void **state)
{
    struct arena *arena = arena_new();
    struct ask ask;
    struct spf spf, alone;

    (void)state;
    for (enum order order = FIRST; order < KNOWN; order++) {
        ask_init(&ask, arena, 0);
        evaluate(&spf, envelope_of("198.51.100.2", "budget.example", "a@wide.example"), &ask, order);
        assert_true(count_questions(&ask) <= LIMIT_DNS_QUESTIONS_SPF + LIMIT_DNS_QUESTIONS_AHEAD);
        assert_int_equal(spf.mail_from.result, RESULT_FAIL);
        assert_int_equal(spf.helo.result, RESULT_PASS);
        ask_init(&ask, arena, 0);
        evaluate(&spf, envelope_of("203.0.113.2", "budget.example", "a@wide.example"), &ask, order);
        assert_true(count_questions(&ask) <= LIMIT_DNS_QUESTIONS_SPF + LIMIT_DNS_QUESTIONS_AHEAD);
        assert_int_equal(spf.helo.result, RESULT_UNKNOWN);
        assert_true(str_find_str(spf.helo.reason, S("MAIL FROM and HELO together")) < spf.helo.reason.n);
        ask_init(&ask, arena, 0);
        evaluate(&alone, envelope_of("203.0.113.2", "", "a@wide.example"), &ask, order);
        assert_same(&spf.mail_from, &alone.mail_from);
        ask_init(&ask, arena, 0);
        evaluate(&spf, envelope_of("203.0.113.2", "helo.example.org", "a@budget.example"), &ask, order);
        assert_int_equal(spf.mail_from.result, RESULT_PERMERROR);
        assert_int_equal(spf.helo.result, RESULT_UNKNOWN);
    }
    arena_free(arena);
}

/* Few round trips, and nothing asked that a literal term makes needless. */
static void test_ahead(void **state)
{
    struct arena *arena = arena_new();
    struct spf_check check;
    unsigned together, one_by_one;
    struct ask ask;
    struct envelope envelope = envelope_of("198.51.100.7", "h.example.org", "a@x.example");
    struct dns_record record = {.text = S("v=spf1 a:a1.example ip4:198.51.100.7 a:a2.example -all")};
    struct dns_answer answer = {
        .name = S("x.example"), .type = DNS_TXT, .status = DNS_OK, .n = 1, .records = &record};

    (void)state;
    together = check_in_order(&check, SPF_MAIL_FROM, envelope_of("192.0.2.1", "", "a@wide.example"), arena,
                              TOGETHER);
    one_by_one =
        check_in_order(&check, SPF_MAIL_FROM, envelope_of("192.0.2.1", "", "a@wide.example"), arena, FIRST);
    assert_int_equal(one_by_one, 8);
    assert_int_equal(together, 4); /* the record, then three includes at a time */
    /* The record, three MX at a time, five hosts at a time. */
    assert_int_equal(check_in_order(&check, SPF_MAIL_FROM,
                                    envelope_of("198.51.100.2", "", "a@budget.example"), arena, TOGETHER),
                     3);
    ask_init(&ask, arena, 0);
    ask_give(&ask, &answer);
    ask_begin(&ask, ASK_SPF);
    assert_false(spf_check(&check, SPF_MAIL_FROM, &envelope, &ask, &params));
    assert_int_equal(ask.open, 1);
    assert_true(str_eq(ask.last->name, S("a1.example")));
    /* An include that passes by a literal makes what follows it needless; one that fails does not. */
    record.text = S("v=spf1 include:in.example a:a3.example -all");
    for (int i = 0; i < 2; i++) {
        struct dns_record inner = {.text = i ? S("v=spf1 a:a2.example -ip4:198.51.100.7 ~all")
                                             : S("v=spf1 a:a2.example ip4:198.51.100.7 ~all")};
        struct dns_answer included = answer;

        included.name = S("in.example");
        included.records = &inner;
        ask_init(&ask, arena, 0);
        ask_give(&ask, &answer);
        ask_give(&ask, &included);
        ask_begin(&ask, ASK_SPF);
        assert_false(spf_check(&check, SPF_MAIL_FROM, &envelope, &ask, &params));
        assert_int_equal(ask.open, 1 + i);
        assert_true(str_eq(ask.last->name, i ? S("a3.example") : S("a2.example")));
    }
    arena_free(arena);
}

static void test_secure(void **state)
{
    struct arena *arena = arena_new();
    struct dns_record record = {.text = S("v=spf1 a -all")};
    struct dns_answer text = {.name = S("x.example"),
                              .type = DNS_TXT,
                              .status = DNS_OK,
                              .security = DNS_SECURE,
                              .n = 1,
                              .records = &record};
    struct dns_answer address = {
        .name = S("x.example"), .type = DNS_A, .status = DNS_NODATA, .security = DNS_SECURE};
    struct envelope envelope = envelope_of("198.51.100.7", "h.example.org", "a@x.example");
    struct spf_check check;
    struct ask ask;

    (void)state;
    for (int i = 0; i < 2; i++) {
        ask_init(&ask, arena, 0);
        ask_give(&ask, &text);
        ask_give(&ask, &address);
        ask_begin(&ask, ASK_SPF);
        assert_true(spf_check(&check, SPF_MAIL_FROM, &envelope, &ask, &params));
        assert_int_equal(check.result, RESULT_FAIL);
        assert_int_equal(check.secure, i == 0);
        address.security = DNS_INSECURE;
    }
    assert_false(check_one("192.0.2.1", "a@localhost", arena).secure);
    arena_free(arena);
}

/* A record of the largest size, in time and memory that stay small. */
static void test_huge(void **state)
{
    struct arena *arena = arena_new();
    char *text = malloc(LIMIT_DNS_TEXT);
    struct dns_record record;
    struct dns_answer answer = {
        .name = S("x.example"), .type = DNS_TXT, .status = DNS_OK, .n = 1, .records = &record};
    struct envelope envelope = envelope_of("198.51.100.7", "h.example.org", "a@x.example");
    struct spf_check check;
    struct ask ask;
    size_t n = 6;

    (void)state;
    assert_non_null(text);
    memcpy(text, "v=spf1", 6);
    for (; n + 14 < LIMIT_DNS_TEXT; n += 14)
        memcpy(text + n, " ip4:0.0.0.0/1", 14);
    record.text = (str){text, n};
    ask_init(&ask, arena, 0);
    ask_give(&ask, &answer);
    ask_begin(&ask, ASK_SPF);
    assert_true(spf_check(&check, SPF_MAIL_FROM, &envelope, &ask, &params));
    assert_int_equal(check.result, RESULT_NEUTRAL);
    assert_int_equal(check.warnings.count, 1);
    assert_true(arena_size(arena) < 256 * 1024);
    free(text);
    arena_free(arena);
}

/* A worker that has seen one message takes no more memory for the next. */
static void test_memory(void **state)
{
    struct arena *arena = arena_new();
    struct ask ask;
    struct spf spf;

    (void)state;
    for (int i = 0; i < 100; i++) {
        arena_reset(arena);
        ask_init(&ask, arena, 0);
        ask.lookup = answers_lookup;
        ask.lookup_context = &answers;
        assert_int_equal(
            evaluate(&spf, envelope_of("192.0.2.1", "helo.example.org", "a@wide.example"), &ask, FIRST), 0);
        assert_int_equal(spf.mail_from.result, RESULT_PASS);
    }
    assert_int_equal(arena_blocks_taken(arena), 1);
    arena_free(arena);
}

/* --offline: what nobody was asked is unknown, never an error of the sender. */
static void test_offline(void **state)
{
    struct arena *arena = arena_new();
    struct envelope envelope = envelope_of("192.0.2.1", "helo.example.org", "a@example.com");
    struct spf spf = {0};
    struct ask ask;

    (void)state;
    ask_init(&ask, arena, 0);
    ask.offline = true;
    ask_begin(&ask, ASK_SPF);
    assert_true(spf_evaluate(&spf, &envelope, &ask, &params));
    assert_int_equal(spf.mail_from.result, RESULT_UNKNOWN);
    assert_int_equal(spf.helo.result, RESULT_UNKNOWN);
    assert_int_equal(ask.open, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_path),
        cmocka_unit_test(test_warnings),       cmocka_unit_test(test_explanation),
        cmocka_unit_test(test_no_explanation), cmocka_unit_test(test_odd_explanations),
        cmocka_unit_test(test_identities),     cmocka_unit_test(test_shared_budget),
        cmocka_unit_test(test_ahead),          cmocka_unit_test(test_secure),
        cmocka_unit_test(test_huge),           cmocka_unit_test(test_offline),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("spf", tests, read_zone, forget_zone);
}
