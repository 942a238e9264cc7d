/* identity.c: as whom the processes run. */
#include "programs/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

bool identity_find(struct identity *identity, str user, struct err *err)
{
    const struct passwd *entry;

    *identity = (struct identity){.uid = geteuid(), .gid = getegid()};
    snprintf(identity->name, sizeof(identity->name), "%.*s", PS(user));
    if (geteuid() != 0)
        return true;
    entry = getpwnam(identity->name);
    if (!entry)
        return err_set(err, "there is no user %s on this machine; add it with useradd --system",
                       identity->name);
    identity->uid = entry->pw_uid;
    identity->gid = entry->pw_gid;
    identity->changes = entry->pw_uid != 0;
    return true;
}

bool identity_take(const struct identity *identity, struct err *err)
{
    if (!identity->changes)
        return true;
    if (initgroups(identity->name, identity->gid) != 0 ||
        setresgid(identity->gid, identity->gid, identity->gid) != 0 ||
        setresuid(identity->uid, identity->uid, identity->uid) != 0)
        return err_errno(err, errno, "can't become the user %s", identity->name);
    if (setuid(0) == 0)
        return err_set(err, "the user %s can become root again", identity->name);
    return true;
}
