/* spf_host.c: check_host() of RFC 7208 section 4: the walk through records and their terms. */
#include "auth/spf_run.h"
#include "base/buf.h"
#include "base/limits.h"

enum { SHORT_BYTES = 200, WHERE_BYTES = 4096 };

str spf_short(str text)
{
    return str_sub(text, 0, SHORT_BYTES);
}

/* Notes the way to frame->term, or to the include or redirect= that leads to this record where its terms were
 * not reached. */
static void place(struct spf_run *run, const struct spf_frame *frame)
{
    struct spf_check *check = run->check;
    struct spf_step *path;
    size_t n = 0;

    if (frame->term.n == 0 && frame->parent)
        frame = frame->parent;
    for (const struct spf_frame *each = frame; each; each = each->parent)
        n++;
    path = arena_array_of(run->ask->arena, n, struct spf_step);
    check->term = frame->term;
    check->term_domain = frame->domain;
    check->path = path;
    check->path_length = n;
    for (; frame; frame = frame->parent)
        path[--n] = (struct spf_step){.domain = frame->domain, .via = frame->via};
}

enum spf_outcome spf_stop(struct spf_run *run, const struct spf_frame *frame, enum result result,
                          const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    run->check->reason = arena_vprintf(run->ask->arena, format, arguments);
    va_end(arguments);
    run->check->result = result;
    run->check->listed = false;
    place(run, frame);
    return SPF_STOPPED;
}

str spf_where(const struct spf_run *run, const struct spf_frame *frame, str term)
{
    struct buf buf = buf_new(run->ask->arena, WHERE_BYTES);

    buf_add(&buf, spf_short(term));
    buf_add(&buf, term.n ? S(" in the record of ") : S("the record of "));
    buf_add(&buf, frame->domain);
    for (const struct spf_frame *each = frame; each->parent; each = each->parent) {
        buf_add(&buf, each == frame ? S(" (") : S(", "));
        buf_add(&buf, each->via == SPF_VIA_INCLUDE ? S("included by ") : S("redirected to by "));
        buf_add(&buf, each->parent->domain);
    }
    if (frame->parent)
        buf_add_char(&buf, ')');
    return buf_str(&buf);
}

bool spf_host_valid(str domain)
{
    struct ip ip;

    if (!dns_name_valid(domain) || str_find(domain, '.') == domain.n || domain.p[0] == '[' ||
        ip_parse_exact(domain, &ip))
        return false;
    for (size_t i = 0; i < domain.n; i++)
        if ((unsigned char)domain.p[i] <= ' ' || domain.p[i] == 0x7f)
            return false;
    return true;
}

const struct dns_record *spf_find_record(const struct dns_answer *answer, unsigned *count)
{
    const struct dns_record *found = NULL;

    *count = 0;
    for (size_t i = 0; i < answer->n; i++)
        if (spf_is_record(answer->records[i].text)) {
            found = &answer->records[i];
            ++*count;
        }
    return *count == 1 ? found : NULL;
}

/* The result of a name that has no record. For an include or redirect= the caller makes it a permerror. */
static enum spf_outcome no_record(struct spf_run *run, const struct spf_frame *frame, const char *what,
                                  enum result *result)
{
    struct spf_check *check = run->check;

    *result = RESULT_NONE;
    check->reason = arena_printf(run->ask->arena, "%.*s %s", PS(spf_short(frame->domain)), what);
    return SPF_YES;
}

static void warn(struct spf_run *run, const struct spf_frame *frame, str term, const char *what)
{
    str where;

    if (term.n == 0)
        return;
    where = spf_where(run, frame, term);
    note_add(&run->check->warnings, run->ask->arena, "%.*s %s", PS(where), what);
}

static void look_at_record(struct spf_run *run, const struct spf_frame *frame,
                           const struct spf_record *record)
{
    struct spf_check *check = run->check;

    check->wide = check->wide || record->wide.n;
    check->uses_ptr = check->uses_ptr || record->ptr.n;
    warn(run, frame, record->wide, "lets a large part of the Internet send");
    warn(run, frame, record->ptr, "is slow and unreliable: RFC 7208 section 5.5 advises against it");
    warn(run, frame, record->unreachable, "is never reached, as \"all\" stands before it");
    warn(run, frame, record->mistaken, "is ignored: a mechanism is written with \":\"");
}

/* Gets and reads the record of a frame. SPF_YES: it is there; SPF_NO: *result is none, with a reason. */
static enum spf_outcome fetch(struct spf_run *run, struct spf_frame *frame, struct spf_record *record,
                              enum result *result)
{
    const struct dns_answer *answer;
    const struct dns_record *text;
    enum spf_outcome outcome;
    unsigned count;
    str where;

