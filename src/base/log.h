/* log.h: what a program tells its administrator: logfmt lines on standard error. For programs only; libraries
 * fill a struct err. */
#ifndef POSTERN_BASE_LOG_H
#define POSTERN_BASE_LOG_H

#include "base/buf.h"

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

/* The value may be anything from outside: it is escaped (escape.h) and cut at LIMIT_LOG_VALUE. */
struct log_pair {
    const char *key; /* letters, digits, "_", "." and "-" */
    str value;
};

/* Lines above this level are not written; LEVEL_INFO at the start. */
void log_set_level(enum log_level level);

/* Writes one line with the time in front, in one write(2), so that the lines of several processes don't mix:
 *
 *     log_event(LEVEL_INFO, "listening", {"address", S("192.0.2.1")}, {"port", port});
 *     time=2026-11-25T10:22:43Z level=info event=listening address=192.0.2.1 port=25 */
#define log_event(level, event, ...)                                                                         \
    log_pairs((level), (event), (const struct log_pair[]){__VA_ARGS__},                                      \
              sizeof((const struct log_pair[]){__VA_ARGS__}) / sizeof(struct log_pair))
void log_pairs(enum log_level level, const char *event, const struct log_pair *pairs, size_t n);

/* The line without its newline, for a time in seconds since 1970. */
void log_format(struct buf *buf, int64_t time, enum log_level level, const char *event,
                const struct log_pair *pairs, size_t n);

#endif
