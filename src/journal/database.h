/* database.h: SQLite as the stores of journal/ use it: opening, migrations, statements, what went wrong in
 * words. */
#ifndef POSTERN_JOURNAL_DATABASE_H
#define POSTERN_JOURNAL_DATABASE_H

#include <sqlite3.h>

#include "base/arena.h"
#include "base/err.h"

/* What went wrong last; each has its words in struct err. */
enum database_trouble {
    DATABASE_NO_TROUBLE,
    DATABASE_MISSING,   /* there is no such file */
    DATABASE_FULL,      /* no space on the disk */
    DATABASE_READ_ONLY, /* no right to write */
    DATABASE_DAMAGED,   /* no database, or a broken one */
    DATABASE_BUSY,      /* somebody else holds it */
    DATABASE_OTHER,     /* another program's, or a later version's file */
    DATABASE_DUPLICATE, /* what is to be unique is there already */
    DATABASE_FAILED,    /* anything else: I/O error, memory */
};

/* A kind of file. migrations[i] leads from version i to version i + 1; a new file runs through all of them.
 */
struct database_kind {
    const char *name; /* for words: "journal" */
    int application;  /* SQLite's application_id */
    const char *const *migrations;
    size_t version; /* how many migrations there are */
};

enum database_mode { DATABASE_READ, DATABASE_WRITE };

struct database {
    sqlite3 *handle; /* NULL: closed */
    char path[4096];
    enum database_trouble trouble;
};

/* Opens a file. DATABASE_WRITE makes it (mode 0640) where it is missing, brings it to the newest version, in
 * one transaction, and sets WAL with synchronous=FULL. DATABASE_READ never writes and refuses a file of
 * another version. False with words, and database->trouble. */
bool database_open(struct database *database, str path, enum database_mode mode,
                   const struct database_kind *kind, struct err *err) MUST_USE;
void database_close(struct database *database);

/* Runs SQL that has no parameters and whose rows nobody wants. */
bool database_run(struct database *database, const char *sql, struct err *err) MUST_USE;

/* A statement that is kept; ended by sqlite3_finalize(). NULL with words. */
sqlite3_stmt *database_prepare(struct database *database, const char *sql, struct err *err);

/* One step; *row is whether there is a row. Without a row, or on an error, the statement is reset. */
bool database_step(struct database *database, sqlite3_stmt *statement, bool *row, struct err *err) MUST_USE;

/* A step of a statement that gives no rows. */
bool database_do(struct database *database, sqlite3_stmt *statement, struct err *err) MUST_USE;

/* The number that a statement without parameters gives; 0 if it has no row. */
bool database_number(struct database *database, const char *sql, int64_t *number, struct err *err) MUST_USE;

/* Parameters are numbered from 1, columns from 0. Text is not copied: it must live until the step. */
void database_bind_text(sqlite3_stmt *statement, int n, str text);
void database_bind_blob(sqlite3_stmt *statement, int n, const void *bytes, size_t size);
str database_text(sqlite3_stmt *statement, int n, struct arena *arena);

/* Sets words and trouble from SQLite's last error; always false. */
bool database_failed(struct database *database, const char *doing, struct err *err);

/* True if the current transaction was ended by the error itself (SQLite does so when the disk is full). */
bool database_rolled_back(const struct database *database);

/* Copies the file to `to`, which is replaced only when all of it is there and on the disk; others may go on
 * writing. The copy is one moment of the original. */
bool database_backup(struct database *database, str to, struct err *err) MUST_USE;

/* Makes a name in a directory last: fsync of the directory. */
bool directory_sync(const char *path, struct err *err) MUST_USE;

#endif