    if (!spf_host_valid(frame->domain)) {
        no_record(run, frame, "is not a domain name that can have an SPF record", result);
        return SPF_NO;
    }
    outcome = spf_ask(run, frame, frame->domain, DNS_TXT, &answer);
    if (outcome == SPF_OPEN || outcome == SPF_STOPPED)
        return outcome;
    text = spf_find_record(answer, &count);
    if (answer->cut)
        note_add(&run->check->warnings, run->ask->arena,
                 "%.*s has more than %d TXT records; the rest was not read", PS(frame->domain),
                 LIMIT_DNS_RECORDS);
    if (count > 1)
        return spf_stop(run, frame, RESULT_PERMERROR, "%.*s has %u SPF records, where one is allowed",
                        PS(frame->domain), count);
    if (!text) {
        no_record(run, frame, answer->status == DNS_NXDOMAIN ? "does not exist" : "publishes no SPF record",
                  result);
        return SPF_NO;
    }
    if (!frame->parent)
        run->check->record = text->text;
    spf_record_read(record, text->text, run->macros.client);
    look_at_record(run, frame, record);
    if (!record->why)
        return SPF_YES;
    frame->term = record->bad;
    where = spf_where(run, frame, frame->term);
    return spf_stop(run, frame, RESULT_PERMERROR, "%.*s is wrong: %s", PS(where), record->why);
}

/* The text that the sender's domain has for a fail (section 6.2). */
static enum spf_outcome explain(struct spf_run *run, const struct spf_frame *frame,
                                const struct spf_record *record)
{
    const struct dns_answer *answer;
    enum spf_outcome outcome;
    bool cut = false;
    str name;

    outcome = spf_target(run, frame, record->exp.domain, &name);
    if (outcome != SPF_YES)
        return outcome;
    answer = ask_dns(run->ask, ASK_SPF, name, DNS_TXT);
    if (!answer)
        return SPF_OPEN;
    if (answer->status != DNS_OK || answer->n != 1 ||
        spf_macro_check(answer->records[0].text, SPF_MACRO_EXPLANATION))
        return SPF_NO;
    if (spf_macro_has(answer->records[0].text, S("p"))) {
        outcome = spf_validated(run, frame, &run->macros.validated);
        if (outcome != SPF_YES)
            return outcome;
    }
    run->macros.domain = frame->domain;
    run->check->explanation =
        spf_macro_expand(answer->records[0].text, &run->macros, LIMIT_SPF_EXPLANATION, run->ask->arena, &cut);
    if (cut)
        note_add(&run->check->warnings, run->ask->arena, "the explanation of %.*s is longer than %d bytes",
                 PS(frame->domain), LIMIT_SPF_EXPLANATION);
    return SPF_YES;
}

static void say_match(struct spf_run *run, const struct spf_frame *frame, const struct spf_term *term)
{
    struct arena *arena = run->ask->arena;
    str client = ip_format(run->macros.client, arena);
    str where = spf_where(run, frame, term->text);
    const char *means = result_name(term->qualifier);

    if (term->kind == SPF_ALL)
        run->check->reason =
            arena_printf(arena, "%.*s is not listed, and %.*s says %s", PS(client), PS(where), means);
    else if (term->qualifier == RESULT_PASS)
        run->check->reason = arena_join(arena, client, S(" matches "), where);
    else
        run->check->reason =
            arena_printf(arena, "%.*s matches %.*s, which says %s", PS(client), PS(where), means);
}

/* The reason of the included record stands already; its place too. */
static void say_include(struct spf_run *run, const struct spf_frame *frame, const struct spf_term *term)
{
    struct spf_check *check = run->check;
    str where;

    if (term->qualifier == RESULT_PASS)
        return;
    where = spf_where(run, frame, term->text);
    check->listed = false;
    check->reason = arena_printf(run->ask->arena, "%.*s; %.*s makes that %s", PS(check->reason), PS(where),
                                 result_name(term->qualifier));
}

/* A term matched. Within an include only a pass says something about the outer record. */
static enum spf_outcome decide(struct spf_run *run, const struct spf_frame *frame,
                               const struct spf_term *term, const struct spf_record *record,
                               enum result *result)
{
    struct spf_check *check = run->check;
    enum spf_outcome outcome;
    str reason;

