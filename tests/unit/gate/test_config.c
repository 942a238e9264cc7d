/* test_config.c: the configuration of the gate: its keys, its defaults, and what keys mean together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "auth/crypto.h"
#include "gate/config.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define LISTENER "listeners: {in: {address: \"127.0.0.1:8891\", mta: 127.0.0.1}}\n"
#define SIGNING(keys) LISTENER "signing: {example.com: {keys: [" keys "]}}\n"
enum { NOW = 1795600000 }; /* 2026-11-25 */

static const struct config *read_text(const char *text, struct conf *conf, const char **report)
{
    static const struct config_params params = {STR("mx.example.net"), NOW};
    struct buf buf = buf_new(arena, 1 << 16);
    const struct config *config;

    conf_init(conf, S("f"), arena);
    config = config_read(conf, str_from(text), &params);
    conf_report(&buf, conf);
    *report = arena_c_str(arena, buf_str(&buf));
    return config;
}

/* One problem each, or none. */
static const struct {
    const char *text;
    const char *report; /* a part of it; "": no problem */
} rows[] = {
    {LISTENER, ""},
    {"", "f:1:1: the key \"listeners\" is missing"},
    {"listeners: {}\n", "f:1:12: there is no listener"},
    {"listeners: {in: {address: \"127.0.0.1:8891\"}}\n", "f:1:13: in listens on TCP and names no MTA"},
    {"listeners: {in: {address: /run/x.sock}}\n", ""},
    {"listeners: {in: {address: /run/x.sock, group: postfix}}\n", ""},
    {"listeners: {in: {address: /run/x.sock, mta: 127.0.0.1}}\n", "f:1:45: `mta` is for TCP"},
    {"listeners: {in: {address: 127.0.0.1:25, mta: 127.0.0.1, group: x}}\n",
     "f:1:64: `group` is for a Unix socket"},
    {"listeners: {in: {address: 127.0.0.1:25, mta: 0.0.0.0/0}}\n",
     "f:1:46: this lets nearly everybody connect"},
    {"listeners: {in: {address: 127.0.0.1:25, mta: [127.0.0.1, '::/0']}}\n",
     "f:1:58: this lets nearly everybody connect"},
    {"listeners: {in: {address: 127.0.0.1:25, mta: 127.0.0.1}, b: {address: 127.0.0.1:25, mta: 127.0.0.1}}\n",
     "f:1:71: in has this address already"},
    {"listeners: {in: {address: 127.0.0.1:25, mta: 127.0.0.1}, b: {address: 0.0.0.0:25, mta: 127.0.0.1}}\n",
     "f:1:71: in has this address already"},
    {"listeners: {in: {address: 127.0.0.1:25, mta: 127.0.0.1}, b: {address: \"[::]:25\", mta: 127.0.0.1}}\n",
     "f:1:71: in has this address already"},
    {"listeners: {in: {address: 127.0.0.1:25, mta: 127.0.0.1}, b: {address: 127.0.0.1:26, mta: 127.0.0.1}}\n",
     ""},
    {"listeners: {in: {address: 127.0.0.1:25, mta: 127.0.0.1}, b: {address: 127.0.0.2:25, mta: 127.0.0.1}}\n",
     ""},
    {"listeners: {in: {address: /run/x.sock}, b: {address: /run/x.sock}}\n",
     "f:1:54: in has this address already"},
    {"listeners: {in: {address: /run/x.sock}, b: {address: /run/y.sock}}\n", ""},
    /* whoever is on this machine is not for that reason one of us */
    {"listeners: {out: {address: 127.0.0.1:25, mta: 127.0.0.1, direction: outbound}}\n",
     "f:1:69: warning: out takes all mail from this machine's MTA as outbound"},
    {"listeners: {out: {address: 0.0.0.0:25, mta: [127.0.0.1, '::1'], direction: outbound}}\n",
     ": warning: out takes all"},
    {"listeners: {out: {address: /run/x.sock, direction: outbound}}\n", ": warning: out takes all"},
    {"listeners: {out: {address: 0.0.0.0:25, mta: [127.0.0.1, 192.0.2.1], direction: outbound}}\n", ""},
    {"listeners: {sub: {address: /run/x.sock, direction: submission}}\n", ""},
    {"listeners: {in: {address: /run/x.sock, daemons: {OUT: {direction: outbound}}}}\n", ""},
    {"listeners: {in: {address: /run/x.sock, direction: relay}}\n",
     "f:1:51: the direction relay needs to know your gateways"},
    {"listeners: {in: {address: /run/x.sock, daemons: {R: {direction: relay}}}}\n",
     "needs to know your gateways"},
    {"listeners: {in: {address: /run/x.sock, direction: relay}}\nrelays: {networks: 192.0.2.1}\n", ""},
    {LISTENER "relays: {authserv-id: mx.example.com}\n", "f:2:23: whose results are these?"},
    {LISTENER "dns: {resolver: forwarders}\n", "f:2:17: which forwarders?"},
    {LISTENER "dns: {resolver: file}\n", "f:2:17: which file?"},
    {LISTENER "dns: {file: /etc/answers}\n", "f:2:13: this is not read"},
    {LISTENER "dns: {forwarders: 192.0.2.53}\n", "f:2:19: these are not asked"},
    {LISTENER "dns: {validate: yes}\n", "f:2:17: `resolver: recursive` validates in any case"},
    {LISTENER
     "dns: {resolver: forwarders, validate: yes, forwarders: [192.0.2.53, 192.0.2.53@5353, '2001:db8::1']}\n",
     ""},
    {LISTENER "dns: {resolver: forwarders, forwarders: 192.0.2.53:53}\n",
     "is not an address such as 192.0.2.53 or 192.0.2.53@5353"},
    {LISTENER "exceptions: [{expires: 2027-01-01, owner: o, reason: r}]\n",
     "f:2:14: this would be true of all mail"},
    {LISTENER "exceptions: [{sender: a@example.com, expires: 2026-11-25, owner: o, reason: r}]\n",
     "f:2:47: warning: this exception has expired"},
    {LISTENER "exceptions: [{sender: a@B\xc3\xbc"
              "cher.example, expires: 2026-11-26, owner: o, reason: r}]\n",
     ""},
    {LISTENER "exceptions: [{sender: '@example.com', expires: 2026-11-26, owner: o, reason: r}]\n",
     "is not an address, a domain, or a domain with a dot"},
    {LISTENER "exceptions: [{sender: a@example.com, owner: o, reason: r}]\n",
     "f:2:14: the key \"expires\" is missing"},
    {LISTENER "exceptions: [{sender: .example.com, expires: 2026-11-26, owner: o, reason: r}]\n", ""},
    {LISTENER "policy: {outbound: {unscanned: tag}}\n", "f:2:32: what was not judged is never delivered"},
    {SIGNING("{selector: s, file: /k}"), ""},
    {SIGNING(""), "f:2:31: there is no key to sign with"},
    {SIGNING("{selector: s, file: /k, from: 2026-11-26}"),
     "f:2:31: warning: no key of example.com is in its time today"},
    {SIGNING("{selector: s, file: /k, until: 2026-11-25}"),
     "warning: no key of example.com is in its time today"},
    {SIGNING("{selector: s, file: /k, until: 2026-12-25}, {selector: t, file: /l, from: 2026-12-01}"), ""},
    {SIGNING("{selector: s, file: /k, from: 2026-12-01, until: 2026-12-01}, {selector: t, file: /l}"),
     "f:2:81: this key ends before it begins"},
    {SIGNING("{selector: s, file: /k}, {selector: S, file: /l}"), "f:2:68: the selector s stands here twice"},
    {SIGNING("{selector: s, file: /k}") "arc: {seal: Example.com}\n", ""},
    {SIGNING("{selector: s, file: /k}") "arc: {seal: example.net}\n",
     "f:3:13: there is no key of example.net in `signing`"},
    {LISTENER
     "signing: {example.com: {senders: [.example.com, example.net], keys: [{selector: s, file: /k}]}}\n",
     ""},
    {LISTENER "signing: {example.com: {senders: ['*'], keys: [{selector: s, file: /k}]}}\n",
     "is not a domain name, or one with"},
    {LISTENER "spool: {directory: /var/lib/postern/journal}\n",
     "another part keeps its files in this directory"},
    {LISTENER "journal: {keep-raw: 91d}\n", "f:2:21: messages can't be kept longer than their rows"},
    {LISTENER "journal: {keep-raw: 90d}\n", ""},
    {LISTENER "dns: {timeout: 16s}\n", "f:2:16: timeout: \"16s\" is not a time"},
    {LISTENER "policy: {inbound: {dmarc-reject: hold}}\n",
     "is not one of deliver, tag, banner, quarantine, defer or reject"},
    {LISTENER "dns-lists: {zen: {zone: zen.example, of: client, answers: [127.0.0.2, 127.0.0.4/30]}}\n", ""},
    {LISTENER "dns-lists: {zen: {zone: zen.example, of: link}}\n", "is not one of client or domain"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct conf conf;
        const char *report;
        const struct config *config = read_text(rows[i].text, &conf, &report);

        if (!strstr(report, rows[i].report) || conf.errors + conf.warnings != (rows[i].report[0] != '\0'))
            fail_msg("%sgot: %swanted: %s", rows[i].text, report, rows[i].report);
        assert_int_equal(config != NULL, conf.errors == 0);
    }
}

