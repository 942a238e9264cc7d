/* fuzz_address.c: address lists: what is written again is read as the same address. */
#include "base/limits.h"
#include "fuzz.h"
#include "mail/address.h"

#include <assert.h>

static bool has(str s, const char *bytes)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] && strchr(bytes, s.p[i]))
            return true;
    return false;
}

/* The address alone makes a list of one that is the same address. */
static void check_round_trip(const struct address *address, struct arena *arena)
{
    struct address_list again = {0};
    str text = address_format(address, arena);

    if (has(address->local, "\r\n") || !address->domain.n)
        return;
    address_parse_list(text, arena, &again);
    assert(again.n == 1);
    assert(str_eq(again.items[0].local, address->local) && str_eq(again.items[0].domain, address->domain));
}

static void check_path(str text, struct arena *arena)
{
    struct address address, again;

    if (!address_parse_path(text, arena, &address) || has(address.local, "\r\n"))
        return;
    assert(address_parse_path(address_format(&address, arena), arena, &again));
    assert(str_eq(again.local, address.local) && str_eq(again.domain, address.domain));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct arena *arena = arena_new();
    struct address_list list = {0};

    address_parse_list(text, arena, &list);
    assert(list.n <= LIMIT_ADDRESSES);
    assert(!list.cut || list.n == LIMIT_ADDRESSES || list.syntax); /* addresses in a name may be dropped again */
    assert(list.n || list.groups || list.syntax);
    for (size_t i = 0; i < list.n; i++)
        check_round_trip(&list.items[i], arena);
    check_path(text, arena);
    arena_free(arena);
    return 0;
}
