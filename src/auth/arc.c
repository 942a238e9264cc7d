/* arc.c: validating a chain of ARC sets, in the order of RFC 8617 section 5.2. */
#include "auth/arc.h"

#include "auth/signature.h"
#include "base/limits.h"

/* A message signature or a seal. */
struct piece {
    struct signature signature;
    enum result result; /* of reading it: RESULT_NONE if it can be checked */
    str reason;
    struct signature_key key;
};

/* The parts of one set. */
struct parts {
    struct piece *message, *seal;
    uint8_t digest[HASH_SIZE_MAX]; /* what the seal signs */
};

struct arc_work {
    struct parts *parts; /* like arc->sets */
    struct digests own;
    struct digests *digests;
};

/* --- outcome --- */

/* What is known to be wrong outweighs what is not known. */
static unsigned weight(enum result result, bool temporary)
{
    if (result == RESULT_FAIL)
        return temporary ? 2 : 3;
    return result == RESULT_UNKNOWN ? 1 : 0;
}

/* Takes the outcome if it weighs more than what was found before. */
static void consider(struct arc *arc, enum result result, bool temporary, str reason)
{
    if (weight(result, temporary) <= weight(arc->result, arc->temporary))
        return;
    arc->result = result;
    arc->temporary = temporary;
    arc->reason = reason;
}

static bool broken(struct arc *arc, str reason)
{
    consider(arc, RESULT_FAIL, false, reason);
    return false;
}

/* --- reading the sets --- */

static void add_warnings(struct notes *warnings, unsigned instance, const struct notes *notes,
                         struct arena *arena)
{
    for (const struct note *note = notes->first; note; note = note->next)
        note_add(warnings, arena, "set %u: %.*s", instance, PS(note->text));
}

static struct piece *read_piece(struct arc *arc, const struct header *header, enum signature_kind kind,
                                struct arena *arena)
{
    struct piece *piece = arena_new_of(arena, struct piece);
    struct notes notes = {0};

    piece->result = signature_parse(&piece->signature, header, kind, arena, &piece->reason, &notes);
    if (piece->signature.instance)
        add_warnings(&arc->warnings, piece->signature.instance, &notes, arena);
    return piece;
}

/* A field was read: true if its set is there to take it. */
static bool can_place(struct arc *arc, const struct header *header, unsigned instance, bool taken, str why,
                      struct arena *arena)
{
    const char *name = header_name(header->id);

    if (instance == 0 || instance > LIMIT_ARC_SETS)
        return broken(arc, arena_printf(arena, "no set can be told for an %s: %.*s", name, PS(why)));
    if (taken)
        return broken(arc, arena_printf(arena, "set %u has two %s fields", instance, name));
    if (arc->n < instance)
        arc->n = instance;
    return true;
}

static void read_results(struct arc *arc, const struct mail *mail, struct arena *arena)
{
    for (const struct header *header = mail->first[HEADER_ARC_AUTHENTICATION_RESULTS]; header;
         header = header->next_same) {
        struct authres results;
        struct arc_set *set;

        authres_parse(&results, header->value, true, arena);
        set = results.instance <= LIMIT_ARC_SETS ? &arc->sets[results.instance] : arc->sets;
        if (!can_place(arc, header, results.instance, set->results_header != NULL,
                       S("it does not begin with i= and a number from 1 to 50"), arena))
            continue;
        set->results = results;
        set->results_header = header;
    }
}

static void read_messages(struct arc *arc, const struct mail *mail, struct arena *arena)
{
    for (const struct header *header = mail->first[HEADER_ARC_MESSAGE_SIGNATURE]; header;
         header = header->next_same) {
        struct piece *piece = read_piece(arc, header, SIGNATURE_ARC_MESSAGE, arena);
        struct arc_set *set = &arc->sets[piece->signature.instance];

        if (!can_place(arc, header, piece->signature.instance, set->signature_header != NULL, piece->reason,
                       arena))
            continue;
        arc->work->parts[piece->signature.instance].message = piece;
        set->signature_header = header;
        set->signature_domain = piece->signature.domain;
    }
}

static enum result status_of(str cv)
{
    static const enum result statuses[] = {RESULT_NONE, RESULT_PASS, RESULT_FAIL};

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (str_eq(cv, str_from(result_name(statuses[i]))))
            return statuses[i];
    return RESULT_UNKNOWN;
}

