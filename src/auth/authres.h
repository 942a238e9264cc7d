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
    str comment;        /* comments before the first property, joined by a space; may be empty */
    struct authres_property *properties; /* at most LIMIT_AUTHRES_PROPERTIES; later ones are left out */
    size_t property_count;
    size_t property_room; /* own to authres.c, as is `room` below */
};

struct authres {
    str id; /* authserv-id, quotes resolved; empty where there is none (Microsoft) */
    bool has_id;
    unsigned version;
    bool none;         /* "none": nothing was done */
    unsigned instance; /* ARC-Authentication-Results: i=; else 0 */
    struct authres_result *results;
    size_t n, room;
    bool syntax; /* something was not RFC 8601; what could be read is there. That a value should have been
                  * quoted doesn't count: few receivers do it */
    bool cut; /* more than LIMIT_AUTHRES_RESULTS, or than LIMIT_AUTHRES_TEXT; the later ones are not there */
};

/* Reads the value of one field. RFC 2047 words around it are decoded first (some receivers wrap their own
 * field). Never fails; linear. `arc`: an "i=N;" stands first. */
void authres_parse(struct authres *authres, str value, bool arc, struct arena *arena);

/* The value of property type.name of a result; empty if absent. An empty type matches any. */
str authres_property(const struct authres_result *result, str type, str name);

/* The first result of a method at or after *from; NULL if none. *from (start with 0) is moved behind it. */
const struct authres_result *authres_find(const struct authres *authres, str method, size_t *from);

/* The result of a method of which there is one; NULL if there is none, or more. */
const struct authres_result *authres_only(const struct authres *authres, str method);

/* True if two authserv-ids are the same host: as A-labels, without case. */
bool authres_same_id(str a, str b, struct arena *arena);

/* True if this Authentication-Results field claims to be from `our_id`, to whatever reader: comments, quotes,
 * backslashes, controls, white space of all kinds and what can't be seen are passed over, encoded words are
 * decoded, so that a disguised forgery is caught too. Such fields in incoming mail are
 * forged and are to be removed (section 5). */
bool authres_is_from(str value, str our_id, struct arena *arena);

/* RFC 5321 Keyword: what methods, results and property names are made of. */
bool authres_is_keyword(str s);

/* Building one: appends a result (of version 1, without a comment) or a property. The result is NULL past
 * LIMIT_AUTHRES_RESULTS, and valid until the next authres_add(); its reason and comment are the caller's to
 * set. authres_add_property() passes over NULL. Slices are not copied. */
struct authres_result *authres_add(struct authres *authres, str method, enum result result,
                                   struct arena *arena);
void authres_add_property(struct authres_result *result, str type, str name, str value, struct arena *arena);

/* The field as RFC 8601 section 2.2 (with `instance`: RFC 8617 section 4.1.1) has it, folded, with CRLF at
 * the end: "NAME: id; spf=pass ...". Whatever the values hold, the outcome is one field: they are quoted
 * where the grammar wants it, a control character or a byte that is no UTF-8 becomes "?", a value over
 * LIMIT_AUTHRES_VALUE is cut. A method, word, or property name that is no Keyword can't be written and is
 * left out. */
str authres_write(const struct authres *authres, str name, struct arena *arena);

#endif
