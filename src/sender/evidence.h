/* evidence.h: what transport and headers say for each platform. Own to sender/. */
#ifndef POSTERN_SENDER_EVIDENCE_H
#define POSTERN_SENDER_EVIDENCE_H

#include "auth/taglist.h"
#include "sender/sender.h"

/* What speaks for one platform. */
struct candidate {
    const struct platform *platform;
    bool seen;                              /* anything at all does */
    const struct dkim_signature *signature; /* passes, and is the platform's own domain or key */
    bool key;                               /* it is the key that is the platform's, not the domain */
    str key_host;                           /* where that key really stands; empty unless `key` */
    str return_path;                        /* its domain, SPF passing */
    str include;                            /* the SPF record that permits the client */
    bool host;                              /* the client's name is the platform's */
    bool host_shape; /* it only looks like those it gives servers of customers' domains */
    bool return_path_shape, selector_shape;
    bool carried;                /* a platform that sends through it handed the message to us */
    const struct header *marker; /* the first that is there */
    const struct header *claim;  /* the first that is on no other mail */
};

struct evidence {
    struct candidate *candidates; /* by platform->index */
    struct candidate **seen;      /* those of which anything was seen */
    size_t n;
    str mail_from;           /* the whole address, where it can be believed; else empty */
    str client_name;         /* lower case; empty: not known */
    bool client_confirmed;   /* by its reverse name; else what it called itself, or what its receiver noted */
    bool client_is_customer; /* its name is in the domain of MAIL FROM */
    bool transport_known;    /* the client was looked at */
    str author;              /* the address of From, if there is one */
    str author_domain;
    bool customer_authenticated; /* SPF or DKIM passes for some domain */
};

void evidence_find(struct evidence *evidence, const struct sender_input *input, const struct ask *ask,
                   const struct platforms *platforms, struct arena *arena);

/* The value of a header field as patterns see it: one line, encoded words decoded. */
str evidence_value(const struct header *header, struct arena *arena);

/* The tags of a signature's field. Stated results name domain and perhaps selector alone: then it is the
 * first field that has these. */
bool evidence_tags(const struct mail *mail, const struct dkim_signature *signature, struct taglist *tags);

/* The selector, as the results or else the field say it; empty if neither does. */
str evidence_selector(const struct mail *mail, const struct dkim_signature *signature);

#endif
