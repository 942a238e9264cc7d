/* test_resolver.c: the resolver against real name servers on loopback; run by with-dns, whose zones it asks
 * for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "ask/answers.h"
#include "ask/resolver.h"
#include "base/limits.h"

static uv_loop_t loop;
static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return uv_loop_init(&loop);
}

/* All handles must be gone: what is left would be a leak, or a stall for a program that ends. */
static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static struct resolver *start(const struct resolver_config *config)
{
    struct err err = {""};
    struct resolver *resolver = resolver_new(&loop, config, &err);

    if (!resolver)
        fail_msg("%s", err.words);
    return resolver;
}

static struct resolver *forwarding_to(const char *variable)
{
    const char *forwarder = getenv(variable);

    return start(&(struct resolver_config){.forwarders = &forwarder, .forwarder_count = 1});
}

static struct resolver *validating(void)
{
    const char *forwarder = getenv("DNS_SERVER");

    return start(&(struct resolver_config){.forwarders = &forwarder,
                                           .forwarder_count = 1,
                                           .validation = RESOLVER_VALIDATE_ON,
                                           .trust_anchor = getenv("DNS_ANCHOR")});
}

static void new_ask(struct ask *ask)
{
    ask_init(ask, arena, 0);
    ask_begin(ask, ASK_SPF);
}

static const struct dns_answer *resolve(struct resolver *resolver, const char *name, enum dns_type type)
{
    struct ask ask;

    new_ask(&ask);
    ask_dns(&ask, ASK_SPF, str_from(name), type);
    resolver_answer(resolver, &ask);
    assert_int_equal(ask.open, 0);
    return ask_peek(&ask, str_from(name), type);
}

static int by_data(const void *a, const void *b)
{
    const struct dns_record *left = a;
    const struct dns_record *right = b;

    if (left->preference != right->preference)
        return left->preference - right->preference;
    return memcmp(left->ip.bytes, right->ip.bytes, sizeof(left->ip.bytes));
}

struct row {
    const char *name;
    enum dns_type type;
    uint32_t ttl;
    const char *wanted; /* as in an answer file, but without ttl; BOGUS and SERVFAIL: the beginning of it */
    const char *why;    /* somewhere in answer->why */
};

static void check_rows(struct resolver *resolver, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct dns_answer answer = *resolve(resolver, rows[i].name, rows[i].type);
        struct buf buf = buf_new(arena, 10000);
        str wanted = str_from(rows[i].wanted);

        if (answer.ttl > rows[i].ttl || answer.ttl + 3 < rows[i].ttl)
            fail_msg("%s: TTL %u, wanted %u", rows[i].name, answer.ttl, rows[i].ttl);
        answer.ttl = 0;
        if (answer.n)
            qsort(answer.records, answer.n, sizeof(*answer.records), by_data); /* servers turn them round */
        answers_write_one(&buf, &answer);
        if (dns_is_temporary(&answer) ? !str_starts(buf_str(&buf), wanted) : !str_eq(buf_str(&buf), wanted))
            fail_msg("got %.*swanted %s", PS(buf_str(&buf)), rows[i].wanted);
        if (rows[i].why && str_find_str(answer.why, str_from(rows[i].why)) == answer.why.n)
            fail_msg("%s: \"%.*s\" says nothing of \"%s\"", rows[i].name, PS(answer.why), rows[i].why);
    }
    assert_int_equal(resolver_counts(resolver).in_flight, 0);
}
#define CHECK_ROWS(resolver, rows) check_rows((resolver), (rows), sizeof(rows) / sizeof((rows)[0]))