static void test_defaults(void **state)
{
    struct conf conf;
    const char *report;
    const struct config *config = read_text(LISTENER, &conf, &report);
    static const enum action inside[CLASSES] = {[CLASS_UNSCANNED] = ACTION_QUARANTINE};
    static const enum action outside[CLASSES] = {[CLASS_DMARC_QUARANTINE] = ACTION_QUARANTINE,
                                                 [CLASS_DMARC_REJECT] = ACTION_QUARANTINE,
                                                 [CLASS_PERMERROR] = ACTION_TAG,
                                                 [CLASS_UNSCANNED] = ACTION_QUARANTINE};

    (void)state;
    assert_non_null(config);
    assert_true(str_eq(config->authserv_id, S("mx.example.net")));
    assert_int_equal(config->listeners[0].mode, MODE_OBSERVE);
    assert_int_equal(config->listeners[0].direction, DIRECTION_INBOUND);
    for (enum direction direction = 0; direction < DIRECTIONS; direction++)
        for (enum result_class class = 0; class < CLASSES; class ++)
            assert_int_equal(config->policy[direction][class],
                             direction == DIRECTION_INBOUND || direction == DIRECTION_RELAY ? outside[class]
                                                                                            : inside[class]);
    assert_true(config->journal.keep_raw == 0 && !config->journal.subjects && !config->quarantine.mta_hold);
}

