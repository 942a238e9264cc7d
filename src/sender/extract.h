/* extract.h: accounts, campaigns and recipient tokens out of a message. Own to sender/. */
#ifndef POSTERN_SENDER_EXTRACT_H
#define POSTERN_SENDER_EXTRACT_H

#include "sender/evidence.h"

/* Where values come from, and what of it is the platform's own word. */
struct extraction {
    const struct sender_input *input;
    const struct evidence *evidence;
    const struct candidate *candidate;
    bool direct; /* the platform handed the message to us: its headers and MAIL FROM are as it wrote them */
    struct arena *arena;
};

/* Fills in accounts, actors and campaign of a link that is proven or branded. */
void extract_link(const struct extraction *extraction, struct sender_link *link);

/* Appends what the platform's tokens name; `proven`: the link is there. */
void extract_tokens(const struct extraction *extraction, bool proven, struct sender *sender);

#endif
