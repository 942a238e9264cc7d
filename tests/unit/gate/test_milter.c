/* test_milter.c: scripted sessions with the client of tests/gate, in one process and one loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../gate/milter_client.h"
#include "base/arena.h"
#include "base/limits.h"
#include "gate/milter.h"
#include "gate/raw.h"

/* ---- a milter whose handler keeps what it saw ---- */

static uv_loop_t loop;
static struct milter *milter;
static int spool_directory;
static struct arena *arena;

static struct {
    bool hold; /* don't answer yet */
    struct milter_reply reply;
    unsigned messages, gone;
    struct milter_session *session; /* of the last message */
    str raw, envelope, macros;      /* copies, as text */
    int spool;
    uint32_t actions;
} seen;

static str describe(const struct milter_message *message)
{
    const struct envelope *envelope = &message->envelope;
    str text = arena_printf(arena, "%.*s %.*s:%u helo=%.*s from=%.*s", PS(message->client_name),
                            PS(ip_format(envelope->client, arena)), message->client_port, PS(envelope->helo),
                            PS(envelope->mail_from));

    for (size_t i = 0; i < envelope->recipient_count; i++)
        text = arena_printf(arena, "%.*s to=%.*s", PS(text), PS(envelope->recipients[i]));
    return text;
}

static void on_message(void *context, struct milter_session *session, const struct milter_message *message)
{
    static const char *const names[] = {"j", "daemon_name", "i", "mail_addr", "rcpt_addr", "none"};

    assert_ptr_equal(context, &seen);
    assert_null(*milter_slot(session));
    seen.messages++;
    seen.session = session;
    seen.raw = arena_str(arena, message->raw);
    seen.envelope = describe(message);
    seen.macros = S("");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        seen.macros =
            arena_printf(arena, "%.*s%.*s,", PS(seen.macros), PS(milter_macro(message, str_from(names[i]))));
    seen.spool = message->spool;
    seen.actions = message->actions;
    *milter_slot(session) = &seen;
    if (!seen.hold)
        milter_finish(session, &seen.reply);
}

static void on_gone(void *context, struct milter_session *session)
{
    assert_ptr_equal(context, &seen);
    assert_ptr_equal(session, seen.session);
    assert_ptr_equal(*milter_slot(session), &seen);
    seen.gone++;
}

static struct milter_params params(void)
{
    struct milter_params defaults = milter_default_params();

    defaults.open_spool = raw_spool_in;
    defaults.spool_context = &spool_directory;
    return defaults;
}

static void start(struct milter_params wanted)
{
    static const struct milter_handler handler = {on_message, on_gone};

    memset(&seen, 0, sizeof(seen));
    milter = milter_new(&loop, &wanted, &handler, &seen);
}

static void stop(void)
{
    milter_close(milter);
    uv_run(&loop, UV_RUN_DEFAULT);
    milter_free(milter); /* asserts that all of the budgets came back */
    milter = NULL;
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    assert_int_equal(uv_loop_init(&loop), 0);
    spool_directory = open("/tmp", O_RDONLY | O_DIRECTORY);
    assert_true(spool_directory >= 0);
    start(params());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (milter)
        stop();
    assert_int_equal(uv_loop_close(&loop), 0);
    close(spool_directory);
    arena_free(arena);
    return 0;
}

static void restart(struct milter_params wanted)
{
    stop();
    start(wanted);
}

/* ---- and clients of it ---- */

