/* test_auth.c: the parts together: rounds, ARC over DMARC, relays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ask/answers.h"
#include "scan.h"

#define FROM "From: a@example.com\r\n"
#define TEXT "\r\ntext\r\n"
#define SIGNATURE                                                                                            \
    "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; c=relaxed/relaxed; h=from;\r\n"                \
    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"

struct fixture {
    struct arena *arena;
    struct crypto *crypto;
    struct answers answers;
    struct scan scan;
    struct scan_params params;
    unsigned rounds;
};

static void begin(struct fixture *f, const char *message, const char *answers, const char *client,
                  const char *sender)
{
    struct envelope envelope = {
        .helo = S("mail.example.com"), .has_mail_from = true, .mail_from = str_from(sender)};
    struct err err;

    f->arena = arena_new();
    f->crypto = crypto_new(&err);
    assert_non_null(f->crypto);
    f->rounds = 0;
    assert_true(answers_parse(&f->answers, S("test"), str_from(answers), f->arena, &err));
    ip_parse(str_from(client), &envelope.client);
    scan_begin(&f->scan, str_from(message), &envelope, 1795600800, f->arena, f->crypto, &f->params);
}

static void finish(struct fixture *f)
{
    while (!scan_step(&f->scan)) {
        assert_true(f->scan.ask.open > 0);
        assert_true(++f->rounds < 10);
        answers_answer(&f->answers, &f->scan.ask);
    }
    assert_true(f->scan.auth.done);
}

static void end(struct fixture *f)
{
    crypto_free(f->crypto);
    arena_free(f->arena);
}

static bool is_asked(const struct fixture *f, const char *name, enum dns_type type)
{
    for (const struct question *question = f->scan.ask.first; question; question = question->next)
        if (question->type == type && str_eq(question->name, str_from(name)))
            return true;
    return false;
}

/* A chain of `hops` sealers, each with a key of its own; the signatures are wrong. */
static const char *long_chain(struct buf *buf, unsigned hops)
{
    for (unsigned i = hops; i >= 1; i--)
        buf_printf(buf,
                   "ARC-Seal: i=%u; a=ed25519-sha256; cv=%s; d=hop%u.example; s=s; b=AAAA\r\n"
                   "ARC-Message-Signature: i=%u; a=ed25519-sha256; c=relaxed/relaxed; d=hop%u.example; s=s; "
                   "h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
                   "ARC-Authentication-Results: i=%u; mx.example; none\r\n",
                   i, i == 1 ? "none" : "pass", i, i, i, i);
    buf_printf(buf, "%s", FROM TEXT);
    buf_add_char(buf, '\0');
    return buf->p;
}

static unsigned keys_asked(const struct fixture *f)
{
    unsigned n = 0;

    for (const struct question *question = f->scan.ask.first; question; question = question->next)
        n += str_starts(question->name, S("s._domainkey.hop"));
    return n;
}

