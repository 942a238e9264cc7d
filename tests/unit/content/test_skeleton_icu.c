/* test_skeleton_icu.c: what ICU takes for ASCII letters, we do too, but for the difference explained here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <unicode/uchar.h>
#include <unicode/uspoof.h>

#include "base/utf8.h"
#include "content/skeleton.h"

static USpoofChecker *checker;

static str icu_skeleton(str text, struct arena *arena)
{
    UErrorCode status = U_ZERO_ERROR;
    char *out = arena_bytes(arena, 512);
    int n = uspoof_getSkeletonUTF8(checker, 0, text.p, (int32_t)text.n, out, 512, &status);

    assert_true(U_SUCCESS(status) && n <= 512);
    return (str){out, (size_t)n};
}

static str our_fold(str text, struct arena *arena)
{
    return skeleton_fold(skeleton(text, SIZE_MAX, arena, NULL), arena);
}

/* ASCII, perhaps with marks. */
static bool is_ascii(str text)
{
    size_t n;

    for (str rest = text; rest.n; rest = str_skip(rest, n)) {
        uint32_t c = utf8_step(rest, &n);

        if (c >= 0x80 && u_charType((UChar32)c) != U_NON_SPACING_MARK)
            return false;
    }
    return text.n > 0;
}

/* Digits of other scripts are digits to us, though some look like another digit or a letter: who writes a
 * number means it, and brands are not spelled with them. */
static bool is_explained(uint32_t c)
{
    return u_charType((UChar32)c) == U_DECIMAL_DIGIT_NUMBER || c == 0x66a || c == 0x609 || c == 0x60a ||
           c == 0x2030 || c == 0x2031;
}

static void test_every_character(void **state)
{
    struct arena *arena = arena_new();
    unsigned compared = 0;

    (void)state;
    for (uint32_t c = 0x80; c < 0x30000; c++, arena_reset(arena)) {
        struct buf buf = buf_new(arena, 8);
        str theirs, wanted;

        if (!u_isdefined((UChar32)c) || (c >= 0xd800 && c < 0xe000) || is_explained(c))
            continue;
        utf8_add(&buf, c);
        theirs = icu_skeleton(buf_str(&buf), arena);
        wanted = our_fold(theirs, arena);
        if (!is_ascii(theirs) || wanted.n == 0) /* what is no letter is left out of a fold */
            continue;
        compared++;
        if (!str_eq(our_fold(buf_str(&buf), arena), wanted))
            fail_msg("U+%04X is %.*s to ICU", c, PS(theirs));
    }
    assert_in_range(compared, 2000, 10000);
    arena_free(arena);
}

/* What our own table is for: ICU tells these from what they pretend to be, or by case alone. */
static void test_beyond(void **state)
{
    static const char *const pairs[][2] = {
        {"аррӏе", "apple"},   {"micr0soft", "microsoft"}, {"ᴘᴀʏᴘᴀʟ", "paypal"}, {"IKEA", "ikea"},
        {"ⓟⓐⓨⓟⓐⓛ", "paypal"}, {"Mícrösoft", "microsoft"}, {"🅿🅰🆈🅿🅰🅻", "paypal"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        str a = str_from(pairs[i][0]), b = str_from(pairs[i][1]);

        assert_false(str_eq(icu_skeleton(a, arena), icu_skeleton(b, arena)));
        assert_true(str_eq(our_fold(a, arena), our_fold(b, arena)));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_character), cmocka_unit_test(test_beyond)};
    UErrorCode status = U_ZERO_ERROR;
    int failed;

    checker = uspoof_open(&status);
    if (U_FAILURE(status))
        return 1;
    failed = cmocka_run_group_tests_name("skeleton_icu", tests, NULL, NULL);
    uspoof_close(checker);
    return failed;
}
