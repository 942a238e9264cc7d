/* dkim.c: verification of all DKIM signatures of a message. */
#include "auth/dkim.h"

#include "auth/signature.h"
#include "base/limits.h"
#include "mail/domain.h"

const char *const dkim_coverage_names[] = {
    [DKIM_ABSENT] = "absent", [DKIM_UNSIGNED] = "unsigned",     [DKIM_PARTLY] = "partly",
    [DKIM_SIGNED] = "signed", [DKIM_OVERSIGNED] = "oversigned",
};

/* So no signature can use up another's question, and it does not matter which of them are finished in a run.
 */
_Static_assert(LIMIT_DKIM_SIGNATURES <= LIMIT_DNS_QUESTIONS_DKIM, "each signature may ask for its key");

struct dkim_work {
    struct signature parsed[LIMIT_DKIM_SIGNATURES];
    bool finished[LIMIT_DKIM_SIGNATURES];
    struct digests own;
    struct digests *digests;
};

/* --- which signatures --- */

static unsigned common_labels(str a, str b)
{
    unsigned labels = 0;

    while (a.n && b.n) {
        size_t at = str_rfind(a, '.'), bt = str_rfind(b, '.');
        str last_a = at < a.n ? str_skip(a, at + 1) : a, last_b = bt < b.n ? str_skip(b, bt + 1) : b;

        if (!str_eq(last_a, last_b))
            break;
        labels++;
        a = str_sub(a, 0, at < a.n ? at : 0);
        b = str_sub(b, 0, bt < b.n ? bt : 0);
    }
    return labels;
}

/* How much a signature is worth a look: those that can't be checked least, then by how much of the domain is
 * the author's. Alignment shares at least the organisational domain, so no signature of a stranger comes
 * before one that aligns. */
static unsigned rank_of(const struct header *header, str prefer, struct arena *arena)
{
    struct arena_mark mark = arena_mark(arena);
    struct signature signature;
    struct notes ignored = {0};
    str reason;
    unsigned rank = 0;

    if (signature_parse(&signature, header, SIGNATURE_DKIM, arena, &reason, &ignored) == RESULT_NONE)
        rank = str_eq(signature.domain, prefer) ? UINT32_MAX : 1 + common_labels(signature.domain, prefer);
    arena_rewind(arena, mark);
    return rank;
}

struct candidate {
    const struct header *header;
    unsigned rank;
    bool taken;
};

static struct candidate *best_left(struct candidate *candidates, size_t count)
{
    struct candidate *best = NULL;

    for (size_t i = 0; i < count; i++)
        if (!candidates[i].taken && (!best || candidates[i].rank > best->rank))
            best = &candidates[i];
    return best;
}

/* The chosen ones, as they stand in the message. */
static size_t choose(const struct header **chosen, const struct mail *mail, str prefer, struct arena *arena)
{
    size_t count = mail->count[HEADER_DKIM_SIGNATURE], n = 0;
    const struct header *header = mail->first[HEADER_DKIM_SIGNATURE];
    struct candidate *candidates = arena_array_of(arena, count, struct candidate);

    for (size_t i = 0; i < count; i++, header = header->next_same) {
        candidates[i].header = header;
        candidates[i].rank = count > LIMIT_DKIM_SIGNATURES ? rank_of(header, prefer, arena) : 0;
    }
    for (size_t i = 0; i < count && i < LIMIT_DKIM_SIGNATURES; i++)
        best_left(candidates, count)->taken = true;
    for (size_t i = 0; i < count; i++)
        if (candidates[i].taken)
            chosen[n++] = candidates[i].header;
    return n;
}

/* --- one signature --- */

static void finish(struct dkim *dkim, size_t i, enum result result, str reason)
{
    dkim->signatures[i].result = result;
    dkim->signatures[i].reason = reason;
    dkim->work->finished[i] = true;
}

/* A signature with x= in the past "MAY be considered invalid" (RFC 6376 section 3.5): it is. */
static void check_times(struct dkim *dkim, size_t i, int64_t now, int64_t skew, struct arena *arena)
{
    struct dkim_signature *signature = &dkim->signatures[i];

    signature->age = signature->time >= 0 && now > signature->time ? now - signature->time
                     : signature->time >= 0                        ? 0
                                                                   : -1;
    if (signature->time >= 0 && signature->time - skew > now)
        note_add(&signature->warnings, arena, "the signature was made %lld seconds in the future (t=)",
                 (long long)(signature->time - now));
    if (signature->expires >= 0 && signature->expires + skew < now)
        finish(dkim, i, RESULT_PERMERROR,
               arena_printf(arena, "the signature expired %lld seconds ago (x=)",
                            (long long)(now - signature->expires)));
}

/* How often a field stands in the message, and how often in h=. */
static enum dkim_coverage coverage(unsigned present, unsigned named)
{
    if (named > present)
        return DKIM_OVERSIGNED;
    if (present == 0)
        return DKIM_ABSENT;
    if (named == 0)
        return DKIM_UNSIGNED;
    return named < present ? DKIM_PARTLY : DKIM_SIGNED;
}