static void read_seals(struct arc *arc, const struct mail *mail, struct arena *arena)
{
    for (const struct header *header = mail->first[HEADER_ARC_SEAL]; header; header = header->next_same) {
        struct piece *piece = read_piece(arc, header, SIGNATURE_ARC_SEAL, arena);
        struct arc_set *set = &arc->sets[piece->signature.instance];

        if (!can_place(arc, header, piece->signature.instance, set->seal_header != NULL, piece->reason,
                       arena))
            continue;
        arc->work->parts[piece->signature.instance].seal = piece;
        set->seal_header = header;
        set->domain = piece->signature.domain;
        set->selector = piece->signature.selector;
        set->time = piece->signature.time;
        set->cv = status_of(piece->signature.cv);
    }
}

static bool is_trusted(str domain, const struct arc_params *params)
{
    for (size_t i = 0; i < params->trusted_sealer_count; i++)
        if (domain.n && str_eq(domain, params->trusted_sealers[i]))
            return true;
    return false;
}

/* --- the chain as it stands there --- */

static bool has_all_fields(struct arc *arc, const struct arc_set *set, struct arena *arena)
{
    enum header_id missing = !set->results_header     ? HEADER_ARC_AUTHENTICATION_RESULTS
                             : !set->signature_header ? HEADER_ARC_MESSAGE_SIGNATURE
                             : !set->seal_header      ? HEADER_ARC_SEAL
                                                      : HEADER_OTHER;

    if (missing == HEADER_OTHER)
        return true;
    return broken(
        arc, arena_printf(arena, "set %u of %zu has no %s", set->instance, arc->n, header_name(missing)));
}

static bool is_seal_usable(struct arc *arc, const struct arc_set *set, struct arena *arena)
{
    const struct piece *seal = arc->work->parts[set->instance].seal;
    enum result wanted = set->instance == 1 ? RESULT_NONE : RESULT_PASS;

    if (seal->result != RESULT_NONE)
        return broken(
            arc, arena_printf(arena, "set %u's seal can't be used: %.*s", set->instance, PS(seal->reason)));
    if (set->cv != wanted)
        return broken(arc, arena_printf(arena, "set %u's seal says cv=%.*s, which has to be cv=%s there",
                                        set->instance, PS(seal->signature.cv), result_name(wanted)));
    return true;
}

/* Only the newest message signature has to be usable; older ones are expected to break (section 5.2). */
static bool is_message_usable(struct arc *arc, int64_t now, int64_t skew, struct arena *arena)
{
    const struct piece *message = arc->work->parts[arc->n].message;

    if (message->result != RESULT_NONE)
        return broken(arc, arena_printf(arena, "set %zu's message signature can't be used: %.*s", arc->n,
                                        PS(message->reason)));
    if (message->signature.expires >= 0 && message->signature.expires + skew < now)
        return broken(arc, arena_printf(arena, "set %zu's message signature expired %lld seconds ago (x=)",
                                        arc->n, (long long)(now - message->signature.expires)));
    return true;
}

static void note_times(struct arc *arc, int64_t now, int64_t skew, struct arena *arena)
{
    for (size_t k = 1; k <= arc->n; k++) {
        int64_t time = arc->sets[k].time;

        if (time >= 0 && time - skew > now)
            note_add(&arc->warnings, arena, "set %zu was sealed %lld seconds in the future (t=)", k,
                     (long long)(time - now));
        if (k > 1 && time >= 0 && time + skew < arc->sets[k - 1].time)
            note_add(&arc->warnings, arena, "set %zu says it was sealed before set %zu (t=)", k, k - 1);
    }
}

static bool is_whole(struct arc *arc, int64_t now, const struct arc_params *params, struct arena *arena)
{
    const struct parts *newest = &arc->work->parts[arc->n];

    if (arc->sets[arc->n].cv == RESULT_FAIL)
        return broken(
            arc, arena_printf(arena, "set %zu, by %.*s, says that the chain was broken before it (cv=fail)",
                              arc->n, PS(newest->seal->signature.domain)));
    if (arc->result == RESULT_FAIL)
        return false;
    for (size_t k = 1; k <= arc->n; k++)
        if (!has_all_fields(arc, &arc->sets[k], arena))
            return false;
    for (size_t k = 1; k <= arc->n; k++)
        if (!is_seal_usable(arc, &arc->sets[k], arena))
            return false;
    note_times(arc, now, params->clock_skew, arena);
    return is_message_usable(arc, now, params->clock_skew, arena);
}

/* --- keys --- */

/* What all keys are looked up with, and the warnings of this run. */
struct search {
    struct ask *ask;
    struct crypto *crypto;
    struct notes warnings;
    bool open;
};

