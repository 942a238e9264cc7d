/* milter_packet.h: the milter protocol, version 6, as bytes: packets of an MTA taken apart, our answers put
 * together. There is no RFC; the protocol is what Sendmail's libmilter and Postfix speak.
 *
 * A packet is a length (32 bits, big-endian, of all that follows), a code, and data. Texts in it end in NUL.
 * Nothing here knows in which order packets may come: that is the session's (milter.h). */
#ifndef POSTERN_GATE_MILTER_PACKET_H
#define POSTERN_GATE_MILTER_PACKET_H

#include "base/bytes.h"
#include "base/err.h"

enum { MILTER_VERSION_MIN = 2, MILTER_VERSION = 6 };

/* What the MTA tells us (SMFIC_*). */
enum milter_command {
    MILTER_COMMAND_ABORT = 'A',
    MILTER_COMMAND_BODY = 'B',
    MILTER_COMMAND_CONNECT = 'C',
    MILTER_COMMAND_MACRO = 'D',
    MILTER_COMMAND_END = 'E', /* of the body; may carry its last bytes */
    MILTER_COMMAND_HELO = 'H',
    MILTER_COMMAND_QUIT_NEW = 'K', /* quit, and another SMTP connection follows on this one */
    MILTER_COMMAND_HEADER = 'L',
    MILTER_COMMAND_MAIL = 'M',
    MILTER_COMMAND_END_OF_HEADER = 'N',
    MILTER_COMMAND_OPTIONS = 'O',
    MILTER_COMMAND_QUIT = 'Q',
    MILTER_COMMAND_RECIPIENT = 'R',
    MILTER_COMMAND_DATA = 'T',
    MILTER_COMMAND_UNKNOWN = 'U',
};

/* What we tell the MTA (SMFIR_*). */
enum milter_response {
    MILTER_RESPONSE_ADD_RECIPIENT = '+',
    MILTER_RESPONSE_DELETE_RECIPIENT = '-',
    MILTER_RESPONSE_ADD_RECIPIENT_ARGUMENTS = '2',
    MILTER_RESPONSE_ACCEPT = 'a',
    MILTER_RESPONSE_REPLACE_BODY = 'b',
    MILTER_RESPONSE_CONTINUE = 'c',
    MILTER_RESPONSE_DISCARD = 'd',
    MILTER_RESPONSE_CHANGE_FROM = 'e',
    MILTER_RESPONSE_ADD_HEADER = 'h',
    MILTER_RESPONSE_INSERT_HEADER = 'i',
    MILTER_RESPONSE_CHANGE_HEADER = 'm',
    MILTER_RESPONSE_PROGRESS = 'p',
    MILTER_RESPONSE_QUARANTINE = 'q',
    MILTER_RESPONSE_REJECT = 'r',
    MILTER_RESPONSE_TEMPFAIL = 't',
    MILTER_RESPONSE_REPLY = 'y',
};

/* What a milter may do to a message (SMFIF_*). */
enum milter_action {
    MILTER_ADD_HEADERS = 0x1, /* insert too */
    MILTER_CHANGE_BODY = 0x2,
    MILTER_ADD_RECIPIENTS = 0x4,
    MILTER_DELETE_RECIPIENTS = 0x8,
    MILTER_CHANGE_HEADERS = 0x10, /* delete too */
    MILTER_QUARANTINE = 0x20,
    MILTER_CHANGE_FROM = 0x40,
    MILTER_ADD_RECIPIENTS_ARGUMENTS = 0x80,
    MILTER_SET_MACROS = 0x100, /* tell in the negotiation which macros are wanted */
};

/* What the MTA need not send or we need not answer (SMFIP_*). */
enum milter_protocol {
    MILTER_NO_UNKNOWN = 0x100,
    MILTER_NO_REPLY_HEADER = 0x80,
    MILTER_NO_REPLY_CONNECT = 0x1000,
    MILTER_NO_REPLY_HELO = 0x2000,
    MILTER_NO_REPLY_MAIL = 0x4000,
    MILTER_NO_REPLY_RECIPIENT = 0x8000,
    MILTER_NO_REPLY_DATA = 0x10000,
    MILTER_NO_REPLY_UNKNOWN = 0x20000,
    MILTER_NO_REPLY_END_OF_HEADER = 0x40000,
    MILTER_NO_REPLY_BODY = 0x80000,
    MILTER_LEADING_SPACE = 0x100000, /* header values keep the space behind the colon, both ways */
};

