/* test_word.c: RFC 2047 encoded words, whole and broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "mail/word.h"

enum { PLAIN, ENCODED = 1, BROKEN = 2, UNKNOWN = 4 };

#define UE "\xc3\xbc"       /* u with diaeresis */
#define FFFD "\xef\xbf\xbd" /* what can't be read */

static const struct {
    str text;
    const char *wanted;
    int facts;
} rows[] = {
    {STR("plain"), "plain", PLAIN},
    {STR(" fol\r\n ded\r\n"), "fol ded", PLAIN},
    {STR(UE), UE, PLAIN},
    {STR("\xfc \x80"), UE " \xe2\x82\xac", PLAIN}, /* windows-1252 */
    {STR("\xfc\x81"), UE FFFD, BROKEN},
    {STR(""), "", PLAIN},
    /* RFC 2047 section 8 */
    {STR("=?ISO-8859-1?Q?a?="), "a", ENCODED},
    {STR("=?ISO-8859-1?Q?a?= b"), "a b", ENCODED},
    {STR("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?="), "ab", ENCODED},
    {STR("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?="), "ab", ENCODED},
    {STR("=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?="), "ab", ENCODED},
    {STR("=?ISO-8859-1?Q?a_b?="), "a b", ENCODED},
    {STR("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?="), "a b", ENCODED},
    {STR("(=?ISO-8859-1?Q?a?= b)"), "(a b)", ENCODED},
    /* B, Q, charsets */
    {STR("=?utf-8?b?w7w=?="), UE, ENCODED},
    {STR("=?UTF-8?B?w7w?="), UE, ENCODED},
    {STR("=?utf-8*de?q?=C3=bc?="), UE, ENCODED},
    {STR("=?iso-8859-1?q?=FC=80?="), UE "\xe2\x82\xac", ENCODED},
    {STR("=?koi8-r?B?9A==?="), "\xd0\xa2", ENCODED},
    {STR("=?gb2312?B?xOO6ww==?="), "\xe4\xbd\xa0\xe5\xa5\xbd", ENCODED},
    {STR("=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?="), "\xe6\x97\xa5\xe6\x9c\xac", ENCODED},
    {STR("=?Shift_JIS?B?k/qWew==?="), "\xe6\x97\xa5\xe6\x9c\xac", ENCODED},
    {STR("=?EUC-JP?B?xvzL3A==?="), "\xe6\x97\xa5\xe6\x9c\xac", ENCODED},
    {STR("=?ks_c_5601-1987?B?x9G1uQ==?="), "\xed\x95\x9c\xeb\x8f\x8c", ENCODED},
    {STR("=?big5?B?p0Gmbg==?="), "\xe4\xbd\xa0\xe5\xa5\xbd", ENCODED},
    {STR("=?windows-1251?Q?=D2?="), "\xd0\xa2", ENCODED},
    {STR("=?utf-7?Q?+AOk-?="), "\xc3\xa9", ENCODED},
    {STR("=?us-ascii?q?=FC?="), UE, ENCODED},
    {STR("=?utf-8?q?\?="), "", ENCODED},
    {STR("=?utf-8?q?=00=1B=0A?="), "", ENCODED}, /* checked by length below */
    /* A character split across words */
    {STR("=?utf-8?b?ww==?= =?utf-8?b?vA==?="), UE, ENCODED},
    {STR("=?utf-8?q?=C3?=\r\n =?UTF-8?b?vA==?="), UE, ENCODED},
    {STR("=?utf-8?q?=C3?= x =?utf-8?b?vA==?="), FFFD " x " FFFD, ENCODED | BROKEN},
    {STR("=?gb2312?B?xA==?= =?gb2312?B?4w==?="), "\xe4\xbd\xa0", ENCODED},
    /* Broken */
    {STR("=?utf-8?q?=C3?="), FFFD, ENCODED | BROKEN},
    {STR("=?utf-8?q?=ZZ=4?="), "=ZZ=4", ENCODED | BROKEN},
    {STR("=?utf-8?q?a b?="), "a b", ENCODED | BROKEN},
    {STR("=?utf-8?q?a?b?="), "a?b", ENCODED | BROKEN},
    {STR("=?utf-8?b?w7!w=?="), UE, ENCODED | BROKEN},
    {STR("=?utf-8?b?w7wA?=x"), UE, ENCODED}, /* checked by length below */
    {STR("=?utf-8?b?w?="), "", ENCODED | BROKEN},
    {STR("x=?utf-8?q?a?=y"), "xay", ENCODED},
    {STR("=?utf-8?q?a?==?utf-8?q?b?="), "ab", ENCODED},
    {STR("=?utf-8?q?a"), "=?utf-8?q?a", BROKEN},
    {STR("=?utf-8?q?a =?utf-8?q?b?="), "=?utf-8?q?a b", ENCODED | BROKEN},
    {STR("=?utf-8?x?a?="), "=?utf-8?x?a?=", BROKEN},
    {STR("=??q?a?="), "=??q?a?=", BROKEN},
    {STR("=?"), "=?", BROKEN},
    {STR("a=?b"), "a=?b", BROKEN},
    {STR("=?x-nonsense?q?a?="), "=?x-nonsense?q?a?=", BROKEN | UNKNOWN},
    {STR("=?x-nonsense?q?a?= =?utf-8?q?b?="), "=?x-nonsense?q?a?= b", ENCODED | BROKEN | UNKNOWN},
    {STR("=?UTF-8//IGNORE?q?a?="), "=?UTF-8//IGNORE?q?a?=", BROKEN | UNKNOWN},
    {STR("=?gb2312?B?xOP//w==?="), "\xe4\xbd\xa0" FFFD FFFD, ENCODED | BROKEN},
    {STR("=?utf-16le?b?ANg=?="), FFFD, ENCODED | BROKEN}, /* half a surrogate pair */
};

