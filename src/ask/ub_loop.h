/* ub_loop.h: the event base that libunbound's event API wants, over a libuv loop. For resolver.c only. */
#ifndef POSTERN_ASK_UB_LOOP_H
#define POSTERN_ASK_UB_LOOP_H

#include <unbound-event.h>
#include <uv.h>

/* Never NULL. The base and its events belong to the thread of the loop. */
struct ub_event_base *ub_loop_new(uv_loop_t *loop);

/* After the context that used it is gone. Handles of events are closed by then, but the loop has to turn once
 * more before they are free: run it before uv_loop_close(). */
void ub_loop_free(struct ub_event_base *base);

#endif
