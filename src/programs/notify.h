/* notify.h: tells the service manager how far we are (the protocol of sd_notify(3)). */
#ifndef POSTERN_PROGRAMS_NOTIFY_H
#define POSTERN_PROGRAMS_NOTIFY_H

/* Sends "NAME=VALUE" lines to $NOTIFY_SOCKET, if it is set; nobody needs to hear them. */
void notify(const char *lines);
void notify_reloading(void);

#endif
