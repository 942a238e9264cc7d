/* charset.h: text in the charsets of mail, turned into UTF-8. */
#ifndef POSTERN_MAIL_CHARSET_H
#define POSTERN_MAIL_CHARSET_H

#include "base/buf.h"

struct charset;

/* The charset of a name as mail has it, in any case and with its usual misnomers; NULL if it is not known.
 * The list is fixed: a message can't choose among all that iconv has. As mail programs and browsers do, a
 * charset is read as the superset that its writers mean: iso-8859-1 as windows-1252, gb2312 as GB18030. */
const struct charset *charset_find(str name);

/* Has iconv load all that it may ever need: to be called by a process that gives up opening files. */
void charset_wake(void);

/* True if the bytes are valid and already their own UTF-8, so that nothing need be converted. */
bool charset_keeps(const struct charset *charset, str bytes);

/* Appends the bytes as valid UTF-8. A byte that does not fit becomes U+FFFD, and *broken is set. */
void charset_decode(const struct charset *charset, str bytes, struct buf *out, bool *broken);

/* Appends bytes of no stated charset: UTF-8 if they are that, else windows-1252; true if they are all valid.
 */
bool charset_guess(str bytes, struct buf *out);

/* Appends UTF-8 text in the charset. False if it does not have all of it, or has states or units of two bytes
 * that what stands around the text would need: what was appended is then of no use. */
bool charset_encode(const struct charset *charset, str text, struct buf *out);

/* ISO 2022: ASCII until an escape sequence. */
bool charset_shifts(const struct charset *charset);

/* ASCII stands in it as it is: not UTF-16 and UTF-7. */
bool charset_holds_ascii(const struct charset *charset);

#endif
