/* test_conf.c: configuration files: values, places of errors, what of YAML is refused, and what is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/near.h"
#include "conf_sample.h"

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

static str read_text(str text, struct conf *conf, struct sample *sample)
{
    struct buf report = buf_new(arena, 1 << 16);
    bool good;

    conf_init(conf, S("f"), arena);
    memset(sample, 0, sizeof(*sample));
    good = conf_read(conf, &sample_section, text, sample);
    assert_int_equal(good, conf->errors == 0);
    conf_report(&report, conf);
    return buf_str(&report);
}

/* All of the report, or, for "~...", what stands somewhere in it. */
static const struct {
    const char *text;
    const char *report;
} wrong[] = {
    {"wrokers: 3\n", "f:1:1: there is no key \"wrokers\"; did you mean \"workers\"?\n"},
    {"zzz: 3\n",
     "f:1:1: there is no key \"zzz\"; there are workers, store, colour, colours, networks, tag, note, "
     "domains\n"},
    {"store:\n  sise: 3\n", "f:2:3: there is no key \"sise\"; did you mean \"size\"?\n"},
    {"workers: 0\n", "f:1:10: workers: \"0\" is not a number of processes, from 1 to 256\n"},
    {"workers: 257\n", "~f:1:10: workers: \"257\" is not"},
    {"workers: -1\n", "~f:1:10: workers: \"-1\" is not"},
    {"workers: four\n", "~f:1:10: workers: \"four\" is not"},
    {"workers: 99999999999999999999999999\n", "~f:1:10: workers: "},
    {"workers:\n",
     "~f:1:9: workers: a number of processes, from 1 to 256 is wanted here, and nothing is there"},
    {"workers: [1, 2]\n",
     "~f:1:10: workers: a number of processes, from 1 to 256 is wanted here, and a list is there"},
    {"workers: {a: 1}\n", "~, and keys are there"},
    {"store: 3\n", "f:1:8: keys are wanted here, and a word is there\n"},
    {"- a\n- b\n", "f:1:1: keys are wanted here, and a list is there\n"},
    {"store: {size: 10Q}\n", "~f:1:15: size: \"10Q\" is not a size such as 64K, 10M or 2G, from 1K to 1T"},
    {"store: {size: 10m}\n", "~\"10m\" is not a size"},
    {"store: {size: M}\n", "~\"M\" is not a size"},
    {"store: {size: 1023}\n", "~\"1023\" is not a size"},
    {"store: {size: 2T}\n", "~\"2T\" is not a size"},
    {"store: {size: 9999999999999999T}\n", "~is not a size"},
    {"store: {keep: 30}\n", "~f:1:15: keep: \"30\" is not a time such as 30s, 5m, 12h or 7d, from 0 to 365d"},
    {"store: {keep: 366d}\n", "~\"366d\" is not a time"},
    {"store: {keep: 1h30m}\n", "~\"1h30m\" is not a time"},
    {"store: {sockets: [127.0.0.1]}\n", "~f:1:19: sockets: \"127.0.0.1\" is not an address such as"},
    {"store: {sockets: localhost:25}\n", "~\"localhost:25\" is not an address"},
    {"store: {sockets: 127.0.0.1:0}\n", "~\"127.0.0.1:0\" is not an address"},
    {"store: {sockets: 127.0.0.1:65536}\n", "~is not an address"},
    {"store: {sockets: '2001:db8::1:25'}\n", "~is not an address"},
    {"store: {sockets: /}\n", "~\"/\" is not an address"},
    {"store: {sockets: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaa}\n",
     "~is not an address"},
    {"colour: blue\n", "f:1:9: colour: \"blue\" is not one of red, green or light-blue\n"},
    {"colour: Red\n", "~\"Red\" is not one of"},
    {"networks: 192.0.2.1/24\n", "~f:1:11: networks: \"192.0.2.1/24\" is not a network such as"},
    {"networks: 192.0.2.0/33\n", "~is not a network"},
    {"networks: {a: b}\n", "~f:1:11: networks: a list, each a network"},
    {"networks:\n  - 192.0.2.0/24\n  - nowhere\n  - [a]\n", "~f:3:5: networks: \"nowhere\" is not a network"},
    {"tag: \"a\\nb\"\n", "f:1:6: tag: \"a\\nb\" is not a text of visible characters\n"},
    {"tag: \"a\\u202eb\"\n", "~f:1:6: tag: \"a\\u{202e}b\" is not a text"},
    {"note: ''\n", "~note: \"\" is not a text"},
    {"domains: {Bad.example: {keys: []}}\n", "f:1:11: domains: \"Bad.example\" is not a domain name\n"},
    {"domains: {a.example: {keys: []}, A.example: {keys: []}}\n",
     "f:1:34: \"a.example\" is here a second time; it stands in line 1 already\n"},
    {"domains:\n  a.example:\n    strict: maybe\n",
     "f:2:3: the key \"keys\" is missing: a list of sections\nf:3:13: strict: \"maybe\" is not yes or no\n"},
    {"domains: {a.example: {keys: {}}}\n", "~keys: a list of sections is wanted here, and keys are there"},
    {"domains: [a.example]\n",
     "~sections, each below its name: a domain name is wanted here, and a list is there"},
    {"domains: {a.example: {keys: [{file: a.pem}]}}\n",
     "f:1:30: the key \"selector\" is missing: a text of visible characters\n"
     "f:1:37: file: \"a.pem\" is not an absolute path\n"},
    {"domains: {a.example: {keys: [{selector: s, from: 2023-02-29}]}}\n",
     "~\"2023-02-29\" is not a date such as"},
    {"domains: {a.example: {keys: [{selector: s, from: 1999-01-01}]}}\n", "~is not a date"},
    {"domains: {a.example: {keys: [{selector: s, from: 2023-00-10}]}}\n", "~is not a date"},
    /* what of YAML is refused */
    {"tag: &x a\nnote: b\n", "f:1:6: anchors (&name) are refused; write the value where it is used\n"},
    {"tag: &x a\nnote: *x\n", "~f:2:7: aliases (*name) are refused; write the value itself"},
    {"networks: &x [nowhere]\n", "f:1:11: anchors (&name) are refused; write the value where it is used\n"},
    {"tag: !!str a\n", "~f:1:6: tags (!name) are refused"},
    {"tag: ! a\n", "~f:1:6: tags (!name) are refused"},
    {"store: !x {size: 1M}\n", "~f:1:8: tags (!name) are refused"},
    {"<<: {tag: a}\n", "f:1:1: merge keys (<<) are refused; write the keys themselves\n"},
    {"%YAML 1.1\n---\ntag: a\n", "f:1:1: directives (%YAML, %TAG) are refused; remove the line\n"},
    {"%TAG ! tag:example.com,2000:\n---\ntag: a\n", "~directives (%YAML, %TAG) are refused"},
    {"tag: a\n---\ntag: b\n", "f:2:1: a second document begins here; a file is one document\n"},
    {"tag: a\nnote: b\ntag: c\n", "f:3:1: \"tag\" is here a second time; it stands in line 1 already\n"},
    {"[a]: b\n", "f:1:1: a key must be a word\n"},
    {"? {a: b}\n: c\n", "f:1:3: a key must be a word\n"},
    {"~: b\n", "f:1:1: a key must be a word\n"},
    {"{{{{{{{{{{{{{{{{{{{{{{a: b\n", "f:1:17: this is nested too deep\n"},
    {"a: [[[[[[[[[[[[[[[[[[[[[[b\n", "f:1:19: this is nested too deep\n"},
    /* what is no YAML */
    {"store:\n\tsize: 1M\n", "f:2:1: a tab can't indent a line; use spaces\n"},
    {"tag: a\n note: b\n", "~f:2:6: this is no YAML: mapping values are not allowed"},
    {"tag: 'a\n",
     "~: this is no YAML: found unexpected end of stream while scanning a quoted scalar that begins in line 1"},
    {"tag: &x a\nnote: [a\n",
     "f:1:6: anchors (&name) are refused; write the value where it is used\n"
     "f:3:1: this is no YAML: did not find expected ',' or ']' while parsing a flow sequence that "
     "begins in line 2\n"},
    {"tag: \xff\n", "f:1:6: a byte that is no text (invalid leading UTF-8 octet)\n"},
    {"tag: a\nnote: \x01\n", "f:2:7: a byte that is no text (control characters are not allowed)\n"},
};

