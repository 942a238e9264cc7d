/* mime.c: the parts of a message.
 *
 * One pass over the lines that begin with "--", with a stack of the multiparts that are open. What has to be
 * decoded first, and what some programs read in another way, is read behind it, from the same functions. */
#include "mail/mime.h"

#include <assert.h>

#include "base/limits.h"
#include "mail/parameter.h"
#include "mail/transfer.h"

enum { FIRST_PARTS = 16, BOUNDARY_MAX = 70, READINGS = 2, PREAMBLE_MAX = 200 };

/* The fields of a part that say what it is; of each the first ones. */
struct fields {
    str type[READINGS], encoding[READINGS], disposition, id;
    unsigned types, encodings;
};

/* Another reading of a part. */
struct doubt {
    struct doubt *next;
    struct part *part;
    str type;     /* the other Content-Type, whole */
    str boundary; /* or another boundary */
    str encoding; /* or another encoding */
};

struct parser {
    struct mime *mime;
    struct arena *arena;
    struct doubt *doubts, **last_doubt;
};

struct open {
    struct part *part;
    bool closed;
    size_t since; /* where its preamble or epilogue begins */
};

/* One pass over one text. */
struct pass {
    struct parser *parser;
    str text;
    struct open stack[LIMIT_MIME_DEPTH];
    unsigned depth;
    struct part *root;
    struct part *tip; /* the innermost part that is open; NULL while parts are over the limit */
    bool alternate;
};

/* ---- a part and its header ---- */

static struct part *new_part(struct parser *parser, struct part *parent)
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

static void add_doubt(struct parser *parser, struct doubt doubt)
{
    struct doubt *added = arena_new_of(parser->arena, struct doubt);

    if (doubt.part->alternate) /* a reading of a reading is nobody's */
        return;
    *added = doubt;
    *parser->last_doubt = added;
    parser->last_doubt = &added->next;
}

static void note_field(struct fields *fields, const struct header *field)
{
    if (field->id == HEADER_CONTENT_TYPE) {
        if (fields->types < READINGS)
            fields->type[fields->types++] = field->value;
    } else if (field->id == HEADER_CONTENT_TRANSFER_ENCODING) {
        if (fields->encodings < READINGS)
            fields->encoding[fields->encodings++] = field->value;
    } else if (str_ieq(field->name, S("Content-Disposition"))) {
        if (!fields->disposition.n)
            fields->disposition = field->value;
    } else if (str_ieq(field->name, S("Content-ID"))) {
        fields->id = field->value;
    }
}

static void set_type_words(struct part *part, str value)
{
    size_t slash = str_find(value, '/');
    bool digest = part->parent && part_is(part->parent, S("multipart"), S("digest"));

    part->type = str_sub(value, 0, slash);
    part->subtype = str_skip(value, slash + 1);
    if (part->type.n && part->subtype.n)
        return;
    part->odd[PART_TYPE_SYNTAX] |= value.n > 0;
    part->type = digest ? S("message") : S("text");
    part->subtype = digest ? S("rfc822") : str_eq(value, S("html")) ? S("html") : S("plain");
}

/* What Content-Type says, in one reading. */
static void set_type(struct parser *parser, struct part *part, str field)
{
    struct parameters parameters;
    str again;

    parameters_parse(&parameters, field, parser->arena);
    set_type_words(part, parameters.value);
    part->odd[PART_TYPE_SYNTAX] |= parameters.syntax || parameters.cut;
    part->odd[PART_PARAMETERS_DISAGREE] |= parameters.disagree;
    part->charset = parameters_find(&parameters, S("charset"), 0);
    part->name = parameters_find(&parameters, S("name"), 0);
    part->boundary = S("");
    if (!str_eq(part->type, S("multipart")))
        return;
    part->boundary = parameters_find(&parameters, S("boundary"), 0);
    part->odd[PART_BOUNDARY_MISSING] |= part->boundary.n == 0;
    part->odd[PART_BOUNDARY_LONG] |= part->boundary.n > BOUNDARY_MAX;
    again = parameters_find(&parameters, S("boundary"), 1);
    if (again.n && !str_eq(again, part->boundary))
        add_doubt(parser, (struct doubt){.part = part, .boundary = again});
}

