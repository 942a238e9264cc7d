/* test_command.c: the command line: its tables, the parser, help and the manual's option lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "programs/command.h"

enum { WORDS = 8 };

struct fixture {
    struct arena *arena;
    struct settings settings;
    enum command_id command;
    struct err err;
};

static enum request parse(struct fixture *fixture, const char *const words[WORDS])
{
    char program[] = "postern", *arguments[WORDS + 1] = {program};
    int count = 1;

    for (; count <= WORDS && words[count - 1]; count++)
        arguments[count] = arena_c_str(fixture->arena, str_from(words[count - 1]));
    fixture->settings = (struct settings){.arena = fixture->arena};
    fixture->err.words[0] = '\0';
    return command_parse(count, arguments, &fixture->settings, &fixture->command, &fixture->err);
}

static const struct {
    const char *words[WORDS];
    enum request request;
    const char *complaint; /* a part of it */
} rows[] = {
    {{"check"}, REQUEST_RUN, ""},
    {{"check", "-", "a", "b"}, REQUEST_RUN, ""},
    {{"check", "--json", "--jobs=4", "--jobs-x"},
     REQUEST_MISUSE,
     "there is no option --jobs-x; did you mean --jobs?"},
    {{"check", "--jason"}, REQUEST_MISUSE, "did you mean --json?"},
    {{"check", "--wildly-different"}, REQUEST_MISUSE, "there is no option --wildly-different"},
    {{"check", "--jobs", "0"}, REQUEST_MISUSE, "--jobs: \"0\" is no number from 1 to 256"},
    {{"check", "--jobs", "4", "--jobs", "5"}, REQUEST_MISUSE, "--jobs is given twice"},
    {{"check", "--jobs"}, REQUEST_MISUSE, "--jobs wants a value: --jobs N"},
    {{"check", "--json=yes"}, REQUEST_MISUSE, "--json takes no value"},
    {{"check", "-j"}, REQUEST_MISUSE, "options begin with --"},
    {{"check", "--", "--json"}, REQUEST_RUN, ""},
    {{"check", "--ip", "192.0.2.256"}, REQUEST_MISUSE, "is no IPv4 or IPv6 address"},
    {{"check", "--ip=2001:db8::1", "--mail-from="}, REQUEST_RUN, ""},
    {{"check", "--mail-from", "nobody"}, REQUEST_MISUSE, "is no address"},
    {{"check", "--time", "2022-04-05T12:00:00Z"}, REQUEST_RUN, ""},
    {{"check", "--time", "yesterday"}, REQUEST_MISUSE, "is no time such as"},
    {{"check", "--dns", "192.0.2.53@5353", "--dns", "2001:db8::53"}, REQUEST_RUN, ""},
    {{"check", "--dns", "192.0.2.53@0"}, REQUEST_MISUSE, "is no address such as"},
    {{"check", "--dns", "root", "--dns", "192.0.2.53"}, REQUEST_MISUSE, "stand alone"},
    {{"check", "--relay", "192.0.2.0/33"}, REQUEST_MISUSE, "is no network such as"},
    {{"check", "--relay", "192.0.2.0/24", "--relay", "2001:db8::/32"}, REQUEST_RUN, ""},
    {{"check", "--trusted-sealer", "exa mple..com"}, REQUEST_MISUSE, "is no domain name"},
    {{"check", "--answers", ""}, REQUEST_MISUSE, "the file name is empty"},
    {{"check", "--domain", "example.com"}, REQUEST_MISUSE, "there is no option --domain"},
    {{"check", "--help"}, REQUEST_HELP, ""},
    {{"check", "a", "-h"}, REQUEST_HELP, ""},
    {{"spf"}, REQUEST_RUN, ""},
    {{"arc", "seal"}, REQUEST_MISUSE, "--domain DOMAIN is needed"},
    {{"spf", "--ip", "192.0.2.1", "file"}, REQUEST_MISUSE, "\"file\" is one argument too many"},
    {{"dkim"}, REQUEST_MISUSE, "dkim: say what to do"},
    {{"dkim", "--help"}, REQUEST_HELP, ""},
    {{"dkim", "forge"}, REQUEST_MISUSE, "there is no command \"dkim forge\""},
    {{"dkim", "sign"}, REQUEST_MISUSE, "--domain DOMAIN is needed"},
    {{"dkim", "sign", "--domain=example.com", "--selector=s", "--key=k", "--fields=from::to"},
     REQUEST_MISUSE,
     "write field names"},
    {{"dkim", "sign", "--domain=example.com", "--selector=s", "--key=k", "--canonicalization=relaxed"},
     REQUEST_MISUSE,
     "say simple or relaxed"},
    {{"dkim", "keygen", "--domain=example.com", "--selector=s", "--key=k", "--type=dsa"},
     REQUEST_MISUSE,
     "the type is rsa or ed25519"},
    {{"dkim", "keygen", "--domain=example.com", "--selector=s", "--key=k", "--bits=1024"},
     REQUEST_MISUSE,
     "is no number from 2048 to 4096"},
    {{"dmarc"}, REQUEST_MISUSE, "DOMAIN is missing"},
    {{"dmarc", "example.com"}, REQUEST_RUN, ""},
    {{"dns", "a.example", "TXT", "more"}, REQUEST_MISUSE, "too many"},
    {{"judge"}, REQUEST_MISUSE, "there is no command \"judge\""},
    {{"--version"}, REQUEST_VERSION, ""},
    {{"--help"}, REQUEST_HELP, ""},
    {{NULL}, REQUEST_MISUSE, "say what to do"},
};