static void test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct sample sample;
        struct conf conf;
        str got = read_text(str_from(wrong[i].text), &conf, &sample);
        str wanted = str_from(wrong[i].report);

        if (wanted.p[0] == '~' ? str_find_str(got, str_skip(wanted, 1)) == got.n : !str_eq(got, wanted))
            fail_msg("%s: got:\n%.*swanted:\n%s", wrong[i].text, PS(got), wanted.p);
        assert_true(conf.errors > 0);
    }
}

static const char defaults[] = "workers: 4\n"
                               "store:\n"
                               "  size: 10M\n"
                               "  keep: 7d\n"
                               "  sockets: []\n"
                               "colour: green\n"
                               "colours: []\n"
                               "networks:\n"
                               "  - 127.0.0.0/8\n"
                               "  - \"::1\"\n"
                               "tag: \"[TAG]\"\n"
                               "domains: {}\n";

static const char everything[] = "workers: 256\n"
                                 "store:\n"
                                 "  size: 1G\n"
                                 "  keep: 90m\n"
                                 "  sockets:\n"
                                 "    - 127.0.0.1:25\n"
                                 "    - \"[2001:db8::1]:8891\"\n"
                                 "    - /run/x y.sock\n"
                                 "colour: light-blue\n"
                                 "colours:\n"
                                 "  - red\n"
                                 "networks: []\n"
                                 "tag: \"\"\n"
                                 "note: \"a: b # \\\"c\\\"\"\n"
                                 "domains:\n"
                                 "  example.com:\n"
                                 "    strict: yes\n"
                                 "    keys:\n"
                                 "      - selector: s1\n"
                                 "        file: /etc/s1.pem\n"
                                 "        from: 2028-02-29\n"
                                 "      - selector: null-and-more\n"
                                 "  example.net:\n"
                                 "    strict: no\n"
                                 "    keys: []\n";

