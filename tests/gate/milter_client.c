/* milter_client.c: the side of the MTA, as Postfix 3.7 plays it. */
#include "milter_client.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT = 65536, CHUNK = 65535, WAIT = 20000 /* milliseconds */, PUMPS = 2000 };

static const uint32_t postfix_actions = 0x1ff;
static const uint32_t postfix_protocol = 0x1fffff;

void client_begin(struct milter_client *client, int fd, size_t write_size)
{
    *client = (struct milter_client){.fd = fd,
                                     .write_size = write_size,
                                     .host = "mail.example.com",
                                     .address = "192.0.2.1",
                                     .input = malloc(INPUT)};
    assert(client->input);
}

void client_end(struct milter_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    free(client->input);
    milter_reader_free(&client->reader);
    bytes_free(&client->macro_list);
    bytes_free(&client->out);
    bytes_free(&client->edits);
    bytes_free(&client->answer);
}

/* False when waiting is of no use. */
static bool wait_for(struct milter_client *client, short events, unsigned *turns)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = events};
    int n;

    if (client->pump) {
        client->pump(client->pump_context);
        n = poll(&poll_fd, 1, ++*turns > 10 ? 2 : 0);
        return n > 0 || *turns < PUMPS;
    }
    return poll(&poll_fd, 1, WAIT) > 0;
}

void client_flush(struct milter_client *client)
{
    str rest = bytes_str(&client->out);
    unsigned turns = 0;

    while (rest.n > 0 && !client->lost) {
        ssize_t n = send(client->fd, rest.p, rest.n, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0)
            rest = str_skip(rest, (size_t)n);
        else if (errno != EAGAIN || !wait_for(client, POLLOUT, &turns))
            client->lost = true;
    }
    client->out.n = 0;
}

void client_send(struct milter_client *client, char code, str data)
{
    milter_write(&client->out, code, data);
    if (client->out.n >= client->write_size)
        client_flush(client);
}

void client_macros(struct milter_client *client, int code, ...)
{
    size_t begin = milter_write_begin(&client->out, MILTER_COMMAND_MACRO);
    const char *text;
    va_list texts;

    bytes_add_char(&client->out, (char)code);
    va_start(texts, code);
    while ((text = va_arg(texts, const char *)))
        milter_write_text(&client->out, str_from(text));
    va_end(texts);
    milter_write_end(&client->out, begin);
}

static bool next_packet(struct milter_client *client, struct milter_packet *packet)
{
    unsigned turns = 0;

    client_flush(client);
    while (!client->lost && !milter_read(&client->reader, &client->rest, packet)) {
        ssize_t n = recv(client->fd, client->input, INPUT, MSG_DONTWAIT);

        if (n > 0)
            client->rest = (str){client->input, (size_t)n};
        else if (n == 0 || errno != EAGAIN || !wait_for(client, POLLIN, &turns))
            client->lost = true;
        client->lost |= client->reader.broken;
    }
    return !client->lost;
}

bool client_negotiate(struct milter_client *client, uint32_t version, uint32_t actions, uint32_t protocol)
{
    struct milter_options offer = {version, actions ? actions : postfix_actions,
                                   protocol ? protocol : postfix_protocol};
    struct milter_packet packet;
    size_t begin = milter_write_begin(&client->out, MILTER_COMMAND_OPTIONS);

    milter_write_u32(&client->out, offer.version);
    milter_write_u32(&client->out, offer.actions);
    milter_write_u32(&client->out, offer.protocol);
    milter_write_end(&client->out, begin);
    if (!next_packet(client, &packet) || packet.code != MILTER_COMMAND_OPTIONS ||
        !milter_read_options(packet.data, &client->options))
        return false;
    client->macro_list.n = 0;
    bytes_add(&client->macro_list, str_skip(packet.data, 12));
    return client->options.version <= offer.version && !(client->options.actions & ~offer.actions) &&
           !(client->options.protocol & ~offer.protocol);
}

char client_answer(struct milter_client *client)
{
    struct milter_packet packet;

    client->edits.n = client->answer.n = 0;
    client->progress = 0;
    while (next_packet(client, &packet)) {
        if (packet.code == MILTER_RESPONSE_PROGRESS) {
            client->progress++;
        } else if (memchr("+-2behimq", packet.code, 9)) {
            milter_write(&client->edits, packet.code, packet.data);
        } else {
            bytes_add(&client->answer, packet.data);
            return packet.code;
        }
    }
    return 0;
}

/* The flag that waives the answer to a packet. */
static uint32_t waiver(char code)
{
    static const struct {
        char code;
        uint32_t flag;
    } rows[] = {
        {MILTER_COMMAND_CONNECT, MILTER_NO_REPLY_CONNECT},
        {MILTER_COMMAND_HELO, MILTER_NO_REPLY_HELO},
        {MILTER_COMMAND_MAIL, MILTER_NO_REPLY_MAIL},
        {MILTER_COMMAND_RECIPIENT, MILTER_NO_REPLY_RECIPIENT},
        {MILTER_COMMAND_DATA, MILTER_NO_REPLY_DATA},
        {MILTER_COMMAND_UNKNOWN, MILTER_NO_REPLY_UNKNOWN},
        {MILTER_COMMAND_HEADER, MILTER_NO_REPLY_HEADER},
        {MILTER_COMMAND_END_OF_HEADER, MILTER_NO_REPLY_END_OF_HEADER},
        {MILTER_COMMAND_BODY, MILTER_NO_REPLY_BODY},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].code == code)
            return rows[i].flag;
    return 0;
}

