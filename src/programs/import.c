/* import.c: what the importers of other filters' configurations have in common. */
#include "programs/import.h"

#include <assert.h>
#include <stdlib.h>

#include "base/escape.h"
#include "mail/domain.h"

enum {
    NOTES_MAX = 256 * 1024,
    YAML_MAX = 16 * 1024 * 1024,
    SETTINGS_MAX = 1024,
    INCLUDES_MAX = 50, /* files; a loop of them ends there */
    LEVELS_MAX = 5,    /* of files in files, OpenDKIM's own limit */
    NOTES_SHOWN = 100,
};

void import_note(struct import *import, str file, unsigned line, const char *format, ...)
{
    va_list arguments;
    struct buf buf = buf_new(import->arena, 2048);

    if (import->note_count++ >= NOTES_SHOWN)
        return;
    va_start(arguments, format);
    escape_terminal(&buf, arena_printf(import->arena, "%.*s:%u: ", PS(file), line));
    escape_terminal(&buf, arena_vprintf(import->arena, format, arguments));
    va_end(arguments);
    buf_printf(&import->notes, "%.*s\n", PS(buf_str(&buf)));
}

void import_begin(struct import *import, import_read *read, void *context, struct arena *arena)
{
    static const str least = STR("listeners: {inbound: {address: '127.0.0.1:8891', mta: 127.0.0.1}}");
    struct conf conf;
    bool good;

    *import =
        (struct import){.arena = arena, .read = read, .context = context, .notes = buf_new(arena, NOTES_MAX)};
    import->config = arena_new_of(arena, struct config);
    conf_init(&conf, S("defaults"), arena);
    good = conf_read(&conf, &config_section, least, import->config);
    assert(good);
    import->listener = import->config->listeners;
    import->settings = arena_array_of(arena, SETTINGS_MAX, struct import_setting);
}

void import_end(struct import *import, const char *from, str *yaml, str *notes)
{
    struct buf out = buf_new(import->arena, YAML_MAX);
    str rest, line;

    if (import->needless.n)
        buf_printf(&import->notes, "these settings mean nothing to Postern: %.*s\n", PS(import->needless));
    if (import->note_count > NOTES_SHOWN)
        buf_printf(&import->notes, "and %u things more\n", import->note_count - NOTES_SHOWN);
    buf_printf(&out, "# Made by `postern import %s`. What has no counterpart:\n", from);
    *notes = buf_str(&import->notes);
    for (rest = *notes; str_next(&rest, '\n', &line) && rest.p;)
        buf_printf(&out, "# - %.*s\n", PS(line));
    if (notes->n == 0)
        buf_add(&out, S("# - nothing\n"));
    buf_add_char(&out, '\n');
    conf_show(&out, &config_section, import->config, true);
    *yaml = buf_str(&out);
}

/* Cuts "Name value # comment" apart; false for an empty line. */
static bool cut_line(str line, str *first, str *rest)
{
    size_t n = 0;

    line = str_trim(str_sub(line, 0, str_find(line, '#')));
    while (n < line.n && !ascii_is_space(line.p[n]))
        n++;
    *first = str_sub(line, 0, n);
    *rest = str_trim(str_skip(line, n));
    return line.n > 0;
}

static void read_settings(struct import *import, str path, str text, unsigned level);

static void include(struct import *import, const struct import_setting *setting, unsigned level)
{
    str text;
    struct err err;

    if (level >= LEVELS_MAX || import->include_count++ >= INCLUDES_MAX)
        import_note_setting(import, setting, "one file too many, not read");
    else if (!import->read(import->context, setting->value, import->arena, &text, &err))
        import_note_setting(import, setting, "%s", err.words);
    else
        read_settings(import, setting->value, text, level + 1);
}

static void read_settings(struct import *import, str path, str text, unsigned level)
{
    struct import_setting setting = {.file = path};
    str line;

    while (str_next(&text, '\n', &line)) {
        setting.line++;
        if (!cut_line(line, &setting.name, &setting.value))
            continue;
        if (import->setting_count == SETTINGS_MAX) {
            import_note_setting(import, &setting,
                                "there are more than %d settings; this one and the rest are not read",
                                SETTINGS_MAX);
            return;
        }
        if (str_ieq(setting.name, S("Include")))
            include(import, &setting, level);
        else
            import->settings[import->setting_count++] = setting;
    }
}

