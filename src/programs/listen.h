/* listen.h: listening sockets: made here, or handed over by systemd (LISTEN_FDS). */
#ifndef POSTERN_PROGRAMS_LISTEN_H
#define POSTERN_PROGRAMS_LISTEN_H

#include "base/conf.h"

/* Sockets that were handed over and that nobody has taken yet. */
struct inherited {
    int first;
    unsigned n; /* those from `first` on; a taken one is closed here or belongs to whoever took it */
    bool taken[64];
};

/* Reads LISTEN_PID and LISTEN_FDS; the sockets become close-on-exec. */
void listen_inherit(struct inherited *inherited);

struct listen_params {
    const struct conf_socket *address;
    int type;          /* SOCK_STREAM, SOCK_SEQPACKET */
    unsigned mode;     /* of a Unix socket */
    const char *group; /* of a Unix socket; NULL: `gid` */
    unsigned uid, gid; /* its owner, if we are root */
};

/* A listening socket, non-blocking and close-on-exec: the inherited one with that address, or a new one. A
 * file that a dead process left in the place of a Unix socket is replaced, one that somebody listens at is
 * not. -1 and words. */
int listen_open(const struct listen_params *params, struct inherited *inherited, struct err *err);

/* "192.0.2.1:25" or a path. */
str listen_name(const struct conf_socket *address, struct arena *arena);

#endif
