/* listen.c: listening sockets. */
#include "programs/listen.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    FIRST_INHERITED = 3,
    BACKLOG = 512,
    TRIES = 30, /* who had the address may be dying: the children of one that was killed */
    TRY_MS = 100,
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un path;
    struct sockaddr_storage all;
};

str listen_name(const struct conf_socket *address, struct arena *arena)
{
    if (address->path.n)
        return address->path;
    return arena_printf(arena, address->ip.family == 6 ? "[%.*s]:%u" : "%.*s:%u",
                        PS(ip_format(address->ip, arena)), (unsigned)address->port);
}

static bool make_address(const struct conf_socket *socket, union address *address, socklen_t *size,
                         struct err *err)
{
    memset(address, 0, sizeof(*address));
    if (socket->path.n) {
        if (socket->path.n >= sizeof(address->path.sun_path))
            return err_set(err, "the path of a socket has at most %zu bytes",
                           sizeof(address->path.sun_path) - 1);
        address->path.sun_family = AF_UNIX;
        memcpy(address->path.sun_path, socket->path.p, socket->path.n);
        *size = sizeof(address->path);
    } else if (socket->ip.family == 6) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(socket->port);
        memcpy(&address->v6.sin6_addr, socket->ip.bytes, 16);
        *size = sizeof(address->v6);
    } else {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(socket->port);
        memcpy(&address->v4.sin_addr, socket->ip.bytes, 4);
        *size = sizeof(address->v4);
    }
    return true;
}

/* ---- from systemd ---- */

static unsigned number_of(const char *variable, unsigned max)
{
    uint64_t number;

    return str_to_u64(str_from(getenv(variable)), max, &number) ? (unsigned)number : 0;
}

void listen_inherit(struct inherited *inherited)
{
    *inherited = (struct inherited){.first = FIRST_INHERITED};
    if (number_of("LISTEN_PID", INT32_MAX) == (unsigned)getpid())
        inherited->n = number_of("LISTEN_FDS", sizeof(inherited->taken) / sizeof(inherited->taken[0]));
    for (unsigned i = 0; i < inherited->n; i++)
        fcntl(inherited->first + (int)i, F_SETFD, FD_CLOEXEC);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
}

static bool same_address(int fd, const union address *wanted, int type)
{
    union address is;
    socklen_t size = sizeof(is), type_size = sizeof(int);
    int is_type;

    memset(&is, 0, sizeof(is));
    if (getsockname(fd, &is.any, &size) != 0 || is.any.sa_family != wanted->any.sa_family ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &is_type, &type_size) != 0 || is_type != type)
        return false;
    if (is.any.sa_family == AF_UNIX)
        return strncmp(is.path.sun_path, wanted->path.sun_path, sizeof(is.path.sun_path)) == 0;
    if (is.any.sa_family == AF_INET6)
        return is.v6.sin6_port == wanted->v6.sin6_port &&
               memcmp(&is.v6.sin6_addr, &wanted->v6.sin6_addr, sizeof(is.v6.sin6_addr)) == 0;
    return is.v4.sin_port == wanted->v4.sin_port && is.v4.sin_addr.s_addr == wanted->v4.sin_addr.s_addr;
}

static int take_inherited(struct inherited *inherited, const union address *wanted, int type)
{
    for (unsigned i = 0; i < inherited->n; i++) {
        int fd = inherited->first + (int)i;

        if (!inherited->taken[i] && same_address(fd, wanted, type)) {
            inherited->taken[i] = true;
            fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
            return fd;
        }
    }
    return -1;
}

/* ---- made here ---- */

/* True if nobody listens at this file any more. */
static bool is_left_over(const union address *address, socklen_t size, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool refused = fd >= 0 && connect(fd, &address->any, size) != 0 && errno == ECONNREFUSED;

    if (fd >= 0)
        close(fd);
    return refused;
}

static bool bind_to(int fd, const struct listen_params *params, const union address *address, socklen_t size)
{
    const int on = 1;
    mode_t before;
    bool ok;

    if (address->any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (address->any.sa_family != AF_UNIX) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        return bind(fd, &address->any, size) == 0;
    }
    before = umask(0777 & ~params->mode); /* from the first moment */
    ok = bind(fd, &address->any, size) == 0;
    if (!ok && errno == EADDRINUSE && is_left_over(address, size, params->type))
        ok = unlink(address->path.sun_path) == 0 && bind(fd, &address->any, size) == 0;
    umask(before);
    return ok;
}

static bool bind_patiently(int fd, const struct listen_params *params, const union address *address,
                           socklen_t size)
{
    bool ok;

    for (int i = 0; !(ok = bind_to(fd, params, address, size)) && errno == EADDRINUSE && i < TRIES; i++)
        poll(NULL, 0, TRY_MS);
    return ok;
}

static bool give_away(const struct listen_params *params, struct err *err)
{
    const struct group *group = params->group ? getgrnam(params->group) : NULL;
    gid_t gid = group ? group->gr_gid : params->gid;

    if (params->group && !group)
        return err_set(err, "there is no group %s on this machine", params->group);
    if (geteuid() != 0 && !group)
        return true;
    if (chown(params->address->path.p, geteuid() == 0 ? params->uid : (uid_t)-1, gid) != 0)
        return err_errno(err, errno, "can't give it to the group %u", (unsigned)gid);
    return true;
}

int listen_open(const struct listen_params *params, struct inherited *inherited, struct err *err)
{
    union address address;
    socklen_t size = 0;
    int fd;

    if (!make_address(params->address, &address, &size, err))
        return -1;
    fd = take_inherited(inherited, &address, params->type);
    if (fd >= 0)
        return fd;
    fd = socket(address.any.sa_family, params->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || !bind_patiently(fd, params, &address, size)) {
        err_errno(err, errno, "can't listen");
    } else if (address.any.sa_family == AF_UNIX && !give_away(params, err)) {
        unlink(address.path.sun_path);
    } else if (listen(fd, BACKLOG) != 0) {
        err_errno(err, errno, "can't listen");
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}
