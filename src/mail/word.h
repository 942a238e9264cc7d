/* word.h: RFC 2047 encoded words. */
#ifndef POSTERN_MAIL_WORD_H
#define POSTERN_MAIL_WORD_H

#include "base/arena.h"

struct word_facts {
    bool encoded; /* at least one encoded word was decoded */
    bool broken;  /* something looked like one and was not, or its bytes did not fit its charset */
    bool unknown_charset;
    bool cut; /* more than LIMIT_WORDS bytes came out, and the rest is not there */
};

/* Decodes the encoded words in `text` to UTF-8, joining adjacent ones (section 6.2) and unfolding. Raw 8-bit
 * text that is no UTF-8 is taken for windows-1252. Never fails: what can't be decoded stays as it is, and
 * bytes that can't be mapped become U+FFFD. The result is valid UTF-8 of at most LIMIT_WORDS bytes, without
 * white space at its ends; it may hold any control character. Linear. facts may be NULL. */
str word_decode(str text, struct arena *arena, struct word_facts *facts);

#endif
