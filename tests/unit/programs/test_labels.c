/* labels.c: rows by the names of their columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "programs/labels.h"

static void columns_in_any_order(void **state)
{
    struct arena *arena = arena_new();
    struct labels labels = {0};
    struct err err;

    (void)state;
    assert_true(labels_read(
        &labels, S("dir"),
        S("platform\tother\tpath\taccounts\r\nsendgrid\tx\ta.eml\t1,two\r\n-\t\tb.eml\n\n"), arena, &err));
    assert_int_equal(labels.n, 2);
    assert_true(str_eq(labels.items[0].file, S("dir/a.eml")));
    assert_true(str_eq(labels.items[0].values[LABEL_PLATFORM], S("sendgrid")));
    assert_true(label_has_account(&labels.items[0], S("two")));
    assert_false(label_has_account(&labels.items[0], S("tw")));
    assert_int_equal(labels.items[1].values[LABEL_PLATFORM].n, 0);
    assert_int_equal(labels.items[1].values[LABEL_ACCOUNTS].n, 0);
    assert_false(label_has_account(&labels.items[1], S("x")));
    arena_free(arena);
}

static void files_that_are_none(void **state)
{
    static const char *const texts[] = {"", "kind\tplatform\nphish\t-\n", "path\tkind\n\tphish\n",
                                        "path\tkind\n-\tphish\n"};
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct labels labels = {0};
        struct err err = {""};

        assert_false(labels_read(&labels, S("dir"), str_from(texts[i]), arena, &err));
        assert_true(err.words[0]);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(columns_in_any_order),
                                       cmocka_unit_test(files_that_are_none)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
