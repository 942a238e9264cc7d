/* sender.c: identify: the chain of platforms, and what contradicts it. */
#include "sender/sender.h"

#include "sender/extract.h"

const char *proof_name(enum proof proof)
{
    static const char *const names[] = {
        [PROOF_CLAIMED] = "claimed", [PROOF_BRANDED] = "branded", [PROOF_PROVEN] = "proven"};

    return names[proof];
}

const struct sender_link *sender_find(const struct sender *sender, str platform)
{
    for (size_t i = 0; i < sender->n; i++)
        if (str_eq(sender->chain[i].platform->id, platform))
            return &sender->chain[i];
    return NULL;
}

/* ---- how well each is proven ---- */

/* Servers are often shared by services of one firm: a platform that has marks of its own needs one, too. */
static bool has_mark(const struct candidate *candidate)
{
    return candidate->platform->marker_count == 0 || candidate->marker || candidate->return_path_shape;
}

static bool has_shape(const struct candidate *candidate)
{
    return candidate->return_path_shape || candidate->selector_shape;
}

/* What only looks like the platform's way counts as long as nothing better can be known. */
static bool has_likely_path(const struct evidence *evidence, const struct candidate *candidate)
{
    return !evidence->client_confirmed &&
           (candidate->host || (candidate->host_shape && has_shape(candidate)) ||
            (evidence->client_is_customer && candidate->return_path_shape));
}

static bool is_direct(const struct evidence *evidence, const struct candidate *candidate)
{
    return candidate->return_path.n || candidate->include.n || candidate->host || candidate->carried ||
           has_likely_path(evidence, candidate);
}

static bool is_proven(const struct evidence *evidence, const struct candidate *candidate)
{
    bool path = candidate->include.n || (candidate->host && evidence->client_confirmed);

    return candidate->signature || candidate->return_path.n ||
           (path && candidate->platform->transport.sender_count == 0 && has_mark(candidate));
}

/* A customer's domain passes, and all that can be seen of the way is the platform's. */
static bool is_branded(const struct evidence *evidence, const struct candidate *candidate)
{
    bool mark = candidate->platform->marker_count ? candidate->marker != NULL : has_shape(candidate);

    return evidence->customer_authenticated && candidate->platform->transport.sender_count == 0 && mark &&
           (candidate->carried || has_likely_path(evidence, candidate));
}

static str explain(const struct evidence *evidence, const struct candidate *candidate, struct arena *arena)
{
    if (candidate->signature && candidate->key)
        return arena_join(arena, S("the signature of "), candidate->signature->domain,
                          S(" passes, and was made with a key of the platform"));
    if (candidate->signature)
        return arena_join(arena, S("the platform's own signature passes: "), candidate->signature->domain,
                          S(""));
    if (candidate->return_path.n)
        return arena_join(arena, S("SPF passes for the platform's return path: "), candidate->return_path,
                          S(""));
    if (candidate->include.n)
        return arena_join(arena, S("the client is permitted by the platform's SPF record: "),
                          candidate->include, S(""));
    if (candidate->carried)
        return S(
            "a platform that sends through it handed the message on, and header and return path are its own");
    if (evidence->client_confirmed)
        return arena_join(arena, S("the client's confirmed name is the platform's: "), evidence->client_name,
                          S(""));
    return arena_join(
        arena,
        S("the customer's domain is authenticated, and header and return path are the platform's; the "
          "client called itself "),
        evidence->client_name, S(", which nobody confirmed"));
}

/* ---- the chain ---- */

/* What carries others stands nearer to us. */
static unsigned distance_of(const struct sender_link *link)
{
    switch (link->platform->kind) {
    case PLATFORM_RELAY:
    case PLATFORM_FORWARDER:
    case PLATFORM_LIST:
        return 0;
    case PLATFORM_TRANSACTIONAL:
        return 2;
    case PLATFORM_MAILBOX:
        return 4;
    default:
        return 6;
    }
}

static bool is_nested(const struct platform *inner, const struct platform *outer)
{
    for (size_t i = 0; i < inner->nested_count; i++)
        if (str_eq(inner->nested_on[i], outer->id))
            return true;
    return false;
}

static bool stands_before(const struct sender_link *a, const struct sender_link *b)
{
    unsigned first = distance_of(a) + !a->direct, second = distance_of(b) + !b->direct;

    if (is_nested(b->platform, a->platform) != is_nested(a->platform, b->platform))
        return is_nested(b->platform, a->platform);
    return first != second ? first < second : a->platform->index < b->platform->index;
}

static void insert(struct sender *sender, struct sender_link link)
{
    size_t at = sender->n;

    while (at > 0 && stands_before(&link, &sender->chain[at - 1])) {
        sender->chain[at] = sender->chain[at - 1];
        at--;
    }
    sender->chain[at] = link;
    sender->n++;
}

static struct extraction extraction_of(const struct sender_input *input, const struct evidence *evidence,
                                       const struct candidate *candidate, struct arena *arena)
{
    return (struct extraction){input, evidence, candidate, is_direct(evidence, candidate), arena};
}

static void add_identity(struct sender *sender, const struct sender_input *input,
                         const struct evidence *evidence, const struct candidate *candidate, bool proven,
                         struct arena *arena)
{
    struct extraction extraction = extraction_of(input, evidence, candidate, arena);
    struct sender_link link = {.platform = candidate->platform,
                               .proof = proven ? PROOF_PROVEN : PROOF_BRANDED,
                               .direct = extraction.direct,
                               .weak = !proven && !evidence->client_confirmed};

    if (sender->n >= LIMIT_SENDER_LINKS)
        return;
    link.evidence = explain(evidence, candidate, arena);
    extract_link(&extraction, &link);
    insert(sender, link);
}

