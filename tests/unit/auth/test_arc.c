/* test_arc.c: chains that are sealed here, whole and broken in every way, and who is trusted in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/arc_seal.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/limits.h"

enum { NOW = 1700000000, INHERITED = 2 /* questions that SPF left */ };

static struct crypto *crypto;
static struct arena *arena;
static struct private_key *ed25519, *rsa;
static str ed25519_record, rsa_record;

static const str message = STR("DKIM-Signature: v=1; d=example.com\r\n"
                               "From: A <a@example.com>\r\n"
                               "To: b@example.net\r\n"
                               "Subject: hello\r\n"
                               "\r\n"
                               "text\r\n");

/* --- keys --- */

static str record_of(const struct private_key *key, struct arena *keep)
{
    struct err err;
    str bytes;

    assert_true(private_key_public(key, keep, &bytes, &err));
    return arena_printf(keep, "v=DKIM1; k=%s; p=%.*s", private_key_type(key) == KEY_RSA ? "rsa" : "ed25519",
                        PS(base64_encode(bytes, keep)));
}

/* All domains have the same key, but for some whose name says what their DNS does. */
static const struct dns_answer *look_up(void *context, str name, enum dns_type type, struct arena *keep)
{
    struct dns_answer *answer = arena_new_of(keep, struct dns_answer);
    unsigned *questions = context;

    assert_int_equal(type, DNS_TXT);
    ++*questions;
    answer->name = name;
    answer->type = type;
    answer->status = str_ends(name, S("gone.example"))   ? DNS_NXDOMAIN
                     : str_ends(name, S("down.example")) ? DNS_SERVFAIL
                     : str_ends(name, S("dark.example")) ? DNS_UNKNOWN
                                                         : DNS_OK;
    answer->records = arena_new_of(keep, struct dns_record);
    answer->records->text = str_starts(name, S("rsa.")) ? rsa_record : ed25519_record;
    answer->n = answer->status == DNS_OK;
    return answer;
}

/* --- verifying and sealing --- */

struct verified {
    struct mail mail;
    struct arc arc;
    unsigned questions;
};

static struct verified *verify_trusting(str text, const str *trusted, size_t count)
{
    struct verified *verified = arena_new_of(arena, struct verified);
    struct arc_params params = {.trusted_sealers = trusted, .trusted_sealer_count = count, .clock_skew = 300};
    struct ask ask;

    ask_init(&ask, arena, NOW);
    ask_inherit(&ask, ASK_ARC, INHERITED);
    ask.lookup = look_up;
    ask.lookup_context = &verified->questions;
    mail_parse(&verified->mail, text, arena);
    assert_true(arc_verify(&verified->arc, &verified->mail, &ask, crypto, &params));
    assert_true(verified->arc.done && verified->arc.reason.n > 0);
    return verified;
}

static struct verified *verify(str text)
{
    return verify_trusting(text, NULL, 0);
}

/* Seals what goes out, after verifying what came in. */
static struct arc_sealed seal_changed(str received, str text, str domain, struct private_key *key,
                                      int64_t time)
{
    struct authres results = {.id = S("mx.example"), .version = 1};
    bool is_rsa = private_key_type(key) == KEY_RSA;
    struct arc_seal_params params = {.domain = domain,
                                     .selector = is_rsa ? S("rsa") : S("s"),
                                     .results = &results,
                                     .time = time,
                                     .key = private_key_type(key),
                                     .sign = arc_sign_with_key,
                                     .sign_context = key};
    struct verified *verified = verify(received), *changed = verify(text);
    struct arc_sealed sealed;
    struct err err = {""};

    authres_add(&results, S("spf"), RESULT_PASS, arena);
    if (!arc_seal(&sealed, &changed->mail, &verified->arc, &params, crypto, arena, &err))
        fail_msg("%s", err.words);
    assert_true(sealed.sealed ? sealed.fields.n > 0 && sealed.reason.n == 0
                              : sealed.fields.n == 0 && sealed.reason.n > 0);
    return sealed;
}

static struct arc_sealed seal(str text, str domain, struct private_key *key, int64_t time)
{
    return seal_changed(text, text, domain, key, time);
}

