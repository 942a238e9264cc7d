/* decode.h: steps that bring a value out of what platforms put into headers: "base64, json r". */
#ifndef POSTERN_SENDER_DECODE_H
#define POSTERN_SENDER_DECODE_H

#include "base/arena.h"
#include "base/err.h"

enum decode_kind {
    DECODE_BASE64, /* either alphabet, padding or not */
    DECODE_HEX,
    DECODE_PERCENT, /* %41 */
    DECODE_JSON, /* "json NAME": a member ("NAME/NAME": two, with "/" between), or "json 2": an element from 0
                  */
    DECODE_PART, /* "part 2 |": the second of what stands between bars */
    DECODE_VERP, /* "user=example.com": the last "=" is "@" */
    DECODE_LOWER,
};

struct decode_step {
    enum decode_kind kind;
    str name;
    size_t number;
    char separator;
};

/* Reads "json r" and so on; false with words if it is none. Texts are not copied. */
bool decode_step_parse(str text, struct decode_step *step, struct err *err) MUST_USE;

/* All steps, one behind the other; false, with *value as it was, if one does not fit. What is longer than
 * LIMIT_SENDER_VALUE is cut before. */
bool decode_value(const struct decode_step *steps, size_t count, str *value, struct arena *arena) MUST_USE;

#endif
