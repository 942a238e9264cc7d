/* unwrap.h: where a link leads behind tracking, redirects and the wrappers of mail gateways, found offline.
 *
 * Rules are data (data/links.yaml). Each is a place (hosts, paths, a pattern) and the steps by which the
 * target comes out of the link; what can't be had without asking the platform is marked opaque. Nothing is
 * fetched. */
#ifndef POSTERN_SENDER_UNWRAP_H
#define POSTERN_SENDER_UNWRAP_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/pattern.h"
#include "mail/url.h"
#include "sender/unwrap_step.h"

enum unwrap_kind {
    UNWRAP_TRACKING, /* a mailing platform counts clicks */
    UNWRAP_WRAPPER,  /* a mail gateway looks at the target when it is clicked */
    UNWRAP_REDIRECT, /* a site that hands visitors on */
    UNWRAP_PROXY,    /* shows the target's content under its own name: caches, translators, archives */
};

struct unwrap_vector {
    str url;
    str target; /* empty: opaque */
};

/* One row of data/links.yaml. */
struct unwrap_rule {
    str name;
    str title; /* "Amazon SES": for sentences */
    unsigned kind;
    str platform; /* id of a platform; may be empty */
    str *hosts;   /* these and all below them; none: any host */
    size_t host_count;
    str *paths; /* beginnings of paths; none: any */
    size_t path_count;
    str *parameters; /* of the query, that must all be there */
    size_t parameter_count;
    str pattern_text; /* over the URL behind "//"; group 1, if there is one, is what the steps begin with */
    const struct pattern *pattern;
    str *step_texts;
    size_t step_text_count;
    struct unwrap_step *steps;
    bool host_only; /* the steps bring out a host name and no more */
    bool opaque;    /* there are no steps, or they may fail: such a link hides its target */
    struct unwrap_vector *vectors;
    size_t vector_count;
};

struct unwrap;

/* Reads and compiles the rules; owned by the caller; for one thread at a time. NULL, with all that is wrong
 * in `problems`, if there is an error. */
struct unwrap *unwrap_new(str file, str text, bool machine_code, struct buf *problems) MUST_USE;
void unwrap_free(struct unwrap *unwrap);

size_t unwrap_rule_count(const struct unwrap *unwrap);
const struct unwrap_rule *unwrap_rule_at(const struct unwrap *unwrap, size_t index);
const struct unwrap_rule *unwrap_rule_find(const struct unwrap *unwrap, str name);

struct unwrap_hop {
    const struct unwrap_rule *rule;
    struct url url; /* what stood inside; of a rule with host_only "https://HOST/" */
};

struct unwrapped {
    struct unwrap_hop hops[LIMIT_UNWRAP_HOPS]; /* the outermost first */
    size_t n;
    const struct url *target;         /* the innermost; the link itself if n is 0 */
    const struct unwrap_rule *opaque; /* which hides what follows; NULL: the target is all that is known */
    const struct url *carried; /* a URL of another host that stands in the target: a page that is told where
                                  to go on may go there, or not; NULL: there is none */
    bool partial;              /* of the target only the host is known */
    bool cut;                  /* there are more hops than are looked at */
};

/* Follows `url`, which outlives the result. `unwrap` may be NULL: nothing is unwrapped. Bounded work. */
void unwrap_link(const struct unwrap *unwrap, const struct url *url, struct unwrapped *out,
                 struct arena *arena);

const char *unwrap_kind_name(unsigned kind);

#endif
