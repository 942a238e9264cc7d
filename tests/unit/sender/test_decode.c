/* decode.c: steps and values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sender/decode.h"

static void values_by_steps(void **state)
{
    static const struct {
        const char *steps, *value, *wanted; /* wanted NULL: does not fit */
    } rows[] = {
        {"", "as it is", "as it is"},
        {"base64", "dXNlckBleGFtcGxlLm9yZw==", "user@example.org"},
        {"base64", "dXNlckBl eGFtcGxl\tLm9yZw", "user@example.org"},
        {"base64", "_-8", "\xff\xef"},
        {"base64", "not*base64", NULL},
        {"hex", "7573657220", "user "},
        {"hex", "757", NULL},
        {"hex", "zz", NULL},
        {"percent", "a%40b%4", "a@b%4"},
        {"json r", "{\"r\": \"user@example.org\"}", "user@example.org"},
        {"json n", "{\"n\": 42}", "42"},
        {"json t/n", "{\"t\": \"spc\", \"n\": 42}", "spc/42"},
        {"json t/x", "{\"t\": \"spc\", \"n\": 42}", NULL},
        {"json r", "{\"r\": {}}", NULL},
        {"json r", "[\"r\"]", NULL},
        {"json 1", "[\"a\", \"b\"]", "b"},
        {"json 2", "[\"a\", \"b\"]", NULL},
        {"json r", "no json", NULL},
        {"part 2 |", "t|216470|s|r", "216470"},
        {"part 5 |", "t|216470|s|r", NULL},
        {"part 1 ,", "user@example.org , c1", "user@example.org"},
        {"verp", "first=last=example.org", "first=last@example.org"},
        {"verp", "user@example.org", NULL},
        {"verp", "user", NULL},
        {"lower", "ABC", "abc"},
        {"base64;json 1", "WyJhIiwiYiJd", "b"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct decode_step steps[4];
        str list = str_from(rows[i].steps), word, value = str_from(rows[i].value);
        struct err err;
        size_t n = 0;
        bool good;

        while (list.n && str_next(&list, ';', &word))
            assert_true(decode_step_parse(word, &steps[n++], &err));
        good = decode_value(steps, n, &value, arena);
        assert_int_equal(good, rows[i].wanted != NULL);
        assert_true(str_eq(value, str_from(good ? rows[i].wanted : rows[i].value)));
    }
    arena_free(arena);
}

static void steps_that_are_none(void **state)
{
    static const char *const words[] = {"",         "base32",   "json ",  "json",
                                        "part 0 |", "part x |", "part 2", "part 2 ||"};
    struct decode_step step;

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct err err = {""};

        assert_false(decode_step_parse(str_from(words[i]), &step, &err));
        assert_true(err.words[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_by_steps),
                                       cmocka_unit_test(steps_that_are_none)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
