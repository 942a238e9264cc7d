/* test_content.c: what is said of whole messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "content/content.h"
#include "content/mailboxes.h"
#include "data.h"
#include "mail/mime.h"
#include "mail/page.h"

/* ---- a message, and its body as it is read ---- */

struct fixture {
    struct arena *site, *arena;
    struct suffixes *suffixes;
    struct crypto *crypto;
    struct unwrap *unwrap;
    struct hosting *hosting;
    struct content_params params;
    struct lures lures;
    struct brands brands;
    struct mail mail;
    struct mime mime;
    struct body body;
    struct body_text texts[4];
    struct body_link links[400];
    struct envelope envelope;
    struct auth auth;
    struct content content;
};

static struct fixture f;

static int set_up(void **state)
{
    struct phrases *phrases;
    struct buf problems;
    struct err err;

    (void)state;
    f = (struct fixture){.site = arena_new(), .arena = arena_new()};
    problems = buf_new(f.site, 65536);
    phrases = phrases_new(f.site);
    f.suffixes = suffixes_load(NULL, &err);
    f.crypto = crypto_new(&err);
    f.unwrap = unwrap_new(S("links.yaml"), data_read("links.yaml", f.site), false, &problems);
    f.hosting = hosting_new(S("hosting.yaml"), data_read("hosting.yaml", f.site), &problems);
    data_lures(&f.lures, phrases, f.site);
    data_brands(&f.brands, phrases, f.suffixes, f.site);
    f.params = (struct content_params){
        .phrases = phrases,
        .lures = &f.lures,
        .brands = &f.brands,
        .suffixes = f.suffixes,
        .unwrap = f.unwrap,
        .hosting = f.hosting,
        .mailboxes = mailboxes_load(S("mailboxes.yaml"), data_read("mailboxes.yaml", f.site), f.suffixes,
                                    f.site, &problems),
    };
    if (problems.n)
        fail_msg("%.*s", PS(buf_str(&problems)));
    assert_true(f.unwrap && f.hosting && f.crypto && f.suffixes && f.params.mailboxes);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unwrap_free(f.unwrap);
    hosting_free(f.hosting);
    crypto_free(f.crypto);
    suffixes_free(f.suffixes);
    arena_free(f.site);
    arena_free(f.arena);
    return 0;
}

/* The message may stand in the arena that is emptied here. */
static void begin(const char *raw)
{
    static char *kept;
    char *copy = strdup(raw);

    free(kept);
    kept = copy;
    arena_reset(f.arena);
    f.body = (struct body){.mime = &f.mime, .texts = f.texts, .links = f.links};
    f.envelope = (struct envelope){0};
    f.auth = (struct auth){0};
    mail_parse(&f.mail, str_from(kept), f.arena);
    mime_parse(&f.mime, &f.mail, f.arena);
}

static void add_text(bool html, const char *visible, const char *hidden)
{
    f.texts[f.body.text_count++] = (struct body_text){
        .part = f.mime.parts[0], .html = html, .visible = str_from(visible), .hidden = str_from(hidden)};
}

static struct body_link *add_link(enum body_link_kind kind, const char *href, const char *shown)
{
    struct body_link *link = &f.links[f.body.link_count++];

    *link = (struct body_link){.part = f.mime.parts[0],
                               .source = BODY_LINK_HTML,
                               .kind = kind,
                               .written = str_from(href),
                               .shown = str_from(shown),
                               .count = 1};
    link->valid = url_parse(&link->url, link->written, NULL, f.arena);
    f.body.link_seen++;
    return link;
}

static const struct content *examine(void)
{
    struct content_input input = {
        .envelope = &f.envelope, .mail = &f.mail, .body = &f.body, .auth = &f.auth, .crypto = f.crypto};

    content_examine(&f.content, &input, &f.params, f.arena);
    assert_true(f.content.done);
    return &f.content;
}

