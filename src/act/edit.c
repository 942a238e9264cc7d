/* edit.c: what is changed in a message. */
#include "act/edit.h"

#include <assert.h>

#include "act/subject.h"
#include "auth/authres_emit.h"
#include "base/buf.h"
#include "base/limits.h"
#include "mail/fold.h"

struct planner {
    struct outcome *outcome;
    const struct edit_params *params;
    struct arena *arena;
    const struct header *fields; /* all, also those over LIMIT_HEADERS */
    size_t field_count;
    size_t room;
};

static void plan(struct planner *planner, enum edit_kind kind, str name, str value, unsigned index)
{
    struct outcome *outcome = planner->outcome;

    assert(outcome->edit_count < planner->room);
    outcome->edits[outcome->edit_count++] = (struct edit){kind, name, value, index};
}

/* ---- the fields that are there ---- */

static const struct header *all_fields(const struct mail *mail, struct arena *arena)
{
    struct header *fields;
    size_t at = 0;

    if (mail->header_seen == mail->header_count)
        return mail->headers;
    fields = arena_array_of(arena, mail->header_seen, struct header);
    for (size_t i = 0; i < mail->header_seen; i++)
        mail_next_field(mail, &at, &fields[i]);
    return fields;
}

/* The number of a field among those of its name, from 1. */
static unsigned number_of(const struct header *fields, size_t i)
{
    unsigned n = 1;

    for (size_t k = 0; k < i; k++)
        n += str_ieq(fields[k].name, fields[i].name);
    return n;
}

/* ---- what pretends to be ours ---- */

static bool is_forged(const struct header *field, const struct edit_params *params, struct arena *arena)
{
    if (field->id == HEADER_AUTHENTICATION_RESULTS)
        return authres_is_from(field->value, params->authserv_id, arena);
    if (str_istarts(field->name, S("X-Postern-")))
        return true;
    return params->spam_headers &&
           (str_ieq(field->name, S("X-Spam-Flag")) || str_ieq(field->name, S("X-Spam-Status")));
}

/* From the bottom: so the numbers of those above stay what they are, in MTAs that count deleted fields and in
 * those that don't. */
static bool remove_forged(struct planner *planner)
{
    size_t removed = 0;

    for (size_t i = planner->field_count; i-- > 0;) {
        const struct header *field = &planner->fields[i];

        if (!is_forged(field, planner->params, planner->arena))
            continue;
        if (++removed > LIMIT_EDIT_REMOVALS)
            return false;
        plan(planner, EDIT_DELETE, field->name, S(""), number_of(planner->fields, i));
    }
    return true;
}

/* ---- the subject ---- */

/* Of several subjects each: nobody knows which one a reader is shown. */
static bool tag_subjects(struct planner *planner)
{
    str tag = str_trim(planner->params->subject_tag), value;
    unsigned n = 0;

    if (planner->outcome->action != ACTION_BANNER || tag.n == 0)
        return true;
    for (size_t i = 0; i < planner->field_count; i++) {
        const struct header *field = &planner->fields[i];

        if (field->id != HEADER_SUBJECT)
            continue;
        if (++n > LIMIT_EDIT_REMOVALS)
            return false;
        if (subject_tag(field->value, tag, planner->arena, &value))
            plan(planner, EDIT_CHANGE, field->name, value, n);
    }
    if (n == 0 && subject_tag(S(""), tag, planner->arena, &value))
        plan(planner, EDIT_INSERT, S("Subject"), value, 0);
    return true;
}

/* ---- our own fields ---- */

/* A domain or a name as the grammar of the field has it; what it has no place for is shown as "?". */
static str word_value(str domain, struct arena *arena)
{
    char *p = arena_bytes(arena, domain.n);

    for (size_t i = 0; i < domain.n; i++) {
        char c = domain.p[i];

        p[i] = ascii_is_alnum(c) || c == '.' || c == '-' || c == '_' ? c : '?';
    }
    return (str){p, domain.n};
}

static void add_key(struct fold *fold, const char *key, str value)
{
    fold_word(fold, arena_printf(fold->text.arena, "%s%.*s;", key, PS(value)));
}

/* The lists that have somebody of this message, each once; the names are the administrator's. */
static str listed(const struct auth *auth, struct arena *arena)
{
    enum { ROOM = 400 };
    struct buf buf = buf_new(arena, ROOM);

    for (size_t i = 0; i < auth->dnsl.n; i++) {
        const struct dnsl_result *result = &auth->dnsl.items[i];
        bool told = false;

        for (size_t k = 0; k < i; k++)
            told = told || (auth->dnsl.items[k].state == DNSL_LISTED &&
                            str_eq(auth->dnsl.items[k].list, result->list));
        if (result->state != DNSL_LISTED || told || buf.n + 1 + result->list.n > ROOM)
            continue;
        buf_add(&buf, buf.n ? S(",") : S(""));
        buf_add(&buf, word_value(result->list, arena));
    }
    return buf_str(&buf);
}

