/* mails.h: what the benchmarks send: signed mails of a sender, what DNS says of him, and the floor of judging
 * them. */
#ifndef POSTERN_BENCH_MAILS_H
#define POSTERN_BENCH_MAILS_H

#include "ask/dns.h"
#include "auth/crypto.h"
#include "base/arena.h"

/* A header without its signature, with the empty line; running text without line ends. */
extern const str mails_header, mails_words;

/* Makes the key with which all mails are signed, valid at `now`. */
struct crypto *mails_begin(int64_t now);

/* A whole message of about that size, with its signature. It passes all methods as sent by 192.0.2.7 under
 * the name out7.mail.example.com for bounce-12345@mail.example.com. */
str mails_make(size_t size, struct arena *arena);

/* The signature of a message, as a field. */
str mails_sign(str message, struct arena *arena);

/* All that is asked about it. */
struct mails_answer {
    const char *name;
    enum dns_type type;
    const char *text; /* NULL: there is no such data */
};
const struct mails_answer *mails_answers(struct arena *arena, size_t *n);

/* What no implementation can leave out: one RSA-2048 verification by OpenSSL with a ready key, SHA-256 over
 * the same bytes, and one memchr() pass over them. */
struct mails_floor *mails_floor(void);
void mails_floor_run(struct mails_floor *floor, str raw);

#endif
