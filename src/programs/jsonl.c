/* jsonl.c: a writer of JSON lines. */
#include "programs/jsonl.h"

#include <inttypes.h>

#include "base/escape.h"

str text_clip(str s, size_t max, struct arena *arena)
{
    struct buf buf = buf_new(arena, max + 3);
    size_t n = max;

    if (s.n <= max)
        return s;
    while (n > 0 && max - n < 3 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    buf_add(&buf, str_sub(s, 0, n));
    buf_add(&buf, S("..."));
    return buf_str(&buf);
}

static void begin(struct jsonl *json, const char *key)
{
    if (json->more)
        buf_add_char(json->buf, ',');
    json->more = true;
    if (key)
        buf_printf(json->buf, "\"%s\":", key);
}

void jsonl_open(struct jsonl *json, const char *key, char bracket)
{
    begin(json, key);
    buf_add_char(json->buf, bracket);
    json->more = false;
}

void jsonl_close(struct jsonl *json, char bracket)
{
    buf_add_char(json->buf, bracket);
    json->more = true;
}

void jsonl_whole(struct jsonl *json, const char *key, str value)
{
    begin(json, key);
    escape_json(json->buf, value);
}

void jsonl_text(struct jsonl *json, const char *key, str value)
{
    jsonl_whole(json, key, text_clip(value, JSONL_TEXT_MAX, json->buf->arena));
}

void jsonl_number(struct jsonl *json, const char *key, int64_t value)
{
    begin(json, key);
    buf_printf(json->buf, "%" PRId64, value);
}

void jsonl_bool(struct jsonl *json, const char *key, bool value)
{
    begin(json, key);
    buf_add(json->buf, value ? S("true") : S("false"));
}

void jsonl_null(struct jsonl *json, const char *key)
{
    begin(json, key);
    buf_add(json->buf, S("null"));
}

void jsonl_result(struct jsonl *json, const char *key, enum result value)
{
    jsonl_text(json, key, str_from(result_name(value)));
}

void jsonl_notes(struct jsonl *json, const char *key, const struct notes *notes)
{
    jsonl_open(json, key, '[');
    for (const struct note *note = notes->first; note; note = note->next)
        jsonl_text(json, NULL, note->text);
    jsonl_close(json, ']');
}
