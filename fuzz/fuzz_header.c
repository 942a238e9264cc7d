/* fuzz_header.c: messages: the fields lie one behind the other and are the header, and the counts agree. */
#include "base/limits.h"
#include "fuzz.h"
#include "mail/mail.h"

#include <assert.h>

static bool inside(str part, str whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check_fields(const struct mail *mail)
{
    const char *at = mail->head.p;

    for (size_t i = 0; i < mail->header_count; i++) {
        const struct header *header = &mail->headers[i];

        assert(header->raw.p == at && header->raw.n > 0);
        at += header->raw.n;
        assert(inside(header->name, header->raw) && inside(header->value, header->raw));
        assert(header->id == header_id_of(header->name));
    }
    assert(mail->header_count < mail->header_seen || at == mail->head.p + mail->head.n);
}

static void check_links(const struct mail *mail)
{
    size_t known = 0;

    for (enum header_id id = 1; id < HEADER_IDS; id++) {
        unsigned n = 0;
        const struct header *last = NULL;

        for (const struct header *header = mail->first[id]; header; header = header->next_same) {
            assert(header->id == id && (!last || header > last));
            last = header;
            n++;
        }
        assert(n == mail->count[id] && last == mail->last[id]);
        known += n;
    }
    for (size_t i = 0; i < mail->header_count; i++)
        known += mail->headers[i].id == HEADER_OTHER;
    assert(known == mail->header_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str raw = {(const char *)data, size}, gap, rest;
    struct arena *arena = arena_new();
    struct mail mail;

    mail_parse(&mail, raw, arena);
    assert(mail.raw.p + mail.raw.n == raw.p + raw.n);
    rest = str_span(mail.body.p + mail.body.n, raw.p + raw.n);
    assert(mail.head.p == mail.raw.p && (rest.n == 0 || (!mail.lf_only && str_eq(rest, S("\n")))));
    gap = str_span(mail.head.p + mail.head.n, mail.body.p);
    assert(gap.n == 0 ? mail.odd[MAIL_NO_BODY] || mail.odd[MAIL_EMPTY]
                      : str_eq(gap, S("\r\n")) || (mail.lf_only && str_eq(gap, S("\n"))));
    check_fields(&mail);
    check_links(&mail);
    arena_free(arena);
    return 0;
}