static str verdict(const struct planner *planner)
{
    enum { ROOM = 4096 };
    const struct auth *auth = planner->params->auth;
    struct fold fold = fold_new(S("X-Postern-Verdict"), planner->arena, ROOM);
    const struct spf *spf = &auth->spf;
    str lists = listed(auth, planner->arena);

    add_key(&fold, "", str_from(action_name(planner->outcome->action)));
    add_key(&fold, "class=", planner->outcome->result_class);
    add_key(&fold, "dmarc=", str_from(result_name(auth->dmarc.result)));
    add_key(&fold, "spf=", str_from(result_name(spf->mail_from.result)));
    add_key(&fold, "dkim=", str_from(result_name(auth->dkim.result)));
    add_key(&fold, "arc=", str_from(result_name(auth->arc.result)));
    if (auth->dmarc.domain.n)
        add_key(&fold, "from=", word_value(auth->dmarc.domain, planner->arena));
    if (lists.n)
        add_key(&fold, "lists=", lists);
    return str_sub(buf_str(&fold.text), 0, fold.text.n - 1); /* without the last ";" */
}

static void insert(struct planner *planner, str name, str value)
{
    plan(planner, EDIT_INSERT, name, value, 0);
}

/* The whole field, "Name: value" and perhaps CRLF, as an insertion above all. */
static struct edit insertion_of(str field)
{
    size_t colon = str_find(field, ':');
    str value = str_skip(field, colon + 1);

    assert(colon > 0 && colon < field.n);
    if (str_ends(value, S("\r\n")))
        value.n -= 2;
    return (struct edit){EDIT_INSERT, str_sub(field, 0, colon), value, 0};
}

static void insert_field(struct planner *planner, str field)
{
    struct edit edit = insertion_of(field);

    insert(planner, edit.name, edit.value);
}

static void insert_spam(struct planner *planner)
{
    bool marked = planner->outcome->action != ACTION_DELIVER;

    insert(planner, S("X-Spam-Status"),
           arena_printf(planner->arena, " %s, tests=postern-%.*s", marked ? "Yes" : "No",
                        PS(planner->outcome->result_class)));
    insert(planner, S("X-Spam-Flag"), marked ? S(" YES") : S(" NO"));
}

/* Each on top of the one before: in the message they stand in the reverse order. */
static void insert_ours(struct planner *planner)
{
    const struct edit_params *params = planner->params;
    str name = str_from(header_name(HEADER_AUTHENTICATION_RESULTS));
    struct authres results;

    insert(planner, S("X-Postern-Id"), arena_printf(planner->arena, " %.*s", PS(params->id)));
    if (params->direction == DIRECTION_OUTBOUND || params->direction == DIRECTION_SUBMISSION)
        return;
    if (params->spam_headers)
        insert_spam(planner);
    if (params->released) { /* the client is our own MTA: what could be found out now says nothing */
        insert(planner, S("X-Postern-Verdict"), S(" deliver; class=released"));
        return;
    }
    insert_field(planner, verdict(planner));
    authres_emit(&results, params->auth, &params->auth->envelope, params->authserv_id, planner->arena);
    insert_field(planner, authres_write(&results, name, planner->arena));
}

/* ---- all of it ---- */

static void hold(struct outcome *outcome)
{
    outcome->action = ACTION_QUARANTINE;
    outcome->reason = S("more fields of the header pretend to be ours than are removed");
    outcome->edit_count = 0;
    for (size_t i = 0; i < outcome->recipient_count; i++) {
        outcome->recipients[i].action = ACTION_QUARANTINE;
        outcome->recipients[i].reason = outcome->reason;
    }
}

static void remove_recipients(struct planner *planner)
{
    const struct outcome *outcome = planner->outcome;

    for (size_t i = 0; i < outcome->recipient_count; i++)
        if (outcome->recipients[i].action == ACTION_QUARANTINE)
            plan(planner, EDIT_DELETE_RECIPIENT, outcome->recipients[i].address, S(""), 0);
}

void edit_plan(struct outcome *outcome, const struct mail *mail, const struct edit_params *params,
               struct arena *arena)
{
    enum { OURS = 8 };
    struct planner planner = {
        .outcome = outcome, .params = params, .arena = arena, .field_count = mail->header_seen};

    assert(params->authserv_id.n && params->id.n);
    outcome->edit_count = 0;
    if (outcome->action >= ACTION_QUARANTINE)
        return;
    assert(params->auth || params->released);
    planner.fields = all_fields(mail, arena);
    planner.room = 2 * LIMIT_EDIT_REMOVALS + outcome->recipient_count + OURS;
    outcome->edits = arena_array_of(arena, planner.room, struct edit);
    if (!remove_forged(&planner) || !tag_subjects(&planner)) {
        hold(outcome);
        return;
    }
    insert_ours(&planner);
    remove_recipients(&planner);
    if (outcome->observed)
        outcome->edit_count = 0;
}

