/* test_control_request.c: requests are read strictly, and each deed has its right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/limits.h"
#include "programs/control_request.h"

static void test_read(void **state)
{
    static const struct {
        const char *head;
        const char *wrong; /* NULL: it is right */
    } rows[] = {
        {"{\"do\":\"status\"}", NULL},
        {"{}", "knows no such request"},
        {"{\"do\":7}", "knows no such request"},
        {"{\"do\":\"Status\"}", "knows no such request"},
        {"{\"do\":\"status\",\"reason\":\"x\"}", "does not know"},
        {"{\"do\":\"delete\",\"id\":\"m1\",\"reason\":\"spam\"}", NULL},
        {"{\"do\":\"delete\",\"id\":\"m1\",\"reason\":\"spam\",\"address\":\"a@example.com\"}",
         "does not know"},
        {"{\"do\":\"delete\",\"id\":\"m1\"}", "lacks its \"reason\""},
        {"{\"do\":\"delete\",\"id\":\"m1\",\"reason\":\"\"}", "\"reason\" is empty"},
        {"{\"do\":\"delete\",\"id\":1,\"reason\":\"spam\"}", "lacks its \"id\""},
        {"{\"do\":\"delete\",\"id\":\"m1\",\"reason\":\"a\\nb\"}", "can't be seen"},
        {"{\"do\":\"delete\",\"id\":\"m1\",\"reason\":\"a\\u202eb\"}", "can't be seen"},
        {"{\"do\":\"release\",\"id\":\"m1\",\"reason\":\"good\"}", NULL},
        {"{\"do\":\"release\",\"id\":\"m1\",\"reason\":\"good\",\"to\":[\"a@example.com\"],\"again\":true}", NULL},
        {"{\"do\":\"release\",\"id\":\"m1\",\"reason\":\"good\",\"to\":\"a@example.com\"}", "is a list"},
        {"{\"do\":\"release\",\"id\":\"m1\",\"reason\":\"good\",\"to\":[1]}", "list of addresses"},
        {"{\"do\":\"release\",\"id\":\"m1\",\"reason\":\"good\",\"to\":[\"a\\n\"]}", "can't be seen"},
        {"{\"do\":\"release\",\"id\":\"m1\",\"reason\":\"good\",\"again\":1}", "true or false"},
        {"{\"do\":\"release\",\"id\":\"m1\",\"to\":[]}", "lacks its \"reason\""},
        {"{\"do\":\"delete\",\"id\":\"m1\",\"reason\":\"x\",\"again\":true}", "does not know"},
        {"{\"do\":\"forget\",\"address\":\"a@example.com\",\"reason\":\"asked\"}", NULL},
        {"{\"do\":\"forget\",\"address\":\"example.com\",\"reason\":\"asked\"}", "no address"},
        {"{\"do\":\"forget\",\"address\":\"a@\",\"reason\":\"asked\"}", "no address"},
        {"{\"do\":\"forget\",\"address\":[\"a@example.com\"],\"reason\":\"asked\"}", "lacks its \"address\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new();
        struct frame frame = {.head = json_loads(rows[i].head, 0, NULL)};
        struct request request;
        struct err err = {""};

        assert_non_null(frame.head);
        if (request_read(&request, &frame, arena, &err) != !rows[i].wrong)
            fail_msg("%s: %s", rows[i].head, err.words);
        if (rows[i].wrong && !strstr(err.words, rows[i].wrong))
            fail_msg("%s: %s", rows[i].head, err.words);
        frame_free(&frame);
        arena_free(arena);
    }
}

static void test_length(void **state)
{
    struct arena *arena = arena_new();
    struct frame frame = {.head = NULL};
    char text[LIMIT_CONTROL_TEXT + 1];
    struct request request;
    struct err err;

    (void)state;
    memset(text, 'x', sizeof(text));
    frame_set_text(&frame, "do", S("delete"));
    frame_set_text(&frame, "id", S("m1"));
    frame_set_text(&frame, "reason", (str){text, LIMIT_CONTROL_TEXT});
    assert_true(request_read(&request, &frame, arena, &err));
    assert_int_equal(request.reason.n, LIMIT_CONTROL_TEXT);
    frame_set_text(&frame, "reason", (str){text, LIMIT_CONTROL_TEXT + 1});
    assert_false(request_read(&request, &frame, arena, &err));
    frame_set_text(&frame, "reason", S("x"));
    frame.payload = S("more");
    assert_false(request_read(&request, &frame, arena, &err));
    frame.payload = S("");
    frame_set_text(&frame, "do", S("release"));
    for (size_t n = LIMIT_RELEASE_RECIPIENTS; n <= LIMIT_RELEASE_RECIPIENTS + 1; n++) {
        json_t *to = json_array();

        for (size_t i = 0; i < n; i++)
            json_array_append_new(to, json_string("a@example.com"));
        json_object_set_new(frame.head, "to", to);
        assert_int_equal(request_read(&request, &frame, arena, &err), n == LIMIT_RELEASE_RECIPIENTS);
    }
    assert_non_null(strstr(err.words, "64 recipients"));
    frame_free(&frame);
    arena_free(arena);
}

/* What changes something is for nobody who may only look, and what can't be undone is for the highest. */
static void test_rights(void **state)
{
    static const enum right rights[DEEDS] = {
        [DEED_STATUS] = RIGHT_VIEW, [DEED_DELETE] = RIGHT_OPERATE, [DEED_RELEASE] = RIGHT_OPERATE, [DEED_FORGET] = RIGHT_ADMIN};

    (void)state;
    for (enum deed deed = 0; deed < DEEDS; deed++) {
        assert_int_equal(deed_rows[deed].right, rights[deed]);
        assert_true(rights[deed] > RIGHT_NONE);
        assert_int_equal(deed_rows[deed].changes, rights[deed] > RIGHT_VIEW);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_rights),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
