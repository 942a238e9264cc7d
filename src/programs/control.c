/* control.c: the control socket. */
#include "programs/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum { GROUPS_MAX = 4096 };

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

static enum right right_of_group(const struct control_groups *groups, gid_t gid)
{
    if (groups->admin >= 0 && gid == (gid_t)groups->admin)
        return RIGHT_ADMIN;
    if (groups->operate >= 0 && gid == (gid_t)groups->operate)
        return RIGHT_OPERATE;
    return groups->view >= 0 && gid == (gid_t)groups->view ? RIGHT_VIEW : RIGHT_NONE;
}

bool control_caller(int socket, const struct control_groups *groups, struct caller *caller, struct err *err)
{
    gid_t gids[GROUPS_MAX];
    socklen_t size = sizeof(struct ucred);
    struct ucred peer;

    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return err_errno(err, errno, "can't tell who is calling");
    *caller = (struct caller){(unsigned)peer.pid, peer.uid, right_of_group(groups, peer.gid)};
    if (peer.uid == 0 || peer.uid == geteuid())
        caller->right = RIGHT_ADMIN;
    size = sizeof(gids);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, gids, &size) != 0)
        size = 0; /* more than there is room for: he has those of before */
    for (size_t i = 0; i < size / sizeof(gids[0]); i++) {
        enum right right = right_of_group(groups, gids[i]);

        if (right > caller->right)
            caller->right = right;
    }
    return true;
}

static void status(const struct control *control, struct frame *answer)
{
    json_t *counts = json_object();

    for (unsigned i = 0; i < COUNTS; i++)
        json_object_set_new(counts, count_names[i],
                            json_integer((json_int_t)board_sum(control->board, (enum count)i)));
    frame_set_text(answer, "version", S(POSTERN_VERSION));
    frame_set_number(answer, "started", control->started);
    json_object_set_new(answer->head, "counts", counts);
}

static const struct deed {
    const char *name;
    enum right right;
    void (*run)(const struct control *control, struct frame *answer);
} deeds[] = {
    {"status", RIGHT_VIEW, status},
};

void control_answer(const struct control *control, const struct caller *caller, const struct frame *frame,
                    struct frame *answer)
{
    static const char *const groups[] = {"", "view", "operate", "admin"};
    str name = frame_text(frame, "do");
    const struct deed *deed = NULL;
    struct err err;

    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
        if (str_eq(name, str_from(deeds[i].name)))
            deed = &deeds[i];
    if (deed && caller->right >= deed->right) {
        deed->run(control, answer);
        return;
    }
    if (deed)
        err_set(&err, "this is for members of the group that `control.%s` names, or of a higher one",
                groups[deed->right]);
    else
        err_set(&err, "posternd knows no such request");
    frame_set_text(answer, "error", str_from(err.words));
    log_event(LEVEL_WARNING, "request refused", {"request", name}, {"reason", str_from(err.words)});
}
