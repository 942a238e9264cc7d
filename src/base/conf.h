/* conf.h: configuration files: YAML read into plain structs by tables of keys.
 *
 * A row of a table says all there is to say about a key: the reader, `show`, `explain` and the manual page
 * come from it. The YAML is a small one: one document of mappings, lists and words. Anchors, aliases, tags,
 * merge keys, directives and duplicate keys are refused: what a file means is to be read where it stands.
 * Nothing here touches a file. */
#ifndef POSTERN_BASE_CONF_H
#define POSTERN_BASE_CONF_H

#include "base/buf.h"
#include "base/err.h"
#include "base/ip.h"

struct conf_socket {
    str path; /* of a Unix socket, with a NUL behind it; empty: ip and port */
    struct ip ip;
    uint16_t port;
};

enum conf_type {                /* what it fills               what is written */
                 CONF_BOOL,     /* bool                        yes, no (true, false) */
                 CONF_INTEGER,  /* unsigned                    digits */
                 CONF_SIZE,     /* uint64_t, bytes             "4096", "64K", "10M", "2G", "1T" */
                 CONF_DURATION, /* int64_t, seconds            "30s", "5m", "12h", "7d", "0" */
                 CONF_DATE,     /* int64_t, its start in UTC   "2027-01-31"; 0: not given */
                 CONF_TEXT,     /* str                         UTF-8 without what can't be seen */
                 CONF_PATH,     /* str with a NUL behind it    an absolute path */
                 CONF_ENUM,     /* an enum                     the word at that index of `words` */
                 CONF_NETWORK,  /* struct network              "192.0.2.0/24", "2001:db8::1" */
                 CONF_SOCKET, /* struct conf_socket          "192.0.2.1:25", "[2001:db8::1]:25", "/run/x.sock"
                               */
                 CONF_SECTION, /* a struct                    keys of its own */
                 CONF_MAP,  /* an array of structs         sections by name; the struct begins with `str name`
                             */
                 CONF_LIST, /* an array of structs         a list of sections */
};

/* The form in which a text is kept; false if it is none of its kind. domain_normal() is one. */
typedef bool conf_normal(str text, struct arena *arena, str *out);

/* True for UTF-8 without controls and what else can't be seen: what a text or path may be. */
bool conf_is_visible(str text);

struct conf_section;

struct conf_key {
    const char *name;
    enum conf_type type;
    bool many;       /* a list of such values (not of sections); one alone may stand without its dash */
    bool needed;     /* an error where it is missing; never in a plain section */
    size_t at;       /* offset in the section's struct; where there are many: of the pointer to the first */
    size_t count_at; /* where there are many, maps and lists: offset of a size_t */
    const char
        *fallback;    /* the default as it would be written; of many, separated by spaces. NULL: none, zero */
    int64_t min, max; /* of an integer, size or duration */
    const char *unit; /* of an integer: what is counted */
    const char *const *words;           /* of an enum, ends with NULL */
    const struct conf_section *section; /* of a section, map or list */
    conf_normal *normal;                /* of a text or the names of a map; may be NULL */
    const char *kind;                   /* of a text or the names of a map: "a domain name" */
    const char *help;                   /* sentences for the administrator */
};

struct conf_section {
    const struct conf_key *keys;
    size_t count; /* at most CONF_KEYS */
    size_t size;  /* of the struct */
};
enum { CONF_KEYS = 32 };

struct conf_problem {
    struct conf_problem *next;
    unsigned line, column; /* from 1, in characters; 0: the file as a whole */
    bool warning;
    str words; /* may hold bytes of the file: escape.h */
};

/* One reading of one file. */
struct conf {
    struct arena *arena;
    str file;                      /* its name, for the messages */
    struct conf_problem *problems; /* by line and column; at most LIMIT_CONF_PROBLEMS */
    unsigned errors, warnings;     /* all of them */
    struct conf_place *places;
};

void conf_init(struct conf *conf, str file, struct arena *arena);

/* Reads all of the text into *values, a zeroed struct of section->size; what it points to is in the arena.
 * False if there was an error: *values is then not to be used. */
bool conf_read(struct conf *conf, const struct conf_section *section, str text, void *values) MUST_USE;

/* For checks across keys: notes a problem at the place where a field of the values was set. `field` is the
 * address of the field, of an element of its list, or of a section's struct; one that has its default counts
 * as where its section is. */
void conf_error(struct conf *conf, const void *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void conf_warning(struct conf *conf, const void *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The problems, one a line, escaped for a terminal: "FILE:LINE:COLUMN: words". */
void conf_report(struct buf *buf, const struct conf *conf);

/* The values as YAML that conf_read() reads as the same values; `changed`: without those that are the
 * default. */
void conf_show(struct buf *buf, const struct conf_section *section, const void *values, bool changed);

/* Type, range, default and help of "key" or "section.key"; the name of a map's entry may stand in the path or
 * be left out. An empty path lists all keys. False and words if there is no such key. */
bool conf_explain(struct buf *buf, const struct conf_section *section, str path, struct err *err) MUST_USE;

/* A time such as 30s, 5m, 12h or 7d, in seconds. */
bool conf_duration(str word, int64_t *seconds) MUST_USE;

/* All keys as a tagged list of roff, for a manual page. */
void conf_manual(struct buf *buf, const struct conf_section *section);

#endif
