/* test_dmarc_record.c: DMARC records, good, odd and broken (RFC 9989 sections 4.7, 4.8 and 4.10.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/dmarc.h"

/* What was read, on one line: policies ("-" where not stated), then the switches that are on. */
static void describe(const struct dmarc_record *record, char *out, size_t size)
{
    snprintf(out, size, "%s p=%s sp=%s np=%s%s%s%s%s%s rua=%.*s w%u", record->valid ? "valid" : "invalid",
             record->has_p ? dmarc_policy_name(record->p) : "-",
             record->has_sp ? dmarc_policy_name(record->sp) : "-",
             record->has_np ? dmarc_policy_name(record->np) : "-", record->strict_dkim ? " adkim" : "",
             record->strict_spf ? " aspf" : "", record->testing ? " t" : "",
             record->psd == DMARC_PSD_YES ? " psd=y" : "", record->psd == DMARC_PSD_NO ? " psd=n" : "",
             PS(record->rua), record->warnings.count);
}

static const struct {
    const char *text;
    const char *wanted;  /* NULL: no DMARC record */
    const char *warning; /* in one of the warnings */
} rows[] = {
    {"v=DMARC1; p=none", "valid p=none sp=- np=- rua= w0", NULL},
    {"v=DMARC1;p=reject;", "valid p=reject sp=- np=- rua= w0", NULL},
    {"v=DMARC1 ; p = quarantine ; \t", "valid p=quarantine sp=- np=- rua= w0", NULL},
    {"v\t= DMARC1;p=reject", "valid p=reject sp=- np=- rua= w0", NULL},
    {"V=DMARC1; p=REJECT", "valid p=reject sp=- np=- rua= w0", NULL},
    {"v=DMARC1; P=Reject", "valid p=reject sp=- np=- rua= w1", "lower case"},
    {"v=DMARC1; p=reject; sp=quarantine; np=none", "valid p=reject sp=quarantine np=none rua= w0", NULL},
    {"v=DMARC1; sp=none; adkim=s; p=reject; aspf=S", "valid p=reject sp=none np=- adkim aspf rua= w0", NULL},
    {"v=DMARC1; p=reject; adkim=r; aspf=r; t=n; psd=u", "valid p=reject sp=- np=- rua= w0", NULL},
    {"v=DMARC1; p=reject; t=y; psd=y", "valid p=reject sp=- np=- t psd=y rua= w0", NULL},
    {"v=DMARC1; psd=n; p=none", "valid p=none sp=- np=- psd=n rua= w0", NULL},
    {"v=DMARC1; p=none; rua=mailto:a@example.com,mailto:b@example.net",
     "valid p=none sp=- np=- rua=mailto:a@example.com,mailto:b@example.net w0", NULL},
    {"v=DMARC1; p=none; ruf=mailto:a@example.com; fo=1:d:s", "valid p=none sp=- np=- rua= w0", NULL},

    /* No DMARC record at all. */
    {"", NULL, NULL},
    {"v=spf1 -all", NULL, NULL},
    {"v=dmarc1; p=reject", NULL, NULL},
    {" v=DMARC1; p=reject", NULL, NULL},
    {"p=reject; v=DMARC1", NULL, NULL},
    {"v=DMARC1 p=reject", NULL, NULL},
    {"v=DMARC2; p=reject", NULL, NULL},
    {"v=DMARC10; p=reject", NULL, NULL},
    {"DMARC1; p=reject", NULL, NULL},
    {"\"v=DMARC1; p=reject\"", NULL, NULL},

    /* Passed over, with a warning. */
    {"v=DMARC1; p=none; pct=50", "valid p=none sp=- np=- rua= w1", "no longer a part"},
    {"v=DMARC1; p=none; rf=afrf; ri=3600", "valid p=none sp=- np=- rua= w2", "ri="},
    {"v=DMARC1; p=none; zz=top", "valid p=none sp=- np=- rua= w1", "unknown tag \"zz\""},
    {"v=DMARC1;; p=none", "valid p=none sp=- np=- rua= w1", "is no tag"},
    {"v=DMARC1; reject; p=none", "valid p=none sp=- np=- rua= w1", "\"reject\" is no tag"},
    {"v=DMARC1; =none; p=none", "valid p=none sp=- np=- rua= w1", "is no tag"},
    {"v=DMARC1; p=reject; p=none", "valid p=reject sp=- np=- rua= w1", "only the first"},
    {"v=DMARC1; p=none; adkim=strict", "valid p=none sp=- np=- rua= w1", "adkim= has the invalid value"},
    {"v=DMARC1; p=none; aspf=", "valid p=none sp=- np=- rua= w1", "aspf= has the invalid value"},
    {"v=DMARC1; p=none; psd=yes", "valid p=none sp=- np=- rua= w1", "psd="},
    {"v=DMARC1; p=none; t=1", "valid p=none sp=- np=- rua= w1", "t= has"},
    {"v=DMARC1; p=none; fo=0:1", "valid p=none sp=- np=- rua= w1", "fo="},
    {"v=DMARC1; p=none; fo=d:d", "valid p=none sp=- np=- rua= w1", "fo="},
    {"v=DMARC1; p=none; fo=x", "valid p=none sp=- np=- rua= w1", "fo="},
    {"v=DMARC1; p=none; rua=mailto:a@example.com!10m",
     "valid p=none sp=- np=- rua=mailto:a@example.com!10m w1", "size limit"},
    {"v=DMARC1; p=none; rua=a@example.com", "valid p=none sp=- np=- rua=a@example.com w2", "no report URI"},
    {"v=DMARC1; p=none; rua=mailto:x@example.com,nobody",
     "valid p=none sp=- np=- rua=mailto:x@example.com,nobody w1", "\"nobody\""},

    /* Section 4.10.1: policies that are missing or invalid. */
    {"v=DMARC1", "invalid p=- sp=- np=- rua= w2", "no effect"},
    {"v=DMARC1;", "invalid p=- sp=- np=- rua= w2", "p= is missing"},
    {"v=DMARC1; rua=mailto:a@example.com", "valid p=- sp=- np=- rua=mailto:a@example.com w2",
     "acts as p=none"},
    {"v=DMARC1; p=block", "invalid p=- sp=- np=- rua= w2", "p= has the invalid value \"block\""},
    {"v=DMARC1; p=block; rua=mailto:a@example.com", "valid p=- sp=- np=- rua=mailto:a@example.com w2",
     "acts as p=none"},
    {"v=DMARC1; p=reject; sp=x", "invalid p=- sp=- np=- rua= w2", "sp="},
    {"v=DMARC1; p=reject; np=; rua=https://example.com/r", "valid p=- sp=- np=- rua=https://example.com/r w2",
     "acts as p=none"},
    {"v=DMARC1; p=reject; sp=x; rua=mailto:", "invalid p=- sp=- np=- rua=mailto: w4", "no report URI"},
    {"v=DMARC1; p=reject; sp=x; rua=mailto:a%4@example.com",
     "invalid p=- sp=- np=- rua=mailto:a%4@example.com w4", "no report URI"},
    {"v=DMARC1; p=reject; sp=x; rua=mailto:a%40b@example.com",
     "valid p=- sp=- np=- rua=mailto:a%40b@example.com w2", "acts as p=none"},
    {"v=DMARC1; p=reject\x01", "invalid p=- sp=- np=- rua= w2", "p= has the invalid value"},
    {"v=DMARC1; p=none; sp=\xd1\x80", "invalid p=- sp=- np=- rua= w2", "sp= has the invalid value"},
    {"v=DMARC1; p=reject, sp=none", "invalid p=- sp=- np=- rua= w2", "\"reject, sp=none\""},
};

