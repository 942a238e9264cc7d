/* explain.c: results in words, for a reader at a terminal. */
#include "programs/explain.h"

#include <stdio.h>

#include "base/escape.h"
#include "base/limits.h"
#include "mail/word.h"

enum { TEXT_MAX = 1000, FIELD_MAX = 200, MAILBOXES_SHOWN = 5 };

static const char bold[] = "\033[1m", green[] = "\033[32m", red[] = "\033[31m", yellow[] = "\033[33m",
                  plain[] = "\033[0m";

void page_text(struct page *page, str text)
{
    escape_terminal(page->buf, text_clip(text, TEXT_MAX, page->buf->arena));
}

void page_printf(struct page *page, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    buf_add(page->buf, arena_vprintf(page->buf->arena, format, arguments));
    va_end(arguments);
}

static void paint(struct page *page, const char *colour)
{
    if (page->colour)
        buf_add(page->buf, str_from(colour));
}

void page_end(struct page *page)
{
    buf_add_char(page->buf, '\n');
}

static void field(struct page *page, const char *label, str value)
{
    page_printf(page, "%-9s ", label);
    page_text(page,
              text_clip(str_trim(word_decode(value, page->buf->arena, NULL)), FIELD_MAX, page->buf->arena));
    page_end(page);
}

static const char *colour_of(enum result result)
{
    switch (result) {
    case RESULT_PASS:
        return green;
    case RESULT_FAIL:
    case RESULT_POLICY:
    case RESULT_PERMERROR:
        return red;
    case RESULT_SOFTFAIL:
    case RESULT_TEMPERROR:
        return yellow;
    case RESULT_UNKNOWN:
    case RESULT_NONE:
    case RESULT_NEUTRAL:
        break;
    }
    return plain;
}

void page_result(struct page *page, const char *label, enum result result)
{
    page_printf(page, "  %-6s ", label);
    paint(page, colour_of(result));
    page_printf(page, "%-9s", result_name(result));
    paint(page, plain);
    page_printf(page, "  ");
}

void page_warnings(struct page *page, const char *label, const struct notes *notes)
{
    for (const struct note *note = notes->first; note; note = note->next) {
        page_printf(page, "  %-6s ", label);
        paint(page, yellow);
        page_printf(page, "warning");
        paint(page, plain);
        page_printf(page, "    ");
        page_text(page, note->text);
        page_end(page);
    }
}

void explain_place(struct page *page, const struct place *place)
{
    paint(page, bold);
    escape_terminal(page->buf, str_eq(place->file, S("-")) ? S("standard input") : place->file);
    if (place->number)
        page_printf(page, ", message %zu", place->number);
    paint(page, plain);
    page_end(page);
}

static void explain_from(struct page *page, const struct mail *mail)
{
    struct arena *arena = page->buf->arena;

    if (mail->from.n == 0 && mail->first[HEADER_FROM])
        field(page, "From", mail->first[HEADER_FROM]->value);
    for (size_t i = 0; i < mail->from.n && i < MAILBOXES_SHOWN; i++) {
        const struct address *address = &mail->from.items[i];
        struct buf line = buf_new(arena, TEXT_MAX);

        buf_add(&line, text_clip(word_decode(address->display, arena, NULL), FIELD_MAX, arena));
        if (line.n)
            buf_add_char(&line, ' ');
        buf_add_char(&line, '<');
        buf_add(&line, text_clip(address_format(address, arena), FIELD_MAX, arena));
        buf_add_char(&line, '>');
        page_printf(page, "%-9s ", i ? "" : "From");
        page_text(page, buf_str(&line));
        page_end(page);
    }
    if (mail->from.n > MAILBOXES_SHOWN)
        page_printf(page, "%-9s and %zu more\n", "", mail->from.n - MAILBOXES_SHOWN);
}

static void explain_envelope(struct page *page, const struct envelope *envelope)
{
    struct arena *arena = page->buf->arena;

    page_printf(page, "%-9s %.*s", "Client", PS(ip_format(envelope->client, arena)));
    if (envelope->helo.n) {
        page_printf(page, ", HELO ");
        page_text(page, text_clip(envelope->helo, FIELD_MAX, arena));
    }
    if (envelope->has_mail_from) {
        page_printf(page, ", MAIL FROM <");
        page_text(page, text_clip(envelope->mail_from, FIELD_MAX, arena));
        page_printf(page, ">");
    }
    page_end(page);
}

/* "a.example (SPF), b.example (DKIM)": a list that grows. */
static void add_proof(struct page *page, bool *any, bool by_spf, str domain)
{
    page_printf(page, "%s", *any ? ", " : "");
    page_text(page, domain);
    page_printf(page, by_spf ? " (SPF)" : " (DKIM)");
    *any = true;
}

