/* extract.c: accounts, campaigns and recipient tokens out of a message. */
#include "sender/extract.h"

/* The values of one extractor, distinct. */
struct values {
    str items[LIMIT_SENDER_ACCOUNTS];
    size_t n;
    bool split; /* a field that should stand once stands there with different values */
};

static void add_value(struct values *values, str value)
{
    for (size_t i = 0; i < values->n; i++)
        if (str_eq(values->items[i], value))
            return;
    if (values->n < LIMIT_SENDER_ACCOUNTS)
        values->items[values->n++] = value;
}

/* What the pattern finds in a text, decoded. */
static void read_text(const struct extraction *extraction, const struct platform_extractor *row, str text,
                      struct values *values)
{
    struct pattern_match match;
    str value;

    if (text.n == 0 || pattern_find(row->pattern, text, 0, &match) != PATTERN_FOUND)
        return;
    value = match.count > 1 ? match.group[1] : match.group[0];
    if (value.p && value.n && decode_value(row->steps, row->decode_count, &value, extraction->arena) &&
        value.n)
        add_value(values, str_sub(value, 0, LIMIT_SENDER_VALUE));
}

/* ---- headers ---- */

/* True if the signature covers fields of that name. */
static bool is_signed(const struct mail *mail, const struct dkim_signature *signature, str name)
{
    struct taglist tags;
    const struct tag *tag;
    str rest, field;

    if (!signature || !evidence_tags(mail, signature, &tags) || !(tag = taglist_find(&tags, S("h"))))
        return false;
    rest = tag->value;
    while (str_next(&rest, ':', &field))
        if (str_ieq(str_trim(field), name))
            return true;
    return false;
}

static void read_headers(const struct extraction *extraction, const struct platform_extractor *row,
                         struct values *values)
{
    const struct mail *mail = extraction->input->mail;
    unsigned looked = 0;

    for (size_t i = 0; i < mail->header_count && looked < LIMIT_SENDER_SAME; i++)
        if (str_ieq(mail->headers[i].name, row->from)) {
            read_text(extraction, row, evidence_value(&mail->headers[i], extraction->arena), values);
            looked++;
        }
    /* A platform that overwrites the field leaves one. More are somebody else's words, and nobody knows
     * which. */
    values->split = values->n > 1;
}

/* ---- signatures ---- */

static void read_signatures(const struct extraction *extraction, const struct platform_extractor *row,
                            struct values *values)
{
    const struct dkim *dkim = &extraction->input->auth->dkim;

    for (size_t i = 0; i < dkim->n && i < 2 * LIMIT_DKIM_SIGNATURES; i++) {
        const struct dkim_signature *signature = &dkim->signatures[i];

        if (signature->result != RESULT_PASS)
            continue;
        read_text(extraction, row,
                  row->source == SOURCE_DKIM_DOMAIN ? signature->domain
                  : row->source == SOURCE_DKIM_SELECTOR
                      ? evidence_selector(extraction->input->mail, signature)
                      : signature->identity,
                  values);
    }
}

/* ---- the rest ---- */

static void read_urls(const struct extraction *extraction, const struct platform_extractor *row,
                      struct values *values)
{
    const struct sender_input *input = extraction->input;

    for (size_t i = 0; i < input->link_count && i < LIMIT_SENDER_URLS; i++)
        read_text(extraction, row, input->links[i], values);
}

static void read_reply_to(const struct extraction *extraction, const struct platform_extractor *row,
                          struct values *values)
{
    const struct header *header = extraction->input->mail->first[HEADER_REPLY_TO];
    struct address_list list = {0};

    if (header)
        address_parse_list(header->value, extraction->arena, &list);
    for (size_t i = 0; i < list.n && i < LIMIT_SENDER_ACCOUNTS; i++)
        if (list.items[i].domain.n)
            read_text(extraction, row, address_format(&list.items[i], extraction->arena), values);
}

static void read_values(const struct extraction *extraction, const struct platform_extractor *row,
                        struct values *values)
{
    const struct address_list *from = &extraction->input->mail->from;

