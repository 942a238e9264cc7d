/* authres_emit.h: our own Authentication-Results, from what was found out about a message. */
#ifndef POSTERN_AUTH_AUTHRES_EMIT_H
#define POSTERN_AUTH_AUTHRES_EMIT_H

#include "auth/auth.h"

/* The results of SPF, DKIM, ARC, DMARC and iprev with the properties the IANA registry has for them, to be
 * written with authres_write() or sealed with arc_seal(). What is RESULT_UNKNOWN is not stated at all; what
 * is not a pass carries its reason. authserv_id is not empty. */
void authres_emit(struct authres *authres, const struct auth *auth, const struct envelope *envelope,
                  str authserv_id, struct arena *arena);

#endif
