/* test_trace.c: which Received line names the outsider, and what stands below it and must not count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/trace.h"

#define DATE "; Wed, 25 Nov 2026 10:00:00 +0000\r\n"
#define LINE(helo, ip, by)                                                                                   \
    "Received: from " helo " (" helo " [" ip "]) by " by " (Postfix) with ESMTPS id 1" DATE
#define RELAY LINE("gateway.example.net", "198.51.100.7", "mx.example.net")
#define INSIDE LINE("filter.example.net", "10.1.2.3", "mx.example.net")
#define LOCAL LINE("localhost", "127.0.0.1", "mx.example.net")
#define LOCAL_RELAY LINE("localhost", "127.0.0.1", "gateway.example.net")
#define FILTER LINE("localhost", "127.0.0.1", "localhost")
#define MX_OUTSIDE LINE("mail.example.com", "192.0.2.1", "mx.example.net")
#define EXCHANGE "Received: from inner.example.net (::1) by outer.example.net with HTTPS" DATE
#define OUTSIDE LINE("mail.example.com", "192.0.2.1", "gateway.example.net")
#define FORGED LINE("bank.example", "203.0.113.5", "gateway.example.net")
#define LMTP "Received: by mx.example.net with LMTP id 2" DATE
#define NO_ADDRESS "Received: from mail.example.com by mx.example.net with SMTP" DATE
#define MAIL "From: a@example.com\r\n\r\ntext\r\n"

static const struct {
    const char *message;
    int relays;         /* 0: none are known; else their hops + 1 */
    const char *wanted; /* client, HELO and sender; NULL: not found */
} rows[] = {
    {OUTSIDE FORGED MAIL, 0, "192.0.2.1 mail.example.com ?"},
    {"Return-Path: <a@example.com>\r\n" OUTSIDE FORGED MAIL, 0, "192.0.2.1 mail.example.com a@example.com"},
    {"Return-Path: <>\r\n" OUTSIDE MAIL, 0, "192.0.2.1 mail.example.com "},
    {"Return-Path:\r\n <a@example.com>\r\n" OUTSIDE MAIL, 0, "192.0.2.1 mail.example.com a@example.com"},
    /* Return-Path below the line: the outsider's. */
    {OUTSIDE "Return-Path: <ceo@bank.example>\r\n" MAIL, 0, "192.0.2.1 mail.example.com ?"},
    {"Return-Path: <a@example.com>\r\n" OUTSIDE "Return-Path: <ceo@bank.example>\r\n" MAIL, 0,
     "192.0.2.1 mail.example.com a@example.com"},
    /* Without known relays the topmost line counts; what a host does within itself does not. */
    {RELAY OUTSIDE MAIL, 0, "198.51.100.7 gateway.example.net ?"},
    {INSIDE OUTSIDE MAIL, 0, "10.1.2.3 filter.example.net ?"},
    {LMTP LOCAL MX_OUTSIDE FORGED MAIL, 0, "192.0.2.1 mail.example.com ?"},
    {LOCAL FILTER MX_OUTSIDE FORGED MAIL, 0, "192.0.2.1 mail.example.com ?"},
    {LOCAL LMTP MX_OUTSIDE FORGED MAIL, 0, "192.0.2.1 mail.example.com ?"},
    {EXCHANGE LINE("mail.example.com", "192.0.2.1", "inner.example.net") MAIL, 0,
     "192.0.2.1 mail.example.com ?"},
    {"Received: (qmail 1 invoked from network)" DATE MX_OUTSIDE FORGED MAIL, 0,
     "192.0.2.1 mail.example.com ?"},
    /* Submitted on the host itself: what stands below is the submitter's. */
    {LOCAL FORGED MAIL, 0, NULL},
    {LOCAL FILTER FORGED MAIL, 0, NULL},
    {LOCAL LMTP FORGED MAIL, 0, NULL},
    {LOCAL LINE("x", "192.0.2.1", "localhost") MAIL, 0, NULL},
    {EXCHANGE MX_OUTSIDE MAIL, 0, NULL},
    {"Received: by mx.example.net (Postfix, from userid 33) id 1" DATE MX_OUTSIDE MAIL, 0, NULL},
    {"Received: (qmail 1 invoked by uid 33)" DATE MX_OUTSIDE MAIL, 0, NULL},
    {"Received: (from www@localhost) by mx.example.net (8.17.1/8.17.1/Submit) id 1" DATE MX_OUTSIDE MAIL, 0,
     NULL},
    {"Received: by mx.example.net with HTTP" DATE MX_OUTSIDE MAIL, 0, NULL},
    {"Received: from x (x [127.0.0.1])" DATE MX_OUTSIDE MAIL, 0, NULL},
    {MAIL, 0, NULL},
    {LOCAL MAIL, 0, NULL},
    {NO_ADDRESS FORGED MAIL, 0, NULL},
    {"Received: from \r\n" FORGED MAIL, 0, NULL},
    /* Behind relays. */
    {OUTSIDE FORGED MAIL, 1, "192.0.2.1 mail.example.com ?"},
    {RELAY OUTSIDE FORGED MAIL, 1, "192.0.2.1 mail.example.com ?"},
    {LMTP LOCAL RELAY LOCAL_RELAY OUTSIDE FORGED MAIL, 1, "192.0.2.1 mail.example.com ?"},
    /* A private address is no relay's unless it is listed. */
    {LMTP INSIDE RELAY LOCAL OUTSIDE FORGED MAIL, 1, "10.1.2.3 filter.example.net ?"},
    {RELAY INSIDE FORGED MAIL, 1, "10.1.2.3 filter.example.net ?"},
    {RELAY LOCAL_RELAY FORGED MAIL, 1, "203.0.113.5 bank.example ?"},
    {RELAY LOCAL_RELAY MX_OUTSIDE MAIL, 1, NULL},
    {RELAY NO_ADDRESS FORGED MAIL, 1, NULL},
    {RELAY MAIL, 1, NULL},
    /* The forger names a relay of ours: the line above says who he is. */
    {OUTSIDE RELAY FORGED MAIL, 1, "192.0.2.1 mail.example.com ?"},
    {RELAY OUTSIDE MAIL, 3, "192.0.2.1 mail.example.com ?"},
    {RELAY OUTSIDE MAIL, 2, NULL},
    {LINE("gateway.example.net", "IPv6:2001:db8:7::1", "mx.example.net") OUTSIDE MAIL, 1,
     "192.0.2.1 mail.example.com ?"},
};

