/* milter_packet.c: the milter protocol as bytes. */
#include "gate/milter_packet.h"

#include <assert.h>

#include "base/limits.h"

enum {
    LENGTH = 4,
    KEEP_BUSY = 128 * 1024, /* room for a packet of the body, which has 65,540 bytes */
    KEEP_IDLE = 4096,
};

static uint32_t get_u32(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* ---- reading ---- */

/* Moves bytes from *input until `want` are pending; true if they are. */
static bool fill(struct milter_reader *reader, str *input, size_t want)
{
    str part = str_sub(*input, 0, want - reader->pending.n);

    bytes_add(&reader->pending, part);
    *input = str_skip(*input, part.n);
    return reader->pending.n == want;
}

static bool length_fits(struct milter_reader *reader, uint32_t length)
{
    if (length == 0 || length > LIMIT_MILTER_PACKET)
        reader->broken = true;
    return !reader->broken;
}

/* A packet that lies whole in the input is not copied. */
static bool read_direct(struct milter_reader *reader, str *input, struct milter_packet *packet)
{
    uint32_t length;

    if (reader->pending.n > 0 || input->n < LENGTH)
        return false;
    length = get_u32(input->p);
    if (!length_fits(reader, length) || input->n - LENGTH < length)
        return false;
    packet->code = input->p[LENGTH];
    packet->data = str_sub(*input, LENGTH + 1, length - 1);
    *input = str_skip(*input, LENGTH + length);
    return true;
}

static bool read_pending(struct milter_reader *reader, str *input, struct milter_packet *packet)
{
    uint32_t length;

    if (reader->pending.n < LENGTH && !fill(reader, input, LENGTH))
        return false;
    length = get_u32(reader->pending.p);
    if (!length_fits(reader, length) || !fill(reader, input, LENGTH + length))
        return false;
    packet->code = reader->pending.p[LENGTH];
    packet->data = str_skip(bytes_str(&reader->pending), LENGTH + 1);
    reader->whole = true;
    return true;
}

bool milter_read(struct milter_reader *reader, str *input, struct milter_packet *packet)
{
    if (reader->whole) {
        bytes_clear(&reader->pending, KEEP_BUSY);
        reader->whole = false;
    }
    if (reader->broken)
        return false;
    if (read_direct(reader, input, packet))
        return true;
    return !reader->broken && read_pending(reader, input, packet);
}

void milter_reader_trim(struct milter_reader *reader)
{
    if (reader->whole || reader->pending.n == 0)
        bytes_clear(&reader->pending, KEEP_IDLE);
    reader->whole = false;
}

void milter_reader_free(struct milter_reader *reader)
{
    bytes_free(&reader->pending);
}

bool milter_next_text(str *rest, str *text)
{
    if (rest->n == 0)
        return false;
    *text = str_sub(*rest, 0, str_find(*rest, '\0'));
    *rest = str_skip(*rest, text->n + 1);
    return true;
}

bool milter_read_options(str data, struct milter_options *options)
{
    if (data.n < 3 * LENGTH)
        return false;
    *options = (struct milter_options){get_u32(data.p), get_u32(data.p + 4), get_u32(data.p + 8)};
    return true;
}

bool milter_read_connection(str data, struct milter_connection *connection)
{
    *connection = (struct milter_connection){.family = 'U'};
    if (!milter_next_text(&data, &connection->name) || data.n == 0)
        return false;
    connection->family = data.p[0];
    data = str_skip(data, 1);
    if (connection->family == 'U')
        return true;
    if (data.n < 2)
        return false;
    connection->port = (uint16_t)((uint8_t)data.p[0] << 8 | (uint8_t)data.p[1]);
    data = str_skip(data, 2);
    if (!milter_next_text(&data, &connection->address))
        return false;
    if (connection->family == '6' && str_istarts(connection->address, S("IPv6:")))
        connection->address = str_skip(connection->address, 5);
    return true;
}

bool milter_read_header(str data, str *name, str *value)
{
    if (!milter_next_text(&data, name))
        return false;
    if (!milter_next_text(&data, value))
        *value = S("");
    return data.n == 0;
}

/* ---- writing ---- */

void milter_write_u32(struct bytes *out, uint32_t value)
{
    const char big[LENGTH] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};

    bytes_add(out, (str){big, LENGTH});
}

size_t milter_write_begin(struct bytes *out, char code)
{
    size_t begin = out->n;

    milter_write_u32(out, 0);
    bytes_add_char(out, code);
    return begin;
}

void milter_write_end(struct bytes *out, size_t begin)
{
    size_t end = out->n;

    out->n = begin;
    milter_write_u32(out, (uint32_t)(end - begin - LENGTH));
    out->n = end;
}

void milter_write(struct bytes *out, char code, str data)
{
    size_t begin = milter_write_begin(out, code);

    bytes_add(out, data);
    milter_write_end(out, begin);
}

void milter_write_text(struct bytes *out, str text)
{
    size_t part;

    for (; (part = str_find(text, '\0')) < text.n; text = str_skip(text, part + 1))
        bytes_add(out, str_sub(text, 0, part));
    bytes_add(out, text);
    bytes_add_char(out, '\0');
}

/* What a session can use, by the stage at which an MTA sends it. Asked for by name, the administrator of the
 * MTA has nothing to configure. */