static void pump(void *context)
{
    (void)context;
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void turn(unsigned n)
{
    while (n-- > 0)
        pump(NULL);
}

static struct milter_client client;

static void dial(void)
{
    int pair[2];
    struct err err;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_true(milter_attach(milter, pair[0], S("inbound"), &err));
    client_begin(&client, pair[1], 4096);
    client.pump = pump;
}

static void hang_up(void)
{
    client_end(&client);
    turn(4);
}

static const str recipients[] = {STR("<r1@example.net>"), STR("<\"r 2\"@example.net>")};

static void open_client(void)
{
    dial();
    assert_true(client_negotiate(&client, 6, 0, 0));
    assert_true(client_connect(&client));
}

static char send_message(str message)
{
    assert_true(client_envelope(&client, S("<sender@example.com>"), recipients, 2));
    assert_true(client_message(&client, message));
    return client_answer(&client);
}

#define assert_str(got, wanted)                                                                              \
    do {                                                                                                     \
        str g_ = (got), w_ = str_from(wanted);                                                               \
        if (!str_eq(g_, w_))                                                                                 \
            fail_msg("got \"%.*s\", wanted \"%.*s\"", PS(g_), PS(w_));                                       \
    } while (0)

static const char odd[] = "From: a@example.com\r\n"
                          "Subject:no space\r\n"
                          "X-Fold:  two\r\n\tfolds\r\n \r\n  here  \r\n"
                          "X-Empty:\r\n"
                          "X-8: gr\303\274\303\237e \377\r\n"
                          "\r\n"
                          "Body\r\n.\r\nbare \n and \r and \0 nul\r\n";
#define ODD ((str){odd, sizeof(odd) - 1})
static const char plain[] = "From: a@example.com\r\n\r\nHello\r\n";
#define PLAIN ((str){plain, sizeof(plain) - 1})

static void test_whole(void **state)
{
    (void)state;
    open_client();
    assert_true(str_find_str(bytes_str(&client.macro_list), S("{auth_authen}")) < client.macro_list.n);
    assert_int_equal(send_message(ODD), 'a');
    assert_true(str_eq(seen.raw, ODD));
    assert_str(seen.envelope, "mail.example.com 192.0.2.1:3073 helo=mail.example.com from=sender@example.com "
                              "to=r1@example.net to=\"r 2\"@example.net");
    assert_str(seen.macros,
               "mx.example.net,mx.example.net,4SVxyy0q1Cz9sPK,sender@example.com,recipient@example.net,,");
    assert_int_equal(seen.spool, -1);
    hang_up();
    assert_int_equal(milter_counts(milter).open, 0);
    assert_int_equal(milter_counts(milter).messages, 1);
    assert_int_equal(milter_counts(milter).broken, 0);
}

/* A body of text that is not the same anywhere. */
static str big_message(size_t size)
{
    char *text = arena_bytes(arena, size);
    size_t n = PLAIN.n;

    memcpy(text, plain, n);
    for (size_t i = 0; n < size; i++, n++)
        text[n] = n % 80 == 78 ? '\r' : n % 80 == 79 ? '\n' : (char)('a' + (i * i + i / 7) % 26);
    return (str){text, size};
}

static void test_many(void **state)
{
    (void)state;
    open_client();
    for (unsigned i = 0; i < 300; i++) {
        str message = i % 100 == 50 ? big_message(2000000 + i)
                      : i % 10 == 5 ? big_message(65535 * 2 + i)
                                    : ODD;

        assert_int_equal(send_message(message), 'a');
        assert_true(str_eq(seen.raw, message));
        assert_int_equal(seen.spool >= 0, message.n > LIMIT_MILTER_IN_MEMORY);
    }
    assert_int_equal(seen.messages, 300);
    assert_int_equal(milter_counts(milter).spool, 0);
    assert_true(milter_counts(milter).memory <= 64 * 1024);
    hang_up();
    assert_int_equal(milter_counts(milter).memory, 0);
}

static void test_versions(void **state)
{
    static const struct {
        uint32_t version, actions, protocol;
        bool ok;
        uint32_t got;
    } rows[] = {
        {6, 0, 0, true, 6},
        {6, 0, 1, true, 6}, /* each packet is answered */
        {2, 0x3f, 0x7f, true, 2},
        {3, 0x3f, 0x1ff, true, 3},
        {4, 0x3f, 0x3ff, true, 4},
        {6, 0x1ff, 0x301fffff, true, 6}, /* Sendmail with larger packets */
        {9, 0xffffffff, 0xffffffff, true, 6},
        {1, 0xf, 0x3f, false, 0},
        {0, 0, 0, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        dial();
        assert_int_equal(client_negotiate(&client, rows[i].version, rows[i].actions, rows[i].protocol),
                         rows[i].ok);
        if (rows[i].ok) {
            assert_int_equal(client.options.version, rows[i].got);
            assert_true(client_connect(&client));
            assert_int_equal(send_message(PLAIN), 'a');
            assert_true(str_eq(seen.raw, PLAIN));
            assert_int_equal(seen.actions, client.options.actions);
        }
        hang_up();
    }
}

/* Without HDR_LEADSPC a value comes without its first space, which is put there again. */
static void test_leading_space(void **state)
{
    (void)state;
    dial();
    assert_true(client_negotiate(&client, 6, 0, 0xfffff));
    assert_true(client_connect(&client));
    assert_int_equal(send_message(S("From: a@example.com\r\nA:b\r\nC:  d\r\n\r\n")), 'a');
    assert_true(str_eq(seen.raw, S("From: a@example.com\r\nA: b\r\nC:  d\r\n\r\n")));
    hang_up();
}

/* ---- a session as a list of packets, cut anywhere ---- */

struct script {
    char code;
    str data;
};
static const struct script script[] = {
    {'O', STR("\0\0\0\6\0\0\1\377\0\37\377\377")},
    {'D', STR("Cj\0mx\0")},
    {'C', STR("x\0004\0\031192.0.2.1\0")},
    {'H', STR("x\0")},
    {'D', STR("Mi\0id\0")},
    {'M', STR("<a@example.com>\0")},
    {'R', STR("<b@example.net>\0")},
    {'T', STR("")},
    {'L', STR("From\0 a@example.com\0")},
    {'N', STR("")},
    {'B', STR("Hello\r\n")},
    {'E', STR("")},
};
enum { SCRIPT = sizeof(script) / sizeof(script[0]), BEFORE_MESSAGE = 5 };

static void play(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        client_send(&client, script[i].code, script[i].data);
    client_flush(&client);
    turn(4);
}

static void test_abort_anywhere(void **state)
{
    (void)state;
    for (size_t end = 1; end < SCRIPT; end++) {
        struct milter_counts before = milter_counts(milter);
        unsigned messages = seen.messages;

        dial();
        play(0, end);
        client_send(&client, 'A', S(""));
        play(1, SCRIPT);
        assert_int_equal(seen.messages, messages + 1);
        assert_true(str_eq(seen.raw, PLAIN));
        assert_str(seen.envelope, "x 192.0.2.1:25 helo=x from=a@example.com to=b@example.net");
        assert_int_equal(milter_counts(milter).aborted - before.aborted, end > BEFORE_MESSAGE);
        assert_int_equal(milter_counts(milter).broken, 0);
        hang_up();
    }
}

/* The connection ends: with QUIT, without a word, or within a packet. */
static void test_lost_anywhere(void **state)
{
    (void)state;
    for (size_t end = 0; end < SCRIPT; end++) {
        for (int how = 0; how < 3; how++) {
            uint64_t aborted = milter_counts(milter).aborted;

            dial();
            play(0, end);
            if (how == 1)
                client_send(&client, 'Q', S(""));
            if (how == 2)
                bytes_add(&client.out, S("\0\0\0\5Bca"));
            client_flush(&client);
            hang_up();
            assert_int_equal(milter_counts(milter).aborted - aborted, end > BEFORE_MESSAGE);
            assert_int_equal(milter_counts(milter).open, 0);
        }
    }
    assert_int_equal(milter_counts(milter).broken, 0);
    assert_int_equal(seen.messages, 0);
    assert_int_equal(seen.gone, 0);
}

static void test_gone(void **state)
{
    static const struct {
        char code; /* 0: the connection is lost */
        bool goes_on;
        unsigned broken;
    } rows[] = {{'A', true, 0}, {'K', true, 0},  {'Q', false, 0},
                {0, false, 0},  {'M', false, 1}, {'E', false, 2}};

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        seen.hold = true;
        dial();
        play(0, SCRIPT);
        assert_int_equal(milter_counts(milter).waiting, 1);
        assert_int_equal(seen.gone, i);
        if (rows[i].code) {
            client_send(&client, rows[i].code, S(""));
            client_flush(&client);
            turn(4);
        } else {
            shutdown(client.fd, SHUT_RDWR);
        }
        turn(4);
        assert_int_equal(seen.gone, i + 1);
        assert_int_equal(milter_counts(milter).waiting, 0);
        assert_int_equal(milter_counts(milter).open, rows[i].goes_on);
        assert_int_equal(milter_counts(milter).broken, rows[i].broken);
        if (rows[i].goes_on) {
            seen.hold = false;
            play(2, SCRIPT);
            assert_int_equal(client_answer(&client), 'O');
            assert_int_equal(client_answer(&client), 'a');
        }
        hang_up();
    }
    seen.hold = true; /* the milter itself goes while a message waits */
    dial();
    play(0, SCRIPT);
    stop();
    assert_int_equal(seen.gone, sizeof(rows) / sizeof(rows[0]) + 1);
    client_end(&client);
}

static void test_nonsense(void **state)
{
    static const struct {
        size_t after; /* packets of the script */
        str bytes;
    } rows[] = {
        {0, STR("GET / HTTP/1.0\r\n\r\n")},
        {0, STR("EHLO mail.example.com\r\n")},
        {0, STR("\0\0\0\0")},
        {0, STR("\0\0\0\5O\0\0\0\6")},
        {0, STR("\0\0\0\1A")},
        {0, STR("\0\0\0\1E")},
        {1, STR("\377\377\377\377B")},
        {1, STR("\0\0\0\1?")},
        {1, STR("\0\0\0\1E")},
        {1, STR("\0\0\0\1C")},
        {1, STR("\0\0\0\2Cx")},
        {1, STR("\0\0\0\1M")},
        {1, STR("\0\0\0\1D")},
        {1, STR("\0\0\0\3Rx\0")},
        {1, STR("\0\0\0\15O\0\0\0\6\0\0\0\0\0\0\0\0")},
        {6, STR("\0\0\0\1R")},
        {6, STR("\0\0\0\12Cx\0U\0\0\0\0\0\0")},
        {6, STR("\0\0\0\1L")},
        {6, STR("\0\0\0\7La\0b\0c\0")},
        {9, STR("\0\0\0\3Rx\0")},
        {9, STR("\0\0\0\1T")},
        {10, STR("\0\0\0\5La\0b\0")},
        {10, STR("\0\0\0\1N")},
        {11, STR("\0\0\0\3Rx\0")},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        dial();
        play(0, rows[i].after);
        bytes_add(&client.out, rows[i].bytes);
        client_flush(&client);
        turn(4);
        if (milter_counts(milter).broken != i + 1 || milter_counts(milter).open != 0)
            fail_msg("row %u is taken for sense", i);
        hang_up();
    }
    assert_int_equal(seen.messages, 0);
}

static void test_split(void **state)
{
    struct bytes all = {0};

    (void)state;
    for (size_t i = 0; i < SCRIPT; i++)
        milter_write(&all, script[i].code, script[i].data);
    for (size_t size = 1; size < 40; size++) {
        dial();
        for (str rest = bytes_str(&all); rest.n > 0; rest = str_skip(rest, size)) {
            bytes_add(&client.out, str_sub(rest, 0, size));
            client_flush(&client);
            turn(1);
        }
        turn(4);
        assert_int_equal(seen.messages, size);
        assert_true(str_eq(seen.raw, PLAIN));
        hang_up();
    }
    bytes_free(&all);
}

/* QUIT_NC: the next client of the MTA is another one, and nothing of the first is left. */
static void test_quit_new(void **state)
{
    (void)state;
    open_client();
    assert_int_equal(send_message(PLAIN), 'a');
    client_send(&client, 'K', S(""));
    assert_int_equal(client_step(&client, 'C', S("y\0006\0\0IPv6:2001:db8::1\0")), 'c');
    client_send(&client, 'M', S("<>\0SIZE=1\0BODY=8BITMIME\0"));
    client_send(&client, 'N', S(""));
    client_send(&client, 'E', S(""));
    assert_int_equal(client_answer(&client), 'a');
    assert_str(seen.envelope, "y 2001:db8::1:0 helo= from=");
    assert_str(seen.macros, ",,,,,,");
    assert_true(str_eq(seen.raw, S("\r\n")));
    hang_up();
}

/* ---- what a milter answers ---- */

static void test_edits(void **state)
{
    static const struct milter_edit edits[] = {
        {MILTER_EDIT_DELETE_HEADER, 2, STR("Authentication-Results"), STR("ignored")},
        {MILTER_EDIT_CHANGE_HEADER, 1, STR("Subject"), STR(" [!] a\r\n b")},
        {MILTER_EDIT_INSERT_HEADER, 0, STR("X-A"), STR("tight")},
        {MILTER_EDIT_ADD_HEADER, 0, STR("X-B"), STR(" b")},
        {MILTER_EDIT_DELETE_RECIPIENT, .value = STR("\"r 2\"@example.net")},
        {MILTER_EDIT_ADD_RECIPIENT, .value = STR("c@example.net")},
        {MILTER_EDIT_ADD_RECIPIENT, .value = STR("d@example.net"), .arguments = STR("NOTIFY=NEVER")},
        {MILTER_EDIT_CHANGE_FROM, .value = STR("e@example.net")},
        {MILTER_EDIT_REPLACE_BODY, .value = STR("new\r\n")},
        {MILTER_EDIT_QUARANTINE, .value = STR("why")},
    };
    static const str wanted = STR("\0\0\0\35m\0\0\0\2Authentication-Results\0\0"
                                  "\0\0\0\27m\0\0\0\1Subject\0 [!] a\n b\0"
                                  "\0\0\0\17i\0\0\0\0X-A\0tight\0"
                                  "\0\0\0\10hX-B\0 b\0"
                                  "\0\0\0\25-<\"r 2\"@example.net>\0"
                                  "\0\0\0\21+<c@example.net>\0"
                                  "\0\0\0\0362<d@example.net>\0NOTIFY=NEVER\0"
                                  "\0\0\0\21e<e@example.net>\0"
                                  "\0\0\0\6bnew\r\n"
                                  "\0\0\0\5qwhy\0");

    (void)state;
    seen.reply = (struct milter_reply){.edits = edits, .edit_count = sizeof(edits) / sizeof(edits[0])};
    open_client();
    assert_int_equal(send_message(PLAIN), 'a');
    assert_true(str_eq(bytes_str(&client.edits), wanted));
    assert_int_equal(send_message(PLAIN), 'a');
    assert_true(str_eq(bytes_str(&client.edits), wanted));
    hang_up();
}

static void test_replies(void **state)
{
    static const struct milter_edit edit = {MILTER_EDIT_ADD_HEADER, .name = STR("X"), .value = STR(" y")};
    static const struct {
        struct milter_reply reply;
        char code;
        const char *text;
    } rows[] = {
        {{MILTER_ACCEPT}, 'a', ""},
        {{MILTER_DISCARD, .edits = &edit, .edit_count = 1}, 'd', ""},
        {{MILTER_TEMPFAIL}, 't', ""},
        {{MILTER_REJECT}, 'r', ""},
        {{MILTER_REJECT, STR("550"), STR("5.7.1"), STR("100% no")}, 'y', "550 5.7.1 100%% no"},
        {{MILTER_TEMPFAIL, STR("451"), STR("4.7.1"), STR("later")}, 'y', "451 4.7.1 later"},
    };

    (void)state;
    open_client();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        seen.reply = rows[i].reply;
        assert_int_equal(send_message(PLAIN), rows[i].code);
        assert_int_equal(client.edits.n, 0);
        assert_str(str_sub(bytes_str(&client.answer), 0, strlen(rows[i].text)), rows[i].text);
    }
    hang_up();
}