static bool has_warning(const struct dmarc_record *record, const char *words)
{
    for (const struct note *note = record->warnings.first; note; note = note->next)
        if (str_find_str(note->text, str_from(words)) < note->text.n)
            return true;
    return false;
}

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dmarc_record record;
        char got[512];

        if (!dmarc_record_parse(&record, str_from(rows[i].text), arena)) {
            if (rows[i].wanted)
                fail_msg("\"%s\": no record, wanted %s", rows[i].text, rows[i].wanted);
            continue;
        }
        describe(&record, got, sizeof(got));
        if (!rows[i].wanted || strcmp(got, rows[i].wanted) != 0)
            fail_msg("\"%s\": got %s, wanted %s", rows[i].text, got,
                     rows[i].wanted ? rows[i].wanted : "no record");
        if (rows[i].warning && !has_warning(&record, rows[i].warning))
            fail_msg("\"%s\": no warning with \"%s\"", rows[i].text, rows[i].warning);
    }
    assert_false(dmarc_record_parse(&(struct dmarc_record){0}, (str){NULL, 0}, arena));
    arena_free(arena);
}

static void test_resembles(void **state)
{
    (void)state;
    assert_true(dmarc_record_resembles(S("v=dmarc1; p=none")));
    assert_true(dmarc_record_resembles(S(" v=DMARC1; p=none")));
    assert_true(dmarc_record_resembles(S("\"v=DMARC1; p=none\"")));
    assert_true(dmarc_record_resembles(S("v=DMARC1 p=none")));
    assert_false(dmarc_record_resembles(S("v=spf1 -all")));
    assert_false(dmarc_record_resembles(S("")));
    assert_false(dmarc_record_resembles(S("v")));
}

/* The examples of appendix B.2 are records that an owner would publish. */
static void test_appendix_b2(void **state)
{
    struct arena *arena = arena_new();
    struct dmarc_record record;

    (void)state;
    assert_true(
        dmarc_record_parse(&record, S("v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com"), arena));
    assert_true(record.valid && record.p == DMARC_POLICY_NONE && record.ruf.n == 0 &&
                record.warnings.count == 0);
    assert_true(dmarc_record_parse(&record,
                                   S("v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; "
                                     "ruf=mailto:auth-reports@thirdparty.example.net"),
                                   arena));
    assert_true(str_eq(record.ruf, S("mailto:auth-reports@thirdparty.example.net")) &&
                record.warnings.count == 0);
    assert_true(dmarc_record_parse(&record,
                                   S("v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com,"
                                     "mailto:tld-test@thirdparty.example.net; t=y"),
                                   arena));
    assert_true(record.valid && record.p == DMARC_POLICY_QUARANTINE && record.testing &&
                record.warnings.count == 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_resembles),
                                       cmocka_unit_test(test_appendix_b2)};

    return cmocka_run_group_tests_name("dmarc_record", tests, NULL, NULL);
}
