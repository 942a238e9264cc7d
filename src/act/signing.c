/* signing.c: which keys sign a message, and what they sign. */
#include "act/signing.h"

#include <assert.h>

#include "auth/authres_emit.h"
#include "auth/dkim_sign.h"

/* What the steps share. */
struct step {
    struct signing *signing;
    const struct mail *mail; /* as the edits leave it */
    const struct auth *auth;
    const struct signing_params *params;
    struct crypto *crypto;
    struct arena *arena;
    bool open;
};

/* ---- who signs ---- */

static bool has_sender(const struct signer *signer, str domain)
{
    if (signer->sender_count == 0)
        return str_eq(signer->domain, domain);
    for (size_t i = 0; i < signer->sender_count; i++) {
        str sender = signer->senders[i];

        if (str_starts(sender, S(".")) ? domain.n > sender.n && str_ends(domain, sender)
                                       : str_eq(domain, sender))
            return true;
    }
    return false;
}

static const struct signer *signer_of(str domain, const struct signing_params *params)
{
    for (size_t i = 0; i < params->signer_count; i++)
        if (has_sender(&params->signers[i], domain))
            return &params->signers[i];
    return NULL;
}

const struct signer *signing_signer(const struct mail *mail, const struct signing_params *params,
                                    struct arena *arena)
{
    const struct signer *signer = NULL;

    for (size_t i = 0; i < mail->from.n; i++) {
        const struct signer *one = NULL;
        str domain;

        if (domain_normal(mail->from.items[i].domain, arena, &domain))
            one = signer_of(domain, params);
        if (!one || (signer && one != signer))
            return NULL;
        signer = one;
    }
    return mail->from.cut ? NULL : signer;
}

bool signing_key_valid(const struct signing_key *key, int64_t now)
{
    return now >= key->from && (key->until == 0 || now < key->until);
}

/* ---- questions ---- */

/* The answered question about that digest and key, or NULL: it is noted then, and open. */
static const struct signing_question *ask_signature(struct step *step, str domain, str selector,
                                                    const uint8_t *digest, size_t size)
{
    struct signing *signing = step->signing;
    struct signing_question *question;

    for (size_t i = 0; i < signing->question_count; i++) {
        question = &signing->questions[i];
        if (question->digest_size == size && memcmp(question->digest, digest, size) == 0 &&
            str_eq(question->domain, domain) && str_eq(question->selector, selector)) {
            step->open = step->open || !question->answered;
            return question->answered ? question : NULL;
        }
    }
    assert(signing->question_count < LIMIT_SIGNATURES);
    question = &signing->questions[signing->question_count++];
    *question = (struct signing_question){.domain = domain, .selector = selector, .digest_size = size};
    memcpy(question->digest, digest, size);
    step->open = true;
    return NULL;
}

/* ---- DKIM ---- */

/* The field, or empty. */
static str sign(struct step *step, const struct signer *signer, const struct signing_key *key)
{
    struct dkim_sign_params params = {.domain = signer->domain,
                                      .selector = key->selector,
                                      .canon_header = CANON_RELAXED,
                                      .canon_body = CANON_RELAXED,
                                      .oversign = true,
                                      .time = step->params->now,
                                      .expires = -1};
    const struct signing_question *question;
    uint8_t digest[HASH_SIZE_MAX];
    size_t size;
    str field;
    struct err err = {""};

    if (!dkim_sign_begin(step->mail, &params, key->type, step->crypto, step->arena, &field, digest, &size,
                         &err)) {
        note_add(&step->signing->notes, step->arena, "not signed for %.*s: %s", PS(signer->domain),
                 err.words);
        return S("");
    }
    question = ask_signature(step, signer->domain, key->selector, digest, size);
    if (!question)
        return S("");
    if (question->signature.n == 0) {
        note_add(&step->signing->notes, step->arena, "not signed: the key %.*s of %.*s is not to be had",
                 PS(key->selector), PS(signer->domain));
        return S("");
    }
    return dkim_sign_finish(field, question->signature, step->arena);
}

static size_t sign_all(struct step *step, str *fields)
{
    enum { KEYS = LIMIT_SIGNATURES };
    const struct signer *signer = signing_signer(step->mail, step->params, step->arena);
    size_t n = 0, used = 0;

    if (!signer && step->params->signer_count)
        note_add(&step->signing->notes, step->arena,
                 "not signed: no signer has the author's domain, or not all authors");
    for (size_t i = 0; signer && i < signer->key_count && used < KEYS; i++) {
        if (!signing_key_valid(&signer->keys[i], step->params->now))
            continue;
        used++;
        fields[n] = sign(step, signer, &signer->keys[i]);
        n += fields[n].n > 0;
    }
    if (signer && used == 0)
        note_add(&step->signing->notes, step->arena, "not signed: no key of %.*s is valid now",
                 PS(signer->domain));
    return n;
}

