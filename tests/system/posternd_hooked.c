/* posternd with a hook, for the tests alone: a message can ask for a bug ("X-Deed: die"), for what the
 * sandbox forbids, or for what it has to leave: patterns in machine code that were made before it closed. */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pattern.h"
#include "programs/daemon.h"
#include "programs/worker.h"

static bool asks_for(str raw, const char *deed)
{
    struct arena *arena = arena_new();
    bool found = str_find_str(raw, arena_printf(arena, "X-Deed: %s\r\n", deed)) < raw.n;

    arena_free(arena);
    return found;
}

static struct pattern_set *patterns;
static const struct pattern *pattern;

static const struct pattern *compile(void)
{
    struct err err;

    return pattern_compile(patterns, S("(?m)^Subject: (\\w+)"), PATTERN_CASELESS, &err);
}

static void say_slow(void)
{
    const char *slow = pattern_set_slow(patterns);

    if (slow)
        log_event(LEVEL_WARNING, "patterns are interpreted", {"reason", str_from(slow)});
}

static void find(const struct pattern *which, str raw)
{
    struct pattern_match match;

    assert(pattern_find(which, raw, 0, &match) == PATTERN_FOUND);
    assert(str_eq(match.group[1], S("Lunch")));
}

/* The one that was made behind the sandbox, and the one from before. */
static void find_both(str raw)
{
    const struct pattern *inside = compile();

    assert(!pattern_is_machine_code(inside));
    say_slow();
    find(inside, raw);
    find(pattern, raw);
}

static void hook(str raw)
{
    if (asks_for(raw, "find"))
        find(pattern, raw);
    if (asks_for(raw, "compile"))
        find_both(raw);
    if (asks_for(raw, "die"))
        abort();
    if (asks_for(raw, "open"))
        assert(open("/etc/passwd", O_RDONLY) < 0);
    if (asks_for(raw, "socket"))
        assert(socket(AF_UNIX, SOCK_STREAM, 0) < 0);
    if (asks_for(raw, "run"))
        execl("/bin/true", "true", NULL);
}

int main(int count, char **arguments)
{
    patterns = pattern_set_new(true);
    pattern = compile();
    say_slow();
    way_hook = hook;
    return daemon_main(count, arguments);
}
