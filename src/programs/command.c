/* command.c: the commands, the parser of the command line, help and the manual's option tables. */
#include "programs/command.h"

#include <stdio.h>

#include "base/near.h"

const struct command commands[COMMANDS] = {
    [COMMAND_CHECK] = {"check", "[FILE|DIRECTORY|-]...", "judge messages and explain the result", 0, ~0u},
    [COMMAND_SPF] = {"spf", "", "evaluate SPF for a client and a sender", 0, 0},
    [COMMAND_DKIM_VERIFY] = {"dkim verify", "[FILE|DIRECTORY|-]...", "verify the DKIM signatures of messages",
                             0, ~0u},
    [COMMAND_DKIM_SIGN] = {"dkim sign", "[FILE|-]", "write a message with a DKIM signature on top", 0, 1},
    [COMMAND_DKIM_KEYGEN] = {"dkim keygen", "", "make a signing key and the DNS record for it", 0, 0},
    [COMMAND_ARC_VERIFY] = {"arc verify", "[FILE|DIRECTORY|-]...", "verify the ARC chain of messages", 0,
                            ~0u},
    [COMMAND_ARC_SEAL] = {"arc seal", "[FILE|-]", "write a message with one more ARC set on top", 0, 1},
    [COMMAND_DMARC] = {"dmarc", "DOMAIN", "show the DMARC policy of a domain and how it is found", 1, 1},
    [COMMAND_DNS] = {"dns", "NAME [TYPE]", "ask the DNS as the checks do", 1, 2},
    [COMMAND_CONFIG_CHECK] = {"config check", "[FILE]", "tell what is wrong with a configuration", 0, 1},
    [COMMAND_CONFIG_SHOW] = {"config show", "[FILE]", "print a configuration with all its defaults", 0, 1},
    [COMMAND_IMPORT_OPENDKIM] = {"import opendkim", "[FILE]", "write a configuration like that of OpenDKIM",
                                 0, 1},
    [COMMAND_IMPORT_OPENDMARC] = {"import opendmarc", "[FILE]",
                                  "write a configuration like that of OpenDMARC", 0, 1},
    [COMMAND_CONFIG_EXPLAIN] = {"config explain", "[KEY]", "say what a key of the configuration means", 0, 1},
    [COMMAND_LOG] = {"log", "", "show what became of messages", 0, 0},
    [COMMAND_AUDIT] = {"audit", "", "show who had what done, when and why", 0, 0},
    [COMMAND_BACKUP] = {"backup", "DIRECTORY", "copy journal and quarantine while posternd runs", 1, 1},
    [COMMAND_EVAL] = {"eval", "DIRECTORY...", "compare what is found of labelled messages with their labels",
                      1, ~0u},
    [COMMAND_FORGET] = {"forget", "ADDRESS", "take an address out of the journal", 1, 1},
    [COMMAND_PLATFORM_LIST] = {"platform list", "", "list the mailing platforms that are known", 0, 0},
    [COMMAND_PLATFORM_SHOW] = {"platform show", "ID", "show what is known of a mailing platform", 1, 1},
    [COMMAND_PLATFORM_TEST] = {"platform test", "[ID]...", "run the tests that platforms' files bring along",
                               0, ~0u},
    [COMMAND_PLATFORM_EXPLAIN] = {"platform explain", "[FILE|DIRECTORY|-]...",
                                  "say which platform and customer sent messages, and why", 0, ~0u},
    [COMMAND_POLICY_SIMULATE] = {"policy simulate", "",
                                 "tell what a policy would have done with the journal's messages", 0, 0},
    [COMMAND_QUARANTINE_LIST] = {"quarantine list", "", "list the messages that are held", 0, 0},
    [COMMAND_QUARANTINE_SHOW] = {"quarantine show", "ID", "show a message that is held", 1, 1},
    [COMMAND_QUARANTINE_EXPORT] = {"quarantine export", "ID",
                                   "write a message that is held to standard output", 1, 1},
    [COMMAND_QUARANTINE_RELEASE] = {"quarantine release", "ID", "deliver a message that is held after all", 1, 1},
    [COMMAND_QUARANTINE_DELETE] = {"quarantine delete", "ID...", "delete messages that are held", 1, ~0u},
    [COMMAND_STATUS] = {"status", "", "show what posternd has done since it was started", 0, 0},
    [COMMAND_TOP] = {"top", "", "show who sends to this site: platforms, their customers, domains", 0, 0},
};

enum command_id command_find(str name)
{
    for (enum command_id id = 0; id < COMMANDS; id++) {
        str known = str_from(commands[id].name);
        bool same = known.n == name.n;

        for (size_t i = 0; same && i < name.n; i++)
            same = name.p[i] == known.p[i] || (name.p[i] == '-' && known.p[i] == ' ');
        if (same)
            return id;
    }
    return COMMANDS;
}

/* True if `word` is the first word of a command that has two, such as "dkim". */
static bool is_family(str word)
{
    for (enum command_id id = 0; id < COMMANDS; id++)
        if (str_starts(str_from(commands[id].name), word) && commands[id].name[word.n] == ' ')
            return word.n > 0;
    return false;
}