/* ARC has what SPF leaves, but for two questions of iprev, no matter whose answers come first. */
static void test_arc_inherits(void **state)
{
    static const struct {
        const char *spf;
        unsigned keys;
    } rows[] = {
        {"v=spf1 ip4:192.0.2.1 -all", LIMIT_DNS_QUESTIONS_ARC + LIMIT_DNS_QUESTIONS_SPF - 4},
        {"v=spf1 a:a.example a:b.example a:c.example ip4:192.0.2.1 -all",
         LIMIT_DNS_QUESTIONS_ARC + LIMIT_DNS_QUESTIONS_SPF - 7},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (unsigned excess = 0; excess <= 1; excess++)
            for (unsigned at_hand = 0; at_hand <= 1; at_hand++) {
                struct buf text = buf_new(arena, 100000), answers = buf_new(arena, 100000);
                struct fixture f = {0};

                for (unsigned k = 1; k <= LIMIT_ARC_SETS; k++)
                    buf_printf(&answers,
                               "s._domainkey.hop%u.example TXT \"v=DKIM1; k=ed25519; "
                               "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n",
                               k);
                buf_printf(&answers,
                           "example.com TXT \"%s\"\na.example A 192.0.2.8\nb.example A 192.0.2.9\n"
                           "c.example A 192.0.2.7\nmail.example.com TXT NODATA\ndefault NXDOMAIN\n",
                           rows[i].spf);
                buf_add_char(&answers, '\0');
                begin(&f, long_chain(&text, rows[i].keys + excess), answers.p, "192.0.2.1", "a@example.com");
                if (at_hand) { /* nothing is ever open */
                    f.scan.ask.lookup = answers_lookup;
                    f.scan.ask.lookup_context = &f.answers;
                }
                finish(&f);
                assert_int_equal(f.scan.auth.spf.mail_from.result, RESULT_PASS);
                assert_int_equal(keys_asked(&f), rows[i].keys);
                assert_int_equal(f.scan.auth.arc.result, RESULT_FAIL);
                assert_int_equal(f.scan.auth.arc.sets[0].seal_checked, !excess);
                end(&f);
            }
    arena_free(arena);
}

/* What all parts ask first travels in one round. */
static void test_rounds(void **state)
{
    struct fixture f = {0};

    (void)state;
    begin(&f, SIGNATURE FROM TEXT,
          "default NXDOMAIN\n"
          "example.com TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
          "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n",
          "192.0.2.1", "a@example.com");
    assert_false(scan_step(&f.scan));
    assert_true(is_asked(&f, "example.com", DNS_TXT));
    assert_true(is_asked(&f, "sel._domainkey.example.com", DNS_TXT));
    assert_true(is_asked(&f, "_dmarc.example.com", DNS_TXT));
    assert_true(is_asked(&f, "_dmarc.com", DNS_TXT));
    assert_true(is_asked(&f, "1.2.0.192.in-addr.arpa", DNS_PTR));
    finish(&f);
    assert_int_equal(f.rounds, 1);
    assert_int_equal(f.scan.auth.spf.mail_from.result, RESULT_PASS);
    assert_int_equal(f.scan.auth.dmarc.result, RESULT_PASS);
    assert_true(scan_step(&f.scan));
    end(&f);
}

/* One set of a chain as arc_verify() would leave it. */
struct set {
    const char *sealer;
    const char *results;
};

static const struct {
    const char *from;
    enum result chain;
    unsigned trusted_from;
    struct set sets[3];
    const char *wanted; /* in the reason of the override; NULL: there is none */
} overrides[] = {
    {FROM,
     RESULT_PASS,
     1,
     {{"list.example", "i=1; list.example; dmarc=pass header.from=example.com"}},
     "ARC set 1"},
    {FROM, RESULT_FAIL, 1, {{"list.example", "i=1; list.example; dmarc=pass header.from=example.com"}}, NULL},
    {FROM,
     RESULT_UNKNOWN,
     1,
     {{"list.example", "i=1; list.example; dmarc=pass header.from=example.com"}},
     NULL},
    {FROM, RESULT_PASS, 0, {{"list.example", "i=1; list.example; dmarc=pass header.from=example.com"}}, NULL},
    {FROM, RESULT_PASS, 1, {{"list.example", "i=1; list.example; dmarc=fail header.from=example.com"}}, NULL},
    {FROM, RESULT_PASS, 1, {{"list.example", "i=1; list.example; dmarc=pass header.from=example.org"}}, NULL},
    {FROM, RESULT_PASS, 1, {{"list.example", "i=1; list.example; dmarc=pass"}}, NULL},
    {FROM,
     RESULT_PASS,
     1,
     {{"list.example", "i=1; list.example; dmarc=bestguesspass header.from=example.com"}},
     NULL},
    {FROM, RESULT_PASS, 1, {{"list.example", "i=1; list.example; spf=pass smtp.mailfrom=example.com"}}, NULL},
    /* A set that contradicts itself, or holds a name that was not quoted. */
    {FROM,
     RESULT_PASS,
     1,
     {{"list.example",
       "i=1; list.example; dmarc=fail header.from=example.com; dmarc=pass header.from=example.com"}},
     NULL},
    {FROM,
     RESULT_PASS,
     1,
     {{"list.example", "i=1; list.example; spf=pass smtp.helo=x dmarc=pass header.from=example.com"}},
     NULL},
    {FROM,
     RESULT_PASS,
     1,
     {{"list.example", "i=1; list.example; spf=pass smtp.helo=x dmarc=fail header.from=example.org; "
                       "dmarc=pass header.from=example.com"}},
     "ARC set 1"},
    /* Set 1 was sealed by somebody who is not trusted: what it states is worth nothing. */
    {FROM,
     RESULT_PASS,
     2,
     {{"other.example", "i=1; other.example; dmarc=pass header.from=example.com"},
      {"list.example", "i=2; list.example; dmarc=fail header.from=example.com"}},
     NULL},
    {FROM,
     RESULT_PASS,
     2,
     {{"other.example", "i=1; other.example; dmarc=none"},
      {"list.example", "i=2; list.example; dmarc=pass header.from=EXAMPLE.com"}},
     "ARC set 2"},
    {FROM,
     RESULT_PASS,
     1,
     {{"one.example", "i=1; one.example; dmarc=pass header.from=example.com"},
      {"list.example", "i=2; list.example; dmarc=fail header.from=example.com"}},
     "ARC set 1, sealed by one.example"},
    {"From: a@example.com, b@example.org\r\n",
     RESULT_PASS,
     1,
     {{"list.example", "i=1; list.example; dmarc=pass header.from=example.com"}},
     NULL},
};

static void fill_arc(struct arc *arc, size_t row, struct arena *arena)
{
    arc->result = overrides[row].chain;
    arc->trusted_from = overrides[row].trusted_from;
    arc->sets = arena_array_of(arena, 3, struct arc_set);
    arc->done = true;
    for (; arc->n < 3 && overrides[row].sets[arc->n].sealer; arc->n++) {
        struct arc_set *set = &arc->sets[arc->n];

        set->instance = (unsigned)arc->n + 1;
        set->domain = str_from(overrides[row].sets[arc->n].sealer);
        authres_parse(&set->results, str_from(overrides[row].sets[arc->n].results), true, arena);
    }
}

static void test_overrides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(overrides) / sizeof(overrides[0]); i++) {
        struct fixture f = {0};
        const struct dmarc *dmarc = &f.scan.auth.dmarc;
        struct arena *arena = arena_new();
        str message = arena_printf(arena, "%s%s", overrides[i].from, TEXT);

        begin(&f, arena_c_str(arena, message),
              "default NXDOMAIN\n_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n", "192.0.2.1",
              "x@list.example");
        fill_arc(&f.scan.auth.arc, i, arena);
        finish(&f);
        assert_int_equal(dmarc->result, RESULT_FAIL);
        assert_int_equal(dmarc->policy, DMARC_POLICY_REJECT);
        if (dmarc->overridden != (overrides[i].wanted != NULL))
            fail_msg("row %zu: %soverridden", i, dmarc->overridden ? "" : "not ");
        assert_int_equal(dmarc->disposition, dmarc->overridden ? DMARC_POLICY_NONE : DMARC_POLICY_QUARANTINE);
        if (dmarc->overridden &&
            str_find_str(dmarc->override_reason, str_from(overrides[i].wanted)) == dmarc->override_reason.n)
            fail_msg("row %zu: \"%.*s\"", i, PS(dmarc->override_reason));
        end(&f);
        arena_free(arena);
    }
}

