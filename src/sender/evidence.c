/* evidence.c: what transport and headers say for each platform. */
#include "sender/evidence.h"

#include "mail/received.h"
#include "mail/word.h"

str evidence_value(const struct header *header, struct arena *arena)
{
    if (str_find_str(header->value, S("=?")) < header->value.n)
        return word_decode(header->value, arena, NULL);
    return str_trim(header_unfold(header->value, arena));
}

static struct candidate *candidate_of(struct evidence *evidence, const struct platform *platform)
{
    struct candidate *candidate = &evidence->candidates[platform->index];

    if (!candidate->seen) {
        candidate->seen = true;
        candidate->platform = platform;
        evidence->seen[evidence->n++] = candidate;
    }
    return candidate;
}

/* ---- who the client is ---- */

static bool is_word_end(char c)
{
    return ascii_is_space(c) || c == '(' || c == ')' || c == ';' || c == ',' || c == '[' || c == ']';
}

/* The first address in a text such as "sender IP is 192.0.2.1". */
static bool find_ip(str text, struct ip *ip)
{
    size_t begin = 0;

    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && !is_word_end(text.p[i]))
            continue;
        if (i > begin && ip_parse(str_sub(text, begin, i - begin), ip))
            return true;
        begin = i + 1;
    }
    return false;
}

/* The client of whoever stated SPF: he names it in the comment, as Microsoft and Gmail do. */
static bool stated_client(const struct auth *auth, struct ip *ip)
{
    const struct authres_result *result;
    size_t from = 0;

    if (!auth->stated.used || !auth->stated.spf)
        return false;
    result = authres_find(auth->stated.results, S("spf"), &from);
    return result && (find_ip(result->comment, ip) || find_ip(result->reason, ip) ||
                      ip_parse(authres_property(result, S("smtp"), S("remote-ip")), ip));
}

/* The topmost line that names this client is its receiver's: further down anybody could have written one. */
static bool find_received(const struct mail *mail, struct ip client, struct received *received)
{
    enum { LINES_MAX = 20 };
    const struct header *header = mail->first[HEADER_RECEIVED];

    for (unsigned i = 0; header && i < LINES_MAX; i++, header = header->next_same) {
        received_parse(header->value, received);
        if (received->ip.family && ip_eq(received->ip, client))
            return true;
    }
    return false;
}

static void take_name(struct evidence *evidence, str name, bool confirmed, struct arena *arena)
{
    str domain;

    if (evidence->client_name.n || !domain_normal(name, arena, &domain) || domain_labels(domain) < 2)
        return;
    evidence->client_name = domain;
    evidence->client_confirmed = confirmed;
}

/* True if a line says that a host had the message from another one of its own site: hotel.example.com from
 * juliett.example.com. */
static bool is_within(const struct received *received, struct arena *arena)
{
    str by, from;

    return domain_normal(received->by, arena, &by) && domain_normal(received->helo, arena, &from) &&
           domain_labels(domain_parent(by)) > 1 && str_eq(domain_parent(by), domain_parent(from));
}

/* The line of the first host of the receiver's site. */
static void find_border(const struct mail *mail, struct received *received, struct arena *arena)
{
    enum { HOPS_MAX = 4 };
    const struct header *header;
    struct trace trace;

    trace_read(&trace, mail, NULL, arena);
    header = trace.found ? trace.received : NULL;
    if (header)
        received_parse(header->value, received);
    for (unsigned i = 0; header && i < HOPS_MAX && is_within(received, arena); i++) {
        header = header->next_same;
        *received = (struct received){0};
        if (header)
            received_parse(header->value, received);
    }
}

/* Without DNS there are no confirmed names. What the receiver noted of its client is then better than
 * nothing, but a client calls itself as it likes. */
