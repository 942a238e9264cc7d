/* mime_fields.c: what the header of a part says of it. */
#include "mail/file_name.h"
#include "mail/mime_read.h"
#include "mail/parameter.h"

enum { BOUNDARY_MAX = 70 }; /* RFC 2046 section 5.1.1 */

static void add_reading(str *readings, unsigned *n, str value)
{
    if (*n < MIME_READINGS)
        readings[(*n)++] = value;
}

void mime_note_field(struct mime_fields *fields, const struct header *field)
{
    if (field->id == HEADER_CONTENT_TYPE)
        add_reading(fields->type, &fields->types, field->value);
    else if (field->id == HEADER_CONTENT_TRANSFER_ENCODING)
        add_reading(fields->encoding, &fields->encodings, field->value);
    else if (field->id != HEADER_OTHER || field->name.n < 10)
        return;
    else if (str_ieq(field->name, S("Content-Disposition")))
        add_reading(fields->disposition, &fields->dispositions, field->value);
    else if (str_ieq(field->name, S("Content-ID")))
        fields->id = field->value;
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

static void set_boundary(struct mime_parser *parser, struct part *part, const struct parameters *parameters)
{
    str again = parameters_find(parameters, S("boundary"), 1);

    part->boundary = parameters_find(parameters, S("boundary"), 0);
    part->odd[PART_BOUNDARY_MISSING] |= part->boundary.n == 0;
    part->odd[PART_BOUNDARY_LONG] |= part->boundary.n > BOUNDARY_MAX;
    if (again.n && !str_eq(again, part->boundary))
        mime_doubt(parser, (struct mime_doubt){.part = part, .boundary = again});
}

/* What may be read in two ways: a second charset, and UTF-7, which programs have given up to read. */
static void set_charset(struct mime_parser *parser, struct part *part, const struct parameters *parameters)
{
    str again = parameters_find(parameters, S("charset"), 1);

    part->charset = parameters_find(parameters, S("charset"), 0);
    if (str_ieq(part->charset, S("utf-7")) || str_ieq(part->charset, S("unicode-1-1-utf-7"))) {
        part->odd[PART_CHARSET_UTF_7] = true;
        again = S("us-ascii");
    }
    if (again.n && !str_ieq(again, part->charset) && !str_eq(part->type, S("multipart")))
        mime_doubt(parser, (struct mime_doubt){.part = part, .charset = again});
}

void mime_set_type(struct mime_parser *parser, struct part *part, str field)
{
    struct parameters parameters;

    parameters_parse(&parameters, field, parser->arena);
    set_type_words(part, parameters.value);
    part->odd[PART_TYPE_SYNTAX] |= parameters.syntax || parameters.cut;
    part->odd[PART_PARAMETERS_DISAGREE] |= parameters.disagree;
    set_charset(parser, part, &parameters);
    part->name = parameters_find_extended(&parameters, S("name"));
    part->boundary = S("");
    if (str_eq(part->type, S("multipart")))
        set_boundary(parser, part, &parameters);
    if (!str_eq(part->type, S("message")))
        return;
    part->odd[PART_PARTIAL] = str_eq(part->subtype, S("partial"));
    part->odd[PART_EXTERNAL] = str_eq(part->subtype, S("external-body"));
    if (part->odd[PART_EXTERNAL])
        part->elsewhere = parameters_find(&parameters, S("url"), 0);
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
        {STR("uue"), PART_UUENCODE},      {STR("x-uu"), PART_UUENCODE},
        {STR("7-bit"), PART_IDENTITY},    {STR("8-bit"), PART_IDENTITY},
    };
    struct parameters parameters;

    parameters_parse(&parameters, field, arena);
    if (parameters.syntax && parameters.n == 0)
        return PART_UNKNOWN;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_eq(parameters.value, names[i].name))
            return names[i].encoding;
    return parameters.value.n ? PART_UNKNOWN : PART_IDENTITY;
}

