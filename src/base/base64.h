/* base64.h: RFC 4648 section 4, the way mail uses it. */
#ifndef POSTERN_BASE_BASE64_H
#define POSTERN_BASE_BASE64_H

#include "base/arena.h"

/* Decodes all of s, passing over folding white space (space, tab, CR, LF). False, with *out empty, if another
 * byte is there or the padding is wrong; missing padding and non-zero spare bits are errors too. */
bool base64_decode(str s, struct arena *arena, str *out);

/* With padding, no line breaks. */
str base64_encode(str bytes, struct arena *arena);

#endif
