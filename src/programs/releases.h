/* releases.h: held mail that is being delivered after all: what the keeper does for `quarantine release`. A
 * courier (courier.h) speaks to the MTA, so that the keeper waits for nobody. */
#ifndef POSTERN_PROGRAMS_RELEASES_H
#define POSTERN_PROGRAMS_RELEASES_H

#include <poll.h>

#include "base/frame.h"
#include "programs/control_request.h"
#include "programs/stores.h"

enum { RELEASES_AT_ONCE = 8 };

/* How released mail goes. */
struct release_way {
    str smtp; /* "ADDRESS:PORT", or a path; empty: it does not */
    str helo;
};

struct releases;

/* The stores are looked at whenever something is done. Never NULL. */
struct releases *releases_new(struct stores *stores);
void releases_free(struct releases *releases); /* what is on its way is cut off */

/* Begins what the request asks for; *job is its number, under which the end is told. `entry` is the row of
 * the audit record with which it began. False with words: there is nothing to do, or nothing can be done. */
bool releases_begin(struct releases *releases, const struct request *request, const struct audit_entry *entry,
                    const struct release_way *way, int64_t *job, struct err *err) MUST_USE;

/* True while it is being released. */
bool releases_has(const struct releases *releases, str id);

/* A worker has mail with a token: fills the answer as keeper.h has it. It may be sent with the next
 * quarantine_commit(). False with words: the index can't be used, or the question is none. */
bool releases_redeem(const struct releases *releases, const struct frame *question, struct frame *answer,
                     struct arena *arena, struct err *err) MUST_USE;

/* A worker has told the MTA to deliver such mail; it counts with the next quarantine_commit(). */
bool releases_passed(const struct releases *releases, const struct frame *question, struct err *err) MUST_USE;

/* What there is to wait for: at most RELEASES_AT_ONCE. Returns how many. */
size_t releases_poll(const struct releases *releases, struct pollfd *polled);

/* Goes on with what has happened. Nothing may wait to be committed. For each release that has ended `done`
 * gets the answer, which it frees: {"results": [{"recipient", "state", "words"}], "left"}. */
typedef void releases_done(void *context, int64_t job, struct frame *answer);
void releases_turn(struct releases *releases, releases_done *done, void *context);

#endif
