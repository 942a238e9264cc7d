/* control.c: the control socket. */
#include "programs/control.h"

#include <errno.h>
#include <pwd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "programs/forgetting.h"

enum { GROUPS_MAX = 4096, NAME_MAX_BYTES = 16384 };

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

/* ---- the audit record ---- */

static str name_of(unsigned uid, struct arena *arena)
{
    char *room = arena_bytes(arena, NAME_MAX_BYTES);
    struct passwd passwd, *found = NULL;

    if (getpwuid_r(uid, &passwd, room, NAME_MAX_BYTES, &found) != 0 || !found)
        return S("");
    return str_from(passwd.pw_name);
}

static struct audit_entry entry_of(const struct caller *caller, const struct request *request,
                                   struct arena *arena)
{
    return (struct audit_entry){.time = (int64_t)time(NULL),
                                .uid = caller->uid,
                                .pid = caller->pid,
                                .user = name_of(caller->uid, arena),
                                .deed = str_from(deed_rows[request->deed].name),
                                .object = request->id,
                                .reason = request->reason};
}

/* True if this one is still to be written down. */
static bool is_worth_a_row(struct control *control, unsigned uid)
{
    int64_t minute = (int64_t)time(NULL) / 60;
    struct control_refused *refused = control->refused;

    for (unsigned i = 0; i < CONTROL_REFUSERS; i++)
        if (refused[i].uid == uid && refused[i].minute == minute)
            return ++refused[i].count <= LIMIT_CONTROL_REFUSED;
    refused[control->next_refused] = (struct control_refused){uid, 1, minute};
    control->next_refused = (control->next_refused + 1) % CONTROL_REFUSERS;
    return true;
}

/* What he asked for counts as far as it can be read; the words say why he may not. */
static void audit_refusal(struct control *control, const struct caller *caller, const struct frame *frame,
                          const struct err *why, struct arena *arena)
{
    struct request request;
    struct audit_entry entry;
    struct err err;

    if (!control->stores->audit || !is_worth_a_row(control, caller->uid))
        return;
    if (!request_read(&request, frame, arena, &err))
        request = (struct request){.deed = deed_find(frame)};
    entry = entry_of(caller, &request, arena);
    entry.outcome = AUDIT_REFUSED;
    entry.words = str_from(why->words);
    if (!audit_add(control->stores->audit, &entry, &err))
        log_event(LEVEL_ERROR, "refusal not recorded", {"reason", str_from(err.words)});
}

/* ---- the deeds ---- */

/* What a deed works with. Its words come into the audit record. */
struct work {
    struct control *control;
    const struct request *request;
    struct audit_entry *entry;
    struct frame *answer;
    struct arena *arena;
    int64_t job; /* the release that was begun: its end is told later */
};

static bool show_status(struct work *work, struct err *err)
{
    json_t *counts = json_object();

    (void)err;
    for (unsigned i = 0; i < COUNTS; i++)
        json_object_set_new(counts, count_names[i],
                            json_integer((json_int_t)board_sum(work->control->board, (enum count)i)));
    frame_set_text(work->answer, "version", S(POSTERN_VERSION));
    frame_set_number(work->answer, "started", work->control->started);
    json_object_set_new(work->answer->head, "counts", counts);
    return true;
}

static bool delete_held(struct work *work, struct err *err)
{
    bool found;

    if (releases_has(work->control->releases, work->request->id))
        return err_set(err, "it is being released just now");
    if (!quarantine_delete(work->control->stores->quarantine, work->request->id, &found, err))
        return false;
    return found || err_set(err, "nothing is held under \"%.*s\"", PS(work->request->id));
}

static bool release_held(struct work *work, struct err *err)
{
    const struct control *control = work->control;

    return releases_begin(control->releases, work->request, work->entry, control->release, &work->job, err);
}

/* The address itself stands nowhere afterwards, so the record has its pseudonym. */
static bool forget(struct work *work, struct err *err)
{
    const struct stores *stores = work->control->stores;
    struct forgetting_result result;

    if (!forgetting_run(stores->journal_directory, stores->journal, stores->kept, stores->audit,
                        work->request->address, work->entry->object, &result, err))
        return false;
    frame_set_text(work->answer, "pseudonym", work->entry->object);
    frame_set_number(work->answer, "rows", (int64_t)result.journal.rows);
    frame_set_number(work->answer, "periods", (int64_t)result.journal.periods);
    frame_set_number(work->answer, "dropped", (int64_t)result.journal.facts_dropped);
    frame_set_number(work->answer, "messages", (int64_t)result.messages);
    return true;
}

static bool (*const runs[DEEDS])(struct work *work, struct err *err) = {
    [DEED_STATUS] = show_status,
    [DEED_DELETE] = delete_held,
    [DEED_RELEASE] = release_held,
    [DEED_FORGET] = forget,
};

/* What changes something is written down before, and what came of it afterwards. What can't be written down
 * is not done. */
static bool run_audited(struct work *work, struct err *err)
{
    struct audit *audit = work->control->stores->audit;
    struct audit_entry *entry = work->entry, end;
    struct err audit_err;
    bool ok;

    if (work->request->address.n &&
        !forgetting_pseudonym(work->request->address, work->arena, &entry->object, err))
        return false;
    entry->outcome = AUDIT_BEGUN;
    if (!audit_add(audit, entry, err))
        return false;
    ok = runs[work->request->deed](work, err);
    if (work->job)
        return true;
    end = *entry;
    end.begun = entry->number;
    end.time = (int64_t)time(NULL);
    end.outcome = ok ? AUDIT_DONE : AUDIT_FAILED;
    end.words = ok ? S("") : str_from(err->words);
    if (!audit_add(audit, &end, &audit_err))
        log_event(LEVEL_ERROR, "outcome not recorded", {"reason", str_from(audit_err.words)});
    return ok;
}

static bool answer_request(struct control *control, const struct caller *caller, const struct frame *frame,
                           struct frame *answer, struct arena *arena, int64_t *job, struct err *err)
{
    static const char *const groups[] = {"", "view", "operate", "admin"};
    enum deed deed = deed_find(frame);
    struct request request;
    struct audit_entry entry;
    struct work work = {control, &request, &entry, answer, arena, 0};
    bool ok;

    if (deed < DEEDS && caller->right < deed_rows[deed].right) {
        err_set(err, "this is for members of the group that `control.%s` names, or of a higher one",
                groups[deed_rows[deed].right]);
        audit_refusal(control, caller, frame, err, arena);
        return false;
    }
    if (!request_read(&request, frame, arena, err))
        return false;
    entry = entry_of(caller, &request, arena);
    if (!deed_rows[request.deed].changes)
        return runs[request.deed](&work, err);
    ok = control->stores->audit ? run_audited(&work, err) : err_set(err, "posternd is not ready yet");
    *job = work.job;
    return ok;
}

int64_t control_answer(struct control *control, const struct caller *caller, const struct frame *frame,
                       struct frame *answer, struct arena *arena)
{
    int64_t job = 0;
    struct err err;

    frame_set_text(answer, "do", frame_text(frame, "do"));
    if (answer_request(control, caller, frame, answer, arena, &job, &err))
        return job;
    frame_set_text(answer, "error", str_from(err.words));
    log_event(LEVEL_WARNING, "request refused", {"request", frame_text(frame, "do")},
              {"uid", arena_printf(arena, "%u", caller->uid)}, {"reason", str_from(err.words)});
    return 0;
}