/* What is read, and as what it is shown; NULL: as the same. */
static const struct {
    const char *text;
    const char *shown;
} right[] = {
    {"", defaults},
    {"---\n...\n", defaults},
    {"\xef\xbb\xbfworkers: 4\n", defaults},
    {"# a comment alone\n", defaults},
    {"store:\ndomains:\n", defaults},
    {"store: {keep: 168h, size: 10240K}\nworkers: 04\nnetworks: ['127.0.0.0/8', '::1']\n", defaults},
    {"store: {keep: 604800s, size: 10485760}\r\nworkers: \"4\"\r\n", defaults},
    {defaults, defaults},
};

static void test_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        struct buf shown = buf_new(arena, 1 << 16);
        struct sample sample;
        struct conf conf;
        str report = read_text(str_from(right[i].text), &conf, &sample);

        if (report.n)
            fail_msg("%s: %.*s", right[i].text, PS(report));
        conf_show(&shown, &sample_section, &sample, false);
        assert_string_equal(arena_c_str(arena, buf_str(&shown)), right[i].shown);
    }
}

/* What is not the default is enough to say the same. */
static void test_changed(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } changed[] = {
        {"", ""},
        {defaults, ""},
        {"store: {keep: 168h, size: 11M}\nnetworks: ['127.0.0.0/8']\ntag: ''\n",
         "store:\n  size: 11M\nnetworks:\n  - 127.0.0.0/8\ntag: \"\"\n"},
        {"networks: []\n", "networks: []\n"},
        {"networks: ['127.0.0.0/8', '::1', '::2']\ndomains: {a.example: {keys: []}}\n",
         "networks:\n  - 127.0.0.0/8\n  - \"::1\"\n  - \"::2\"\ndomains:\n  a.example:\n    keys: []\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
        struct buf shown = buf_new(arena, 1 << 16);
        struct sample sample;
        struct conf conf;

        assert_int_equal(read_text(str_from(changed[i].text), &conf, &sample).n, 0);
        conf_show(&shown, &sample_section, &sample, true);
        assert_string_equal(arena_c_str(arena, buf_str(&shown)), changed[i].shown);
    }
}