#define GATEWAY                                                                                              \
    "Received: from mail.example.com (mail.example.com [192.0.2.1]) by gw.example.net (Postfix)\r\n"         \
    " with ESMTPS id 1; Wed, 25 Nov 2026 10:00:00 +0000\r\n"
#define STATED "Authentication-Results: gw.example.net; dkim=pass header.d=example.com header.s=sel\r\n"
#define OTHERS "Authentication-Results: other.example; dkim=pass header.d=example.com header.s=sel\r\n"
#define BEHIND                                                                                               \
    "default NXDOMAIN\n"                                                                                     \
    "example.com TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"                                                        \
    "mail.example.com A 192.0.2.1\n"                                                                         \
    "1.2.0.192.in-addr.arpa PTR mail.example.com\n"                                                          \
    "_dmarc.example.com TXT \"v=DMARC1; p=reject; aspf=s\"\n"

/* Behind a gateway: SPF and iprev of its client, and its own results, but none that stand below its line. */
static void test_relay(void **state)
{
    static const struct {
        const char *message;
        const char *client;
        enum result spf, iprev, dkim;
    } rows[] = {
        {STATED GATEWAY FROM TEXT, "198.51.100.7", RESULT_PASS, RESULT_PASS, RESULT_PASS},
        {GATEWAY FROM TEXT, "198.51.100.7", RESULT_PASS, RESULT_PASS, RESULT_NONE},
        /* Forged: below the gateway's line. */
        {GATEWAY STATED FROM TEXT, "198.51.100.7", RESULT_PASS, RESULT_PASS, RESULT_NONE},
        {OTHERS GATEWAY FROM TEXT, "198.51.100.7", RESULT_PASS, RESULT_PASS, RESULT_NONE},
        /* Not by the gateway: the line is the sender's, and so are the results. */
        {STATED GATEWAY FROM TEXT, "203.0.113.9", RESULT_FAIL, RESULT_PERMERROR, RESULT_NONE},
        /* Nor is a workstation inside a gateway, or this host itself. */
        {STATED GATEWAY FROM TEXT, "10.66.6.6", RESULT_FAIL, RESULT_PERMERROR, RESULT_NONE},
        {STATED GATEWAY FROM TEXT, "127.0.0.1", RESULT_FAIL, RESULT_PERMERROR, RESULT_NONE},
        /* By the gateway, but its line is missing: nothing is known, and nothing is believed. */
        {STATED FROM TEXT, "198.51.100.7", RESULT_UNKNOWN, RESULT_UNKNOWN, RESULT_NONE},
    };
    struct network network = {.bits = 24};
    struct relays relays = {.networks = &network, .network_count = 1, .authserv_id = S("gw.example.net")};

    (void)state;
    ip_parse(S("198.51.100.0"), &network.ip);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f = {.params.auth.relays = &relays};
        const struct auth *auth = &f.scan.auth;

        begin(&f, rows[i].message, BEHIND, rows[i].client, "a@example.com");
        finish(&f);
        if (auth->spf.mail_from.result != rows[i].spf || auth->iprev.result != rows[i].iprev ||
            auth->dkim.result != rows[i].dkim)
            fail_msg("row %zu: spf %s, iprev %s, dkim %s", i, result_name(auth->spf.mail_from.result),
                     result_name(auth->iprev.result), result_name(auth->dkim.result));
        end(&f);
    }
}