static bool has_option(enum command_id command, const struct option *option)
{
    return command < COMMANDS && option->commands >> command & 1;
}

static const struct option *find_option(enum command_id command, str name)
{
    for (size_t i = 0; i < option_count; i++)
        if (has_option(command, &options[i]) && str_eq(str_from(options[i].name), name))
            return &options[i];
    return NULL;
}

static enum request unknown_option(enum command_id command, str name, struct err *err)
{
    const char *near = NULL;
    unsigned best = NEAR_FAR;

    for (size_t i = 0; i < option_count; i++) {
        unsigned steps =
            has_option(command, &options[i]) ? near_distance(name, str_from(options[i].name)) : NEAR_FAR;

        if (steps < best) {
            best = steps;
            near = options[i].name;
        }
    }
    if (near)
        err_set(err, "there is no option --%.*s; did you mean --%s?", PS(name), near);
    else
        err_set(err, "there is no option --%.*s", PS(name));
    return REQUEST_MISUSE;
}

struct reader {
    char **arguments;
    int count, at;
    enum command_id command;
    struct settings *settings;
    struct err *err;
    uint64_t seen[2]; /* options that were given, by row */
};

static bool take_option(struct reader *reader, const struct option *option, str value)
{
    size_t row = (size_t)(option - options);
    uint64_t bit = (uint64_t)1 << row % 64;

    if (reader->seen[row / 64] & bit && !option->repeats)
        return err_set(reader->err, "--%s is given twice", option->name);
    reader->seen[row / 64] |= bit;
    if (!option->set(reader->settings, value, reader->err))
        return err_context(reader->err, "--%s", option->name);
    return true;
}

/* "--name", "--name=value" or "--name" "value". */
static enum request read_option(struct reader *reader)
{
    str word = str_skip(str_from(reader->arguments[reader->at++]), 2);
    size_t equals = str_find(word, '=');
    str name = str_sub(word, 0, equals);
    const struct option *option = find_option(reader->command, name);
    str value = str_skip(word, equals + 1);

    if (str_eq(word, S("help")))
        return REQUEST_HELP;
    if (str_eq(word, S("version")))
        return REQUEST_VERSION;
    if (!option)
        return unknown_option(reader->command, name, reader->err);
    if (!option->argument && equals < word.n) {
        err_set(reader->err, "--%s takes no value", option->name);
        return REQUEST_MISUSE;
    }
    if (option->argument && equals == word.n) {
        if (reader->at == reader->count) {
            err_set(reader->err, "--%s wants a value: --%s %s", option->name, option->name, option->argument);
            return REQUEST_MISUSE;
        }
        value = str_from(reader->arguments[reader->at++]);
    }
    return take_option(reader, option, value) ? REQUEST_RUN : REQUEST_MISUSE;
}

/* The command's name, one word or two. */
static enum request read_command(struct reader *reader)
{
    str first, second = S("");

    if (reader->count < 2) {
        err_set(reader->err, "say what to do");
        return REQUEST_MISUSE;
    }
    first = str_from(reader->arguments[1]);
    reader->at = 2;
    if (str_eq(first, S("--help")) || str_eq(first, S("-h")) || str_eq(first, S("help")))
        return REQUEST_HELP;
    if (str_eq(first, S("--version")))
        return REQUEST_VERSION;
    reader->command = is_family(first) ? COMMANDS : command_find(first);
    if (reader->command == COMMANDS && is_family(first)) {
        second = reader->count > 2 ? str_from(reader->arguments[2]) : S("");
        reader->at = 3;
        if (str_eq(second, S("--help")) || str_eq(second, S("-h")))
            return REQUEST_HELP;
        reader->command =
            command_find(arena_printf(reader->settings->arena, "%.*s %.*s", PS(first), PS(second)));
    }
    if (reader->command < COMMANDS)
        return REQUEST_RUN;
    if (is_family(first) && second.n == 0)
        err_set(reader->err, "%.*s: say what to do", PS(first));
    else if (is_family(first))
        err_set(reader->err, "there is no command \"%.*s %.*s\"", PS(first), PS(second));
    else
        err_set(reader->err, "there is no command \"%.*s\"", PS(first));
    return REQUEST_MISUSE;
}

static bool complete(const struct reader *reader)
{
    const struct command *command = &commands[reader->command];
    size_t given = reader->settings->file_count;

    for (size_t row = 0; row < option_count; row++)
        if (options[row].needed >> reader->command & 1 && !(reader->seen[row / 64] >> row % 64 & 1))
            return err_set(reader->err, "--%s %s is needed: %s", options[row].name, options[row].argument,
                           options[row].help);
    if (given < command->min)
        return err_set(reader->err, "%s is missing", command->arguments);
    if (given > command->max)
        return err_set(reader->err, "\"%.*s\" is one argument too many",
                       PS(reader->settings->files[command->max]));
    return true;
}

