/* test_taglist.c: tag lists, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/taglist.h"

static void test_rows(void **state)
{
    static const struct {
        str text;
        enum taglist_error error;
        size_t n;
        str b; /* the value of b=, where there is one */
    } rows[] = {
        {STR("v=1; b=abc"), TAGLIST_OK, 2, STR("abc")},
        {STR(" v = 1 ;\r\n\tb = a b\r\n c ;"), TAGLIST_OK, 2, STR("a b\r\n c")},
        {STR("b=a=b=="), TAGLIST_OK, 1, STR("a=b==")},
        {STR("b="), TAGLIST_OK, 1, STR("")},
        {STR("b=x; \r\n "), TAGLIST_OK, 1, STR("x")},
        {STR("b=\xc3\xa4"), TAGLIST_OK, 1, STR("\xc3\xa4")},
        {STR("B=y; b=x"), TAGLIST_OK, 2, STR("x")},
        {STR("b=x; b=y"), TAGLIST_DUPLICATE, 1, STR("x")},
        {STR("b=x;; v=1"), TAGLIST_SYNTAX, 1, STR("x")},
        {STR("b=x;;"), TAGLIST_SYNTAX, 1, STR("x")},
        {STR("b=x; junk"), TAGLIST_SYNTAX, 1, STR("x")},
        {STR("b=x; 1a=y"), TAGLIST_SYNTAX, 1, STR("x")},
        {STR("b=x; a\0=y"), TAGLIST_SYNTAX, 1, STR("x")},
        {STR("b=a\x7f"), TAGLIST_SYNTAX, 0, STR("")},
        {STR(";"), TAGLIST_SYNTAX, 0, STR("")},
        {STR(""), TAGLIST_SYNTAX, 0, STR("")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct taglist list;
        enum taglist_error error = taglist_parse(&list, rows[i].text, NULL);
        const struct tag *b = taglist_find(&list, S("b"));

        if (error != rows[i].error || list.n != rows[i].n || (b && !str_eq(b->value, rows[i].b)))
            fail_msg("row %zu: error %d, %zu tags", i, (int)error, list.n);
        if (b)
            assert_true(str_eq(str_trim(str_sub(rows[i].text, b->offset, b->length)), b->value));
    }
}

static void test_many(void **state)
{
    struct arena *arena = arena_new();
    struct taglist list;
    str text = S("");

    (void)state;
    for (unsigned i = 0; i < LIMIT_DKIM_TAGS + 1; i++)
        text = arena_printf(arena, "%.*st%u=v;", PS(text), i);
    assert_int_equal(taglist_parse(&list, text, NULL), TAGLIST_TOO_MANY);
    assert_int_equal(list.n, LIMIT_DKIM_TAGS);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_many)};

    return cmocka_run_group_tests_name("taglist", tests, NULL, NULL);
}
