/* milter_client.h: the side of the MTA, as Postfix 3.7 plays it, for tests and benchmarks.
 *
 * Faithful in what matters to a milter: which macros come before which packet, what is answered and what not,
 * how a message is cut into header fields and chunks of 65,535 bytes, that the last chunk travels with the
 * end of the message, and how many bytes are written at once. Blocking, with a hook for a loop in the same
 * process. */
#ifndef POSTERN_TESTS_MILTER_CLIENT_H
#define POSTERN_TESTS_MILTER_CLIENT_H

#include "gate/milter_packet.h"

struct milter_client {
    int fd;
    size_t write_size;           /* bytes written at once: 4096 to a Unix socket, more to TCP */
    const char *host, *address;  /* the SMTP client */
    void (*pump)(void *context); /* called when there is nothing to read, or no room to write; NULL: wait */
    void *pump_context;
    bool lost;                     /* the milter closed the connection, or did not answer for too long */
    struct milter_options options; /* negotiated */
    struct bytes macro_list;       /* the milter's wishes in the negotiation */
    struct milter_reader reader;
    struct bytes out;
    char *input;
    str rest;            /* of input */
    struct bytes edits;  /* packets that came before the final response */
    struct bytes answer; /* data of the final response */
    unsigned progress;   /* packets */
};

/* Owns fd. */
void client_begin(struct milter_client *client, int fd, size_t write_size);
void client_end(struct milter_client *client);

/* 0 for actions or protocol: all that Postfix 3.7 offers. False if the milter did not agree. */
bool client_negotiate(struct milter_client *client, uint32_t version, uint32_t actions, uint32_t protocol);

/* Written when enough has gathered, at client_flush(), and before an answer is waited for. */
void client_send(struct milter_client *client, char code, str data);
void client_flush(struct milter_client *client);
/* name, value, name, value, ..., each a C string; NULL ends. */
void client_macros(struct milter_client *client, int code, ...);

/* The next response that is no edit and no progress; 0 if the connection is lost. */
char client_answer(struct milter_client *client);

/* A packet and its answer, if one was not waived: 'c' then too. */
char client_step(struct milter_client *client, char code, str data);

/* CONNECT and HELO, with their macros; false if it is lost. */
bool client_connect(struct milter_client *client);

/* MAIL, each RCPT, DATA, with their macros. Addresses in brackets. */
bool client_envelope(struct milter_client *client, str mail_from, const str *recipients, size_t count);

/* A message with CRLF line ends: header and body up to the end, without waiting for the verdict. */
bool client_message(struct milter_client *client, str message);

/* The n-th edit of that code, counted from 0; false if there are fewer. */
bool client_edit(const struct milter_client *client, char code, size_t n, str *data);

#endif
