/* mail.c: a message taken apart, byte-exact. */
#include "mail/mail.h"

#include "base/limits.h"
#include "mail/lines.h"

enum { FIRST_HEADERS = 64, LINE_MAX_BYTES = 998 }; /* RFC 5322 section 2.1.1 */

/* A line: its bytes end at `end`, the next one starts at `next`; the two are equal without a line end. */
struct line {
    size_t end, next;
};

static struct line line_at(const struct mail *mail, size_t from)
{
    str raw = mail->raw;
    size_t at = from;

    for (;;) {
        at += str_find(str_skip(raw, at), '\n');
        if (at == raw.n)
            return (struct line){at, at};
        if (at > from && raw.p[at - 1] == '\r')
            return (struct line){at - 1, at + 1};
        if (mail->lf_only)
            return (struct line){at, at + 1};
        at++;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool all_blank(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_blank(s.p[i]))
            return false;
    return true;
}

/* Splits the field at the colon in its first line, which ends at `first_end` in `content`. */
static void split_field(struct mail *mail, struct header *header, str content, size_t first_end)
{
    size_t colon = str_find(str_sub(content, 0, first_end), ':');

    header->value = content;
    if (is_blank(content.p[0])) {
        mail->odd[MAIL_HEADER_FOLD_FIRST] = true;
        return;
    }
    if (colon == 0 || colon == first_end) {
        mail->odd[MAIL_HEADER_MALFORMED] = true;
        return;
    }
    header->name = str_sub(content, 0, colon);
    header->value = str_skip(content, colon + 1);
    while (is_blank(header->name.p[header->name.n - 1])) {
        header->name.n--;
        mail->odd[MAIL_HEADER_SPACE] = true;
    }
    for (size_t i = 0; i < header->name.n; i++)
        if (header->name.p[i] <= ' ' || header->name.p[i] > '~')
            mail->odd[MAIL_HEADER_NAME] = true;
    header->id = header_id_of(header->name);
}

/* Reads the field at `from`; returns where the next one starts. */
static size_t read_field(struct mail *mail, size_t from, struct header *header)
{
    struct line first = line_at(mail, from), line = first;
    size_t start = from;

    for (;;) {
        if (line.end - start > LINE_MAX_BYTES)
            mail->odd[MAIL_HEADER_LONG_LINE] = true;
        if (line.next == mail->raw.n || !is_blank(mail->raw.p[line.next]))
            break;
        start = line.next;
        line = line_at(mail, start);
        if (all_blank(str_sub(mail->raw, start, line.end - start)))
            mail->odd[MAIL_HEADER_FOLD_BLANK] = true;
    }
    header->raw = str_sub(mail->raw, from, line.next - from);
    split_field(mail, header, str_sub(mail->raw, from, line.end - from), first.end - from);
    return line.next;
}

bool mail_next_field(const struct mail *mail, size_t *at, struct header *field)
{
    struct mail scratch = {.raw = mail->raw, .lf_only = mail->lf_only};

    if (*at >= mail->head.n)
        return false;
    *field = (struct header){0};
    *at = read_field(&scratch, *at, field);
    return true;
}

/* The next free place in the table, NULL when there are LIMIT_HEADERS. */
static struct header *new_header(struct mail *mail, struct arena *arena)
{
    size_t n = mail->header_count;

