/* conf_show.c: what the tables of a configuration say for people: effective values, explanations, the manual.
 */
#include "base/conf_node.h"
#include "base/conf_value.h"
#include "base/escape.h"

struct shower {
    struct buf *buf;
    unsigned depth;
    bool changed; /* only what is not the default */
    bool dash;    /* the next line begins an entry of a list */
};

static void show_section(struct shower *shower, const struct conf_section *section, const char *values);

static void indent(struct shower *shower)
{
    buf_printf(shower->buf, "%*s%s", (int)(2 * (shower->depth - shower->dash)), "", shower->dash ? "- " : "");
    shower->dash = false;
}

/* Bare where YAML can't take it for anything but this word. */
static void show_word(struct buf *buf, str word)
{
    bool bare = word.n > 0 && (ascii_is_alnum(word.p[0]) || word.p[0] == '/') && word.p[word.n - 1] != ':' &&
                !str_eq(word, S("null"));

    for (size_t i = 0; i < word.n && bare; i++)
        bare = ascii_is_alnum(word.p[i]) || (word.p[i] && strchr("._/@+-:", word.p[i]));
    if (bare)
        buf_add(buf, word);
    else
        escape_json(buf, word);
}

static void show_many(struct shower *shower, const struct conf_key *key, const char *array, size_t count)
{
    str word;

    if (count == 0)
        buf_add(shower->buf, S(" []"));
    buf_add_char(shower->buf, '\n');
    shower->depth += 2;
    for (size_t i = 0; i < count; i++) {
        if (!conf_value_write(key, array + i * conf_value_size(key->type), shower->buf->arena, &word))
            continue;
        shower->dash = true;
        indent(shower);
        show_word(shower->buf, word);
        buf_add_char(shower->buf, '\n');
    }
    shower->depth -= 2;
}

static void show_sections(struct shower *shower, const struct conf_key *key, const char *array, size_t count)
{
    if (count == 0)
        buf_add(shower->buf, key->type == CONF_LIST ? S(" []") : S(" {}"));
    buf_add_char(shower->buf, '\n');
    for (size_t i = 0; i < count; i++, array += key->section->size) {
        str name;
        unsigned more = key->type == CONF_LIST ? 2 : 1;

        shower->depth += more;
        shower->dash = key->type == CONF_LIST;
        if (key->type == CONF_MAP) {
            memcpy(&name, array, sizeof(name));
            indent(shower);
            show_word(shower->buf, name);
            buf_add(shower->buf, S(":\n"));
            shower->depth++;
        }
        show_section(shower, key->section, array);
        if (shower->dash) {
            indent(shower);
            buf_add(shower->buf, S("{}\n"));
        }
        shower->depth -= more + (key->type == CONF_MAP);
    }
}

/* Of a key that is no section. */
static bool is_default(const struct conf_key *key, const char *values, struct arena *arena)
{
    str usual = str_from(key->fallback ? key->fallback : ""), word, rest = usual;
    const char *array;
    size_t count;

    if (key->needed)
        return false;
    if (!key->many && key->type < CONF_SECTION)
        return !conf_value_write(key, values + key->at, arena, &word) || str_eq(word, usual);
    memcpy(&array, values + key->at, sizeof(array));
    memcpy(&count, values + key->count_at, sizeof(count));
    for (size_t i = 0; i < count; i++) {
        if (key->type >= CONF_SECTION || !str_next(&rest, ' ', &usual) ||
            !conf_value_write(key, array + i * conf_value_size(key->type), arena, &word) ||
            !str_eq(word, usual))
            return false;
    }
    return rest.n == 0;
}

static void show_key(struct shower *shower, const struct conf_key *key, const char *values)
{
    size_t before = shower->buf->n, inside;
    bool dash = shower->dash;

    const char *array;
    size_t count;
    str word;

    if (key->type < CONF_SECTION && !key->many &&
        !conf_value_write(key, values + key->at, shower->buf->arena, &word))
        return;
    if (shower->changed && key->type != CONF_SECTION && is_default(key, values, shower->buf->arena))
        return;
    indent(shower);
    buf_printf(shower->buf, "%s:", key->name);
    if (key->type == CONF_SECTION) {
        buf_add_char(shower->buf, '\n');
        inside = shower->buf->n;
        shower->depth++;
        show_section(shower, key->section, values + key->at);
        shower->depth--;
        if (shower->buf->n == inside) {
            shower->buf->n = before;
            shower->dash = dash;
        }
    } else if (key->many || key->type > CONF_SECTION) {
        memcpy(&array, values + key->at, sizeof(array));
        memcpy(&count, values + key->count_at, sizeof(count));
        if (key->many)
            show_many(shower, key, array, count);
        else
            show_sections(shower, key, array, count);
    } else {
        buf_add_char(shower->buf, ' ');
        show_word(shower->buf, word);
        buf_add_char(shower->buf, '\n');
    }
}

