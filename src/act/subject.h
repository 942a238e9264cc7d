/* subject.h: a tag in front of the subject. */
#ifndef POSTERN_ACT_SUBJECT_H
#define POSTERN_ACT_SUBJECT_H

#include "base/arena.h"

/* `value` is what stands behind "Subject:"; *tagged is the same with the tag in front, not one other byte
 * changed. An encoded subject (RFC 2047) and a tag that is not ASCII get it encoded. False if the subject has
 * it already: at its beginning, "Re:" and the like left aside. `tag` is UTF-8 and not empty. */
bool subject_tag(str value, str tag, struct arena *arena, str *tagged);

#endif