static const struct content_brand *brand_named(const char *name)
{
    for (size_t i = 0; i < f.content.brand_count; i++)
        if (str_eq(f.content.brands[i].brand, str_from(name)))
            return &f.content.brands[i];
    return NULL;
}

static const struct content_organisation *organisation_named(const char *domain)
{
    for (size_t i = 0; i < f.content.organisation_count; i++)
        if (str_eq(f.content.organisations[i].domain, str_from(domain)))
            return &f.content.organisations[i];
    return NULL;
}

#define EQ(text, wanted) assert_true(str_eq((text), str_from(wanted)))

/* ---- names ---- */

static void test_nothing(void **state)
{
    const struct content *content;

    (void)state;
    begin("");
    content = examine();
    assert_int_equal(
        content->brand_count + content->organisation_count + content->file_count + content->link_count, 0);
    assert_true(content->date_missing && content->to_missing && content->date == -1);
    assert_int_equal(content->text_sketch, 0);
    assert_int_equal(content->subject_sketch, 0);
}

static void test_names(void **state)
{
    const struct content *content;

    (void)state;
    begin(
        "From: \"Раураl service@paypal.com\" <news@mail.shop.example>\r\nReply-To: a@gmail.com\r\nTo: <news@mail.shop.example>\r\n"
        "Subject: Re: =?utf-8?q?Ihr_Pa=E2=80=8BPal_Konto?=\r\nDate: Wed, 25 Nov 2026 10:00:00 +0000\r\n\r\n");
    f.envelope.mail_from = S("bounce@sender.example");
    content = examine();
    EQ(content->author, "shop.example");
    EQ(content->author_address, "news@mail.shop.example");
    EQ(content->display.skeleton, "paypal service@paypal.com");
    EQ(content->display.address, "service@paypal.com");
    assert_true(content->display.other && content->display.mixed > 0);
    EQ(content->subject.skeleton, "re: ihr papal konto");
    assert_int_equal(content->subject.invisible, 1);
    assert_int_equal(content->subject.inside, 1);
    EQ(content->reply_to, "gmail.com");
    assert_true(content->reply_to_other && content->reply_to_free && !content->author_free);
    EQ(content->return_path, "sender.example");
    assert_true(content->reply && !content->reply_known && content->to_author && !content->to_missing);
    assert_int_equal(content->date, 1795600800);
}

/* ---- brands ---- */

static void test_katie(void **state)
{
    const struct content_brand *brand;

    (void)state;
    begin("From: Katie from Ledger <news@university.example>\r\nSubject: Your wallet\r\n\r\n");
    f.auth.dmarc.result = RESULT_PASS;
    add_text(true, "We regret to inform you of a security breach. Verify your wallet now. Ledger Live", "");
    add_link(BODY_LINK_CLICK, "https://click.list-manage.com/track/click?u=1", "Verify");
    examine();
    brand = brand_named("ledger");
    assert_non_null(brand);
    assert_true(brand->places[BRAND_IN_DISPLAY] && brand->places[BRAND_IN_TEXT] &&
                !brand->places[BRAND_IN_SUBJECT]);
    assert_true(!brand->author && !brand->proven && !brand->linked && !brand->ambiguous && !brand->disguised);
    assert_int_equal(brand->kind, BRAND_CRYPTO);
    assert_true(f.content.lures.kinds[LURE_BREACH].text > 0 && f.content.lures.kinds[LURE_WALLET].strong > 0);
    assert_int_equal(f.content.text.language, LANGUAGE_EN);
}

