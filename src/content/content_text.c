/* content_text.c: what the texts of a message say: words, language, numbers, and what is hidden in them. */
#include "content/content_own.h"
#include "content/words.h"
#include "mail/page.h"

enum {
    PHONE_DIGITS_MIN = 10,
    PHONE_DIGITS_MAX = 15, /* E.164 */
    CALLBACK_NEAR = 160,   /* bytes between words about calling and the number */
    NUMBER_KEPT = 40,      /* bytes of a number that are kept */
    LOCAL_MIN = 5,         /* letters of a recipient's name that say something in a subject */
    FEW_WORDS = 25,        /* fewer beside pictures: the pictures say it */
    COMPARED_WORDS = 20,   /* that both texts need to be compared */
    DIFFERENT = 22,        /* bits between their sketches */
};

/* ---- telephone numbers ---- */

static bool is_separator(char c)
{
    return c != '\0' && strchr(" ().-/", c) != NULL;
}

struct number {
    size_t begin, end;
    unsigned digits, groups;
    unsigned lengths[3]; /* digits of the first groups */
    bool plus;
};

/* Digits and what people put between them, from `at` on. */
static struct number read_number(str text, size_t at)
{
    struct number number = {.begin = at, .end = at, .plus = text.p[at] == '+'};
    bool in_group = false;
    unsigned between = 0;

    for (size_t i = at + number.plus; i < text.n; i++) {
        if (ascii_is_digit(text.p[i])) {
            number.groups += !in_group;
            in_group = true;
            if (number.groups <= 3)
                number.lengths[number.groups - 1]++;
            number.digits++;
            number.end = i + 1;
            between = 0;
        } else if (is_separator(text.p[i]) && ++between <= 3) {
            in_group = false;
        } else {
            break;
        }
    }
    return number;
}

/* "2026-11-25 10", "25.11.2026 10" */
static bool is_date(const struct number *number)
{
    const unsigned *n = number->lengths;

    return !number->plus && ((n[0] == 4 && n[1] <= 2 && n[2] <= 2) || (n[0] <= 2 && n[1] <= 2 && n[2] == 4));
}

static bool is_phone(str text, const struct number *number)
{
    bool behind =
        number->end < text.n && (ascii_is_alpha(text.p[number->end]) || strchr("%:@", text.p[number->end]));
    bool before = number->begin > 0 &&
                  (ascii_is_alnum(text.p[number->begin - 1]) || strchr("#$@/=_", text.p[number->begin - 1]));

    /* Without a plus it takes two gaps: what has none is an order number, and what has one a date with its
     * time. */
    return number->digits >= PHONE_DIGITS_MIN && number->digits <= PHONE_DIGITS_MAX && !behind && !before &&
           !is_date(number) && (number->plus || number->groups >= 3);
}

static bool is_callback(const struct examine_words *words, const struct number *number)
{
    for (size_t i = 0; i < words->callback_count; i++) {
        size_t at = words->callbacks[i];

        if (at + CALLBACK_NEAR >= number->begin && at <= number->end + CALLBACK_NEAR)
            return true;
    }
    return false;
}

static void keep_phone(struct content *content, str number, bool callback, bool subject)
{
    number = str_sub(number, 0, NUMBER_KEPT);
    for (size_t i = 0; i < content->phone_count; i++)
        if (str_eq(content->phones[i].number, number)) {
            content->phones[i].callback |= callback;
            return;
        }
    if (content->phone_count < LIMIT_CONTENT_PHONES)
        content->phones[content->phone_count++] = (struct content_phone){number, callback, subject};
}

static void examine_phones(struct examine *examine, const struct examine_words *words, bool subject)
{
    str text = words->skeleton;

    for (size_t i = 0; i < text.n; i++) {
        struct number number;

        if (!ascii_is_digit(text.p[i]) && text.p[i] != '+' && text.p[i] != '(')
            continue;
        number = read_number(text, i);
        if (number.digits && is_phone(text, &number))
            keep_phone(examine->content, str_sub(text, i, number.end - i), is_callback(words, &number),
                       subject);
        if (number.end > i)
            i = number.end;
    }
}

/* ---- addresses of money ---- */

