/* milter_session.c: the order of packets: from a stream of them to whole messages, and from a reply to
 * packets. */
#include "gate/milter_session.h"

#include <assert.h>

#include "base/limits.h"

enum { KEEP = 4096 };

static const uint32_t wanted_actions = MILTER_ADD_HEADERS | MILTER_CHANGE_BODY | MILTER_ADD_RECIPIENTS |
                                       MILTER_DELETE_RECIPIENTS | MILTER_CHANGE_HEADERS | MILTER_QUARANTINE |
                                       MILTER_CHANGE_FROM | MILTER_ADD_RECIPIENTS_ARGUMENTS |
                                       MILTER_SET_MACROS;

/* Nothing is decided before the end of a message, so nothing is answered before. */
static const uint32_t wanted_protocol =
    MILTER_NO_UNKNOWN | MILTER_NO_REPLY_HEADER | MILTER_NO_REPLY_CONNECT | MILTER_NO_REPLY_HELO |
    MILTER_NO_REPLY_MAIL | MILTER_NO_REPLY_RECIPIENT | MILTER_NO_REPLY_DATA | MILTER_NO_REPLY_UNKNOWN |
    MILTER_NO_REPLY_END_OF_HEADER | MILTER_NO_REPLY_BODY | MILTER_LEADING_SPACE;

static void keep(struct bytes *bytes, str data)
{
    bytes_clear(bytes, KEEP);
    bytes_add(bytes, data);
}

/* ---- messages ---- */

static void message_reset(struct milter_session *session)
{
    for (int stage = STAGE_MAIL; stage < STAGES; stage++)
        bytes_clear(&session->macros[stage], KEEP);
    bytes_clear(&session->mail, KEEP);
    bytes_clear(&session->recipients, KEEP);
    bytes_clear(&session->recipient_list, KEEP);
    session->recipient_count = 0;
    raw_clear(&session->raw);
    session->slot = NULL;
    if (session->state & (STATE_MESSAGE | STATE_WAITING))
        session->state = STATE_READY;
}

/* The MTA has given up the message. */
static void message_abort(struct milter_session *session)
{
    struct milter *milter = session->milter;

    if (session->state == STATE_WAITING) {
        milter->counts.gone++;
        milter->counts.waiting--;
        session->state = STATE_READY;
        milter->handler.gone(milter->context, session);
    } else if (session->state & STATE_MESSAGE) {
        milter->counts.aborted++;
    }
    message_reset(session);
}

void milter_session_reset(struct milter_session *session)
{
    message_abort(session);
    for (int stage = 0; stage < STAGES; stage++)
        bytes_clear(&session->macros[stage], KEEP);
    bytes_clear(&session->connection, KEEP);
    bytes_clear(&session->helo, KEEP);
}

static const struct bytes *nth_buffer(const struct milter_session *session, int i)
{
    const struct bytes *const buffers[] = {
        &session->reader.pending, &session->out,  &session->sending,    &session->connection,
        &session->helo,           &session->mail, &session->recipients, &session->recipient_list,
    };
    const int n = sizeof(buffers) / sizeof(buffers[0]);

    return i < n ? buffers[i] : i < n + STAGES ? &session->macros[i - n] : NULL;
}

size_t milter_session_memory(const struct milter_session *session)
{
    const struct bytes *buffer;
    size_t sum = 0;

    for (int i = 0; (buffer = nth_buffer(session, i)); i++)
        sum += buffer->room;
    return sum;
}

void milter_session_free(struct milter_session *session)
{
    const struct bytes *buffer;

    raw_free(&session->raw);
    for (int i = 0; (buffer = nth_buffer(session, i)); i++)
        bytes_free((struct bytes *)buffer);
}

/* "<a@b.example>" or "a@b.example", as MAIL and RCPT have it. */
static str address_of(str text)
{
    text = str_trim(text);
    if (str_starts(text, S("<")) && str_ends(text, S(">")))
        text = str_sub(text, 1, text.n - 2);
    return text;
}

/* ---- a message is whole ---- */

static void refuse(struct milter_session *session, uint64_t *count, str code, str status, str text)
{
    ++*count;
    milter_write_reply(&session->out, code, status, text);
    message_reset(session);
}