enum request command_parse(int count, char **arguments, struct settings *settings, enum command_id *command,
                           struct err *err)
{
    struct reader reader = {arguments, count, 1, COMMANDS, settings, err, {0, 0}};
    enum request request = read_command(&reader);
    bool only_files = false;

    *command = reader.command;
    if (request != REQUEST_RUN)
        return request;
    settings->files = arena_array_of(settings->arena, (size_t)count, str);
    while (reader.at < count) {
        str word = str_from(arguments[reader.at]);

        if (only_files || !str_starts(word, S("-")) || word.n == 1) {
            settings->files[settings->file_count++] = word;
            reader.at++;
        } else if (str_eq(word, S("--"))) {
            only_files = true;
            reader.at++;
        } else if (str_eq(word, S("-h"))) {
            return REQUEST_HELP;
        } else if (!str_starts(word, S("--"))) {
            err_set(err, "there is no option %.*s; options begin with --", PS(word));
            return REQUEST_MISUSE;
        } else {
            request = read_option(&reader);
            if (request != REQUEST_RUN)
                return request;
        }
    }
    return complete(&reader) ? REQUEST_RUN : REQUEST_MISUSE;
}

enum { HELP_COLUMN = 26, HELP_WIDTH = 100 };

/* Words from column HELP_COLUMN on, broken at spaces; `column` is where the line stands now. */
static void add_wrapped(struct buf *buf, size_t column, str words)
{
    str word;
    bool first = true;

    if (column + 1 >= HELP_COLUMN) {
        buf_add_char(buf, '\n');
        column = 0;
    }
    buf_printf(buf, "%*s", (int)(HELP_COLUMN - column), "");
    column = HELP_COLUMN;
    while (str_next(&words, ' ', &word)) {
        if (!first && column + 1 + word.n > HELP_WIDTH) {
            buf_printf(buf, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (!first) {
            buf_add_char(buf, ' ');
            column++;
        }
        buf_add(buf, word);
        column += word.n;
        first = false;
    }
    buf_add_char(buf, '\n');
}

static void help_program(struct buf *buf)
{
    buf_printf(buf, "usage: postern COMMAND [OPTION]... [ARGUMENT]...\n\n"
                    "Postern proves who sent a message and says why.\n\n");
    for (enum command_id id = 0; id < COMMANDS; id++) {
        size_t start = buf->n;

        buf_printf(buf, "  %s %s", commands[id].name, commands[id].arguments);
        add_wrapped(buf, buf->n - start, str_from(commands[id].summary));
    }
    buf_printf(buf, "\n`postern COMMAND --help` lists the options of a command; `man postern` tells more.\n");
}

void command_help(struct buf *buf, enum command_id command)
{
    bool any = false;

    if (command == COMMANDS) {
        help_program(buf);
        return;
    }
    buf_printf(buf, "usage: postern %s [OPTION]... %s\n\n%s\n", commands[command].name,
               commands[command].arguments, commands[command].summary);
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &options[i];
        size_t start;

        if (!has_option(command, option))
            continue;
        if (!any)
            buf_add_char(buf, '\n');
        any = true;
        start = buf->n;
        buf_printf(buf, "  --%s%s%s", option->name, option->argument ? " " : "",
                   option->argument ? option->argument : "");
        add_wrapped(buf, buf->n - start,
                    arena_printf(buf->arena, "%s%s%s", option->help,
                                 option->needed >> command & 1 ? " (needed)" : "",
                                 option->repeats ? " (may be repeated)" : ""));
    }
    buf_printf(buf, "\n`man postern-%.*s` tells more.\n", (int)strcspn(commands[command].name, " "),
               commands[command].name);
}

/* Text for roff: a minus that is to be copied, a backslash that is to be seen. */
static void add_roff(struct buf *buf, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\')
            buf_add(buf, S("\\e"));
        else if (*text == '-')
            buf_add(buf, S("\\-"));
        else
            buf_add_char(buf, *text);
    }
}

void command_manual_synopsis(struct buf *buf, enum command_id command)
{
    buf_printf(buf, ".B postern %s\n", commands[command].name);
    for (size_t i = 0; i < option_count; i++)
        if (options[i].needed >> command & 1)
            buf_printf(buf, ".BI \\-\\-%s \" %s\"\n", options[i].name, options[i].argument);
    buf_printf(buf, ".RI [ OPTION ]...\n");
    if (commands[command].arguments[0])
        buf_printf(buf, ".I %s\n", commands[command].arguments);
}

void command_manual_options(struct buf *buf, enum command_id command)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &options[i];

        if (!has_option(command, option))
            continue;
        buf_printf(buf, ".TP\n.BI \\-\\-");
        add_roff(buf, option->name);
        if (option->argument)
            buf_printf(buf, " \" %s\"", option->argument);
        buf_add_char(buf, '\n');
        add_roff(buf, option->help);
        buf_printf(buf, "%s%s.\n", option->needed >> command & 1 ? " (needed)" : "",
                   option->repeats ? " (may be repeated)" : "");
    }
}