const struct import_setting *import_find(const struct import *import, const char *name)
{
    for (size_t i = import->setting_count; i > 0; i--)
        if (str_ieq(import->settings[i - 1].name, str_from(name)))
            return &import->settings[i - 1];
    return NULL;
}

bool import_is_true(const struct import_setting *setting)
{
    return setting && setting->value.n && strchr("TtYy1", setting->value.p[0]);
}

static void apply(struct import *import, const struct import_row *row, const struct import_setting *setting)
{
    if (row->take)
        row->take(import, setting);
    else if (row->words)
        import_note_setting(import, setting, "%s", row->words);
    else if (!row->read_elsewhere)
        import->needless = arena_printf(import->arena, "%.*s%s%s", PS(import->needless),
                                        import->needless.n ? ", " : "", row->name);
}

bool import_settings(struct import *import, str path, const struct import_row *rows, size_t count,
                     struct err *err)
{
    str text;

    if (!import->read(import->context, path, import->arena, &text, err))
        return false;
    read_settings(import, path, text, 0);
    for (size_t i = 0; i < count; i++)
        if (import_find(import, rows[i].name))
            apply(import, &rows[i], import_find(import, rows[i].name));
    for (size_t i = 0; i < import->setting_count; i++) {
        bool known = false;

        for (size_t k = 0; k < count && !known; k++)
            known = str_ieq(import->settings[i].name, str_from(rows[k].name));
        if (!known)
            import_note_setting(import, &import->settings[i], "not known");
    }
    return true;
}

static void add_pair(struct import_table *table, str key, str value, str file, unsigned line)
{
    table->pairs[table->n++] = (struct import_pair){key, value, file, line};
}

static bool read_list(struct import *import, const struct import_setting *setting, struct import_table *table)
{
    str rest = str_skip(setting->value, str_starts(setting->value, S("csl:")) ? 4 : 0), item;
    size_t n = 1;

    for (size_t i = 0; i < rest.n; i++)
        n += rest.p[i] == ',';
    table->pairs = arena_array_of(import->arena, n, struct import_pair);
    while (str_next(&rest, ',', &item)) {
        size_t equals = str_find(item, '=');

        if (str_trim(item).n)
            add_pair(table, str_trim(str_sub(item, 0, equals)), str_trim(str_skip(item, equals + 1)),
                     setting->file, setting->line);
    }
    return true;
}

static bool read_table(struct import *import, const struct import_setting *setting, str path,
                       struct import_table *table)
{
    str text, line, key, value;
    size_t lines = 1;
    unsigned number = 0;
    struct err err;

    if (!import->read(import->context, path, import->arena, &text, &err)) {
        import_note_setting(import, setting, "%s", err.words);
        return false;
    }
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    table->pairs = arena_array_of(import->arena, lines, struct import_pair);
    while (str_next(&text, '\n', &line)) {
        number++;
        if (cut_line(line, &key, &value))
            add_pair(table, key, value, path, number);
    }
    return true;
}

bool import_table(struct import *import, const struct import_setting *setting, struct import_table *table)
{
    static const char *const databases[] = {"db:",       "dsn:", "ldap:",   "ldaps:",  "ldapi:", "lua:",
                                            "memcache:", "mdb:", "repute:", "socket:", "erlang:"};
    str value = setting->value;

    *table = (struct import_table){.patterns = str_starts(value, S("refile:"))};
    for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
        if (str_starts(value, str_from(databases[i]))) {
            import_note_setting(import, setting,
                                "is in a database; write it into a file (\"key value\" a line) first");
            return false;
        }
    if (table->patterns)
        return read_table(import, setting, str_skip(value, 7), table);
    if (str_starts(value, S("file:")))
        return read_table(import, setting, str_skip(value, 5), table);
    if (str_starts(value, S("/")) || str_starts(value, S("./")) || str_starts(value, S("../")))
        return read_table(import, setting, value, table);
    return read_list(import, setting, table);
}

