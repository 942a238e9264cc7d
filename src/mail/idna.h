/* idna.h: host names to A-labels as browsers do it (UTS #46 in the way of the WHATWG URL Standard).
 *
 * domain_normal() is for names in mail and follows IDNA2008, which has no symbols; browsers go to
 * xn--i-7iq.example when they see a heart. */
#ifndef POSTERN_MAIL_IDNA_H
#define POSTERN_MAIL_IDNA_H

#include "base/arena.h"

struct idna_facts {
    bool unicode; /* other than ASCII characters were in it */
    bool mapped;  /* some of them became others (not only lower case, not only composed) */
    bool a_label; /* the result has an A-label */
    bool mixed;   /* a label has letters of scripts that no language writes together */
};

/* Domain to ASCII (non-transitional; joiners and bidi checked; hyphens, lengths and STD3 not). `domain` is
 * valid UTF-8. False if it has no such form; *out is then empty. ASCII has itself, in lower case and without a
 * copy where it is that. Names over LIMIT_URL_HOST bytes have none. Unicode is that of libunistring. */
bool idna_to_ascii(str domain, struct arena *arena, str *out, struct idna_facts *facts);

/* RFC 3492: the code points of an A-label's text behind "xn--", at most `max`. False if it is none. */
bool punycode_decode(str text, uint32_t *points, size_t max, size_t *n);
/* Appends to `out`, which has room for LIMIT_URL_HOST bytes and fails where that is not enough. */
bool punycode_encode(const uint32_t *points, size_t n, char *out, size_t room, size_t *length);

#endif
