/* fuzz_sender.c: a hostile message and all platforms: what is only claimed names nobody, and what is proven
 * is not contradicted. The first byte says what is known of the transport, the rest is the message. */
#include "fuzz.h"
#include "programs/data.h"
#include "sender/sender.h"

#include <assert.h>

enum { STATED = 1, CONFIRMED = 2, HELO = 4, RECIPIENT = 8 };

static struct platforms *load(struct crypto *crypto, struct arena *arena)
{
    static struct data data;
    struct buf problems = buf_new(arena, 65536);
    struct err err;
    struct suffixes *suffixes = suffixes_load(NULL, &err);

    assert(suffixes && data_load(&data, S(POSTERN_SOURCE_DATA), false, suffixes, crypto, &problems, &err));
    assert(problems.n == 0);
    return data.platforms;
}

static void check_account(const struct account *account)
{
    assert(account->id.n > 0 && account->id.n <= LIMIT_SENDER_VALUE && account->source.n > 0);
}

static void check_chain(const struct sender *sender)
{
    size_t identities = 0;

    assert(sender->n <= LIMIT_SENDER_LINKS + LIMIT_SENDER_CLAIMS);
    for (size_t i = 0; i < sender->n; i++) {
        const struct sender_link *link = &sender->chain[i];

        assert(link->n <= LIMIT_SENDER_ACCOUNTS && link->actor_count <= LIMIT_SENDER_ACCOUNTS);
        assert(sender_find(sender, link->platform->id) == link);
        assert(link->evidence.n > 0);
        if (link->proof == PROOF_CLAIMED) {
            assert(link->n == 0 && link->actor_count == 0 && link->campaign.n == 0);
        } else {
            assert(identities++ == i); /* claims come last */
            for (size_t j = 0; j < link->n; j++)
                check_account(&link->accounts[j]);
        }
    }
    assert(identities <= LIMIT_SENDER_LINKS);
}

static void check_rest(const struct sender *sender)
{
    assert(sender->contradiction_count <= LIMIT_SENDER_CLAIMS && sender->token_count <= LIMIT_SENDER_TOKENS);
    assert(sender->contradiction_count == 0 || sender->transport_known);
    for (size_t i = 0; i < sender->contradiction_count; i++)
        assert(!sender_find(sender, sender->contradictions[i].platform->id));
    for (size_t i = 0; i < sender->token_count; i++) {
        const struct sender_link *link = sender_find(sender, sender->tokens[i].platform->id);

        assert(!sender->tokens[i].proven || (link && link->proof != PROOF_CLAIMED));
    }
}

/* Without results, and without DNS, nothing is proven or branded. */
static void check_unproven(const struct sender *sender)
{
    for (size_t i = 0; i < sender->n; i++)
        assert(sender->chain[i].proof == PROOF_CLAIMED);
}

static void identify(const struct platforms *platforms, unsigned mode, str raw, struct crypto *crypto,
                     struct arena *arena)
{
    static const str recipients[] = {STR("user@example.org")};
    struct envelope envelope = {.helo = mode & HELO ? S("o1.ptr1.outbound-mail.sendgrid.net") : S(""),
                                .recipients = recipients,
                                .recipient_count = mode & RECIPIENT ? 1 : 0};
    struct mail *mail = arena_new_of(arena, struct mail);
    struct auth *auth = arena_new_of(arena, struct auth);
    struct sender *sender = arena_new_of(arena, struct sender);
    struct ask *ask = arena_new_of(arena, struct ask);
    struct auth_params params = {.trust_authserv = mode & STATED ? S("first") : S("")};
    struct sender_params sender_params = {platforms};
    struct sender_input input = {
        .envelope = &envelope, .mail = mail, .auth = auth, .links = &raw, .link_count = 1, .text = raw};

    ask_init(ask, arena, 1700000000);
    ask->offline = true;
    mail_parse(mail, raw, arena);
    assert(auth_step(auth, &envelope, mail, ask, crypto, &params));
    if (mode & CONFIRMED)
        auth->iprev =
            (struct iprev){.result = RESULT_PASS, .name = S("a1.shared.klaviyomail.com"), .done = true};
    assert(sender_step(sender, &input, ask, &sender_params));
    check_chain(sender);
    check_rest(sender);
    if (!(mode & (STATED | CONFIRMED)))
        check_unproven(sender);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *site, *arena;
    static struct platforms *platforms;
    static struct crypto *crypto;
    struct err err;

    if (!site) {
        site = arena_new();
        arena = arena_new();
        crypto = crypto_new(&err);
        assert(crypto);
        platforms = load(crypto, site);
    }
    arena_reset(arena);
    if (size)
        identify(platforms, data[0], (str){(const char *)data + 1, size - 1}, crypto, arena);
    return 0;
}
