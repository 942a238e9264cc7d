/* fuzz_scan.c: the way of a message as a whole: few questions, few rounds, and the same result in whatever
 * order the answers come. The input is an answers file, a NUL byte, and the message. */
#include <assert.h>

#include "ask/answers.h"
#include "judge/facts.h"
#include "fuzz.h"
#include "scan.h"

enum { ROUNDS_MAX = 40, QUESTIONS_MAX = 40 };

static struct arena *arena;
static struct crypto *crypto;
static const str sealers[] = {STR("one.example"), STR("two.example")};
static struct network network = {.ip = {.family = 4, .bytes = {198, 51, 100}}, .bits = 24};
static struct relays relays = {
    .networks = &network, .network_count = 1, .authserv_id = STR("gw.example.net")};

/* Answers only the last question that is open: the rest waits for the next round. */
static void answer_last(const struct answers *answers, struct ask *ask)
{
    struct question *last = NULL;
    const struct dns_answer *answer;

    for (struct question *question = ask->first; question; question = question->next)
        if (!question->answer)
            last = question;
    assert(last);
    answer = answers_lookup((void *)answers, last->name, last->type, ask->arena);
    if (!answer) {
        struct dns_answer *unknown = arena_new_of(ask->arena, struct dns_answer);

        *unknown = (struct dns_answer){.name = last->name, .type = last->type, .status = DNS_UNKNOWN};
        answer = unknown;
    }
    ask_answer(ask, last, answer);
}

static void run(struct scan *scan, str message, const struct answers *answers, bool one_by_one,
                const struct scan_params *params)
{
    struct envelope envelope = {.helo = answers->helo,
                                .has_mail_from = answers->mail_from.p != NULL,
                                .mail_from = answers->mail_from};
    unsigned rounds = 0, questions = 0;

    ip_parse(answers->ip, &envelope.client);
    scan_begin(scan, message, &envelope, answers->time, arena, crypto, params);
    while (!scan_step(scan)) {
        assert(scan->ask.open > 0);
        assert(++rounds < (one_by_one ? ROUNDS_MAX + QUESTIONS_MAX : ROUNDS_MAX));
        if (one_by_one)
            answer_last(answers, &scan->ask);
        else
            answers_answer(answers, &scan->ask);
    }
    for (const struct question *question = scan->ask.first; question; question = question->next)
        questions++;
    assert(questions <= QUESTIONS_MAX);
}

/* All that is kept of a message, as text. */
static str facts_of(const struct scan *scan)
{
    struct facts facts;

    facts_collect(&facts, &scan->auth, &scan->mail, arena);
    return facts_write(&facts, arena);
}

/* What holds for each result. */
static void check(const struct auth *auth)
{
    const struct dmarc *dmarc = &auth->dmarc;

    assert(auth->done && dmarc->done && dmarc->reason.n > 0 && auth->iprev.reason.n > 0);
    assert(dmarc->result != RESULT_PASS || auth->stated.dmarc || auth->spf.mail_from.result == RESULT_PASS ||
           auth->dkim.result == RESULT_PASS);
    /* permerror: From has more authors than are evaluated, or one that can't be read */
    assert(dmarc->result == RESULT_FAIL || dmarc->result == RESULT_PERMERROR ||
           dmarc->disposition == DMARC_POLICY_NONE);
    assert(dmarc->disposition != DMARC_POLICY_REJECT);
    assert(!dmarc->overridden || (dmarc->result == RESULT_FAIL && auth->arc.result == RESULT_PASS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str input = {(const char *)data, size};
    size_t end = str_find(input, '\0');
    struct scan_params params = {.auth.arc = {.trusted_sealers = sealers, .trusted_sealer_count = 2},
                                 .auth.relays = &relays};
    struct answers answers;
    struct scan *scans;

    if (!arena) {
        arena = arena_new();
        crypto = crypto_new(NULL);
        assert(crypto);
    }
    if (size % 2)
        params.auth.trust_authserv = S("first");
    if (answers_parse(&answers, S(""), str_sub(input, 0, end), arena, NULL)) {
        scans = arena_array_of(arena, 2, struct scan);
        run(&scans[0], str_skip(input, end + 1), &answers, false, &params);
        run(&scans[1], str_skip(input, end + 1), &answers, true, &params);
        assert(str_eq(facts_of(&scans[0]), facts_of(&scans[1])));
        check(&scans[0].auth);
    }
    arena_reset(arena);
    return 0;
}