static void test_values(void **state)
{
    struct buf shown = buf_new(arena, 1 << 16);
    struct sample s;
    struct conf conf;
    str text = str_from(everything);
    size_t space = str_find_str(text, S("x y.sock"));
    str quoted = arena_printf(arena, "%.*s\"/run/x y.sock\"%.*s", (int)(space - 5), text.p,
                              PS(str_skip(text, space + 8)));

    (void)state;
    assert_int_equal(read_text(text, &conf, &s).n, 0);
    assert_int_equal(s.workers, 256);
    assert_true(s.store.size == 1 << 30 && s.store.keep == 5400 && s.store.socket_count == 3);
    assert_int_equal(s.store.sockets[0].port, 25);
    assert_int_equal(s.store.sockets[1].ip.family, 6);
    assert_string_equal(s.store.sockets[2].path.p, "/run/x y.sock");
    assert_true(s.colour == LIGHT_BLUE && s.colour_count == 1 && s.colours[0] == RED && s.network_count == 0);
    assert_true(str_eq(s.note, S("a: b # \"c\"")) && s.tag.n == 0);
    assert_int_equal(s.domain_count, 2);
    assert_true(str_eq(s.domains[0].name, S("example.com")) && s.domains[0].strict &&
                s.domains[0].key_count == 2);
    assert_true(s.domains[0].keys[0].from == 1835395200);
    assert_string_equal(s.domains[0].keys[0].file.p, "/etc/s1.pem");
    conf_show(&shown, &sample_section, &s, false);
    assert_string_equal(arena_c_str(arena, buf_str(&shown)), quoted.p);
}

/* All that is wrong is told, in the order of the file, and a problem of the whole is at the end of the text.
 */
static void test_all_problems(void **state)
{
    struct sample sample;
    struct conf conf;
    str text = S("tag: a\n");

    (void)state;
    assert_true(str_eq(read_text(S("colours: [red, blue]\nworkers: x\nstore:\n  keep: 1\n"), &conf, &sample),
                       S("f:1:16: colours: \"blue\" is not one of red, green or light-blue\n"
                         "f:2:10: workers: \"x\" is not a number of processes, from 1 to 256\n"
                         "f:4:9: keep: \"1\" is not a time such as 30s, 5m, 12h or 7d, from 0 to 365d\n")));
    for (unsigned i = 0; i < LIMIT_CONF_PROBLEMS + 7; i++)
        text = arena_printf(arena, "%.*sunknown-%u: 1\n", PS(text), i);
    text = read_text(text, &conf, &sample);
    assert_int_equal(conf.errors, LIMIT_CONF_PROBLEMS + 7);
    assert_true(str_ends(text, S("\n7 more problems are not shown\n")));
}

static void test_places(void **state)
{
    struct sample s;
    struct conf conf;
    struct buf report = buf_new(arena, 4096);

    (void)state;
    read_text(
        S("networks:\n  - 192.0.2.1\n  - 192.0.2.2\ndomains:\n  a.example:\n    keys:\n      - selector: x\n"),
        &conf, &s);
    conf_error(&conf, &s.networks[1], "second");
    conf_error(&conf, &s.networks, "list");
    conf_warning(&conf, &s.domains[0], "domain");
    conf_error(&conf, &s.domains[0].keys[0], "key");
    conf_error(&conf, &s.domains[0].keys[0].file, "file");
    conf_error(&conf, &s.domains[0].keys[0].selector, "selector");
    conf_error(&conf, &s.workers, "workers");
    conf_report(&report, &conf);
    assert_string_equal(arena_c_str(arena, buf_str(&report)), "f:1:1: workers\n"
                                                              "f:2:3: list\n"
                                                              "f:3:5: second\n"
                                                              "f:5:3: warning: domain\n"

                                                              "f:7:9: file\n"
                                                              "f:7:19: key\n"
                                                              "f:7:19: selector\n");
}

