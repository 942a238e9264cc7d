/* content.c: examine: facts about what a message says, shows and links to. */
#include "content/content.h"

#include "base/base64.h"
#include "content/content_own.h"

static const char *const place_names[BRAND_PLACES] = {
#define PLACE(id, name) [BRAND_IN_##id] = name,
    BRAND_PLACE_TABLE(PLACE)
#undef PLACE
};

static const char *const count_names[LINK_COUNTS] = {
#define COUNT(id, name) [LINKS_##id] = name,
    LINK_COUNT_TABLE(COUNT)
#undef COUNT
};

const char *brand_place_name(enum brand_place place)
{
    return place_names[place];
}

const char *link_count_name(enum link_count count)
{
    return count_names[count];
}

str examine_hash(struct crypto *crypto, str bytes, size_t n, struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    struct hash *hash = hash_new(crypto, HASH_SHA256);
    char *out = arena_bytes(arena, 2 * n);
    uint8_t digest[HASH_SIZE_MAX];

    hash_add(hash, bytes);
    hash_end(hash, digest);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    return (str){out, 2 * n};
}

str content_url_hash(struct crypto *crypto, str href, struct arena *arena)
{
    return examine_hash(crypto, href, HASH_SIZE_MAX / 2, arena);
}

/* The recipients of the envelope, in the forms in which they are looked for. */
static void take_recipients(struct examine *examine)
{
    const struct envelope *envelope = examine->input->envelope;

    for (size_t i = 0; i < envelope->recipient_count && examine->recipient_count < LIMIT_CONTENT_RECIPIENTS;
         i++) {
        str address = arena_lower(examine->arena, envelope->recipients[i]);
        size_t at = str_rfind(address, '@');

        if (at == 0 || at == address.n)
            continue;
        examine->recipients[examine->recipient_count++] = (struct examine_recipient){
            .address = address,
            .local = str_sub(address, 0, at),
            .domain = str_skip(address, at + 1),
            .base64 = str_sub(base64_encode(address, examine->arena), 0, address.n / 3 * 4),
        };
    }
}

/* Domains that are authenticated, whoever's they are. */
static void take_signers(struct examine *examine)
{
    const struct auth *auth = examine->input->auth;
    str *signers = arena_array_of(examine->arena, auth->dkim.n + 1, str);

    for (size_t i = 0; i < auth->dkim.n; i++)
        if (auth->dkim.signatures[i].result == RESULT_PASS)
            signers[examine->signer_count++] = auth->dkim.signatures[i].domain;
    if (auth->spf.mail_from.result == RESULT_PASS)
        signers[examine->signer_count++] = auth->spf.mail_from.domain;
    examine->signers = signers;
}

void content_examine(struct content *content, const struct content_input *input,
                     const struct content_params *params, struct arena *arena)
{
    static const struct lures no_lures;
    struct examine examine = {.content = content, .input = input, .params = params, .arena = arena};

    *content = (struct content){.date = -1,
                                .brands = arena_array_of(arena, LIMIT_CONTENT_BRANDS, struct content_brand)};
    lures_begin(&examine.lures, params->lures ? params->lures : &no_lures, &content->lures, arena);
    take_recipients(&examine);
    take_signers(&examine);
    examine_names(&examine);
    examine_links(&examine);
    examine_files(&examine);
    examine_texts(&examine);
    examine_owners(&examine);
    content->done = true;
}
