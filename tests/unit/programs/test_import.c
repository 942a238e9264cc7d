/* test_import.c: configurations of OpenDKIM and OpenDMARC as they are found, and what they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "import_files.h"

enum { NOTES = 8 };

#define INBOUND "listeners:\n  inbound:\n    address: 127.0.0.1:8891\n    mta:\n      - 127.0.0.1\n"
#define ORIGINATING "    daemons:\n      ORIGINATING:\n        direction: submission\n"
#define SIGNS(domain, selector, file)                                                                        \
    "  " domain ":\n    keys:\n      - selector: " selector "\n        file: " file "\n"
#define SIGNS_FOR(domain, senders, selector, file)                                                           \
    "  " domain ":\n    senders:\n" senders "    keys:\n      - selector: " selector "\n        file: " file \
    "\n"

static const struct {
    import_function *import;
    const char *files;
    const char *yaml;
    const char *notes[NOTES]; /* a part of each, in any order; there are no others */
} rows[] = {
    {import_opendkim, "", INBOUND, {NULL}},
    {import_opendkim, "# nothing\n\n   \t\n", INBOUND, {NULL}},
    /* one key, as the tutorials have it */
    {import_opendkim,
     "Domain\t\texample.com # ours\nselector   mail\nKeyFile\t/etc/dkimkeys/mail.private\r\nSocket inet:8891@localhost\n"
     "Syslog yes\nUMask 002\n",
     INBOUND ORIGINATING "signing:\n" SIGNS("example.com", "mail", "/etc/dkimkeys/mail.private"),
     {"mail is signed that comes by the daemon ORIGINATING",
      "these settings mean nothing to Postern: Syslog, UMask"}},
    {import_opendkim,
     "Domain example.com, example.net\nSelector 2020\nKeyFile /k\nSubDomains Yes\nMode s\nSocket local:/run/x/y.sock\n",
     "listeners:\n  inbound:\n    address: /run/x/y.sock\n    direction: submission\nsigning:\n" SIGNS_FOR(
         "example.com", "      - \".example.com\"\n      - example.com\n", "2020", "/k")
         SIGNS_FOR("example.net", "      - \".example.net\"\n      - example.net\n", "2020", "/k"),
     {"/main:6: Socket: set listeners.inbound.group"}},
    {import_opendkim,
     "Domain /domains\nSelector s\nKeyFile /k\n@@ /domains\nB\xc3\xbc"
     "cher.example\n# no\nbad..example\n",
     INBOUND ORIGINATING "signing:\n" SIGNS("xn--bcher-kva.example", "s", "/k"),
     {"ORIGINATING", "/domains:3: bad..example: is no domain name"}},
    {import_opendkim,
     "Domain example.com\nSelector s\n",
     INBOUND,
     {"/main:1: Domain: signing needs Domain, Selector and KeyFile together"}},
    {import_opendkim,
     "Domain example.com\nSelector s\nKeyFile mail.private\n",
     INBOUND,
     {"/main:1: example.com: names no key by an absolute path"}},
    /* tables, as files and with patterns */
    {import_opendkim,
     "KeyTable /kt\nSigningTable refile:/st\nInternalHosts refile:/th\nExternalIgnoreList refile:/th\nMTA ORIGINATING,MSA\n"
     "@@ /kt\ns1._domainkey.example.com example.com:s1:/etc/k/s1.private\n"
     "s1._domainkey.example.net\texample.net:s1:/etc/k/net.private\n"
     "@@ /st\n*@example.com s1._domainkey.example.com\n*@*.example.com s1._domainkey.example.com\n"
     "*@example.net s1._domainkey.example.net\n"
     "@@ /th\n127.0.0.1\nlocalhost\n192.0.2.0/24\n*.example.com\n",
     INBOUND
     "    daemons:\n      MSA:\n        direction: submission\n      ORIGINATING:\n        direction: submission\n"
     "signing:\n" SIGNS_FOR("example.com", "      - \".example.com\"\n      - example.com\n", "s1",
                            "/etc/k/s1.private") SIGNS("example.net", "s1", "/etc/k/net.private"),
     {"/main:4: ExternalIgnoreList: 127.0.0.1, localhost, 192.0.2.0/24, *.example.com: whose mail is signed",
      "/main:3: InternalHosts: 127.0.0.1, localhost"}},
    {import_opendkim,
     "KeyTable file:/kt\nSigningTable file:/st\nMTA x\n@@ /kt\nk example.com:s:/k\n"
     "@@ /st\nexample.com k\n.example.com k\n*@example.net k\nada@example.com k\n",
     INBOUND "    daemons:\n      x:\n        direction: submission\nsigning:\n" SIGNS_FOR(
         "example.com", "      - \".example.com\"\n      - example.com\n", "s", "/k"),
     {"/st:3: *@example.net: matched nothing in OpenDKIM: a pattern needs \"refile:\"",
      "/st:4: ada@example.com: Postern signs by domain, not by user"}},
    {import_opendkim,
     "KeyTable csl:k=example.com:s:/k\nSigningTable *=k\nMTA x\n",
     INBOUND
     "    daemons:\n      x:\n        direction: submission\nsigning:\n" SIGNS("example.com", "s", "/k"),
     {"k signs mail of every sender; here it is that of example.com alone"}},
    /* "%", and a domain that signs for others */
    {import_opendkim,
     "MTA x\nKeyTable /kt\nSigningTable refile:/st\n@@ /kt\nany %:mail:/etc/k/%/mail\nours example.net:s:/k\n"
     "@@ /st\n*@example.com any\n*@.example.org any\n*@customer.example ours\n* any\n",
     INBOUND "    daemons:\n      x:\n        direction: submission\nsigning:\n" SIGNS(
         "example.com", "mail", "/etc/k/example.com/mail")
         SIGNS_FOR("example.net", "      - customer.example\n", "s", "/k"),
     {"/kt:1: any: % is another domain for each sender", "/kt:1: any: % is another"}},
    {import_opendkim,
     "MTA x\nKeyTable /kt\nSigningTable refile:/st\n@@ /kt\na example.com:a:/a\nb example.com:b:/b\nc example.com:b:/c\n"
     "d example.com:d:MIIBVgIBADANBg\ne example.com\n"
     "@@ /st\n*@example.com a\n*@example.com b\n*@example.com c\n*@example.com d\n*@example.com e\n*@example.com f\n"
     "*@example.com a:ada@example.com\n",
     INBOUND "    daemons:\n      x:\n        direction: submission\nsigning:\n  example.com:\n    keys:\n"
             "      - selector: a\n        file: /a\n      - selector: b\n        file: /b\n",
     {"example.com has two files for selector b; /c is not taken over",
      "example.com has 2 keys: all of them sign", "/kt:4: d: names no key by an absolute path",
      "/kt:5: e: is not DOMAIN:SELECTOR:FILE", "/st:6: *@example.com: names a key that is not in KeyTable",
      "/st:7: *@example.com: an i= of its own"}},
    {import_opendkim,
     "KeyTable dsn:mysql://u:p@3306+db/d/table=k\nSigningTable /st\n",
     INBOUND,
     {"/main:1: KeyTable: is in a database; write it into a file"}},
    {import_opendkim, "KeyTable /none\n", INBOUND, {"/main:1: KeyTable: /none is not there"}},
    {import_opendkim,
     "MTA x\nKeyTable /kt\n@@ /kt\nk example.com:s:/k\n",
     INBOUND "    daemons:\n      x:\n        direction: submission\n",
     {"without a SigningTable no key is used"}},
    /* the rest */
    {import_opendkim,
     "AuthservID MX.example.net\nNameservers 192.0.2.53, 2001:db8::53, ns.example\nDNSTimeout 7\nOn-BadSignature reject\n"
     "Frobnicate yes\nAuthservID mx2.example.net\n",
     "authserv-id: mx2.example.net\n" INBOUND
     "dns:\n  resolver: forwarders\n  forwarders:\n    - 192.0.2.53\n"
     "    - 2001:db8::53\n  timeout: 7s\n",
     {"/main:4: On-BadSignature: what is done with mail is said in `policy`",
      "/main:5: Frobnicate: not known", "/main:2: ns.example: is no IP address"}},
    {import_opendkim,
     "Socket inet:8891\n",
     "listeners:\n  inbound:\n    address: 0.0.0.0:8891\n    mta:\n      - 127.0.0.1\n",
     {"/main:1: Socket: took connections from everybody"}},
    {import_opendkim,
     "Socket inet6:8891@[::1]\n",
     "listeners:\n  inbound:\n    address: \"[::1]:8891\"\n    mta:\n      - \"::1\"\n",
     {NULL}},
    {import_opendkim,
     "Socket inet:8891@[192.0.2.1]\n",
     "listeners:\n  inbound:\n    address: 192.0.2.1:8891\n    mta:\n      - 127.0.0.1\n",
     {"from everybody"}},
    {import_opendkim,
     "Socket inet:milter@mail.example.com\nAuthservID HOSTNAME\n",
     INBOUND,
     {"/main:1: Socket: \"inet:milter@mail.example.com\" is no port"}},
    {import_opendkim,
     "Include /more\nInclude /main\n@@ /more\nAuthservID a.example\n",
     "authserv-id: a.example\n" INBOUND,
     {"/main:1: Include: one file too many", "/main:2: Include: one file too many, not read"}},
    /* OpenDMARC; its own default changes nothing */
    {import_opendmarc,
     "",
     INBOUND
     "policy:\n  inbound:\n    dmarc-quarantine: deliver\n    dmarc-reject: deliver\n    permerror: deliver\n",
     {NULL}},
    {import_opendmarc,
     "AuthservID mx.example.net\nRejectFailures true\nHoldQuarantinedMessages Yes\nIgnoreHosts /ih\nSPFSelfValidate true\n"
     "DomainWhitelist lists.example, b.example\nTrustedAuthservIDs HOSTNAME\n@@ /ih\n127.0.0.1\n192.0.2.0/24\n",
     "authserv-id: mx.example.net\n" INBOUND
     "policy:\n  inbound:\n    dmarc-reject: reject\n    temperror: defer\n    permerror: deliver\n"
     "arc:\n  trusted-sealers:\n    - lists.example\n    - b.example\nquarantine:\n  mta-hold: yes\n",
     {"/main:4: IgnoreHosts: 127.0.0.1, 192.0.2.0/24: mail from these was not looked at",
      "/main:2: RejectFailures: p=reject alone is no reason to reject",
      "/main:7: TrustedAuthservIDs: DKIM and SPF are found out here",
      "these settings mean nothing to Postern: SPFSelfValidate"}},
    {import_opendmarc,
     "RejectFailures false\nIgnoreMailFrom example.org\n",
     INBOUND
     "policy:\n  inbound:\n    dmarc-quarantine: deliver\n    dmarc-reject: deliver\n    permerror: deliver\n",
     {"/main:2: IgnoreMailFrom: example.org: From proves nothing"}},
};