/* True if the message can't be taken; it was drained, and the MTA is told now. */
static bool refused(struct milter_session *session)
{
    struct milter_counts *counts = &session->milter->counts;

    if (session->recipient_count > LIMIT_MILTER_RECIPIENTS) {
        refuse(session, &counts->too_many_recipients, S("452"), S("4.5.3"), S("too many recipients"));
        return true;
    }
    switch (session->raw.refused) {
    case RAW_TAKEN:
        return false;
    case RAW_NO_MEMORY:
        refuse(session, &counts->no_memory, S("452"), S("4.3.1"), S("out of memory, try again later"));
        break;
    case RAW_NO_SPOOL:
        refuse(session, &counts->no_spool, S("452"), S("4.3.1"), S("out of spool space, try again later"));
        break;
    case RAW_FAILED:
        session->milter->spool_error = session->raw.err;
        refuse(session, &counts->spool_failed, S("452"), S("4.3.1"), S("no spool space, try again later"));
        break;
    case RAW_TOO_BIG:
        refuse(session, &counts->too_big, S("552"), S("5.3.4"), S("the message is too big"));
        break;
    }
    return true;
}

static void fill_recipients(struct milter_session *session, struct envelope *envelope)
{
    str rest = bytes_str(&session->recipients), address;

    bytes_reserve(&session->recipient_list, session->recipient_count * sizeof(str));
    while (milter_next_text(&rest, &address))
        bytes_add(&session->recipient_list, (str){(const char *)&address, sizeof(address)});
    envelope->recipients = (const str *)(const void *)session->recipient_list.p;
    envelope->recipient_count = session->recipient_count;
}

static void fill_message(struct milter_session *session, str raw)
{
    struct milter_message *message = &session->message;
    struct milter_connection connection = {.name = S("")};
    str rest = bytes_str(&session->mail), mail_from = S("");

    *message = (struct milter_message){.raw = raw,
                                       .spool = session->raw.spool,
                                       .listener = session->listener,
                                       .actions = session->options.actions,
                                       .session = session};
    if (milter_read_connection(bytes_str(&session->connection), &connection)) {
        ip_parse(connection.address, &message->envelope.client);
        message->client_name = connection.name;
        message->client_port = connection.port;
    }
    message->envelope.helo = bytes_str(&session->helo);
    message->envelope.helo = str_sub(message->envelope.helo, 0, str_find(message->envelope.helo, '\0'));
    milter_next_text(&rest, &mail_from);
    message->envelope.has_mail_from = true;
    message->envelope.mail_from = address_of(mail_from);
    message->arguments = rest;
    fill_recipients(session, &message->envelope);
}

static bool on_end(struct milter_session *session, str data)
{
    struct milter *milter = session->milter;
    str raw;

    if (session->state != STATE_BODY)
        raw_add(&session->raw, S("\r\n")); /* there was no end of the header */
    raw_add(&session->raw, data);
    if (session->recipient_count > LIMIT_MILTER_RECIPIENTS || !raw_end(&session->raw, &raw))
        return refused(session);
    fill_message(session, raw);
    session->state = STATE_WAITING;
    session->said = uv_now(milter->loop);
    milter->counts.messages++;
    milter->counts.waiting++;
    milter->handler.message(milter->context, session, &session->message);
    return true;
}

/* ---- packets, in the order in which they come; false: nonsense ---- */

static bool on_options(struct milter_session *session, str data)
{
    struct milter_options offered;

    if (!milter_read_options(data, &offered) || offered.version < MILTER_VERSION_MIN)
        return false;
    session->options =
        (struct milter_options){offered.version < MILTER_VERSION ? offered.version : MILTER_VERSION,
                                offered.actions & wanted_actions, offered.protocol & wanted_protocol};
    milter_write_options(&session->out, &session->options);
    session->state = STATE_READY;
    return true;
}

static bool on_macro(struct milter_session *session, str data)
{
    static const char codes[STAGES] = "CHMRTE";
    str code = str_sub(data, 0, 1), macros = str_skip(data, 1);
    const char *stage = code.n ? memchr(codes, code.p[0], STAGES) : NULL;

    if (stage)
        keep(&session->macros[stage - codes], str_sub(macros, 0, LIMIT_MILTER_MACROS));
    return code.n == 1;
}

static bool on_connect(struct milter_session *session, str data)
{
    struct milter_connection connection;

    keep(&session->connection, data);
    return milter_read_connection(data, &connection);
}

static bool on_helo(struct milter_session *session, str data)
{
    keep(&session->helo, data);
    return true;
}

/* MAIL while a message is open stands for an abort too; its macros were sent before it. */
static bool on_mail(struct milter_session *session, str data)
{
    struct bytes macros = session->macros[STAGE_MAIL];

    session->macros[STAGE_MAIL] = (struct bytes){0};
    message_abort(session);
    session->macros[STAGE_MAIL] = macros;
    keep(&session->mail, data);
    session->state = STATE_ENVELOPE;
    return data.n > 0;
}

