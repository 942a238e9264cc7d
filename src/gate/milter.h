/* milter.h: sessions with mail servers that speak the milter protocol (milter_packet.h), on a libuv loop.
 *
 * It knows packets and nothing of what is judged. A whole message is handed to the handler, envelope and raw
 * bytes, and waits until the handler calls milter_finish(). What an MTA changes before we see a message
 * stands in docs/MILTER.md. */
#ifndef POSTERN_GATE_MILTER_H
#define POSTERN_GATE_MILTER_H

#include <uv.h>

#include "base/err.h"
#include "base/ip.h"
#include "gate/milter_packet.h"
#include "mail/envelope.h"

struct milter;         /* all sessions of a worker */
struct milter_session; /* one connection of an MTA, with many messages */

struct milter_message {
    struct envelope envelope; /* client: family 0 if the MTA did not know */
    str raw;                  /* docs/MILTER.md says how exact */
    int spool;                /* the file that holds raw; -1: it is in memory. Owned by the session */
    str listener;             /* the name given to milter_listen() */
    str client_name;      /* as the MTA looked it up, "unknown" or an address in brackets if it could not */
    uint16_t client_port; /* 0: not known */
    str arguments;        /* of MAIL FROM, each with a NUL behind it: "BODY=8BITMIME", "SMTPUTF8" */
    uint32_t actions;     /* enum milter_action that the MTA granted */
    const struct milter_session *session;
};

/* The value of a macro, its name without braces: "auth_authen", "i". Empty if the MTA did not send it. Of
 * several stages the latest counts; of several recipients the last. */
str milter_macro(const struct milter_message *message, str name);

enum milter_edit_kind {
    MILTER_EDIT_ADD_HEADER,    /* name, value */
    MILTER_EDIT_INSERT_HEADER, /* index, name, value */
    MILTER_EDIT_CHANGE_HEADER, /* index, name, value */
    MILTER_EDIT_DELETE_HEADER, /* index, name */
    MILTER_EDIT_ADD_RECIPIENT,
    MILTER_EDIT_DELETE_RECIPIENT,
    MILTER_EDIT_CHANGE_FROM,
    MILTER_EDIT_REPLACE_BODY,
    MILTER_EDIT_QUARANTINE, /* the MTA's own hold queue; value: why */
};

struct milter_edit {
    enum milter_edit_kind kind;
    uint32_t index; /* insert: the place from the top, where 0 is above the MTA's own Received; fields that
                     * edits before this one inserted count too. Change, delete: which of that name, from 1,
                     * of those that we saw; remove several from the last to the first */
    str name;       /* of a field */
    str value;      /* of a field: all behind the colon, its space too. Else an address without brackets, a
                     * body, a reason */
    str arguments;  /* of ESMTP, for addresses that are added or changed; may be empty */
};

enum milter_verdict { MILTER_ACCEPT, MILTER_DISCARD, MILTER_TEMPFAIL, MILTER_REJECT };

struct milter_reply {
    enum milter_verdict verdict;
    str code, status, text; /* for tempfail and reject: "451", "4.7.1", words. Empty code: the MTA's own */
    const struct milter_edit *edits; /* in this order; with accept only */
    size_t edit_count;
};

struct milter_handler {
    /* A message is whole. It stays as it is until milter_finish() or gone(): one of the two ends it. */
    void (*message)(void *context, struct milter_session *session, const struct milter_message *message);
    /* The connection was lost, or the message aborted, while the MTA waited: no milter_finish() any more. */
    void (*gone)(void *context, struct milter_session *session);
};

/* A pointer of the handler's, NULL when message() is called. */
void **milter_slot(struct milter_session *session);

/* Answers the MTA; all that the reply points to is copied. Edits that the MTA did not grant or that can't be
 * sent make it a 451: a message is never passed with half of them. */
void milter_finish(struct milter_session *session, const struct milter_reply *reply);

struct milter_params {
    size_t sessions_max;                               /* connections; more wait until one ends */
    size_t memory_max;                                 /* bytes, messages and buffers of all sessions */
    uint64_t spool_max;                                /* bytes, spool files of all sessions */
    uint64_t message_max;                              /* bytes, one message; more is answered 552 5.3.4 */
    size_t in_memory;                                  /* bytes: a larger message goes to a spool file */
    int (*open_spool)(void *context, struct err *err); /* raw.h; raw_spool_in() is one */
    void *spool_context;
    uint64_t progress; /* milliseconds: how often an MTA that waits is told to wait on */
    uint64_t idle;     /* milliseconds without a byte from an MTA, after which its connection is closed */
};
/* LIMIT_MILTER_* for all of it; no spool. */
struct milter_params milter_default_params(void);

/* Since milter_new(). */
struct milter_counts {
    uint64_t sessions, messages, aborted; /* aborted: before they were whole */
    uint64_t gone;                        /* while the handler had them */
    uint64_t no_memory, no_spool, spool_failed, too_big, too_many_recipients; /* refused, by reason */
    uint64_t not_granted; /* replies with edits that the MTA would not take */
    uint64_t
        broken; /* connections closed: not the milter protocol, or packets in an order that has no sense */
    uint64_t forbidden;   /* connections from addresses that are not allowed */
    uint64_t idle;        /* connections closed as idle */
    uint64_t over_budget; /* connections closed: no memory for their buffers */
    size_t open;          /* sessions now */
    size_t waiting;       /* messages now with the handler */
    size_t memory;        /* bytes of the budget now in use */
    uint64_t spool;       /* the same */
};

/* The loop, the handler and its context must outlive it. The process ignores SIGPIPE from then on, unless it
 * has a handler: libuv writes without MSG_NOSIGNAL. Never NULL. */
struct milter *milter_new(uv_loop_t *loop, const struct milter_params *params,
                          const struct milter_handler *handler, void *context);

/* Takes connections from a listening descriptor, which it owns from then on, TCP or Unix; other processes may
 * have the same one. TCP: only from `allowed`, for the protocol proves nothing; Unix: whom the file's mode
 * lets in. */
bool milter_listen(struct milter *milter, int fd, str name, const struct network *allowed, size_t count,
                   struct err *err) MUST_USE;

/* A session over a connection that is there already; owns fd. */
bool milter_attach(struct milter *milter, int fd, str name, struct err *err) MUST_USE;

/* No new connections; those that are there go on, and the loop ends with the last. */
void milter_stop(struct milter *milter);

/* Ends all sessions too; messages that the handler has are gone. */
void milter_close(struct milter *milter);

/* After the loop has run to its end. NULL is fine. */
void milter_free(struct milter *milter);

struct milter_counts milter_counts(const struct milter *milter);

/* The last reason why a spool file could not be used; "" if none. */
const char *milter_spool_error(const struct milter *milter);

#endif
