/* mime_again.c: what has to be decoded before it can be read, and what programs read in more than one way. */
#include "base/limits.h"
#include "mail/mime_read.h"
#include "mail/transfer.h"

struct part *mime_reading(struct mime_parser *parser, struct part *from)
{
    struct part *part;

    if (from->raw.n > parser->budget)
        return NULL;
    part = mime_new_part(parser, from);
    if (!part)
        return NULL;
    parser->budget -= from->raw.n;
    part->alternate = true;
    part->head = from->head;
    part->raw = from->raw;
    part->type = from->type;
    part->subtype = from->subtype;
    part->charset = from->charset;
    part->boundary = from->boundary;
    part->name = from->name;
    part->names = from->names;
    part->name_count = from->name_count;
    part->encoding = from->encoding;
    return part;
}

static struct part *add_text(struct mime_parser *parser, struct part *parent, str text)
{
    struct part *part = mime_reading(parser, parent);

    if (!part)
        return NULL;
    part->type = S("text");
    part->subtype = S("plain");
    part->boundary = S("");
    part->raw = text;
    return part;
}

static void read_doubt(struct mime_parser *parser, const struct mime_doubt *doubt)
{
    struct part *part;

    if (doubt->between.n) {
        part = add_text(parser, doubt->part, doubt->between);
        if (part)
            part->encoding = PART_IDENTITY;
        return;
    }
    if (doubt->from >= doubt->part->raw.p && doubt->from) /* its content does begin there */
        return;
    part = mime_reading(parser, doubt->part);
    if (!part)
        return;
    if (doubt->from)
        part->raw = str_span(doubt->from, doubt->part->raw.p + doubt->part->raw.n);
    if (doubt->type.n)
        mime_set_type(parser, part, doubt->type);
    if (doubt->boundary.n)
        part->boundary = doubt->boundary;
    if (doubt->charset.n)
        part->charset = doubt->charset;
    if (doubt->encoded)
        part->encoding = doubt->encoding;
    mime_read_content(parser, part, part->raw);
}

void mime_read_doubts(struct mime_parser *parser)
{
    const struct mime_doubt *doubt = parser->doubts;

    parser->doubts = NULL;
    parser->last_doubt = &parser->doubts;
    for (; doubt; doubt = doubt->next)
        read_doubt(parser, doubt);
}

/* A message or multipart that is encoded. */
static void read_encoded(struct mime_parser *parser, struct part *part)
{
    str text = part_content(part, parser->arena);
    struct part *inner;
    size_t at = 0;

    if (part->depth + 1 >= LIMIT_MIME_DEPTH || !(inner = mime_new_part(parser, part)))
        return;
    inner->message = mime_holds_message(part);
    if (inner->message) {
        at = mime_read_header(parser, inner, text);
    } else { /* a multipart that was encoded as a whole, against RFC 2045 section 6.4 */
        inner->type = part->type;
        inner->subtype = part->subtype;
        inner->boundary = part->boundary;
        inner->alternate = true;
    }
    mime_read_content(parser, inner, str_skip(text, at));
}

static struct part *add_file(struct mime_parser *parser, struct part *part, str name, str raw, str bytes)
{
    struct part *file = mime_new_part(parser, part);

    part->odd[PART_UUENCODED] = true;
    if (!file)
        return NULL;
    file->type = S("application");
    file->subtype = S("octet-stream");
    file->name = name;
    file->names = arena_new_of(parser->arena, str);
    file->names[0] = name;
    file->name_count = name.n > 0;
    file->attachment = true;
    file->raw = raw;
    file->encoding = PART_UUENCODE;
    file->content = bytes;
    file->decoded = true;
    return file;
}

/* Files in a text, as Usenet had it; old programs show them as attachments. */
static void read_uuencoded(struct mime_parser *parser, struct part *part)
{
    str text = part_content(part, parser->arena);
    struct transfer_file file = {.at = 0};

    for (;;) {
        struct transfer_facts facts = {.junk = false};
        struct part *added;

        if (!transfer_uuencoded(text, file.at + file.length, parser->arena, &file, &facts))
            return;
        added = add_file(parser, part, file.name, str_sub(text, file.at, file.length), file.bytes);
        if (!added)
            return;
        added->odd[PART_ENCODING_CUT] = facts.unclosed;
    }
}

/* What a decoder makes of it that passes over other things than ours. */
static void add_decoded(struct mime_parser *parser, struct part *part, str content)
{
    struct part *reading;

    if (str_eq(content, part->content))
        return;
    for (const struct part *child = part->child; child; child = child->next)
        if (child->alternate && child->decoded && str_eq(child->content, content))
            return;
    reading = mime_reading(parser, part);
    if (!reading)
        return;
    reading->content = content;
    reading->decoded = true;
}

