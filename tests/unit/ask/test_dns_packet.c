/* test_dns_packet.c: DNS messages. Each row is the question's type and what follows the question in the
 * message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ask/answers.h"
#include "ask/dns_packet.h"
#include "base/limits.h"

/* The question is a.example at offset 12, so "example" is at 14; the first record begins at 27. */
#define QUESTION "\001a\007example\000\000\001\000\001"
#define A_NAME "\300\014"
#define EXAMPLE "\300\016"
#define HEAD(flags, answers, authorities)                                                                    \
    "\000\000" flags "\000\001\000" answers "\000" authorities "\000\000" QUESTION
#define RR(owner, type, ttl, length) owner "\000" type "\000\001" ttl "\000" length
#define TTL_300 "\000\000\001\054"
#define TTL_100 "\000\000\000\144"
#define TTL_NEGATIVE "\200\000\000\001"
#define SOA_DATA(minimum)                                                                                    \
    "\002ns" EXAMPLE "\001h" EXAMPLE                                                                         \
    "\000\000\000\001\000\000\000\002\000\000\000\003\000\000\000\004" minimum
#define SOA(ttl, minimum) RR(EXAMPLE, "\006", ttl, "\035") SOA_DATA(minimum)

static const struct {
    enum dns_type type;
    str packet;
    const char *wanted; /* as in an answer file */
} rows[] = {
    {DNS_A,
     STR(HEAD("\201\200", "\002", "\000") RR(A_NAME, "\001", TTL_300, "\004") "\300\000\002\001" RR(
         A_NAME, "\001", TTL_100, "\004") "\300\000\002\002"),
     "a.example A ttl=100 192.0.2.1\na.example A ttl=100 192.0.2.2\n"},
    {DNS_AAAA,
     STR(HEAD("\201\200", "\001", "\000")
             RR(A_NAME, "\034", TTL_300, "\020") "\040\001\015\270\000\000\000\000\000"
                                                 "\000\000\000\000\000\000\001"),
     "a.example AAAA ttl=300 2001:db8::1\n"},
    {DNS_MX,
     STR(HEAD("\201\200", "\002", "\000") RR(A_NAME, "\017", TTL_300, "\007") "\000\012\002Mx" EXAMPLE RR(
         A_NAME, "\017", TTL_300, "\003") "\000\000\000"),
     "a.example MX ttl=300 10 mx.example\na.example MX ttl=300 0 .\n"},
    {DNS_TXT,
     STR(HEAD("\201\200", "\002", "\000")
             RR(A_NAME, "\020", TTL_300, "\010") "\003v=s\003pf1" RR(A_NAME, "\020", TTL_300, "\001") "\000"),
     "a.example TXT ttl=300 \"v=spf1\"\na.example TXT ttl=300 \"\"\n"},
    /* Odd labels: a dot, a dot at the end, NUL, a backslash, upper case. */
    {DNS_PTR,
     STR(HEAD("\201\200", "\002", "\000") RR(A_NAME, "\014", TTL_300, "\007") "\004X.y." EXAMPLE RR(
         A_NAME, "\014", TTL_300, "\010") "\003\000\\Z\002w.\000"),
     "a.example PTR ttl=300 x..y...example\na.example PTR ttl=300 \"\\000\\\\z.w...\"\n"},
    {DNS_NS, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\002", TTL_300, "\002") EXAMPLE),
     "a.example NS ttl=300 example\n"},
    {DNS_SOA,
     STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\006", TTL_300, "\035") SOA_DATA("\000\000\000\005")),
     "a.example SOA ttl=300 \"ns.example. h.example. 1 2 3 4 5\"\n"},
    {DNS_TLSA, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\064", TTL_300, "\004") "\003\001\001\377"),
     "a.example TLSA ttl=300 \"\\003\\001\\001\\255\"\n"},
    /* A chain of aliases; the record of another name beside it is passed over. */
    {DNS_A,
     STR(HEAD("\201\200", "\004", "\000") RR(A_NAME, "\005", TTL_100, "\004") "\001b" EXAMPLE RR(
         "\001b" EXAMPLE, "\005", TTL_300,
         "\004") "\001c" EXAMPLE RR("\001x" EXAMPLE, "\001", TTL_300,
                                    "\004") "\300\000\002\011" RR("\001C" EXAMPLE, "\001", TTL_300,
                                                                  "\004") "\300\000\002\001"),
     "a.example A ttl=100 cname=c.example 192.0.2.1\n"},
    {DNS_CNAME, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\005", TTL_100, "\004") "\001b" EXAMPLE),
     "a.example CNAME ttl=100 b.example\n"},
    {DNS_A,
     STR(HEAD("\201\200", "\001", "\001")
             RR(A_NAME, "\005", TTL_100, "\004") "\001b" EXAMPLE SOA(TTL_300, "\000\000\000\310")),
     "a.example A ttl=100 cname=b.example NODATA\n"},
    {DNS_A,
     STR(HEAD("\201\203", "\001", "\001")
             RR(A_NAME, "\005", TTL_300, "\004") "\001b" EXAMPLE SOA(TTL_300, "\000\000\000\310")),
     "a.example A ttl=200 cname=b.example NXDOMAIN\n"},
    {DNS_TXT, STR(HEAD("\201\203", "\000", "\001") SOA(TTL_100, "\000\000\000\310")),
     "a.example TXT ttl=100 NXDOMAIN\n"},
    {DNS_TXT, STR(HEAD("\201\200", "\000", "\001") SOA(TTL_300, "\000\000\000\310")),
     "a.example TXT ttl=200 NODATA\n"},
    {DNS_TXT, STR(HEAD("\201\200", "\000", "\000")),
     "a.example TXT NODATA\n"}, /* without a SOA: not to be kept */
    {DNS_A, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\001", TTL_NEGATIVE, "\004") "\300\000\002\001"),
     "a.example A 192.0.2.1\n"},
    {DNS_A, STR(HEAD("\203\200", "\001", "\000") RR(A_NAME, "\001", TTL_300, "\004") "\300\000\002\001"),
     "a.example A ttl=300 cut 192.0.2.1\n"},
    {DNS_A, STR(HEAD("\203\200", "\000", "\000")), "a.example A SERVFAIL \"the answer is truncated\"\n"},
    {DNS_A, STR(HEAD("\201\205", "\000", "\000")), "a.example A SERVFAIL \"the server answered REFUSED\"\n"},
    {DNS_A, STR(HEAD("\201\211", "\000", "\000")), "a.example A SERVFAIL \"the server answered rcode 9\"\n"},
    {DNS_A, STR(""), "a.example A SERVFAIL \"the answer is no DNS message\"\n"},
    {DNS_A, STR("\000\000\201\200\000\001\000\001\000\000\000\000\001a"),
     "a.example A SERVFAIL \"the answer is no DNS message\"\n"},
#define UNREADABLE "SERVFAIL \"the answer can't be read: a record is malformed or cut off\"\n"
    {DNS_A, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\001", TTL_300, "\004") "\300\000\002"),
     "a.example A " UNREADABLE},
    {DNS_A, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\001", TTL_300, "\005") "\300\000\002\001\001"),
     "a.example A " UNREADABLE},
    {DNS_A, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\001", TTL_300, "\003") "\300\000\002"),
     "a.example A " UNREADABLE},
    {DNS_TXT, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\020", TTL_300, "\003") "\003ab"),
     "a.example TXT " UNREADABLE},
    /* A pointer to itself, one forwards, a label of a reserved kind. */
    {DNS_PTR, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\014", TTL_300, "\002") "\300\047"),
     "a.example PTR " UNREADABLE},
    {DNS_PTR, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\014", TTL_300, "\003") "\300\051\000"),
     "a.example PTR " UNREADABLE},
    {DNS_PTR, STR(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\014", TTL_300, "\002") "\100\000"),
     "a.example PTR " UNREADABLE},
    {DNS_TXT, STR(HEAD("\201\203", "\000", "\001") RR(EXAMPLE, "\006", TTL_100, "\004") "\000\000\000\000"),
     "a.example TXT " UNREADABLE},
};

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct buf buf = buf_new(arena, 10000);
        struct dns_answer answer = {.name = S("a.example"), .type = rows[i].type};

        dns_packet_read(&answer, rows[i].packet, arena);
        answers_write_one(&buf, &answer);
        if (!str_eq(buf_str(&buf), str_from(rows[i].wanted)))
            fail_msg("row %zu: got \"%.*s\", wanted \"%s\"", i, PS(buf_str(&buf)), rows[i].wanted);
        arena_free(arena);
    }
}

