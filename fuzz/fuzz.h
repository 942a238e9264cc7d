/* fuzz.h: what every fuzz target offers; libFuzzer or replay.c calls it. */
#ifndef POSTERN_FUZZ_FUZZ_H
#define POSTERN_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