static enum part_encoding read_encoding(str field, struct arena *arena)
{
    static const struct {
        str name;
        enum part_encoding encoding;
    } names[] = {
        {STR("7bit"), PART_IDENTITY},     {STR("8bit"), PART_IDENTITY},
        {STR("binary"), PART_IDENTITY},   {STR("quoted-printable"), PART_QUOTED_PRINTABLE},
        {STR("base64"), PART_BASE64},     {STR("x-uuencode"), PART_UUENCODE},
        {STR("uuencode"), PART_UUENCODE}, {STR("x-uue"), PART_UUENCODE},
        {STR("7-bit"), PART_IDENTITY},    {STR("8-bit"), PART_IDENTITY},
    };
    struct parameters parameters;

    parameters_parse(&parameters, field, arena);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_eq(parameters.value, names[i].name))
            return names[i].encoding;
    return parameters.value.n ? PART_UNKNOWN : PART_IDENTITY;
}

static void set_encoding(struct part *part, enum part_encoding encoding)
{
    part->encoding = encoding;
    part->odd[PART_ENCODING_UNKNOWN] |= encoding == PART_UNKNOWN;
    part->odd[PART_ENCODING_MULTIPART] |= encoding != PART_IDENTITY && str_eq(part->type, S("multipart"));
}

static void set_disposition(struct parser *parser, struct part *part, str field)
{
    struct parameters parameters;
    str name;

    parameters_parse(&parameters, field, parser->arena);
    name = parameters_find(&parameters, S("filename"), 0);
    part->attachment |= parameters.value.n && !str_eq(parameters.value, S("inline"));
    part->odd[PART_PARAMETERS_DISAGREE] |= parameters.disagree;
    part->odd[PART_NAMES_DISAGREE] |= name.n && part->name.n && !str_eq(name, part->name);
    if (name.n)
        part->name = name;
}

static void set_fields(struct parser *parser, struct part *part, const struct fields *fields)
{
    set_type(parser, part, fields->type[0]);
    if (fields->types > 1 && !str_ieq(str_trim(fields->type[0]), str_trim(fields->type[1]))) {
        part->odd[PART_TYPE_SEVERAL] = true;
        add_doubt(parser, (struct doubt){.part = part, .type = fields->type[1]});
    }
    if (fields->encodings)
        set_encoding(part, read_encoding(fields->encoding[0], parser->arena));
    if (fields->encodings > 1 && read_encoding(fields->encoding[1], parser->arena) != part->encoding) {
        part->odd[PART_ENCODING_SEVERAL] = true;
        add_doubt(parser, (struct doubt){.part = part, .encoding = fields->encoding[1]});
    }
    if (fields->disposition.n)
        set_disposition(parser, part, fields->disposition);
    part->content_id = str_trim(fields->id);
    if (str_starts(part->content_id, S("<")) && str_ends(part->content_id, S(">")))
        part->content_id = str_sub(part->content_id, 1, part->content_id.n - 2);
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

/* The innermost multipart whose boundary the line is. */
static enum match match_line(struct pass *pass, str line, unsigned *level)
{
    if (!str_starts(line, S("--")))
        return MATCH_NONE;
    for (*level = pass->depth; (*level)-- > 0;) {
        struct part *part = pass->stack[*level].part;
        enum match match = match_one(line, part->boundary);

        if (match == MATCH_PART || match == MATCH_END)
            return match;
        part->odd[PART_BOUNDARY_PREFIX] |= match == MATCH_PREFIX;
    }
    return MATCH_NONE;
}

/* ---- the pass ---- */

static bool is_blank_line(str text, size_t at)
{
    return at < text.n &&
           (text.p[at] == '\n' || (text.p[at] == '\r' && at + 1 < text.n && text.p[at + 1] == '\n'));
}

/* Reads the header at `at`; returns where the content begins. What is no field ends it, as does a boundary.
 */
static size_t read_header(struct pass *pass, struct part *part, size_t at, struct fields *fields)
{
    const struct mail lines = {.raw = pass->text, .head = pass->text, .lf_only = true};
    size_t from = at, next = at;
    struct header field;
    unsigned level;

    *fields = (struct fields){.types = 0};
    while (at < pass->text.n && !is_blank_line(pass->text, at)) {
        str line = line_at(pass->text, at, &next);
        enum match match = match_line(pass, line, &level);

        next = at;
        if (match == MATCH_PART || match == MATCH_END || !mail_next_field(&lines, &next, &field))
            break;
        if (field.name.n == 0) {
            part->odd[PART_HEADER_MALFORMED] = true;
            break;
        }
        note_field(fields, &field);
        at = next;
    }
    part->head = str_sub(pass->text, from, at - from);
    part->odd[PART_HEADER_UNCLOSED] = !is_blank_line(pass->text, at);
    if (is_blank_line(pass->text, at))
        line_at(pass->text, at, &at);
    return at;
}

static bool holds_message(const struct part *part)
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
    part->odd[PART_DEPTH] = deep && (multipart || holds_message(part));
    if (deep)
        return at;
    if (multipart && pass->depth < LIMIT_MIME_DEPTH) {
        for (unsigned i = 0; i < pass->depth; i++)
            part->odd[PART_BOUNDARY_SAME] |= str_eq(pass->stack[i].part->boundary, part->boundary);
        pass->stack[pass->depth++] = (struct open){.part = part, .since = at};
    } else if (holds_message(part) && part->encoding == PART_IDENTITY) {
        return open_part(pass, part, at);
    }
    return at;
}