static void describe(const struct trace *trace, char *out, size_t size, struct arena *arena)
{
    snprintf(out, size, "%.*s %.*s %.*s", PS(ip_format(trace->client, arena)), PS(trace->helo),
             PS(trace->has_mail_from ? trace->mail_from : S("?")));
}

static void test_rows(void **state)
{
    struct network networks[2] = {{.bits = 24}, {.bits = 48}};

    (void)state;
    ip_parse(S("198.51.100.0"), &networks[0].ip);
    ip_parse(S("2001:db8:7::"), &networks[1].ip);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct relays relays = {
            .networks = networks, .network_count = 2, .hops = (unsigned)rows[i].relays - 1};
        struct arena *arena = arena_new();
        struct trace trace;
        struct mail mail;
        char got[300] = "";

        mail_parse(&mail, str_from(rows[i].message), arena);
        trace_read(&trace, &mail, rows[i].relays ? &relays : NULL, arena);
        assert_true(trace.reason.n > 0);
        assert_int_equal(trace.found, trace.client.family != 0);
        if (trace.found)
            describe(&trace, got, sizeof(got), arena);
        if (strcmp(got, rows[i].wanted ? rows[i].wanted : "") != 0)
            fail_msg("row %zu: got \"%s\", wanted \"%s\"", i, got,
                     rows[i].wanted ? rows[i].wanted : "nothing");
        arena_free(arena);
    }
}

static void test_relays(void **state)
{
    static const struct {
        const char *ip;
        bool wanted;
    } addresses[] = {
        {"198.51.100.255", true},  {"198.51.101.0", false}, {"127.0.0.1", false},   {"10.0.0.1", false},
        {"172.31.255.255", false}, {"192.168.1.1", false},  {"169.254.1.1", false}, {"::1", false},
        {"fd00::1", false},        {"fe80::1", false},      {"2001:db8::1", false}, {"", false},
    };
    struct network network = {.bits = 24};
    struct relays relays = {.networks = &network, .network_count = 1};
    struct ip ip;

    (void)state;
    ip_parse(S("198.51.100.0"), &network.ip);
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        ip_parse(str_from(addresses[i].ip), &ip);
        if (relays_have(&relays, ip) != addresses[i].wanted)
            fail_msg("%s", addresses[i].ip);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_relays)};

    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
