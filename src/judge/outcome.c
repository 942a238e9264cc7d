/* outcome.c: the words in which policy, journal and configuration speak of a message. */
#include "judge/outcome.h"

#include <assert.h>

const char *const action_names[] = {
    [ACTION_DELIVER] = "deliver",
    [ACTION_TAG] = "tag",
    [ACTION_BANNER] = "banner",
    [ACTION_QUARANTINE] = "quarantine",
    [ACTION_DEFER] = "defer",
    [ACTION_REJECT] = "reject",
    [ACTIONS] = NULL,
};

const char *const direction_names[] = {
    [DIRECTION_INBOUND] = "inbound",
    [DIRECTION_OUTBOUND] = "outbound",
    [DIRECTION_RELAY] = "relay",
    [DIRECTION_SUBMISSION] = "submission",
    [DIRECTIONS] = NULL,
};

const char *const mode_names[] = {[MODE_OBSERVE] = "observe", [MODE_ENFORCE] = "enforce", NULL};

const char *const result_class_names[] = {
    [CLASS_PASS] = "pass",
    [CLASS_NONE] = "none",
    [CLASS_DMARC_FAIL] = "dmarc-fail",
    [CLASS_DMARC_QUARANTINE] = "dmarc-quarantine",
    [CLASS_DMARC_REJECT] = "dmarc-reject",
    [CLASS_TEMPERROR] = "temperror",
    [CLASS_PERMERROR] = "permerror",
    [CLASS_UNKNOWN] = "unknown",
    [CLASS_UNSCANNED] = "unscanned",
    [CLASSES] = NULL,
};

const char *action_name(enum action action)
{
    assert(action < ACTIONS);
    return action_names[action];
}

bool action_parse(str word, enum action *action)
{
    for (enum action i = 0; i < ACTIONS; i++) {
        if (str_eq(word, str_from(action_names[i]))) {
            *action = i;
            return true;
        }
    }
    return false;
}
