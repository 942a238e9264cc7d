/* identity.h: as whom the processes run. */
#ifndef POSTERN_PROGRAMS_IDENTITY_H
#define POSTERN_PROGRAMS_IDENTITY_H

#include "base/err.h"

struct identity {
    bool changes; /* we are root and the user is somebody else */
    unsigned uid, gid;
    char name[256];
};

/* The user of that name. If we aren't root, whoever we are, whatever the name. False with words if we are
 * root and there is no such user. */
bool identity_find(struct identity *identity, str user, struct err *err) MUST_USE;

/* For good: groups, user, and the saved ones. */
bool identity_take(const struct identity *identity, struct err *err) MUST_USE;

#endif