/* The notes stand in the comments, and the result is a configuration. */
static void check_yaml(str yaml, str notes, struct arena *arena, const char *wanted)
{
    static const struct config_params params = {STR("mx.example.net"), 1795600000};
    struct buf report = buf_new(arena, 1 << 16);
    size_t body = str_find_str(yaml, S("\n\n"));
    str rest, note;
    struct conf conf;

    if (!str_eq(str_skip(yaml, body + 2), str_from(wanted)))
        fail_msg("got:\n%.*swanted:\n%s", PS(str_skip(yaml, body + 2)), wanted);
    for (rest = notes; str_next(&rest, '\n', &note) && rest.p;)
        assert_true(str_find_str(yaml, arena_printf(arena, "# - %.*s\n", PS(note))) < body + 1);
    conf_init(&conf, S("f"), arena);
    if (!config_read(&conf, yaml, &params)) {
        conf_report(&report, &conf);
        fail_msg("%.*s%.*s", PS(yaml), PS(buf_str(&report)));
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new();
        str files = str_from(rows[i].files), yaml, notes, rest, note;
        struct err err;
        size_t wanted = 0, got = 0;

        assert_true(rows[i].import(S("/main"), import_files_read, &files, arena, &yaml, &notes, &err));
        for (; wanted < NOTES && rows[i].notes[wanted]; wanted++)
            if (str_find_str(notes, str_from(rows[i].notes[wanted])) == notes.n)
                fail_msg("row %zu: \"%s\" is not in\n%.*s", i, rows[i].notes[wanted], PS(notes));
        for (rest = notes; str_next(&rest, '\n', &note) && rest.p;)
            got++;
        if (got != wanted)
            fail_msg("row %zu: %zu notes, wanted %zu:\n%.*s", i, got, wanted, PS(notes));
        check_yaml(yaml, notes, arena, rows[i].yaml);
        arena_free(arena);
    }
}

/* A thousand domains take no thousand times a thousand steps, and a thousand mistakes no thousand notes. */
static void test_many(void **state)
{
    struct arena *arena = arena_new();
    struct buf files = buf_new(arena, 8 << 20);
    str text, yaml, notes;
    struct err err;

    (void)state;
    buf_add(&files, S("KeyTable /kt\nSigningTable refile:/st\n@@ /kt\n"));
    for (unsigned i = 0; i < 10000; i++)
        buf_printf(&files, "k%u d%u.example:s:/etc/k/%u\n", i, i, i);
    buf_add(&files, S("@@ /st\n"));
    for (unsigned i = 0; i < 20000; i++)
        buf_printf(&files, "*@d%u.example k%u\n", i, i);
    text = buf_str(&files);
    assert_true(import_opendkim(S("/main"), import_files_read, &text, arena, &yaml, &notes, &err));
    assert_true(
        str_find_str(yaml,
                     S("  d9999.example:\n    keys:\n      - selector: s\n        file: /etc/k/9999\n")) <
        yaml.n);
    assert_true(str_find_str(notes, S("\nand 9900 things more\n")) < notes.n);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_many)};

    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
