/* test_lures.c: what lures say, in seven languages; the data files as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "content/skeleton.h"
#include "data.h"

struct fixture {
    struct arena *arena;
    struct phrases *phrases;
    struct lures lures;
};

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture.arena = arena_new();
    fixture.phrases = phrases_new(fixture.arena);
    data_lures(&fixture.lures, fixture.phrases, fixture.arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(fixture.arena);
    return 0;
}

static void add(void *of, const struct phrase_match *match)
{
    lures_add(of, match);
}

static void find(struct lures_found *found, const char *subject, const char *text)
{
    struct lures_finding finding;
    struct phrases_pass pass = {.found = add, .of = &finding};

    lures_begin(&finding, &fixture.lures, found, fixture.arena);
    finding.place = LURE_IN_SUBJECT;
    phrases_find(fixture.phrases, skeleton(str_from(subject), SIZE_MAX, fixture.arena, NULL), &pass);
    finding.place = LURE_IN_TEXT;
    phrases_find(fixture.phrases, skeleton(str_from(text), SIZE_MAX, fixture.arena, NULL), &pass);
}

static const struct {
    const char *text;
    enum lure_kind kinds[4]; /* found among others; LURE_KINDS ends them */
} rows[] = {
    {"Please verify your account within 24 hours", {LURE_CREDENTIAL, LURE_URGENCY, LURE_KINDS}},
    {"Your account has been temporarily limited", {LURE_SUSPENSION, LURE_KINDS}},
    {"Enter your 24-word recovery phrase", {LURE_WALLET, LURE_KINDS}},
    {"We regret to inform you of a security breach; unusual sign-in activity", {LURE_BREACH, LURE_KINDS}},
    {"Your parcel could not be delivered, pay the customs fee", {LURE_PARCEL, LURE_KINDS}},
    {"If you did not authorize this, call our support number", {LURE_CALLBACK, LURE_KINDS}},
    {"Your mailbox is almost full", {LURE_MAILBOX, LURE_KINDS}},
    {"Congratulations, you have been selected to claim your reward", {LURE_PRIZE, LURE_KINDS}},
    {"Bitte bestätigen Sie Ihre Daten, sonst wird Ihr Konto gesperrt",
     {LURE_CREDENTIAL, LURE_SUSPENSION, LURE_KINDS}},
    {"Ihr Paket konnte nicht zugestellt werden, Zollgebühren bezahlen", {LURE_PARCEL, LURE_KINDS}},
    {"Votre compte a été suspendu, veuillez vérifier vos informations",
     {LURE_SUSPENSION, LURE_CREDENTIAL, LURE_KINDS}},
    {"Frais de livraison pour votre colis, cliquez ici", {LURE_PARCEL, LURE_ACTION, LURE_KINDS}},
    {"Su cuenta ha sido bloqueada. Verifique sus datos de inmediato",
     {LURE_SUSPENSION, LURE_CREDENTIAL, LURE_URGENCY, LURE_KINDS}},
    {"Il suo conto è stato sospeso: aggiorna i tuoi dati, clicca qui",
     {LURE_SUSPENSION, LURE_CREDENTIAL, LURE_ACTION, LURE_KINDS}},
    {"Sua conta foi bloqueada. Clique aqui para atualizar seu cadastro",
     {LURE_SUSPENSION, LURE_ACTION, LURE_CREDENTIAL, LURE_KINDS}},
    {"Seus pontos expiram hoje, resgate agora", {LURE_PRIZE, LURE_KINDS}},
    {"Uw rekening is tijdelijk geblokkeerd, bevestig uw gegevens",
     {LURE_SUSPENSION, LURE_CREDENTIAL, LURE_KINDS}},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lures_found found;

        find(&found, "", rows[i].text);
        for (const enum lure_kind *kind = rows[i].kinds; *kind != LURE_KINDS; kind++)
            if (found.kinds[*kind].text == 0 || found.kinds[*kind].subject > 0)
                fail_msg("no %s in \"%s\"", lure_name(*kind), rows[i].text);
    }
}

