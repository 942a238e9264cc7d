/* test_stated.c: results taken from the Authentication-Results of a host that is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/stated.h"

#define MAIL "From: a@example.com\r\n\r\ntext\r\n"
#define MX "Authentication-Results: mx.example.net; "
#define OWN "Received: from x by mx.example.net; Wed, 25 Nov 2026 10:00:00 +0000\r\n"
#define RECEIVED "Received: from x by y; Wed, 25 Nov 2026 10:00:00 +0000\r\n"

/* What was taken, on one line. */
static void describe(struct stated *stated, const struct mail *mail, char *out, size_t size,
                     struct arena *arena)
{
    const str author = S("example.com");
    struct envelope envelope = {0};
    struct spf spf = {0};
    struct dkim dkim = {0};
    struct arc arc = {0};
    struct iprev iprev = {0};
    struct dmarc dmarc = {0};
    struct buf buf = buf_new(arena, 1000);

    if (stated_spf(&spf, stated, &envelope, arena))
        buf_printf(&buf, "spf=%s %.*s; ", result_name(spf.mail_from.result), PS(spf.mail_from.domain));
    if (spf.helo.result != RESULT_UNKNOWN)
        buf_printf(&buf, "helo=%s %.*s; ", result_name(spf.helo.result), PS(spf.helo.domain));
    if (stated_dkim(&dkim, stated, mail, arena))
        buf_printf(&buf, "dkim=%s; ", result_name(dkim.result));
    for (size_t i = 0; i < dkim.n; i++)
        buf_printf(&buf, "%s %.*s %.*s; ", result_name(dkim.signatures[i].result),
                   PS(dkim.signatures[i].domain), PS(dkim.signatures[i].selector));
    if (stated_arc(&arc, stated, arena))
        buf_printf(&buf, "arc=%s; ", result_name(arc.result));
    if (stated_iprev(&iprev, stated, arena))
        buf_printf(&buf, "iprev=%s; ", result_name(iprev.result));
    if (stated_dmarc(&dmarc, stated, &author, 1, arena))
        buf_printf(&buf, "dmarc=%s %s %s; ", result_name(dmarc.result), dmarc_policy_name(dmarc.policy),
                   dmarc_policy_name(dmarc.disposition));
    snprintf(out, size, "%.*s", PS(buf_str(&buf)));
}

