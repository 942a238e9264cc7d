/* domain.h: domain names as mail has them: A-labels and U-labels, and the public suffix list. */
#ifndef POSTERN_MAIL_DOMAIN_H
#define POSTERN_MAIL_DOMAIN_H

#include "base/arena.h"
#include "base/err.h"

/* The form in which domains are compared: A-labels (IDNA2008, non-transitional UTS #46 mapping, RFC 5891),
 * lower case, no dot at the end. Underscores and names that fail IDNA's rules for letters but are plain ASCII
 * are kept as they are: DNS has them. False if it can't be a domain name (empty or long label, bad UTF-8,
 * over 253 bytes, an address literal); *out is then empty. A plain lower-case ASCII name is returned without
 * a copy. */
bool domain_normal(str domain, struct arena *arena, str *out);

/* U-labels for display; the name itself where that is not possible. */
str domain_display(str domain, struct arena *arena);

/* For normal forms. "c.example" for "a.b.c.example"; empty for a single label. */
str domain_parent(str domain);
unsigned domain_labels(str domain);
/* True if `domain` is `ancestor` or lies below it; never for an empty ancestor. */
bool domain_under(str domain, str ancestor);

/* The public suffix list: a value of the site, loaded once; for one thread, as it remembers what it was
 * asked. */
struct suffixes;

/* Loads a list file in the format of publicsuffix.org (DAFSA or text); path NULL: the list of the system
 * (libpsl's, Debian package publicsuffix). NULL and words when that fails. */
struct suffixes *suffixes_load(const char *path, struct err *err);
void suffixes_free(struct suffixes *suffixes);

/* True if the normal form `domain` is itself an ICANN public suffix ("com", "co.uk"). Names under no known
 * top-level domain count by the rule "*": their last label is a suffix. suffixes may be NULL: only single
 * labels are suffixes. */
bool suffixes_is_public(const struct suffixes *suffixes, str domain);

/* The organisational domain by the list (one label below the longest ICANN suffix); `domain` itself if that
 * is a suffix. No copy. */
str suffixes_organisation(const struct suffixes *suffixes, str domain);

#endif