static void test_counts(void **state)
{
    struct lures_found found;

    (void)state;
    find(&found, "Verify your account!", "Verify your account. VERIFY YOUR ACC0UNT.");
    assert_true(found.kinds[LURE_CREDENTIAL].subject > 0);
    assert_int_equal(found.kinds[LURE_CREDENTIAL].subject, found.kinds[LURE_CREDENTIAL].text);
    assert_int_equal(found.kinds[LURE_CREDENTIAL].strong, 1);
    assert_int_equal(found.languages[LANGUAGE_EN], found.phrases);
    assert_int_equal(found.disguised, 1);
    assert_int_equal(found.n, found.phrases);
    for (size_t i = 0; i < found.n; i++) {
        assert_int_equal(found.first[i].place, LURE_IN_SUBJECT);
        if (found.first[i].strong) {
            assert_true(str_eq(found.first[i].text, S("verify your account")));
            assert_int_equal(found.first[i].times, 3);
        }
    }
}

/* All phrases at once: counted all, named up to the limit, with room kept for strong ones. */
static void test_everything(void **state)
{
    struct buf text = buf_new(fixture.arena, 1 << 20);
    struct lures_found found;
    unsigned counted = 0;
    bool strong = false;

    (void)state;
    for (size_t i = 0; i < fixture.lures.n; i++)
        if (str_find(fixture.lures.phrases[i].text, '|') == fixture.lures.phrases[i].text.n)
            buf_printf(&text, "%.*s. ", PS(fixture.lures.phrases[i].text));
    find(&found, "", arena_c_str(fixture.arena, buf_str(&text)));
    for (enum lure_kind kind = 0; kind < LURE_KINDS; kind++) {
        assert_true(found.kinds[kind].text > 0);
        counted += found.kinds[kind].text;
    }
    assert_int_equal(counted, found.phrases);
    assert_in_range(found.phrases, 1000, fixture.lures.n);
    assert_int_equal(found.n, LIMIT_LURES_FOUND);
    for (size_t i = 0; i < found.n; i++)
        strong |= found.first[i].strong;
    assert_true(strong);
}

/* Each of the seven languages has phrases of all kinds. */
static void test_whole(void **state)
{
    static const enum language languages[] = {LANGUAGE_EN, LANGUAGE_DE, LANGUAGE_FR, LANGUAGE_ES,
                                              LANGUAGE_IT, LANGUAGE_PT, LANGUAGE_NL};
    unsigned counts[LANGUAGES][LURE_KINDS] = {{0}};

    (void)state;
    for (size_t i = 0; i < fixture.lures.n; i++)
        counts[fixture.lures.phrases[i].language][fixture.lures.phrases[i].kind]++;
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
        for (enum lure_kind kind = 0; kind < LURE_KINDS; kind++)
            if (counts[languages[i]][kind] < 3)
                fail_msg("%s has %u of %s", language_code(languages[i]), counts[languages[i]][kind],
                         lure_name(kind));
}

static void test_problems(void **state)
{
    static const struct {
        const char *text, *problem;
    } broken[] = {
        {"language: xx\n", "f:1:11: no language is known as \"xx\"\n"},
        {"language: en\nphrases:\n  tax: [\"...\"]\n",
         "f:3:9: \"...\": the phrase has no word, or may have none\n"},
        {"phrases: {}\n", "language"},
        {"language: en\nphrases:\n  taxes: [a]\n", "taxes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct buf problems = buf_new(fixture.arena, 1000);
        struct lures lures = {0};

        assert_false(lures_load(&lures, phrases_new(fixture.arena), S("f"), str_from(broken[i].text),
                                fixture.arena, &problems));
        if (str_find_str(buf_str(&problems), str_from(broken[i].problem)) == problems.n)
            fail_msg("%.*s", PS(buf_str(&problems)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_counts),
                                       cmocka_unit_test(test_everything), cmocka_unit_test(test_whole),
                                       cmocka_unit_test(test_problems)};

    return cmocka_run_group_tests_name("lures", tests, set_up, tear_down);
}
