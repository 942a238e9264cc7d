/* canon.h: the canonicalisations of RFC 6376 section 3.4, streaming over the raw bytes. */
#ifndef POSTERN_AUTH_CANON_H
#define POSTERN_AUTH_CANON_H

#include "auth/crypto.h"
#include "mail/mail.h"

enum canon { CANON_SIMPLE, CANON_RELAXED };
extern const char *const canon_names[CANON_RELAXED + 1]; /* "simple", "relaxed" */

/* Takes just these words; on any other *canon is CANON_SIMPLE. */
bool canon_parse(str word, enum canon *canon);

/* Hashes the canonical body. lf_only: each line end is CRLF or LF, and counts as CRLF; else only CRLF ends a
 * line. `limit` (UINT64_MAX: none) is the l= count of canonical bytes. Returns the size of the whole
 * canonical body. No copy of the body; constant memory. */
uint64_t canon_body(struct hash *hash, enum canon canon, str body, bool lf_only, uint64_t limit);

/* Hashes one header field in canonical form, with its CRLF, or without it for the signature field itself. If
 * `without` is not empty it is a slice of header->value that is left out (the value of b=). */
void canon_header(struct hash *hash, enum canon canon, const struct header *header, bool lf_only, str without,
                  bool crlf);

#endif
