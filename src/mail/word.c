/* word.c: encoded words, =?charset?encoding?text?=. */
#include "mail/word.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/header.h"

enum { CHARSET_MAX_BYTES = 64 };

/* An encoded word: which bytes, of what charset. */
struct word {
    const struct charset *charset;
    str text;
    bool base64;
    size_t end; /* the offset behind it */
};

struct reader {
    str text;
    struct buf out;
    struct buf pending; /* decoded bytes of adjacent words: a character may be split across them */
    const struct charset *charset;
    struct word_facts facts;
    bool no_end; /* no "?=" is left, so none need be looked for */
};

/* The end of the text of a word that starts at `at`, the offset of "?="; text.n if there is none. A "?" that
 * should have been encoded is let be, another "=?" is not. */
static size_t find_end(struct reader *reader, size_t at)
{
    str s = reader->text;

    for (size_t i = at; !reader->no_end; i++) {
        i += str_find(str_skip(s, i), '?');
        if (i + 1 >= s.n)
            break;
        if (s.p[i + 1] == '=')
            return i;
        if (i > at && s.p[i - 1] == '=')
            return s.n;
        reader->facts.broken = true;
    }
    reader->no_end = true;
    return s.n;
}

/* Reads the encoded word at "=?"; false if there is none that can be decoded. */
static bool read_word(struct reader *reader, size_t at, struct word *word)
{
    str s = reader->text, charset = str_sub(s, at + 2, CHARSET_MAX_BYTES);
    size_t question = str_find(charset, '?'), end;
    char encoding;

    if (question == 0 || question == charset.n || at + question + 4 >= s.n)
        return false;
    encoding = ascii_lower(s.p[at + question + 3]);
    if ((encoding != 'b' && encoding != 'q') || s.p[at + question + 4] != '?')
        return false;
    end = find_end(reader, at + question + 5);
    if (end == s.n)
        return false;
    charset = str_sub(charset, 0, question);
    charset = str_sub(charset, 0, str_find(charset, '*')); /* RFC 2231 section 5: a language behind it */
    word->charset = charset_find(charset);
    word->text = str_sub(s, at + question + 5, end - (at + question + 5));
    word->base64 = encoding == 'b';
    word->end = end + 2;
    reader->facts.unknown_charset |= !word->charset;
    return word->charset != NULL;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Unlike base64_decode() this passes over what does not belong, as mail programs do. */
static void add_base64(struct reader *reader, str text)
{
    uint32_t bits = 0;
    unsigned n = 0;

    for (size_t i = 0; i < text.n; i++) {
        int value = base64_value(text.p[i]);

        if (value < 0) {
            reader->facts.broken |= text.p[i] != '=' && !ascii_is_space(text.p[i]);
            n = text.p[i] == '=' ? 0 : n;
            continue;
        }
        bits = bits << 6 | (uint32_t)value;
        n += 6;
        if (n >= 8) {
            n -= 8;
            buf_add_char(&reader->pending, (char)(bits >> n & 0xff));
        }
    }
    reader->facts.broken |= n >= 6;
}

static void add_quoted(struct reader *reader, str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '=' && text.n - i > 2 && ascii_hex(text.p[i + 1]) >= 0 && ascii_hex(text.p[i + 2]) >= 0) {
            c = (char)(ascii_hex(text.p[i + 1]) << 4 | ascii_hex(text.p[i + 2]));
            i += 2;
        } else if (c == '_') {
            c = ' ';
        } else if (c == '=' || ascii_is_space(c)) {
            reader->facts.broken = true;
        }
        buf_add_char(&reader->pending, c);
    }
}

/* Writes the words that were held back. */
static void flush(struct reader *reader)
{
    if (reader->charset)
        charset_decode(reader->charset, buf_str(&reader->pending), &reader->out, &reader->facts.broken);
    reader->charset = NULL;
    reader->pending.n = 0;
}

static void add_word(struct reader *reader, const struct word *word)
{
    if (reader->charset != word->charset)
        flush(reader);
    reader->charset = word->charset;
    reader->facts.encoded = true;
    if (word->base64)
        add_base64(reader, word->text);
    else
        add_quoted(reader, word->text);
}

/* Plain text between words; white space between two words is not shown. */
static void add_plain(struct reader *reader, size_t from, size_t to, bool between)
{
    str text = str_sub(reader->text, from, to - from);

    if (between && str_trim(text).n == 0)
        return;
    flush(reader);
    reader->facts.broken |= !charset_guess(text, &reader->out);
}

/* The offset of the next "=?" at or behind `at`, text.n if there is none. */
static size_t next_start(str text, size_t at)
{
    for (; at < text.n; at++) {
        at += str_find(str_skip(text, at), '=');
        if (at + 1 < text.n && text.p[at + 1] == '?')
            return at;
    }
    return text.n;
}

static void read_text(struct reader *reader)
{
    size_t from = 0, at = next_start(reader->text, 0);
    struct word word;

    while (at < reader->text.n && !reader->out.full) {
        if (read_word(reader, at, &word)) {
            add_plain(reader, from, at, from > 0);
            add_word(reader, &word);
            from = word.end;
            at = next_start(reader->text, from);
        } else {
            reader->facts.broken = true;
            at = next_start(reader->text, at + 2);
        }
    }
    add_plain(reader, from, reader->text.n, false);
}

/* The text without the piece of a character that the limit may have left at its end. */
static str whole_characters(str s)
{
    size_t n = 0;

    for (size_t back = 1; back <= 4 && back <= s.n; back++)
        if (((unsigned char)s.p[s.n - back] & 0xc0) != 0x80)
            return utf8_step(str_skip(s, s.n - back), &n) == UTF8_INVALID ? str_sub(s, 0, s.n - back) : s;
    return s;
}

str word_decode(str text, struct arena *arena, struct word_facts *facts)
{
    struct reader reader = {.text = header_unfold(text, arena)};
    bool plain = next_start(reader.text, 0) == reader.text.n && utf8_valid(reader.text);
    str result = reader.text;

    if (!plain || result.n > LIMIT_WORDS) {
        reader.out = buf_new(arena, LIMIT_WORDS);
        reader.pending = buf_new(arena, reader.text.n);
        read_text(&reader);
        result = whole_characters(buf_str(&reader.out));
        reader.facts.cut = reader.out.full;
    }
    if (facts)
        *facts = reader.facts;
    return result;
}