static str joined(str a, str b)
{
    return arena_printf(arena, "%.*s%.*s", PS(a), PS(b));
}

/* The first occurrence of `what` replaced. */
static str replaced(str text, str what, str with)
{
    size_t at = str_find_str(text, what);

    if (at == text.n)
        fail_msg("\"%.*s\" is not in\n%.*s", PS(what), PS(text));
    return joined(joined(str_sub(text, 0, at), with), str_skip(text, at + what.n));
}

/* Steps, each a word: a name seals as NAME.example (a name in capitals with RSA); "edit" changes the body
 * after it came in, "break" the newest results before. */
static str chain(const char *steps)
{
    str text = message, received = message, rest = str_from(steps), step;

    while (str_next(&rest, ' ', &step)) {
        if (str_eq(step, S("edit"))) {
            text = joined(text, S("more\r\n"));
        } else if (str_eq(step, S("break"))) {
            text = received = replaced(text, S("spf=pass"), S("spf=fail"));
        } else {
            str domain = arena_printf(arena, "%.*s.example", PS(arena_lower(arena, step)));
            struct private_key *key = step.p[0] < 'a' ? rsa : ed25519;

            text = joined(seal_changed(received, text, domain, key, NOW - 10).fields, text);
            received = text;
        }
    }
    return text;
}

static void assert_has(str text, const char *part)
{
    if (str_find_str(text, str_from(part)) == text.n)
        fail_msg("\"%s\" is not in \"%.*s\"", part, PS(text));
}

/* --- chains --- */

struct row {
    const char *steps;
    const char *what, *with; /* replaced at the end; NULL: nothing */
    enum result result;
    size_t n;
    unsigned oldest_pass;
    const char *reason;
};

