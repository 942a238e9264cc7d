/* dns.c: a DNS question and its answer, as values. */
#include "ask/dns.h"

static const struct {
    enum dns_type type;
    const char *name;
} types[] = {
    {DNS_A, "A"},   {DNS_NS, "NS"},   {DNS_CNAME, "CNAME"}, {DNS_SOA, "SOA"},   {DNS_PTR, "PTR"},
    {DNS_MX, "MX"}, {DNS_TXT, "TXT"}, {DNS_AAAA, "AAAA"},   {DNS_TLSA, "TLSA"},
};

static const char *const statuses[] = {
    [DNS_UNKNOWN] = "UNKNOWN",   [DNS_OK] = "OK",
    [DNS_NODATA] = "NODATA",     [DNS_NXDOMAIN] = "NXDOMAIN",
    [DNS_SERVFAIL] = "SERVFAIL", [DNS_TIMEOUT] = "TIMEOUT",
    [DNS_BOGUS] = "BOGUS",       [DNS_LIMIT] = "LIMIT",
    [DNS_INVALID] = "INVALID",
};

const char *dns_type_name(enum dns_type type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].type == type)
            return types[i].name;
    return "?";
}

bool dns_type_parse(str s, enum dns_type *type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_ieq(s, str_from(types[i].name))) {
            *type = types[i].type;
            return true;
        }
    return false;
}

const char *dns_status_name(enum dns_status status)
{
    return statuses[status];
}

bool dns_status_parse(str s, enum dns_status *status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (str_eq(s, str_from(statuses[i]))) {
            *status = (enum dns_status)i;
            return true;
        }
    return false;
}

const char *dns_security_name(enum dns_security security)
{
    static const char *const names[] = {
        [DNS_INDETERMINATE] = "indeterminate", [DNS_INSECURE] = "insecure", [DNS_SECURE] = "secure"};

    return names[security];
}

bool dns_name_valid(str name)
{
    size_t begin = 0;

    if (name.n == 0 || name.n > 253)
        return false;
    for (size_t i = 0; i <= name.n; i++) {
        if (i < name.n && name.p[i] != '.')
            continue;
        if (i == begin || i - begin > 63)
            return false;
        begin = i + 1;
    }
    return true;
}

str dns_name_normal(str name, struct arena *arena)
{
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    return arena_lower(arena, name);
}

uint64_t dns_name_hash(str name, uint64_t seed)
{
    uint64_t hash = 14695981039346656037u ^ seed;

    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (uint8_t)ascii_lower(name.p[i])) * 1099511628211u;
    return hash ^ hash >> 32;
}

struct dns_answer *dns_answer_copy(const struct dns_answer *answer, struct arena *arena)
{
    struct dns_answer *copy = arena_new_of(arena, struct dns_answer);

    *copy = *answer;
    copy->name = arena_str(arena, answer->name);
    copy->canonical = arena_str(arena, answer->canonical);
    copy->why = arena_str(arena, answer->why);
    copy->records = arena_array_of(arena, answer->n, struct dns_record);
    for (size_t i = 0; i < answer->n; i++) {
        copy->records[i] = answer->records[i];
        copy->records[i].text = arena_str(arena, answer->records[i].text);
    }
    return copy;
}
