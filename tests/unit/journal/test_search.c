/* test_search.c: what a search finds, by what, in which order; following. */
#include "records.h"

#include "base/limits.h"
#include "journal/indicators.h"

/* Three days, a file each; the ids tell day and number. */
static void make(struct arena *arena)
{
    static const struct indicator links[] = {{STR("link"), STR("Evil.example")}, {STR("hash"), STR("abc")}};
    struct journal *journal = records_open_with((struct journal_params){.sizes = {.day = 1, .week = 1}});
    struct record record;

    for (unsigned day = 0; day < 3; day++) {
        for (unsigned i = 0; i < 4; i++) {
            char id[] = {(char)('a' + day), (char)('0' + i), 0};

            record = records_new(id, RECORDS_TIME + day * 86400 + i);
            record.queue_id = arena_printf(arena, "Q%s", id);
            if (i == 1)
                record.envelope.mail_from = S("X@EXAMPLE.com"), record.from_domain = S("example.com");
            if (i == 2) {
                record.dmarc = S("pass"), record.outcome.action = ACTION_DELIVER;
                record.outcome.result_class = S("pass");
                record.indicators = (struct indicator *)links, record.indicator_count = 2;
            }
            if (i == 3) {
                record.outcome.recipient_count = 0;
                ip_parse(S("2001:db8::5"), &record.envelope.client);
                record.direction = S("outbound");
            }
            records_put(journal, &record);
        }
    }
    journal_close(journal);
}

static const struct indicator one_hunt[] = {{STR("link"), STR("evil.EXAMPLE")}};
static const struct indicator two_hunts[] = {{STR("hash"), STR("abc")}, {STR("domain"), STR("example.com")}};
static const struct indicator below[] = {{STR("domain"), STR(".example.net")}};

static const struct {
    struct search_query query;
    const char *wanted;
} rows[] = {
    {{.limit = 3}, "c3 c2 c1"},
    {{.limit = 4}, "c3 c2 c1 c0"},
    {{.limit = 5}, "c3 c2 c1 c0 b3"},
    {{.limit = 0}, "c3 c2 c1 c0 b3 b2 b1 b0 a3 a2 a1 a0"},
    {{.id = STR("b2")}, "b2"},
    {{.id = STR("b9")}, ""},
    {{.id = STR("' OR 1=1 --")}, ""},
    {{.queue_id = STR("Qc0")}, "c0"},
    {{.address = STR("x@example.COM")}, "c1 b1 a1"},
    {{.address = STR("joe@example.org"), .limit = 2}, "c2 c1"},
    {{.address = STR("ann@example.org"), .since = RECORDS_TIME + 86400, .until = RECORDS_TIME + 86402},
     "b1 b0"},
    {{.domain = STR("example.com")}, "c1 b1 a1"},
    {{.domain = STR("example.net"), .limit = 2}, "c3 c2"},
    {{.domain = STR("sub.example.net"), .limit = 2}, "c3 c2"},
    {{.domain = STR("ample.net")}, ""},
    {{.domain = STR("%")}, ""},
    {{.ip = STR("2001:db8::5")}, "c3 b3 a3"},
    {{.ip = STR("192.0.2.2")}, ""},
    {{.indicators = one_hunt, .indicator_count = 1}, "c2 b2 a2"},
    {{.indicators = two_hunts, .indicator_count = 2}, "c2 c1 b2 b1 a2 a1"},
    {{.indicators = below, .indicator_count = 1, .limit = 4}, "c3 c2 c0 b3"},
    {{.since = RECORDS_TIME + 2 * 86400 + 2}, "c3 c2"},
    {{.until = RECORDS_TIME + 1}, "a0"},
    {{.since = 5, .until = 6}, ""},
    {{.result_class = STR("pass")}, "c2 b2 a2"},
    {{.dmarc = STR("pass"),
      .action = STR("deliver"),
      .spf = STR("pass"),
      .dkim = STR("none"),
      .arc = STR("none")},
     "c2 b2 a2"},
    {{.dmarc = STR("pass"), .action = STR("reject")}, ""},
    {{.direction = STR("outbound"), .ip = STR("2001:db8::5"), .limit = 1}, "c3"},
    {{.direction = STR("outbound"), .address = STR("joe@example.org")}, ""},
};

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    make(arena);
    assert_int_equal(records_files(".db"), 3);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        str ids = records_search(arena, rows[i].query).ids;

        if (!str_eq(ids, str_from(rows[i].wanted)))
            fail_msg("row %zu: %.*s", i, PS(ids));
    }
    arena_free(arena);
}

static bool stop_at_second(void *context, const struct record *record)
{
    records_on_found(context, record);
    return ((struct records_found *)context)->n < 2;
}