/* All edits or none: an MTA that takes headers only, and a field that no packet can hold. */
static void test_not_granted(void **state)
{
    static char big[70000];
    static const struct milter_edit edits[] = {
        {MILTER_EDIT_ADD_HEADER, .name = STR("X"), .value = STR(" y")},
        {MILTER_EDIT_DELETE_RECIPIENT, .value = STR("r1@example.net")},
        {MILTER_EDIT_ADD_HEADER, .name = STR("X"), .value = {big, sizeof(big)}},
    };

    (void)state;
    memset(big, 'x', sizeof(big));
    for (unsigned i = 1; i <= 2; i++) {
        dial();
        assert_true(client_negotiate(&client, 6, MILTER_ADD_HEADERS, 0));
        assert_true(client_connect(&client));
        seen.reply = (struct milter_reply){.edits = edits, .edit_count = 1};
        assert_int_equal(send_message(PLAIN), 'a');
        seen.reply = (struct milter_reply){.edits = i == 1 ? edits : edits + 1, .edit_count = 2};
        assert_int_equal(send_message(PLAIN), 'y');
        assert_int_equal(client.edits.n, 0);
        assert_true(str_starts(bytes_str(&client.answer), S("451 4.3.0 ")));
        assert_int_equal(milter_counts(milter).not_granted, i);
        hang_up();
    }
}