static const struct row rows[] = {
    {"", NULL, NULL, RESULT_NONE, 0, 0, "no chain"},
    {"a", NULL, NULL, RESULT_PASS, 1, 0, "are right"},
    {"A", NULL, NULL, RESULT_PASS, 1, 0, "are right"},
    {"a b", NULL, NULL, RESULT_PASS, 2, 0, "all 2 seals"},
    {"a B c", NULL, NULL, RESULT_PASS, 3, 0, "all 3 seals"},
    {"a a a a a a a", NULL, NULL, RESULT_PASS, 7, 0, "all 7 seals"},

    /* what a mailing list changes breaks older message signatures, not the chain */
    {"a edit b", NULL, NULL, RESULT_PASS, 2, 2, "all 2"},
    {"a b edit c", NULL, NULL, RESULT_PASS, 3, 3, "all 3"},
    {"a edit b c", NULL, NULL, RESULT_PASS, 3, 2, "all 3"},
    {"a edit b edit c d", NULL, NULL, RESULT_PASS, 4, 3, "all 4"},
    {"a b edit", NULL, NULL, RESULT_FAIL, 2, 0,
     "set 2's message signature by b.example does not hold: the body"},
    {"a b", "Subject: hello", "Subject: hallo", RESULT_FAIL, 2, 0, "signed header fields were changed"},
    {"a b", "DKIM-Signature: v=1", "DKIM-Signature: v=2", RESULT_FAIL, 2, 0, "signed header fields"},
    {"a b", "Subject: hello", "X-Note: not signed\r\nSubject: hello", RESULT_PASS, 2, 0, "all 2"},

    /* a changed ARC field breaks its seal and those above it */
    {"a b", "spf=pass", "spf=fail", RESULT_FAIL, 2, 0, "set 2's seal by b.example does not verify"},
    {"a b c", "\r\n spf=pass\r\nARC-Seal: a=ed25519-sha256;\r\n b=",
     "\r\n spf=fail\r\nARC-Seal: a=ed25519-sha256;\r\n b=", RESULT_FAIL, 3, 0, "set 3's seal by c.example"},
    {"a b", "s=s; t=", "s=s; r=y; t=", RESULT_FAIL, 2, 0, "set 2's seal"},
    {"a b", "ARC-Seal:", "arc-seal :  ", RESULT_PASS, 2, 0, "all 2"},
    {"a b", "\r\n spf=pass", "   spf=pass  ", RESULT_PASS, 2, 0, "all 2"},

    /* broken, then sealed by somebody honest; nobody adds to that */
    {"a break b", NULL, NULL, RESULT_FAIL, 2, 0, "set 2, by b.example, says that the chain was broken"},
    {"a break b c", NULL, NULL, RESULT_FAIL, 2, 0, "set 2, by b.example, says"},
    {"a b", "cv=pass", "cv=fail", RESULT_FAIL, 2, 0, "set 2, by b.example, says"},
    {"a break b", "cv=fail", "cv=pass", RESULT_FAIL, 2, 0, "set 2's seal by b.example does not verify"},

    /* cv= against its place */
    {"a", "cv=none", "cv=pass", RESULT_FAIL, 1, 0, "set 1's seal says cv=pass, which has to be cv=none"},
    {"a b", "cv=pass", "cv=none", RESULT_FAIL, 2, 0, "set 2's seal says cv=none, which has to be cv=pass"},
    {"a b", "cv=none", "cv=fail", RESULT_FAIL, 2, 0, "set 1's seal says cv=fail, which has to be cv=none"},
    {"a b", "cv=pass", "cv=Pass", RESULT_FAIL, 2, 0, "set 2's seal says cv=Pass"},
    {"a b", "cv=pass;", "", RESULT_FAIL, 2, 0, "set 2's seal can't be used: the signature has no cv="},

    /* instances */
    {"a b", "i=2; s=s", "i=0; s=s", RESULT_FAIL, 2, 0,
     "no set can be told for an ARC-Seal: i= is no number from 1 to 50"},
    {"a b", "i=2; s=s", "i=51; s=s", RESULT_FAIL, 2, 0, "no set can be told for an ARC-Seal"},
    {"a b", "i=2; s=s", "i=02; s=s", RESULT_FAIL, 2, 0, "no set can be told for an ARC-Seal"},
    {"a b", "i=2; s=s", "i=; s=s", RESULT_FAIL, 2, 0, "no set can be told for an ARC-Seal"},
    {"a b", "i=2; s=s", "s=s", RESULT_FAIL, 2, 0, "no set can be told for an ARC-Seal"},
    {"a b", "i=2; s=s", "i=1; s=s", RESULT_FAIL, 2, 0, "set 1 has two ARC-Seal fields"},
    {"a b", "i=2; s=s", "i=50; s=s", RESULT_FAIL, 50, 0, "set 2 of 50 has no ARC-Seal"},
    {"a b", "Results: i=2;", "Results: i=0;", RESULT_FAIL, 2, 0,
     "no set can be told for an ARC-Authentication-Results: it does not begin"},
    {"a b", "Results: i=2;", "Results: i=51;", RESULT_FAIL, 2, 0, "no set can be told for an ARC-Auth"},
    {"a b", "Results: i=2;", "Results: i=99999999999999999999;", RESULT_FAIL, 2, 0, "no set can be told"},
    {"a b", "Results: i=2;", "Results:", RESULT_FAIL, 2, 0, "no set can be told for an ARC-Auth"},
    {"a b", "Results: i=2;", "Results: i=1;", RESULT_FAIL, 2, 0, "set 1 has two ARC-Authentication-Results"},
    {"a b", "Results: i=2;", "Results: i=3;", RESULT_FAIL, 3, 0,
     "set 2 of 3 has no ARC-Authentication-Results"},
    {"a b c", "i=2; s=s", "i=3; s=s", RESULT_FAIL, 3, 0, "set 3 has two ARC-Seal"},

    /* missing and doubled fields */
    {"a b", "ARC-Seal:", "X-Seal:", RESULT_FAIL, 2, 0, "set 2 of 2 has no ARC-Seal"},
    {"a b", "ARC-Message-Signature:", "X-Signature:", RESULT_FAIL, 2, 0,
     "set 2 of 2 has no ARC-Message-Signature"},
    {"a b", "ARC-Authentication-Results:", "X:", RESULT_FAIL, 2, 0,
     "set 2 of 2 has no ARC-Authentication-Results"},
    {"a b", "ARC-Authentication-Results: i=2;",
     "ARC-Authentication-Results: i=2; x; none\r\nARC-Authentication-Results: i=2;", RESULT_FAIL, 2, 0,
     "set 2 has two ARC-Authentication-Results"},
    {"", "From:", "ARC-Seal: i=1; cv=none; a=rsa-sha256; d=a.example; s=s; b=aaaa\r\nFrom:", RESULT_FAIL, 1,
     0, "set 1 of 1 has no ARC-Authentication-Results"},
    {"", "From:", "ARC-Seal: x\r\nFrom:", RESULT_FAIL, 0, 0,
     "no set can be told for an ARC-Seal: the signature has a syntax"},
    {"", "From:", "ARC-Message-Signature:\r\nFrom:", RESULT_FAIL, 0, 0,
     "no set can be told for an ARC-Message-Signature"},

    /* what a signature must not be */
    {"a b", "cv=pass;", "cv=pass; h=from;", RESULT_FAIL, 2, 0, "set 2's seal can't be used: the seal has h="},
    {"a b", "cv=pass;", "cv=pass; cv=pass;", RESULT_FAIL, 2, 0, "the signature has a tag twice"},
    {"a b", "cv=pass;", "cv=pass; bh=aaaa; x=1;", RESULT_FAIL, 2, 0,
     "set 2's seal by b.example does not verify"},
    {"a b", "h=From", "h=ARC-Seal:From", RESULT_FAIL, 2, 0,
     "set 2's message signature can't be used: ARC-Seal is signed"},
    {"a b", "h=From:From", "h=", RESULT_FAIL, 2, 0,
     "set 2's message signature can't be used: From is not signed"},
    {"a b", "a=ed25519-sha256", "a=rsa-sha1", RESULT_FAIL, 2, 0,
     "set 2's seal can't be used: the signature uses rsa-sha1"},
    {"a b", "a=ed25519-sha256", "a=rsa-sha256", RESULT_FAIL, 2, 0, "another algorithm"},
    {"a b", "c=relaxed/relaxed;", "c=relaxed/relaxed; x=1600000000;", RESULT_FAIL, 2, 0,
     "set 2's message signature can't be used: the signature expires (x=) before it was made"},
    {"a b", "d=b.example", "d=b..example", RESULT_FAIL, 2, 0,
     "set 2's seal can't be used: d= is no domain name"},

    /* keys */
    {"a gone", NULL, NULL, RESULT_FAIL, 2, 0,
     "set 2's message signature by gone.example can't be checked: there is no key"},
    {"gone a", NULL, NULL, RESULT_FAIL, 2, 0, "says that the chain was broken"},
    {"a b", "d=a.example", "d=gone.example", RESULT_FAIL, 2, 0, "set 2's seal by b.example does not verify"},
    {"a down", NULL, NULL, RESULT_FAIL, 2, 0, "set 2's message signature by down.example can't be checked"},
    {"a dark", NULL, NULL, RESULT_UNKNOWN, 2, 0,
     "set 2's message signature by dark.example can't be checked"},
    /* what is wrong for sure outweighs what is not known, and that one a failure of DNS */
    {"a dark", "spf=pass", "spf=fail", RESULT_UNKNOWN, 2, 0, "dark.example"},
    {"a dark edit", "\r\n spf=pass\r\nDKIM", "\r\n spf=fail\r\nDKIM", RESULT_FAIL, 2, 0,
     "set 1's seal by a.example does not verify"},
    {"a down", "\r\n spf=pass\r\nDKIM", "\r\n spf=fail\r\nDKIM", RESULT_FAIL, 2, 0,
     "set 1's seal by a.example"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        str text = row->steps[0] ? chain(row->steps) : message;
        const struct arc *arc;

        if (row->what)
            text = replaced(text, str_from(row->what), str_from(row->with));
        arc = &verify(text)->arc;
        if (arc->result != row->result || arc->n != row->n || arc->oldest_pass != row->oldest_pass)
            fail_msg("row %zu (%s; %s): %s, %zu sets, oldest pass %u: %.*s", i, row->steps,
                     row->what ? row->what : "", result_name(arc->result), arc->n, arc->oldest_pass,
                     PS(arc->reason));
        assert_has(arc->reason, row->reason);
        for (size_t k = 0; k < arc->n; k++)
            assert_int_equal(arc->sets[k].instance, k + 1);
    }
}

