/* Records on the wire: what is written is read; what is cut or changed is refused or read as something else,
 * in bounds. */
#include "programs/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct outcome_recipient recipients[] = {
    {STR("a@example.org"), ACTION_DELIVER, STR("one")},
    {STR("b\0\xff@example.org"), ACTION_QUARANTINE, STR("")},
};
static struct indicator indicators[] = {{STR("ip"), STR("192.0.2.1")}, {STR("domain"), STR("example.org")}};

static struct record full_record(void)
{
    struct record record = {
        .id = S("id"),
        .time = -5,
        .listener = S("mx"),
        .direction = S("inbound"),
        .mode = S("observe"),
        .envelope = {.client = {4, {192, 0, 2, 1}},
                     .helo = S("h\0\xff"),
                     .has_mail_from = true,
                     .mail_from = S("m")},
        .queue_id = S("Q"),
        .auth_user = S("u"),
        .size = UINT64_MAX,
        .facts = S("{}"),
        .fingerprint = S("f"),
        .from_domain = S("example.org"),
        .spf = S("pass"),
        .dkim = S("fail"),
        .arc = S("none"),
        .dmarc = S("temperror"),
        .outcome = {.action = ACTION_REJECT,
                    .observed = true,
                    .recipients = recipients,
                    .recipient_count = 2,
                    .reply_code = S("550"),
                    .reply_status = S("5.7.1"),
                    .reply_text = S("no"),
                    .result_class = S("dmarc-reject"),
                    .reason = S("why")},
        .cpu_us = 7,
        .dns_ms = UINT32_MAX,
        .retry_of = S("r"),
        .subject = S("s"),
        .subject_sketch = 9,
        .text_sketch = 10,
        .indicators = indicators,
        .indicator_count = 2,
    };

    memset(record.sha256, 1, sizeof(record.sha256));
    memset(record.body_sha256, 2, sizeof(record.body_sha256));
    return record;
}

static void reads_what_it_wrote(void **state)
{
    struct arena *arena = arena_new();
    struct record record = full_record(), copy;
    str bytes = wire_write(&record, arena), again;

    (void)state;
    assert_true(wire_read(&copy, bytes, arena));
    again = wire_write(&copy, arena);
    assert_true(str_eq(bytes, again));
    assert_true(str_eq(copy.envelope.helo, record.envelope.helo) && str_eq(copy.subject, record.subject));
    assert_true(ip_eq(copy.envelope.client, record.envelope.client));
    assert_true(copy.time == -5 && copy.size == UINT64_MAX && copy.dns_ms == UINT32_MAX && copy.cpu_us == 7);
    assert_true(copy.outcome.action == ACTION_REJECT && copy.outcome.observed && copy.envelope.has_mail_from);
    assert_int_equal(copy.outcome.recipient_count, 2);
    assert_true(str_eq(copy.outcome.recipients[1].address, recipients[1].address));
    assert_int_equal(copy.outcome.recipients[1].action, ACTION_QUARANTINE);
    assert_true(str_eq(copy.indicators[1].value, S("example.org")));
    assert_memory_equal(copy.sha256, record.sha256, 32);
    assert_memory_equal(copy.body_sha256, record.body_sha256, 32);
    arena_free(arena);
}

static void refuses_what_is_cut_or_longer(void **state)
{
    struct arena *arena = arena_new();
    struct record record = full_record(), copy;
    str bytes = wire_write(&record, arena);
    char *longer = arena_bytes(arena, bytes.n + 1);

    (void)state;
    for (size_t n = 0; n < bytes.n; n++)
        assert_false(wire_read(&copy, str_sub(bytes, 0, n), arena));
    memcpy(longer, bytes.p, bytes.n);
    longer[bytes.n] = '\0';
    assert_false(wire_read(&copy, (str){longer, bytes.n + 1}, arena));
    arena_free(arena);
}

/* Every byte set to 255: numbers that are too large, counts of what is not there. */
static void survives_what_is_changed(void **state)
{
    struct arena *arena = arena_new();
    struct record record = full_record(), copy;
    str bytes = wire_write(&record, arena);
    char *changed = arena_bytes(arena, bytes.n);
    unsigned refused = 0;

    (void)state;
    for (size_t i = 0; i < bytes.n; i++) {
        struct arena_mark mark = arena_mark(arena);

        memcpy(changed, bytes.p, bytes.n);
        changed[i] = (char)0xff;
        if (!wire_read(&copy, (str){changed, bytes.n}, arena)) {
            refused++;
        } else {
            assert_true(copy.outcome.action < ACTIONS);
            assert_true(copy.outcome.recipient_count <= bytes.n && copy.indicator_count <= bytes.n);
        }
        arena_rewind(arena, mark);
    }
    assert_true(refused > bytes.n / 2); /* most bytes belong to lengths */
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(refuses_what_is_cut_or_longer),
        cmocka_unit_test(survives_what_is_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
