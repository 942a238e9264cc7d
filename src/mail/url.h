/* url.h: URLs as browsers read them (WHATWG URL Standard, without its legacy query encodings).
 *
 * Where a link leads is decided by the program that opens it, and nearly all of these follow the WHATWG. What
 * a writer did to mislead readers or filters is kept as an oddity. */
#ifndef POSTERN_MAIL_URL_H
#define POSTERN_MAIL_URL_H

#include "base/ip.h"

/* The second column is the name in JSON. */
#define URL_ODDITY_TABLE(ODDITY)                                                                             \
    ODDITY(CONTROL, "control", "tabs, line ends or controls stand in it, which browsers drop")               \
    ODDITY(BACKSLASH, "backslash", "a backslash stands for a slash")                                         \
    ODDITY(SLASHES, "slashes", "there are not two slashes behind the scheme")                                \
    ODDITY(USERINFO, "userinfo", "a user name stands before the host")                                       \
    ODDITY(USERINFO_HOST, "userinfo-host", "the user name looks like a host name")                           \
    ODDITY(PORT, "port", "it names an unusual port")                                                         \
    ODDITY(IP, "ip", "the host is an address and no name")                                                   \
    ODDITY(IP_FORM, "ip-form", "the address is not written as four decimal numbers")                         \
    ODDITY(PUNYCODE, "punycode", "the host has an A-label (xn--)")                                           \
    ODDITY(HOST_UNICODE, "host-unicode", "the host is written with other than ASCII characters")             \
    ODDITY(HOST_MAPPED, "host-mapped", "the host is written with characters that become other ones")         \
    ODDITY(HOST_MIXED, "host-mixed", "a label of the host mixes scripts")                                    \
    ODDITY(HOST_PERCENT, "host-percent", "the host is written with percent signs")                           \
    ODDITY(HOST_DOT, "host-dot", "the host ends with a dot or has an empty label")                           \
    ODDITY(DOT_SEGMENTS, "dot-segments", "the path has . or .. segments")                                    \
    ODDITY(BAD_UTF8, "bad-utf8", "it has bytes that are no UTF-8")

enum url_oddity {
#define ODDITY(id, name, words) URL_##id,
    URL_ODDITY_TABLE(ODDITY)
#undef ODDITY
        URL_ODDITIES
};

enum url_host_kind {
    URL_HOST_NONE,   /* "mailto:..." */
    URL_HOST_EMPTY,  /* "file:///..." */
    URL_HOST_DOMAIN, /* A-labels, lower case */
    URL_HOST_IPV4,
    URL_HOST_IPV6,  /* in brackets */
    URL_HOST_OPAQUE /* of a scheme that is not special */
};

/* Scheme, user, password, host, path, query and fragment are slices of href. */
struct url {
    str href;           /* the URL as the standard serialises it; equal hrefs are equal URLs */
    str scheme;         /* lower case, without the colon */
    str user, password; /* percent-encoded */
    str host;
    str path;  /* with its first slash; of "mailto:" and its like all behind the colon */
    str query; /* without "?", percent-encoded */
    str fragment;
    struct ip ip; /* family 0 if the host is a name */
    enum url_host_kind host_kind;
    int32_t port; /* -1: none, or the default of the scheme */
    bool special; /* http, https, ws, wss, ftp, file */
    bool opaque_path;
    bool has_query, has_fragment; /* "?" and "#" alone count */
    bool odd[URL_ODDITIES];
};

/* Parses UTF-8 (what is none becomes U+FFFD). base may be NULL: text without a scheme is then no URL. False
 * if it is no URL; only odd[] is then set. Text that is its own href is not copied: the url points into it.
 * Linear. Text over LIMIT_URL bytes is no URL. */
bool url_parse(struct url *url, str text, const struct url *base, struct arena *arena);

/* The port that is used: the scheme's default where none is written; 0 if there is none. */
unsigned url_port(const struct url *url);

/* True for http and https. */
bool url_is_web(const struct url *url);

/* The host without the dot at its end; what look-ups by name take. */
str url_host_name(const struct url *url);

/* The first value of a query parameter, still percent-encoded (url_unescape() decodes). False if it is not
 * there. */
bool url_parameter(str query, str name, str *value);

/* Percent-decoded; `plus`: "+" is a space (forms). The text itself where there is nothing to decode. */
str url_unescape(str text, bool plus, struct arena *arena);

const char *url_oddity_words(enum url_oddity oddity);
const char *url_oddity_name(enum url_oddity oddity);

#endif
