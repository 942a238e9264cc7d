/* err.c: what the environment did wrong, in words. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

/* Ends words that were cut with "...". */
static void mark_cut(struct err *err, int wanted)
{
    if (wanted >= (int)sizeof(err->words))
        memcpy(err->words + sizeof(err->words) - 4, "...", 4);
}

bool err_set(struct err *err, const char *format, ...)
{
    va_list arguments;

    if (!err)
        return false;
    va_start(arguments, format);
    mark_cut(err, vsnprintf(err->words, sizeof(err->words), format, arguments));
    va_end(arguments);
    return false;
}

bool err_errno(struct err *err, int errno_value, const char *format, ...)
{
    va_list arguments;
    char text[sizeof(err->words)];
    char reason[128];

    if (!err)
        return false;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return err_set(err, "%s: %s", text, strerror_r(errno_value, reason, sizeof(reason)));
}

bool err_context(struct err *err, const char *format, ...)
{
    va_list arguments;
    char context[sizeof(err->words)];
    char words[sizeof(err->words)];

    if (!err)
        return false;
    va_start(arguments, format);
    vsnprintf(context, sizeof(context), format, arguments);
    va_end(arguments);
    memcpy(words, err->words, sizeof(words));
    return err_set(err, "%s: %s", context, words);
}
