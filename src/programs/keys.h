/* keys.h: what signing and sealing share. */
#ifndef POSTERN_PROGRAMS_KEYS_H
#define POSTERN_PROGRAMS_KEYS_H

#include "auth/crypto.h"
#include "mail/mail.h"
#include "programs/settings.h"

/* The key of --key. The caller frees it. */
enum status keys_load(const struct settings *settings, struct private_key **key, struct err *err) MUST_USE;

/* Prints the message with new fields on top, behind an mbox "From " line; no other byte changes. In a message
 * whose lines end in LF those of the fields do too. */
enum status keys_put_on_top(const struct mail *mail, str raw, str fields, struct arena *arena,
                            struct err *err) MUST_USE;

#endif
