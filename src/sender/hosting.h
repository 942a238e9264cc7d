/* hosting.h: places where anybody can put up a page, a file, a form or a short link (data/hosting.yaml). */
#ifndef POSTERN_SENDER_HOSTING_H
#define POSTERN_SENDER_HOSTING_H

#include "base/buf.h"
#include "base/err.h"
#include "mail/url.h"

/* Where the customer stands. */
enum hosting_tenant { HOSTING_TENANT_NONE, HOSTING_TENANT_HOST, HOSTING_TENANT_PATH, HOSTING_TENANT_EITHER };

struct hosting_class {
    str name;        /* "shortener" */
    str about;       /* "a short link, whose target only its maker knows" */
    unsigned tenant; /* enum hosting_tenant */
    str *places;
    size_t place_count;
};

struct hosting;

/* Reads the file; owned by the caller, never changes. NULL, with all that is wrong in `problems`, if there is
 * an error. */
struct hosting *hosting_new(str file, str text, struct buf *problems) MUST_USE;
void hosting_free(struct hosting *hosting);

size_t hosting_class_count(const struct hosting *hosting);
const struct hosting_class *hosting_class_at(const struct hosting *hosting, size_t index);

struct hosting_match {
    const struct hosting_class *class;
    str place;  /* as in the file: "github.io", "docs.google.com/forms" */
    str tenant; /* "shop" of shop.github.io; "" if it is not known */
};

/* The longest place that the URL is in. What the provider shows itself, at the place's own name or below www,
 * is no match where customers have names of their own. False if there is none, or `hosting` is NULL. */
bool hosting_find(const struct hosting *hosting, const struct url *url, struct hosting_match *match);

#endif
