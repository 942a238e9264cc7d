/* test_received.c: Received fields as the servers of this world write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/received.h"

#define D "; Wed, 25 Nov 2026 10:22:43 +0000"

enum { FORGED = 1, AMBIGUOUS = 2, SYNTAX = 4 };

/* helo, reverse name, address, by, with, id, for. */
static const struct {
    str value;
    const char *helo, *reverse, *ip, *by, *with, *id, *for_;
    int facts;
} rows[] = {
    /* Postfix */
    {STR("from helo.example (rev.example [192.0.2.1])\r\n\t(using TLSv1.3 with cipher X (256/256 bits))\r\n"
         "\t(No client certificate requested)\r\n\tby mx.example.com (Postfix) with ESMTPS id 4ABC\r\n"
         "\tfor <u@example.com>" D " (UTC)"),
     "helo.example", "rev.example", "192.0.2.1", "mx.example.com", "ESMTPS", "4ABC", "u@example.com", 0},
    {STR("from helo.example (unknown [IPv6:2001:db8::1]) by mx.example.com (Postfix) with ESMTP id 4ABC" D),
     "helo.example", "", "2001:db8::1", "mx.example.com", "ESMTP", "4ABC", "", 0},
    {STR("from [198.51.100.9] (unknown [192.0.2.1]) by mx.example.com (Postfix) with ESMTPA id 4" D),
     "[198.51.100.9]", "", "192.0.2.1", "mx.example.com", "ESMTPA", "4", "", 0},
    {STR("by mx.example.com (Postfix, from userid 1000) id 4ABC" D), "", "", "unknown", "mx.example.com", "",
     "4ABC", "", 0},
    /* Sendmail */
    {STR("from helo.example (rev.example [192.0.2.1] (may be forged))\r\n\tby mx.example.com (8.17.1/8.17.1) "
         "with ESMTPS id 4ABC\r\n\t(version=TLSv1.3 cipher=X bits=256 verify=NO)\r\n\tfor <u@example.com>" D),
     "helo.example", "rev.example", "192.0.2.1", "mx.example.com", "ESMTPS", "4ABC", "u@example.com", FORGED},
    {STR("from helo.example (IDENT:user@rev.example [192.0.2.1]) by mx.example.com (8.9.3/8.9.3) with SMTP id A" D),
     "helo.example", "rev.example", "192.0.2.1", "mx.example.com", "SMTP", "A", "", 0},
    {STR("(from user@localhost)\r\n\tby mx.example.com (8.17.1/8.17.1/Submit) id 4ABC" D), "", "", "unknown",
     "mx.example.com", "", "4ABC", "", 0},
    /* Exim */
    {STR("from rev.example ([192.0.2.1])\r\n\tby mx.example.com with esmtps  (TLS1.3) tls X\r\n\t(Exim 4.96)"
         "\r\n\t(envelope-from <a@b.example>)\r\n\tid 1abc-00-01\r\n\tfor u@example.com" D),
     "rev.example", "", "192.0.2.1", "mx.example.com", "esmtps", "1abc-00-01", "u@example.com", 0},
    {STR("from rev.example ([192.0.2.1]:41234 helo=helo.example) by mx.example.com with esmtp (Exim 4.96) id 1" D),
     "helo.example", "rev.example", "192.0.2.1", "mx.example.com", "esmtp", "1", "", 0},
    {STR("from [192.0.2.1] (port=41234 helo=[198.51.100.9]) by mx.example.com with esmtp (Exim 4.96) id 1" D),
     "[198.51.100.9]", "", "192.0.2.1", "mx.example.com", "esmtp", "1", "", 0},
    {STR("from [2001:db8::1] (helo=helo.example) by mx.example.com with esmtp (Exim 4.96) id 1" D),
     "helo.example", "", "2001:db8::1", "mx.example.com", "esmtp", "1", "", 0},
    {STR("from user by mx.example.com with local (Exim 4.96) id 1" D), "user", "", "unknown",
     "mx.example.com", "local", "1", "", 0},
    /* Exchange */
    {STR("from A.example.net (192.0.2.1) by\r\n B.example.com (198.51.100.1) with Microsoft SMTP Server\r\n "
         "(version=TLS1_2, cipher=X) id\r\n 15.20.1.2 via Frontend Transport" D),
     "A.example.net", "", "192.0.2.1", "B.example.com", "Microsoft SMTP Server", "15.20.1.2", "", 0},
    {STR("from A.example.net (2001:db8:1:2::12) by B.example.com\r\n (2001:db8::2) with HTTPS" D),
     "A.example.net", "", "2001:db8:1:2::12", "B.example.com", "HTTPS", "", "", 0},
    {STR("from A.example.net\r\n ([fe80::1]) by A.example.net\r\n ([fe80::1%4]) with mapi id 15.20" D),
     "A.example.net", "", "fe80::1", "A.example.net", "mapi", "15.20", "", 0},
    /* Gmail */
    {STR("from helo.example (rev.example. [192.0.2.1])\r\n        by mx.google.com with ESMTPS id abc"
         "\r\n        for <u@example.com>\r\n        (version=TLS1_3 cipher=X bits=256/256)" D
         " -0800 (PST)"),
     "helo.example", "rev.example", "192.0.2.1", "mx.google.com", "ESMTPS", "abc", "u@example.com", 0},
    {STR("by 2002:a05:1:2::3 with SMTP id abc" D), "", "", "unknown", "2002:a05:1:2::3", "SMTP", "abc", "",
     0},
    {STR("from helo.example ([2001:db8::1]) by smtp.gmail.com with ESMTPSA id a-b.1.2 for <u@example.com>" D),
     "helo.example", "", "2001:db8::1", "smtp.gmail.com", "ESMTPSA", "a-b.1.2", "u@example.com", 0},
    /* qmail, Yahoo, Courier */
    {STR("from unknown (HELO helo.example) (192.0.2.1)\r\n  by 0 with SMTP" D), "helo.example", "",
     "192.0.2.1", "0", "SMTP", "", "", 0},
    {STR("from rev.example (HELO helo.example) (user@192.0.2.1) by mx.example.com with SMTP" D),
     "helo.example", "rev.example", "192.0.2.1", "mx.example.com", "SMTP", "", "", 0},
    {STR("(qmail 1234 invoked from network); 25 Nov 2026 10:22:43 -0000"), "", "", "unknown", "", "", "", "",
     SYNTAX},
    {STR("from 192.0.2.1 (EHLO helo.example) by mx.example.com with SMTPs" D), "helo.example", "",
     "192.0.2.1", "mx.example.com", "SMTPs", "", "", 0},
    {STR("from helo.example (rev.example [::ffff:192.0.2.1])\r\n  (AUTH: LOGIN u) by mx.example.com with esmtp" D),
     "helo.example", "rev.example", "192.0.2.1", "mx.example.com", "esmtp", "", "", 0},
    {STR("from [192.0.2.1] by web.example via HTTP" D), "[192.0.2.1]", "", "192.0.2.1", "web.example", "", "",
     "", 0},
    {STR("from helo.example by mx.example.com" D), "helo.example", "", "unknown", "mx.example.com", "", "",
     "", 0},
    {STR("from helo.example [192.0.2.1] by localhost with POP3 (fetchmail-6.4)" D), "helo.example", "",
     "192.0.2.1", "localhost", "POP3", "", "", 0},
    {STR("from u@example.com by mx.example.com by uid 71 with qmail-scanner-1.13" D), "u@example.com", "",
     "unknown", "mx.example.com", "qmail-scanner-1.13", "", "", 0},
    {STR("from helo.example (LHLO lhlo.example) (192.0.2.1) by mx.example.com with LMTP" D), "lhlo.example",
     "helo.example", "192.0.2.1", "mx.example.com", "LMTP", "", "", 0},
    {STR("FROM helo.example(rev.example[192.0.2.1])BY mx.example.com.WITH SMTP" D), "helo.example",
     "rev.example", "192.0.2.1", "mx.example.com.WITH", "", "", "", 0},
    {STR("from a by b for \"x y; by z\"@example.com id 4" D), "a", "", "unknown", "b", "", "4",
     "\"x y; by z\"@example.com", 0},
    /* A client that says what only a server should. */
    {STR("from x (trusted.example [198.51.100.9]) (rev.example [192.0.2.1]) by mx.example.com with SMTP id 4" D),
     "x", "trusted.example", "198.51.100.9", "mx.example.com", "SMTP", "4", "", AMBIGUOUS},
    {STR("from x (rev.example [192.0.2.1]) (using TLSv1.3 with cipher X)\r\n\t(Client CN \"[198.51.100.9]\", Issuer "
         "\"198.51.100.9\" (not verified)) by mx.example.com (Postfix) with ESMTPS id 4" D),
     "x", "rev.example", "192.0.2.1", "mx.example.com", "ESMTPS", "4", "", 0},
    {STR("from x (rev.example [192.0.2.1]) (Client CN \"a helo=b HELO c\", Issuer \"helo=d\" (verified OK))\r\n"
         "\tby mx.example.com (Postfix) with ESMTPS id 4" D),
     "x", "rev.example", "192.0.2.1", "mx.example.com", "ESMTPS", "4", "", 0},
    {STR("from x (rev.example [192.0.2.1]) (Authenticated sender: [198.51.100.9])\r\n"
         "\tby mx.example.com (Postfix) with ESMTPSA id 4" D),
     "x", "rev.example", "192.0.2.1", "mx.example.com", "ESMTPSA", "4", "", 0},
    {STR("from x (Client CN \"[198.51.100.9]\", Issuer \"y\" (not verified)) by mx.example.com with ESMTPS id 4" D),
     "x", "", "unknown", "mx.example.com", "ESMTPS", "4", "", 0},
    {STR("from x (rev.example [192.0.2.1]) (user helo=b [192.0.2.1]) by mx.example.com with SMTP id 4" D),
     "x", "rev.example", "192.0.2.1", "mx.example.com", "SMTP", "4", "", 0},
    {STR("from rev.example (HELO a [198.51.100.9]) (192.0.2.1) by mx.example.com with SMTP id 4" D), "a",
     "rev.example", "192.0.2.1", "mx.example.com", "SMTP", "4", "", 0},
    {STR("from rev.example ([192.0.2.1] helo=a [198.51.100.9]) by mx.example.com with esmtp id 4" D), "a",
     "rev.example", "192.0.2.1", "mx.example.com", "esmtp", "4", "", 0},
    {STR("from x by evil.example (rev.example [192.0.2.1]) by mx.example.com with SMTP id 4" D), "x", "",
     "unknown", "mx.example.com", "SMTP", "4", "", AMBIGUOUS},
    {STR("from x;y\" (rev.example [192.0.2.1]) by mx.example.com with SMTP id 4" D), "x;y\"", "rev.example",
     "192.0.2.1", "mx.example.com", "SMTP", "4", "", 0},
    {STR("from x( by mx.example.com" D), "x", "", "unknown", "mx.example.com", "", "", "", SYNTAX},
    {STR("from x by mx.example.com"), "x", "", "unknown", "mx.example.com", "", "", "", SYNTAX},
    {STR("from x by mx.example.com; yesterday"), "x", "", "unknown", "mx.example.com", "", "", "", SYNTAX},
    {STR(""), "", "", "unknown", "", "", "", "", SYNTAX},
    {STR("from"), "", "", "unknown", "", "", "", "", SYNTAX},
};

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct received r;
        str got,
            wanted = arena_printf(arena, "%s|%s|%s|%s|%s|%s|%s|%d", rows[i].helo, rows[i].reverse, rows[i].ip,
                                  rows[i].by, rows[i].with, rows[i].id, rows[i].for_, rows[i].facts);
        int facts;

        received_parse(rows[i].value, &r);
        facts = r.forged * FORGED + r.ambiguous * AMBIGUOUS + r.syntax * SYNTAX;
        got = arena_printf(arena, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%d", PS(r.helo), PS(r.reverse_name),
                           PS(ip_format(r.ip, arena)), PS(r.by), PS(r.with), PS(r.id), PS(r.for_), facts);
        if (!str_eq(got, wanted))
            fail_msg("row %zu:\n%.*s\n%.*s", i, PS(got), PS(wanted));
        if (r.has_time && r.time != 1795602163 && r.time != 1795602163 + 8 * 3600)
            fail_msg("row %zu: %lld", i, (long long)r.time);
    }
    arena_free(arena);
}

/* A megabyte of each. */
static void test_hostile(void **state)
{
    static const str parts[] = {STR("("),       STR("from "), STR("by (("), STR("\""),
                                STR("for \" "), STR("() "),   STR(";")};
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct buf value = buf_new(arena, 1 << 20);
        struct received received;

        while (!value.full)
            buf_add(&value, parts[i]);
        received_parse(buf_str(&value), &received);
        assert_true(received.syntax);
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_hostile)};

    return cmocka_run_group_tests_name("received", tests, NULL, NULL);
}
