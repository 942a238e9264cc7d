/* mime.c: the parts of a message.
 *
 * One pass over the lines that begin with "--", with a stack of the multiparts that are open. What has to be
 * decoded first, and what some programs read in another way, is read behind it, from the same functions. */
#include "mail/mime_read.h"

#include <assert.h>

#include "base/limits.h"

enum { FIRST_PARTS = 16, PREAMBLE_MAX = 200, HIDDEN_BOUNDARIES = 4, BUDGET = 4, BUDGET_LEAST = 65536 };

struct open {
    struct part *part;
    bool begun, closed; /* its boundary was seen, and its end */
    size_t since; /* where its preamble or epilogue begins; the end of the text: nothing is to be looked at */
};

/* One pass over one text. */
struct pass {
    struct mime_parser *parser;
    str text;
    struct open stack[LIMIT_MIME_DEPTH];
    unsigned depth;
    struct part *root;
    struct part *tip;              /* the innermost part that is open; NULL while parts are over the limit */
    str hidden[HIDDEN_BOUNDARIES]; /* lines that look like boundaries and are none */
    unsigned hidden_count;
};

/* ---- parts ---- */

struct part *mime_new_part(struct mime_parser *parser, struct part *parent)
{
    struct mime *mime = parser->mime;
    struct part *part;

    mime->seen++;
    if (mime->n == LIMIT_MIME_PARTS)
        return NULL;
    if (mime->n == 0 || (mime->n >= FIRST_PARTS && (mime->n & (mime->n - 1)) == 0)) {
        struct part **more =
            arena_array_of(parser->arena, mime->n ? 2 * mime->n : FIRST_PARTS, struct part *);

        if (mime->n)
            memcpy(more, mime->parts, mime->n * sizeof(*more));
        mime->parts = more;
    }
    part = arena_new_of(parser->arena, struct part);
    *part = (struct part){.parent = parent, .index = (unsigned)mime->n};
    if (parent) {
        part->depth = parent->depth + 1;
        part->alternate = parent->alternate;
        part->attachment = parent->attachment;
        if (parent->last)
            parent->last->next = part;
        else
            parent->child = part;
        parent->last = part;
    }
    mime->parts[mime->n++] = part;
    return part;
}

void mime_doubt(struct mime_parser *parser, struct mime_doubt doubt)
{
    struct mime_doubt *added = arena_new_of(parser->arena, struct mime_doubt);

    if (doubt.part->alternate) /* a reading of a reading is nobody's */
        return;
    *added = doubt;
    *parser->last_doubt = added;
    parser->last_doubt = &added->next;
}

/* ---- boundaries ---- */

enum match { MATCH_NONE, MATCH_PART, MATCH_END, MATCH_PREFIX };

/* The line of `text` at `at`, without its end. */
static str line_at(str text, size_t at, size_t *next)
{
    str rest = str_skip(text, at);
    size_t n = str_find(rest, '\n');

    *next = at + (n < rest.n ? n + 1 : n);
    if (n && rest.p[n - 1] == '\r')
        n--;
    return str_sub(rest, 0, n);
}

/* White space may stand behind a boundary (RFC 2046 section 5.1.1); two hyphens behind it and then anything
 * are its end, as mail programs have it. */
static enum match match_one(str line, str boundary)
{
    str rest = str_skip(line, boundary.n + 2);

    if (boundary.n == 0 || !str_eq(str_sub(line, 2, boundary.n), boundary))
        return MATCH_NONE;
    if (str_trim(rest).n == 0)
        return MATCH_PART;
    return str_starts(rest, S("--")) ? MATCH_END : MATCH_PREFIX;
}

/* The innermost multipart whose boundary the line is; one that is closed only if no other has the same. */
static enum match match_line(struct pass *pass, str line, unsigned *level)
{
    enum match found = MATCH_NONE;

    if (line.n < 2 || line.p[0] != '-' || line.p[1] != '-')
        return MATCH_NONE;
    for (unsigned i = pass->depth; i-- > 0;) {
        struct open *open = &pass->stack[i];
        enum match match = match_one(line, open->part->boundary);

        open->part->odd[PART_BOUNDARY_PREFIX] |= match == MATCH_PREFIX;
        if ((match != MATCH_PART && match != MATCH_END) || (open->closed && found != MATCH_NONE))
            continue;
        found = match;
        *level = i;
        if (!open->closed)
            break;
    }
    return found;
}

/* ---- the pass ---- */

static bool is_blank_line(str text, size_t at)
{
    return at < text.n &&
           (text.p[at] == '\n' || (text.p[at] == '\r' && at + 1 < text.n && text.p[at + 1] == '\n'));
}

/* A line at `at` in the header of a part is no field. Some programs pass over it, for others the content
 * begins there.
 */
static void note_malformed(struct pass *pass, struct part *part, size_t at)
{
    if (!part->odd[PART_HEADER_MALFORMED])
        mime_doubt(pass->parser, (struct mime_doubt){.part = part, .from = pass->text.p + at});
    part->odd[PART_HEADER_MALFORMED] = true;
}