static void test_own_brand(void **state)
{
    const struct content_brand *brand;

    (void)state;
    begin("From: PayPal <service@mail.paypal.de>\r\nSubject: PayPal\r\n\r\n");
    f.auth.dmarc.result = RESULT_PASS;
    add_link(BODY_LINK_CLICK, "https://www.paypal.com/de", "PayPal");
    examine();
    brand = brand_named("paypal");
    assert_true(brand && brand->author && brand->proven && brand->linked && brand->places[BRAND_IN_SHOWN]);
    EQ(organisation_named("paypal.com")->brand, "paypal");
    assert_int_equal(organisation_named("paypal.com")->lookalike, LOOKALIKE_NONE);
    /* A mail of somebody else, signed by the brand: proven, though From is not its own. */
    begin("From: Shop via PayPal <shop@shop.example>\r\n\r\n");
    f.auth.dkim.signatures = arena_new_of(f.arena, struct dkim_signature);
    f.auth.dkim.signatures[0] = (struct dkim_signature){.result = RESULT_PASS, .domain = S("paypal.com")};
    f.auth.dkim.n = 1;
    examine();
    brand = brand_named("paypal");
    assert_true(brand && !brand->author && brand->proven && !brand->linked);
}

static void test_disguised_brands(void **state)
{
    (void)state;
    begin(
        "From: =?utf-8?q?=D0=9C=D1=96crosoft?= <x@example.net>\r\nSubject: PayPa1 and Apple, Cr=C3=A9dit\r\n\r\n");
    add_text(false, "Crédit Agricole и DHL", "Netflix");
    examine();
    assert_true(brand_named("microsoft")->disguised);
    assert_true(brand_named("paypal")->disguised && !brand_named("paypal")->ambiguous);
    assert_true(brand_named("apple")->ambiguous && !brand_named("apple")->disguised);
    assert_true(!brand_named("credit-agricole")->disguised && !brand_named("dhl")->disguised);
    assert_true(brand_named("netflix")->places[BRAND_IN_HIDDEN] &&
                !brand_named("netflix")->places[BRAND_IN_TEXT]);
    /* Ordinary words say nothing in a text. */
    begin("From: x@example.net\r\n\r\n");
    add_text(false, "an apple and a target", "");
    assert_int_equal(examine()->brand_count, 0);
}

static void test_author_lookalike(void **state)
{
    (void)state;
    begin("From: Support <info@paypa1-security.com>\r\n\r\n");
    examine();
    assert_int_equal(f.content.author_lookalike, LOOKALIKE_WORDS);
    EQ(f.content.author_like_brand, "paypal");
    assert_true(brand_named("paypal")->places[BRAND_IN_ADDRESS]);
}

/* ---- links ---- */

static unsigned count_of(enum link_count count)
{
    return f.content.link_counts.counts[count];
}