/* A part begins at `at`, with its header. */
static size_t open_part(struct pass *pass, struct part *parent, size_t at)
{
    struct part *part = new_part(pass->parser, parent);
    struct fields fields;

    pass->tip = part;
    if (!part)
        return at;
    part->message = holds_message(parent);
    at = read_header(pass, part, at, &fields);
    set_fields(pass->parser, part, &fields);
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

/* Notes what stands before the first part of a multipart, or behind its last one. */
static void look_between(struct pass *pass, unsigned level, size_t end)
{
    struct open *open = &pass->stack[level];
    str text = str_trim(str_sub(pass->text, open->since, end > open->since ? end - open->since : 0));

    if (open->closed)
        open->part->odd[PART_EPILOGUE] |= text.n > 0;
    else if (!open->part->child)
        open->part->odd[PART_PREAMBLE] |= text.n > PREAMBLE_MAX || str_find_str(text, S("://")) < text.n;
}

/* The multiparts above `level` end at `end`. */
static void close_multiparts(struct pass *pass, unsigned level, size_t end)
{
    while (pass->depth > level) {
        struct open *open = &pass->stack[--pass->depth];

        look_between(pass, pass->depth, end);
        open->part->odd[PART_BOUNDARY_UNSEEN] |= !open->part->child && !open->closed;
        open->part->odd[PART_BOUNDARY_UNCLOSED] |= open->part->child && !open->closed;
    }
}

/* A boundary of the multipart at `level` begins at `at`; returns where the pass goes on. */
static size_t at_boundary(struct pass *pass, unsigned level, enum match match, size_t at, size_t next)
{
    struct open *open = &pass->stack[level];
    size_t end = before_line(pass->text, at);

    close_parts(pass, open->part, end);
    close_multiparts(pass, level + 1, end);
    look_between(pass, level, end);
    pass->tip = open->part;
    if (match == MATCH_END) {
        open->closed = true;
        open->since = next;
        return next;
    }
    next = open_part(pass, open->part, next);
    if (open->closed && pass->tip) /* most programs have stopped to look */
        for (struct part *part = pass->tip; part != open->part; part = part->parent)
            part->alternate = true;
    if (!pass->tip)
        pass->tip = open->part;
    return next;
}

/* Reads all of a text into the tree below `root`, whose header is known. */
static void read_content(struct parser *parser, struct part *root, str text)
{
    struct pass pass = {.parser = parser, .text = text, .root = root};
    size_t at = begin_content(&pass, root, 0);

    while (at < text.n && pass.depth) {
        size_t next, found;
        unsigned level = 0;
        enum match match = match_line(&pass, line_at(text, at, &next), &level);

        if (match == MATCH_PART || match == MATCH_END) {
            at = at_boundary(&pass, level, match, at, next);
            continue;
        }
        found = at + str_find_str(str_skip(text, at), S("\n--"));
        at = found < text.n ? found + 1 : text.n;
    }
    close_parts(&pass, root->parent, text.n);
    close_multiparts(&pass, 0, text.n);
}

/* ---- other readings, and what has to be decoded first ---- */

static void read_doubt(struct parser *parser, const struct doubt *doubt)
{
    struct part *from = doubt->part, *part = new_part(parser, from);

    if (!part)
        return;
    part->alternate = true;
    part->head = from->head;
    part->type = from->type;
    part->subtype = from->subtype;
    part->charset = from->charset;
    part->boundary = from->boundary;
    part->name = from->name;
    part->encoding = from->encoding;
    if (doubt->type.n)
        set_type(parser, part, doubt->type);
    if (doubt->boundary.n)
        part->boundary = doubt->boundary;
    if (doubt->encoding.n)
        set_encoding(part, read_encoding(doubt->encoding, parser->arena));
    read_content(parser, part, from->raw);
}

/* A message or multipart that is encoded. */
static void read_encoded(struct parser *parser, struct part *part)
{
    struct part *inner;
    struct pass pass = {.parser = parser, .text = part_content(part, parser->arena)};
    struct fields fields;
    size_t at = 0;

    if (part->depth + 1 >= LIMIT_MIME_DEPTH || !(inner = new_part(parser, part)))
        return;
    inner->message = holds_message(part);
    if (inner->message) {
        at = read_header(&pass, inner, 0, &fields);
        set_fields(parser, inner, &fields);
    } else { /* a multipart that was encoded as a whole, against RFC 2045 section 6.4 */
        inner->type = part->type;
        inner->subtype = part->subtype;
        inner->boundary = part->boundary;
        inner->alternate = true;
    }
    read_content(parser, inner, str_skip(pass.text, at));
}

/* Some programs show the text of a multipart in which no part was found. */
static void read_as_text(struct parser *parser, struct part *part)
{
    struct part *text = str_trim(part->raw).n ? new_part(parser, part) : NULL;

    if (!text)
        return;
    text->alternate = true;
    text->type = S("text");
    text->subtype = S("plain");
    text->raw = part->raw;
}

/* A file in a text, as Usenet had it; old programs show it as an attachment. */
static void read_uuencoded(struct parser *parser, struct part *part)
{
    struct transfer_facts facts = {false};
    str text = part_content(part, parser->arena), name, bytes;
    size_t at, length;
    struct part *file;

    if (str_find_str(text, S("begin ")) == text.n ||
        !transfer_uuencoded(text, parser->arena, &name, &bytes, &at, &length, &facts))
        return;
    part->odd[PART_UUENCODED] = true;
    file = new_part(parser, part);
    if (!file)
        return;
    file->type = S("application");
    file->subtype = S("octet-stream");
    file->name = name;
    file->attachment = true;
    file->raw = str_sub(text, at, length);
    file->encoding = PART_UUENCODE;
    file->content = bytes;
    file->decoded = true;
    file->odd[PART_ENCODING_CUT] = facts.unclosed;
}

static void read_further(struct parser *parser, struct part *part)
{
    bool multipart = str_eq(part->type, S("multipart"));

    if (part->child)
        return;
    if ((holds_message(part) || (multipart && part->boundary.n)) && part->encoding != PART_IDENTITY)
        read_encoded(parser, part);
    else if (multipart)
        read_as_text(parser, part);
    else if (part_is(part, S("text"), S("plain")) && part->encoding != PART_UUENCODE)
        read_uuencoded(parser, part);
}

void mime_parse(struct mime *mime, const struct mail *mail, struct arena *arena)
{
    struct parser parser = {.mime = mime, .arena = arena};
    struct fields fields = {.types = 0};
    struct part *root;

    *mime = (struct mime){.n = 0};
    parser.last_doubt = &parser.doubts;
    root = new_part(&parser, NULL);
    assert(root);
    root->head = mail->head;
    for (size_t i = 0; i < mail->header_count; i++)
        note_field(&fields, &mail->headers[i]);
    set_fields(&parser, root, &fields);
    read_content(&parser, root, mail->body);
    for (const struct doubt *doubt = parser.doubts; doubt; doubt = doubt->next)
        read_doubt(&parser, doubt);
    for (size_t i = 0; i < mime->n; i++) /* it grows meanwhile */
        read_further(&parser, mime->parts[i]);
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
