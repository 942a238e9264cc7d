/* facts_write.c: facts as JSON, within a stated size. */
#include <assert.h>
#include <inttypes.h>

#include "base/escape.h"
#include "judge/facts_table.h"
#include "mail/word.h"

/* ---- what is collected ---- */

static void collect_mailboxes(struct facts_mailbox **out, size_t *count, const struct address_list *list,
                              struct arena *arena)
{
    /* One more than is kept, so that the writer counts a cut. */
    size_t n = list->n > LIMIT_FACTS_ITEMS ? LIMIT_FACTS_ITEMS + 1 : list->n;

    *out = arena_array_of(arena, n, struct facts_mailbox);
    *count = n;
    for (size_t i = 0; i < n; i++) {
        (*out)[i].name = word_decode(list->items[i].display, arena, NULL);
        (*out)[i].address = address_format(&list->items[i], arena);
    }
}

static str field_text(const struct mail *mail, enum header_id id, struct arena *arena)
{
    return mail->first[id] ? header_unfold(mail->first[id]->value, arena) : S("");
}

void facts_collect(struct facts *facts, const struct auth *auth, const struct mail *mail, struct arena *arena)
{
    struct address_list reply_to = {0};

    *facts = (struct facts){.version = FACTS_VERSION, .auth = *auth};
    facts->message.size = mail->raw.n;
    facts->message.message_id = field_text(mail, HEADER_MESSAGE_ID, arena);
    facts->message.date = field_text(mail, HEADER_DATE, arena);
    collect_mailboxes(&facts->message.from, &facts->message.from_count, &mail->from, arena);
    if (mail->first[HEADER_REPLY_TO])
        address_parse_list(mail->first[HEADER_REPLY_TO]->value, arena, &reply_to);
    collect_mailboxes(&facts->message.reply_to, &facts->message.reply_to_count, &reply_to, arena);
    memcpy(facts->message.odd, mail->odd, sizeof(facts->message.odd));
}

/* ---- the writer ---- */

/* How much of texts and lists is kept, tried in this order until all fits. The last always does. */
static const struct effort {
    size_t text; /* bytes of JSON */
    size_t items;
} efforts[] = {{LIMIT_FACTS_TEXT, LIMIT_FACTS_ITEMS}, {250, 16}, {80, 4}, {24, 2}, {24, 1}};
enum { EFFORTS = sizeof(efforts) / sizeof(*efforts) };

struct writer {
    struct buf *buf;
    struct effort effort;
    struct facts facts; /* a copy: its `cut` counts */
    bool more;          /* something stands before in this object or array */
};

static void write_shape(struct writer *writer, const struct facts_shape *shape, const void *of);

static void begin(struct writer *writer, const char *key)
{
    if (writer->more)
        buf_add_char(writer->buf, ',');
    writer->more = true;
    if (!key)
        return;
    buf_add_char(writer->buf, '"');
    buf_add(writer->buf, str_from(key));
    buf_add(writer->buf, S("\":"));
}

/* The text, or as much of it as its share allows with "..." behind. */
static void write_text(struct writer *writer, str text)
{
    struct buf *buf = writer->buf;
    size_t start = buf->n, max = writer->effort.text, keep = text.n;

    if (keep <= max)
        escape_json(buf, text);
    if (keep <= max && buf->n - start <= max)
        return;
    writer->facts.cut++;
    keep = keep > max - 5 ? max - 5 : keep / 2;
    for (;; keep /= 2) {
        size_t end = keep;

        while (end > 0 && keep - end < 3 && ((unsigned char)text.p[end] & 0xc0) == 0x80)
            end--; /* not within a character */
        buf->n = start;
        escape_json(buf, str_sub(text, 0, end));
        if (buf->n - start + 3 <= max || buf->full)
            break;
    }
    if (!buf->full) {
        buf->n--; /* the quote */
        buf_add(buf, S("...\""));
    }
}

static void write_notes(struct writer *writer, const struct notes *notes)
{
    size_t n = 0;

    buf_add_char(writer->buf, '[');
    writer->more = false;
    for (const struct note *note = notes->first; note; note = note->next) {
        if (n++ == writer->effort.items) {
            writer->facts.cut++;
            break;
        }
        begin(writer, NULL);
        write_text(writer, note->text);
    }
    buf_add_char(writer->buf, ']');
    writer->more = true;
}

static void write_flags(struct writer *writer, const struct facts_field *field, const bool *flags)
{
    buf_add_char(writer->buf, '[');
    writer->more = false;
    for (size_t i = 0; i < field->words->n; i++) {
        if (!flags[i])
            continue;
        begin(writer, NULL);
        escape_json(writer->buf, str_from(field->words->words[i]));
    }
    buf_add_char(writer->buf, ']');
    writer->more = true;
}

static void write_counts(struct writer *writer, const struct facts_field *field, const char *p)
{
    buf_add_char(writer->buf, '{');
    writer->more = false;
    for (size_t i = 0; i < field->words->n; i++) {
        uint64_t number = facts_number(p + i * field->stride, sizeof(unsigned));

        if (number == 0)
            continue;
        begin(writer, field->words->words[i]);
        buf_printf(writer->buf, "%" PRIu64, number);
    }
    buf_add_char(writer->buf, '}');
    writer->more = true;
}

static bool has_counts(const struct facts_field *field, const char *p)
{
    for (size_t i = 0; i < field->words->n; i++)
        if (facts_number(p + i * field->stride, sizeof(unsigned)) != 0)
            return true;
    return false;
}

