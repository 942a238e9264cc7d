/* release.h: tries to deliver a held message after all, each to one recipient, in the quarantine's index:
 * what was intended, and what is known to have come of it.
 *
 * A message on its way through the MTA carries a token, "NUMBER.SECRET". It counts once, for one recipient
 * and one body, until it expires; what is stored is its hash. */
#ifndef POSTERN_JOURNAL_RELEASE_H
#define POSTERN_JOURNAL_RELEASE_H

#include "journal/quarantine.h"

enum {
    RELEASE_DIGEST = 32,       /* bytes: SHA-256 */
    RELEASE_SECRET = 64,       /* hexadecimal digits: 256 random bits */
    RELEASE_LIFETIME = 60 * 60 /* seconds; an MTA that hands mail through filters may queue it in between */
};

/* What the MTA said to it. */
enum release_reply {
    RELEASE_NO_REPLY, /* nothing, or nobody was there to hear it */
    RELEASE_TAKEN,    /* it has the message */
    RELEASE_REFUSED,  /* it has not */
    RELEASE_REPLIES
};

struct release {
    int64_t number;
    str item, recipient;
    int64_t begun, expires;
    uint8_t secret[RELEASE_DIGEST], body[RELEASE_DIGEST]; /* hashes */
    enum release_reply reply;
    int64_t ended;    /* when the reply was known; 0: it is not */
    int64_t redeemed; /* when the token was used up; 0: it was not */
    int64_t passed;   /* when the MTA was told to deliver the message that had it; 0: it was not */
    str words;        /* the reply */
};

/* What is known of it. */
enum release_state {
    RELEASE_DONE, /* the message went by on its way to the recipient */
    RELEASE_SENT, /* the MTA has taken it, and it did not come by: it is queued, or does not come this way */
    RELEASE_FAILED,    /* it was not taken: it is held as before */
    RELEASE_UNCERTAIN, /* nobody knows */
    RELEASE_STATES
};
extern const char *const release_state_names[];
enum release_state release_state(const struct release *release);

/* Makes a token for release->number, which is set, and its hash. */
bool release_token(struct release *release, struct arena *arena, str *token, struct err *err) MUST_USE;

/* Takes a token apart; false if it is none. */
bool release_read_token(str token, int64_t *number, uint8_t secret[RELEASE_DIGEST]);

#define RELEASE_FIELD "X-Postern-Release"

/* The value of the topmost field of that name; empty: there is none. */
str release_field(str raw);

/* What is hashed of the message: what stands behind its first empty line. MTAs complete headers, and leave
 * bodies alone. */
str release_body(str raw);
void release_digest(str bytes, uint8_t digest[RELEASE_DIGEST]);

/* Writes down that one begins, durably, under a number that release_next() gave. Nothing may wait to be
 * committed. */
bool release_begin(struct quarantine *quarantine, const struct release *release, struct err *err) MUST_USE;
bool release_next(struct quarantine *quarantine, int64_t *number, struct err *err) MUST_USE;

/* What the MTA said, durably. Nothing may wait to be committed. */
bool release_end(struct quarantine *quarantine, int64_t number, enum release_reply reply, str words,
                 int64_t now, struct err *err) MUST_USE;

/* Somebody shows a token. */
enum release_verdict {
    RELEASE_GRANTED,
    RELEASE_UNKNOWN, /* it is none of ours, and says nothing of the message */
    RELEASE_MISUSED, /* it is ours, and does not count: used up, expired, another recipient or message */
};
struct release_claim {
    str token, recipient;
    uint8_t body[RELEASE_DIGEST];
    int64_t now;
};

/* On RELEASE_GRANTED *release is filled (texts in the arena), and the token is used up with the next
 * quarantine_commit(), before which nobody may be told. On RELEASE_MISUSED `why` has words. False with words:
 * the index can't be used. */
bool release_redeem(struct quarantine *quarantine, const struct release_claim *claim,
                    enum release_verdict *verdict, struct release *release, struct err *why,
                    struct arena *arena, struct err *err) MUST_USE;

/* The MTA was told to deliver it; durable with the next quarantine_commit(). */
bool release_passed(struct quarantine *quarantine, int64_t number, int64_t now, struct err *err) MUST_USE;

/* All that were tried for an item, the oldest first, into the arena. */
bool release_list(str directory, str item, struct arena *arena, struct release **releases, size_t *count,
                  struct err *err) MUST_USE;

/* One of them. */
bool release_find(struct quarantine *quarantine, int64_t number, struct release *release, bool *found,
                  struct arena *arena, struct err *err) MUST_USE;

/* The last of them for a recipient (any case); NULL: none was tried. */
const struct release *release_of(const struct release *releases, size_t count, str recipient);

#endif