static const struct {
    const char *message;
    const char *trust;
    const char *wanted; /* NULL: nothing was found */
} rows[] = {
    {MX "none\r\n" MAIL, "", NULL},
    {MAIL, "first", NULL},
    {MX "none\r\n" MAIL, "first", ""},
    {MX "none\r\n" MAIL, "mx.example.org", NULL},
    {MX "spf=pass smtp.mailfrom=a@example.com\r\n" MAIL, "MX.Example.Net", "spf=pass example.com; "},
    {MX "spf=pass smtp.mailfrom=example.com smtp.helo=h.example.com\r\n" MAIL, "first",
     "spf=pass example.com; "},
    {MX "spf=fail smtp.helo=h.example.com; spf=none smtp.mailfrom=b@example.org\r\n" MAIL, "first",
     "spf=none example.org; helo=fail h.example.com; "},
    {MX "spf=softfail\r\n" MAIL, "first", "spf=softfail ; "},
    {MX "spf=none smtp.helo=h.example.com\r\n" MAIL, "first",
     "spf=none h.example.com; helo=none h.example.com; "},
    {MX "dkim=fail header.d=example.com header.s=a; dkim=pass header.i=@mail.example.com header.s=b\r\n" MAIL,
     "first", "dkim=pass; fail example.com a; pass mail.example.com b; "},
    {MX "spf=bestguesspass smtp.mailfrom=example.com; dkim=bestguesspass header.d=example.com\r\n" MAIL, "first",
     "spf=none example.com; dkim=none; "},
    {MX "dkim=none\r\n" MAIL, "first", "dkim=none; "},
    {MX "arc=pass; iprev=permerror policy.iprev=192.0.2.1\r\n" MAIL, "first", "arc=pass; iprev=permerror; "},
    {MX "dmarc=pass (p=REJECT sp=NONE dis=NONE) header.from=example.com\r\n" MAIL, "first",
     "dmarc=pass reject none; "},
    {MX "dmarc=fail header.from=example.com policy.dmarc=reject\r\n" MAIL, "first",
     "dmarc=fail reject quarantine; "},
    {MX "dmarc=pass\r\n" MAIL, "first", "dmarc=pass none none; "},
    /* Microsoft: no authserv-id, words of its own. */
    {"Authentication-Results: spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=example.com; dkim=none (message not "
     "signed)\r\n header.d=none;dmarc=bestguesspass action=none\r\n header.from=example.com;compauth=pass "
     "reason=109\r\n" MAIL,
     "first", "spf=pass example.com; dkim=none; dmarc=none none none; "},
    {"Authentication-Results: spf=fail smtp.mailfrom=example.org; dmarc=fail action=oreject "
     "header.from=example.com;\r\n" MAIL,
     "first", "spf=fail example.org; dmarc=fail reject quarantine; "},
    {"Authentication-Results: spf=pass smtp.mailfrom=example.com\r\n" MAIL, "mx.example.net", NULL},
    /* Several fields of one host; the first statement of a method counts. Results of DMARC that contradict
     * each other don't. */
    {MX "spf=fail smtp.mailfrom=example.com\r\n" MX "spf=pass smtp.mailfrom=example.com\r\n" MAIL, "first",
     "spf=fail example.com; "},
    {MX "dmarc=fail header.from=example.com\r\n" MX "spf=pass smtp.mailfrom=example.com; dmarc=pass\r\n" MAIL,
     "first", "spf=pass example.com; "},
    {MX "dmarc=pass header.from=example.com; dmarc=fail header.from=example.com\r\n" MAIL, "first", ""},
    {MX "dmarc=pass header.from=example.com; dmarc=pass header.from=example.org\r\n" MAIL, "first", ""},
    {MX "dmarc=fail header.from=example.com; dmarc=fail header.from=Example.com\r\n" MAIL, "first",
     "dmarc=fail none none; "},
    /* A HELO name that is not quoted. */
    {MX "spf=pass smtp.helo=x dmarc=pass header.from=example.com\r\n" MAIL, "first",
     "spf=pass x; helo=pass x; "},
    {MX "dmarc=fail\r\n" RECEIVED MX "spf=pass smtp.mailfrom=example.com\r\n" MAIL, "first",
     "dmarc=fail none none; "},
    {MX "dmarc=fail\r\n"
        "Authentication-Results: other.example; spf=pass smtp.mailfrom=example.com\r\n" MAIL,
     "first", "dmarc=fail none none; "},
    /* The topmost of that id, not another host's above it. */
    {"Authentication-Results: other.example; spf=fail\r\n" RECEIVED MX
     "spf=pass smtp.mailfrom=example.com\r\n" MAIL,
     "mx.example.net", "spf=pass example.com; "},
    /* Not further down than the next Received below that host's own. */
    {OWN MX "spf=pass smtp.mailfrom=example.com\r\n" RECEIVED MAIL, "mx.example.net",
     "spf=pass example.com; "},
    {OWN MX "spf=pass smtp.mailfrom=example.com\r\n" RECEIVED MAIL, "example.net", NULL},
    {RECEIVED RECEIVED MX "spf=pass smtp.mailfrom=example.com\r\n" OWN MAIL, "mx.example.net",
     "spf=pass example.com; "},
    {OWN RECEIVED MX "spf=pass smtp.mailfrom=example.com\r\n" MAIL, "mx.example.net", NULL},
    {OWN RECEIVED MX "spf=pass smtp.mailfrom=example.com\r\n" OWN MAIL, "MX.example.NET", NULL},
    {RECEIVED RECEIVED MX "spf=pass smtp.mailfrom=example.com\r\n" MAIL, "mx.example.net", NULL},
    {MX "spf=pass smtp.mailfrom=example.com\r\n" MAIL, "mx.example.net", "spf=pass example.com; "},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct stated stated;
        struct mail mail;
        char got[500];

        mail_parse(&mail, str_from(rows[i].message), arena);
        stated_find(&stated, &mail, str_from(rows[i].trust), arena);
        if (stated.used != (rows[i].wanted != NULL))
            fail_msg("row %zu: %s", i, stated.used ? "found" : "not found");
        describe(&stated, &mail, got, sizeof(got), arena);
        if (strcmp(got, rows[i].wanted ? rows[i].wanted : "") != 0)
            fail_msg("row %zu: got \"%s\", wanted \"%s\"", i, got, rows[i].wanted);
        arena_free(arena);
    }
}