static void write_object(struct writer *writer, const struct facts_shape *shape, const void *of)
{
    buf_add_char(writer->buf, '{');
    writer->more = false;
    write_shape(writer, shape, of);
    buf_add_char(writer->buf, '}');
    writer->more = true;
}

static void write_list(struct writer *writer, const struct facts_field *field, const void *of)
{
    size_t n = (size_t)facts_number((const char *)of + field->count, field->size);
    const char *items;

    memcpy(&items, facts_get(of, field), sizeof(items));
    if (n > writer->effort.items) {
        writer->facts.cut++;
        n = writer->effort.items;
    }
    buf_add_char(writer->buf, '[');
    writer->more = false;
    for (size_t i = 0; i < n; i++) {
        begin(writer, NULL);
        write_object(writer, field->shape, items + i * field->shape->size);
    }
    buf_add_char(writer->buf, ']');
    writer->more = true;
}

static void write_word(struct writer *writer, const struct facts_field *field, const void *p)
{
    uint64_t value = facts_number(p, field->size);

    assert(value < field->words->n && field->words->words[value]);
    escape_json(writer->buf, str_from(field->words->words[value]));
}

/* True if the member is what a reader takes where the key is missing. A part always counts as set: whether
 * there is something in it shows when it is written. */
static bool is_default(const struct facts_field *field, const void *of)
{
    static const bool none[FACTS_FLAGS_MAX];
    const void *p = facts_get(of, field);
    int64_t time;
    const void *link;

    switch (field->kind) {
    case FACTS_TEXT:
        return ((const str *)p)->n == 0;
    case FACTS_BOOL:
        return !*(const bool *)p;
    case FACTS_NUMBER:
    case FACTS_WORD:
        return facts_number(p, field->size) == 0;
    case FACTS_TIME:
        memcpy(&time, p, sizeof(time));
        return time == -1;
    case FACTS_IP:
        return ((const struct ip *)p)->family == 0;
    case FACTS_NOTES:
        return ((const struct notes *)p)->first == NULL;
    case FACTS_FLAGS:
        assert(field->size <= sizeof(none));
        return memcmp(p, none, field->size) == 0;
    case FACTS_COUNTS:
        return !has_counts(field, p);
    case FACTS_LINK:
        memcpy(&link, p, sizeof(link));
        return link == NULL;
    case FACTS_LIST:
        return facts_number((const char *)of + field->count, field->size) == 0;
    case FACTS_PART:
        return false;
    }
    assert(false);
    return true;
}

static void write_value(struct writer *writer, const struct facts_field *field, const void *of)
{
    const void *p = facts_get(of, field), *link;
    uint64_t number;
    int64_t time;

    switch (field->kind) {
    case FACTS_TEXT:
        write_text(writer, *(const str *)p);
        break;
    case FACTS_BOOL:
        buf_add(writer->buf, *(const bool *)p ? S("true") : S("false"));
        break;
    case FACTS_NUMBER: /* what JSON readers take is signed */
        number = facts_number(p, field->size);
        buf_printf(writer->buf, "%" PRIu64, number > INT64_MAX ? INT64_MAX : number);
        break;
    case FACTS_TIME:
        memcpy(&time, p, sizeof(time));
        buf_printf(writer->buf, "%" PRId64, time);
        break;
    case FACTS_WORD:
        write_word(writer, field, p);
        break;
    case FACTS_IP:
        escape_json(writer->buf, ip_format(*(const struct ip *)p, writer->buf->arena));
        break;
    case FACTS_NOTES:
        write_notes(writer, p);
        break;
    case FACTS_COUNTS:
        write_counts(writer, field, p);
        break;
    case FACTS_FLAGS:
        write_flags(writer, field, p);
        break;
    case FACTS_PART:
        write_object(writer, field->shape, p);
        break;
    case FACTS_LINK:
        memcpy(&link, p, sizeof(link));
        write_object(writer, field->shape, link);
        break;
    case FACTS_LIST:
        write_list(writer, field, of);
        break;
    }
}

static void write_shape(struct writer *writer, const struct facts_shape *shape, const void *of)
{
    struct buf *buf = writer->buf;

    for (size_t i = 0; i < shape->n && !buf->full; i++) {
        const struct facts_field *field = &shape->fields[i];
        size_t start = buf->n;
        bool more = writer->more;

        if (!field->always && is_default(field, of))
            continue;
        begin(writer, field->key);
        write_value(writer, field, of);
        if (field->kind == FACTS_PART && buf->n >= 2 && buf->p[buf->n - 1] == '}' &&
            buf->p[buf->n - 2] == '{') {
            buf->n = start; /* nothing was in it */
            writer->more = more;
        }
    }
}

str facts_write(const struct facts *facts, struct arena *arena)
{
    struct writer writer;
    struct buf buf;

    for (size_t i = 0; i < EFFORTS; i++) {
        buf = buf_new(arena, LIMIT_FACTS);
        writer = (struct writer){.buf = &buf, .effort = efforts[i], .facts = *facts};
        writer.facts.version = FACTS_VERSION;
        write_object(&writer, &facts_shape, &writer.facts);
        if (!buf.full)
            return buf_str(&buf);
    }
    assert(false); /* the last effort fits even where every member is set (test_facts.c, test_size) */
    return S("");
}
