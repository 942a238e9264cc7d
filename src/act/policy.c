/* policy.c: what is done with a message. */
#include "act/policy.h"

#include <assert.h>

#include "act/exception.h"

/* ---- the class ---- */

static enum result_class class_of_failure(const struct dmarc *dmarc)
{
    static const enum result_class classes[] = {
        [DMARC_POLICY_NONE] = CLASS_DMARC_FAIL,
        [DMARC_POLICY_QUARANTINE] = CLASS_DMARC_QUARANTINE,
        [DMARC_POLICY_REJECT] = CLASS_DMARC_REJECT,
    };

    return classes[dmarc->policy];
}

enum result_class policy_class(const struct auth *auth, struct arena *arena, str *reason)
{
    *reason = S("the message was not judged");
    if (!auth)
        return CLASS_UNSCANNED;
    *reason = arena_printf(arena, "DMARC: %.*s", PS(auth->dmarc.reason));
    switch (auth->dmarc.result) {
    case RESULT_PASS:
        return CLASS_PASS;
    case RESULT_NONE:
        return CLASS_NONE;
    case RESULT_FAIL:
        if (!auth->dmarc.overridden)
            return class_of_failure(&auth->dmarc);
        *reason = auth->dmarc.override_reason;
        return CLASS_PASS;
    case RESULT_TEMPERROR:
        return CLASS_TEMPERROR;
    case RESULT_PERMERROR:
        return CLASS_PERMERROR;
    case RESULT_UNKNOWN:
    case RESULT_SOFTFAIL:
    case RESULT_NEUTRAL:
    case RESULT_POLICY:
        break;
    }
    return CLASS_UNKNOWN;
}

/* ---- the recipients, each by itself ---- */

struct decision {
    enum action action;
    str reason;
    size_t exception; /* from 1; 0: the table's */
};

struct decider {
    const struct policy *policy;
    const struct policy_input *input;
    struct arena *arena;
    enum result_class class;
    struct decision table;                      /* for who has no exception */
    const struct policy_exception **exceptions; /* that fit all but the recipient */
    size_t exception_count;
};

static bool from_outside(enum direction direction)
{
    return direction == DIRECTION_INBOUND || direction == DIRECTION_RELAY;
}

/* A temperror that is our own fault. */
static bool is_own_failure(const struct decider *decider)
{
    return decider->input->resolver_failing && decider->class == CLASS_TEMPERROR &&
           from_outside(decider->input->direction);
}

static void read_table(struct decider *decider)
{
    struct decision *table = &decider->table;

    table->action = decider->policy->actions[decider->input->direction][decider->class];
    if (is_own_failure(decider)) {
        table->action = decider->policy->resolver_failure == ACTION_DEFER ? ACTION_DEFER : ACTION_TAG;
        table->reason = S("our own resolver is failing, so the sender could not be checked");
    } else if (decider->class == CLASS_UNSCANNED && table->action < ACTION_QUARANTINE) {
        table->action = ACTION_QUARANTINE;
        table->reason = S(
            "the message was not judged, and what was not judged is never delivered, whatever the policy says");
    }
}

/* Exceptions need something that is proven, and of an unscanned message nothing is; and a failure of our own
 * is to be tried again for everybody. */
static void find_exceptions(struct decider *decider)
{
    const struct policy *policy = decider->policy;
    const struct policy_input *input = decider->input;
    struct exception_sender sender;

    if (decider->class == CLASS_UNSCANNED || is_own_failure(decider))
        return;
    decider->exceptions =
        arena_array_of(decider->arena, policy->exception_count, const struct policy_exception *);
    exception_find_sender(&sender, input, decider->arena);
    for (size_t i = 0; i < policy->exception_count; i++)
        if (exception_fits_message(&policy->exceptions[i], &sender, input))
            decider->exceptions[decider->exception_count++] = &policy->exceptions[i];
}

static struct decision decision_by(const struct decider *decider, const struct policy_exception *exception)
{
    return (struct decision){
        exception->action,
        arena_printf(decider->arena, "exception of %.*s: %.*s", PS(exception->owner), PS(exception->reason)),
        (size_t)(exception - decider->policy->exceptions) + 1};
}

/* For a recipient, or for nobody in particular (empty). */
static struct decision decide_for(const struct decider *decider, str recipient)
{
    struct exception_address address = exception_address(recipient, decider->arena);

    for (size_t i = 0; i < decider->exception_count; i++)
        if (exception_fits_recipient(decider->exceptions[i], &address))
            return decision_by(decider, decider->exceptions[i]);
    return decider->table;
}

/* ---- the recipients together ---- */

struct tally {
    size_t counts[ACTIONS];
    enum action delivered; /* the severest of those that are delivered */
    str why;               /* its reason */
};

static struct tally tally_of(const struct outcome *outcome)
{
    struct tally tally = {.delivered = ACTION_DELIVER};

