/* suite.c: what the runners of public conformance suites share. */
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SHARED POSTERN_SOURCE_ROOT "/../shared"

static bool read_file(const char *path, struct arena *arena, str *text)
{
    FILE *file = fopen(path, "rb");
    size_t size = 0;
    size_t room = 1 << 16;
    char *bytes = arena_bytes(arena, room);

    if (!file)
        return false;
    for (size_t n; (n = fread(bytes + size, 1, room - size, file)) > 0;) {
        size += n;
        if (size == room) {
            char *more = arena_bytes(arena, room * 2);

            memcpy(more, bytes, size);
            bytes = more;
            room *= 2;
        }
    }
    *text = (str){bytes, size};
    return fclose(file) == 0 && size > 0;
}

/* A skip is a failure where the suites have to be there. */
static bool skip_is_failure(void)
{
    const char *require = getenv("POSTERN_REQUIRE_SUITES");
    const char *ci = getenv("CI");

    return ((require && *require) || (ci && *ci)) && access(SHARED, F_OK) == 0;
}

static int skip(const struct suite *suite, const char *path)
{
    const char *why = strerror(errno);
    bool failure = skip_is_failure();

    if (suite->summary_only)
        printf("%s skipped: %s: %s\n", suite->name, path, why);
    else if (failure)
        printf("1..1\nnot ok 1 - %s\n# %s: %s\n", suite->name, path, why);
    else
        printf("1..0 # SKIP %s: %s\n", path, why);
    return failure;
}

bool suite_open(struct suite *suite, const char *name, const char *file, int count, char **arguments,
                str *text, int *status)
{
    const char *folder = getenv("POSTERN_SUITES");
    char path[4096];

    *suite = (struct suite){.name = name, .arena = arena_new()};
    suite->summary_only = count > 1 && strcmp(arguments[1], "--summary") == 0;
    snprintf(path, sizeof(path), "%s/%s", folder && *folder ? folder : SHARED "/suites", file);
    if (read_file(path, suite->arena, text))
        return true;
    *status = skip(suite, path);
    arena_free(suite->arena);
    return false;
}

static const char *reason_to_differ(const struct suite *suite, const char *name)
{
    for (size_t i = 0; i < suite->difference_count; i++)
        if (strcmp(suite->differences[i].name, name) == 0)
            return suite->differences[i].reason;
    return NULL;
}

void suite_case(struct suite *suite, bool good, const char *name, const char *format, ...)
{
    const char *reason = reason_to_differ(suite, name);
    bool expected = good == (reason == NULL);
    va_list arguments;
    str words;

    va_start(arguments, format);
    words = arena_vprintf(suite->arena, format, arguments);
    va_end(arguments);
    suite->cases++;
    suite->passed += good;
    suite->failed += !expected;
    if (suite->summary_only)
        return;
    printf("%s %u - %s\n", expected ? "ok" : "not ok", suite->cases, name);
    if (!good)
        printf("# %s\n", words.p);
    if (reason)
        printf("# %s: %s\n", good ? "listed as a difference, but there is none" : "differs", reason);
}

int suite_close(struct suite *suite)
{
    if (!suite->summary_only)
        printf("1..%u\n# ", suite->cases);
    printf("%s %u/%u\n", suite->name, suite->passed, suite->cases);
    arena_free(suite->arena);
    return suite->failed > 0 || suite->cases == 0;
}