    if (n == LIMIT_HEADERS)
        return NULL;
    if (n == 0)
        mail->headers = arena_array_of(arena, FIRST_HEADERS, struct header);
    else if (n >= FIRST_HEADERS && (n & (n - 1)) == 0) {
        struct header *more = arena_array_of(arena, n * 2, struct header);

        memcpy(more, mail->headers, n * sizeof(*more));
        mail->headers = more;
    }
    mail->header_count++;
    return &mail->headers[n];
}

/* Where all lines end in CRLF and an LF stands alone at the very end, the program that stored the file put it
 * there: seen in mail from several providers, whose signatures are right without it. */
static void drop_stored_lf(struct mail *mail)
{
    size_t n = mail->body.n;

    if (!mail->lf_only && n && mail->body.p[n - 1] == '\n' && (n == 1 || mail->body.p[n - 2] != '\r'))
        mail->body.n--;
}

static void read_headers(struct mail *mail, struct arena *arena)
{
    size_t at = 0;

    while (at < mail->raw.n) {
        struct line line = line_at(mail, at);
        struct header spare = {0}, *header;

        if (line.end == at) {
            mail->head = str_sub(mail->raw, 0, at);
            mail->body = str_skip(mail->raw, line.next);
            drop_stored_lf(mail);
            return;
        }
        header = new_header(mail, arena);
        at = read_field(mail, at, header ? header : &spare);
        mail->header_seen++;
    }
    mail->head = mail->raw;
    mail->body = str_skip(mail->raw, mail->raw.n);
    mail->odd[MAIL_NO_BODY] = mail->raw.n > 0;
}

/* Done when the table no longer moves. */
static void link_headers(struct mail *mail)
{
    for (size_t i = 0; i < mail->header_count; i++) {
        struct header *header = &mail->headers[i];
        enum header_id id = header->id;

        if (id == HEADER_OTHER)
            continue;
        if (mail->last[id])
            mail->last[id]->next_same = header;
        else
            mail->first[id] = header;
        mail->last[id] = header;
        mail->count[id]++;
    }
    mail->odd[MAIL_HEADER_MANY] = mail->header_seen > mail->header_count;
}

static void look_at_bytes(struct mail *mail)
{
    struct lines head = lines_look(mail->head);
    struct lines rest = lines_look(str_skip(mail->raw, mail->head.n));
    bool bare_lf = head.bare_lf || rest.bare_lf;

    mail->odd[MAIL_LF_ONLY] = mail->lf_only;
    mail->odd[MAIL_LF_MIXED] = mail->lf_only && (head.crlf || rest.crlf);
    mail->odd[MAIL_BARE_LF] = !mail->lf_only && bare_lf;
    mail->odd[MAIL_BARE_CR] = head.bare_cr || rest.bare_cr;
    mail->odd[MAIL_NUL] = head.nul || rest.nul;
    mail->odd[MAIL_HEADER_8BIT] = head.high;
    mail->odd[MAIL_EMPTY] = mail->raw.n == 0;
    mail->odd[MAIL_NO_FINAL_NEWLINE] =
        mail->raw.n > 0 && !str_ends(mail->raw, mail->lf_only ? S("\n") : S("\r\n"));
}

/* RFC 5322 section 3.6 and RFC 2045 section 3; From has an oddity of its own. */
static void look_for_duplicates(struct mail *mail)
{
    static const enum header_id once[] = {
        HEADER_SENDER,       HEADER_REPLY_TO,   HEADER_TO,           HEADER_CC,
        HEADER_BCC,          HEADER_SUBJECT,    HEADER_DATE,         HEADER_MESSAGE_ID,
        HEADER_IN_REPLY_TO,  HEADER_REFERENCES, HEADER_CONTENT_TYPE, HEADER_CONTENT_TRANSFER_ENCODING,
        HEADER_MIME_VERSION,
    };

    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
        if (mail->count[once[i]] > 1)
            mail->odd[MAIL_DUPLICATE] = true;
}

static void read_from(struct mail *mail, struct arena *arena)
{
    mail->odd[MAIL_FROM_MISSING] = mail->count[HEADER_FROM] == 0;
    mail->odd[MAIL_FROM_DUPLICATE] = mail->count[HEADER_FROM] > 1;
    for (const struct header *from = mail->first[HEADER_FROM]; from; from = from->next_same) {
        size_t i = mail->from.n, mailboxes = 0;

        address_parse_list(from->value, arena, &mail->from);
        for (; i < mail->from.n; i++)
            mailboxes += mail->from.items[i].domain.n > 0;
        if (mailboxes > 1)
            mail->odd[MAIL_FROM_SEVERAL] = true;
    }
    mail->odd[MAIL_FROM_SYNTAX] = mail->from.syntax;
}

size_t mail_mbox_from(str text)
{
    size_t i = 5, end;

    if (!str_starts(text, S("From ")))
        return 0;
    while (i < text.n && is_blank(text.p[i]))
        i++;
    if (i < text.n && text.p[i] == ':')
        return 0;
    end = str_find(text, '\n');
    return end < text.n ? end + 1 : end;
}

void mail_parse(struct mail *mail, str raw, struct arena *arena)
{
    size_t first_line;

    *mail = (struct mail){0};
    mail->raw = str_skip(raw, mail_mbox_from(raw));
    mail->odd[MAIL_MBOX_FROM] = mail->raw.n < raw.n;
    first_line = str_find(mail->raw, '\n');
    mail->lf_only = first_line < mail->raw.n && (first_line == 0 || mail->raw.p[first_line - 1] != '\r');
    read_headers(mail, arena);
    link_headers(mail);
    look_at_bytes(mail);
    look_for_duplicates(mail);
    read_from(mail, arena);
}

static const char *const oddity_words[] = {
#define ODDITY(id, name, words) [MAIL_##id] = (words),
    MAIL_ODDITY_TABLE(ODDITY)
#undef ODDITY
};

static const char *const oddity_names[] = {
#define ODDITY(id, name, words) [MAIL_##id] = (name),
    MAIL_ODDITY_TABLE(ODDITY)
#undef ODDITY
};

const char *mail_oddity_words(enum mail_oddity oddity)
{
    return oddity_words[oddity];
}

const char *mail_oddity_name(enum mail_oddity oddity)
{
    return oddity_names[oddity];
}

size_t mail_count_fields(const struct mail *mail, str name)
{
    size_t n = 0;

    for (size_t i = 0; i < mail->header_count; i++)
        n += str_ieq(mail->headers[i].name, name);
    return n;
}
