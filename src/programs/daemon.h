/* daemon.h: posternd but for its main(): the command line, and the first process. */
#ifndef POSTERN_PROGRAMS_DAEMON_H
#define POSTERN_PROGRAMS_DAEMON_H

/* Returns the exit code. */
int daemon_main(int count, char **arguments);

#endif
