/* test_dkim.c: verification: the examples of the RFCs, then a row for each rule, the odd ones first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "auth/signature.h"
#include "auth/taglist.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/limits.h"

enum { NOW = 1700000000 };

static struct crypto *crypto;
static struct arena *arena;
static struct private_key *rsa, *rsa1024, *rsa512, *ed25519;

/* --- the examples of RFC 6376 appendix A and RFC 8463 appendix A --- */

#define SIXPACK                                                                                              \
    "From: Joe SixPack <joe@football.example.com>\r\n"                                                       \
    "To: Suzie Q <suzie@shopping.example.net>\r\n"                                                           \
    "Subject: Is dinner ready?\r\n"                                                                          \
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                                                        \
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"                                       \
    "\r\nHi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n"

static const str rfc6376_message = STR("DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
                                       "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
                                       "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
                                       "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                                       "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
                                       "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
                                       "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
                                       "      4bmp/YzhwvcubU4=;\r\n"
                                       "Received: from client1.football.example.com  [192.0.2.1]\r\n"
                                       "      by submitserver.example.com with SUBMISSION;\r\n"
                                       "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n" SIXPACK);
static const str rfc6376_key =
    STR("v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt"
        "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi"
        "tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB");

static const str rfc8463_message =
    STR("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
        " d=football.example.com; i=@football.example.com;\r\n"
        " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
        " subject : date : message-id : from : subject : date;\r\n"
        " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
        " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
        " d=football.example.com; i=@football.example.com;\r\n"
        " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
        " date : message-id : from : subject : date;\r\n"
        " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
        " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
        " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n" SIXPACK);
static const str rfc8463_ed25519 = STR("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
static const str rfc8463_rsa =
    STR("v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bd"
        "OKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9Pzo"
        "xZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB");

/* --- putting a message and answers together --- */

static void give(struct ask *ask, const char *name, enum dns_status status, str text)
{
    struct dns_answer *answer = arena_new_of(arena, struct dns_answer);
    str rest = text, one;

    *answer = (struct dns_answer){.name = str_from(name), .type = DNS_TXT, .status = status};
    answer->records = arena_array_of(arena, 8, struct dns_record);
    if (status == DNS_OK)
        while (str_next(&rest, '|', &one))
            answer->records[answer->n++].text = one;
    ask_give(ask, answer);
}

static struct dkim verify(str message, struct ask *ask, str prefer)
{
    struct mail *mail = arena_new_of(arena, struct mail);
    struct dkim dkim = {0};
    struct dkim_params params = {.prefer = prefer};

    mail_parse(mail, message, arena);
    assert_true(dkim_verify(&dkim, mail, ask, crypto, &params));
    return dkim;
}

static void test_rfc6376(void **state)
{
    struct ask ask;
    struct dkim dkim;

    (void)state;
    ask_init(&ask, arena, NOW);
    give(&ask, "brisbane._domainkey.example.com", DNS_OK, rfc6376_key);
    dkim = verify(rfc6376_message, &ask, S(""));
    assert_int_equal(dkim.n, 1);
    assert_int_equal(dkim.result, RESULT_PASS);
    assert_true(str_eq(dkim.signatures[0].domain, S("example.com")));
    assert_true(str_eq(dkim.signatures[0].selector, S("brisbane")));
    assert_true(str_eq(dkim.signatures[0].identity, S("joe@football.example.com")));
    assert_int_equal(dkim.signatures[0].key_bits, 1024);
    assert_int_equal(dkim.signatures[0].covers[DKIM_COVERS_SUBJECT], DKIM_SIGNED);
    assert_int_equal(dkim.signatures[0].covers[DKIM_COVERS_REPLY_TO], DKIM_ABSENT);
    assert_int_equal(dkim.signatures[0].age, -1);
}

static void test_rfc8463(void **state)
{
    struct ask ask;
    struct dkim dkim;

    (void)state;
    ask_init(&ask, arena, NOW);
    give(&ask, "brisbane._domainkey.football.example.com", DNS_OK, rfc8463_ed25519);
    give(&ask, "test._domainkey.football.example.com", DNS_OK, rfc8463_rsa);
    dkim = verify(rfc8463_message, &ask, S(""));
    assert_int_equal(dkim.n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(dkim.signatures[i].index, i);
        assert_int_equal(dkim.signatures[i].result, RESULT_PASS);
        assert_int_equal(dkim.signatures[i].age, NOW - 1528637909);
        assert_int_equal(dkim.signatures[i].covers[DKIM_COVERS_FROM], DKIM_OVERSIGNED);
        assert_int_equal(dkim.signatures[i].covers[DKIM_COVERS_TO], DKIM_SIGNED);
    }
    assert_int_equal(dkim.signatures[0].key_type, KEY_ED25519);
    assert_int_equal(dkim.signatures[0].key_bits, 256);
    assert_int_equal(dkim.signatures[1].key_type, KEY_RSA);
}

/* --- a row for each rule --- */

#define HEAD                                                                                                 \
    "From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nSubject: Lunch\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
#define BODY "\r\nSee you at noon.\r\n"
#define MESSAGE HEAD BODY
#define TAGS "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=sel; h=From:To:Subject:Date;"

/* "@rsa" and so on in a record stand for public keys. */
static str record_with_keys(const char *text)
{
    const struct {
        const char *word;
        const struct private_key *key;
    } words[] = {{"@rsa1024", rsa1024}, {"@rsa512", rsa512}, {"@rsa", rsa}, {"@ed", ed25519}};
    str out = str_from(text);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        str word = str_from(words[i].word), key;
        size_t at = str_find_str(out, word);

        if (at == out.n)
            continue;
        assert_true(private_key_public(words[i].key, arena, &key, NULL));
        out = arena_printf(arena, "%.*s%.*s%.*s", PS(str_sub(out, 0, at)), PS(base64_encode(key, arena)),
                           PS(str_skip(out, at + word.n)));
    }
    return out;
}

