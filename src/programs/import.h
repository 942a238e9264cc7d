/* import.h: the configurations of other filters, read as far as they have a counterpart in ours.
 *
 * The result is a struct config; it is written as YAML with what has no counterpart named in comments above
 * it. */
#ifndef POSTERN_PROGRAMS_IMPORT_H
#define POSTERN_PROGRAMS_IMPORT_H

#include "gate/config.h"

/* Reads a file that the configuration names. */
typedef bool import_read(void *context, str path, struct arena *arena, str *text, struct err *err);

/* One line of a configuration: "Name value". */
struct import_setting {
    str name, value; /* the value may be empty */
    str file;
    unsigned line;
};

/* One line of a table: a key, and what stands behind it. */
struct import_pair {
    str key, value;
    str file;
    unsigned line;
};
struct import_table {
    struct import_pair *pairs;
    size_t n;
    bool patterns; /* a "refile:", where "*" in a key stands for anything */
};

struct import {
    struct arena *arena;
    import_read *read;
    void *context;
    struct config *config;
    struct config_listener *listener; /* the one that there is */
    struct import_setting *settings;
    size_t setting_count;
    unsigned include_count;
    struct buf notes; /* lines, escaped */
    unsigned note_count;
    str needless; /* names of settings that mean nothing here, ", " between */
};

/* What is done with a setting: `take`, if there is one; else `words` say why it has no counterpart; without
 * words it means nothing here (logging, process management), or is looked up by import_value(). */
struct import_row {
    const char *name;
    void (*take)(struct import *import, const struct import_setting *setting);
    const char *words;
    bool read_elsewhere;
};

/* Reads the file and those that it includes, and applies the rows. False if the file itself can't be read. */
bool import_settings(struct import *import, str path, const struct import_row *rows, size_t count,
                     struct err *err) MUST_USE;

/* The last setting of that name, as it is the one that counts; NULL if there is none. */
const struct import_setting *import_find(const struct import *import, const char *name);
bool import_is_true(const struct import_setting *setting);

/* The data set that a setting names: a file, or a list with commas. False, and noted, if it can't be read or
 * lives in a database. */
bool import_table(struct import *import, const struct import_setting *setting, struct import_table *table);

/* What the two have in common. */
void import_authserv_id(struct import *import, const struct import_setting *setting);
void import_socket(struct import *import, const struct import_setting *setting);
/* The first entries of a table, for a note. */
str import_first_keys(struct import *import, const struct import_table *table);

void import_dns_timeout(struct import *import, const struct import_setting *setting);

/* Notes what the administrator has to know; the place is FILE:LINE. */
void import_note(struct import *import, str file, unsigned line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#define import_note_setting(import, setting, format, ...)                                                    \
    import_note((import), (setting)->file, (setting)->line, "%.*s: " format, PS((setting)->name),            \
                ##__VA_ARGS__)

/* All of it: reads `path`; *yaml is what postern.yaml may be, *notes what stands in its comments, a line
 * each. False if the file can't be read. */
typedef bool import_function(str path, import_read *read, void *context, struct arena *arena, str *yaml,
                             str *notes, struct err *err);
import_function import_opendkim, import_opendmarc;

/* For those two: the beginning, and the text at the end. */
void import_begin(struct import *import, import_read *read, void *context, struct arena *arena);
void import_end(struct import *import, const char *from, str *yaml, str *notes);

#endif
