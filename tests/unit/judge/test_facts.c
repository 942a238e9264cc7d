/* test_facts.c: facts written, read back, written again; within their size; hostile text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ask/answers.h"
#include "base/utf8.h"
#include "judge/facts_table.h"
#include "scan.h"

/* ---- every member of the table, with a value of its own ---- */

struct filler {
    struct arena *arena;
    unsigned n;   /* values so far */
    size_t text;  /* bytes of each text more than it needs */
    size_t items; /* of each list */
};

static void fill_shape(struct filler *filler, const struct facts_shape *shape, void *of);

static str new_text(struct filler *filler)
{
    char *more = arena_bytes(filler->arena, filler->text);

    memset(more, "xyz\"\x01"[filler->n % 5], filler -> text);
    return arena_printf(filler->arena, "text %u %.*s", filler->n, (int)filler->text, more);
}

static void fill_items(struct filler *filler, const struct facts_field *field, void *of)
{
    char *items = arena_array(filler->arena, filler->items, field->shape->size);

    for (size_t i = 0; i < filler->items; i++)
        fill_shape(filler, field->shape, items + i * field->shape->size);
    memcpy(facts_member(of, field), &items, sizeof(items));
    facts_set_number((char *)of + field->count, field->size, filler->items);
}

static void fill_value(struct filler *filler, const struct facts_field *field, void *of)
{
    void *p = facts_member(of, field), *link;
    int64_t time = 1795600000 + filler->n;

    switch (field->kind) {
    case FACTS_TEXT:
        *(str *)p = new_text(filler);
        break;
    case FACTS_BOOL:
        *(bool *)p = true;
        break;
    case FACTS_NUMBER:
        facts_set_number(p, field->size, filler->n);
        break;
    case FACTS_TIME:
        memcpy(p, &time, sizeof(time));
        break;
    case FACTS_WORD:
        facts_set_number(p, field->size, 1 + filler->n % (field->words->n - 1));
        break;
    case FACTS_IP:
        assert_true(ip_parse(arena_printf(filler->arena, "192.0.2.%u", filler->n % 250), p));
        break;
    case FACTS_NOTES:
        for (size_t i = 0; i < filler->items; i++, filler->n++)
            note_add(p, filler->arena, "%.*s", PS(new_text(filler)));
        break;
    case FACTS_COUNTS:
        for (size_t i = 0; i < field->words->n; i++)
            facts_set_number((char *)p + i * field->stride, sizeof(unsigned), filler->n + i);
        break;
    case FACTS_FLAGS:
        ((bool *)p)[0] = ((bool *)p)[field->words->n - 1] = true;
        break;
    case FACTS_PART:
        fill_shape(filler, field->shape, p);
        break;
    case FACTS_LINK:
        link = arena_alloc(filler->arena, field->shape->size);
        fill_shape(filler, field->shape, link);
        memcpy(p, &link, sizeof(link));
        break;
    case FACTS_LIST:
        fill_items(filler, field, of);
        break;
    }
}

static void fill_shape(struct filler *filler, const struct facts_shape *shape, void *of)
{
    for (size_t i = 0; i < shape->n; i++, filler->n++)
        fill_value(filler, &shape->fields[i], of);
}

static void fill(struct facts *facts, struct arena *arena, size_t text, size_t items)
{
    struct filler filler = {arena, 1, text, items};

    *facts = (struct facts){0};
    fill_shape(&filler, &facts_shape, facts);
    facts->version = FACTS_VERSION;
    facts->cut = 0;
}

/* ---- comparing member by member ---- */

static void compare_shape(const struct facts_shape *shape, const void *a, const void *b);

static void compare_notes(const struct notes *a, const struct notes *b)
{
    const struct note *other = b->first;

    assert_int_equal(a->count, b->count);
    for (const struct note *note = a->first; note; note = note->next, other = other->next)
        assert_true(str_eq(note->text, other->text));
    assert_null(other);
}

