/* control.h: the control socket: who calls, what he may do, what he did. */
#ifndef POSTERN_PROGRAMS_CONTROL_H
#define POSTERN_PROGRAMS_CONTROL_H

#include "programs/board.h"
#include "programs/control_request.h"
#include "programs/releases.h"
#include "programs/stores.h"

/* The groups; -1: there is no such group. Root, and whoever runs the keeper, may do everything. */
struct control_groups {
    int64_t view, operate, admin;
};

struct caller {
    unsigned pid, uid;
    enum right right;
};

/* Who is at the other end of a socket, as he was when he connected. False with words. */
bool control_caller(int socket, const struct control_groups *groups, struct caller *caller,
                    struct err *err) MUST_USE;

enum { CONTROL_REFUSERS = 64 };

/* Refused requests are written down too, but nobody can fill the disk with them. */
struct control_refused {
    unsigned uid, count;
    int64_t minute;
};

struct control {
    const struct board *board;
    int64_t started;       /* seconds since 1970: of all of posternd */
    struct stores *stores; /* not open until there are settings */
    struct releases *releases;
    const struct release_way *release; /* of the settings */
    struct control_refused refused[CONTROL_REFUSERS];
    unsigned next_refused;
};

/* Does what a frame asks for, and fills the answer's head: "do" again, and what was asked for or "error".
 * Nothing may wait to be committed. */
int64_t control_answer(struct control *control, const struct caller *caller, const struct frame *frame,
                       struct frame *answer, struct arena *arena);

#endif
