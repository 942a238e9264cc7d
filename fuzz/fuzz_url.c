/* fuzz_url.c: URLs: what is serialised reads back as itself, its parts are slices of it, and a host is one
 * that DNS or an address can be. */
#include "fuzz.h"
#include "mail/url.h"

#include <assert.h>

static void is_slice(str part, str whole)
{
    assert(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void look(const struct url *url, struct arena *arena)
{
    const str parts[] = {url->scheme, url->user,  url->password, url->host,
                         url->path,   url->query, url->fragment};
    struct url again;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        is_slice(parts[i], url->href);
    for (size_t i = 0; i < url->href.n; i++)
        assert(url->href.p[i] >= ' ' && url->href.p[i] < 0x7f);
    assert(url_parse(&again, url->href, NULL, arena));
    assert(str_eq(again.href, url->href) && str_eq(again.host, url->host) && str_eq(again.path, url->path));
    assert(str_eq(again.user, url->user) && str_eq(again.query, url->query) && again.port == url->port);
    assert(again.host_kind == url->host_kind && again.has_query == url->has_query);
    assert(!url->special || url->host.n || str_eq(url->scheme, S("file")));
    assert((url->ip.family != 0) == (url->host_kind == URL_HOST_IPV4 || url->host_kind == URL_HOST_IPV6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size}, line;
    struct arena *arena = arena_new();
    struct url base, url;
    bool has_base = str_next(&text, '\n', &line) && url_parse(&base, line, NULL, arena);

    if (has_base)
        look(&base, arena);
    if (url_parse(&url, text, has_base ? &base : NULL, arena))
        look(&url, arena);
    arena_free(arena);
    return 0;
}
