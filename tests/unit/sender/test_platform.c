/* platform.c: files read, refused, and found again by domain and header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sender/platform.h"

#define FILE_OF(id, rest)                                                                                    \
    {                                                                                                        \
        STR("data/" id ".yaml"), STR("id: " id "\nname: " id "\nkind: esp\n" rest)                           \
    }

static struct platforms *read(const struct platform_file *files, size_t n, struct buf *problems)
{
    return platforms_new(files, n, false, problems);
}

static void the_longest_suffix_wins(void **state)
{
    static const struct platform_file files[] = {
        FILE_OF("wide", "transport: {dkim: [example.com], hosts: example.com}\n"),
        FILE_OF("near", "transport: {dkim: Mail.Example.COM}\nmarkers: [{header: X-Near, pattern: '^1'}]\n"),
        FILE_OF("also", "markers: [{header: x-near}]\n"),
    };
    static const struct {
        enum platform_evidence kind;
        const char *domain, *wanted;
    } rows[] = {
        {EVIDENCE_DKIM, "example.com", "wide"},
        {EVIDENCE_DKIM, "a.b.example.com", "wide"},
        {EVIDENCE_DKIM, "mail.example.com", "near"},
        {EVIDENCE_DKIM, "x.mail.example.com", "near"},
        {EVIDENCE_DKIM, "xmail.example.com", "wide"},
        {EVIDENCE_HOST, "x.mail.example.com", "wide"},
        {EVIDENCE_DKIM, "notexample.com", NULL},
        {EVIDENCE_DKIM, "com", NULL},
        {EVIDENCE_DKIM, "", NULL},
        {EVIDENCE_INCLUDE, "example.com", NULL},
    };
    struct arena *arena = arena_new();
    struct buf problems = buf_new(arena, 4096);
    struct platforms *platforms = read(files, 3, &problems);

    (void)state;
    assert_non_null(platforms);
    assert_int_equal(problems.n, 0);
    assert_true(str_eq(platforms_at(platforms, 0)->id, S("also")));
    assert_null(platforms_find(platforms, S("none")));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct platform_matches found =
            platforms_by_domain(platforms, rows[i].kind, str_from(rows[i].domain));

        assert_int_equal(found.n, rows[i].wanted ? 1 : 0);
        if (rows[i].wanted)
            assert_true(str_eq(found.platforms[0]->id, str_from(rows[i].wanted)));
    }
    assert_int_equal(platforms_by_header(platforms, S("X-NEAR")).n, 2);
    assert_int_equal(platforms_by_header(platforms, S("X-Nea")).n, 0);
    platforms_free(platforms);
    arena_free(arena);
}

static void files_that_are_refused(void **state)
{
    static const struct {
        struct platform_file file;
        const char *words;
    } rows[] = {
        {FILE_OF("a", ""), "neither transport nor markers"},
        {FILE_OF("a", "transport: {dkim: com}\n"), "top-level domain"},
        {FILE_OF("a", "transport: {dkim: 'a b'}\n"), "domain"},
        {FILE_OF("a", "markers: [{header: X-A, pattern: '('}]\n"), "data/a.yaml:4:"},
        {FILE_OF("a", "transport: {dkim: example.com}\naccounts: [{from: X-A, decode: base32}]\n"),
         "is no step"},
        {FILE_OF("a", "transport: {dkim: example.com}\naccounts: [{pattern: x}]\n"), "from"},
        {FILE_OF("a", "transport: {dkim: example.com}\nnested-on: b\n"), "there is no platform \"b\""},
        {FILE_OF("a", "transport: {dkim: example.com}\nset-by: x\n"), "set-by"},
        {{STR("data/b.yaml"), STR("id: a\nname: a\nkind: esp\ntransport: {dkim: example.com}\n")},
         "the file is of \"b\""},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf problems = buf_new(arena, 4096);

        assert_null(read(&rows[i].file, 1, &problems));
        assert_true(str_find_str(buf_str(&problems), str_from(rows[i].words)) < problems.n);
    }
    arena_free(arena);
}

static void files_that_contradict_each_other(void **state)
{
    static const struct platform_file twice[] = {FILE_OF("a", "transport: {dkim: example.com}\n"),
                                                 FILE_OF("a", "transport: {dkim: example.net}\n")};
    static const struct platform_file shared[] = {
        FILE_OF("a", "transport: {dkim: example.com, senders: a@example.com}\n"),
        FILE_OF("b", "transport: {dkim: example.com}\n")};
    static const struct platform_file divided[] = {
        FILE_OF("a", "transport: {dkim: example.com, senders: a@example.com}\n"),
        FILE_OF("b", "transport: {dkim: example.com, senders: b@example.com}\n")};
    struct arena *arena = arena_new();
    struct buf problems = buf_new(arena, 4096);
    struct platforms *platforms;

    (void)state;
    assert_null(read(twice, 2, &problems));
    assert_true(str_find_str(buf_str(&problems), S("two platforms")) < problems.n);
    assert_null(read(shared, 2, &problems));
    assert_true(str_find_str(buf_str(&problems), S("`senders` is needed")) < problems.n);
    platforms = read(divided, 2, &problems);
    assert_non_null(platforms);
    platforms_free(platforms);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_suffix_wins),
        cmocka_unit_test(files_that_are_refused),
        cmocka_unit_test(files_that_contradict_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