    *result = term->qualifier;
    if (frame->included && *result != RESULT_PASS)
        return SPF_YES;
    if (term->kind == SPF_INCLUDE) {
        say_include(run, frame, term);
    } else {
        place(run, frame);
        say_match(run, frame, term);
        check->listed = *result == RESULT_PASS && term->kind != SPF_ALL;
    }
    if (*result != RESULT_FAIL || !record->has_exp)
        return SPF_YES;
    reason = check->reason;
    outcome = explain(run, frame, record);
    check->reason = reason; /* whatever is wrong with the explanation, the fail stays */
    return outcome == SPF_OPEN ? SPF_OPEN : SPF_YES;
}

/* check_host() for the target of an include or redirect=, where no record is an error (5.2, 6.1). */
static enum spf_outcome enter(struct spf_run *run, const struct spf_frame *frame, const struct spf_term *term,
                              enum result *result)
{
    bool include = term->kind == SPF_INCLUDE;
    struct spf_frame next = {.parent = frame,
                             .via = include ? SPF_VIA_INCLUDE : SPF_VIA_REDIRECT,
                             .included = include || frame->included};
    enum spf_outcome outcome = spf_target(run, frame, term->domain, &next.domain);
    str where;

    if (outcome == SPF_NO) {
        *result = RESULT_NEUTRAL;
        return SPF_YES;
    }
    if (outcome == SPF_YES)
        outcome = spf_host(run, &next, result);
    if (outcome != SPF_YES || *result != RESULT_NONE)
        return outcome;
    where = spf_where(run, frame, term->text);
    return spf_stop(run, frame, RESULT_PERMERROR, "%.*s leads to no record: %.*s", PS(where),
                    PS(run->check->reason));
}

static enum spf_outcome count_term(struct spf_run *run, const struct spf_frame *frame,
                                   const struct spf_term *term)
{
    str where;

    if (++run->check->terms <= LIMIT_SPF_TERMS)
        return SPF_YES;
    run->check->terms = LIMIT_SPF_TERMS;
    where = spf_where(run, frame, term->text);
    return spf_stop(
        run, frame, RESULT_PERMERROR,
        "the record of %.*s needs more than %d terms that ask DNS (the next would be %.*s): RFC 7208 "
        "section 4.6.4",
        PS(run->check->domain), LIMIT_SPF_TERMS, PS(where));
}

static enum spf_outcome evaluate(struct spf_run *run, const struct spf_frame *frame,
                                 const struct spf_term *term)
{
    enum result result;
    enum spf_outcome outcome;

    if (!spf_needs_dns(term->kind))
        return SPF_YES; /* only a literal that matches is kept */
    outcome = count_term(run, frame, term);
    if (outcome != SPF_YES)
        return outcome;
    if (term->kind != SPF_INCLUDE)
        return spf_match(run, frame, term);
    outcome = enter(run, frame, term, &result);
    if (outcome == SPF_YES && result != RESULT_PASS)
        return SPF_NO;
    return outcome;
}

/* No term matched: redirect=, or neutral (section 4.7). */
static enum spf_outcome finish(struct spf_run *run, struct spf_frame *frame, const struct spf_record *record,
                               enum result *result)
{
    struct spf_check *check = run->check;
    enum spf_outcome outcome;
    str where, client;

    if (record->has_redirect) {
        frame->term = record->redirect.text;
        outcome = count_term(run, frame, &record->redirect);
        return outcome == SPF_YES ? enter(run, frame, &record->redirect, result) : outcome;
    }
    frame->term = S("");
    *result = RESULT_NEUTRAL;
    if (frame->included)
        return SPF_YES;
    place(run, frame);
    check->listed = false;
    where = spf_where(run, frame, frame->term);
    client = ip_format(run->macros.client, run->ask->arena);
    check->reason = arena_printf(run->ask->arena, "no term of %.*s matches %.*s", PS(where), PS(client));
    return SPF_YES;
}

enum spf_outcome spf_host(struct spf_run *run, struct spf_frame *frame, enum result *result)
{
    struct spf_record record;
    enum spf_outcome outcome = fetch(run, frame, &record, result);

    if (outcome != SPF_YES)
        return outcome == SPF_NO ? SPF_YES : outcome;
    for (size_t i = 0; i < record.n; i++) {
        frame->term = record.terms[i].text;
        outcome = evaluate(run, frame, &record.terms[i]);
        if (outcome == SPF_OPEN)
            spf_ahead(run, frame, &record, i + 1);
        if (outcome == SPF_YES)
            return decide(run, frame, &record.terms[i], &record, result);
        if (outcome != SPF_NO)
            return outcome;
    }
    return finish(run, frame, &record, result);
}
