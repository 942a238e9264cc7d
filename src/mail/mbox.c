/* mbox.c: files that hold many messages. */
#include "mail/mbox.h"

#include "mail/date.h"
#include "mail/mail.h"

bool mbox_is(str file)
{
    return mail_mbox_from(file) > 0;
}

/* "10:22" stands in it. */
static bool has_time_of_day(str s)
{
    for (size_t at = str_find(s, ':'); at < s.n; at += 1 + str_find(str_skip(s, at + 1), ':'))
        if (at > 0 && at + 1 < s.n && ascii_is_digit(s.p[at - 1]) && ascii_is_digit(s.p[at + 1]))
            return true;
    return false;
}

/* True if a message begins at the "From " line at the start of text. */
static bool is_separator(str text)
{
    str line = str_sub(text, 0, mail_mbox_from(text));
    struct date date;

    return line.n && has_time_of_day(line) && date_parse(str_skip(line, 5), &date);
}

/* The length of the empty line at the end of text, 0 if there is none. */
static size_t last_empty_line(str text)
{
    if (str_ends(text, S("\n\n")) || str_eq(text, S("\n")))
        return 1;
    return str_ends(text, S("\n\r\n")) || str_eq(text, S("\r\n")) ? 2 : 0;
}

static bool has_empty_line(str text)
{
    return str_starts(text, S("\n")) || str_starts(text, S("\r\n")) ||
           str_find_str(text, S("\n\n")) < text.n || str_find_str(text, S("\n\r\n")) < text.n;
}

static str without_last_empty_line(str message)
{
    str shorter = str_sub(message, 0, message.n - last_empty_line(message));

    return has_empty_line(shorter) ? shorter : message;
}

/* The offset behind the line at `at`. */
static size_t next_line(str text, size_t at)
{
    size_t line = str_find(str_skip(text, at), '\n');

    return at + line < text.n ? at + line + 1 : text.n;
}

bool mbox_next(str *rest, str *message)
{
    str text = str_skip(*rest, mail_mbox_from(*rest));
    size_t at;

    if (rest->n == 0)
        return false;
    for (at = next_line(text, 0); at < text.n; at = next_line(text, at))
        if (text.p[at] == 'F' && last_empty_line(str_sub(text, 0, at)) && is_separator(str_skip(text, at)))
            break;
    *message = without_last_empty_line(str_sub(text, 0, at));
    *rest = str_skip(text, at);
    return true;
}

/* True if ">"s and "From " stand here. */
static bool is_quoted(str line)
{
    size_t n = 0;

    while (n < line.n && line.p[n] == '>')
        n++;
    return n > 0 && str_starts(str_skip(line, n), S("From "));
}

/* The offset of the first quoted line at or behind `at`, text.n if there is none. */
static size_t next_quoted(str text, size_t at)
{
    while (at < text.n && !(text.p[at] == '>' && is_quoted(str_skip(text, at))))
        at = next_line(text, at);
    return at;
}

str mbox_unquote(str message, struct arena *arena)
{
    size_t at = next_quoted(message, 0), from = 0, n = 0;
    char *out;

    if (at == message.n)
        return message;
    out = arena_bytes(arena, message.n);
    while (from < message.n) {
        memcpy(out + n, message.p + from, at - from);
        n += at - from;
        from = at < message.n ? at + 1 : at; /* without the first ">" */
        at = next_quoted(message, next_line(message, from));
    }
    return (str){out, n};
}