static str tag_of(const struct taglist *tags, const char *name)
{
    const struct tag *tag = taglist_find(tags, str_from(name));

    return tag ? tag->value : S("");
}

/* Signs `message` with these tags, whatever they say: bh= and b= are put behind them unless they are there.
 */
static str sign(const char *tags, str message, const struct private_key *key)
{
    str field = arena_printf(arena, "DKIM-Signature: %s", tags);
    struct taglist list;
    struct mail mail;
    struct digests digests = {0};
    struct signature signature = {.hash_type = HASH_SHA256};
    uint8_t digest[HASH_SIZE_MAX];
    str value;
    uint64_t length = UINT64_MAX;

    taglist_parse(&list, str_from(tags), NULL);
    str_to_u64(tag_of(&list, "l"), UINT64_MAX, &length);
    mail_parse(&mail, message, arena);
    if (!taglist_find(&list, S("bh"))) {
        bool relaxed = str_ends(tag_of(&list, "c"), S("/relaxed"));
        const struct body_digest *body = digests_body(&digests, &mail, crypto, arena, HASH_SHA256,
                                                      relaxed ? CANON_RELAXED : CANON_SIMPLE, length);

        field = arena_printf(arena, "%.*s bh=%.*s;", PS(field),
                             PS(base64_encode((str){(const char *)body->digest, body->size}, arena)));
    }
    if (taglist_find(&list, S("b")))
        return arena_printf(arena, "%.*s\r\n%.*s", PS(field), PS(message));
    field = arena_printf(arena, "%.*s b=", PS(field));
    signature.header = &(struct header){
        .name = S("DKIM-Signature"), .raw = field, .value = str_skip(field, sizeof("DKIM-Signature:") - 1)};
    signature.fields = tag_of(&list, "h");
    signature.canon_header = str_starts(tag_of(&list, "c"), S("relaxed")) ? CANON_RELAXED : CANON_SIMPLE;
    assert_true(private_key_sign(key, digest,
                                 signature_digest(&signature, &mail, &digests, crypto, arena, digest), arena,
                                 &value, NULL));
    return arena_printf(arena, "%.*s%.*s\r\n%.*s", PS(field), PS(base64_encode(value, arena)), PS(message));
}

struct row {
    const char *what;
    const char *tags;          /* NULL: TAGS */
    const char *message;       /* NULL: MESSAGE */
    const char *record;        /* NULL: the right one */
    enum dns_status status;    /* 0: DNS_OK */
    const char *above, *below; /* put on top of and behind the message after it was signed */
    enum result result;
    const char *reason;  /* a part of it */
    const char *warning; /* a part of one of them */
    int64_t now;         /* 0: NOW */
};