static void test_temporary(void **state)
{
    (void)state;
    assert_true(verify(chain("a down"))->arc.temporary);
    assert_false(verify(chain("a gone"))->arc.temporary);
    assert_false(verify(chain("a dark"))->arc.temporary);
    assert_false(verify(chain("a b"))->arc.temporary);
    assert_false(verify(replaced(chain("a down"), S("\r\n spf=pass\r\nDKIM"), S("\r\n spf=fail\r\nDKIM")))
                     ->arc.temporary);
}

static void test_sets(void **state)
{
    const struct arc *arc = &verify(chain("a edit B"))->arc;
    const struct arc_set *set = &arc->sets[1];
    size_t from = 0;

    (void)state;
    assert_true(set->seal_checked && set->seal_valid && set->signature_checked && set->signature_valid);
    assert_true(str_eq(set->domain, S("b.example")) && str_eq(set->signature_domain, S("b.example")));
    assert_true(str_eq(set->selector, S("rsa")));
    assert_int_equal(set->cv, RESULT_PASS);
    assert_int_equal(set->time, NOW - 10);
    assert_true(str_eq(set->results.id, S("mx.example")) && set->results.instance == 2);
    assert_int_equal(authres_find(&set->results, S("spf"), &from)->result, RESULT_PASS);
    assert_int_equal(arc->sets[0].cv, RESULT_NONE);
    assert_true(arc->sets[0].seal_valid && arc->sets[0].signature_checked && !arc->sets[0].signature_valid);
    assert_false(arc->sets[0].trusted);
}

