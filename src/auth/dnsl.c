/* dnsl.c: DNS lists. */
#include "auth/dnsl.h"

#include "base/limits.h"

const char *const dnsl_state_names[] = {
    [DNSL_UNKNOWN] = "unknown", [DNSL_NOT_LISTED] = "not-listed", [DNSL_LISTED] = "listed",
    [DNSL_REFUSED] = "refused", [DNSL_ERROR] = "error",
};

/* ---- what an answer means ---- */

static bool is_in(struct ip ip, uint8_t b, uint8_t c, uint8_t d, unsigned bits)
{
    return ip_in_network(ip, (struct ip){4, {127, b, c, d}}, bits);
}

/* 127.255.255.0/24 is Spamhaus's answer to public resolvers, to those who ask too much and to misspelt zones;
 * 127.0.0.1 is that of URIBL and SURBL, and may never mean "listed" (RFC 5782 section 5). All names have
 * these answers then: taken for a listing, they would condemn all mail. */
static bool is_refusal(struct ip ip)
{
    return is_in(ip, 255, 255, 0, 24) || is_in(ip, 0, 0, 1, 32);
}

static const struct dnsl_meaning *meaning_of(const struct dnsl *list, struct ip ip)
{
    for (size_t i = 0; i < list->meaning_count; i++) {
        const struct dnsl_meaning *meaning = &list->meanings[i];

        if (ip_in_network(ip, meaning->answers.ip, meaning->answers.bits) &&
            (meaning->mask == 0 || (ip.bytes[3] & meaning->mask)))
            return meaning;
    }
    return NULL;
}

static str appended(str text, str separator, str more, struct arena *arena)
{
    return text.n ? arena_join(arena, text, separator, more) : more;
}

/* One address of the answer. A refusal outweighs all, a listing the rest. */
static void read_address(struct dnsl_result *result, const struct dnsl *list, struct ip ip,
                         struct arena *arena)
{
    const struct dnsl_meaning *meaning = meaning_of(list, ip);

    result->answers = appended(result->answers, S(" "), ip_format(ip, arena), arena);
    if (result->state == DNSL_REFUSED)
        return;
    if (is_refusal(ip)) {
        result->state = DNSL_REFUSED;
        result->reason = S("the list refuses to answer our resolver");
    } else if (meaning || (list->meaning_count == 0 && is_in(ip, 0, 0, 0, 8))) {
        result->state = DNSL_LISTED;
        if (meaning && meaning->words.n)
            result->reason = appended(result->reason, S(", "), meaning->words, arena);
    }
}

/* A zone that was given up and sold answers with the address of a web site (RFC 5782 section 2.1). */
static void read_addresses(struct dnsl_result *result, const struct dnsl *list,
                           const struct dns_answer *answer, struct arena *arena)
{
    bool foreign = false;

    result->state = DNSL_NOT_LISTED;
    for (size_t i = 0; i < answer->n; i++) {
        foreign |= !is_in(answer->records[i].ip, 0, 0, 0, 8);
        read_address(result, list, answer->records[i].ip, arena);
    }
    if (foreign) {
        result->state = DNSL_ERROR;
        result->reason = S("the answer is outside of 127.0.0.0/8, so it is none of a list");
    }
}

static void read_answer(struct dnsl_result *result, const struct dnsl *list, const struct dns_answer *answer,
                        struct arena *arena)
{
    switch (answer->status) {
    case DNS_OK:
        read_addresses(result, list, answer, arena);
        break;
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        result->state = DNSL_NOT_LISTED;
        break;
    case DNS_SERVFAIL:
    case DNS_TIMEOUT:
    case DNS_BOGUS:
        result->state = DNSL_ERROR;
        result->reason = S("the list could not be asked");
        break;
    case DNS_LIMIT:
        result->reason = S("not asked: the message has no questions left");
        break;
    case DNS_INVALID:
        result->reason = S("not asked: the name would be too long");
        break;
    case DNS_UNKNOWN:
        break;
    }
}

/* ---- asking ---- */

struct run {
    struct dnsl_results *results;
    struct ask *ask;
    bool open;
};

static void look(struct run *run, const struct dnsl *list, str subject, str label)
{
    struct arena *arena = run->ask->arena;
    struct dnsl_result *result;
    const struct dns_answer *answer;

    if (run->results->n == LIMIT_DNSL_RESULTS)
        return;
    answer = ask_dns(run->ask, ASK_DNSL, arena_join(arena, label, S("."), list->zone), DNS_A);
    if (!answer) {
        run->open = true;
        return;
    }
    result = &run->results->items[run->results->n++];
    *result = (struct dnsl_result){.list = list->name, .subject = subject};
    read_answer(result, list, answer, arena);
}

/* "1.2.0.192": the reverse name without its zone (section 2.1, 2.4). */
static str address_label(struct ip ip, struct arena *arena)
{
    str name = ip_reverse_name(ip, arena), zone = ip.family == 4 ? S(".in-addr.arpa") : S(".ip6.arpa");

    return str_sub(name, 0, name.n - zone.n);
}

/* Private, loopback and link-local addresses (RFC 1122, 1918, 3927, 4193, 4291): nobody lists them. */
static bool is_private(struct ip ip)
{
    static const struct network networks[] = {
        {{4, {127}}, 8},       {{4, {10}}, 8},   {{4, {172, 16}}, 12},    {{4, {192, 168}}, 16},
        {{4, {169, 254}}, 16}, {{6, {0xfc}}, 7}, {{6, {0xfe, 0x80}}, 10}, {{6, {[15] = 1}}, 128},
    };

    for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
        if (ip_in_network(ip, networks[i].ip, networks[i].bits))
            return true;
    return false;
}

static void look_up_client(struct run *run, struct ip client, const struct dnsl_params *params)
{
    str subject = ip_format(client, run->ask->arena);

    if (client.family == 0 || is_private(client))
        return;
    for (size_t i = 0; i < params->count; i++)
        if (params->lists[i].kind == DNSL_CLIENT)
            look(run, &params->lists[i], subject, address_label(client, run->ask->arena));
}

static bool is_repeated(const struct dnsl_input *input, size_t i, const struct dnsl_params *params)
{
    str domain = suffixes_organisation(params->suffixes, input->domains[i]);

    for (size_t k = 0; k < i; k++)
        if (str_eq(suffixes_organisation(params->suffixes, input->domains[k]), domain))
            return true;
    return false;
}

/* Lists of domains have the organizational ones; many answer nothing for a name below. */
static void look_up_domains(struct run *run, const struct dnsl_input *input, const struct dnsl_params *params)
{
    for (size_t i = 0; i < input->domain_count; i++) {
        str domain = suffixes_organisation(params->suffixes, input->domains[i]);

        if (is_repeated(input, i, params))
            continue;
        for (size_t k = 0; k < params->count; k++)
            if (params->lists[k].kind == DNSL_DOMAIN)
                look(run, &params->lists[k], domain, domain);
    }
}

bool dnsl_look_up(struct dnsl_results *results, const struct dnsl_input *input, struct ask *ask,
                  const struct dnsl_params *params)
{
    struct run run = {.results = results, .ask = ask};

    *results = (struct dnsl_results){0};
    if (params->count == 0)
        return true;
    results->items = arena_array_of(ask->arena, LIMIT_DNSL_RESULTS, struct dnsl_result);
    look_up_client(&run, input->client, params);
    look_up_domains(&run, input, params);
    return !run.open;
}
