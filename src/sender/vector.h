/* vector.h: the tests that platforms' files bring along. */
#ifndef POSTERN_SENDER_VECTOR_H
#define POSTERN_SENDER_VECTOR_H

#include "sender/sender.h"

/* Makes the message that a vector describes, goes its way up to the sender, and compares. False, with what
 * was wanted and what was found in `problem`. */
bool vector_run(const struct platforms *platforms, const struct platform *platform,
                const struct platform_vector *vector, struct crypto *crypto, struct arena *arena,
                str *problem) MUST_USE;

#endif