static void test_warnings(void **state)
{
    str text = joined(seal(message, S("a.example"), ed25519, NOW + 1000).fields, message);
    const struct arc *arc;

    (void)state;
    arc = &verify(text)->arc;
    assert_int_equal(arc->result, RESULT_PASS);
    assert_has(arc->warnings.first->text, "set 1 was sealed 1000 seconds in the future");
    text = joined(seal(text, S("b.example"), ed25519, NOW).fields, text);
    arc = &verify(text)->arc;
    assert_int_equal(arc->result, RESULT_PASS);
    assert_int_equal(arc->warnings.count, 2);
    assert_has(arc->warnings.last->text, "set 2 says it was sealed before set 1");
    assert_int_equal(verify(chain("a b"))->arc.warnings.count, 0);
    /* without t= */
    text = joined(seal(message, S("a.example"), ed25519, -1).fields, message);
    assert_int_equal(verify(text)->arc.result, RESULT_PASS);
    assert_int_equal(verify(text)->arc.sets[0].time, -1);
}

/* --- who is trusted --- */

/* All subsets of the sealers of a chain of four, on a whole chain and on broken ones. */
static void test_trusted(void **state)
{
    static const str domains[] = {STR("a.example"), STR("b.example"), STR("c.example"), STR("d.example")};
    str whole = chain("a b c d"), broken = joined(whole, S("more\r\n"));
    str sealed_fail = chain("a b c break d");

    (void)state;
    for (unsigned subset = 0; subset < 16; subset++) {
        str trusted[5];
        size_t count = 0;
        unsigned wanted = 0;
        const struct arc *arc;

        trusted[count++] = S("example");
        for (unsigned k = 0; k < 4; k++)
            if (subset & 1u << k)
                trusted[count++] = domains[k];
        for (unsigned k = 4; k >= 1 && subset & 1u << (k - 1); k--)
            wanted = k;
        arc = &verify_trusting(whole, trusted, count)->arc;
        assert_int_equal(arc->result, RESULT_PASS);
        assert_int_equal(arc->trusted_from, wanted);
        for (unsigned k = 0; k < 4; k++)
            assert_int_equal(arc->sets[k].trusted, subset >> k & 1);
        assert_int_equal(verify_trusting(broken, trusted, count)->arc.trusted_from, 0);
        assert_int_equal(verify_trusting(sealed_fail, trusted, count)->arc.trusted_from, 0);
    }
}

