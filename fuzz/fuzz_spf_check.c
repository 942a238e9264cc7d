/* fuzz_spf_check.c: whole SPF checks with hostile answers: they end within their limits, and the order in
 * which answers come changes nothing.
 *
 * Each line of the input is a TXT record; which one a name has, and what its addresses are, hangs on the
 * name. */
#include "auth/spf.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

static unsigned hash_of(str name, enum dns_type type)
{
    unsigned hash = 2166136261u ^ (unsigned)type;

    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (uint8_t)name.p[i]) * 16777619u;
    return hash ^ hash >> 15;
}

static str line_of(str text, unsigned n)
{
    str rest = text, line = S("");
    size_t lines = 1;

    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    for (size_t i = 0; i <= n % lines; i++)
        if (!str_next(&rest, '\n', &line))
            break;
    return line;
}

/* The first line is the sender's record. One that begins with "!" or "?" is an answer without records. */
static void fill_text(struct dns_answer *answer, str input, struct arena *arena)
{
    str line = line_of(input, str_eq(answer->name, S("mail.example")) ? 0 : hash_of(answer->name, DNS_TXT));
    bool failed = str_starts(line, S("!"));

    if (failed || str_starts(line, S("?"))) {
        answer->status = failed ? DNS_SERVFAIL : DNS_NXDOMAIN;
        return;
    }
    answer->n = 1;
    answer->records = arena_array_of(arena, 1, struct dns_record);
    answer->records[0].text = arena_printf(arena, "v=spf1 %.*s", PS(line));
}

static void fill(struct dns_answer *answer, struct arena *arena)
{
    static const enum dns_status statuses[] = {DNS_SERVFAIL, DNS_NXDOMAIN, DNS_NODATA, DNS_UNKNOWN};
    unsigned hash = hash_of(answer->name, answer->type);

    if (hash % 16 < 4) {
        answer->status = statuses[hash % 16];
        return;
    }
    answer->n = 1 + hash / 16 % 12;
    answer->records = arena_array_of(arena, answer->n, struct dns_record);
    for (size_t i = 0; i < answer->n; i++) {
        struct dns_record *record = &answer->records[i];

        if (answer->type == DNS_A || answer->type == DNS_AAAA)
            record->ip = (struct ip){.family = answer->type == DNS_A ? 4 : 6, .bytes = {(uint8_t)(hash % 3)}};
        else
            record->text = arena_printf(arena, "h%zu.example", i + hash % 5);
    }
}

static void answer_one(struct ask *ask, str input, bool last)
{
    struct question *chosen = NULL;
    struct dns_answer *answer = arena_new_of(ask->arena, struct dns_answer);

    for (struct question *question = ask->first; question; question = question->next)
        if (!question->answer && (!chosen || last))
            chosen = question;
    assert(chosen);
    answer->name = chosen->name;
    answer->type = chosen->type;
    answer->status = DNS_OK;
    if (answer->type == DNS_TXT)
        fill_text(answer, input, ask->arena);
    else
        fill(answer, ask->arena);
    ask_answer(ask, chosen, answer);
}

static void evaluate(struct spf *spf, str input, bool last, struct arena *arena)
{
    static const struct spf_params params = {.receiver = STR("r.example")};
    struct envelope envelope = {.client = {.family = input.n % 2 ? 4 : 6, .bytes = {1}},
                                .helo = S("helo.example"),
                                .has_mail_from = true,
                                .mail_from = S("some-body@mail.example")};
    struct ask ask;
    unsigned questions = 0;

    *spf = (struct spf){0};
    ask_init(&ask, arena, 0);
    while (ask_begin(&ask, ASK_SPF), !spf_evaluate(spf, &envelope, &ask, &params))
        answer_one(&ask, input, last);
    for (struct question *question = ask.first; question; question = question->next)
        questions++;
    assert(questions <= LIMIT_DNS_QUESTIONS_SPF + LIMIT_DNS_QUESTIONS_AHEAD);
}

static void compare(const struct spf_check *a, const struct spf_check *b)
{
    assert(a->result == b->result && str_eq(a->reason, b->reason) && a->reason.n > 0);
    assert(str_eq(a->explanation, b->explanation) && a->explanation.n <= LIMIT_SPF_EXPLANATION);
    assert(a->terms == b->terms && a->terms <= LIMIT_SPF_TERMS);
    assert(a->voids == b->voids && a->voids <= LIMIT_SPF_VOID + 1);
    assert(!a->listed || a->result == RESULT_PASS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct spf first, last;

    evaluate(&first, (str){(const char *)data, size}, false, arena);
    evaluate(&last, (str){(const char *)data, size}, true, arena);
    compare(&first.mail_from, &last.mail_from);
    compare(&first.helo, &last.helo);
    arena_free(arena);
    return 0;
}