static void test_links(void **state)
{
    const struct content_organisation *organisation;

    (void)state;
    begin("From: a@shop.example\r\n\r\n");
    f.envelope.recipients = &(str){"anna.smith@example.org", 22};
    f.envelope.recipient_count = 1;
    add_link(BODY_LINK_CLICK, "https://www.shop.example/a", "www.shop.example");
    add_link(BODY_LINK_CLICK, "https://evil.example/", "https://www.paypal.com/login");
    add_link(BODY_LINK_CLICK, "http://198.51.100.7:8080/x", "click");
    add_link(BODY_LINK_CLICK, "http://0x7f.1/", "click");
    add_link(BODY_LINK_CLICK, "https://user@paypal.com.login.example/", "");
    add_link(BODY_LINK_CLICK, "https://a.github.io/?e=anna.smith%40example.org", "");
    add_link(BODY_LINK_CLICK, "https://evil.example/#YW5uYS5zbWl0aEBleGFtcGxlLm9yZw==", "");
    add_link(BODY_LINK_FORM, "https://collect.example/post", "");
    add_link(BODY_LINK_IMAGE, "https://img.shop.example/a.png", "");
    add_link(BODY_LINK_REFRESH, "https://evil.example/now", "");
    add_link(BODY_LINK_CLICK, "https://hidden.example/", "")->hidden = true;
    add_link(BODY_LINK_CLICK, "mailto:x@example.net", "");
    add_link(BODY_LINK_CLICK, "tel:+1555", "");
    add_link(BODY_LINK_CLICK, "javascript:alert(1)", "");
    add_link(BODY_LINK_CLICK, "data:text/html,x", "");
    add_link(BODY_LINK_CLICK, "file://server/share", "");
    add_link(BODY_LINK_CLICK, "http://", "");
    examine();
    assert_int_equal(count_of(LINKS_CLICKS), 7);
    assert_int_equal(count_of(LINKS_IMAGES), 1);
    assert_int_equal(count_of(LINKS_FORMS), 1);
    assert_int_equal(count_of(LINKS_REFRESHES), 1);
    assert_int_equal(count_of(LINKS_HIDDEN), 1);
    assert_int_equal(count_of(LINKS_MAILTO), 1);
    assert_int_equal(count_of(LINKS_TEL), 1);
    assert_int_equal(count_of(LINKS_SCRIPT), 1);
    assert_int_equal(count_of(LINKS_DATA), 1);
    assert_int_equal(count_of(LINKS_OTHER), 1);
    assert_int_equal(count_of(LINKS_INVALID), 1);
    assert_int_equal(count_of(LINKS_MISMATCHED), 1);
    assert_int_equal(count_of(LINKS_IP), 2);
    assert_int_equal(count_of(LINKS_IP_FORM), 1);
    assert_int_equal(count_of(LINKS_PORT), 1);
    assert_int_equal(count_of(LINKS_USERINFO), 1);
    assert_int_equal(count_of(LINKS_PLAIN), 2);
    assert_int_equal(count_of(LINKS_RECIPIENT), 2);
    assert_int_equal(count_of(LINKS_IDENTIFIER), 1);
    assert_int_equal(count_of(LINKS_HOSTED), 1);
    assert_int_equal(count_of(LINKS_FOREIGN), 6);
    assert_int_equal(count_of(LINKS_LOOKALIKE), 1);
    organisation = organisation_named("shop.example");
    assert_true(organisation && organisation->author && organisation->clicks == 1 &&
                organisation->images == 1);
    organisation = organisation_named("login.example");
    assert_int_equal(organisation->lookalike, LOOKALIKE_SUBDOMAIN);
    EQ(organisation->like_brand, "paypal");
    assert_true(organisation_named("hidden.example")->hidden && organisation_named("198.51.100.7")->ip);
    assert_true(organisation_named("github.io")->hosting.n > 0);
    EQ(organisation_named("github.io")->tenant, "a");
    assert_true(f.content.organisations[0].clicks == 2); /* evil.example */
}

static void test_unwrapped(void **state)
{
    (void)state;
    begin("From: a@shop.example\r\n\r\n");
    add_link(BODY_LINK_CLICK, "https://www.google.com/url?q=https://evil.example/x&sa=D", "www.shop.example");
    add_link(BODY_LINK_CLICK, "https://u1.ct.sendgrid.net/ls/click?upn=abc", "www.shop.example");
    examine();
    assert_int_equal(count_of(LINKS_UNWRAPPED), 1);
    assert_int_equal(count_of(LINKS_OPAQUE), 1);
    assert_int_equal(count_of(LINKS_MISMATCHED), 1);
    assert_int_equal(f.content.link_count, 2);
    EQ(f.content.links[0].host, "evil.example");
    EQ(f.content.links[0].shown_host, "www.shop.example");
    assert_true(f.content.links[0].via.n > 0 && f.content.links[1].opaque && !f.content.links[1].mismatched);
}

static void test_many_links(void **state)
{
    (void)state;
    begin("From: a@shop.example\r\n\r\n");
    for (unsigned i = 0; i < 399; i++)
        add_link(BODY_LINK_CLICK, arena_printf(f.arena, "https://h.d%u.example/%.*s", i, 300, "long").p, "x");
    add_link(BODY_LINK_FORM, "https://collect.example/", "");
    examine();
    assert_int_equal(f.content.organisation_count, LIMIT_CONTENT_ORGANISATIONS);
    assert_int_equal(f.content.organisation_seen, 400 - 0);
    assert_int_equal(f.content.link_count, LIMIT_CONTENT_LINKS / 2 + 1);
    assert_true(f.content.links[f.content.link_count - 1].form);
}

/* ---- texts ---- */

