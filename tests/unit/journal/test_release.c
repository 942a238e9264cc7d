/* test_release.c: tokens count once, for what they were made for; states follow from what is known. */
#include "store.h"

#include "journal/release.h"

static const str raw = STR("From: ada@example.net\r\n\r\nbody\r\n");

static struct quarantine *open_well(void)
{
    static const str recipients[] = {STR("Bob@example.org"), STR("eve@example.org")};
    struct quarantine_item item = {
        .id = S("m1"), .time = 100, .direction = S("relay"), .recipients = recipients, .recipient_count = 2};
    struct err err;
    struct quarantine *quarantine = quarantine_open(store_within("q"), &err);

    if (!quarantine || !quarantine_put(quarantine, &item, raw, &err) || !quarantine_commit(quarantine, &err))
        fail_msg("%s", err.words);
    return quarantine;
}

static struct release begin(struct quarantine *quarantine, const char *recipient, int64_t now,
                            struct arena *arena, str *token)
{
    struct release release = {
        .item = S("m1"), .recipient = str_from(recipient), .begun = now, .expires = now + RELEASE_LIFETIME};
    struct err err;

    release_digest(release_body(raw), release.body);
    if (!release_next(quarantine, &release.number, &err) || !release_token(&release, arena, token, &err) ||
        !release_begin(quarantine, &release, &err))
        fail_msg("%s", err.words);
    return release;
}

static enum release_verdict redeem(struct quarantine *quarantine, str token, const char *recipient, str text,
                                   int64_t now, struct err *why)
{
    struct release_claim claim = {.token = token, .recipient = str_from(recipient), .now = now};
    struct arena *arena = arena_new();
    struct release release;
    enum release_verdict verdict;
    struct err err;

    release_digest(release_body(text), claim.body);
    *why = (struct err){""};
    if (!release_redeem(quarantine, &claim, &verdict, &release, why, arena, &err) ||
        !quarantine_commit(quarantine, &err))
        fail_msg("%s", err.words);
    assert_int_equal(verdict == RELEASE_MISUSED, why->words[0] != 0);
    arena_free(arena);
    return verdict;
}

static enum release_state state_of(const char *recipient)
{
    struct arena *arena = arena_new();
    const struct release *last;
    struct release *releases;
    enum release_state state;
    struct err err;
    size_t n;

    assert_true(release_list(store_within("q"), S("m1"), arena, &releases, &n, &err));
    last = release_of(releases, n, str_from(recipient));
    state = last ? release_state(last) : RELEASE_STATES;
    arena_free(arena);
    return state;
}

static void test_token(void **state)
{
    const str changed = S("Subject: other\r\n\r\nBody\r\n"), header = S("Subject: added\r\n\r\nbody\r\n");
    struct arena *arena = arena_new();
    struct quarantine *quarantine = open_well();
    struct err why;
    str token, second;

    (void)state;
    begin(quarantine, "Bob@example.org", 1000, arena, &token);
    begin(quarantine, "eve@example.org", 1000, arena, &second);
    assert_false(str_eq(str_skip(token, 1), str_skip(second, 1)));
    assert_int_equal(redeem(quarantine, S(""), "bob@example.org", raw, 1001, &why), RELEASE_UNKNOWN);
    assert_int_equal(redeem(quarantine, S("1."), "bob@example.org", raw, 1001, &why), RELEASE_UNKNOWN);
    assert_int_equal(redeem(quarantine, arena_join(arena, S("7"), str_skip(token, 1), S("")),
                            "bob@example.org", raw, 1001, &why),
                     RELEASE_UNKNOWN);
    assert_int_equal(redeem(quarantine, arena_join(arena, S("2"), str_skip(token, 1), S("")),
                            "bob@example.org", raw, 1001, &why),
                     RELEASE_UNKNOWN);
    assert_int_equal(redeem(quarantine, token, "eve@example.org", raw, 1001, &why), RELEASE_MISUSED);
    assert_non_null(strstr(why.words, "another recipient"));
    assert_int_equal(redeem(quarantine, token, "bob@example.org", changed, 1001, &why), RELEASE_MISUSED);
    assert_non_null(strstr(why.words, "the body"));
    assert_int_equal(redeem(quarantine, token, "bob@example.org", raw, 1000 + RELEASE_LIFETIME, &why),
                     RELEASE_MISUSED);
    assert_non_null(strstr(why.words, "expired"));
    assert_int_equal(redeem(quarantine, token, "bob@EXAMPLE.org", header, 999 + RELEASE_LIFETIME, &why),
                     RELEASE_GRANTED);
    assert_int_equal(redeem(quarantine, token, "bob@example.org", raw, 1001, &why), RELEASE_MISUSED);
    assert_non_null(strstr(why.words, "used before"));
    quarantine_close(quarantine);
    arena_free(arena);
}