/* The last sealer alone proves nothing: a stranger can put any first set under it. */
static void test_forged_below_trusted(void **state)
{
    str forged = replaced(chain("evil"), S("spf=pass"), S("spf=pass"));
    str trusted = S("good.example");
    str text = joined(seal(forged, trusted, ed25519, NOW).fields, forged);
    const struct arc *arc = &verify_trusting(text, &trusted, 1)->arc;

    (void)state;
    assert_int_equal(arc->result, RESULT_PASS);
    assert_int_equal(arc->trusted_from, 2);
    /* a sealer of the same name below the stranger does not help either */
    text = chain("good evil good");
    assert_int_equal(verify_trusting(text, &trusted, 1)->arc.trusted_from, 3);
    /* nor does a set whose d= is missing */
    text = replaced(chain("good"), S("d=good.example; "), S(""));
    assert_int_equal(verify_trusting(text, &trusted, 1)->arc.trusted_from, 0);
}

/* --- limits --- */

static void test_fifty(void **state)
{
    str text = message;
    struct arc_sealed sealed;

    (void)state;
    for (unsigned k = 1; k <= LIMIT_ARC_SETS; k++) {
        const struct arc *arc;

        sealed = seal(text, S("a.example"), ed25519, NOW - 10);
        assert_true(sealed.sealed);
        text = joined(sealed.fields, text);
        arc = &verify(text)->arc;
        assert_int_equal(arc->result, RESULT_PASS);
        assert_int_equal(arc->n, k);
    }
    sealed = seal(text, S("a.example"), ed25519, NOW);
    assert_false(sealed.sealed);
    assert_has(sealed.reason, "as many sets as RFC 8617 allows");
}

/* Each hop with a key of its own: what is over the budget is not asked for, and what that leaves open is not
 * called broken. */
static void test_budget(void **state)
{
    struct verified *verified = verify(chain("a b c d"));
    str five;

    (void)state;
    assert_int_equal(verified->arc.result, RESULT_PASS);
    assert_int_equal(verified->questions, 4);
    five = joined(seal(chain("a b c d"), S("e.example"), ed25519, NOW).fields, chain("a b c d"));
    verified = verify(five);
    assert_int_equal(verified->arc.result, RESULT_UNKNOWN);
    assert_int_equal(verified->questions, LIMIT_DNS_QUESTIONS_ARC + INHERITED);
    assert_has(verified->arc.reason, "set 1's seal by a.example can't be checked");
    assert_true(verified->arc.sets[4].seal_valid && verified->arc.sets[1].seal_valid);
    assert_false(verified->arc.sets[0].seal_checked);
    assert_false(seal(five, S("f.example"), ed25519, NOW).sealed);
    /* but what is seen to be broken is broken */
    verified = verify(replaced(five, S("spf=pass"), S("spf=fail")));
    assert_int_equal(verified->arc.result, RESULT_FAIL);
}

/* A thousand sets are refused for their number: nothing is read, asked or hashed. */
static void test_thousand(void **state)
{
    struct buf buf = buf_new(arena, SIZE_MAX);
    struct verified *verified;
    size_t before;

    (void)state;
    for (unsigned k = 1000; k >= 1; k--)
        buf_printf(&buf, "ARC-Seal: i=%u; a=rsa-sha256; cv=pass; d=a%u.example; s=s; b=aaaa\r\n", k, k);
    buf_add(&buf, message);
    before = arena_size(arena);
    verified = verify(buf_str(&buf));
    assert_int_equal(verified->arc.result, RESULT_FAIL);
    assert_has(verified->arc.reason, "more than 50 sets");
    assert_int_equal(verified->questions, 0);
    assert_int_equal(verified->arc.n, 0);
    assert_true(arena_size(arena) - before < 1 << 20);
}

/* Nobody is asked where the chain is broken for anyone to see. */
static void test_no_questions(void **state)
{
    static const char *const broken[][2] = {
        {"cv=pass", "cv=fail"}, {"ARC-Seal:", "X:"}, {"h=From:From", "h="}, {"cv=none", "cv=pass"}};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_int_equal(
            verify(replaced(chain("a b"), str_from(broken[i][0]), str_from(broken[i][1])))->questions, 0);
}

