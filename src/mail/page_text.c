/* page_text.c: the text of a page as a reader sees it: white space collapsed, what has no width left out. */
#include "base/utf8.h"
#include "mail/page_own.h"

enum { FIRST_ROOM = 4096, LETTER = 1, OTHER = 2, SPACE = 3, LOOK = 4 };

#define LETTERS_10(c)                                                                                        \
    [(c)] = LETTER, [(c) + 1] = LETTER, [(c) + 2] = LETTER, [(c) + 3] = LETTER, [(c) + 4] = LETTER,          \
    [(c) + 5] = LETTER, [(c) + 6] = LETTER, [(c) + 7] = LETTER, [(c) + 8] = LETTER, [(c) + 9] = LETTER
#define LETTERS_26(c)                                                                                        \
    LETTERS_10(c), LETTERS_10((c) + 10), [(c) + 20] = LETTER, [(c) + 21] = LETTER, [(c) + 22] = LETTER,      \
                                                [(c) + 23] = LETTER, [(c) + 24] = LETTER,                    \
                                                [(c) + 25] = LETTER

/* LOOK: controls, and first bytes of UTF-8 of which some character is white or has no width. 0 is OTHER. */
static const uint8_t classes[256] = {
    LETTERS_10('0'), LETTERS_26('A'), LETTERS_26('a'), [0x00] = LOOK,  [0x01] = LOOK,  [0x02] = LOOK,
    [0x03] = LOOK,   [0x04] = LOOK,   [0x05] = LOOK,   [0x06] = LOOK,  [0x07] = LOOK,  [0x08] = LOOK,
    [0x09] = SPACE,  [0x0a] = SPACE,  [0x0b] = LOOK,   [0x0c] = SPACE, [0x0d] = SPACE, [0x0e] = LOOK,
    [0x0f] = LOOK,   [0x10] = LOOK,   [0x11] = LOOK,   [0x12] = LOOK,  [0x13] = LOOK,  [0x14] = LOOK,
    [0x15] = LOOK,   [0x16] = LOOK,   [0x17] = LOOK,   [0x18] = LOOK,  [0x19] = LOOK,  [0x1a] = LOOK,
    [0x1b] = LOOK,   [0x1c] = LOOK,   [0x1d] = LOOK,   [0x1e] = LOOK,  [0x1f] = LOOK,  [0x20] = SPACE,
    [0x7f] = LOOK,   [0xc2] = LOOK,   [0xcd] = LOOK,   [0xd8] = LOOK,  [0xe1] = LOOK,  [0xe2] = LOOK,
    [0xe3] = LOOK,   [0xef] = LOOK,   [0xf0] = LOOK,   [0xf3] = LOOK,
};

static void reserve(struct page_text *text, size_t n)
{
    size_t room = text->room ? text->room : FIRST_ROOM;
    char *p;

    if (text->n + n <= text->room)
        return;
    while (room < text->n + n)
        room *= 2;
    p = arena_bytes(text->arena, room);
    if (text->n)
        memcpy(p, text->p, text->n);
    text->p = p;
    text->room = room;
}

/* What has to stand between what is there and what comes. */
static inline void put_due(struct page_text *text)
{
    if (text->due == PAGE_NO_BREAK)
        return;
    if (text->n)
        text->p[text->n++] = text->due == PAGE_LINE ? '\n' : ' ';
    text->due = PAGE_NO_BREAK;
}

static inline void due(struct page_text *text, enum page_break what)
{
    if (what > text->due)
        text->due = (uint8_t)what;
    text->letter = text->gap = false;
}

static bool is_white(uint32_t c)
{
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* A character that may have no width. Returns its length. */
static size_t put_odd(struct page_text *text, str s, struct page_signs *signs)
{
    size_t n;
    uint32_t c = utf8_step(s, &n);

    if (is_white(c)) {
        due(text, c == 0x2028 || c == 0x2029 ? PAGE_LINE : PAGE_BLANK);
    } else if (utf8_is_control(c) || utf8_is_invisible(c)) {
        signs->nul |= c == 0;
        signs->bidi |= c == 0x202d || c == 0x202e;
        if (c == 0xad)
            signs->soft_hyphens++;
        else if (c)
            signs->zero_width++;
        text->gap = text->letter && c && c != 0xad && !utf8_is_bidi(c);
    } else {
        put_due(text);
        memcpy(text->p + text->n, s.p, n);
        text->n += n;
        text->letters += n;
        text->letter = text->gap = false;
    }
    return n;
}

/* A run of ASCII letters from p on. */
static inline const char *put_letters(struct page_text *text, const char *p, const char *end,
                                      struct page_signs *signs)
{
    char *out;
    const char *from = p;

    signs->in_word |= text->gap;
    put_due(text);
    out = text->p + text->n;
    do
        *out++ = *p++;
    while (p < end && classes[(unsigned char)*p] == LETTER);
    text->n += (size_t)(p - from);
    text->letters += (size_t)(p - from);
    text->letter = true;
    text->gap = false;
    return p;
}

void page_text_add(struct page_text *text, str s, bool lines, struct page_signs *signs)
{
    const char *p = s.p, *end = s.p + s.n;

    if (text->n + s.n + 1 > text->max) {
        text->full |= s.n > 0;
        return;
    }
    reserve(text, s.n + 1);
    while (p < end) {
        switch (classes[(unsigned char)*p]) {
        case LETTER:
            p = put_letters(text, p, end, signs);
            break;
        case SPACE:
            due(text, lines && *p != ' ' && *p != '\t' ? PAGE_LINE : PAGE_BLANK);
            p++;
            break;
        case LOOK:
            p += put_odd(text, str_span(p, end), signs);
            break;
        default:
            put_due(text);
            text->p[text->n++] = *p++;
            text->letters++;
            text->letter = text->gap = false;
            break;
        }
    }
}