static void compare_value(const struct facts_field *field, const void *a, const void *b)
{
    const void *p = facts_get(a, field), *q = facts_get(b, field), *items, *others;
    size_t n = 1;

    switch (field->kind) {
    case FACTS_TEXT:
        if (!str_eq(*(const str *)p, *(const str *)q))
            fail_msg("%s: \"%.*s\" became \"%.*s\"", field->key, PS(*(const str *)p), PS(*(const str *)q));
        break;
    case FACTS_IP:
        assert_true(ip_eq(*(const struct ip *)p, *(const struct ip *)q));
        break;
    case FACTS_NOTES:
        compare_notes(p, q);
        break;
    case FACTS_PART:
        compare_shape(field->shape, p, q);
        break;
    case FACTS_LIST:
        n = facts_number((const char *)a + field->count, field->size);
        assert_int_equal(n, facts_number((const char *)b + field->count, field->size));
        /* fall through */
    case FACTS_LINK:
        memcpy(&items, p, sizeof(items));
        memcpy(&others, q, sizeof(others));
        assert_true(items && others && items != others);
        for (size_t i = 0; i < n; i++)
            compare_shape(field->shape, (const char *)items + i * field->shape->size,
                          (const char *)others + i * field->shape->size);
        break;
    case FACTS_COUNTS:
        for (size_t i = 0; i < field->words->n; i++)
            assert_int_equal(facts_number((const char *)p + i * field->stride, sizeof(unsigned)),
                             facts_number((const char *)q + i * field->stride, sizeof(unsigned)));
        break;
    case FACTS_BOOL:
    case FACTS_NUMBER:
    case FACTS_TIME:
    case FACTS_WORD:
    case FACTS_FLAGS:
        if (memcmp(p, q, field->size))
            fail_msg("%s did not come back", field->key);
        break;
    }
}

static void compare_shape(const struct facts_shape *shape, const void *a, const void *b)
{
    for (size_t i = 0; i < shape->n; i++)
        compare_value(&shape->fields[i], a, b);
}

static void read_well(struct facts *facts, str text, struct arena *arena)
{
    str reason;

    if (facts_read(facts, text, arena, &reason) != FACTS_OK)
        fail_msg("%.*s in %.*s", PS(reason), PS(text));
}

static void test_every_member(void **state)
{
    struct arena *arena = arena_new();
    struct facts facts, back;
    str text;

    (void)state;
    fill(&facts, arena, 0, 1);
    text = facts_write(&facts, arena);
    read_well(&back, text, arena);
    compare_shape(&facts_shape, &facts, &back);
    assert_true(str_eq(facts_write(&back, arena), text));
    assert_true(back.auth.done && back.auth.spf.done && back.auth.dkim.done && back.auth.arc.done);
    assert_null(back.auth.dkim.signatures[0].header);
    assert_null(back.auth.arc.sets[0].seal_header);
    assert_null(back.auth.trace.received);
    assert_int_equal(back.auth.dmarc.authors[0].discovery.walk.n, 0);
    arena_free(arena);
}

/* All at their default: nothing but the version and the results. */
static void test_nothing(void **state)
{
    struct arena *arena = arena_new();
    struct facts facts = {0}, back;
    struct dkim_signature signature = {.time = -1, .expires = -1, .age = -1};
    str text;

    (void)state;
    facts.auth.dkim.signatures = &signature;
    facts.auth.dkim.n = 1;
    text = facts_write(&facts, arena);
    assert_true(str_starts(text, S("{\"version\":1,\"spf\":{\"result\":\"unknown\"},")));
    assert_true(str_find_str(text, S("time")) == text.n);
    assert_true(str_find_str(text, S("cut")) == text.n);
    read_well(&back, text, arena);
    assert_int_equal(back.auth.dkim.signatures[0].time, -1);
    assert_int_equal(back.auth.dkim.signatures[0].age, -1);
    assert_true(str_eq(facts_write(&back, arena), text));
    arena_free(arena);
}

/* ---- the size ---- */

static const struct {
    size_t text, items;
    bool cut;
} sizes[] = {
    {0, 1, false}, {0, 2, false},    {1000, 1, true}, {5000, 2, true}, {0, 3, false},
    {0, 6, true},  {70000, 2, true}, {300, 4, true},  {40, 6, true},
};

