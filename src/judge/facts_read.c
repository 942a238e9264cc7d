/* facts_read.c: facts read back from JSON, which may have been tampered with. */
#include <assert.h>
#include <jansson.h>

#include "judge/facts_table.h"

struct reader {
    struct arena *arena;
    str reason; /* set: the text is broken */
};

static bool broken(struct reader *reader, const struct facts_field *field, const char *why)
{
    reader->reason = arena_printf(reader->arena, "\"%s\" %s", field->key, why);
    return false;
}

static bool read_shape(struct reader *reader, const struct facts_shape *shape, const json_t *json, void *of);

/* What members are where their key is missing. */
static void set_defaults(const struct facts_shape *shape, void *of)
{
    static const int64_t no_time = -1;

    for (size_t i = 0; i < shape->n; i++) {
        const struct facts_field *field = &shape->fields[i];

        if (field->kind == FACTS_TIME)
            memcpy(facts_member(of, field), &no_time, sizeof(no_time));
        else if (field->kind == FACTS_PART)
            set_defaults(field->shape, facts_member(of, field));
    }
}

static str copy_text(struct reader *reader, const json_t *json)
{
    return arena_str(reader->arena, (str){json_string_value(json), json_string_length(json)});
}

static bool read_number(struct reader *reader, const struct facts_field *field, const json_t *json, void *p)
{
    json_int_t value = json_integer_value(json);

    if (!json_is_integer(json) || value < 0)
        return broken(reader, field, "is no whole number");
    if (field->size == sizeof(uint32_t) && value > UINT32_MAX)
        return broken(reader, field, "is too large");
    facts_set_number(p, field->size, (uint64_t)value);
    return true;
}

static bool read_time(struct reader *reader, const struct facts_field *field, const json_t *json, void *p)
{
    int64_t value = json_integer_value(json);

    if (!json_is_integer(json))
        return broken(reader, field, "is no time");
    memcpy(p, &value, sizeof(value));
    return true;
}

/* The value that has this word; words->n if none has. */
static size_t find_word(const struct facts_words *words, const json_t *json)
{
    str text = {json_string_value(json), json_string_length(json)};

    for (size_t i = 0; json_is_string(json) && i < words->n; i++)
        if (words->words[i] && str_eq(str_from(words->words[i]), text))
            return i;
    return words->n;
}

static bool read_word(struct reader *reader, const struct facts_field *field, const json_t *json, void *p)
{
    size_t value = find_word(field->words, json);

    if (value == field->words->n)
        return broken(reader, field, "is none of its words");
    facts_set_number(p, field->size, value);
    return true;
}

static bool read_flags(struct reader *reader, const struct facts_field *field, const json_t *json,
                       bool *flags)
{
    if (!json_is_array(json))
        return broken(reader, field, "is no list");
    for (size_t i = 0; i < json_array_size(json); i++) {
        size_t value = find_word(field->words, json_array_get(json, i));

        if (value == field->words->n)
            return broken(reader, field, "is none of its words");
        flags[value] = true;
    }
    return true;
}

static bool read_counts(struct reader *reader, const struct facts_field *field, const json_t *json, char *p)
{
    if (!json_is_object(json))
        return broken(reader, field, "is no object");
    for (size_t i = 0; i < field->words->n; i++) {
        const json_t *number = json_object_get(json, field->words->words[i]);

        if (number && (!json_is_integer(number) || json_integer_value(number) < 0 ||
                       json_integer_value(number) > UINT32_MAX))
            return broken(reader, field, "holds something that is no whole number");
        if (number)
            facts_set_number(p + i * field->stride, sizeof(unsigned), (uint64_t)json_integer_value(number));
    }
    return true;
}

static bool read_ip(struct reader *reader, const struct facts_field *field, const json_t *json, struct ip *ip)
{
    if (!json_is_string(json) ||
        !ip_parse_exact((str){json_string_value(json), json_string_length(json)}, ip))
        return broken(reader, field, "is no IP address");
    return true;
}

/* Not note_add(): two remarks that were cut may have become equal. */
static bool read_notes(struct reader *reader, const struct facts_field *field, const json_t *json,
                       struct notes *notes)
{
    if (!json_is_array(json) || json_array_size(json) > LIMIT_FACTS_ITEMS)
        return broken(reader, field, "is no list, or too long");
    for (size_t i = 0; i < json_array_size(json); i++) {
        struct note *note = arena_new_of(reader->arena, struct note);

        if (!json_is_string(json_array_get(json, i)))
            return broken(reader, field, "is no list of texts");
        note->text = copy_text(reader, json_array_get(json, i));
        if (notes->last)
            notes->last->next = note;
        else
            notes->first = note;
        notes->last = note;
        notes->count++;
    }
    return true;
}

