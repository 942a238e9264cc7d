/* control.h: the control socket: who calls, what he may do, what he did. */
#ifndef POSTERN_PROGRAMS_CONTROL_H
#define POSTERN_PROGRAMS_CONTROL_H

#include "base/frame.h"
#include "programs/board.h"

/* In this order: who may do the later may do the earlier. */
enum right { RIGHT_NONE, RIGHT_VIEW, RIGHT_OPERATE, RIGHT_ADMIN };

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

/* Does what a frame asks for, and fills the answer's head: what was asked for, or "error". */
struct control {
    const struct board *board;
    int64_t started; /* seconds since 1970: of all of posternd */
};
void control_answer(const struct control *control, const struct caller *caller, const struct frame *frame,
                    struct frame *answer);

#endif
