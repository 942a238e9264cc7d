/* dmarc.c: DMARC for a message: alignment, result and policy of each author domain (RFC 9989 sections 4.4
 * and 5.3). */
#include "auth/dmarc.h"

#include "base/buf.h"

/* "SPF domain example.com" or "DKIM signature of example.com". */
static const char *method_words(const struct dmarc_identifier *identifier)
{
    return identifier->method == DMARC_BY_SPF ? "SPF domain" : "DKIM signature of";
}

/* Relaxed alignment of two domains that differ: by their organizational domains. False while questions are
 * open. */
static bool align_relaxed(struct dmarc_alignment *alignment, const struct dmarc_discovery *discovery,
                          struct ask *ask, const struct dmarc_params *params)
{
    const struct dmarc_organization *author = &discovery->organization;
    str domain = alignment->identifier.domain;
    struct dmarc_organization organization;
    struct dmarc_walk walk;

    /* An organizational domain never lies above the suffix list's, so where those differ no walk could lead
     * to the same one. Else a message with many signatures would make us ask for all of their parents. */
    if (!str_eq(suffixes_organisation(params->suffixes, domain), author->by_suffix)) {
        alignment->reason = S("the domains have no part in common below a public suffix");
        return true;
    }
    if (author->error != RESULT_NONE) {
        alignment->error = author->error;
        alignment->reason = author->reason;
        return true;
    }
    if (!dmarc_walk(&walk, domain, ask))
        return false;
    alignment->error = dmarc_organization(&organization, &walk, params->suffixes, ask->arena);
    alignment->organization = organization.domain;
    alignment->aligned = alignment->error == RESULT_NONE && str_eq(organization.domain, author->domain);
    if (alignment->error != RESULT_NONE)
        alignment->reason = organization.reason;
    else
        alignment->reason = arena_join(ask->arena, S("the organizational domain is "), organization.domain,
                                       alignment->aligned ? S(" for both") : S(""));
    return true;
}

static bool align(struct dmarc_alignment *alignment, const struct dmarc_discovery *discovery, struct ask *ask,
                  const struct dmarc_params *params)
{
    const struct dmarc_identifier *identifier = &alignment->identifier;
    const struct dmarc_record *record = &discovery->policy->record;

    alignment->strict = identifier->method == DMARC_BY_SPF ? record->strict_spf : record->strict_dkim;
    if (identifier->domain.n == 0) {
        alignment->error = RESULT_UNKNOWN;
        alignment->reason = S("the domain is not known");
        return true;
    }
    if (identifier->inexact && alignment->strict && domain_under(identifier->domain, discovery->domain)) {
        alignment->error = RESULT_UNKNOWN;
        alignment->reason =
            S("which domain signed is not known exactly, and the record asks for strict alignment");
        return true;
    }
    alignment->exact = str_eq(identifier->domain, discovery->domain);
    alignment->aligned = alignment->exact;
    if (!alignment->exact && !alignment->strict)
        return align_relaxed(alignment, discovery, ask, params);
    alignment->reason = alignment->exact ? S("the domains are equal")
                                         : S("the domains differ, and the record asks for strict alignment");
    return true;
}

/* True if the identifier might have been authenticated, had all been answered. */
static bool is_doubtful(const struct dmarc_identifier *identifier)
{
    return identifier->result == RESULT_TEMPERROR || identifier->result == RESULT_UNKNOWN;
}

/* Aligns the identifiers that passed, or else the doubtful ones. False while questions are open. */
static bool align_all(struct dmarc_author *author, bool passed, struct ask *ask,
                      const struct dmarc_params *params)
{
    bool open = false;

    for (size_t i = 0; i < author->alignment_count; i++) {
        struct dmarc_alignment *alignment = &author->alignments[i];

        if (passed ? alignment->identifier.result == RESULT_PASS : is_doubtful(&alignment->identifier))
            open |= !align(alignment, &author->discovery, ask, params);
    }
    return !open;
}

static const struct dmarc_alignment *first_pass(const struct dmarc_author *author)
{
    for (size_t i = 0; i < author->alignment_count; i++)
        if (author->alignments[i].aligned && author->alignments[i].identifier.result == RESULT_PASS)
            return &author->alignments[i];
    return NULL;
}