static const struct row plain[] = {
    {"mail.example.net", DNS_A, 300, "mail.example.net A 192.0.2.1\nmail.example.net A 192.0.2.2\n"},
    {"mail.example.net", DNS_AAAA, 200, "mail.example.net AAAA 2001:db8::1\n"},
    {"example.net", DNS_TXT, 300, "example.net TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"},
    {"example.net", DNS_MX, 300, "example.net MX 10 mail.example.net\nexample.net MX 20 mail2.example.net\n"},
    {"example.net", DNS_NS, 300, "example.net NS ns.example.net\n"},
    {"example.net", DNS_SOA, 300,
     "example.net SOA \"ns.example.net. hostmaster.example.net. 1 7200 3600 1209600 60\"\n"},
    {"null.example.net", DNS_MX, 300, "null.example.net MX 0 .\n"},
    {"1.2.0.192.in-addr.arpa", DNS_PTR, 300, "1.2.0.192.in-addr.arpa PTR mail.example.net\n"},
    {"alias.example.net", DNS_AAAA, 100, "alias.example.net AAAA cname=mail.example.net 2001:db8::1\n"},
    {"alias.example.net", DNS_CNAME, 100, "alias.example.net CNAME alias2.example.net\n"},
    {"alias.example.net", DNS_TXT, 60, "alias.example.net TXT cname=mail.example.net NODATA\n"},
    {"nowhere.example.net", DNS_A, 60, "nowhere.example.net A cname=missing.example.net NXDOMAIN\n"},
    {"missing.example.net", DNS_TXT, 60, "missing.example.net TXT NXDOMAIN\n"},
    {"mail.example.net", DNS_TXT, 60, "mail.example.net TXT NODATA\n"},
    {"odd.example.net", DNS_PTR, 300, "odd.example.net PTR \"a..b.c\\000d.example.net\"\n"},
    {"@\\.odd.example.net", DNS_TXT, 60, "\"@\\\\.odd.example.net\" TXT NXDOMAIN\n"},
    {"refused.example.org", DNS_A, 0, "refused.example.org A SERVFAIL ", "REFUSED"},
    {"localhost", DNS_A, 10800, "localhost A 127.0.0.1\n"},
};

static void test_forwarder(void **state)
{
    struct resolver *resolver = forwarding_to("DNS_SERVER");
    const struct dns_answer *answer;

    (void)state;
    CHECK_ROWS(resolver, plain);
    answer = resolve(resolver, "long.example.net", DNS_TXT); /* over TCP */
    assert_int_equal(answer->status, DNS_OK);
    assert_int_equal(answer->records[0].text.n, 3000);
    assert_memory_equal(answer->records[0].text.p + 2800, "014xxx", 6);
    answer = resolve(resolver, "many.example.net", DNS_A);
    assert_int_equal(answer->n, LIMIT_DNS_RECORDS);
    assert_true(answer->cut);
    resolver_free(resolver);
}

/* Any byte in a name gets there and back. */
static void test_odd_name(void **state)
{
    struct resolver *resolver = forwarding_to("DNS_SERVER");
    struct ask ask;
    str name = S("@\\\0.odd.example.net");
    str longest;
    char bytes[253];

    (void)state;
    new_ask(&ask);
    assert_null(ask_dns(&ask, ASK_SPF, name, DNS_TXT));
    resolver_answer(resolver, &ask);
    assert_true(str_eq(ask_peek(&ask, name, DNS_TXT)->records[0].text, S("odd name")));

    /* The longest name there is, each byte of which has to be escaped. */
    longest = (str){bytes, 253};
    memset(bytes, '\377', 241);
    for (int i = 63; i < 241; i += 64)
        bytes[i] = '.';
    memcpy(bytes + 241, ".example.net", 12);
    assert_null(ask_dns(&ask, ASK_SPF, longest, DNS_TXT));
    resolver_answer(resolver, &ask);
    assert_int_equal(ask_peek(&ask, longest, DNS_TXT)->status, DNS_NXDOMAIN);
    resolver_free(resolver);
}

/* From the authoritative server, without a forwarder. */
static void test_recursion(void **state)
{
    const char *stub = (const char *)arena_printf(arena, "example.net %s", getenv("DNS_SERVER")).p;
    struct resolver *resolver = start(&(struct resolver_config){.stubs = &stub, .stub_count = 1});
    static const struct row rows[] = {
        {"mail.example.net", DNS_AAAA, 200, "mail.example.net AAAA insecure 2001:db8::1\n"},
        {"alias.example.net", DNS_AAAA, 100,
         "alias.example.net AAAA insecure cname=mail.example.net 2001:db8::1\n"},
        {"missing.example.net", DNS_A, 60, "missing.example.net A insecure NXDOMAIN\n"},
    };
    struct resolver *plain_resolver;

    (void)state;
    resolver_free(resolver); /* it has the packaged anchor of the root, and can't reach the root here */
    plain_resolver = start(
        &(struct resolver_config){.stubs = &stub, .stub_count = 1, .trust_anchor = getenv("DNS_ANCHOR")});
    CHECK_ROWS(plain_resolver, rows);
    resolver_free(plain_resolver);
}