    *values = (struct values){.n = 0};
    switch (row->source) {
    case SOURCE_HEADER:
        read_headers(extraction, row, values);
        break;
    case SOURCE_RETURN_PATH:
        read_text(extraction, row, extraction->evidence->mail_from, values);
        break;
    case SOURCE_DKIM_DOMAIN:
    case SOURCE_DKIM_SELECTOR:
    case SOURCE_DKIM_IDENTITY:
        read_signatures(extraction, row, values);
        break;
    case SOURCE_DKIM_KEY:
        read_text(extraction, row, extraction->candidate->key_host, values);
        break;
    case SOURCE_URL:
        read_urls(extraction, row, values);
        break;
    case SOURCE_REPLY_TO:
        read_reply_to(extraction, row, values);
        break;
    case SOURCE_FROM:
        read_text(extraction, row, extraction->evidence->author, values);
        break;
    case SOURCE_FROM_DOMAIN:
        read_text(extraction, row, extraction->evidence->author_domain, values);
        break;
    case SOURCE_DISPLAY_NAME:
        if (from->n)
            read_text(extraction, row,
                      evidence_value(&(struct header){.value = from->items[0].display}, extraction->arena),
                      values);
        break;
    case SOURCE_BODY:
        read_text(extraction, row, extraction->input->text, values);
        break;
    }
}

/* True if what stands there is the platform's own word: it wrote the field, and nobody changed it since. */
static bool is_own_word(const struct extraction *extraction, const struct platform_extractor *row)
{
    if (row->set_by != 0)
        return false;
    switch (row->source) {
    case SOURCE_HEADER:
        return extraction->direct ||
               is_signed(extraction->input->mail, extraction->candidate->signature, row->from);
    case SOURCE_RETURN_PATH:
        return extraction->direct;
    case SOURCE_DKIM_DOMAIN:
    case SOURCE_DKIM_SELECTOR:
    case SOURCE_DKIM_IDENTITY:
    case SOURCE_DKIM_KEY:
        return true; /* they pass */
    case SOURCE_FROM:
    case SOURCE_FROM_DOMAIN:
    case SOURCE_DISPLAY_NAME:
        return extraction->direct || extraction->candidate->signature != NULL; /* a signature covers From */
    case SOURCE_REPLY_TO:
        return extraction->direct ||
               is_signed(extraction->input->mail, extraction->candidate->signature, S("Reply-To"));
    case SOURCE_URL: /* anybody can copy another customer's link into a text */
    case SOURCE_BODY:
        break;
    }
    return false;
}

static void add_account(struct account *accounts, size_t *n, const struct platform_extractor *row, str id)
{
    for (size_t i = 0; i < *n; i++)
        if (str_eq(accounts[i].id, id))
            return;
    if (*n < LIMIT_SENDER_ACCOUNTS)
        accounts[(*n)++] = (struct account){id, row->meaning, row->from};
}

void extract_link(const struct extraction *extraction, struct sender_link *link)
{
    const struct platform *platform = link->platform;
    struct values values;

    link->accounts = arena_array_of(extraction->arena, LIMIT_SENDER_ACCOUNTS, struct account);
    link->actors = arena_array_of(extraction->arena, LIMIT_SENDER_ACCOUNTS, struct account);
    for (size_t i = 0; i < platform->account_count; i++) {
        const struct platform_extractor *row = &platform->accounts[i];
        bool own = is_own_word(extraction, row);

        read_values(extraction, row, &values);
        for (size_t j = 0; j < values.n; j++)
            if (own && !values.split)
                add_account(link->accounts, &link->n, row, values.items[j]);
            else
                add_account(link->actors, &link->actor_count, row, values.items[j]);
    }
    for (size_t i = 0; i < platform->campaign_count && link->campaign.n == 0; i++) {
        read_values(extraction, &platform->campaigns[i], &values);
        if (values.n)
            link->campaign = values.items[0];
    }
}

/* ---- recipients ---- */

static enum sender_token_fit fit_of(const struct envelope *envelope, str address)
{
    if (envelope->recipient_count == 0)
        return TOKEN_UNCOMPARED;
    for (size_t i = 0; i < envelope->recipient_count && i < LIMIT_ADDRESSES; i++)
        if (str_ieq(envelope->recipients[i], address))
            return TOKEN_RIGHT;
    return TOKEN_OTHER;
}

void extract_tokens(const struct extraction *extraction, bool proven, struct sender *sender)
{
    const struct platform *platform = extraction->candidate->platform;
    struct values values;

    for (size_t i = 0; i < platform->token_count; i++) {
        const struct platform_extractor *row = &platform->tokens[i];

        read_values(extraction, row, &values);
        for (size_t j = 0; j < values.n && sender->token_count < LIMIT_SENDER_TOKENS; j++)
            if (str_find(values.items[j], '@') < values.items[j].n)
                sender->tokens[sender->token_count++] =
                    (struct sender_token){.platform = platform,
                                          .header = row->from,
                                          .address = values.items[j],
                                          .fit = fit_of(extraction->input->envelope, values.items[j]),
                                          .proven = proven && is_own_word(extraction, row) && !values.split};
    }
}
