/* test_lines.c: the fast look at bytes against a slow one, at every length and place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mail/lines.h"

static struct lines slowly(str s)
{
    struct lines lines = {0};

    for (size_t i = 0; i < s.n; i++) {
        bool cr_before = i && s.p[i - 1] == '\r', lf_behind = i + 1 < s.n && s.p[i + 1] == '\n';

        lines.nul |= s.p[i] == 0;
        lines.high |= (s.p[i] & 0x80) != 0;
        lines.crlf |= s.p[i] == '\r' && lf_behind;
        lines.bare_cr |= s.p[i] == '\r' && !lf_behind;
        lines.bare_lf |= s.p[i] == '\n' && !cr_before;
    }
    return lines;
}

static void same(str s)
{
    struct lines got = lines_look(s), wanted = slowly(s);

    if (memcmp(&got, &wanted, sizeof(got)) != 0)
        fail_msg("%zu bytes: nul %d high %d crlf %d cr %d lf %d", s.n, got.nul, got.high, got.crlf,
                 got.bare_cr, got.bare_lf);
}

static void test_everywhere(void **state)
{
    static const str odd[] = {STR("\0"), STR("\xff"), STR("\r\n"), STR("\r"),
                              STR("\n"), STR("\n\r"), STR("a")};
    char text[70];

    (void)state;
    for (size_t n = 0; n <= sizeof(text); n++)
        for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++)
            for (size_t at = 0; at + odd[k].n <= n; at++) {
                memset(text, 'x', sizeof(text));
                memcpy(text + at, odd[k].p, odd[k].n);
                same((str){text, n});
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_everywhere)};

    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
