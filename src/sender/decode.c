/* decode.c: steps that bring a value out of what platforms put into headers. */
#include "sender/decode.h"

#include <jansson.h>

#include "base/base64.h"
#include "base/limits.h"

bool decode_step_parse(str text, struct decode_step *step, struct err *err)
{
    static const struct {
        str word;
        enum decode_kind kind;
    } plain[] = {{STR("base64"), DECODE_BASE64},
                 {STR("hex"), DECODE_HEX},
                 {STR("percent"), DECODE_PERCENT},
                 {STR("verp"), DECODE_VERP},
                 {STR("lower"), DECODE_LOWER}};
    uint64_t number = 0;

    *step = (struct decode_step){0};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (str_eq(text, plain[i].word)) {
            step->kind = plain[i].kind;
            return true;
        }
    if (str_starts(text, S("json ")) && text.n > 5) {
        step->kind = DECODE_JSON;
        step->name = str_skip(text, 5);
        step->number = str_to_u64(step->name, LIMIT_SENDER_VALUE, &number) ? (size_t)number : SIZE_MAX;
        return true;
    }
    if (str_starts(text, S("part ")) && text.n > 7 && text.p[text.n - 2] == ' ' &&
        str_to_u64(str_sub(text, 5, text.n - 7), LIMIT_SENDER_VALUE, &number) && number > 0) {
        step->kind = DECODE_PART;
        step->number = (size_t)number;
        step->separator = text.p[text.n - 1];
        return true;
    }
    return err_set(err,
                   "\"%.*s\" is no step: base64, hex, percent, json NAME, part NUMBER SEPARATOR, verp, lower",
                   PS(text));
}

/* Both alphabets, blanks passed over, padding or not. */
static bool decode_base64(str *value, struct arena *arena)
{
    char *plain = arena_bytes(arena, value->n + 4);
    size_t n = 0;
    str out;

    for (size_t i = 0; i < value->n; i++) {
        char c = value->p[i];

        if (c == '=')
            break;
        if (!ascii_is_space(c))
            plain[n++] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    while (n % 4)
        plain[n++] = '=';
    if (!base64_decode((str){plain, n}, arena, &out))
        return false;
    *value = out;
    return true;
}

static int hex_of(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode_hex(str *value, struct arena *arena)
{
    char *out = arena_bytes(arena, value->n / 2 + 1);

    if (value->n % 2)
        return false;
    for (size_t i = 0; i < value->n; i += 2) {
        int high = hex_of(value->p[i]), low = hex_of(value->p[i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (char)(high << 4 | low);
    }
    *value = (str){out, value->n / 2};
    return true;
}

static bool decode_percent(str *value, struct arena *arena)
{
    char *out = arena_bytes(arena, value->n + 1);
    size_t n = 0;

    for (size_t i = 0; i < value->n; i++) {
        bool escape = value->p[i] == '%' && i + 2 < value->n;
        int high = escape ? hex_of(value->p[i + 1]) : -1, low = escape ? hex_of(value->p[i + 2]) : -1;

        if (high >= 0 && low >= 0) {
            out[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            out[n++] = value->p[i];
        }
    }
    *value = (str){out, n};
    return true;
}

static bool is_plain(const json_t *member)
{
    return json_is_string(member) || json_is_integer(member);
}

static str text_of(const json_t *member, struct arena *arena)
{
    if (json_is_string(member))
        return arena_str(arena, (str){json_string_value(member), json_string_length(member)});
    return arena_printf(arena, "%lld", (long long)json_integer_value(member));
}

/* One member, or several joined by "/". */
static bool decode_object(const json_t *root, str names, str *value, struct arena *arena)
{
    str name, out = S("");
    bool first = true;

    while (str_next(&names, '/', &name)) {
        const json_t *member = json_object_getn(root, name.p, name.n);

        if (!is_plain(member))
            return false;
        out = arena_join(arena, out, first ? S("") : S("/"), text_of(member, arena));
        first = false;
    }
    *value = out;
    return true;
}

static bool decode_json(const struct decode_step *step, str *value, struct arena *arena)
{
    json_t *root = json_loadb(value->p, value->n, JSON_DECODE_ANY, NULL);
    const json_t *element = NULL;
    bool good = false;

    if (json_is_object(root)) {
        good = decode_object(root, step->name, value, arena);
    } else if (json_is_array(root) && step->number != SIZE_MAX) {
        element = json_array_get(root, step->number);
        good = is_plain(element);
        if (good)
            *value = text_of(element, arena);
    }
    json_decref(root);
    return good;
}

static bool decode_part(const struct decode_step *step, str *value)
{
    str rest = *value, part;

    for (size_t i = 1; str_next(&rest, step->separator, &part); i++)
        if (i == step->number) {
            *value = str_trim(part);
            return true;
        }
    return false;
}

static bool decode_verp(str *value, struct arena *arena)
{
    size_t at = str_rfind(*value, '=');

    if (at == value->n || str_find(*value, '@') < value->n)
        return false;
    *value = arena_join(arena, str_sub(*value, 0, at), S("@"), str_skip(*value, at + 1));
    return true;
}

bool decode_value(const struct decode_step *steps, size_t count, str *value, struct arena *arena)
{
    str text = str_sub(*value, 0, LIMIT_SENDER_VALUE);
    bool good = true;

    for (size_t i = 0; good && i < count; i++)
        switch (steps[i].kind) {
        case DECODE_BASE64:
            good = decode_base64(&text, arena);
            break;
        case DECODE_HEX:
            good = decode_hex(&text, arena);
            break;
        case DECODE_PERCENT:
            good = decode_percent(&text, arena);
            break;
        case DECODE_JSON:
            good = decode_json(&steps[i], &text, arena);
            break;
        case DECODE_PART:
            good = decode_part(&steps[i], &text);
            break;
        case DECODE_VERP:
            good = decode_verp(&text, arena);
            break;
        case DECODE_LOWER:
            text = arena_lower(arena, text);
            break;
        }
    if (good)
        *value = text;
    return good;
}