static void find_key(struct search *search, size_t k, struct piece *piece)
{
    struct notes notes = {0};

    if (!signature_find_key(&piece->key, &piece->signature, search->ask, ASK_ARC, search->crypto, &notes))
        search->open = true;
    add_warnings(&search->warnings, (unsigned)k, &notes, search->ask->arena);
}

/* An older message signature is worth a look only if it takes no body hash of its own: fifty different l=
 * would be fifty passes over the body. */
static bool is_older_usable(const struct piece *message)
{
    return message->result == RESULT_NONE && !message->signature.has_length;
}

/* Asks for all keys at once, those first that decide: what is over the budget is then what matters least. The
 * warnings of the run that has all answers are kept: their order, and which of them are over LIMIT_NOTES,
 * does not depend on the order of answers. */
static bool find_keys(struct arc *arc, struct ask *ask, struct crypto *crypto)
{
    struct search search = {.ask = ask, .crypto = crypto};
    struct parts *parts = arc->work->parts;

    find_key(&search, arc->n, parts[arc->n].message);
    for (size_t k = arc->n; k >= 1; k--)
        find_key(&search, k, parts[k].seal);
    for (size_t k = arc->n - 1; k >= 1 && is_older_usable(parts[k].message); k--)
        find_key(&search, k, parts[k].message);
    for (const struct note *note = search.warnings.first; note && !search.open; note = note->next)
        note_add(&arc->warnings, ask->arena, "%.*s", PS(note->text));
    return !search.open;
}

/* --- checking --- */

/* Section 5.1.1: a seal signs all sets up to its own, each as results, message signature, seal; of its own
 * seal all but b=. Every seal's algorithm has SHA-256, so one running digest serves them all. */
static void hash_seals(struct arc *arc, const struct mail *mail, struct crypto *crypto)
{
    struct hash *hash = hash_new(crypto, HASH_SHA256), *last;

    for (size_t k = 1; k <= arc->n; k++) {
        const struct arc_set *set = &arc->sets[k];

        canon_header(hash, CANON_RELAXED, set->results_header, mail->lf_only, S(""), true);
        canon_header(hash, CANON_RELAXED, set->signature_header, mail->lf_only, S(""), true);
        last = hash_copy(hash);
        canon_header(last, CANON_RELAXED, set->seal_header, mail->lf_only,
                     arc->work->parts[k].seal->signature.without, false);
        hash_end(last, arc->work->parts[k].digest);
        canon_header(hash, CANON_RELAXED, set->seal_header, mail->lf_only, S(""), true);
    }
    hash_end(hash, (uint8_t[HASH_SIZE_MAX]){0});
}

/* True if the key of a piece is there to check it with; else what that means for the chain. */
static bool has_key(struct arc *arc, size_t k, const char *what, const struct piece *piece,
                    struct arena *arena)
{
    enum result result = piece->key.result;
    bool open =
        result == RESULT_UNKNOWN || result == RESULT_NEUTRAL; /* nobody was asked, or over the budget */

    if (result == RESULT_PASS)
        return true;
    consider(arc, open ? RESULT_UNKNOWN : RESULT_FAIL, result == RESULT_TEMPERROR,
             arena_printf(arena, "set %zu's %s by %.*s can't be checked: %.*s", k, what,
                          PS(piece->signature.domain), PS(piece->key.reason)));
    return false;
}

static bool check_message(struct arc *arc, size_t k, const struct mail *mail, struct crypto *crypto,
                          struct arena *arena, str *reason)
{
    const struct piece *piece = arc->work->parts[k].message;
    struct arc_set *set = &arc->sets[k];
    struct signature_check check;

    signature_check(&check, &piece->signature, &piece->key, mail, arc->work->digests, crypto, arena);
    set->signature_checked = true;
    set->signature_valid = check.result == RESULT_PASS;
    *reason = check.reason;
    return set->signature_valid;
}

static void check_newest(struct arc *arc, const struct mail *mail, struct crypto *crypto, struct arena *arena)
{
    const struct piece *piece = arc->work->parts[arc->n].message;
    str reason;

    if (has_key(arc, arc->n, "message signature", piece, arena) &&
        !check_message(arc, arc->n, mail, crypto, arena, &reason))
        broken(arc, arena_printf(arena, "set %zu's message signature by %.*s does not hold: %.*s", arc->n,
                                 PS(piece->signature.domain), PS(reason)));
}