static void headline_pass(struct page *page, const struct dmarc *dmarc)
{
    const struct dmarc_author *author =
        dmarc->decisive < dmarc->author_count ? &dmarc->authors[dmarc->decisive] : NULL;
    bool any = false;

    paint(page, green);
    page_printf(page, "Proven: ");
    paint(page, plain);
    page_text(page, dmarc->domain);
    page_printf(page, " sent this message, or let somebody send it.\n");
    for (size_t i = 0; author && i < author->alignment_count; i++) {
        const struct dmarc_alignment *alignment = &author->alignments[i];

        if (!alignment->aligned || alignment->identifier.result != RESULT_PASS)
            continue;
        if (!any)
            page_printf(page, "It is shown by: ");
        add_proof(page, &any, alignment->identifier.method == DMARC_BY_SPF, alignment->identifier.domain);
    }
    if (any)
        page_printf(page, ".\n");
}

/* Who did send it, as far as that is proven. */
static void explain_proofs(struct page *page, const struct auth *auth)
{
    const struct spf_check *sender = &auth->spf.mail_from;
    bool any = false;

    page_printf(page, "It can be traced to: ");
    if (sender->result == RESULT_PASS)
        add_proof(page, &any, true, sender->domain);
    for (size_t i = 0; i < auth->dkim.n; i++)
        if (auth->dkim.signatures[i].result == RESULT_PASS)
            add_proof(page, &any, false, auth->dkim.signatures[i].domain);
    page_printf(page, any ? ".\n" : "nobody.\n");
}

static void headline_fail(struct page *page, const struct dmarc *dmarc)
{
    static const char *const asks[] = {
        [DMARC_POLICY_NONE] = "asks for nothing to be done about it",
        [DMARC_POLICY_QUARANTINE] = "asks that such mail be treated with suspicion",
        [DMARC_POLICY_REJECT] = "asks that such mail be rejected",
    };

    paint(page, red);
    page_printf(page, "Not proven: ");
    paint(page, plain);
    page_printf(page, "nothing shows that ");
    page_text(page, dmarc->domain);
    page_printf(page, " sent this message; its owner %s.\n", asks[dmarc->policy]);
    if (dmarc->overridden) {
        page_printf(page, "Accepted all the same: ");
        page_text(page, dmarc->override_reason);
        page_printf(page, ".\n");
    }
}

static void headline(struct page *page, const struct dmarc *dmarc)
{
    if (dmarc->result == RESULT_PASS) {
        headline_pass(page, dmarc);
        return;
    }
    if (dmarc->result == RESULT_FAIL) {
        headline_fail(page, dmarc);
        return;
    }
    paint(page, yellow);
    page_printf(page, "Not proven: ");
    paint(page, plain);
    if (dmarc->domain.n == 0) {
        page_printf(page, "no domain can be named as the author.\n");
        return;
    }
    if (dmarc->result == RESULT_NONE) {
        page_text(page, dmarc->domain);
        page_printf(page, " publishes no policy, so its name in From is a claim.\n");
        return;
    }
    page_printf(page, "it can't be told whether ");
    page_text(page, dmarc->domain);
    page_printf(page, " sent this message.\n");
}

/* A line that goes on with what the result above is about. */
static void more(struct page *page)
{
    page_printf(page, "%20s", "");
}

/* What was authenticated, and whether it is the author's. */
static void explain_alignments(struct page *page, const struct dmarc_author *author)
{
    for (size_t i = 0; i < author->alignment_count; i++) {
        const struct dmarc_alignment *alignment = &author->alignments[i];

        if (alignment->identifier.result != RESULT_PASS)
            continue;
        more(page);
        page_printf(page, alignment->identifier.method == DMARC_BY_SPF ? "SPF proves " : "DKIM proves ");
        page_text(page, alignment->identifier.domain);
        page_printf(page, alignment->error != RESULT_NONE ? "; it can't be told whether that is aligned: "
                          : alignment->aligned            ? ", aligned: "
                                                          : ", not aligned: ");
        page_text(page, alignment->reason);
        page_end(page);
    }
}

static void explain_dmarc(struct page *page, const struct dmarc *dmarc)
{
    page_result(page, "dmarc", dmarc->result);
    page_text(page, dmarc->reason);
    page_end(page);
    for (size_t i = 0; i < dmarc->author_count; i++) {
        const struct dmarc_author *author = &dmarc->authors[i];

        if (i != dmarc->decisive) {
            more(page);
            page_printf(page, "%s: ", result_name(author->result));
            page_text(page, author->reason);
            page_end(page);
        }
        explain_alignments(page, author);
    }
    page_warnings(page, "dmarc", &dmarc->warnings);
}

static void explain_spf_check(struct page *page, const char *label, const struct spf_check *check)
{
    page_result(page, label, check->result);
    page_text(page, check->reason);
    page_end(page);
    if (check->explanation.n) {
        more(page);
        page_printf(page, "its owner says: ");
        page_text(page, check->explanation);
        page_end(page);
    }
    page_warnings(page, label, &check->warnings);
}

void explain_spf(struct page *page, const struct spf *spf, const struct envelope *envelope)
{
    const struct spf_check *main_check = report_spf_main(spf, envelope);

    explain_spf_check(page, "spf", main_check);
    if (main_check != &spf->helo && spf->helo.domain.n)
        explain_spf_check(page, "helo", &spf->helo);
}