/* Reads the header at `at`; returns where the content begins. A boundary ends it, and so does what is no
 * field at its very beginning: then there is no header.
 */
static size_t read_header(struct pass *pass, struct part *part, size_t at, struct mime_fields *fields)
{
    const struct mail lines = {.raw = pass->text, .head = pass->text, .lf_only = true};
    size_t from = at, next = at;
    struct header field;
    unsigned level;

    *fields = (struct mime_fields){.types = 0};
    while (at < pass->text.n && !is_blank_line(pass->text, at)) {
        str line = line_at(pass->text, at, &next);
        enum match match = match_line(pass, line, &level);

        next = at;
        if (match == MATCH_PART || match == MATCH_END || !mail_next_field(&lines, &next, &field))
            break;
        if (field.name.n == 0) {
            note_malformed(pass, part, at);
            if (at == from || line.p[0] == '-')
                break;
        }
        mime_note_field(fields, &field);
        at = next;
    }
    part->head = str_sub(pass->text, from, at - from);
    part->odd[PART_HEADER_UNCLOSED] = !is_blank_line(pass->text, at);
    if (is_blank_line(pass->text, at))
        line_at(pass->text, at, &at);
    return at;
}

size_t mime_read_header(struct mime_parser *parser, struct part *part, str text)
{
    struct pass pass = {.parser = parser, .text = text};
    struct mime_fields fields;
    size_t at = read_header(&pass, part, 0, &fields);

    mime_set_fields(parser, part, &fields);
    return at;
}

bool mime_holds_message(const struct part *part)
{
    return str_eq(part->type, S("message")) &&
           (str_eq(part->subtype, S("rfc822")) || str_eq(part->subtype, S("global")) ||
            str_eq(part->subtype, S("news")));
}

static size_t open_part(struct pass *pass, struct part *parent, size_t at);

/* The content of a part begins at `at`. Returns where the pass goes on. */
static size_t begin_content(struct pass *pass, struct part *part, size_t at)
{
    bool deep = part->depth + 1 >= LIMIT_MIME_DEPTH;
    bool multipart = str_eq(part->type, S("multipart")) && part->boundary.n;

    part->raw = str_sub(pass->text, at, 0);
    pass->tip = part;
    part->odd[PART_DEPTH] = deep && (multipart || mime_holds_message(part));
    if (deep)
        return at;
    if (multipart && pass->depth < LIMIT_MIME_DEPTH) {
        for (unsigned i = 0; i < pass->depth; i++)
            part->odd[PART_BOUNDARY_SAME] |= str_eq(pass->stack[i].part->boundary, part->boundary);
        pass->stack[pass->depth++] = (struct open){.part = part, .since = at};
    } else if (mime_holds_message(part) && part->encoding == PART_IDENTITY) {
        return open_part(pass, part, at);
    }
    return at;
}

/* A part begins at `at`, with its header. */
static size_t open_part(struct pass *pass, struct part *parent, size_t at)
{
    struct part *part = mime_new_part(pass->parser, parent);
    struct mime_fields fields;

    pass->tip = part;
    if (!part)
        return at;
    part->message = mime_holds_message(parent);
    at = read_header(pass, part, at, &fields);
    mime_set_fields(pass->parser, part, &fields);
    return begin_content(pass, part, at);
}

/* Where what stands before the line at `at` ends: the line end belongs to the boundary. */
static size_t before_line(str text, size_t at)
{
    if (at && text.p[at - 1] == '\n')
        at--;
    if (at && text.p[at - 1] == '\r')
        at--;
    return at;
}

/* All parts from the tip up to `stop`, which stays open, end at `end`. */
static void close_parts(struct pass *pass, const struct part *stop, size_t end)
{
    const char *p = pass->text.p + end;

    for (struct part *part = pass->tip; part && part != stop; part = part->parent) {
        part->raw.n = p > part->raw.p ? (size_t)(p - part->raw.p) : 0;
        if (part == pass->root)
            break;
    }
}

/* Notes what stands before the first part of a multipart, or behind its last one; some programs show it. */
static void look_between(struct pass *pass, struct open *open, size_t end)
{
    str text = str_trim(str_sub(pass->text, open->since, end > open->since ? end - open->since : 0));
    bool odd = open->closed ? text.n > 0 : text.n > PREAMBLE_MAX || str_find_str(text, S("://")) < text.n;

    open->since = pass->text.n;
    if (!odd)
        return;
    open->part->odd[open->closed ? PART_EPILOGUE : PART_PREAMBLE] = true;
    mime_doubt(pass->parser, (struct mime_doubt){.part = open->part, .between = text});
}

/* The multiparts above `level` end at `end`. */
static void close_multiparts(struct pass *pass, unsigned level, size_t end)
{
    while (pass->depth > level) {
        struct open *open = &pass->stack[--pass->depth];

        if (open->closed)
            look_between(pass, open, end);
        open->part->odd[PART_BOUNDARY_UNSEEN] |= !open->begun;
        open->part->odd[PART_BOUNDARY_UNCLOSED] |= open->begun && !open->closed;
    }
}