static const char *const wanted_macros[] = {
    ("j {daemon_name} {daemon_addr} {daemon_port} {client_addr} {client_name} {client_port} {client_ptr} "
     "{client_resolve}"),                                                              /* connect */
    "{tls_version}",                                                                   /* HELO */
    "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}", /* MAIL */
    "{rcpt_addr} {rcpt_host} {rcpt_mailer}",                                           /* RCPT */
    "i",                                                                               /* DATA */
    "i",                                                                               /* end of message */
};

void milter_write_options(struct bytes *out, const struct milter_options *options)
{
    size_t begin = milter_write_begin(out, MILTER_COMMAND_OPTIONS);

    milter_write_u32(out, options->version);
    milter_write_u32(out, options->actions);
    milter_write_u32(out, options->protocol);
    if (options->actions & MILTER_SET_MACROS)
        for (uint32_t stage = 0; stage < sizeof(wanted_macros) / sizeof(wanted_macros[0]); stage++) {
            milter_write_u32(out, stage);
            milter_write_text(out, str_from(wanted_macros[stage]));
        }
    milter_write_end(out, begin);
}

/* Ends the packet, or takes it back if it is too long. */
static bool end_or_undo(struct bytes *out, size_t begin)
{
    milter_write_end(out, begin);
    if (out->n - begin - LENGTH <= LIMIT_MILTER_RESPONSE)
        return true;
    out->n = begin;
    return false;
}

static void write_field(struct bytes *out, const struct milter_field *field)
{
    str value = field->value;
    size_t part;

    milter_write_text(out, field->name);
    if (!field->leading_space && str_starts(value, S(" ")))
        value = str_skip(value, 1);
    for (; (part = str_find_str(value, S("\r\n"))) < value.n; value = str_skip(value, part + 2)) {
        bytes_add(out, str_sub(value, 0, part));
        bytes_add_char(out, '\n');
    }
    milter_write_text(out, value);
}

bool milter_write_add_header(struct bytes *out, const struct milter_field *field)
{
    size_t begin = milter_write_begin(out, MILTER_RESPONSE_ADD_HEADER);

    write_field(out, field);
    return end_or_undo(out, begin);
}

static bool write_numbered(struct bytes *out, char code, uint32_t index, const struct milter_field *field)
{
    size_t begin = milter_write_begin(out, code);

    milter_write_u32(out, index);
    write_field(out, field);
    return end_or_undo(out, begin);
}

bool milter_write_insert_header(struct bytes *out, uint32_t index, const struct milter_field *field)
{
    return write_numbered(out, MILTER_RESPONSE_INSERT_HEADER, index, field);
}

bool milter_write_change_header(struct bytes *out, uint32_t index, const struct milter_field *field)
{
    return write_numbered(out, MILTER_RESPONSE_CHANGE_HEADER, index, field);
}

static bool write_address(struct bytes *out, char code, str address, str arguments)
{
    size_t begin = milter_write_begin(out, code);

    bytes_add_char(out, '<');
    bytes_add(out, address);
    milter_write_text(out, S(">"));
    if (arguments.n > 0)
        milter_write_text(out, arguments);
    return end_or_undo(out, begin);
}

bool milter_write_add_recipient(struct bytes *out, str address, str arguments)
{
    char code = arguments.n > 0 ? MILTER_RESPONSE_ADD_RECIPIENT_ARGUMENTS : MILTER_RESPONSE_ADD_RECIPIENT;

    return write_address(out, code, address, arguments);
}

bool milter_write_delete_recipient(struct bytes *out, str address)
{
    return write_address(out, MILTER_RESPONSE_DELETE_RECIPIENT, address, S(""));
}

bool milter_write_change_from(struct bytes *out, str address, str arguments)
{
    return write_address(out, MILTER_RESPONSE_CHANGE_FROM, address, arguments);
}

bool milter_write_quarantine(struct bytes *out, str reason)
{
    size_t begin = milter_write_begin(out, MILTER_RESPONSE_QUARANTINE);

    milter_write_text(out, reason);
    return end_or_undo(out, begin);
}

void milter_write_body(struct bytes *out, str body)
{
    do {
        str chunk = str_sub(body, 0, LIMIT_MILTER_RESPONSE - 1);

        milter_write(out, MILTER_RESPONSE_REPLACE_BODY, chunk);
        body = str_skip(body, chunk.n);
    } while (body.n > 0);
}

void milter_write_reply(struct bytes *out, str code, str status, str text)
{
    size_t begin = milter_write_begin(out, MILTER_RESPONSE_REPLY);

    assert(code.n == 3 && (code.p[0] == '4' || code.p[0] == '5'));
    assert(status.n >= 5 && status.p[0] == code.p[0]);
    bytes_add(out, code);
    bytes_add_char(out, ' ');
    bytes_add(out, status);
    bytes_add_char(out, ' ');
    text = str_sub(text, 0, LIMIT_MILTER_REPLY);
    for (size_t i = 0; i < text.n; i++) {
        bytes_add_char(out, text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?');
        if (text.p[i] == '%')
            bytes_add_char(out, '%');
    }
    bytes_add_char(out, '\0');
    milter_write_end(out, begin);
}
