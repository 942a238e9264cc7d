/* url.c: runs the parsing cases of the WHATWG URL test data and of its readers, without setters. */
#include <jansson.h>
#include <stdlib.h>

#include "mail/url.h"
#include "suite.h"

/* The older of the two copies of the data is of before the standard took ASCII names whose A-labels are none.
 */
#define SINCE                                                                                                \
    "the standard has taken ASCII names with any A-labels since 2025; the other copy of the data has it so"

static const struct suite_difference differences[] = {
    {"older \"http://a.b.c.xn--pokxncvks\"", SINCE},
    {"older \"http://10.0.0.xn--pokxncvks\"", SINCE},
    {"older \"http://a.b.c.XN--pokxncvks\"", SINCE},
    {"older \"http://a.b.c.Xn--pokxncvks\"", SINCE},
    {"older \"http://10.0.0.XN--pokxncvks\"", SINCE},
    {"older \"http://10.0.0.xN--pokxncvks\"", SINCE},
    {"older \"file://xn--/p\"", SINCE},
    {"older \"https://xn--/\"", SINCE},
};

static str text_of(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_string(value) ? (str){json_string_value(value), json_string_length(value)} : (str){0};
}

/* The members of a case, by the names of the standard's interface. */
static str protocol_of(const struct url *url, struct arena *arena)
{
    return arena_join(arena, url->scheme, S(":"), S(""));
}

static str user_of(const struct url *url, struct arena *arena)
{
    (void)arena;
    return url->user;
}

static str password_of(const struct url *url, struct arena *arena)
{
    (void)arena;
    return url->password;
}

static str hostname_of(const struct url *url, struct arena *arena)
{
    (void)arena;
    return url->host;
}

static str port_of(const struct url *url, struct arena *arena)
{
    return url->port < 0 ? S("") : arena_printf(arena, "%d", url->port);
}

static str path_of(const struct url *url, struct arena *arena)
{
    (void)arena;
    return url->path;
}

static str search_of(const struct url *url, struct arena *arena)
{
    return url->query.n ? arena_join(arena, S("?"), url->query, S("")) : S("");
}

static str hash_of(const struct url *url, struct arena *arena)
{
    return url->fragment.n ? arena_join(arena, S("#"), url->fragment, S("")) : S("");
}

static str href_of(const struct url *url, struct arena *arena)
{
    (void)arena;
    return url->href;
}

static const struct {
    const char *member;
    str (*of)(const struct url *, struct arena *);
} members[] = {
    {"href", href_of},         {"protocol", protocol_of}, {"username", user_of},
    {"password", password_of}, {"hostname", hostname_of}, {"port", port_of},
    {"pathname", path_of},     {"search", search_of},     {"hash", hash_of},
};

static bool differs(const struct url *url, json_t *test, struct arena *arena, const char **member, str *got)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!json_object_get(test, members[i].member))
            continue;
        *member = members[i].member;
        *got = members[i].of(url, arena);
        if (!str_eq(*got, text_of(test, *member)))
            return true;
    }
    return false;
}

/* Printable, so that it can be the name of a case. */
static const char *name_of(json_t *test, const char *which, struct arena *arena)
{
    char *input = json_dumps(json_object_get(test, "input"), JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    str base = text_of(test, "base");
    str name = arena_printf(arena, base.n ? "%s %s on %.*s" : "%s %s", which, input, PS(base));

    free(input);
    return name.p;
}

static void run(struct suite *suite, json_t *test, const char *which)
{
    struct arena *arena = arena_new();
    struct url url = {0}, base, again;
    bool has_base = json_is_string(json_object_get(test, "base"));
    bool wants = !json_is_true(json_object_get(test, "failure"));
    bool base_is = !has_base || url_parse(&base, text_of(test, "base"), NULL, arena);
    bool is = base_is && url_parse(&url, text_of(test, "input"), has_base ? &base : NULL, arena);
    const char *name = name_of(test, which, arena);
    const char *member = "failure";
    str got = S("");

    if (!is || !wants)
        suite_case(suite, is == wants, name, "%s, wanted %s", is ? "a URL" : "no URL",
                   wants ? "one" : "none");
    else if (differs(&url, test, arena, &member, &got))
        suite_case(suite, false, name, "%s is %.*s, wanted %.*s", member, PS(got), PS(text_of(test, member)));
    else
        suite_case(suite, url_parse(&again, url.href, NULL, arena) && str_eq(again.href, url.href), name,
                   "%.*s is not read as itself", PS(url.href));
    arena_free(arena);
}

static void run_file(struct suite *suite, str text, const char *which)
{
    json_error_t error;
    json_t *tests = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &error), *test;
    size_t i;

    suite_case(suite, json_is_array(tests), "the file is read", "%s", error.text);
    json_array_foreach(tests, i, test)
    {
        if (json_is_object(test))
            run(suite, test, which);
    }
    json_decref(tests);
}

int main(int count, char **arguments)
{
    static const struct {
        const char *which, *file;
    } files[] = {
        {"older", "../corpus/html/url/urltestdata.json"},
        {"newer", "../corpus/html/url-ada/urltestdata.json"},
        {"ada", "../corpus/html/url-ada/ada_extra_urltestdata.json"},
        {"long", "../corpus/html/url-ada/ada_long_urltestdata.json"},
    };
    struct suite suite, other;
    int status;
    str text;

    if (!suite_open(&suite, "whatwg-url", files[0].file, count, arguments, &text, &status))
        return status;
    suite.differences = differences;
    suite.difference_count = sizeof(differences) / sizeof(differences[0]);
    run_file(&suite, text, files[0].which);
    for (size_t i = 1; i < sizeof(files) / sizeof(files[0]); i++) {
        if (!suite_open(&other, suite.name, files[i].file, count, arguments, &text, &status))
            return status;
        run_file(&suite, text, files[i].which);
        arena_free(other.arena);
    }
    return suite_close(&suite);
}
