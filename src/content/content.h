/* content.h: examine: facts about what a message says, shows and links to, true or false of it. No opinions.
 *
 * Names of organisations that are compared are registrable domains in normal form (mail/domain.h). Texts are
 * slices of the message, or in its arena, and may hold anything. */
#ifndef POSTERN_CONTENT_CONTENT_H
#define POSTERN_CONTENT_CONTENT_H

#include "auth/auth.h"
#include "content/brands.h"
#include "content/lures.h"
#include "content/sketch.h"
#include "mail/body.h"
#include "mail/magic.h"
#include "mail/mime.h"
#include "mail/page_names.h"
#include "sender/hosting.h"
#include "sender/sender.h"
#include "sender/unwrap.h"

/* ---- what the site gives ---- */

struct content_params {
    const struct phrases *phrases; /* of lures and brands together */
    const struct lures *lures;
    const struct brands *brands;
    const struct suffixes *suffixes;
    const struct unwrap *unwrap;
    const struct hosting *hosting;
    const struct lookalikes *mailboxes; /* domains where anybody can have a mailbox */
};

/* ---- names ---- */

/* A text that a reader takes for a name: display name and subject. */
struct content_name {
    str text;     /* decoded, on one line */
    str skeleton; /* content/skeleton.h */
    str address;  /* a mail address, or a domain, that stands in it; empty: none */
    bool other;   /* that is of another organisation than From */
    unsigned invisible, inside, mixed, styled; /* skeleton_facts */
    bool broken; /* encoded words that don't decode, or bytes that fit no charset */
};

/* ---- brands ---- */

#define BRAND_PLACE_TABLE(PLACE)                                                                             \
    PLACE(DISPLAY, "display") /* display name of From */                                                     \
    PLACE(ADDRESS, "address") /* local part or domain of From, without spaces */                             \
    PLACE(SUBJECT, "subject")                                                                                \
    PLACE(TEXT, "text")     /* visible text */                                                               \
    PLACE(HIDDEN, "hidden") /* text that can't be seen */                                                    \
    PLACE(SHOWN, "shown")   /* text of a link */                                                             \
    PLACE(HOST, "host")     /* host of a link that is not the brand's */                                     \
    PLACE(FILE, "file")     /* name of an attachment */

enum brand_place {
#define PLACE(id, name) BRAND_IN_##id,
    BRAND_PLACE_TABLE(PLACE)
#undef PLACE
        BRAND_PLACES
};

struct content_brand {
    str brand; /* its name in data/brands.yaml */
    enum brand_kind kind;
    bool places[BRAND_PLACES];
    unsigned times; /* in texts */
    str text;       /* as it stands there, the first time: a skeleton */
    bool ambiguous; /* only by ordinary words ("Apple"); these are looked for in display and subject alone */
    bool
        disguised; /* at least once by letters of other scripts, digits as letters, or invisible characters */
    bool author;   /* From's domain is its own */
    bool proven;   /* ... and authenticated: DMARC passes, or a DKIM or SPF domain is its own */
    bool linked;   /* links lead to a domain of its own */
};

/* ---- links ---- */