static bool read_list(struct reader *reader, const struct facts_field *field, const json_t *json, void *of)
{
    size_t n = json_array_size(json);
    char *items;

    if (!json_is_array(json) || n > LIMIT_FACTS_ITEMS)
        return broken(reader, field, "is no list, or too long");
    items = arena_array(reader->arena, n, field->shape->size);
    for (size_t i = 0; i < n; i++) {
        set_defaults(field->shape, items + i * field->shape->size);
        if (!json_is_object(json_array_get(json, i)))
            return broken(reader, field, "is no list of objects");
        if (!read_shape(reader, field->shape, json_array_get(json, i), items + i * field->shape->size))
            return false;
    }
    memcpy(facts_member(of, field), &items, sizeof(items));
    facts_set_number((char *)of + field->count, field->size, n);
    return true;
}

static bool read_link(struct reader *reader, const struct facts_field *field, const json_t *json, void *p)
{
    void *link = arena_alloc(reader->arena, field->shape->size);

    set_defaults(field->shape, link);
    if (!json_is_object(json))
        return broken(reader, field, "is no object");
    memcpy(p, &link, sizeof(link));
    return read_shape(reader, field->shape, json, link);
}

static bool read_value(struct reader *reader, const struct facts_field *field, const json_t *json, void *of)
{
    void *p = facts_member(of, field);

    switch (field->kind) {
    case FACTS_TEXT:
        if (!json_is_string(json))
            return broken(reader, field, "is no text");
        *(str *)p = copy_text(reader, json);
        return true;
    case FACTS_BOOL:
        if (!json_is_boolean(json))
            return broken(reader, field, "is neither true nor false");
        *(bool *)p = json_is_true(json);
        return true;
    case FACTS_NUMBER:
        return read_number(reader, field, json, p);
    case FACTS_TIME:
        return read_time(reader, field, json, p);
    case FACTS_WORD:
        return read_word(reader, field, json, p);
    case FACTS_IP:
        return read_ip(reader, field, json, p);
    case FACTS_NOTES:
        return read_notes(reader, field, json, p);
    case FACTS_COUNTS:
        return read_counts(reader, field, json, p);
    case FACTS_FLAGS:
        return read_flags(reader, field, json, p);
    case FACTS_PART:
        return json_is_object(json) ? read_shape(reader, field->shape, json, p)
                                    : broken(reader, field, "is no object");
    case FACTS_LINK:
        return read_link(reader, field, json, p);
    case FACTS_LIST:
        return read_list(reader, field, json, of);
    }
    assert(false);
    return false;
}

static bool read_shape(struct reader *reader, const struct facts_shape *shape, const json_t *json, void *of)
{
    for (size_t i = 0; i < shape->n; i++) {
        const json_t *value = json_object_get(json, shape->fields[i].key);

        if (value && !read_value(reader, &shape->fields[i], value, of))
            return false;
    }
    return true;
}

/* What the structs hold that is not in the text. */
static void complete(struct auth *auth)
{
    auth->spf.done = auth->dkim.done = auth->arc.done = auth->dmarc.done = auth->iprev.done = true;
    auth->started = auth->done = true;
}

static void complete_all(struct facts *facts)
{
    complete(&facts->auth);
    facts->content.done = true;
}

static enum facts_outcome read_json(struct facts *facts, const json_t *json, struct reader *reader)
{
    const json_t *version = json_object_get(json, "version");

    if (!json_is_integer(version) || json_integer_value(version) < 0 ||
        json_integer_value(version) > UINT32_MAX) {
        reader->reason = S("there is no version");
        return FACTS_BROKEN;
    }
    facts->version = (unsigned)json_integer_value(version);
    if (facts->version != FACTS_VERSION) {
        reader->reason = arena_printf(reader->arena, "version %u, and this program knows %d", facts->version,
                                      FACTS_VERSION);
        return FACTS_OTHER_VERSION;
    }
    set_defaults(&facts_shape, facts);
    if (!read_shape(reader, &facts_shape, json, facts))
        return FACTS_BROKEN;
    complete_all(facts);
    return FACTS_OK;
}

enum facts_outcome facts_read(struct facts *facts, str text, struct arena *arena, str *reason)
{
    struct reader reader = {.arena = arena};
    enum facts_outcome outcome = FACTS_BROKEN;
    json_error_t error;
    json_t *json = NULL;

    *facts = (struct facts){0};
    if (text.n > LIMIT_FACTS)
        reader.reason = S("the text is too long");
    else if (!(json =
                   json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error)))
        reader.reason = arena_str(arena, str_from(error.text));
    else if (!json_is_object(json))
        reader.reason = S("the text is no object");
    else
        outcome = read_json(facts, json, &reader);
    json_decref(json);
    if (outcome == FACTS_BROKEN)
        *facts = (struct facts){0};
    if (reason)
        *reason = reader.reason;
    return outcome;
}
