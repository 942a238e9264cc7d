/* err.h: what the environment did wrong, in words for the administrator.
 *
 * A function that can fail because of the environment (a file, a socket, a library) returns a bool that must
 * be used and fills a struct err. Callers add context in front ("reading /etc/x: ..."); the program prints it
 * once. Hostile or odd input is never an err: it is a value of the result. A bug is an assert. */
#ifndef POSTERN_BASE_ERR_H
#define POSTERN_BASE_ERR_H

#include "base/str.h"

#define MUST_USE __attribute__((warn_unused_result))

struct err {
    char words[512]; /* one line, NUL-terminated; cut with "..." if longer */
};

/* Sets the words; always returns false, so that `return err_set(err, ...)` reads well. err may be NULL. */
bool err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with ": " and strerror(errno_value) behind. */
bool err_errno(struct err *err, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of what is there; always returns false. */
bool err_context(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
