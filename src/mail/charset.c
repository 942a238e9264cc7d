/* charset.c: text in the charsets of mail, through iconv. */
#include "mail/charset.h"

#include <errno.h>
#include <iconv.h>

#include "base/utf8.h"

enum kind { GUESS, UTF8, WINDOWS_1252, ICONV };

struct charset {
    str name; /* lower case */
    enum kind kind;
    const char *iconv; /* iconv's name for it */
};

static const struct charset charsets[] = {
    {STR("utf-8"), UTF8, NULL},
    {STR("utf8"), UTF8, NULL},
    {STR("us-ascii"), GUESS, NULL},
    {STR("ascii"), GUESS, NULL},
    {STR("ansi_x3.4-1968"), GUESS, NULL},
    {STR("unknown-8bit"), GUESS, NULL},
    {STR("x-unknown"), GUESS, NULL},
    {STR("iso-8859-1"), WINDOWS_1252, NULL},
    {STR("iso8859-1"), WINDOWS_1252, NULL},
    {STR("iso_8859-1"), WINDOWS_1252, NULL},
    {STR("latin1"), WINDOWS_1252, NULL},
    {STR("windows-1252"), WINDOWS_1252, NULL},
    {STR("cp1252"), WINDOWS_1252, NULL},
    {STR("iso-8859-2"), ICONV, "ISO-8859-2"},
    {STR("iso8859-2"), ICONV, "ISO-8859-2"},
    {STR("latin2"), ICONV, "ISO-8859-2"},
    {STR("iso-8859-3"), ICONV, "ISO-8859-3"},
    {STR("iso-8859-4"), ICONV, "ISO-8859-4"},
    {STR("iso-8859-5"), ICONV, "ISO-8859-5"},
    {STR("iso-8859-6"), ICONV, "ISO-8859-6"},
    {STR("iso-8859-7"), ICONV, "ISO-8859-7"},
    {STR("iso-8859-8"), ICONV, "ISO-8859-8"},
    {STR("iso-8859-8-i"), ICONV, "ISO-8859-8"},
    {STR("iso-8859-9"), ICONV, "CP1254"},
    {STR("iso8859-9"), ICONV, "CP1254"},
    {STR("iso-8859-10"), ICONV, "ISO-8859-10"},
    {STR("iso-8859-11"), ICONV, "CP874"},
    {STR("iso-8859-13"), ICONV, "ISO-8859-13"},
    {STR("iso-8859-14"), ICONV, "ISO-8859-14"},
    {STR("iso-8859-15"), ICONV, "ISO-8859-15"},
    {STR("iso8859-15"), ICONV, "ISO-8859-15"},
    {STR("latin-9"), ICONV, "ISO-8859-15"},
    {STR("iso-8859-16"), ICONV, "ISO-8859-16"},
    {STR("windows-874"), ICONV, "CP874"},
    {STR("tis-620"), ICONV, "CP874"},
    {STR("windows-1250"), ICONV, "CP1250"},
    {STR("cp1250"), ICONV, "CP1250"},
    {STR("windows-1251"), ICONV, "CP1251"},
    {STR("cp1251"), ICONV, "CP1251"},
    {STR("cp-1251"), ICONV, "CP1251"},
    {STR("windows-1253"), ICONV, "CP1253"},
    {STR("windows-1254"), ICONV, "CP1254"},
    {STR("windows-1255"), ICONV, "CP1255"},
    {STR("windows-1256"), ICONV, "CP1256"},
    {STR("windows-1257"), ICONV, "CP1257"},
    {STR("windows-1258"), ICONV, "CP1258"},
    {STR("koi8-r"), ICONV, "KOI8-R"},
    {STR("koi8-u"), ICONV, "KOI8-U"},
    {STR("cp437"), ICONV, "CP437"},
    {STR("ibm437"), ICONV, "CP437"},
    {STR("cp850"), ICONV, "CP850"},
    {STR("ibm850"), ICONV, "CP850"},
    {STR("cp852"), ICONV, "CP852"},
    {STR("cp866"), ICONV, "CP866"},
    {STR("ibm866"), ICONV, "CP866"},
    {STR("macintosh"), ICONV, "MACINTOSH"},
    {STR("x-mac-roman"), ICONV, "MACINTOSH"},
    {STR("viscii"), ICONV, "VISCII"},
    {STR("gb2312"), ICONV, "GB18030"},
    {STR("gb_2312-80"), ICONV, "GB18030"},
    {STR("gbk"), ICONV, "GB18030"},
    {STR("x-gbk"), ICONV, "GB18030"},
    {STR("cp936"), ICONV, "GB18030"},
    {STR("gb18030"), ICONV, "GB18030"},
    {STR("euc-cn"), ICONV, "GB18030"},
    {STR("big5"), ICONV, "BIG5-HKSCS"},
    {STR("big5-hkscs"), ICONV, "BIG5-HKSCS"},
    {STR("cp950"), ICONV, "CP950"},
    {STR("euc-tw"), ICONV, "EUC-TW"},
    {STR("shift_jis"), ICONV, "CP932"},
    {STR("shift-jis"), ICONV, "CP932"},
    {STR("x-sjis"), ICONV, "CP932"},
    {STR("sjis"), ICONV, "CP932"},
    {STR("cp932"), ICONV, "CP932"},
    {STR("windows-31j"), ICONV, "CP932"},
    {STR("euc-jp"), ICONV, "EUC-JP"},
    {STR("x-euc-jp"), ICONV, "EUC-JP"},
    {STR("iso-2022-jp"), ICONV, "ISO-2022-JP-3"},
    {STR("iso-2022-jp-1"), ICONV, "ISO-2022-JP-1"},
    {STR("iso-2022-jp-2"), ICONV, "ISO-2022-JP-2"},
    {STR("euc-kr"), ICONV, "UHC"},
    {STR("ks_c_5601-1987"), ICONV, "UHC"},
    {STR("ks_c_5601"), ICONV, "UHC"},
    {STR("korean"), ICONV, "UHC"},
    {STR("cp949"), ICONV, "UHC"},
    {STR("iso-2022-kr"), ICONV, "ISO-2022-KR"},
    {STR("utf-7"), ICONV, "UTF-7"},
    {STR("unicode-1-1-utf-7"), ICONV, "UTF-7"},
    {STR("utf-16"), ICONV, "UTF-16"},
    {STR("utf-16be"), ICONV, "UTF-16BE"},
    {STR("utf-16le"), ICONV, "UTF-16LE"},
};

