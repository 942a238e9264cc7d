/* file_name.c: the names that an attachment may be shown with. */
#include "mail/file_name.h"

#include "base/buf.h"
#include "base/limits.h"
#include "mail/charset.h"
#include "mail/header.h"
#include "mail/parameter.h"
#include "mail/word.h"

enum { COMMENT_MAX = 200 };

void file_names_add(struct file_names *names, str name)
{
    name = str_trim(name);
    for (unsigned i = 0; i < names->n; i++)
        if (str_eq(names->items[i], name))
            return;
    if (name.n && names->n < FILE_NAMES)
        names->items[names->n++] = name;
}

/* The length of the comment that s begins with, 0 if it begins with none. They are not nested: what is looked
 * for is what a program may show. */
static size_t comment_length(str s)
{
    str near = str_sub(s, 0, COMMENT_MAX);
    size_t end = near.n && near.p[0] == '(' ? str_find(near, ')') : near.n;

    return end < near.n ? end + 1 : 0;
}

/* The offset behind the comments and white space at `at`. */
static size_t skip_space(str s, size_t at)
{
    for (size_t n = 1; at < s.n && n; at += n)
        n = ascii_is_space(s.p[at]) ? 1 : comment_length(str_skip(s, at));
    return at;
}

/* Without quotes, without backslashes, and without comments if that is asked for. */
static str strip(str value, bool comments, struct arena *arena)
{
    char *p = arena_bytes(arena, value.n);
    size_t n = 0;

    for (size_t i = 0; i < value.n; i++) {
        size_t comment = comments ? comment_length(str_skip(value, i)) : 0;

        if (comment)
            i += comment - 1;
        else if (value.p[i] != '"' && value.p[i] != '\\')
            p[n++] = value.p[i];
    }
    value = str_trim((str){p, n});
    if (value.n > 1 && value.p[0] == '\'' && value.p[value.n - 1] == '\'')
        value = str_sub(value, 1, value.n - 2);
    return value;
}

static void add_decoded(struct file_names *names, str value, struct arena *arena)
{
    struct word_facts facts;

    file_names_add(names, word_decode(value, arena, &facts));
}

/* A value in the ways in which it may be meant; `whole` goes on behind semicolons that end it. */
static void add_readings(struct file_names *names, str value, str whole, struct arena *arena)
{
    str quoted = str_skip(value, 1);

    if (value.n && value.p[0] == '"' && str_find(quoted, '"') < quoted.n)
        add_decoded(names, str_sub(quoted, 0, str_find(quoted, '"')), arena);
    add_decoded(names, strip(value, false, arena), arena);
    if (str_find(value, '(') < value.n)
        add_decoded(names, strip(value, true, arena), arena);
    while (whole.n && (whole.p[whole.n - 1] == ';' || ascii_is_space(whole.p[whole.n - 1])))
        whole.n--;
    if (whole.n > value.n && str_find(whole, '=') == whole.n)
        add_decoded(names, strip(whole, false, arena), arena);
}

/* "*", "*1" or "*1*" behind the word; returns where it ends. */
static size_t read_star(str s, size_t at, struct file_name_piece *piece, bool *numbered)
{
    *piece = (struct file_name_piece){.number = 0};
    *numbered = false;
    at = skip_space(s, at);
    if (at == s.n || s.p[at] != '*')
        return at;
    for (at++; at < s.n && ascii_is_digit(s.p[at]); at++) {
        *numbered = true;
        piece->number = piece->number * 10 % 100000 + (unsigned)(s.p[at] - '0');
    }
    piece->extended = !*numbered || (at < s.n && s.p[at] == '*');
    return skip_space(s, at + (*numbered && piece->extended));
}

/* What stands behind the word "name" at `at`; returns where to look on. */
static size_t read_at(struct file_names *names, str s, size_t at, struct arena *arena)
{
    struct file_name_piece piece;
    bool numbered;
    size_t end = read_star(s, at, &piece, &numbered);
    str rest, whole;

    if (end == s.n || s.p[end] != '=')
        return at;
    end = skip_space(s, end + 1);
    rest = str_skip(s, end);
    whole = rest;
    if (rest.n && rest.p[0] == '"' && str_find(str_skip(rest, 1), '"') < rest.n - 1)
        at = 2 + str_find(str_skip(rest, 1), '"');
    else
        at = 0;
    rest = str_sub(rest, 0, at + str_find(str_skip(rest, at), ';'));
    if (!numbered && !piece.extended) {
        add_readings(names, rest, whole, arena);
    } else if (names->piece_count < FILE_NAME_PIECES) {
        piece.value = strip(rest, false, arena);
        names->pieces[names->piece_count++] = piece;
        if (!numbered)
            file_names_add(names, parameter_extended(piece.value, arena));
    }
    return end + rest.n;
}

void file_names_note(struct file_names *names, str field, struct arena *arena)
{
    str s = header_unfold(str_sub(field, 0, LIMIT_PARAMETER_TEXT), arena), lower;

    if (str_find(s, '=') == s.n)
        return;
    lower = arena_lower(arena, s);
    for (size_t at = 0; at < s.n;) {
        at += str_find_str(str_skip(lower, at), S("name"));
        if (at < s.n)
            at = read_at(names, s, at + 4, arena);
    }
}

/* All pieces one behind the other, those with the lowest numbers first if `sorted`. */
static str join(const struct file_names *names, bool sorted, struct arena *arena)
{
    struct buf buf = buf_new(arena, LIMIT_WORDS);
    bool taken[FILE_NAME_PIECES] = {false};

    for (unsigned i = 0; i < names->piece_count; i++) {
        unsigned next = FILE_NAME_PIECES;

        for (unsigned k = 0; k < names->piece_count; k++)
            if (!taken[k] && (next == FILE_NAME_PIECES ||
                              (sorted && names->pieces[k].number < names->pieces[next].number)))
                next = k;
        taken[next] = true;
        buf_add(&buf, names->pieces[next].extended ? parameter_extended(names->pieces[next].value, arena)
                                                   : names->pieces[next].value);
    }
    return buf_str(&buf);
}

void file_names_end(struct file_names *names, struct arena *arena)
{
    if (names->piece_count == 0)
        return;
    file_names_add(names, join(names, true, arena));
    file_names_add(names, join(names, false, arena));
    for (unsigned i = 0; i < names->piece_count; i++)
        file_names_add(names, names->pieces[i].extended ? parameter_extended(names->pieces[i].value, arena)
                                                        : names->pieces[i].value);
}
