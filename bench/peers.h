/* peers.h: the servers that bench/gate sends to, and what their processes use. All on loopback; what fails
 * ends the program. */
#ifndef POSTERN_BENCH_PEERS_H
#define POSTERN_BENCH_PEERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>

enum { PEER_PATH = 256, PEER_WORKERS = 2, PEER_PROCESSES = 2 + PEER_WORKERS };

struct peer {
    struct sockaddr_in address;
    pid_t pids[PEER_PROCESSES]; /* of posternd: the parent, the keeper, the workers */
    size_t count;
    char directory[PEER_PATH / 2]; /* of posternd: all of its state */
};

/* A milter on our session code that accepts everything at once; `echo`: a bare server that sends the same
 * bytes back. Ends it; microseconds of CPU that it used. */
void peer_begin(struct peer *peer, bool echo);
double peer_end(struct peer *peer);

/* posternd as installed, in mode enforce, with its state in a directory of its own in `directory`; DNS is a
 * file with these answers. peer_stop() ends it, and its state stays until peer_remove(). */
void peer_posternd(struct peer *peer, const char *program, const char *directory, const char *answers);
void peer_stop(struct peer *peer);
void peer_remove(struct peer *peer);

/* Microseconds of CPU so far, and KB of memory now. */
double process_cpu(pid_t pid);
long process_memory(pid_t pid);

#endif