const struct charset *charset_find(str name)
{
    for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++)
        if (str_ieq(name, charsets[i].name))
            return &charsets[i];
    return NULL;
}

bool charset_keeps(const struct charset *charset, str bytes)
{
    static const str shifting[] = {STR("utf-"), STR("unicode-"), STR("iso-2022-"), STR("viscii")};

    if (charset->kind == UTF8 || charset->kind == GUESS)
        return utf8_valid(bytes);
    for (size_t i = 0; i < sizeof(shifting) / sizeof(shifting[0]); i++)
        if (str_starts(charset->name, shifting[i]))
            return false;
    return utf8_ascii(bytes) == bytes.n;
}

void charset_wake(void)
{
    /* Never closed: the C library unloads a converter that nobody has open. */
    static iconv_t awake[sizeof(charsets) / sizeof(charsets[0])][2];

    for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++)
        if (charsets[i].kind == ICONV && !awake[i][0]) {
            awake[i][0] = iconv_open("UTF-8", charsets[i].iconv);
            awake[i][1] = iconv_open(charsets[i].iconv, "UTF-8");
        }
}

static void add_utf8(str bytes, struct buf *out, bool *broken)
{
    for (size_t n; bytes.n; bytes = str_skip(bytes, n)) {
        uint32_t c = utf8_step(bytes, &n);

        utf8_add(out, c);
        *broken |= c == UTF8_INVALID;
    }
}

static void add_windows_1252(str bytes, struct buf *out, bool *broken)
{
    static const uint16_t high[32] = {
        0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
    };

    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char byte = (unsigned char)bytes.p[i];
        uint32_t c = byte;

        if (byte >= 0x80 && byte < 0xa0)
            c = high[byte - 0x80] ? high[byte - 0x80] : UTF8_INVALID;
        utf8_add(out, c);
        *broken |= c == UTF8_INVALID;
    }
}