/* Counts of links; each link counts once, however often it stands there. */
#define LINK_COUNT_TABLE(COUNT)                                                                              \
    COUNT(CLICKS, "clicks") /* web links to be clicked on, in sight */                                       \
    COUNT(IMAGES, "images")                                                                                  \
    COUNT(FORMS, "forms")                                                                                    \
    COUNT(REFRESHES, "refreshes") /* open by themselves */                                                   \
    COUNT(SCRIPTS, "scripts")     /* scripts and frames */                                                   \
    COUNT(HIDDEN, "hidden")       /* web links to click that can't be seen */                                \
    COUNT(ATTACHED, "attached")   /* in attachments */                                                       \
    COUNT(CALENDAR, "calendar")   /* in calendar parts */                                                    \
    COUNT(SVG, "svg")             /* in SVG */                                                               \
    COUNT(MAILTO, "mailto")                                                                                  \
    COUNT(TEL, "tel")                                                                                        \
    COUNT(DATA, "data")       /* data: and blob: */                                                          \
    COUNT(SCRIPT, "script")   /* javascript:, vbscript: */                                                   \
    COUNT(OTHER, "other")     /* other schemes: file:, ms-..: */                                             \
    COUNT(INVALID, "invalid") /* no URL */                                                                   \
    COUNT(PLAIN, "plain")     /* http without TLS */                                                         \
    COUNT(IP, "ip")           /* the host is an address */                                                   \
    COUNT(IP_FORM, "ip-form") /* ... in a form that no person writes */                                      \
    COUNT(PORT, "port")                                                                                      \
    COUNT(USERINFO, "userinfo")                                                                              \
    COUNT(PUNYCODE, "punycode")                                                                              \
    COUNT(MIXED, "mixed") /* a label of the host mixes scripts */                                            \
    COUNT(DISGUISED,                                                                                         \
          "disguised") /* written so that the host is hard to see: percent, controls, backslash, slashes */  \
    COUNT(UNWRAPPED, "unwrapped")   /* their target was found behind tracking or a wrapper */                \
    COUNT(OPAQUE, "opaque")         /* their target can't be told */                                         \
    COUNT(HOSTED, "hosted")         /* in a place where anybody can put something up */                      \
    COUNT(MISMATCHED, "mismatched") /* a domain is shown, and it leads to another organisation */            \
    COUNT(RECIPIENT, "recipient")   /* a recipient's address stands in it, plain, encoded or hashed */       \
    COUNT(LOOKALIKE, "lookalike")   /* its host looks like a brand's */                                      \
    COUNT(FOREIGN, "foreign")       /* clicks that lead to another organisation than From's */               \
    COUNT(IDENTIFIER, "identifier") /* a fragment that is a mail address or long code: it goes to no server  \
                                     */

enum link_count {
#define COUNT(id, name) LINKS_##id,
    LINK_COUNT_TABLE(COUNT)
#undef COUNT
        LINK_COUNTS
};

struct content_links {
    unsigned counts[LINK_COUNTS];
    unsigned seen, left; /* all, and those over the limits of the body */
};

/* A web link to be clicked on, in sight: the notable ones first, then as they stand in the message. */
struct content_link {
    str href;  /* cut to LIMIT_CONTENT_URL bytes */
    str shown; /* collapsed, cut */
    str host;  /* of where it leads, as far as that is known */
    str organisation;
    str shown_host; /* the host that the shown text names; empty: none */
    str via;        /* rules by which it was unwrapped, the outermost first, joined by " > " */
    bool mismatched, opaque, hidden, attached, form;
    unsigned part; /* index of the part; of the header: 0 */
};

/* All that leads to one organisation. */
struct content_organisation {
    str domain; /* or the address */
    str host;   /* the first one of it */
    unsigned clicks, images, others;
    bool author, reply_to, signer; /* is also that of From, of Reply-To, of a passing signature */
    bool hidden;                   /* only in links that can't be seen */
    bool ip;
    str hosting, tenant; /* class of the place, and whose it is there; empty: none */
    str brand;           /* whose it is; empty: nobody's in the data */
    str named;           /* the brand that a host of it names without being its own */
    enum lookalike_kind lookalike;
    str like;       /* the domain that a host of it looks like */
    str like_brand; /* whose that is */
    unsigned distance;
};

/* ---- files ---- */

struct content_file {
    str name;
    str type;           /* as stated: "application/pdf" */
    enum magic content; /* by its bytes */
    enum magic by_name; /* by its name */
    uint64_t size;      /* bytes, decoded */
    str sha256;         /* of these, hexadecimal */
    bool attachment;    /* else shown with the message */
    bool disagree;      /* name, stated type and bytes say different things that matter */
    bool encrypted;     /* a zip with an encrypted entry, a PDF with /Encrypt, an encrypted Office document */
    bool double_suffix; /* "invoice.pdf.exe" */
    bool disguised;     /* the name turns direction, has invisible characters, or long runs of spaces */
    bool script, form, password; /* of HTML and SVG: there is one */
    bool smuggling;              /* of HTML and SVG: it makes files or pages out of its own text (atob, Blob,
                                    document.write, data:) */
    str inner; /* of a zip: the name of the first entry that a program would run, else the first one */
    bool inner_program;
};

