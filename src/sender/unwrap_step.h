/* unwrap_step.h: the steps that bring a target out of a link: "parameter u", "base64", "json url". */
#ifndef POSTERN_SENDER_UNWRAP_STEP_H
#define POSTERN_SENDER_UNWRAP_STEP_H

#include "base/err.h"
#include "mail/url.h"

/* The second column is how it is written; a row with an argument has it behind a blank. */
#define UNWRAP_STEP_TABLE(STEP)                                                                              \
    STEP(SEGMENT, "segment", NUMBER, "a segment of the path, from 1")                                        \
    STEP(REST, "rest", NUMBER, "the path from that segment on, with the query")                              \
    STEP(LAST, "last-segment", NOTHING, "the last segment of the path")                                      \
    STEP(QUERY, "query", NOTHING, "all behind the question mark")                                            \
    STEP(FRAGMENT, "fragment", NOTHING, "all behind #")                                                      \
    STEP(HOST, "host", NOTHING, "the host")                                                                  \
    STEP(PARAMETER, "parameter", TEXT, "a parameter of the query, or of a text that is one")                 \
    STEP(AFTER, "after", TEXT, "what stands behind the first such text")                                     \
    STEP(BEFORE, "before", TEXT, "what stands before the first such text, or all")                           \
    STEP(PART, "part", NUMBER_TEXT, "the first, second, ... of what stands between such texts")              \
    STEP(SKIP, "skip", NUMBER, "all but so many bytes")                                                      \
    STEP(PREFIX, "prefix", TEXT, "put before it, if it does not begin with a scheme")                        \
    STEP(REPLACE, "replace", TWO_TEXTS, "the one everywhere by the other")                                   \
    STEP(PERCENT, "percent", NOTHING, "%41 is A")                                                            \
    STEP(FORM, "form", NOTHING, "the same, and + is a blank")                                                \
    STEP(BASE64, "base64", NOTHING, "either alphabet, with padding or not")                                  \
    STEP(HEX, "hex", NOTHING, "41 is A")                                                                     \
    STEP(INFLATE, "inflate", NOTHING, "zlib, gzip or raw deflate")                                           \
    STEP(JSON, "json", TEXT, "a member of an object")                                                        \
    STEP(SPARKPOST, "sparkpost", NOTHING, "the URL among the fields of SparkPost's binary form")             \
    STEP(LAST_URL, "last-url", NOTHING, "the last http:// or https:// in a text, percent-encoded or not")    \
    STEP(URLDEFENSE3, "urldefense-3", NOTHING, "Proofpoint's third form")                                    \
    STEP(TRANSLATE, "translate-host", NOTHING, "Google's translation hosts: - is a dot, -- is -")

enum unwrap_step_kind {
#define STEP(id, name, argument, words) UNWRAP_##id,
    UNWRAP_STEP_TABLE(STEP)
#undef STEP
        UNWRAP_STEPS
};

struct unwrap_step {
    enum unwrap_step_kind kind;
    size_t number;
    str text, other;
};

/* Reads a step; false with words if it is none. Texts are not copied. */
bool unwrap_step_parse(str text, struct unwrap_step *step, struct err *err) MUST_USE;

/* All steps, one behind the other, on a URL or on `text`, a slice of it (p not NULL). False if one does not
 * fit. No text in between is longer than LIMIT_UNWRAP_TEXT. */
bool unwrap_steps(const struct unwrap_step *steps, size_t count, const struct url *url, str text,
                  struct arena *arena, str *out) MUST_USE;

/* The first URL that is a value in a query or fragment ("a=https://...", percent-encoded or in base64),
 * decoded;
 * "" if there is none. */
str unwrap_carried(str parameters, struct arena *arena);

#endif