static void test_parse(void **state)
{
    struct fixture fixture = {.arena = arena_new()};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum request request = parse(&fixture, rows[i].words);

        if (request != rows[i].request || !strstr(fixture.err.words, rows[i].complaint))
            print_error("row %zu: request %d, \"%s\"\n", i, (int)request, fixture.err.words);
        assert_int_equal(request, rows[i].request);
        assert_non_null(strstr(fixture.err.words, rows[i].complaint));
    }
    arena_free(fixture.arena);
}

static void test_values(void **state)
{
    struct fixture fixture = {.arena = arena_new()};
    const struct settings *settings = &fixture.settings;

    (void)state;
    parse(&fixture, (const char *[WORDS]){"check", "--mail-from", "<>", "--relay=192.0.2.0/24", "--relay",
                                          "2001:db8::1", "x"});
    assert_true(settings->envelope.has_mail_from);
    assert_int_equal(settings->envelope.mail_from.n, 0);
    assert_int_equal(settings->relays.network_count, 2);
    assert_int_equal(settings->relays.networks[0].bits, 24);
    assert_int_equal(settings->relays.networks[1].bits, 128);
    assert_int_equal(settings->file_count, 1);
    parse(&fixture, (const char *[WORDS]){"check", "--time", "1649160000", "--trusted-sealer",
                                          "B\xc3\xbc"
                                          "cher.example",
                                          "--", "--json", "-"});
    assert_true(settings->has_time);
    assert_int_equal(settings->time, 1649160000);
    assert_true(str_eq(settings->trusted_sealers[0], S("xn--bcher-kva.example")));
    assert_int_equal(settings->file_count, 2);
    assert_false(settings->json);
    parse(&fixture, (const char *[WORDS]){"dkim", "sign", "--domain=a.example", "--selector=s", "--key=k",
                                          "--fields=from : to", "--canonicalization=simple/relaxed"});
    assert_int_equal(settings->field_count, 2);
    assert_true(str_eq(settings->fields[1], S("to")));
    assert_int_equal(settings->canon_header, CANON_SIMPLE);
    assert_int_equal(settings->canon_body, CANON_RELAXED);
    arena_free(fixture.arena);
}

/* How many rows of the table give the command an option of that name: other commands may have another one. */
static unsigned rows_of(const char *name, enum command_id command)
{
    unsigned n = 0;

    for (size_t i = 0; i < option_count; i++)
        n += strcmp(options[i].name, name) == 0 && options[i].commands >> command & 1;
    return n;
}

/* Each option stands in the help and in the manual of each command that has it, and nowhere else. */
static void test_tables(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (enum command_id command = 0; command < COMMANDS; command++) {
        struct buf help = buf_new(arena, 1 << 16), manual = buf_new(arena, 1 << 16);

        command_help(&help, command);
        command_manual_options(&manual, command);
        assert_int_equal(command_find(str_from(commands[command].name)), command);
        for (size_t i = 0; i < option_count; i++) {
            unsigned has = rows_of(options[i].name, command);
            str line = arena_printf(arena, "  --%s%s", options[i].name, options[i].argument ? " " : "");
            const char *found = strstr(arena_c_str(arena, buf_str(&help)), arena_c_str(arena, line));

            assert_true(has <= 1);
            assert_true((has == 1) == (found != NULL));
            assert_true(strlen(options[i].help) > 10);
            assert_true((options[i].needed & ~options[i].commands) == 0);
        }
        assert_false(help.full || manual.full);
    }
    assert_true(option_count <= 128);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