/* What an identifier leaves open about the author: RESULT_NONE if it is certain that it does not help. */
static enum result doubt_of(const struct dmarc_alignment *alignment)
{
    enum result authenticated = alignment->identifier.result;

    if (authenticated != RESULT_PASS && !is_doubtful(&alignment->identifier))
        return RESULT_NONE;
    if (alignment->error ==
        RESULT_PERMERROR) /* over the limit of questions: not aligned, and never will be */
        return RESULT_NONE;
    if (authenticated == RESULT_PASS || alignment->error != RESULT_NONE)
        return alignment->error;
    return alignment->aligned ? authenticated : RESULT_NONE;
}

/* No identifier passes and aligns. Could one have, had all been answered? (Section 5.3.6: with a question
 * that failed it is neither pass nor fail.) What is merely not known comes first: it says nothing about the
 * sender. */
static const struct dmarc_alignment *first_doubt(const struct dmarc_author *author)
{
    const struct dmarc_alignment *doubt = NULL;

    for (size_t i = 0; i < author->alignment_count; i++) {
        const struct dmarc_alignment *each = &author->alignments[i];

        if (doubt_of(each) == RESULT_UNKNOWN)
            return each;
        if (doubt_of(each) != RESULT_NONE && !doubt)
            doubt = each;
    }
    return doubt;
}

/* "no authenticated domain is aligned with example.com (SPF domain a.example, DKIM signature of b.example)"
 */
static str words_of_fail(const struct dmarc_author *author, struct arena *arena)
{
    struct buf buf = buf_new(arena, 4096);
    unsigned listed = 0;

    for (size_t i = 0; i < author->alignment_count; i++) {
        const struct dmarc_identifier *identifier = &author->alignments[i].identifier;

        if (identifier->result == RESULT_PASS)
            buf_printf(&buf, "%s%s %.*s", listed++ ? ", " : " (", method_words(identifier),
                       PS(identifier->domain));
    }
    return arena_printf(arena, "%s aligned with %.*s%.*s%s",
                        listed ? "no authenticated domain is" : "no domain was authenticated that could be",
                        PS(author->discovery.domain), PS(buf_str(&buf)), listed ? ")" : "");
}

/* The result once all alignments are known. */
static void conclude_author(struct dmarc_author *author, struct arena *arena)
{
    const struct dmarc_alignment *alignment = first_pass(author);

    if (alignment) {
        author->result = RESULT_PASS;
        author->reason = arena_printf(arena, "the %s %.*s is aligned with %.*s: %.*s",
                                      method_words(&alignment->identifier), PS(alignment->identifier.domain),
                                      PS(author->discovery.domain), PS(alignment->reason));
        return;
    }
    alignment = first_doubt(author);
    if (!alignment) {
        author->result = RESULT_FAIL;
        author->reason = words_of_fail(author, arena);
        return;
    }
    author->result = doubt_of(alignment);
    if (alignment->error != RESULT_NONE)
        author->reason = arena_printf(arena, "whether the %s %.*s is aligned can't be told: %.*s",
                                      method_words(&alignment->identifier), PS(alignment->identifier.domain),
                                      PS(alignment->reason));
    else
        author->reason = arena_printf(arena, "the %s %.*s would be aligned, but its result is %s",
                                      method_words(&alignment->identifier), PS(alignment->identifier.domain),
                                      result_name(author->result));
}

/* Everything about one author domain behind discovery. False while questions are open. */
static bool evaluate_author(struct dmarc_author *author, const struct dmarc_input *input, struct ask *ask,
                            const struct dmarc_params *params)
{
    const struct dmarc_discovery *discovery = &author->discovery;

    if (discovery->error != RESULT_NONE || !discovery->policy) {
        author->result = discovery->error;
        author->reason = discovery->reason;
        return true;
    }
    author->alignment_count = input->identifier_count;
    author->alignments = arena_array_of(ask->arena, input->identifier_count, struct dmarc_alignment);
    for (size_t i = 0; i < input->identifier_count; i++)
        author->alignments[i] =
            (struct dmarc_alignment){.identifier = input->identifiers[i], .error = RESULT_NONE};
    if (!align_all(author, true, ask, params))
        return false;
    /* Those that did not pass matter only if no other does: until then nothing is asked for them. */
    if (!first_pass(author) && !align_all(author, false, ask, params))
        return false;
    conclude_author(author, ask->arena);
    return true;
}