static void show_section(struct shower *shower, const struct conf_section *section, const char *values)
{
    for (size_t i = 0; i < section->count; i++)
        show_key(shower, &section->keys[i], values);
}

void conf_show(struct buf *buf, const struct conf_section *section, const void *values, bool changed)
{
    struct shower shower = {.buf = buf, .changed = changed};

    show_section(&shower, section, values);
}

/* "listeners.NAME." for what lies below a key, "arc." */
static str path_below(str path, const struct conf_key *key, struct arena *arena)
{
    return arena_printf(arena, "%.*s%s%s", PS(path), key->name, key->type == CONF_MAP ? ".NAME." : ".");
}

static str type_words(const struct conf_key *key, struct arena *arena)
{
    return arena_printf(arena, "%s%.*s", key->many ? "a list; each is " : "",
                        PS(conf_value_words(key, arena)));
}

/* "default: 10M" */
static str default_words(const struct conf_key *key, struct arena *arena)
{
    if (key->needed)
        return S("must be given");
    if (key->fallback && key->fallback[0])
        return arena_printf(arena, "default: %s", key->fallback);
    return key->many || key->type > CONF_SECTION ? S("default: an empty list") : S("default: none");
}

static void explain_key(struct buf *buf, str path, const struct conf_key *key)
{
    buf_printf(buf, "%.*s%s\n    is %.*s\n", PS(path), key->name, PS(type_words(key, buf->arena)));
    if (key->type != CONF_SECTION)
        buf_printf(buf, "    %.*s\n", PS(default_words(key, buf->arena)));
    buf_printf(buf, "    %s\n", key->help);
    if (!key->section)
        return;
    path = path_below(path, key, buf->arena);
    for (size_t i = 0; i < key->section->count; i++)
        buf_printf(buf, "      %.*s%s\n", PS(path), key->section->keys[i].name);
}

static void explain_all(struct buf *buf, const struct conf_section *section, str path)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct conf_key *key = &section->keys[i];

        if (key->section)
            explain_all(buf, key->section, path_below(path, key, buf->arena));
        else
            buf_printf(buf, "%.*s%s\n", PS(path), key->name);
    }
}

/* `in_map`: the first words of `rest` may be the name of an entry, which may have dots. */
static bool explain_path(struct buf *buf, const struct conf_section *section, str path, str rest, bool in_map,
                         struct err *err)
{
    str name = str_sub(rest, 0, str_find(rest, '.'));
    str below = str_skip(rest, name.n + 1);

    for (size_t i = 0; i < section->count; i++) {
        const struct conf_key *key = &section->keys[i];

        if (!str_eq(name, str_from(key->name)))
            continue;
        if (below.n == 0) {
            explain_key(buf, path, key);
            return true;
        }
        if (key->section)
            return explain_path(buf, key->section, path_below(path, key, buf->arena), below,
                                key->type == CONF_MAP, err);
    }
    if (in_map && below.n)
        return explain_path(buf, section, path, below, true, err);
    return err_set(err, "%.*s", PS(conf_unknown_key(section, path, name, buf->arena)));
}

bool conf_explain(struct buf *buf, const struct conf_section *section, str path, struct err *err)
{
    if (path.n)
        return explain_path(buf, section, S(""), path, false, err);
    explain_all(buf, section, S(""));
    return true;
}

/* Text for roff: no hyphenation of keys, no line that begins with a control character. */
static void add_roff(struct buf *buf, str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\')
            buf_add(buf, S("\\e"));
        else if (text.p[i] == '-')
            buf_add(buf, S("\\-"));
        else
            buf_add_char(buf, text.p[i]);
    }
}

static void manual_section(struct buf *buf, const struct conf_section *section, str path)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct conf_key *key = &section->keys[i];

        buf_add(buf, S(".TP\n.B "));
        add_roff(buf, arena_printf(buf->arena, "%.*s%s", PS(path), key->name));
        buf_add(buf, S("\n"));
        add_roff(buf, str_from(key->help));
        if (key->type != CONF_SECTION) {
            buf_add(buf, S("\n.br\nIs "));
            add_roff(buf, type_words(key, buf->arena));
            buf_add(buf, S("; "));
            add_roff(buf, default_words(key, buf->arena));
            buf_add(buf, S("."));
        }
        buf_add(buf, S("\n"));
        if (key->section)
            manual_section(buf, key->section, path_below(path, key, buf->arena));
    }
}

void conf_manual(struct buf *buf, const struct conf_section *section)
{
    manual_section(buf, section, S(""));
}
