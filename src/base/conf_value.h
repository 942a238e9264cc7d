/* conf_value.h: single values of a configuration file, read and written. For conf*.c only. */
#ifndef POSTERN_BASE_CONF_VALUE_H
#define POSTERN_BASE_CONF_VALUE_H

#include "base/conf.h"

/* What one value of that type occupies in memory. */
size_t conf_value_size(enum conf_type type);

/* Reads a word into *at; words of err say what would be right. */
bool conf_value_read(const struct conf_key *key, str word, struct arena *arena, void *at,
                     struct err *err) MUST_USE;

/* The word that is read back as the same value. False: there is no value (an empty text without a default, an
 * unset date or socket). */
bool conf_value_write(const struct conf_key *key, const void *at, struct arena *arena, str *word);

/* What may be written: "a size such as 64K, 10M or 2G, from 1M to 8T". */
str conf_value_words(const struct conf_key *key, struct arena *arena);

/* There is no such key below `path`; what was probably meant, or what there is. */
str conf_unknown_key(const struct conf_section *section, str path, str name, struct arena *arena);

#endif