static void test_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct arena *arena = arena_new();
        struct facts facts, back;
        str text;

        fill(&facts, arena, sizes[i].text, sizes[i].items);
        text = facts_write(&facts, arena);
        assert_true(text.n <= LIMIT_FACTS);
        read_well(&back, text, arena);
        if ((back.cut > 0) != sizes[i].cut)
            fail_msg("row %zu: %zu bytes, %u cut", i, text.n, back.cut);
        assert_true(str_eq(facts_write(&back, arena), text));
        if (sizes[i].text >= LIMIT_FACTS_TEXT)
            assert_true(str_ends(back.auth.spf.mail_from.reason, S("...")));
        arena_free(arena);
    }
}

/* A chain as long as it may be, each set stating all it can: the lists are cut, and what matters most is
 * there. */
static void test_long_chain(void **state)
{
    struct arena *arena = arena_new();
    struct facts facts = {0}, back;
    struct arc_set sets[LIMIT_ARC_SETS] = {0};
    str text;

    (void)state;
    for (size_t i = 0; i < LIMIT_ARC_SETS; i++) {
        sets[i].domain = S("list.example");
        for (size_t k = 0; k < LIMIT_AUTHRES_RESULTS; k++)
            authres_add_property(authres_add(&sets[i].results, S("dmarc"), RESULT_PASS, arena), S("header"),
                                 S("from"), S("example.com"), arena);
    }
    facts.auth.arc.sets = sets;
    facts.auth.arc.n = LIMIT_ARC_SETS;
    facts.auth.dmarc.result = RESULT_FAIL;
    text = facts_write(&facts, arena);
    assert_true(text.n <= LIMIT_FACTS);
    read_well(&back, text, arena);
    assert_true(back.cut > 0);
    assert_true(back.auth.arc.n > 0 && back.auth.arc.n < LIMIT_ARC_SETS);
    assert_true(str_eq(back.auth.arc.sets[0].results.results[0].properties[0].value, S("example.com")));
    assert_int_equal(back.auth.dmarc.result, RESULT_FAIL);
    assert_true(str_eq(facts_write(&back, arena), text));
    arena_free(arena);
}

/* Bytes that are no UTF-8 become U+FFFD, once. A character is not cut in half. */
static void test_bytes(void **state)
{
    struct arena *arena = arena_new();
    struct facts facts = {0}, back;
    char *umlauts = arena_bytes(arena, 3001);
    str text;

    (void)state;
    facts.auth.iprev.name = (str){"a\0\xff\xc3 \"\\\n\xe2\x80\xae", 11};
    umlauts[0] = 'x';
    for (size_t i = 0; i < 1500; i++)
        memcpy(umlauts + 1 + 2 * i, "ü", 2);
    facts.auth.iprev.reason = (str){umlauts, 3001};
    text = facts_write(&facts, arena);
    assert_true(utf8_valid(text));
    read_well(&back, text, arena);
    assert_true(str_eq(back.auth.iprev.name, (str){"a\0\xef\xbf\xbd\xef\xbf\xbd \"\\\n\xe2\x80\xae", 15}));
    assert_true(str_ends(back.auth.iprev.reason, S("üü...")));
    assert_true(str_find_str(back.auth.iprev.reason, S("\xef\xbf\xbd")) == back.auth.iprev.reason.n);
    assert_int_equal(back.cut, 1);
    assert_true(str_eq(facts_write(&back, arena), text));
    arena_free(arena);
}

/* ---- text that is none of ours ---- */