static void test_progress(void **state)
{
    struct milter_params quick = params();

    (void)state;
    quick.progress = 20;
    restart(quick);
    seen.hold = true;
    open_client();
    client_envelope(&client, S("<sender@example.com>"), recipients, 2);
    client_message(&client, PLAIN);
    for (uint64_t end = uv_hrtime() + 150000000; uv_hrtime() < end;)
        uv_run(&loop, UV_RUN_ONCE);
    milter_finish(seen.session, &seen.reply);
    assert_int_equal(client_answer(&client), 'a');
    assert_in_range(client.progress, 2, 8);
    hang_up();
}

static void test_idle(void **state)
{
    struct milter_params quick = params();

    (void)state;
    quick.progress = 40; /* how often it is looked at, times four */
    quick.idle = 50;
    restart(quick);
    dial();
    play(0, 7);
    seen.hold = true;
    for (uint64_t end = uv_hrtime() + 5000000000; uv_hrtime() < end && milter_counts(milter).open > 0;)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(milter_counts(milter).open, 0);
    assert_int_equal(milter_counts(milter).idle, 1);
    assert_int_equal(milter_counts(milter).aborted, 1);
    client_end(&client);
}

/* ---- budgets ---- */

static int no_spool(void *context, struct err *err)
{
    (void)context;
    err_set(err, "no space");
    return -1;
}

