/* progress.c: how far a long command is. */
#include "programs/progress.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SECOND_NS = 1000 * 1000 * 1000, EVERY_NS = 200 * 1000 * 1000 };

static const char clear[] = "\r\033[K";
static volatile sig_atomic_t shown;

static int64_t monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void on_end(int signal)
{
    if (shown && write(STDERR_FILENO, clear, sizeof(clear) - 1) < 0)
        shown = 0;
    raise(signal); /* with its usual effect: SA_RESETHAND */
}

void progress_begin(struct progress *progress)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = on_end, .sa_flags = (int)SA_RESETHAND}, before;

    *progress =
        (struct progress){.on = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO), .began = monotonic()};
    for (size_t i = 0; progress->on && i < sizeof(signals) / sizeof(*signals); i++)
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(signals[i], &action, NULL);
}

void progress_show(struct progress *progress, const char *format, ...)
{
    int64_t now = monotonic();
    va_list arguments;

    if (!progress->on || now - progress->began < SECOND_NS || now - progress->last < EVERY_NS)
        return;
    progress->last = now;
    shown = 1;
    fputc('\r', stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

void progress_clear(void)
{
    if (shown)
        fputs(clear, stderr);
    shown = 0;
}
