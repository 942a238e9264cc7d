/* policy.h: what is done with a message: the site's table, its exceptions, and what was found out.
 *
 * Pure: the same input gives the same outcome, so the journal's messages can be run through another policy.
 */
#ifndef POSTERN_ACT_POLICY_H
#define POSTERN_ACT_POLICY_H

#include "auth/auth.h"
#include "judge/outcome.h"

/* Another action than the table's, until a day. All criteria that are given have to be met; one without any
 * meets nothing. */
struct policy_exception {
    str sender;    /* "user@domain" or "domain", in normal form, ".domain" for those below; empty: any */
    str recipient; /* the same */
    const struct network *networks; /* of the client */
    size_t network_count;           /* 0: any */
    enum action action;
    int64_t expires; /* counts while now < expires */
    str owner, reason;
};

struct policy {
    enum action actions[DIRECTIONS][CLASSES];
    enum action resolver_failure; /* ACTION_DEFER or ACTION_DELIVER, see policy_input.resolver_failing */
    const struct policy_exception *exceptions; /* the first that fits counts */
    size_t exception_count;
};

struct policy_input {
    const struct auth *auth; /* NULL: the message was not judged */
    const str *authors;      /* the addresses in From: "user@domain" */
    size_t author_count;
    enum direction direction;
    enum mode mode;
    const str *recipients; /* as SMTP gave them, without angle brackets */
    size_t recipient_count;
    bool resolver_failing; /* our own resolver is ill: a temperror says nothing of the sender */
    int64_t now;
    str id; /* X-Postern-Id, for the reply; may be empty */
};

/* Why a message is of that class, in one sentence. auth NULL: CLASS_UNSCANNED. */
enum result_class policy_class(const struct auth *auth, struct arena *arena, str *reason);

/* Fills everything but the edits. How recipients go together:
 * - where all are rejected, or all deferred, the message is; where only some are, their copies are
 * quarantined;
 * - copies that are delivered are one message: all get the severest of their actions (deliver, tag, banner);
 * - the action of the message is that of the delivered copies, or quarantine if there are none.
 * What was not judged is never delivered: no forged field was removed from it. Exceptions by sender count
 * only for a sender that is proven (SPF with a term that names the client, DKIM) or aligned (DMARC passed);
 * what From says does not. While our own resolver is ill, inbound mail of class temperror is deferred, or
 * delivered and tagged, whatever table and exceptions say. Linear in the recipients. */
void policy_decide(struct outcome *outcome, const struct policy *policy, const struct policy_input *input,
                   struct arena *arena);

#endif