static bool is_base58(str word)
{
    unsigned digits = 0, letters = 0;

    for (size_t i = 0; i < word.n; i++) {
        digits += ascii_is_digit(word.p[i]);
        letters += ascii_is_alpha(word.p[i]);
        if (word.p[i] == '0' || (unsigned char)word.p[i] >= 0x80)
            return false;
    }
    return digits >= 4 && letters >= 10;
}

static bool is_hexadecimal(str word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!ascii_is_digit(word.p[i]) && !(word.p[i] >= 'a' && word.p[i] <= 'f'))
            return false;
    return true;
}

/* Bitcoin, Ethereum or Tron; case is gone, so no checksum can be tried. */
static bool is_crypto_address(str word)
{
    if (str_starts(word, S("bc1")))
        return word.n == 42 || word.n == 62;
    if (str_starts(word, S("0x")))
        return word.n == 42 && is_hexadecimal(str_skip(word, 2));
    if (word.n < 26 || word.n > 35)
        return false;
    return (word.p[0] == '1' || word.p[0] == '3' || (word.p[0] == 't' && word.n == 34)) && is_base58(word);
}

/* ISO 13616: letters count as numbers, and the whole is 1 modulo 97. */
static bool is_iban(str letters)
{
    unsigned rest = 0;

    if (letters.n < 15 || letters.n > 34)
        return false;
    for (size_t i = 0; i < letters.n; i++) {
        char c = letters.p[(i + 4) % letters.n];

        rest = ascii_is_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97
                                 : (rest * 100 + (unsigned)(c - 'a') + 10) % 97;
    }
    return rest == 1;
}

/* An IBAN that begins with this word of the text, written in one or in groups. */
static bool begins_iban(str text, str first)
{
    struct word_search rest = {.text = str_span(first.p, text.p + text.n)};
    struct word word;
    char letters[34];
    size_t n = 0;

    if (first.n < 4 || !ascii_is_alpha(first.p[0]) || !ascii_is_alpha(first.p[1]) ||
        !ascii_is_digit(first.p[2]) || !ascii_is_digit(first.p[3]))
        return false;
    while (words_next(&rest, &word) && (n == 0 || word.text.n <= 4)) {
        for (size_t i = 0; i < word.text.n; i++) {
            if (n == sizeof(letters) || (unsigned char)word.text.p[i] >= 0x80)
                return false;
            letters[n++] = word.text.p[i];
        }
        if (is_iban((str){letters, n}))
            return true;
    }
    return false;
}

void examine_code(struct examine_words *words, str word)
{
    words->crypto_address = words->crypto_address || is_crypto_address(word);
    words->iban = words->iban || begins_iban(words->skeleton, word);
}

/* ---- recipients ---- */

static void examine_named(struct examine *examine, str skeleton)
{
    struct content_text *text = &examine->content->text;

    for (size_t i = 0; i < examine->recipient_count; i++) {
        const struct examine_recipient *recipient = &examine->recipients[i];
        str label = str_sub(recipient->domain, 0, str_find(recipient->domain, '.'));

        for (str rest = skeleton; (rest = str_skip(rest, str_find_str(rest, recipient->address))).n;
             rest = str_skip(rest, recipient->address.n))
            text->recipients++;
        text->recipient_domain |= label.n >= LOCAL_MIN && str_find_str(skeleton, label) < skeleton.n;
    }
}

static void examine_subject(struct examine *examine)
{
    struct content *content = examine->content;
    str subject = content->subject.skeleton;
    struct examine_words words = {.skeleton = subject};

    for (size_t i = 0; i < examine->recipient_count; i++) {
        const struct examine_recipient *recipient = &examine->recipients[i];

        content->text.recipient_in_subject |= str_find_str(subject, recipient->address) < subject.n;
        content->text.recipient_in_subject |=
            recipient->local.n >= LOCAL_MIN && str_find_str(subject, recipient->local) < subject.n;
    }
    examine_phones(examine, &words, true);
}

/* ---- the texts ---- */

/* Words that stand before a quoted message. */
static bool is_quoting(str text, str skeleton)
{
    static const char *const words[] = {"original message",  "wrote:",           "schrieb ",
                                        "a ecrit",           "escribio:",        "ha scritto:",
                                        "escreveu:",         "schreef ",         "ursprungliche nachricht",
                                        "forwarded message", "message d'origine"};

    if (str_starts(text, S(">")) || str_find_str(text, S("\n>")) < text.n)
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_find_str(skeleton, str_from(words[i])) < skeleton.n)
            return true;
    return false;
}

