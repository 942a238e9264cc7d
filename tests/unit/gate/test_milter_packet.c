/* test_milter_packet.c: milter packets as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/limits.h"
#include "gate/milter_packet.h"

static struct bytes out;

static int tear_down(void **state)
{
    (void)state;
    bytes_free(&out);
    return 0;
}

#define assert_str(got, wanted)                                                                              \
    do {                                                                                                     \
        str g_ = (got), w_ = (wanted);                                                                       \
        if (!str_eq(g_, w_))                                                                                 \
            fail_msg("got %zu bytes \"%.*s\", wanted \"%.*s\"", g_.n, PS(g_), PS(w_));                       \
    } while (0)

/* What one call wrote; the next starts afresh. */
static str written(void)
{
    static char copy[4096];
    str bytes = bytes_str(&out);

    assert_true(bytes.n <= sizeof(copy));
    memcpy(copy, bytes.p, bytes.n);
    out.n = 0;
    return (str){copy, bytes.n};
}

static void test_read_split(void **state)
{
    static const char stream[] = "\0\0\0\1A"
                                 "\0\0\0\4Mab\0"
                                 "\0\0\0\2BB";
    static const char codes[] = {'A', 'M', 'B'};

    (void)state;
    for (size_t step = 1; step < sizeof(stream); step++) {
        struct milter_reader reader = {0};
        struct milter_packet packet;
        size_t n = 0;

        for (str rest = {stream, sizeof(stream) - 1}; rest.n > 0; rest = str_skip(rest, step)) {
            str part = str_sub(rest, 0, step);

            while (milter_read(&reader, &part, &packet)) {
                assert_int_equal(packet.code, codes[n]);
                assert_int_equal(packet.data.n, n == 0 ? 0 : n == 1 ? 3 : 1);
                n++;
            }
        }
        assert_int_equal(n, 3);
        assert_false(reader.broken);
        milter_reader_free(&reader);
    }
}

