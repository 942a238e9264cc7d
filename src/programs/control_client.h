/* control_client.h: the command line's side of the control socket. */
#ifndef POSTERN_PROGRAMS_CONTROL_CLIENT_H
#define POSTERN_PROGRAMS_CONTROL_CLIENT_H

#include "base/frame.h"

/* Sends the request, which is ended, and waits for the answer, an hour at most; the caller frees it. False with
 * words: nobody is there, or the answer is an error. */
bool control_ask(str path, struct frame *request, struct frame *answer, struct arena *arena,
                 struct err *err) MUST_USE;

#endif