/* ---- reading ---- */

struct milter_packet {
    char code; /* any byte */
    str data;
};

/* Starts zeroed; ended by milter_reader_free(). */
struct milter_reader {
    struct bytes pending; /* the packet that is not whole yet */
    bool whole;           /* pending was handed out */
    bool broken;          /* a length of 0 or over LIMIT_MILTER_PACKET: what follows can't be understood */
};

/* Takes the next whole packet off *input; it lives until the next call, and no longer than the input. False:
 * *input is used up, or the reader is broken. Memory grows with what came, never with an announced length. */
bool milter_read(struct milter_reader *reader, str *input, struct milter_packet *packet);
/* Between messages: gives memory back; the packet that was handed out is gone. */
void milter_reader_trim(struct milter_reader *reader);
void milter_reader_free(struct milter_reader *reader);

/* The next text of data; one without its NUL ends with the data. False when there is no more. Start with
 * rest = data. */
bool milter_next_text(str *rest, str *text);

struct milter_options {
    uint32_t version;
    uint32_t actions;  /* enum milter_action */
    uint32_t protocol; /* enum milter_protocol */
};
bool milter_read_options(str data, struct milter_options *options);

struct milter_connection {
    str name;      /* of the client, or its address in brackets */
    char family;   /* '4', '6', 'L': a Unix socket, 'U': not known */
    uint16_t port; /* 0 if not known */
    str address;   /* as text, without Sendmail's "IPv6:" */
};
bool milter_read_connection(str data, struct milter_connection *connection);

/* Name and value; the value is what stands behind the colon, with LF or CRLF in its folds. */
bool milter_read_header(str data, str *name, str *value);

/* ---- writing ---- */

/* A packet with its data; begin and end for one that is put together. */
void milter_write(struct bytes *out, char code, str data);
size_t milter_write_begin(struct bytes *out, char code);
void milter_write_end(struct bytes *out, size_t begin);
void milter_write_u32(struct bytes *out, uint32_t value);
/* The text with its NUL; a NUL within it is left out. */
void milter_write_text(struct bytes *out, str text);

/* Ours, with the names of the macros that we want (milter_wanted_macros) if that was granted. */
void milter_write_options(struct bytes *out, const struct milter_options *options);

/* The functions below return false, and write nothing, for what does not fit LIMIT_MILTER_RESPONSE.
 *
 * `value` is what stands behind the colon, the leading space included, as in struct header. CRLF becomes LF,
 * which is how folds are written here. Without leading_space the MTA puts a space there by itself. */
struct milter_field {
    str name;
    str value;
    bool leading_space; /* MILTER_LEADING_SPACE was negotiated */
};
/* At the end of the header. */
bool milter_write_add_header(struct bytes *out, const struct milter_field *field) MUST_USE;
/* Before the field that is number `index` from the top; 0 is above all. Postfix and Sendmail count their own
 * Received field, which we don't see, as number 0. */
bool milter_write_insert_header(struct bytes *out, uint32_t index, const struct milter_field *field) MUST_USE;
/* The index-th field of that name, counted from 1; an empty value deletes it. */
bool milter_write_change_header(struct bytes *out, uint32_t index, const struct milter_field *field) MUST_USE;

/* Addresses without angle brackets; `arguments`: of ESMTP, may be empty. */
bool milter_write_add_recipient(struct bytes *out, str address, str arguments) MUST_USE;
bool milter_write_delete_recipient(struct bytes *out, str address) MUST_USE;
bool milter_write_change_from(struct bytes *out, str address, str arguments) MUST_USE;
bool milter_write_quarantine(struct bytes *out, str reason) MUST_USE;

/* In as many packets as it takes; an empty body takes one. */
void milter_write_body(struct bytes *out, str body);

/* "550", "5.7.1" and words on one line, which are cut at LIMIT_MILTER_REPLY; what is not printable ASCII
 * becomes "?". The code is 4xx or 5xx and the status has the same first digit (asserted). "%" is doubled:
 * Sendmail takes the text for a format. */
void milter_write_reply(struct bytes *out, str code, str status, str text);

#endif
