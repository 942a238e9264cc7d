/* test_answers.c: answers as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "ask/answers.h"
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

static struct answers parsed(str text)
{
    struct answers answers;
    struct err err = {""};

    if (!answers_parse(&answers, S("t"), text, arena, &err))
        fail_msg("%s", err.words);
    return answers;
}

static void assert_str(str got, str wanted)
{
    if (!str_eq(got, wanted))
        fail_msg("got \"%.*s\", wanted \"%.*s\"", PS(got), PS(wanted));
}

/* Each row reads and writes to `wanted`, and that to itself. */
static void test_lines(void **state)
{
    static const struct {
        const char *text;
        const char *wanted;
    } rows[] = {
        {"", ""},
        {" \t\r\n# nothing\n\n", ""},
        {"time 2022-04-05T12:00:00Z", "time 2022-04-05T12:00:00Z\n"},
        {"time 0000-01-01T00:00:00Z", "time 0000-01-01T00:00:00Z\n"},
        {"time 9999-12-31T23:59:59Z", "time 9999-12-31T23:59:59Z\n"},
        {"ip 2001:db8::1#x", "ip 2001:db8::1\n"},
        {"rcpt b@example.net\nrcpt a@example.net\nrcpt c@example.net",
         "rcpt b@example.net\nrcpt a@example.net\nrcpt c@example.net\n"},
        {"helo \"\"", "helo \"\"\n"},
        {"helo a\\000b", "helo \"a\\000b\"\n"},
        {"mail-from <>", "mail-from <>\n"},
        {"mail-from \"\"", "mail-from <>\n"},
        {"mail-from \"<>\"", "mail-from \"<>\"\n"},
        {"mail-from j\303\244ger@example.com", "mail-from \"j\\195\\164ger@example.com\"\n"},
        {"default SERVFAIL", "default SERVFAIL\n"},
        {"Example.COM. txt \"v=spf1 -all\"", "example.com TXT \"v=spf1 -all\"\n"},
        {"example.com TXT \"a\" \"\" \"b\"", "example.com TXT \"ab\"\n"},
        {"example.com TXT \"\"", "example.com TXT \"\"\n"},
        {"example.com TXT \"a # b\\\\ \\\" \\010\" # c", "example.com TXT \"a # b\\\\ \\\" \\010\"\n"},
        {"b.example A 192.0.2.1\na.example A 192.0.2.2\nb.example A 192.0.2.3",
         "a.example A 192.0.2.2\nb.example A 192.0.2.1\nb.example A 192.0.2.3\n"},
        {"a.example TXT \"x\"\na.example A 192.0.2.1", "a.example A 192.0.2.1\na.example TXT \"x\"\n"},
        {"a.example A secure ttl=300 192.0.2.1\na.example A cut 192.0.2.2",
         "a.example A secure ttl=300 cut 192.0.2.1\na.example A secure ttl=300 cut 192.0.2.2\n"},
        {"a.example AAAA ttl=1 insecure cname=B.example. ::ffff:192.0.2.1",
         "a.example AAAA insecure ttl=1 cname=b.example ::ffff:192.0.2.1\n"},
        {"a.example A cname=b\\035\\032c 192.0.2.1", "a.example A cname=b\\035\\032c 192.0.2.1\n"},
        {"a.example MX 0 .", "a.example MX 0 .\n"},
        {"a.example MX 65535 NXDOMAIN", "a.example MX 65535 nxdomain\n"},
        {"a.example PTR \"\"", "a.example PTR .\n"},
        {"a.example PTR \"secure\"", "a.example PTR \"secure\"\n"},
        {"a.example PTR \"ttl=3\"", "a.example PTR \"ttl=3\"\n"},
        {"a.example PTR x..y...", "a.example PTR x..y...\n"},
        {"a.example CNAME b.example", "a.example CNAME b.example\n"},
        {"a.example NS \"b c.example\"", "a.example NS \"b c.example\"\n"},
        {"\"time\" A NODATA", "\"time\" A NODATA\n"},
        {"default. A NODATA", "\"default\" A NODATA\n"},
        {"a.example SOA \"\\001\"", "a.example SOA \"\\001\"\n"},
        {"a.example TLSA secure \"\\003\"", "a.example TLSA secure \"\\003\"\n"},
        {"a.example A ttl=9 BOGUS \"no\" \" key\"", "a.example A ttl=9 BOGUS \"no key\"\n"},
        {"a.example A cname=b.example NXDOMAIN", "a.example A cname=b.example NXDOMAIN\n"},
        {"a.example A UNKNOWN", "a.example A UNKNOWN\n"},
        {"a.example A TIMEOUT\nb.example A SERVFAIL \"refused\"",
         "a.example A TIMEOUT\nb.example A SERVFAIL \"refused\"\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str text = str_from(rows[i].text);

        for (int again = 0; again < 2; again++) {
            struct answers answers = parsed(text);
            struct buf buf = buf_new(arena, 10000);

            answers_write_file(&buf, &answers);
            assert_str(buf_str(&buf), str_from(rows[i].wanted));
            text = buf_str(&buf);
        }
    }
}

static void test_errors(void **state)
{
    static const struct {
        const char *text;
        const char *place;
        const char *words; /* somewhere in the message */
    } rows[] = {
        {"\n  a..b A 192.0.2.1", "t:2:3: ", "not a DNS name; "},
        {"a.example", "t:1:10: ", "not a type; "},
        {"a.example \"A\" 192.0.2.1", "t:1:11: ", "not a type; "},
        {"a.example SPF \"x\"", "t:1:11: ", "not a type; "},
        {"a.example A", "t:1:12: ", "not an IPv4 address; "},
        {"a.example A 2001:db8::1", "t:1:13: ", "not an IPv4 address; "},
        {"a.example AAAA 192.0.2.1", "t:1:16: ", "not an IPv6 address; "},
        {"a.example A OK", "t:1:13: ", "not an IPv4 address; "},
        {"a.example A LIMIT", "t:1:13: ", "not an IPv4 address; "},
        {"a.example A 192.0.2.1 x", "t:1:23: ", "more than belongs on the line; "},
        {"a.example MX mail", "t:1:14: ", "not an MX preference; "},
        {"a.example MX 65536 mail", "t:1:14: ", "not an MX preference; "},
        {"a.example MX 10", "t:1:16: ", "a name is missing; "},
        {"a.example TXT", "t:1:14: ", "the data is missing; "},
        {"a.example TXT v=spf1", "t:1:15: ", "text without quotes; "},
        {"a.example TXT \"a\" b", "t:1:19: ", "text without quotes; "},
        {"a.example TXT \"a", "t:1:15: ", "not closed; "},
        {"a.example TXT \"a\\\"", "t:1:15: ", "not closed; "},
        {"a.example TXT \"a\"b", "t:1:15: ", "a quote within a word; "},
        {"a.example TXT a\"b\"", "t:1:15: ", "a quote within a word; "},
        {"a.example TXT \"a\\x\"", "t:1:17: ", "unknown escape; "},
        {"a.example TXT \"a\\256\"", "t:1:17: ", "unknown escape; "},
        {"a.example TXT \"a\\25", "t:1:17: ", "unknown escape; "},
        {"a.example A ttl=x 192.0.2.1", "t:1:13: ", "not a TTL; "},
        {"a.example A ttl=4294967296 192.0.2.1", "t:1:13: ", "not a TTL; "},
        {"a.example A NXDOMAIN why", "t:1:22: ", "text without quotes; "},
        {"a.example A 192.0.2.1\na.example A NXDOMAIN", "t:2:13: ", "answered on line 1 already; "},
        {"a.example A NXDOMAIN\na.example A 192.0.2.1", "t:2:13: ", "answered on line 1 already; "},
        {"a.example A NXDOMAIN\na.example A NXDOMAIN", "t:2:13: ", "answered on line 1 already; "},
        {"a.example A secure 192.0.2.1\na.example A insecure 192.0.2.2",
         "t:2:22: ", "line 1 says otherwise; "},
        {"a.example A ttl=0 192.0.2.1\na.example A ttl=1 192.0.2.2", "t:2:19: ", "line 1 says otherwise; "},
        {"a.example A cname=b 192.0.2.1\na.example A cname=c 192.0.2.2",
         "t:2:21: ", "line 1 says otherwise; "},
        {"time", "t:1:5: ", "nothing behind \"time\"; "},
        {"time 2022-02-30T00:00:00Z", "t:1:6: ", "not a time; "},
        {"time 2022-04-05T24:00:00Z", "t:1:6: ", "not a time; "},
        {"time 2022-04-05 12:00:00Z", "t:1:6: ", "not a time; "},
        {"ip example", "t:1:4: ", "not an IP address; "},
        {"helo a\nhelo b", "t:2:1: ", "\"helo\" stands on line 1 already; "},
        {"default OK", "t:1:9: ", "not a status; "},
        {"default NXDOMAIN \"why\"", "t:1:18: ", "more than belongs on the line; "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct answers answers;
        struct err err = {""};

        assert_false(answers_parse(&answers, S("t"), str_from(rows[i].text), arena, &err));
        if (!str_starts(str_from(err.words), str_from(rows[i].place)) || !strstr(err.words, rows[i].words))
            fail_msg("\"%s\": got \"%s\", wanted \"%s...%s\"", rows[i].text, err.words, rows[i].place,
                     rows[i].words);
    }
}

static void test_values(void **state)
{
    struct answers answers = parsed(S("time 2022-04-05T12:00:00Z\nip 192.0.2.1\nmail-from <>\n"
                                      "a.example MX secure ttl=7 cname=b.example 10 M.example.\n"));
    const struct dns_answer *answer = answers_lookup(&answers, S("A.example"), DNS_MX, arena);

    (void)state;
    assert_true(answers.has_time);
    assert_int_equal(answers.time, 1649160000);
    assert_str(answers.ip, S("192.0.2.1"));
    assert_null(answers.helo.p);
    assert_non_null(answers.mail_from.p);
    assert_int_equal(answers.mail_from.n, 0);
    assert_int_equal(answer->status, DNS_OK);
    assert_int_equal(answer->security, DNS_SECURE);
    assert_int_equal(answer->ttl, 7);
    assert_str(answer->canonical, S("b.example"));
    assert_int_equal(answer->n, 1);
    assert_int_equal(answer->records[0].preference, 10);
    assert_str(answer->records[0].text, S("m.example"));
}

static void test_cut(void **state)
{
    struct buf text = buf_new(arena, 10000);
    struct answers answers;
    const struct dns_answer *answer;

    (void)state;
    for (int i = 0; i <= LIMIT_DNS_RECORDS; i++)
        buf_printf(&text, "a.example A 192.0.2.%d\n", i);
    answers = parsed(buf_str(&text));
    answer = answers_lookup(&answers, S("a.example"), DNS_A, arena);
    assert_int_equal(answer->n, LIMIT_DNS_RECORDS);
    assert_true(answer->cut);
    text.n = 0;
    answers_write_file(&text, &answers);
    answers = parsed(buf_str(&text));
    answer = answers_lookup(&answers, S("a.example"), DNS_A, arena);
    assert_int_equal(answer->n, LIMIT_DNS_RECORDS);
    assert_true(answer->cut);
}

static void test_long_text(void **state)
{
    struct buf text = buf_new(arena, 200000);
    struct answers answers;
    struct err err;

    (void)state;
    buf_add(&text, S("a.example TXT \""));
    for (int i = 0; i < LIMIT_DNS_TEXT; i++)
        buf_add_char(&text, 'x');
    buf_add(&text, S("\""));
    answers = parsed(buf_str(&text));
    assert_int_equal(answers_lookup(&answers, S("a.example"), DNS_TXT, arena)->records[0].text.n,
                     LIMIT_DNS_TEXT);
    buf_add(&text, S(" \"x\""));
    assert_false(answers_parse(&answers, S("t"), buf_str(&text), arena, &err));
    assert_non_null(strstr(err.words, "more than 65535 bytes"));
}

static enum dns_status status_of(const char *text, const char *name, enum dns_type type)
{
    struct answers answers = parsed(str_from(text));
    struct ask ask;

    ask_init(&ask, arena, 0);
    ask_begin(&ask, ASK_SPF);
    assert_null(ask_dns(&ask, ASK_SPF, str_from(name), type));
    answers_answer(&answers, &ask);
    assert_int_equal(ask.open, 0);
    return ask_dns(&ask, ASK_SPF, str_from(name), type)->status;
}

static void test_answering(void **state)
{
    static const char file[] = "a.example A 192.0.2.1\nx.example A NXDOMAIN\n";
    static const char with_default[] = "a.example A 192.0.2.1\nx.example A NXDOMAIN\ndefault NXDOMAIN";

    (void)state;
    assert_int_equal(status_of(file, "A.example.", DNS_A), DNS_OK);
    assert_int_equal(status_of(file, "a.example", DNS_TXT), DNS_UNKNOWN);
    assert_int_equal(status_of(file, "b.example", DNS_A), DNS_UNKNOWN);
    assert_int_equal(status_of(with_default, "b.example", DNS_A), DNS_NXDOMAIN);
    assert_int_equal(status_of(with_default, "a.example", DNS_TXT), DNS_NODATA);
    assert_int_equal(status_of(with_default, "x.example", DNS_TXT), DNS_NXDOMAIN);
    assert_int_equal(status_of("a.example A NODATA\ndefault SERVFAIL", "a.example", DNS_TXT), DNS_SERVFAIL);
}

/* As ask->lookup: the table, else what lies behind it. */
static void test_lookup(void **state)
{
    struct answers answers = parsed(S("a.example A 192.0.2.1"));
    struct ask ask;

    (void)state;
    ask_init(&ask, arena, 0);
    ask.lookup = answers_lookup;
    ask.lookup_context = &answers;
    ask_begin(&ask, ASK_SPF);
    assert_int_equal(ask_dns(&ask, ASK_SPF, S("a.example"), DNS_A)->status, DNS_OK);
    assert_null(ask_dns(&ask, ASK_SPF, S("b.example"), DNS_A));
    assert_int_equal(ask.open, 1);
    ask.offline = true;
    assert_int_equal(ask_dns(&ask, ASK_SPF, S("c.example"), DNS_A)->status, DNS_UNKNOWN);
}

/* What was asked, written and read again. */
static void test_record(void **state)
{
    struct answers answers = parsed(S("b.example TXT secure ttl=5 \"v=spf1 -all\"\na.example A NXDOMAIN"));
    struct ask ask;
    struct buf buf = buf_new(arena, 1000);
    struct buf file = buf_new(arena, 1000);
    struct answers record;

    (void)state;
    ask_init(&ask, arena, 0);
    ask_begin(&ask, ASK_SPF);
    ask_dns(&ask, ASK_SPF, S("b.example"), DNS_TXT);
    ask_dns(&ask, ASK_SPF, S("a.example"), DNS_A);
    answers_answer(&answers, &ask);
    ask_dns(&ask, ASK_SPF, S("open.example"), DNS_A);
    ask_dns(&ask, ASK_SPF, S("in..valid"), DNS_A);
    answers_write(&buf, &ask);
    assert_str(buf_str(&buf), S("a.example A NXDOMAIN\nb.example TXT secure ttl=5 \"v=spf1 -all\"\n"));

    answers_init(&record, arena);
    record.helo = S("mail.example.com");
    answers_add(&record, &ask);
    answers_add(&record, &ask);
    answers_write_file(&file, &record);
    assert_str(str_sub(buf_str(&file), 0, 22), S("helo mail.example.com\n"));
    assert_str(str_skip(buf_str(&file), 22), buf_str(&buf));
}

/* Many names: all are found again. */
static void test_many(void **state)
{
    enum { MANY = 20000 };
    struct buf text = buf_new(arena, 1 << 20);
    struct answers answers;

    (void)state;
    for (int i = 0; i < MANY; i++)
        buf_printf(&text, "n%d.example A 192.0.2.%d\n", i, i % 256);
    assert_false(text.full);
    answers = parsed(buf_str(&text));
    for (int i = 0; i < MANY; i++) {
        str name = arena_printf(arena, "n%d.example", i);
        const struct dns_answer *answer = answers_lookup(&answers, name, DNS_A, arena);

        assert_non_null(answer);
        assert_int_equal(answer->records[0].ip.bytes[3], i % 256);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answering, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lookup, setup, teardown),
        cmocka_unit_test_setup_teardown(test_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
    };

    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
