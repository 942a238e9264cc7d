/* banner.h: a warning in the body of a message, where its reader can't overlook it, and nothing else changed.
 *
 * It is put into the first text/plain and the first text/html part that are shown, in the charset and
 * transfer encoding that the part has. Nothing of the message is repeated in it. What is signed or encrypted
 * is left as it is: there the subject has to say it (subject.h). */
#ifndef POSTERN_ACT_BANNER_H
#define POSTERN_ACT_BANNER_H

#include "mail/mime.h"

enum banner_result {
    BANNER_PUT,
    BANNER_PROTECTED, /* multipart/signed or encrypted, S/MIME, OpenPGP, also within a text */
    BANNER_NO_TEXT,   /* no text is shown with the message */
    BANNER_UNFIT      /* its transfer encoding or charset is none that could be written (UTF-16, say) */
};

struct banner_words {
    str text;  /* UTF-8, not empty, no controls, no line ends: what the reader is told */
    str ascii; /* the same in ASCII, for plain text whose charset does not have the other one */
};

/* The bytes of mail->body from `at` on, `removed` of them, become `inserted`. Where only `inserted` is not
 * empty, it is an insertion; base64 has to take one group apart, which then holds the same bytes. */
struct banner_edit {
    size_t at, removed;
    str inserted;
};

enum { BANNER_EDITS = 2 };

struct banner {
    enum banner_result result;
    struct banner_edit edits[BANNER_EDITS]; /* in the order of the body; of BANNER_PUT: one of a part that did
                                             * not have the banner, so 0 to 2 */
    unsigned count;
};

/* Plans it. The parts are those of `mail`; their contents are decoded. Linear. */
void banner_plan(struct banner *banner, const struct mail *mail, struct mime *mime,
                 const struct banner_words *words, struct arena *arena);

/* The body with the banner in it; `body` itself where there is no edit. */
str banner_apply(const struct banner *banner, str body, struct arena *arena);

/* Why there is none, for the reason of an outcome: "the message is signed or encrypted"; "" of BANNER_PUT. */
const char *banner_result_words(enum banner_result result);

#endif
