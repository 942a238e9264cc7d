/* rows.h: records as rows of a period's file: the schema, putting in, reading, changing. For journal/ alone.
 */
#ifndef POSTERN_JOURNAL_ROWS_H
#define POSTERN_JOURNAL_ROWS_H

#include <zstd.h>

#include "journal/database.h"
#include "journal/record.h"

extern const struct database_kind journal_kind;

enum rows_statement {
    ROWS_MESSAGE,    /* insert */
    ROWS_RECIPIENT,  /* insert */
    ROWS_FIND_VALUE, /* the number of an indicator's value */
    ROWS_ADD_VALUE,  /* insert */
    ROWS_INDICATOR,  /* insert */
    ROWS_READ,       /* a message by number */
    ROWS_RECIPIENTS, /* of a message */
    ROWS_STATEMENTS
};

/* One open file with its statements, which are prepared when they are first used. */
struct rows {
    struct database database;
    sqlite3_stmt *statements[ROWS_STATEMENTS];
    ZSTD_CCtx *packer; /* for facts; made when first used, as are the statements */
    ZSTD_DCtx *unpacker;
};

bool rows_open(struct rows *rows, str path, enum database_mode mode, struct err *err) MUST_USE;
void rows_close(struct rows *rows);

sqlite3_stmt *rows_statement(struct rows *rows, enum rows_statement which, struct err *err);

/* Puts a record in, with its recipients and indicators, within the transaction that is open. Texts over
 * LIMIT_JOURNAL_TEXT are cut; *cut_indicators counts those over their limit. */
bool rows_add(struct rows *rows, const struct record *record, struct arena *arena, unsigned *cut_indicators,
              struct err *err) MUST_USE;

/* Reads the message with that number into the arena, without its indicators; *found is false if there is
 * none. */
bool rows_read(struct rows *rows, int64_t number, struct record *record, bool *found, struct arena *arena,
               struct err *err) MUST_USE;

/* Calls `change` for every text of a record but its facts, by reference, recipients and all. */
void rows_each_text(struct record *record, void (*change)(void *context, str *text), void *context);

/* Writes all texts of a message and its recipients over what is there. */
bool rows_rewrite(struct rows *rows, int64_t number, const struct record *record, struct arena *arena,
                  struct err *err) MUST_USE;

/* The number of the value that an indicator has in this file, 0 if it has none. */
bool rows_find_value(struct rows *rows, str kind, str value, int64_t *number, struct err *err) MUST_USE;

#endif