static int full_spool(void *context, struct err *err)
{
    (void)context, (void)err;
    return open("/dev/full", O_RDWR | O_CLOEXEC);
}

static void refused(struct milter_params wanted, size_t size, const char *text)
{
    restart(wanted);
    open_client();
    assert_int_equal(send_message(big_message(size)), 'y');
    assert_str(str_sub(bytes_str(&client.answer), 0, 9), text);
    assert_int_equal(seen.messages, 0);
    assert_int_equal(milter_counts(milter).spool, 0);
    assert_int_equal(send_message(PLAIN), 'a'); /* the session goes on */
    assert_true(str_eq(seen.raw, PLAIN));
    hang_up();
}

static void test_budgets(void **state)
{
    struct milter_params wanted = params();

    (void)state;
    wanted.memory_max = 100000;
    refused(wanted, 500000, "452 4.3.1");
    assert_int_equal(milter_counts(milter).no_memory, 1);
    wanted = params();
    wanted.spool_max = 1500000;
    refused(wanted, 3000000, "452 4.3.1");
    assert_int_equal(milter_counts(milter).no_spool, 1);
    wanted = params();
    wanted.message_max = 3000000;
    refused(wanted, 3000001, "552 5.3.4");
    assert_int_equal(milter_counts(milter).too_big, 1);
    wanted = params();
    wanted.open_spool = no_spool;
    refused(wanted, 3000000, "452 4.3.1");
    assert_int_equal(milter_counts(milter).spool_failed, 1);
    assert_string_equal(milter_spool_error(milter), "no space");
    wanted.open_spool = full_spool;
    refused(wanted, 3000000, "452 4.3.1");
    assert_string_equal(milter_spool_error(milter), "writing a spool file: No space left on device");
    wanted.open_spool = NULL;
    refused(wanted, 3000000, "452 4.3.1");
}

