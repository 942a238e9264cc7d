/* idna.c: host names to ASCII: the cases of the WHATWG (toascii), of Unicode (IdnaTestV2), and Punycode. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "mail/idna.h"
#include "mail/url_host.h"
#include "suite.h"

#define UNICODE_17 "it has a letter of Unicode 17; libunistring 1.0 has Unicode 14"

static const struct suite_difference differences[] = {
    {"v2 \"\"", "a URL of this kind needs a host"},
    {"v2 \"\\uD88A\\uDD3120.\\u97F3.\\uA8661.\"", UNICODE_17},
    {"v2 \"\\uD88A\\uDF9A9\\uA369\\u17D3.ss\"", UNICODE_17},
    {"v2 \"\\uD88A\\uDF9A9\\uA369\\u17D3.SS\"", UNICODE_17},
};

static str text_of(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_string(value) ? (str){json_string_value(value), json_string_length(value)} : (str){0};
}

static const char *name_of(json_t *value, const char *which, struct arena *arena)
{
    char *input = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    str name = arena_printf(arena, "%s %s", which, input);

    free(input);
    return name.p;
}

/* As a host of a URL: so the characters that no host may have count too. */
static void run_to_ascii(struct suite *suite, json_t *test, const char *which)
{
    struct arena *arena = arena_new();
    json_t *wanted = json_object_get(test, "output");
    struct url url = {.special = true};
    str got;
    bool good = url_host_parse(&url, text_of(test, "input"), arena);

    got = good ? url.host : S("none");
    suite_case(suite, json_is_string(wanted) ? good && str_eq(got, text_of(test, "output")) : !good,
               name_of(json_object_get(test, "input"), which, arena), "got %.*s, wanted %.*s", PS(got),
               PS(json_is_string(wanted) ? text_of(test, "output") : S("none")));
    arena_free(arena);
}

static void run_punycode(struct suite *suite, json_t *test, const char *which)
{
    struct arena *arena = arena_new();
    str decoded = text_of(test, "decoded"), encoded = text_of(test, "encoded");
    const char *name = name_of(json_object_get(test, "decoded"), which, arena);
    uint32_t points[1024], wanted[1024];
    char text[1024];
    size_t n, length, count = 0;

    for (size_t step; decoded.n && count < 1024; decoded = str_skip(decoded, step))
        wanted[count++] = utf8_step(decoded, &step);
    suite_case(suite,
               punycode_decode(encoded, points, 1024, &n) && n == count &&
                   memcmp(points, wanted, n * sizeof(*points)) == 0 &&
                   punycode_encode(points, n, text, sizeof(text), &length) &&
                   str_eq((str){text, length}, encoded),
               name, "wanted %.*s", PS(encoded));
    arena_free(arena);
}

static bool is_escape(str text, size_t at, const char *firsts)
{
    return at + 6 <= text.n && text.p[at] == '\\' && text.p[at + 1] == 'u' &&
           ascii_lower(text.p[at + 2]) == 'd' && strchr(firsts, ascii_lower(text.p[at + 3]));
}

/* Halves of surrogate pairs, which UTF-8 doesn't have, become U+FFFD, which is as invalid. */
static void replace_halves(str text)
{
    for (size_t i = 0; i < text.n; i++) {
        bool high = is_escape(text, i, "89ab");

        if (high && is_escape(text, i + 6, "cdef"))
            i += 11;
        else if (high || is_escape(text, i, "cdef"))
            memcpy((char *)(uintptr_t)text.p + i + 2, "fffd", 4);
    }
}

static void run_file(struct suite *suite, const char *file, int count, char **arguments, const char *which,
                     void run(struct suite *, json_t *, const char *))
{
    struct suite other;
    json_error_t error;
    json_t *tests, *test;
    int status;
    size_t i;
    str text;

    if (!suite_open(&other, suite->name, file, count, arguments, &text, &status))
        exit(status);
    replace_halves(text);
    tests = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &error);
    suite_case(suite, json_is_array(tests), file, "%s", error.text);
    json_array_foreach(tests, i, test)
    {
        if (json_is_object(test))
            run(suite, test, which);
    }
    json_decref(tests);
    arena_free(other.arena);
}

int main(int count, char **arguments)
{
    struct suite suite;
    int status;
    str text;

    if (!suite_open(&suite, "idna", "../corpus/html/url-ada/toascii.json", count, arguments, &text, &status))
        return status;
    suite.differences = differences;
    suite.difference_count = sizeof(differences) / sizeof(differences[0]);
    run_file(&suite, "../corpus/html/url-ada/toascii.json", count, arguments, "toascii", run_to_ascii);
    run_file(&suite, "../corpus/html/url-ada/IdnaTestV2.json", count, arguments, "v2", run_to_ascii);
    run_file(&suite, "../corpus/html/url-ada/IdnaTestV2-removed.json", count, arguments, "removed",
             run_to_ascii);
    run_file(&suite, "../corpus/html/idna/punycode_tests.json", count, arguments, "punycode", run_punycode);
    return suite_close(&suite);
}
