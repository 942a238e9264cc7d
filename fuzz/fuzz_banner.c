/* fuzz_banner.c: the banner in any body: without it the body is what it was, byte for byte; the parts that
 * got it have their old contents behind and around it; it is the first text that is shown; and a second time
 * nothing is put. */
#include "act/banner.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "mail/html.h"

#include <assert.h>

static const struct banner_words words = {STR("Careful: \xc3\xa9 <b> & \xd0\x96."), STR("Careful.")};

/* The body without what the edits put in; a group of base64 that was taken apart is put back. */
static str undo(const struct banner *banner, str body, str changed, struct arena *arena)
{
    struct buf out = buf_new(arena, changed.n + body.n + 1);
    size_t at = 0, moved = 0;

    for (unsigned i = 0; i < banner->count; i++) {
        const struct banner_edit *edit = &banner->edits[i];

        buf_add(&out, str_sub(changed, at, edit->at + moved - at));
        assert(str_eq(str_sub(changed, edit->at + moved, edit->inserted.n), edit->inserted));
        buf_add(&out, str_sub(body, edit->at, edit->removed));
        at = edit->at + moved + edit->inserted.n;
        moved += edit->inserted.n - edit->removed;
    }
    buf_add(&out, str_skip(changed, at));
    return buf_str(&out);
}

/* The old content is the new one without one piece of it. */
static void check_content(struct part *old, struct part *new, struct arena *arena)
{
    str before = part_content(old, arena), after = part_content(new, arena);
    size_t common = 0;

    assert(after.n >= before.n && old->encoding == new->encoding);
    while (common < before.n && before.p[common] == after.p[common])
        common++;
    assert(str_ends(after, str_skip(before, common)));
}

/* The first text of HTML that a reader sees. */
static str first_text(str html, struct arena *arena)
{
    struct html tokens = html_of(html);

    while (html_next(&tokens)) {
        str text =
            tokens.kind == HTML_KIND_TEXT && tokens.read == HTML_MODE_DATA ? str_trim(tokens.content) : S("");

        if (text.n)
            return html_decode(text, false, arena);
        if (tokens.kind == HTML_KIND_START)
            html_enter(&tokens, false);
    }
    return S("");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct banner banner, again;
    struct mail mail, changed;
    struct mime mime, parts;
    str body;

    mail_parse(&mail, (str){(const char *)data, size}, arena);
    mime_parse(&mime, &mail, arena);
    banner_plan(&banner, &mail, &mime, &words, arena);
    body = banner_apply(&banner, mail.body, arena);
    assert(banner.count <= BANNER_EDITS && (banner.result == BANNER_PUT || banner.count == 0));
    assert(str_eq(undo(&banner, mail.body, body, arena), mail.body));
    if (banner.count) {
        changed = mail;
        changed.body = body;
        mime_parse(&parts, &changed, arena);
        banner_plan(&again, &changed, &parts, &words, arena);
        assert(again.result == BANNER_PUT && again.count == 0);
        assert(parts.n >= 1 && mime.n >= 1);
        if (mime.n == 1 && parts.n == 1) {
            str content = part_content(parts.parts[0], arena);

            check_content(mime.parts[0], parts.parts[0], arena);
            if (part_is(parts.parts[0], S("text"), S("html")) && utf8_valid(content))
                assert(str_starts(first_text(content, arena), S("Careful: ")));
            else if (part_is(parts.parts[0], S("text"), S("plain")))
                assert(str_starts(str_skip(content, str_starts(content, S("\xef\xbb\xbf")) ? 3 : 0),
                                  S("Careful")));
        }
    }
    arena_free(arena);
    return 0;
}
