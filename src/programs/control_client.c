/* control_client.c: the command line's side of the control socket. */
#include "programs/control_client.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT = 3600 }; /* seconds for an answer: an address is forgotten in a large journal */

static int call(str path, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval wait = {.tv_sec = WAIT};
    int fd;

    if (path.n >= sizeof(address.sun_path)) {
        err_set(err, "the path of a socket has at most %zu bytes", sizeof(address.sun_path) - 1);
        return -1;
    }
    memcpy(address.sun_path, path.p, path.n);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0)
        return fd;
    err_errno(err, errno, "posternd does not answer at %.*s", PS(path));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool converse(int fd, const struct frame *request, struct frame *answer, struct arena *arena,
                     struct err *err)
{
    str datagram;

    if (!frame_write(request, arena, &datagram, err) || frame_send(fd, datagram, NULL, 0, err) != FRAME_SENT)
        return false;
    switch (frame_receive(fd, answer, arena, err)) {
    case FRAME_RECEIVED:
        break;
    case FRAME_NOTHING:
        return err_set(err, "posternd gave no answer for %d seconds", WAIT);
    case FRAME_END:
        return err_set(err, "posternd ended the call without an answer");
    case FRAME_BROKEN:
        return false;
    }
    if (frame_text(answer, "error").n == 0)
        return true;
    err_set(err, "%.*s", PS(frame_text(answer, "error")));
    frame_free(answer);
    return false;
}

bool control_ask(str path, struct frame *request, struct frame *answer, struct arena *arena, struct err *err)
{
    int fd = call(path, err);
    bool ok = fd >= 0 && converse(fd, request, answer, arena, err);

    if (fd >= 0)
        close(fd);
    frame_free(request);
    return ok;
}
