/* command.h: what the command line offers: one table of commands and one of options.
 *
 * The parser, `--help` and the manual pages all come from these two tables (command.c, option.c): an option
 * is added with one row. */
#ifndef POSTERN_PROGRAMS_COMMAND_H
#define POSTERN_PROGRAMS_COMMAND_H

#include "base/buf.h"
#include "base/err.h"
#include "programs/settings.h"

enum command_id {
    COMMAND_CHECK,
    COMMAND_SPF,
    COMMAND_DKIM_VERIFY,
    COMMAND_DKIM_SIGN,
    COMMAND_DKIM_KEYGEN,
    COMMAND_ARC_VERIFY,
    COMMAND_ARC_SEAL,
    COMMAND_DMARC,
    COMMAND_DNS,
    COMMAND_CONFIG_CHECK,
    COMMAND_CONFIG_SHOW,
    COMMAND_CONFIG_EXPLAIN,
    COMMAND_IMPORT_OPENDKIM,
    COMMAND_IMPORT_OPENDMARC,
    COMMAND_LOG,
    COMMAND_AUDIT,
    COMMAND_BACKUP,
    COMMAND_EVAL,
    COMMAND_FORGET,
    COMMAND_PLATFORM_LIST,
    COMMAND_PLATFORM_SHOW,
    COMMAND_PLATFORM_TEST,
    COMMAND_PLATFORM_EXPLAIN,
    COMMAND_POLICY_SIMULATE,
    COMMAND_QUARANTINE_LIST,
    COMMAND_QUARANTINE_SHOW,
    COMMAND_QUARANTINE_EXPORT,
    COMMAND_QUARANTINE_RELEASE,
    COMMAND_QUARANTINE_DELETE,
    COMMAND_STATUS,
    COMMAND_TOP,
    COMMANDS
};

struct command {
    const char *name;      /* "dkim verify" */
    const char *arguments; /* "[FILE|-]...", empty if there are none */
    const char *summary;   /* for the list of commands */
    unsigned min, max;     /* how many arguments */
};
extern const struct command commands[COMMANDS];

struct option {
    const char *name;     /* without "--" */
    const char *argument; /* NULL: it takes none */
    const char *help;
    unsigned commands; /* bit (1 << command_id) for each command that has it */
    unsigned needed;   /* those that can't do without it */
    bool repeats;      /* may be given several times */
    bool (*set)(struct settings *settings, str value, struct err *err);
};
extern const struct option options[];
extern const size_t option_count;

/* What a command line asks for. */
enum request { REQUEST_RUN, REQUEST_HELP, REQUEST_VERSION, REQUEST_MISUSE };

/* Reads the command line into *settings (zeroed, with its arena). *command is COMMANDS where none was named.
 * On REQUEST_MISUSE `err` says what is wrong and what to do. */
enum request command_parse(int count, char **arguments, struct settings *settings, enum command_id *command,
                           struct err *err);

/* The text of --help; COMMANDS: of the program as a whole. */
void command_help(struct buf *buf, enum command_id command);

/* The option table of a command as it stands in its manual page (roff), and its synopsis. */
void command_manual_options(struct buf *buf, enum command_id command);
void command_manual_synopsis(struct buf *buf, enum command_id command);

/* The command of that name, "dkim verify" or "dkim-verify"; COMMANDS if there is none. */
enum command_id command_find(str name);

#endif
