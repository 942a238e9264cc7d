/* dns_packet.c: a DNS message read as the answer to a question. Every byte of it is hostile. */
#include "ask/dns_packet.h"

#include "base/buf.h"
#include "base/limits.h"

enum {
    HEADER_SIZE = 12,
    CLASS_IN = 1,
    NAME_WIRE_MAX = 255,               /* RFC 1035 section 2.3.4 */
    NAME_TEXT_MAX = 2 * NAME_WIRE_MAX, /* each byte may be a "." that is doubled */
    JUMPS_MAX = 127, /* a name has no more labels, and more pointers are only there to cost time */
    FLAG_TC = 0x0200,
};

/* A place in the packet. What does not fit sets `bad`, and reads as 0 from then on. */
struct reader {
    str packet;
    size_t at;
    bool bad;
};

struct name {
    char text[NAME_TEXT_MAX];
    size_t n;
};

/* One resource record: its fixed part, and where its data lies. */
struct rr {
    struct name owner;
    unsigned type, class;
    uint32_t ttl;
    size_t data, end; /* offsets */
};

struct message {
    struct reader reader;
    unsigned flags;
    unsigned questions, answers, authorities;
};

/* ---- bytes and names ---- */

static bool has(struct reader *reader, size_t n)
{
    if (n > reader->packet.n - reader->at)
        reader->bad = true;
    return !reader->bad;
}

static unsigned read_8(struct reader *reader)
{
    return has(reader, 1) ? (uint8_t)reader->packet.p[reader->at++] : 0;
}

static unsigned read_16(struct reader *reader)
{
    unsigned high = read_8(reader);

    return high << 8 | read_8(reader);
}

static uint32_t read_32(struct reader *reader)
{
    uint32_t high = read_16(reader);

    return high << 16 | read_16(reader);
}

static str read_bytes(struct reader *reader, size_t n)
{
    str bytes = {NULL, 0};

    if (has(reader, n)) {
        bytes = str_sub(reader->packet, reader->at, n);
        reader->at += n;
    }
    return bytes;
}

static void add_label(struct name *name, str label)
{
    if (name->n)
        name->text[name->n++] = '.';
    for (size_t i = 0; i < label.n; i++) {
        name->text[name->n++] = ascii_lower(label.p[i]);
        if (label.p[i] == '.')
            name->text[name->n++] = '.';
    }
}

/* RFC 1035 section 4.1.4. A pointer must lead to before the labels it ends, so there is no loop. */
static void read_name(struct reader *reader, struct name *name)
{
    struct reader from = *reader;
    size_t begin = from.at;
    size_t wire = 0;
    unsigned jumps = 0;
    unsigned length;

    name->n = 0;
    while ((length = read_8(&from)) != 0) {
        if (length >= 0xc0) {
            size_t target = (length & 0x3f) << 8 | read_8(&from);

            if (jumps++ == 0)
                reader->at = from.at;
            from.bad |= target >= begin || jumps > JUMPS_MAX;
            from.at = begin = from.bad ? from.at : target;
        } else {
            wire += length + 1;
            from.bad |= length > 63 || wire >= NAME_WIRE_MAX;
            if (!from.bad)
                add_label(name, read_bytes(&from, length));
        }
        if (from.bad)
            break;
    }
    if (jumps == 0)
        reader->at = from.at;
    reader->bad |= from.bad;
}

static bool read_rr(struct reader *reader, struct rr *rr)
{
    unsigned length;

    read_name(reader, &rr->owner);
    rr->type = read_16(reader);
    rr->class = read_16(reader);
    rr->ttl = read_32(reader);
    if (rr->ttl > INT32_MAX)
        rr->ttl = 0; /* RFC 2181 section 8 */
    length = read_16(reader);
    rr->data = reader->at;
    read_bytes(reader, length);
    rr->end = reader->at;
    return !reader->bad;
}

static str name_str(const struct name *name)
{
    return (str){name->text, name->n};
}

/* ---- the data of one record ---- */

/* All strings of a TXT record, joined (RFC 7208 section 3.3, RFC 6376 section 3.6.2.2). */
static str read_text(struct reader *data, struct arena *arena)
{
    char *text = arena_bytes(arena, data->packet.n - data->at);
    size_t n = 0;

    while (data->at < data->packet.n && !data->bad) {
        str part = read_bytes(data, read_8(data));

        if (part.n)
            memcpy(text + n, part.p, part.n);
        n += part.n;
    }
    return (str){text, n};
}

static str read_name_text(struct reader *data, struct arena *arena)
{
    struct name name;

    read_name(data, &name);
    return arena_str(arena, name_str(&name));
}

/* The fields in the order of RFC 1035 section 3.3.13, as a zone file has them. */
static str read_soa(struct reader *data, struct arena *arena)
{
    struct buf text = buf_new(arena, LIMIT_DNS_TEXT);
    struct name name;

    for (int i = 0; i < 2; i++) {
        read_name(data, &name);
        buf_add(&text, name_str(&name));
        buf_add(&text, S(". "));
    }
    for (int i = 0; i < 5; i++)
        buf_printf(&text, i < 4 ? "%u " : "%u", read_32(data));
    return buf_str(&text);
}

static void read_address(struct reader *data, struct ip *ip, uint8_t family)
{
    str bytes = read_bytes(data, family == 4 ? 4 : 16);

    ip->family = family;
    if (bytes.n)
        memcpy(ip->bytes, bytes.p, bytes.n);
}

