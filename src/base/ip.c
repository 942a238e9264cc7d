/* ip.c: IPv4 and IPv6 addresses. */
#include "base/ip.h"

#include <arpa/inet.h>

/* Four decimal numbers without leading zeros. SPF records have hundreds of them, hence not inet_pton(). */
static bool parse_v4(str s, uint8_t bytes[4])
{
    size_t at = 0;

    for (size_t i = 0; i < 4; i++) {
        size_t begin = at;
        unsigned value = 0;

        for (; at < s.n && at - begin < 4 && ascii_is_digit(s.p[at]); at++)
            value = value * 10 + (unsigned)(s.p[at] - '0');
        if (at == begin || value > 255 || (s.p[begin] == '0' && at - begin > 1))
            return false;
        bytes[i] = (uint8_t)value;
        if (i < 3 && (at == s.n || s.p[at++] != '.'))
            return false;
    }
    return at == s.n;
}

static bool parse_v6(str s, uint8_t bytes[16])
{
    char text[INET6_ADDRSTRLEN];

    if (s.n >= sizeof(text) || memchr(s.p, '\0', s.n))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_pton(AF_INET6, text, bytes) == 1;
}

bool ip_parse_exact(str s, struct ip *ip)
{
    *ip = (struct ip){0};
    if (s.n == 0)
        return false;
    if (parse_v4(s, ip->bytes))
        ip->family = 4;
    else if (str_find(s, ':') < s.n && parse_v6(s, ip->bytes))
        ip->family = 6;
    else
        *ip = (struct ip){0};
    return ip->family != 0;
}

bool ip_parse(str s, struct ip *ip)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    if (!ip_parse_exact(s, ip))
        return false;
    if (ip->family == 6 && memcmp(ip->bytes, mapped, sizeof(mapped)) == 0) {
        struct ip v4 = {.family = 4};

        memcpy(v4.bytes, ip->bytes + sizeof(mapped), 4);
        *ip = v4;
    }
    return true;
}

str ip_format(struct ip ip, struct arena *arena)
{
    char text[INET6_ADDRSTRLEN];

    if (ip.family == 0)
        return S("unknown");
    inet_ntop(ip.family == 4 ? AF_INET : AF_INET6, ip.bytes, text, sizeof(text));
    return arena_str(arena, str_from(text));
}

bool ip_eq(struct ip a, struct ip b)
{
    return a.family == b.family && memcmp(a.bytes, b.bytes, a.family == 4 ? 4 : 16) == 0;
}

bool ip_in_network(struct ip ip, struct ip network, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;

    if (ip.family == 0 || ip.family != network.family || bits > (ip.family == 4 ? 32 : 128))
        return false;
    if (memcmp(ip.bytes, network.bytes, whole) != 0)
        return false;
    return rest == 0 || ((ip.bytes[whole] ^ network.bytes[whole]) >> (8 - rest)) == 0;
}

bool network_parse(str s, struct network *network)
{
    size_t slash = str_find(s, '/');
    uint64_t bits;

    *network = (struct network){0};
    if (!ip_parse_exact(str_sub(s, 0, slash), &network->ip))
        return false;
    bits = network->ip.family == 4 ? 32 : 128;
    if (slash < s.n && !str_to_u64(str_skip(s, slash + 1), bits, &bits))
        return false;
    network->bits = (unsigned)bits;
    for (size_t bit = bits; bit < (network->ip.family == 4 ? 32u : 128u); bit++)
        if (network->ip.bytes[bit / 8] >> (7 - bit % 8) & 1)
            return false;
    return true;
}

str network_format(struct network network, struct arena *arena)
{
    str ip = ip_format(network.ip, arena);

    if (network.bits == (network.ip.family == 4 ? 32 : 128))
        return ip;
    return arena_printf(arena, "%.*s/%u", PS(ip), network.bits);
}

str ip_reverse_name(struct ip ip, struct arena *arena)
{
    static const char hex[] = "0123456789abcdef";
    char name[80];
    size_t n = 0;

    if (ip.family == 4)
        return arena_printf(arena, "%u.%u.%u.%u.in-addr.arpa", ip.bytes[3], ip.bytes[2], ip.bytes[1],
                            ip.bytes[0]);
    if (ip.family != 6)
        return S("");
    for (int i = 15; i >= 0; i--) {
        name[n++] = hex[ip.bytes[i] & 15];
        name[n++] = '.';
        name[n++] = hex[ip.bytes[i] >> 4];
        name[n++] = '.';
    }
    memcpy(name + n, "ip6.arpa", 8);
    return arena_str(arena, (str){name, n + 8});
}
