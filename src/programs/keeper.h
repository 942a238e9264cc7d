/* keeper.h: the process that alone writes journal and quarantine and alone holds the signing keys. It parses
 * no mail.
 *
 * Workers ask it, one frame (base/frame.h) a question and one an answer with the same "n":
 *
 *     {"do": "record", "hold": bool}      payload: wire.h, or as the first file where "filed"; the message
 * itself as the last file where "hold". Answered when both are on the disk
 *     {"do": "redeem", "token"}   payload: SHA-256 of the body, then the recipient. The answer has "verdict":
 * granted, unknown or misused, with "why"; where granted "release", "id", "direction". It is used up then
 *     {"do": "passed", "release"}    the MTA was told to deliver that message
 *     {"do": "sign", "domain", "selector"}     payload: a digest. The answer's payload is the signature
 *
 * An answer without "error" means that it is done. */
#ifndef POSTERN_PROGRAMS_KEEPER_H
#define POSTERN_PROGRAMS_KEEPER_H

#include "programs/child.h"

void keeper_run(const struct start *start) __attribute__((noreturn));

#endif
