/* site.h: what a site's configuration says of how a message is judged, for the command line. */
#ifndef POSTERN_PROGRAMS_SITE_H
#define POSTERN_PROGRAMS_SITE_H

#include "gate/config.h"
#include "programs/settings.h"

/* Reads the file of --config and puts what it says into the settings that no other option set. *config is
 * NULL without --config. Its problems go to standard error; err has words if it can't be used. */
enum status site_read(const struct config **config, struct settings *settings, struct err *err) MUST_USE;

#endif