static void test_validation(void **state)
{
    struct resolver *resolver = validating();
    static const struct row rows[] = {
        {"www.signed.example", DNS_A, 300, "www.signed.example A secure 192.0.2.1\n"},
        {"alias.signed.example", DNS_A, 300,
         "alias.signed.example A secure cname=www.signed.example 192.0.2.1\n"},
        {"missing.signed.example", DNS_A, 60, "missing.signed.example A secure NXDOMAIN\n"},
        {"www.signed.example", DNS_TXT, 60, "www.signed.example TXT secure NODATA\n"},
        {"www.insecure.signed.example", DNS_A, 300, "www.insecure.signed.example A insecure 192.0.2.1\n"},
        {"forged.signed.example", DNS_A, 0, "forged.signed.example A BOGUS \"", "signature"},
        {"www.expired.signed.example", DNS_A, 0, "www.expired.signed.example A BOGUS \"", "expired"},
        {"mail.example.net", DNS_AAAA, 200, "mail.example.net AAAA insecure 2001:db8::1\n"},
    };

    (void)state;
    CHECK_ROWS(resolver, rows);
    resolver_free(resolver);
}

/* Without validation, what is bogus is taken as it comes, and nothing is called secure. */
static void test_no_validation(void **state)
{
    struct resolver *resolver = forwarding_to("DNS_SERVER");
    static const struct row rows[] = {
        {"www.signed.example", DNS_A, 300, "www.signed.example A 192.0.2.1\n"},
        {"forged.signed.example", DNS_A, 300, "forged.signed.example A 192.0.2.67\n"},
    };

    (void)state;
    CHECK_ROWS(resolver, rows);
    resolver_free(resolver);
}

static void test_timeout(void **state)
{
    const char *forwarder = getenv("DNS_SILENT");
    struct resolver *resolver =
        start(&(struct resolver_config){.forwarders = &forwarder, .forwarder_count = 1, .timeout_ms = 300});
    uint64_t begin = uv_hrtime();
    uint64_t milliseconds;
    const struct dns_answer *answer = resolve(resolver, "a.example.net", DNS_A);

    (void)state;
    milliseconds = (uv_hrtime() - begin) / 1000000;
    assert_int_equal(answer->status, DNS_TIMEOUT);
    assert_true(str_eq(answer->why, S("no answer within 0.3 s")));
    assert_in_range(milliseconds, 290, 2000);
    assert_int_equal(resolve(resolver, "a.example.net", DNS_A)->status, DNS_TIMEOUT); /* from the cache */
    assert_int_equal(resolver_counts(resolver).sent, 1);
    assert_int_equal(resolver_counts(resolver).in_flight, 1); /* libunbound still tries */
    resolver_free(resolver);
}

/* Every answer comes over TCP, and there are more of them than connections. */
static void test_truncation(void **state)
{
    enum { MANY = 1000 };
    struct resolver *resolver = forwarding_to("DNS_DIFFICULT");
    struct ask ask;
    unsigned good = 0;

    (void)state;
    new_ask(&ask);
    for (int i = 0; i < MANY; i++) {
        ask_begin(&ask, ASK_SPF); /* the budget is not what is tested here */
        assert_null(ask_dns(&ask, ASK_SPF, arena_printf(arena, "n%d.example.org", i), DNS_TXT));
    }
    assert_int_equal(ask.open, MANY);
    resolver_answer(resolver, &ask);
    assert_int_equal(ask.open, 0);
    for (const struct question *question = ask.first; question; question = question->next)
        good += question->answer->status == DNS_OK && question->answer->n == 1 &&
                str_eq(question->answer->records[0].text, question->name);
    assert_int_equal(good, MANY);
    assert_int_equal(resolver_counts(resolver).sent, MANY);
    resolver_free(resolver);
}

/* A server that resets its connections: failures, but no stall. */
static void test_reset(void **state)
{
    const char *forwarder = getenv("DNS_DIFFICULT");
    struct resolver *resolver =
        start(&(struct resolver_config){.forwarders = &forwarder, .forwarder_count = 1, .timeout_ms = 500});
    struct ask ask;

    (void)state;
    new_ask(&ask);
    for (int i = 0; i < 100; i++) {
        ask_begin(&ask, ASK_SPF);
        ask_dns(&ask, ASK_SPF, arena_printf(arena, "closed%d.example.org", i), DNS_TXT);
    }
    resolver_answer(resolver, &ask);
    for (const struct question *question = ask.first; question; question = question->next)
        assert_true(dns_is_temporary(question->answer));
    resolver_free(resolver);
}

