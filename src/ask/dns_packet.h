/* dns_packet.h: a DNS message (RFC 1035 section 4) read as the answer to a question. */
#ifndef POSTERN_ASK_DNS_PACKET_H
#define POSTERN_ASK_DNS_PACKET_H

#include "ask/dns.h"

/* Reads a whole message. In: answer->name (normal form) and answer->type. Out: status, ttl, canonical, why,
 * records, cut; everything in the arena, nothing points into the packet. security is left alone.
 *
 * The CNAME chain is followed in the order of the answer section. ttl is the least of all records used; of a
 * negative answer that of the SOA or its MINIMUM field (RFC 2308 section 5), 0 without a SOA. A message that
 * can't be read, and any rcode but NOERROR and NXDOMAIN, is DNS_SERVFAIL with the reason in `why`.
 *
 * A "." within a label (possible on the wire, impossible in mail) becomes "..": no valid name holds an empty
 * label, so such a name is never asked for and equals none. */
void dns_packet_read(struct dns_answer *answer, str packet, struct arena *arena);

/* The text of an rcode, "REFUSED" and so on; "rcode N" in the arena where it has no name. */
str dns_rcode_text(int rcode, struct arena *arena);

#endif