    for (size_t i = 0; i < outcome->recipient_count; i++) {
        enum action action = outcome->recipients[i].action;

        tally.counts[action]++;
        if (action < ACTION_QUARANTINE && (action > tally.delivered || !tally.why.p)) {
            tally.delivered = action;
            tally.why = outcome->recipients[i].reason;
        }
    }
    return tally;
}

static void settle(struct outcome_recipient *recipient, const struct tally *tally, size_t count)
{
    if (recipient->action < tally->delivered && recipient->action < ACTION_QUARANTINE) {
        recipient->action = tally->delivered;
        recipient->reason = S("other recipients' copy is marked, and all have the same one");
    } else if (recipient->action > ACTION_QUARANTINE && tally->counts[recipient->action] < count) {
        recipient->reason = recipient->action == ACTION_REJECT
                                ? S("to be rejected, but not for all recipients: quarantined")
                                : S("to be deferred, but not for all recipients: quarantined");
        recipient->action = ACTION_QUARANTINE;
    }
}

static void settle_all(struct outcome *outcome)
{
    struct tally tally = tally_of(outcome);
    size_t delivered = tally.counts[ACTION_DELIVER] + tally.counts[ACTION_TAG] + tally.counts[ACTION_BANNER];

    for (size_t i = 0; i < outcome->recipient_count; i++)
        settle(&outcome->recipients[i], &tally, outcome->recipient_count);
    outcome->reason = delivered > 0 ? tally.why : outcome->recipients[0].reason;
    if (delivered > 0)
        outcome->action = tally.delivered;
    else if (tally.counts[ACTION_DEFER] == outcome->recipient_count)
        outcome->action = ACTION_DEFER;
    else if (tally.counts[ACTION_REJECT] == outcome->recipient_count)
        outcome->action = ACTION_REJECT;
    else
        outcome->action = ACTION_QUARANTINE;
}

/* ---- the reply ---- */

static str reference(str id, struct arena *arena)
{
    return id.n ? arena_printf(arena, " (reference %.*s)", PS(id)) : S("");
}

static void reply_reject(struct outcome *outcome, const struct decider *decider)
{
    const struct auth *auth = decider->input->auth;
    str id = reference(decider->input->id, decider->arena);

    outcome->reply_code = S("550");
    outcome->reply_status = S("5.7.1");
    outcome->reply_text = arena_printf(decider->arena, "message refused by policy%.*s", PS(id));
    if (auth && auth->dmarc.result == RESULT_FAIL && auth->dmarc.domain.n)
        outcome->reply_text = arena_printf(decider->arena, "message refused: it fails DMARC for %.*s%.*s",
                                           PS(auth->dmarc.domain), PS(id));
}

/* RFC 3463: 4.4.3 is a directory server (DNS) that fails, 4.3.0 the mail system itself. */
static void reply_defer(struct outcome *outcome, const struct decider *decider)
{
    str id = reference(decider->input->id, decider->arena);

    outcome->reply_code = S("451");
    if (decider->class == CLASS_TEMPERROR) {
        outcome->reply_status = S("4.4.3");
        outcome->reply_text =
            arena_printf(decider->arena, "the sender can't be checked for now, try again later%.*s", PS(id));
    } else {
        outcome->reply_status = decider->class == CLASS_UNSCANNED ? S("4.3.0") : S("4.7.1");
        outcome->reply_text =
            arena_printf(decider->arena, "not accepted for now, try again later%.*s", PS(id));
    }
}

/* ---- all of it ---- */

static void decide_recipients(struct outcome *outcome, const struct decider *decider)
{
    const struct policy_input *input = decider->input;

    outcome->recipients = arena_array_of(decider->arena, input->recipient_count, struct outcome_recipient);
    outcome->recipient_count = input->recipient_count;
    for (size_t i = 0; i < input->recipient_count; i++) {
        struct decision decision = decide_for(decider, input->recipients[i]);

        outcome->recipients[i] = (struct outcome_recipient){input->recipients[i], decision.action,
                                                            decision.reason, decision.exception};
    }
    settle_all(outcome);
}

void policy_decide(struct outcome *outcome, const struct policy *policy, const struct policy_input *input,
                   struct arena *arena)
{
    struct decider decider = {.policy = policy, .input = input, .arena = arena};

    assert(policy->resolver_failure == ACTION_DEFER || policy->resolver_failure == ACTION_DELIVER);
    *outcome = (struct outcome){.observed = input->mode == MODE_OBSERVE};
    decider.class = policy_class(input->auth, arena, &decider.table.reason);
    read_table(&decider);
    find_exceptions(&decider);
    if (input->recipient_count > 0) {
        decide_recipients(outcome, &decider);
    } else {
        struct decision decision = decide_for(&decider, S(""));

        outcome->action = decision.action;
        outcome->reason = decision.reason;
        outcome->exception = decision.exception;
    }
    outcome->result_class = str_from(result_class_names[decider.class]);
    if (outcome->action == ACTION_REJECT)
        reply_reject(outcome, &decider);
    else if (outcome->action == ACTION_DEFER)
        reply_defer(outcome, &decider);
}
