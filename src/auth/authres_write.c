/* authres_write.c: writing Authentication-Results as RFC 8601 section 2.2 has it. */
#include <assert.h>

#include "auth/authres.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "mail/fold.h"

enum { FIRST_ROOM = 4 };

/* ---- building ---- */

/* An array twice as large, with what is in it. */
static void *grown(struct arena *arena, const void *items, size_t n, size_t size, size_t *room)
{
    void *larger;

    *room = *room ? *room * 2 : FIRST_ROOM;
    larger = arena_array(arena, *room, size);
    if (n)
        memcpy(larger, items, n * size);
    return larger;
}

struct authres_result *authres_add(struct authres *authres, str method, enum result result,
                                   struct arena *arena)
{
    struct authres_result *added;

    if (authres->n == LIMIT_AUTHRES_RESULTS) {
        authres->cut = true;
        return NULL;
    }
    if (authres->n == authres->room)
        authres->results = grown(arena, authres->results, authres->n, sizeof(*added), &authres->room);
    added = &authres->results[authres->n++];
    *added = (struct authres_result){.method = method, .version = 1, .result = result};
    return added;
}

void authres_add_property(struct authres_result *result, str type, str name, str value, struct arena *arena)
{
    if (!result || result->property_count == LIMIT_AUTHRES_PROPERTIES)
        return;
    if (result->property_count == result->property_room)
        result->properties = grown(arena, result->properties, result->property_count,
                                   sizeof(result->properties[0]), &result->property_room);
    result->properties[result->property_count++] =
        (struct authres_property){.type = type, .name = name, .value = value};
}

/* ---- values ---- */

/* What may stand in a header field: nothing that can't be seen, UTF-8 only, not too long. */
static str clean(str s, struct arena *arena)
{
    struct buf buf = buf_new(arena, LIMIT_AUTHRES_VALUE);

    while (s.n) {
        size_t n;
        uint32_t c = utf8_step(s, &n);

        if (buf.n + n > LIMIT_AUTHRES_VALUE)
            break;
        if (c == UTF8_INVALID || (c != '\t' && (utf8_is_control(c) || utf8_is_invisible(c))))
            buf_add_char(&buf, '?');
        else
            buf_add(&buf, str_sub(s, 0, n));
        s = str_skip(s, n);
    }
    return buf_str(&buf);
}

/* RFC 2045 token */
static bool is_token(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || memchr("()<>@,;:\\\"/[]?=", s.p[i], 15))
            return false;
    return s.n > 0;
}

/* RFC 5321 Dot-string */
static bool is_dot_string(str s)
{
    str atom;

    while (str_next(&s, '.', &atom)) {
        for (size_t i = 0; i < atom.n; i++)
            if (!ascii_is_alnum(atom.p[i]) && (!atom.p[i] || !strchr("!#$%&'*+-/=?^_`{|}~", atom.p[i])))
                return false;
        if (atom.n == 0)
            return false;
    }
    return true;
}

/* RFC 6376 domain-name: letters, digits and hyphens, in labels that begin and end without a hyphen. */
static bool is_domain(str s)
{
    str label;

    while (str_next(&s, '.', &label))
        if (!authres_is_keyword(label) || label.p[0] == '-')
            return false;
    return true;
}

/* pvalue: a value, or [[local-part] "@"] domain-name. */
static bool is_plain(str s)
{
    size_t at = str_rfind(s, '@');

    if (at == s.n)
        return is_token(s);
    return (at == 0 || is_dot_string(str_sub(s, 0, at))) && is_domain(str_skip(s, at + 1));
}

static void add_escaped(struct buf *buf, str s, const char *specials)
{
    for (size_t i = 0; i < s.n; i++) {
        if (strchr(specials, s.p[i]))
            buf_add_char(buf, '\\');
        buf_add_char(buf, s.p[i]);
    }
}

static void add_value(struct buf *buf, str value, bool is_property)
{
    value = clean(value, buf->arena);
    if (is_token(value) || (is_property && is_plain(value))) {
        buf_add(buf, value);
        return;
    }
    buf_add_char(buf, '"');
    add_escaped(buf, value, "\"\\");
    buf_add_char(buf, '"');
}

/* ---- the field ---- */

static void put_property(struct fold *fold, const struct authres_property *property)
{
    struct buf piece = buf_new(fold->text.arena, SIZE_MAX);

    if (!authres_is_keyword(property->type) || !authres_is_keyword(property->name))
        return;
    buf_printf(&piece, "%.*s.%.*s=", PS(property->type), PS(property->name));
    add_value(&piece, property->value, true);
    fold_word(fold, buf_str(&piece));
}

/* The word of a result; empty if there is none that can be written. */
static str word_of(const struct authres_result *result)
{
    if (authres_is_keyword(result->word))
        return result->word;
    return result->result == RESULT_UNKNOWN ? S("") : str_from(result_name(result->result));
}

static void put_result(struct fold *fold, const struct authres_result *result)
{
    struct arena *arena = fold->text.arena;
    str version = result->version == 1 ? S("") : arena_printf(arena, "/%u", result->version);
    struct buf comment = buf_new(arena, SIZE_MAX);
    struct buf reason = buf_new(arena, SIZE_MAX);

    fold_word(fold,
              arena_printf(arena, "%.*s%.*s=%.*s", PS(result->method), PS(version), PS(word_of(result))));
    if (result->comment.n) {
        buf_add_char(&comment, '(');
        add_escaped(&comment, clean(result->comment, arena), "()\\");
        buf_add_char(&comment, ')');
        fold_word(fold, buf_str(&comment));
    }
    if (result->reason.n) {
        buf_add(&reason, S("reason="));
        add_value(&reason, result->reason, false);
        fold_word(fold, buf_str(&reason));
    }
    for (size_t i = 0; i < result->property_count; i++)
        put_property(fold, &result->properties[i]);
}

static void put_results(struct fold *fold, const struct authres *authres)
{
    bool any = false;

    for (size_t i = 0; i < authres->n; i++) {
        const struct authres_result *result = &authres->results[i];

        if (!authres_is_keyword(result->method) || word_of(result).n == 0)
            continue;
        if (any) {
            buf_add_char(&fold->text, ';');
            fold_line(fold);
        }
        put_result(fold, result);
        any = true;
    }
    if (!any)
        fold_word(fold, S("none"));
}

str authres_write(const struct authres *authres, str name, struct arena *arena)
{
    struct fold fold = fold_new(name, arena, SIZE_MAX);
    struct buf id = buf_new(arena, SIZE_MAX);

    assert(authres->id.n > 0);
    if (authres->instance)
        fold_word(&fold, arena_printf(arena, "i=%u;", authres->instance));
    add_value(&id, authres->id, false);
    if (authres->version != 1)
        buf_printf(&id, " %u", authres->version);
    buf_add_char(&id, ';');
    fold_word(&fold, buf_str(&id));
    fold_line(&fold);
    put_results(&fold, authres);
    fold_line(&fold);
    return buf_str(&fold.text);
}