/* Programs that look for the word anywhere find it. */
static enum part_encoding read_encoding_loosely(str field, struct arena *arena)
{
    str words = arena_lower(arena, field);
    size_t base64 = str_find_str(words, S("64")), quoted = str_find_str(words, S("quoted"));

    if (base64 == words.n && quoted == words.n)
        return str_find_str(words, S("uu")) < words.n ? PART_UUENCODE : PART_UNKNOWN;
    return base64 < quoted ? PART_BASE64 : PART_QUOTED_PRINTABLE;
}

static void doubt_encoding(struct mime_parser *parser, struct part *part, enum part_encoding encoding)
{
    if (encoding != PART_UNKNOWN && encoding != part->encoding)
        mime_doubt(parser, (struct mime_doubt){.part = part, .encoding = encoding, .encoded = true});
}

static void set_encoding(struct mime_parser *parser, struct part *part, const struct mime_fields *fields)
{
    enum part_encoding other;

    if (fields->encodings == 0)
        return;
    part->encoding = read_encoding(fields->encoding[0], parser->arena);
    part->odd[PART_ENCODING_UNKNOWN] |= part->encoding == PART_UNKNOWN;
    part->odd[PART_ENCODING_MULTIPART] |=
        part->encoding != PART_IDENTITY && str_eq(part->type, S("multipart"));
    if (part->encoding == PART_UNKNOWN)
        doubt_encoding(parser, part, read_encoding_loosely(fields->encoding[0], parser->arena));
    if (fields->encodings < 2)
        return;
    other = read_encoding(fields->encoding[1], parser->arena);
    part->odd[PART_ENCODING_SEVERAL] |= other != part->encoding;
    doubt_encoding(parser, part, other);
}

static void set_disposition(struct mime_parser *parser, struct part *part, str field)
{
    struct parameters parameters;
    str name;

    parameters_parse(&parameters, field, parser->arena);
    name = parameters_find_extended(&parameters, S("filename"));
    part->attachment |= parameters.value.n && !str_eq(parameters.value, S("inline"));
    part->odd[PART_PARAMETERS_DISAGREE] |= parameters.disagree;
    part->odd[PART_NAMES_DISAGREE] |= name.n && part->name.n && !str_eq(name, part->name);
    if (name.n)
        part->name = name;
}

/* All that the fields may be meant to name, what `part->name` holds first. */
static void set_names(struct mime_parser *parser, struct part *part, const struct mime_fields *fields)
{
    struct file_names names = {.n = 0};

    if (str_eq(part->type, S("multipart")))
        return;
    file_names_add(&names, part->name);
    for (unsigned i = 0; i < fields->dispositions; i++)
        file_names_note(&names, fields->disposition[i], parser->arena);
    for (unsigned i = 0; i < fields->types; i++)
        file_names_note(&names, fields->type[i], parser->arena);
    file_names_end(&names, parser->arena);
    if (!part->name.n && names.n)
        part->name = names.items[0];
    if (names.n == 0)
        return;
    part->names = arena_array_of(parser->arena, names.n, str);
    memcpy(part->names, names.items, names.n * sizeof(str));
    part->name_count = names.n;
    part->odd[PART_NAMES_SEVERAL] |= names.n > 1;
}

void mime_set_fields(struct mime_parser *parser, struct part *part, const struct mime_fields *fields)
{
    mime_set_type(parser, part, fields->type[0]);
    if (fields->types > 1 && !str_ieq(str_trim(fields->type[0]), str_trim(fields->type[1]))) {
        part->odd[PART_TYPE_SEVERAL] = true;
        mime_doubt(parser, (struct mime_doubt){.part = part, .type = fields->type[1]});
    }
    set_encoding(parser, part, fields);
    if (fields->dispositions)
        set_disposition(parser, part, fields->disposition[0]);
    set_names(parser, part, fields);
    part->content_id = str_trim(fields->id);
    if (str_starts(part->content_id, S("<")) && str_ends(part->content_id, S(">")))
        part->content_id = str_sub(part->content_id, 1, part->content_id.n - 2);
}