/* True if a platform that handed the message to us sends through this one, whose marks it has. */
static bool is_carried(const struct sender *sender, const struct candidate *candidate)
{
    const struct platform *platform = candidate->platform;

    for (size_t i = 0; i < sender->n; i++)
        if (sender->chain[i].direct && is_nested(sender->chain[i].platform, platform))
            return candidate->marker && (candidate->return_path_shape || !platform->branded.return_path);
    return false;
}

static void add_identities(struct sender *sender, const struct sender_input *input,
                           const struct evidence *evidence, struct arena *arena)
{
    for (size_t i = 0; i < evidence->n; i++) {
        const struct candidate *candidate = evidence->seen[i];
        bool proven = is_proven(evidence, candidate);

        if (proven || is_branded(evidence, candidate))
            add_identity(sender, input, evidence, candidate, proven, arena);
    }
    for (size_t i = 0; i < evidence->n; i++) {
        struct candidate *candidate = evidence->seen[i];

        if (sender_find(sender, candidate->platform->id) || !is_carried(sender, candidate))
            continue;
        candidate->carried = true;
        add_identity(sender, input, evidence, candidate, false, arena);
    }
}

/* ---- what is claimed and not proven ---- */

/* False for software on anybody's servers: nothing could prove or refute that it was used. */
static bool has_transport(const struct platform *platform)
{
    const size_t *count = platform->transport.count;

    return count[EVIDENCE_DKIM] || count[EVIDENCE_DKIM_KEY] || count[EVIDENCE_RETURN_PATH] ||
           count[EVIDENCE_HOST] || count[EVIDENCE_INCLUDE] || platform->branded.host;
}

/* True if the message came through something that hands on what others wrote, or on which the platform sends:
 * its marks are then nothing to wonder about. A platform that has signatures or servers of its own must look
 * like itself there, too. */
static bool may_be_carried(const struct sender *sender, const struct candidate *candidate)
{
    const struct platform *platform = candidate->platform;

    for (size_t i = 0; i < sender->n; i++) {
        const struct platform *outer = sender->chain[i].platform;

        if (outer->kind == PLATFORM_LIST || outer->kind == PLATFORM_FORWARDER ||
            (is_nested(platform, outer) && has_shape(candidate)))
            return true;
    }
    return false;
}

static str contradiction(const struct sender *sender, const struct candidate *candidate,
                         const struct evidence *evidence, struct arena *arena)
{
    const struct sender_link *nearest = sender->n ? &sender->chain[0] : NULL;

    if (nearest && nearest->proof != PROOF_CLAIMED)
        return arena_printf(arena, "%.*s is a field of %.*s, but the message was sent through %.*s",
                            PS(candidate->claim->name), PS(candidate->platform->name),
                            PS(nearest->platform->name));
    return arena_printf(
        arena, "%.*s is a field of %.*s, but the message came from %.*s, which is none of its servers",
        PS(candidate->claim->name), PS(candidate->platform->name),
        PS(evidence->client_name.n ? evidence->client_name : S("a host without a confirmed name")));
}

static void add_claims(struct sender *sender, const struct evidence *evidence, struct arena *arena)
{
    size_t identities = sender->n;

    for (size_t i = 0; i < evidence->n; i++) {
        const struct candidate *candidate = evidence->seen[i];

        if (!candidate->claim || sender_find(sender, candidate->platform->id))
            continue;
        if (sender->transport_known && has_transport(candidate->platform) &&
            !may_be_carried(sender, candidate)) {
            if (sender->contradiction_count < LIMIT_SENDER_CLAIMS)
                sender->contradictions[sender->contradiction_count++] =
                    (struct sender_contradiction){candidate->platform, candidate->claim->name,
                                                  contradiction(sender, candidate, evidence, arena)};
        } else if (sender->n < identities + LIMIT_SENDER_CLAIMS) {
            sender->chain[sender->n++] = (struct sender_link){
                .platform = candidate->platform,
                .proof = PROOF_CLAIMED,
                .evidence = arena_join(arena, S("only headers say so: "), candidate->claim->name, S(""))};
        }
    }
}

static void add_tokens(struct sender *sender, const struct sender_input *input,
                       const struct evidence *evidence, struct arena *arena)
{
    for (size_t i = 0; i < evidence->n; i++) {
        struct extraction extraction = extraction_of(input, evidence, evidence->seen[i], arena);
        const struct sender_link *link = sender_find(sender, evidence->seen[i]->platform->id);

        extract_tokens(&extraction, link && link->proof != PROOF_CLAIMED, sender);
    }
}

bool sender_step(struct sender *sender, const struct sender_input *input, struct ask *ask,
                 const struct sender_params *params)
{
    struct arena *arena = ask->arena;
    struct evidence evidence;

    if (sender->done)
        return true;
    sender->done = true;
    if (!params->platforms)
        return true;
    sender->chain = arena_array_of(arena, LIMIT_SENDER_LINKS + LIMIT_SENDER_CLAIMS, struct sender_link);
    sender->contradictions = arena_array_of(arena, LIMIT_SENDER_CLAIMS, struct sender_contradiction);
    sender->tokens = arena_array_of(arena, LIMIT_SENDER_TOKENS, struct sender_token);
    evidence_find(&evidence, input, ask, params->platforms, arena);
    sender->client_name = evidence.client_name;
    sender->client_confirmed = evidence.client_confirmed;
    add_identities(sender, input, &evidence, arena);
    sender->transport_known = evidence.transport_known || sender->n > 0;
    add_claims(sender, &evidence, arena);
    add_tokens(sender, input, &evidence, arena);
    return true;
}
