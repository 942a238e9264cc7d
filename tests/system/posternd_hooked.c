/* posternd with a hook, for the tests alone: a message can ask for a bug ("X-Deed: die") or for what the
 * sandbox forbids. */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "programs/daemon.h"
#include "programs/worker.h"

static bool asks_for(str raw, const char *deed)
{
    struct arena *arena = arena_new();
    bool found = str_find_str(raw, arena_printf(arena, "X-Deed: %s\r\n", deed)) < raw.n;

    arena_free(arena);
    return found;
}

static void hook(str raw)
{
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
    way_hook = hook;
    return daemon_main(count, arguments);
}