/* 200 records: as many as the limit, and `cut`. */
static void test_many(void **state)
{
    struct arena *arena = arena_new();
    struct buf packet = buf_new(arena, 10000);
    struct dns_answer answer = {.name = S("a.example"), .type = DNS_A};

    (void)state;
    buf_add(&packet, S(HEAD("\201\200", "\310", "\000")));
    for (int i = 0; i < 200; i++) {
        buf_add(&packet, S(RR(A_NAME, "\001", TTL_300, "\004") "\300\000\002"));
        buf_add_char(&packet, (char)i);
    }
    dns_packet_read(&answer, buf_str(&packet), arena);
    assert_int_equal(answer.status, DNS_OK);
    assert_int_equal(answer.n, LIMIT_DNS_RECORDS);
    assert_true(answer.cut);
    assert_int_equal(answer.records[63].ip.bytes[3], 63);
    arena_free(arena);
}

/* Names as long as they may be, and one byte longer. */
static void test_long_names(void **state)
{
    (void)state;
    for (size_t last = 61; last <= 62; last++) {
        struct arena *arena = arena_new();
        struct buf packet = buf_new(arena, 10000);
        struct dns_answer answer = {.name = S("a.example"), .type = DNS_PTR};
        size_t begin;

        buf_add(&packet, S(HEAD("\201\200", "\001", "\000") RR(A_NAME, "\014", TTL_300, "\000")));
        begin = packet.n;
        for (int i = 0; i < 4; i++) {
            size_t n = i == 3 ? last : 63;

            buf_add_char(&packet, (char)n);
            for (size_t k = 0; k < n; k++)
                buf_add_char(&packet, '.');
        }
        buf_add_char(&packet, '\0');
        packet.p[begin - 2] = (char)((packet.n - begin) >> 8);
        packet.p[begin - 1] = (char)(packet.n - begin);
        dns_packet_read(&answer, buf_str(&packet), arena);
        assert_int_equal(answer.status, last == 61 ? DNS_OK : DNS_SERVFAIL);
        if (last == 61)
            assert_int_equal(answer.records[0].text.n, 2 * (3 * 63 + 61) + 3);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_long_names),
    };

    return cmocka_run_group_tests_name("dns_packet", tests, NULL, NULL);
}