/* False if the data is not what the type wants. */
static bool read_record(struct reader *data, enum dns_type type, struct dns_record *record,
                        struct arena *arena)
{
    *record = (struct dns_record){0};
    switch (type) {
    case DNS_A:
        read_address(data, &record->ip, 4);
        break;
    case DNS_AAAA:
        read_address(data, &record->ip, 6);
        break;
    case DNS_MX:
        record->preference = (uint16_t)read_16(data);
        record->text = read_name_text(data, arena);
        break;
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
        record->text = read_name_text(data, arena);
        break;
    case DNS_TXT:
        record->text = read_text(data, arena);
        break;
    case DNS_SOA:
        record->text = read_soa(data, arena);
        break;
    case DNS_TLSA:
        record->text = arena_str(arena, read_bytes(data, data->packet.n - data->at));
        break;
    }
    return !data->bad && data->at == data->packet.n;
}

/* A reader of the record's data; names in it may point back into the packet. */
static struct reader data_of(const struct message *message, const struct rr *rr)
{
    return (struct reader){.packet = str_sub(message->reader.packet, 0, rr->end), .at = rr->data};
}

/* ---- the message ---- */

static void fail(struct dns_answer *answer, str why)
{
    *answer = (struct dns_answer){.name = answer->name,
                                  .type = answer->type,
                                  .security = answer->security,
                                  .status = DNS_SERVFAIL,
                                  .why = why};
}

static bool read_front(struct message *message)
{
    struct reader *reader = &message->reader;
    struct name name;

    read_16(reader); /* the id: the library has looked at it */
    message->flags = read_16(reader);
    message->questions = read_16(reader);
    message->answers = read_16(reader);
    message->authorities = read_16(reader);
    read_16(reader);
    for (unsigned i = 0; i < message->questions && !reader->bad; i++) {
        read_name(reader, &name);
        read_32(reader);
    }
    return !reader->bad;
}

static void lower_ttl(struct dns_answer *answer, bool *any, uint32_t ttl)
{
    if (!*any || ttl < answer->ttl)
        answer->ttl = ttl;
    *any = true;
}

static bool add_record(struct dns_answer *answer, struct reader data, struct arena *arena)
{
    struct dns_record record;

    if (answer->n == LIMIT_DNS_RECORDS) {
        answer->cut = true;
        return true;
    }
    if (!answer->records)
        answer->records = arena_array_of(arena, LIMIT_DNS_RECORDS, struct dns_record);
    if (!read_record(&data, answer->type, &record, arena))
        return false;
    answer->records[answer->n++] = record;
    return true;
}

/* The answer section; `any`: a TTL has been seen. */
static bool read_answers(struct message *message, struct dns_answer *answer, bool *any, struct arena *arena)
{
    struct rr rr;
    str owner = answer->name;

    for (unsigned i = 0; i < message->answers; i++) {
        if (!read_rr(&message->reader, &rr))
            return false;
        if (rr.class != CLASS_IN || !str_eq(name_str(&rr.owner), owner))
            continue;
        if (rr.type == (unsigned)answer->type) {
            if (!add_record(answer, data_of(message, &rr), arena))
                return false;
            lower_ttl(answer, any, rr.ttl);
        } else if (rr.type == DNS_CNAME) {
            struct reader data = data_of(message, &rr);

            owner = answer->canonical = read_name_text(&data, arena);
            if (data.bad)
                return false;
            lower_ttl(answer, any, rr.ttl);
        }
    }
    return true;
}

/* How long a negative answer may be kept: RFC 2308 section 5. */
static bool read_negative_ttl(struct message *message, struct dns_answer *answer, bool *any)
{
    struct rr rr;
    struct name name;

    for (unsigned i = 0; i < message->authorities; i++) {
        struct reader data;
        uint32_t minimum;

        if (!read_rr(&message->reader, &rr))
            return false;
        if (rr.type != DNS_SOA || rr.class != CLASS_IN)
            continue;
        data = data_of(message, &rr);
        read_name(&data, &name);
        read_name(&data, &name);
        read_bytes(&data, 16);
        minimum = read_32(&data);
        if (data.bad)
            return false;
        lower_ttl(answer, any, minimum < rr.ttl ? minimum : rr.ttl);
        return true;
    }
    answer->ttl = 0;
    return true;
}

static bool read_sections(struct message *message, struct dns_answer *answer, struct arena *arena)
{
    bool any = false;

    if (!read_answers(message, answer, &any, arena))
        return false;
    if ((message->flags & 0xf) == 3) { /* of the last name of the chain, RFC 6604 */
        answer->status = DNS_NXDOMAIN;
        answer->n = 0;
        answer->cut = false;
    } else {
        answer->status = answer->n ? DNS_OK : DNS_NODATA;
    }
    return answer->n || read_negative_ttl(message, answer, &any);
}

void dns_packet_read(struct dns_answer *answer, str packet, struct arena *arena)
{
    struct message message = {.reader = {.packet = packet}};
    unsigned rcode;

    *answer = (struct dns_answer){.name = answer->name, .type = answer->type, .security = answer->security};
    if (!read_front(&message)) {
        fail(answer, S("the answer is no DNS message"));
        return;
    }
    rcode = message.flags & 0xf;
    if (rcode != 0 && rcode != 3)
        fail(answer, arena_printf(arena, "the server answered %.*s", PS(dns_rcode_text((int)rcode, arena))));
    else if (!read_sections(&message, answer, arena))
        fail(answer, S("the answer can't be read: a record is malformed or cut off"));
    else if (message.flags & FLAG_TC && !answer->n)
        fail(answer, S("the answer is truncated"));
    else if (message.flags & FLAG_TC)
        answer->cut = true;
}

str dns_rcode_text(int rcode, struct arena *arena)
{
    static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};

    if (rcode >= 0 && rcode < (int)(sizeof(names) / sizeof(names[0])))
        return str_from(names[rcode]);
    return arena_printf(arena, "rcode %d", rcode);
}
