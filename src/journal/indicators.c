/* indicators.c: what a hunt can find a message by. */
#include "journal/indicators.h"

#include "base/limits.h"
#include "mail/domain.h"

void indicators_add(struct indicators *indicators, str kind, str value)
{
    value = arena_lower(indicators->arena, str_sub(value, 0, LIMIT_JOURNAL_TEXT));
    for (size_t i = 0; i < indicators->n; i++)
        if (str_eq(indicators->items[i].value, value) && str_eq(indicators->items[i].kind, kind))
            return;
    if (value.n == 0)
        return;
    if (indicators->n == LIMIT_JOURNAL_INDICATORS) {
        indicators->cut++;
        return;
    }
    if (indicators->n == indicators->room) {
        struct indicator *more;

        indicators->room = indicators->room ? 2 * indicators->room : 16;
        more = arena_array_of(indicators->arena, indicators->room, struct indicator);
        if (indicators->n)
            memcpy(more, indicators->items, indicators->n * sizeof(*more));
        indicators->items = more;
    }
    indicators->items[indicators->n++] = (struct indicator){kind, value};
}

static void add_domain(struct indicators *indicators, str kind, str domain)
{
    str normal;

    if (domain_normal(domain, indicators->arena, &normal))
        indicators_add(indicators, kind, normal);
}

void indicators_add_address(struct indicators *indicators, str address, bool address_only)
{
    size_t at = str_rfind(address, '@');

    indicators_add(indicators, S("address"), address);
    if (!address_only && at < address.n)
        add_domain(indicators, S("domain"), str_skip(address, at + 1));
}

/* A claim is nobody's account. */
static void add_accounts(struct indicators *indicators, const struct facts_sender *sender)
{
    for (size_t i = 0; i < sender->n; i++) {
        if (sender->chain[i].proof != PROOF_CLAIMED)
            indicators_add(indicators, S("platform"), sender->chain[i].platform);
        for (size_t k = 0; k < sender->chain[i].n && sender->chain[i].proof != PROOF_CLAIMED; k++)
            indicators_add(indicators, S("account"),
                           arena_join(indicators->arena, sender->chain[i].platform, S(":"),
                                      sender->chain[i].accounts[k].id));
    }
}

static void add_content(struct indicators *indicators, const struct content *content)
{
    for (size_t i = 0; i < content->organisation_count; i++) {
        indicators_add(indicators, S("link-domain"), content->organisations[i].domain);
        if (!str_eq(content->organisations[i].host, content->organisations[i].domain))
            indicators_add(indicators, S("link-host"), content->organisations[i].host);
    }
    for (size_t i = 0; i < content->url_hash_count; i++)
        indicators_add(indicators, S("url"), content->url_hashes[i]);
    for (size_t i = 0; i < content->file_count; i++)
        indicators_add(indicators, S("file"), content->files[i].sha256);
}

void indicators_add_facts(struct indicators *indicators, const struct facts *facts)
{
    const struct auth *auth = &facts->auth;

    for (size_t i = 0; i < facts->message.from_count; i++)
        indicators_add_address(indicators, facts->message.from[i].address, false);
    for (size_t i = 0; i < facts->message.reply_to_count; i++)
        indicators_add_address(indicators, facts->message.reply_to[i].address, false);
    for (size_t i = 0; i < auth->author_count; i++)
        indicators_add(indicators, S("domain"), auth->author_domains[i]);
    for (size_t i = 0; i < auth->dkim.n; i++)
        indicators_add(indicators, S("dkim-domain"), auth->dkim.signatures[i].domain);
    for (size_t i = 0; i < auth->arc.n; i++)
        indicators_add(indicators, S("arc-domain"), auth->arc.sets[i].domain);
    add_domain(indicators, S("helo"), auth->envelope.helo);
    add_accounts(indicators, &facts->sender);
    add_content(indicators, &facts->content);
}

void indicators_add_record(struct indicators *indicators, const struct record *record)
{
    const struct envelope *envelope = &record->envelope;

    if (envelope->client.family)
        indicators_add(indicators, S("ip"), ip_format(envelope->client, indicators->arena));
    indicators_add_address(indicators, envelope->mail_from, false);
    indicators_add(indicators, S("domain"), record->from_domain);
    indicators_add(indicators, S("address"), record->auth_user);
    for (size_t i = 0; i < record->indicator_count; i++)
        indicators_add(indicators, record->indicators[i].kind, record->indicators[i].value);
    for (size_t i = 0; i < record->outcome.recipient_count; i++)
        indicators_add_address(indicators, record->outcome.recipients[i].address, true);
}