/* A damaged file is passed over, with words; the others are searched. */
static void test_damaged(void **state)
{
    struct arena *arena = arena_new();
    struct search_query any = {0};
    struct err err;

    (void)state;
    make(arena);
    store_damage(store_within("j/journal-2026-11-26-1.db").p, 0, 60);
    records_noticed[0] = 0;
    assert_true(records_search(arena, any).n >= 4);
    assert_non_null(strstr(records_noticed, "journal-2026-11-26-1.db"));
    assert_false(search_run(store_within("k"), &any, records_on_found, NULL, NULL, &err));
    assert_non_null(strstr(err.words, "No such file"));
    arena_free(arena);
}

static void test_stop(void **state)
{
    struct arena *arena = arena_new();
    struct records_found found = {.arena = arena};
    struct search_query any = {0};
    struct err err;

    (void)state;
    make(arena);
    assert_true(search_run(store_within("j"), &any, stop_at_second, NULL, &found, &err));
    assert_true(str_eq(found.ids, S("c3 c2")));
    arena_free(arena);
}

static str follow(struct arena *arena, struct search_position *position, struct search_query query)
{
    struct records_found found = {.arena = arena};
    struct err err;

    if (!search_follow(store_within("j"), &query, position, records_on_found, records_notice, &found, &err))
        fail_msg("%s", err.words);
    return found.ids;
}

static void test_follow(void **state)
{
    struct journal *journal = records_open_with((struct journal_params){.sizes = {.day = 1, .week = 1}});
    struct search_query any = {0}, joe = {.dmarc = S("pass")};
    struct search_position position, other;
    struct arena *arena = arena_new();
    struct record record = records_new("a", RECORDS_TIME);
    struct err err;

    (void)state;
    records_put(journal, &record);
    assert_true(search_end(store_within("j"), &position, &err));
    other = position;
    assert_int_equal(follow(arena, &position, any).n, 0);
    record.id = S("b");
    records_put(journal, &record);
    assert_true(str_eq(follow(arena, &position, any), S("b")));
    assert_int_equal(follow(arena, &position, any).n, 0);
    record.id = S("c");
    record.time += 86400; /* after it a new file begins */
    records_put(journal, &record);
    assert_true(str_eq(follow(arena, &position, any), S("c")));
    record.id = S("d");
    record.dmarc = S("pass");
    records_put(journal, &record);
    assert_true(str_eq(follow(arena, &position, any), S("d")));
    assert_int_equal(follow(arena, &position, any).n, 0);
    assert_true(str_eq(follow(arena, &other, joe), S("d")));
    assert_int_equal(follow(arena, &other, joe).n, 0);
    journal_close(journal);
    arena_free(arena);
}

static void test_indicators(void **state)
{
    static const char *const wanted[] = {
        "address joerg@example.com", "domain example.com",           "address other@mail.example",
        "domain mail.example",       "domain xn--bcher-kva.example", "dkim-domain esp.example",
        "arc-domain list.example",   "helo mx.example.com",
    };
    struct arena *arena = arena_new();
    struct facts facts = {0};
    struct facts_mailbox from = {S("Jörg"), S("Joerg@Example.com")}, reply = {S(""), S("other@mail.example")};
    str author = S("xn--bcher-kva.example");
    struct dkim_signature signatures[2] = {{.domain = S("esp.example")}, {.domain = S("esp.example")}};
    struct arc_set set = {.domain = S("list.example")};
    struct indicators indicators = {.arena = arena};

    (void)state;
    facts.message.from = &from, facts.message.from_count = 1;
    facts.message.reply_to = &reply, facts.message.reply_to_count = 1;
    facts.auth.author_domains = &author, facts.auth.author_count = 1;
    facts.auth.dkim.signatures = signatures, facts.auth.dkim.n = 2;
    facts.auth.arc.sets = &set, facts.auth.arc.n = 1;
    facts.auth.envelope.helo = S("MX.example.com.");
    indicators_add_facts(&indicators, &facts);
    assert_int_equal(indicators.n, sizeof(wanted) / sizeof(*wanted));
    for (size_t i = 0; i < indicators.n; i++) {
        str text =
            arena_printf(arena, "%.*s %.*s", PS(indicators.items[i].kind), PS(indicators.items[i].value));

        if (!str_eq(text, str_from(wanted[i])))
            fail_msg("%zu: %.*s", i, PS(text));
    }
    for (unsigned i = 0; i < LIMIT_JOURNAL_INDICATORS; i++)
        indicators_add(&indicators, S("x"), arena_printf(arena, "%u", i));
    assert_int_equal(indicators.n, LIMIT_JOURNAL_INDICATORS);
    assert_int_equal(indicators.cut, sizeof(wanted) / sizeof(*wanted));
    arena_free(arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_make, store_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_rows), TEST(test_damaged), TEST(test_stop), TEST(test_follow), TEST(test_indicators),
    };

    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
