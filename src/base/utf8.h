/* utf8.h: UTF-8 (RFC 3629), one character at a time. */
#ifndef POSTERN_BASE_UTF8_H
#define POSTERN_BASE_UTF8_H

#include "base/buf.h"

enum { UTF8_INVALID = 0x110000, UTF8_REPLACEMENT = 0xfffd };

/* Decodes the first character of s, which must not be empty, and sets *n to its length in bytes. Bytes that
 * are no UTF-8 (overlong, surrogate, over U+10FFFF, cut off) give UTF8_INVALID; *n is then the length of the
 * part that one U+FFFD stands for (Unicode 15, section 3.9, "substitution of maximal subparts"), 1 to 3. */
uint32_t utf8_step(str s, size_t *n);

bool utf8_valid(str s);

/* How many bytes at the beginning of s are ASCII. */
size_t utf8_ascii(str s);

/* Writes one character and returns its length, 1 to 4; anything that is no Unicode scalar value becomes
 * U+FFFD. */
size_t utf8_put(char bytes[4], uint32_t c);

/* Appends one character; anything that is no Unicode scalar value becomes U+FFFD. */
void utf8_add(struct buf *buf, uint32_t c);

/* C1 and C0 controls and DEL. */
static inline bool utf8_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Controls that turn the direction of the text behind them: embeddings, overrides, isolates, marks (Unicode
 * Bidi_Control). */
bool utf8_is_bidi(uint32_t c);

/* What a reader can't see: Bidi_Control, Default_Ignorable_Code_Point, interlinear annotations, and the line
 * and paragraph separators. */
bool utf8_is_invisible(uint32_t c);

#endif