static void check_seal(struct arc *arc, size_t k, struct crypto *crypto, struct arena *arena)
{
    const struct parts *parts = &arc->work->parts[k];
    struct arc_set *set = &arc->sets[k];

    if (!has_key(arc, k, "seal", parts->seal, arena))
        return;
    set->seal_checked = true;
    set->seal_valid = signature_verify(&parts->seal->signature, &parts->seal->key, crypto, parts->digest, 32);
    if (!set->seal_valid)
        broken(arc, arena_printf(
                        arena,
                        "set %zu's seal by %.*s does not verify: an ARC field of sets 1 to %zu was changed "
                        "after sealing (or the key was)",
                        k, PS(set->domain), k));
}

static unsigned find_oldest_pass(struct arc *arc, const struct mail *mail, struct crypto *crypto,
                                 struct arena *arena)
{
    str ignored;

    for (size_t k = arc->n - 1; k >= 1; k--) {
        const struct piece *piece = arc->work->parts[k].message;

        if (!is_older_usable(piece) || piece->key.result != RESULT_PASS ||
            !check_message(arc, k, mail, crypto, arena, &ignored))
            return (unsigned)k + 1;
    }
    return 0;
}

static unsigned find_trusted_from(const struct arc *arc)
{
    unsigned from = 0;

    for (size_t k = arc->n; k >= 1 && arc->sets[k].trusted; k--)
        from = (unsigned)k;
    return from;
}

static void check(struct arc *arc, const struct mail *mail, struct crypto *crypto, struct arena *arena)
{
    hash_seals(arc, mail, crypto);
    check_newest(arc, mail, crypto, arena);
    for (size_t k = arc->n; k >= 1; k--)
        check_seal(arc, k, crypto, arena);
    if (arc->result != RESULT_PASS)
        return;
    arc->oldest_pass = find_oldest_pass(arc, mail, crypto, arena);
    arc->trusted_from = find_trusted_from(arc);
    arc->reason =
        arc->n == 1
            ? S("the seal and the message signature are right")
            : arena_printf(arena, "all %zu seals are right, and so is the newest message signature", arc->n);
}

/* --- */

/* The sets begin at index 1 inside; index 0 takes what has no instance. */
static void finish(struct arc *arc)
{
    if (arc->sets)
        arc->sets++;
    arc->done = true;
}

/* False if the outcome is clear already. */
static bool begin(struct arc *arc, const struct mail *mail, const struct ask *ask,
                  const struct arc_params *params)
{
    unsigned seals = mail->count[HEADER_ARC_SEAL], messages = mail->count[HEADER_ARC_MESSAGE_SIGNATURE],
             results = mail->count[HEADER_ARC_AUTHENTICATION_RESULTS];

    arc->result = RESULT_NONE;
    arc->reason = S("there is no chain");
    if (seals + messages + results == 0)
        return false;
    arc->result = RESULT_PASS;
    if (seals > LIMIT_ARC_SETS || messages > LIMIT_ARC_SETS || results > LIMIT_ARC_SETS)
        return broken(arc, arena_printf(ask->arena, "there are more than %d sets", LIMIT_ARC_SETS));
    arc->work = arena_new_of(ask->arena, struct arc_work);
    arc->work->digests = params->digests ? params->digests : &arc->work->own;
    arc->work->parts = arena_array_of(ask->arena, LIMIT_ARC_SETS + 1, struct parts);
    arc->sets = arena_array_of(ask->arena, LIMIT_ARC_SETS + 1, struct arc_set);
    for (unsigned k = 0; k <= LIMIT_ARC_SETS; k++)
        arc->sets[k] = (struct arc_set){.instance = k, .time = -1};
    read_seals(arc, mail, ask->arena);
    read_messages(arc, mail, ask->arena);
    read_results(arc, mail, ask->arena);
    for (size_t k = 1; k <= arc->n; k++)
        arc->sets[k].trusted = is_trusted(arc->sets[k].domain, params);
    return is_whole(arc, ask->now, params, ask->arena);
}

bool arc_verify(struct arc *arc, const struct mail *mail, struct ask *ask, struct crypto *crypto,
                const struct arc_params *params)
{
    if (arc->done)
        return true;
    ask_begin(ask, ASK_ARC);
    if (!arc->work && !begin(arc, mail, ask, params)) {
        finish(arc);
        return true;
    }
    if (!find_keys(arc, ask, crypto))
        return false;
    check(arc, mail, crypto, ask->arena);
    finish(arc);
    return true;
}
