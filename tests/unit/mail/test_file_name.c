/* test_file_name.c: the names that programs may show of an attachment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/file_name.h"

/* Up to two fields; the names with a bar between them. */
static const struct {
    const char *first, *second;
    str wanted;
} rows[] = {
    {"attachment; filename=a.pdf", NULL, STR("a.pdf")},
    {"attachment; filename=\"a b.pdf\"", "application/pdf; name=\"a b.pdf\"", STR("a b.pdf")},
    {"attachment; filename=a.pdf;", NULL, STR("a.pdf")},
    {"text/plain; charset=utf-8", NULL, STR("")},
    {"attachment", NULL, STR("")},
    {"attachment; filename=a.pdf", "application/pdf; name=b.exe", STR("a.pdf|b.exe")},
    {"attachment; filename=a.pdf; filename=a.exe", NULL, STR("a.pdf|a.exe")},
    {"attachment; filename*=utf-8''%C3%BC.exe; filename=u.pdf", NULL, STR("\xc3\xbc.exe|u.pdf")},
    {"attachment; filename*=UTF-16''%00a%00.%00b", NULL, STR("a.b")},
    {"attachment; filename*0=a.p; filename*1=df", NULL, STR("a.pdf|a.p|df")},
    {"attachment; filename*1=exe; filename*0=a.", NULL, STR("a.exe|exea.|exe|a.")},
    {"attachment; filename*2=exe; filename*1=a.; filename=b.png", NULL, STR("b.png|a.exe|exea.|exe|a.")},
    {"x/y; name*0=a.", "x/y; name*1*=ex%65", STR("a.exe|a.|exe")},
    {"attachment; filename=\"a\".exe", NULL, STR("a|a.exe")},
    {"attachment; filename='a.exe'", NULL, STR("a.exe")},
    {"attachment; filename=a;.exe", NULL, STR("a|a;.exe")},
    {"attachment; filename=a.exe(.gif)", NULL, STR("a.exe(.gif)|a.exe")},
    {"attachment; filename()=a.exe", NULL, STR("a.exe")},
    {"attachment; filename=\r\n \"=?utf-8?B?YS5leGU=?=\"", NULL, STR("a.exe")},
    {"attachment; filename=", NULL, STR("")},
    {"attachment; filename*", NULL, STR("")},
    {"attachment; filename*=(", NULL, STR("(")},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        struct file_names names = {.n = 0};
        struct buf buf = buf_new(arena, 1000);

        file_names_note(&names, str_from(rows[i].first), arena);
        if (rows[i].second)
            file_names_note(&names, str_from(rows[i].second), arena);
        file_names_end(&names, arena);
        for (unsigned k = 0; k < names.n; k++)
            buf_printf(&buf, "%s%.*s", k ? "|" : "", PS(names.items[k]));
        if (!str_eq(buf_str(&buf), rows[i].wanted))
            fail_msg("%s: got %.*s, wanted %.*s", rows[i].first, PS(buf_str(&buf)), PS(rows[i].wanted));
        arena_free(arena);
    }
}

/* Many names and many pieces: the first ones, in linear time. */
static void test_limits(void **state)
{
    struct arena *arena = arena_new();
    struct file_names names = {.n = 0};
    struct buf buf = buf_new(arena, 100000);

    (void)state;
    for (int i = 0; i < 3000; i++)
        buf_printf(&buf, "; name=%d; name*%d=(x", i, i);
    file_names_note(&names, buf_str(&buf), arena);
    file_names_end(&names, arena);
    assert_int_equal(names.n, FILE_NAMES);
    assert_int_equal(names.piece_count, FILE_NAME_PIECES);
    assert_true(str_eq(names.items[0], S("0")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_limits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