/* One session has what there is; another one is refused, and has it when the first is through. */
static void test_shared_budget(void **state)
{
    struct milter_params wanted = params();
    struct milter_client first;

    (void)state;
    wanted.memory_max = 700000;
    restart(wanted);
    seen.hold = true;
    open_client();
    client_envelope(&client, S("<sender@example.com>"), recipients, 1);
    client_message(&client, big_message(400000));
    turn(20);
    assert_int_equal(seen.messages, 1);
    assert_true(milter_counts(milter).memory >= 400000);
    first = client;
    open_client();
    assert_int_equal(send_message(big_message(400000)), 'y');
    assert_int_equal(milter_counts(milter).no_memory, 1);
    milter_finish(seen.session, &seen.reply);
    seen.hold = false;
    assert_int_equal(send_message(big_message(400000)), 'a');
    hang_up();
    client = first;
    hang_up();
    assert_int_equal(milter_counts(milter).memory, 0);
}

static void test_recipients(void **state)
{
    struct bytes many = {0};

    (void)state;
    open_client();
    for (unsigned extra = 0; extra <= 1; extra++) {
        client_send(&client, 'M', S("<a@example.com>\0"));
        for (unsigned i = 0; i < LIMIT_MILTER_RECIPIENTS + extra; i++)
            client_send(&client, 'R', S("<b@example.net>\0"));
        client_send(&client, 'E', S(""));
        assert_int_equal(client_answer(&client), extra ? 'y' : 'a');
        assert_int_equal(seen.messages, 1);
    }
    assert_true(str_starts(bytes_str(&client.answer), S("452 4.5.3 ")));
    hang_up();
    bytes_free(&many);
}

