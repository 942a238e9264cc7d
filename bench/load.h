/* load.h: an MTA under load: many sessions at once, each with several messages a connection, as Postfix 3.7
 * sends them over TCP: it gathers a message and waits only for the verdict. What is not as it should be ends
 * the program. */
#ifndef POSTERN_BENCH_LOAD_H
#define POSTERN_BENCH_LOAD_H

#include <netinet/in.h>

#include "base/arena.h"

struct load {
    struct sockaddr_in address;
    bool echo;         /* the server sends back what it gets */
    str message;       /* each one is sent with a queue id of its own in the place of LOAD_QUEUE_ID */
    str wanted;        /* what has to stand in an edit of each; empty: nothing */
    unsigned sessions; /* at once */
    unsigned each;     /* messages a connection */
    unsigned messages; /* in all */
    void (*progress)(void *context, unsigned done);
    void *context;
};
#define LOAD_QUEUE_ID "4SVxyy0q1Cz9sPK"

struct load_result {
    double seconds;
    double *latencies; /* microseconds from the last byte of a message to its verdict, sorted; of the arena */
    size_t count;
};

void load_run(const struct load *load, struct load_result *result, struct arena *arena);

/* As load_result has them: what `part` of the messages stays below. */
double load_percentile(const struct load_result *result, double part);

#endif