static void read_loosely(struct mime_parser *parser, struct part *part)
{
    struct arena *arena = parser->arena;

    if (part->raw.n > LIMIT_MIME_TEXT)
        return;
    part_content(part, arena);
    if (!part->odd[PART_ENCODING_JUNK] && !part->odd[PART_ENCODING_BEHIND] && !part->odd[PART_ENCODING_CUT])
        return;
    if (part->encoding == PART_BASE64) {
        add_decoded(parser, part, transfer_base64_lines(part->raw, arena));
        add_decoded(parser, part, transfer_base64_unpadded(part->raw, arena));
    } else if (part->encoding == PART_QUOTED_PRINTABLE) {
        add_decoded(parser, part, transfer_quoted_loose(part->raw, arena));
    }
}

/* It has children that are no other readings of it. */
static bool is_taken_apart(const struct part *part)
{
    return part->child && (part->alternate || !part->child->alternate);
}

void mime_read_again(struct mime_parser *parser, struct part *part)
{
    bool multipart = str_eq(part->type, S("multipart"));
    bool reading = part->alternate && part->parent && part->parent->raw.p == part->raw.p;

    if (is_taken_apart(part) || part->depth >= LIMIT_MIME_DEPTH)
        return;
    if (part->encoding != PART_IDENTITY && (mime_holds_message(part) || (multipart && part->boundary.n))) {
        read_encoded(parser, part);
    } else if (multipart) { /* no part was found in it: some programs show it as text */
        if (str_trim(part->raw).n && !part->odd[PART_HIDDEN_PARTS] && !reading)
            add_text(parser, part, part->raw);
    } else if (!reading) {
        if (part->encoding == PART_IDENTITY || part->encoding == PART_UNKNOWN)
            mime_look_for_hidden(parser, part);
        else
            read_loosely(parser, part);
        if (part_is(part, S("text"), S("plain")) && part->encoding != PART_UUENCODE)
            read_uuencoded(parser, part);
    }
}

/* The message once more, with a header that ends at `end` of mail->raw and a content that begins at `next`.
 */
static void read_otherwise(struct mime_parser *parser, struct part *root, str raw, size_t end, size_t next)
{
    struct part *part;

    root->odd[PART_HEADER_ENDS] = true;
    part = mime_reading(parser, root);
    if (!part)
        return;
    part->encoding = PART_IDENTITY;
    mime_read_header(parser, part, str_sub(raw, 0, end));
    part->odd[PART_HEADER_UNCLOSED] = false; /* what ends it is not seen there */
    mime_read_content(parser, part, str_skip(raw, next));
}

/* Where the header ends if each LF ends a line, and where the content begins. */
static size_t bare_end(str raw, size_t *next)
{
    for (size_t at = 0; at < raw.n;) {
        str rest = str_skip(raw, at += str_find(str_skip(raw, at), '\n') + 1);

        if (!str_starts(rest, S("\n")) && !str_starts(rest, S("\r\n")))
            continue;
        *next = at + (rest.p[0] == '\r') + 1;
        return at;
    }
    *next = raw.n;
    return raw.n;
}

/* A bare LF in the middle of a field stands before a field of MIME. */
static bool has_bare_field(str head)
{
    for (size_t at = 0; at < head.n; at++) {
        at += str_find_str(str_skip(head, at), S("\nContent-"));
        if (at < head.n && (at == 0 || head.p[at - 1] != '\r'))
            return true;
    }
    return false;
}

/* The first line of white space alone, and what follows it; false if there is none. */
static bool find_blank_line(str head, size_t *end, size_t *next)
{
    for (size_t at = 0; at < head.n; at = *next) {
        size_t n = str_find(str_skip(head, at), '\n');

        *end = at;
        *next = at + n + 1;
        if (n && str_trim(str_sub(head, at, n)).n == 0 && *next < head.n)
            return true;
    }
    return false;
}

void mime_read_other_header(struct mime_parser *parser, struct part *root, const struct mail *mail)
{
    size_t end, next;

    if (mail->odd[MAIL_BARE_LF]) {
        end = bare_end(mail->raw, &next);
        if (end < mail->head.n || has_bare_field(mail->head))
            read_otherwise(parser, root, mail->raw, end, next);
    }
    if (mail->odd[MAIL_HEADER_FOLD_BLANK] && find_blank_line(mail->head, &end, &next))
        read_otherwise(parser, root, mail->raw, end, next);
}