/* Too late for the message that asked; those that ask meanwhile wait for the same answer. */
static void test_late(void **state)
{
    const char *forwarder = getenv("DNS_DIFFICULT");
    struct resolver *resolver = start(&(struct resolver_config){.forwarders = &forwarder,
                                                                .forwarder_count = 1,
                                                                .timeout_ms = 200,
                                                                .cache_bytes = 1}); /* keeps nothing */
    unsigned tries = 1;

    (void)state;
    assert_int_equal(resolve(resolver, "slow.example.org", DNS_TXT)->status, DNS_TIMEOUT);
    while (resolve(resolver, "slow.example.org", DNS_TXT)->status == DNS_TIMEOUT)
        assert_true(tries++ < 20);
    assert_int_equal(resolver_counts(resolver).sent, 1);
    resolver_free(resolver);
}

/* An answer that came too late is in the cache, in place of the timeout. */
static void test_late_in_cache(void **state)
{
    const char *forwarder = getenv("DNS_DIFFICULT");
    struct resolver *resolver =
        start(&(struct resolver_config){.forwarders = &forwarder, .forwarder_count = 1, .timeout_ms = 200});

    (void)state;
    assert_int_equal(resolve(resolver, "slow.example.org", DNS_TXT)->status, DNS_TIMEOUT);
    while (resolver_counts(resolver).in_flight)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(resolve(resolver, "slow.example.org", DNS_TXT)->status, DNS_OK);
    assert_int_equal(resolver_counts(resolver).sent, 1);
    resolver_free(resolver);
}

/* What validation through a forwarder without DNSSEC comes to, and why it is not the default. */
static void test_stripping_forwarder(void **state)
{
    const char *forwarder = getenv("DNS_DIFFICULT");
    struct resolver *resolver = start(&(struct resolver_config){.forwarders = &forwarder,
                                                                .forwarder_count = 1,
                                                                .validation = RESOLVER_VALIDATE_ON,
                                                                .trust_anchor = getenv("DNS_ANCHOR")});

    (void)state;
    assert_int_equal(resolve(resolver, "www.signed.example", DNS_TXT)->status, DNS_BOGUS);
    assert_int_equal(resolve(resolver, "www.example.org", DNS_TXT)->status, DNS_OK);
    resolver_free(resolver);
}

static void count(void *context)
{
    ++*(unsigned *)context;
}

/* Three messages ask the same; one of them gives up. */
static void test_sent_once(void **state)
{
    struct resolver *resolver = forwarding_to("DNS_SERVER");
    struct ask asks[3];
    struct ask empty;
    unsigned done = 0;
    unsigned cancelled = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        new_ask(&asks[i]);
        ask_dns(&asks[i], ASK_SPF, S("mail.example.net"), DNS_A);
        ask_dns(&asks[i], ASK_SPF, S("localhost"), DNS_A); /* answered within ub_resolve_event() */
        resolver_send(resolver, &asks[i], count, i == 1 ? &cancelled : &done);
    }
    new_ask(&empty);
    resolver_send(resolver, &empty, count, &done);
    assert_int_equal(done, 0);
    resolver_cancel(resolver, &asks[1]);
    while (done < 3)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(cancelled, 0);
    assert_null(ask_peek(&asks[1], S("mail.example.net"), DNS_A));
    assert_int_equal(ask_peek(&asks[0], S("mail.example.net"), DNS_A)->n, 2);
    assert_int_equal(ask_peek(&asks[2], S("mail.example.net"), DNS_A)->n, 2);
    assert_int_equal(resolver_counts(resolver).sent, 2);
    resolve(resolver, "mail.example.net", DNS_A);
    assert_int_equal(resolver_counts(resolver).sent, 2); /* the cache had it */
    resolver_free(resolver);
}

/* A message asks on as soon as it is called back: the way of every message. */
struct chain {
    struct resolver *resolver;
    struct ask ask;
    unsigned links;
};

static void ask_next(void *context)
{
    struct chain *chain = context;

    if (chain->links == 5)
        return;
    chain->links++;
    ask_dns(&chain->ask, ASK_SPF, arena_printf(arena, "link%u.example.net", chain->links), DNS_A);
    resolver_send(chain->resolver, &chain->ask, ask_next, chain);
}

static void test_chain(void **state)
{
    struct chain chain = {.resolver = forwarding_to("DNS_SERVER")};

    (void)state;
    new_ask(&chain.ask);
    ask_next(&chain);
    while (chain.links < 5 || chain.ask.open)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(ask_peek(&chain.ask, S("link5.example.net"), DNS_A)->status, DNS_NXDOMAIN);
    resolver_free(chain.resolver);
}

