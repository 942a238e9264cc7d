/* mailboxes.h: domains where anybody can have a mailbox. */
#ifndef POSTERN_CONTENT_MAILBOXES_H
#define POSTERN_CONTENT_MAILBOXES_H

#include "base/buf.h"
#include "content/lookalike.h"

/* Reads data/mailboxes.yaml into a set in the arena. NULL if something is wrong, with words for the
 * administrator, a line each, in `problems`. */
struct lookalikes *mailboxes_load(str file_name, str text, const struct suffixes *suffixes,
                                  struct arena *arena, struct buf *problems);

#endif
