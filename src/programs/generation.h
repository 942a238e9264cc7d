/* generation.h: one generation of the configuration with what is opened for it: listeners, key files. For the
 * parent. */
#ifndef POSTERN_PROGRAMS_GENERATION_H
#define POSTERN_PROGRAMS_GENERATION_H

#include "gate/config.h"
#include "programs/identity.h"
#include "programs/listen.h"

struct generation {
    struct arena *arena;
    const struct config *config;
    struct identity identity;
    unsigned number;  /* from 1 */
    unsigned workers; /* how many it has */
    str key_types; /* of all keys of config->signers in order: 'r' RSA, 'e' Ed25519, else it could not be read
                    */
    int *listeners; /* one for each of config->listeners */
    int control;
    const struct inherited *inherited; /* systemd's: their files stay */
};

/* Reads the file and opens what it names. `before`: the generation that is running, whose sockets are used
 * where the address is the same; NULL: none. NULL, with all problems in *report, if anything is wrong:
 * nothing has changed then. */
struct generation *generation_new(const char *path, const struct generation *before,
                                  struct inherited *inherited, struct buf *report);

/* Closes what `after` (may be NULL: the program ends) does not use too, removes the files of Unix sockets
 * that it made and that nobody needs any more, and frees it. */
void generation_end(struct generation *generation, const struct generation *after);

#endif
