/* part.c: what is in a part: its bytes and its text. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/magic.h"
#include "mail/mime.h"
#include "mail/transfer.h"

static str decode_uuencoded(str text, struct arena *arena, struct transfer_facts *facts)
{
    struct transfer_file file;

    return transfer_uuencoded(text, 0, arena, &file, facts) ? file.bytes
                                                            : transfer_uuencoded_lines(text, arena, facts);
}

static str decode(struct part *part, struct arena *arena, struct transfer_facts *facts)
{
    switch (part->encoding) {
    case PART_BASE64:
        return transfer_base64(part->raw, arena, facts);
    case PART_QUOTED_PRINTABLE:
        return transfer_quoted_printable(part->raw, arena, facts);
    case PART_UUENCODE:
        return decode_uuencoded(part->raw, arena, facts);
    case PART_IDENTITY:
    case PART_UNKNOWN:
        break;
    }
    return part->raw;
}

str part_content(struct part *part, struct arena *arena)
{
    struct transfer_facts facts = {false};

    if (part->decoded)
        return part->content;
    part->decoded = true;
    part->content =
        str_eq(part->type, S("multipart")) && part->child ? part->raw : decode(part, arena, &facts);
    part->odd[PART_ENCODING_JUNK] |= facts.junk;
    part->odd[PART_ENCODING_CUT] |= facts.unclosed;
    part->odd[PART_ENCODING_BEHIND] |= facts.behind;
    part->odd[PART_TNEF] |= magic_of(part->content) == MAGIC_TNEF;
    return part->content;
}

/* A byte order mark outweighs what is stated, as in browsers. */
static const struct charset *find_charset(struct part *part, str *bytes)
{
    static const struct {
        str mark, charset;
    } marks[] = {{STR("\xef\xbb\xbf"), STR("utf-8")},
                 {STR("\xff\xfe"), STR("utf-16le")},
                 {STR("\xfe\xff"), STR("utf-16be")}};
    const struct charset *charset;

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (str_starts(*bytes, marks[i].mark)) {
            *bytes = str_skip(*bytes, marks[i].mark.n);
            return charset_find(marks[i].charset);
        }
    charset = charset_find(part->charset);
    part->odd[PART_CHARSET_UNKNOWN] |= part->charset.n && !charset;
    return charset;
}

str part_text(struct part *part, struct arena *arena)
{
    str bytes = part_content(part, arena);
    const struct charset *charset = find_charset(part, &bytes);
    bool broken = false;
    struct buf buf;

    part->odd[PART_CUT] |= bytes.n > LIMIT_MIME_TEXT;
    bytes = str_sub(bytes, 0, LIMIT_MIME_TEXT);
    if (charset ? charset_keeps(charset, bytes) : utf8_valid(bytes))
        return bytes;
    buf = buf_new(arena, LIMIT_MIME_TEXT);
    if (charset)
        charset_decode(charset, bytes, &buf, &broken);
    else
        broken = !charset_guess(bytes, &buf);
    part->odd[PART_CHARSET_BROKEN] |= broken;
    part->odd[PART_CUT] |= buf.full;
    return buf_str(&buf);
}