struct texts_work {
    struct examine *examine;
    size_t left;          /* of LIMIT_CONTENT_TEXT */
    uint64_t plain, html; /* sketches */
    unsigned plain_words, html_words;
    unsigned languages[LANGUAGES]; /* words of them, of all texts */
    unsigned words;
    size_t longest; /* bytes of the text that the sketch is of */
    bool scripted;
};

static void count_languages(struct texts_work *work, const struct examine_words *words, str text)
{
    enum language script = language_of_script(text);

    for (size_t i = 0; i < LANGUAGES; i++)
        work->languages[i] += words->pass.languages[i];
    work->words += words->pass.words;
    if (script != LANGUAGE_UNKNOWN && !work->scripted) {
        work->examine->content->text.language = script;
        work->scripted = true;
    }
}

static void keep_sketch(struct texts_work *work, const struct body_text *text, struct examine_words *words)
{
    uint64_t made = sketch_end(words->sketching);

    if (text->html) {
        work->html = work->html ? work->html : made;
        work->html_words += words->pass.words;
    } else {
        work->plain = work->plain ? work->plain : made;
        work->plain_words += words->pass.words;
    }
    if (words->skeleton.n > work->longest) {
        work->longest = words->skeleton.n;
        work->examine->content->text_sketch = made;
    }
}

static void examine_visible(struct texts_work *work, const struct body_text *source)
{
    struct examine *examine = work->examine;
    struct content_text *text = &examine->content->text;
    str visible = str_sub(source->visible, 0, work->left);
    struct examine_words words;

    examine_words(examine, visible, work->left, BRAND_IN_TEXT, &words);
    work->left -= visible.n;
    text->cut |= visible.n < source->visible.n;
    text->invisible += words.facts.invisible;
    text->inside += words.facts.inside;
    text->mixed += words.facts.mixed;
    text->styled += words.facts.styled;
    text->words += words.pass.words;
    count_languages(work, &words, visible);
    keep_sketch(work, source, &words);
    examine_phones(examine, &words, false);
    text->crypto_address |= words.crypto_address;
    text->iban |= words.iban;
    examine_named(examine, words.skeleton);
    text->quoted |= is_quoting(visible, words.skeleton);
}

static void examine_page(struct content_text *text, const struct page *page)
{
    text->forms |= page->form_seen > 0;
    text->invisible += (unsigned)page->zero_width;
    for (size_t i = 0; i < page->form_count; i++)
        text->password |= page->forms[i].passwords > 0;
    for (size_t i = 0; i < PAGE_HIDDEN_REASONS; i++)
        text->hidden_by[i] += (unsigned)page->hidden_by[i];
    for (size_t i = 0; i < PAGE_ODDITIES; i++)
        text->odd[i] |= page->odd[i];
}

static void examine_text(struct texts_work *work, const struct body_text *source)
{
    struct content_text *text = &work->examine->content->text;
    struct examine_words words;

    text->parts++;
    text->html |= source->html;
    text->plain |= !source->html;
    if (source->page)
        examine_page(text, source->page);
    text->visible += (unsigned)source->visible.n;
    text->hidden += (unsigned)source->hidden.n;
    examine_visible(work, source);
    if (source->hidden.n)
        examine_words(work->examine, source->hidden, work->left, BRAND_IN_HIDDEN, &words);
    work->left -= source->hidden.n < work->left ? source->hidden.n : work->left;
}

void examine_texts(struct examine *examine)
{
    const struct body *body = examine->input->body;
    struct content *content = examine->content;
    struct content_text *text = &content->text;
    struct texts_work work = {.examine = examine, .left = LIMIT_CONTENT_TEXT};

    content->phones = arena_array_of(examine->arena, LIMIT_CONTENT_PHONES, struct content_phone);
    examine_subject(examine);
    for (size_t i = 0; i < body->text_count; i++)
        if (!body->texts[i].attached)
            examine_text(&work, &body->texts[i]);
    if (!work.scripted)
        text->language = language_of_words(work.languages, work.words);
    text->images = content->link_counts.counts[LINKS_IMAGES] + text->attached_images;
    text->image_only = text->images > 0 && text->words < FEW_WORDS;
    text->differ = work.plain_words >= COMPARED_WORDS && work.html_words >= COMPARED_WORDS &&
                   sketch_distance(work.plain, work.html) > DIFFERENT;
}
