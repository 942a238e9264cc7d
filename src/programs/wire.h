/* wire.h: a record of the journal as bytes, on its way from a worker to the keeper. */
#ifndef POSTERN_PROGRAMS_WIRE_H
#define POSTERN_PROGRAMS_WIRE_H

#include "journal/record.h"

/* All of it but the edits, which the keeper has no use for. */
str wire_write(const struct record *record, struct arena *arena);

/* Reads what wire_write() wrote; any bytes are safe to read, and the lists are no longer than they. False: it
 * is none. Texts point into the bytes. */
bool wire_read(struct record *record, str bytes, struct arena *arena);

#endif