/* An MTA that sends and never reads: it is not read either, and costs no memory. */
static void test_no_reader(void **state)
{
    size_t sent = 0;

    (void)state;
    dial();
    assert_true(client_negotiate(&client, 2, 0x3f, 1));
    for (unsigned stuck = 0; stuck < 50;) {
        ssize_t n = send(client.fd, "\0\0\0\3Hx\0", 7, MSG_DONTWAIT | MSG_NOSIGNAL);

        stuck = n == 7 ? 0 : stuck + 1;
        sent += n == 7;
        if (n != 7)
            turn(1);
        assert_true(sent < 10000000);
    }
    assert_true(milter_counts(milter).memory < 256 * 1024);
    for (size_t i = 0; i < sent; i++)
        if (client_answer(&client) != 'c')
            fail_msg("answer %zu of %zu is missing", i, sent);
    assert_int_equal(client_step(&client, 'H', S("x\0")), 'c');
    hang_up();
}

/* ---- listening ---- */

static int listen_on_loopback(struct sockaddr_in *address)
{
    socklen_t size = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(bind(fd, (struct sockaddr *)address, size), 0);
    assert_int_equal(listen(fd, 10), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
    return fd;
}

static void call(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
    client_begin(&client, fd, 65536);
    client.pump = pump;
    turn(4);
}

static void test_listen(void **state)
{
    static const struct network loopback = {{4, {127, 0, 0, 1}}, 32}, other = {{4, {192, 0, 2, 0}}, 24};
    struct milter_params one = params();
    struct milter_client first;
    struct sockaddr_in open_address, closed_address;
    struct err err;

    (void)state;
    one.sessions_max = 1;
    restart(one);
    assert_true(milter_listen(milter, listen_on_loopback(&open_address), S("in"), &loopback, 1, &err));
    assert_true(milter_listen(milter, listen_on_loopback(&closed_address), S("out"), &other, 1, &err));
    call(&closed_address);
    assert_false(client_negotiate(&client, 6, 0, 0));
    assert_int_equal(milter_counts(milter).forbidden, 1);
    hang_up();
    call(&open_address);
    assert_true(client_negotiate(&client, 6, 0, 0));
    assert_true(client_connect(&client));
    assert_int_equal(send_message(ODD), 'a');
    assert_true(str_eq(seen.raw, ODD));
    first = client;
    call(&open_address); /* waits in the kernel */
    assert_int_equal(milter_counts(milter).open, 1);
    client_end(&first);
    assert_true(client_negotiate(&client, 6, 0, 0));
    assert_int_equal(milter_counts(milter).sessions, 2);
    milter_stop(milter);
    turn(4);
    assert_true(client_connect(&client)); /* goes on */
    assert_int_equal(send_message(PLAIN), 'a');
    first = client;
    assert_int_equal(connect(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&open_address,
                             sizeof(open_address)),
                     -1);
    client_end(&first);
    uv_run(&loop, UV_RUN_DEFAULT); /* ends by itself */
    assert_int_equal(milter_counts(milter).open, 0);
}

#define t(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        t(test_whole),          t(test_many),          t(test_versions),  t(test_leading_space),
        t(test_abort_anywhere), t(test_lost_anywhere), t(test_gone),      t(test_nonsense),
        t(test_split),          t(test_quit_new),      t(test_edits),     t(test_replies),
        t(test_not_granted),    t(test_progress),      t(test_idle),      t(test_budgets),
        t(test_shared_budget),  t(test_recipients),    t(test_no_reader), t(test_listen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
