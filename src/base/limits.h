/* limits.h: every limit on input, with its reason, in one table.
 *
 * A limit that is hit is never an error: it is a value or a remark that the judge can see.
 * The documentation (docs/LIMITS.md) is generated from this table. */
#ifndef POSTERN_BASE_LIMITS_H
#define POSTERN_BASE_LIMITS_H

#include <stddef.h>

/*        name                value   unit         reason */
#define LIMIT_TABLE(LIMIT)                                                                                              \
    LIMIT(NOTES, 32, "remarks", "a result: more would not be read, and each costs memory")                              \
    LIMIT(DNS_QUESTIONS_SPF, 17, "questions",                                                                           \
          "a message, HELO and MAIL FROM together: 10 terms, and the addresses of the usual MX hosts")                  \
    LIMIT(DNS_QUESTIONS_DKIM, 6, "questions", "a message: as many as signatures that are verified")                     \
    LIMIT(DNS_QUESTIONS_ARC, 2, "questions", "a message, and what SPF leaves: a chain has a key a hop")                 \
    LIMIT(DNS_QUESTIONS_DMARC, 9, "questions", "a message: one whole tree walk of RFC 9989 and one more")               \
    LIMIT(DNS_QUESTIONS_AHEAD, 2, "questions",                                                                          \
          "asked before it is sure that they are needed; with these a message has 40")                                  \
    LIMIT(DNS_QUESTIONS_DNSL, 2, "questions",                                                                           \
          "a message, and what DKIM and DMARC leave: a list and a domain, or the client, take one")                     \
    LIMIT(DNS_QUESTIONS_IPREV, 2, "questions",                                                                          \
          "a message: the reverse name and its address; two more of what SPF leaves")                                   \
    LIMIT(DNS_RECORDS, 64, "records", "an answer that are looked at")                                                   \
    LIMIT(DNS_TEXT, 65535, "bytes", "one record: what a DNS message can carry")                                         \
    LIMIT(DNS_TTL, 86400, "seconds",                                                                                    \
          "an answer is kept, however long it says (RFC 2308 section 5 for negative)")                                  \
    LIMIT(DNS_FAILURE_TTL, 5, "seconds",                                                                                \
          "a failure is kept: a burst asks once (RFC 2308 section 7 allows 300)")                                       \
    LIMIT(MESSAGE, 268435456, "bytes", "a message that is judged; a larger one is reported and not judged")             \
    LIMIT(HEADERS, 10000, "fields", "a message that are looked at; later ones are counted only")                        \
    LIMIT(ADDRESS_TEXT, 262144, "bytes", "one header field with addresses that are read")                               \
    LIMIT(ADDRESSES, 1000, "mailboxes", "one header field that are looked at")                                          \
    LIMIT(WORDS, 65536, "bytes", "the decoded text of one header field")                                                \
    LIMIT(URL, 2097152, "bytes", "one URL: Chrome opens no longer one")                                                 \
    LIMIT(URL_HOST, 4096, "bytes", "the host of one URL as it is written; DNS takes 253 after decoding")                \
    LIMIT(BODY_TEXTS, 200, "texts", "a message that are read")                                                          \
    LIMIT(BODY_TEXT, 33554432, "bytes", "of all texts of a message together")                                           \
    LIMIT(BODY_LINKS, 2048, "links", "a message, each counted once; newsletters have a hundred")                        \
    LIMIT(BODY_IMAGES, 512, "images", "of these: pictures don't push out what can be clicked on")                       \
    LIMIT(PAGE_DEPTH, 1024, "elements",                                                                                 \
          "open at once in an HTML page; Chrome stops at 512. Deeper ones are read without their styles")               \
    LIMIT(PAGE_EFFORT, 4000000, "steps",                                                                                \
          "that wrongly nested tags of one page may take; then they are taken simply")                                  \
    LIMIT(PAGE_TEXT, 16777216, "bytes", "a text of one page: what is seen, what is hidden")                             \
    LIMIT(PAGE_LINKS, 20000, "links", "of one page that are kept; later ones are counted")                              \
    LIMIT(PAGE_IMAGES, 5000, "links",                                                                                   \
          "to pictures of one page that are kept, so that they don't crowd out others")                                 \
    LIMIT(PAGE_SHOWN, 4194304, "bytes", "of text that the links of one page are shown with")                            \
    LIMIT(PAGE_SHOWN_EACH, 4096, "bytes", "of text that one link is shown with")                                        \
    LIMIT(PAGE_FORMS, 500, "forms", "of one page that are kept")                                                        \
    LIMIT(CSS_RULES, 5000, "rules",                                                                                     \
          "of the styles of one page that may hide something; ten times what newsletters have")                         \
    LIMIT(CSS_EFFORT, 4000000, "steps", "that finding the rules for the elements of one page may take")                 \
    LIMIT(CALENDAR_LINKS, 200, "links", "the properties of one calendar that are looked at")                            \
    LIMIT(PARAMETERS, 64, "parameters", "one field, pieces of RFC 2231 counted each; real ones have four")              \
    LIMIT(PARAMETER_TEXT, 65536, "bytes", "one field with parameters that are read")                                    \
    LIMIT(MIME_PARTS, 2000, "parts", "a message that are looked at; later ones are counted only")                       \
    LIMIT(MIME_DEPTH, 32, "levels", "of nesting that are taken apart; programs that show mail stop earlier")            \
    LIMIT(MIME_TEXT, 4194304, "bytes", "the text of one part in UTF-8")                                                 \
    LIMIT(UNWRAP_HOPS, 6, "hops", "of redirects and wrappers within one link; real ones have three")                    \
    LIMIT(UNWRAP_TEXT, 16384, "bytes",                                                                                  \
          "what is unwrapped of one link, inflated too; longer ones stay as they are")                                  \
    LIMIT(DKIM_SIGNATURES, 6, "signatures", "a message that are verified, the aligned ones first")                      \
    LIMIT(DKIM_TAGS, 64, "tags", "a tag list; more is a syntax error")                                                  \
    LIMIT(DKIM_SIGNED_FIELDS, 1000, "names", "the h= tag")                                                              \
    LIMIT(DKIM_RSA_BITS_MIN, 1024, "bits", "RFC 8301 section 3.2")                                                      \
    LIMIT(DKIM_RSA_BITS_MAX, 4096, "bits", "RFC 8301 section 3.2; a larger key is a way to burn CPU")                   \
    LIMIT(CRYPTO_KEYS, 1024, "keys", "kept parsed, about 6 KB each; the least recently used goes")                      \
    LIMIT(ARC_SETS, 50, "sets", "RFC 8617 section 5.1.1.1.1")                                                           \
    LIMIT(SPF_TERMS, 10, "terms", "that need DNS, RFC 7208 section 4.6.4")                                              \
    LIMIT(SPF_VOID, 2, "lookups", "without an answer, RFC 7208 section 4.6.4")                                          \
    LIMIT(SPF_NAMES, 10, "names", "of an mx or ptr term, RFC 7208 section 4.6.4")                                       \
    LIMIT(SPF_MACRO, 4096, "bytes", "an expanded domain; it is then cut to 253, and none if it is longer")              \
    LIMIT(SPF_EXPLANATION, 512, "bytes", "text of exp=, expanded; one line of an SMTP reply")                           \
    LIMIT(DMARC_AUTHORS, 3, "domains", "of From that are evaluated, the strictest result wins")                         \
    LIMIT(DMARC_WALK, 8, "questions", "one tree walk, RFC 9989 section 4.10")                                           \
    LIMIT(AUTHRES_RESULTS, 100, "results", "one Authentication-Results field")                                          \
    LIMIT(AUTHRES_PROPERTIES, 16, "properties", "one result of such a field")                                           \
    LIMIT(AUTHRES_TEXT, 65536, "bytes", "one such field that are read; real ones stay below 8 KB")                      \
    LIMIT(AUTHRES_VALUE, 480, "bytes", "a value we write there: quoted it still fits a line (RFC 5322)")                \
    LIMIT(DNSL_RESULTS, 40, "results", "of DNS lists: there are no more questions a message")                           \
    LIMIT(RECEIVED_HOPS, 200, "fields", "Received fields that are read")                                                \
    LIMIT(JOURNAL_TEXT, 1000, "bytes", "one text of a row but its facts; the rest is cut")                              \
    LIMIT(JOURNAL_INDICATORS, 1500, "indicators", "a message; a thousand recipients fit")                               \
    LIMIT(JOURNAL_BATCH, 256, "rows", "one transaction: nobody waits long for the first")                               \
    LIMIT(JOURNAL_WAL, 67108864, "bytes", "the write-ahead log, while nobody reads for long")                           \
    LIMIT(JOURNAL_DAY, 536870912, "bytes", "a file with so much ends with the day")                                     \
    LIMIT(JOURNAL_WEEK, 134217728, "bytes", "a file with so much ends with the week")                                   \
    LIMIT(FACTS, 24576, "bytes", "what is kept of a message for later judgements; usual are 6000")                      \
    LIMIT(FACTS_TEXT, 1000, "bytes", "one text of these, escaped")                                                      \
    LIMIT(FACTS_ITEMS, 100, "items", "one list of these")                                                               \
    LIMIT(SKETCH_WORDS, 4000, "words", "a text that its similarity sketch is made of: more are quotes and footers")                \
    LIMIT(LURES_FOUND, 24, "phrases", "a message that are named; all are counted")                                                \
    LIMIT(CONTENT_TEXT, 262144, "bytes", "the texts of a message that are searched for words; a long newsletter has 20000")  \
    LIMIT(CONTENT_NAME, 1000, "bytes", "a display name or subject that are looked at")                                      \
    LIMIT(CONTENT_BRANDS, 12, "brands", "a message that are named; those in display name and subject come first")           \
    LIMIT(CONTENT_HOSTS, 200, "hosts", "of links that are held against brands")                                             \
    LIMIT(CONTENT_ORGANISATIONS, 24, "organisations", "that links of a message lead to; all links are counted")             \
    LIMIT(CONTENT_LINKS, 10, "links", "a message that are kept in words")                                                   \
    LIMIT(CONTENT_HASHES, 60, "links", "a message that a hunt can find it by, whole; by their hosts more")                   \
    LIMIT(CONTENT_URL, 250, "bytes", "such a link")                                                                         \
    LIMIT(CONTENT_FILES, 12, "files", "a message that are hashed and described")                                            \
    LIMIT(CONTENT_ENTRIES, 1000, "entries", "of an archive's directory that are read")                                      \
    LIMIT(CONTENT_PHONES, 4, "telephone numbers", "a message that are kept")                                                \
    LIMIT(CONTENT_RECIPIENTS, 3, "recipients", "that are looked for in links and texts: more get no mail of their own")     \
    LIMIT(MILTER_PACKET, 1048576, "bytes",                                                                              \
          "from an MTA: ten times Postfix's limit of a header field; over it the connection is closed")                 \
    LIMIT(MILTER_RESPONSE, 65535, "bytes", "a packet to an MTA: Sendmail takes no longer one")                          \
    LIMIT(MILTER_MACROS, 16384, "bytes", "the macros of one stage; those of Postfix and Sendmail have 500")             \
    LIMIT(MILTER_RECIPIENTS, 10000, "recipients", "a message; Postfix takes 1000 by default")                           \
    LIMIT(MILTER_SESSIONS, 1000, "connections",                                                                         \
          "a worker; each may have 64 KB of buffers that are not counted")                                              \
    LIMIT(MILTER_MEMORY, 268435456, "bytes", "a worker, messages that arrive or wait for their verdict")                \
    LIMIT(MILTER_IN_MEMORY, 1048576, "bytes", "a message; a larger one goes to a spool file")                           \
    LIMIT(MILTER_SPOOL, 2000000000, "bytes", "a worker, all spool files")                                               \
    LIMIT(MILTER_PROGRESS, 20, "seconds", "after which an MTA is told to wait on; it gives up after 300")               \
    LIMIT(MILTER_IDLE, 7210, "seconds", "without a byte from an MTA: Sendmail waits an hour for its client")            \
    LIMIT(MILTER_REPLY, 450, "bytes", "the words of a reply; with its codes it is one line of SMTP")                    \
    LIMIT(LOG_VALUE, 1024, "bytes", "a value in the log; the rest is counted only")                                     \
    LIMIT(SIGNATURES, 4, "signatures",                                                                                  \
          "of ours on one message: two keys in rotation, RSA and Ed25519; a seal takes two")                            \
    LIMIT(                                                                                                              \
        EDIT_REMOVALS, 200, "fields",                                                                                   \
        "of a message that pretend to be ours and are removed; with more of them it is held: each costs an MTA a walk " \
        "through the header")                                                                                           \
    LIMIT(CONF_BYTES, 1048576, "bytes", "a configuration file; thousands of domains fit")                               \
    LIMIT(CONF_DEPTH, 16, "levels", "of nesting in a configuration file; ours have six")                                \
    LIMIT(CONF_NODES, 100000, "entries", "a configuration file; each costs about 100 bytes to read")                    \
    LIMIT(CONF_PROBLEMS, 20, "problems", "of a configuration file that are told in words")                              \
    LIMIT(PATTERN_TEXT, 10000, "bytes", "a regular expression")                                                         \
    LIMIT(PATTERN_GROUPS, 16, "groups", "a regular expression, the whole match among them")                             \
    LIMIT(PATTERN_SUBJECT, 65536, "bytes", "that one search looks at")                                                  \
    LIMIT(                                                                                                              \
        PATTERN_STEPS, 100000000, "steps",                                                                              \
        "of one search, shared by the bytes it can begin at: half a second where hostile text meets a bad pattern")     \
    LIMIT(PATTERN_MEMORY, 8388608, "bytes", "of a search that goes back and forth")                                     \
    LIMIT(SENDER_LINKS, 8, "platforms", "that a message is proven to have come through; real ones have up to three")          \
    LIMIT(SENDER_CLAIMS, 16, "platforms", "that headers of a message claim, in each of two lists")                           \
    LIMIT(SENDER_ACCOUNTS, 8, "accounts", "one platform of a message")                                                       \
    LIMIT(SENDER_TOKENS, 8, "recipients", "that platforms wrote into the header of a message")                               \
    LIMIT(SENDER_FIELDS, 500, "fields", "a message that are held against the marks of platforms")                            \
    LIMIT(SENDER_SAME, 16, "fields", "of one name that are searched for an account")                                         \
    LIMIT(SENDER_URLS, 100, "links", "a message that are searched for an account")                                           \
    LIMIT(SENDER_VALUE, 4096, "bytes", "the id of an account or campaign; real ones have up to 100")                         \
    LIMIT(FRAME, 131072, "bytes", "one message between processes; larger things travel as files")                       \
    LIMIT(FRAME_HEAD, 65536, "bytes", "of it that say what it is")                                                      \
    LIMIT(FRAME_DEPTH, 8, "levels", "of nesting in these; ours have four")                                              \
    LIMIT(CONTROL_TEXT, 1000, "bytes",                                                                                  \
          "one text of a request at the control socket: an id, an address, a reason")                                   \
    LIMIT(CONTROL_REFUSED, 20, "rows",                                                                                  \
          "a minute and user about requests that were refused: nobody can fill the disk with them")                     \
    LIMIT(RELEASE_RECIPIENTS, 64, "recipients",                                                                         \
          "to whom one request releases a message; their results fit a frame, and more are released by asking again")   \
    LIMIT(EXPLANATION, 1048576, "bytes", "the printed explanation of one message")

enum limit {
#define LIMIT(name, value, unit, reason) LIMIT_##name = (value),
    LIMIT_TABLE(LIMIT)
#undef LIMIT
};

/* The table itself, for the documentation. */
struct limit_row {
    const char *name;
    long value;
    const char *unit;
    const char *reason;
};
extern const struct limit_row limit_rows[];
extern const size_t limit_row_count;

#endif
