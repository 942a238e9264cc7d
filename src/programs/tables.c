/* tables.c: a program of the build: what the documentation takes from the tables in the code.
 *
 *     tables man FILE     FILE with its lines "@SYNOPSIS command@", "@OPTIONS command@", "@COMMANDS@",
 * "@KEYS@", "@PLATFORM@" filled in tables limits       docs/LIMITS.md */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "gate/config.h"
#include "programs/command.h"
#include "sender/platform_keys.h"

enum { PAGE_MAX = 1 << 20 };

/* True if `line` is "@WORD ...@"; *rest gets what stands between. */
static bool is_mark(str line, str word, str *rest)
{
    if (!str_starts(line, S("@")) || !str_ends(line, S("@")) || !str_starts(str_skip(line, 1), word))
        return false;
    *rest = str_trim(str_sub(line, 1 + word.n, line.n - 2 - word.n));
    return true;
}

static enum command_id wanted(str name)
{
    enum command_id command = command_find(name);

    if (command == COMMANDS) {
        fprintf(stderr, "tables: there is no command \"%.*s\"\n", PS(name));
        exit(1);
    }
    return command;
}

static void add_commands(struct buf *buf)
{
    for (enum command_id id = 0; id < COMMANDS; id++)
        buf_printf(buf, ".TP\n.BR postern\\-%.*s (1)\n.B %s\n.br\n%s.\n",
                   (int)strcspn(commands[id].name, " "), commands[id].name, commands[id].name,
                   commands[id].summary);
}

static void add_line(struct buf *buf, str line)
{
    str rest;

    if (is_mark(line, S("SYNOPSIS"), &rest))
        command_manual_synopsis(buf, wanted(rest));
    else if (is_mark(line, S("OPTIONS"), &rest))
        command_manual_options(buf, wanted(rest));
    else if (is_mark(line, S("COMMANDS"), &rest))
        add_commands(buf);
    else if (is_mark(line, S("PLATFORM"), &rest))
        conf_manual(buf, &platform_section);
    else if (is_mark(line, S("KEYS"), &rest))
        conf_manual(buf, &config_section);
    else
        buf_printf(buf, "%.*s\n", PS(line));
}

static int manual(const char *path, struct arena *arena)
{
    struct buf buf = buf_new(arena, PAGE_MAX);
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;

    if (!file) {
        perror(path);
        return 1;
    }
    buf_printf(&buf, ".\\\" Made from %s and the option table of the program.\n",
               strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    while (getline(&line, &room, file) >= 0)
        add_line(&buf, (str){line, strcspn(line, "\n")});
    free(line);
    fclose(file);
    return fwrite(buf.p, 1, buf.n, stdout) == buf.n && fflush(stdout) == 0 ? 0 : 1;
}

static int limits(void)
{
    printf(
        "# Limits\n\n"
        "Every limit on what comes from outside, with its reason. This page is made from the table in\n"
        "`src/base/limits.h` by `make docs`; a test fails when the two differ. A limit that is hit is never an\n"
        "error: it is a value or a remark in the result.\n\n"
        "| limit | value | of | why |\n|---|---:|---|---|\n");
    for (size_t i = 0; i < limit_row_count; i++)
        printf("| %s | %ld | %s | %s |\n", limit_rows[i].name, limit_rows[i].value, limit_rows[i].unit,
               limit_rows[i].reason);
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int count, char **arguments)
{
    struct arena *arena = arena_new();
    int status = 1;

    if (count == 3 && strcmp(arguments[1], "man") == 0)
        status = manual(arguments[2], arena);
    else if (count == 2 && strcmp(arguments[1], "limits") == 0)
        status = limits();
    else
        fprintf(stderr, "usage: tables man FILE | tables limits\n");
    arena_free(arena);
    return status;
}
