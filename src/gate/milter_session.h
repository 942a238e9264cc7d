/* milter_session.h: one connection of an MTA. For milter.c and milter_session.c only. */
#ifndef POSTERN_GATE_MILTER_SESSION_H
#define POSTERN_GATE_MILTER_SESSION_H

#include "gate/milter.h"
#include "gate/raw.h"

enum milter_state {                     /* bits, so that several can be named at once */
                    STATE_NEW = 1,      /* nothing negotiated */
                    STATE_READY = 2,    /* between messages */
                    STATE_ENVELOPE = 4, /* MAIL FROM was seen */
                    STATE_HEADER = 8,
                    STATE_BODY = 16,
                    STATE_WAITING = 32, /* the handler has the message */
                    STATE_CLOSING = 64,
                    STATE_MESSAGE = STATE_ENVELOPE | STATE_HEADER | STATE_BODY,
                    STATE_OPEN = STATE_READY | STATE_MESSAGE,
};

/* The stages at which macros come; what is asked for at a later one may replace an earlier one. */
enum milter_stage { STAGE_CONNECT, STAGE_HELO, STAGE_MAIL, STAGE_RECIPIENT, STAGE_DATA, STAGE_END, STAGES };

struct milter_listener {
    struct milter *milter;
    struct milter_listener *next;
    uv_poll_t poll;
    int fd;
    bool open;
    str name;
    const struct network *allowed;
    size_t allowed_count;
    bool unix_socket;
};

struct milter {
    struct arena *arena; /* all that lives as long as this, sessions too: they are used again */
    uv_loop_t *loop;
    struct milter_params params;
    struct milter_handler handler;
    void *context;
    struct raw_budget budget;
    struct milter_counts counts;
    struct milter_listener *listeners;
    struct milter_session *sessions; /* open ones */
    struct milter_session *unused;
    uv_timer_t timer; /* idle sessions, progress, listeners that had no descriptors left */
    bool ticking, paused, closed;
    char *input;
    struct err spool_error;
};

struct milter_session {
    struct milter *milter;
    struct milter_session *next, **back; /* of open or unused ones */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } socket;
    uv_write_t write;
    str listener;
    enum milter_state state;
    bool reading, reading_now, writing;
    uint64_t heard, said; /* milliseconds of the loop */
    struct milter_reader reader;
    struct bytes out, sending;
    size_t charged; /* of the budget, for all buffers but the message */

    struct milter_options options;
    struct bytes macros[STAGES]; /* name, NUL, value, NUL */
    struct bytes connection;     /* data of the packet */
    struct bytes helo;           /* the same */
    struct bytes mail;           /* the same; the address without brackets is a part of it */
    struct bytes recipients;     /* addresses with a NUL behind each */
    size_t recipient_count;
    struct bytes recipient_list; /* str */
    struct raw raw;
    struct milter_message message;
    void *slot;
};

enum { MILTER_INPUT = 256 * 1024 };

/* What came in; closes the session when it is nonsense. Answers are in session->out. */
void milter_session_feed(struct milter_session *session, str input);

/* Everything back to how it was before a connection of the MTA's client; macros and all. */
void milter_session_reset(struct milter_session *session);

/* All buffers, in bytes of room; the message's apart. */
size_t milter_session_memory(const struct milter_session *session);

/* Gives all memory back. */
void milter_session_free(struct milter_session *session);

/* milter.c: stops reading, tells the handler that its message is gone, and closes. */
void milter_session_close(struct milter_session *session);

/* milter.c: sends what stands in out, unless it will be sent at the end of this reading. */
void milter_session_flush(struct milter_session *session);

#endif