static void explain_unsigned(struct page *page, const struct dkim_signature *signature)
{
    static const char *const names[DKIM_COVERED_FIELDS] = {
        [DKIM_COVERS_FROM] = "From",
        [DKIM_COVERS_TO] = "To",
        [DKIM_COVERS_SUBJECT] = "Subject",
        [DKIM_COVERS_DATE] = "Date",
        [DKIM_COVERS_MESSAGE_ID] = "Message-ID",
        [DKIM_COVERS_REPLY_TO] = "Reply-To",
    };
    bool any = false;

    for (size_t i = 0; i < DKIM_COVERED_FIELDS; i++) {
        if (signature->covers[i] != DKIM_UNSIGNED && signature->covers[i] != DKIM_PARTLY)
            continue;
        if (!any)
            more(page);
        page_printf(page, "%s%s", any ? ", " : "it does not sign all of: ", names[i]);
        any = true;
    }
    if (any)
        page_end(page);
}

void explain_dkim(struct page *page, const struct dkim *dkim)
{
    if (dkim->n == 0) {
        page_result(page, "dkim", dkim->result);
        page_printf(page, "the message has no signature\n");
    }
    for (size_t i = 0; i < dkim->n; i++) {
        const struct dkim_signature *signature = &dkim->signatures[i];

        page_result(page, "dkim", signature->result);
        if (signature->domain.n) {
            page_text(page, signature->domain);
            page_printf(page, signature->selector.n ? " (selector " : "");
            page_text(page, signature->selector);
            page_printf(page, signature->selector.n ? "): " : ": ");
        }
        page_text(page, signature->reason);
        page_end(page);
        if (signature->result == RESULT_PASS)
            explain_unsigned(page, signature);
        page_warnings(page, "dkim", &signature->warnings);
    }
    if (dkim->seen > dkim->n) {
        more(page);
        page_printf(page, "%zu more signatures were not looked at\n", dkim->seen - dkim->n);
    }
}

void explain_arc(struct page *page, const struct arc *arc)
{
    page_result(page, "arc", arc->result);
    page_text(page, arc->reason);
    page_end(page);
    for (size_t i = 0; i < arc->n; i++) {
        more(page);
        page_printf(page, "set %u by ", arc->sets[i].instance);
        page_text(page, arc->sets[i].domain);
        page_printf(page, "%s\n", arc->sets[i].trusted ? ", which you trust" : "");
    }
    page_warnings(page, "arc", &arc->warnings);
}

static void explain_iprev(struct page *page, const struct iprev *iprev)
{
    page_result(page, "iprev", iprev->result);
    if (iprev->name.n) {
        page_text(page, iprev->name);
        page_printf(page, ": ");
    }
    page_text(page, iprev->reason);
    page_end(page);
}

static void explain_lists(struct page *page, const struct dnsl_results *lists)
{
    for (size_t i = 0; i < lists->n; i++) {
        const struct dnsl_result *result = &lists->items[i];

        page_printf(page, "  %-6s %-10s ", i ? "" : "lists", dnsl_state_names[result->state]);
        page_text(page, result->subject);
        page_printf(page, " on ");
        page_text(page, result->list);
        if (result->reason.n) {
            page_printf(page, ": ");
            page_text(page, result->reason);
        }
        page_end(page);
    }
}

/* Our own field, as it would stand in the message; values in it come from outside. */
static void explain_field(struct page *page, str field)
{
    str line;

    page_end(page);
    while (str_next(&field, '\n', &line) && field.p) {
        escape_terminal(page->buf, str_ends(line, S("\r")) ? str_sub(line, 0, line.n - 1) : line);
        page_end(page);
    }
}

void explain_scan(struct page *page, const struct scan *scan, str results_field)
{
    const struct auth *auth = &scan->auth;
    const struct header *subject = scan->mail.first[HEADER_SUBJECT];

    explain_from(page, &scan->mail);
    if (subject)
        field(page, "Subject", subject->value);
    explain_envelope(page, &scan->auth.envelope);
    page_end(page);
    headline(page, &auth->dmarc);
    if (auth->dmarc.result != RESULT_PASS)
        explain_proofs(page, auth);
    if (auth->stated.used) {
        page_printf(page, "This rests on what ");
        page_text(page, auth->stated.authserv_id.n ? auth->stated.authserv_id : S("the topmost receiver"));
        page_printf(page, " stated, as you asked.\n");
    }
    explain_dmarc(page, &auth->dmarc);
    explain_spf(page, &auth->spf, &scan->auth.envelope);
    explain_dkim(page, &auth->dkim);
    explain_arc(page, &auth->arc);
    explain_iprev(page, &auth->iprev);
    explain_sender(page, &scan->sender, false);
    explain_lists(page, &auth->dnsl);
    for (enum mail_oddity odd = 0; odd < MAIL_ODDITIES; odd++)
        if (scan->mail.odd[odd])
            page_printf(page, "  odd               %s\n", mail_oddity_words(odd));
    if (results_field.n)
        explain_field(page, results_field);
}