/* Only what stands above a given field counts. */
static void test_above(void **state)
{
    struct arena *arena = arena_new();
    struct stated stated;
    struct mail mail;

    (void)state;
    mail_parse(&mail, S(MX "spf=fail smtp.mailfrom=example.com\r\n" RECEIVED MX "spf=pass\r\n" MAIL), arena);
    stated_find_above(&stated, &mail, S("mx.example.net"), mail.first[HEADER_RECEIVED], arena);
    assert_true(stated.used);
    assert_int_equal(stated.results->results[0].result, RESULT_FAIL);
    /* "first" is a word of the command line, and elsewhere the name of a host. */
    stated_find_above(&stated, &mail, S("first"), mail.first[HEADER_RECEIVED], arena);
    assert_false(stated.used);
    mail_parse(&mail, S(RECEIVED MX "spf=pass\r\n" MAIL), arena);
    stated_find_above(&stated, &mail, S("mx.example.net"), mail.first[HEADER_RECEIVED], arena);
    assert_false(stated.used);
    arena_free(arena);
}

/* Nothing is changed by a method that is not stated. */
static void test_not_stated(void **state)
{
    struct arena *arena = arena_new();
    struct stated stated;
    struct dkim dkim = {.result = RESULT_NEUTRAL};
    struct mail mail;

    (void)state;
    mail_parse(&mail, S(MX "dmarc=pass header.from=example.com\r\n" MAIL), arena);
    stated_find(&stated, &mail, S("first"), arena);
    assert_false(stated_dkim(&dkim, &stated, &mail, arena));
    assert_int_equal(dkim.result, RESULT_NEUTRAL);
    assert_false(stated.dkim);
    arena_free(arena);
}

/* The domain is the one it was stated for; a pass says nothing of further author domains. */
static void test_dmarc(void **state)
{
    const str authors[] = {STR("example.com"), STR("example.org")};
    const str unreadable = S(""), label = S("host");
    struct arena *arena = arena_new();
    struct dmarc dmarc = {.result = RESULT_NEUTRAL};
    struct stated stated;
    struct mail mail;

    (void)state;
    mail_parse(&mail, S(MX "dmarc=pass header.from=example.com\r\n" MAIL), arena);
    stated_find(&stated, &mail, S("first"), arena);
    assert_false(stated_dmarc(&dmarc, &stated, authors, 2, arena));
    assert_false(stated.dmarc);
    assert_int_equal(dmarc.result, RESULT_NEUTRAL);
    assert_true(stated_dmarc(&dmarc, &stated, authors, 1, arena) && stated.dmarc && dmarc.done);
    assert_true(str_eq(dmarc.domain, authors[0]) && dmarc.warnings.count == 0);
    assert_true(str_eq(dmarc.reason, S("stated by mx.example.net")));
    /* Another domain's is not taken, but for an author that is no Internet domain. */
    dmarc = (struct dmarc){0};
    assert_false(stated_dmarc(&dmarc, &stated, authors + 1, 1, arena));
    assert_false(dmarc.done);
    assert_false(stated_dmarc(&dmarc, &stated, &unreadable, 1, arena));
    assert_true(stated_dmarc(&dmarc, &stated, &label, 1, arena));
    assert_true(str_eq(dmarc.domain, authors[0]) && dmarc.warnings.count == 1);
    mail_parse(&mail, S(MX "dmarc=pass header.from=example.org@example.com\r\n" MAIL), arena);
    stated_find(&stated, &mail, S("first"), arena);
    assert_false(stated_dmarc(&dmarc, &stated, authors + 1, 1, arena));
    mail_parse(&mail, S(MX "dmarc=pass\r\n" MAIL), arena);
    stated_find(&stated, &mail, S("first"), arena);
    assert_true(stated_dmarc(&dmarc, &stated, authors, 1, arena));
    assert_true(str_eq(dmarc.domain, authors[0]) && dmarc.warnings.count == 0);
    mail_parse(&mail, S(MX "dmarc=fail header.from=example.com\r\n" MAIL), arena);
    stated_find(&stated, &mail, S("first"), arena);
    assert_true(stated_dmarc(&dmarc, &stated, authors, 2, arena));
    assert_int_equal(dmarc.result, RESULT_FAIL);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_above),
                                       cmocka_unit_test(test_not_stated), cmocka_unit_test(test_dmarc)};

    return cmocka_run_group_tests_name("stated", tests, NULL, NULL);
}
