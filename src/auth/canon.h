/* canon.h: the canonicalisations of RFC 6376 section 3.4, streaming over the raw bytes. */
#ifndef POSTERN_AUTH_CANON_H
#define POSTERN_AUTH_CANON_H

#include "auth/crypto.h"
#include "mail/mail.h"

enum canon { CANON_SIMPLE, CANON_RELAXED };

/* Hashes the canonical body. lf_only: each LF counts as CRLF. `limit` (SIZE_MAX: none) is the l= count of
 * canonical bytes. *length gets the size of the whole canonical body. No copy of the body; constant memory.
 */
void canon_body(struct hash *hash, enum canon canon, str body, bool lf_only, uint64_t limit,
                uint64_t *length);

/* Hashes one header field in canonical form, with its CRLF, or without it for the signature field itself. If
 * `without` is not empty it is a slice of header->raw that is left out (the value of b=). */
void canon_header(struct hash *hash, enum canon canon, const struct header *header, str without, bool crlf);

#endif
