/* authres.h: Authentication-Results, RFC 8601 (and RFC 8617's ARC-Authentication-Results). */
#ifndef POSTERN_AUTH_AUTHRES_H
#define POSTERN_AUTH_AUTHRES_H

#include "auth/result.h"
#include "base/buf.h"
#include "base/note.h"
#include "mail/mail.h"

struct authres_property {
    str type;  /* "smtp", "header", "policy", "body"; empty where a program wrote none */
    str name;  /* "mailfrom", "d", ... */
    str value; /* quotes resolved */
};

struct authres_result {
    str method;         /* lower case as written: "spf", "dkim", "dmarc", "arc", "iprev", "compauth", ... */
    unsigned version;   /* of the method, 1 if none is stated */
    enum result result; /* RESULT_UNKNOWN if the word is none of RFC 8601's */
    str word;           /* the word itself */
    bool bestguess;     /* "bestguesspass" */
    str reason;         /* reason=, or empty */
    str comment;        /* comments right behind the result, joined; may be empty */
    struct authres_property *properties;
    size_t property_count;
};

struct authres {
    str id; /* authserv-id, quotes resolved; empty where there is none (Microsoft) */
    bool has_id;
    unsigned version;
    bool none;         /* "none": nothing was done */
    unsigned instance; /* ARC-Authentication-Results: i=; else 0 */
    struct authres_result *results;
    size_t n;
    bool syntax; /* something was not RFC 8601; what could be read is there */
};

/* Reads the value of one field. RFC 2047 words around it are decoded first (some receivers wrap their own
 * field). Never fails; linear. `arc`: an "i=N;" stands first. */
void authres_parse(struct authres *authres, str value, bool arc, struct arena *arena);

/* The value of property type.name of a result; empty if absent. An empty type matches any. */
str authres_property(const struct authres_result *result, str type, str name);

/* The first result of a method at or after *from; NULL if none. *from (start with 0) is moved behind it. */
const struct authres_result *authres_find(const struct authres *authres, str method, size_t *from);

/* True if this Authentication-Results field claims to be from `our_id`: compared as A-labels, without case,
 * comments and quotes skipped, so that a disguised forgery is caught too. Such fields in incoming mail are
 * forged and are to be removed (section 5). */
bool authres_is_from(str value, str our_id, struct arena *arena);

#endif
