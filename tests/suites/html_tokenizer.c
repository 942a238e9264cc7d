/* html_tokenizer.c: runs html5lib's tokenizer cases. */
#include <jansson.h>
#include <stdlib.h>

#include "base/buf.h"
#include "mail/html.h"
#include "suite.h"

static const struct {
    const char *name;
    enum html_mode mode;
} modes[] = {
    {"Data state", HTML_MODE_DATA},           {"PLAINTEXT state", HTML_MODE_PLAIN},
    {"RCDATA state", HTML_MODE_RCDATA},       {"RAWTEXT state", HTML_MODE_RAWTEXT},
    {"CDATA section state", HTML_MODE_CDATA}, {"Script data state", HTML_MODE_SCRIPTING},
};

#define XML "these cases are of writers of XML, which HTML is not: nobody here makes a tree of it"

static const struct suite_difference differences[] = {
    {"xmlViolation.test: Non-XML character", XML},
    {"xmlViolation.test: Non-XML space", XML},
    {"xmlViolation.test: Double hyphen in comment", XML},
};

/* Half a surrogate pair can't stand in UTF-8. */
static bool has_surrogate(str escaped)
{
    for (size_t i = 0; i + 5 < escaped.n; i++)
        if (escaped.p[i] == '\\' && escaped.p[i + 1] == 'u' && (escaped.p[i + 2] | 0x20) == 'd' &&
            strchr("89abcdefABCDEF", escaped.p[i + 3]))
            return true;
    return false;
}