str import_first_keys(struct import *import, const struct import_table *table)
{
    enum { SHOWN = 20 };
    str text = S("");

    for (size_t i = 0; i < table->n && i < SHOWN; i++)
        text = arena_printf(import->arena, "%.*s%s%.*s", PS(text), i ? ", " : "", PS(table->pairs[i].key));
    return table->n > SHOWN ? arena_printf(import->arena, "%.*s and %zu more", PS(text), table->n - SHOWN)
                            : text;
}

void import_authserv_id(struct import *import, const struct import_setting *setting)
{
    str name;

    if (str_eq(setting->value, S("HOSTNAME")))
        return;
    if (!domain_normal(setting->value, import->arena, &name) || !conf_is_visible(name))
        import_note_setting(import, setting, "\"%.*s\" is no name of a host", PS(setting->value));
    else
        import->config->authserv_id = name;
}

static bool read_host(str host, bool v6, struct ip *ip)
{
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_sub(host, 1, host.n - 2);
    if (host.n == 0)
        host = v6 ? S("::") : S("0.0.0.0");
    if (str_ieq(host, S("localhost")))
        host = v6 ? S("::1") : S("127.0.0.1");
    return ip_parse_exact(host, ip);
}

/* "inet:8891@localhost", "inet6:8891@[::1]", "8891@..."; those who could connect could do so from anywhere.
 */
static void take_tcp(struct import *import, const struct import_setting *setting, str value, bool v6)
{
    struct config_listener *listener = import->listener;
    size_t at = str_find(value, '@');
    uint64_t port;

    if (!str_to_u64(str_sub(value, 0, at), UINT16_MAX, &port) || port == 0 ||
        !read_host(str_skip(value, at + 1), v6, &listener->address.ip)) {
        import_note_setting(import, setting,
                            "\"%.*s\" is no port at an address; 127.0.0.1:8891 stands for it",
                            PS(setting->value));
        listener->address = (struct conf_socket){.ip = listener->mtas[0].ip, .port = 8891};
        return;
    }
    listener->address.port = (uint16_t)port;
    if (listener->address.ip.family == 6)
        listener->mtas[0] = (struct network){{.family = 6, .bytes = {[15] = 1}}, 128};
    if (!ip_eq(listener->address.ip, listener->mtas[0].ip))
        import_note_setting(import, setting,
                            "took connections from everybody; set listeners.inbound.mta to your MTAs");
}

void import_socket(struct import *import, const struct import_setting *setting)
{
    struct config_listener *listener = import->listener;
    str value = setting->value;
    size_t colon = str_find(value, ':');
    bool local = str_starts(value, S("local:")) || str_starts(value, S("unix:"));

    if (!local && !str_starts(value, S("/"))) {
        bool prefix = str_starts(value, S("inet:")) || str_starts(value, S("inet6:"));

        take_tcp(import, setting, prefix ? str_skip(value, colon + 1) : value,
                 str_starts(value, S("inet6:")));
        return;
    }
    if (local)
        value = str_skip(value, colon + 1);
    if (value.n < 2 || value.n > 100 || value.p[0] != '/' || !conf_is_visible(value)) {
        import_note_setting(import, setting, "\"%.*s\" is no absolute path of a socket", PS(setting->value));
        return;
    }
    listener->address = (struct conf_socket){.path = {arena_c_str(import->arena, value), value.n}};
    listener->mta_count = 0;
    import_note_setting(import, setting, "set listeners.inbound.group to a group in which your MTA is");
}

void import_dns_timeout(struct import *import, const struct import_setting *setting)
{
    uint64_t seconds;

    if (str_to_u64(setting->value, 15, &seconds) && seconds > 0)
        import->config->dns.timeout = (int64_t)seconds;
    else
        import_note_setting(import, setting,
                            "\"%.*s\": it is 15 seconds for all questions of a message, at most",
                            PS(setting->value));
}
