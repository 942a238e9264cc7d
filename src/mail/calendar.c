/* calendar.c: what an iCalendar object (RFC 5545) says and where it leads. */
#include "mail/calendar.h"

#include "base/buf.h"
#include "base/limits.h"

enum { NAME_MAX_BYTES = 64 };

struct reader {
    struct calendar *calendar;
    struct arena *arena;
    struct buf text;
    size_t room; /* of links */
};

/* Removes folds: a line end before a space or tab, and that one (section 3.1). */
static str unfold(str text, struct arena *arena)
{
    char *p = arena_bytes(arena, text.n);
    size_t n = 0;

    while (text.n) {
        size_t end = str_find(text, '\n'), next = end + 1;
        size_t line = end - (end && end < text.n && text.p[end - 1] == '\r');
        bool folded = next < text.n && (text.p[next] == ' ' || text.p[next] == '\t');

        memcpy(p + n, text.p, line);
        n += line;
        if (!folded && end < text.n)
            p[n++] = '\n';
        text = str_skip(text, next + folded);
    }
    return (str){p, n};
}

/* The text of a value: \n, \, and \; (section 3.3.11). */
static str unescape(str value, struct arena *arena)
{
    char *p;
    size_t n = 0;

    if (str_find(value, '\\') == value.n)
        return value;
    p = arena_bytes(arena, value.n);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];

        if (c == '\\' && i + 1 < value.n) {
            c = value.p[++i];
            if (c == 'n' || c == 'N')
                c = '\n';
        }
        p[n++] = c;
    }
    return (str){p, n};
}

static str upper(str name, struct arena *arena)
{
    char *p = arena_bytes(arena, name.n);

    for (size_t i = 0; i < name.n; i++)
        p[i] = (char)(name.p[i] >= 'a' && name.p[i] <= 'z' ? name.p[i] - ('a' - 'A') : name.p[i]);
    return (str){p, name.n};
}

static void add_link(struct reader *reader, str property, str target)
{
    struct calendar *calendar = reader->calendar;

    target = str_trim(target);
    if (target.n == 0)
        return;
    calendar->link_seen++;
    if (calendar->link_count == LIMIT_CALENDAR_LINKS)
        return;
    if (calendar->link_count == reader->room) {
        size_t room = reader->room ? reader->room * 2 : 4;
        struct calendar_link *links = arena_array_of(reader->arena, room, struct calendar_link);

        if (calendar->link_count)
            memcpy(links, calendar->links, calendar->link_count * sizeof(*links));
        calendar->links = links;
        reader->room = room;
    }
    calendar->links[calendar->link_count++] = (struct calendar_link){property, target};
}

static void add_text(struct reader *reader, str value)
{
    buf_add(&reader->text, unescape(value, reader->arena));
    buf_add_char(&reader->text, '\n');
}

/* The parameters of a property (section 3.2); a quoted value is taken without its quotes. */
static bool next_parameter(str *rest, str *name, str *value)
{
    size_t equal, end;

    if (rest->n == 0)
        return false;
    equal = str_find(*rest, '=');
    *name = str_sub(*rest, 0, equal);
    *value = str_skip(*rest, equal + 1);
    if (str_starts(*value, S("\""))) {
        *value = str_skip(*value, 1);
        end = str_find(*value, '"');
    } else {
        end = str_find(*value, ';');
    }
    *rest = str_skip(*value, end + 1);
    if (str_starts(*rest, S(";")))
        *rest = str_skip(*rest, 1);
    value->n = end;
    return true;
}

static void read_parameters(struct reader *reader, str property, str parameters, bool *html)
{
    str name, value;

    while (next_parameter(&parameters, &name, &value)) {
        if (str_ieq(name, S("ALTREP")))
            add_link(reader, property, value);
        if (str_ieq(name, S("FMTTYPE")) && str_ieq(value, S("text/html")))
            *html = true;
    }
}

static bool is_one_of(str name, const str *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(name, names[i]))
            return true;
    return false;
}

static str without_mailto(str value)
{
    return str_trim(str_istarts(value, S("mailto:")) ? str_skip(value, 7) : value);
}

static void read_property(struct reader *reader, str name, str parameters, str value)
{
    static const str texts[] = {STR("SUMMARY"), STR("LOCATION"), STR("DESCRIPTION"), STR("COMMENT"),
                                STR("CONTACT")};
    static const str addresses[] = {STR("URL"),
                                    STR("ATTACH"),
                                    STR("CONFERENCE"),
                                    STR("SOURCE"),
                                    STR("IMAGE"),
                                    STR("X-GOOGLE-CONFERENCE"),
                                    STR("X-MICROSOFT-SKYPETEAMSMEETINGURL"),
                                    STR("X-MICROSOFT-ONLINEMEETINGEXTERNALLINK")};
    struct calendar *calendar = reader->calendar;
    bool html = false;

    read_parameters(reader, name, parameters, &html);
    if (is_one_of(name, texts, sizeof(texts) / sizeof(texts[0])))
        add_text(reader, value);
    else if (is_one_of(name, addresses, sizeof(addresses) / sizeof(addresses[0])))
        add_link(reader, name, value);
    else if (str_eq(name, S("X-ALT-DESC")) && html)
        calendar->html = unescape(value, reader->arena);
    else if (str_eq(name, S("ORGANIZER")) && calendar->organizer.n == 0)
        calendar->organizer = without_mailto(value);
    else if (str_eq(name, S("METHOD")) && calendar->method.n == 0)
        calendar->method = upper(str_trim(value), reader->arena);
    else if (str_eq(name, S("BEGIN")))
        calendar->is |= str_ieq(str_trim(value), S("VCALENDAR"));
    calendar->attendees += str_eq(name, S("ATTENDEE"));
}

/* The colon that ends name and parameters: the first one outside of quotes; without one the first of all. */
static size_t find_colon(str line)
{
    bool quoted = false;

    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == '"')
            quoted = !quoted;
        else if (line.p[i] == ':' && !quoted)
            return i;
    }
    return str_find(line, ':');
}

static void read_line(struct reader *reader, str line)
{
    size_t colon = find_colon(line);
    str head = str_sub(line, 0, colon);
    size_t semicolon = str_find(head, ';');
    str name = str_trim(str_sub(head, 0, semicolon));

    if (colon == line.n || name.n == 0 || name.n > NAME_MAX_BYTES)
        return;
    read_property(reader, upper(name, reader->arena), str_skip(head, semicolon + 1),
                  str_skip(line, colon + 1));
}

void calendar_read(struct calendar *calendar, str text, struct arena *arena)
{
    struct reader reader = {.calendar = calendar, .arena = arena, .text = buf_new(arena, text.n + 8)};
    str rest, line;

    *calendar = (struct calendar){0};
    rest = unfold(text, arena);
    while (str_next(&rest, '\n', &line))
        read_line(&reader, line);
    calendar->text = buf_str(&reader.text);
}