static void find_client(struct evidence *evidence, const struct sender_input *input, struct arena *arena)
{
    const struct auth *auth = input->auth;
    struct received received = {0};
    struct ip client;

    /* A stated pass names nobody. */
    evidence->transport_known = auth->iprev.result != RESULT_UNKNOWN &&
                                auth->iprev.result != RESULT_TEMPERROR &&
                                (auth->iprev.result != RESULT_PASS || auth->iprev.name.n);
    if (auth->iprev.result == RESULT_PASS)
        take_name(evidence, auth->iprev.name, true, arena);
    if (evidence->transport_known)
        return;
    if (stated_client(auth, &client)) {
        if (!find_received(input->mail, client, &received))
            received = (struct received){0};
    } else if (auth->stated.used && auth->envelope.client.family == 0) {
        find_border(input->mail, &received, arena);
    }
    take_name(evidence, received.reverse_name, false, arena);
    take_name(evidence, received.helo, false, arena);
    take_name(evidence, auth->envelope.helo, false, arena);
    evidence->transport_known = evidence->client_name.n > 0;
}

/* ---- MAIL FROM ---- */

static str domain_of(str address, struct arena *arena)
{
    size_t at = str_rfind(address, '@');
    str domain;

    return at < address.n && domain_normal(str_skip(address, at + 1), arena, &domain) ? domain : S("");
}

/* The address in Return-Path, without brackets. */
static str return_path(const struct mail *mail, struct arena *arena)
{
    const struct header *header = mail->first[HEADER_RETURN_PATH];
    str value = header ? str_trim(header_unfold(header->value, arena)) : S("");

    if (str_starts(value, S("<")) && str_ends(value, S(">")))
        value = str_sub(value, 1, value.n - 2);
    return value;
}

/* Where the results are another host's, that host says the domain of MAIL FROM, and whoever delivered the
 * message put the whole address into Return-Path. It counts if the two agree; where SPF is not stated, if it
 * stands on top. */
static void find_mail_from(struct evidence *evidence, const struct sender_input *input, struct arena *arena)
{
    const struct auth *auth = input->auth;
    const struct mail *mail = input->mail;
    const struct header *path = mail->first[HEADER_RETURN_PATH], *received = mail->first[HEADER_RECEIVED];
    const struct authres_result *result;
    size_t from = 0;
    str value;

    evidence->mail_from = auth->envelope.has_mail_from ? auth->envelope.mail_from : S("");
    if (evidence->mail_from.n || !auth->stated.used)
        return;
    if (!auth->stated.spf) {
        evidence->mail_from = path && received && path < received ? return_path(mail, arena) : S("");
        return;
    }
    result = authres_find(auth->stated.results, S("spf"), &from);
    value = result ? authres_property(result, S("smtp"), S("mailfrom")) : S("");
    if (str_find(value, '@') == value.n || str_find(value, '@') == 0)
        value = return_path(mail, arena);
    if (auth->spf.mail_from.domain.n && str_eq(domain_of(value, arena), auth->spf.mail_from.domain))
        evidence->mail_from = value;
}

/* Servers that platforms rent to one customer carry his domain: mail.example.com for bounce.example.com. */
static bool is_customer(const struct evidence *evidence, struct arena *arena)
{
    str domain = domain_of(evidence->mail_from, arena), parent = domain_parent(domain);

    for (; domain_labels(parent) > 2; parent = domain_parent(parent))
        continue;
    return domain.n && evidence->client_name.n &&
           (domain_under(evidence->client_name, domain) ||
            (domain_labels(parent) > 1 && domain_under(evidence->client_name, parent)));
}

/* ---- what transport says ---- */

/* The author has to be one of those the platform writes as, and in the domain that was proven. */
static bool is_sender(const struct evidence *evidence, const struct platform *platform, str proven)
{
    const struct platform_transport *transport = &platform->transport;

    if (transport->sender_count == 0)
        return true;
    if (!domain_under(evidence->author_domain, proven) && !domain_under(proven, evidence->author_domain))
        return false;
    for (size_t i = 0; i < transport->sender_count; i++) {
        str sender = transport->senders[i];

        if (str_starts(sender, S("@")) ? domain_under(evidence->author_domain, str_skip(sender, 1))
                                       : str_ieq(sender, evidence->author))
            return true;
    }
    return false;
}