void edit_add_field(struct outcome *outcome, str field, struct arena *arena)
{
    struct edit *edits = arena_array_of(arena, outcome->edit_count + 1, struct edit);

    if (outcome->edit_count)
        memcpy(edits, outcome->edits, outcome->edit_count * sizeof(*edits));
    edits[outcome->edit_count++] = insertion_of(field);
    outcome->edits = edits;
}

/* ---- what comes of it ---- */

struct piece {
    str name, raw;
    bool deleted;
};

struct pieces {
    struct piece *items; /* the first is the MTA's own Received, of which we don't know the text */
    size_t n;
    bool lf_only;
    struct arena *arena;
};

/* As it is written into the message: "Name:value" and the line end. */
static str field_text(const struct pieces *pieces, const struct edit *edit)
{
    struct buf buf = buf_new(pieces->arena, SIZE_MAX);

    buf_add(&buf, edit->name);
    buf_add_char(&buf, ':');
    for (size_t i = 0; i < edit->value.n; i++)
        if (!(pieces->lf_only && str_starts(str_skip(edit->value, i), S("\r\n"))))
            buf_add_char(&buf, edit->value.p[i]);
    buf_add(&buf, pieces->lf_only ? S("\n") : S("\r\n"));
    return buf_str(&buf);
}

static void put(struct pieces *pieces, size_t at, const struct edit *edit)
{
    memmove(&pieces->items[at + 1], &pieces->items[at], (pieces->n - at) * sizeof(*pieces->items));
    pieces->items[at] = (struct piece){.name = edit->name, .raw = field_text(pieces, edit)};
    pieces->n++;
}

/* The place of the nth field from the top, from 0; the end if there are not so many. */
static size_t place_at(const struct pieces *pieces, unsigned index)
{
    for (size_t i = 0; i < pieces->n; i++)
        if (!pieces->items[i].deleted && index-- == 0)
            return i;
    return pieces->n;
}

/* The place of the nth of a name, from 1, the topmost field not counted; the end if there are not so many. */
static size_t place_of(const struct pieces *pieces, str name, unsigned index)
{
    for (size_t i = place_at(pieces, 0) + 1; i < pieces->n; i++)
        if (!pieces->items[i].deleted && str_ieq(pieces->items[i].name, name) && --index == 0)
            return i;
    return pieces->n;
}

static void carry_out(struct pieces *pieces, const struct edit *edit)
{
    size_t at;

    switch (edit->kind) {
    case EDIT_INSERT:
        put(pieces, place_at(pieces, edit->index), edit);
        break;
    case EDIT_CHANGE:
        at = place_of(pieces, edit->name, edit->index);
        put(pieces, at, edit);
        if (at + 1 < pieces->n)
            pieces->items[at + 1].deleted = true;
        break;
    case EDIT_DELETE:
        at = place_of(pieces, edit->name, edit->index);
        if (at < pieces->n)
            pieces->items[at].deleted = true;
        break;
    case EDIT_DELETE_RECIPIENT:
        break;
    }
}

static str joined(const struct pieces *pieces)
{
    struct buf buf = buf_new(pieces->arena, SIZE_MAX);

    for (size_t i = 0; i < pieces->n; i++) {
        if (pieces->items[i].deleted)
            continue;
        if (buf.n && buf.p[buf.n - 1] != '\n')
            buf_add(&buf, pieces->lf_only ? S("\n") : S("\r\n"));
        buf_add(&buf, pieces->items[i].raw);
    }
    return buf_str(&buf);
}

str edit_apply(const struct mail *mail, const struct edit *edits, size_t count, struct arena *arena)
{
    struct pieces pieces = {.lf_only = mail->lf_only, .arena = arena, .n = 1};
    const struct header *fields = all_fields(mail, arena);

    pieces.items = arena_array_of(arena, 1 + mail->header_seen + count, struct piece);
    pieces.items[0].name = S("Received");
    for (size_t i = 0; i < mail->header_seen; i++)
        pieces.items[pieces.n++] = (struct piece){.name = fields[i].name, .raw = fields[i].raw};
    for (size_t i = 0; i < count; i++)
        carry_out(&pieces, &edits[i]);
    return joined(&pieces);
}

void edit_preview(struct mail *out, const struct mail *mail, const struct edit *edits, size_t count,
                  struct arena *arena)
{
    str header = edit_apply(mail, edits, count, arena);
    bool ended = header.n == 0 || header.p[header.n - 1] == '\n';
    str end = mail->lf_only ? S("\n") : S("\r\n");

    mail_parse(out, arena_join(arena, header, ended ? S("") : end, end), arena);
    out->lf_only = mail->lf_only;
    out->body = mail->body;
}
