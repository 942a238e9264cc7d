/* fuzz_mbox.c: messages of an mbox lie behind each other; what is quoted and stored twice is read twice. */
#include "base/buf.h"
#include "fuzz.h"
#include "mail/mail.h"
#include "mail/mbox.h"

#include <assert.h>

static const size_t file_max = 1 << 24;

static void check_order(str file, struct arena *arena)
{
    str rest = file, message;
    const char *at = file.p;

    while (mbox_next(&rest, &message)) {
        assert(message.p >= at && message.p + message.n <= file.p + file.n);
        assert(str_span(at, message.p).n == mail_mbox_from(str_span(at, file.p + file.n)));
        assert(mbox_unquote(message, arena).n <= message.n);
        at = rest.p;
        assert(at - (message.p + message.n) <= 2);
    }
    assert(rest.n == 0);
}

/* The message as mboxrd stores it. */
static void store(struct buf *file, str message)
{
    str rest = message, line;

    buf_add(file, S("From a@b.example Wed Nov 25 10:22:43 2026\n"));
    while (str_next(&rest, '\n', &line)) {
        size_t quotes = 0;

        while (quotes < line.n && line.p[quotes] == '>')
            quotes++;
        if (str_starts(str_skip(line, quotes), S("From ")))
            buf_add_char(file, '>');
        buf_add(file, line);
        buf_add_char(file, '\n');
    }
    buf_add_char(file, '\n');
}

/* Back it comes with the last line closed, and with an empty line if there was none. */
static void check_message(str message, str wanted, struct arena *arena)
{
    str got = mbox_unquote(message, arena);

    assert(str_starts(got, wanted));
    assert(str_eq(str_skip(got, wanted.n), S("\n")) || str_eq(str_skip(got, wanted.n), S("\n\n")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = size ? (str){(const char *)data, size} : S(""), rest, message;
    struct arena *arena = arena_new();
    struct buf file = buf_new(arena, file_max);

    check_order(text, arena);
    store(&file, text);
    store(&file, text);
    assert(!file.full);
    rest = buf_str(&file);
    assert(mbox_is(rest) && mbox_next(&rest, &message));
    check_message(message, text, arena);
    assert(mbox_next(&rest, &message));
    check_message(message, text, arena);
    assert(!mbox_next(&rest, &message));
    arena_free(arena);
    return 0;
}
