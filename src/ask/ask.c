/* ask.c: the core asks and never waits. */
#include "ask/ask.h"

#include <assert.h>

#include "base/limits.h"

static const unsigned budgets[ASK_PARTS] = {
    [ASK_SPF] = LIMIT_DNS_QUESTIONS_SPF,     [ASK_DKIM] = LIMIT_DNS_QUESTIONS_DKIM,
    [ASK_ARC] = LIMIT_DNS_QUESTIONS_ARC,     [ASK_DMARC] = LIMIT_DNS_QUESTIONS_DMARC,
    [ASK_IPREV] = LIMIT_DNS_QUESTIONS_IPREV, [ASK_DNSL] = LIMIT_DNS_QUESTIONS_DNSL,
};

void ask_init(struct ask *ask, struct arena *arena, int64_t now)
{
    *ask = (struct ask){.arena = arena, .now = now};
}

void ask_begin(struct ask *ask, enum ask_part part)
{
    ask->run[part]++;
    ask->used[part] = 0;
    ask->refused[part] = false;
}

unsigned ask_left(const struct ask *ask, enum ask_part part)
{
    return budgets[part] + ask->extra[part] - ask->used[part];
}

void ask_inherit(struct ask *ask, enum ask_part heir, unsigned questions)
{
    ask->extra[heir] = questions;
}

static unsigned hash_of(str name, enum dns_type type)
{
    uint32_t hash = 2166136261u ^ (uint32_t)type;

    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (uint8_t)ascii_lower(name.p[i])) * 16777619u;
    return (hash ^ hash >> 16) % ASK_TABLE;
}

/* The normal form of a name, but without a copy: case is ignored in comparisons. */
static struct question *find(const struct ask *ask, str name, enum dns_type type)
{
    struct question *question = ask->table[hash_of(name, type)];

    while (question && !(question->type == type && str_ieq(question->name, name)))
        question = question->same_hash;
    return question;
}

static struct question *add(struct ask *ask, str name, enum dns_type type)
{
    struct question *question = arena_new_of(ask->arena, struct question);
    struct question **chain = &ask->table[hash_of(name, type)];

    question->name = arena_lower(ask->arena, name);
    question->type = type;
    question->same_hash = *chain;
    *chain = question;
    if (ask->last)
        ask->last->next = question;
    else
        ask->first = question;
    ask->last = question;
    ask->open++;
    return question;
}

/* An answer that nobody needs to be asked for. */
static const struct dns_answer *own_answer(struct ask *ask, str name, enum dns_type type,
                                           enum dns_status status)
{
    struct dns_answer *answer = arena_new_of(ask->arena, struct dns_answer);

    answer->name = arena_lower(ask->arena, name);
    answer->type = type;
    answer->status = status;
    return answer;
}

/* A new question, answered at once where that is possible. */
static struct question *note(struct ask *ask, str name, enum dns_type type)
{
    struct question *question = add(ask, name, type);
    const struct dns_answer *answer =
        ask->lookup ? ask->lookup(ask->lookup_context, question->name, type, ask->arena) : NULL;

    if (!answer && ask->offline)
        answer = own_answer(ask, name, type, DNS_UNKNOWN);
    if (answer)
        ask_answer(ask, question, answer);
    return question;
}

const struct dns_answer *ask_dns(struct ask *ask, enum ask_part part, str name, enum dns_type type)
{
    struct question *question;

    name = str_without_dot(name);
    if (!dns_name_valid(name))
        return own_answer(ask, name, type, DNS_INVALID);
    question = find(ask, name, type);
    if (!question || question->counted[part] != ask->run[part]) {
        if (ask->used[part] >= budgets[part] + ask->extra[part]) {
            ask->refused[part] = true;
            return own_answer(ask, name, type, DNS_LIMIT);
        }
        ask->used[part]++;
    }
    if (!question)
        question = note(ask, name, type);
    if (question->ahead) {
        question->ahead = false;
        ask->ahead--;
    }
    question->counted[part] = ask->run[part];
    return question->answer;
}

void ask_ahead(struct ask *ask, str name, enum dns_type type)
{
    struct question *question;

    name = str_without_dot(name);
    if (ask->offline || ask->ahead >= LIMIT_DNS_QUESTIONS_AHEAD || !dns_name_valid(name) ||
        find(ask, name, type))
        return;
    question = note(ask, name, type);
    if (!question->answer) {
        question->ahead = true;
        ask->ahead++;
    }
}

const struct dns_answer *ask_peek(const struct ask *ask, str name, enum dns_type type)
{
    const struct question *question = find(ask, str_without_dot(name), type);

    return question ? question->answer : NULL;
}

void ask_answer(struct ask *ask, struct question *question, const struct dns_answer *answer)
{
    assert(!question->answer && answer && ask->open > 0);
    question->answer = answer;
    ask->open--;
}

void ask_give(struct ask *ask, const struct dns_answer *answer)
{
    if (!find(ask, answer->name, answer->type))
        ask_answer(ask, add(ask, answer->name, answer->type), answer);
}
