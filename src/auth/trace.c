/* trace.c: who handed the message to our side. */
#include "auth/trace.h"

#include "base/limits.h"
#include "mail/received.h"

static bool is_loopback(struct ip ip)
{
    static const struct ip four = {4, {127}}, six = {6, {[15] = 1}};

    return ip_in_network(ip, four, 8) || ip_eq(ip, six);
}

bool relays_have(const struct relays *relays, struct ip ip)
{
    for (size_t i = 0; i < relays->network_count; i++)
        if (ip_in_network(ip, relays->networks[i].ip, relays->networks[i].bits))
            return true;
    return false;
}

/* "<user@example.com>" of Return-Path. It is the last host's, so one below a line of the trace counts for
 * nothing. */
static void read_return_path(struct trace *trace, const struct mail *mail, struct arena *arena)
{
    const struct header *header = mail->first[HEADER_RETURN_PATH];
    str path;

    if (!header || header > trace->received)
        return;
    path = str_trim(header_unfold(header->value, arena));
    if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
        path = str_trim(str_sub(path, 1, path.n - 2));
    trace->has_mail_from = true;
    trace->mail_from = path;
}

static void found(struct trace *trace, const struct received *received, const struct mail *mail,
                  struct arena *arena)
{
    trace->found = true;
    trace->client = received->ip;
    trace->helo = received->helo;
    trace->reason = arena_printf(arena, "the Received field of %.*s names the client %.*s",
                                 PS(received->by.n ? received->by : S("the receiving host")),
                                 PS(ip_format(received->ip, arena)));
    read_return_path(trace, mail, arena);
}

void trace_read(struct trace *trace, const struct mail *mail, const struct relays *relays,
                struct arena *arena)
{
    unsigned hops =
        relays && relays->hops && relays->hops < LIMIT_RECEIVED_HOPS ? relays->hops : LIMIT_RECEIVED_HOPS;

    *trace = (struct trace){.reason = S("no Received field of our side names a client from outside")};
    for (const struct header *header = mail->first[HEADER_RECEIVED]; header; header = header->next_same) {
        struct received received;

        if (hops-- == 0) {
            trace->reason =
                S("our relays have no more Received fields, and none names a client from outside");
            return;
        }
        received_parse(header->value, &received);
        if (received.ambiguous) {
            trace->reason =
                S("a Received field of our side names several clients or hosts: some are the client's words");
            return;
        }
        if (received.ip.family == 0) {
            /* Handed on within one host ("by mx.example.com with LMTP")? */
            if (received.helo.n == 0 && !str_istarts(str_trim(header->value), S("from")))
                continue;
            trace->reason = S("a Received field of our side does not state the address of its client");
            return;
        }
        /* A host that is believed handed it on within itself, or had it from a relay. */
        if (is_loopback(received.ip) || (relays && relays_have(relays, received.ip)))
            continue;
        trace->received = header;
        found(trace, &received, mail, arena);
        return;
    }
}
