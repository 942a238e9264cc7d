/* fuzz_received.c: Received fields: all parts are slices of the value, and no reverse name has no address. */
#include "fuzz.h"
#include "mail/received.h"

#include <assert.h>

static void check_part(str part, str value)
{
    assert(part.n == 0 || (part.p >= value.p && part.p + part.n <= value.p + value.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str value = {(const char *)data, size};
    struct received received;

    received_parse(value, &received);
    check_part(received.helo, value);
    check_part(received.reverse_name, value);
    check_part(received.by, value);
    check_part(received.with, value);
    check_part(received.id, value);
    check_part(received.for_, value);
    assert(received.has_time || received.time == 0);
    assert(received.syntax || (received.by.n && received.has_time));
    return 0;
}