static const struct row rows[] = {
    {"right", .result = RESULT_PASS, .reason = "right (rsa-sha256, 2048 bits)"},

    /* header fields */
    {"a second From above", .above = "From: <eve@example.org>\r\n", .result = RESULT_POLICY,
     .reason = "more From fields"},
    {"a second From, oversigned", "v=1; a=rsa-sha256; d=example.com; s=sel; h=From:From;",
     .above = "From: <eve@example.org>\r\n", .result = RESULT_FAIL, .reason = "header fields were changed"},
    {"a second Subject above", .above = "Subject: Hurry\r\n", .result = RESULT_PASS},
    {"a field that is not there, and is added", "v=1; a=rsa-sha256; d=example.com; s=sel; h=From:Reply-To;",
     .above = "Reply-To: <eve@example.org>\r\n", .result = RESULT_FAIL},
    {"both of two are signed, the lower one first", "v=1; a=rsa-sha256; d=example.com; s=sel; h=From:X:X;",
     "X: 1\r\nX: 2\r\n" MESSAGE, .result = RESULT_PASS},
    {"one of two is signed: the lower one", "v=1; a=rsa-sha256; d=example.com; s=sel; h=From:X;",
     "X: 1\r\n" MESSAGE, .above = "X: 0\r\n", .result = RESULT_PASS},
    {"names in any case with white space", "v=1; a=rsa-sha256; d=example.com; s=sel; h=fROM :\r\n\tSUBJECT;",
     .result = RESULT_PASS},
    {"h= with an empty name", "v=1; a=rsa-sha256; d=example.com; s=sel; h=From::To:;", .result = RESULT_PASS,
     .warning = "empty name"},
    {"h= with an empty name, and a line that is no field", "v=1; a=rsa-sha256; d=example.com; s=sel; h=From::To:;",
     .above = "no field\r\n", .result = RESULT_PASS, .warning = "empty name"},
    {"h= with a name that is none", "v=1; a=rsa-sha256; d=example.com; s=sel; h=From:To Subject;",
     .result = RESULT_NEUTRAL, .reason = "no field name"},
    {"h= without From", "v=1; a=rsa-sha256; d=example.com; s=sel; h=To:Subject;", .result = RESULT_PERMERROR,
     .reason = "From is not signed"},
    {"h= with fields like From", "v=1; a=rsa-sha256; d=example.com; s=sel; h=FromX:XFrom;",
     .result = RESULT_PERMERROR, .reason = "From is not signed"},
    {"h= names the signature itself, which is not counted",
     "v=1; a=rsa-sha256; d=example.com; s=sel; h=From:DKIM-Signature;", .result = RESULT_PASS},

    /* the body */
    {"text behind it", .below = "P.S. Call 555-0100.\r\n", .result = RESULT_FAIL,
     .reason = "the body was changed"},
    {"empty lines behind it", .below = "\r\n\r\n", .result = RESULT_PASS},
    {"white space behind it", .below = " \r\n\t\r\n", .result = RESULT_PASS},
    {"white space behind it, simple", "v=1; a=rsa-sha256; c=relaxed; d=example.com; s=sel; h=From;",
     .below = " \r\n", .result = RESULT_FAIL, .reason = "the signed header fields were not"},
    {"no body", .message = HEAD, .result = RESULT_PASS},
    {"no body, simple", "v=1; a=rsa-sha256; d=example.com; s=sel; h=From;", HEAD "\r\n",
     .result = RESULT_PASS},

    /* l= */
    {"l= with HTML behind it", TAGS " l=18;", .below = "<h1>Pay now</h1>\r\n", .result = RESULT_POLICY,
     .reason = "l= leaves the last 18 bytes", .warning = "lets text be appended"},
    {"l=0", TAGS " l=0;", .result = RESULT_POLICY, .reason = "l= leaves the last 18 bytes"},
    {"l= of the whole body", TAGS " l=18;", .result = RESULT_PASS, .warning = "lets text be appended"},
    {"l= and empty lines behind it", TAGS " l=18;", .below = "\r\n\r\n", .result = RESULT_PASS,
     .warning = "lets text be appended"},
    {"l= more than there is", TAGS " l=19;", .result = RESULT_FAIL, .reason = "shorter than what was signed"},
    {"l= more than 64 bits", TAGS " l=99999999999999999999999;", .result = RESULT_FAIL, .reason = "shorter"},
    {"l= with 77 digits",
     TAGS " l=00000000000000000000000000000000000000000000000000000000000000000000000000018;",
     .result = RESULT_NEUTRAL, .reason = "l= is no number"},
    {"l= negative", TAGS " l=-1;", .result = RESULT_NEUTRAL, .reason = "l= is no number"},
    {"l= empty", TAGS " l=;", .result = RESULT_NEUTRAL, .reason = "l= is no number"},

    /* time */
    {"expires now", TAGS " x=1700000000;", .result = RESULT_PASS},
    {"expired a second ago", TAGS " x=1699999999;", .result = RESULT_PERMERROR,
     .reason = "expired 1 seconds ago"},
    {"expired before it was made", TAGS " t=1700000100; x=1700000050;", .result = RESULT_PERMERROR,
     .reason = "before it was made"},
    {"expires when it was made", TAGS " t=1700000100; x=1700000100;", .result = RESULT_PERMERROR,
     .reason = "before it was made"},
    {"made in the future", TAGS " t=1700000100;", .result = RESULT_PASS,
     .warning = "100 seconds in the future"},
    {"t= with 12 digits", TAGS " t=999999999999;", .result = RESULT_PASS, .warning = "in the future"},
    {"t= with 13 digits", TAGS " t=1000000000000;", .result = RESULT_NEUTRAL, .reason = "t= is no time"},
    {"x= no number", TAGS " x=soon;", .result = RESULT_NEUTRAL, .reason = "x= is no time"},

    /* i= */
    {"i= below d=", TAGS " i=ann@mail.example.com;", .result = RESULT_PASS},
    {"i= in other letters", TAGS " i=@EXAMPLE.com;", .result = RESULT_PASS},
    {"i= above d=", TAGS " i=@com;", .result = RESULT_PERMERROR, .reason = "not in the domain of d="},
    {"i= beside d=", TAGS " i=@badexample.com;", .result = RESULT_PERMERROR,
     .reason = "not in the domain of d="},
    {"i= with two @", TAGS " i=a@example.org@example.com;", .result = RESULT_PASS},
    {"i= without @", TAGS " i=example.com;", .result = RESULT_NEUTRAL, .reason = "i= has no domain"},
    {"i= below d=, and t=s", TAGS " i=@mail.example.com;", .record = "v=DKIM1; t=s; p=@rsa",
     .result = RESULT_PERMERROR, .reason = "allows no i= below d= (t=s)"},
    {"i= is d=, and t=s", TAGS " i=ann@example.com;", .record = "v=DKIM1; t=s; p=@rsa",
     .result = RESULT_PASS},

    /* syntax */
    {"no v=", "a=rsa-sha256; d=example.com; s=sel; h=From;", .result = RESULT_NEUTRAL, .reason = "no v="},
    {"v=2", "v=2; a=rsa-sha256; d=example.com; s=sel; h=From;", .result = RESULT_NEUTRAL,
     .reason = "version"},
    {"v=1 last", "a=rsa-sha256; d=example.com; s=sel; h=From; v=1;", .result = RESULT_PASS},
    {"no a=", "v=1; d=example.com; s=sel; h=From;", .result = RESULT_NEUTRAL, .reason = "no a="},
    {"no d=", "v=1; a=rsa-sha256; s=sel; h=From;", .result = RESULT_NEUTRAL, .reason = "no d="},
    {"no s=", "v=1; a=rsa-sha256; d=example.com; h=From;", .result = RESULT_NEUTRAL, .reason = "no s="},
    {"no h=", "v=1; a=rsa-sha256; d=example.com; s=sel;", .result = RESULT_NEUTRAL, .reason = "no h="},
    {"d= empty", "v=1; a=rsa-sha256; d=; s=sel; h=From;", .result = RESULT_NEUTRAL, .reason = "no d="},
    {"d= is no name", "v=1; a=rsa-sha256; d=exa..mple.com; s=sel; h=From;", .result = RESULT_NEUTRAL,
     .reason = "d= is no domain name"},
    {"d= twice", "v=1; a=rsa-sha256; d=example.com; d=example.com; s=sel; h=From;", .result = RESULT_NEUTRAL,
     .reason = "a tag twice"},
    {"a tag without =", "v=1; a=rsa-sha256; d=example.com; junk; s=sel; h=From;", .result = RESULT_NEUTRAL,
     .reason = "syntax error"},
    {"an unknown tag", "v=1; a=rsa-sha256; d=example.com; zzz=x; s=sel; h=From;", .result = RESULT_PASS},
    {"b= is no base64", TAGS " b=AB*D;", .result = RESULT_NEUTRAL, .reason = "b= is not base64"},
    {"b= empty", TAGS " b=;", .result = RESULT_NEUTRAL, .reason = "no b="},
    {"b= is something else", TAGS " b=AAAA;", .result = RESULT_FAIL, .reason = "header fields were changed"},
    {"bh= is no base64", TAGS " bh=A;", .result = RESULT_NEUTRAL, .reason = "bh= is not base64"},
    {"bh= short", TAGS " bh=AAAA;", .result = RESULT_NEUTRAL, .reason = "size of a SHA-256 digest"},
    {"bh= wrong", TAGS " bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;", .result = RESULT_FAIL,
     .reason = "the body was changed"},
    {"tags with white space around", "v = 1 ;\r\n a = rsa-sha256; d\t= example.com; s=sel ; h=From;",
     .result = RESULT_PASS},
    {"c= unknown", "v=1; a=rsa-sha256; c=nofws; d=example.com; s=sel; h=From;", .result = RESULT_NEUTRAL,
     .reason = "canonicalisation"},
    {"q= unknown", TAGS " q=http;", .result = RESULT_NEUTRAL, .reason = "find its key"},
    {"q= with a known one behind", TAGS " q=http : dns/txt;", .result = RESULT_PASS},

    /* algorithms (RFC 8301, RFC 8463) */
    {"rsa-sha1", "v=1; a=rsa-sha1; d=example.com; s=sel; h=From;", .result = RESULT_FAIL,
     .reason = "rsa-sha1, which RFC 8301 forbids"},
    {"an unknown algorithm", "v=1; a=rsa-md5; d=example.com; s=sel; h=From;", .result = RESULT_NEUTRAL,
     .reason = "unknown algorithm"},
    {"ed25519", "v=1; a=ed25519-sha256; d=example.com; s=sel; h=From;", .record = "v=DKIM1; k=ed25519; p=@ed",
     .result = RESULT_PASS, .reason = "ed25519-sha256, 256 bits"},
    {"1024 bits", .record = "v=DKIM1; p=@rsa1024", .result = RESULT_PASS, .warning = "the key has 1024 bits"},
    {"512 bits", .record = "v=DKIM1; p=@rsa512", .result = RESULT_FAIL,
     .reason = "the key has 512 bits"},
    {"ed25519 with an rsa key", "v=1; a=ed25519-sha256; d=example.com; s=sel; h=From;",
     .record = "v=DKIM1; p=@rsa", .result = RESULT_PERMERROR, .reason = "another algorithm than a="},
    {"rsa with an ed25519 key", .record = "v=DKIM1; k=ed25519; p=@ed", .result = RESULT_PERMERROR,
     .reason = "another algorithm than a="},

    /* the key */
    {"another key", .record = "v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL", .result = RESULT_PERMERROR,
     .reason = "not base64"},
    {"two keys", .record = "v=DKIM1; p=@rsa|v=DKIM1; p=", .result = RESULT_PERMERROR,
     .reason = "several key records"},
    {"junk beside the key", .record = "v=spf1 -all|v=DKIM1; p=@rsa", .result = RESULT_PASS,
     .warning = "other text stands beside"},
    {"junk alone", .record = "v=spf1 -all", .result = RESULT_PERMERROR, .reason = "is no key record"},
    {"revoked", .record = "v=DKIM1; p=", .result = RESULT_PERMERROR,
     .reason = "the key record at sel._domainkey.example.com is revoked"},
    {"for sha1 alone", .record = "v=DKIM1; h=sha1; p=@rsa", .result = RESULT_PERMERROR,
     .reason = "digest of a= (h=)"},
    {"for sha256 and others", .record = "v=DKIM1; h=sha512:sha256; p=@rsa", .result = RESULT_PASS},
    {"tested only", .record = "v=DKIM1; t=y; p=@rsa", .result = RESULT_PASS, .warning = "t=y"},
    {"p= is no key", .record = "v=DKIM1; p=AAAA", .result = RESULT_PERMERROR, .reason = "no RSA public key"},
    {"NXDOMAIN", .status = DNS_NXDOMAIN, .result = RESULT_PERMERROR,
     .reason = "there is no key at sel._domainkey.example.com"},
    {"NODATA", .status = DNS_NODATA, .result = RESULT_PERMERROR, .reason = "there is no key"},
    {"SERVFAIL", .status = DNS_SERVFAIL, .result = RESULT_TEMPERROR,
     .reason = "could not be looked up (SERVFAIL)"},
    {"TIMEOUT", .status = DNS_TIMEOUT, .result = RESULT_TEMPERROR, .reason = "(TIMEOUT)"},
    {"BOGUS", .status = DNS_BOGUS, .result = RESULT_TEMPERROR, .reason = "(BOGUS)"},
    {"UNKNOWN", .status = DNS_UNKNOWN, .result = RESULT_UNKNOWN, .reason = "was not looked up"},

    /* EAI (RFC 8616); the names in DNS are below */
    {"d=, s= and i= as U-labels",
     "v=1; a=rsa-sha256; d=b\xc3\xbc"
     "cher.example; s=s\xc3\xa4; i=\xc3\xbc@mail.b\xc3\xbc"
     "cher.example; h=From;",
     .result = RESULT_PASS},
    {"i= as A-labels, d= as U-labels",
     "v=1; a=rsa-sha256; d=b\xc3\xbc"
     "cher.example; s=sel; i=@xn--bcher-kva.example; h=From;",
     .result = RESULT_PASS},
    {"d= is no UTF-8",
     "v=1; a=rsa-sha256; d=b\xfc"
     "cher.example; s=sel; h=From;",
     .result = RESULT_NEUTRAL, .reason = "d= is no domain name"},
};

