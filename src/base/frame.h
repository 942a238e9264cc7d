/* frame.h: what the processes of Postern say to each other, and to the command line over the control socket:
 * one datagram of a SOCK_SEQPACKET socket each.
 *
 *     u32 (big-endian): length of the head      the head: a JSON object      the payload: any bytes
 *
 * Open files may come along (SCM_RIGHTS). What comes in is read as if an enemy had sent it. */
#ifndef POSTERN_BASE_FRAME_H
#define POSTERN_BASE_FRAME_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

enum { FRAME_FILES = 4 };

struct frame {
    json_t *head;           /* an object; owned by the frame */
    str payload;            /* not owned */
    int files[FRAME_FILES]; /* of a frame that was received: owned by it */
    size_t file_count;
};

/* The datagram, in the arena. False with words if head or payload are over LIMIT_FRAME_HEAD or LIMIT_FRAME.
 */
bool frame_write(const struct frame *frame, struct arena *arena, str *datagram, struct err *err) MUST_USE;

/* Takes a datagram apart; the payload points into it, files are left alone. False with words, and no head, if
 * it is none: too long, no object, a key twice, nested deeper than LIMIT_FRAME_DEPTH, not UTF-8. */
bool frame_read(struct frame *frame, str datagram, struct err *err) MUST_USE;

enum frame_sent {
    FRAME_SENT,
    FRAME_FULL, /* the other side does not read: again when the socket can be written */
    FRAME_GONE, /* the other side is gone, or the socket unusable; err says which */
};

/* Sends a datagram of frame_write() and copies of the files, without waiting unless the socket does so. */
enum frame_sent frame_send(int socket, str datagram, const int *files, size_t file_count, struct err *err);

enum frame_received {
    FRAME_RECEIVED,
    FRAME_NOTHING, /* nothing there now */
    FRAME_END,     /* the other side has closed its end */
    FRAME_BROKEN,  /* what came is no frame, or the socket failed: err has words. Nobody honest sends that:
                      close */
};

/* Receives one frame into the arena; its files are close-on-exec. On FRAME_RECEIVED it is ended by
 * frame_free(). */
enum frame_received frame_receive(int socket, struct frame *frame, struct arena *arena, struct err *err);

/* Gives back the head, and closes the files that are not -1. */
void frame_free(struct frame *frame);

/* Takes a file out of a frame that was received: the caller closes it. -1 if there is none. */
int frame_take_file(struct frame *frame, size_t number);

/* Members of the head. A missing one, or one of another type, is the empty text, 0, false. */
str frame_text(const struct frame *frame, const char *key);
int64_t frame_number(const struct frame *frame, const char *key);
bool frame_true(const struct frame *frame, const char *key);

/* Set members, of a head that is made where there is none. What is no UTF-8 in a text, and NUL, become
 * U+FFFD: bytes that matter belong into the payload. */
void frame_set_text(struct frame *frame, const char *key, str text);
void frame_set_number(struct frame *frame, const char *key, int64_t number);

#endif
