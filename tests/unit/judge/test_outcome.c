/* test_outcome.c: the words of policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "judge/outcome.h"

/* Each list has a word for each value, all different, and ends there. */
static void test_words(void **state)
{
    static const struct {
        const char *const *names;
        size_t n;
    } lists[] = {{action_names, ACTIONS},
                 {direction_names, DIRECTIONS},
                 {mode_names, MODE_ENFORCE + 1},
                 {result_class_names, CLASSES}};

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (size_t k = 0; k < lists[i].n; k++) {
            assert_non_null(lists[i].names[k]);
            for (size_t other = 0; other < k; other++)
                assert_string_not_equal(lists[i].names[k], lists[i].names[other]);
        }
        assert_null(lists[i].names[lists[i].n]);
    }
}

static void test_actions(void **state)
{
    static const char *const others[] = {"", "Deliver", "deliver ", "rejec", "rejects", "accept"};
    enum action action;

    (void)state;
    for (enum action i = 0; i < ACTIONS; i++) {
        action = ACTIONS;
        assert_true(action_parse(str_from(action_name(i)), &action));
        assert_int_equal(action, i);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(action_parse(str_from(others[i]), &action));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_actions)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