/* `key_host`: it is by the key that the signature is the platform's; empty: by the domain. */
static void see_signature(struct evidence *evidence, const struct dkim_signature *signature, str key_host,
                          struct platform_matches found)
{
    for (size_t i = 0; i < found.n; i++) {
        struct candidate *candidate;

        if (!is_sender(evidence, found.platforms[i], signature->domain))
            continue;
        candidate = candidate_of(evidence, found.platforms[i]);
        if (!candidate->key_host.n)
            candidate->key_host = key_host;
        if (!candidate->signature) {
            candidate->signature = signature;
            candidate->key = key_host.n > 0;
        }
    }
}

/* Where the key of a signature really stands: whose key that is made the signature. */
static str key_host(const struct dkim_signature *signature, const struct ask *ask, struct arena *arena)
{
    str name = arena_join(arena, signature->selector, S("._domainkey."), signature->domain);
    const struct dns_answer *answer = signature->selector.n ? ask_peek(ask, name, DNS_TXT) : NULL;

    return answer ? answer->canonical : S("");
}

static void see_signatures(struct evidence *evidence, const struct sender_input *input, const struct ask *ask,
                           const struct platforms *platforms, struct arena *arena)
{
    const struct dkim *dkim = &input->auth->dkim;

    for (size_t i = 0; i < dkim->n && i < 2 * LIMIT_DKIM_SIGNATURES; i++) {
        const struct dkim_signature *signature = &dkim->signatures[i];

        if (signature->result != RESULT_PASS)
            continue;
        evidence->customer_authenticated = true;
        see_signature(evidence, signature, S(""),
                      platforms_by_domain(platforms, EVIDENCE_DKIM, signature->domain));
        if (!input->auth->stated.dkim) {
            str host = key_host(signature, ask, arena);

            see_signature(evidence, signature, host, platforms_by_domain(platforms, EVIDENCE_DKIM_KEY, host));
        }
    }
}

/* "+all" and networks that nobody owns name no platform. */
static void see_spf(struct evidence *evidence, const struct spf_check *check,
                    const struct platforms *platforms)
{
    struct platform_matches found;

    if (check->result != RESULT_PASS)
        return;
    evidence->customer_authenticated = true;
    found = platforms_by_domain(platforms, EVIDENCE_RETURN_PATH, check->domain);
    for (size_t i = 0; i < found.n; i++)
        if (is_sender(evidence, found.platforms[i], check->domain))
            candidate_of(evidence, found.platforms[i])->return_path = check->domain;
    for (size_t i = 0; check->listed && !check->wide && i < check->path_length; i++) {
        found = platforms_by_domain(platforms, EVIDENCE_INCLUDE, check->path[i].domain);
        for (size_t j = 0; j < found.n; j++)
            candidate_of(evidence, found.platforms[j])->include = found.suffix;
    }
}

static void see_client(struct evidence *evidence, const struct platforms *platforms)
{
    struct platform_matches found = platforms_by_domain(platforms, EVIDENCE_HOST, evidence->client_name);

    for (size_t i = 0; i < found.n; i++)
        candidate_of(evidence, found.platforms[i])->host = true;
}

/* ---- what headers say ---- */

static bool fits(const struct platform_marker *marker, str value)
{
    return !marker->pattern || pattern_find(marker->pattern, value, 0, NULL) == PATTERN_FOUND;
}

static void see_header(struct evidence *evidence, const struct header *header, struct platform_rows found,
                       struct arena *arena)
{
    str value = evidence_value(header, arena);

    for (size_t i = 0; i < found.n; i++) {
        struct candidate *candidate;

        if (!fits(found.rows[i].marker, value))
            continue;
        candidate = candidate_of(evidence, found.rows[i].platform);
        if (!candidate->marker)
            candidate->marker = header;
        if (!candidate->claim && !found.rows[i].marker->received_too)
            candidate->claim = header;
    }
}