/* What h= covers. */
static void find_coverage(struct dkim_signature *out, str fields, const struct mail *mail)
{
    static const enum header_id ids[DKIM_COVERED_FIELDS] = {
        [DKIM_COVERS_FROM] = HEADER_FROM,
        [DKIM_COVERS_TO] = HEADER_TO,
        [DKIM_COVERS_SUBJECT] = HEADER_SUBJECT,
        [DKIM_COVERS_DATE] = HEADER_DATE,
        [DKIM_COVERS_MESSAGE_ID] = HEADER_MESSAGE_ID,
        [DKIM_COVERS_REPLY_TO] = HEADER_REPLY_TO,
    };
    unsigned named[HEADER_IDS] = {0};
    str name;

    while (str_next(&fields, ':', &name))
        named[header_id_of(str_trim(name))]++;
    for (size_t i = 0; i < DKIM_COVERED_FIELDS; i++)
        out->covers[i] = coverage(mail->count[ids[i]], named[ids[i]]);
}

static void describe(struct dkim_signature *out, const struct signature *signature)
{
    out->header = signature->header;
    out->domain = signature->domain;
    out->selector = signature->selector;
    out->identity = signature->identity;
    out->key_type = signature->key_type;
    out->hash_type = signature->hash_type;
    out->canon_header = signature->canon_header;
    out->canon_body = signature->canon_body;
    out->has_length = signature->has_length;
    out->length = signature->has_length ? signature->length : 0;
    out->time = signature->time;
    out->expires = signature->expires;
}

static void read_signature(struct dkim *dkim, size_t i, const struct header *header, const struct mail *mail,
                           const struct ask *ask, const struct dkim_params *params)
{
    struct signature *parsed = &dkim->work->parsed[i];
    struct dkim_signature *out = &dkim->signatures[i];
    str reason;
    enum result result = signature_parse(parsed, header, SIGNATURE_DKIM, ask->arena, &reason, &out->warnings);

    describe(out, parsed);
    find_coverage(out, parsed->fields, mail);
    for (const struct header *above = mail->first[HEADER_DKIM_SIGNATURE]; above != header;
         above = above->next_same)
        out->index++;
    check_times(dkim, i, ask->now, params->clock_skew, ask->arena);
    if (result != RESULT_NONE)
        finish(dkim, i, result, reason);
    if (out->has_length)
        note_add(&out->warnings, ask->arena, "the signature has l=, which lets text be appended");
}

static void begin(struct dkim *dkim, const struct mail *mail, const struct ask *ask,
                  const struct dkim_params *params)
{
    const struct header *chosen[LIMIT_DKIM_SIGNATURES];

    dkim->work = arena_new_of(ask->arena, struct dkim_work);
    dkim->work->digests = params->digests ? params->digests : &dkim->work->own;
    dkim->seen = mail->count[HEADER_DKIM_SIGNATURE];
    dkim->n = choose(chosen, mail, params->prefer, ask->arena);
    dkim->signatures = arena_array_of(ask->arena, dkim->n, struct dkim_signature);
    for (size_t i = 0; i < dkim->n; i++)
        read_signature(dkim, i, chosen[i], mail, ask, params);
}

/* False while the key is an open question. */
static bool verify(struct dkim *dkim, size_t i, const struct mail *mail, struct ask *ask,
                   struct crypto *crypto)
{
    const struct signature *signature = &dkim->work->parsed[i];
    struct dkim_signature *out = &dkim->signatures[i];
    struct signature_key key;
    struct signature_check check;

    if (!signature_find_key(&key, signature, ask, ASK_DKIM, crypto, &out->warnings))
        return false;
    out->key_bits = key.bits;
    out->key_testing = key.testing;
    out->key_secure = key.secure;
    if (key.result != RESULT_PASS) {
        finish(dkim, i, key.result, key.reason);
        return true;
    }
    signature_check(&check, signature, &key, mail, dkim->work->digests, crypto, ask->arena);
    out->checked = true;
    out->body_intact = check.body_intact;
    out->fields_intact = check.fields_intact;
    out->body_length = check.body_length;
    out->unsigned_bytes = check.unsigned_bytes;
    /* RFC 6376 section 8.15: readers are shown the other one. */
    if (check.result == RESULT_PASS && out->covers[DKIM_COVERS_FROM] == DKIM_PARTLY) {
        check.result = RESULT_POLICY;
        check.reason = S("the signature is right, but there are more From fields than it covers");
    }
    finish(dkim, i, check.result, check.reason);
    return true;
}

static enum result overall(const struct dkim *dkim)
{
    for (size_t i = 0; i < dkim->n; i++)
        if (dkim->signatures[i].result == RESULT_PASS)
            return RESULT_PASS;
    return dkim->n ? dkim->signatures[0].result : RESULT_NONE;
}

bool dkim_verify(struct dkim *dkim, const struct mail *mail, struct ask *ask, struct crypto *crypto,
                 const struct dkim_params *params)
{
    bool open = false;

    if (dkim->done)
        return true;
    if (!dkim->work)
        begin(dkim, mail, ask, params);
    ask_begin(ask, ASK_DKIM);
    for (size_t i = 0; i < dkim->n; i++)
        if (!dkim->work->finished[i] && !verify(dkim, i, mail, ask, crypto))
            open = true;
    if (open)
        return false;
    dkim->result = overall(dkim);
    dkim->done = true;
    return true;
}