static void test_limits(void **state)
{
    struct sample sample;
    struct conf conf;
    char *large = arena_bytes(arena, LIMIT_CONF_BYTES + 1);
    str report;

    (void)state;
    memset(large, '#', LIMIT_CONF_BYTES + 1);
    assert_int_equal(read_text((str){large, LIMIT_CONF_BYTES}, &conf, &sample).n, 0);
    assert_true(str_eq(read_text((str){large, LIMIT_CONF_BYTES + 1}, &conf, &sample),
                       S("f: the file is longer than 1048576 bytes\n")));
    for (size_t i = 0; i + 1 < LIMIT_CONF_BYTES; i += 2)
        memcpy(large + i, "a,", 2);
    memcpy(large, "colours: [", 10);
    report = read_text((str){large, LIMIT_CONF_BYTES}, &conf, &sample);
    assert_true(str_starts(report, S("f:1:2")) && str_ends(report, S(": the file has too many entries\n")));
}

static void test_explain(void **state)
{
    static const struct {
        const char *path;
        bool good;
        const char *words; /* a part of it */
    } rows[] = {
        {"workers", true,
         "workers\n    is a number of processes, from 1 to 256\n    default: 4\n    How many work.\n"},
        {"store.size", true,
         "store.size\n    is a size such as 64K, 10M or 2G, from 1K to 1T\n    default: 10M\n"},
        {"networks", true, "is a list; each is a network such as"},
        {"domains", true, "domains.NAME.strict\n"},
        {"domains.strict", true, "domains.NAME.strict\n    is yes or no\n    default: no\n"},
        {"domains.example.com.keys.from", true, "domains.NAME.keys.from\n    is a date"},
        {"", true, "store.sockets\n"},
        {"stor.size", false, "there is no key \"stor\"; did you mean \"store\"?"},
        {"store.siz", false, "there is no key \"store.siz\"; did you mean \"store.size\"?"},
        {"workers.x", false, "there is no key \"workers\""},
        {"xxxxxxx", false, "there is no key \"xxxxxxx\"; there are workers, store"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf buf = buf_new(arena, 1 << 16);
        struct err err = {""};
        bool good = conf_explain(&buf, &sample_section, str_from(rows[i].path), &err);
        str words = good ? buf_str(&buf) : str_from(err.words);

        assert_int_equal(good, rows[i].good);
        if (str_find_str(words, str_from(rows[i].words)) == words.n)
            fail_msg("%s: %.*s", rows[i].path, PS(words));
    }
}

static void test_manual(void **state)
{
    struct buf buf = buf_new(arena, 1 << 16);

    (void)state;
    conf_manual(&buf, &sample_section);
    assert_true(str_starts(buf_str(&buf),
                           S(".TP\n.B workers\nHow many work.\n.br\nIs a number of processes, from 1 to "
                             "256; default: 4.\n.TP\n.B store\n")));
    assert_true(str_find_str(buf_str(&buf), S(".B domains.NAME.keys.selector\n")) < buf.n);
    assert_true(str_find_str(buf_str(&buf), S("one of red, green or light\\-blue; default: green.\n")) <
                buf.n);
}

static void test_near(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned distance;
    } rows[] = {
        {"keep", "keep", 0},
        {"keep", "kep", 1},
        {"keep", "kepe", 1},
        {"keep", "", NEAR_FAR},
        {"", "", 0},
        {"", "a", 1},
        {"sealer", "sealers", 1},
        {"directroy", "directory", 1},
        {"dirctroy", "directory", 2},
        {"keep", "sign", NEAR_FAR},
        {"forwardrs", "forwaders", 2},
        {"trusted-sealer", "trusted_seal", 3},
        {"abcdefghi", "abcxyzghi", 3},
        {"abcdefgh", "abcxyzgh", NEAR_FAR},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned distance = near_distance(str_from(rows[i].a), str_from(rows[i].b));

        if (distance != rows[i].distance ||
            near_distance(str_from(rows[i].b), str_from(rows[i].a)) != distance)
            fail_msg("%s, %s: %u", rows[i].a, rows[i].b, distance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong),   cmocka_unit_test(test_right),        cmocka_unit_test(test_values),
        cmocka_unit_test(test_changed), cmocka_unit_test(test_all_problems), cmocka_unit_test(test_places),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_explain),      cmocka_unit_test(test_manual),
        cmocka_unit_test(test_near),
    };

    return cmocka_run_group_tests_name("conf", tests, set_up, tear_down);
}