/* ---- ARC ---- */

struct seal {
    struct step *step;
    str domain, selector;
};

/* The signer that arc_seal() calls. The second signature is over the first, so it is asked for in a second
 * round. */
static bool sign_seal(void *context, const uint8_t *digest, size_t size, struct arena *arena, str *signature,
                      struct err *err)
{
    const struct seal *seal = context;
    const struct signing_question *question =
        ask_signature(seal->step, seal->domain, seal->selector, digest, size);

    (void)arena;
    if (question && question->signature.n) {
        *signature = question->signature;
        return true;
    }
    return err_set(err, "the key %.*s of %.*s is not to be had", PS(seal->selector), PS(seal->domain));
}

static const struct signing_key *sealing_key(const struct signing_params *params)
{
    for (size_t i = 0; i < params->signer_count; i++)
        for (size_t k = 0; k < params->signers[i].key_count; k++)
            if (str_eq(params->signers[i].domain, params->seal_domain) &&
                signing_key_valid(&params->signers[i].keys[k], params->now))
                return &params->signers[i].keys[k];
    return NULL;
}

static size_t seal_it(struct step *step, str *fields)
{
    const struct signing_key *key = sealing_key(step->params);
    struct seal seal = {.step = step, .domain = step->params->seal_domain};
    struct authres results;
    struct arc_seal_params params = {.domain = seal.domain,
                                     .results = &results,
                                     .time = step->params->now,
                                     .sign = sign_seal,
                                     .sign_context = &seal};
    struct arc_sealed sealed;
    struct err err = {""};

    if (step->auth->stated.arc) {
        note_add(&step->signing->notes, step->arena,
                 "not sealed: the chain was judged by another host and not here");
        return 0;
    }
    if (!key) {
        note_add(&step->signing->notes, step->arena, "not sealed: no key of %.*s is valid now",
                 PS(seal.domain));
        return 0;
    }
    params.selector = seal.selector = key->selector;
    params.key = key->type;
    authres_emit(&results, step->auth, &step->auth->envelope, step->params->authserv_id, step->arena);
    if (!arc_seal(&sealed, step->mail, &step->auth->arc, &params, step->crypto, step->arena, &err)) {
        if (!step->open)
            note_add(&step->signing->notes, step->arena, "not sealed: %s", err.words);
        return 0;
    }
    if (!sealed.sealed)
        note_add(&step->signing->notes, step->arena, "not sealed: %.*s", PS(sealed.reason));
    *fields = sealed.fields;
    return sealed.sealed;
}

/* ---- both ---- */

/* `text` holds one field or several, each ended by CRLF: they are put on top so that their order stays. */
static void add_fields(struct outcome *outcome, str text, struct arena *arena)
{
    while (text.n) {
        size_t from = text.n - 1;

        while (from > 0 && !(text.p[from - 1] == '\n' && text.p[from] != ' ' && text.p[from] != '\t'))
            from--;
        edit_add_field(outcome, str_skip(text, from), arena);
        text.n = from;
    }
}

bool signing_step(struct signing *signing, struct outcome *outcome, const struct mail *mail,
                  const struct auth *auth, const struct signing_params *params, struct crypto *crypto,
                  struct arena *arena)
{
    bool out = params->direction == DIRECTION_OUTBOUND || params->direction == DIRECTION_SUBMISSION;
    struct step step = {signing, NULL, auth, params, crypto, arena, false};
    str fields[LIMIT_SIGNATURES];
    struct mail preview;
    size_t n = 0;

    if (signing->done || outcome->observed || outcome->action >= ACTION_QUARANTINE ||
        (out ? params->signer_count == 0 : params->seal_domain.n == 0)) {
        signing->done = true;
        return true;
    }
    edit_preview(&preview, mail, outcome->edits, outcome->edit_count, arena);
    step.mail = &preview;
    signing->notes = (struct notes){0};
    n = out ? sign_all(&step, fields) : seal_it(&step, fields);
    if (step.open)
        return false;
    for (size_t i = n; i-- > 0;)
        add_fields(outcome, fields[i], arena);
    signing->done = true;
    return true;
}