static void test_texts(void **state)
{
    const struct content_text *text = &f.content.text;

    (void)state;
    begin("From: a@shop.example\r\nSubject: anna.smith, your order\r\n\r\n");
    f.envelope.recipients = &(str){"Anna.Smith@Example.org", 22};
    f.envelope.recipient_count = 1;
    add_text(false,
             "Dear anna.smith@example.org,\n> quoted\nPlease call us at +1 (805) 555-0123 now.\n"
             "Our IBAN is DE89 3704 0044 0532 0130 00, order 1234567890123, 2026-11-25 10:30.",
             "");
    add_text(true, "Send it to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq at example", "hidden words");
    examine();
    assert_true(text->html && text->plain && text->parts == 2 && text->hidden == 12);
    assert_true(text->recipients == 1 && text->recipient_in_subject && text->recipient_domain);
    assert_true(text->quoted && text->iban && text->crypto_address && !text->cut && !text->image_only);
    assert_int_equal(f.content.phone_count, 1);
    EQ(f.content.phones[0].number, "+1 (805) 555-0123");
    assert_true(f.content.phones[0].callback && !f.content.phones[0].subject);
    assert_true(f.content.text_sketch != 0 && f.content.subject_sketch != 0);
}

static void test_page(void **state)
{
    struct page_form forms[] = {{.inputs = 1}, {.inputs = 2, .passwords = 1}};
    struct page page = {.forms = forms, .form_count = 2, .form_seen = 2, .zero_width = 7};
    const struct content_text *text = &f.content.text;

    (void)state;
    page.hidden_by[PAGE_HIDDEN_COLOUR] = 30;
    page.odd[PAGE_ZERO_WIDTH_ODD] = true;
    begin("From: a@shop.example\r\n\r\n");
    add_text(true, "Sign in", "hidden");
    add_text(true, "Sign in", "hidden");
    f.texts[0].page = f.texts[1].page = &page;
    examine();
    assert_true(text->forms && text->password && text->odd[PAGE_ZERO_WIDTH_ODD] &&
                !text->odd[PAGE_SCRIPT_ODD]);
    assert_int_equal(text->invisible, 14);
    assert_int_equal(text->hidden_by[PAGE_HIDDEN_COLOUR], 60);
    assert_int_equal(text->hidden, 12);
}

