/* labels.h: labels.tsv: what is known of the messages of a folder. */
#ifndef POSTERN_PROGRAMS_LABELS_H
#define POSTERN_PROGRAMS_LABELS_H

#include "base/arena.h"
#include "base/err.h"

/* A column that a file does not have, or that holds "-", is empty. */
enum label_column {
    LABEL_PATH, /* below the folder */
    LABEL_KIND,
    LABEL_GROUP,
    LABEL_PLATFORM,
    LABEL_PROOF,
    LABEL_ACCOUNTS, /* with commas between them */
    LABEL_SPF,
    LABEL_DKIM,
    LABEL_DMARC,
    LABEL_MONTH,
    LABEL_COLUMNS
};

struct label {
    str file; /* the path with its folder */
    str values[LABEL_COLUMNS];
};

struct labels {
    struct label *items;
    size_t n, room;
};

/* Appends the rows of a text whose first line names its columns, in any order; `path` has to be among them.
 * Slices of the text. False with words: no column is called path, or a row has none. */
bool labels_read(struct labels *labels, str folder, str text, struct arena *arena, struct err *err) MUST_USE;

/* True if one of the accounts is `id`. */
bool label_has_account(const struct label *label, str id);

#endif
