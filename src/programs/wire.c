/* wire.c: records as bytes: numbers of 8 bytes, texts with their length in front, in the order of one table.
 */
#include "programs/wire.h"

#include <stddef.h>

#include "base/buf.h"

enum { NUMBER = 8, WIRE_MAX = 64 * 1024 * 1024 };

static const size_t texts[] = {
    offsetof(struct record, id),
    offsetof(struct record, listener),
    offsetof(struct record, direction),
    offsetof(struct record, mode),
    offsetof(struct record, envelope.helo),
    offsetof(struct record, envelope.mail_from),
    offsetof(struct record, queue_id),
    offsetof(struct record, auth_user),
    offsetof(struct record, facts),
    offsetof(struct record, fingerprint),
    offsetof(struct record, from_domain),
    offsetof(struct record, spf),
    offsetof(struct record, dkim),
    offsetof(struct record, arc),
    offsetof(struct record, dmarc),
    offsetof(struct record, retry_of),
    offsetof(struct record, subject),
    offsetof(struct record, outcome.reply_code),
    offsetof(struct record, outcome.reply_status),
    offsetof(struct record, outcome.reply_text),
    offsetof(struct record, outcome.result_class),
    offsetof(struct record, outcome.reason),
};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

/* ---- writing ---- */

static void put_number(struct buf *buf, uint64_t number)
{
    char bytes[NUMBER];

    memcpy(bytes, &number, NUMBER); /* both ends are on one machine */
    buf_add(buf, (str){bytes, NUMBER});
}

static void put_text(struct buf *buf, str text)
{
    put_number(buf, text.n);
    buf_add(buf, text);
}

str wire_write(const struct record *record, struct arena *arena)
{
    struct buf buf = buf_new(arena, WIRE_MAX);
    const struct outcome *outcome = &record->outcome;

    for (size_t i = 0; i < TEXTS; i++)
        put_text(&buf, *(const str *)((const char *)record + texts[i]));
    put_text(&buf, (str){(const char *)&record->envelope.client, sizeof(struct ip)});
    put_text(&buf, (str){(const char *)record->sha256, sizeof(record->sha256)});
    put_text(&buf, (str){(const char *)record->body_sha256, sizeof(record->body_sha256)});
    put_number(&buf, (uint64_t)record->time);
    put_number(&buf, record->size);
    put_number(&buf, record->envelope.has_mail_from);
    put_number(&buf, record->cpu_us);
    put_number(&buf, record->dns_ms);
    put_number(&buf, record->subject_sketch);
    put_number(&buf, record->text_sketch);
    put_number(&buf, outcome->action);
    put_number(&buf, outcome->observed);
    put_number(&buf, outcome->recipient_count);
    for (size_t i = 0; i < outcome->recipient_count; i++) {
        put_text(&buf, outcome->recipients[i].address);
        put_number(&buf, outcome->recipients[i].action);
        put_text(&buf, outcome->recipients[i].reason);
    }
    put_number(&buf, record->indicator_count);
    for (size_t i = 0; i < record->indicator_count; i++) {
        put_text(&buf, record->indicators[i].kind);
        put_text(&buf, record->indicators[i].value);
    }
    return buf_str(&buf);
}

/* ---- reading ---- */

struct reader {
    str rest;
    bool broken; /* what was asked for is not there; from then on all is zero */
};

static uint64_t take_number(struct reader *reader)
{
    uint64_t number = 0;

    if (reader->broken || reader->rest.n < NUMBER) {
        reader->broken = true;
        return 0;
    }
    memcpy(&number, reader->rest.p, NUMBER);
    reader->rest = str_skip(reader->rest, NUMBER);
    return number;
}

/* One of 0 .. count - 1. */
static unsigned take_word(struct reader *reader, unsigned count)
{
    uint64_t number = take_number(reader);

    reader->broken |= number >= count;
    return reader->broken ? 0 : (unsigned)number;
}

static str take_text(struct reader *reader)
{
    uint64_t n = take_number(reader);
    str text = str_sub(reader->rest, 0, (size_t)n);

    reader->broken |= n > reader->rest.n;
    if (reader->broken)
        return S("");
    reader->rest = str_skip(reader->rest, (size_t)n);
    return text;
}

static void take_bytes(struct reader *reader, void *to, size_t n)
{
    str text = take_text(reader);

    reader->broken |= text.n != n;
    if (!reader->broken)
        memcpy(to, text.p, n);
}

/* A count of things of at least `size` bytes each. */
static size_t take_count(struct reader *reader, size_t size)
{
    uint64_t n = take_number(reader);

    reader->broken |= n > reader->rest.n / size;
    return reader->broken ? 0 : (size_t)n;
}

static void take_outcome(struct reader *reader, struct outcome *outcome, struct arena *arena)
{
    outcome->action = (enum action)take_word(reader, ACTIONS);
    outcome->observed = take_word(reader, 2);
    outcome->recipient_count = take_count(reader, 3 * NUMBER);
    outcome->recipients = arena_array_of(arena, outcome->recipient_count, struct outcome_recipient);
    for (size_t i = 0; i < outcome->recipient_count; i++) {
        outcome->recipients[i].address = take_text(reader);
        outcome->recipients[i].action = (enum action)take_word(reader, ACTIONS);
        outcome->recipients[i].reason = take_text(reader);
    }
}

bool wire_read(struct record *record, str bytes, struct arena *arena)
{
    struct reader reader = {.rest = bytes};

    memset(record, 0, sizeof(*record));
    for (size_t i = 0; i < TEXTS; i++)
        *(str *)((char *)record + texts[i]) = take_text(&reader);
    take_bytes(&reader, &record->envelope.client, sizeof(struct ip));
    take_bytes(&reader, record->sha256, sizeof(record->sha256));
    take_bytes(&reader, record->body_sha256, sizeof(record->body_sha256));
    record->time = (int64_t)take_number(&reader);
    record->size = take_number(&reader);
    record->envelope.has_mail_from = take_word(&reader, 2);
    record->cpu_us = (uint32_t)take_number(&reader);
    record->dns_ms = (uint32_t)take_number(&reader);
    record->subject_sketch = take_number(&reader);
    record->text_sketch = take_number(&reader);
    take_outcome(&reader, &record->outcome, arena);
    record->indicator_count = take_count(&reader, 2 * NUMBER);
    record->indicators = arena_array_of(arena, record->indicator_count, struct indicator);
    for (size_t i = 0; i < record->indicator_count; i++) {
        record->indicators[i].kind = take_text(&reader);
        record->indicators[i].value = take_text(&reader);
    }
    if (record->envelope.client.family != 0 && record->envelope.client.family != 4 &&
        record->envelope.client.family != 6)
        reader.broken = true;
    return !reader.broken && reader.rest.n == 0;
}