/* Converts up to the next byte that does not fit. 0 when all is done, else the errno value that iconv left.
 */
static int convert(iconv_t cd, char **in, size_t *left, struct buf *out, bool *broken)
{
    char chunk[1024];
    int problem;

    do {
        char *to = chunk;
        size_t room = sizeof(chunk);

        problem = iconv(cd, in, left, &to, &room) == (size_t)-1 ? errno : 0;
        add_utf8(str_span(chunk, to), out, broken);
    } while (problem == E2BIG && !out->full);
    return problem;
}

static void add_iconv(const char *name, str bytes, struct buf *out, bool *broken)
{
    iconv_t cd = iconv_open("UTF-8", name);
    char *in = arena_bytes(out->arena, bytes.n); /* iconv's parameter is not const */
    size_t left = bytes.n;
    int problem;

    if (cd == (iconv_t)-1) { /* the C library has come without its modules */
        *broken = true;
        charset_guess(bytes, out);
        return;
    }
    if (bytes.n)
        memcpy(in, bytes.p, bytes.n);
    while (!out->full && (problem = convert(cd, &in, &left, out, broken)) != 0) {
        if (problem == E2BIG)
            break;
        utf8_add(out, UTF8_REPLACEMENT);
        *broken = true;
        if (problem != EILSEQ) /* the last character is not whole */
            break;
        in++;
        left--;
    }
    iconv_close(cd);
}

void charset_decode(const struct charset *charset, str bytes, struct buf *out, bool *broken)
{
    switch (charset->kind) {
    case GUESS:
        *broken |= !charset_guess(bytes, out);
        break;
    case UTF8:
        add_utf8(bytes, out, broken);
        break;
    case WINDOWS_1252:
        add_windows_1252(bytes, out, broken);
        break;
    case ICONV: /* UTF-16 that says nothing of its order begins with a letter, so with a zero or a second byte
                 */
        add_iconv(str_eq(charset->name, S("utf-16")) && bytes.n > 1 && bytes.p[0] == 0 ? "UTF-16BE"
                                                                                       : charset->iconv,
                  bytes, out, broken);
        break;
    }
}

bool charset_guess(str bytes, struct buf *out)
{
    bool broken = false;

    if (utf8_valid(bytes))
        buf_add(out, bytes);
    else
        add_windows_1252(bytes, out, &broken);
    return !broken;
}

bool charset_shifts(const struct charset *charset)
{
    return str_starts(charset->name, S("iso-2022-"));
}

bool charset_holds_ascii(const struct charset *charset)
{
    return !str_starts(charset->name, S("utf-16")) && !str_ends(charset->name, S("utf-7"));
}

/* Latin-1 only: who states iso-8859-1 may mean it. */
static bool encode_latin_1(str text, struct buf *out)
{
    for (size_t n; text.n; text = str_skip(text, n)) {
        uint32_t c = utf8_step(text, &n);

        if (c > 0xff || (c >= 0x80 && c < 0xa0))
            return false;
        buf_add_char(out, (char)c);
    }
    return true;
}

static bool encode_iconv(const char *name, str text, struct buf *out)
{
    size_t in_left = text.n, out_left = 4 * text.n;
    char *in = arena_bytes(out->arena, text.n), *to = arena_bytes(out->arena, out_left), *begin = to;
    iconv_t cd = iconv_open(name, "UTF-8");
    bool done;

    if (cd == (iconv_t)-1)
        return false;
    memcpy(in, text.p, text.n);
    done = iconv(cd, &in, &in_left, &to, &out_left) == 0; /* above 0: something was written in another way */
    iconv_close(cd);
    buf_add(out, str_span(begin, to));
    return done;
}

bool charset_encode(const struct charset *charset, str text, struct buf *out)
{
    if (utf8_ascii(text) == text.n || charset->kind == UTF8) {
        buf_add(out, text);
        return charset_holds_ascii(charset);
    }
    if (charset->kind == GUESS || charset_shifts(charset) || !charset_holds_ascii(charset))
        return false;
    return charset->kind == WINDOWS_1252 ? encode_latin_1(text, out)
                                         : encode_iconv(charset->iconv, text, out);
}
