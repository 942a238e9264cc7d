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

/* Says why the trace ends here. */
static bool ends(struct trace *trace, str reason)
{
    trace->reason = reason;
    return false;
}

/* True for a line without a client that came over the network all the same, from a host of the same site: "by
 * mx.example.com with LMTP", "(qmail 1 invoked from network)". What a user of the host submitted ("from
 * userid", "invoked by uid") states no protocol. */
static bool is_handed_on(str value, const struct received *received)
{
    static const str protocols[] = {STR("SMTP"), STR("ESMTP"), STR("LMTP"), STR("UTF8SMTP"), STR("UTF8LMTP")};

    value = str_trim(value);
    if (str_istarts(value, S("(qmail ")))
        return str_find_str(value, S(" invoked from network)")) < value.n;
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
        if (str_istarts(received->with, protocols[i]))
            return true;
    return false;
}

/* The line above, of a host that had the message from itself. */
struct local {
    str host, helo; /* no host: the line above was none of these */
};

/* True if the same host wrote this one too, under its name or the one it called itself by (Exchange). A
 * filter on it calls it localhost, and has the message from there. */
static bool is_same_host(struct local local, const struct received *received)
{
    return local.host.n == 0 || str_ieq(received->by, local.host) ||
           (str_ieq(received->by, local.helo) && !str_istarts(local.helo, S("localhost"))) ||
           (str_istarts(received->by, S("localhost")) && is_loopback(received->ip));
}

/* Reads one line. True if the next is to be read. */
static bool read_line(struct trace *trace, const struct header *header, const struct mail *mail,
                      const struct relays *relays, struct local *local, struct arena *arena)
{
    struct received received;

    received_parse(header->value, &received);
    if (received.ambiguous)
        return ends(trace, S("a Received field of our side names several clients or hosts: some are the "
                             "client's words"));
    if (!is_same_host(*local, &received))
        return ends(trace, arena_printf(arena, "the message was submitted on %.*s itself", PS(local->host)));
    if (received.ip.family == 0) {
        if (received.helo.n || str_istarts(str_trim(header->value), S("from")))
            return ends(trace, S("a Received field of our side does not state the address of its client"));
        if (!is_handed_on(header->value, &received))
            return ends(trace, S("a Received field of our side says that the message was submitted there"));
        return true;
    }
    if (is_loopback(received.ip)) {
        if (received.by.n == 0)
            return ends(trace, S("a Received field of our side does not say which host wrote it"));
        /* Of a filter's line the host's own name is known from the line above. */
        if (local->host.n == 0 || !str_istarts(received.by, S("localhost")))
            *local = (struct local){received.by, received.helo};
        return true;
    }
    *local = (struct local){0};
    if (relays && relays_have(relays, received.ip))
        return true;
    trace->received = header;
    found(trace, &received, mail, arena);
    return false;
}

void trace_read(struct trace *trace, const struct mail *mail, const struct relays *relays,
                struct arena *arena)
{
    unsigned hops =
        relays && relays->hops && relays->hops < LIMIT_RECEIVED_HOPS ? relays->hops : LIMIT_RECEIVED_HOPS;
    struct local local = {0};

    *trace = (struct trace){.reason = S("no Received field of our side names a client from outside")};
    for (const struct header *header = mail->first[HEADER_RECEIVED]; header; header = header->next_same) {
        if (hops-- == 0) {
            trace->reason =
                S("our relays have no more Received fields, and none names a client from outside");
            return;
        }
        if (!read_line(trace, header, mail, relays, &local, arena))
            return;
    }
}