static const struct {
    const char *text;
    enum facts_outcome wanted;
    const char *reason;
} texts[] = {
    {"", FACTS_BROKEN, "near end of file"},
    {"{", FACTS_BROKEN, "near end of file"},
    {"[]", FACTS_BROKEN, "no object"},
    {"{}", FACTS_BROKEN, "no version"},
    {"{\"version\":\"1\"}", FACTS_BROKEN, "no version"},
    {"{\"version\":-1}", FACTS_BROKEN, "no version"},
    {"{\"version\":99999999999999999999}", FACTS_BROKEN, "too big integer"},
    {"{\"version\":0}", FACTS_OTHER_VERSION, "version 0"},
    {"{\"version\":2,\"spf\":7}", FACTS_OTHER_VERSION, "version 2"},
    {"{\"version\":1}", FACTS_OK, ""},
    {"{\"version\":1} x", FACTS_BROKEN, "end of file expected"},
    {"{\"version\":1,\"version\":1}", FACTS_BROKEN, "duplicate"},
    {"{\"version\":1,\"unheard-of\":[{}]}", FACTS_OK, ""},
    {"{\"version\":1,\"spf\":[]}", FACTS_BROKEN, "\"spf\" is no object"},
    {"{\"version\":1,\"spf\":{\"result\":\"Pass\"}}", FACTS_BROKEN, "\"result\" is none of its words"},
    {"{\"version\":1,\"spf\":{\"result\":2}}", FACTS_BROKEN, "\"result\" is none of its words"},
    {"{\"version\":1,\"spf\":{\"reason\":2}}", FACTS_BROKEN, "\"reason\" is no text"},
    {"{\"version\":1,\"spf\":{\"ip\":\"192.0.2\"}}", FACTS_BROKEN, "\"ip\" is no IP address"},
    {"{\"version\":1,\"spf\":{\"secure\":1}}", FACTS_BROKEN, "neither true nor false"},
    {"{\"version\":1,\"spf\":{\"terms\":-1}}", FACTS_BROKEN, "no whole number"},
    {"{\"version\":1,\"spf\":{\"terms\":1.0}}", FACTS_BROKEN, "no whole number"},
    {"{\"version\":1,\"spf\":{\"terms\":4294967296}}", FACTS_BROKEN, "too large"},
    {"{\"version\":1,\"spf\":{\"warnings\":[1]}}", FACTS_BROKEN, "no list of texts"},
    {"{\"version\":1,\"dkim\":{}}", FACTS_BROKEN, "\"dkim\" is no list"},
    {"{\"version\":1,\"dkim\":[1]}", FACTS_BROKEN, "no list of objects"},
    {"{\"version\":1,\"dkim\":[{\"time\":\"x\"}]}", FACTS_BROKEN, "no time"},
    {"{\"version\":1,\"stated\":{\"results\":[]}}", FACTS_BROKEN, "\"results\" is no object"},
    {"{\"version\":1,\"message\":{\"oddities\":[\"odd\"]}}", FACTS_BROKEN, "none of its words"},
    {"{\"version\":1,\"message\":{\"message_id\":\"\xff\"}}", FACTS_BROKEN, "unable to decode byte"},
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct arena *arena = arena_new();
        struct facts facts;
        str reason;
        enum facts_outcome outcome = facts_read(&facts, str_from(texts[i].text), arena, &reason);

        bool told = !texts[i].reason[0] == !reason.n;

        if (outcome != texts[i].wanted || !told ||
            (reason.n && str_find_str(reason, str_from(texts[i].reason)) == reason.n))
            fail_msg("row %zu: %d, %.*s", i, (int)outcome, PS(reason));
        if (outcome == FACTS_BROKEN)
            assert_false(facts.auth.done);
        arena_free(arena);
    }
}

/* Too long, too deep, too many: an outcome, and no crash. */
static void test_bombs(void **state)
{
    struct arena *arena = arena_new();
    struct facts facts;
    struct buf deep = buf_new(arena, LIMIT_FACTS), many = buf_new(arena, LIMIT_FACTS);
    char *spaces = arena_bytes(arena, LIMIT_FACTS + 1);

    (void)state;
    buf_add(&deep, S("{\"version\":1,\"x\":"));
    while (!deep.full)
        buf_add_char(&deep, '[');
    assert_int_equal(facts_read(&facts, buf_str(&deep), arena, NULL), FACTS_BROKEN);
    buf_add(&many, S("{\"version\":1,\"dmarc\":{\"authors\":[{}"));
    for (size_t i = 0; i < LIMIT_FACTS_ITEMS; i++)
        buf_add(&many, S(",{}"));
    buf_add(&many, S("]}}"));
    assert_int_equal(facts_read(&facts, buf_str(&many), arena, NULL), FACTS_BROKEN);
    memset(spaces, ' ', LIMIT_FACTS + 1);
    memcpy(spaces, "{\"version\":1}", 13);
    assert_int_equal(facts_read(&facts, (str){spaces, LIMIT_FACTS}, arena, NULL), FACTS_OK);
    assert_int_equal(facts_read(&facts, (str){spaces, LIMIT_FACTS + 1}, arena, NULL), FACTS_BROKEN);
    arena_free(arena);
}

