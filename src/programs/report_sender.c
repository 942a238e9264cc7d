/* report_sender.c: who sent it, as JSON. */
#include "programs/report.h"

static void add_accounts(struct jsonl *json, const char *key, const struct account *accounts, size_t n)
{
    jsonl_open(json, key, '[');
    for (size_t i = 0; i < n; i++) {
        jsonl_open(json, NULL, '{');
        jsonl_text(json, "id", accounts[i].id);
        jsonl_text(json, "meaning", accounts[i].meaning);
        jsonl_text(json, "source", accounts[i].source);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
}

static void add_link(struct jsonl *json, const struct sender_link *link)
{
    jsonl_open(json, NULL, '{');
    jsonl_text(json, "platform", link->platform->id);
    jsonl_text(json, "name", link->platform->name);
    jsonl_text(json, "proof", str_from(proof_name(link->proof)));
    if (link->n)
        jsonl_text(json, "account", link->accounts[0].id);
    else
        jsonl_null(json, "account");
    add_accounts(json, "accounts", link->accounts, link->n);
    add_accounts(json, "actors", link->actors, link->actor_count);
    jsonl_text(json, "campaign", link->campaign);
    jsonl_bool(json, "direct", link->direct);
    jsonl_bool(json, "weak", link->weak);
    jsonl_text(json, "evidence", link->evidence);
    jsonl_close(json, '}');
}

static void add_contradictions(struct jsonl *json, const struct sender *sender)
{
    jsonl_open(json, "contradictions", '[');
    for (size_t i = 0; i < sender->contradiction_count; i++) {
        const struct sender_contradiction *row = &sender->contradictions[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "platform", row->platform->id);
        jsonl_text(json, "header", row->header);
        jsonl_text(json, "reason", row->reason);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
}

static void add_tokens(struct jsonl *json, const struct sender *sender)
{
    static const char *const fits[] = {
        [TOKEN_UNCOMPARED] = "unknown", [TOKEN_RIGHT] = "right", [TOKEN_OTHER] = "other"};

    jsonl_open(json, "recipient_tokens", '[');
    for (size_t i = 0; i < sender->token_count; i++) {
        const struct sender_token *token = &sender->tokens[i];

        jsonl_open(json, NULL, '{');
        jsonl_text(json, "platform", token->platform->id);
        jsonl_text(json, "header", token->header);
        jsonl_text(json, "address", token->address);
        jsonl_text(json, "names", str_from(fits[token->fit]));
        jsonl_bool(json, "proven", token->proven);
        jsonl_close(json, '}');
    }
    jsonl_close(json, ']');
}

void report_sender(struct jsonl *json, const struct sender *sender)
{
    jsonl_open(json, "sender", '{');
    jsonl_open(json, "chain", '[');
    for (size_t i = 0; i < sender->n; i++)
        add_link(json, &sender->chain[i]);
    jsonl_close(json, ']');
    add_contradictions(json, sender);
    add_tokens(json, sender);
    jsonl_text(json, "client_name", sender->client_name);
    jsonl_bool(json, "client_confirmed", sender->client_confirmed);
    jsonl_bool(json, "transport_known", sender->transport_known);
    jsonl_close(json, '}');
}
