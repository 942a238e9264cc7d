/* ip.h: IPv4 and IPv6 addresses. */
#ifndef POSTERN_BASE_IP_H
#define POSTERN_BASE_IP_H

#include "base/arena.h"

struct ip {
    uint8_t family;    /* 4, 6, or 0: not known */
    uint8_t bytes[16]; /* network order; the first 4 for IPv4 */
};

/* Reads the whole of s: dotted quad or RFC 4291 text (no zone, no brackets). An IPv4-mapped IPv6 address
 * becomes the IPv4 address it stands for (RFC 7208 section 5). False if s is anything else; *ip is then
 * family 0. */
bool ip_parse(str s, struct ip *ip);

/* The same without turning IPv4-mapped addresses into IPv4: for the networks in an SPF record. */
bool ip_parse_exact(str s, struct ip *ip);

/* RFC 5952 text; "unknown" for family 0. */
str ip_format(struct ip ip, struct arena *arena);

bool ip_eq(struct ip a, struct ip b);

/* True if both are of one family and agree in the first `bits` bits (0 to 32 or 128). */
bool ip_in_network(struct ip ip, struct ip network, unsigned bits);

struct network {
    struct ip ip;
    unsigned bits;
};

/* "192.0.2.0/24", "2001:db8::/32"; an address alone is a network of one. False if it is anything else, or
 * bits behind the prefix are set. */
bool network_parse(str s, struct network *network);
str network_format(struct network network, struct arena *arena);

/* The name of the PTR question, "4.3.2.1.in-addr.arpa" or "....ip6.arpa", in the arena; empty for family 0.
 */
str ip_reverse_name(struct ip ip, struct arena *arena);

#endif
