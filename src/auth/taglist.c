/* taglist.c: the tag=value lists of RFC 6376 section 3.2. */
#include "auth/taglist.h"

static bool is_name(str name)
{
    if (name.n == 0 || !ascii_is_alpha(name.p[0]))
        return false;
    for (size_t i = 1; i < name.n; i++)
        if (!ascii_is_alnum(name.p[i]) && name.p[i] != '_')
            return false;
    return true;
}

/* True if one of the eight bytes is below 0x20 or is 0x7f, and sometimes if none is. */
static bool may_have_control(uint64_t bytes)
{
    const uint64_t ones = 0x0101010101010101u, highs = ones * 0x80;
    uint64_t del = bytes ^ ones * 0x7f;

    return ((bytes - ones * 0x20) | (del - ones)) & ~bytes & highs;
}

/* tval: VALCHAR is %x21-3A / %x3C-7E, with folding white space between; RFC 8616 adds UTF-8. */
static bool is_value(str value)
{
    size_t i = 0;

    while (i < value.n) {
        unsigned char c = (unsigned char)value.p[i];
        uint64_t bytes;

        if (value.n - i >= sizeof(bytes)) {
            memcpy(&bytes, value.p + i, sizeof(bytes));
            if (!may_have_control(bytes)) {
                i += sizeof(bytes);
                continue;
            }
        }
        if (c == 0x7f || (c < 0x20 && !ascii_is_space(value.p[i])))
            return false;
        i++;
    }
    return true;
}

const struct tag *taglist_find(const struct taglist *list, str name)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->tags[i].name, name))
            return &list->tags[i];
    return NULL;
}

enum taglist_error taglist_parse(struct taglist *list, str text, size_t *at)
{
    str rest = text;
    str field;

    list->n = 0;
    while (str_next(&rest, ';', &field)) {
        size_t equals = str_find(field, '=');
        str name = str_trim(str_sub(field, 0, equals));
        str value = str_skip(field, equals + 1);

        if (at)
            *at = field.n ? (size_t)(field.p - text.p) : 0;
        if (!rest.p && list->n > 0 && str_trim(field).n == 0)
            return TAGLIST_OK; /* a ";" may stand behind the last tag */
        if (equals == field.n || !is_name(name) || !is_value(value))
            return TAGLIST_SYNTAX;
        if (taglist_find(list, name))
            return TAGLIST_DUPLICATE;
        if (list->n == LIMIT_DKIM_TAGS)
            return TAGLIST_TOO_MANY;
        list->tags[list->n++] = (struct tag){
            .name = name, .value = str_trim(value), .offset = (size_t)(value.p - text.p), .length = value.n};
    }
    return list->n ? TAGLIST_OK : TAGLIST_SYNTAX;
}