/* The words of policy are those of judge/outcome.h, and each class and direction has its place in the array.
 */
static void test_policy(void **state)
{
    (void)state;
    for (enum direction direction = 0; direction < DIRECTIONS; direction++)
        for (enum result_class class = 0; class < CLASSES; class ++) {
            struct conf conf;
            const char *report, *text = arena_printf(arena, LISTENER "policy: {%s: {%s: reject}}\n",
                                                     direction_names[direction], result_class_names[class])
                                            .p;
            const struct config *config = read_text(text, &conf, &report);
            unsigned rejects = 0;

            if (!config)
                fail_msg("%s", report);
            assert_int_equal(config->policy[direction][class], ACTION_REJECT);
            for (size_t i = 0; i < DIRECTIONS * CLASSES; i++)
                rejects += config->policy[i / CLASSES][i % CLASSES] == ACTION_REJECT;
            assert_int_equal(rejects, 1);
        }
}

static void count_keys(const struct conf_section *section, unsigned *n)
{
    assert_true(section->count <= CONF_KEYS);
    for (size_t i = 0; i < section->count; i++) {
        const struct conf_key *key = &section->keys[i];

        ++*n;
        assert_true(key->help && strlen(key->help) > 8 && key->help[strlen(key->help) - 1] == '.');
        assert_true(key->at < section->size);
        assert_true(key->many || key->type == CONF_MAP || key->type == CONF_LIST
                        ? key->count_at < section->size
                        : key->count_at == 0);
        if (key->section)
            count_keys(key->section, n);
    }
}

/* A key that is neither needed nor has a default may be left out and is then nothing; numbers and words can't
 * be nothing. */
static void test_table(void **state)
{
    unsigned n = 0;

    (void)state;
    count_keys(&config_section, &n);
    assert_true(n > 100);
}

static void write_file(const char *path, str text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void test_machine(void **state)
{
    char folder[] = "/tmp/postern-config-XXXXXX";
    struct private_key *key;
    struct conf conf;
    struct err err;
    struct buf buf = buf_new(arena, 1 << 16);
    const struct config *config;
    const char *report;
    str pem = {0}, text;

    (void)state;
    assert_non_null(mkdtemp(folder));
    key = private_key_new(KEY_ED25519, 0, &err);
    assert_true(key && private_key_pem(key, arena, &pem, &err));
    private_key_free(key);
    write_file(arena_printf(arena, "%s/good.pem", folder).p, pem, 0600);
    write_file(arena_printf(arena, "%s/open.pem", folder).p, pem, 0644);
    write_file(arena_printf(arena, "%s/bad.pem", folder).p, S("no key\n"), 0600);
    text = arena_printf(
        arena,
        LISTENER
        "user: root\n"
        "control: {view: root, operate: root, admin: nobody-has-this}\n"
        "spool: {directory: %s}\njournal: {directory: %s/missing}\nquarantine: {directory: %s/bad.pem}\n"
        "signing:\n example.com:\n  keys:\n"
        "   - {selector: a, file: %s/good.pem}\n   - {selector: b, file: %s/open.pem}\n"
        "   - {selector: c, file: %s/bad.pem}\n   - {selector: d, file: %s/none.pem}\n",
        folder, folder, folder, folder, folder, folder, folder);
    config = read_text(text.p, &conf, &report);
    assert_non_null(config);
    assert_false(config_check_machine(&conf, config));
    conf_report(&buf, &conf);
    report = arena_c_str(arena, buf_str(&buf));
    assert_non_null(strstr(report, "f:3:45: warning: there is no group nobody-has-this"));
    assert_non_null(strstr(report, "f:5:22: warning: the directory "));
    assert_non_null(strstr(report, "f:6:25: /tmp/"));
    assert_non_null(strstr(report, "f:11:26: warning: others than its owner"));
    assert_non_null(strstr(report, "f:12:26: /tmp/"));
    assert_non_null(strstr(report, "f:13:26: there is no key file"));
    assert_int_equal(conf.errors, 3);
    assert_int_equal(conf.warnings, 3);
    assert_int_equal(system(arena_printf(arena, "rm -r %s", folder).p), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),  cmocka_unit_test(test_defaults), cmocka_unit_test(test_policy),
        cmocka_unit_test(test_table), cmocka_unit_test(test_machine),
    };

    return cmocka_run_group_tests_name("config", tests, set_up, tear_down);
}
