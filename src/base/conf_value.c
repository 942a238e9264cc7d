/* conf_value.c: single values of a configuration file. */
#include "base/conf_value.h"

#include <assert.h>
#include <sys/un.h>
#include <time.h>

#include "base/conf_node.h"
#include "base/near.h"
#include "base/utf8.h"

struct unit {
    char letter; /* 0: none is written */
    uint64_t factor;
};

/* From large to small. */
static const struct unit sizes[] = {
    {'T', 1ull << 40}, {'G', 1 << 30}, {'M', 1 << 20}, {'K', 1 << 10}, {0, 1}};
static const struct unit durations[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}, {0, 0}};

size_t conf_value_size(enum conf_type type)
{
    static const size_t bytes[] = {
        [CONF_BOOL] = sizeof(bool),
        [CONF_INTEGER] = sizeof(unsigned),
        [CONF_SIZE] = sizeof(uint64_t),
        [CONF_DURATION] = sizeof(int64_t),
        [CONF_DATE] = sizeof(int64_t),
        [CONF_TEXT] = sizeof(str),
        [CONF_PATH] = sizeof(str),
        [CONF_ENUM] = sizeof(unsigned),
        [CONF_NETWORK] = sizeof(struct network),
        [CONF_SOCKET] = sizeof(struct conf_socket),
    };

    assert(type < CONF_SECTION);
    return bytes[type];
}

/* A number with the letter of a unit behind it; 0 needs none. */
static bool read_number(str word, const struct unit *units, uint64_t *value)
{
    char letter = word.n && ascii_is_alpha(word.p[word.n - 1]) ? word.p[word.n - 1] : '\0';

    if (!str_to_u64(str_sub(word, 0, word.n - (letter != '\0')), INT64_MAX, value))
        return false;
    while (units->letter && units->letter != letter)
        units++;
    return units->letter == letter && (units->factor || *value == 0) &&
           !__builtin_mul_overflow(*value, units->factor, value) && *value <= INT64_MAX;
}

bool conf_duration(str word, int64_t *seconds)
{
    uint64_t value;

    if (!read_number(word, durations, &value))
        return false;
    *seconds = (int64_t)value;
    return true;
}

static str write_number(uint64_t value, const struct unit *units, struct arena *arena)
{
    if (value == 0)
        return S("0");
    while (units->factor > 1 && value % units->factor)
        units++;
    return arena_printf(arena, "%llu%.*s", (unsigned long long)value / units->factor, units->letter != '\0',
                        &units->letter);
}

static bool read_in_range(const struct conf_key *key, str word, uint64_t *value)
{
    bool good = key->type == CONF_INTEGER
                    ? str_to_u64(word, UINT32_MAX, value)
                    : read_number(word, key->type == CONF_SIZE ? sizes : durations, value);

    return good && (int64_t)*value >= key->min && (int64_t)*value <= key->max;
}

static bool read_date(str word, int64_t *time)
{
    struct tm tm = {0}, back;
    uint64_t year, month, day;

    if (word.n != 10 || word.p[4] != '-' || word.p[7] != '-' ||
        !str_to_u64(str_sub(word, 0, 4), 9999, &year) || !str_to_u64(str_sub(word, 5, 2), 12, &month) ||
        !str_to_u64(str_sub(word, 8, 2), 31, &day) || year < 2000)
        return false;
    tm.tm_year = (int)year - 1900;
    tm.tm_mon = (int)month - 1;
    tm.tm_mday = (int)day;
    *time = timegm(&tm);
    gmtime_r(time, &back);
    return back.tm_mon == (int)month - 1 && back.tm_mday == (int)day;
}

