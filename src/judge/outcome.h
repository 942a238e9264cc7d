/* outcome.h: what is done with a message, and the words in which policy, journal and configuration speak of
 * it. */
#ifndef POSTERN_JUDGE_OUTCOME_H
#define POSTERN_JUDGE_OUTCOME_H

#include "base/str.h"

/* What is done with a message, from mild to severe. */
enum action {
    ACTION_DELIVER,
    ACTION_TAG,        /* delivered, and its header says what was found */
    ACTION_BANNER,     /* delivered, and the recipient sees it without looking for it */
    ACTION_QUARANTINE, /* kept by us, not delivered */
    ACTION_DEFER,      /* 4xx */
    ACTION_REJECT,     /* 5xx */
    ACTIONS,
};

/* Where a message comes from, seen from the site. */
enum direction {
    DIRECTION_INBOUND,    /* from outside */
    DIRECTION_OUTBOUND,   /* from a host of ours */
    DIRECTION_RELAY,      /* from outside, through a gateway of ours */
    DIRECTION_SUBMISSION, /* from a user who gave a password */
    DIRECTIONS,
};

enum mode { MODE_OBSERVE, MODE_ENFORCE };

/* What was found, as far as policy asks. */
enum result_class {
    CLASS_PASS,             /* DMARC passed, or a trusted ARC chain speaks for the message */
    CLASS_NONE,             /* the author domain has no DMARC record */
    CLASS_DMARC_FAIL,       /* failed, and the author domain asks for nothing (p=none) */
    CLASS_DMARC_QUARANTINE, /* failed, and the author domain asks for quarantine */
    CLASS_DMARC_REJECT,     /* failed, and the author domain asks for rejection */
    CLASS_TEMPERROR,        /* DNS failed */
    CLASS_PERMERROR,        /* From or the record can't be understood */
    CLASS_UNKNOWN,          /* not computed: an answer is missing that nobody was asked for */
    CLASS_UNSCANNED,        /* the message was not judged at all */
    CLASSES,
};

/* The words, by value; NULL at the end. */
extern const char *const action_names[];
extern const char *const direction_names[];
extern const char *const mode_names[];
extern const char *const result_class_names[];

const char *action_name(enum action action);
/* Takes just the words of action_names. */
bool action_parse(str word, enum action *action);

struct outcome_recipient {
    str address;
    enum action action;
    str reason;
    size_t exception; /* of the policy's exceptions the one that fits, from 1; 0: none. Not kept */
};

struct edit;

struct outcome {
    enum action action; /* of the message as a whole: what the MTA is told */
    bool observed;      /* mode observe: nothing is changed; action is what would have been done */
    struct outcome_recipient *recipients;
    size_t recipient_count;
    size_t exception;                         /* where there is no recipient, as in there */
    str reply_code, reply_status, reply_text; /* "550", "5.7.1", words; for defer and reject */
    struct edit *edits;                       /* act/edit.h; in order of execution */
    size_t edit_count;
    str result_class; /* a word of result_class_names */
    str reason;
};

#endif
