/* board.h: the memory that the processes of posternd share: what is counted, and at which message each
 * session is, so that a message on which a process dies is known afterwards.
 *
 * Each worker sits at a desk and can write to that alone. What crashed is written down by the parent; workers
 * can read it and nothing else. */
#ifndef POSTERN_PROGRAMS_BOARD_H
#define POSTERN_PROGRAMS_BOARD_H

#include "base/err.h"

enum {
    BOARD_DESKS = 128,         /* workers, those of an older configuration that still end included */
    BOARD_SESSIONS = 1024,     /* messages at a time at a desk */
    BOARD_CRASHES = 2,         /* of a message; then it is not parsed again */
    BOARD_SUSPECTS = 1024,     /* messages that are remembered; the oldest one goes */
    BOARD_DIGEST = 32,         /* bytes: SHA-256 of a message as received */
    BOARD_KEEPER = BOARD_DESKS /* the desk of the keeper and the parent: counts only */
};

/*           name               what is counted */
#define COUNT_TABLE(COUNT)                                                                                   \
    COUNT(connections, "connections of MTAs")                                                                \
    COUNT(messages, "messages that were answered")                                                           \
    COUNT(delivered, "of them delivered as they were")                                                       \
    COUNT(tagged, "of them delivered with a subject tag")                                                    \
    COUNT(bannered, "of them delivered with a banner")                                                       \
    COUNT(quarantined, "of them kept in the quarantine, for all recipients or some")                         \
    COUNT(deferred, "of them deferred by policy")                                                            \
    COUNT(rejected, "of them rejected")                                                                      \
    COUNT(unscanned, "of them held unscanned, because processes died on them")                               \
    COUNT(released, "messages from the quarantine that went by on their way to a recipient")                 \
    COUNT(tokens_refused, "messages with a token of released mail that did not count")                       \
    COUNT(over_budget, "messages refused for the budget of memory or spool (452)")                           \
    COUNT(failed, "messages refused because they could not be recorded (451)")                               \
    COUNT(commits, "batches in which they were made durable together")                                       \
    COUNT(sandbox, "system calls that the sandbox of a worker refused")                                      \
    COUNT(worker_crashes, "workers that died of an error")                                                   \
    COUNT(worker_starts, "workers that were started")                                                        \
    COUNT(keeper_starts, "keepers that were started")                                                        \
    COUNT(reloads, "configurations that were taken")                                                         \
    COUNT(reloads_refused, "configurations that were wrong and not taken")

enum count {
#define COUNT(name, help) COUNT_##name,
    COUNT_TABLE(COUNT)
#undef COUNT
        COUNTS
};
extern const char *const count_names[COUNTS], *const count_help[COUNTS];

struct board;

/* Made by the parent before the first fork. NULL with words. */
struct board *board_new(struct err *err);
void board_free(struct board *board); /* by whoever made it */

/* In a child, which gives up the right to write anywhere but at that desk; BOARD_KEEPER can read all desks.
 */
bool board_sit(struct board *board, unsigned desk, struct err *err) MUST_USE;

/* At the own desk (of the parent: BOARD_KEEPER). */
void board_count(struct board *board, enum count count);
void board_add(struct board *board, enum count count, uint64_t n);

/* Of all desks: for the keeper and the parent. */
uint64_t board_sum(const struct board *board, enum count count);

/* A message comes to this desk, and goes; it is between the two at most once. -1: there is no room. */
int board_enter(struct board *board, const uint8_t digest[BOARD_DIGEST]);
void board_leave(struct board *board, int session);

/* Around everything that reads bytes of the message. Of all messages at a desk, the one that is worked on
 * when the process dies is the one that is suspected. */
void board_work(struct board *board, int session);
void board_rest(struct board *board);

/* True if processes died on it BOARD_CRASHES times: it is not to be parsed. */
bool board_is_poison(const struct board *board, const uint8_t digest[BOARD_DIGEST]);

/* For the parent: milliseconds (CLOCK_MONOTONIC) since which the desk has been at one message; 0: it is at
 * none. */
int64_t board_busy_since(const struct board *board, unsigned desk);

/* For the parent, when the worker at the desk is gone; clears its sessions. If it died of an error, the
 * message that it worked on is suspected; if it was at none, all that it had. Returns how many, at most `max`
 * of them in *suspects. */
struct suspect {
    uint8_t digest[BOARD_DIGEST];
    unsigned crashes;
};
size_t board_clear(struct board *board, unsigned desk, bool died, struct suspect *suspects, size_t max);

#endif
