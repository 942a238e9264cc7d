/* config_file.h: the configuration as a file of this machine. */
#ifndef POSTERN_PROGRAMS_CONFIG_FILE_H
#define POSTERN_PROGRAMS_CONFIG_FILE_H

#include "gate/config.h"
#include "programs/settings.h"

#define CONFIG_FILE "/etc/postern/postern.yaml"
#define CONTROL_SOCKET "/run/postern/control.sock" /* the default of control.socket */

/* Reads a file and checks it, by itself and, with `machine`, against this machine. `report` gets all that
 * there is to tell, lines that are escaped for a terminal. NULL where it can't be used, with what that is in
 * *status. It lives in the report's arena. */
const struct config *config_file_read(str path, int64_t now, bool machine, struct buf *report,
                                      enum status *status);

#endif