static void test_rows(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct word_facts facts;
        str got = word_decode(rows[i].text, arena, &facts);
        int bits = facts.encoded * ENCODED + facts.broken * BROKEN + facts.unknown_charset * UNKNOWN;

        if (strcmp(arena_c_str(arena, got), rows[i].wanted) != 0 || bits != rows[i].facts || facts.cut)
            fail_msg("row %zu, %s: \"%.*s\" %d", i, rows[i].text.p, PS(got), bits);
        assert_true(utf8_valid(got));
    }
    arena_free(arena);
}

static void test_bytes_that_end_strings(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    assert_true(str_eq(word_decode(S("=?utf-8?q?=00=1B=0A?="), arena, NULL), S("\0\x1b\n")));
    assert_true(str_eq(word_decode(S("=?utf-8?b?w7wA?=x"), arena, NULL), S(UE "\0x")));
    arena_free(arena);
}

static void test_no_copy(void **state)
{
    struct arena *arena = arena_new();
    str text = S("nothing to decode = ?");

    (void)state;
    assert_ptr_equal(word_decode(text, arena, NULL).p, text.p);
    arena_free(arena);
}

/* A megabyte of each: linear, cut at the limit, and never within a character. */
static void test_hostile(void **state)
{
    static const struct {
        str part;
        bool cut;
    } parts[] = {
        {STR("=?"), true},
        {STR("=?utf-8?q?"), true},
        {STR("=?utf-8?q?" UE "?= "), true},
        {STR("?="), true},
        {STR("\xfc"), true},
        {STR("=?gb18030?q?=FF?="), true},
        {STR("=?utf-8?q?a?b"), true},
        {STR(" =?utf-8?q?\?= "), false},
        {STR("a" UE), true},
        {STR("=?utf-7?q?+?= =?utf-8?q?a?="), true},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct buf text = buf_new(arena, 1 << 20);
        struct word_facts facts;
        str got;

        while (!text.full)
            buf_add(&text, parts[i].part);
        got = word_decode(buf_str(&text), arena, &facts);
        if (facts.cut != parts[i].cut || got.n > LIMIT_WORDS || !utf8_valid(got))
            fail_msg("row %zu: %d, %zu bytes", i, facts.cut, got.n);
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_bytes_that_end_strings),
                                       cmocka_unit_test(test_no_copy), cmocka_unit_test(test_hostile)};

    return cmocka_run_group_tests_name("word", tests, NULL, NULL);
}