static void test_states(void **state)
{
    struct arena *arena = arena_new();
    struct quarantine *quarantine = open_well();
    struct release first, second;
    struct err err, why;
    bool found;
    str token, other;

    (void)state;
    assert_int_equal(state_of("bob@example.org"), RELEASE_STATES);
    first = begin(quarantine, "Bob@example.org", 1000, arena, &token);
    assert_int_equal(state_of("bob@example.org"), RELEASE_UNCERTAIN);
    assert_true(release_end(quarantine, first.number, RELEASE_REFUSED, S("550 no"), 1001, &err));
    assert_int_equal(state_of("bob@example.org"), RELEASE_FAILED);
    assert_int_equal(redeem(quarantine, token, "bob@example.org", raw, 1002, &why), RELEASE_MISUSED);
    second = begin(quarantine, "bob@example.org", 1003, arena, &other);
    assert_true(second.number > first.number);
    assert_true(release_end(quarantine, second.number, RELEASE_NO_REPLY, S("silence"), 1004, &err));
    assert_int_equal(state_of("bob@example.org"), RELEASE_UNCERTAIN);
    assert_true(release_passed(quarantine, second.number, 1004, &err)); /* its token was not used */
    assert_true(quarantine_commit(quarantine, &err));
    assert_int_equal(state_of("bob@example.org"), RELEASE_UNCERTAIN);
    assert_int_equal(redeem(quarantine, other, "bob@example.org", raw, 1005, &why), RELEASE_GRANTED);
    assert_int_equal(state_of("bob@example.org"), RELEASE_UNCERTAIN);
    assert_true(release_passed(quarantine, second.number, 1006, &err));
    assert_true(quarantine_commit(quarantine, &err));
    assert_int_equal(state_of("bob@example.org"), RELEASE_DONE);
    first = begin(quarantine, "eve@example.org", 1000, arena, &token);
    assert_true(release_end(quarantine, first.number, RELEASE_TAKEN, S("250 ok"), 1001, &err));
    assert_int_equal(state_of("eve@example.org"), RELEASE_SENT);
    assert_true(release_find(quarantine, first.number, &first, &found, arena, &err) && found);
    assert_true(str_eq(first.words, S("250 ok")) && first.ended == 1001 && !first.redeemed);
    assert_true(quarantine_delete(quarantine, S("m1"), &found, &err) && found);
    assert_int_equal(state_of("eve@example.org"), RELEASE_STATES);
    assert_true(release_next(quarantine, &second.number, &err));
    assert_true(second.number > first.number); /* an old token never names a new release */
    quarantine_close(quarantine);
    arena_free(arena);
}

static bool on_item(void *context, const struct quarantine_item *item)
{
    *(bool *)context = str_eq(item->direction, S("relay"));
    return true;
}

static void test_direction(void **state)
{
    const struct quarantine_query query = {.id = S("m1")};
    struct quarantine *quarantine = open_well();
    bool right = false;
    struct err err;

    (void)state;
    assert_true(quarantine_list(store_within("q"), &query, on_item, &right, &err));
    assert_true(right);
    quarantine_close(quarantine);
}

static void test_parts(void **state)
{
    static const struct {
        const char *raw, *field, *body;
    } rows[] = {
        {"From: a\r\n\r\nbody", "", "body"},
        {"X-Postern-Release: 1.x\r\nFrom: a\r\n\r\nbody", "1.x", "body"},
        {"From: a\r\nx-POSTERN-release:  1.x \r\nX-Postern-Release: 2\r\n\r\nbody", "1.x", "body"},
        {"From: a\r\n\r\nX-Postern-Release: 1.x\r\n", "", "X-Postern-Release: 1.x\r\n"},
        {"X-Postern-Released: 1\r\n\r\n\r\n\r\n", "", "\r\n\r\n"},
        {"From: a\n\nX-Postern-Release: 1.x\r\n\r\nb", "", "X-Postern-Release: 1.x\r\n\r\nb"},
        {"\r\nX-Postern-Release: 1.x\r\n", "", "X-Postern-Release: 1.x\r\n"},
        {"\nX-Postern-Release: 1.x\r\n", "", "X-Postern-Release: 1.x\r\n"},
        {"From: a\r\n\nbody", "", "body"},
        {"From: a\n\r\nbody", "", "body"},
        {"From: a", "", ""},
        {"", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (!str_eq(release_field(str_from(rows[i].raw)), str_from(rows[i].field)))
            fail_msg("the field of row %zu", i);
        if (!str_eq(release_body(str_from(rows[i].raw)), str_from(rows[i].body)))
            fail_msg("the body of row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_token, store_make, store_remove),
        cmocka_unit_test_setup_teardown(test_states, store_make, store_remove),
        cmocka_unit_test_setup_teardown(test_direction, store_make, store_remove),
        cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
