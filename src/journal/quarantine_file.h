/* quarantine_file.h: the files of the quarantine, by content, and its index. For quarantine*.c alone. */
#ifndef POSTERN_JOURNAL_QUARANTINE_FILE_H
#define POSTERN_JOURNAL_QUARANTINE_FILE_H

#include "journal/database.h"
#include "journal/quarantine.h"

extern const struct database_kind quarantine_kind; /* of the index */

void quarantine_digest(str raw, uint8_t sha256[32]);

/* DIR/ab/abcd....zst */
const char *quarantine_path(str directory, const uint8_t sha256[32], struct arena *arena);

/* Reads the name "abcd....zst" back. */
bool quarantine_parse_name(str name, uint8_t sha256[32]);

/* Writes the file durably, unless a good one is there already. */
bool quarantine_write_file(str directory, const uint8_t sha256[32], str raw, struct arena *arena,
                           struct err *err) MUST_USE;

/* Removes what a crash left half written. */
void quarantine_clear_temporary(str directory, struct arena *arena);

#endif
