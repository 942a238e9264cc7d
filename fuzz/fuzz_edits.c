/* fuzz_edits.c: messages with our edits: nothing that pretends to be ours is left, and no other byte is
 * touched. */
#include "act/edit.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

#define OUR_ID "mx.example.net"

static bool is_removed(const struct header *field, struct arena *arena)
{
    return str_istarts(field->name, S("X-Postern-")) || str_ieq(field->name, S("X-Spam-Flag")) ||
           str_ieq(field->name, S("X-Spam-Status")) ||
           (str_ieq(field->name, S("Authentication-Results")) &&
            authres_is_from(field->value, S(OUR_ID), arena));
}

/* A subject has the tag in front, and then what it had. */
static void check_subject(const struct header *field, str *rest)
{
    struct header edited;
    struct mail mail = {
        .raw = *rest, .head = *rest, .lf_only = field->raw.n && !str_ends(field->raw, S("\r\n"))};
    size_t at = 0;

    assert(mail_next_field(&mail, &at, &edited));
    assert(edited.id == HEADER_SUBJECT);
    assert(str_ends(edited.value, field->value) || str_trim(field->value).n == 0 || mail.lf_only);
    *rest = str_skip(*rest, at);
}

/* What stands below our own fields is what was there, byte for byte, but for what is removed. */
static void check_rest(const struct mail *mail, str rest, struct arena *arena)
{
    struct header field;

    for (size_t at = 0; mail_next_field(mail, &at, &field);) {
        if (is_removed(&field, arena))
            continue;
        if (field.id == HEADER_SUBJECT && !str_starts(rest, field.raw)) {
            check_subject(&field, &rest);
            continue;
        }
        assert(str_starts(rest, field.raw));
        rest = str_skip(rest, field.raw.n);
    }
    assert(rest.n == 0);
}

/* Ours, on top; then no other. */
static void check_edited(const struct mail *mail, const struct mail *edited, struct arena *arena)
{
    static const str ours[] = {STR("Authentication-Results"), STR("X-Postern-Verdict"), STR("X-Spam-Flag"),
                               STR("X-Spam-Status"), STR("X-Postern-Id")};
    enum { OURS = sizeof(ours) / sizeof(ours[0]) };
    size_t skip = mail->count[HEADER_SUBJECT] || mail->header_seen > mail->header_count ? 0 : 1, at = 0;
    struct header field;

    for (size_t i = 0; mail_next_field(edited, &at, &field); i++) {
        if (i < OURS) {
            assert(str_eq(field.name, ours[i]));
            continue;
        }
        assert(!is_removed(&field, arena));
        if (i == OURS && skip)
            assert(str_eq(field.name, S("Subject")));
        if (i + 1 == OURS + skip)
            check_rest(mail, str_skip(edited->head, at), arena);
    }
}

static void check(const struct mail *mail, struct arena *arena)
{
    struct auth auth = {.dmarc = {.domain = mail->from.n ? mail->from.items[0].domain : S("")}};
    struct edit_params params = {
        .auth = &auth, .authserv_id = S(OUR_ID), .id = S("1"), .subject_tag = S("[X]"), .spam_headers = true};
    struct outcome outcome = {.action = ACTION_BANNER, .result_class = S("none")};
    struct mail edited;

    edit_plan(&outcome, mail, &params, arena);
    if (outcome.action == ACTION_QUARANTINE) {
        assert(outcome.edit_count == 0);
        return;
    }
    edit_preview(&edited, mail, outcome.edits, outcome.edit_count, arena);
    assert(edited.lf_only == mail->lf_only && str_eq(edited.body, mail->body));
    check_edited(mail, &edited, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct mail mail;

    mail_parse(&mail, (str){(const char *)data, size}, arena);
    /* MTAs hand on no header that begins with a continuation, or ends without a line end. */
    if (!mail.odd[MAIL_HEADER_FOLD_FIRST] && !mail.odd[MAIL_NO_BODY] && !mail.odd[MAIL_EMPTY])
        check(&mail, arena);
    arena_free(arena);
    return 0;
}