static bool has(const struct notes *notes, const char *words)
{
    for (const struct note *note = notes->first; note; note = note->next)
        if (str_find_str(note->text, str_from(words)) < note->text.n)
            return true;
    return false;
}

/* The key of a row: the smallest one that its record shows. */
static const struct private_key *key_of(const struct row *row)
{
    str record = str_from(row->record);
    bool ed = row->tags && strstr(row->tags, "ed25519");

    if (str_find_str(record, S("@rsa512")) < record.n)
        return rsa512;
    if (str_find_str(record, S("@rsa1024")) < record.n)
        return rsa1024;
    return ed ? ed25519 : rsa;
}

static void test_rows(void **state)
{
    static const char *const names[] = {"sel._domainkey.example.com", "sel._domainkey.xn--bcher-kva.example",
                                        "xn--s-0fa._domainkey.xn--bcher-kva.example"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        str message =
            sign(row->tags ? row->tags : TAGS, str_from(row->message ? row->message : MESSAGE), key_of(row));
        struct ask ask;
        struct dkim dkim;
        const struct dkim_signature *got;
        str reason = str_from(row->reason ? row->reason : "");

        message = arena_printf(arena, "%s%.*s%s", row->above ? row->above : "", PS(message),
                               row->below ? row->below : "");
        ask_init(&ask, arena, row->now ? row->now : NOW);
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
            give(&ask, names[j],
                 strcmp(row->what, "UNKNOWN") ? row->status ? row->status : DNS_OK : DNS_UNKNOWN,
                 record_with_keys(row->record ? row->record : "v=DKIM1; k=rsa; p=@rsa"));
        dkim = verify(message, &ask, S(""));
        assert_int_equal(dkim.n, 1);
        got = &dkim.signatures[0];
        if (got->result != row->result || dkim.result != row->result ||
            str_find_str(got->reason, reason) > got->reason.n - reason.n)
            fail_msg("%s: %s, %.*s", row->what, result_name(got->result), PS(got->reason));
        if (row->warning ? !has(&got->warnings, row->warning)
                         : row->result == RESULT_PASS && got->warnings.count > 0)
            fail_msg("%s: %u warnings, %.*s", row->what, got->warnings.count,
                     PS(got->warnings.first ? got->warnings.first->text : S("")));
        arena_reset(arena);
    }
}