/* ---- text ---- */

struct content_text {
    unsigned visible, hidden; /* bytes of UTF-8 */
    unsigned words;           /* of the visible text */
    unsigned parts;           /* texts that were read */
    bool html, plain;         /* there is such a text */
    bool differ;              /* the plain text and the HTML have little in common, by their sketches */
    unsigned invisible, inside, mixed, styled; /* skeleton_facts, of the visible text; of HTML `invisible`
                                                * alone, and odd[PAGE_ZERO_WIDTH_ODD] where they part words */
    unsigned images;                           /* that are shown: linked and attached */
    unsigned attached_images;                  /* of these in the message itself */
    bool image_only;                           /* next to no text, but images */
    bool forms, password;                      /* a form; a field for a password */
    unsigned hidden_by[PAGE_HIDDEN_REASONS];   /* bytes of hidden text (mail/page.h) */
    bool odd[PAGE_ODDITIES];                   /* of any page */
    bool quoted;                               /* lines quoted from an earlier message */
    bool cut;                                  /* there was more than is looked at */
    enum language language, subject_language;
    unsigned recipients;       /* how often a recipient's address stands in the text */
    bool recipient_in_subject; /* or its local part of five letters and more */
    bool recipient_domain;     /* the text names the recipient's domain or its name */
    bool crypto_address;       /* a bitcoin, ethereum or tron address */
    bool iban;
};

struct content_phone {
    str number;    /* as it stands there, cut */
    bool callback; /* near words about calling */
    bool subject;
};

/* ---- the whole ---- */

struct content {
    str author;         /* organisation of From; empty: none */
    str author_address; /* local@domain */
    struct content_name display, subject;
    str reply_to;        /* organisation of Reply-To; empty: none */
    bool reply_to_other; /* it is another than From's */
    bool reply_to_free;  /* a mailbox that anybody can have */
    bool author_free;
    str return_path;                      /* organisation of MAIL FROM */
    enum lookalike_kind author_lookalike; /* From's domain looks like a brand's */
    str author_like, author_like_brand;
    bool reply;        /* the subject claims to be a reply or forward */
    bool reply_known;  /* In-Reply-To or References are there */
    bool to_missing;   /* no To and no Cc, or only an empty group */
    bool to_author;    /* To is From: the real recipients are in Bcc */
    bool to_recipient; /* a recipient of the envelope stands in To or Cc; false too if none is known */
    bool date_missing;
    int64_t date;                 /* seconds since 1970; -1: none, or not readable */
    struct content_brand *brands; /* display name and subject first */
    size_t brand_count, brand_seen;
    struct content_organisation *organisations; /* with most clicks first */
    size_t organisation_count, organisation_seen;
    struct content_links link_counts;
    struct content_link *links;
    size_t link_count;
    str *url_hashes; /* of links to be clicked on, as they stand there and as they lead on
                        (content_url_hash()); not in the facts */
    size_t url_hash_count;
    struct content_file *files;
    size_t file_count, file_seen;
    struct content_text text;
    struct content_phone *phones;
    size_t phone_count;
    struct lures_found lures;
    bool odd[PART_ODDITIES];              /* oddities of any part (mail/mime.h) */
    uint64_t subject_sketch, text_sketch; /* content/sketch.h; 0: none */
    bool done;
};

/* What is looked at; all of it done. */
struct content_input {
    const struct envelope *envelope; /* with recipients */
    const struct mail *mail;
    const struct body *body;
    const struct auth *auth;
    const struct sender *sender; /* may be NULL */
    struct crypto *crypto;       /* for SHA-256; NULL: files have no hashes */
};

/* Never fails, linear in the message. What the params lack is not found. */
void content_examine(struct content *content, const struct content_input *input,
                     const struct content_params *params, struct arena *arena);

/* By what a hunt finds a link: the first 16 bytes of the SHA-256 of its href (mail/url.h), hexadecimal. */
str content_url_hash(struct crypto *crypto, str href, struct arena *arena);

const char *brand_place_name(enum brand_place place);
const char *link_count_name(enum link_count count);

#endif