/* Many fields of one name cost as much as there are patterns for it, so only so many are looked at. */
static void see_headers(struct evidence *evidence, const struct mail *mail, const struct platforms *platforms,
                        struct arena *arena)
{
    size_t looked = 0;

    for (size_t i = 0; i < mail->header_count && looked < LIMIT_SENDER_FIELDS; i++) {
        struct platform_rows found = platforms_by_header(platforms, mail->headers[i].name);

        if (found.n == 0)
            continue;
        see_header(evidence, &mail->headers[i], found, arena);
        looked++;
    }
}

bool evidence_tags(const struct mail *mail, const struct dkim_signature *signature, struct taglist *tags)
{
    const struct header *header = mail->first[HEADER_DKIM_SIGNATURE];
    unsigned looked = 0;

    if (signature->header)
        return taglist_parse(tags, signature->header->value, NULL) == TAGLIST_OK;
    for (; header && looked < LIMIT_SENDER_SAME; header = header->next_same, looked++) {
        const struct tag *domain, *selector;

        taglist_parse(tags, header->value, NULL);
        domain = taglist_find(tags, S("d"));
        selector = taglist_find(tags, S("s"));
        if (domain && selector && str_ieq(domain->value, signature->domain) &&
            (signature->selector.n == 0 || str_ieq(selector->value, signature->selector)))
            return true;
    }
    return false;
}

str evidence_selector(const struct mail *mail, const struct dkim_signature *signature)
{
    struct taglist tags;

    if (signature->selector.n)
        return signature->selector;
    return evidence_tags(mail, signature, &tags) ? taglist_find(&tags, S("s"))->value : S("");
}

static bool selector_fits(const struct pattern *pattern, const struct sender_input *input)
{
    const struct dkim *dkim = &input->auth->dkim;

    for (size_t i = 0; i < dkim->n && i < 2 * LIMIT_DKIM_SIGNATURES; i++)
        if (dkim->signatures[i].result == RESULT_PASS &&
            pattern_find(pattern, evidence_selector(input->mail, &dkim->signatures[i]), 0, NULL) ==
                PATTERN_FOUND)
            return true;
    return false;
}

/* Whether mail looks as it does under a customer's domain; for those platforms that something speaks for. */
static void see_shapes(struct evidence *evidence, const struct sender_input *input)
{
    for (size_t i = 0; i < evidence->n; i++) {
        struct candidate *candidate = evidence->seen[i];
        const struct platform_branded *branded = &candidate->platform->branded;

        candidate->return_path_shape =
            branded->return_path && evidence->mail_from.n &&
            pattern_find(branded->return_path, evidence->mail_from, 0, NULL) == PATTERN_FOUND;
        candidate->selector_shape = branded->selector && selector_fits(branded->selector, input);
        candidate->host_shape = branded->host && evidence->client_name.n &&
                                pattern_find(branded->host, evidence->client_name, 0, NULL) == PATTERN_FOUND;
    }
}

void evidence_find(struct evidence *evidence, const struct sender_input *input, const struct ask *ask,
                   const struct platforms *platforms, struct arena *arena)
{
    const struct address_list *from = &input->mail->from;
    size_t n = platforms_count(platforms);

    *evidence = (struct evidence){0};
    evidence->candidates = arena_array_of(arena, n, struct candidate);
    evidence->seen = arena_array_of(arena, n, struct candidate *);
    if (from->n == 1 && input->auth->author_count == 1) {
        evidence->author = address_format(&from->items[0], arena);
        evidence->author_domain = input->auth->author_domains[0];
    }
    find_client(evidence, input, arena);
    find_mail_from(evidence, input, arena);
    evidence->client_is_customer = is_customer(evidence, arena);
    see_signatures(evidence, input, ask, platforms, arena);
    see_spf(evidence, &input->auth->spf.mail_from, platforms);
    see_client(evidence, platforms);
    see_headers(evidence, input->mail, platforms, arena);
    see_shapes(evidence, input);
}