/* An announced length takes no memory; one over the limit, or none, breaks. */
static void test_read_lengths(void **state)
{
    static const struct {
        str bytes;
        bool broken;
        size_t room;
    } rows[] = {
        {STR("\0\0\0\0"), true, 0},      {STR("\377\377\377\377O"), true, 0}, {STR("\0\20\0\1A"), true, 0},
        {STR("\0\20\0\0A"), false, 256}, {STR("\0\20\0"), false, 256},        {STR(""), false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct milter_reader reader = {0};
        struct milter_packet packet;
        str input = rows[i].bytes;

        assert_false(milter_read(&reader, &input, &packet));
        assert_int_equal(reader.broken, rows[i].broken);
        assert_int_equal(reader.pending.room, rows[i].room);
        milter_reader_free(&reader);
    }
}

static void test_connection(void **state)
{
    static const struct {
        str data;
        bool ok;
        const char *name, *address;
        char family;
        unsigned port;
    } rows[] = {
        {STR("mail.example.com\0004\0\031192.0.2.1\0"), true, "mail.example.com", "192.0.2.1", '4', 25},
        {STR("x\0006\1\0002001:db8::1\0"), true, "x", "2001:db8::1", '6', 256},
        {STR("x\0006\0\0IPv6:2001:db8::1\0"), true, "x", "2001:db8::1", '6', 0},
        {STR("localhost\0L\0\0/run/x\0"), true, "localhost", "/run/x", 'L', 0},
        {STR("x\0U"), true, "x", "", 'U', 0},
        {STR("x\0"), false, "", "", 0, 0},
        {STR("x\0004\0"), false, "", "", 0, 0},
        {STR("x\0004\0\0"), false, "", "", 0, 0},
        {STR(""), false, "", "", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct milter_connection connection;

        assert_int_equal(milter_read_connection(rows[i].data, &connection), rows[i].ok);
        if (!rows[i].ok)
            continue;
        assert_str(connection.name, str_from(rows[i].name));
        assert_str(connection.address, str_from(rows[i].address));
        assert_int_equal(connection.family, rows[i].family);
        assert_int_equal(connection.port, rows[i].port);
    }
}

static void test_texts(void **state)
{
    str name, value, text, rest = S("<a@b.example>\0SIZE=5\0\0last");

    (void)state;
    assert_true(milter_next_text(&rest, &text));
    assert_str(text, S("<a@b.example>"));
    assert_true(milter_next_text(&rest, &text));
    assert_str(text, S("SIZE=5"));
    assert_true(milter_next_text(&rest, &text));
    assert_str(text, S(""));
    assert_true(milter_next_text(&rest, &text));
    assert_str(text, S("last"));
    assert_false(milter_next_text(&rest, &text));
    assert_true(milter_read_header(S("Subject\0 a\n b\0"), &name, &value));
    assert_str(name, S("Subject"));
    assert_str(value, S(" a\n b"));
    assert_true(milter_read_header(S("Subject\0"), &name, &value));
    assert_str(value, S(""));
    assert_false(milter_read_header(S("Subject\0a\0b"), &name, &value));
    assert_false(milter_read_header(S(""), &name, &value));
}

static void test_options(void **state)
{
    struct milter_options options = {6, MILTER_ADD_HEADERS, MILTER_LEADING_SPACE}, got;

    (void)state;
    milter_write_options(&out, &options);
    assert_str(written(), S("\0\0\0\15O\0\0\0\6\0\0\0\1\0\20\0\0"));
    options.actions |= MILTER_SET_MACROS;
    milter_write_options(&out, &options);
    assert_true(str_find_str(bytes_str(&out), S("\0\0\0\2i {auth_type} {auth_authen}")) < out.n);
    assert_true(milter_read_options(str_skip(bytes_str(&out), 5), &got));
    assert_int_equal(got.actions, 0x101);
    assert_false(milter_read_options(S("\0\0\0\6\0\0\0\1\0\20\0"), &got));
    out.n = 0;
}

static void test_edits(void **state)
{
    struct milter_field spaced = {S("X-A"), S(" a\r\n b\r\n\tc"), true}, plain = {S("X-A"), S(" a"), false};
    struct milter_field removed = {S("X-A"), S(""), true};

    (void)state;
    assert_true(milter_write_insert_header(&out, 1, &spaced));
    assert_str(written(), S("\0\0\0\22i\0\0\0\1X-A\0 a\n b\n\tc\0"));
    assert_true(milter_write_add_header(&out, &plain));
    assert_str(written(), S("\0\0\0\7hX-A\0a\0"));
    assert_true(milter_write_change_header(&out, 258, &removed));
    assert_str(written(), S("\0\0\0\12m\0\0\1\2X-A\0\0"));
    assert_true(milter_write_delete_recipient(&out, S("a@b.example")));
    assert_str(written(), S("\0\0\0\17-<a@b.example>\0"));
    assert_true(milter_write_add_recipient(&out, S("a"), S("")));
    assert_str(written(), S("\0\0\0\5+<a>\0"));
    assert_true(milter_write_add_recipient(&out, S("a"), S("NOTIFY=NEVER")));
    assert_str(written(), S("\0\0\0\0222<a>\0NOTIFY=NEVER\0"));
    assert_true(milter_write_change_from(&out, S(""), S("")));
    assert_str(written(), S("\0\0\0\4e<>\0"));
    assert_true(milter_write_quarantine(&out, S("wh\0y")));
    assert_str(written(), S("\0\0\0\5qwhy\0"));
}

static void test_too_long(void **state)
{
    static char big[LIMIT_MILTER_RESPONSE];
    struct milter_field field = {S("X"), {big, sizeof(big)}, true};

    (void)state;
    memset(big, 'x', sizeof(big));
    milter_write(&out, 'p', S(""));
    assert_false(milter_write_add_header(&out, &field));
    assert_false(milter_write_delete_recipient(&out, field.value));
    assert_false(milter_write_quarantine(&out, field.value));
    assert_str(written(), S("\0\0\0\1p"));
    field.value.n -= 4; /* the code, "X", two NULs */
    assert_true(milter_write_add_header(&out, &field));
    assert_int_equal(out.n, 4 + LIMIT_MILTER_RESPONSE);
    out.n = 0;
}

static void test_body(void **state)
{
    static char big[200000];
    struct milter_reader reader = {0};
    struct milter_packet packet;
    struct bytes joined = {0};
    str rest;

    (void)state;
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i % 251);
    milter_write_body(&out, (str){big, sizeof(big)});
    for (rest = bytes_str(&out); milter_read(&reader, &rest, &packet);) {
        assert_int_equal(packet.code, 'b');
        assert_true(packet.data.n < LIMIT_MILTER_RESPONSE);
        bytes_add(&joined, packet.data);
    }
    assert_true(str_eq(bytes_str(&joined), ((str){big, sizeof(big)})));
    bytes_free(&joined);
    milter_reader_free(&reader);
    out.n = 0;
    milter_write_body(&out, S(""));
    assert_str(written(), S("\0\0\0\1b"));
}

static void test_reply(void **state)
{
    static char words[1000];
    str reply;

    (void)state;
    milter_write_reply(&out, S("550"), S("5.7.1"), S("100% \r\n\303\274 sure"));
    assert_str(written(), S("\0\0\0\033y550 5.7.1 100%% ???? sure\0"));
    memset(words, 'w', sizeof(words));
    milter_write_reply(&out, S("451"), S("4.3.0"), (str){words, sizeof(words)});
    reply = written();
    assert_int_equal(reply.n, 5 + 10 + LIMIT_MILTER_REPLY + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_split), cmocka_unit_test(test_read_lengths),
        cmocka_unit_test(test_connection), cmocka_unit_test(test_texts),
        cmocka_unit_test(test_options),    cmocka_unit_test(test_edits),
        cmocka_unit_test(test_too_long),   cmocka_unit_test(test_body),
        cmocka_unit_test(test_reply),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
