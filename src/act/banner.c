/* banner.c: a warning in the body of a message. */
#include "act/banner.h"

#include "act/banner_part.h"
#include "base/buf.h"
#include "base/utf8.h"

/* ---- which parts ---- */

static bool is_protected(const struct part *part)
{
    static const str types[] = {STR("pkcs7-mime"), STR("x-pkcs7-mime"), STR("pgp-encrypted"), STR("pgp")};

    if (part_is(part, S("multipart"), S("signed")) || part_is(part, S("multipart"), S("encrypted")))
        return true;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (part_is(part, S("application"), types[i]))
            return true;
    return false;
}

/* OpenPGP within a text, signed or encrypted. */
static bool has_inline_pgp(struct part *part, struct arena *arena)
{
    static const str marks[] = {STR("-----BEGIN PGP MESSAGE"), STR("-----BEGIN PGP SIGNED MESSAGE")};
    str text = part_content(part, arena);

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (str_find_str(text, marks[i]) < text.n)
            return true;
    return false;
}

/* The first part of that type that is shown with the message, not in a message within it; NULL if there is
 * none. *protected is set if what is shown is signed or encrypted. */
static struct part *find_part(const struct mime *mime, str subtype, bool *protected)
{
    for (size_t i = 0; i < mime->n; i++) {
        struct part *part = mime->parts[i];
        const struct part *above = part;

        while (above && !above->alternate && !above->attachment && !str_eq(above->type, S("message")))
            above = above->parent;
        if (above)
            continue;
        for (above = part; above; above = above->parent)
            *protected |= is_protected(above);
        if (part_is(part, S("text"), subtype) &&
            (!part->child || part->child->alternate || part->odd[PART_UUENCODED]))
            return part;
    }
    return NULL;
}

/* ---- what is written ---- */

struct writer {
    const struct mail *mail;
    const struct banner_words *words;
    struct arena *arena;
    str line_end;
};

/* All bytes of the part are ASCII, and nothing says that others may come. */
static bool is_seven_bit(const struct part *part)
{
    return part->encoding == PART_IDENTITY && utf8_ascii(part->raw) == part->raw.n;
}

/* A multiple of three, as base64 needs it: spaces at the end of the first line, or of the element, are not
 * seen. */
static str pad(str text, bool html, str line_end, struct arena *arena)
{
    size_t missing = (3 - text.n % 3) % 3;
    size_t at = html ? text.n - BANNER_HTML_END.n - line_end.n : str_find_str(text, line_end);

    return arena_join(arena, str_sub(text, 0, at), str_sub(S("  "), 0, missing), str_skip(text, at));
}

static str skip_space(str s)
{
    while (s.n && ascii_is_space(s.p[0]))
        s = str_skip(s, 1);
    return s;
}

static bool is_utf_16(str content)
{
    return str_starts(content, S("\xff\xfe")) || str_starts(content, S("\xfe\xff"));
}

/* Plans the edit of one part. True if it has the banner then. */
static bool plan_part(struct writer *writer, struct banner *banner, struct part *part, bool html)
{
    const struct charset *charset = charset_find(part->charset);
    struct banner_edit *edit = &banner->edits[banner->count];
    str content = part_content(part, writer->arena), text;
    bool shifting = charset && charset_shifts(charset);
    size_t place, base = (size_t)(part->raw.p - writer->mail->body.p);

    /* Without the empty line what is put in front of the content would be a header field. */
    if ((charset && !charset_holds_ascii(charset)) || is_utf_16(content) || part->odd[PART_HEADER_UNCLOSED])
        return false;
    place = html ? banner_place_html(content, shifting, writer->arena) : banner_place_plain(content);
    text = html ? banner_html(writer->words->text, writer->line_end, writer->arena)
                : banner_plain(writer->words, charset, is_seven_bit(part) || shifting, writer->line_end,
                               writer->arena);
    if (part->encoding == PART_BASE64)
        text = pad(text, html, writer->line_end, writer->arena);
    if (str_starts(skip_space(str_skip(content, place)), str_trim(text))) /* it is there */
        return true;
    if (!banner_encode(edit, part, base, place, text, writer->line_end, writer->arena) &&
        !banner_encode(edit, part, base, 0, text, writer->line_end, writer->arena))
        return false;
    banner->count++;
    return true;
}

static void order_edits(struct banner *banner)
{
    struct banner_edit first = banner->edits[0];

    if (banner->count < BANNER_EDITS || first.at <= banner->edits[1].at)
        return;
    banner->edits[0] = banner->edits[1];
    banner->edits[1] = first;
}

void banner_plan(struct banner *banner, const struct mail *mail, struct mime *mime,
                 const struct banner_words *words, struct arena *arena)
{
    struct writer writer = {mail, words, arena, mail->lf_only ? S("\n") : S("\r\n")};
    bool protected = false, put = true;
    struct part *plain = find_part(mime, S("plain"), &protected),
                *html = find_part(mime, S("html"), &protected);

    *banner = (struct banner){.result = BANNER_PUT};
    if (protected || (plain && has_inline_pgp(plain, arena)) || (html && has_inline_pgp(html, arena)))
        banner->result = BANNER_PROTECTED;
    else if (!plain && !html)
        banner->result = BANNER_NO_TEXT;
    if (banner->result != BANNER_PUT)
        return;
    if (plain)
        put &= plan_part(&writer, banner, plain, false);
    if (html)
        put &= plan_part(&writer, banner, html, true);
    order_edits(banner);
    if (!put)
        *banner = (struct banner){.result = BANNER_UNFIT};
}

str banner_apply(const struct banner *banner, str body, struct arena *arena)
{
    size_t n = body.n, at = 0;
    struct buf out;

    if (banner->count == 0)
        return body;
    for (unsigned i = 0; i < banner->count; i++)
        n += banner->edits[i].inserted.n;
    out = buf_new(arena, n);
    for (unsigned i = 0; i < banner->count; i++) {
        const struct banner_edit *edit = &banner->edits[i];

        buf_add(&out, str_sub(body, at, edit->at - at));
        buf_add(&out, edit->inserted);
        at = edit->at + edit->removed;
    }
    buf_add(&out, str_skip(body, at));
    return buf_str(&out);
}

const char *banner_result_words(enum banner_result result)
{
    static const char *const words[] = {
        [BANNER_PUT] = "",
        [BANNER_PROTECTED] = "the message is signed or encrypted",
        [BANNER_NO_TEXT] = "no text is shown with the message",
        [BANNER_UNFIT] = "the text of the message has an encoding that can't be written",
    };

    return words[result];
}
