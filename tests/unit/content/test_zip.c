/* test_zip.c: what the directory of a zip archive tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "content/zip.h"

static void add_number(struct buf *buf, unsigned bytes, size_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_add_char(buf, (char)(value >> 8 * i));
}

struct entry {
    const char *name;
    unsigned flags;
};

/* An archive of empty files. `shift`: bytes before it that its offsets don't count. */
static str archive(const struct entry *entries, size_t n, size_t shift, bool directory, struct arena *arena)
{
    struct buf buf = buf_new(arena, 1 << 20);
    size_t start, size;

    for (size_t i = 0; i < shift; i++)
        buf_add_char(&buf, '#');
    for (size_t i = 0; i < n; i++) {
        buf_add(&buf, S("PK\x03\x04\x14\0"));
        add_number(&buf, 2, entries[i].flags);
        add_number(&buf, 18, 0);
        add_number(&buf, 2, strlen(entries[i].name));
        add_number(&buf, 2, 0);
        buf_add(&buf, str_from(entries[i].name));
    }
    if (!directory)
        return buf_str(&buf);
    start = buf.n - shift;
    for (size_t i = 0; i < n; i++) {
        buf_add(&buf, S("PK\x01\x02\x14\0\x14\0"));
        add_number(&buf, 2, entries[i].flags);
        add_number(&buf, 18, 0);
        add_number(&buf, 2, strlen(entries[i].name));
        add_number(&buf, 16, 0);
        buf_add(&buf, str_from(entries[i].name));
    }
    size = buf.n - shift - start;
    buf_add(&buf, S("PK\x05\x06\0\0\0\0"));
    add_number(&buf, 2, n);
    add_number(&buf, 2, n);
    add_number(&buf, 4, size);
    add_number(&buf, 4, start);
    add_number(&buf, 2, 7);
    buf_add(&buf, S("comment"));
    return buf_str(&buf);
}

static void check(str bytes, unsigned entries, bool encrypted, bool broken, const char *first,
                  const char *runnable)
{
    struct zip_facts facts;

    zip_read(&facts, bytes);
    assert_int_equal(facts.entries, entries);
    assert_int_equal(facts.encrypted, encrypted);
    assert_int_equal(facts.broken, broken);
    if (!str_eq(facts.first, str_from(first)) || !str_eq(facts.runnable, str_from(runnable)))
        fail_msg("%.*s %.*s", PS(facts.first), PS(facts.runnable));
}

static void test_archives(void **state)
{
    static const struct entry plain[] = {{"folder/", 0}, {"folder/letter.txt", 0}, {"b.pdf", 0}};
    static const struct entry locked[] = {{"a.docx", 0}, {"invoice.pdf.js", 1}, {"setup.exe", 1}};
    struct arena *arena = arena_new();

    (void)state;
    check(archive(plain, 3, 0, true, arena), 3, false, false, "folder/letter.txt", "");
    check(archive(locked, 3, 0, true, arena), 3, true, false, "a.docx", "invoice.pdf.js");
    check(archive(locked, 3, 1000, true, arena), 3, true, false, "a.docx", "invoice.pdf.js");
    check(archive(plain, 3, 0, false, arena), 1, false, true, "", "");
    check(archive(locked + 2, 1, 0, false, arena), 1, true, true, "setup.exe", "setup.exe");
    check(archive(plain, 0, 0, true, arena), 0, false, true, "", "");
    arena_free(arena);
}

/* Cut at each byte, and with wrong lengths: nothing is read beyond the end. */
static void test_broken(void **state)
{
    static const struct entry entries[] = {{"a.txt", 0}, {"b.exe", 1}};
    struct arena *arena = arena_new();
    str bytes = archive(entries, 2, 0, true, arena);
    struct zip_facts facts;

    (void)state;
    for (size_t n = 0; n < bytes.n; n++) {
        zip_read(&facts, arena_str(arena, str_sub(bytes, 0, n)));
        assert_true(facts.entries <= 2);
        zip_read(&facts, arena_str(arena, str_skip(bytes, n)));
        assert_true(facts.entries <= 2);
    }
    for (size_t i = 0; i < bytes.n; i++) {
        char *wrong = (char *)arena_str(arena, bytes).p;

        wrong[i] = '\xff';
        zip_read(&facts, (str){wrong, bytes.n});
        assert_true(facts.entries <= 2);
    }
    arena_free(arena);
}

static void test_many(void **state)
{
    struct arena *arena = arena_new();
    struct entry *entries = arena_array_of(arena, 5000, struct entry);
    struct zip_facts facts;

    (void)state;
    for (size_t i = 0; i < 5000; i++)
        entries[i] = (struct entry){"x", 0};
    zip_read(&facts, archive(entries, 5000, 0, true, arena));
    assert_int_equal(facts.entries, LIMIT_CONTENT_ENTRIES);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_archives), cmocka_unit_test(test_broken),
                                       cmocka_unit_test(test_many)};

    return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
