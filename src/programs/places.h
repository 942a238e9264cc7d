/* places.h: where posternd keeps what the command line looks at, and where it answers. */
#ifndef POSTERN_PROGRAMS_PLACES_H
#define POSTERN_PROGRAMS_PLACES_H

#include "programs/program.h"

enum {
    PLACE_JOURNAL = 1,
    PLACE_QUARANTINE = 2,
    PLACE_CONTROL = 4,
};

/* Fills the settings' directories and socket, as far as they are in `places` and the command line does not
 * name them, from the configuration; which is not read if nothing is missing. The control socket has a
 * default where nobody named a configuration and there is none that can be read. On an error its exit code,
 * and the words are told. */
enum status places_find(struct program *program, unsigned places);

#endif