/* How strict a result is, for the choice among several author domains (section 11.5): a message may not pass
 * by a domain that it merely names along with another one. */
static unsigned strictness(const struct dmarc_author *author)
{
    switch (author->result) {
    case RESULT_FAIL:
        return 5 + (unsigned)author->discovery.effective;
    case RESULT_TEMPERROR:
        return 4;
    case RESULT_PERMERROR:
        return 3;
    case RESULT_UNKNOWN:
        return 2;
    case RESULT_NONE:
        return 1;
    case RESULT_PASS:
    case RESULT_SOFTFAIL:
    case RESULT_NEUTRAL:
    case RESULT_POLICY:
        break;
    }
    return 0;
}

/* Nothing about the authors that were not looked at may look like a pass. */
static void conclude_incomplete(struct dmarc *dmarc, const struct dmarc_input *input, struct arena *arena)
{
    if (dmarc->author_count > 0 && strictness(&dmarc->authors[dmarc->decisive]) > 1)
        return;
    dmarc->result = RESULT_PERMERROR;
    dmarc->policy = DMARC_POLICY_NONE;
    if (input->author_count > 0 || input->authors_unreadable) /* one author more must not undo a policy */
        dmarc->disposition = DMARC_POLICY_QUARANTINE;
    if (input->author_count > dmarc->author_count)
        dmarc->reason = arena_printf(arena, "From names more domains than the %zu that were evaluated",
                                     dmarc->author_count);
    else if (input->author_count > 0)
        dmarc->reason = S("From has an address whose domain can't be read");
    else
        dmarc->reason = S("there is no author domain: From is missing or has no usable address");
}

static void conclude(struct dmarc *dmarc, const struct dmarc_input *input, struct arena *arena)
{
    for (size_t i = 0; i < dmarc->author_count; i++) {
        const struct dmarc_author *author = &dmarc->authors[i];

        if (strictness(author) > strictness(&dmarc->authors[dmarc->decisive]))
            dmarc->decisive = i;
        for (const struct note *note = author->discovery.warnings.first; note; note = note->next)
            note_add(&dmarc->warnings, arena, "%.*s", PS(note->text));
    }
    if (dmarc->author_count > 0) {
        const struct dmarc_author *author = &dmarc->authors[dmarc->decisive];

        dmarc->result = author->result;
        dmarc->reason = author->reason;
        dmarc->domain = author->discovery.domain;
        dmarc->policy = author->discovery.effective;
    }
    if (input->author_count > 1)
        note_add(&dmarc->warnings, arena, "From names several domains: the strictest result counts");
    if (input->authors_unreadable)
        note_add(&dmarc->warnings, arena, "From has an address whose domain can't be read");
    if (dmarc->author_count == 0 || dmarc->author_count < input->author_count || input->authors_unreadable)
        conclude_incomplete(dmarc, input, arena);
    if (dmarc->result == RESULT_FAIL && dmarc->policy != DMARC_POLICY_NONE)
        dmarc->disposition = DMARC_POLICY_QUARANTINE;
    dmarc->done = true;
}

bool dmarc_evaluate(struct dmarc *dmarc, const struct dmarc_input *input, struct ask *ask,
                    const struct dmarc_params *params)
{
    size_t n = input->author_count < LIMIT_DMARC_AUTHORS ? input->author_count : LIMIT_DMARC_AUTHORS;
    bool open = false;

    *dmarc = (struct dmarc){.author_count = n, .authors = arena_array_of(ask->arena, n, struct dmarc_author)};
    for (size_t i = 0; i < n; i++)
        open |= !dmarc_discover(&dmarc->authors[i].discovery, input->authors[i], ask, params);
    if (open || !input->identifiers_known)
        return false;
    for (size_t i = 0; i < n; i++)
        open |= !evaluate_author(&dmarc->authors[i], input, ask, params);
    if (open)
        return false;
    conclude(dmarc, input, ask->arena);
    return true;
}

void dmarc_override(struct dmarc *dmarc, str reason)
{
    if (dmarc->result != RESULT_FAIL)
        return;
    dmarc->overridden = true;
    dmarc->override_reason = reason;
    dmarc->disposition = DMARC_POLICY_NONE;
}
