/* mail_peer.h: the same work as done by GMime and gumbo: parts, decoded texts, HTML, links. */
#ifndef POSTERN_BENCH_MAIL_PEER_H
#define POSTERN_BENCH_MAIL_PEER_H

#include "base/str.h"

struct mail_peer_found {
    size_t parts, text, links; /* text: bytes of it, in UTF-8 */
};

/* Once in a process, before all else. */
void mail_peer_begin(void);

void mail_peer_read(str raw, struct mail_peer_found *found);

#endif
