/* control_request.h: what somebody asks for at the control socket. It comes from anybody on this machine. */
#ifndef POSTERN_PROGRAMS_CONTROL_REQUEST_H
#define POSTERN_PROGRAMS_CONTROL_REQUEST_H

#include "base/frame.h"

/* In this order: who may do the later may do the earlier. */
enum right { RIGHT_NONE, RIGHT_VIEW, RIGHT_OPERATE, RIGHT_ADMIN };

enum deed { DEED_STATUS, DEED_DELETE, DEED_RELEASE, DEED_FORGET, DEEDS };

/* What each one needs: the one table of who may do what. */
struct deed_row {
    const char *name; /* "do" of the frame */
    enum right right; /* who may */
    bool changes;     /* something: it needs a reason and is written into the audit record */
    bool id, address; /* what it is about; these members it needs, and knows no others */
    bool to;          /* may have "to", a list of recipients, and "again" */
};
extern const struct deed_row deed_rows[DEEDS];

/* DEEDS if posternd knows no such request. */
enum deed deed_find(const struct frame *frame);

struct request {
    enum deed deed;
    str id, address, reason;
    const str *to;
    size_t to_count;
    bool again;
};

/* Reads what a deed needs from the frame's head, strictly: what is unknown, missing, of another type, too
 * long or not visible is an error with words. Texts live in the arena. */
bool request_read(struct request *request, const struct frame *frame, struct arena *arena,
                  struct err *err) MUST_USE;

#endif
