/* callers.h: those who are connected to the control socket: taken, served, and told later what takes its
 * time. None of them can make the keeper wait. */
#ifndef POSTERN_PROGRAMS_CALLERS_H
#define POSTERN_PROGRAMS_CALLERS_H

#include <poll.h>

#include "programs/control.h"

enum { CALLERS = 64 /* at a time */ };

struct caller_line {
    int socket;
    struct caller caller;
    int64_t since; /* milliseconds: of his last word */
    int64_t job;   /* the release whose end he waits for; 0: none */
};

struct callers {
    struct caller_line lines[CALLERS];
    size_t count;
};

/* What there is to wait for: at most CALLERS. Returns how many. */
size_t callers_poll(const struct callers *callers, struct pollfd *polled);

/* Takes one who waits at the listening socket, if there is room. */
void callers_take(struct callers *callers, int listening, const struct control_groups *groups);

/* Does what they ask for; who is gone, or silent for long, makes room. Nothing may wait to be committed. */
void callers_serve(struct callers *callers, struct control *control, struct arena *arena);

/* The answer to whoever waits for that release, if he is still there; ends the frame. */
void callers_tell(struct callers *callers, int64_t job, struct frame *answer, struct arena *arena);

#endif