/* All keys travel together, and the result is the same whatever comes first. */
static void test_rounds(void **state)
{
    str text = chain("a b c");
    struct arc_params params = {0};
    struct mail mail;
    struct arc arc = {0};
    struct ask ask;
    unsigned questions = 0;

    (void)state;
    ask_init(&ask, arena, NOW);
    ask_inherit(&ask, ASK_ARC, INHERITED);
    mail_parse(&mail, text, arena);
    assert_false(arc_verify(&arc, &mail, &ask, crypto, &params));
    assert_int_equal(ask.open, 3);
    for (struct question *question = ask.first; question; question = question->next) {
        assert_false(arc_verify(&arc, &mail, &ask, crypto, &params));
        ask_answer(&ask, question, look_up(&questions, question->name, question->type, arena));
    }
    assert_int_equal(ask.open, 0);
    assert_true(arc_verify(&arc, &mail, &ask, crypto, &params));
    assert_int_equal(arc.result, RESULT_PASS);
    assert_true(arc_verify(&arc, &mail, &ask, crypto, &params));
}

static void test_lf_only(void **state)
{
    str text = chain("a edit b");
    struct buf buf = buf_new(arena, SIZE_MAX);

    (void)state;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\r')
            buf_add_char(&buf, text.p[i]);
    text = buf_str(&buf);
    assert_int_equal(verify(text)->arc.result, RESULT_PASS);
    assert_true(verify(text)->mail.lf_only);
    assert_true(seal(text, S("c.example"), ed25519, NOW).sealed);
}

/* --- sealing --- */

static void test_seal_fields(void **state)
{
    str fields = seal(message, S("A.Example"), rsa, NOW).fields, line;
    struct verified *verified = verify(joined(fields, message));

    (void)state;
    assert_int_equal(verified->arc.result, RESULT_PASS);
    assert_int_equal(verified->mail.headers[0].id, HEADER_ARC_SEAL);
    assert_int_equal(verified->mail.headers[1].id, HEADER_ARC_MESSAGE_SIGNATURE);
    assert_int_equal(verified->mail.headers[2].id, HEADER_ARC_AUTHENTICATION_RESULTS);
    assert_int_equal(verified->mail.headers[3].id, HEADER_DKIM_SIGNATURE);
    assert_has(verified->mail.headers[1].value, "h=From:From:Reply-To:To:To:Cc:Subject:Subject:");
    assert_has(verified->mail.headers[1].value, "d=a.example;");
    assert_int_equal(verify(joined(S("Subject: forged\r\n"), joined(fields, message)))->arc.result,
                     RESULT_FAIL);
    while (str_next(&fields, '\n', &line))
        assert_true(line.n < 998);
}

static void test_not_sealed(void **state)
{
    struct arc_sealed sealed;

    (void)state;
    sealed = seal(chain("a break b"), S("c.example"), ed25519, NOW);
    assert_false(sealed.sealed);
    assert_has(sealed.reason, "cv=fail before");
    sealed = seal(chain("a down"), S("c.example"), ed25519, NOW);
    assert_false(sealed.sealed);
    assert_has(sealed.reason, "for now");
    sealed = seal(chain("a dark"), S("c.example"), ed25519, NOW);
    assert_false(sealed.sealed);
    assert_has(sealed.reason, "not verified");
    sealed = seal(S("To: a@example.com\r\n\r\n"), S("c.example"), ed25519, NOW);
    assert_false(sealed.sealed);
    assert_has(sealed.reason, "From");
    sealed = seal(joined(S("From: x@example.org\r\n"), message), S("c.example"), ed25519, NOW);
    assert_false(sealed.sealed);
    sealed = seal(joined(S("ARC-Seal: x\r\n"), message), S("c.example"), ed25519, NOW);
    assert_false(sealed.sealed);
    assert_has(sealed.reason, "no next set");
    /* a gap: the next instance is known all the same, and it says cv=fail */
    sealed = seal(replaced(chain("a b"), S("ARC-Seal:"), S("X:")), S("c.example"), ed25519, NOW);
    assert_true(sealed.sealed);
    assert_has(sealed.fields, "cv=fail;");
    assert_has(sealed.fields, "Results: i=3;");
}

