/* vector.c: the tests that platforms' files bring along. */
#include "sender/vector.h"

enum { MESSAGE_MAX = 65536, WORDS_MAX = 4096 };

static bool has_from(const struct platform_vector *vector)
{
    for (size_t i = 0; i < vector->header_count; i++)
        if (str_istarts(vector->headers[i], S("From:")))
            return true;
    return false;
}

static str message_of(const struct platform_vector *vector, struct arena *arena)
{
    struct buf buf = buf_new(arena, MESSAGE_MAX);

    buf_printf(&buf, "Authentication-Results: vector.example; %.*s\r\n",
               PS(vector->results.n ? vector->results : S("none")));
    if (!has_from(vector))
        buf_printf(&buf, "From: news@example.com\r\n");
    buf_printf(&buf, "To: user@example.org\r\nSubject: vector\r\n");
    for (size_t i = 0; i < vector->header_count; i++)
        buf_printf(&buf, "%.*s\r\n", PS(vector->headers[i]));
    buf_printf(&buf, "\r\n%.*s\r\n", PS(vector->body));
    return buf_str(&buf);
}

/* Results cannot state by which record a client is permitted, nor the client's name. */
static void add_path(struct auth *auth, const struct platform_vector *vector, struct arena *arena)
{
    struct spf_step *path = arena_array_of(arena, vector->include_count + 1, struct spf_step);

    path[0] = (struct spf_step){auth->spf.mail_from.domain, SPF_VIA_START};
    for (size_t i = 0; i < vector->include_count; i++)
        path[i + 1] = (struct spf_step){vector->includes[i], SPF_VIA_INCLUDE};
    if (vector->include_count) {
        auth->spf.mail_from.path = path;
        auth->spf.mail_from.path_length = vector->include_count + 1;
        auth->spf.mail_from.listed = true;
    }
    if (vector->host.n)
        auth->iprev = (struct iprev){.result = RESULT_PASS, .name = vector->host, .done = true};
}

static void run(struct sender *sender, const struct platforms *platforms,
                const struct platform_vector *vector, struct crypto *crypto, struct arena *arena)
{
    struct envelope *envelope = arena_new_of(arena, struct envelope);
    struct mail *mail = arena_new_of(arena, struct mail);
    struct auth *auth = arena_new_of(arena, struct auth);
    struct ask *ask = arena_new_of(arena, struct ask);
    struct auth_params params = {.trust_authserv = S("first")};
    struct sender_params sender_params = {platforms};
    struct sender_input input = {envelope, mail, auth, vector->urls, vector->url_count, vector->body};

    *envelope = (struct envelope){.helo = vector->helo,
                                  .has_mail_from = vector->mail_from.n > 0,
                                  .mail_from = vector->mail_from,
                                  .recipients = vector->recipients,
                                  .recipient_count = vector->recipient_count};
    ask_init(ask, arena, 0);
    ask->offline = true;
    mail_parse(mail, message_of(vector, arena), arena);
    while (!auth_step(auth, envelope, mail, ask, crypto, &params))
        continue;
    add_path(auth, vector, arena);
    while (!sender_step(sender, &input, ask, &sender_params))
        continue;
}

/* "sendgrid klaviyo" */
static str chain_of(const struct sender *sender, struct arena *arena)
{
    struct buf buf = buf_new(arena, WORDS_MAX);

    for (size_t i = 0; i < sender->n; i++)
        buf_printf(&buf, "%s%.*s", i ? " " : "", PS(sender->chain[i].platform->id));
    return buf_str(&buf);
}

static str accounts_of(const struct sender_link *link, struct arena *arena)
{
    struct buf buf = buf_new(arena, WORDS_MAX);

    for (size_t i = 0; link && i < link->n; i++)
        buf_printf(&buf, "%s%.*s", i ? " " : "", PS(link->accounts[i].id));
    return buf_str(&buf);
}

static bool is_contradicted(const struct sender *sender, const struct platform *platform)
{
    for (size_t i = 0; i < sender->contradiction_count; i++)
        if (sender->contradictions[i].platform == platform)
            return true;
    return false;
}

/* The fit of its first token. */
static str token_of(const struct sender *sender, const struct platform *platform)
{
    for (size_t i = 0; i < sender->token_count; i++)
        if (sender->tokens[i].platform == platform && sender->tokens[i].fit != TOKEN_UNCOMPARED)
            return sender->tokens[i].fit == TOKEN_RIGHT ? S("right") : S("other");
    return S("");
}

static void compare(struct buf *problem, const char *what, str wanted, str found)
{
    if (!str_eq(wanted, found))
        buf_printf(problem, "%s%s: wanted \"%.*s\", found \"%.*s\"", problem->n ? "; " : "", what, PS(wanted),
                   PS(found));
}

bool vector_run(const struct platforms *platforms, const struct platform *platform,
                const struct platform_vector *vector, struct crypto *crypto, struct arena *arena,
                str *problem)
{
    struct buf words = buf_new(arena, WORDS_MAX), accounts = buf_new(arena, WORDS_MAX);
    static const char *const proofs[] = {"none", "claimed", "branded", "proven"};
    struct sender sender = {0};
    const struct sender_link *link;

    run(&sender, platforms, vector, crypto, arena);
    link = sender_find(&sender, platform->id);
    for (size_t i = 0; i < vector->account_count; i++)
        buf_printf(&accounts, "%s%.*s", i ? " " : "", PS(vector->accounts[i]));
    compare(&words, "chain", vector->chain, chain_of(&sender, arena));
    compare(&words, "proof", str_from(proofs[vector->proof]),
            link ? str_from(proof_name(link->proof)) : S("none"));
    compare(&words, "accounts", buf_str(&accounts), accounts_of(link, arena));
    if (vector->campaign.n)
        compare(&words, "campaign", vector->campaign, link ? link->campaign : S(""));
    compare(&words, "contradicted", vector->contradicted ? S("yes") : S("no"),
            is_contradicted(&sender, platform) ? S("yes") : S("no"));
    if (vector->token.n)
        compare(&words, "token", vector->token, token_of(&sender, platform));
    *problem = buf_str(&words);
    return words.n == 0;
}
