/* test_magic.c: what bytes are, and what a name makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arena.h"
#include "mail/magic.h"

static const struct {
    str bytes;
    enum magic wanted;
} contents[] = {
    {STR(""), MAGIC_UNKNOWN},
    {STR("hello"), MAGIC_UNKNOWN},
    {STR("%PDF-1.7\n"), MAGIC_PDF},
    {STR("junk before\n%PDF-1.7\n"), MAGIC_PDF},
    {STR("PK\x03\x04"
         "01234567890123456789012345a.txt"),
     MAGIC_ZIP},
    {STR("PK\x03\x04"
         "01234567890123456789012345[Content_Types].xml"),
     MAGIC_OOXML},
    {STR("PK\x03\x04"
         "01234567890123456789012345META-INF/MANIFEST.MF"),
     MAGIC_JAR},
    {STR("PK\x03\x04"
         "01234567890123456789012345mimetypeapplication/vnd.oasis.opendocument.text"),
     MAGIC_ODF},
    {STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), MAGIC_OLE},
    {STR("{\\rt"), MAGIC_RTF},
    {STR("MZ\x90\0\x03"), MAGIC_EXE},
    {STR("MZ is how this sentence begins, and it has no zero byte within its first 64"), MAGIC_UNKNOWN},
    {STR("BMW and others"), MAGIC_UNKNOWN},
    {STR("BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1"), MAGIC_BMP},
    {STR("ID3 is a tag"), MAGIC_UNKNOWN},
    {STR("\x7f"
         "ELF\x02"),
     MAGIC_ELF},
    {STR("L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F"), MAGIC_LNK},
    {STR("[InternetShortcut]\r\nURL=http://x.example/"), MAGIC_URL},
    {STR("\x78\x9f\x3e\x22\x01"), MAGIC_TNEF},
    {STR("Rar!\x1a\x07\x01\0"), MAGIC_RAR},
    {STR("\x89PNG\r\n\x1a\n"), MAGIC_PNG},
    {STR("\xff\xd8\xff\xe0"), MAGIC_JPEG},
    {STR("GIF89a"), MAGIC_GIF},
    {STR("RIFF\x01\x02\x03\x04WEBPVP8 "), MAGIC_WEBP},
    {STR("\xef\xbb\xbf\r\n <!DOCTYPE html><p>"), MAGIC_HTML},
    {STR("<!-- x --> <!-- y --><HTML>"), MAGIC_HTML},
    {STR("<!-- no end"), MAGIC_UNKNOWN},
    {STR("<html><hta:application id=x>"), MAGIC_HTA},
    {STR("<?xml version=\"1.0\"?><svg>"), MAGIC_SVG},
    {STR("<?xml version=\"1.0\"?><feedback>"), MAGIC_XML},
    {STR("BEGIN:VCALENDAR\r\n"), MAGIC_ICS},
    {STR("From: a@example.com\nSubject: x\n\nhi"), MAGIC_EML},
    {STR("From: the beginning of a letter\n"), MAGIC_UNKNOWN},
    {STR("#!/bin/sh\n"), MAGIC_SHELL},
    {STR("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31"),
     MAGIC_PKCS7},
};

static const struct {
    const char *name;
    enum magic wanted;
} names[] = {
    {"a.pdf", MAGIC_PDF}, {"a.PDF.exe", MAGIC_EXE}, {"a.exe. .", MAGIC_EXE}, {"html", MAGIC_UNKNOWN},
    {"a", MAGIC_UNKNOWN}, {"", MAGIC_UNKNOWN},      {"a.b", MAGIC_UNKNOWN},  {"\xc3\xbc.docm", MAGIC_OOXML},
};

static void test_contents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
        if (magic_of(contents[i].bytes) != contents[i].wanted)
            fail_msg("row %zu: got %s, wanted %s", i, magic_name(magic_of(contents[i].bytes)),
                     magic_name(contents[i].wanted));
}

/* What is told by a place far behind. */
static void test_far(void **state)
{
    struct arena *arena = arena_new();
    char *p = arena_alloc(arena, 40000);

    (void)state;
    assert_int_equal(magic_of((str){p, 40000}), MAGIC_UNKNOWN);
    memcpy(p + 257, "ustar", 5);
    assert_int_equal(magic_of((str){p, 262}), MAGIC_TAR);
    assert_int_equal(magic_of((str){p, 261}), MAGIC_UNKNOWN);
    p[257] = 0;
    memcpy(p + 32769, "CD001", 5);
    assert_int_equal(magic_of((str){p, 40000}), MAGIC_ISO);
    p[32769] = 0;
    memcpy(p + 40000 - 512, "koly", 4);
    assert_int_equal(magic_of((str){p, 40000}), MAGIC_DMG);
    arena_free(arena);
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (magic_of_name(str_from(names[i].name)) != names[i].wanted)
            fail_msg("%s: got %s", names[i].name, magic_name(magic_of_name(str_from(names[i].name))));
    for (enum magic magic = 0; magic < MAGICS; magic++)
        assert_true(magic_name(magic)[0] && magic_words(magic)[0] &&
                    (magic_kind(magic) != MAGIC_KIND_NONE || magic == MAGIC_UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_contents), cmocka_unit_test(test_far),
                                       cmocka_unit_test(test_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