static bool refuse_to_sign(void *context, const uint8_t *digest, size_t digest_size, struct arena *keep,
                           str *signature, struct err *err)
{
    (void)digest;
    (void)digest_size;
    (void)keep;
    *signature = S("");
    return err_set(err, "%s", (const char *)context);
}

static void test_seal_errors(void **state)
{
    static const str with_seal[] = {STR("From"), STR("ARC-Seal")}, without_from[] = {STR("To")},
                     injected[] = {STR("From"), STR("To; d=x")};
    struct authres results = {.id = S("mx.example"), .version = 1};
    struct arc_seal_params good = {.domain = S("a.example"),
                                   .selector = S("s"),
                                   .results = &results,
                                   .time = NOW,
                                   .key = KEY_ED25519,
                                   .sign = arc_sign_with_key,
                                   .sign_context = ed25519};
    struct arc_seal_params bad[6];
    struct verified *verified = verify(message);
    struct arc_sealed sealed;
    struct err err;

    (void)state;
    for (size_t i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].domain = S("a..example");
    bad[1].selector = S("");
    bad[2].fields = with_seal, bad[2].field_count = 2;
    bad[3].fields = without_from, bad[3].field_count = 1;
    bad[4].fields = injected, bad[4].field_count = 2;
    bad[5].sign = refuse_to_sign, bad[5].sign_context = (void *)"the key is away";
    for (size_t i = 0; i < 6; i++) {
        err.words[0] = 0;
        assert_false(arc_seal(&sealed, &verified->mail, &verified->arc, &bad[i], crypto, arena, &err));
        assert_true(err.words[0]);
    }
    assert_string_equal(err.words, "sealing: the key is away");
    assert_true(arc_seal(&sealed, &verified->mail, &verified->arc, &good, crypto, arena, &err));
    assert_true(sealed.sealed);
}

static void test_seal_results(void **state)
{
    struct authres results;
    struct mail mail;

    (void)state;
    mail_parse(&mail,
               S("Authentication-Results: mx.example; spf=pass smtp.mailfrom=a.example\r\n"
                 "Authentication-Results: other.example; dmarc=pass\r\n"
                 "Authentication-Results: (x) MX.example; dkim=fail (bad) header.d=b.example; arc=none\r\n"
                 "Authentication-Results: mx.example; none\r\n"
                 "From: a@example.com\r\n\r\n"),
               arena);
    arc_seal_results(&results, &mail, S("mx.example"), arena);
    results.instance = 1;
    assert_true(str_eq(authres_write(&results, S("ARC-Authentication-Results"), arena),
                       S("ARC-Authentication-Results: i=1; mx.example;\r\n"
                         " spf=pass smtp.mailfrom=a.example;\r\n"
                         " dkim=fail (bad) header.d=b.example;\r\n"
                         " arc=none\r\n")));
}

/* --- */

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

static struct arena *kept;

static int start(void **state)
{
    struct err err;

    (void)state;
    kept = arena_new();
    crypto = crypto_new(&err);
    ed25519 = private_key_new(KEY_ED25519, 0, &err);
    rsa = private_key_new(KEY_RSA, 2048, &err);
    ed25519_record = record_of(ed25519, kept);
    rsa_record = record_of(rsa, kept);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    private_key_free(ed25519);
    private_key_free(rsa);
    crypto_free(crypto);
    arena_free(kept);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rows),         TEST(test_temporary),  TEST(test_sets),
        TEST(test_warnings),     TEST(test_trusted),    TEST(test_forged_below_trusted),
        TEST(test_fifty),        TEST(test_budget),     TEST(test_thousand),
        TEST(test_no_questions), TEST(test_rounds),     TEST(test_lf_only),
        TEST(test_seal_fields),  TEST(test_not_sealed), TEST(test_seal_errors),
        TEST(test_seal_results),
    };

    return cmocka_run_group_tests_name("arc", tests, start, stop);
}
