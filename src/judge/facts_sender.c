/* facts_sender.c: what is kept of struct sender. */
#include "judge/facts_rows.h"

WORDS(proof_words, [PROOF_CLAIMED] = "claimed", [PROOF_BRANDED] = "branded", [PROOF_PROVEN] = "proven");
WORDS(fit_words, [TOKEN_UNCOMPARED] = "uncompared", [TOKEN_RIGHT] = "right", [TOKEN_OTHER] = "other");

static const struct facts_field account_fields[] = {
    TEXT(struct account, "id", id),
    TEXT(struct account, "meaning", meaning),
    TEXT(struct account, "source", source),
};
SHAPE(account, struct account);

static const struct facts_field link_fields[] = {
    TEXT(struct facts_link, "platform", platform),
    TEXT(struct facts_link, "kind", kind),
    WORD(struct facts_link, "proof", proof, proof_words),
    LIST(struct facts_link, "accounts", accounts, n, account),
    LIST(struct facts_link, "actors", actors, actor_count, account),
    TEXT(struct facts_link, "campaign", campaign),
    TEXT(struct facts_link, "evidence", evidence),
    BOOL(struct facts_link, "direct", direct),
    BOOL(struct facts_link, "weak", weak),
};
SHAPE(link, struct facts_link);

static const struct facts_field contradiction_fields[] = {
    TEXT(struct facts_contradiction, "platform", platform),
    TEXT(struct facts_contradiction, "header", header),
    TEXT(struct facts_contradiction, "reason", reason),
};
SHAPE(contradiction, struct facts_contradiction);

static const struct facts_field token_fields[] = {
    TEXT(struct facts_token, "platform", platform), TEXT(struct facts_token, "header", header),
    TEXT(struct facts_token, "address", address),   WORD(struct facts_token, "fit", fit, fit_words),
    BOOL(struct facts_token, "proven", proven),
};
SHAPE(token, struct facts_token);

static const struct facts_field sender_fields[] = {
    LIST(struct facts_sender, "chain", chain, n, link),
    LIST(struct facts_sender, "contradictions", contradictions, contradiction_count, contradiction),
    LIST(struct facts_sender, "tokens", tokens, token_count, token),
    TEXT(struct facts_sender, "client_name", client_name),
    BOOL(struct facts_sender, "client_confirmed", client_confirmed),
    BOOL(struct facts_sender, "transport_known", transport_known),
};
const struct facts_shape facts_sender_shape = {sender_fields, sizeof(sender_fields) / sizeof(*sender_fields),
                                               sizeof(struct facts_sender)};

/* ---- collecting ---- */

static void collect_chain(struct facts_sender *out, const struct sender *sender, struct arena *arena)
{
    out->n = sender->n;
    out->chain = arena_array_of(arena, sender->n, struct facts_link);
    for (size_t i = 0; i < sender->n; i++) {
        const struct sender_link *from = &sender->chain[i];

        out->chain[i] = (struct facts_link){
            .platform = from->platform->id,
            .kind = str_from(platform_kind_name(from->platform->kind)),
            .proof = from->proof,
            .accounts = from->accounts,
            .n = from->n,
            .actors = from->actors,
            .actor_count = from->actor_count,
            .campaign = from->campaign,
            .evidence = from->evidence,
            .direct = from->direct,
            .weak = from->weak,
        };
    }
}

void facts_add_sender(struct facts *facts, const struct sender *sender, struct arena *arena)
{
    struct facts_sender *out = &facts->sender;

    *out = (struct facts_sender){.contradiction_count = sender->contradiction_count,
                                 .token_count = sender->token_count,
                                 .client_name = sender->client_name,
                                 .client_confirmed = sender->client_confirmed,
                                 .transport_known = sender->transport_known};
    collect_chain(out, sender, arena);
    out->contradictions = arena_array_of(arena, sender->contradiction_count, struct facts_contradiction);
    for (size_t i = 0; i < sender->contradiction_count; i++) {
        const struct sender_contradiction *from = &sender->contradictions[i];

        out->contradictions[i] = (struct facts_contradiction){from->platform->id, from->header, from->reason};
    }
    out->tokens = arena_array_of(arena, sender->token_count, struct facts_token);
    for (size_t i = 0; i < sender->token_count; i++) {
        const struct sender_token *from = &sender->tokens[i];

        out->tokens[i] =
            (struct facts_token){from->platform->id, from->header, from->address, from->fit, from->proven};
    }
}
