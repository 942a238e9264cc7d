/* test_skeleton.c: disguised text reads like what it pretends to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "content/skeleton.h"

#define ZWSP "\xe2\x80\x8b"
#define RLO "\xe2\x80\xae"
#define SHY "\xc2\xad"

static const struct {
    str text;
    const char *wanted;
    unsigned invisible, inside, mixed, styled;
} rows[] = {
    {STR(""), "", 0},
    {STR("plain text, 0 and 1 | m rn"), "plain text, 0 and 1 | m rn", 0},
    {STR("A SHORT Text And A Longer One"), "a short text and a longer one", 0},
    {STR("@[`{\x7f"), "@[`{\x7f", 0},
    {STR("café Ünïcøde Łódź İstanbul straße"), "cafe unicode lodz istanbul strasse", 0},
    {STR("e\xcc\x81t\xc3\xa9"), "ete", 0},              /* the mark alone, and the letter with it */
    {STR("ｍｉｃｒｏ soft"), "micro soft", 0, 0, 0, 5}, /* wide */
    {STR("𝐏𝐚𝐲𝓟𝓪𝓵"), "paypal", 0, 0, 0, 6},
    {STR("ⓐⓟⓟⓛⓔ 🅰🅿🅿"), "apple app", 0, 0, 0, 8},
    {STR("ᴘᴀʏᴘᴀʟ ᵖᵃʸ"), "paypal pay", 0, 0, 0, 3},
    {STR("аррӏе"), "apple", 0},            /* Cyrillic, all of it */
    {STR("раypal"), "paypal", 0, 0, 1, 0}, /* two letters of it */
    {STR("pаypаl"), "paypal", 0, 0, 4, 0},
    {STR("МІСROSOFT ІКЕА ΑΡΡLΕ"), "microsoft ikea apple", 0, 0, 3, 0},
    {STR("ѕсотіаbаnk"), "scotiabank", 0, 0, 3, 0},
    {STR("Gооgӏе"), "google", 0, 0, 3, 0},
    {STR("pay" ZWSP "pal" SHY " x" ZWSP " " RLO "y"), "paypal x y", 4, 1, 0, 0},
    {STR("a" ZWSP ZWSP "b" ZWSP "é" ZWSP "é"), "abee", 4, 1, 0, 0},
    {STR("a\xc2\xa0"
         "b\xe3\x80\x80"
         "c\xe2\xa0\x80"
         "d"),
     "a b c d", 0},
    {STR("٣٤ १२ ８"), "34 12 8", 0},
    {STR("“quoted” ‘it’s’ – a—b…"), "\"quoted\" 'it's' - a-b...", 0},
    {STR("Ledger™ Netflix®"), "ledger\xe2\x84\xa2 netflix\xc2\xae", 0},
    {STR("ﬁnance ﬂ"), "finance fl", 0, 0, 0, 2},
    {STR("привет 日本"), "πpᴎbet 日本", 0},
    {STR("\xff"
         "a\xe2\x82"
         "B"),
     "\xef\xbf\xbd"
     "a\xef\xbf\xbd"
     "b",
     0},
    {STR("𐐀 Ж"), "𐐨 ж", 0},
    {STR("micr0soft"), "micr0soft", 0},
};

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct skeleton_facts facts;
        str got = skeleton(rows[i].text, SIZE_MAX, arena, &facts);

        if (!str_eq(got, str_from(rows[i].wanted)) || facts.invisible != rows[i].invisible ||
            facts.inside != rows[i].inside || facts.mixed != rows[i].mixed || facts.styled != rows[i].styled)
            fail_msg("row %zu, %s: \"%.*s\" %u %u %u %u", i, rows[i].text.p, PS(got), facts.invisible,
                     facts.inside, facts.mixed, facts.styled);
        assert_true(str_eq(skeleton(got, SIZE_MAX, arena, NULL), got));
    }
    arena_free(arena);
}

static void test_no_copy(void **state)
{
    struct arena *arena = arena_new();
    str text = S("nothing to do here, 100 % of it");

    (void)state;
    assert_ptr_equal(skeleton(text, SIZE_MAX, arena, NULL).p, text.p);
    arena_free(arena);
}

static void test_cut(void **state)
{
    struct arena *arena = arena_new();
    struct skeleton_facts facts;

    (void)state;
    assert_true(str_eq(skeleton(S("abcdef"), 6, arena, &facts), S("abcdef")));
    assert_false(facts.cut);
    assert_true(str_eq(skeleton(S("ABCDEF"), 5, arena, &facts), S("abcde")));
    assert_true(facts.cut);
    arena_free(arena);
}

/* Composed and taken apart, a syllable of Hangul is the same. */
static void test_hangul(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    assert_true(str_eq(
        skeleton(S("한가"), SIZE_MAX, arena, NULL),
        skeleton(S("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xa1"), SIZE_MAX, arena, NULL)));
    arena_free(arena);
}

static void test_fold(void **state)
{
    static const char *const same[][2] = {
        {"microsoft", "rnicr0-s0ft"},   {"paypal", "paypai"},
        {"paypal", "p@ypa1"},           {"westernunion", "vvestern un1on"},
        {"amazon", "arnaz0n"},          {"google", "g00qle"},
        {"dhl express", "dhi-express"}, {"3m", "ern"},
        {"binance", "b1nance.."},       {"spotify", "$p0t|fy"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        str a = skeleton_fold(str_from(same[i][0]), arena), b = skeleton_fold(str_from(same[i][1]), arena);

        if (!str_eq(a, b))
            fail_msg("%s gives %.*s, %s gives %.*s", same[i][0], PS(a), same[i][1], PS(b));
        assert_true(str_eq(skeleton_fold(a, arena), a));
    }
    assert_true(str_eq(skeleton_fold(S("vvvvv rrnn"), arena), S("wwvrmn")));
    assert_true(str_eq(skeleton_fold(S("дж 4."), arena), S("джa")));
    arena_free(arena);
}

/* Every character alone: UTF-8 within its room, and stable. */
static void test_all_characters(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        struct buf buf = buf_new(arena, 8);
        str got;

        utf8_add(&buf, c);
        got = skeleton(buf_str(&buf), SIZE_MAX, arena, NULL);
        if (!utf8_valid(got) || got.n > 3 * buf.n || !str_eq(skeleton(got, SIZE_MAX, arena, NULL), got))
            fail_msg("U+%04X", c);
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_no_copy),
                                       cmocka_unit_test(test_cut),  cmocka_unit_test(test_hangul),
                                       cmocka_unit_test(test_fold), cmocka_unit_test(test_all_characters)};

    return cmocka_run_group_tests_name("skeleton", tests, NULL, NULL);
}
