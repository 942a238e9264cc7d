/* kept.h: the messages themselves, where the site keeps them for some days: a quarantine (quarantine.h) of
 * its own in the journal's directory, whose items have the ids of the rows and nothing else. */
#ifndef POSTERN_JOURNAL_KEPT_H
#define POSTERN_JOURNAL_KEPT_H

#include "journal/quarantine.h"

/* JOURNAL/raw */
str kept_directory(str journal, struct arena *arena);

/* Reads the message of a row into the arena. *found is false, and there are words, if it is not kept. */
enum quarantine_outcome kept_read(str journal, str id, struct arena *arena, str *raw,
                                  struct err *err) MUST_USE;

/* Lets go of all messages whose rows name the address: before journal_forget(), which makes them unfindable.
 */
bool kept_forget(struct quarantine *kept, str journal, str address, size_t *removed,
                 struct err *err) MUST_USE;

#endif