static bool on_recipient(struct milter_session *session, str data)
{
    str text, address;

    if (!milter_next_text(&data, &text))
        return false;
    address = address_of(text);
    if (++session->recipient_count <= LIMIT_MILTER_RECIPIENTS) {
        bytes_add(&session->recipients, address);
        bytes_add_char(&session->recipients, '\0');
    }
    return true;
}

static bool on_header(struct milter_session *session, str data)
{
    str name, value;

    if (!milter_read_header(data, &name, &value))
        return false;
    session->state = STATE_HEADER;
    raw_add_field(&session->raw, name, value, session->options.protocol & MILTER_LEADING_SPACE);
    return true;
}

static bool on_end_of_header(struct milter_session *session, str data)
{
    (void)data;
    session->state = STATE_BODY;
    raw_add(&session->raw, S("\r\n"));
    return true;
}

static bool on_body(struct milter_session *session, str data)
{
    if (session->state != STATE_BODY)
        on_end_of_header(session, S(""));
    raw_add(&session->raw, data);
    return true;
}

static bool on_nothing(struct milter_session *session, str data)
{
    (void)session, (void)data;
    return true;
}

static bool on_abort(struct milter_session *session, str data)
{
    (void)data;
    message_abort(session);
    return true;
}

static bool on_quit(struct milter_session *session, str data)
{
    (void)data;
    milter_session_close(session);
    return true;
}

static bool on_quit_new(struct milter_session *session, str data)
{
    (void)data;
    milter_session_reset(session);
    return true;
}

struct row {
    char code;
    unsigned states; /* in which it may come */
    bool (*handle)(struct milter_session *session, str data);
    uint32_t
        no_reply; /* the flag that says that no answer is wanted; 0: none ever, or one that it gives itself */
};

static const struct row rows[] = {
    {MILTER_COMMAND_OPTIONS, STATE_NEW, on_options, 0},
    {MILTER_COMMAND_MACRO, STATE_OPEN, on_macro, 0},
    {MILTER_COMMAND_CONNECT, STATE_READY, on_connect, MILTER_NO_REPLY_CONNECT},
    {MILTER_COMMAND_HELO, STATE_OPEN, on_helo, MILTER_NO_REPLY_HELO},
    {MILTER_COMMAND_MAIL, STATE_OPEN, on_mail, MILTER_NO_REPLY_MAIL},
    {MILTER_COMMAND_RECIPIENT, STATE_ENVELOPE, on_recipient, MILTER_NO_REPLY_RECIPIENT},
    {MILTER_COMMAND_DATA, STATE_ENVELOPE, on_nothing, MILTER_NO_REPLY_DATA},
    {MILTER_COMMAND_UNKNOWN, STATE_OPEN, on_nothing, MILTER_NO_REPLY_UNKNOWN},
    {MILTER_COMMAND_HEADER, STATE_ENVELOPE | STATE_HEADER, on_header, MILTER_NO_REPLY_HEADER},
    {MILTER_COMMAND_END_OF_HEADER, STATE_ENVELOPE | STATE_HEADER, on_end_of_header,
     MILTER_NO_REPLY_END_OF_HEADER},
    {MILTER_COMMAND_BODY, STATE_MESSAGE, on_body, MILTER_NO_REPLY_BODY},
    {MILTER_COMMAND_END, STATE_MESSAGE, on_end, 0},
    {MILTER_COMMAND_ABORT, STATE_OPEN | STATE_WAITING, on_abort, 0},
    {MILTER_COMMAND_QUIT, STATE_NEW | STATE_OPEN | STATE_WAITING, on_quit, 0},
    {MILTER_COMMAND_QUIT_NEW, STATE_OPEN | STATE_WAITING, on_quit_new, 0},
};

static bool handle(struct milter_session *session, const struct milter_packet *packet)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].code != packet->code)
            continue;
        if (!(session->state & rows[i].states) || !rows[i].handle(session, packet->data))
            return false;
        if (rows[i].no_reply & ~session->options.protocol)
            milter_write(&session->out, MILTER_RESPONSE_CONTINUE, S(""));
        return true;
    }
    return false;
}

void milter_session_feed(struct milter_session *session, str input)
{
    struct milter_packet packet;
    bool sense = true;

    while (sense && session->state != STATE_CLOSING && milter_read(&session->reader, &input, &packet))
        sense = handle(session, &packet);
    if (session->state != STATE_CLOSING && (!sense || session->reader.broken)) {
        session->milter->counts.broken++;
        milter_session_close(session);
    }
}

