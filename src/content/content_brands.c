/* content_brands.c: which organisations a message names, and whether it is theirs. */
#include "content/content_own.h"
#include "content/words.h"

static struct content_brand *find_or_add(struct examine *examine, const struct brand *brand)
{
    struct content *content = examine->content;

    for (size_t i = 0; i < content->brand_count; i++)
        if (content->brands[i].brand.p == brand->name.p)
            return &content->brands[i];
    content->brand_seen++;
    if (content->brand_count == LIMIT_CONTENT_BRANDS)
        return NULL;
    content->brands[content->brand_count] =
        (struct content_brand){.brand = brand->name, .kind = brand->kind, .ambiguous = true};
    return &content->brands[content->brand_count++];
}

void examine_brand(struct examine *examine, const struct brand *brand, enum brand_place place, str text,
                   bool ambiguous, bool disguised)
{
    struct content_brand *noted = find_or_add(examine, brand);

    if (!noted)
        return;
    if (!noted->text.n)
        noted->text = text;
    noted->places[place] = true;
    noted->times++;
    noted->ambiguous &= ambiguous;
    noted->disguised |= disguised;
}

void examine_brand_within(struct examine *examine, enum brand_place place, str text)
{
    const struct brand *brand;
    bool exact = false;

    if (!examine->params->brands || !text.n)
        return;
    text = skeleton(text, LIMIT_CONTENT_NAME, examine->arena, NULL);
    brand = brands_within(examine->params->brands, text, &exact, examine->arena);
    if (brand)
        examine_brand(examine, brand, place, text, false, !exact);
}

/* ---- phrases of a text ---- */

struct listening {
    struct examine *examine;
    struct examine_words *words;
    enum brand_place place;
    bool lures;
    bool suspect; /* something in the text is not what it looks like */
    str plain;    /* the text in lower case; made when it is needed */
    str text;
};

/* True if what was found does not stand there as it looks: a word of it is not in the text in plain letters.
 * Accents that a brand has itself (`accents`) disguise nothing. */
static bool is_disguised(struct listening *listening, const struct phrase_match *match, bool accents)
{
    struct word_search rest = {.text = match->text};
    struct word word;

    if (match->disguised || !listening->suspect || accents)
        return match->disguised;
    if (!listening->plain.n)
        listening->plain = arena_lower(listening->examine->arena, listening->text);
    while (words_next(&rest, &word))
        if (str_find_str(listening->plain, word.text) == listening->plain.n)
            return true;
    return false;
}

static bool has_accents(const struct brand *brand)
{
    for (size_t i = 0; i < brand->name_count; i++)
        for (size_t k = 0; k < brand->names[i].n; k++)
            if ((unsigned char)brand->names[i].p[k] >= 0x80)
                return true;
    return false;
}

static void found_lure(struct listening *listening, const struct phrase_match *match)
{
    const struct lures *lures = listening->examine->params->lures;
    struct examine_words *words = listening->words;
    bool callback = lures->phrases[match->id - lures->base].kind == LURE_CALLBACK;

    if (!listening->lures)
        return;
    lures_add(&listening->examine->lures, match);
    if (callback && words->callback_count < sizeof(words->callbacks) / sizeof(*words->callbacks))
        words->callbacks[words->callback_count++] =
            (size_t)(match->text.p + match->text.n - words->skeleton.p);
}

static void found_phrase(void *of, const struct phrase_match *match)
{
    struct listening *listening = of;
    const struct content_params *params = listening->examine->params;
    const struct brand *brand;
    uint32_t number;

    if (params->lures && match->id - params->lures->base < params->lures->n) {
        found_lure(listening, match);
        return;
    }
    number = params->brands ? match->id - params->brands->base : UINT32_MAX;
    if (!params->brands || number / 2 >= params->brands->n)
        return;
    /* Ordinary words stand for a brand only where a sender writes his name. */
    if (number % 2 && listening->place != BRAND_IN_DISPLAY && listening->place != BRAND_IN_SUBJECT)
        return;
    brand = &params->brands->items[number / 2];
    examine_brand(listening->examine, brand, listening->place, match->text, number % 2,
                  is_disguised(listening, match, has_accents(brand)));
}

static void found_word(void *of, const struct word *word)
{
    struct listening *listening = of;

    if (listening->words->sketching)
        sketch_word(listening->words->sketching, word);
    if (word->digits && word->letters)
        examine_code(listening->words, word->text);
}

void examine_words(struct examine *examine, str text, size_t max, enum brand_place place,
                   struct examine_words *words)
{
    struct listening listening = {.examine = examine, .words = words, .place = place};

    *words = (struct examine_words){.pass = {.found = found_phrase, .word = found_word, .of = &listening}};
    text = str_sub(text, 0, max);
    words->skeleton = skeleton(text, max, examine->arena, &words->facts);
    listening.text = text;
    listening.suspect = words->facts.foreign || words->facts.styled || words->facts.inside;
    if (place == BRAND_IN_SUBJECT || place == BRAND_IN_TEXT)
        words->sketching = arena_new_of(examine->arena, struct sketching);
    listening.lures = place == BRAND_IN_SUBJECT || place == BRAND_IN_TEXT;
    examine->lures.place = place == BRAND_IN_SUBJECT ? LURE_IN_SUBJECT : LURE_IN_TEXT;
    if (examine->params->phrases)
        phrases_find(examine->params->phrases, words->skeleton, &words->pass);
    words->pass.of = NULL;
}

/* ---- whose message it is ---- */

static const struct brand *brand_of_name(const struct brands *brands, str name)
{
    for (size_t i = 0; i < brands->n; i++)
        if (brands->items[i].name.p == name.p)
            return &brands->items[i];
    return NULL;
}

static bool owns_organisation(const struct examine *examine, const struct brand *brand)
{
    for (size_t i = 0; i < examine->content->organisation_count; i++)
        if (brand_owns(brand, examine->content->organisations[i].host) &&
            examine->content->organisations[i].clicks > 0)
            return true;
    return false;
}

void examine_owners(struct examine *examine)
{
    const struct dmarc *dmarc = &examine->input->auth->dmarc;

    for (size_t i = 0; i < examine->content->brand_count; i++) {
        struct content_brand *noted = &examine->content->brands[i];
        const struct brand *brand = brand_of_name(examine->params->brands, noted->brand);

        noted->author = brand_owns(brand, examine->author_domain);
        noted->proven = noted->author && dmarc->result == RESULT_PASS;
        for (size_t k = 0; k < examine->signer_count; k++)
            noted->proven |= brand_owns(brand, examine->signers[k]);
        noted->linked = owns_organisation(examine, brand);
    }
}