static str write_date(int64_t time, struct arena *arena)
{
    struct tm tm;

    gmtime_r(&time, &tm);
    return arena_printf(arena, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static bool read_socket(str word, struct arena *arena, struct conf_socket *socket)
{
    size_t colon = str_rfind(word, ':');
    str ip = str_sub(word, 0, colon);
    uint64_t port;

    *socket = (struct conf_socket){0};
    if (str_starts(word, S("/"))) {
        socket->path = (str){arena_c_str(arena, word), word.n};
        return word.n > 1 && word.n < sizeof(((struct sockaddr_un *)NULL)->sun_path);
    }
    if (ip.n > 2 && ip.p[0] == '[' && ip.p[ip.n - 1] == ']')
        ip = str_sub(ip, 1, ip.n - 2);
    else if (str_find(ip, ':') < ip.n)
        return false;
    if (!ip_parse_exact(ip, &socket->ip) || !str_to_u64(str_skip(word, colon + 1), UINT16_MAX, &port) ||
        port == 0)
        return false;
    socket->port = (uint16_t)port;
    return true;
}

static str write_socket(const struct conf_socket *socket, struct arena *arena)
{
    if (socket->path.n)
        return socket->path;
    return arena_printf(arena, socket->ip.family == 6 ? "[%.*s]:%u" : "%.*s:%u",
                        PS(ip_format(socket->ip, arena)), socket->port);
}

/* What can't be seen can't be reviewed either; noncharacters YAML would not even read again. */
bool conf_is_visible(str text)
{
    for (size_t n; text.n; text = str_skip(text, n)) {
        uint32_t c = utf8_step(text, &n);

        if (c == UTF8_INVALID || utf8_is_control(c) || utf8_is_invisible(c) || (c & 0xfffe) == 0xfffe)
            return false;
    }
    return true;
}

static bool read_text(const struct conf_key *key, str word, struct arena *arena, str *text)
{
    *text = word;
    if (!conf_is_visible(word) || (word.n == 0 && !key->fallback))
        return false;
    return word.n == 0 || !key->normal || key->normal(word, arena, text);
}

static bool read_path(str word, struct arena *arena, str *path)
{
    *path = (str){arena_c_str(arena, word), word.n};
    return conf_is_visible(word) && word.n > 1 && word.p[0] == '/';
}

static bool read_word(str word, const char *const *words, void *at)
{
    for (unsigned i = 0; words[i]; i++)
        if (str_eq(word, str_from(words[i]))) {
            memcpy(at, &i, sizeof(i));
            return true;
        }
    return false;
}

static bool read_bool(str word, bool *value)
{
    *value = str_eq(word, S("yes")) || str_eq(word, S("true"));
    return *value || str_eq(word, S("no")) || str_eq(word, S("false"));
}

static bool read_value(const struct conf_key *key, str word, struct arena *arena, void *at)
{
    uint64_t number;

    switch (key->type) {
    case CONF_BOOL:
        return read_bool(word, at);
    case CONF_INTEGER:
        return read_in_range(key, word, &number) && (*(unsigned *)at = (unsigned)number, true);
    case CONF_SIZE:
        return read_in_range(key, word, at);
    case CONF_DURATION:
        return read_in_range(key, word, &number) && (*(int64_t *)at = (int64_t)number, true);
    case CONF_DATE:
        return read_date(word, at);
    case CONF_TEXT:
        return read_text(key, word, arena, at);
    case CONF_PATH:
        return read_path(word, arena, at);
    case CONF_ENUM:
        return read_word(word, key->words, at);
    case CONF_NETWORK:
        return network_parse(word, at);
    case CONF_SOCKET:
        return conf_is_visible(word) && read_socket(word, arena, at);
    case CONF_SECTION:
    case CONF_MAP:
    case CONF_LIST:
        break;
    }
    assert(false); /* a section is no single value */
    return false;
}

bool conf_value_read(const struct conf_key *key, str word, struct arena *arena, void *at, struct err *err)
{
    if (read_value(key, word, arena, at))
        return true;
    return err_set(err, "\"%.*s\" is not %.*s", PS(str_sub(word, 0, CONF_QUOTE)),
                   PS(conf_value_words(key, arena)));
}

bool conf_value_write(const struct conf_key *key, const void *at, struct arena *arena, str *word)
{
    const struct conf_socket *socket = at;
    unsigned index = 0;

    *word = S("");
    switch (key->type) {
    case CONF_BOOL:
        *word = *(const bool *)at ? S("yes") : S("no");
        return true;
    case CONF_INTEGER:
        *word = arena_printf(arena, "%u", *(const unsigned *)at);
        return true;
    case CONF_SIZE:
        *word = write_number(*(const uint64_t *)at, sizes, arena);
        return true;
    case CONF_DURATION:
        *word = write_number((uint64_t) * (const int64_t *)at, durations, arena);
        return true;
    case CONF_DATE:
        *word = write_date(*(const int64_t *)at, arena);
        return *(const int64_t *)at != 0;
    case CONF_TEXT:
    case CONF_PATH:
        *word = *(const str *)at;
        return word->n || key->fallback;
    case CONF_ENUM:
        memcpy(&index, at, sizeof(index));
        *word = str_from(key->words[index]);
        return true;
    case CONF_NETWORK:
        *word = network_format(*(const struct network *)at, arena);
        return true;
    case CONF_SOCKET:
        *word = write_socket(socket, arena);
        return socket->path.n || socket->ip.family;
    case CONF_SECTION:
    case CONF_MAP:
    case CONF_LIST:
        break;
    }
    assert(false); /* a section is no single value */
    return false;
}

static str one_of(const char *const *words, struct arena *arena)
{
    struct buf buf = buf_new(arena, 4096);

    for (size_t i = 0; words[i]; i++)
        buf_printf(&buf, "%s%s",
                   i == 0         ? (words[1] ? "one of " : "")
                   : words[i + 1] ? ", "
                                  : " or ",
                   words[i]);
    return buf_str(&buf);
}

static str range(const struct conf_key *key, const char *what, const struct unit *units, struct arena *arena)
{
    return arena_printf(arena, "%s, from %.*s to %.*s", what,
                        PS(write_number((uint64_t)key->min, units, arena)),
                        PS(write_number((uint64_t)key->max, units, arena)));
}

str conf_value_words(const struct conf_key *key, struct arena *arena)
{
    static const struct unit plain[] = {{0, 1}};

    switch (key->type) {
    case CONF_BOOL:
        return S("yes or no");
    case CONF_INTEGER:
        return range(key, key->unit ? arena_printf(arena, "a number of %s", key->unit).p : "a number", plain,
                     arena);
    case CONF_SIZE:
        return range(key, "a size such as 64K, 10M or 2G", sizes, arena);
    case CONF_DURATION:
        return range(key, "a time such as 30s, 5m, 12h or 7d", durations, arena);
    case CONF_DATE:
        return S("a date such as 2027-01-31");
    case CONF_TEXT:
        return key->kind ? str_from(key->kind) : S("a text of visible characters");
    case CONF_PATH:
        return S("an absolute path");
    case CONF_ENUM:
        return one_of(key->words, arena);
    case CONF_NETWORK:
        return S(
            "a network such as 192.0.2.0/24, 192.0.2.1 or \"2001:db8::/32\", with no bits set behind its prefix");
    case CONF_SOCKET:
        return S("an address such as 192.0.2.1:25, \"[2001:db8::1]:25\" or /run/x.sock");
    case CONF_SECTION:
        return S("keys of its own");
    case CONF_MAP:
        return arena_printf(arena, "sections, each below its name: %s", key->kind ? key->kind : "a word");
    case CONF_LIST:
        return S("a list of sections");
    }
    return S("");
}

str conf_unknown_key(const struct conf_section *section, str path, str name, struct arena *arena)
{
    struct buf buf = buf_new(arena, 4096);
    const char *near = NULL;
    unsigned least = NEAR_FAR;

    buf_printf(&buf, "there is no key \"%.*s%.*s\"; ", PS(path), PS(str_sub(name, 0, CONF_QUOTE)));
    for (size_t i = 0; i < section->count; i++) {
        unsigned distance = near_distance(name, str_from(section->keys[i].name));

        if (distance < least) {
            least = distance;
            near = section->keys[i].name;
        }
    }
    if (near)
        buf_printf(&buf, "did you mean \"%.*s%s\"?", PS(path), near);
    for (size_t i = 0; i < section->count && !near; i++)
        buf_printf(&buf, "%s%s", i ? ", " : "there are ", section->keys[i].name);
    return buf_str(&buf);
}
