/* test_sketch.c: variants of a text are near, other texts far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "content/sketch.h"
#include "content/words.h"

/* Texts of 120 words from a vocabulary of 400. */
static str text_of(uint64_t seed, struct arena *arena)
{
    struct buf buf = buf_new(arena, 10000);

    for (unsigned i = 0; i < 120; i++) {
        uint64_t any = words_mix(seed * 1000 + i + 1);

        buf_printf(&buf, "%sword%c%c", i ? " " : "", 'a' + (char)(any % 25), 'a' + (char)(any >> 32 & 15));
    }
    return buf_str(&buf);
}

/* A mail as a template makes it: name, amount, number and code differ. */
static str letter(const char *name, unsigned amount, const char *code, struct arena *arena)
{
    return arena_printf(
        arena,
        "dear %s, we could not take the amount of %u.00 eur for order %u from your card. please look at "
        "the details of your order and give us another card before the end of this week, or we have to "
        "give the goods back to the shop. your reference is %s. with kind regards, the team of the shop. "
        "this message was sent to you as a customer of the shop; you can change what we send you in the "
        "settings of your account.",
        name, amount, amount * 977, code);
}

static void test_variants(void **state)
{
    struct arena *arena = arena_new();
    uint64_t a = sketch(letter("anna smith", 25, "ax77b2c9", arena)),
             b = sketch(letter("bob", 1399, "qq81zzk7w", arena));

    (void)state;
    assert_in_range(sketch_distance(a, b), 0, SKETCH_NEAR);
    assert_int_equal(sketch_distance(a, a), 0);
    arena_free(arena);
}

static void test_unrelated(void **state)
{
    struct arena *arena = arena_new();
    uint64_t sketches[40];
    unsigned sum = 0;

    (void)state;
    for (uint64_t i = 0; i < 40; i++)
        sketches[i] = sketch(text_of(i, arena));
    for (unsigned i = 0; i < 40; i++)
        for (unsigned k = 0; k < i; k++) {
            unsigned distance = sketch_distance(sketches[i], sketches[k]);

            if (distance <= SKETCH_NEAR)
                fail_msg("%u and %u are %u apart", i, k, distance);
            sum += distance;
        }
    assert_in_range(sum / 780, 25, 34);
    arena_free(arena);
}

/* A word in twenty changed. */
static void test_edited(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (uint64_t seed = 1; seed < 20; seed++) {
        str text = text_of(seed, arena);
        char *edited = (char *)arena_str(arena, text).p;

        for (size_t i = 5 * 7; i + 6 < text.n; i += 20 * 7)
            memcpy(edited + i, "change", 6);
        if (sketch_distance(sketch(text), sketch((str){edited, text.n})) > SKETCH_NEAR + 4)
            fail_msg("%u", sketch_distance(sketch(text), sketch((str){edited, text.n})));
    }
    arena_free(arena);
}

/* Sketches are kept: they may never change. */
static void test_fixed(void **state)
{
    (void)state;
    assert_int_equal(sketch(S("")), 0);
    assert_int_equal(sketch(S(" ... ")), 0);
    assert_true(sketch(S("a")) != 0 && sketch(S("a")) != sketch(S("b")));
    assert_true(sketch(S("12")) == sketch(S("345")));
    assert_true(sketch(S("hello world")) == 0x7d6ee903fe5a6a61U);
}

static void test_cut(void **state)
{
    struct arena *arena = arena_new();
    struct buf buf = buf_new(arena, 1 << 20);
    uint64_t at_limit;

    (void)state;
    for (unsigned i = 0; i < LIMIT_SKETCH_WORDS; i++)
        buf_printf(&buf, "%c%c ", 'a' + i % 23, 'a' + i % 7);
    at_limit = sketch(buf_str(&buf));
    buf_add(&buf, S("and more words than are looked at"));
    assert_true(sketch(buf_str(&buf)) == at_limit);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_variants), cmocka_unit_test(test_unrelated),
                                       cmocka_unit_test(test_edited), cmocka_unit_test(test_fixed),
                                       cmocka_unit_test(test_cut)};

    return cmocka_run_group_tests_name("sketch", tests, NULL, NULL);
}