/* ---- a real message ---- */

static const char message[] =
    "Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=example.com\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; c=relaxed/relaxed; h=from;\r\n"
    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
    "From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>\r\n"
    "Reply-To: Someone <other@example.net>\r\n"
    "Message-ID: <1@example.com>\r\n"
    "Subject: nobody's business\r\n"
    "\r\ntext\r\n";
static const char answers_text[] =
    "default NXDOMAIN\n"
    "example.com TXT \"v=spf1 include:spf.example.net -all\"\n"
    "spf.example.net TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
    "_dmarc.example.com TXT \"v=DMARC1; p=reject; rua=mailto:d@example.com\"\n";

static void collect(struct facts *facts, struct arena *arena)
{
    struct envelope envelope = {
        .helo = S("mail.example.com"), .has_mail_from = true, .mail_from = S("joerg@example.com")};
    struct scan_params params = {0};
    struct crypto *crypto = crypto_new(NULL);
    struct answers answers;
    struct scan scan;

    assert_true(answers_parse(&answers, S("test"), str_from(answers_text), arena, NULL));
    ip_parse(S("192.0.2.1"), &envelope.client);
    scan_begin(&scan, str_from(message), &envelope, 1795600800, arena, crypto, &params);
    while (!scan_step(&scan))
        answers_answer(&answers, &scan.ask);
    facts_collect(facts, &scan.auth, &scan.mail, arena);
    crypto_free(crypto);
}

static void test_message(void **state)
{
    struct arena *arena = arena_new();
    struct facts facts, back;
    const struct dmarc_discovery *discovery;
    str text;

    (void)state;
    collect(&facts, arena);
    text = facts_write(&facts, arena);
    read_well(&back, text, arena);
    assert_true(str_eq(facts_write(&back, arena), text));
    assert_true(str_find_str(text, S("business")) == text.n);
    assert_int_equal(back.auth.spf.mail_from.result, RESULT_PASS);
    assert_int_equal(back.auth.spf.mail_from.path_length, 2);
    assert_int_equal(back.auth.dmarc.result, RESULT_PASS);
    discovery = &back.auth.dmarc.authors[0].discovery;
    assert_non_null(discovery->policy);
    assert_int_equal(discovery->policy->record.p, DMARC_POLICY_REJECT);
    assert_true(str_eq(discovery->policy->record.rua, S("mailto:d@example.com")));
    assert_true(str_eq(back.message.from[0].name, S("Jörg")));
    assert_true(str_eq(back.message.reply_to[0].address, S("other@example.net")));
    assert_int_equal(back.message.size, sizeof(message) - 1);
    arena_free(arena);
}

static void test_replace(void **state)
{
    struct arena *arena = arena_new();
    struct facts facts;
    str text;

    (void)state;
    collect(&facts, arena);
    facts.auth.spf.mail_from.sender = S("Joerg@EXAMPLE.com");
    note_add(&facts.auth.arc.warnings, arena, "joerg@example.com and joerg@example.com");
    facts_replace(&facts, S("joerg@example.com"), S("gone"), arena);
    text = facts_write(&facts, arena);
    assert_true(str_find_str(text, S("\"gone and gone\"")) < text.n);
    assert_true(str_eq(facts.message.from[0].address, S("gone")));
    for (size_t i = 0; i < text.n; i++)
        assert_false(str_istarts(str_skip(text, i), S("joerg@")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_member), cmocka_unit_test(test_nothing), cmocka_unit_test(test_size),
        cmocka_unit_test(test_long_chain),   cmocka_unit_test(test_bytes),   cmocka_unit_test(test_texts),
        cmocka_unit_test(test_bombs),        cmocka_unit_test(test_message), cmocka_unit_test(test_replace),
    };

    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
