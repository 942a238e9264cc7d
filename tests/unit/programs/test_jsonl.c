/* test_jsonl.c: the JSON writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "programs/jsonl.h"

static void test_writer(void **state)
{
    struct arena *arena = arena_new();
    struct buf buf = buf_new(arena, 65536);
    struct jsonl json = {.buf = &buf};
    struct notes notes = {0};
    json_t *parsed;

    (void)state;
    note_add(&notes, arena, "one \"two\"");
    note_add(&notes, arena, "three");
    jsonl_open(&json, NULL, '{');
    jsonl_text(&json, "a", S("x\n\xff\"\\"));
    jsonl_number(&json, "b", -5);
    jsonl_open(&json, "c", '[');
    jsonl_close(&json, ']');
    jsonl_open(&json, "d", '{');
    jsonl_bool(&json, "e", true);
    jsonl_null(&json, "f");
    jsonl_close(&json, '}');
    jsonl_notes(&json, "g", &notes);
    jsonl_result(&json, "h", RESULT_SOFTFAIL);
    jsonl_close(&json, '}');
    assert_string_equal(arena_c_str(arena, buf_str(&buf)),
                        "{\"a\":\"x\\n\xef\xbf\xbd\\\"\\\\\",\"b\":-5,\"c\":[],\"d\":{\"e\":true,\"f\":null},"
                        "\"g\":[\"one \\\"two\\\"\",\"three\"],\"h\":\"softfail\"}");
    parsed = json_loadb(buf.p, buf.n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(parsed);
    json_decref(parsed);
    arena_free(arena);
}

static void test_clip(void **state)
{
    static const struct {
        str text;
        size_t max;
        str wanted;
    } rows[] = {
        {STR("abc"), 3, STR("abc")},
        {STR("abcd"), 3, STR("abc...")},
        {STR("ab\xc3\xa4"), 3, STR("ab...")},
        {STR("a\xc3\xa4z"), 3, STR("a\xc3\xa4...")},
        {STR("\xf0\x9f\x98\x80"), 3, STR("...")},
        {STR("\x80\x80\x80\x80\x80\x80"), 5, STR("\x80\x80...")},
        {STR("a\0bcd"), 4, STR("a\0bc...")},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(str_eq(text_clip(rows[i].text, rows[i].max, arena), rows[i].wanted));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_writer), cmocka_unit_test(test_clip)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
