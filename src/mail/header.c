/* header.c: names and values of header fields. */
#include "mail/header.h"

static const str names[] = {[HEADER_OTHER] = STR(""),
#define HEADER(id, name) [HEADER_##id] = STR(name),
                            HEADER_TABLE(HEADER)
#undef HEADER
};

enum header_id header_id_of(str name)
{
    for (enum header_id id = 1; id < HEADER_IDS; id++)
        if (name.n == names[id].n && str_ieq(name, names[id]))
            return id;
    return HEADER_OTHER;
}

const char *header_name(enum header_id id)
{
    return names[id].p;
}

bool header_is_name(str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':' || name.p[i] == ';')
            return false;
    return name.n > 0;
}

str header_unfold(str value, struct arena *arena)
{
    char *p;
    size_t n = 0;

    value = str_trim(value);
    if (str_find(value, '\n') == value.n && str_find(value, '\r') == value.n)
        return value;
    p = arena_bytes(arena, value.n);
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] != '\n' && value.p[i] != '\r')
            p[n++] = value.p[i];
    return (str){p, n};
}