/* What the believed host states is taken, what it does not state is computed; offline that is unknown. */
static void test_trust(void **state)
{
    struct fixture f = {.params.auth.trust_authserv = S("first")};

    (void)state;
    begin(&f, STATED GATEWAY FROM TEXT, BEHIND, "192.0.2.1", "a@example.com");
    finish(&f);
    assert_true(f.scan.auth.stated.used && f.scan.auth.stated.dkim && !f.scan.auth.stated.spf);
    assert_int_equal(f.scan.auth.spf.mail_from.result, RESULT_PASS);
    assert_int_equal(f.scan.auth.dmarc.result, RESULT_PASS);
    end(&f);
    begin(&f, STATED GATEWAY FROM TEXT, "", "192.0.2.1", "a@example.com");
    f.scan.ask.offline = true;
    finish(&f);
    assert_int_equal(f.rounds, 0);
    assert_int_equal(f.scan.auth.dkim.result, RESULT_PASS);
    assert_int_equal(f.scan.auth.spf.mail_from.result, RESULT_UNKNOWN);
    assert_int_equal(f.scan.auth.dmarc.result, RESULT_UNKNOWN);
    end(&f);
}

/* Authors: found in all From fields, distinct; one that can't be is not passed over. */
static void test_authors(void **state)
{
    static const struct {
        const char *from;
        size_t n;
        const char *first;
        bool unreadable;
    } rows[] = {
        {"From: a@example.com, b@EXAMPLE.com.\r\nFrom: c@example.com\r\n", 1, "example.com", false},
        {"From: The Bank, a@example.com\r\n", 1, "example.com", false},
        {"From: a@b\xc3\xbc"
         "cher.example\r\n",
         1, "xn--bcher-kva.example", false},
        {"From: ceo@bank..example, a@example.com\r\n", 1, "example.com", true},
        {"From: a@[192.0.2.1]\r\n", 0, NULL, true},
        {"From: nobody:;\r\n", 0, NULL, false},
        {"", 0, NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f = {0};
        struct arena *arena = arena_new();
        const struct auth *auth = &f.scan.auth;

        begin(&f, arena_c_str(arena, arena_printf(arena, "%sTo: x@example.net\r\n%s", rows[i].from, TEXT)),
              "default NXDOMAIN\n", "192.0.2.1", "a@example.com");
        finish(&f);
        if (auth->author_count != rows[i].n || auth->authors_unreadable != rows[i].unreadable)
            fail_msg("row %zu: %zu%s", i, auth->author_count, auth->authors_unreadable ? ", unreadable" : "");
        if (rows[i].first)
            assert_true(str_eq(auth->author_domains[0], str_from(rows[i].first)));
        end(&f);
        arena_free(arena);
    }
}

#define SIGNED(d, i) "DKIM-Signature: v=1; a=rsa-sha256; d=" d "; i=" i "; s=sel; h=from; bh=AAAA; b=AAAA\r\n"
#define BY_IDENTITY                                                                                          \
    "Authentication-Results: mx.example.net; dkim=pass header.i=@sub.example.com header.s=sel\r\n"
#define FROM_BELOW "From: a@sub.example.com\r\n"

/* i= is no proof of strict alignment: d= may lie above it. */
static void test_identity(void **state)
{
    static const struct {
        const char *message;
        const char *mode;
        enum result wanted;
    } rows[] = {
        {BY_IDENTITY SIGNED("example.com", "@sub.example.com") FROM_BELOW TEXT, "s", RESULT_UNKNOWN},
        {BY_IDENTITY SIGNED("example.com", "@sub.example.com") FROM_BELOW TEXT, "r", RESULT_PASS},
        {BY_IDENTITY SIGNED("sub.example.com", "@sub.example.com") FROM_BELOW TEXT, "s", RESULT_PASS},
        {BY_IDENTITY FROM_BELOW TEXT, "s", RESULT_UNKNOWN},
        {BY_IDENTITY SIGNED("sub.example.com", "@sub.example.com") SIGNED("example.com", "@sub.example.com")
             FROM_BELOW TEXT,
         "s", RESULT_UNKNOWN},
        {BY_IDENTITY SIGNED("example.com", "@sub.example.com") "From: a@other.example\r\n" TEXT, "s",
         RESULT_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f = {.params.auth.trust_authserv = S("first")};
        struct arena *arena = arena_new();
        str answers =
            arena_printf(arena, "default NXDOMAIN\n_dmarc.example.com TXT \"v=DMARC1; p=reject; adkim=%s\"\n",
                         rows[i].mode);

        begin(&f, rows[i].message, arena_c_str(arena, answers), "192.0.2.1", "a@sender.example");
        finish(&f);
        if (f.scan.auth.dmarc.result != rows[i].wanted)
            fail_msg("row %zu: %s", i, result_name(f.scan.auth.dmarc.result));
        end(&f);
        arena_free(arena);
    }
}

/* What was cut off an answer may have been the record. */
static void test_cut(void **state)
{
    struct arena *arena = arena_new();
    struct buf answers = buf_new(arena, 100000);
    struct fixture f = {0};
    bool told = false;

    (void)state;
    buf_printf(&answers, "default NXDOMAIN\n");
    for (unsigned i = 0; i <= LIMIT_DNS_RECORDS; i++)
        buf_printf(&answers, "_dmarc.example.com TXT \"%u\"\n", i);
    buf_add_char(&answers, '\0');
    begin(&f, FROM TEXT, answers.p, "192.0.2.1", "a@example.com");
    finish(&f);
    assert_int_equal(f.scan.auth.dmarc.result, RESULT_NONE);
    for (const struct note *note = f.scan.auth.dmarc.warnings.first; note; note = note->next)
        told |= str_find_str(note->text, S("more than 64 TXT records")) < note->text.n;
    assert_true(told);
    end(&f);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rounds),  cmocka_unit_test(test_overrides),
                                       cmocka_unit_test(test_relay),   cmocka_unit_test(test_trust),
                                       cmocka_unit_test(test_authors), cmocka_unit_test(test_identity),
                                       cmocka_unit_test(test_cut),     cmocka_unit_test(test_arc_inherits)};

    return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
