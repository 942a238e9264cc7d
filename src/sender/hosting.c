/* hosting.c: places where anybody can put up a page, a file, a form or a short link. */
#include "sender/hosting.h"

#include "base/conf.h"
#include "mail/domain.h"
#include "sender/suffix_table.h"

#define SECTION(keys, type)                                                                                  \
    {                                                                                                        \
        (keys), sizeof(keys) / sizeof((keys)[0]), sizeof(type)                                               \
    }

static const char *const tenant_words[] = {
    [HOSTING_TENANT_NONE] = "none",
    [HOSTING_TENANT_HOST] = "host",
    [HOSTING_TENANT_PATH] = "path",
    [HOSTING_TENANT_EITHER] = "either",
    NULL,
};

static const struct conf_key class_keys[] = {
    {"about", CONF_TEXT, .needed = true, .at = offsetof(struct hosting_class, about), .kind = "words",
     .help = "What such a link is, for sentences."},
    {"tenant", CONF_ENUM, .needed = true, .at = offsetof(struct hosting_class, tenant), .words = tenant_words,
     .help = "Where the customer stands: before the place in the host, in the path, in either, or nowhere."},
    {"places", CONF_TEXT, .needed = true, .many = true, .at = offsetof(struct hosting_class, places),
     .count_at = offsetof(struct hosting_class, place_count),
     .kind = "a host, or a host and the beginning of a path",
     .help = "Hosts with all below them. \"*\" is one label or a part of one."},
};
static const struct conf_section class_section = SECTION(class_keys, struct hosting_class);

struct hosting_file {
    struct hosting_class *classes;
    size_t count;
};

static const struct conf_key file_keys[] = {
    {"classes", CONF_MAP, .needed = true, .at = offsetof(struct hosting_file, classes),
     .count_at = offsetof(struct hosting_file, count), .section = &class_section,
     .help = "Kinds of places, by name."},
};
static const struct conf_section file_section = SECTION(file_keys, struct hosting_file);

/* A place taken apart: "s3.*.amazonaws.com/x" is front "s3.*", host "amazonaws.com", path "/x". */
struct place {
    const struct hosting_class *class;
    str whole, front, host, path;
};

struct hosting {
    struct arena *arena;
    struct hosting_file file;
    struct place *places;
    size_t place_count;
    struct suffix_table *hosts; /* host -> places */
};

/* Behind the last star the host that is looked up begins with a dot. */
static void split_place(struct place *place, struct conf *conf, const str *text, struct arena *arena)
{
    size_t slash = str_find(*text, '/'), star;
    str host = str_sub(*text, 0, slash), rest;

    place->whole = *text;
    place->path = str_skip(*text, slash);
    star = str_rfind(host, '*');
    if (star < host.n) {
        rest = str_skip(host, star);
        rest = str_skip(rest, str_find(rest, '.') + 1);
        place->front = str_sub(host, 0, host.n - rest.n - (rest.n > 0));
        host = rest;
    }
    if (!domain_normal(host, arena, &place->host) || !str_eq(place->host, host))
        conf_error(conf, text, "\"%.*s\" is not a host in lower case, perhaps with a path", PS(*text));
}

static void index_places(struct hosting *hosting, struct conf *conf)
{
    size_t n = 0;

    for (size_t i = 0; i < hosting->file.count; i++)
        hosting->place_count += hosting->file.classes[i].place_count;
    hosting->places = arena_array_of(hosting->arena, hosting->place_count, struct place);
    hosting->hosts = suffix_table_new(hosting->place_count, hosting->arena);
    for (size_t i = 0; i < hosting->file.count; i++) {
        const struct hosting_class *class = &hosting->file.classes[i];

        for (size_t k = 0; k < class->place_count; k++, n++) {
            hosting->places[n].class = class;
            split_place(&hosting->places[n], conf, &class->places[k], hosting->arena);
            if (hosting->places[n].host.n)
                suffix_table_add(hosting->hosts, hosting->places[n].host, n);
        }
    }
}

