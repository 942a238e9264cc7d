/* mbox.h: files that hold many messages, each behind a "From " line (RFC 4155 and its relatives). */
#ifndef POSTERN_MAIL_MBOX_H
#define POSTERN_MAIL_MBOX_H

#include "base/arena.h"

/* True if the file begins with a "From " line; else it is a single message. */
bool mbox_is(str file);

/* Cuts the next message off *rest, which starts as the whole file; false at the end. The message is a slice,
 * byte-exact as it is stored, without its "From " line and without the empty line that ends it in an mbox
 * (unless that is the only one: then it ends the header). A "From " line begins a message only where an
 * empty line stands before it and a date with a time of day is in it: writers forget to quote. Linear over
 * the whole file. */
bool mbox_next(str *rest, str *message);

/* The message as it was before it was stored: of each line of ">"s and "From " one ">" is removed, as mboxrd
 * has it (mboxo quotes "From " alone, so there ">From " is restored, and a line of the author's that began
 * with ">>From " loses a ">": the file does not say which it is). DKIM needs what was signed. No copy where
 * no line is quoted. */
str mbox_unquote(str message, struct arena *arena);

#endif
