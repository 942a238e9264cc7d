/* exception.c: which exceptions of the policy fit a message. */
#include "act/exception.h"

struct exception_address exception_address(str text, struct arena *arena)
{
    struct exception_address address = {0};
    struct address parsed;

    if (address_parse_path(text, arena, &parsed) && domain_normal(parsed.domain, arena, &address.domain))
        address.local = parsed.local;
    return address;
}

/* ---- who the sender is ---- */

static void add_domain(struct exception_sender *sender, str domain)
{
    if (domain.n)
        sender->domains[sender->domain_count++] = domain;
}

/* A pass by "all", or by a network that no one sender has, proves nothing. What a trusted host states it has
 * weighed. */
static bool spf_proves(const struct auth *auth)
{
    const struct spf_check *check = &auth->spf.mail_from;

    return check->result == RESULT_PASS && (auth->stated.spf || (check->listed && !check->wide));
}

/* A DMARC pass that rests on such an SPF pass alone is no better than that. */
static bool is_aligned(const struct auth *auth, const struct dmarc_author *author)
{
    if (auth->stated.dmarc)
        return true;
    for (size_t i = 0; i < author->alignment_count; i++) {
        const struct dmarc_alignment *alignment = &author->alignments[i];

        if (alignment->aligned && alignment->identifier.result == RESULT_PASS &&
            (alignment->identifier.method == DMARC_BY_DKIM || spf_proves(auth)))
            return true;
    }
    return false;
}

static void add_aligned(struct exception_sender *sender, const struct auth *auth)
{
    if (auth->dmarc.result != RESULT_PASS)
        return;
    if (auth->stated.dmarc)
        add_domain(sender, auth->dmarc.domain);
    for (size_t i = 0; i < auth->dmarc.author_count; i++)
        if (is_aligned(auth, &auth->dmarc.authors[i]))
            add_domain(sender, auth->dmarc.authors[i].discovery.domain);
}

static void find_domains(struct exception_sender *sender, const struct auth *auth, struct arena *arena)
{
    sender->domains = arena_array_of(arena, 2 + auth->dkim.n + auth->dmarc.author_count, str);
    if (spf_proves(auth))
        add_domain(sender, auth->spf.mail_from.domain);
    for (size_t i = 0; i < auth->dkim.n; i++)
        if (auth->dkim.signatures[i].result == RESULT_PASS)
            add_domain(sender, auth->dkim.signatures[i].domain);
    add_aligned(sender, auth);
}

static bool is_proven(const struct exception_sender *sender, str domain)
{
    for (size_t i = 0; i < sender->domain_count; i++)
        if (str_eq(sender->domains[i], domain))
            return true;
    return false;
}

static void add_address(struct exception_sender *sender, str text, struct arena *arena)
{
    struct exception_address address = exception_address(text, arena);

    if (address.domain.n && is_proven(sender, address.domain))
        sender->addresses[sender->address_count++] = address;
}

void exception_find_sender(struct exception_sender *sender, const struct policy_input *input,
                           struct arena *arena)
{
    const struct auth *auth = input->auth;

    *sender = (struct exception_sender){0};
    find_domains(sender, auth, arena);
    sender->addresses = arena_array_of(arena, 1 + input->author_count, struct exception_address);
    if (spf_proves(auth) && auth->envelope.has_mail_from)
        add_address(sender, auth->envelope.mail_from, arena);
    for (size_t i = 0; i < input->author_count; i++)
        add_address(sender, input->authors[i], arena);
}

/* ---- what fits ---- */

/* "domain", ".domain" for those below it. */
static bool fits_domain(str pattern, str domain)
{
    if (domain.n == 0)
        return false;
    if (!str_starts(pattern, S(".")))
        return str_eq(pattern, domain);
    return domain.n > pattern.n && str_ends(domain, pattern);
}

/* Local parts without case: nobody keeps two mailboxes apart by it. */
static bool fits_address(str pattern, const struct exception_address *address)
{
    size_t at = str_rfind(pattern, '@');

    if (at == pattern.n)
        return fits_domain(pattern, address->domain);
    return str_ieq(str_sub(pattern, 0, at), address->local) &&
           fits_domain(str_skip(pattern, at + 1), address->domain);
}

static bool fits_sender(str pattern, const struct exception_sender *sender)
{
    for (size_t i = 0; i < sender->domain_count; i++)
        if (fits_domain(pattern, sender->domains[i]))
            return true;
    for (size_t i = 0; i < sender->address_count; i++)
        if (fits_address(pattern, &sender->addresses[i]))
            return true;
    return false;
}

static bool fits_network(const struct policy_exception *exception, struct ip client)
{
    for (size_t i = 0; i < exception->network_count; i++)
        if (ip_in_network(client, exception->networks[i].ip, exception->networks[i].bits))
            return true;
    return false;
}

bool exception_fits_message(const struct policy_exception *exception, const struct exception_sender *sender,
                            const struct policy_input *input)
{
    if (input->now >= exception->expires)
        return false;
    if (exception->sender.n == 0 && exception->recipient.n == 0 && exception->network_count == 0)
        return false;
    if (exception->sender.n && !fits_sender(exception->sender, sender))
        return false;
    return exception->network_count == 0 || fits_network(exception, input->auth->envelope.client);
}

bool exception_fits_recipient(const struct policy_exception *exception,
                              const struct exception_address *recipient)
{
    return exception->recipient.n == 0 ||
           (recipient->domain.n && fits_address(exception->recipient, recipient));
}
