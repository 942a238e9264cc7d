/* link.h: a worker's line to the keeper: requests, and their answers in any order. */
#ifndef POSTERN_PROGRAMS_LINK_H
#define POSTERN_PROGRAMS_LINK_H

#include <uv.h>

#include "base/frame.h"

struct link;

/* `answer` lives until the return; NULL: none will come, the keeper is gone and may or may not have done it.
 */
typedef void link_done(void *context, struct frame *answer);

/* A line that leads nowhere yet; never NULL. */
struct link *link_new(uv_loop_t *loop);

/* The keeper's end changes: what waits for the old one is told that no answer will come. Owns the socket. */
void link_open(struct link *link, int socket);

/* Sends a request, whose head gets a member "n", and copies of its files; never waits. Returns the number by
 * which it can be forgotten, or done may be NULL; 0, and done() is not called: the keeper is not there, or the frame is too large
 * (err). */
uint64_t link_ask(struct link *link, struct frame *frame, link_done *done, void *context, struct err *err);

/* The answer is not wanted any more. */
void link_forget(struct link *link, uint64_t number);

/* What waits is not told. The loop has to turn once more before uv_loop_close(). */
void link_free(struct link *link);

#endif
