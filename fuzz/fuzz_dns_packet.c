/* fuzz_dns_packet.c: DNS messages: the answer keeps its promises, and survives being written and read as
 * text.
 *
 * The first byte chooses the type of the question; the rest is the message. */
#include "ask/answers.h"
#include "ask/dns_packet.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

static void check(const struct dns_answer *answer)
{
    assert(answer->status == DNS_OK || answer->status == DNS_NODATA || answer->status == DNS_NXDOMAIN ||
           answer->status == DNS_SERVFAIL);
    assert((answer->status == DNS_OK) == (answer->n > 0));
    assert((answer->status == DNS_SERVFAIL) == (answer->why.n > 0));
    assert(answer->n <= LIMIT_DNS_RECORDS && answer->ttl <= INT32_MAX);
    for (size_t i = 0; i < answer->n; i++)
        assert(answer->records[i].text.n <= LIMIT_DNS_TEXT);
}

/* What the text of an answer file says of it is all there is. */
static void round_trip(const struct dns_answer *answer, struct arena *arena)
{
    struct buf once = buf_new(arena, 1 << 26);
    struct buf twice = buf_new(arena, 1 << 26);
    struct answers answers;
    struct err err = {""};
    const struct dns_answer *again;

    answers_write_one(&once, answer);
    assert(answers_parse(&answers, S("written"), buf_str(&once), arena, &err));
    again = answers_lookup(&answers, answer->name, answer->type, arena);
    assert(again && again->n == answer->n && again->status == answer->status && again->cut == answer->cut);
    answers_write_one(&twice, again);
    assert(str_eq(buf_str(&once), buf_str(&twice)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dns_type types[] = {DNS_A,  DNS_AAAA,  DNS_MX,  DNS_TXT, DNS_PTR,
                                          DNS_NS, DNS_CNAME, DNS_SOA, DNS_TLSA};
    struct arena *arena;
    struct dns_answer answer = {.name = S("a.example")};

    if (size == 0)
        return 0;
    arena = arena_new();
    answer.type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
    dns_packet_read(&answer, (str){(const char *)data + 1, size - 1}, arena);
    check(&answer);
    round_trip(&answer, arena);
    arena_free(arena);
    return 0;
}
