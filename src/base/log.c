/* log.c: logfmt lines on standard error. */
#include "base/log.h"

#include <assert.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/iso.h"
#include "base/limits.h"

static enum log_level highest = LEVEL_INFO;
static struct arena *arena; /* one line at a time; kept for the life of the process */

void log_set_level(enum log_level level)
{
    highest = level;
}

static void add_pair(struct buf *buf, const char *key, str value)
{
    for (const char *c = key; *c; c++)
        assert(ascii_is_alnum(*c) || *c == '_' || *c == '.' || *c == '-');
    buf_printf(buf, " %s=", key);
    escape_logfmt(buf, str_sub(value, 0, LIMIT_LOG_VALUE));
    if (value.n > LIMIT_LOG_VALUE)
        buf_printf(buf, " %s_cut=%zu", key, value.n - LIMIT_LOG_VALUE);
}

void log_format(struct buf *buf, int64_t time, enum log_level level, const char *event,
                const struct log_pair *pairs, size_t n)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};

    buf_printf(buf, "time=%.*s level=%s", PS(iso_format(time, buf->arena)), names[level]);
    add_pair(buf, "event", str_from(event));
    for (size_t i = 0; i < n; i++)
        add_pair(buf, pairs[i].key, pairs[i].value);
}

void log_pairs(enum log_level level, const char *event, const struct log_pair *pairs, size_t n)
{
    struct buf buf;
    ssize_t written;

    if (level > highest)
        return;
    if (!arena)
        arena = arena_new();
    buf = buf_new(arena, 64 * LIMIT_LOG_VALUE);
    log_format(&buf, time(NULL), level, event, pairs, n);
    buf.max++; /* the newline, even if the line was cut */
    buf_add_char(&buf, '\n');
    written = write(STDERR_FILENO, buf.p, buf.n);
    (void)written; /* where would we say that the log can't be written? */
    arena_reset(arena);
}