struct hosting *hosting_new(str file, str text, struct buf *problems)
{
    struct arena *arena = arena_new();
    struct hosting *hosting = arena_new_of(arena, struct hosting);
    struct conf conf;

    hosting->arena = arena;
    conf_init(&conf, arena_str(arena, file), arena);
    if (conf_read(&conf, &file_section, arena_str(arena, text), &hosting->file))
        index_places(hosting, &conf);
    conf_report(problems, &conf);
    if (conf.errors) {
        hosting_free(hosting);
        return NULL;
    }
    return hosting;
}

void hosting_free(struct hosting *hosting)
{
    if (hosting)
        arena_free(hosting->arena);
}

size_t hosting_class_count(const struct hosting *hosting)
{
    return hosting->file.count;
}

const struct hosting_class *hosting_class_at(const struct hosting *hosting, size_t index)
{
    return &hosting->file.classes[index];
}

/* "*" stands for anything but dots; both are short. */
static bool fits(str pattern, str text)
{
    size_t star = str_find(pattern, '*'), n;

    if (star == pattern.n)
        return str_eq(pattern, text);
    if (!str_starts(text, str_sub(pattern, 0, star)))
        return false;
    pattern = str_skip(pattern, star + 1);
    text = str_skip(text, star);
    for (n = 0; n <= text.n; n++) {
        if (fits(pattern, str_skip(text, n)))
            return true;
        if (n < text.n && text.p[n] == '.')
            return false;
    }
    return false;
}

/* The part of `before` that stands before the labels which fit `front`; false if none do. */
static bool cut_front(str front, str before, str *tenant)
{
    *tenant = before;
    if (front.n == 0)
        return true;
    for (size_t at = 0; at < before.n; at += str_find(str_skip(before, at), '.') + 1)
        if (fits(front, str_skip(before, at))) {
            *tenant = str_sub(before, 0, at ? at - 1 : 0);
            return true;
        }
    return false;
}

static bool path_fits(str place, str path)
{
    return str_starts(path, place) && (place.n == 0 || path.n == place.n || strchr("/?", path.p[place.n]) ||
                                       !ascii_is_alnum(place.p[place.n - 1]));
}

static str first_segment(str path)
{
    if (str_starts(path, S("/")))
        path = str_skip(path, 1);
    return str_sub(path, 0, str_find(path, '/'));
}

/* Looks at one place; the host ends with its name. */
static bool try_place(const struct place *place, const struct url *url, str before,
                      struct hosting_match *match)
{
    unsigned where = place->class->tenant;
    str tenant;

    if (!cut_front(place->front, before, &tenant) || !path_fits(place->path, url->path))
        return false;
    if (where == HOSTING_TENANT_HOST && (tenant.n == 0 || str_eq(tenant, S("www"))))
        return false;
    if (where == HOSTING_TENANT_PATH || (where == HOSTING_TENANT_EITHER && tenant.n == 0))
        tenant = first_segment(str_skip(url->path, place->path.n));
    if (where == HOSTING_TENANT_NONE)
        tenant = (str){0};
    *match = (struct hosting_match){place->class, place->whole, tenant};
    return true;
}

bool hosting_find(const struct hosting *hosting, const struct url *url, struct hosting_match *match)
{
    str host = url_host_name(url), rest = host, suffix;
    const struct suffix_entry *entry;
    size_t longest = 0;

    *match = (struct hosting_match){0};
    while (hosting && longest == 0 && (entry = suffix_table_next(hosting->hosts, &rest, &suffix)))
        for (; entry; entry = entry->next) {
            const struct place *place = &hosting->places[entry->number];
            size_t n = host.n - suffix.n;
            struct hosting_match found;

            if (place->whole.n > longest && try_place(place, url, str_sub(host, 0, n - (n > 0)), &found)) {
                *match = found;
                longest = place->whole.n;
            }
        }
    return longest > 0;
}
