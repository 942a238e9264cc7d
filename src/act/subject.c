/* subject.c: a tag in front of the subject. */
#include "act/subject.h"

#include "base/buf.h"
#include "mail/word.h"

enum {
    PREFIXES = 3,       /* "Re: Fwd: Re:" */
    PREFIX_LETTERS = 4, /* of the longest one that is looked for */
    WORD_BYTES = 16,    /* of an encoded word, so that it has less than 75 characters (RFC 2047 section 2) */
    LINE = 900,         /* leaves room for the name and the tag (RFC 5322 section 2.1.1: 998) */
};

/* Without one "Re:", "Fwd:" or what other languages have. */
static str without_prefix(str text)
{
    size_t n = 0;

    while (n < text.n && n <= PREFIX_LETTERS && ascii_is_alpha(text.p[n]))
        n++;
    if (n == 0 || n > PREFIX_LETTERS || n == text.n || text.p[n] != ':')
        return text;
    return str_trim(str_skip(text, n + 1));
}

static bool is_tagged(str value, str tag, struct arena *arena)
{
    str text = word_decode(value, arena, NULL);

    for (unsigned i = 0; i <= PREFIXES; i++) {
        if (str_starts(text, tag))
            return true;
        text = without_prefix(text);
    }
    return false;
}

static bool is_plain(str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] > '~')
            return false;
    return str_find_str(text, S("=?")) == text.n;
}

/* The bytes that go into one encoded word: never a part of a character (section 5). */
static size_t piece_size(str text)
{
    size_t n = text.n < WORD_BYTES ? text.n : WORD_BYTES;

    while (n < text.n && n > 1 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    return n;
}

/* Encoded words. White space between two of them is not shown, so what is to stand behind the tag is put into
 * the last. */
static void add_encoded(struct buf *out, str tag, bool space_behind)
{
    while (tag.n) {
        size_t n = piece_size(tag);

        buf_add(out, S(" =?UTF-8?Q?"));
        for (size_t i = 0; i < n; i++)
            if (ascii_is_alnum(tag.p[i]))
                buf_add_char(out, tag.p[i]);
            else
                buf_printf(out, "=%02X", (unsigned char)tag.p[i]);
        tag = str_skip(tag, n);
        buf_add(out, tag.n == 0 && space_behind ? S("_?=") : S("?="));
    }
}

/* What follows the tag: on its own line if its first one is long already. */
static void add_rest(struct buf *out, str value)
{
    bool blank = value.n == 0 || ascii_is_space(value.p[0]);

    if (str_trim(value).n == 0)
        return;
    if (out->n + str_find(value, '\n') > LINE && !str_starts(value, S("\r")))
        buf_add(out, S("\r\n"));
    if (!blank)
        buf_add_char(out, ' ');
    buf_add(out, value);
}

bool subject_tag(str value, str tag, struct arena *arena, str *tagged)
{
    struct buf out;
    bool encoded = str_starts(str_trim(value), S("=?"));

    if (is_tagged(value, tag, arena))
        return false;
    out = buf_new(arena, SIZE_MAX);
    if (encoded || !is_plain(tag)) {
        add_encoded(&out, tag, encoded);
    } else {
        buf_add_char(&out, ' ');
        buf_add(&out, tag);
    }
    add_rest(&out, value);
    *tagged = buf_str(&out);
    return true;
}