/* The file first, then the network; the record of both, replayed. */
static void test_answers_first(void **state)
{
    struct resolver *resolver = forwarding_to("DNS_SERVER");
    struct answers file;
    struct answers replay;
    struct ask ask;
    struct ask again;
    struct buf record = buf_new(arena, 10000);
    struct buf second = buf_new(arena, 10000);
    struct err err = {""};

    (void)state;
    assert_true(answers_parse(&file, S("t"), S("mail.example.net A 203.0.113.9"), arena, &err));
    new_ask(&ask);
    ask.lookup = answers_lookup;
    ask.lookup_context = &file;
    assert_int_equal(ask_dns(&ask, ASK_SPF, S("mail.example.net"), DNS_A)->records[0].ip.bytes[0], 203);
    assert_null(ask_dns(&ask, ASK_SPF, S("example.net"), DNS_MX));
    assert_null(ask_dns(&ask, ASK_SPF, S("missing.example.net"), DNS_MX));
    resolver_answer(resolver, &ask);
    assert_int_equal(ask_dns(&ask, ASK_SPF, S("example.net"), DNS_MX)->n, 2);
    answers_write(&record, &ask);

    assert_true(answers_parse(&replay, S("t"), buf_str(&record), arena, &err));
    new_ask(&again);
    again.offline = true;
    again.lookup = answers_lookup;
    again.lookup_context = &replay;
    ask_dns(&again, ASK_SPF, S("missing.example.net"), DNS_MX);
    ask_dns(&again, ASK_SPF, S("example.net"), DNS_MX);
    ask_dns(&again, ASK_SPF, S("mail.example.net"), DNS_A);
    answers_write(&second, &again);
    assert_true(str_eq(buf_str(&record), buf_str(&second)));
    resolver_free(resolver);
}

/* Freed with questions on their way, whose messages were cancelled. */
static void test_free_in_flight(void **state)
{
    struct resolver *resolver = forwarding_to("DNS_SILENT");
    struct ask ask;
    unsigned done = 0;

    (void)state;
    new_ask(&ask);
    ask_dns(&ask, ASK_SPF, S("a.example.net"), DNS_A);
    ask_dns(&ask, ASK_SPF, S("b.example.net"), DNS_A);
    resolver_send(resolver, &ask, count, &done);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(resolver_counts(resolver).in_flight, 2);
    resolver_cancel(resolver, &ask);
    resolver_free(resolver);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(done, 0);
    assert_int_equal(ask.open, 2);
}

static const char *file_with(const char *name, const char *text)
{
    const char *path = (const char *)arena_printf(arena, "%s/%s", getenv("DNS_DIR"), name).p;
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static void test_configuration(void **state)
{
    const char *bad_forwarder = "mail.example.net";
    const char *bad_stub = "example.net";
    const char *good = file_with("resolv.conf", "# a comment\nsearch example.net\nnameserver 127.0.0.1\n");
    const struct {
        struct resolver_config config;
        const char *words; /* NULL: it is right */
    } configs[] = {
        {{0}, NULL},
        {{.resolv_conf = good}, NULL},
        {{.resolv_conf = good, .validation = RESOLVER_VALIDATE_ON}, NULL},
        {{.forwarders = &bad_forwarder, .forwarder_count = 1}, "\"mail.example.net\": not an address"},
        {{.stubs = &bad_stub, .stub_count = 1}, "write ZONE ADDR"},
        {{.resolv_conf = "/nonexistent/resolv.conf"}, "/nonexistent/resolv.conf: No such file"},
        {{.resolv_conf = file_with("bad.conf", "nameserver example\n")}, "bad.conf: a nameserver line"},
        {{.trust_anchor = "/nonexistent/root.key"}, "/nonexistent/root.key: No such file"},
        {{.trust_anchor = file_with("bad.key", "this is no key\n")}, "libunbound does not start"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        struct err err = {""};
        struct resolver *resolver = resolver_new(&loop, &configs[i].config, &err);

        if (!resolver != !!configs[i].words || (!resolver && !strstr(err.words, configs[i].words)))
            fail_msg("configuration %zu: \"%s\"", i, err.words);
        resolver_free(resolver);
        uv_run(&loop, UV_RUN_DEFAULT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forwarder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_odd_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recursion, setup, teardown),
        cmocka_unit_test_setup_teardown(test_validation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_validation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timeout, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truncation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late_in_cache, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stripping_forwarder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sent_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_in_flight, setup, teardown),
        cmocka_unit_test_setup_teardown(test_configuration, setup, teardown),
    };

    return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}