char client_step(struct milter_client *client, char code, str data)
{
    client_send(client, code, data);
    if (waiver(code) & client->options.protocol)
        return client->lost ? 0 : MILTER_RESPONSE_CONTINUE;
    return client_answer(client);
}

static bool step(struct milter_client *client, char code, str data)
{
    return client_step(client, code, data) == MILTER_RESPONSE_CONTINUE;
}

static bool connect_and_helo(struct milter_client *client, struct bytes *data)
{
    milter_write_text(data, str_from(client->host));
    bytes_add(data, S("4\14\001"));
    milter_write_text(data, str_from(client->address));
    if (!step(client, MILTER_COMMAND_CONNECT, bytes_str(data)))
        return false;
    client_macros(client, MILTER_COMMAND_HELO, "{tls_version}", "TLSv1.3", NULL);
    data->n = 0;
    milter_write_text(data, str_from(client->host));
    return step(client, MILTER_COMMAND_HELO, bytes_str(data));
}

bool client_connect(struct milter_client *client)
{
    struct bytes data = {0};
    bool ok;

    client_macros(client, MILTER_COMMAND_CONNECT, "j", "mx.example.net", "{daemon_name}", "mx.example.net",
                  "{client_addr}", client->address, "{client_name}", client->host, NULL);
    ok = connect_and_helo(client, &data);
    bytes_free(&data);
    return ok;
}

static bool address(struct milter_client *client, char code, str text)
{
    struct bytes data = {0};
    bool ok;

    milter_write_text(&data, text);
    ok = step(client, code, bytes_str(&data));
    bytes_free(&data);
    return ok;
}

bool client_envelope(struct milter_client *client, str mail_from, const str *recipients, size_t count)
{
    client_macros(client, MILTER_COMMAND_MAIL, "i", "4SVxyy0q1Cz9sPK", "{mail_addr}", "sender@example.com",
                  "{mail_host}", "example.com", "{mail_mailer}", "smtp", NULL);
    if (!address(client, MILTER_COMMAND_MAIL, mail_from))
        return false;
    for (size_t i = 0; i < count; i++) {
        client_macros(client, MILTER_COMMAND_RECIPIENT, "{rcpt_addr}", "recipient@example.net", "{rcpt_host}",
                      "example.net", "{rcpt_mailer}", "local", NULL);
        if (!address(client, MILTER_COMMAND_RECIPIENT, recipients[i]))
            return false;
    }
    client_macros(client, MILTER_COMMAND_DATA, "i", "4SVxyy0q1Cz9sPK", NULL);
    return step(client, MILTER_COMMAND_DATA, S(""));
}

/* The field at the begin of text, up to its line end: folds and all. */
static str field_of(str text)
{
    size_t at = 0;

    for (;;) {
        at += str_find_str(str_skip(text, at), S("\r\n"));
        if (at + 2 >= text.n || (text.p[at + 2] != ' ' && text.p[at + 2] != '\t'))
            return str_sub(text, 0, at);
        at += 2;
    }
}

/* As milter8_header() does it: white space before the colon goes, folds end in LF. */
static bool send_field(struct milter_client *client, str field)
{
    size_t colon = str_find(field, ':');
    str name = str_trim(str_sub(field, 0, colon)), value = str_skip(field, colon + 1);
    struct bytes data = {0};
    size_t part;
    bool ok;

    if (!(client->options.protocol & MILTER_LEADING_SPACE) && str_starts(value, S(" ")))
        value = str_skip(value, 1);
    milter_write_text(&data, name);
    for (; (part = str_find_str(value, S("\r\n"))) < value.n; value = str_skip(value, part + 2)) {
        bytes_add(&data, str_sub(value, 0, part));
        bytes_add_char(&data, '\n');
    }
    milter_write_text(&data, value);
    ok = step(client, MILTER_COMMAND_HEADER, bytes_str(&data));
    bytes_free(&data);
    return ok;
}

bool client_message(struct milter_client *client, str message)
{
    while (message.n > 0 && !str_starts(message, S("\r\n"))) {
        str field = field_of(message);

        if (!send_field(client, field))
            return false;
        message = str_skip(message, field.n + 2);
    }
    message = str_skip(message, 2);
    client_macros(client, MILTER_COMMAND_END_OF_HEADER, "i", "4SVxyy0q1Cz9sPK", NULL);
    if (!step(client, MILTER_COMMAND_END_OF_HEADER, S("")))
        return false;
    for (; message.n > CHUNK; message = str_skip(message, CHUNK))
        if (!step(client, MILTER_COMMAND_BODY, str_sub(message, 0, CHUNK)))
            return false;
    client_macros(client, MILTER_COMMAND_END, "i", "4SVxyy0q1Cz9sPK", NULL);
    client_send(client, MILTER_COMMAND_END, message);
    client_flush(client);
    return !client->lost;
}

bool client_edit(const struct milter_client *client, char code, size_t n, str *data)
{
    struct milter_reader reader = {0};
    struct milter_packet packet;
    str rest = bytes_str(&client->edits);

    while (milter_read(&reader, &rest, &packet))
        if (packet.code == code && n-- == 0) {
            *data = packet.data;
            return true;
        }
    return false;
}