/* A boundary of the multipart at `level` begins at `at`; returns where the pass goes on. */
static size_t at_boundary(struct pass *pass, unsigned level, enum match match, size_t at, size_t next)
{
    struct open *open = &pass->stack[level];
    size_t end = before_line(pass->text, at);

    close_parts(pass, open->part, end);
    close_multiparts(pass, level + 1, end);
    if (!open->begun || open->closed)
        look_between(pass, open, end);
    open->begun = true;
    pass->tip = open->part;
    if (match == MATCH_END) {
        open->closed = true;
        open->since = next;
        return next;
    }
    open->part->odd[PART_EPILOGUE] |= open->closed;
    next = open_part(pass, open->part, next);
    if (open->closed && pass->tip) /* most programs have stopped to look */
        for (struct part *part = pass->tip; part != open->part; part = part->parent)
            part->alternate = true;
    if (!pass->tip)
        pass->tip = open->part;
    return next;
}

/* Notes a line that looks like a boundary that no header names: a field of MIME follows it. */
static void note_hidden(struct pass *pass, str line, size_t next)
{
    str boundary = str_skip(line, 2);

    while (boundary.n && ascii_is_space(boundary.p[boundary.n - 1]))
        boundary.n--;
    if (!str_istarts(str_sub(pass->text, next, 8), S("Content-")) || boundary.n == 0 ||
        pass->hidden_count == HIDDEN_BOUNDARIES)
        return;
    for (unsigned i = 0; i < pass->hidden_count; i++)
        if (str_eq(pass->hidden[i], boundary))
            return;
    pass->hidden[pass->hidden_count++] = boundary;
}

/* The offset of the next line that begins with two hyphens, from the line at `at` on. */
static size_t find_hyphens(str text, size_t at)
{
    while (at < text.n && !str_starts(str_sub(text, at, 2), S("--")))
        at += str_find(str_skip(text, at), '\n') + 1;
    return at;
}

void mime_read_content(struct mime_parser *parser, struct part *root, str text)
{
    struct pass pass = {.parser = parser, .text = text, .root = root};
    size_t at = begin_content(&pass, root, 0), next;

    while ((at = find_hyphens(text, at)) < text.n) {
        str line = line_at(text, at, &next);
        unsigned level = 0;
        enum match match = match_line(&pass, line, &level);

        if (match == MATCH_PART || match == MATCH_END) {
            at = at_boundary(&pass, level, match, at, next);
            continue;
        }
        note_hidden(&pass, line, next);
        at = next;
    }
    close_parts(&pass, root->parent, text.n);
    close_multiparts(&pass, 0, text.n);
    for (unsigned i = 0; i < pass.hidden_count && !root->alternate; i++)
        mime_read_hidden(parser, root, pass.hidden[i]);
}

void mime_parse(struct mime *mime, const struct mail *mail, struct arena *arena)
{
    struct mime_parser parser = {
        .mime = mime, .arena = arena, .budget = BUDGET * mail->body.n + BUDGET_LEAST};
    struct mime_fields fields = {.types = 0};
    struct part *root;

    *mime = (struct mime){.n = 0};
    parser.last_doubt = &parser.doubts;
    root = mime_new_part(&parser, NULL);
    assert(root);
    root->head = mail->head;
    for (size_t i = 0; i < mail->header_count; i++)
        mime_note_field(&fields, &mail->headers[i]);
    mime_set_fields(&parser, root, &fields);
    mime_read_content(&parser, root, mail->body);
    mime_read_other_header(&parser, root, mail);
    for (size_t i = 0; i < mime->n; i++) { /* it grows meanwhile */
        mime_read_again(&parser, mime->parts[i]);
        if (i + 1 == mime->n)
            mime_read_doubts(&parser);
    }
}

/* ---- words ---- */

static const char *const oddity_words[] = {
#define ODDITY(id, name, words) [PART_##id] = (words),
    PART_ODDITY_TABLE(ODDITY)
#undef ODDITY
};

static const char *const oddity_names[] = {
#define ODDITY(id, name, words) [PART_##id] = (name),
    PART_ODDITY_TABLE(ODDITY)
#undef ODDITY
};

const char *part_oddity_words(enum part_oddity oddity)
{
    return oddity_words[oddity];
}

const char *part_oddity_name(enum part_oddity oddity)
{
    return oddity_names[oddity];
}

const char *part_encoding_name(enum part_encoding encoding)
{
    static const char *const names[] = {[PART_IDENTITY] = "identity",
                                        [PART_QUOTED_PRINTABLE] = "quoted-printable",
                                        [PART_BASE64] = "base64",
                                        [PART_UUENCODE] = "uuencode",
                                        [PART_UNKNOWN] = "unknown"};

    return names[encoding];
}
