/* edit.h: what is changed in a message, as data, and what the message is like then.
 *
 * The edits are those of the milter protocol as Postfix and Sendmail carry them out, one after the other:
 * - insert: before the field that is number `index` from the top, the MTA's own Received field counting as
 * number 0; 0 is above all; past the end is the end;
 * - change, delete: the index-th field of that name, from 1, in any case. The topmost field is passed over in
 * counting: it is the MTA's own Received, or what was inserted above it. So what counts comes first, and what
 * is inserted last. What is not there is added by a change, and left alone by a deletion. */
#ifndef POSTERN_ACT_EDIT_H
#define POSTERN_ACT_EDIT_H

#include "auth/auth.h"
#include "judge/outcome.h"

enum edit_kind { EDIT_INSERT, EDIT_CHANGE, EDIT_DELETE, EDIT_DELETE_RECIPIENT };

struct edit {
    enum edit_kind kind;
    str name;  /* of the field; the address of the recipient as SMTP gave it */
    str value; /* what stands behind the colon: a space first, CRLF in folds, none at the end */
    unsigned index;
};

struct edit_params {
    const struct auth *auth; /* NULL: not judged; such mail is not delivered and so not edited */
    str authserv_id;         /* ours; not empty */
    str id;                  /* X-Postern-Id: one word */
    str subject_tag;         /* in front of the subject of what gets a banner; empty: none */
    bool released;           /* from the quarantine: results are not stated, auth may be NULL */
    bool spam_headers;       /* X-Spam-Flag and X-Spam-Status are ours too */
    enum direction direction;
};

/* Fills outcome->edits from what policy_decide() found: recipients without a copy, and the header as
 * docs/HEADERS.md has it. In whatever direction a message goes, fields that pretend to be ours are removed;
 * results are stated for mail from outside only. Nothing is edited in observe mode, or where nothing is
 * delivered. A message with more than LIMIT_EDIT_REMOVALS such fields (or as many subjects to tag) becomes
 * quarantined instead. Linear in the message. */
void edit_plan(struct outcome *outcome, const struct mail *mail, const struct edit_params *params,
               struct arena *arena);

/* One more field on top, after all that is planned: a signature or a seal. `field` is whole: "Name: value"
 * CRLF. */
void edit_add_field(struct outcome *outcome, str field, struct arena *arena);

/* The header that the edits make of mail->head. Line ends are those of the message. */
str edit_apply(const struct mail *mail, const struct edit *edits, size_t count, struct arena *arena);

/* The message as it will be, for what is signed or sealed: `out` has the new header and the old body.
 * out->raw is the new header and an empty line. */
void edit_preview(struct mail *out, const struct mail *mail, const struct edit *edits, size_t count,
                  struct arena *arena);

#endif
