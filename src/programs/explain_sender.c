/* explain_sender.c: who sent it, in words. */
#include "programs/explain.h"

static void accounts_line(struct page *page, const char *label, const struct account *accounts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        page_printf(page, "  %-9s         ", i ? "" : label);
        page_text(page, accounts[i].id);
        page_printf(page, " (");
        page_text(page, accounts[i].meaning.n ? accounts[i].meaning : S("account"));
        page_printf(page, ", from ");
        page_text(page, accounts[i].source);
        page_printf(page, ")\n");
    }
}

static void explain_link(struct page *page, const struct sender_link *link, bool whole)
{
    page_printf(page, "  sender %-9s  ", proof_name(link->proof));
    page_text(page, link->platform->name);
    if (link->n) {
        page_printf(page, ", account ");
        page_text(page, link->accounts[0].id);
    }
    if (link->campaign.n && whole) {
        page_printf(page, ", campaign ");
        page_text(page, link->campaign);
    }
    page_printf(page, ": ");
    page_text(page, link->evidence);
    page_end(page);
    if (whole) {
        accounts_line(page, "accounts", link->accounts, link->n);
        accounts_line(page, "names", link->actors, link->actor_count);
    }
}

static void explain_tokens(struct page *page, const struct sender *sender, bool whole)
{
    for (size_t i = 0; i < sender->token_count; i++) {
        const struct sender_token *token = &sender->tokens[i];

        if (token->fit != TOKEN_OTHER && !whole)
            continue;
        page_printf(page, "  recipient         ");
        page_text(page, token->header);
        page_printf(page, " of %.*s names ", PS(token->platform->name));
        page_text(page, token->address);
        page_printf(page, "%s%s\n",
                    token->fit == TOKEN_RIGHT   ? ", who is a recipient"
                    : token->fit == TOKEN_OTHER ? ", who is no recipient"
                                                : "",
                    token->proven ? "" : "; anybody could have written that");
    }
}

void explain_sender(struct page *page, const struct sender *sender, bool whole)
{
    for (size_t i = 0; i < sender->n; i++)
        explain_link(page, &sender->chain[i], whole);
    if (sender->n == 0 && whole)
        page_printf(page, "  sender            no mailing platform that is known\n");
    for (size_t i = 0; i < sender->contradiction_count; i++) {
        page_printf(page, "  sender forged     ");
        page_text(page, sender->contradictions[i].reason);
        page_end(page);
    }
    explain_tokens(page, sender, whole);
}