/* A modulus of 4104 bits is refused before anything is computed with it. */
static void test_large_key(void **state)
{
    char der[4 + 4 + 513 + 3] = {0x30, (char)0x82, 0x02, 0x08, 0x02, (char)0x82, 0x02, 0x01};
    struct ask ask;
    struct dkim dkim;

    (void)state;
    memset(der + 8, 0x7f, 513);
    memcpy(der + 8 + 513, "\x02\x01\x03", 3);
    ask_init(&ask, arena, NOW);
    give(&ask, "sel._domainkey.example.com", DNS_OK,
         arena_printf(arena, "v=DKIM1; p=%.*s", PS(base64_encode((str){der, sizeof(der)}, arena))));
    dkim = verify(sign(TAGS, S(MESSAGE), rsa), &ask, S(""));
    assert_int_equal(dkim.result, RESULT_POLICY);
    assert_int_equal(dkim.signatures[0].key_bits, 4103);
}

static void test_coverage(void **state)
{
    static const struct {
        const char *fields, *message;
        enum dkim_coverage subject, reply_to;
    } cases[] = {
        {"From", MESSAGE, DKIM_UNSIGNED, DKIM_ABSENT},
        {"From:Subject:Reply-To", MESSAGE, DKIM_SIGNED, DKIM_OVERSIGNED},
        {"From:Subject:Subject", MESSAGE, DKIM_OVERSIGNED, DKIM_ABSENT},
        {"From:Subject", "Subject: 2\r\nReply-To: a@example.com\r\n" MESSAGE, DKIM_PARTLY, DKIM_UNSIGNED},
        {"From:Subject:Subject", "Subject: 2\r\n" MESSAGE, DKIM_SIGNED, DKIM_ABSENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        str tags = arena_printf(arena, "v=1; a=rsa-sha256; d=example.com; s=sel; h=%s;", cases[i].fields);
        struct ask ask;
        struct dkim dkim;

        ask_init(&ask, arena, NOW);
        give(&ask, "sel._domainkey.example.com", DNS_NXDOMAIN, S(""));
        dkim = verify(sign(arena_c_str(arena, tags), str_from(cases[i].message), rsa), &ask, S(""));
        assert_int_equal(dkim.signatures[0].covers[DKIM_COVERS_SUBJECT], cases[i].subject);
        assert_int_equal(dkim.signatures[0].covers[DKIM_COVERS_REPLY_TO], cases[i].reply_to);
    }
}

/* What h= names behind LIMIT_DKIM_SIGNED_FIELDS is not looked at, nor what stands behind a name that is none. */
static void test_long_fields(void **state)
{
    static const char *const between[] = {"To", "x y"};

    (void)state;
    for (size_t i = 0; i < sizeof(between) / sizeof(between[0]); i++) {
        struct buf tags = buf_new(arena, 100000);
        struct ask ask;
        struct dkim dkim;

        buf_add(&tags, S("v=1; a=rsa-sha256; d=example.com; s=sel; bh=AAAA; b=AAAA; h=From:Reply-To"));
        for (size_t n = 2; n < LIMIT_DKIM_SIGNED_FIELDS; n++)
            buf_add(&tags, S(":x"));
        buf_printf(&tags, ":%s:Subject", between[i]);
        ask_init(&ask, arena, NOW);
        dkim = verify(sign(arena_c_str(arena, buf_str(&tags)), S(MESSAGE), rsa), &ask, S(""));
        assert_int_equal(dkim.signatures[0].result, RESULT_NEUTRAL);
        assert_int_equal(dkim.signatures[0].covers[DKIM_COVERS_REPLY_TO], DKIM_OVERSIGNED);
        assert_int_equal(dkim.signatures[0].covers[DKIM_COVERS_SUBJECT], DKIM_UNSIGNED);
        assert_int_equal(dkim.signatures[0].covers[DKIM_COVERS_TO], DKIM_UNSIGNED);
    }
}

/* Questions stay open until they are answered, and travel together; finished signatures are kept. */
static void test_questions(void **state)
{
    str message = sign("v=1; a=rsa-sha256; d=example.org; s=two; h=From;", sign(TAGS, S(MESSAGE), rsa), rsa);
    struct mail mail;
    struct dkim dkim = {0};
    struct dkim_params params = {0};
    struct ask ask;
    struct dns_record record = {.text = record_with_keys("v=DKIM1; p=@rsa")};
    struct dns_answer right = {.status = DNS_OK, .n = 1, .records = &record, .security = DNS_SECURE};
    struct dns_answer none = {.status = DNS_NXDOMAIN};

    (void)state;
    mail_parse(&mail, message, arena);
    ask_init(&ask, arena, NOW);
    assert_false(dkim_verify(&dkim, &mail, &ask, crypto, &params));
    assert_int_equal(ask.open, 2);
    assert_true(str_eq(ask.first->name, S("two._domainkey.example.org")));
    right.name = ask.last->name;
    ask_answer(&ask, ask.last, &right);
    assert_false(dkim_verify(&dkim, &mail, &ask, crypto, &params));
    assert_int_equal(ask.open, 1);
    assert_int_equal(dkim.signatures[1].result, RESULT_PASS);
    assert_true(dkim.signatures[1].key_secure);
    none.name = ask.first->name;
    ask_answer(&ask, ask.first, &none);
    assert_true(dkim_verify(&dkim, &mail, &ask, crypto, &params));
    assert_int_equal(dkim.signatures[0].result, RESULT_PERMERROR);
    assert_int_equal(dkim.result, RESULT_PASS);
    assert_false(dkim.signatures[0].key_secure);
}

/* Wherever it stands among a thousand others, the author's signature is verified. */
static void test_aligned_among_junk(void **state)
{
    static const str prefers[] = {STR("example.com"), STR("mail.example.com"), STR("news.example.com")};

    (void)state;
    for (size_t at = 0; at < 1000; at += 333) {
        struct buf buf = buf_new(arena, SIZE_MAX / 4);
        str right = sign(TAGS, S(MESSAGE), rsa);
        struct ask ask;
        struct dkim dkim;

        for (size_t i = 0; i < 1000; i++) {
            if (i == at)
                buf_add(&buf, str_sub(right, 0, str_find_str(right, S("From: "))));
            buf_printf(&buf,
                       "DKIM-Signature: v=1; a=rsa-sha256; d=junk%zu.com; s=s; h=From; bh=%s; b=AAAA\r\n", i,
                       "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
            buf_add(&buf,
                    S("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=broken; h=From; b=AAAA\r\n"));
        }
        buf_add(&buf, S(MESSAGE));
        ask_init(&ask, arena, NOW);
        ask.offline = true;
        give(&ask, "sel._domainkey.example.com", DNS_OK, record_with_keys("v=DKIM1; p=@rsa"));
        dkim = verify(buf_str(&buf), &ask, prefers[at % 3]);
        assert_int_equal(dkim.n, LIMIT_DKIM_SIGNATURES);
        assert_int_equal(dkim.seen, 2001);
        assert_int_equal(dkim.result, RESULT_PASS);
        for (size_t i = 0; i < dkim.n; i++) {
            assert_true(i == 0 || dkim.signatures[i].index > dkim.signatures[i - 1].index);
            if (dkim.signatures[i].result == RESULT_PASS)
                assert_int_equal(dkim.signatures[i].index, 2 * at);
        }
        arena_reset(arena);
    }
}

static void test_none(void **state)
{
    struct ask ask;
    struct dkim dkim;

    (void)state;
    ask_init(&ask, arena, NOW);
    dkim = verify(S(MESSAGE), &ask, S(""));
    assert_int_equal(dkim.result, RESULT_NONE);
    assert_int_equal(dkim.n, 0);
    assert_int_equal(ask.open, 0);
}

/* LF alone in a file: the same signature as over CRLF. */
static void test_lf_only(void **state)
{
    str message = sign("v=1; a=rsa-sha256; c=simple/simple; d=example.com;\r\n s=sel; h=From:Subject;",
                       S("From: a@example.com\r\nSubject: a\r\n b\r\n\r\nText \r\n\r\nmore\r\n\r\n"), rsa);
    char *p = arena_bytes(arena, message.n);
    size_t n = 0;
    struct ask ask;

    (void)state;
    for (size_t i = 0; i < message.n; i++)
        if (message.p[i] != '\r')
            p[n++] = message.p[i];
    ask_init(&ask, arena, NOW);
    give(&ask, "sel._domainkey.example.com", DNS_OK, record_with_keys("v=DKIM1; p=@rsa"));
    assert_int_equal(verify(message, &ask, S("")).result, RESULT_PASS);
    assert_int_equal(verify((str){p, n}, &ask, S("")).result, RESULT_PASS);
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new();
    crypto = crypto_new(NULL);
    rsa = private_key_new(KEY_RSA, 2048, NULL);
    rsa1024 = private_key_new(KEY_RSA, 1024, NULL);
    rsa512 = private_key_new(KEY_RSA, 512, NULL);
    ed25519 = private_key_new(KEY_ED25519, 0, NULL);
    return crypto && rsa && rsa1024 && rsa512 && ed25519 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    private_key_free(rsa);
    private_key_free(rsa1024);
    private_key_free(rsa512);
    private_key_free(ed25519);
    arena_free(arena);
    crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc6376),
        cmocka_unit_test(test_rfc8463),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_large_key),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_long_fields),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_aligned_among_junk),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_lf_only),
    };

    return cmocka_run_group_tests_name("dkim", tests, begin, end);
}
