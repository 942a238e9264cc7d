/* platform_keys.h: the keys of a platform's file. Own to platform.c and the documentation. */
#ifndef POSTERN_SENDER_PLATFORM_KEYS_H
#define POSTERN_SENDER_PLATFORM_KEYS_H

#include "base/conf.h"

/* Fills a struct platform. */
extern const struct conf_section platform_section;

/* Words of enum platform_kind and the numbers of vectors' proofs. */
extern const char *const platform_kind_words[];
extern const char *const platform_proof_words[];

#endif