static void test_phones(void **state)
{
    static const struct {
        const char *text, *number;
    } rows[] = {
        {"0805 123 4567", "0805 123 4567"},
        {"(805) 555-0123", "(805) 555-0123"},
        {"+49 30 1234567", "+49 30 1234567"},
        {"+18055550123", "+18055550123"},
        {"1-805-555-0123", "1-805-555-0123"},
        {"2026-11-25 10", NULL},
        {"25.11.2026 10", NULL},
        {"8055550123", NULL},
        {"#805 555 0123", NULL},
        {"4111 1111 1111 1111", NULL},
        {"1.234.567.890,00 eur", "1.234.567.890"}, /* a large amount: a number like others */
        {"12.5%", NULL},
        {"x1 805 555 0123", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin("From: a@shop.example\r\n\r\n");
        add_text(false, rows[i].text, "");
        examine();
        if ((f.content.phone_count > 0) != (rows[i].number != NULL))
            fail_msg("%s", rows[i].text);
        if (rows[i].number && !str_eq(f.content.phones[0].number, str_from(rows[i].number)))
            fail_msg("%s: %.*s", rows[i].text, PS(f.content.phones[0].number));
        assert_true(f.content.phone_count == 0 || !f.content.phones[0].callback);
    }
}

static void test_pictures_alone(void **state)
{
    (void)state;
    begin("From: a@shop.example\r\n\r\n");
    add_text(true, "View in browser", "");
    add_link(BODY_LINK_IMAGE, "https://img.shop.example/a.png", "");
    examine();
    assert_true(f.content.text.image_only && f.content.text.images == 1);
}

static void test_languages(void **state)
{
    (void)state;
    begin("From: a@shop.example\r\nSubject: Wir haben Ihre Bestellung und das ist die Rechnung\r\n\r\n");
    add_text(false,
             "Le colis est dans notre dépôt et nous vous remercions pour la commande que vous avez faite",
             "");
    examine();
    assert_int_equal(f.content.text.subject_language, LANGUAGE_DE);
    assert_int_equal(f.content.text.language, LANGUAGE_FR);
    begin("From: a@shop.example\r\n\r\n");
    add_text(false, "Ваш заказ принят и скоро будет отправлен", "");
    examine();
    assert_int_equal(f.content.text.language, LANGUAGE_RU);
}

/* Texts that say the same in plain and HTML, and such that don't. */
static void test_differ(void **state)
{
    static const char one[] =
        "the meeting of the garden club is on monday evening in the old hall at the river and all "
        "members are asked to bring cake and good humour with them as always";
    static const char other[] =
        "verify your account now because suspicious activity was seen and access will be limited "
        "within hours unless you confirm your identity with the form that this button opens";

    (void)state;
    begin("From: a@shop.example\r\n\r\n");
    add_text(false, one, "");
    add_text(true, one, "");
    assert_false(examine()->text.differ);
    begin("From: a@shop.example\r\n\r\n");
    add_text(false, one, "");
    add_text(true, other, "");
    assert_true(examine()->text.differ);
}

static void test_long_text(void **state)
{
    struct buf buf;

    (void)state;
    begin("From: a@shop.example\r\n\r\n");
    buf = buf_new(f.arena, 2 * LIMIT_CONTENT_TEXT);
    while (!buf.full)
        buf_add(&buf, S("verify your acc0unt +1 805 555 0123 DE89 3704 paypal "));
    f.texts[f.body.text_count++] = (struct body_text){.part = f.mime.parts[0], .visible = buf_str(&buf)};
    examine();
    assert_true(f.content.text.cut && f.content.lures.kinds[LURE_CREDENTIAL].strong > 0 &&
                f.content.phone_count == 1);
}

/* ---- files ---- */

static const struct content_file *only_file(const char *part)
{
    begin(
        arena_printf(
            f.arena,
            "From: a@shop.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n%s\r\n--b--\r\n",
            part)
            .p);
    examine();
    assert_int_equal(f.content.file_count, 1);
    return &f.content.files[0];
}

static void test_files(void **state)
{
    const struct content_file *file;

    (void)state;
    file = only_file(
        "Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF-1.4 /Encrypt 1 0 R");
    EQ(file->name, "a.pdf");
    EQ(file->type, "application/pdf");
    assert_true(file->content == MAGIC_PDF && file->by_name == MAGIC_PDF && !file->disagree &&
                file->encrypted && file->attachment);
    assert_int_equal(file->size, 23);
    assert_int_equal(file->sha256.n, 64);
    file = only_file(
        "Content-Type: text/plain; name=\"invoice.pdf.html\"\r\nContent-Disposition: attachment\r\n\r\n"
        "<html><script>document.write(atob('x'))</script><form><input type=password></form>");
    assert_true(file->double_suffix && file->script && file->form && file->password && file->smuggling);
    file = only_file("Content-Type: image/png; name=a.png\r\nContent-Disposition: attachment\r\n\r\n\x7f"
                     "ELF\x02");
    assert_true(file->disagree && file->content == MAGIC_ELF);
    file = only_file(
        "Content-Type: application/octet-stream; name=\"PayPal statement          .exe\"\r\n\r\nxx");
    assert_true(file->disguised && brand_named("paypal")->places[BRAND_IN_FILE]);
    file = only_file("Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR");
    assert_true(file->content == MAGIC_ICS && !file->disagree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_katie),
        cmocka_unit_test(test_own_brand),
        cmocka_unit_test(test_disguised_brands),
        cmocka_unit_test(test_author_lookalike),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_unwrapped),
        cmocka_unit_test(test_many_links),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_pictures_alone),
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_differ),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests_name("content", tests, set_up, tear_down);
}
