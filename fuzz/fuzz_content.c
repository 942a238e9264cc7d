/* fuzz_content.c: any message is examined: within the limits, and what is said hangs together. */
#include "content/content.h"
#include "content/mailboxes.h"
#include "content/skeleton.h"
#include "fuzz.h"

#include <assert.h>

static const char lures_text[] =
    "language: en\nfrequent: [the, and, your]\nphrases:\n  credential: [verify your _, your|the account]\n"
    "  callback: [call us]\nstrong:\n  wallet: [recovery phrase]\n";
static const char brands_text[] =
    "brands:\n  paypal: {kind: payment, names: [PayPal], domains: [paypal.com]}\n"
    "  ledger: {kind: crypto, names: [Ledger Live], words: [Ledger], domains: [ledger.com]}\n";

static struct site {
    struct arena *arena;
    struct lures lures;
    struct brands brands;
    struct crypto *crypto;
    struct content_params params;
} site;

static void make_site(void)
{
    struct phrases *phrases;
    struct buf problems;
    bool loaded;

    site.arena = arena_new();
    site.crypto = crypto_new(NULL);
    problems = buf_new(site.arena, 10000);
    phrases = phrases_new(site.arena);
    loaded = lures_load(&site.lures, phrases, S("lures"), str_from(lures_text), site.arena, &problems) &&
             brands_load(&site.brands, phrases, 1000, S("brands"), str_from(brands_text), NULL, site.arena,
                         &problems);
    assert(loaded);
    site.params = (struct content_params){.phrases = phrases, .lures = &site.lures, .brands = &site.brands};
    site.params.mailboxes =
        mailboxes_load(S("mailboxes"), S("domains: [free.example]\n"), NULL, site.arena, &problems);
}

static void check(const struct content *content, struct arena *arena)
{
    unsigned lures = 0, clicks = 0;

    assert(content->done && content->brand_count <= LIMIT_CONTENT_BRANDS &&
           content->brand_count <= content->brand_seen);
    assert(content->organisation_count <= LIMIT_CONTENT_ORGANISATIONS);
    assert(content->link_count <= LIMIT_CONTENT_LINKS && content->file_count <= LIMIT_CONTENT_FILES);
    assert(content->phone_count <= LIMIT_CONTENT_PHONES && content->lures.n <= LIMIT_LURES_FOUND);
    for (enum lure_kind kind = 0; kind < LURE_KINDS; kind++) {
        const struct lure_count *counts = &content->lures.kinds[kind];

        lures += counts->subject > counts->text ? counts->subject : counts->text;
        assert(counts->strong <= counts->subject + counts->text);
    }
    assert(lures <= content->lures.phrases && content->lures.n <= content->lures.phrases);
    for (size_t i = 0; i < content->brand_count; i++)
        assert(content->brands[i].times > 0 && content->brands[i].brand.n > 0);
    for (size_t i = 0; i < content->organisation_count; i++) {
        clicks += content->organisations[i].clicks;
        assert(content->organisations[i].domain.n > 0);
        assert(i == 0 || content->organisations[i].clicks <= content->organisations[i - 1].clicks);
    }
    assert(clicks <= content->link_counts.counts[LINKS_CLICKS]);
    for (size_t i = 0; i < content->file_count; i++)
        assert(content->files[i].sha256.n == 64);
    assert(str_eq(skeleton(content->subject.skeleton, SIZE_MAX, arena, NULL), content->subject.skeleton));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    str recipient = S("anna@example.org");
    struct envelope envelope = {
        .mail_from = S("a@b.example"), .recipients = &recipient, .recipient_count = 1};
    struct auth auth = {0};
    struct content content;
    struct mail mail;
    struct body body;

    if (!site.arena)
        make_site();
    mail_parse(&mail, (str){(const char *)data, size}, arena);
    body_read(&body, &mail, arena);
    content_examine(
        &content,
        &(struct content_input){
            .envelope = &envelope, .mail = &mail, .body = &body, .auth = &auth, .crypto = site.crypto},
        &site.params, arena);
    check(&content, arena);
    arena_free(arena);
    return 0;
}
