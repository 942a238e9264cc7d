/* url_host.h: the host of a URL (WHATWG URL Standard, section 3), for url.c. */
#ifndef POSTERN_MAIL_URL_HOST_H
#define POSTERN_MAIL_URL_HOST_H

#include "mail/url.h"

/* Sets host, host_kind, ip and the oddities of the host; url->special decides how it is read. False if it is
 * no host. */
bool url_host_parse(struct url *url, str text, struct arena *arena);

/* True for a user name that a reader takes for a host: labels with dots. */
bool url_looks_like_host(str text);

#endif