/* "doubleEscaped": the text has \uXXXX of its own. */
static json_t *unescape(json_t *value)
{
    char *quoted;
    json_t *result;

    if (json_is_string(value)) {
        struct arena *arena = arena_new();
        struct buf buf = buf_new(arena, 1 << 20);
        const char *p = json_string_value(value);

        buf_add_char(&buf, '"');
        for (; *p; p++) {
            if (*p == '"' || (*p == '\\' && p[1] != 'u'))
                buf_add_char(&buf, '\\');
            if ((unsigned char)*p < 0x20)
                buf_printf(&buf, "\\u%04x", *p);
            else
                buf_add_char(&buf, *p);
        }
        buf_add_char(&buf, '"');
        quoted = arena_c_str(arena, buf_str(&buf));
        result = json_loads(quoted, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        arena_free(arena);
        return result ? result : json_incref(value);
    }
    if (json_is_array(value)) {
        size_t i;
        json_t *item;

        result = json_array();
        json_array_foreach(value, i, item) json_array_append_new(result, unescape(item));
        return result;
    }
    if (json_is_object(value)) {
        const char *key;
        json_t *item;

        result = json_object();
        json_object_foreach(value, key, item)
        {
            json_t *name = json_string(key), *plain = unescape(name);

            json_object_set_new(result, json_string_value(plain), unescape(item));
            json_decref(name);
            json_decref(plain);
        }
        return result;
    }
    return json_incref(value);
}

static json_t *string(str s)
{
    return json_stringn(s.n ? s.p : "", s.n);
}

static json_t *maybe(bool is, str s)
{
    return is ? string(s) : json_null();
}

static void add_text(json_t *tokens, str text)
{
    json_t *last = json_array_get(tokens, json_array_size(tokens) - 1);
    const char *kind = json_string_value(json_array_get(last, 0));

    if (kind && strcmp(kind, "Character") == 0) {
        json_t *before = json_array_get(last, 1);
        size_t n = json_string_length(before);
        char *both = malloc(n + text.n + 1);

        if (!both)
            abort();
        memcpy(both, json_string_value(before), n);
        if (text.n)
            memcpy(both + n, text.p, text.n);
        json_array_set_new(last, 1, json_stringn(both, n + text.n));
        free(both);
    } else {
        json_array_append_new(tokens, json_pack("[so]", "Character", string(text)));
    }
}

static json_t *attributes_of(const struct html *html, struct arena *arena)
{
    json_t *object = json_object();
    str rest = html->attributes, name, value;

    while (html_attribute_next(&rest, &name, &value)) {
        char *key = arena_c_str(arena, html_lower(name, arena));

        if (!json_object_get(object, key))
            json_object_set_new(object, key, string(html_decode(value, true, arena)));
    }
    return object;
}

static void add_token(json_t *tokens, const struct html *html, struct arena *arena)
{
    struct html_doctype doctype;
    json_t *token = NULL;

    switch (html->kind) {
    case HTML_KIND_EOF:
        return;
    case HTML_KIND_TEXT:
        add_text(tokens, html_content(html, arena));
        return;
    case HTML_KIND_START:
        token =
            json_pack("[soo]", "StartTag", string(html_lower(html->name, arena)), attributes_of(html, arena));
        if (html->self_closing)
            json_array_append_new(token, json_true());
        break;
    case HTML_KIND_END:
        token = json_pack("[so]", "EndTag", string(html_lower(html->name, arena)));
        break;
    case HTML_KIND_COMMENT:
        token = json_pack("[so]", "Comment", string(html_raw(html->content, arena)));
        break;
    case HTML_KIND_DOCTYPE:
        doctype = html_doctype(html, arena);
        token = json_pack("[soooo]", "DOCTYPE", maybe(doctype.has_name, doctype.name),
                          maybe(doctype.has_public, doctype.public_id),
                          maybe(doctype.has_system, doctype.system_id), json_boolean(!doctype.quirks));
        break;
    }
    json_array_append_new(tokens, token);
}

static void run_state(struct suite *suite, json_t *input, json_t *wanted, const char *last,
                      enum html_mode mode, const char *name)
{
    struct arena *arena = arena_new();
    struct html html = html_of((str){json_string_value(input), json_string_length(input)});
    json_t *got = json_array();
    char *words;

    html.mode = mode;
    html.last = str_from(last);
    while (html_next(&html))
        add_token(got, &html, arena);
    words = json_dumps(got, JSON_ENSURE_ASCII | JSON_COMPACT);
    suite_case(suite, json_equal(got, wanted), name, "got %s", words);
    free(words);
    json_decref(got);
    arena_free(arena);
}

static void run_states(struct suite *suite, json_t *test, json_t *input, json_t *wanted, const char *name)
{
    json_t *states = json_object_get(test, "initialStates");
    const char *last = json_string_value(json_object_get(test, "lastStartTag"));

    if (!states) {
        run_state(suite, input, wanted, last, HTML_MODE_DATA, name);
        return;
    }
    for (size_t i = 0; i < json_array_size(states); i++) {
        const char *state = json_string_value(json_array_get(states, i));
        size_t k = 0;

        while (k < sizeof(modes) / sizeof(modes[0]) && strcmp(state, modes[k].name) != 0)
            k++;
        if (k == sizeof(modes) / sizeof(modes[0]))
            suite_case(suite, false, name, "unknown state %s", state);
        else
            run_state(suite, input, wanted, last, modes[k].mode, name);
    }
}

/* 1 if the case was left out. */
static unsigned run(struct suite *suite, json_t *test, const char *file)
{
    json_t *input = json_incref(json_object_get(test, "input"));
    json_t *wanted = json_incref(json_object_get(test, "output"));
    str name =
        arena_printf(suite->arena, "%s: %s", file, json_string_value(json_object_get(test, "description")));
    unsigned left = 0;

    if (json_is_true(json_object_get(test, "doubleEscaped"))) {
        char *all = json_dumps(test, 0);

        left = has_surrogate(str_from(json_string_value(input))) || strstr(all, "\\\\uD800") ||
               strstr(all, "\\\\uDFFF");
        free(all);
        if (!left) {
            json_t *plain = unescape(input);

            json_decref(input);
            input = plain;
            plain = unescape(wanted);
            json_decref(wanted);
            wanted = plain;
        }
    }
    if (!left)
        run_states(suite, test, input, wanted, name.p);
    json_decref(input);
    json_decref(wanted);
    return left;
}

static unsigned run_file(struct suite *suite, str text, const char *file)
{
    json_error_t error;
    json_t *all = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &error), *tests, *test;
    unsigned left = 0;
    size_t i;

    tests = json_object_get(all, "tests");
    if (!tests)
        tests = json_object_get(all, "xmlViolationTests");
    suite_case(suite, json_array_size(tests) > 0, file, "%s", error.text);
    json_array_foreach(tests, i, test) left += run(suite, test, file);
    json_decref(all);
    return left;
}

int main(int count, char **arguments)
{
    static const char *const files[] = {
        "contentModelFlags.test",
        "domjs.test",
        "entities.test",
        "escapeFlag.test",
        "namedEntities.test",
        "numericEntities.test",
        "pendingSpecChanges.test",
        "test1.test",
        "test2.test",
        "test3.test",
        "test4.test",
        "unicodeChars.test",
        "unicodeCharsProblematic.test",
        "xmlViolation.test",
    };
    struct suite suite = {0}, other;
    unsigned left = 0;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[128];
        str text;
        int status;

        snprintf(path, sizeof(path), "../corpus/html/html5lib/tokenizer/%s", files[i]);
        if (!suite_open(i ? &other : &suite, "html5lib-tokenizer", path, count, arguments, &text, &status))
            return status;
        suite.differences = differences;
        suite.difference_count = sizeof(differences) / sizeof(differences[0]);
        left += run_file(&suite, text, files[i]);
        if (i)
            arena_free(other.arena);
    }
    if (!suite.summary_only)
        printf("# %u cases left out: half a surrogate pair can't stand in UTF-8\n", left);
    return suite_close(&suite);
}