/* ---- what a handler sees and says ---- */

void **milter_slot(struct milter_session *session)
{
    return &session->slot;
}

/* The name as MTAs send it, with or without braces. */
static bool same_macro(str sent, str name)
{
    if (str_starts(sent, S("{")) && str_ends(sent, S("}")))
        sent = str_sub(sent, 1, sent.n - 2);
    return str_eq(sent, name);
}

str milter_macro(const struct milter_message *message, str name)
{
    for (int stage = STAGES - 1; stage >= 0; stage--) {
        str rest = bytes_str(&message->session->macros[stage]), sent, value;

        while (milter_next_text(&rest, &sent) && milter_next_text(&rest, &value))
            if (same_macro(sent, name))
                return value;
    }
    return S("");
}

static uint32_t action_of(const struct milter_edit *edit)
{
    switch (edit->kind) {
    case MILTER_EDIT_ADD_HEADER:
    case MILTER_EDIT_INSERT_HEADER:
        return MILTER_ADD_HEADERS;
    case MILTER_EDIT_CHANGE_HEADER:
    case MILTER_EDIT_DELETE_HEADER:
        return MILTER_CHANGE_HEADERS;
    case MILTER_EDIT_ADD_RECIPIENT:
        return edit->arguments.n > 0 ? MILTER_ADD_RECIPIENTS_ARGUMENTS : MILTER_ADD_RECIPIENTS;
    case MILTER_EDIT_DELETE_RECIPIENT:
        return MILTER_DELETE_RECIPIENTS;
    case MILTER_EDIT_CHANGE_FROM:
        return MILTER_CHANGE_FROM;
    case MILTER_EDIT_REPLACE_BODY:
        return MILTER_CHANGE_BODY;
    case MILTER_EDIT_QUARANTINE:
        return MILTER_QUARANTINE;
    }
    return 0;
}

static bool write_edit(struct milter_session *session, const struct milter_edit *edit)
{
    struct milter_field field = {edit->name, edit->value, session->options.protocol & MILTER_LEADING_SPACE};
    struct bytes *out = &session->out;

    if (action_of(edit) & ~session->options.actions)
        return false;
    switch (edit->kind) {
    case MILTER_EDIT_ADD_HEADER:
        return milter_write_add_header(out, &field);
    case MILTER_EDIT_INSERT_HEADER:
        return milter_write_insert_header(out, edit->index, &field);
    case MILTER_EDIT_DELETE_HEADER:
        field.value = S("");
        return milter_write_change_header(out, edit->index, &field);
    case MILTER_EDIT_CHANGE_HEADER:
        return milter_write_change_header(out, edit->index, &field);
    case MILTER_EDIT_ADD_RECIPIENT:
        return milter_write_add_recipient(out, edit->value, edit->arguments);
    case MILTER_EDIT_DELETE_RECIPIENT:
        return milter_write_delete_recipient(out, edit->value);
    case MILTER_EDIT_CHANGE_FROM:
        return milter_write_change_from(out, edit->value, edit->arguments);
    case MILTER_EDIT_REPLACE_BODY:
        milter_write_body(out, edit->value);
        return true;
    case MILTER_EDIT_QUARANTINE:
        return milter_write_quarantine(out, edit->value);
    }
    return false;
}

static void write_accept(struct milter_session *session, const struct milter_reply *reply)
{
    size_t begin = session->out.n;

    for (size_t i = 0; i < reply->edit_count; i++) {
        if (write_edit(session, &reply->edits[i]))
            continue;
        session->out.n = begin;
        session->milter->counts.not_granted++;
        milter_write_reply(&session->out, S("451"), S("4.3.0"),
                           S("the message can't be changed as it must be"));
        return;
    }
    milter_write(&session->out, MILTER_RESPONSE_ACCEPT, S(""));
}

void milter_finish(struct milter_session *session, const struct milter_reply *reply)
{
    assert(session->state == STATE_WAITING);
    if (reply->verdict == MILTER_ACCEPT)
        write_accept(session, reply);
    else if (reply->verdict == MILTER_DISCARD)
        milter_write(&session->out, MILTER_RESPONSE_DISCARD, S(""));
    else if (reply->code.n > 0)
        milter_write_reply(&session->out, reply->code, reply->status, reply->text);
    else
        milter_write(&session->out,
                     reply->verdict == MILTER_REJECT ? MILTER_RESPONSE_REJECT : MILTER_RESPONSE_TEMPFAIL,
                     S(""));
    session->milter->counts.waiting--;
    message_reset(session);
    milter_session_flush(session);
}
